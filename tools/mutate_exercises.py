"""Try every exercise's check on its own reference with one small thing changed.

    python tools/mutate_exercises.py               all exercises: counts, and the mutants that nobody has argued for
    python tools/mutate_exercises.py gram_matrix   one of them
    python tools/mutate_exercises.py --write       new survivors into tests/exercises/survivors.toml, to argue for

A mutant is a reference, or a function of its module that it calls, with one operator, constant, axis, slice, kind of
number, order of arguments or name exchanged, or one statement, condition or call left out. A check that accepts one has
a hole, unless the mutant computes the same: ``survivors.toml`` says of each why it does. The exit code is 1 when one
survives without a reason, or when a reason is given for one that does not survive.
"""

import argparse
import ast
import builtins
import contextlib
import copy
import inspect
import itertools
import signal
import sys
import textwrap
import tomllib
import types
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from nst_utils.base.files import written_whole
from nst_utils.exercises import EXERCISES
from nst_utils.exercises.exercise import Exercise

REASONS = Path(__file__).parents[1] / "tests" / "exercises" / "survivors.toml"
WITHOUT = {  # exercises that have no rule to mutate
    "own_picture": "any picture is right, and the reference is one of them",
    "which_layer": "the answer is one of five names, and each other one is a known mistake",
}
AROUND = 40  # characters of code that are shown before and behind a change
SECONDS = 0.25  # of computing with one input, after which a mutant is taken for endless

BINARY = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult, ast.FloorDiv),
    ast.FloorDiv: (ast.Div, ast.Mult),
    ast.Pow: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
    ast.Mod: (ast.FloorDiv,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
}
COMPARED = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
NAMES = {  # functions, methods and kinds of numbers that are taken for each other
    "all": ("any",),
    "any": ("all",),
    "abs": ("square",),
    "cov": ("corrcoef",),
    "corrcoef": ("cov",),
    "float32": ("float16",),
    "float64": ("float32", "int64"),
    "hypot": ("maximum", "add"),
    "log": ("log2", "log1p"),
    "max": ("min",),
    "maximum": ("minimum",),
    "mean": ("sum", "median"),
    "median": ("mean", "max"),
    "min": ("max",),
    "minimum_filter": ("maximum_filter", "uniform_filter"),
    "reduce_max": ("reduce_sum",),
    "reduce_mean": ("reduce_sum",),
    "reduce_sum": ("reduce_mean", "reduce_max"),
    "softmax": ("log_softmax", "sigmoid"),
    "sqrt": ("square",),
    "sum": ("mean", "max"),
}


@dataclass(frozen=True)
class Mutant:
    """A reference with one thing changed: the lines before and after, and the function itself."""

    change: str
    function: Callable


# Mutants --------------------------------------------------------------------------------------------------------------


def mutants(exercise: Exercise) -> Iterator[Mutant]:
    """All mutants of an exercise's reference, and of what it calls in its own module."""
    functions = reached(exercise.reference)
    trees = {name: body_of(function) for name, function in functions.items()}
    seen, told = set(), Counter()
    for name, tree in trees.items():
        before = ast.unparse(tree)
        for changed in changed_trees(tree):
            after = ast.unparse(ast.fix_missing_locations(changed))
            if after in seen | {before}:
                continue
            seen.add(after)
            change = f"{name}: {difference(before, after)}"
            told[change] += 1
            change += f" ({told[change]})" if told[change] > 1 else ""
            names = dict(vars(sys.modules[exercise.reference.__module__]))
            exec("\n".join(ast.unparse({**trees, name: changed}[key]) for key in trees), names)
            yield Mutant(change, names[exercise.name])


def reached(function: Callable) -> dict[str, Callable]:
    """A function, and those of its module that it uses, directly or through others."""
    found, waiting = {}, [function]
    while waiting:
        own = waiting.pop(0)
        if own.__name__ not in found:
            found[own.__name__] = own
            used = (vars(sys.modules[own.__module__]).get(name) for name in own.__code__.co_names + _inner_names(own))
            waiting += [f for f in used if isinstance(f, types.FunctionType) and f.__module__ == own.__module__]
    return found


def _inner_names(function: Callable) -> tuple[str, ...]:
    """Names that its comprehensions use."""
    return sum((code.co_names for code in function.__code__.co_consts if inspect.iscode(code)), ())


