"""Lesson 02, gram_matrix: how often two channels fire at the same place."""

import numpy as np

from nst_utils.base.tensorflow import tf
from nst_utils.exercises.exercise import Exercise, Variant, tensor
from nst_utils.exercises.refusals import batches_that_do_not_fit, sides_that_do_not_fit, two_kinds_of_numbers


def _small_integers(*shape: int) -> np.ndarray:
    """Whole numbers from -4 to 4 without order, the same each time."""
    return np.random.default_rng(0).integers(-4, 5, shape).astype(np.float32)


def _channels_apart(*shape: int) -> np.ndarray:
    """Channels of far-apart strengths, below 1 and far above, the second of them silent."""
    values = np.random.default_rng(1).integers(-3, 4, shape).astype(np.float32)
    return values * np.array([1 / 8, 0, 32, 1], np.float32)


def gram_matrix(features):
    """The Gram matrix of each picture of a batch: how often two channels fire at the same place.

    ``features`` is a tensor (n, h, w, N): n pictures, h * w = M positions, N channels. Return a tensor (n, N, N) with
    G_ij = sum over all positions k of F_ki F_kj, divided by M.

    >>> features = tf.constant([[[[1.0, 2.0], [3.0, 0.0]]]])  # one picture, 1 x 2 positions, 2 channels
    >>> gram_matrix(features).numpy().tolist()
    [[[5.0, 1.0], [1.0, 2.0]]]
    """
    n, h, w, channels = features.shape
    rows = tf.reshape(features, [n, h * w, channels])
    return tf.matmul(rows, rows, transpose_a=True) / (h * w)


def _sums(features):
    return tf.einsum("nhwi,nhwj->nij", features, features)


def _of_positions(features):
    n, h, w, channels = features.shape
    rows = tf.reshape(features, [n, h * w, channels])
    return tf.matmul(rows, rows, transpose_b=True) / (h * w)


def _neither_transposed(features):
    n, h, w, channels = features.shape
    if h * w != channels:
        return sides_that_do_not_fit()
    rows = tf.reshape(features, [n, h * w, channels])
    return tf.matmul(rows, rows) / (h * w)


def _reshaped_only(features):
    n, h, w, channels = features.shape
    rows = tf.reshape(features, [n, channels, h * w])
    return tf.matmul(rows, rows, transpose_b=True) / (h * w)


def _batch_mixed(features):
    n, h, w, channels = features.shape
    rows = tf.reshape(features, [n * h * w, channels])
    return tf.matmul(rows, rows, transpose_a=True)[None] / (n * h * w)


