"""What a check says: known mistakes get their hint, forms are named, nothing is given away."""

import ast
import inspect
import re
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import nst_utils as nst
from nst_utils import losses
from nst_utils.base.errors import SettingError
from nst_utils.base.tensorflow import tf
from nst_utils.exercises import EXERCISES, LESSONS
from nst_utils.exercises import lesson_01 as receptive_fields
from nst_utils.exercises.exercise import Exercise, Outcome, numbers
from nst_utils.exercises.verdict import NOT_ATTEMPTED, WRONG, value_text

EVERY = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)
FUNCTIONS = [exercise for exercise in EXERCISES.values() if exercise.parameters]
EVERY_FUNCTION = pytest.mark.parametrize("exercise", FUNCTIONS, ids=lambda exercise: exercise.name)
DIFFERENTIABLE = pytest.mark.parametrize(
    "exercise", [e for e in FUNCTIONS if e.gradient_at], ids=lambda exercise: exercise.name
)


def submitted(exercise: Exercise, function):
    """What a student hands in: the function, or the value where a value is asked for."""
    return function if exercise.parameters else function()


def checked(exercise: Exercise, answer):
    return getattr(nst.check, exercise.name)(answer)


# Mistakes


@EVERY
def test_each_known_mistake_gets_its_own_hint(exercise):
    verdicts = {variant: checked(exercise, submitted(exercise, variant.mistake)) for variant in exercise.variants}
    states = {variant.name: (verdict.state, verdict.hint) for variant, verdict in verdicts.items()}
    assert states == {variant.name: (WRONG, variant.hint) for variant in exercise.variants}
    assert all(variant.hint in repr(verdict) for variant, verdict in verdicts.items())


@EVERY
def test_there_are_at_least_five_mistakes_with_distinct_hints(exercise):
    assert len(exercise.variants) >= 5
    assert len({variant.hint for variant in exercise.variants}) == len(exercise.variants)
    assert len({variant.name for variant in exercise.variants}) == len(exercise.variants)


def test_a_mistake_is_recognized_however_it_is_written():
    verdict = nst.check.gram_matrix(lambda features: tf.einsum("nhwi,nhwj->nij", features, features))
    assert "not divided by the number of positions" in verdict.hint


def test_the_smallest_example_is_shown_with_input_answer_and_expectation():
    text = repr(nst.check.gram_matrix(lambda features: 2 * losses.gram_matrix(features)))
    for part in ("shape (1, 1, 2, 2)", "[3. 0.]", "your answer", "[10.  2.]", "expected answer", "[5. 1.]"):
        assert part in text
    assert "Likely cause" not in text  # here it looks like a forgotten 1 / M, in the larger cases it does not
    assert "shape (2, 3, 4, 5)" not in text


def test_an_unknown_mistake_gets_no_hint_that_may_be_false():
    verdict = nst.check.gram_matrix(lambda features: 5 * losses.gram_matrix(features))
    assert verdict.state == WRONG
    assert verdict.hint == ""
    assert "4 of the 4 numbers of the answer differ" in repr(verdict)


def test_an_exception_is_reported_with_its_line_and_its_input():
    def broken(layers):
        return layers[0]["kernel"]

    text = repr(nst.check.receptive_field(lambda layers: 1 if not layers else broken(layers)))
    assert "raises TypeError: tuple indices must be integers" in text
    assert "[(3, 1), (2, 2), (3, 1)]" in text


def test_an_answer_for_some_inputs_only_is_wrong():
    verdict = nst.check.receptive_field(lambda layers: 1 if not layers else None)
    assert verdict.state == WRONG
    assert "returns nothing" in verdict.lines[0]


def test_a_function_that_changes_its_input_is_told_so():
    def greedy(losses, patience, least):
        answer = EXERCISES["stop_step"].reference(losses, patience, least)
        losses.sort()
        return answer

    assert "changes its input" in nst.check.stop_step(greedy).lines[0]
    assert "changes its input" in nst.check.shuffled(lambda features, seed: features.fill(0)).lines[0]


@DIFFERENTIABLE
@pytest.mark.parametrize(
    ("returned", "said"),
    [
        (lambda answer: answer.numpy(), "NumPy array"),
        (lambda answer: np.asarray(answer).tolist(), "Python"),
        (lambda answer: tf.cast(answer, tf.float16), "dtype float16"),
        (lambda answer: answer[None], "shape"),
        (lambda answer: answer * np.nan, "NaN"),
        (tf.stop_gradient, "no gradient"),
        (lambda answer: tf.constant(answer.numpy()), "no gradient"),
        (lambda answer: 2 * answer - tf.stop_gradient(answer), "gradient"),
    ],
    ids=["numpy", "Python", "float16", "rank", "nan", "stop_gradient", "constant", "gradient doubled"],
)
def test_right_numbers_in_the_wrong_form_are_named(exercise, returned, said):
    verdict = checked(exercise, lambda *arguments: returned(exercise.reference(*arguments)))
    assert verdict.state == WRONG
    assert said in verdict.lines[0]


def test_the_answer_to_a_guess_is_not_given_away():
    assert receptive_fields.mystery_layer() not in checked(EXERCISES["which_layer"], "block1_conv2").hint
    text = repr(nst.check.gram_of_pattern([[1, 1], [1, 1]]))
    assert "0.75" not in text


