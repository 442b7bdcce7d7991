"""How smooth a picture is: its total variation, with a gradient of its own."""

from typing import Any

from nst_utils.base.tensorflow import tf

Tensor = Any  # tf.Tensor, without importing TensorFlow for the name


def total_variation(picture: Tensor) -> Tensor:
    """Mean absolute difference of neighboring pixels, down plus across: 0 for a flat picture.

    ``sum(|x[i+1, j] - x[i, j]| + |x[i, j+1] - x[i, j]|) / (3 h w)``, the anisotropic total variation of Rudin, Osher,
    Fatemi (1992) for each value of the picture.

    Examples
    --------
    >>> float(total_variation(tf.constant([[[0.0] * 3, [1.0] * 3]])))
    0.5
    """

    def variation(picture):
        """On rows of 3 w values, and with its own gradient: a third of the time of sliced pixels."""
        shape = tf.shape(picture)
        rows = tf.reshape(picture, [-1, shape[-3], shape[-2] * shape[-1]])
        step = shape[-1]
        down, across = rows[:, 1:] - rows[:, :-1], rows[:, :, step:] - rows[:, :, :-step]
        count = tf.cast(tf.size(picture), picture.dtype)

        def gradient(upstream):
            below, right = tf.sign(down), tf.sign(across)
            slope = tf.pad(below, [[0, 0], [1, 0], [0, 0]]) - tf.pad(below, [[0, 0], [0, 1], [0, 0]])
            before, after = tf.stack([step, 0]), tf.stack([0, step])
            slope += tf.pad(right, [[0, 0], [0, 0], before]) - tf.pad(right, [[0, 0], [0, 0], after])
            return tf.reshape(slope * (upstream / count), shape)

        return (tf.reduce_sum(tf.abs(down)) + tf.reduce_sum(tf.abs(across))) / count, gradient

    return tf.custom_gradient(variation)(picture)
