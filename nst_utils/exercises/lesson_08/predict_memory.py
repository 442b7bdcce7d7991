"""Lesson 08, predict_memory: what size costs in memory."""

from nst_utils.exercises.exercise import Exercise, Variant
from nst_utils.exercises.readers import whole_number


def predict_memory(layers, h, w, bytes_each):
    """The bytes that the maps of a network take, all of which are kept for the gradient.

    ``layers`` is a list of pairs (stride, channels), ``h`` and ``w`` are the sides of the picture in pixels. A layer
    has one position every ``stride`` pixels, down and across; what is left over at the end of a side, less than a
    stride, has none. At each position it keeps one number for each channel, and a number takes ``bytes_each`` bytes.
    The picture itself is not counted. Return a whole number.

    >>> predict_memory([(1, 4), (2, 8)], h=6, w=5, bytes_each=2)  # 2 * (6 * 5 * 4 + 3 * 2 * 8)
    336
    """
    return bytes_each * sum((h // stride) * (w // stride) * channels for stride, channels in layers)


def _summed(numbers_of):
    """As the reference, with another count of a layer's numbers."""
    return lambda layers, h, w, bytes_each: bytes_each * sum(numbers_of(h, w, *layer) for layer in layers)


def _strides_multiplied(layers, h, w, bytes_each):
    total, stride = 0, 1
    for own, channels in layers:
        stride *= own
        total += (h // stride) * (w // stride) * channels
    return bytes_each * total


MEMORY = Exercise(
    predict_memory,
    cases=(
        ([(1, 1)], 2, 3, 1),
        ([(1, 2)], 2, 3, 4),
        ([(2, 3)], 4, 6, 2),
        ([(1, 4), (2, 8)], 6, 5, 2),
        ([(2, 5)], 7, 5, 4),
        ([(1, 4), (1, 4), (2, 8), (4, 16)], 12, 9, 4),
        ([(4, 3), (2, 7)], 11, 21, 2),
        ([(8, 3)], 7, 30, 4),
        ([(3, 5), (5, 2), (7, 1)], 23, 16, 4),
        ([(16, 512), (1, 64), (3, 1)], 1001, 47, 2),
    ),
    read=whole_number,
    variants=(
        Variant(
            "full size",
            _summed(lambda h, w, stride, channels: h * w * channels),
            "Every layer is counted at the size of the picture: a stride leaves fewer positions.",
        ),
        Variant(
            "stride once",
            _summed(lambda h, w, stride, channels: h * w // stride * channels),
            "The stride is applied once. It leaves out rows and columns, so it counts on both sides.",
        ),
        Variant(
            "one rounding",
            _summed(lambda h, w, stride, channels: h * w // stride**2 * channels),
            "All pixels are divided by the square of the stride at once. What is left over is lost on each side for "
            "itself: round twice.",
        ),
        Variant(
            "rounded up",
            _summed(lambda h, w, stride, channels: -(-h // stride) * -(-w // stride) * channels),
            "The rest at the end of a side got a position of its own: round down.",
        ),
        Variant(
            "not rounded",
            _summed(lambda h, w, stride, channels: h / stride * (w / stride) * channels),
            "There are broken positions in the sum: divide with //.",
        ),
        Variant(
            "square",
            _summed(lambda h, w, stride, channels: (h // stride) ** 2 * channels),
            "The height is used twice; a picture need not be a square.",
        ),
        Variant(
            "stride on one side",
            _summed(lambda h, w, stride, channels: (h // stride) * w * channels),
            "The stride is applied to the rows alone; it leaves out columns as well.",
        ),
        Variant(
            "stride across only",
            _summed(lambda h, w, stride, channels: h * (w // stride) * channels),
            "The stride is applied to the columns alone; it leaves out rows as well.",
        ),
        Variant(
            "forward and backward",
            lambda layers, h, w, bytes_each: 2 * predict_memory(layers, h, w, bytes_each),
            "Twice too much: the maps are kept once, and the gradient on its way back is not counted.",
        ),
        Variant(
            "a float",
            lambda layers, h, w, bytes_each: float(predict_memory(layers, h, w, bytes_each)),
            "The number is right, its kind is not: bytes are counted. // of whole numbers gives a whole one.",
        ),
        Variant(
            "at least one",
            _summed(lambda h, w, stride, channels: max(1, h // stride) * max(1, w // stride) * channels),
            "Where a side is shorter than the stride one position was kept. There is none: what is left over has none.",
        ),
        Variant(
            "rounded to the nearest",
            _summed(lambda h, w, stride, channels: round(h / stride) * round(w / stride) * channels),
            "The positions were rounded to the nearest whole number: what is left over has none, so round down.",
        ),
        Variant(
            "numbers",
            lambda layers, h, w, bytes_each: predict_memory(layers, h, w, 1),
            "That is how many numbers there are. How many bytes does each take?",
        ),
        Variant(
            "bits",
            lambda layers, h, w, bytes_each: predict_memory(layers, h, w, 8 * bytes_each),
            "Eight times too much: bits for bytes.",
        ),
        Variant(
            "no channels",
            _summed(lambda h, w, stride, channels: (h // stride) * (w // stride)),
            "The positions are counted, but each holds a number for every channel.",
        ),
        Variant(
            "the largest",
            lambda layers, h, w, bytes_each: max(predict_memory([layer], h, w, bytes_each) for layer in layers),
            "That is the largest layer. For the gradient all of them are kept at the same time: add up.",
        ),
        Variant(
            "the last",
            lambda layers, h, w, bytes_each: predict_memory(layers[-1:], h, w, bytes_each),
            "Only the last layer is counted. The gradient goes back through all of them, and each is kept for it.",
        ),
        Variant(
            "the first",
            lambda layers, h, w, bytes_each: predict_memory(layers[:1], h, w, bytes_each),
            "Only the first layer is counted: is there a return inside of the loop?",
        ),
        Variant(
            "with the picture",
            lambda layers, h, w, bytes_each: predict_memory([(1, 3), *layers], h, w, bytes_each),
            "The three channels of the picture are counted as well; asked for are the layers.",
        ),
        Variant(
            "strides multiplied",
            _strides_multiplied,
            "The strides are multiplied from layer to layer. Each stride here is counted in pixels of the picture "
            "already.",
        ),
        Variant(
            "kilobytes",
            lambda layers, h, w, bytes_each: predict_memory(layers, h, w, bytes_each) / 1024,
            "That is in units of 1024 bytes; asked for are bytes.",
        ),
    ),
    hints=(
        "Take one layer first. How many rows of positions does it have, how many columns, how many numbers at each?",
        "A picture of 7 rows has 3 rows of positions at a stride of 2. Integer division does that, once for the rows "
        "and once for the columns.",
        "Loop over the pairs, multiply rows, columns and channels of each, and add. The bytes of a number come last.",
    ),
    checked=(
        "one layer and several, in any order",
        "sides that the stride does not divide, and one it exceeds",
        "bytes, as a whole number",
    ),
)
