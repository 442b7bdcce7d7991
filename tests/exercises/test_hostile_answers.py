"""Whatever is handed in gets a verdict: garbage, objects that raise, arrays and texts without end, replaced NumPy."""

import signal

import numpy as np
import pytest
import tensorflow
from hypothesis import given, settings
from hypothesis import strategies as st

import nst_utils as nst
from nst_utils.base.tensorflow import tf
from nst_utils.exercises import EXERCISES
from nst_utils.exercises.exercise import Exercise
from nst_utils.exercises.verdict import PASSED, WRONG, Verdict

FUNCTIONS = [exercise for exercise in EXERCISES.values() if exercise.parameters]
EVERY_FUNCTION = pytest.mark.parametrize("exercise", FUNCTIONS, ids=lambda exercise: exercise.name)
LONGEST = 6000  # characters of what is said about any answer


def is_a_plain_wrong(verdict: Verdict) -> bool:
    """Wrong, with something to read in it, and no more than can be read."""
    return verdict.state == WRONG and 0 < len(repr(verdict)) < LONGEST and bool(verdict._repr_html_())


# Answers


class Stop(BaseException):
    """No `Exception`, so that few would catch it."""


class Impatient(KeyboardInterrupt):
    """Looks like Ctrl-C, and is none."""


def hostile(error: type[BaseException]) -> object:
    """An object that raises whatever is asked of it."""

    def refuse(self, *_, **__):
        raise error

    asked = "array repr str eq len iter float int getitem getattr bool format hash lt sub mul"
    return type("Hostile", (), {f"__{name}__": refuse for name in asked.split()} | {"__class__": property(refuse)})()


class Nameless(type):
    """A class that does not tell its name."""

    @property
    def __name__(cls):
        raise RuntimeError("no")


class Agreeing(str):
    """A text that is equal to every other one."""

    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    __hash__ = str.__hash__


class Endless:
    """Words without end; the endless ones of the tests are not so long that a slow machine notices."""

    def __repr__(self):
        return 1_000_000 * "x"


ANSWERS = {
    "a text": "some text",
    "a long text": 1_000_000 * "x",
    "bytes": b"x",
    "ragged": [[1], [2, 3]],
    "nan": float("nan"),
    "infinity": np.inf,
    "complex": 1j,
    "truth": True,
    "a dictionary": {"a": 1},
    "a dictionary of everything": {("harbor", "swirls"): Endless(), "verdict": Endless(), "claim": "yes", 3: Endless()},
    "an object": object(),
    "a type": np.ndarray,
    "empty": [],
    "objects": np.array([None, "x"]),
    "five axes": np.zeros((1, 1, 1, 1, 1), np.float32),
    "a generator": (k for k in range(3)),
    "a set": {1.0},
    "raises": hostile(RuntimeError),
    "raises SystemExit": hostile(SystemExit),
    "raises GeneratorExit": hostile(GeneratorExit),
    "raises no Exception": hostile(Stop),
    "raises an Impatient": hostile(Impatient),
    "a list of what raises": [hostile(RuntimeError), hostile(Stop)],
    "a class without a name": Nameless("Nobody", (), {}),
    "an object of that class": Nameless("Nobody", (), {})(),
    "equal to everything": Agreeing("supported"),
    "a list of these": [Agreeing("even")],
    "a long name of a class": type(100_000 * "x", (), {})(),
    "a broadcast array": np.broadcast_to(np.float32(0.5), (10**6, 10**6)),
    "a broadcast picture": np.broadcast_to(np.float32(0.5), (10**6, 10**6, 3)),
    "words without end": Endless(),
    "an array of these": np.array([Endless()]),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_garbage_is_wrong_and_never_raises(name):
    answer = ANSWERS[name]
    for exercise in EXERCISES.values():
        assert is_a_plain_wrong(exercise.check(answer)), exercise.name
        assert is_a_plain_wrong(exercise.check(lambda *arguments: answer)), exercise.name


some_answers = st.recursive(
    st.one_of(st.integers(-9, 9), st.floats(), st.text(max_size=3), st.booleans(), st.binary(max_size=2)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=1), inner, max_size=2)),
    max_leaves=6,
)


@settings(max_examples=30)
@given(answer=some_answers)
def test_no_constant_answer_passes_or_raises(answer):
    for exercise in EXERCISES.values():
        verdict = exercise.check((lambda *arguments: answer) if exercise.parameters else answer)
        assert is_a_plain_wrong(verdict), exercise.name


@EVERY_FUNCTION
def test_a_call_in_place_of_the_function_is_explained(exercise):
    verdict = exercise.check(3.0)
    assert verdict.state == WRONG
    assert "without parentheses" in verdict.hint


# Functions


class Speechless(Exception):
    """Cannot say what went wrong, nor where."""

    __traceback__ = property(lambda self: 1 / 0)

    def __str__(self):
        raise SystemExit


