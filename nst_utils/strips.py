"""The first block of a VGG in horizontal strips, computed once for its sums and again for its gradient.

Floor 1: half of the memory of a step is the maps of the first block, at the full size of the picture. Nothing later
needs more of them than the pooled map and the Gram matrices, and both can be put together strip by strip: the result
is the same, the maps never exist as a whole, and the second pass costs a twentieth of a step.
"""

from collections.abc import Callable
from typing import Any

from nst_utils.tensors import keras, tf

Tensor = Any  # tf.Tensor, without importing TensorFlow for the name

STRIPS = 6
HALO = 2  # rows that two 3 x 3 convolutions look beyond their own


def first_block_in_strips(model, layers: tuple[str, ...], pool: str, count: int = STRIPS) -> Callable[[Tensor], tuple]:
    """A function from the network's input (1, h, w, 3) to the pooled map and the Gram matrix of each layer.

    Parameters
    ----------
    model : network whose first layers are 3 x 3 convolutions at stride 1, then the 2 x 2 ``pool``
    layers : names of layers before the pool
    """
    outputs = [model.get_layer(name).output for name in (pool, *layers)]
    block = keras.Model(model.inputs, outputs)
    block.trainable = False

    def strip(picture, index):
        """The pooled rows of one strip, and its share of each Gram matrix before the division by M."""
        height = tf.shape(picture)[1]
        pooled = height // 2
        first, last = pooled * index // count, pooled * (index + 1) // count
        top, bottom = 2 * first, (height if index == count - 1 else 2 * last)
        start, stop = tf.maximum(top - HALO, 0), tf.minimum(bottom + HALO, height)
        maps = block(picture[:, start:stop])
        down, *seen = maps if layers else [maps]
        down = down[:, first - start // 2 : last - start // 2]
        return down, [_raw_gram(own[:, top - start : bottom - start]) for own in seen]

    def forward(picture):
        downs, grams = [], [0.0] * len(layers)
        for index in range(count):  # one after the other: two at once would hold two strips
            with tf.control_dependencies(downs[-1:]):
                down, sums = strip(tf.identity(picture), index)
            downs.append(down)
            grams = [total + own for total, own in zip(grams, sums, strict=True)]
        return (tf.concat(downs, axis=1), *grams)

    @tf.custom_gradient
    def computed(picture):
        values = forward(picture)

        def gradient(down, *upstream, variables=()):
            total = tf.zeros_like(picture)
            pooled = tf.shape(picture)[1] // 2
            for index in range(count):
                with tf.control_dependencies([total]), tf.GradientTape(watch_accessed_variables=False) as tape:
                    again = tf.identity(picture)
                    tape.watch(again)
                    own, sums = strip(again, index)
                rows = slice(pooled * index // count, pooled * (index + 1) // count)
                total += tape.gradient([own, *sums], again, output_gradients=[down[:, rows], *upstream])
            return total, [None] * len(variables)  # the network itself does not learn

        return values, gradient

    def summed(picture):
        down, *grams = computed(picture)
        positions = tf.cast(tf.shape(picture)[1] * tf.shape(picture)[2], tf.float32)
        return down, [gram / positions for gram in grams]

    return summed


def _raw_gram(features: Tensor) -> Tensor:
    """``F F^T`` of a map (1, h, w, N), in float32."""
    columns = tf.reshape(tf.cast(features, tf.float32), [1, -1, features.shape[-1]])
    return tf.matmul(columns, columns, transpose_a=True)
