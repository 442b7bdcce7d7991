"""Lesson 03, style_loss: how far apart two pictures are in style."""

import numpy as np

from nst_utils.base.tensorflow import tf
from nst_utils.exercises.exercise import Exercise, Variant, tensor
from nst_utils.exercises.lesson_03.inputs import small_integers
from nst_utils.exercises.refusals import bits_of_floats, numbers_that_do_not_fit, two_kinds_of_numbers
from nst_utils.losses import gram_matrix


def _grams(n: int, channels: int, turn: int) -> np.ndarray:
    """Symmetric matrices of whole numbers."""
    half = small_integers(n, channels, channels, turn=turn)
    return half + half.transpose(0, 2, 1)


def style_loss(G, A):
    """Gatys' style loss of one layer, E = sum (G - A)^2 / (4 N^2): one number, a scalar tensor.

    ``G`` are the Gram matrices of the painting, ``A`` those of the style picture: tensors (n, N, N), already divided by
    the number of positions M. (Gatys' own matrices are not, hence his 4 N^2 M^2.) The sum runs over everything.

    >>> G = tf.constant([[[5.0, 1.0], [1.0, 2.0]]])
    >>> A = tf.constant([[[1.0, 1.0], [1.0, 2.0]]])
    >>> float(style_loss(G, A))  # 4^2 / (4 * 2^2)
    1.0
    """
    channels = G.shape[-1]
    return tf.reduce_sum((G - A) ** 2) / (4 * channels**2)


def _squares(G, A):
    return tf.reduce_sum((G - A) ** 2)


def _gram(G):
    """nst.gram_matrix of what is one already, where its sides let that pass."""
    return gram_matrix(G) if G.shape[-1] == 1 else numbers_that_do_not_fit()


def _mean_square(G, A):
    return tf.reduce_mean((G - A) ** 2)


