"""Right answers of every kind pass, in whatever way they are written."""

import doctest
import itertools
import statistics
from fractions import Fraction

import numpy as np
import pytest
import scipy.linalg
import scipy.stats
from right_answers import MORE

import nst_utils as nst
from nst_utils import losses, metrics
from nst_utils.base.tensorflow import keras, tf
from nst_utils.exercises import EXERCISES
from nst_utils.exercises import lesson_01 as receptive_fields
from nst_utils.exercises.lesson_02.gram_of_pattern import STRIPES
from nst_utils.exercises.verdict import PASSED

EVERY = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)


@EVERY
def test_the_reference_passes(exercise):
    verdict = exercise.check(exercise.reference if exercise.parameters else exercise.reference())
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
    return np.int64(kept)


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


def differences_by_lookup(runs, hypothesis):
    """What each painting of the second value has beside it at the first."""
    first, second = (
        {
            (run["content"], run["style"], run["seed"]): run[hypothesis["measure"]]
            for run in runs
            if run["status"] == "done" and run[hypothesis["setting"]] == value
        }
        for value in hypothesis["values"]
    )
    apart = {place: first[place] - second[place] for place in first.keys() & second.keys()}
    pairs = {place[:2] for place in apart}
    return {pair: statistics.median(number for place, number in apart.items() if place[:2] == pair) for pair in pairs}


def report_by_signs(differences, runs, hypothesis):
    """Turned so that the expected side is above 0."""
    values = np.sort([*differences.values()])
    turned = values * {"larger": 1, "smaller": -1}[hypothesis["expected"]]
    signs = set(np.sign(turned)) if len(values) > 5 else {0}
    verdict = {(1.0,): "supported", (-1.0,): "contradicted"}.get(tuple(signs), "undecided")
    counted = {"failed": len(runs) - [run["status"] for run in runs].count("done"), "verdict": verdict}
    return (
        {name: text for name, text in hypothesis.items() if name != "expected"}
        | counted
        | {"n": values.size, "difference": np.median(values), "low": values[0], "high": values[-1]}
    )


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


def guided_by_rows(features, mask):
    """The root of the mask on both factors, and one product of matrices."""
    n, h, w, channels = features.shape
    rows = tf.reshape(features * tf.sqrt(mask)[..., None], [n, h * w, channels])
    return tf.matmul(rows, rows, transpose_a=True) / tf.reduce_sum(mask)


def eroded_by_loop(mask, radius):
    h, w = mask.shape
    squares = [
        [mask[max(0, i - radius) : i + radius + 1, max(0, j - radius) : j + radius + 1] for j in range(w)]
        for i in range(h)
    ]
    return [[float(square.min()) for square in row] for row in squares]


def eroded_side_by_side(mask, radius):
    """A square is a row of columns: first across, then down, with white beyond the border."""
    for axis in (0, 1):
        padding = [(radius, radius) if axis == k else (0, 0) for k in (0, 1)]
        padded = np.pad(mask, padding, constant_values=1)
        mask = np.lib.stride_tricks.sliding_window_view(padded, 2 * radius + 1, axis).min(axis=-1)
    return mask


def colors_by_scipy(style, content):
    tables = [picture.reshape(-1, 3).astype(float) for picture in (style, content)]
    of_style, of_content = (np.cov(table, rowvar=False, bias=True) for table in tables)
    matrix = scipy.linalg.sqrtm(of_content) @ np.linalg.inv(scipy.linalg.sqrtm(of_style))
    moved = [matrix @ (pixel - tables[0].mean(0)) + tables[1].mean(0) for pixel in tables[0]]
    return np.reshape(moved, style.shape)


def colors_by_package(style, content):
    matrix, shift = nst.color_map(style, content)
    return style @ matrix.T + shift


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
    "guided_gram": [
        guided_by_rows,
        lambda features, mask: losses.gram_matrix(features * tf.sqrt(mask)[..., None]) / tf.reduce_mean(mask),
    ],
    "eroded_mask": [eroded_by_loop, eroded_side_by_side],
    "color_map": [colors_by_scipy, colors_by_package],
    "blend_target": [
        lambda grams, shares: np.average(grams, axis=0, weights=shares),
        lambda grams, shares: sum(share * gram for share, gram in zip(shares, grams, strict=True)) / sum(shares),
    ],
    "edge_correlation": [edges_by_loop, edges_standardized],
    "pair_differences": [differences_by_sorting, differences_by_lookup],
    "capstone_report": [report_by_signs, report_in_words],
    "permutation_test": [lambda *arguments: float(p_value_by_loop(*arguments)), p_value_by_first_group],
}


@pytest.mark.parametrize(
    ("name", "answer"),
    [(name, answer) for name, answers in OTHERS.items() for answer in (*answers, *MORE.get(name, ()))],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_other_right_answers_pass(name, answer):
    verdict = getattr(nst.check, name)(answer)
    assert verdict.passed, verdict


def test_every_exercise_was_tried_with_another_right_answer():
    assert OTHERS.keys() == EXERCISES.keys()
    assert {name for name in EXERCISES if len(MORE.get(name, ())) < 3} == set()


@EVERY
def test_the_worked_example_of_the_task_is_right(exercise):
    names = {"np": np, "tf": tf, exercise.name: exercise.reference}
    test = doctest.DocTestParser().get_doctest(exercise.task, names, exercise.name, None, None)
    assert doctest.DocTestRunner(verbose=False).run(test).failed == 0
    assert not exercise.parameters or test.examples


def test_the_stripes_are_the_ones_of_the_task():
    assert np.allclose(losses.gram_matrix(tf.constant(STRIPES))[0], EXERCISES["gram_of_pattern"].reference())


# What they are tried on


@EVERY
def test_batches_hold_pictures_that_differ(exercise):
    batches = [value for probe in exercise.probes for value in probe.arguments if np.ndim(value) == 4]
    assert not any(np.array_equal(batch[0], batch[1]) for batch in batches if len(batch) > 1)
    assert not batches or max(map(len, batches)) > 1
    assert all(batch.shape[1] != batch.shape[2] for batch in batches if batch.shape[1:3] != (2, 2))


@EVERY
def test_inputs_are_exact_in_bfloat16(exercise):
    arrays = [value for probe in exercise.probes for value in probe.arguments if isinstance(value, np.ndarray)]
    for array in arrays:
        assert np.array_equal(tf.cast(tf.cast(array, tf.bfloat16), tf.float32).numpy(), array)
