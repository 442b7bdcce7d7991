"""Lesson 08, sizes_for_budget: what size costs in time."""

from nst_utils.exercises.exercise import Exercise, Variant


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


def _halved(half, least=64):
    """As the reference, with another idea of a half, or of the smallest size."""

    def chosen(largest, steps, seconds, budget):
        finest = largest
        while finest >= least:
            sizes = [finest]
            while half(sizes[0]) >= least:
                sizes.insert(0, half(sizes[0]))
            if steps * seconds * sum(size**2 for size in sizes) <= budget * 1024**2:
                return sizes
            finest = half(finest)
        return []

    return chosen


def _by_series(largest, steps, seconds, budget):
    while largest >= 64:
        if 4 / 3 * steps * seconds * largest**2 <= budget * 1024**2:
            return _chain(largest)
        largest //= 2
    return []


def _one_try(largest, steps, seconds, budget):
    for finest in (largest, largest // 2):
        if finest >= 64 and steps * seconds * sum(size**2 for size in _chain(finest)) <= budget * 1024**2:
            return _chain(finest)
    return []


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
        (515, 16, 1, 1000),
        (259, 64, 1, 6),
        (301, 8, 0.5, 0.1),
        (65, 1024, 1, 4),
        (63, 1, 1, 1000),
        (128, 0, 1, 0),
        (1023, 0.5, 0.25, 0.03),
        (64, 256, 1, 0.5),
        (256, 64, 2, 10.4),
        (512, 64, 2, 42.499),
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
            "not rounded down",
            _halved(lambda size: size / 2),
            "Half of an odd size is no size: the halves are rounded down, size // 2.",
        ),
        Variant(
            "rounded",
            _halved(lambda size: round(size / 2)),
            "Halves of odd sizes were rounded to the nearest whole number; round down.",
        ),
        Variant(
            "rounded up",
            _halved(lambda size: -(-size // 2)),
            "Halves of odd sizes were rounded up; round down.",
        ),
        Variant(
            "four thirds",
            _by_series,
            "The time of all sizes was taken for 4/3 of that of the finest, which holds for an endless series. This "
            "one ends at 64: add up the sizes that there are.",
        ),
        Variant(
            "whole megapixels",
            _choosing(cost=lambda size: size * size // 1024**2),
            "The megapixels of a size were rounded down, so that all below 1024 cost nothing: divide with /.",
        ),
        Variant(
            "64 left out",
            _halved(lambda size: size // 2, least=65),
            "A size of exactly 64 is left out, at the coarse end and as the finest: at least 64 includes it.",
        ),
        Variant(
            "given up once",
            _one_try,
            "Only the largest size and its half were tried. Go on halving until the time is enough.",
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