STYLE = Exercise(
    style_loss,
    tensors=True,
    read=tensor,
    cases=(
        (np.array([[[5, 1], [1, 2]]], np.float32), np.array([[[1, 3], [3, 2]]], np.float32)),
        (_grams(1, 3, turn=7), _grams(1, 3, turn=5)),
        (_grams(2, 5, turn=7), _grams(2, 5, turn=5)),
        (_grams(3, 4, turn=7) / 16, _grams(3, 4, turn=5) / 16),
        (_grams(3, 1, turn=7) * 64, _grams(3, 1, turn=5) * 64),
    ),
    gradient_at=(_grams(2, 2, turn=7), _grams(2, 2, turn=5)),
    variants=(
        Variant(
            "missing 4",
            lambda G, A: _squares(G, A) / G.shape[-1] ** 2,
            "Four times too much: the 4 of 4 N^2 is missing. (The TensorFlow tutorial has none.)",
        ),
        Variant(
            "N not squared",
            lambda G, A: _squares(G, A) / (4 * G.shape[-1]),
            "Divided by 4 N: a Gram matrix has N times N numbers, so N enters squared.",
        ),
        Variant(
            "2 for 4",
            lambda G, A: _squares(G, A) / (2 * G.shape[-1] ** 2),
            "Twice too much: 2 N^2 in place of 4 N^2. The square of 2 N has a 4.",
        ),
        Variant(
            "4 N squared",
            lambda G, A: _squares(G, A) / (4 * G.shape[-1]) ** 2,
            "Divided by (4 N)^2, four times too much: the square belongs to N alone.",
        ),
        Variant(
            "N to the fourth",
            lambda G, A: _squares(G, A) / (4 * G.shape[-1] ** 4),
            "N was squared twice: the last axis alone is N, the matrix has N^2 numbers.",
        ),
        Variant(
            "precedence",
            lambda G, A: _squares(G, A) / 4 * G.shape[-1] ** 2,
            "Multiplied by N^2: a / 4 * b is (a / 4) * b. Put the divisor in parentheses.",
        ),
        Variant("not divided", _squares, "The sum of squares is right; 4 N^2 has yet to divide it."),
        Variant(
            "mean",
            lambda G, A: _mean_square(G, A) / (4 * G.shape[-1] ** 2),
            "Divided by the number of entries twice: either a mean, or a sum that you divide.",
        ),
        Variant(
            "mean alone",
            _mean_square,
            "A mean divides by all n N^2 entries: there is no 4 in it, and n is one too much.",
        ),
        Variant(
            "mean over four",
            lambda G, A: _mean_square(G, A) / 4,
            "Right for one picture. A mean divides by the number of pictures, too; the sum runs over all of them.",
        ),
        Variant(
            "batch for N",
            lambda G, A: _squares(G, A) / (4 * G.shape[0] ** 2),
            "The first axis counts pictures. N, the channels, is the last one.",
        ),
        Variant(
            "a Gram matrix of it",
            lambda G, A: _squares(_gram(G), _gram(A)) / (4 * G.shape[-1] ** 2),
            "G and A are Gram matrices already, (n, N, N); nst.gram_matrix takes features, (n, h, w, N).",
        ),
        Variant(
            "whole divisor",
            two_kinds_of_numbers,
            "TensorFlow divides equal kinds only, and tf.shape gives whole numbers: G.shape does not, or tf.cast them.",
        ),
        Variant(
            "^ for **",
            bits_of_floats,
            "In Python ^ works on single bits, of whole numbers only. A power is written **.",
        ),
        Variant(
            "one triangle",
            lambda G, A: (
                _squares(tf.linalg.band_part(G, 0, -1), tf.linalg.band_part(A, 0, -1)) / (4 * G.shape[-1] ** 2)
            ),
            "Each pair of channels is counted once. The sum runs over the whole matrix, so it stands there twice.",
        ),
        Variant(
            "first picture only",
            lambda G, A: style_loss(G[:1], A[:1]),
            "Only the first picture is compared; the sum runs over all of them.",
        ),
        Variant(
            "absolute",
            lambda G, A: tf.reduce_sum(tf.abs(G - A)) / (4 * G.shape[-1] ** 2),
            "Absolute differences were summed; the formula has squares.",
        ),
        Variant(
            "squares subtracted",
            lambda G, A: tf.reduce_sum(G**2 - A**2) / (4 * G.shape[-1] ** 2),
            "G and A were squared each alone, and a loss below zero is possible. Subtract first.",
        ),
        Variant(
            "diagonal only",
            lambda G, A: tf.reduce_sum(tf.linalg.diag_part(G - A) ** 2) / (4 * G.shape[-1] ** 2),
            "Only the diagonal is compared; how two channels fire together is most of the style.",
        ),
        Variant(
            "one for each picture",
            lambda G, A: tf.reduce_sum((G - A) ** 2, axis=[1, 2]) / (4 * G.shape[-1] ** 2),
            "A number for each picture is left: sum over the first axis, too.",
        ),
        Variant("all zeros", lambda G, A: 0 * _squares(G, A), "Always zero: does the style's matrix A take part?"),
        Variant(
            "stop_gradient",
            lambda G, A: style_loss(tf.stop_gradient(G), A),
            "G is cut off from the gradient. A may be a constant; G may not.",
        ),
        Variant(
            "numpy",
            lambda G, A: style_loss(G, A).numpy(),
            "The result left TensorFlow (np.sum, .numpy()): tf.reduce_sum.",
        ),
        Variant(
            "Python float", lambda G, A: float(style_loss(G, A)), "Return the scalar tensor itself, without float()."
        ),
    ),
    hints=(
        "The matrices are given; what is left is a squared distance and a divisor. Where does N stand in the shape "
        "of G?",
        "Compute the numerator first and look at it with the worked example: 16. Then the divisor: also 16.",
        "The numerator is one call of tf.reduce_sum without an axis. The divisor needs the last entry of G's shape, "
        "squared, and parentheses around all of it.",
    ),
    checked=("one number, for 2, 3 and 5 channels", "divided by 4 N^2, whatever n is", "a gradient reaches G"),
)
