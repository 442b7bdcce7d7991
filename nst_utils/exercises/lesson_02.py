"""Lesson 02: Gram matrices, what they keep and what they forget."""

import numpy as np

from nst_utils.base.tensorflow import tf
from nst_utils.exercises.exercise import Exercise, Misfit, Variant, numbers, tensor


def _small_integers(*shape: int) -> np.ndarray:
    """Whole numbers from -4 to 4 without order, the same each time."""
    return np.random.default_rng(0).integers(-4, 5, shape).astype(np.float32)


def _all_different(*shape: int) -> np.ndarray:
    return np.arange(np.prod(shape), dtype=np.float32).reshape(shape)


# One picture of 3 x 4 positions. Channel 0 fires with 2 on light columns, channel 1 with 1 right of an edge.
STRIPES = np.tile(np.array([[2, 0], [0, 1], [2, 1], [0, 1]], np.float32), (1, 3, 1, 1))


# gram_matrix ------------------------------------------------------------------------------------------------------


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


def _reshaped_only(features):
    n, h, w, channels = features.shape
    rows = tf.reshape(features, [n, channels, h * w])
    return tf.matmul(rows, rows, transpose_b=True) / (h * w)


def _all_axes_turned(features):
    """What TensorFlow says to tf.transpose(rows) @ rows, without the line that it writes to stderr."""
    raise tf.errors.InvalidArgumentError(None, None, f"Matrix size-incompatible: {features.shape}")


def _batch_mixed(features):
    n, h, w, channels = features.shape
    rows = tf.reshape(features, [n * h * w, channels])
    return tf.matmul(rows, rows, transpose_a=True)[None] / (n * h * w)


