"""A large picture looked at in tiles: the losses of the whole, in memory that does not grow with the network's maps.

Floor 5, on the objective: of a network a step keeps some hundred numbers a pixel, so the maps of a large picture fill
any memory. The losses need little of them: the content loss the maps of its own layer, the style loss sums over all
positions. Both are put together tile by tile, and a second pass brings the gradient back into each tile by the chain
rule. So it is the *whole* picture that is compared with the style, as it is without tiles.

The simpler way, a style loss for each tile, was not taken: it asks every tile, of sky or of house, to hold the whole
style with all its colors and strokes, and the smaller the tile, the more the painting repeats itself.

Beyond its edge a tile sees nothing, as the picture does beyond its own, so near a border the maps are not quite those
of the whole. Two things keep that out of sight: a tile looks at a margin beyond what it counts, and the borders are
drawn anew with each shift of the picture, so that what is left does not add up at one place.
"""

import functools
import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np

from nst_utils.base.errors import SettingError
from nst_utils.base.tensorflow import tf
from nst_utils.engine.objective import PICTURE, PICTURES, Objective
from nst_utils.losses.statistics import STATISTICS, gram_matrix
from nst_utils.networks.catalog import LOCAL, SLASH, network_names

Tensor = Any  # tf.Tensor, without importing TensorFlow for the name

# Pixels that a tile sees beyond what it counts. Half of what a position of VGG19's block5_conv1 sees is 78, but its
# outer parts hardly count: with margins of 0, 16, 32 and 64 the gradient of tiles of 64 is off by 65, 30, 4 and .01 %,
# less in larger tiles, which have fewer borders. Beside a tile of 512, 64 would be a quarter more pixels than 32.
MARGIN = 32
SIDES = (1024, 512, 256)  # of the tiles, where memory asks for some
SMALLEST = 64  # side of a tile that may be asked for
LAYER_ZERO_CHANNELS = 39
FAR = 2**30  # beyond the end of every map


class Box(NamedTuple):
    """A rectangle: its first row and column, and those behind its last."""

    first: Tensor
    last: Tensor


class Gathered(NamedTuple):
    """What the style loss needs of a layer: a matrix with as many columns as channels, M, and the statistic."""

    gram: Tensor
    positions: Tensor
    described: tuple


class Sums(NamedTuple):
    """How a statistic is put together: from features to sums over positions, and from their means to the statistic."""

    summed: Callable[[Tensor], tuple]
    described: Callable[..., tuple]


def _count(features: Tensor) -> Tensor:
    return tf.cast(tf.shape(features)[1] * tf.shape(features)[2], tf.float32)


def _total(features: Tensor) -> Tensor:
    return tf.reduce_sum(features, axis=[1, 2])


def _products(features: Tensor) -> Tensor:
    count = _count(features)  # 0 where a thin tile has no room for a neighborhood
    products = gram_matrix(features) * count
    return tf.where(count > 0, products, tf.zeros_like(products))


SUMS = {  # the statistics of `losses` that are sums over positions; a softmax or a sort needs all of them at once
    "gram": Sums(lambda features: (_products(features),), lambda gram: (gram,)),
    "covariance": Sums(
        lambda features: (_total(features), _products(features)),
        lambda mean, products: (mean, products - mean[:, :, None] * mean[:, None, :]),
    ),
    "mean_variance": Sums(
        lambda features: (_total(features), _total(tf.square(features))),
        lambda mean, squares: (mean, tf.sqrt(tf.maximum(squares - tf.square(mean), 0.0) + 1e-6)),
    ),
}


