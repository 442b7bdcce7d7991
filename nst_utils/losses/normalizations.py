"""The factors by which published implementations differ, and the exact converter of weights between them.

Symbols follow Gatys, Ecker, Bethge (CVPR 2016): N channels, M = h * w positions, F the features, G their Gram matrix,
A the style's. Here G is always divided by M, so that pictures of two sizes can be compared.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nst_utils.base.errors import SettingError
from nst_utils.base.values import chosen


@dataclass(frozen=True)
class Layer:
    """What a normalization needs to know of one layer.

    ``channels`` N, ``positions`` M, ``pixels`` of the picture, ``layers`` the number of layers in that loss, and
    ``energy`` the target's own (``sum A^2`` for style, ``sum P^2`` for content).
    """

    channels: Any
    positions: Any
    pixels: Any
    layers: int
    energy: Any


@dataclass(frozen=True)
class Normalization:
    """The factors by which an implementation multiplies the distances of this module.

    ``style(layer)`` multiplies ``sum (G/M - A/M)^2``, ``content(layer)`` multiplies ``sum (F - P)^2``, ``tv(pixels)``
    multiplies `total_variation`. Layers enter as a mean (weight 1/L each); where a source sums, its factor holds L.
    ``weights`` are the source's own for content, style and total variation.
    """

    style: Callable[[Layer], Any]
    content: Callable[[Layer], Any]
    tv: Callable[[Any], Any]
    weights: tuple[float, float, float]
    source: str


def _once(pixels):
    return 1.0


def _summed(pixels):
    """`total_variation` is a mean over 3 values a pixel."""
    return 3 * pixels


def _summed_over_bytes(pixels):
    return 255 * _summed(pixels)


def _mean_content(layer: Layer):
    return 1 / (layer.channels * layer.positions)


def _summed_grams_over_n4(layer: Layer):
    return layer.layers / layer.channels**4


NORMALIZATIONS: dict[str, Normalization] = {
    "gatys": Normalization(
        lambda layer: 1 / (4 * layer.channels**2),
        lambda layer: 0.5 * layer.layers,
        _once,
        (1e-3, 1.0, 0.0),
        "Gatys, Ecker, Bethge, CVPR 2016: E = S / (4 N^2 M^2), half the squared sum for content",
    ),
    "tutorial": Normalization(
        lambda layer: 1 / layer.channels**2,
        _mean_content,
        _summed,
        (1e4, 1e-2, 30.0),
        "TensorFlow tutorial 'Neural style transfer': mean squared difference of G/M, TV summed",
    ),
    "torch": Normalization(
        _summed_grams_over_n4,
        lambda layer: layer.layers * _mean_content(layer),
        _summed_over_bytes,
        (5.0, 100.0, 1e-3),
        "neural-style (Torch): G / (N M), mean squared difference, layers summed, TV summed over values of 0 to 255",
    ),
    "keras-io": Normalization(
        lambda layer: layer.positions**2 / (36 * layer.pixels**2),
        lambda layer: 1.0 * layer.layers,
        _summed_over_bytes,
        (2.5e-8, 1e-6, 1e-6),
        "keras.io example 'Neural style transfer': S / (36 (height width of the picture)^2), raw sum for content; its "
        "TV takes squares to the power of 1.25, here absolute differences",
    ),
    "deeplearning.ai": Normalization(
        lambda layer: 1 / (4 * layer.channels**2),
        lambda layer: layer.layers / (4 * layer.channels * layer.positions),
        _once,
        (10.0, 40.0, 0.0),
        "deeplearning.ai course: E with lambda = 1/L, sum / (4 N M) for content",
    ),
    "energy": Normalization(
        lambda layer: 1 / layer.energy,
        lambda layer: 1 / layer.energy,
        _once,
        (0.04, 1.0, 0.05),
        "divided by the target's own energy: 1 is the distance of an all-zero layer",
    ),
}


def chosen_normalization(name: str) -> Normalization:
    """The normalization of that name, or an error that lists them."""
    return chosen("normalization", name, NORMALIZATIONS)


def convert_weight(weight: float, source: str, target: str, layer: Layer, term: str = "style") -> float:
    """The weight that gives one layer the same gradient under another normalization.

    Parameters
    ----------
    weight : the weight of this layer under ``source``
    source, target : names in `NORMALIZATIONS`
    layer : the layer's sizes and its target's energy
    term : "style" or "content"

    Examples
    --------
    >>> first = Layer(channels=64, positions=65536, pixels=65536, layers=5, energy=1.0)
    >>> convert_weight(1.0, "gatys", "tutorial", first)
    0.25
    """
    if term not in ("style", "content"):
        raise SettingError(f"term is {term!r}; it is 'style' or 'content'.")
    factors = [getattr(chosen_normalization(name), term)(layer) for name in (source, target)]
    return weight * factors[0] / factors[1]
