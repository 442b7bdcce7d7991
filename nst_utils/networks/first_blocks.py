"""The first two blocks of a VGG in horizontal strips, computed once for their sums and again for their gradient.

Most of the memory of a step is the maps of the first two blocks, which are as large as the picture. Nothing
later needs more of them than the pooled map and the Gram matrices, and both can be put together strip by strip: the
result is the same, and the maps never exist as a whole. The second pass costs an eighth of a step.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from nst_utils.base.tensorflow import keras, tf

Tensor = Any  # tf.Tensor, without importing TensorFlow for the name

STRIPS = 8
POOL, STRIDE = "block2_pool", 4  # where the strips are put together again
HALO = 8  # rows: two 3 x 3 convolutions on either side of a pool see 6 beyond their own; a multiple of the stride


class Summed(NamedTuple):
    """Sums over all positions of a layer, and the number of positions."""

    sums: tuple[Tensor, ...]
    positions: Tensor


def is_early(layer: str) -> bool:
    """Whether a layer of a VGG lies before `POOL`."""
    return layer.startswith(("block1_", "block2_")) and layer != POOL


def first_blocks_in_strips(
    model, layers: tuple[str, ...], sums_of: Callable[[Tensor], tuple], count: int = STRIPS
) -> Callable[[Tensor], tuple]:
    """A function from the network's input (1, h, w, 3) to the map at `POOL` and a `Summed` for each layer.

    Parameters
    ----------
    model : a VGG, in whose first two blocks a pool follows two 3 x 3 convolutions
    layers : names of layers before `POOL`
    sums_of : from the features of a part of a layer, in float32, to sums over its positions
    """
    block = keras.Model(model.inputs, [model.get_layer(name).output for name in (POOL, *layers)])
    block.trainable = False
    strides = [1 if name.startswith("block1_conv") else 2 for name in layers]

    def strip(picture, index):
        """The pooled rows of one strip, and its share of the sums of each layer."""
        height = tf.shape(picture)[1]
        first, last = _rows(height, index)
        top = STRIDE * first
        start, stop = tf.maximum(top - HALO, 0), tf.minimum(STRIDE * last + HALO, height)
        if index == count - 1:
            stop = height
        maps = block(picture[:, start:stop], training=False)
        down, *seen = maps if layers else [maps]
        down = down[:, first - start // STRIDE : last - start // STRIDE]
        sums = []
        for own, stride in zip(seen, strides, strict=True):
            end = tf.shape(own)[1] if index == count - 1 else (STRIDE * last - start) // stride
            sums.append(sums_of(tf.cast(own[:, (top - start) // stride : end], tf.float32)))
        return down, sums

    def _rows(height, index):
        """The rows of the pooled map that belong to a strip."""
        pooled = height // STRIDE
        return pooled * index // count, pooled * (index + 1) // count

    def forward(picture):
        downs, totals = [], None
        for index in range(count):  # one after the other: two at once would hold two strips
            with tf.control_dependencies(downs[-1:]):
                down, sums = strip(tf.identity(picture), index)
            downs.append(down)
            totals = sums if totals is None else tf.nest.map_structure(tf.add, totals, sums)
        return (tf.concat(downs, axis=1), *tf.nest.flatten(totals))

    @tf.custom_gradient
    def computed(picture):
        values = forward(picture)

        def gradient(down, *upstream, variables=()):
            total = tf.zeros_like(picture)
            for index in range(count):
                with tf.control_dependencies([total]), tf.GradientTape(watch_accessed_variables=False) as tape:
                    again = tf.identity(picture)
                    tape.watch(again)
                    own, sums = strip(again, index)
                rows = slice(*_rows(tf.shape(picture)[1], index))
                values = [own, *tf.nest.flatten(sums)]
                total += tape.gradient(values, again, output_gradients=[down[:, rows], *upstream])
            return total, [None] * len(variables)  # the network itself does not learn

        return values, gradient

    def summed(picture):
        down, *flat = computed(picture)
        height, width = tf.shape(picture)[1], tf.shape(picture)[2]
        counts = [tf.cast((height // stride) * (width // stride), tf.float32) for stride in strides]
        each = len(flat) // max(1, len(layers))
        return down, [Summed(tuple(flat[k * each : (k + 1) * each]), count) for k, count in enumerate(counts)]

    return summed