@dataclass(frozen=True)
class Tiled(Objective):
    """An objective that looks at a picture tile by tile; see `in_tiles`.

    Parameters
    ----------
    tile : side of the tiles in pixels, a multiple of `unit`; at the picture's edges they are smaller
    margin : how many pixels a tile sees beyond what it counts, a multiple of `unit`
    moving : whether the borders move with the random shift of each step
    """

    tile: int = 512
    margin: int = MARGIN
    moving: bool = True

    @functools.cached_property
    def unit(self) -> int:
        """Borders lie at multiples of this many pixels: there the positions of all layers begin anew."""
        return unit_of(self)

    def boxes(self, height: int, width: int, seed: Tensor = (0, 0)) -> list[tuple[int, int, int, int]]:
        """Top, bottom, left and right of what each tile counts, under the shift of ``seed``."""
        rows, columns = (ends.numpy().tolist() for ends in self.borders([height, width], seed))
        pairs = [list(itertools.pairwise(ends)) for ends in (rows, columns)]
        return [(*row, *column) for row in pairs[0] for column in pairs[1]]

    def borders(self, sides: Tensor, seed: Tensor) -> list[Tensor]:
        """Where tiles begin and end, down and across; no tile is thinner than `unit`."""
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

    # What the objective asks

    @functools.cached_property
    def _look(self):
        content, style = ([name for name, _ in pairs] for pairs in (self.content_layers, self.style_layers))
        return self._looking(content, style, self._stride)

    @functools.cached_property
    def _look_for_content(self):
        return self._looking([name for name, _ in self.content_layers], [], self._stride)

    @functools.cached_property
    def _look_for_style(self):
        return self._looking([], [name for name, _ in self.style_layers], 1)

    def _shifted(self, picture: Tensor, seed: Tensor) -> tuple[Tensor, Tensor]:
        """The shifted picture, with the seed from which its borders are drawn."""
        return super()._shifted(picture, seed), seed

    def _described(self, layer: str, features: dict, sums: dict) -> tuple:
        return sums[layer].described

    def _looking(self, mapped: Iterable[str], summed: Iterable[str], stride: int):
        """The function from a picture, or from `_shifted`, to maps of some layers and the `Gathered` of others."""
        mapped, summed = tuple(mapped), tuple(summed)
        if not mapped and not summed:
            return lambda seen: ({}, {})
        eye = self._eye(tuple(dict.fromkeys((*mapped, *summed))), stride)
        return TileByTile(self, eye, mapped, summed, tuple(_sums_of(self._statistic(name)) for name in summed), stride)

    def content_numbers(self) -> float:
        """How many numbers a pixel the maps of the content layers hold."""
        layers = [(self.spacing(name, self._stride), self.channels(name)) for name, _ in self.content_layers]
        return sum(channels / spacing**2 for spacing, channels in layers)

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


