"""Lesson 03, total_variation: how rough a picture is."""

import numpy as np

from nst_utils.base.tensorflow import tf
from nst_utils.exercises.exercise import Exercise, Variant, tensor
from nst_utils.exercises.lesson_03.inputs import small_integers
from nst_utils.exercises.refusals import shapes_that_do_not_fit, two_kinds_of_numbers


def total_variation(picture):
    """How rough a picture is: all differences of neighbors, down plus across, divided by the number of values.

    ``picture`` is a tensor (n, h, w, 3). Add up the absolute differences between each value and the one below it, then
    those between each value and the one right of it. Divide by n * h * w * 3. Return a scalar tensor.

    >>> picture = tf.constant([[[[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]]]])  # 1 x 2 pixels, black and white
    >>> float(total_variation(picture))  # 3 differences of 1 / 6 values
    0.5
    """
    down = tf.abs(picture[:, 1:] - picture[:, :-1])
    across = tf.abs(picture[:, :, 1:] - picture[:, :, :-1])
    return (tf.reduce_sum(down) + tf.reduce_sum(across)) / picture.shape.num_elements()


# whole rows and columns in which neighbors are equal, and values below 1
_FLAT = np.repeat(small_integers(3, 2, 5, 3) / 8, 2, axis=2)


def _differences(picture):
    return picture[:, 1:] - picture[:, :-1], picture[:, :, 1:] - picture[:, :, :-1]


def _added_before_summed(picture):
    down, across = map(tf.abs, _differences(picture))
    if any(1 not in sides and len(set(sides)) > 1 for sides in zip(down.shape, across.shape, strict=True)):
        return shapes_that_do_not_fit()
    return tf.reduce_sum(down + across) / picture.shape.num_elements()


def _padded(picture):
    """Both differences at each pixel, 0 behind the last one."""
    down, across = _differences(picture)
    return tf.pad(down, [[0, 0], [0, 1], [0, 0], [0, 0]]), tf.pad(across, [[0, 0], [0, 0], [0, 1], [0, 0]])


def _per_value(picture, of):
    return sum(tf.reduce_sum(of(part)) for part in _differences(picture)) / picture.shape.num_elements()


def _total(values):
    return tf.reduce_sum(tf.abs(values))


