"""Lesson 06: how activity is spread in a layer, how to spread it, and which layers of a residual network to take."""

from collections.abc import Mapping

import numpy as np

from nst_utils.base.tensorflow import tf
from nst_utils.exercises.exercise import Exercise, Misfit, Variant, numbers, tensor

_LESSON = "06_vgg_vs_resnet"


def _counts(*shape: int) -> np.ndarray:
    """Whole numbers from 0 to 6 without order, some of them 0, as after a ReLU; the same each time."""
    return np.random.default_rng(1).integers(0, 7, shape).astype(np.float32)


# activation_entropy -----------------------------------------------------------------------------------------------


def activation_entropy(features):
    """How evenly the activity of each picture is spread over its channels and positions: 0 for one peak, 1 for even.

    ``features`` is an array (n, h, w, N) of activations after a ReLU, none below 0 and in each picture some above 0.
    Divide the activations of a picture by their sum, so that they are shares p of 1; H = -sum p log p over all of them,
    where a share of 0 adds nothing; divide H by log(h w N), the entropy of equal shares. Return the n numbers.

    >>> features = np.array([[[[2.0, 2.0], [0.0, 0.0]]]])  # half of four activations alike, the others silent
    >>> np.round(activation_entropy(features), 6).tolist()
    [0.5]
    """
    n = len(features)
    flat = np.reshape(features, (n, -1)).astype(np.float64)
    shares = flat / flat.sum(axis=1, keepdims=True)
    logarithms = np.log(shares, out=np.zeros_like(shares), where=shares > 0)
    return -(shares * logarithms).sum(axis=1) / np.log(flat.shape[1])


def _flat(features) -> np.ndarray:
    return np.reshape(features, (len(features), -1)).astype(np.float64)


def _times_logarithm(shares) -> np.ndarray:
    return shares * np.log(np.where(shares > 0, shares, 1))


def _nats(features):
    return activation_entropy(features) * np.log(_flat(features).shape[1])


def _by_most_of(count):
    """Divided by the greatest entropy of another number of places."""

    def relative(features):
        with np.errstate(all="ignore"):
            return _nats(features) / np.log(count(features))

    return relative


def _activations_as_shares(features):
    flat = _flat(features)
    return -_times_logarithm(flat).sum(axis=1) / np.log(flat.shape[1])


def _of_softmax(features):
    flat = np.exp(_flat(features))
    return activation_entropy((flat / flat.sum(axis=1, keepdims=True)).reshape(np.shape(features)))


def _zero_times_logarithm(features):
    flat = _flat(features)
    shares = flat / flat.sum(axis=1, keepdims=True)
    with np.errstate(all="ignore"):
        return -(shares * np.log(shares)).sum(axis=1) / np.log(flat.shape[1])


def _sum_of_the_batch(features):
    flat = _flat(features)
    return -_times_logarithm(flat / flat.sum()).sum(axis=1) / np.log(flat.shape[1])


def _by_maximum(features):
    flat = _flat(features)
    return -_times_logarithm(flat / flat.max(axis=1, keepdims=True)).sum(axis=1) / np.log(flat.shape[1])


def _over_channels(features):
    values = np.asarray(features, np.float64)
    with np.errstate(all="ignore"):
        shares = values / values.sum(axis=-1, keepdims=True)
        return -_times_logarithm(shares).sum(axis=-1).mean(axis=(1, 2)) / np.log(values.shape[-1])


