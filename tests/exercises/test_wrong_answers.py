"""No wrong answer passes, with a known mistake or another, and a check begins with its task's own examples."""

import numpy as np
import pytest
from wrong_answers import WRONG

from nst_utils.base.tensorflow import tf
from nst_utils.exercises import EXERCISES
from nst_utils.exercises.examples import Told, arguments_of_examples
from nst_utils.exercises.readers import Misfit, number, numbers, tensor, whole_number
from nst_utils.exercises.verdict import NOT_ATTEMPTED, value_text

FUNCTIONS = [exercise for exercise in EXERCISES.values() if exercise.parameters]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", WRONG)
def test_wrong_answers_of_no_list_are_rejected(name):
    verdicts = [EXERCISES[name].judge(answer) for answer in WRONG[name]]
    assert [k for k, verdict in enumerate(verdicts) if verdict.passed or verdict.state == NOT_ATTEMPTED] == []
    assert len(verdicts) >= 8


def test_wrong_answers_were_tried_on_every_exercise():
    assert WRONG.keys() == EXERCISES.keys()


@pytest.mark.parametrize("exercise", FUNCTIONS, ids=lambda exercise: exercise.name)
def test_a_check_begins_with_the_examples_of_its_task(exercise):
    examples = arguments_of_examples(exercise.task, exercise.reference)
    assert 0 < len(examples) < len(exercise.answers)
    begun = [probe.arguments for probe in exercise.answers[: len(examples)]]
    assert list(map(repr, begun)) == list(map(repr, examples))


def test_examples_are_found_whatever_is_around_the_call():
    def scaled(values, by, of):
        return of(values) * by

    task = ">>> v = tf.constant([1.0])\n>>> [float(scaled(v[0], k, of=lambda x: x + 1)) for k in (2, 3)]\n"
    first, second = arguments_of_examples(task, scaled)
    assert (first[0].tolist(), first[1], second[1]) == (1.0, 2, 3)
    assert isinstance(first[2], Told) and repr(first[2]) == "lambda x: x + 1" and first[2](1) == 2


def test_a_gradient_is_asked_for_where_neighbors_are_equal():
    exercise = EXERCISES["total_variation"]

    def with_a_root(picture):
        down, across = picture[:, 1:] - picture[:, :-1], picture[:, :, 1:] - picture[:, :, :-1]
        return sum(tf.reduce_sum(tf.sqrt(part**2)) for part in (down, across)) / picture.shape.num_elements()

    verdict = exercise.judge(with_a_root)
    assert "NaN" in verdict.lines[0] and "no slope at 0" in verdict.hint


def test_numbers_that_differ_are_shown_with_enough_digits_to_see_it():
    text = repr(EXERCISES["meets_target"].judge(lambda *given: EXERCISES["meets_target"].reference(*given) * 1.0002))
    assert "10.002" in text.replace("\n", " ")
    assert value_text(np.array([-0.0])).endswith("[0.]")


@pytest.mark.parametrize("one", [8, np.int64(8), [8], np.array([[8]]), tf.constant(8)])
def test_a_count_is_a_whole_number_in_any_form(one):
    assert whole_number(one) == number(one) == 8


@pytest.mark.parametrize("broken", [8.0, np.float32(8), [8.0], tf.constant(8.0), 7.5])
def test_a_count_is_no_float(broken):
    with pytest.raises(Misfit, match="expected is a whole number"):
        whole_number(broken)


def test_fine_tensors_pass_and_coarse_ones_do_not():
    assert tensor(tf.constant([1.5], tf.float64)).tolist() == [1.5]
    for coarse in (tf.float16, tf.bfloat16, tf.int32):
        with pytest.raises(Misfit, match="dtype"):
            tensor(tf.constant([1], coarse))


def test_large_whole_numbers_are_numbers_and_objects_are_not():
    assert numbers([10**30, 1])[0] == 1e30
    for other in ([None, 1], [True, 10**30], ["1", 10**30]):
        with pytest.raises(Misfit):
            numbers(np.array(other, object))


def rows_of(features):
    return tf.reshape(features, [features.shape[0], -1, features.shape[-1]])


@pytest.mark.parametrize(
    ("name", "answer", "told"),
    [
        ("gram_matrix", lambda F: tf.transpose(rows_of(F)) @ rows_of(F), "turns all axes"),
        ("gram_matrix", lambda F: rows_of(F) @ rows_of(F) / (F.shape[1] * F.shape[2]), "has to be transposed"),
        ("gram_matrix", lambda F: rows_of(F) / tf.shape(F)[1], "divides equal kinds"),
        ("gram_matrix", lambda F: F.reshape(-1), "what NumPy's arrays have"),
        ("content_loss", lambda F, P: tf.reduce_mean((F - P) ^ 2), "A power is written"),
        ("content_loss", lambda F, P: tf.reduce_sum((F - P) ** 2) / tf.size(F), "divides equal kinds"),
        ("training_step", lambda p, loss, rate: p.clip(0, 1), "what NumPy's arrays have"),
        ("training_step", lambda p, loss, rate: p.assign_sub(p), "which nothing can change"),
        ("training_step", lambda p, loss, rate: p - rate * None, "The gradient is None"),
        ("guided_gram", lambda F, mask: F * mask, "The mask lacks an axis"),
    ],
)
def test_what_tensorflow_says_is_told_as_the_cause_that_it_has(name, answer, told):
    """The known mistakes only repeat its words: these are the calls themselves."""
    assert told in EXERCISES[name].judge(answer).hint
