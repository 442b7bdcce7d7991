"""Checks that can fail: right answers of every kind pass, known mistakes get their hint, garbage never passes."""

import ast
import doctest
import inspect
import itertools
import re
import statistics
import subprocess
import sys
import textwrap
from fractions import Fraction

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

import nst_utils as nst
from nst_utils import losses, metrics
from nst_utils.base.errors import SettingError
from nst_utils.base.tensorflow import keras, tf
from nst_utils.exercises import EXERCISES, LESSONS
from nst_utils.exercises import lesson_01 as receptive_fields
from nst_utils.exercises.exercise import Exercise, Outcome, numbers
from nst_utils.exercises.lesson_02.gram_of_pattern import STRIPES
from nst_utils.exercises.verdict import NOT_ATTEMPTED, PASSED, WRONG, shown

EVERY = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)
FUNCTIONS = [exercise for exercise in EXERCISES.values() if exercise.parameters]
EVERY_FUNCTION = pytest.mark.parametrize("exercise", FUNCTIONS, ids=lambda exercise: exercise.name)
DIFFERENTIABLE = pytest.mark.parametrize(
    "exercise", [e for e in FUNCTIONS if e.gradient_at], ids=lambda exercise: exercise.name
)
MISTAKES = [(exercise, variant) for exercise in EXERCISES.values() for variant in exercise.variants]


def submitted(exercise: Exercise, function):
    """What a student hands in: the function, or the value where a value is asked for."""
    return function if exercise.parameters else function()


def checked(exercise: Exercise, answer):
    return getattr(nst.check, exercise.name)(answer)


# Right answers


@EVERY
def test_the_reference_passes(exercise):
    verdict = checked(exercise, submitted(exercise, exercise.reference))
    assert verdict.passed
    assert verdict.state == PASSED
    assert verdict.lines == exercise.checked


def gram_by_loops(features):
    columns = []
    for j in range(features.shape[-1]):
        column = [tf.reduce_mean(features[..., i] * features[..., j], axis=[1, 2]) for i in range(features.shape[-1])]
        columns.append(tf.stack(column, axis=1))
    return tf.stack(columns, axis=2)


def gram_by_keras(features):
    n, h, w, channels = features.shape
    rows = keras.ops.reshape(features, (n, h * w, channels))
    return keras.ops.matmul(keras.ops.transpose(rows, (0, 2, 1)), rows) / (h * w)


@tf.function
def gram_compiled(features):
    shape = tf.shape(features)
    return tf.einsum("nhwi,nhwj->nij", features, features) / tf.cast(shape[1] * shape[2], tf.float32)


def field_from_the_end(layers):
    side = 1
    for kernel, stride in reversed(layers):
        side = (side - 1) * stride + kernel
    return np.int64(side)


def shuffled_by_tensorflow(features, seed):
    flat = tf.reshape(features, [features.shape[0], -1, features.shape[-1]])
    order = tf.random.experimental.stateless_shuffle(tf.range(flat.shape[1]), seed=[seed, 3])
    return tf.reshape(tf.gather(flat, order, axis=1), features.shape)


def shuffled_picture_by_picture(features, seed):
    rng = np.random.default_rng(seed)
    moved = [rng.permutation(picture.reshape(-1, picture.shape[-1])) for picture in features]
    return np.array(moved).reshape(features.shape)


def variation_by_maximum(picture):
    down, across = picture[:, 1:] - picture[:, :-1], picture[:, :, 1:] - picture[:, :, :-1]
    total = sum(tf.reduce_sum(tf.maximum(part, -part)) for part in (down, across))
    return total / tf.cast(tf.size(picture), picture.dtype)


def step_by_keras(picture, loss_function, learning_rate):
    variable = tf.Variable(picture)
    with tf.GradientTape() as tape:
        loss = loss_function(variable)
    keras.optimizers.SGD(learning_rate).apply_gradients([(tape.gradient(loss, variable), variable)])
    return np.clip(variable.numpy(), 0, 1)


def stop_by_running_minimum(losses, patience, least):
    best = np.minimum.accumulate(losses)
    for step in range(patience, len(losses)):
        if best[step] > (1 - least) * best[step - patience]:
            return step
    return len(losses)


