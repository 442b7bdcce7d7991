"""Lesson 03: how far apart two pictures are, in content and in style, how rough one is, and what a weight is worth."""

import numpy as np

from nst_utils.base.tensorflow import tf
from nst_utils.exercises.exercise import Exercise, Variant, tensor
from nst_utils.losses.normalizations import Layer

_LESSON = "03_content_and_style_loss"


def _small_integers(*shape: int, turn: int = 7) -> np.ndarray:
    """Whole numbers from -4 to 4 without order; another ``turn``, other numbers."""
    return (np.arange(np.prod(shape)) * turn % 9 - 4).reshape(shape).astype(np.float32)


def _grams(n: int, channels: int, turn: int) -> np.ndarray:
    """Symmetric matrices of whole numbers."""
    half = _small_integers(n, channels, channels, turn=turn)
    return half + half.transpose(0, 2, 1)


# content_loss -----------------------------------------------------------------------------------------------------


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
    lesson=_LESSON,
    tensors=True,
    read=tensor,
    cases=(
        (np.array([[[[1, 2], [3, 0]]]], np.float32), np.array([[[[1, 0], [0, 0]]]], np.float32)),
        (_small_integers(1, 2, 3, 2), _small_integers(1, 2, 3, 2, turn=5)),
        (_small_integers(2, 3, 4, 5), _small_integers(2, 3, 4, 5, turn=5)),
    ),
    gradient_at=(_small_integers(2, 1, 2, 2), _small_integers(2, 1, 2, 2, turn=5)),
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
            lambda F, P: tf.sqrt(tf.reduce_mean((F - P) ** 2)),
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
            "divided by one picture",
            lambda F, P: F.shape[0] * tf.reduce_mean((F - P) ** 2),
            "Divided by the size of one picture, h w N; the batch has n of them.",
        ),
        Variant(
            "methods of an array",
            lambda F, P: (F - P).mean(),
            "A tensor lacks what NumPy's arrays have behind a dot, such as .mean(). TensorFlow's sums and means are "
            "called tf.reduce_...",
        ),
        Variant("all zeros", lambda F, P: tf.reduce_mean((F - F) ** 2), "It is always zero: is P used at all?"),
        Variant(
            "stop_gradient",
            lambda F, P: tf.reduce_mean((tf.stop_gradient(F) - P) ** 2),
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


# style_loss -------------------------------------------------------------------------------------------------------


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


STYLE = Exercise(
    style_loss,
    lesson=_LESSON,
    tensors=True,
    read=tensor,
    cases=(
        (np.array([[[5, 1], [1, 2]]], np.float32), np.array([[[1, 3], [3, 2]]], np.float32)),
        (_grams(1, 3, turn=7), _grams(1, 3, turn=5)),
        (_grams(2, 5, turn=7), _grams(2, 5, turn=5)),
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
            lambda G, A: tf.reduce_mean((G - A) ** 2) / (4 * G.shape[-1] ** 2),
            "Divided by the number of entries twice: either a mean, or a sum that you divide.",
        ),
        Variant(
            "mean alone",
            lambda G, A: tf.reduce_mean((G - A) ** 2),
            "A mean divides by all n N^2 entries: there is no 4 in it, and n is one too much.",
        ),
        Variant(
            "mean over four",
            lambda G, A: tf.reduce_mean((G - A) ** 2) / 4,
            "Right for one picture. A mean divides by the number of pictures, too; the sum runs over all of them.",
        ),
        Variant(
            "batch for N",
            lambda G, A: _squares(G, A) / (4 * G.shape[0] ** 2),
            "The first axis counts pictures. N, the channels, is the last one.",
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


# total_variation --------------------------------------------------------------------------------------------------


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


def _differences(picture):
    return picture[:, 1:] - picture[:, :-1], picture[:, :, 1:] - picture[:, :, :-1]


def _per_value(picture, of):
    return sum(tf.reduce_sum(of(part)) for part in _differences(picture)) / picture.shape.num_elements()


def _total(values):
    return tf.reduce_sum(tf.abs(values))


TOTAL_VARIATION = Exercise(
    total_variation,
    lesson=_LESSON,
    tensors=True,
    read=tensor,
    cases=(
        (np.array([[[[0, 0, 0], [3, 1, 2]], [[1, 0, 0], [0, 2, 2]]]], np.float32),),
        (_small_integers(1, 2, 4, 3, turn=5),),
        (_small_integers(2, 4, 5, 3, turn=7),),
    ),
    gradient_at=(_small_integers(2, 2, 4, 3, turn=7),),  # no two neighbors are equal
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
            lambda picture: sum(map(_total, _differences(picture))) / tf.size(picture),
            "TensorFlow divides equal kinds only, and tf.size is a whole number: tf.cast(..., tf.float32), or the "
            "numbers of picture.shape.",
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


# convert_weight ---------------------------------------------------------------------------------------------------


def convert_weight(weight, source, target, layer):
    """The style weight of one layer under another convention, so that weight times loss stays the same.

    ``source`` and ``target`` are "gatys" or "tutorial". With S = sum (G - A)^2 of Gram matrices divided by M, the loss
    of a layer is S / (4 N^2) for "gatys" and S / N^2, the mean, for "tutorial". ``layer.channels`` is N.

    >>> from nst_utils.losses.statistics import Layer
    >>> first = Layer(channels=64, positions=65536, pixels=65536, layers=5, energy=1.0)
    >>> convert_weight(1.0, "gatys", "tutorial", first)
    0.25
    """
    divisors = {"gatys": 4 * layer.channels**2, "tutorial": layer.channels**2}
    return weight * divisors[target] / divisors[source]


def _layer(channels: int, positions: int) -> Layer:
    return Layer(channels=channels, positions=positions, pixels=4 * positions, layers=5, energy=1.0)


def _by_factors(gatys, tutorial):
    """As the reference, with other divisors."""

    def convert(weight, source, target, layer):
        divisors = {"gatys": gatys(layer), "tutorial": tutorial(layer)}
        return weight * divisors[target] / divisors[source]

    return convert


CONVERT = Exercise(
    convert_weight,
    lesson=_LESSON,
    cases=(
        (8.0, "gatys", "tutorial", _layer(2, 6)),
        (8.0, "tutorial", "gatys", _layer(2, 6)),
        (3.0, "gatys", "gatys", _layer(4, 12)),
        (3.0, "tutorial", "tutorial", _layer(4, 12)),
        (6.0, "tutorial", "gatys", _layer(8, 20)),
    ),
    variants=(
        Variant(
            "upside down",
            lambda weight, source, target, layer: convert_weight(weight, target, source, layer),
            "Upside down: where the loss is larger, the weight has to be smaller.",
        ),
        Variant(
            "one way only",
            lambda weight, source, target, layer: weight / 4,
            "Always the same factor: back from tutorial to gatys it is the other way round, and to itself it is 1.",
        ),
        Variant(
            "same not handled",
            lambda weight, source, target, layer: weight / 4 if source == "gatys" else weight * 4,
            "Only source is looked at: from a convention to itself the weight stays.",
        ),
        Variant(
            "unchanged",
            lambda weight, source, target, layer: weight,
            "The weight comes back unchanged, though the two losses differ.",
        ),
        Variant(
            "factor of 2",
            _by_factors(lambda layer: 2, lambda layer: 1),
            "A factor of 2 in place of 4: nothing is squared here but N.",
        ),
        Variant(
            "N only once",
            _by_factors(lambda layer: 4 * layer.channels**2, lambda layer: 1),
            "One of the two was not divided by N^2: tutorial's loss is a mean over N^2 numbers.",
        ),
        Variant(
            "N not squared",
            _by_factors(lambda layer: 4 * layer.channels**2, lambda layer: layer.channels),
            "N stands squared in one divisor and not in the other.",
        ),
        Variant(
            "M twice",
            _by_factors(lambda layer: 4 * layer.channels**2 * layer.positions**2, lambda layer: layer.channels**2),
            "M entered once more: both losses take Gram matrices that are divided by M already.",
        ),
        Variant(
            "factor alone",
            lambda weight, source, target, layer: convert_weight(1.0, source, target, layer),
            "That is the factor; the weight has yet to be multiplied with it.",
        ),
    ),
    hints=(
        "What must not change is weight times loss. Write it down for both conventions, with the same S.",
        "weight_1 * S / divisor_1 = weight_2 * S / divisor_2: solve for weight_2. What cancels?",
        "Keep the two divisors in a dictionary under their names; then source and target pick them, and no case is "
        "special.",
    ),
    checked=("from gatys to tutorial and back", "from a convention to itself", "several weights and layers"),
)

EXERCISES = (CONTENT, STYLE, TOTAL_VARIATION, CONVERT)