@dataclass(frozen=True)
class TileByTile:
    """How an objective looks at a picture in tiles.

    Parameters
    ----------
    objective : which tiles, and where the positions of its layers lie
    eye : the function from a tile to its features
    mapped : layers whose maps are wanted whole
    summed, forms : layers whose statistic is wanted, and how each is put together
    stride : of layer zero at full size
    """

    objective: Tiled
    eye: Callable
    mapped: tuple[str, ...]
    summed: tuple[str, ...]
    forms: tuple[Sums, ...]
    stride: int

    def __call__(self, seen) -> tuple[dict, dict]:
        """Maps and statistics by layer."""
        picture, seed = seen if isinstance(seen, tuple) else (seen, tf.constant([0, 0]))
        maps, totals, counts = self._gathered(picture, self.objective.borders(tf.shape(picture)[1:3], seed))
        gathered = {}
        for name, form, total, count in zip(self.summed, self.forms, totals, counts, strict=True):
            described = form.described(*(part / count for part in total))
            gathered[name] = Gathered(described[-1], count, described)
        return dict(zip(self.mapped, maps, strict=True)), gathered

    def _gathered(self, picture: Tensor, borders: list[Tensor]) -> list:
        """Maps, sums and counts of all tiles; the gradient goes through the tiles once more."""
        structure = [
            list(self.mapped),
            [form.summed(tf.zeros([1, 1, 1, 1])) for form in self.forms],
            list(self.summed),
        ]

        @tf.custom_gradient
        def gathered(picture):
            def gradient(*upstream, variables=()):
                upstream = tf.nest.pack_sequence_as(structure, upstream)
                return self._pulled(picture, borders, upstream), [None] * len(variables)  # the network does not learn

            return tf.nest.flatten(self._added(picture, borders)), gradient

        return tf.nest.pack_sequence_as(structure, gathered(picture))

    def _added(self, picture: Tensor, borders: list[Tensor]) -> tuple:
        """The first look: maps, sums and counts, tile by tile."""
        sides, channels = tf.shape(picture)[1:3], self.objective.channels

        def empty(name):
            size = tf.concat([[1], self.objective.positions(sides, name, self.stride), [channels(name)]], axis=0)
            return tf.ensure_shape(tf.zeros(size), [1, None, None, channels(name)])

        def add(core, outer, maps, totals, counts):
            own, *more = self._piece(_cut(picture, outer), core, outer, sides)
            maps = [
                _put(whole, self._place(name, core, part), part)
                for whole, name, part in zip(maps, self.mapped, own, strict=True)
            ]
            return maps, *tf.nest.map_structure(tf.add, [totals, counts], more)

        nothing = [
            form.summed(tf.zeros([1, 1, 1, channels(name)])) for form, name in zip(self.forms, self.summed, strict=True)
        ]
        start = ([empty(name) for name in self.mapped], nothing, [tf.zeros([]) for _ in self.summed])
        return self._each(sides, borders, add, start)

    def _pulled(self, picture: Tensor, borders: list[Tensor], upstream: list) -> Tensor:
        """The second look: the gradient by the picture, from that by the maps and the sums."""
        sides, (of_maps, of_totals, _) = tf.shape(picture)[1:3], upstream

        def pull(core, outer, total):
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                part = _cut(picture, outer)
                tape.watch(part)
                own, totals, _ = self._piece(part, core, outer, sides)
            slopes = [
                _cut(whole, self._place(name, core, part))
                for whole, name, part in zip(of_maps, self.mapped, own, strict=True)
            ]
            values, slopes = tf.nest.flatten([own, totals]), tf.nest.flatten([slopes, of_totals])
            more = tape.gradient(values, part, output_gradients=slopes)
            return (_put(total, outer, _cut(total, outer) + more),)

        return self._each(sides, borders, pull, (tf.zeros_like(picture),))[0]

    def _each(self, sides: Tensor, borders: list[Tensor], work: Callable, start: tuple) -> tuple:
        """Do some work at each tile, one after the other; ``start`` is what it adds to."""
        rows, columns = borders
        across = tf.size(columns) - 1

        def step(index, *reached):
            row, column = index // across, index % across
            core = Box(*(tf.stack([rows[row + k], columns[column + k]]) for k in range(2)))
            margin = self.objective.margin
            outer = Box(tf.maximum(core.first - margin, 0), tf.minimum(core.last + margin, sides))
            return index + 1, *work(core, outer, *reached)

        count = across * (tf.size(rows) - 1)
        return tf.while_loop(lambda index, *_: index < count, step, (0, *start), parallel_iterations=1)[1:]

    def _piece(self, part: Tensor, core: Box, outer: Box, sides: Tensor) -> tuple:
        """What a tile gives: maps of what it counts, sums over it, and over how many positions these are."""
        features, _ = self.eye(part)

        def counted(name):
            spacing = self.objective.spacing(name, self.stride)
            last = tf.where(core.last == sides, FAR, (core.last - outer.first) // spacing)
            return _cut(features[name], Box((core.first - outer.first) // spacing, last))

        own = {name: counted(name) for name in features}
        totals = [form.summed(own[name]) for form, name in zip(self.forms, self.summed, strict=True)]
        return [own[name] for name in self.mapped], totals, [_count(own[name]) for name in self.summed]

    def _place(self, name: str, core: Box, own: Tensor) -> Box:
        """Where the positions of a tile lie in the map of the whole."""
        first = core.first // self.objective.spacing(name, self.stride)
        return Box(first, first + tf.shape(own)[1:3])


def _cut(values: Tensor, box: Box) -> Tensor:
    """A rectangle of maps or pictures (1, h, w, channels)."""
    return values[:, box.first[0] : box.last[0], box.first[1] : box.last[1]]


def _put(values: Tensor, box: Box, part: Tensor) -> Tensor:
    """The same with a rectangle replaced; in place, where nobody else holds them."""
    first, last = (tf.stack([n, box[k][0], box[k][1], n * values.shape[-1]]) for k, n in enumerate((0, 1)))
    ones = tf.ones([4], tf.int32)
    changed = tf.raw_ops.TensorStridedSliceUpdate(input=values, begin=first, end=last, strides=ones, value=part)
    return tf.ensure_shape(changed, values.shape)


def _sums_of(statistic) -> Sums:
    return next(SUMS[name] for name, known in STATISTICS.items() if known is statistic)


def unit_of(objective: Objective) -> int:
    """The largest stride of its layers, layer zero included."""
    strides = [objective.backbone.strides[name] for name in objective.layers()]
    return max([8, *strides])  # the neighborhoods of "picture_4" reach 8 pixels on


def in_tiles(objective: Objective, tile: int = 512, margin: int = MARGIN, moving: bool = True) -> Tiled:
    """The same objective, looking at a picture tile by tile.

    Losses and gradient are those of the whole picture, but for what lies beyond the margin of a tile. A step looks
    twice, so it takes half as long again, and longer by what the margins add.

    Parameters
    ----------
    tile : side of the tiles in pixels; rounded to a multiple of the network's largest stride
    margin : how far a tile sees beyond what it counts; rounded up likewise
    moving : whether the borders move with the shift of each step; fixed ones leave seams where the margin is short
    """
    check_tiles(objective)
    unit = unit_of(objective)
    own = {field.name: getattr(objective, field.name) for field in fields(Objective)} | {"strips": False}
    return Tiled(**own, tile=max(1, tile // unit) * unit, margin=-(-margin // unit) * unit, moving=moving)


def check_tiles(objective: Objective) -> None:
    """Refuse what needs the whole picture at once."""
    if objective.statistic not in SUMS:
        raise SettingError(
            f"With statistic {objective.statistic!r} there are no tiles, as it needs all positions at once; "
            f"{', '.join(SUMS)} do without."
        )
    unknown = [name for name in network_names(objective.backbone.name) if name not in LOCAL]
    if unknown:
        raise SettingError(f"With {unknown[0]} there are no tiles, as it looks beyond them; {', '.join(LOCAL)} do not.")
    padded = [name for name in objective.layers() if name.endswith("_pad")]
    if padded:
        raise SettingError(f"With layer {padded[0]} there are no tiles: it has positions outside the picture.")


def ways_to_look(objective: Objective, tile: int | None, method: str) -> tuple[Objective, ...]:
    """The objective as a whole and in tiles, the quickest first; with ``tile``, in these alone."""
    if tile is None:
        if method != "adam" or not _fits_tiles(objective):
            return (objective,)
        return objective, *(in_tiles(objective, side) for side in SIDES)
    if not (isinstance(tile, Integral) and not isinstance(tile, bool) and tile >= SMALLEST):
        raise SettingError(f"tile is {tile!r}; it is a whole number of pixels, {SMALLEST} or more.")
    if method != "adam":
        raise SettingError(f"tile is {tile} and method {method!r}; a picture in tiles is painted with method 'adam'.")
    return (in_tiles(objective, int(tile)),)


def _fits_tiles(objective: Objective) -> bool:
    try:
        check_tiles(objective)
    except SettingError:
        return False
    return True


def seam_strength(picture: np.ndarray, boxes: Sequence[tuple[int, int, int, int]], reach: int = 6) -> float:
    """How far the colors along the borders between tiles are from those inside of the tiles: near 0 where no seam is.

    The distance of two mean colors, averaged over red, green and blue: that of the pixels nearer than ``reach`` to a
    border, and that of those farther than twice as much. What lies near the edge of the picture is left out.

    Examples
    --------
    >>> picture = np.zeros((40, 60, 3))
    >>> picture[:, 28:32] = 1.0  # a bright line along the border
    >>> seam_strength(picture, [(0, 40, 0, 30), (0, 40, 30, 60)], reach=2)
    1.0
    """
    borders = [sorted({box[k] for box in boxes} - {0}) for k in (0, 2)]
    sides = [np.arange(length) + 0.5 for length in picture.shape[:2]]
    near = [np.min([np.abs(at - b) for b in (*own, np.inf)], axis=0) for at, own in zip(sides, borders, strict=True)]
    inside = [np.minimum(at, len(at) - at) > 2 * reach for at in sides]
    distance = np.minimum(near[0][:, None], near[1][None, :])
    counted = inside[0][:, None] & inside[1][None, :]
    along, between = (picture[counted & part].mean(axis=0) for part in (distance < reach, distance > 2 * reach))
    return float(np.abs(along - between).mean())