def front_by_sweep(points):
    front, lowest = [], np.inf
    for first in np.unique(points[:, 0]):
        column = points[:, 0] == first
        low = points[column, 1].min()
        if low < lowest:
            front += list(np.flatnonzero(column & (points[:, 1] == low)))
            lowest = low
    return np.array(sorted(front))


def weight_by_loop(weights, measured, target):
    for k in range(len(weights) - 1):
        if measured[k] <= target <= measured[k + 1]:
            share = (target - measured[k]) / (measured[k + 1] - measured[k])
            return float(weights[k] * (weights[k + 1] / weights[k]) ** share)
    raise ValueError(target)


def entropy_by_scipy(features):
    return [scipy.stats.entropy(np.ravel(picture)) / np.log(np.size(picture)) for picture in features]


def entropy_by_sums(features):
    """log S - sum F log F / S: no share is ever made."""
    rows = tf.reshape(tf.constant(features), [len(features), -1])
    total = tf.reduce_sum(rows, axis=1)
    products = tf.reduce_sum(tf.math.xlogy(rows, rows), axis=1)
    return (tf.math.log(total) - products / total) / np.log(rows.shape[1])


def softmax_by_maximum(features):
    raised = tf.exp(features - tf.reduce_max(features, [1, 2, 3], keepdims=True))
    return raised / tf.reduce_sum(raised, [1, 2, 3], keepdims=True)


def layers_by_metrics(features, least):
    return np.array([name for name in features if metrics.activation_entropy(features[name]) >= least])


def edges_by_loop(a, b):
    """Root of squares, place by place, and the correlation from its definition."""
    places = [(i, j) for i in range(len(a) - 1) for j in range(len(a[0]) - 1)]
    first, second = (
        [((p[i, j + 1] - p[i, j]) ** 2 + (p[i + 1, j] - p[i, j]) ** 2) ** 0.5 for i, j in places] for p in (a, b)
    )
    return statistics.correlation(first, second)


def edges_standardized(a, b):
    def standardized(picture):
        down, across = np.diff(picture, axis=0)[:, :-1], np.diff(picture, axis=1)[:-1]
        strengths = np.sqrt(down**2 + across**2)
        return (strengths - strengths.mean()) / strengths.std()

    return np.mean(standardized(a) * standardized(b))


def p_value_by_loop(first, second, orders):
    def apart(numbers):
        return abs(statistics.mean(numbers[: len(first)]) - statistics.mean(numbers[len(first) :]))

    together = [*map(float, first), *map(float, second)]
    reached = sum(apart([together[place] for place in order]) >= apart(together) for order in orders)
    return Fraction(reached + 1, len(orders) + 1)


def p_value_by_first_group(first, second, orders):
    """The mean of the first group alone tells: the second holds the rest."""
    together = np.concatenate([first, second])
    new = together[np.vstack([np.arange(len(together)), orders])][:, : len(first)].mean(axis=1) - together.mean()
    return np.mean(abs(new) >= abs(new[0]) - 1e-6)


def memory_by_arrays(layers, h, w, bytes_each):
    strides, channels = np.array(layers).T
    return np.sum(np.floor_divide(h, strides) * np.floor_divide(w, strides) * channels) * bytes_each


def memory_by_slices(layers, h, w, bytes_each):
    kept = 0
    for stride, channels in layers:
        shape = np.empty((h, w), bool)[stride - 1 :: stride, stride - 1 :: stride].shape
        kept += shape[0] * shape[1] * channels * bytes_each
    return float(kept)


def sizes_from_coarse_to_fine(largest, steps, seconds, budget):
    sizes = [largest >> k for k in range(12) if largest >> k >= 64]
    spent, chosen = 0, []
    for size in reversed(sizes):
        spent += steps * seconds * (size / 1024) ** 2
        if spent > budget:
            break
        chosen.append(size)
    return np.array(chosen)


