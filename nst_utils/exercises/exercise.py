"""What an exercise is, and how an answer to it is judged.

An exercise is data: a reference, inputs from small to large, the mistakes that people make with the hint each deserves.
The same probes run on the student's function, on the reference and, when the two differ, on every known mistake: a
mistake is recognized by what it does, not by how it is written.
"""

import copy
import inspect
import re
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from nst_utils.base.tensorflow import tf
from nst_utils.exercises.examples import arguments_of_examples
from nst_utils.exercises.originals import replaced
from nst_utils.exercises.readers import Misfit, as_array, numbers
from nst_utils.exercises.readers import tensor as tensor
from nst_utils.exercises.refusals import about
from nst_utils.exercises.solved import note
from nst_utils.exercises.verdict import (
    NOT_ATTEMPTED,
    PASSED,
    WRONG,
    Verdict,
    attempted,
    is_ctrl_c,
    kind_of,
    shortened,
    value_text,
)

_RELATIVE, _ABSOLUTE = 1e-4, 1e-5  # room for another order of summation; the inputs themselves are exact


# The exercise -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Variant:
    """A known mistake: a function that makes it, and the hint for whoever makes it too."""

    name: str
    mistake: Callable
    hint: str


@dataclass(frozen=True)
class Probe:
    """One input, and whether the answer itself or its gradient by the first argument is looked at.

    At a kink several gradients are right, and what is looked at is that there is one, of finite numbers.
    """

    arguments: tuple
    gradient: bool = False
    kink: bool = False


@dataclass(frozen=True)
class Outcome:
    """What a function did with one probe: a value to compare, or the kind of its failure in a word and a sentence."""

    value: np.ndarray | None = None
    answer: Any = None
    kind: str = ""
    problem: str = ""

    def agrees_with(self, other: "Outcome") -> bool:
        """Whether both did the same."""
        if self.kind or other.kind:
            return self.kind == other.kind
        return self.value.shape == other.value.shape and bool(_close(self.value, other.value).all())


