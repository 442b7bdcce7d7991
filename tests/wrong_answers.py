"""Wrong answers to every exercise, few of them known mistakes: what else a student may write from the task."""

import math
import statistics

import numpy as np
from PIL import Image
from scipy import ndimage

import nst_utils as nst
from nst_utils import losses
from nst_utils.base.tensorflow import tf
from nst_utils.exercises import EXERCISES
from nst_utils.exercises.lesson_01 import CANDIDATES, mystery_layer
from nst_utils.exercises.lesson_09.color_map import _mapped, _power

REFERENCES = {name: exercise.reference for name, exercise in EXERCISES.items()}
_noise = np.random.default_rng(0).random((24, 32, 3)).astype(np.float32)


def _by(name, changed):
    """What a change makes of the right answer."""
    return lambda *given: changed(REFERENCES[name](*given))


def _given(name, changed):
    """The right answer to something else than what was given."""
    return lambda *given: REFERENCES[name](*changed(*given))


# 01


def _field_with_a_cap(layers):
    side, step = 1, 1
    for kernel, stride in layers:
        side += (kernel - 1) * step
        step = min(step * stride, 8)
    return side


def _field_by_halves(layers):
    side = 1
    for kernel, stride in layers:
        side = side * stride + kernel - stride
    return side


def _field_stride_of_kernel(layers):
    side, step = 1, 1
    for kernel, stride in layers:
        side += (kernel - 1) * step
        step *= kernel if stride > 1 else 1
    return side


