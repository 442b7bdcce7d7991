"""Lesson 06, resnet_layers: which layers of a residual network to take."""

from collections.abc import Mapping

import numpy as np

from nst_utils.exercises.exercise import Exercise, Misfit, Variant, numbers
from nst_utils.exercises.lesson_06.activation_entropy import activation_entropy


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
    with np.errstate(invalid="ignore"):  # of one place alone, where the most is 0
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
            raise Misfit(
                f"a {type(name).__name__} for a name",
                f"The answer holds a {type(name).__name__}{shown} that is no name of a layer.",
            )
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

# even over positions or over channels alone, and layers whose shares of log h w or of log N lie above the bound
_UNLIKE = {
    "one channel": _EVEN * np.array([1, 0], np.float32),
    "one position": np.pad(np.ones((1, 1, 32), np.float32), ((0, 2), (1, 1), (0, 0))),
    "wide": _firing(128, 512),
    "narrow": _firing(7, 8),
    "few of many channels": _firing(7, 512),
}

LAYERS = Exercise(
    resnet_layers,
    read=_names,
    cases=(
        ({"even": np.ones((1, 2, 2), np.float32), "peaked": np.array([[[8, 0], [0, 0]]], np.float32)}, 0.5),
        ({"one": _ONE, "even": _EVEN}, 0.5),
        ({"half": _HALF, "silent": 0 * _EVEN, "even": _EVEN}, 0.6),
        ({"large": _SPARSE, "small": _HALF, "even": _EVEN}, 0.6),
        (_DEEP, 0.6),
        (_DEEP, 0.4),
        ({"one": _ONE, "silent": 0 * _EVEN}, 0.5),
        ({"silent": 0 * _EVEN, "one": _ONE / 3, "even": _EVEN / 64}, 0.0),  # _ONE / 3: a 1, whose entropy is exactly 0
        ({"weak": _SPARSE / 1024, "strong": 1024 * _HALF, "half": _HALF / 1024}, 0.625),
        (_UNLIKE, 0.8),
        ({"uneven": _layer(4, 32, 16.0), "even": _EVEN}, 0.6),
        ({"half": _HALF, "sparse": _SPARSE, "even": _EVEN}, 0.4995),
        ({"half": _HALF, "sparse": _SPARSE, "even": _EVEN}, 0.5005),
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
            "silent layer kept at 0",
            _picked(lambda values, least: np.nan_to_num(_even(values)) >= least),
            "The NaN of a silent layer was made 0, which reaches a bound of 0. A layer in which nothing fires is never "
            "kept.",
        ),
        Variant(
            "above the bound only",
            _picked(lambda values, least: _even(values) > least),
            "A layer whose entropy is exactly the bound was dropped; at least keeps it.",
        ),
        Variant(
            "by positions",
            _picked(lambda values, least: _entropy(values) >= least * np.log(values.shape[0] * values.shape[1])),
            "The entropy was divided by log(h w). Channels are places, too: log(h w N).",
        ),
        Variant(
            "by channels",
            _picked(lambda values, least: _entropy(values) >= least * np.log(values.shape[2])),
            "The entropy was divided by log N. Positions are places, too: log(h w N).",
        ),
        Variant(
            "squares",
            _picked(lambda values, least: _even(values**2) >= least),
            "The activations were squared first, which makes peaks higher. Take them as they are.",
        ),
        Variant(
            "all that fire",
            _picked(lambda values, least: np.any(values > 0)),
            "Every layer that fires was kept: its entropy has to be compared with the bound.",
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
