"""What pictures measure through the eyes of a network.

The network is an argument: a plain function ``look`` from a batch of pictures to named feature maps, as
`Backbone.features` makes it. So the measures work with any framework, and are tested on features small enough to check
by hand; which network judges which is the caller's choice (`sweep` makes it).
"""

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from nst_utils.base.threads import one_blas_thread
from nst_utils.metrics.parts import resized

Look = Callable[[np.ndarray], Mapping[str, np.ndarray]]  # pictures (n, h, w, 3) to maps (n, h', w', channels) by layer


@one_blas_thread()
def measure_held_out(
    result: np.ndarray,
    content: np.ndarray,
    style: np.ndarray,
    look: Look,
    content_layers: Iterable[str],
    style_layers: Iterable[str],
) -> dict[str, float]:
    """What a network that took no part in the painting says of it.

    Parameters
    ----------
    result, content, style : ndarray, float32, (h, w, 3), [0, 1]
        The content is resized to the shape of the result.
    look : function from a batch (n, h, w, 3) to feature maps by layer
        As of `Backbone.features`, for all layers named below.
    content_layers, style_layers : names of layers
        Where content and style are compared; a layer may be in both.

    Returns
    -------
    dict of str to float
        `held_out_style_distance` to the style and `held_out_content_distance` to the content, as `style_distance` and
        `content_distance` define them, and `held_out_gap_closed`, the share of the way from content to style:
        ``1 - d(result, style) / d(content, style)`` with `style_distance` as ``d``. It is at most 1; 0: the content
        itself; 1: the style itself; negative: farther from the style than the content is.

    References
    ----------
    A network that did not paint as the judge: as in the "E statistics" of Yeh, Tang, Bhattad, Zou, Forsyth, "Improving
    Style Transfer with Calibrated Metrics", WACV 2020, which compare feature statistics of result and style.

    Examples
    --------
    >>> def look(pictures):
    ...     return {"colors": pictures, "lights": pictures.mean(axis=-1, keepdims=True)}
    >>> rng = np.random.default_rng(0)
    >>> content, style = rng.random((8, 12, 3), np.float32), rng.random((9, 9, 3), np.float32) / 2
    >>> judged = measure_held_out(content, content, style, look, content_layers=["lights"], style_layers=["colors"])
    >>> judged["held_out_content_distance"], judged["held_out_gap_closed"]
    (0.0, 0.0)
    """
    content_layers, style_layers = list(content_layers), list(style_layers)
    of_result, of_content, of_style = (
        features_of_one(picture, look) for picture in (result, resized(content, result.shape[:2]), style)
    )
    left, gap = (_style_distance(features, of_style, style_layers) for features in (of_result, of_content))
    return {
        "held_out_style_distance": left,
        "held_out_content_distance": _content_distance(of_result, of_content, content_layers),
        "held_out_gap_closed": 1 - left / gap if gap else float("nan"),
    }


@one_blas_thread()
def style_distance(picture: np.ndarray, style: np.ndarray, look: Look) -> float:
    """How far the Gram matrices of a picture are from those of a style, in units of the style's own.

    ``sum (G - A)^2 / sum A^2``, the mean over all layers of ``look``: ``G`` are the picture's Gram matrices and ``A``
    the style's, each divided by its number of positions. It is what the normalization "energy" of `losses` minimizes,
    here without gradients.

    Parameters
    ----------
    picture, style : ndarray, float32, (h, w, 3), [0, 1]
        Of any shapes.
    look : function from a batch (n, h, w, 3) to feature maps by layer

    Returns
    -------
    float
        At least 0. 0: equal Gram matrices, as of equal pictures; 1: the distance of a picture in which no layer sees
        anything; without an upper end. NaN where a layer sees nothing in the style. Not symmetric: the other way round
        the unit is the other picture's, so for one layer ``d(a, b) sum B^2 = d(b, a) sum A^2``.

    References
    ----------
    Gatys, Ecker, Bethge, "Image Style Transfer Using Convolutional Neural Networks", CVPR 2016, for the Gram matrices.

    Examples
    --------
    A picture twice as bright has four times the Gram matrices:

    >>> picture = np.random.default_rng(0).random((8, 12, 3), np.float32) / 2
    >>> round(style_distance(2 * picture, picture, lambda pictures: {"colors": pictures}), 4)
    9.0
    """
    return _style_distance(features_of_one(picture, look), features_of_one(style, look))


@one_blas_thread()
def content_distance(picture: np.ndarray, content: np.ndarray, look: Look) -> float:
    """How far the feature maps of a picture are from those of a content, in units of the content's own.

    ``sum (F - P)^2 / sum P^2``, the mean over all layers of ``look``: ``F`` are the picture's feature maps and ``P``
    the content's.

    Parameters
    ----------
    picture, content : ndarray, float32, (h, w, 3), [0, 1]
        ``content`` is resized to the shape of ``picture``.
    look : function from a batch (n, h, w, 3) to feature maps by layer

    Returns
    -------
    float
        At least 0. 0: equal maps, as of equal pictures; 1: the distance of a picture in which no layer sees anything;
        without an upper end. NaN where a layer sees nothing in the content. As with `style_distance` the unit is that
        of the second picture.

    References
    ----------
    Gatys, Ecker, Bethge, CVPR 2016, as in `style_distance`; there half the sum, without a unit.

    Examples
    --------
    >>> picture = np.random.default_rng(0).random((8, 12, 3), np.float32)
    >>> round(content_distance(0.9 * picture, picture, lambda pictures: {"colors": pictures}), 4)
    0.01
    """
    content = resized(content, picture.shape[:2])
    return _content_distance(features_of_one(picture, look), features_of_one(content, look))


