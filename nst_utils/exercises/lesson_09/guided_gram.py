"""Lesson 09, guided_gram: the style of a region."""

import numpy as np

from nst_utils.base.tensorflow import tf
from nst_utils.exercises.exercise import Exercise, Variant, tensor
from nst_utils.exercises.refusals import shapes_that_do_not_fit, sides_that_do_not_fit


def _small_integers(*shape: int, seed: int = 0) -> np.ndarray:
    """Whole numbers from -4 to 4 without order, the same each time."""
    return np.random.default_rng(seed).integers(-4, 5, shape).astype(np.float32)


# three pictures, channels of far-apart strengths and a silent one
_APART = _small_integers(3, 5, 2, 4, seed=1) * np.array([1 / 8, 0, 16, 1], np.float32)


def guided_gram(features, mask):
    """The Gram matrix of a region, for each picture of a batch: the mean over the positions, weighted by the mask.

    ``features`` is a tensor (n, h, w, N), ``mask`` a tensor (h, w) with numbers T from 0 (outside) to 1 (inside), the
    same for all pictures. Return a tensor (n, N, N) with G_ij = sum over all positions k of T_k F_ki F_kj, divided by
    the sum of all T_k.

    >>> features = tf.constant([[[[1.0, 2.0], [3.0, 0.0], [2.0, 2.0]]]])  # one picture, 1 x 3 positions, 2 channels
    >>> mask = tf.constant([[1.0, 1.0, 0.0]])  # the last position is outside
    >>> guided_gram(features, mask).numpy().tolist()
    [[[5.0, 1.0], [1.0, 2.0]]]
    """
    weighted = features * mask[None, :, :, None]
    return tf.einsum("nhwi,nhwj->nij", weighted, features) / tf.reduce_sum(mask)


def _sums(features, weights):
    """Products of all channels, summed over the positions with one weight for each."""
    return tf.einsum("hw,nhwi,nhwj->nij", weights, features, features)


def _positions(features):
    return features.shape[1] * features.shape[2]


def _of_positions(features, mask):
    n, h, w, channels = features.shape
    weighted, plain = (tf.reshape(part, [n, h * w, channels]) for part in (features * mask[..., None], features))
    return tf.matmul(weighted, plain, transpose_b=True) / tf.reduce_sum(mask)


def _batch_mixed(features, mask):
    return tf.reduce_mean(guided_gram(features, mask), axis=0, keepdims=True)


def _inside_alone(features, mask):
    """As from tf.boolean_mask: whatever is not black counts in full."""
    inside = tf.cast(mask > 0, features.dtype)
    return _sums(features, inside) / tf.reduce_sum(inside)