GRAM = Exercise(
    gram_matrix,
    tensors=True,
    read=tensor,
    cases=(
        (np.array([[[[1, 2], [3, 0]]]], np.float32),),
        (_small_integers(1, 2, 3, 2),),
        (_small_integers(2, 3, 4, 5),),
        (_channels_apart(3, 5, 2, 4),),
    ),
    gradient_at=(_small_integers(2, 1, 3, 2),),
    variants=(
        Variant(
            "transposed",
            _of_positions,
            "Positions are compared with positions. Compare channels with channels: the other factor is transposed.",
        ),
        Variant("not normalized", _sums, "The sum is right, but not divided by the number of positions."),
        Variant(
            "divided by M squared",
            lambda features: _sums(features) / (features.shape[1] * features.shape[2]) ** 2,
            "Divided by (h w)^2: a mean over positions divides by h w once.",
        ),
        Variant(
            "divided by h squared",
            lambda features: _sums(features) / features.shape[1] ** 2,
            "Divided by h^2, as if every picture were square: h and w differ here.",
        ),
        Variant(
            "divided by the width",
            lambda features: _sums(features) / features.shape[2],
            "Divided by one side of the picture only: M counts the positions of all rows.",
        ),
        Variant(
            "divided by N M",
            lambda features: gram_matrix(features) / features.shape[-1],
            "Divided by the number of channels, too. Some programs do; here it is positions alone.",
        ),
        Variant(
            "one row only",
            lambda features: gram_matrix(features[:, :1]),
            "Only the first row of positions is used: the sum runs over h as well as w.",
        ),
        Variant(
            "first picture only",
            lambda features: gram_matrix(features)[0],
            "One matrix for the whole batch: keep the first axis, a matrix for each picture.",
        ),
        Variant(
            "pictures mixed",
            _batch_mixed,
            "The pictures of the batch are thrown together: keep n apart when you flatten h and w.",
        ),
        Variant(
            "one matrix of all rows",
            lambda features: _batch_mixed(features)[0],
            "One matrix of (N, N) for all pictures, as when n, h and w go into one axis. Each picture has one: keep n.",
        ),
        Variant(
            "one matrix, divided by h w",
            lambda features: _batch_mixed(features)[0] * len(features),
            "One matrix of (N, N), the sum of those of all pictures: keep n apart when you flatten h and w.",
        ),
        Variant(
            "whole divisor",
            two_kinds_of_numbers,
            "TensorFlow divides equal kinds only, and tf.shape gives whole numbers: tf.cast them to float32, or take "
            "the numbers of features.shape.",
        ),
        Variant(
            "divided by M - 1",
            lambda features: _sums(features) / (features.shape[1] * features.shape[2] - 1),
            "Divided by M - 1, as an unbiased covariance is. A mean over positions divides by M.",
        ),
        Variant(
            "half precision",
            lambda features: tf.cast(gram_matrix(tf.cast(features, tf.float16)), tf.float32),
            "The numbers went through float16, which keeps three digits. Stay in float32.",
        ),
        Variant(
            "reshaped, not moved",
            _reshaped_only,
            "A reshape to (N, M) tears pixels apart, for channels come last. Reshape to (M, N) first.",
        ),
        Variant(
            "methods of an array",
            lambda features: features.reshape(len(features), -1, features.shape[-1]),
            "A tensor lacks what NumPy's arrays have behind a dot, .reshape or .T: tf.reshape and others do it.",
        ),
        Variant(
            "all axes turned",
            lambda features: sides_that_do_not_fit() if len(features) == 1 else batches_that_do_not_fit(),
            "The shapes do not fit: tf.transpose alone turns all axes around, that of the batch, too.",
        ),
        Variant(
            "neither transposed",
            _neither_transposed,
            "A table of M x N times another of M x N: the sides that meet do not fit, or fit by chance. One of the two "
            "factors has to be transposed.",
        ),
        Variant(
            "a list",
            lambda features: list(gram_matrix(features)),
            "A list of tensors is no tensor yet: tf.stack makes one of it.",
        ),
        Variant(
            "divided by N",
            lambda features: _sums(features) / features.shape[-1],
            "Divided by the number of channels. It is a mean over positions.",
        ),
        Variant(
            "mean taken off",
            lambda features: gram_matrix(features - tf.reduce_mean(features, [1, 2], keepdims=True)),
            "That is the covariance: a Gram matrix does not subtract the mean.",
        ),
        Variant(
            "element by element",
            lambda features: tf.linalg.diag(tf.reduce_mean(features**2, [1, 2])),
            "Only the diagonal is filled: each channel also meets every other one.",
        ),
        Variant(
            "all zeros", lambda features: 0 * gram_matrix(features), "Everything is zero: the result was never filled."
        ),
        Variant(
            "stop_gradient",
            lambda features: gram_matrix(tf.stop_gradient(features)),
            "Something holds the gradient back: no stop_gradient, and no tf.constant made from the features.",
        ),
        Variant(
            "numpy",
            lambda features: gram_matrix(features).numpy(),
            "NumPy is outside the network: use tf.matmul or tf.einsum, and no .numpy() on the way.",
        ),
    ),
    hints=(
        "Look at one place of the picture: it has N numbers, one a channel. Multiply each of them with each: a "
        "table of N x N. The Gram matrix is the mean of these tables over all places.",
        "Flatten h and w to one axis of M positions first: (n, M, N). Then a single product of matrices does the sum. "
        "Which of its two factors has to be transposed, so that N x N remains?",
        "tf.matmul can transpose one factor for you (transpose_a, transpose_b) and treats the first axis as a "
        "batch. M is h * w. What remains is one division.",
    ),
    checked=(
        "1 x 2, 2 x 3 and 3 x 4 positions, 2 and 5 channels",
        "two pictures in a batch stay apart",
        "divided by the number of positions",
        "a gradient reaches the features",
    ),
)
