"""What the worked examples in the task of an exercise call its function with.

A check begins with them. So an answer that does not give what its own docstring promises never passes.
"""

import ast
import copy
import doctest
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from nst_utils.base.tensorflow import tf


@dataclass(frozen=True)
class Told:
    """A function that is given to an answer, and says in words what it computes."""

    text: str
    of: Callable[..., Any]

    def __call__(self, *arguments):
        return self.of(*arguments)

    def __repr__(self) -> str:
        return self.text


def arguments_of_examples(task: str, reference: Callable) -> list[tuple]:
    """The arguments of each call of the reference in the examples of a task, tensors as arrays.

    Examples
    --------
    >>> def add(a, b):
    ...     return a + b
    >>> arguments_of_examples(">>> add(1, b=2)", add)
    [(1, 2)]
    """
    calls, name = [], reference.__name__

    def recorded(*arguments, **named):
        given = inspect.signature(reference).bind(*arguments, **named).args
        calls.append(tuple(value.numpy() if hasattr(value, "numpy") else copy.deepcopy(value) for value in given))
        return reference(*given)

    known = {"np": np, "tf": tf, name: recorded}
    for example in doctest.DocTestParser().get_examples(task):
        before = len(calls)
        exec(example.source, known)
        functions = dict.fromkeys(
            value.__code__ for call in calls[before:] for value in call if inspect.isfunction(value)
        )
        texts = dict(zip(functions, _functions(example.source), strict=True))
        for k, call in enumerate(calls[before:], before):
            calls[k] = tuple(Told(texts[v.__code__], v) if inspect.isfunction(v) else v for v in call)
    return calls


def _functions(source: str) -> list[str]:
    """The functions without a name in a line of code, as it writes them."""
    return [ast.unparse(node) for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Lambda)]