GUIDED = Exercise(
    guided_gram,
    tensors=True,
    read=tensor,
    cases=(
        (np.array([[[[1, 2], [3, 0], [2, 2]]]], np.float32), np.array([[1, 1, 0]], np.float32)),
        (np.array([[[[1, 2], [3, 0], [2, 2]]]], np.float32), np.array([[1, 0.5, 0.5]], np.float32)),
        (_small_integers(1, 2, 3, 2), np.array([[0, 0.5, 1], [0.25, 1, 0]], np.float32)),
        (_small_integers(2, 3, 4, 5), np.array([[0, 0, 1, 1], [0, 0.5, 1, 1], [0, 0.25, 0.5, 0.75]], np.float32)),
        (_APART, np.array([[0.125, 0], [0, 0.25], [0, 0.5], [1, 0], [0.25, 0]], np.float32)),
        (_small_integers(3, 1, 4, 3, seed=2), np.array([[0, 0.015625, 0, 0.03125]], np.float32)),
    ),
    gradient_at=(_small_integers(2, 2, 3, 2), np.array([[0, 0.5, 1], [0.25, 1, 0]], np.float32)),
    variants=(
        Variant(
            "mask ignored",
            lambda features, mask: _sums(features, tf.ones_like(mask)) / _positions(features),
            "That is the Gram matrix of the whole picture: the mask takes no part.",
        ),
        Variant(
            "divided by all positions",
            lambda features, mask: _sums(features, mask) / _positions(features),
            "Divided by h w, so that a small region has a faint style. A weighted mean is divided by the sum of its "
            "weights.",
        ),
        Variant("not divided", _sums, "The sum is right, but it grows with the region: it has yet to be divided."),
        Variant(
            "mask counts twice",
            lambda features, mask: _sums(features, mask**2) / tf.reduce_sum(mask),
            "Both factors were multiplied by the mask, so each position counts T squared. One of the two is enough "
            "(or the root of the mask, on both).",
        ),
        Variant(
            "squares of the mask",
            lambda features, mask: _sums(features, mask**2) / tf.reduce_sum(mask**2),
            "A mean with the weights T squared. (Gatys, 2017, has it so, with masks whose squares add up to 1; where "
            "all masks are 0 or 1 it is the same.) Here a position that is half inside counts a half.",
        ),
        Variant(
            "divided by the squares",
            lambda features, mask: _sums(features, mask) / tf.reduce_sum(mask**2),
            "The divisor has squares of the mask, the sum has none.",
        ),
        Variant(
            "counted, not summed",
            lambda features, mask: _sums(features, mask) / tf.math.count_nonzero(mask, dtype=features.dtype),
            "Divided by the number of positions that are not 0. Gray ones are there in part, and count in part.",
        ),
        Variant(
            "all that is not black",
            _inside_alone,
            "Every position above 0 counts in full. That is a hard mask; gray ones count by what they hold.",
        ),
        Variant(
            "more than half",
            lambda features, mask: _inside_alone(features, tf.cast(mask > 0.5, features.dtype)),
            "The mask was rounded to 0 and 1: soft edges are lost.",
        ),
        Variant(
            "divided by the mean",
            lambda features, mask: _sums(features, mask) / tf.reduce_mean(mask),
            "Divided by the mean of the mask; a weighted mean is divided by the sum of its weights.",
        ),
        Variant(
            "divided by the largest",
            lambda features, mask: _sums(features, mask) / tf.reduce_max(mask),
            "Divided by the largest number of the mask; a weighted mean is divided by their sum.",
        ),
        Variant(
            "divided by N, too",
            lambda features, mask: guided_gram(features, mask) / features.shape[-1],
            "Divided by the number of channels, too. It is a mean over positions alone.",
        ),
        Variant(
            "diagonal only",
            lambda features, mask: tf.linalg.diag(tf.linalg.diag_part(guided_gram(features, mask))),
            "Only the diagonal is filled: each channel also meets every other one.",
        ),
        Variant(
            "a little in the divisor",
            lambda features, mask: _sums(features, mask) / (tf.reduce_sum(mask) + 1),
            "The divisor is 1 too large, which a small region feels.",
        ),
        Variant(
            "half precision",
            lambda features, mask: tf.cast(
                guided_gram(tf.cast(features, tf.float16), tf.cast(mask, tf.float16)), tf.float32
            ),
            "The numbers went through float16, which keeps three digits. Stay in float32.",
        ),
        Variant(
            "outside",
            lambda features, mask: guided_gram(features, 1 - mask),
            "That is the style of what lies outside: white says here.",
        ),
        Variant(
            "transposed",
            _of_positions,
            "Positions are compared with positions. Channels are to be compared with channels: N x N.",
        ),
        Variant(
            "mask not broadcast",
            shapes_that_do_not_fit,
            "The shapes do not fit: (h, w) against (n, h, w, N). The mask lacks an axis of length 1 at its end (and "
            "one in front).",
        ),
        Variant(
            "sides that do not fit",
            sides_that_do_not_fit,
            "The sides of the two factors do not fit: one axis of positions for h and w comes first, and one of the "
            "two factors is transposed.",
        ),
        Variant(
            "pictures mixed",
            _batch_mixed,
            "One matrix for all pictures of the batch: each has a style of its own.",
        ),
        Variant(
            "first picture only",
            lambda features, mask: guided_gram(features, mask)[0],
            "One matrix without an axis for the pictures: keep n in front.",
        ),
        Variant(
            "divided by the batch's mask",
            lambda features, mask: guided_gram(features, mask) / len(features),
            "Divided by the number of pictures, too: all share one mask, whose sum is taken once.",
        ),
        Variant(
            "mean taken off",
            lambda features, mask: guided_gram(
                features - tf.einsum("hw,nhwi->ni", mask, features)[:, None, None] / tf.reduce_sum(mask), mask
            ),
            "That is the covariance within the region: a Gram matrix does not subtract the mean.",
        ),
        Variant(
            "all zeros",
            lambda features, mask: 0 * guided_gram(features, mask),
            "Everything is zero: the result was never filled.",
        ),
        Variant(
            "stop_gradient",
            lambda features, mask: guided_gram(tf.stop_gradient(features), mask),
            "The features are cut off from the gradient, so the region would never be painted.",
        ),
        Variant(
            "numpy",
            lambda features, mask: guided_gram(features, mask).numpy(),
            "NumPy ends the gradient: tf.einsum, or tf.matmul, and no .numpy() on the way.",
        ),
    ),
    hints=(
        "A weighted mean: multiply by the weights, add up, divide by the sum of the weights. What is averaged here is "
        "a table of N x N numbers, one table for each position.",
        "Give the mask an axis in front and one at the end; then it can be multiplied with the features. Each product "
        "F_i F_j may get the weight only once, so one of the two factors stays as it is.",
        "tf.einsum takes a text with one letter for each axis; the axes that are missing behind the arrow are summed. "
        "Two factors, one weighted and one not. What remains is a division by one number.",
    ),
    checked=(
        "hard and soft masks",
        "two pictures in a batch stay apart",
        "divided by the sum of the mask",
        "a gradient reaches the features",
    ),
)