def body_of(function: Callable) -> ast.FunctionDef:
    """A function as a tree, without its docstring."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    if ast.get_docstring(tree) is not None:
        tree.body = tree.body[1:]
    tree.returns = None
    for argument in tree.args.args:
        argument.annotation = None
    return tree


def changed_trees(tree: ast.FunctionDef) -> Iterator[ast.FunctionDef]:
    """The function with one thing changed, in all ways."""
    parameters = [argument.arg for argument in tree.args.args]
    texts = sorted(
        {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and type(node.value) is str}
    )
    for place, node in enumerate(ast.walk(tree)):
        for change in itertools.chain(_others(node, parameters, texts), _shorter(node)):
            other = copy.deepcopy(tree)
            replaced = next(itertools.islice(ast.walk(other), place, None))
            new = change(replaced)
            if new is not replaced:
                _put(other, replaced, new)
            yield other


def _put(tree: ast.AST, old: ast.AST, new: ast.AST) -> None:
    """Another node in the place of one; a statement may be left out by ``pass``."""
    for node in ast.walk(tree):
        for name, value in ast.iter_fields(node):
            if value is old:
                setattr(node, name, new)
            elif isinstance(value, list):
                setattr(node, name, [new if item is old else item for item in value])


def _set(name: str, value) -> Callable[[ast.AST], ast.AST]:
    def change(node):
        setattr(node, name, value)
        return node

    return change


def _without(name: str, place: int) -> Callable[[ast.AST], ast.AST]:
    def change(node):
        getattr(node, name).pop(place)
        return node

    return change


def _swapped(name: str, place: int) -> Callable[[ast.AST], ast.AST]:
    def change(node):
        items = getattr(node, name)
        items[place], items[place + 1] = items[place + 1], items[place]
        return node

    return change


def _others(node: ast.AST, parameters: list[str], texts: list[str]) -> Iterator[Callable]:
    """One thing exchanged for another."""
    match node:
        case ast.BinOp() | ast.AugAssign():
            yield from (_set("op", other()) for other in BINARY.get(type(node.op), ()))
        case ast.Compare(ops=[operator]):
            yield from (_set("ops", [other()]) for other in COMPARED.get(type(operator), ()))
        case ast.BoolOp():
            yield _set("op", ast.Or() if isinstance(node.op, ast.And) else ast.And())
        case ast.Constant(value=bool()):
            yield _set("value", not node.value)
        case ast.Constant(value=int() | float()):
            yield from (_set("value", value) for value in {node.value + 1, node.value - 1, -node.value} - {node.value})
        case ast.Constant(value=str()) if len(texts) > 1:
            yield from (_set("value", text) for text in texts if text != node.value)
        case ast.Name(id=name, ctx=ast.Load()) if name in NAMES:
            yield from (_set("id", other) for other in NAMES[name] if hasattr(builtins, other))
        case ast.Name(id=name, ctx=ast.Load()) if name in parameters:
            yield from (_set("id", other) for other in parameters if other != name)
        case ast.Attribute(attr=name) if name in NAMES:
            yield from (_set("attr", other) for other in NAMES[name])
    if isinstance(node, ast.BinOp) and not isinstance(node.op, ast.Add | ast.Mult):
        yield lambda node: ast.BinOp(node.right, node.op, node.left)
    if isinstance(node, ast.Call):
        yield from (_swapped("args", place) for place in range(len(node.args) - 1))
    if isinstance(node, ast.Tuple | ast.List):
        yield from (_swapped("elts", place) for place in range(len(node.elts) - 1))


def _shorter(node: ast.AST) -> Iterator[Callable]:
    """One thing left out."""
    match node:
        case ast.BinOp():
            yield lambda node: node.left
            yield lambda node: node.right
        case ast.UnaryOp():
            yield lambda node: node.operand
        case ast.BoolOp():
            yield lambda node: node.values[0]
            yield lambda node: node.values[-1]
        case ast.Call():
            if node.args and not isinstance(node.args[0], ast.Starred):
                yield lambda node: node.args[0]
            if isinstance(node.func, ast.Attribute) and not isinstance(node.func.value, ast.Name | ast.Attribute):
                yield lambda node: node.func.value
            yield from (_without("keywords", place) for place in range(len(node.keywords)))
            if len(node.args) > 1:
                yield from (_without("args", place) for place in range(len(node.args)))
        case ast.Slice():
            yield from (_set(end, None) for end in ("lower", "upper", "step") if getattr(node, end))
        case ast.IfExp():
            yield lambda node: node.body
            yield lambda node: node.orelse
        case ast.comprehension():
            yield from (_without("ifs", place) for place in range(len(node.ifs)))
        case ast.If():
            yield _set("test", ast.Constant(True))
            yield _set("test", ast.Constant(False))
        case ast.Return() | ast.Assign() | ast.AugAssign() | ast.Expr() | ast.Break():
            yield lambda node: ast.Pass()


def difference(before: str, after: str) -> str:
    """What has changed, with a little around it, in one line.

    Examples
    --------
    >>> difference("return a + b", "return a - b")
    'return a + b  =>  return a - b'
    """
    old, new = (" ".join(text.split()) for text in (before, after))
    start = next((k for k, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    end = next(
        (k for k, (a, b) in enumerate(zip(old[start:][::-1], new[start:][::-1], strict=False)) if a != b),
        min(len(old), len(new)) - start,
    )
    return "  =>  ".join(text[max(0, start - AROUND) : len(text) - max(0, end - AROUND)] for text in (old, new))


# Trials ---------------------------------------------------------------------------------------------------------------


def survives(exercise: Exercise, mutant: Mutant) -> bool:
    """Whether the check accepts a mutant; one that does not come to an end is stopped, and is none."""
    answer = mutant.function if exercise.parameters else _value(mutant.function)
    function = answer if exercise.parameters else lambda: answer
    with warnings.catch_warnings(), contextlib.redirect_stderr(None):
        warnings.simplefilter("ignore")
        for probe, expected in zip(exercise.probes, exercise.expected, strict=True):
            with stopped_after(SECONDS):
                if not exercise.outcome(function, probe).agrees_with(expected):
                    return False  # the first difference is enough to reject it
        return exercise.judge(answer).passed


def _value(function: Callable):
    try:
        return function()
    except Exception as error:
        return error


@contextlib.contextmanager
def stopped_after(seconds: float) -> Iterator[None]:
    """Whatever computes for longer gets an exception, once in each such time; waiting is not computing."""

    def stop(*_):
        raise TimeoutError(f"took more than {seconds} seconds")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def trial(exercise: Exercise) -> tuple[int, list[str]]:
    """How many mutants there are, and the changes of those that survive."""
    exercise.judge(exercise.reference)  # what is computed once is computed now
    every = list(mutants(exercise))
    return len(every), [mutant.change for mutant in every if survives(exercise, mutant)]


def tried() -> list[Exercise]:
    """The exercises whose references are mutated."""
    return [exercise for exercise in EXERCISES.values() if exercise.name not in WITHOUT]


def reasons() -> dict[str, dict[str, str]]:
    """Why each known survivor computes the same, by exercise and change."""
    return tomllib.loads(REASONS.read_text(encoding="utf-8")) if REASONS.exists() else {}


def main(arguments: list[str] | None = None) -> int:
    """The command; its exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("exercises", nargs="*", metavar="EXERCISE")
    parser.add_argument("--write", action="store_true", help="write new survivors into survivors.toml")
    options = parser.parse_args(arguments)
    if unknown := set(options.exercises) - {exercise.name for exercise in tried()}:
        parser.error(f"no rule to mutate: {', '.join(sorted(unknown))}")
    argued, total, known, trouble = reasons(), 0, 0, 0
    for exercise in tried():
        if options.exercises and exercise.name not in options.exercises:
            continue
        count, alive = trial(exercise)
        its = argued.get(exercise.name, {})
        new, gone = [change for change in alive if not its.get(change)], sorted(its.keys() - set(alive))
        rejected = f"{count - len(alive):4} rejected, {len(alive) - len(new):3} equivalent, {len(new):3} survive"
        print(f"{exercise.name:20} {count:4} mutants, {rejected}", flush=True)
        for change in new:
            print(f"    survives: {change}")
        for change in gone:
            print(f"    no survivor any more: {change}")
        total, known, trouble = total + count, known + len(alive) - len(new), trouble + len(new) + len(gone)
        if options.write:
            argued[exercise.name] = {change: its.get(change, "") for change in alive}
    print(f"{total} mutants, {known} of them equivalent, {trouble} to be looked at")
    if options.write:
        with written_whole(REASONS) as beside:
            beside.write_text(as_toml(argued), encoding="utf-8")
    return int(trouble > 0)


def as_toml(argued: dict[str, dict[str, str]]) -> str:
    """The file of reasons."""
    parts = [
        "# Mutants of references that their checks accept, and why each computes the same: tools/mutate_exercises.py\n"
    ]
    for name, its in argued.items():
        if its:
            parts.append(f"\n[{name}]\n" + "".join(f"{quoted(c)} = {quoted(reason)}\n" for c, reason in its.items()))
    return "".join(parts)


def quoted(text: str) -> str:
    """A text in TOML."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


if __name__ == "__main__":
    sys.exit(main())
