"""Lesson 03, content_loss: how far apart two pictures are in content."""

import numpy as np

from nst_utils.base.tensorflow import tf
from nst_utils.exercises.exercise import Exercise, Variant, tensor
from nst_utils.exercises.lesson_03.inputs import far_apart, small_integers
from nst_utils.exercises.refusals import bits_of_floats, two_kinds_of_numbers


def content_loss(F, P):
    """The mean squared difference of two layers' features: one number, a scalar tensor.

    ``F`` are the features of the painting, ``P`` those of the content picture, both tensors (n, h, w, N). The mean is
    taken over everything: pictures, positions and channels.

    >>> F = tf.constant([[[[1.0, 2.0], [3.0, 0.0]]]])
    >>> P = tf.constant([[[[1.0, 0.0], [0.0, 0.0]]]])
    >>> float(content_loss(F, P))  # (0 + 4 + 9 + 0) / 4
    3.25
    """
    return tf.reduce_mean((F - P) ** 2)


CONTENT = Exercise(
    content_loss,
    tensors=True,
    read=tensor,
    cases=(
        (np.array([[[[1, 2], [3, 0]]]], np.float32), np.array([[[[1, 0], [0, 0]]]], np.float32)),
        (small_integers(1, 2, 3, 2), small_integers(1, 2, 3, 2, turn=5)),
        (small_integers(2, 3, 4, 5), small_integers(2, 3, 4, 5, turn=5)),
        (far_apart(3, 5, 2, 4), far_apart(3, 5, 2, 4, turn=5)),
        (small_integers(3, 1, 5, 1) / 8, small_integers(3, 1, 5, 1, turn=5) / 8),
    ),
    gradient_at=(small_integers(2, 1, 2, 2), small_integers(2, 1, 2, 2, turn=5)),
    variants=(
        Variant(
            "sum", lambda F, P: tf.reduce_sum((F - P) ** 2), "That is the sum; a mean does not grow with the picture."
        ),
        Variant(
            "half the sum",
            lambda F, P: tf.reduce_sum((F - P) ** 2) / 2,
            "That is Gatys' form, half the sum. Here the mean is asked for.",
        ),
        Variant(
            "not squared",
            lambda F, P: tf.reduce_mean(F - P),
            "Differences of both signs cancel: square them before you take the mean.",
        ),
        Variant(
            "absolute",
            lambda F, P: tf.reduce_mean(tf.abs(F - P)),
            "That is the mean of absolute differences. Squares weigh one large error more than many small ones.",
        ),
        Variant(
            "squared too late",
            lambda F, P: tf.reduce_mean(F - P) ** 2,
            "The mean was squared, not the differences: the order of the two matters.",
        ),
        Variant(
            "squares subtracted",
            lambda F, P: tf.reduce_mean(F**2 - P**2),
            "Each was squared alone. The difference comes first, then the square.",
        ),
        Variant(
            "root",
            lambda F, P: tf.sqrt(content_loss(F, P)),
            "There is a square root too much: the mean of the squares is already it.",
        ),
        Variant(
            "mean over channels",
            lambda F, P: tf.reduce_mean((F - P) ** 2, axis=-1),
            "The mean runs over the channels alone, and a map of numbers remains. A loss is one number.",
        ),
        Variant(
            "mean for each picture",
            lambda F, P: tf.reduce_mean((F - P) ** 2, axis=[1, 2, 3]),
            "One number for each picture of the batch: the mean goes over the pictures, too.",
        ),
        Variant(
            "divided by positions",
            lambda F, P: tf.reduce_sum((F - P) ** 2) / (F.shape[0] * F.shape[1] * F.shape[2]),
            "Divided by the number of places, but each place has N numbers.",
        ),
        Variant(
            "half the mean",
            lambda F, P: content_loss(F, P) / 2,
            "Half of it. The one half of Gatys' formula goes with his sum; here it is a plain mean.",
        ),
        Variant(
            "divided by channels",
            lambda F, P: tf.reduce_sum((F - P) ** 2) / F.shape[-1],
            "Divided by the number of channels alone: the mean runs over pictures and positions, too.",
        ),
        Variant(
            "half precision",
            lambda F, P: tf.cast(content_loss(tf.cast(F, tf.float16), tf.cast(P, tf.float16)), tf.float32),
            "The numbers went through float16, which keeps three digits. Stay in float32.",
        ),
        Variant(
            "whole divisor",
            two_kinds_of_numbers,
            "TensorFlow divides equal kinds only, and tf.size gives a whole number: tf.cast it to float32, or let a "
            "mean count for you.",
        ),
        Variant(
            "^ for **",
            bits_of_floats,
            "In Python ^ works on single bits, of whole numbers only. A power is written **.",
        ),
        Variant(
            "divided by one picture",
            lambda F, P: F.shape[0] * content_loss(F, P),
            "Divided by the size of one picture, h w N; the batch has n of them.",
        ),
        Variant(
            "methods of an array",
            lambda F, P: (F - P).mean(),
            "A tensor lacks what NumPy's arrays have behind a dot, such as .mean(). TensorFlow's sums and means are "
            "called tf.reduce_...",
        ),
        Variant("all zeros", lambda F, P: content_loss(F, F), "It is always zero: is P used at all?"),
        Variant(
            "stop_gradient",
            lambda F, P: content_loss(tf.stop_gradient(F), P),
            "The painting's features are held back from the gradient; without it the painting cannot learn.",
        ),
        Variant(
            "numpy",
            lambda F, P: content_loss(F, P).numpy(),
            "np.mean or .numpy() has left the network. tf.reduce_mean stays inside.",
        ),
        Variant(
            "Python float", lambda F, P: float(content_loss(F, P)), "float(...) cuts the loss off; return the tensor."
        ),
    ),
    hints=(
        "Three steps in this order: difference, square, mean.",
        "Tensors of one shape can be subtracted and squared like numbers; the result has that shape, too. What "
        "makes one number of it?",
        "TensorFlow's means and sums are called tf.reduce_...; without an axis they take everything.",
    ),
    checked=("one number, for features of three sizes", "a mean over everything", "a gradient reaches F"),
)
