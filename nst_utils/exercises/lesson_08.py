"""Lesson 08: what size costs, in memory and in time."""

from nst_utils.exercises.exercise import Exercise, Variant

LESSON = "08_resolution"


# predict_memory ---------------------------------------------------------------------------------------------------


def predict_memory(layers, h, w, bytes_each):
    """The bytes that the maps of a network take, all of which are kept for the gradient.

    ``layers`` is a list of pairs (stride, channels), ``h`` and ``w`` are the sides of the picture in pixels. A layer
    has one position every ``stride`` pixels, down and across; what is left over at the end of a side, less than a
    stride, has none. At each position it keeps one number for each channel, and a number takes ``bytes_each`` bytes.
    The picture itself is not counted.

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
    ),
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


# sizes_for_budget -------------------------------------------------------------------------------------------------


def sizes_for_budget(largest, steps, seconds, budget):
    """The sizes of the largest coarse-to-fine run of a square picture that the time allows, from coarse to fine.

    A run with the finest size f paints at f, at f // 2, at half of that, rounded down again, and so on, as long as a
    size is at least 64; at each of them it takes ``steps`` steps. A step at size s takes ``seconds`` for every
    megapixel, s * s / 1024**2 of them. Try f = ``largest``. If the whole run would take more than ``budget`` seconds,
    try f = largest // 2, and so on; exactly the budget is fine. If not even one size of at least 64 fits, return [].

    >>> sizes_for_budget(largest=512, steps=64, seconds=2, budget=50)  # 32 s at 512, 8 at 256, 2 at 128, 0.5 at 64
    [64, 128, 256, 512]
    >>> sizes_for_budget(largest=512, steps=64, seconds=2, budget=42)  # 42.5 would be needed
    [64, 128, 256]
    """
    finest = largest
    while finest >= 64:
        sizes = _chain(finest)
        if steps * seconds * sum(size * size for size in sizes) <= budget * 1024**2:
            return sizes
        finest //= 2
    return []


def _chain(finest: int, least: int = 64) -> list[int]:
    """The sizes of a run, from coarse to fine."""
    sizes = [finest]
    while sizes[0] // 2 >= least:
        sizes.insert(0, sizes[0] // 2)
    return sizes


def _choosing(cost=lambda size: size**2 / 1024**2, counted=lambda sizes: sizes, chain=_chain, fits=lambda a, b: a <= b):
    """As the reference, with one part exchanged."""

    def chosen(largest, steps, seconds, budget):
        finest = largest
        while finest >= 64:
            sizes = chain(finest)
            if fits(steps * seconds * sum(map(cost, counted(sizes))), budget):
                return sizes
            finest //= 2
        return []

    return chosen


def _shared_steps(largest, steps, seconds, budget):
    finest = largest
    while finest >= 64:
        sizes = _chain(finest)
        if steps / len(sizes) * seconds * sum(size**2 for size in sizes) <= budget * 1024**2:
            return sizes
        finest //= 2
    return []


def _coarse_dropped(largest, steps, seconds, budget):
    sizes = _chain(largest)
    while sizes and steps * seconds * sum(size**2 for size in sizes) > budget * 1024**2:
        sizes.pop(0)
    return sizes


def _from_64(largest, steps, seconds, budget):
    sizes, spent, size = [], 0, 64
    while size <= largest and spent + steps * seconds * size**2 <= budget * 1024**2:
        spent += steps * seconds * size**2
        sizes.append(size)
        size *= 2
    return sizes


BUDGET = Exercise(
    sizes_for_budget,
    cases=(
        (64, 256, 1, 1),
        (64, 256, 1, 3),
        (128, 64, 4, 4),
        (128, 64, 4, 5),
        (512, 64, 2, 50),
        (512, 64, 2, 42),
        (300, 10, 3, 1000),
        (300, 10, 3, 2),
        (1024, 100, 1, 133),
        (1024, 100, 1, 134),
        (256, 100, 8, 1),
        (126, 64, 1, 10),
        (2048, 100, 1, 600),
        (2048, 3, 100, 50),
        (150, 1000, 1, 26),
    ),
    variants=(
        Variant(
            "fine to coarse",
            lambda *given: sizes_for_budget(*given)[::-1],
            "The sizes are right, their order is not: a run begins with the coarse one.",
        ),
        Variant(
            "finest alone",
            lambda *given: sizes_for_budget(*given)[-1:],
            "That is the finest size. The run also paints at the coarser ones: return them all.",
        ),
        Variant(
            "number",
            lambda *given: max(sizes_for_budget(*given), default=0),
            "One number, the finest size; asked for is the list of all sizes of the run.",
        ),
        Variant(
            "coarse ones for nothing",
            _choosing(counted=lambda sizes: sizes[-1:]),
            "Only the steps at the finest size are paid for; those at the coarser sizes take time as well.",
        ),
        Variant(
            "by side",
            _choosing(cost=lambda size: size / 1024),
            "The time grows with the side there. It grows with the pixels: twice the side takes four times as long.",
        ),
        Variant(
            "million pixels",
            _choosing(cost=lambda size: size**2 / 1e6),
            "A megapixel is taken as a million pixels; here it is that of 1024 times 1024.",
        ),
        Variant(
            "less than the budget",
            _choosing(fits=lambda needed, budget: needed < budget),
            "A run that takes exactly the budget is refused; it fits.",
        ),
        Variant(
            "above 64",
            _choosing(chain=lambda finest: _chain(finest, 65)),
            "The halving stops above 64; a size of 64 is still allowed.",
        ),
        Variant(
            "below 64",
            _choosing(chain=lambda finest: _chain(finest, 32)),
            "There are sizes below 64: look at the half before you take it.",
        ),
        Variant(
            "one step",
            lambda largest, steps, seconds, budget: sizes_for_budget(largest, 1, seconds, budget),
            "That is the time of one step at each size. How many are taken?",
        ),
        Variant(
            "steps shared out",
            _shared_steps,
            "The steps are shared out among the sizes; here each size gets all of them.",
        ),
        Variant(
            "coarse ones dropped",
            _coarse_dropped,
            "To save time the coarse sizes were left out. They cost next to nothing, and they bring the large strokes: "
            "give up the finest.",
        ),
        Variant(
            "doubled from 64",
            _from_64,
            "These are doubled from 64 on. Halve from the largest size on, so that the run can end there.",
        ),
        Variant(
            "64 whatever it takes",
            lambda *given: sizes_for_budget(*given) or [64],
            "Even a size of 64 takes too long there, so the list has to be empty.",
        ),
        Variant(
            "without looking at the budget",
            lambda largest, steps, seconds, budget: _chain(largest),
            "These are all sizes of the largest run, whatever it takes: compare its time with the budget.",
        ),
    ),
    hints=(
        "Two questions, one inside of the other: which sizes does a run with this finest size have, and how long does "
        "it take in all?",
        "Write the halving first, with the budget left aside. Then put a loop around it that halves the finest size "
        "until the time is enough.",
        "The time is the product of steps, seconds and the sum of all squares, in units of 1024 by 1024 pixels. At or "
        "below the budget: return the sizes at once. When the finest size falls below 64: the empty list.",
    ),
    checked=(
        "sizes that are no power of two",
        "a budget that is met exactly, and one just missed",
        "budgets for everything and for nothing",
    ),
)

EXERCISES = (MEMORY, BUDGET)