TOTAL_VARIATION = Exercise(
    total_variation,
    tensors=True,
    read=tensor,
    cases=(
        (np.array([[[[0, 0, 0], [3, 1, 2]], [[1, 0, 0], [0, 2, 2]]]], np.float32),),
        (small_integers(1, 2, 4, 3, turn=5),),
        (small_integers(2, 4, 5, 3, turn=7),),
        (_FLAT,),
        (small_integers(1, 5, 1, 3, turn=5) / 16,),
        (small_integers(3, 5, 2, 3, turn=5) * np.array([1, 0, 32], np.float32),),
    ),
    gradient_at=(small_integers(2, 2, 4, 3, turn=7),),  # no two neighbors are equal
    kinks=((_FLAT,), (np.full((1, 2, 3, 3), 0.5, np.float32),)),
    variants=(
        Variant(
            "sum",
            lambda picture: sum(map(_total, _differences(picture))),
            "The sum grows with the picture: divide by the number of its values.",
        ),
        Variant(
            "tf.image",
            lambda picture: tf.image.total_variation(picture),
            "tf.image.total_variation gives a sum for each picture. One number for all, divided by all values.",
        ),
        Variant(
            "means added",
            lambda picture: sum(tf.reduce_mean(tf.abs(part)) for part in _differences(picture)),
            "Each mean was divided by its own number of differences. Divide both sums by the number of values.",
        ),
        Variant(
            "divided by pixels",
            lambda picture: 3 * _per_value(picture, tf.abs),
            "Divided by the number of pixels; each pixel has three values.",
        ),
        Variant(
            "divided by values of one picture",
            lambda picture: picture.shape[0] * _per_value(picture, tf.abs),
            "The batch is missing in the divisor: n * h * w * 3.",
        ),
        Variant(
            "squares",
            lambda picture: _per_value(picture, tf.square),
            "The differences were squared. Absolute ones leave a sharp edge as cheap as a soft one.",
        ),
        Variant(
            "abs forgotten",
            lambda picture: _per_value(picture, tf.identity),
            "Up and down cancel: take the absolute value of each difference before you add.",
        ),
        Variant(
            "abs too late",
            lambda picture: (
                sum(tf.abs(tf.reduce_sum(part)) for part in _differences(picture)) / picture.shape.num_elements()
            ),
            "The absolute value is taken of the sum; it belongs to each difference.",
        ),
        Variant(
            "down only",
            lambda picture: _total(_differences(picture)[0]) / picture.shape.num_elements(),
            "Only neighbors one above the other are compared; those side by side are missing.",
        ),
        Variant(
            "across only",
            lambda picture: _total(_differences(picture)[1]) / picture.shape.num_elements(),
            "Only neighbors side by side are compared; those one above the other are missing.",
        ),
        Variant(
            "mean of both",
            lambda picture: _per_value(picture, tf.abs) / 2,
            "Half of it: the two sums were averaged. They are added.",
        ),
        Variant(
            "added before summed",
            _added_before_summed,
            "The two tables of differences were added, which have different shapes: one has a row less, the other a "
            "column. Sum each by itself.",
        ),
        Variant(
            "wrapped around",
            lambda picture: (
                sum(_total(picture - tf.roll(picture, 1, axis)) for axis in (1, 2)) / picture.shape.num_elements()
            ),
            "tf.roll makes the last row a neighbor of the first one. Slices leave that pair out.",
        ),
        Variant(
            "axes off by one",
            lambda picture: (
                (_total(picture[1:] - picture[:-1]) + _total(picture[:, 1:] - picture[:, :-1]))
                / picture.shape.num_elements()
            ),
            "Axis 0 is the batch: two pictures are no neighbors. Rows are axis 1, columns axis 2.",
        ),
        Variant(
            "last row and column",
            lambda picture: (
                (
                    _total(picture[:, 1:, :-1] - picture[:, :-1, :-1])
                    + _total(picture[:, :-1, 1:] - picture[:, :-1, :-1])
                )
                / picture.shape.num_elements()
            ),
            "The last row has neighbors side by side, and the last column has some one above the other: both count.",
        ),
        Variant(
            "whole divisor",
            two_kinds_of_numbers,
            "TensorFlow divides equal kinds only, and tf.size is a whole number: tf.cast(..., tf.float32), or the "
            "numbers of picture.shape.",
        ),
        Variant(
            "down twice",
            lambda picture: 2 * _total(_differences(picture)[0]) / picture.shape.num_elements(),
            "Both are the differences downwards: the second pair of slices needs one more colon, for the columns.",
        ),
        Variant(
            "across twice",
            lambda picture: 2 * _total(_differences(picture)[1]) / picture.shape.num_elements(),
            "Both are the differences across: the first pair of slices has a colon too many.",
        ),
        Variant(
            "divided by the differences",
            lambda picture: (
                sum(map(_total, _differences(picture)))
                / sum(int(np.prod(part.shape)) for part in _differences(picture))
            ),
            "Divided by the number of differences; the divisor is the number of values in the picture.",
        ),
        Variant(
            "two left out",
            lambda picture: (
                (_total(picture[:, 1:-1] - picture[:, :-2]) + _total(picture[:, :, 1:-1] - picture[:, :, :-2]))
                / picture.shape.num_elements()
            ),
            "The last row and the last column are missing: a slice to -1 leaves out one of them, and to -2 two.",
        ),
        Variant(
            "root of squares",
            lambda picture: _per_value(picture, lambda part: tf.sqrt(part**2)),
            "The numbers are right, but a root has no slope at 0: where neighbors are equal the gradient is NaN, and "
            "after a step so is the picture. tf.abs has none of that.",
        ),
        Variant(
            "length of both",
            lambda picture: (
                tf.reduce_sum(tf.sqrt(sum(p**2 for p in _padded(picture)) + 1e-12)) / picture.shape.num_elements()
            ),
            "Down and across went into one root, as the length of a slope. Here the two are added as they are.",
        ),
        Variant(
            "channels compared",
            lambda picture: (
                total_variation(picture) + _total(picture[..., 1:] - picture[..., :-1]) / tf.size(picture, tf.float32)
            ),
            "Red was compared with green, and green with blue: the last axis holds colors, which are no neighbors.",
        ),
        Variant(
            "half precision",
            lambda picture: tf.cast(total_variation(tf.cast(picture, tf.float16)), tf.float32),
            "The numbers went through float16, which keeps three digits. Stay in float32.",
        ),
        Variant(
            "every second pixel",
            lambda picture: (
                (_total(picture[:, 2:] - picture[:, :-2]) + _total(picture[:, :, 2:] - picture[:, :, :-2]))
                / picture.shape.num_elements()
            ),
            "These are two pixels apart: the slices 1: and :-1 give direct neighbors.",
        ),
        Variant(
            "all zeros",
            lambda picture: _per_value(picture, tf.zeros_like),
            "Zero for every picture: nothing is added up.",
        ),
        Variant(
            "stop_gradient",
            lambda picture: total_variation(tf.stop_gradient(picture)),
            "The picture is cut off from the gradient, so it can never become smoother.",
        ),
        Variant(
            "numpy",
            lambda picture: total_variation(picture).numpy(),
            "np.diff, np.abs or .numpy() end the gradient: slices and tf.abs keep it.",
        ),
        Variant(
            "Python float", lambda picture: float(total_variation(picture)), "No float() around the result, please."
        ),
    ),
    hints=(
        "A picture minus itself, moved by one row, is the table of all differences downwards. How many rows has it?",
        "Slices do the move: all rows but the first, all rows but the last. The same for columns; the batch is axis 0.",
        "Absolute value first, then the sum, for down and for across. Add the two sums; the divisor is the number "
        "of values in the picture, which is larger than the number of differences.",
    ),
    checked=(
        "down and across",
        "absolute differences",
        "divided by all n * h * w * 3 values",
        "a gradient reaches the picture",
    ),
)