def measure_activations(picture: np.ndarray, look: Look) -> list[dict]:
    """How evenly the layers of a network answer to a picture: one row a layer, in the order of ``look``.

    Parameters
    ----------
    picture : ndarray, float32, (h, w, 3), [0, 1]
    look : function from a batch (n, h, w, 3) to feature maps by layer

    Returns
    -------
    list of dict
        "layer", and `activation_entropy` and `peakedness` of its maps.

    Examples
    --------
    >>> picture = np.full((8, 12, 3), 0.5, np.float32)
    >>> measure_activations(picture, lambda pictures: {"colors": pictures})
    [{'layer': 'colors', 'activation_entropy': 1.0, 'peakedness': 1.0}]
    """
    return [
        {"layer": name, "activation_entropy": activation_entropy(maps), "peakedness": peakedness(maps)}
        for name, maps in features_of_one(picture, look).items()
    ]


def activation_entropy(features: np.ndarray) -> float:
    """How evenly a layer's activity is spread over its channels and positions: its entropy as a share of the greatest.

    ``H = -sum p log p / log(N M)`` with ``p = |F| / sum |F|`` over all N channels and M positions.

    Parameters
    ----------
    features : ndarray of any shape
        The maps of one layer for one picture.

    Returns
    -------
    float
        0 (all activity in one value) to 1 (the same everywhere); NaN where nothing fires. Neither a factor nor another
        order changes it. Raising all values to a growing power makes the peaks stand out and lowers it.

    References
    ----------
    Shannon, "A Mathematical Theory of Communication", 1948, for H. Wang, Li, Vasconcelos, "Rethinking and Improving the
    Robustness of Image Style Transfer" (SWAG), CVPR 2021, for the claim that residual connections lower it with depth
    and that this spoils style transfer. Taking ``|F|`` for the shares admits layers before a ReLU.

    Examples
    --------
    Half of the values alike and the others silent have an entropy of log 8 of log 16:

    >>> round(activation_entropy(np.repeat([0.0, 3.0], 8)), 4)
    0.75
    """
    strength = np.abs(np.asarray(features, np.float64)).ravel()
    total = strength.sum()
    if total == 0 or strength.size < 2:
        return float("nan")
    shares = strength[strength > 0] / total
    entropy = np.sum(shares * -np.log(shares)) / np.log(strength.size)
    return float(np.clip(entropy, 0, 1))  # rounding


def peakedness(features: np.ndarray) -> float:
    """How far a layer's strongest activation stands out: ``max |F| / mean |F|``.

    Parameters
    ----------
    features : ndarray of any shape
        The maps of one layer for one picture.

    Returns
    -------
    float
        1 (the same everywhere) to the number of values (all activity in one); NaN where nothing fires. Neither a factor
        nor another order changes it. A larger map has more chances of an outlier: compare at one picture size.

    References
    ----------
    Wang, Li, Vasconcelos, CVPR 2021, as in `activation_entropy`, where the maximum shows how peaky residual networks
    become; dividing by the mean makes layers of different strength comparable.

    Examples
    --------
    >>> peakedness(np.array([1.0, 1.0, 1.0, 5.0]))
    2.5
    """
    strength = np.abs(np.asarray(features, np.float64))
    mean = strength.mean()
    return float(strength.max() / mean) if mean else float("nan")


def features_of_one(picture: np.ndarray, look: Look) -> dict[str, np.ndarray]:
    """The maps of one picture by layer, (h, w, channels)."""
    return {name: np.asarray(maps)[0] for name, maps in look(picture[None]).items()}


def _style_distance(features: dict, wanted: dict, layers: Iterable[str] | None = None) -> float:
    return float(np.mean(style_shares(features, wanted, layers)))


def style_shares(features: dict, wanted: dict, layers: Iterable[str] | None = None) -> list[float]:
    """How far the Gram matrix of each layer is from the wanted one, in units of that."""
    return _shares([(_gram(features[name]), _gram(wanted[name])) for name in (wanted if layers is None else layers)])


def _content_distance(features: dict, wanted: dict, layers: Iterable[str] | None = None) -> float:
    return float(np.mean(_shares([(features[name], wanted[name]) for name in (wanted if layers is None else layers)])))


def _shares(pairs: list[tuple[np.ndarray, np.ndarray]]) -> list[float]:
    """``sum (a - b)^2 / sum b^2`` of each pair; NaN where b is nothing."""
    energies = [np.sum(np.square(b), dtype=np.float64) for _, b in pairs]
    return [
        np.sum(np.square(a - b), dtype=np.float64) / energy if energy else float("nan")
        for (a, b), energy in zip(pairs, energies, strict=True)
    ]


def _gram(maps: np.ndarray) -> np.ndarray:
    """``F^T F / M`` of (h, w, N): (N, N)."""
    columns = maps.reshape(-1, maps.shape[-1])
    return columns.T @ columns / len(columns)
