"""Right answers of other kinds than the references: by other ways, in other forms, from other libraries."""

import itertools
import math
import random
import statistics
from fractions import Fraction

import numpy as np
import scipy.linalg
import scipy.stats
from PIL import Image
from scipy import ndimage

import nst_utils as nst
from nst_utils.base.tensorflow import keras, tf
from nst_utils.exercises.lesson_01 import mystery_layer

_noise = np.random.default_rng(0).random((24, 32, 3)).astype(np.float32)


# 00 to 02


def field_by_recursion(layers):
    if not layers:
        return 1
    (kernel, stride), *rest = layers
    return (field_by_recursion(rest) - 1) * stride + kernel


def field_by_places(layers):
    """The places that the middle of a long row sees, layer by layer from the top."""
    seen = {0}
    for kernel, stride in reversed(layers):
        seen = {place * stride + k for place in seen for k in range(kernel)}
    return max(seen) - min(seen) + 1


def field_by_products(layers):
    strides = np.cumprod([1] + [stride for _, stride in layers])
    return int(1 + sum((kernel - 1) * step for (kernel, _), step in zip(layers, strides, strict=False)))


def gram_in_float64(features):
    rows = tf.cast(tf.reshape(features, [features.shape[0], -1, features.shape[-1]]), tf.float64)
    return tf.matmul(rows, rows, transpose_a=True) / rows.shape[1]


def gram_picture_by_picture(features):
    def one(picture):
        rows = tf.reshape(picture, [-1, picture.shape[-1]])
        return tf.transpose(rows) @ rows / rows.shape[0]

    return tf.stack([one(picture) for picture in features])


def gram_as_mean_of_tables(features):
    return tf.reduce_mean(features[..., :, None] * features[..., None, :], axis=(1, 2))


def shuffled_by_sorting(features, seed):
    n, h, w, channels = features.shape
    order = np.argsort(np.random.RandomState(seed).rand(h * w))
    return np.take(features.reshape(n, -1, channels), order, axis=1).reshape(features.shape)