def _field_odd_kernels(layers):
    side, step = 1, 1
    for kernel, stride in layers:
        side += 2 * (kernel // 2) * step
        step *= stride
    return side


def _field_skips_ones(layers):
    return REFERENCES["receptive_field"]([layer for layer in layers if layer[1] == 1])


# 02


def _gram_loop(features, ends=(0, 0), product=lambda a, b: a * b):
    _n, h, w, _channels = features.shape
    places = [features[:, i, j] for i in range(h - ends[0]) for j in range(w - ends[1])]
    return sum(product(v[:, :, None], v[:, None, :]) for v in places) / (h * w)


def _gram_transposed_reshape(features):
    n, h, w, channels = features.shape
    rows = tf.reshape(tf.transpose(features, [0, 3, 1, 2]), [n, h * w, channels])
    return tf.matmul(rows, rows, transpose_a=True) / (h * w)


def _correlations(features):
    gram = losses.gram_matrix(features)
    root = tf.sqrt(tf.linalg.diag_part(gram)) + 1e-9
    return gram / root[:, :, None] / root[:, None, :]


def _moved(features, order_of):
    n, h, w, channels = features.shape
    return features.reshape(n, h * w, channels)[:, order_of(h * w)].reshape(features.shape)


def _pairs_exchanged(features, seed):
    def order(count):
        start = seed % 2
        places = np.arange(count)
        for k in range(start, count - 1, 2):
            places[[k, k + 1]] = k + 1, k
        return places

    return _moved(features, order)


def _sorted_by_noise_of_rows(features, seed):
    rng = np.random.default_rng(seed)
    return np.stack([np.stack([row[rng.permutation(len(row))] for row in picture]) for picture in features])


def _with_repeats(features, seed):
    return _moved(features, lambda count: np.random.default_rng(seed).integers(0, count, count))


def _columns_then_inside(features, seed):
    rng = np.random.default_rng(seed)
    return features[:, :, rng.permutation(features.shape[2])]


# 03


def _variation(picture, of=tf.abs, down=1, across=1, divisor=None):
    parts = picture[:, down:] - picture[:, :-down], picture[:, :, across:] - picture[:, :, :-across]
    return sum(tf.reduce_sum(of(part)) for part in parts) / (divisor or picture.shape.num_elements())


def _convert(gatys, tutorial):
    def convert(weight, source, target, layer):
        divisors = {"gatys": gatys(layer), "tutorial": tutorial(layer)}
        return weight * divisors[target] / divisors[source]

    return convert


# 04


def _gradient(picture, loss_function):
    with tf.GradientTape() as tape:
        tape.watch(picture)
        loss = loss_function(picture)
    return tape.gradient(loss, picture)


def _step(new):
    """A step by another rule, clipped."""
    return lambda p, loss, rate: tf.clip_by_value(new(p, _gradient(p, loss), rate, loss), 0.0, 1.0)


def _stop(judged, begin=0):
    def stop(losses, patience, least):
        for step in range(patience + begin, len(losses)):
            if judged(losses, step, patience, least):
                return step
        return len(losses)

    return stop


# 05


def _front(dominates):
    return lambda points: [k for k, p in enumerate(points) if not any(dominates(q, p) for q in points)]


def _staircase(points):
    """Sorted by the first number alone, keeping whatever is lower than all before."""
    front, lowest = [], np.inf
    for k in np.argsort(points[:, 0], kind="stable"):
        if points[k, 1] < lowest:
            front.append(int(k))
            lowest = points[k, 1]
    return sorted(front)


# 06


def _entropy(features, power=1.0, axes=(1, 2, 3), least=0.0):
    values = np.asarray(features, np.float64) ** power
    values = values * (values > least)
    shares = values / values.sum(axis=axes, keepdims=True)
    return -(shares * np.log(np.where(shares > 0, shares, 1))).sum(axis=(1, 2, 3)) / np.log(values[0].size)


def _softmax(features, axes, scale=1.0, shift=0.0):
    raised = tf.exp(scale * (features - tf.reduce_max(features, axes, keepdims=True))) + shift
    return raised / tf.reduce_sum(raised, axes, keepdims=True)


def _layers(kept):
    return lambda features, least: [name for name, values in features.items() if kept(values, least)]


def _even(values):
    return float(REFERENCES["activation_entropy"](values[None])[0]) if values.any() else -1.0


# 07


def _edges(of):
    return lambda a, b: np.corrcoef(np.ravel(of(a)), np.ravel(of(b)))[0, 1]


def _across(p):
    return p[:-1, 1:] - p[:-1, :-1]


def _down(p):
    return p[1:, :-1] - p[:-1, :-1]


def _p_value(reached, more=1):
    def p_value(first, second, orders):
        together = np.concatenate([first, second])
        new = [(together[order][: len(first)], together[order][len(first) :]) for order in orders]
        return (more + sum(map(bool, reached(new, first, second)))) / (more + len(orders))

    return p_value


def _by_statistic(of):
    return _p_value(lambda new, first, second: [abs(of(a, b)) >= abs(of(first, second)) for a, b in new])


# 08


def _memory(of):
    return lambda layers, h, w, each: sum(of(h, w, stride, channels, each) for stride, channels in layers)


def _memory_shrinking(layers, h, w, each):
    total = 0
    for stride, channels in layers:
        h, w = h // stride, w // stride
        total += h * w * channels * each
    return total


def _sizes(largest, steps, seconds, budget, least=64, half=lambda size: size // 2, cost=lambda size: size * size):
    while largest >= least:
        sizes = [largest]
        while half(sizes[0]) >= least:
            sizes.insert(0, half(sizes[0]))
        if steps * seconds * sum(map(cost, sizes)) / 1024**2 <= budget:
            return sizes
        largest = half(largest)
    return []


# 09


def _windows(mask, radius, of, up=None, fill=1.0):
    up = radius if up is None else up
    padded = np.pad(np.asarray(mask, float), ((up, radius), (up, radius)), constant_values=fill)
    shape = up + radius + 1, up + radius + 1
    return of(np.lib.stride_tricks.sliding_window_view(padded, shape), axis=(2, 3))


def _guided(weights=lambda mask: mask, divisor=tf.reduce_sum):
    def gram(features, mask):
        return tf.einsum("hw,nhwi,nhwj->nij", weights(mask), features, features) / divisor(mask)

    return gram


# 11


def _differences(
    runs, hypothesis, together=np.median, key=("content", "style", "seed"), done="done", keep=lambda a, b: True
):
    first, second = hypothesis["values"]
    measured, found = {}, {}
    for run in runs:
        if run["status"] == done:
            measured[(*(run[name] for name in key), run[hypothesis["setting"]])] = run[hypothesis["measure"]]
    for place, value in measured.items():
        if place[-1] == first and (*place[:-1], second) in measured and keep(value, measured[(*place[:-1], second)]):
            found.setdefault(place[:2], []).append(value - measured[(*place[:-1], second)])
    return {pair: float(together(each)) for pair, each in found.items()}


def _report(**changed):
    def report(differences, runs, hypothesis):
        right = REFERENCES["capstone_report"](differences, runs, hypothesis)
        return right | {name: of(differences, runs, hypothesis, right) for name, of in changed.items()}

    return report


def _verdict_by(side):
    return _report(
        verdict=lambda d, runs, hypothesis, right: (
            "undecided"
            if len(d) < 6 or side(right, d) == 0
            else "supported"
            if (side(right, d) > 0) == (hypothesis["expected"] == "larger")
            else "contradicted"
        )
    )


WRONG = {
    "own_picture": [
        "harbor",
        np.zeros((24, 32, 3), np.float32),
        _noise[:, :, :2],
        _noise[:7],
        _noise.astype(np.float16),
        _noise - np.float32(0.01),
        nst.picture("swirls", 64)[::-1, ::-1],
        np.moveaxis(nst.picture("harbor", 64), 1, 0),
        Image.new("RGB", (32, 24), (9, 9, 9)),
        [[0.5, 0.2], [0.1, 0.9]],
        np.where(_noise > 0.9, np.nan, _noise),
        (_noise * 65535).astype(np.uint16),
    ],
    "receptive_field": [
        _field_with_a_cap,
        _field_by_halves,
        _field_stride_of_kernel,
        _field_odd_kernels,
        _field_skips_ones,
        lambda layers: sum(k for k, _ in layers) - len(layers),
        lambda layers: 1 + sum((k - 1) * 2 ** sum(s > 1 for _, s in layers[:i]) for i, (k, _) in enumerate(layers)),
        lambda layers: max((k for k, _ in layers), default=1),
        lambda layers: REFERENCES["receptive_field"](layers[:-1]),
        lambda layers: [REFERENCES["receptive_field"](layers)] * 2,
        lambda layers: str(REFERENCES["receptive_field"](layers)),
    ],
    "which_layer": [
        ["block4_conv2"],
        "block4",
        "conv4_2",
        "block4_conv3",
        "block4 conv2",
        4.2,
        CANDIDATES,
        "",
        next(name for name in CANDIDATES if name != mystery_layer()).upper(),
    ],
    "gram_matrix": [
        lambda F: tf.einsum("nhwi,nhwj->nij", F, F) / F.shape[1],
        lambda F: tf.einsum("nhwi,nhwj->nij", F, F) / (F.shape[1] + F.shape[2]),
        lambda F: tf.einsum("nhwi,nhwj->nij", F, F) / (F.shape[0] * F.shape[1] * F.shape[2]),
        lambda F: tf.einsum("nhwi,nhwj->nij", F, F) // (F.shape[1] * F.shape[2]),
        lambda F: tf.einsum("nhwi,mhwj->nij", F, F) / (F.shape[1] * F.shape[2]),
        lambda F: tf.linalg.band_part(losses.gram_matrix(F), 0, -1),
        lambda F: tf.abs(losses.gram_matrix(F)),
        lambda F: tf.nn.relu(losses.gram_matrix(F)),
        lambda F: tf.sqrt(tf.abs(losses.gram_matrix(F))),
        lambda F: _gram_loop(F, ends=(0, 1)),
        lambda F: _gram_loop(F, product=lambda a, b: tf.minimum(a, b)),
        _gram_transposed_reshape,
        _correlations,
        lambda F: losses.gram_matrix(tf.nn.relu(F)),
        lambda F: tf.reduce_mean(losses.gram_matrix(F), axis=0),
        lambda F: tf.round(losses.gram_matrix(F)),
        lambda F: tf.cast(losses.gram_matrix(F), tf.bfloat16),
    ],
    "shuffled": [
        lambda F, seed: F[:, ::-1, ::-1],
        lambda F, seed: np.transpose(F, (0, 2, 1, 3)).reshape(F.shape),
        _pairs_exchanged,
        _sorted_by_noise_of_rows,
        _with_repeats,
        _columns_then_inside,
        lambda F, seed: np.random.default_rng(seed).permutation(F.ravel()).reshape(F.shape),
        lambda F, seed: _moved(F, lambda count: np.random.default_rng(seed // 4).permutation(count)),
        lambda F, seed: _moved(F, lambda count: np.r_[0, 1 + np.random.default_rng(seed).permutation(count - 1)]),
        lambda F, seed: _moved(F, lambda count: np.random.default_rng(seed).permutation(count)) + 1,
        lambda F, seed: _moved(F, lambda count: np.random.default_rng(seed).permutation(count))[:1],
        lambda F, seed: _moved(F, lambda count: np.argsort(np.sin(np.arange(count) + 0 * seed))),
        lambda F, seed: _moved(F, lambda count: np.roll(np.arange(count)[::-1], seed)),
    ],
    "gram_of_pattern": [
        [[2, 0.5], [0.5, 1]],
        [[2, 0.5], [0.75, 0.5]],
        [[2, 1], [1, 0.75]],
        [2, 0.5, 0.5, 0.75],
        [[2, 0.5, 0.75]],
        [[4, 0.25], [0.25, 0.75]],
        [[2, -0.5], [-0.5, 0.75]],
        [[1, 0.25], [0.25, 0.375]],
        [[[2, 0.5], [0.5, 0.75]]],
        [["2", "0.5"], ["0.5", "0.75"]],
        [[2, 0.51], [0.5, 0.75]],
    ],
    "content_loss": [
        lambda F, P: tf.reduce_mean((F - P) ** 2) / F.shape[0],
        lambda F, P: tf.reduce_max((F - P) ** 2),
        lambda F, P: tf.reduce_mean((F - P) ** 4),
        lambda F, P: tf.reduce_mean((F + P) ** 2),
        lambda F, P: tf.reduce_mean(F**2) - tf.reduce_mean(P**2),
        lambda F, P: tf.math.reduce_variance(F - P),
        lambda F, P: tf.reduce_mean(tf.nn.relu(F - P) ** 2),
        lambda F, P: tf.reduce_mean((F[:1] - P[:1]) ** 2),
        lambda F, P: tf.reduce_mean((F[:, 0] - P[:, 0]) ** 2),
        lambda F, P: tf.reduce_sum((F - P) ** 2) / (F.shape[1] * F.shape[2]),
        lambda F, P: tf.reduce_mean(tf.round(F - P) ** 2),
        lambda F, P: tf.reduce_mean((F - tf.reduce_mean(P)) ** 2),
        lambda F, P: tf.reduce_mean((F - P) ** 2) + 1e-3,
        lambda F, P: tf.reduce_mean(tf.where(tf.abs(F - P) < 1, (F - P) ** 2, 2 * tf.abs(F - P) - 1)),
        lambda F, P: tf.reduce_mean((F - P) ** 2, axis=[0, 1, 2]),
        lambda F, P: tf.reduce_mean((F - P) ** 2)[None],
    ],
    "style_loss": [
        lambda G, A: tf.reduce_sum((G - A) ** 2) / (4 * G.shape[-1] * G.shape[0]),
        lambda G, A: tf.reduce_sum((G - A) ** 2) / (4 * G.shape[-1] ** 2 * G.shape[0]),
        lambda G, A: tf.reduce_sum((G - A) ** 2) / (4 * G.shape[-1]) ** 2,
        lambda G, A: tf.reduce_sum((G + A) ** 2) / (4 * G.shape[-1] ** 2),
        lambda G, A: tf.reduce_max((G - A) ** 2) / (4 * G.shape[-1] ** 2),
        lambda G, A: tf.reduce_sum((tf.reduce_mean(G, 0) - tf.reduce_mean(A, 0)) ** 2) / (4 * G.shape[-1] ** 2),
        lambda G, A: tf.sqrt(tf.reduce_sum((G - A) ** 2)) / (4 * G.shape[-1] ** 2),
        lambda G, A: tf.reduce_sum(G * A) / (4 * G.shape[-1] ** 2),
        lambda G, A: tf.reduce_sum((G - A) ** 2) / (4.0 * len(G.shape) ** 2),
        lambda G, A: tf.reduce_sum((G - A) ** 2) / 16,
        lambda G, A: tf.reduce_sum((G - A) ** 2) / tf.reduce_sum(A**2),
        lambda G, A: tf.linalg.trace(tf.matmul(G - A, G - A)) / (4 * G.shape[-1] ** 2),
        lambda G, A: tf.reduce_sum((G - A)[:, 0] ** 2) / (4 * G.shape[-1] ** 2),
        lambda G, A: tf.reduce_sum((G - A) ** 3) / (4 * G.shape[-1] ** 2),
    ],
    "total_variation": [
        lambda p: _variation(p, down=2),
        lambda p: _variation(p, divisor=p.shape[1] * p.shape[2] * p.shape[3]),
        lambda p: _variation(p, divisor=p.shape[0] * p.shape[1] * p.shape[2]),
        lambda p: _variation(p, divisor=p.shape[1] * p.shape[2]),
        lambda p: _variation(p, of=tf.nn.relu),
        lambda p: _variation(p[..., :1]),
        lambda p: _variation(p[:1]),
        lambda p: _variation(p, of=lambda part: tf.minimum(tf.abs(part), 1.0)),
        lambda p: _variation(p) + tf.reduce_sum(tf.abs(p[:, 1:, 1:] - p[:, :-1, :-1])) / p.shape.num_elements(),
        lambda p: _variation(tf.pad(p, [[0, 0], [1, 1], [1, 1], [0, 0]]), divisor=p.shape.num_elements()),
        lambda p: _variation(tf.reduce_mean(p, -1, keepdims=True)),
        lambda p: _variation(p) / 2,
        lambda p: _variation(p, of=lambda part: tf.sqrt(part**2 + 1e-2)),
        lambda p: tf.reduce_mean(tf.image.total_variation(p)) / (p.shape[1] * p.shape[2]),
        lambda p: _variation(p, of=lambda part: tf.exp(tf.math.log(part**2) / 2)),
    ],
    "convert_weight": [
        _convert(lambda layer: 4 * layer.channels**2, lambda layer: 4 * layer.channels**2),
        _convert(lambda layer: 4, lambda layer: layer.channels**2),
        _convert(lambda layer: 2 * layer.channels**2, lambda layer: layer.channels**2),
        _convert(lambda layer: 4 * layer.channels**2 * layer.positions, lambda layer: layer.channels**2),
        _convert(lambda layer: 4 * layer.channels**4, lambda layer: layer.channels**2),
        lambda weight, source, target, layer: weight if source == target else weight * 4,
        lambda weight, source, target, layer: weight if source == target else weight / 4,
        lambda weight, source, target, layer: abs(weight - 0.75) if source != target else weight,
        lambda weight, source, target, layer: weight * {"gatys": 4, "tutorial": 1}[source],
        lambda weight, source, target, layer: min(REFERENCES["convert_weight"](weight, source, target, layer), 100),
        lambda weight, source, target, layer: max(REFERENCES["convert_weight"](weight, source, target, layer), 0.02),
        lambda weight, source, target, layer: {target: REFERENCES["convert_weight"](weight, source, target, layer)},
    ],
    "training_step": [
        _step(lambda p, g, rate, loss: p - rate * g**2),
        _step(lambda p, g, rate, loss: p - rate * tf.abs(g)),
        _step(lambda p, g, rate, loss: p - rate * tf.reduce_mean(g)),
        _step(lambda p, g, rate, loss: p - rate * g * p),
        _step(lambda p, g, rate, loss: p - rate / (1 + rate) * g),
        _step(lambda p, g, rate, loss: p - rate * g / p.shape.num_elements()),
        _step(lambda p, g, rate, loss: p - 2 * rate * g),
        _step(lambda p, g, rate, loss: p - rate * g - rate * _gradient(p - rate * g, loss)),
        _step(lambda p, g, rate, loss: p * (1 - rate * g)),
        _step(lambda p, g, rate, loss: tf.tensor_scatter_nd_update(p, [[0]], (p - rate * g)[:1])),
        lambda p, loss, rate: (
            p - rate * _gradient(p, loss) if rate < 0.2 else REFERENCES["training_step"](p, loss, rate)
        ),
        lambda p, loss, rate: tf.clip_by_value(p - rate * _gradient(p, loss), 0.0, 0.99),
        lambda p, loss, rate: tf.round(REFERENCES["training_step"](p, loss, rate) * 255) / 255,
        lambda p, loss, rate: tf.sigmoid(p - rate * _gradient(p, loss)),
        lambda p, loss, rate: REFERENCES["training_step"](p, loss, rate)[0],
    ],
    "stop_step": [
        _stop(lambda L, t, p, e: min(L[: t - p + 1]) - L[t] < e * min(L[: t - p + 1])),
        _stop(lambda L, t, p, e: min(L[: t - p + 1]) - min(L[t - p + 1 : t + 1]) < e * L[0]),
        _stop(lambda L, t, p, e: min(L[: t - p + 1]) - statistics.mean(L[t - p + 1 : t + 1]) < e * min(L[: t - p + 1])),
        _stop(
            lambda L, t, p, e: (
                statistics.mean(L[: t - p + 1]) - min(L[t - p + 1 : t + 1]) < e * statistics.mean(L[: t - p + 1])
            )
        ),
        _stop(lambda L, t, p, e: min(L[t - p + 1 : t + 1]) / min(L[: t - p + 1]) > e),
        _stop(lambda L, t, p, e: min(L[: t - p + 1]) - min(L[t - p + 1 : t + 1]) < e / 100 * min(L[: t - p + 1])),
        _stop(lambda L, t, p, e: abs(min(L[: t - p + 1]) - min(L[t - p + 1 : t + 1])) < e * min(L[: t - p + 1])),
        _stop(lambda L, t, p, e: min(L[: t - p]) - min(L[t - p : t + 1]) < e * min(L[: t - p]), begin=1),
        lambda L, p, e: min(REFERENCES["stop_step"](L, p, e), len(L) - 1),
        lambda L, p, e: REFERENCES["stop_step"](L, p, e) - p + 1,
        lambda L, p, e: L[: REFERENCES["stop_step"](L, p, e)],
        lambda L, p, e: REFERENCES["stop_step"](L, 2, e),
        lambda L, p, e: REFERENCES["stop_step"](L, p, 0.25),
        lambda L, p, e: REFERENCES["stop_step"]([round(loss) for loss in L], p, e),
    ],
    "pareto_front": [
        _staircase,
        _front(lambda q, p: q.sum() < p.sum()),
        _front(lambda q, p: q[0] < p[0] and q[1] < p[1]),
        _front(lambda q, p: max(q) < max(p)),
        _front(lambda q, p: np.all(q <= p) and np.any(q < p - 0.2)),
        _front(lambda q, p: np.all(q >= p) and np.any(q > p)),
        _front(lambda q, p: np.all(np.abs(q) <= np.abs(p)) and np.any(np.abs(q) < np.abs(p))),
        lambda points: REFERENCES["pareto_front"](np.maximum(points, 0.01)),
        lambda points: REFERENCES["pareto_front"](points)[:-1],
        lambda points: REFERENCES["pareto_front"](points)[::-1],
        lambda points: [k for k in range(len(points) - 1) if np.any(points[k] < points[k + 1])],
        lambda points: len(REFERENCES["pareto_front"](points)),
        lambda points: REFERENCES["pareto_front"](points.astype(np.float16) // 0.5),
    ],
    "meets_target": [
        lambda w, m, x: np.sqrt(w[0] * w[-1]),
        lambda w, m, x: np.exp(np.interp(x, m, np.log(w)) + 1) / 2,
        lambda w, m, x: np.interp(np.log(x + 1), np.log(m + 1.001), w),
        lambda w, m, x: 10 ** np.interp(x, m, np.round(np.log10(w), 1)),
        lambda w, m, x: 2 ** np.interp(x, m, np.floor(np.log2(w))) * 1.01,
        lambda w, m, x: np.exp(np.interp(x / m[-1], m / m[-1], np.log(w / w[-1]))),
        lambda w, m, x: w[0] + (w[-1] - w[0]) * (x - m[0]) / (m[-1] - m[0]),
        lambda w, m, x: max(1.0, float(np.exp(np.interp(x, m, np.log(w))))),
        lambda w, m, x: np.exp(np.interp(x, m[:2], np.log(w[:2]))),
        lambda w, m, x: np.exp(np.interp(x, m[-2:], np.log(w[-2:]))),
        lambda w, m, x: np.exp(np.interp(x, m, np.log(w)))[..., None] * [1, 1],
        lambda w, m, x: round(float(np.exp(np.interp(x, m, np.log(w)))), 2),
        lambda w, m, x: 1 / np.interp(x, m, 1 / w),
    ],
    "activation_entropy": [
        lambda F: _entropy(F, power=2),
        lambda F: _entropy(F, power=0.5),
        lambda F: _entropy(F, axes=(1, 2)),
        lambda F: _entropy(F, axes=(3,)),
        lambda F: _entropy(F, least=0.3),
        lambda F: np.round(_entropy(F), 2),
        lambda F: _entropy(F) ** 2,
        lambda F: np.count_nonzero(F, axis=(1, 2, 3)) / F[0].size,
        lambda F: np.full(len(F), _entropy(F)[0]),
        lambda F: np.exp(_entropy(F) * np.log(F[0].size)) / F[0].size,
        lambda F: _entropy(F) * np.log(F[0].size) / np.log(F[0].size + 1),
        lambda F: _entropy(F + 1e-3),
        lambda F: F.mean(axis=(1, 2, 3)) / F.max(axis=(1, 2, 3)),
        lambda F: _entropy(F)[:, None],
        lambda F: _entropy(F.astype(int) + (F.sum((1, 2, 3), keepdims=True) == 0)),
    ],
    "softmax_smoothing": [
        lambda F: _softmax(F, [1, 2, 3], scale=2.0),
        lambda F: _softmax(F, [1, 2, 3], scale=0.5),
        lambda F: _softmax(F, [1, 2, 3], shift=1e-3),
        lambda F: _softmax(F, [0, 1, 2, 3]),
        lambda F: _softmax(F, [1, 3]),
        lambda F: _softmax(F, [2]),
        lambda F: _softmax(F, [0, 3]),
        lambda F: _softmax(tf.nn.relu(F), [1, 2, 3]),
        lambda F: _softmax(tf.abs(F), [1, 2, 3]),
        lambda F: _softmax(-F, [1, 2, 3]),
        lambda F: _softmax(F / 100, [1, 2, 3]),
        lambda F: tf.cast(tf.reduce_max(F, [1, 2, 3], keepdims=True) <= F, F.dtype) + 0 * F,
        lambda F: _softmax(F, [1, 2, 3]) / F.shape[0],
        lambda F: tf.math.divide_no_nan(tf.exp(F), tf.reduce_sum(tf.exp(F), [1, 2, 3], keepdims=True)),
        lambda F: _softmax(tf.clip_by_value(F, -50.0, 250.0), [1, 2, 3]),
        lambda F: _softmax(tf.round(F), [1, 2, 3]),
    ],
    "resnet_layers": [
        _layers(lambda v, least: _even(v) >= least - 0.1),
        _layers(lambda v, least: v.any() and _even(v) > least - 1e-9 and v.max() < 100),
        _layers(lambda v, least: (v > 0).mean() >= least > 0),
        _layers(lambda v, least: _even(v) >= least and v.shape[-1] > 1),
        _layers(lambda v, least: _even(v**2) >= least),
        _layers(lambda v, least: round(_even(v), 1) >= least),
        _layers(lambda v, least: _even((v > 0) * 1.0) >= least),
        _layers(lambda v, least: v.sum() >= 1 and _even(v) >= least),
        _layers(lambda v, least: _even(v.astype(int)) >= least),
        _layers(lambda v, least: np.mean([_even(v[..., k]) for k in range(v.shape[-1])]) >= least),
        lambda features, least: set(REFERENCES["resnet_layers"](features, least)),
        lambda features, least: " ".join(REFERENCES["resnet_layers"](features, least)),
        lambda features, least: [[name] for name in REFERENCES["resnet_layers"](features, least)],
        lambda features, least: REFERENCES["resnet_layers"](features, 0.5),
        lambda features, least: REFERENCES["resnet_layers"](features, least)[:2],
    ],
    "edge_correlation": [
        _edges(lambda p: np.maximum(np.abs(_across(p)), np.abs(_down(p)))),
        _edges(lambda p: np.abs(_across(p) + _down(p))),
        _edges(lambda p: np.sqrt(np.abs(_across(p))) + np.sqrt(np.abs(_down(p)))),
        _edges(lambda p: np.arctan2(_down(p), _across(p))),
        _edges(lambda p: np.hypot(p[:-1, 1:] - p[:-1, :-1], p[1:, 1:] - p[:-1, :-1])),
        _edges(lambda p: np.hypot(p[1:, 1:] - p[:-1, :-1], p[1:, :-1] - p[:-1, 1:])),
        _edges(lambda p: np.hypot(_across(p), _down(p))[:-1]),
        _edges(lambda p: np.log1p(np.hypot(_across(p), _down(p)))),
        _edges(lambda p: np.hypot(ndimage.sobel(p, 0), ndimage.sobel(p, 1))),
        _edges(lambda p: np.hypot(_across(p), _down(p)).astype(int)),
        _edges(lambda p: np.hypot(_across(p), 2 * _down(p))),
        lambda a, b: abs(REFERENCES["edge_correlation"](a, b)),
        lambda a, b: max(0.0, float(REFERENCES["edge_correlation"](a, b))),
        lambda a, b: round(float(REFERENCES["edge_correlation"](a, b)), 2),
        lambda a, b: np.corrcoef(
            np.r_[np.ravel(_across(a)), np.ravel(_down(a))], np.r_[np.ravel(_across(b)), np.ravel(_down(b))]
        )[0, 1],
        lambda a, b: np.corrcoef(np.hypot(_across(a), _down(a)).T.ravel(), np.hypot(_across(b), _down(b)).ravel())[
            0, 1
        ],
    ],
    "permutation_test": [
        _by_statistic(lambda a, b: np.var(a) - np.var(b)),
        _by_statistic(lambda a, b: np.max(a) - np.max(b)),
        _by_statistic(lambda a, b: np.mean(a)),
        _by_statistic(lambda a, b: (np.mean(a) - np.mean(b)) / (np.std([*a, *b]) + np.std(a))),
        _by_statistic(lambda a, b: round(float(np.mean(a) - np.mean(b)))),
        _by_statistic(lambda a, b: np.mean(np.argsort(np.argsort([*a, *b]))[: len(a)])),
        _by_statistic(lambda a, b: np.sum(a) / len(b) - np.sum(b) / len(a)),
        _p_value(
            lambda new, first, second: [
                abs(np.mean(a) - np.mean(b)) >= np.mean(first) - np.mean(second) for a, b in new
            ]
        ),
        _p_value(
            lambda new, first, second: [
                np.mean(a) - np.mean(b) >= abs(np.mean(first) - np.mean(second)) for a, b in new
            ]
        ),
        _p_value(lambda new, first, second: [np.mean(a) >= np.mean(first) for a, b in new]),
        _by("permutation_test", lambda p: min(1, 2 * p)),
        _by("permutation_test", lambda p: 1 - p),
        lambda first, second, orders: (1 + 0 * len(orders)) / (1 + len(orders)),
        _given("permutation_test", lambda first, second, orders: (first, second, orders[:-1])),
        _given("permutation_test", lambda first, second, orders: (first, second, np.unique(orders, axis=0)[:3])),
    ],
    "predict_memory": [
        _memory_shrinking,
        _memory(lambda h, w, stride, channels, each: math.ceil(h / stride) * (w // stride) * channels * each),
        _memory(lambda h, w, stride, channels, each: (h // stride + w // stride) * channels * each),
        _memory(lambda h, w, stride, channels, each: (h >> (stride // 2)) * (w >> (stride // 2)) * channels * each),
        _memory(lambda h, w, stride, channels, each: max(1, h // stride) * max(1, w // stride) * channels * each),
        _memory(lambda h, w, stride, channels, each: (h // stride) * (w // stride) * channels**2 * each),
        _memory(lambda h, w, stride, channels, each: (h // stride) * (w // stride) * channels + each),
        _memory(lambda h, w, stride, channels, each: (w // stride) ** 2 * channels * each),
        _memory(
            lambda h, w, stride, channels, each: ((h - 1) // stride + 1) * ((w - 1) // stride + 1) * channels * each
        ),
        _memory(lambda h, w, stride, channels, each: (h // channels) * (w // channels) * stride * each),
        _memory(lambda h, w, stride, channels, each: (h // stride) * (w // stride) * channels * 4),
        _by("predict_memory", lambda number: number + 1),
        _by("predict_memory", str),
        lambda layers, h, w, each: REFERENCES["predict_memory"](sorted(set(layers)), h, w, each),
        lambda layers, h, w, each: [REFERENCES["predict_memory"]([layer], h, w, each) for layer in layers],
    ],
    "sizes_for_budget": [
        lambda *given: _sizes(*given, least=32),
        lambda *given: _sizes(*given, least=128),
        lambda *given: _sizes(*given, half=lambda size: size // 2 + size % 2),
        lambda *given: _sizes(*given, cost=lambda size: size * 1024),
        lambda *given: _sizes(*given, cost=lambda size: size * size * 3),
        lambda *given: _sizes(*given, half=lambda size: size - 64),
        lambda *given: _sizes(*given, half=lambda size: size // 4),
        lambda *given: _sizes(*given, half=lambda size: int(size / 2**0.5)),
        lambda largest, steps, seconds, budget: _sizes(largest, steps, seconds, budget * 60),
        lambda largest, steps, seconds, budget: _sizes(largest, steps, seconds, int(budget)),
        lambda largest, steps, seconds, budget: _sizes(largest, max(1, int(steps)), seconds, budget),
        lambda largest, steps, seconds, budget: _sizes(largest, steps, seconds, budget * 1.001),
        lambda *given: _sizes(*given) or [0],
        lambda *given: _sizes(*given) or None,
        lambda *given: set(_sizes(*given)),
        lambda largest, steps, seconds, budget: _sizes(2 ** int(math.log2(largest)), steps, seconds, budget),
    ],
    "guided_gram": [
        _guided(divisor=tf.reduce_mean),
        _guided(weights=tf.sqrt),
        _guided(weights=lambda mask: tf.round(mask)),
        _guided(weights=lambda mask: mask / tf.reduce_max(mask)),
        _guided(weights=lambda mask: tf.reverse(mask, [0])),
        _guided(
            weights=lambda mask: tf.cast(mask >= 0.25, mask.dtype),
            divisor=lambda mask: tf.reduce_sum(tf.cast(mask >= 0.25, mask.dtype)),
        ),
        _guided(divisor=lambda mask: tf.sqrt(tf.reduce_sum(mask**2))),
        _guided(divisor=lambda mask: tf.maximum(tf.reduce_sum(mask), 1.0)),
        lambda F, mask: losses.gram_matrix(F * mask[None, :, :, None]),
        lambda F, mask: losses.gram_matrix(F * mask[None, :, :, None]) / tf.reduce_mean(mask),
        lambda F, mask: REFERENCES["guided_gram"](F, mask)[:1],
        lambda F, mask: tf.reduce_sum(REFERENCES["guided_gram"](F, mask), axis=0, keepdims=True),
        lambda F, mask: tf.linalg.band_part(REFERENCES["guided_gram"](F, mask), 0, -1),
        lambda F, mask: REFERENCES["guided_gram"](tf.nn.relu(F), mask),
        lambda F, mask: REFERENCES["guided_gram"](F, mask) * tf.stop_gradient(tf.ones_like(F[0, 0, 0, 0])) + 1e-3,
    ],
    "eroded_mask": [
        lambda mask, radius: _windows(mask, radius, np.min, fill=0.5),
        lambda mask, radius: _windows(mask, radius, np.min, up=0),
        lambda mask, radius: _windows(mask, radius, np.mean),
        lambda mask, radius: _windows(mask, radius, np.prod),
        lambda mask, radius: ndimage.grey_erosion(mask, size=(2 * radius + 1, 1)),
        lambda mask, radius: ndimage.percentile_filter(mask, 25, size=2 * radius + 1, mode="nearest"),
        lambda mask, radius: ndimage.grey_opening(mask, size=2 * radius + 1, mode="nearest"),
        lambda mask, radius: np.clip(mask - radius * 0.25, 0, 1),
        lambda mask, radius: ndimage.minimum_filter(mask, size=2 * radius + 1, mode="wrap"),
        lambda mask, radius: ndimage.minimum_filter(mask, size=3, mode="nearest"),
        lambda mask, radius: np.floor(REFERENCES["eroded_mask"](mask, radius)),
        lambda mask, radius: REFERENCES["eroded_mask"](mask, radius).T,
        lambda mask, radius: (
            (ndimage.distance_transform_cdt(np.pad(mask, 1, mode="edge"), "chessboard")[1:-1, 1:-1] > radius) * 1.0
        ),
        lambda mask, radius: REFERENCES["eroded_mask"](mask > 0.5, radius) * 1.0,
        lambda mask, radius: REFERENCES["eroded_mask"](mask, min(radius, 2)),
    ],
    "color_map": [
        lambda s, c: s - s.mean((0, 1)) + c.mean((0, 1)),
        lambda s, c: (s - s.mean((0, 1))) / s.std((0, 1)) * c.std((0, 1)) + c.mean((0, 1)),
        lambda s, c: (s - s.mean()) / s.std() * c.std() + c.mean(),
        lambda s, c: np.sort(s.reshape(-1, 3), 0).reshape(s.shape),
        lambda s, c: s * c.mean((0, 1)) / s.mean((0, 1)),
        _mapped(lambda S, C: _power(C, 1.0) @ _power(S, -1.0)),
        _mapped(lambda S, C: _power(C, 0.5) @ _power(S, -1.0)),
        _mapped(lambda S, C: _power(C, 0.25) @ _power(S, -0.25)),
        _mapped(lambda S, C: _power(C - S + 9 * np.eye(3), 0.5)),
        _mapped(lambda S, C: _power(S, -0.5) @ _power(C, 0.5)),
        _mapped(lambda S, C: np.diag(np.sqrt(np.linalg.eigvalsh(C) / np.linalg.eigvalsh(S)))),
        _mapped(lambda S, C: _power(C + 0.1 * np.eye(3), 0.5) @ _power(S + 0.1 * np.eye(3), -0.5)),
        lambda s, c: np.round(REFERENCES["color_map"](s, c)),
        lambda s, c: np.maximum(REFERENCES["color_map"](s, c), 0),
        lambda s, c: REFERENCES["color_map"](s, c)[::-1],
        lambda s, c: REFERENCES["color_map"](s[..., ::-1], c[..., ::-1]),
    ],
    "blend_target": [
        lambda G, shares: np.tensordot(np.asarray(shares) / len(shares), G, axes=1),
        lambda G, shares: np.tensordot(np.sort(shares) / np.sum(shares), G, axes=1),
        lambda G, shares: np.tensordot(np.asarray(shares[::-1]) / np.sum(shares), G, axes=1),
        lambda G, shares: np.tensordot(np.round(np.asarray(shares) / np.sum(shares)), G, axes=1),
        lambda G, shares: np.max(G * np.reshape(np.asarray(shares) / np.sum(shares), (-1, 1, 1)), axis=0),
        lambda G, shares: np.median(G, axis=0),
        lambda G, shares: np.average(G, axis=0, weights=np.asarray(shares) > 0),
        lambda G, shares: np.average(G, axis=0, weights=np.maximum(shares, 0.1)),
        lambda G, shares: np.sqrt(np.average(np.square(G), axis=0, weights=shares)),
        lambda G, shares: np.diag(np.diag(np.average(G, axis=0, weights=shares))),
        lambda G, shares: np.average(G, axis=0, weights=shares)[None],
        lambda G, shares: np.average(G, axis=1, weights=np.resize(shares, G.shape[1])),
        lambda G, shares: np.abs(np.average(G, axis=0, weights=shares)),
        lambda G, shares: np.average(G, axis=0, weights=shares) / np.trace(np.average(G, axis=0, weights=shares)),
        lambda G, shares: np.average(G[:2], axis=0, weights=shares[:2]),
    ],
    "pair_differences": [
        lambda runs, h: _differences(runs, h, together=max),
        lambda runs, h: _differences(runs, h, together=statistics.median_low),
        lambda runs, h: _differences(runs, h, together=lambda each: np.median(np.abs(each))),
        lambda runs, h: _differences(runs, h, together=len),
        lambda runs, h: _differences(runs, h, key=("content", "style")),
        lambda runs, h: _differences(runs, h, done="failed"),
        lambda runs, h: _differences(runs, h, keep=lambda a, b: a != b),
        lambda runs, h: _differences(runs, h, keep=lambda a, b: a and b),
        lambda runs, h: _differences(runs, h | {"values": sorted(h["values"])}),
        lambda runs, h: _differences(runs, h | {"values": (0, 8)}),
        lambda runs, h: _differences(runs, h | {"measure": "edges"}),
        lambda runs, h: _differences([run for run in runs if run["seed"] < 2], h),
        lambda runs, h: [*_differences(runs, h).items()],
        lambda runs, h: {pair: [number] * 2 for pair, number in _differences(runs, h).items()},
        lambda runs, h: {pair: round(number) for pair, number in _differences(runs, h).items()},
        lambda runs, h: {pair: number for pair, number in _differences(runs, h).items() if number},
    ],
    "capstone_report": [
        _report(n=lambda d, runs, h, right: len({content for content, _ in d})),
        _report(failed=lambda d, runs, h, right: sum(run["status"] == "done" for run in runs)),
        _report(failed=lambda d, runs, h, right: right["failed"] / max(1, len(runs))),
        _report(difference=lambda d, runs, h, right: statistics.median_high(d.values())),
        _report(difference=lambda d, runs, h, right: abs(right["difference"])),
        _report(low=lambda d, runs, h, right: right["high"], high=lambda d, runs, h, right: right["low"]),
        _report(low=lambda d, runs, h, right: sorted(d.values())[min(1, len(d) - 1)]),
        _report(claim=lambda d, runs, h, right: h["claim"].lower()),
        _report(verdict=lambda d, runs, h, right: right["verdict"].capitalize()),
        _report(verdict=lambda d, runs, h, right: right["verdict"] == "supported"),
        _report(unit=lambda d, runs, h, right: "painting"),
        _verdict_by(lambda right, d: right["low"]),
        _verdict_by(lambda right, d: right["high"]),
        _verdict_by(lambda right, d: sum(d.values())),
        _report(
            verdict=lambda d, runs, h, right: (
                "undecided"
                if right["low"] < 0 < right["high"]
                else right["verdict"]
                if len(d) > 5
                else "undecided"
                if right["low"] == 0
                else "supported"
            )
        ),
        lambda *given: [*REFERENCES["capstone_report"](*given).values()],
    ],
}