GRAM = Exercise(
    gram_matrix,
    lesson="02_gram_matrices",
    tensors=True,
    read=tensor,
    cases=(
        (np.array([[[[1, 2], [3, 0]]]], np.float32),),
        (_small_integers(1, 2, 3, 2),),
        (_small_integers(2, 3, 4, 5),),
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
            _all_axes_turned,
            "The shapes do not fit: tf.transpose alone turns all axes around, that of the batch, too.",
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


# shuffled ---------------------------------------------------------------------------------------------------------


def shuffled(features, seed):
    """The same features with their positions in random order: each place's N numbers stay together.

    ``features`` is an array (n, h, w, N), ``seed`` a whole number. Return an array of the same shape. Equal seeds give
    equal orders, different seeds different ones; no position leaves its picture. Leave ``features`` itself as it is.

    >>> features = np.array([[[[1, 2], [3, 4], [5, 6]]]])  # one picture, 1 x 3 positions, 2 channels
    >>> sorted(shuffled(features, seed=0)[0, 0].tolist())  # in order again, they are the same
    [[1, 2], [3, 4], [5, 6]]
    """
    n, h, w, channels = features.shape
    order = np.random.default_rng(seed).permutation(h * w)
    return features.reshape(n, h * w, channels)[:, order].reshape(n, h, w, channels)


def _in_order(vectors: np.ndarray, length: int) -> list:
    """Rows of that length, sorted."""
    return sorted(vectors.reshape(-1, length).tolist())


def _row_by_row(picture: np.ndarray) -> list:
    """What stands in each row, whatever the order of the rows and in them."""
    return sorted(_in_order(row, picture.shape[-1]) for row in picture)


def _shuffling(answer, function, features, seed) -> np.ndarray:
    """Any random order is right, so the laws are checked one by one."""
    found, original = numbers(answer), numbers(features)
    n, _, w, channels = original.shape
    if found.shape != original.shape:
        raise Misfit("shape", f"The answer has shape {found.shape}; expected is {original.shape}.")
    vectors = [[_in_order(picture, channels) for picture in batch] for batch in (found, original)]
    if vectors[0] != vectors[1]:
        _explain_lost_vectors(found, original)
    if np.array_equal(found, original):
        raise Misfit("nothing moved", "Every position is where it was.")
    if all(_in_order(found[k], w * channels) == _in_order(original[k], w * channels) for k in range(n)):
        raise Misfit("whole rows", "Whole rows of the picture have moved; inside a row all is as it was.")
    if all(
        _in_order(found[k, row], channels) == _in_order(original[k, row], channels)
        for k, row in np.ndindex(original.shape[:2])
    ):
        raise Misfit("inside rows", "No position has left its row.")
    if n > 1 and all(_row_by_row(found[k]) == _row_by_row(original[k]) for k in range(n)):  # fewer may meet by chance
        raise Misfit("rows together", "What stood in one row still stands in one row.")
    if not np.array_equal(numbers(function(features, seed)), found):
        raise Misfit("unsteady", "Two calls with the same seed give two orders.")
    if np.array_equal(numbers(function(features, seed + 1)), found):
        raise Misfit("seed", "Two seeds give the same order.")
    return np.zeros(())


def _explain_lost_vectors(found: np.ndarray, original: np.ndarray) -> None:
    channels = original.shape[-1]
    if _in_order(found, 1) != _in_order(original, 1):
        raise Misfit("values", "Some numbers of the input are missing in the answer.")
    if _in_order(found, channels) == _in_order(original, channels):
        raise Misfit("pictures", "Positions have moved from one picture of the batch to another.")
    if all(_in_order(found[..., c], 1) == _in_order(original[..., c], 1) for c in range(channels)):
        raise Misfit("channels apart", "The numbers of a place are no longer together.")
    if all(
        sorted(a) == sorted(b) for a, b in zip(found.reshape(-1, channels), original.reshape(-1, channels), strict=True)
    ):
        raise Misfit(
            "channels", f"The {channels} numbers of a place have changed their order; the places have not moved."
        )
    raise Misfit("everything", "The numbers of pictures, places and channels are all mixed.")


def _row_order(features, seed):
    return np.random.default_rng(seed).permutation(features, axis=1)


def _rows_then_columns(features, seed):
    rng = np.random.default_rng(seed + 3)  # a seed that leaves neither as it is
    return rng.permutation(rng.permutation(features, axis=1), axis=2)


def _each_channel_alone(features, seed):
    n, h, w, channels = features.shape
    rows = features.reshape(n, h * w, channels)
    return np.random.default_rng(seed).permuted(rows, axis=1).reshape(features.shape)


def _in_place(features, seed):
    for picture in features:
        np.random.default_rng(seed).shuffle(picture.reshape(-1, picture.shape[-1]))
    return features


SHUFFLED = Exercise(
    shuffled,
    lesson="02_gram_matrices",
    read=_shuffling,
    wanted="the same positions in random order, each with its own numbers",
    # Not smaller: among 12 positions a right answer moves none, or keeps the rows, once in 10^7 seeds
    cases=((_all_different(1, 3, 4, 2), 0), (_all_different(2, 4, 5, 3), 1)),
    variants=(
        Variant(
            "whole rows",
            _row_order,
            "permutation(x, axis=1) moves rows of the picture. Flatten h and w to one axis of positions first.",
        ),
        Variant(
            "inside rows",
            lambda features, seed: np.random.default_rng(seed).permutation(features, axis=2),
            "Only columns are exchanged. All h * w positions are to be mixed: make one axis of h and w.",
        ),
        Variant(
            "rows, then columns",
            _rows_then_columns,
            "Rows and columns were mixed one after the other, so neighbors stay in line. Make one axis of h and w.",
        ),
        Variant(
            "each channel alone",
            _each_channel_alone,
            "Each channel got an order of its own. One order for all: then what fires together stays together.",
        ),
        Variant(
            "channels exchanged",
            lambda features, seed: np.random.default_rng(seed).permuted(features, axis=3),
            "The last axis was shuffled. That one holds the channels; positions are the two before it.",
        ),
        Variant(
            "everything mixed",
            lambda features, seed: np.random.default_rng(seed).permuted(features, axis=None),
            "A flat shuffle mixes channels with positions. Reshape to (n, h * w, N), not to one long row.",
        ),
        Variant(
            "nothing moved",
            lambda features, seed: features.copy(),
            "permutation(x) mixes the first axis, the pictures, and a single one has nowhere to go. Or the shuffled "
            "copy was thrown away.",
        ),
        Variant(
            "seed ignored",
            lambda features, seed: shuffled(features, 0),
            "The argument seed is not used: give it to np.random.default_rng.",
        ),
        Variant(
            "no seed",
            lambda features, seed: shuffled(features, None),
            "A generator without a seed starts somewhere else each time; np.random.default_rng takes one.",
        ),
        Variant(
            "in place",
            _in_place,
            "shuffle works in place, so the caller's features are gone. permutation returns a new array.",
        ),
        Variant(
            "noise",
            lambda features, seed: np.zeros_like(features),
            "Move the numbers that are there; make no new ones.",
        ),
    ),
    hints=(
        "What the Gram matrix sums over are positions, each with its N numbers. A sum does not care about order. So "
        "what may be moved, and what has to stay together?",
        "Make one axis of h and w: (n, h * w, N). Draw one random order of h * w numbers from a generator with the "
        "seed.",
        "An array can be indexed with an order along its second axis. After that, one reshape brings h and w back.",
    ),
    checked=(
        "the numbers of each place stay together",
        "positions move across rows and columns, and stay in their picture: the Gram matrix is the same",
        "equal seeds, equal orders; other seeds, other orders",
        "the input is left as it was",
    ),
)


# gram_of_pattern --------------------------------------------------------------------------------------------------


def gram_of_pattern():
    """The 2 x 2 Gram matrix of these stripes, by hand: a list of two rows of two numbers.

    The picture has 3 rows and 4 columns: light, dark, light, dark. Channel 0 fires with 2 on light columns and with 0
    on dark ones. Channel 1 looks for edges: it fires with 1 on the second, third and fourth column, with 0 on the
    first.

        channel 0   2 0 2 0      channel 1   0 1 1 1
                    2 0 2 0                  0 1 1 1
                    2 0 2 0                  0 1 1 1

    Divide by the number of positions. A worked example: with channel 0 alone on only the first two columns (M = 6), the
    matrix has one number, 3 * 2 * 2 / 6 = 2.
    """
    rows = STRIPES.reshape(-1, 2)
    return (rows.T @ rows / len(rows)).tolist()


def _by_hand(changed) -> object:
    return lambda: changed(np.array(gram_of_pattern()))


PATTERN = Exercise(
    gram_of_pattern,
    lesson="02_gram_matrices",
    wanted="two rows of two numbers",
    variants=(
        Variant(
            "not divided", _by_hand(lambda g: 12 * g), "These are the sums. Divide them by the number of positions."
        ),
        Variant(
            "divided by the columns",
            _by_hand(lambda g: 3 * g),
            "Divided by 4, the columns. Positions are rows times columns.",
        ),
        Variant(
            "one row",
            _by_hand(lambda g: 4 * g),
            "Divided by 3, the rows, or summed over a single row: all positions count, above and below.",
        ),
        Variant(
            "not squared",
            _by_hand(lambda g: g - [[1, 0], [0, 0]]),
            "The first number is the mean of channel 0. A channel meets itself: its values are squared.",
        ),
        Variant(
            "nothing together",
            _by_hand(lambda g: g * np.eye(2)),
            "The channels do meet: find the column where both fire.",
        ),
        Variant(
            "exchanged",
            _by_hand(lambda g: g[::-1, ::-1]),
            "The two channels are exchanged: row and column 0 belong to channel 0.",
        ),
        Variant(
            "half a matrix",
            _by_hand(np.triu),
            "Below the diagonal stands what stands above it: i meets j as often as j meets i.",
        ),
        Variant(
            "only firing counted", _by_hand(lambda g: g / [[4, 2], [2, 1]]), "A light column fires with 2, not with 1."
        ),
    ),
    hints=(
        "Three numbers are enough: channel 0 with itself, channel 1 with itself, and the two with each other.",
        "For each pair, multiply the two grids place by place and add up all 12 products.",
        "One row of the picture gives 2*2 + 2*2 for channel 0 with itself; there are three such rows and 12 "
        "positions. The other two numbers go the same way.",
    ),
    checked=(
        "both diagonal numbers",
        "the number off the diagonal, and that it stands on both sides",
        "divided by M = 12",
    ),
)

EXERCISES = (GRAM, SHUFFLED, PATTERN)