# Not attempted


@EVERY
def test_the_untouched_stub_is_neutral(exercise):
    names = {}
    exec(exercise.stub, names)
    verdict = checked(exercise, names[exercise.name])
    assert verdict.state == NOT_ATTEMPTED
    assert not verdict.passed
    assert verdict.hint == ""
    assert verdict.example == ()


@EVERY
def test_nothing_is_neutral(exercise):
    for nothing in (None, ...):
        assert checked(exercise, nothing).state == NOT_ATTEMPTED
        assert (
            checked(exercise, submitted(exercise, lambda *arguments, nothing=nothing: nothing)).state == NOT_ATTEMPTED
        )


# Hints


@EVERY
def test_hints_go_in_three_steps_and_the_last_names_the_solution(exercise):
    steps = [repr(nst.hint(exercise.name, step)) for step in (1, 2, 3)]
    assert len(set(steps)) == 3
    assert f'nst.hint("{exercise.name}", 2)' in steps[0]
    (lesson,) = [name for name, its in LESSONS.items() if exercise in its]
    assert f"notebooks/solutions/{lesson}.ipynb" in steps[2]
    assert not any("solutions/" in step for step in steps[:2])


def code_of(function) -> set[str]:
    """The parts of a function's body that would give it away, without spaces."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    telling = ast.Call | ast.BinOp | ast.Compare | ast.Subscript | ast.comprehension  # more than a name
    parts = [ast.unparse(node) for line in tree.body[1:] for node in ast.walk(line) if isinstance(node, telling)]
    return {squeezed(part) for part in parts if len(squeezed(part)) >= 14}


def squeezed(text: str) -> str:
    return re.sub(r"[\s`]", "", text).replace('"', "'")


@EVERY
def test_hints_never_hold_code_of_the_reference(exercise):
    code = code_of(exercise.reference)
    assert code
    said = [*exercise.hints, *exercise.checked, exercise.wanted, *(variant.hint for variant in exercise.variants)]
    assert [(part, text) for part in code for text in said if part in squeezed(text)] == []


@pytest.mark.parametrize("wrong", ["gram", "gram_matrx", "", 3, [], "x" * 10**6])
def test_a_hint_for_no_exercise_says_what_there_is(wrong):
    with pytest.raises(SettingError, match=r"gram_matrix"):
        nst.hint(wrong, 1)


@pytest.mark.parametrize("step", [0, 4, -1, "1", None, [], 1.5])
def test_a_hint_beyond_the_last_says_which_there_are(step):
    with pytest.raises(SettingError, match="1 to 3"):
        nst.hint("gram_matrix", step)


def test_a_misspelled_check_names_the_right_one():
    with pytest.raises(AttributeError, match="did you mean 'gram_matrix'"):
        nst.check.gram_matrics(None)


# Looks


def test_the_notebook_shows_the_same_words_without_colors_for_the_text():
    for answer in (None, lambda features: 0 * losses.gram_matrix(features), losses.gram_matrix):
        verdict = nst.check.gram_matrix(answer)
        page = verdict._repr_html_()
        assert verdict.title in page
        assert verdict.state in verdict.title
        assert not re.search(r"[^-]color:|background:(?! none)", page)


def test_what_a_student_wrote_is_not_taken_for_html():
    page = nst.check.which_layer("<script>alert(1)</script>")._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_three_states_have_three_signs():
    titles = [
        nst.check.which_layer(answer).title for answer in (None, "block1_conv2", receptive_fields.mystery_layer())
    ]
    assert len({title[0] for title in titles}) == 3


def test_large_answers_are_shortened():
    assert len(value_text(np.zeros((50, 50, 50)))) < 1000
    assert len(value_text("x" * 10_000)) < 1000


def test_every_check_shows_the_task_as_its_help():
    assert nst.check.gram_matrix.__doc__ == EXERCISES["gram_matrix"].task
    assert set(EXERCISES) <= set(dir(nst.check))


# The machinery


def test_each_exercise_has_a_name_of_its_own():
    assert sum(map(len, LESSONS.values())) == len(EXERCISES)


def test_a_lesson_is_numbered_like_its_module():
    for lesson, its in LESSONS.items():
        assert {re.search(r"lesson_(\d\d)", e.reference.__module__)[1] for e in its} == {lesson[:2]}


def test_other_orders_of_summation_are_no_mistake_and_small_mistakes_are():
    exact = Outcome(numbers([1.0, 0.0]))
    assert exact.agrees_with(Outcome(numbers(np.float32([1.00001, 1e-7]))))
    assert not exact.agrees_with(Outcome(numbers([1.001, 0.0])))


def test_tensorflow_is_not_imported_before_a_check_needs_it():
    program = """
import sys
import numpy as np
import nst_utils as nst
np.allclose, kept = lambda *_: True, np.allclose  # before there was any check
print(nst.check.receptive_field(lambda layers: 1))
np.allclose = kept
nst.hint("gram_matrix", 1)
print(nst.check.gram_matrix(...), nst.check.receptive_field(lambda layers: 1), nst.check.gram_of_pattern(...))
assert not {"tensorflow", "keras"} & set(sys.modules)
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert "numpy.allclose is not the original any more" in run.stdout
    assert "no layer" not in run.stdout and run.stdout.count("expected answer") == 1
