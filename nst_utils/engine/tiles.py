"""A large picture looked at in tiles: the losses of the whole, in memory that does not grow with the network's maps.

Of a network a step keeps some hundred numbers a pixel, so the maps of a large picture fill
any memory. The losses need little of them: the content loss the maps of its own layer, the style loss sums over all
positions. Both are put together tile by tile, and a second pass brings the gradient back into each tile by the chain
rule. So it is the *whole* picture that is compared with the style, as it is without tiles.

The simpler way, a style loss for each tile, was not taken: it asks every tile, of sky or of house, to hold the whole
style with all its colors and strokes, and the smaller the tile, the more the painting repeats itself.

Beyond its edge a tile sees nothing, as the picture does beyond its own, so near a border the maps are not quite those
of the whole. Two things keep that out of sight: a tile looks at a margin beyond what it counts, and the borders are
drawn anew with each shift of the picture, so that what is left does not add up at one place.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from nst_utils.base.tensorflow import tf
from nst_utils.engine.views import LAYER_ZERO_BYTES, OVERHEAD, Regions, each_region, features_of
from nst_utils.losses.layer_zero import LAYER_ZERO_CHANNELS, PICTURE, PICTURES
from nst_utils.losses.statistics import TINY, Statistic, positions_of
from nst_utils.networks.backbone import Backbone
from nst_utils.networks.catalog import LOCAL, SLASH

Tensor = Any  # tf.Tensor, without importing TensorFlow for the name

# Pixels that a tile sees beyond what it counts. Half of what a position of VGG19's block5_conv1 sees is 78, but its
# outer parts hardly count: with margins of 0, 16, 32 and 64 the gradient of tiles of 64 is off by 65, 30, 4 and .01 %,
# less in larger tiles, which have fewer borders. Beside a tile of 512, 64 would be a quarter more pixels than 32.
MARGIN = 32
FAR = 2**30  # beyond the end of every map
PICTURES_HELD = 18  # by a step in tiles: two moments, shifts, differences for the total variation, sums of gradients
CONTENT_MAPS_HELD = 3  # the wanted one, that of the painting, their difference


class Box(NamedTuple):
    """A rectangle: its first row and column, and those behind its last."""

    first: Tensor
    last: Tensor


@dataclass(frozen=True)
class Tiles:
    """One picture, seen tile by tile.

    Parameters
    ----------
    backbone : the network that looks
    precision : of the network
    tile : side of the tiles in pixels, a multiple of ``unit``; at the picture's edges they are smaller
    margin : how many pixels a tile sees beyond what it counts, a multiple of ``unit``
    unit : borders lie at multiples of this many pixels, where the positions of all layers begin anew
    moving : whether the borders move with the random shift of each step
    """

    backbone: Backbone
    precision: str = "float32"
    tile: int = 512
    margin: int = MARGIN
    unit: int = 16
    moving: bool = True

    def see(self, pictures, maps, statistics, stride=1, seed=(0, 0), regions=None) -> "TilesSeen":
        if not maps and not statistics:
            return TilesSeen({}, {}, {}, {})
        network = features_of(self.backbone, tuple(dict.fromkeys((*maps, *statistics))), self.precision, stride)
        whole = TileByTile(self, network, tuple(maps), tuple(statistics), tuple(statistics.values()), stride, regions)
        return whole.seen(pictures, self.borders(tf.shape(pictures)[1:3], tf.convert_to_tensor(seed)))

    def needed_memory(self, layers, maps, stride, height, width) -> float:
        """Of the maps those of a tile exist; of the whole some pictures, and the maps of the content layers."""
        numbers = sum(self.channels(name) / self.spacing(name, stride) ** 2 for name in maps)
        whole = (PICTURES_HELD * 3 + CONTENT_MAPS_HELD * numbers) * 4 * height * width
        height, width = (min(side, self.tile + 2 * self.margin) for side in (height, width))
        network = self.backbone.activation_bytes(layers, height, width, self.precision) if layers else 0
        return network + LAYER_ZERO_BYTES * height * width + whole + OVERHEAD

    def boxes(self, height: int, width: int, seed: Tensor = (0, 0)) -> list[tuple[int, int, int, int]]:
        """Top, bottom, left and right of what each tile counts, under the shift of ``seed``."""
        rows, columns = (ends.numpy().tolist() for ends in self.borders([height, width], seed))
        pairs = [list(itertools.pairwise(ends)) for ends in (rows, columns)]
        return [(*row, *column) for row in pairs[0] for column in pairs[1]]

    def borders(self, sides: Tensor, seed: Tensor) -> list[Tensor]:
        """Where tiles begin and end, down and across; no tile is thinner than ``unit``."""
        places = self.tile // self.unit
        drawn = tf.random.stateless_uniform(
            [2], tf.random.experimental.stateless_fold_in(seed, 1), 1, places + 1, tf.int32
        )
        borders = []
        for axis in range(2):
            first = tf.where(
                sides[axis] <= self.tile, sides[axis], self.unit * drawn[axis] if self.moving else self.tile
            )
            inner = tf.range(first, tf.maximum(first, sides[axis] - self.unit + 1), self.tile)
            borders.append(tf.concat([[0], inner, [sides[axis]]], axis=0))
        return borders

    def channels(self, layer: str) -> int:
        """How many numbers a position of a layer holds."""
        return LAYER_ZERO_CHANNELS if layer in PICTURES else self.backbone.channels[layer]

    def spacing(self, layer: str, stride: int) -> int:
        """Pixels between two positions of a layer; ``stride`` is that of layer zero at full size."""
        if layer in PICTURES:
            return PICTURES[layer] * (stride if layer == PICTURE else 1)
        return self.backbone.strides[layer]

    def positions(self, sides: Tensor, layer: str, stride: int) -> Tensor:
        """How many positions a layer has, down and across a picture."""
        spacing = self.spacing(layer, stride)
        if layer in PICTURES:  # 3 x 3 neighborhoods of the shrunk picture
            shrunk = sides // PICTURES[layer]
            return (shrunk - 3) // (spacing // PICTURES[layer]) + 1
        name = layer.rpartition(SLASH)[0] or self.backbone.name
        return -(-sides // spacing) if LOCAL[name] else sides // spacing


class TilesSeen(NamedTuple):
    """The whole maps of some layers, and of others what their statistic is made of, in each region."""

    maps: dict[str, Tensor]
    means_of: dict[str, list[tuple]]
    positions: dict[str, Tensor]  # of the whole, or what those of the first region count
    statistics: dict[str, Statistic]

    def map(self, layer: str) -> Tensor:
        return self.maps[layer]

    def described(self, layer: str) -> list[tuple]:
        return [self.statistics[layer].from_means(*means) for means in self.means_of[layer]]

    def means(self, layer: str) -> tuple:
        return self.means_of[layer][0]

    def size(self, layer: str) -> tuple:
        if layer in self.statistics:
            return float(self.means_of[layer][0][-1].shape[-1]), self.positions[layer]
        height, width, channels = tf.unstack(tf.cast(tf.shape(self.maps[layer])[1:], tf.float32))
        return channels, height * width


@dataclass(frozen=True)
class TileByTile:
    """How a picture is put together from its tiles.

    Parameters
    ----------
    tiles : where they and the positions of their layers lie
    network : the function from a tile to its features
    mapped : layers whose maps are wanted whole
    summed, statistics : layers whose statistic is wanted, and which
    stride : of layer zero at full size
    regions : by layer, how much each position of the whole counts in each region; default: the whole is one
    """

    tiles: Tiles
    network: Callable
    mapped: tuple[str, ...]
    summed: tuple[str, ...]
    statistics: tuple[Statistic, ...]
    stride: int
    regions: Regions | None = None

    def seen(self, picture: Tensor, borders: list[Tensor]) -> TilesSeen:
        """Maps and statistics by layer."""
        maps, totals, counts = self._gathered(picture, borders)
        means = [
            [tuple(part / (count + TINY) for part in sums) for sums, count in zip(of_layer, their_counts, strict=True)]
            for of_layer, their_counts in zip(totals, counts, strict=True)
        ]
        return TilesSeen(
            dict(zip(self.mapped, maps, strict=True)),
            dict(zip(self.summed, means, strict=True)),
            {name: count[0] for name, count in zip(self.summed, counts, strict=True)},
            dict(zip(self.summed, self.statistics, strict=True)),
        )

    def _nothing(self, channels: Callable[[str], int]) -> list:
        """Sums over no positions, of each region of each layer, and what these count."""
        regions = [1 if self.regions is None else self.regions[name].shape[0] for name in self.summed]
        sums = [
            [statistic.sums(tf.zeros([1, 1, 1, channels(name)])) for _ in range(count)]
            for statistic, name, count in zip(self.statistics, self.summed, regions, strict=True)
        ]
        return [sums, [[tf.zeros([])] * count for count in regions]]

    def _gathered(self, picture: Tensor, borders: list[Tensor]) -> list:
        """Maps, sums and counts of all tiles; the gradient goes through the tiles once more."""
        structure = [list(self.mapped), *self._nothing(lambda name: 1)]

        @tf.custom_gradient
        def gathered(picture):
            def gradient(*upstream, variables=()):
                upstream = tf.nest.pack_sequence_as(structure, upstream)
                return self._gradient(picture, borders, upstream), [None] * len(variables)  # the network does not learn

            return tf.nest.flatten(self._maps_and_sums(picture, borders)), gradient

        return tf.nest.pack_sequence_as(structure, gathered(picture))

    def _maps_and_sums(self, picture: Tensor, borders: list[Tensor]) -> tuple:
        """The first pass: maps, sums and counts, tile by tile."""
        sides, channels = tf.shape(picture)[1:3], self.tiles.channels

        def empty(name):
            size = tf.concat([[1], self.tiles.positions(sides, name, self.stride), [channels(name)]], axis=0)
            return tf.ensure_shape(tf.zeros(size), [1, None, None, channels(name)])

        def add(core, outer, maps, totals, counts):
            parts, *sums = self._of_tile(_cut(picture, outer), core, outer, sides)
            maps = [
                _put(whole, self._place(name, core, part), part)
                for whole, name, part in zip(maps, self.mapped, parts, strict=True)
            ]
            return maps, *tf.nest.map_structure(tf.add, [totals, counts], sums)

        start = ([empty(name) for name in self.mapped], *self._nothing(channels))
        return self._each(sides, borders, add, start)

    def _gradient(self, picture: Tensor, borders: list[Tensor], upstream: list) -> Tensor:
        """The second pass: the gradient by the picture, from that by the maps and the sums."""
        sides, (of_maps, of_totals, _) = tf.shape(picture)[1:3], upstream

        def add(core, outer, total):
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tile = _cut(picture, outer)
                tape.watch(tile)
                parts, totals, _ = self._of_tile(tile, core, outer, sides)
            slopes = [
                _cut(whole, self._place(name, core, part))
                for whole, name, part in zip(of_maps, self.mapped, parts, strict=True)
            ]
            values, slopes = tf.nest.flatten([parts, totals]), tf.nest.flatten([slopes, of_totals])
            gradient = tape.gradient(values, tile, output_gradients=slopes)
            return (_put(total, outer, _cut(total, outer) + gradient),)

        return self._each(sides, borders, add, (tf.zeros_like(picture),))[0]

    def _each(self, sides: Tensor, borders: list[Tensor], work: Callable, start: tuple) -> tuple:
        """Do some work at each tile, one after the other; ``start`` is what it adds to."""
        rows, columns = borders
        across = tf.size(columns) - 1

        def step(index, *reached):
            row, column = index // across, index % across
            core = Box(*(tf.stack([rows[row + k], columns[column + k]]) for k in range(2)))
            margin = self.tiles.margin
            outer = Box(tf.maximum(core.first - margin, 0), tf.minimum(core.last + margin, sides))
            return index + 1, *work(core, outer, *reached)

        count = across * (tf.size(rows) - 1)
        return tf.while_loop(lambda index, *_: index < count, step, (0, *start), parallel_iterations=1)[1:]

    def _of_tile(self, tile: Tensor, core: Box, outer: Box, sides: Tensor) -> tuple:
        """What a tile gives: maps of what it counts, sums over it, and over how many positions these are."""
        features = self.network(tile)

        def counted(name):
            spacing = self.tiles.spacing(name, self.stride)
            last = tf.where(core.last == sides, FAR, (core.last - outer.first) // spacing)
            return _cut(features[name], Box((core.first - outer.first) // spacing, last))

        maps = {name: counted(name) for name in features}
        totals, counts = [], []
        for statistic, name in zip(self.statistics, self.summed, strict=True):
            part = maps[name]
            if self.regions is None:
                totals.append([statistic.sums(part)])
                counts.append([positions_of(part)])
            else:
                here = each_region(_cut(self.regions[name], self._place(name, core, part)))
                totals.append([statistic.sums(part, count) for count in here])
                counts.append([tf.reduce_sum(count) for count in here])
        return [maps[name] for name in self.mapped], totals, counts

    def _place(self, name: str, core: Box, part: Tensor) -> Box:
        """Where the positions of a tile lie in the map of the whole."""
        first = core.first // self.tiles.spacing(name, self.stride)
        return Box(first, first + tf.shape(part)[1:3])


def _cut(values: Tensor, box: Box) -> Tensor:
    """A rectangle of maps or pictures (1, h, w, channels)."""
    return values[:, box.first[0] : box.last[0], box.first[1] : box.last[1]]


def _put(values: Tensor, box: Box, part: Tensor) -> Tensor:
    """The same with a rectangle replaced; in place, where nobody else holds them."""
    first, last = (tf.stack([n, box[k][0], box[k][1], n * values.shape[-1]]) for k, n in enumerate((0, 1)))
    ones = tf.ones([4], tf.int32)
    changed = tf.raw_ops.TensorStridedSliceUpdate(input=values, begin=first, end=last, strides=ones, value=part)
    return tf.ensure_shape(changed, values.shape)