def shuffled_by_random(features, seed):
    _, h, w, _ = features.shape
    order = random.Random(seed).sample(range(h * w), h * w)
    return [
        [[picture[place // w][place % w] for place in order[i * w : i * w + w]] for i in range(h)]
        for picture in features.tolist()
    ]


def shuffled_in_a_copy(features, seed):
    new = np.array(features).reshape(features.shape[0], -1, features.shape[-1])
    np.random.default_rng(seed + 1).shuffle(new, axis=1)
    return new.reshape(features.shape)


# 03, 04


def variation_by_shifts(picture):
    rows, columns = tf.unstack(picture, axis=1), tf.unstack(picture, axis=2)
    total = sum(tf.reduce_sum(tf.abs(b - a)) for line in (rows, columns) for a, b in itertools.pairwise(line))
    return tf.convert_to_tensor(total, picture.dtype) / math.prod(picture.shape)


def variation_by_means(picture):
    n, h, w, channels = picture.shape
    down, across = picture[:, 1:] - picture[:, :-1], picture[:, :, 1:] - picture[:, :, :-1]
    return (tf.norm(tf.reshape(down, [-1]), 1) + tf.norm(tf.reshape(across, [-1]), 1)) / (n * h * w * channels)


def variation_in_float64(picture):
    picture = tf.cast(picture, tf.float64)
    kept = [tf.reduce_sum(tf.abs(tf.experimental.numpy.diff(picture, axis=axis))) for axis in (1, 2)]
    return tf.add_n(kept) / tf.cast(tf.size(picture), tf.float64)


def step_by_variable(picture, loss_function, learning_rate):
    x = tf.Variable(picture)
    with tf.GradientTape() as tape:
        loss = loss_function(x)
    x.assign_sub(learning_rate * tape.gradient(loss, x))
    return tf.minimum(tf.maximum(x, 0), 1)


def step_by_persistent_tape(picture, loss_function, learning_rate):
    with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
        tape.watch(picture)
        loss = learning_rate * loss_function(picture)
    return keras.ops.clip(picture - tape.gradient(loss, [picture])[0], 0, 1)


def step_by_potential(picture, loss_function, learning_rate):
    """The gradient of x^2 / 2 - rate L is the new picture."""
    with tf.GradientTape() as tape:
        tape.watch(picture)
        height = tf.nn.l2_loss(picture) - learning_rate * loss_function(picture)
    return np.clip(tape.gradient(height, picture).numpy(), 0.0, 1.0).tolist()


def stop_from_the_single_loss(losses, patience, least):
    """Nothing smaller than the loss just before the window can lie behind it, or the run had stopped before."""
    for step in range(patience, len(losses)):
        before = losses[step - patience]
        if before - min(losses[step - patience + 1 : step + 1]) < least * before:
            return step
    return len(losses)


def stop_from_the_window_before(losses, patience, least):
    for step in range(patience, len(losses)):
        before = min(losses[max(0, step - 2 * patience + 1) : step - patience + 1])
        if min(losses[step - patience + 1 : step + 1]) > before - least * before:
            return step
    return len(losses)


def stop_by_numpy(losses, patience, least):
    L = np.asarray(losses)
    steps = (
        t
        for t in range(patience, len(L))
        if 1 - L[t - patience + 1 : t + 1].min() / L[: t - patience + 1].min() < least
    )
    return np.int32(next(steps, len(L)))


# 05 to 08


def front_by_matrix(points):
    no_worse = (points[:, None] <= points[None]).all(axis=2)
    better = (points[:, None] < points[None]).any(axis=2)
    return np.flatnonzero(~(no_worse & better).any(axis=0))


def front_by_elimination(points):
    left = set(range(len(points)))
    for k, j in itertools.permutations(range(len(points)), 2):
        if points[k][0] <= points[j][0] and points[k][1] <= points[j][1] and tuple(points[k]) != tuple(points[j]):
            left.discard(j)
    return sorted(left)


def front_by_tuples(points):
    pairs = [tuple(point) for point in points.tolist()]
    return tuple(
        k for k, (x, y) in enumerate(pairs) if not any((a, b) != (x, y) and a <= x and b <= y for a, b in pairs)
    )


def weight_by_bisection(weights, measured, target):
    low, high = math.log(weights[0]), math.log(weights[-1])
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if np.interp(middle, np.log(weights), measured) < target else (low, middle)
    return [math.exp(high)]


def entropy_picture_by_picture(features):
    found = []
    for picture in features.tolist():
        values = [value for row in picture for place in row for value in place]
        shares = [value / sum(values) for value in values if value > 0]
        found.append(sum(-p * math.log2(p) for p in shares) / math.log2(len(values)))
    return found


def entropy_by_divergence(features):
    """1 less the distance from even shares."""
    rows = np.reshape(features, (len(features), -1)).astype(float)
    shares = rows / rows.sum(1, keepdims=True)
    return 1 - scipy.stats.entropy(shares, np.full_like(shares, 1 / shares.shape[1]), axis=1) / np.log(shares.shape[1])


def entropy_by_a_tiny_number(features):
    rows = np.reshape(features, (len(features), -1)).astype(float)
    shares = rows / rows.sum(1, keepdims=True)
    return -(shares * np.log(shares + 1e-12)).sum(1) / np.log(shares.shape[1])


def softmax_in_float64(features):
    rows = tf.cast(tf.reshape(features, [features.shape[0], -1]), tf.float64)
    raised = tf.exp(rows - tf.reduce_max(rows, axis=1, keepdims=True))
    return tf.reshape(raised / tf.reduce_sum(raised, axis=1, keepdims=True), features.shape)


def softmax_from_logarithms(features):
    return tf.exp(tf.reshape(tf.nn.log_softmax(tf.reshape(features, [len(features), -1]), axis=-1), tf.shape(features)))


def softmax_picture_by_picture(features):
    return tf.stack([tf.reshape(tf.nn.softmax(tf.reshape(picture, [-1])), picture.shape) for picture in features])


def layers_in_a_loop(features, least):
    kept = []
    for name in features.keys():  # noqa: SIM118
        values = features[name].ravel().astype(float)
        if values.max() == 0:
            continue
        shares = values[values > 0] / values.sum()
        if not -np.sum(shares * np.log(shares)) / np.log(values.size) < least:
            kept += [name]
    return kept


def layers_by_exponent(features, least):
    """Against a count of places: the exponential of the entropy."""

    def count(values):
        shares = values[values > 0] / values.sum()
        return np.exp(-np.sum(shares * np.log(shares)))

    return [name for name, v in features.items() if v.any() and count(v.astype(float)) >= v.size**least * (1 - 1e-12)]


def layers_by_deletion(features, least):
    left = dict(features)
    for name, values in features.items():
        if not values.any() or entropy_by_divergence(values[None])[0] < least - 1e-12:
            del left[name]
    return left.keys()


def edges_by_scipy(a, b):
    strengths = [np.sqrt(np.diff(p, axis=1)[:-1] ** 2 + np.diff(p, axis=0)[:, :-1] ** 2).ravel() for p in (a, b)]
    return scipy.stats.pearsonr(*strengths).statistic


def edges_by_complex_numbers(a, b):
    strengths = [np.abs((p[:-1, 1:] - p[:-1, :-1]) + 1j * (p[1:, :-1] - p[:-1, :-1])).ravel() for p in (a, b)]
    return np.corrcoef(np.stack(strengths))[1, :1]


def edges_by_cosine(a, b):
    strengths = [np.linalg.norm([np.diff(p, axis=0)[:, :-1], np.diff(p, axis=1)[:-1]], axis=0) for p in (a, b)]
    one, other = (strength - strength.mean() for strength in strengths)
    return (one * other).sum() / (np.linalg.norm(one) * np.linalg.norm(other))


def p_value_by_sums(first, second, orders):
    """The sum of the first group decides, as the sum of all is fixed."""
    together = np.concatenate([first, second])
    middle = together.sum() * len(first) / len(together)
    reached = np.abs(together[orders][:, : len(first)].sum(axis=1) - middle) >= abs(first.sum() - middle)
    return np.append(reached, True).mean()


def p_value_with_room(first, second, orders):
    together, count = np.concatenate([first, second]), len(first)
    given = abs(np.mean(first) - np.mean(second))
    new = [abs(np.mean(together[order[:count]]) - np.mean(together[order[count:]])) for order in orders]
    return (1 + sum(each >= given - 1e-12 for each in new)) / (1 + len(new))


def p_value_by_take(first, second, orders):
    mixed = np.take(np.r_[first, second], orders)
    a, b = np.split(mixed, [len(first)], axis=1)
    return [
        (1 + np.count_nonzero((a.mean(1) - b.mean(1)) ** 2 >= (first.mean() - second.mean()) ** 2)) / (len(orders) + 1)
    ]


def memory_by_product(layers, h, w, bytes_each):
    return sum(math.prod((h // stride, w // stride, channels, bytes_each)) for stride, channels in layers)


def memory_by_floor(layers, h, w, bytes_each):
    return int(
        sum(math.floor(h / stride) * math.floor(w / stride) * channels * bytes_each for stride, channels in layers)
    )


def memory_by_divmod(layers, h, w, bytes_each):
    total = 0
    for stride, channels in layers:
        (rows, _), (columns, _) = divmod(h, stride), divmod(w, stride)
        for _ in range(channels):
            total += rows * columns * bytes_each
    return np.array([total])


def sizes_with_two_loops(largest, steps, seconds, budget):
    sizes = []
    while largest >= 64:
        sizes.append(largest)
        largest //= 2
    while sizes and steps * seconds * sum((size / 1024) ** 2 for size in sizes) > budget:
        del sizes[0]
    return sizes[::-1]


def sizes_by_levels(largest, steps, seconds, budget):
    levels = [largest // 2**k for k in range(20) if largest // 2**k >= 64]
    fitting = [k for k in range(len(levels)) if sum(s * s for s in levels[k:]) * steps * seconds <= budget * 1024**2]
    return sorted(levels[min(fitting) :]) if fitting else ()


def sizes_in_fractions(largest, steps, seconds, budget):
    sizes, spent = [], Fraction(0)
    whole = list(itertools.takewhile(lambda size: size >= 64, (largest >> k for k in range(32))))
    for size in whole[::-1]:
        spent += Fraction(steps) * Fraction(seconds) * size**2 / 1024**2
        if spent <= budget:
            sizes.append(size)
    return sizes


# 09, 11


def guided_by_mask_of_rows(features, mask):
    n, h, w, channels = features.shape
    rows, weights = tf.reshape(features, [n, h * w, channels]), tf.reshape(mask, [-1, 1])
    return tf.matmul(rows, weights * rows, transpose_a=True) / tf.reduce_sum(weights)


def guided_by_shares(features, mask):
    return tf.einsum("nhwi,hw,nhwj->nij", features, mask / tf.reduce_sum(mask), features)


def guided_by_tables(features, mask):
    tables = features[..., :, None] * features[..., None, :] * mask[:, :, None, None]
    return tf.cast(tf.reduce_sum(tables, [1, 2]), tf.float64) / tf.cast(tf.reduce_sum(mask), tf.float64)


def eroded_by_complement(mask, radius):
    return 1 - ndimage.grey_dilation(1 - mask, size=(2 * radius + 1,) * 2, mode="nearest")


def eroded_step_by_step(mask, radius):
    for _ in range(radius):
        mask = ndimage.grey_erosion(mask, size=3, mode="nearest")
    return mask.tolist()


def eroded_by_pooling(mask, radius):
    size = 2 * radius + 1
    return -tf.nn.max_pool2d(tf.cast(-mask[None, ..., None], tf.float32), size, 1, "SAME")[0, ..., 0]


def colors_by_svd(style, content):
    def root(picture, power):
        u, values, _ = np.linalg.svd(np.cov(picture.reshape(-1, 3), rowvar=False))
        return u * values**power @ u.T

    matrix = root(content, 0.5) @ root(style, -0.5)
    return np.einsum("ij,hwj->hwi", matrix, style - style.mean((0, 1))) + content.mean((0, 1))


def colors_by_powers(style, content):
    of_style, of_content = (np.cov(np.reshape(picture, (-1, 3)).T, ddof=0) for picture in (style, content))
    matrix = scipy.linalg.fractional_matrix_power(of_content, 0.5) @ scipy.linalg.inv(scipy.linalg.sqrtm(of_style))
    moved = matrix @ (style.reshape(-1, 3).T - style.reshape(-1, 3).mean(0)[:, None])
    return (moved.T + content.reshape(-1, 3).mean(0)).reshape(style.shape).real


def colors_in_two_steps(style, content):
    def whitened(picture, power):
        values, vectors = np.linalg.eigh(np.cov(picture.reshape(-1, 3).T))
        return vectors @ (values[:, None] ** power * vectors.T)

    round_ones = (style - np.mean(style, (0, 1))) @ whitened(style, -0.5)
    return round_ones @ whitened(content, 0.5) + np.mean(content, (0, 1))


def blend_by_loop(grams, shares):
    total = np.zeros(grams.shape[1:])
    for gram, share in zip(grams, shares, strict=True):
        total += gram * (share / sum(shares))
    return total.tolist()


def differences_by_stack(runs, hypothesis):
    """All numbers of a run under its place, then one pass over the places."""
    first, second = hypothesis["values"]
    table = {}
    for run in filter(lambda run: run["status"] == "done", runs):
        place = run["content"], run["style"], run["seed"]
        table.setdefault(place, {})[run[hypothesis["setting"]]] = run[hypothesis["measure"]]
    found = {}
    for (content, style, _), values in table.items():
        if first in values and second in values:
            found.setdefault((content, style), []).append(values[first] - values[second])
    return {pair: np.float32(np.median(each)) for pair, each in found.items()}


def differences_by_double_loop(runs, hypothesis):
    setting, measure, (first, second) = (hypothesis[name] for name in ("setting", "measure", "values"))
    found = {}
    for a in runs:
        for b in runs:
            same = all(a[name] == b[name] for name in ("content", "style", "seed"))
            if same and a["status"] == b["status"] == "done" and a[setting] == first and b[setting] == second:
                found.setdefault((a["content"], a["style"]), []).append(a[measure] - b[measure])
    return {pair: statistics.median(sorted(each)) for pair, each in found.items()}


def differences_by_groups(runs, hypothesis):
    def place(run):
        return run["content"], run["style"], str(run["seed"])

    found = {}
    for (content, style, _), group in itertools.groupby(sorted(runs, key=place), key=place):
        done = {run[hypothesis["setting"]]: run[hypothesis["measure"]] for run in group if run["status"] == "done"}
        if not set(hypothesis["values"]) - set(done):
            a, b = (done[value] for value in hypothesis["values"])
            found[content, style] = [*found.get((content, style), []), a - b]
    return dict(zip(found, map(np.median, found.values()), strict=True))


def report_by_cases(differences, runs, hypothesis):
    values = np.fromiter(differences.values(), float)
    report = {name: hypothesis[name] for name in ("claim", "unit", "would_change")}
    report.update(n=len(values), failed=len(runs) - sum(run["status"] == "done" for run in runs))
    report.update(difference=np.median(values), low=values.min(), high=values.max())
    match (len(values) > 5, bool(values.min() > 0), bool(values.max() < 0), hypothesis["expected"]):
        case (True, True, _, "larger") | (True, _, True, "smaller"):
            report["verdict"] = "supported"
        case (True, True, _, _) | (True, _, True, _):
            report["verdict"] = "contradicted"
        case _:
            report["verdict"] = "undecided"
    return report


def report_by_product(differences, runs, hypothesis):
    """Low and high are on one side where their product is above 0."""
    ordered = sorted(differences.values())
    low, high, sign = ordered[0], ordered[-1], {"larger": 1, "smaller": -1}[hypothesis["expected"]]
    verdict = ["contradicted", "supported"][sign * low > 0] if low * high > 0 and len(ordered) >= 6 else "undecided"
    failed = [run for run in runs if run["status"] not in {"done"}]
    half = (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2
    kept = dict.fromkeys(("claim", "unit", "would_change"))
    return {k: hypothesis[k] for k in kept} | {
        "n": len(ordered),
        "failed": len(failed),
        "difference": half,
        "low": low,
        "high": high,
        "verdict": verdict,
    }


def report_by_counting(differences, runs, hypothesis):
    above, below = (sum(sign * d > 0 for d in differences.values()) for sign in (1, -1))
    n = len(differences)
    expected, other = (above, below) if hypothesis["expected"] == "larger" else (below, above)
    verdict = "undecided"
    if n >= 6 and expected == n:
        verdict = "supported"
    elif n >= 6 and other == n:
        verdict = "contradicted"
    numbers = [*map(float, np.quantile([*differences.values()], [0, 0.5, 1]))]
    report = dict(zip(("low", "difference", "high"), numbers, strict=True), n=n, verdict=verdict)
    report["failed"] = sum(1 for run in runs if not run["status"] == "done")  # noqa: SIM201
    for name in ("claim", "unit", "would_change"):
        report[name] = str(hypothesis[name])
    return report


MORE = {
    "own_picture": [
        Image.fromarray((255 * _noise).astype(np.uint8)),
        Image.fromarray((255 * _noise).astype(np.uint8)).convert("L"),
        _noise.tolist(),
        np.clip(nst.picture("harbor", 64) * 0.4 + _noise[:1, :1] * 0.6, 0, 1),
        np.rot90(_noise),
    ],
    "receptive_field": [field_by_recursion, field_by_places, field_by_products],
    "which_layer": [mystery_layer(), np.str_(mystery_layer()), f"{mystery_layer()}\n"],
    "gram_matrix": [gram_in_float64, gram_picture_by_picture, gram_as_mean_of_tables],
    "shuffled": [shuffled_by_sorting, shuffled_by_random, shuffled_in_a_copy],
    "gram_of_pattern": [
        [[Fraction(2), Fraction(1, 2)], [Fraction(1, 2), Fraction(3, 4)]],
        [[24 / 12, 6 / 12], [6 / 12, 9 / 12]],
        np.array([[2, 0.5], [0.5, 0.75]]).T,
    ],
    "content_loss": [
        lambda F, P: tf.reduce_mean(tf.cast(F - P, tf.float64) ** 2),
        lambda F, P: tf.nn.l2_loss(P - F) * 2 / math.prod(F.shape),
        lambda F, P: tf.reduce_mean([keras.losses.mean_squared_error(p, f) for f, p in zip(F, P, strict=True)]),
        lambda F, P: tf.reduce_mean(F * F) - 2 * tf.reduce_mean(F * P) + tf.reduce_mean(P * P),
    ],
    "style_loss": [
        lambda G, A: tf.reduce_sum(tf.square((G - A) / (2 * G.shape[1]))),
        lambda G, A: tf.norm(G - A) ** 2 / (2 * A.shape[-1]) ** 2,
        lambda G, A: tf.einsum("nij,nij->", G - A, G - A) / (4 * tf.cast(tf.shape(G)[1], G.dtype) ** 2),
        lambda G, A: tf.reduce_sum(tf.cast(G - A, tf.float64) ** 2) / (4 * G.shape[-1] ** 2),
    ],
    "total_variation": [variation_by_shifts, variation_by_means, variation_in_float64],
    "convert_weight": [
        lambda weight, source, target, layer: (
            Fraction(weight) * Fraction({"gatys": 4, "tutorial": 1}[target], {"gatys": 4, "tutorial": 1}[source])
        ),
        lambda weight, source, target, layer: weight * 4.0 ** ((target == "gatys") - (source == "gatys")),
        lambda weight, source, target, layer: np.array(
            [weight if source == target else weight / 4 if target == "tutorial" else 4 * weight]
        ),
    ],
    "training_step": [step_by_variable, step_by_persistent_tape, step_by_potential],
    "stop_step": [stop_from_the_single_loss, stop_from_the_window_before, stop_by_numpy],
    "pareto_front": [front_by_matrix, front_by_elimination, front_by_tuples],
    "meets_target": [
        lambda weights, measured, target: np.array([10 ** np.interp(target, measured, np.log10(weights))]),
        lambda weights, measured, target: np.exp2(np.interp([target], measured, np.log2(weights))),
        weight_by_bisection,
    ],
    "activation_entropy": [entropy_picture_by_picture, entropy_by_divergence, entropy_by_a_tiny_number],
    "softmax_smoothing": [softmax_in_float64, softmax_from_logarithms, softmax_picture_by_picture],
    "resnet_layers": [layers_in_a_loop, layers_by_exponent, layers_by_deletion],
    "edge_correlation": [edges_by_scipy, edges_by_complex_numbers, edges_by_cosine],
    "permutation_test": [p_value_by_sums, p_value_with_room, p_value_by_take],
    "predict_memory": [memory_by_product, memory_by_floor, memory_by_divmod],
    "sizes_for_budget": [sizes_with_two_loops, sizes_by_levels, sizes_in_fractions],
    "guided_gram": [guided_by_mask_of_rows, guided_by_shares, guided_by_tables],
    "eroded_mask": [eroded_by_complement, eroded_step_by_step, eroded_by_pooling],
    "color_map": [colors_by_svd, colors_by_powers, colors_in_two_steps],
    "blend_target": [
        blend_by_loop,
        lambda grams, shares: np.einsum("s,sij->ij", np.divide(shares, np.sum(shares)), grams),
        lambda grams, shares: (grams.T @ np.asarray(shares) / np.sum(shares)).T,
    ],
    "pair_differences": [differences_by_stack, differences_by_double_loop, differences_by_groups],
    "capstone_report": [report_by_cases, report_by_product, report_by_counting],
}
