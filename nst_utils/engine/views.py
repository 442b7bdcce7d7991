"""Three ways to see a picture through a network: as a whole, the first blocks in strips, or all of it in tiles.

A view gives what the objective asks of a picture: the maps of some layers, and the statistics of others. The whole is
the quickest. Strips and tiles (see `tiles`) give the same in less memory and more time.
"""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from nst_utils.base.tensorflow import tf
from nst_utils.losses.layer_zero import PICTURES, layers_zero
from nst_utils.losses.statistics import Statistic
from nst_utils.networks.backbone import Backbone
from nst_utils.networks.first_blocks import HALO, POOL, STRIPS, is_early

Tensor = Any  # tf.Tensor, without importing TensorFlow for the name

Regions = Mapping[str, Tensor]

LAYER_ZERO_BYTES = 39 * 3 * 4  # a pixel, for its 39 numbers, their products and their gradient
OVERHEAD = 100e6  # bytes of a step, whatever its size


class Seen(Protocol):
    """What a view has seen of one batch of pictures."""

    def map(self, layer: str) -> Tensor:
        """The features (n, h, w, N) of a layer that was asked for."""

    def described(self, layer: str) -> list[tuple]:
        """The statistic of a layer that was asked for: of the whole, or of each region."""

    def means(self, layer: str) -> tuple:
        """What it is made of: mean products and the like, which may be mixed with those of another picture."""

    def size(self, layer: str) -> tuple:
        """A layer's number of channels and of positions."""


class View(Protocol):
    """A way to see pictures through a network; equal views see the same, and share their compiled graphs."""

    backbone: Backbone
    precision: str

    def see(
        self,
        pictures: Tensor,
        maps: tuple[str, ...],
        statistics: Mapping[str, Statistic],
        stride: int = 1,
        seed: Tensor = (0, 0),
        regions: Regions | None = None,
    ) -> Seen:
        """See pictures (n, h, w, 3).

        Parameters
        ----------
        maps : layers whose features are asked for
        statistics : layers whose statistic is asked for
        stride : of layer zero at full size
        seed : from which borders are drawn, where there are some
        regions : by layer, how much each position counts in each region (r, h, w, 1); default: the whole is one
        """

    def needed_memory(
        self, layers: tuple[str, ...], maps: tuple[str, ...], stride: int, height: int, width: int
    ) -> float:
        """Bytes that a step on a picture of this size takes beyond what is loaded."""


@dataclass(frozen=True)
class Whole:
    """Pictures as they are.

    Parameters
    ----------
    backbone : the network that looks
    precision : "float32", "bfloat16" or "float16" for the network; what it gives is float32 in any case
    """

    backbone: Backbone
    precision: str = "float32"

    def see(self, pictures, maps, statistics, stride=1, seed=(0, 0), regions=None) -> "FeaturesSeen":
        layers = tuple(dict.fromkeys((*statistics, *maps)))
        return FeaturesSeen(features_of(self.backbone, layers, self.precision, stride)(pictures), statistics, regions)

    def needed_memory(self, layers, maps, stride, height, width) -> float:
        network = self.backbone.activation_bytes(layers, height, width, self.precision) if layers else 0
        return network + LAYER_ZERO_BYTES * height * width + OVERHEAD


class FeaturesSeen(NamedTuple):
    """The features of all layers."""

    features: dict[str, Tensor]
    statistics: Mapping[str, Statistic]
    regions: Regions | None = None

    def map(self, layer: str) -> Tensor:
        return self.features[layer]

    def described(self, layer: str) -> list[tuple]:
        statistic, features = self.statistics[layer], self.features[layer]
        if self.regions is None:
            return [statistic.describe(statistic.smooth(features))]
        return [statistic.within(features, counts) for counts in each_region(self.regions[layer])]

    def means(self, layer: str) -> tuple:
        return self.statistics[layer].means(self.features[layer])

    def size(self, layer: str) -> tuple:
        height, width, channels = tf.unstack(tf.cast(tf.shape(self.features[layer])[1:], tf.float32))
        return channels, height * width


def each_region(counts: Tensor) -> list[Tensor]:
    """Counts of regions (r, h, w, 1) one by one, as (1, h, w, 1)."""
    return [counts[k : k + 1] for k in range(counts.shape[0])]


@functools.lru_cache(maxsize=32)
def features_of(backbone: Backbone, layers: tuple[str, ...], precision: str, stride: int) -> Callable:
    """The function from pictures to the features of layers, layer zero included."""
    of_picture, of_network = _parted(layers)
    if not of_network:
        return lambda pictures: layers_zero(pictures, of_picture, stride)
    network = backbone.features(of_network, dtype=precision)
    return lambda pictures: {**network(pictures), **layers_zero(pictures, of_picture, stride)}


def _parted(layers: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The layers that stand for the picture itself, and those of the network."""
    return tuple(name for name in PICTURES if name in layers), tuple(name for name in layers if name not in PICTURES)


@dataclass(frozen=True)
class Strips:
    """One picture, of which the first two blocks of a VGG see a strip at a time (see `networks.first_blocks`).

    The statistics of these blocks and the map that leaves them are those of the whole; their own maps never exist.
    There are no regions: `plan` takes another view for these.
    """

    backbone: Backbone
    precision: str = "float32"

    def see(self, pictures, maps, statistics, stride=1, seed=(0, 0), regions=None) -> "StripsSeen":
        layers = tuple(dict.fromkeys((*statistics, *maps)))
        early = next((statistics[name] for name in statistics if is_early(name)), None)  # all early ones have the same
        sums_of = early.sums if early else None
        features, sums = strips_of(self.backbone, layers, sums_of, self.precision, stride)(pictures)
        return StripsSeen(FeaturesSeen(features, statistics), sums)

    def needed_memory(self, layers, maps, stride, height, width) -> float:
        whole = Whole(self.backbone, self.precision).needed_memory(layers, maps, stride, height, width)
        blocks = self.backbone.activation_bytes(POOL, height, width, self.precision)
        return whole + (1 / STRIPS + 2 * HALO / height - 1) * blocks  # a strip, with rows it shares with its neighbors


class StripsSeen(NamedTuple):
    """The features of later layers, and the sums of the early ones."""

    later: FeaturesSeen
    sums: dict[str, Any]

    def map(self, layer: str) -> Tensor:
        return self.later.map(layer)

    def described(self, layer: str) -> list[tuple]:
        if layer not in self.sums:
            return self.later.described(layer)
        return [self.later.statistics[layer].from_means(*self.means(layer))]

    def means(self, layer: str) -> tuple:
        if layer not in self.sums:
            return self.later.means(layer)
        sums, positions = self.sums[layer]
        return tuple(part / positions for part in sums)

    def size(self, layer: str) -> tuple:
        if layer in self.sums:
            return float(self.sums[layer].sums[-1].shape[-1]), self.sums[layer].positions
        return self.later.size(layer)


@functools.lru_cache(maxsize=8)
def strips_of(backbone: Backbone, layers: tuple[str, ...], sums_of, precision: str, stride: int) -> Callable:
    """The function from a picture to the features of later layers, layer zero included, and the sums of early ones."""
    of_picture, of_network = _parted(layers)
    if not of_network:
        return lambda picture: (layers_zero(picture, of_picture, stride), {})
    network = backbone.features_in_strips(of_network, sums_of, dtype=precision)

    def features_and_sums(picture):
        features, sums = network(picture)
        return {**features, **layers_zero(picture, of_picture, stride)}, sums

    return features_and_sums