ENTROPY = Exercise(
    activation_entropy,
    lesson=_LESSON,
    cases=(
        (np.array([[[[2, 1], [1, 4]]]], np.float32),),
        (np.array([[[[2, 2], [0, 0]]]], np.float32),),
        (np.array([[[[3], [0], [0]], [[0], [0], [0]]]], np.float32),),
        (_counts(1, 2, 3, 2),),
        (_counts(3, 3, 4, 5),),
    ),
    variants=(
        Variant(
            "not a share of the most",
            _nats,
            "That is the entropy itself, which grows with the layer. Divide it by the greatest it can be there.",
        ),
        Variant(
            "in bits",
            lambda features: _nats(features) / np.log(2),
            "That is the entropy in bits. Divided by its greatest value, taken with the same logarithm, the unit goes.",
        ),
        Variant(
            "activations as shares",
            _activations_as_shares,
            "The activations themselves are taken for shares. Divide them by their sum first, so that they add up to "
            "1.",
        ),
        Variant(
            "by the maximum",
            _by_maximum,
            "Divided by the largest activation: then they do not add up to 1. Divide by the sum.",
        ),
        Variant(
            "softmax",
            _of_softmax,
            "A softmax was used to make shares of the activations. It exaggerates peaks; here a plain division does.",
        ),
        Variant(
            "0 times infinity",
            _zero_times_logarithm,
            "A silent place has the share 0, and the logarithm of 0 is not finite. Leave silent places out of the sum.",
        ),
        Variant(
            "sign forgotten",
            lambda features: -activation_entropy(features),
            "The logarithm of a share is below 0; the minus sign in front of the sum is missing.",
        ),
        Variant(
            "channels only",
            _by_most_of(lambda features: features.shape[-1]),
            "The greatest entropy counts channels only: there are h w N places, not N.",
        ),
        Variant(
            "positions only",
            _by_most_of(lambda features: features.shape[1] * features.shape[2]),
            "The greatest entropy counts positions only: there are h w N places, not h w.",
        ),
        Variant(
            "firing places only",
            _by_most_of(lambda features: np.sum(features > 0, axis=(1, 2, 3))),
            "The greatest entropy counts the places that fire. The silent ones belong to it: they could have fired.",
        ),
        Variant(
            "position by position",
            _over_channels,
            "Shares were made at each position, among its channels. Take the sum over the whole layer of a picture.",
        ),
        Variant(
            "sum of the batch",
            _sum_of_the_batch,
            "Divided by the sum of the whole batch. Each picture has a sum of its own.",
        ),
        Variant(
            "batch thrown together",
            lambda features: activation_entropy(features[None])[0],
            "All pictures of the batch became one, with one number. Keep the first axis when you flatten.",
        ),
        Variant(
            "one number",
            lambda features: activation_entropy(features).mean(),
            "One number for the whole batch: return one for each picture.",
        ),
        Variant(
            "how uneven",
            lambda features: 1 - activation_entropy(features),
            "That is 1 minus it: even layers are to have 1, a single peak 0.",
        ),
    ),
    hints=(
        "Think of activity as a cake that is cut up: first make pieces that add up to 1. Which sum do you divide by, "
        "if each picture of the batch has a cake of its own?",
        "Each piece p adds -p log p; a piece of size 0 adds nothing, but its logarithm has to be kept out. With K "
        "equal pieces of 1/K the sum is log K: what is K here?",
        "Flatten h, w and N to one axis. np.where can put a 1 in the place of each 0 before the logarithm is taken, "
        "for log 1 is 0.",
    ),
    checked=(
        "shares of each picture's own sum",
        "silent places add nothing; a single peak gives 0",
        "1 stands for h w N equal shares",
        "three pictures in a batch stay apart",
    ),
)


# softmax_smoothing ------------------------------------------------------------------------------------------------


def softmax_smoothing(features):
    """The softmax of each picture's features over all channels and positions together.

    ``features`` is a tensor (n, h, w, N). Return a tensor of the same shape with s_ik = exp F_ik divided by the sum of
    exp F_mn over all N channels m and all M = h w positions n. Where activations reach hundreds, exp leaves the range
    of float32: the answer must be right there, too. A gradient must flow back.

    >>> softmax_smoothing(tf.constant([[[[500.0, 500.0], [500.0, 500.0]]]])).numpy().tolist()
    [[[[0.25, 0.25], [0.25, 0.25]]]]
    """
    rows = tf.reshape(features, [features.shape[0], -1])
    return tf.reshape(tf.nn.softmax(rows), features.shape)


def _shares_of_exponentials(features, shift, axes):
    raised = tf.exp(features - shift)
    return raised / tf.reduce_sum(raised, axes, keepdims=True)


