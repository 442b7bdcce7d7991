"""Layer zero: the picture itself as one more layer, beside those of the network."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from nst_utils.base.tensorflow import tf

Tensor = Any  # tf.Tensor, without importing TensorFlow for the name

PICTURE = "picture"  # the name of layer zero
PICTURES = {PICTURE: 1, "picture_2": 2, "picture_4": 4}  # and those of the picture at a half and a quarter of its size
LAYER_ZERO_CHANNELS = 39
ZERO_SHARE = 4.0  # of colors and changes beside the 27 numbers of a neighborhood, in `layer_zero`


def layer_zero(picture: Tensor, stride: int = 1) -> Tensor:
    """The picture itself as one more layer: 39 numbers of each inner pixel, (n, h - 2, w - 2, 39), or of every second.

    Its 3 x 3 RGB neighborhood (27), the products of its colors measured from gray (6), and how strongly each color
    changes across and down (6). Mean and covariance of the neighborhood alone can be met by a few glaring pixels in a
    dull picture; with the products they hold the palette up to its fourth moments, with the changes how much of the
    picture is smooth.

    Examples
    --------
    >>> layer_zero(tf.fill([1, 3, 3, 3], 0.5)).numpy().ravel().tolist() == 27 * [0.5] + 12 * [0.0]
    True
    """
    kernel = np.zeros((3, 3, 3, 33))
    kernel[..., :27] = np.eye(27).reshape(3, 3, 3, 27)
    for color in range(3):
        kernel[1, :, color, 27 + color] = kernel[:, 1, color, 30 + color] = (-1, 0, 1)
    pick, middle = tf.constant(kernel, picture.dtype), slice(12, 15)

    def numbers(picture):
        """A convolution that copies and subtracts, and with its own gradient: half the time of sliced pixels."""
        values = tf.nn.conv2d(picture, pick, strides=stride, padding="VALID")
        color, changes = values[..., middle] - 0.5, values[..., 27:]
        next_color = tf.roll(color, 1, -1)

        def gradient(upstream):
            squares, mixed, slopes = (ZERO_SHARE * upstream[..., k : k + n] for k, n in ((27, 3), (30, 3), (33, 6)))
            of_color = 2 * color * squares + next_color * mixed + tf.roll(color * mixed, -1, -1)
            parts = [
                upstream[..., :12],
                upstream[..., middle] + of_color,
                upstream[..., 15:27],
                slopes * tf.sign(changes),
            ]
            return tf.nn.conv2d_transpose(
                tf.concat(parts, -1), pick, tf.shape(picture), strides=stride, padding="VALID"
            )

        others = tf.concat([color * color, color * next_color, tf.abs(changes)], -1)
        return tf.concat([values[..., :27], ZERO_SHARE * others], -1), gradient

    return tf.custom_gradient(numbers)(picture)


def layers_zero(picture: Tensor, names: Iterable[str], stride: int = 1) -> dict[str, Tensor]:
    """Layer zero at the sizes that these names of `PICTURES` stand for; ``stride`` is that at full size."""
    shrunk = {name: tf.nn.avg_pool2d(picture, PICTURES[name], PICTURES[name], "VALID") for name in names}
    return {name: layer_zero(shrunk[name], stride if name == PICTURE else 1) for name in names}