def sizes_by_recursion(largest, steps, seconds, budget):
    if largest < 64:
        return []
    sizes, size = [], largest
    while size >= 64:
        sizes.append(size)
        size = int(size / 2)
    if sum(steps * seconds * size * size / 1024**2 for size in sizes) > budget:
        return sizes_by_recursion(largest // 2, steps, seconds, budget)
    return tuple(sorted(sizes))


def differences_by_sorting(runs, hypothesis):
    first, second = hypothesis["values"]
    found = {}
    done = sorted((run for run in runs if run["status"] == "done"), key=lambda run: run[hypothesis["setting"]] != first)
    for one, other in itertools.combinations(done, 2):
        values = one[hypothesis["setting"]], other[hypothesis["setting"]]
        if values == (first, second) and all(one[name] == other[name] for name in ("content", "style", "seed")):
            apart = Fraction(one[hypothesis["measure"]]) - Fraction(other[hypothesis["measure"]])
            found.setdefault((one["content"], one["style"]), []).append(apart)
    return {pair: float(statistics.median(each)) for pair, each in found.items()}


def differences_by_tables(runs, hypothesis):
    rows, found = nst.Table(runs).where(status="done"), {}
    for content, style in set(zip(rows["content"], rows["style"], strict=True)):
        inside = rows.where(content=content, style=style)
        one, other = (
            {row["seed"]: row[hypothesis["measure"]] for row in inside.where(**{hypothesis["setting"]: value})}
            for value in hypothesis["values"]
        )
        if both := one.keys() & other.keys():
            found[content, style] = np.median([one[seed] - other[seed] for seed in both])
    return found


def report_by_signs(differences, runs, hypothesis):
    """Turned so that the expected side is above 0."""
    values = np.sort([*differences.values()])
    turned = values * {"larger": 1, "smaller": -1}[hypothesis["expected"]]
    signs = set(np.sign(turned)) if len(values) > 5 else {0}
    verdict = {(1.0,): "supported", (-1.0,): "contradicted"}.get(tuple(signs), "undecided")
    told = {"failed": [run["status"] for run in runs].count("failed"), "verdict": verdict}
    return hypothesis | told | {"n": values.size, "difference": np.median(values), "low": values[0], "high": values[-1]}


def report_in_words(differences, runs, hypothesis):
    low, high = min(differences.values()), max(differences.values())
    report = {"high": high, "low": low, "difference": statistics.median(differences.values())}
    report["verdict"] = "undecided"
    if len(differences) >= 6 and low > 0:
        report["verdict"] = "supported" if hypothesis["expected"] == "larger" else "contradicted"
    if len(differences) >= 6 and high < 0:
        report["verdict"] = "supported" if hypothesis["expected"] == "smaller" else "contradicted"
    report["n"], report["failed"] = len(differences), len([run for run in runs if run["status"] != "done"])
    return {**report, **{name: hypothesis[name] for name in ("would_change", "unit", "claim")}}


OTHERS = {
    "own_picture": [np.random.default_rng(0).random((8, 9, 3), np.float32)],
    "receptive_field": [field_from_the_end],
    "which_layer": [f" {receptive_fields.mystery_layer().upper()} "],
    "gram_matrix": [losses.gram_matrix, gram_by_loops, gram_by_keras, gram_compiled],
    "shuffled": [shuffled_by_tensorflow, shuffled_picture_by_picture],
    "gram_of_pattern": [((2, 0.5), (0.5, 0.75)), np.float32([[2, 0.5], [0.5, 0.75]]), [[2, 1 / 2], [1 / 2, 3 / 4]]],
    "content_loss": [
        lambda F, P: tf.reduce_sum(tf.square(P - F)) / tf.cast(tf.size(F), F.dtype),
        lambda F, P: keras.ops.mean(keras.ops.square(F - P)),
    ],
    "style_loss": [
        lambda G, A: tf.nn.l2_loss(G - A) / (2 * G.shape[1] ** 2),
        lambda G, A: G.shape[0] * tf.reduce_mean((A - G) ** 2) / 4,
    ],
    "total_variation": [
        losses.total_variation,
        variation_by_maximum,
        lambda picture: tf.reduce_sum(tf.image.total_variation(picture)) / tf.size(picture, tf.float32),
    ],
    "convert_weight": [losses.convert_weight],
    "training_step": [step_by_keras],
    "stop_step": [stop_by_running_minimum],
    "pareto_front": [front_by_sweep],
    "meets_target": [weight_by_loop],
    "predict_memory": [memory_by_arrays, memory_by_slices],
    "sizes_for_budget": [sizes_from_coarse_to_fine, sizes_by_recursion],
    "activation_entropy": [
        lambda features: [metrics.activation_entropy(picture) for picture in features],
        entropy_by_scipy,
        entropy_by_sums,
    ],
    "softmax_smoothing": [
        lambda features: losses.softmax_smooth(features) / tf.cast(tf.size(features[0]), features.dtype),
        softmax_by_maximum,
        lambda features: tf.exp(features - tf.reduce_logsumexp(features, [1, 2, 3], keepdims=True)),
        lambda features: keras.ops.softmax(features, axis=(1, 2, 3)),
    ],
    "resnet_layers": [
        layers_by_metrics,
        lambda features, least: tuple(
            filter(lambda name: np.sum(features[name]) and entropy_by_scipy([features[name]])[0] >= least, features)
        ),
    ],
    "edge_correlation": [edges_by_loop, edges_standardized],
    "pair_differences": [differences_by_sorting, differences_by_tables],
    "capstone_report": [report_by_signs, report_in_words],
    "permutation_test": [lambda *arguments: float(p_value_by_loop(*arguments)), p_value_by_first_group],
}


@pytest.mark.parametrize(
    ("name", "answer"),
    [(name, answer) for name, answers in OTHERS.items() for answer in answers],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_other_right_answers_pass(name, answer):
    verdict = getattr(nst.check, name)(answer)
    assert verdict.passed, verdict


def test_every_exercise_was_tried_with_another_right_answer():
    assert OTHERS.keys() == EXERCISES.keys()


@EVERY
def test_the_worked_example_of_the_task_is_right(exercise):
    names = {"np": np, "tf": tf, exercise.name: exercise.reference}
    test = doctest.DocTestParser().get_doctest(exercise.task, names, exercise.name, None, None)
    assert doctest.DocTestRunner(verbose=False).run(test).failed == 0
    assert not exercise.parameters or test.examples


def test_the_stripes_are_the_ones_of_the_task():
    assert np.allclose(losses.gram_matrix(tf.constant(STRIPES))[0], EXERCISES["gram_of_pattern"].reference())


# Mistakes


@pytest.mark.parametrize(("exercise", "variant"), MISTAKES, ids=[f"{e.name}: {v.name}" for e, v in MISTAKES])
def test_a_known_mistake_gets_its_own_hint(exercise, variant):
    verdict = checked(exercise, submitted(exercise, variant.mistake))
    assert verdict.state == WRONG
    assert verdict.hint == variant.hint
    assert variant.hint in repr(verdict)


@EVERY
def test_there_are_at_least_five_mistakes_with_distinct_hints(exercise):
    assert len(exercise.variants) >= 5
    assert len({variant.hint for variant in exercise.variants}) == len(exercise.variants)
    assert len({variant.name for variant in exercise.variants}) == len(exercise.variants)


def test_a_mistake_is_recognized_however_it_is_written():
    verdict = nst.check.gram_matrix(lambda features: gram_by_loops(features) * features.shape[1] * features.shape[2])
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
    assert "[(3, 1)]" in text


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
        (lambda answer: tf.cast(answer, tf.float64), "dtype float64"),
        (lambda answer: answer[None], "shape"),
        (lambda answer: answer * np.nan, "NaN"),
        (tf.stop_gradient, "no gradient"),
        (lambda answer: tf.constant(answer.numpy()), "no gradient"),
        (lambda answer: 2 * answer - tf.stop_gradient(answer), "gradient"),
    ],
    ids=["numpy", "Python", "float64", "rank", "nan", "stop_gradient", "constant", "gradient doubled"],
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
@pytest.mark.parametrize("nothing", [None, ...])
def test_nothing_is_neutral(exercise, nothing):
    assert checked(exercise, nothing).state == NOT_ATTEMPTED
    assert checked(exercise, submitted(exercise, lambda *arguments: nothing)).state == NOT_ATTEMPTED


# Garbage


class Changing:
    """Another answer at each call."""

    def __init__(self, right):
        self.right, self.calls = right, 0

    def __call__(self, *arguments):
        self.calls += 1
        return self.right(*arguments) if self.calls % 2 else 7.0 * self.calls


class Hostile:
    """Whatever is asked of it, it raises."""

    def __array__(self, *_, **__):
        raise RuntimeError("no")

    def __repr__(self):
        raise RuntimeError("no")

    def __eq__(self, other):
        raise RuntimeError("no")

    __hash__ = None


def raising(error):
    def broken(*arguments):
        raise error

    return broken


GARBAGE = {
    "a text": "some text",
    "bytes": b"x",
    "ragged": [[1], [2, 3]],
    "nan": float("nan"),
    "infinity": np.inf,
    "complex": 1j,
    "truth": True,
    "a dictionary": {"a": 1},
    "an object": object(),
    "hostile": Hostile(),
    "a type": np.ndarray,
    "empty": [],
    "objects": np.array([None, "x"]),
    "five axes": np.zeros((1, 1, 1, 1, 1), np.float32),
    "a generator": (k for k in range(3)),
    "a set": {1.0},
}


@EVERY
@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
def test_garbage_is_wrong_and_never_raises(exercise, garbage):
    for answer in (garbage, lambda *arguments: garbage):
        verdict = checked(exercise, answer)
        assert verdict.state == WRONG
        assert repr(verdict) and verdict._repr_html_()


@EVERY_FUNCTION
@pytest.mark.parametrize(
    "error",
    [ValueError("two\nlines"), KeyError(), RecursionError("deep"), SystemExit(1), MemoryError(), AssertionError()],
)
def test_an_exception_of_the_student_is_a_wrong_answer(exercise, error):
    verdict = checked(exercise, raising(error))
    assert verdict.state == WRONG
    assert type(error).__name__ in verdict.lines[0]
    assert "\n" not in verdict.lines[0]


@EVERY_FUNCTION
def test_an_answer_that_changes_from_call_to_call_never_passes(exercise):
    assert checked(exercise, Changing(exercise.reference)).state == WRONG


@EVERY_FUNCTION
def test_a_call_in_place_of_the_function_is_explained(exercise):
    verdict = checked(exercise, 3.0)
    assert verdict.state == WRONG
    assert "without parentheses" in verdict.hint


def test_a_check_can_be_interrupted():
    with pytest.raises(KeyboardInterrupt):
        nst.check.receptive_field(raising(KeyboardInterrupt()))


some_answers = st.recursive(
    st.one_of(st.integers(-9, 9), st.floats(), st.text(max_size=3), st.booleans(), st.binary(max_size=2)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=1), inner, max_size=2)),
    max_leaves=6,
)