class Wordy(Exception):
    """With words without end."""

    def __str__(self):
        return 1_000_000 * "x"


class Odd(Exception):
    """With words that are none."""

    def __str__(self):
        return 3


ERRORS = [
    *(ValueError("two\nlines"), KeyError(), RecursionError("deep"), MemoryError(), AssertionError()),
    *(SystemExit(1), GeneratorExit(), Stop(), Impatient(), Speechless(), Wordy(), Odd()),
    *(ExceptionGroup("two", [ValueError(), KeyError()]), Nameless("Nobody", (Exception,), {})()),
]


def raising(error: BaseException):
    def broken(*arguments):
        raise error

    return broken


@pytest.mark.parametrize("number", range(len(ERRORS)))
def test_an_exception_of_the_student_is_a_wrong_answer(number):
    error = ERRORS[number]
    for exercise in FUNCTIONS:
        verdict = exercise.check(raising(error))
        assert is_a_plain_wrong(verdict), exercise.name
        assert type.__dict__["__name__"].__get__(type(error)) in verdict.lines[0]
        assert "\n" not in verdict.lines[0]


def changing(exercise: Exercise):
    """Another answer at each call."""
    calls = []

    def answer(*arguments):
        calls.append(arguments)
        return exercise.reference(*arguments) if len(calls) % 2 else 7.0 * len(calls)

    return answer


def emptying(exercise: Exercise):
    """The right answer, and what was given is another thing afterwards; a whole number or a text cannot be."""

    def answer(*arguments):
        right = exercise.reference(*arguments)
        for argument in arguments:
            if isinstance(argument, np.ndarray):
                argument[...] = 0
            elif isinstance(argument, list | dict):
                argument.clear()
                argument.update({1: hostile(Stop)}) if isinstance(argument, dict) else argument.append(hostile(Stop))
        return right

    return answer


@EVERY_FUNCTION
def test_an_answer_that_changes_from_call_to_call_never_passes(exercise):
    assert is_a_plain_wrong(exercise.check(changing(exercise)))


@pytest.mark.parametrize(
    "exercise",
    [e for e in FUNCTIONS if not e.tensors and any(isinstance(v, np.ndarray | list | dict) for v in e.cases[-1])],
    ids=lambda exercise: exercise.name,
)
def test_a_right_answer_that_changes_its_input_is_told_so(exercise):
    verdict = exercise.check(emptying(exercise))
    assert is_a_plain_wrong(verdict)
    assert "changes its input" in verdict.lines[0]
    assert exercise.check(exercise.reference).passed


# Ctrl-C


@pytest.mark.parametrize("interrupt", [lambda: signal.raise_signal(signal.SIGINT), raising(KeyboardInterrupt())])
def test_a_check_can_be_interrupted_and_run_again(interrupt):
    with pytest.raises(KeyboardInterrupt):
        nst.check.receptive_field(lambda layers: interrupt())
    assert nst.check.receptive_field(EXERCISES["receptive_field"].reference).passed


# Another NumPy, another TensorFlow


@pytest.mark.parametrize(
    ("library", "name", "other"),
    [
        (np, "allclose", lambda *_: True),
        (np, "asarray", lambda *_, **__: np.zeros(())),
        (np, "sum", np.mean),
        (np.linalg, "norm", None),
        (tensorflow, "reduce_mean", tf.reduce_sum),
        (tf.nn, "softmax", tf.nn.relu),
    ],
)
def test_with_other_functions_than_the_originals_nothing_passes(monkeypatch, library, name, other):
    asked = EXERCISES["content_loss"]
    assert asked.check(asked.reference).passed
    with monkeypatch.context() as patch:
        patch.setattr(library, name, other)
        verdict = asked.check(lambda F, P: tf.reduce_sum((F - P) ** 2))
    assert is_a_plain_wrong(verdict)
    assert f".{name} is not the original any more" in verdict.lines[0]
    assert "restart" in verdict.hint
    assert asked.check(asked.reference).state == PASSED


def test_a_function_that_replaces_numpy_on_its_way_does_not_pass(monkeypatch):
    with monkeypatch.context() as patch:

        def sly(points):
            patch.setattr(np, "allclose", lambda *_: True)
            return [0]

        assert "numpy.allclose" in nst.check.pareto_front(sly).lines[0]
    assert nst.check.pareto_front(EXERCISES["pareto_front"].reference).passed


def test_a_reference_that_fails_makes_no_failure_right(monkeypatch):
    def used_up(layers):
        raise MemoryError

    exercise = EXERCISES["receptive_field"]
    monkeypatch.delitem(exercise.__dict__, "expected", raising=False)
    with monkeypatch.context() as patch:
        patch.setitem(exercise.__dict__, "reference", used_up)
        verdict = exercise.check(raising(MemoryError()))
    assert is_a_plain_wrong(verdict)
    assert exercise.check(exercise.reference).passed