def _log_softmax(features):
    return tf.reshape(tf.nn.log_softmax(tf.reshape(features, [features.shape[0], -1])), features.shape)


SMOOTHING = Exercise(
    softmax_smoothing,
    lesson=_LESSON,
    tensors=True,
    read=tensor,
    cases=(
        (np.array([[[[1, 2], [3, 0]]]], np.float32),),
        (np.array([[[[1, 2], [0, 1]], [[2, 0], [1, 3]], [[0, 2], [2, 1]]]], np.float32),),
        (np.array([[[[200, 201], [199, 200]]], [[[2, 0], [1, 2]]]], np.float32),),
        (np.array([[[[-200, -201], [-200, -199]]]], np.float32),),
    ),
    gradient_at=(np.array([[[[1, 2], [0, 1], [2, 2]]], [[[3, 1], [2, 0], [1, 1]]]], np.float32),),
    variants=(
        Variant(
            "channels only",
            lambda features: tf.nn.softmax(features),
            "Each position has a softmax of its own: tf.nn.softmax works along the last axis. Make one axis of h, w "
            "and N first.",
        ),
        Variant(
            "positions only",
            lambda features: _shares_of_exponentials(features, 0.0, [1, 2]),
            "Each channel has a softmax of its own, so strong channels count no more than weak ones. Sum over "
            "channels, too.",
        ),
        Variant(
            "the whole batch",
            lambda features: tf.reshape(tf.nn.softmax(tf.reshape(features, [-1])), features.shape),
            "All pictures of the batch share one sum: each is to add up to 1 by itself.",
        ),
        Variant(
            "overflow",
            lambda features: _shares_of_exponentials(features, 0.0, [1, 2, 3]),
            "Right for small activations, but exp(200) is too large for float32. A softmax does not change when the "
            "same number is taken off everywhere: take off the largest first.",
        ),
        Variant(
            "maximum of the batch",
            lambda features: _shares_of_exponentials(features, tf.reduce_max(features), [1, 2, 3]),
            "The largest activation of the whole batch was taken off: a weak picture then has nothing but zeros. Each "
            "picture has its own largest.",
        ),
        Variant(
            "clipped",
            lambda features: _shares_of_exponentials(tf.minimum(features, 80.0), 0.0, [1, 2, 3]),
            "Large activations were cut off before exp: then they are all alike. Take off the largest instead.",
        ),
        Variant(
            "no exponential",
            lambda features: features / tf.reduce_sum(features, [1, 2, 3], keepdims=True),
            "Activations were divided by their sum. A softmax takes exp of each first.",
        ),
        Variant(
            "mean 1",
            lambda features: softmax_smoothing(features) * features[0].shape.num_elements(),
            "These have mean 1; asked for are shares, which add up to 1. (The package's own has mean 1.)",
        ),
        Variant(
            "axis by axis",
            lambda features: tf.nn.softmax(tf.nn.softmax(tf.nn.softmax(features, axis=1), axis=2), axis=3),
            "A softmax of a softmax flattens again and again. One over all axes but the first is asked for.",
        ),
        Variant(
            "logarithm",
            _log_softmax,
            "These are logarithms of the shares: they lie below 0.",
        ),
        Variant(
            "still flat",
            lambda features: tf.nn.softmax(tf.reshape(features, [features.shape[0], -1])),
            "The numbers are right, their shape is not: bring back h, w and N.",
        ),
        Variant(
            "sigmoid",
            lambda features: tf.sigmoid(features),
            "Each number was squeezed by itself. In a softmax all of them compete: they add up to 1.",
        ),
        Variant(
            "stop_gradient",
            lambda features: softmax_smoothing(tf.stop_gradient(features)),
            "Something holds the gradient back: no stop_gradient, and no tf.constant made from the features.",
        ),
        Variant(
            "numpy",
            lambda features: softmax_smoothing(features).numpy(),
            "NumPy is outside the network: stay with tf, and no .numpy() on the way.",
        ),
    ),
    hints=(
        "What competes with what? In a classifier it is the classes. Here it is every number of one picture's layer "
        "with every other one of it, and nothing of another picture.",
        "tf.nn.softmax knows how to stay in range; it works along one axis. So make one axis of three, keep the first, "
        "and undo it at the end.",
        "Two reshapes and a softmax between them. -1 in a shape means: whatever is left.",
    ),
    checked=(
        "each picture adds up to 1, over channels and positions",
        "activations of 200 and of -200",
        "two pictures in a batch stay apart",
        "a gradient reaches the features",
    ),
)