@dataclass(frozen=True, eq=False)
class Exercise:
    """One exercise.

    Parameters
    ----------
    reference : a right solution. Its name names the exercise, its docstring is the task, with shapes and one worked
        example. Without parameters it stands for an answer that is given as a value.
    cases : tuples of arguments, the smallest first; those of the task's own examples come before them by themselves
    variants : mistakes that people make
    hints : three steps; the last stops short of the solution
    checked : what a passed check has looked at
    read : from an answer, the function and its arguments to the array that is compared; raises `Misfit`
    tensors : whether arrays are given as tensors
    gradient_at : arguments at which the gradient by the first must exist and be right
    kinks : tuples of arguments at which it must exist, though the function has a corner there
    wanted : shown in place of the reference's answer, where many are right or where it would give the answer away
    """

    reference: Callable
    variants: tuple[Variant, ...]
    hints: tuple[str, str, str]
    checked: tuple[str, ...]
    cases: tuple[tuple, ...] = ((),)
    read: Callable = numbers
    tensors: bool = False
    gradient_at: tuple = ()
    kinks: tuple[tuple, ...] = ()
    wanted: str = ""

    @property
    def name(self) -> str:
        """As on ``nst.check``."""
        return self.reference.__name__

    @property
    def task(self) -> str:
        """The text of the exercise."""
        return inspect.getdoc(self.reference)

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the arguments; none where the answer is a value."""
        return tuple(inspect.signature(self.reference).parameters)

    @property
    def stub(self) -> str:
        """What a student starts from."""
        if not self.parameters:
            return "\n".join(f"# {line}".rstrip() for line in self.task.splitlines()) + f"\n{self.name} = ...\n"
        task = "\n".join(f"    {line}".rstrip() for line in self.task.splitlines())
        return f'def {self.name}({", ".join(self.parameters)}):\n    """{task.lstrip()}\n    """\n    ...\n'

    @cached_property
    def probes(self) -> tuple[Probe, ...]:
        """All that is tried, the smallest first."""
        return (*self.answers, *self.gradients)

    @cached_property
    def answers(self) -> tuple[Probe, ...]:
        """Inputs at which the answer is looked at: those of the task's own examples, then the cases."""
        examples = arguments_of_examples(self.task, self.reference) if self.parameters else []
        known = set(map(repr, examples))
        return tuple(map(Probe, [*examples, *(case for case in self.cases if repr(case) not in known)]))

    @property
    def gradients(self) -> tuple[Probe, ...]:
        """Inputs at which the gradient is."""
        smooth = (Probe(self.gradient_at, gradient=True),) if self.gradient_at else ()
        return smooth + tuple(Probe(case, gradient=True, kink=True) for case in self.kinks)

    @cached_property
    def expected(self) -> list[Outcome]:
        """What the reference does."""
        return [self.outcome(self.reference, probe) for probe in self.probes]

    def given(self, arguments: tuple) -> list:
        """Arguments of their own for each call."""
        as_given = tf.constant if self.tensors else copy.deepcopy
        return [as_given(value) if isinstance(value, np.ndarray) else copy.deepcopy(value) for value in arguments]

    def outcome(self, function: Callable, probe: Probe) -> Outcome:
        """What a function does with a probe; its exceptions are part of that."""
        answer = None
        try:
            given = self.given(probe.arguments)
            before = repr(given)
            if probe.gradient:
                answer = _gradient(function, given)
                value = numbers(answer)
                return Outcome(np.zeros(value.shape) if probe.kink else value, answer)
            answer = function(*given)
            if attempted(lambda: repr(given), "") != before:
                raise Misfit("changes its input", "The function changes its input; whoever calls it still needs it.")
            if answer is None or answer is ...:
                return Outcome(kind="nothing", problem="The function returns nothing for this input.")
            value = self.read(answer, function, *given)
            again = self.read(function(*self.given(probe.arguments)), function, *given)
        except Misfit as misfit:
            return Outcome(answer=answer, kind=misfit.kind, problem=shortened(str(misfit)))
        except BaseException as error:
            if is_ctrl_c(error):
                raise
            return Outcome(answer=answer, kind=_kind_of_error(error), problem=_reported(error))
        found = Outcome(value, answer)
        if not found.agrees_with(Outcome(again)):
            return Outcome(answer=answer, kind="unsteady", problem="Two calls with the same input give two answers.")
        return found

    def recognized(self, outcomes: list[Outcome]) -> Variant | None:
        """The known mistake that does the same with the first probes."""
        for variant in self.variants:
            if all(self.known(variant, k).agrees_with(outcome) for k, outcome in enumerate(outcomes)):
                return variant
        return None

    def known(self, variant: Variant, number: int) -> Outcome:
        """What a known mistake does with a probe, which is always the same."""
        if (variant, number) not in self._known:
            self._known[variant, number] = self.outcome(variant.mistake, self.probes[number])
        return self._known[variant, number]

    @cached_property
    def _known(self) -> dict[tuple[Variant, int], Outcome]:
        return {}

    @cached_property
    def check(self) -> Callable[[Any], Verdict]:
        """The function on ``nst.check``, which shows the task as its help."""

        def check(answer: Any) -> Verdict:
            return note(self.judge(answer))

        check.__name__ = check.__qualname__ = self.name
        check.__doc__ = self.task
        return check

    def judge(self, answer: Any) -> Verdict:
        """The verdict on a student's function or value."""
        if answer is None or answer is ...:
            return self._not_attempted()
        if self.parameters and not callable(answer):
            return Verdict(
                self.name,
                WRONG,
                (f"The check takes the function itself, but got a {kind_of(answer)}.",),
                hint=f"Write nst.check.{self.name}(your_function), without parentheses behind your function's name.",
            )
        if trouble := self._trouble():
            return self._undecidable(trouble)
        function = answer if self.parameters else lambda: answer
        outcomes = [self.outcome(function, probe) for probe in self.answers]
        if all(outcome.kind == "nothing" for outcome in outcomes):
            return self._not_attempted()
        if all(map(Outcome.agrees_with, outcomes, self.expected)):  # gradients count once the answers are right
            outcomes += [self.outcome(function, probe) for probe in self.gradients]
        if trouble := self._trouble():
            return self._undecidable(trouble)
        failing = [k for k, outcome in enumerate(outcomes) if not outcome.agrees_with(self.expected[k])]
        return self._wrong(outcomes, failing[0]) if failing else Verdict(self.name, PASSED, self.checked)

    def _trouble(self) -> str:
        """What keeps this kernel from telling right from wrong; empty where nothing does."""
        if self.tensors:
            tf.constant(0)  # imported now, before a student's function runs
        if names := replaced():
            return f"{names[0]} is not the original any more, and answers are judged with it."
        if failed := [outcome.problem for outcome in self.expected if outcome.kind]:
            del self.__dict__["expected"]
            return f"The reference itself fails here. {failed[0]}"
        return ""

    def _undecidable(self, trouble: str) -> Verdict:
        hint = "Something in this kernel was exchanged or is used up: restart it, and run the lesson from the top."
        return Verdict(self.name, WRONG, (trouble,), hint=hint)

    def _not_attempted(self) -> Verdict:
        lines = ("Replace the ... by your answer and run this cell again.",)
        if self.parameters:
            lines += ("If you have written something: does your function end in return?",)
        return Verdict(self.name, NOT_ATTEMPTED, lines)

    def _wrong(self, outcomes: list[Outcome], first: int) -> Verdict:
        probe, own, wanted = self.probes[first], outcomes[first], self.expected[first]
        what = "gradient, of the sum of all numbers times 1, 2, 3, ..." if probe.gradient else "answer"
        example = list(zip(self.parameters, map(value_text, probe.arguments), strict=True))
        digits = 4 if value_text(own.answer) != value_text(wanted.answer) else 9  # enough to see where they differ
        if own.answer is not None:
            example.append((f"your {what}", value_text(own.answer, digits)))
        example.append((f"expected {what}", self.wanted or value_text(wanted.answer, digits)))
        variant = self.recognized(outcomes)
        return Verdict(
            self.name,
            WRONG,
            (_difference(own, wanted, what.split(",")[0]),),
            tuple(example),
            variant.hint if variant else "",
        )