@EVERY
@settings(max_examples=30)
@given(answer=some_answers)
def test_no_constant_answer_passes_or_raises(exercise, answer):
    verdict = checked(exercise, submitted(exercise, lambda *arguments: answer))
    assert verdict.state == WRONG
    assert verdict._repr_html_()


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


@pytest.mark.parametrize("wrong", ["gram", "gram_matrx", "", 3])
def test_a_hint_for_no_exercise_says_what_there_is(wrong):
    with pytest.raises(SettingError, match=r"gram_matrix"):
        nst.hint(wrong, 1)


@pytest.mark.parametrize("step", [0, 4, -1, "1", None])
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
    assert len(shown(np.zeros((50, 50, 50)))) < 1000
    assert len(shown("x" * 10_000)) < 1000


def test_every_check_shows_the_task_as_its_help():
    assert nst.check.gram_matrix.__doc__ == EXERCISES["gram_matrix"].task
    assert set(EXERCISES) <= set(dir(nst.check))


# The machinery


def test_other_orders_of_summation_are_no_mistake_and_small_mistakes_are():
    exact = Outcome(numbers([1.0, 0.0]))
    assert exact.agrees_with(Outcome(numbers(np.float32([1.00001, 1e-7]))))
    assert not exact.agrees_with(Outcome(numbers([1.001, 0.0])))


@EVERY_FUNCTION
def test_batches_hold_pictures_that_differ(exercise):
    batches = [value for probe in exercise.probes for value in probe.arguments if np.ndim(value) == 4]
    assert not any(np.array_equal(batch[0], batch[1]) for batch in batches if len(batch) > 1)
    assert not batches or max(map(len, batches)) > 1
    assert all(batch.shape[1] != batch.shape[2] for batch in batches[1:])


@EVERY
def test_inputs_are_exact_in_bfloat16(exercise):
    arrays = [value for probe in exercise.probes for value in probe.arguments if isinstance(value, np.ndarray)]
    for array in arrays:
        assert np.array_equal(tf.cast(tf.cast(array, tf.bfloat16), tf.float32).numpy(), array)


def test_tensorflow_is_not_imported_before_a_check_needs_it():
    program = """
import sys
import nst_utils as nst
nst.check.gram_matrix
nst.hint("gram_matrix", 1)
print(nst.check.gram_matrix(...), nst.check.receptive_field(lambda layers: 1), nst.check.gram_of_pattern(...))
assert not {"tensorflow", "keras"} & set(sys.modules)
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