# resnet_layers ----------------------------------------------------------------------------------------------------


def resnet_layers(features, least):
    """The names of the layers whose activity is spread evenly enough, in the order in which they are given.

    ``features`` is a dict from the name of a layer to an array (h, w, N), its activations for one picture after a ReLU,
    none below 0. A layer is kept if its entropy is at least ``least`` of log(h w N), the greatest that a layer of this
    size can have (see the exercise before). A layer in which nothing fires is not kept. Return a list.

    >>> even, peaked = np.ones((1, 2, 2)), np.array([[[9.0, 0.0], [0.0, 0.0]]])
    >>> resnet_layers({"even": even, "peaked": peaked, "silent": 0 * even}, least=0.5)
    ['even']
    """
    kept = []
    for name, values in features.items():
        if np.any(values > 0) and activation_entropy(values[None])[0] >= least:
            kept.append(name)
    return kept


def _picked(wanted):
    """The layers whose activations meet a condition."""
    return lambda features, least: [name for name, values in features.items() if wanted(values, least)]


def _even(values) -> float:
    """The entropy as a share of the most, and NaN where nothing fires."""
    return float(activation_entropy(values[None])[0]) if np.any(values > 0) else float("nan")


def _entropy(values) -> float:
    return _even(values) * np.log(np.size(values))


def _to_the_first_peak(features, least):
    kept = []
    for name, values in features.items():
        if not _even(values) >= least:
            break
        kept.append(name)
    return kept


def _relative_to_the_most_even(features, least):
    entropies = {name: _entropy(values) for name, values in features.items()}
    most = np.nanmax(list(entropies.values()))
    return [name for name, entropy in entropies.items() if entropy >= least * most]


def _names(answer, function, features, least) -> np.ndarray:
    """Names of layers as their places in the list."""
    if isinstance(answer, Mapping):
        raise Misfit("dictionary", "The answer is a dictionary; asked for are the names alone, in a list.")
    if isinstance(answer, str) or not isinstance(answer, list | tuple | np.ndarray | type({}.keys())):
        raise Misfit("type", f"The answer is a {type(answer).__name__}, not a list of names.")
    known, places = list(features), []
    for name in answer:
        if not isinstance(name, str) or name not in known:
            shown = "" if not isinstance(name, str) else f" {name!r:.40}"
            raise Misfit("no name", f"The answer holds a {type(name).__name__}{shown} that is no name of a layer.")
        places.append(known.index(name))
    return numbers(np.array(places, float))


def _layer(peaks: int, of: int, strength: float = 4.0) -> np.ndarray:
    """A layer of 2 x 4 positions in which so many of its values are strong and the rest 1."""
    values = np.ones(of, np.float32)
    values[:peaks] = strength
    return np.random.default_rng(peaks).permutation(values).reshape(2, 4, -1)


def _firing(count: int, of: int) -> np.ndarray:
    """A layer of 2 x 4 positions in which so many of its values are 3 and the rest silent: log count of log all."""
    values = np.zeros(of, np.float32)
    values[:count] = 3
    return np.random.default_rng(count).permutation(values).reshape(2, 4, -1)


# Entropies as shares of the most: 1; .5; .67; 0 and silence; then by depth with a peak in the middle
_EVEN, _HALF, _SPARSE, _ONE = _layer(0, 16), _firing(4, 16), _firing(16, 64), _firing(1, 16)
_DEEP = {
    "conv1_relu": _layer(2, 64),
    "conv3_block1_out": _ONE,
    "conv2_block3_out": _firing(64, 128),
    "conv4_block6_out": _layer(1, 32, 512.0),
    "conv5_block1_out": 0 * _EVEN,
    "conv5_block2_out": _HALF,
    "conv5_block3_out": 64 * _SPARSE,
}