# Parts ------------------------------------------------------------------------------------------------------------


def _gradient(function: Callable, given: list) -> Any:
    """Of a sum that gives every number of the answer a weight of its own."""
    with tf.GradientTape() as tape:
        tape.watch(given[0])
        answer = function(*given)
        answer = answer if tf.is_tensor(answer) else tf.convert_to_tensor(as_array(answer))
        weights = tf.reshape(1 + tf.range(tf.size(answer)), tf.shape(answer))
        total = tf.reduce_sum(answer * tf.cast(weights, answer.dtype))
    gradient = tape.gradient(total, given[0])
    if gradient is None:
        raise Misfit("no gradient", "The numbers are right, but no gradient flows back to the first argument.")
    return tf.convert_to_tensor(gradient)


def _difference(own: Outcome, wanted: Outcome, what: str) -> str:
    if own.problem:
        return own.problem
    if own.value.shape != wanted.value.shape:
        return f"The {what} has shape {own.value.shape}; expected is {wanted.value.shape}."
    if own.value.ndim == 0 or not own.value.size:
        return f"The {what} is not the expected one."
    apart = ~_close(own.value, wanted.value)
    return f"{int(apart.sum())} of the {apart.size} numbers of the {what} differ from the expected ones."


def _close(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Where two arrays have nearly the same numbers; operators alone, which nobody can replace."""
    return abs(one - other) <= _ABSOLUTE + _RELATIVE * abs(other)


def _kind_of_error(error: BaseException) -> str:
    return f"raises {kind_of(error)} {about(attempted(lambda: str(error), ''))}"


def _reported(error: BaseException) -> str:
    """An exception in one line, and the line of the student's code it passed."""
    raised = f"The function raises {kind_of(error)}"
    text = attempted(lambda: _words(error), "")
    line = attempted(lambda: _line(error), "")
    return raised + (f": {text}" if text else ".") + (f" (in: {line})" if line else "")


def _words(error: BaseException) -> str:
    text = re.sub(r"\{\{.*?\}\}\s*", "", shortened(str(error), 2000))  # TensorFlow's own node names
    return " ".join(text.split())[:200]


def _line(error: BaseException) -> str:
    others = str(Path(__file__).parent), "site-packages"
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame.line for frame in frames if frame.line and not any(part in frame.filename for part in others)]
    return shortened(own[0], 200) if own else ""