LAYERS = Exercise(
    resnet_layers,
    lesson=_LESSON,
    read=_names,
    cases=(
        ({"even": np.ones((1, 2, 2), np.float32), "peaked": np.array([[[8, 0], [0, 0]]], np.float32)}, 0.5),
        ({"one": _ONE, "even": _EVEN}, 0.5),
        ({"half": _HALF, "silent": 0 * _EVEN, "even": _EVEN}, 0.6),
        ({"large": _SPARSE, "small": _HALF, "even": _EVEN}, 0.6),
        (_DEEP, 0.6),
        (_DEEP, 0.4),
        ({"one": _ONE, "silent": 0 * _EVEN}, 0.5),
    ),
    variants=(
        Variant(
            "peaked ones kept",
            _picked(lambda values, least: _even(values) < least),
            "These are the layers to drop: high entropy means even activity.",
        ),
        Variant(
            "entropy not divided",
            _picked(lambda values, least: _entropy(values) >= least),
            "The entropy itself was compared with the bound. It grows with the layer: divide by its greatest value.",
        ),
        Variant(
            "relative to the best layer",
            _relative_to_the_most_even,
            "Entropies were compared with the largest among the layers. Each layer has a greatest of its own, which "
            "depends on its size.",
        ),
        Variant(
            "stops at the first peak",
            _to_the_first_peak,
            "All layers behind the first uneven one are gone. Judge each by itself: a deeper one may be even again.",
        ),
        Variant(
            "silent layer kept",
            _picked(lambda values, least: not _even(values) < least),
            "A layer in which nothing fires was kept. Its shares are 0 divided by 0, and NaN is never below a bound.",
        ),
        Variant(
            "most even first",
            lambda features, least: sorted(
                resnet_layers(features, least), key=lambda name: _even(features[name]), reverse=True
            ),
            "The right layers, the most even one first. Leave them in the order in which they are given.",
        ),
        Variant(
            "by name",
            lambda features, least: sorted(resnet_layers(features, least)),
            "The right layers in the order of the alphabet. Leave them in the order in which they are given.",
        ),
        Variant(
            "the last first",
            lambda features, least: resnet_layers(features, least)[::-1],
            "The right layers from the last to the first. Leave them in the order in which they are given.",
        ),
        Variant(
            "best one only",
            lambda features, least: [max(features, key=lambda name: np.nan_to_num(_even(features[name]), nan=-1.0))],
            "Only the most even layer is there: keep all that reach the bound.",
        ),
        Variant(
            "mean of channels",
            _picked(lambda values, least: np.any(values > 0) and _even(values.mean(axis=(0, 1))[None, None]) >= least),
            "The mean over positions was taken first. A peak at one place is gone then: use every value.",
        ),
        Variant(
            "by strength",
            _picked(lambda values, least: values.mean() >= least * values.max() > 0),
            "The mean was compared with the largest value: that is peakedness, not entropy.",
        ),
        Variant(
            "entropies, too",
            lambda features, least: {name: _even(features[name]) for name in resnet_layers(features, least)},
            "A dictionary with the entropies; asked for is a list of names.",
        ),
        Variant(
            "numbers",
            lambda features, least: [list(features).index(name) for name in resnet_layers(features, least)],
            "These are places in the list; asked for are the names.",
        ),
    ),
    hints=(
        "You have solved most of it in activation_entropy: here each layer is a batch of one picture. What remains is "
        "to ask each layer the same question.",
        "Go through the dictionary in its order and collect names in a list. A comparison with NaN is always False: "
        "which way round does a silent layer drop out by itself?",
        "values[None] makes a batch of one. A list that grows keeps the order; nothing has to be sorted.",
    ),
    checked=(
        "layers of several sizes, each against its own greatest entropy",
        "an even layer behind a peaked one stays",
        "a silent layer is dropped; no layer at all may be left",
        "the order of the layers",
    ),
)

EXERCISES = (ENTROPY, SMOOTHING, LAYERS)
