"""Lesson 07, permutation_test: whether two groups differ by more than chance."""

import numpy as np

from nst_utils.exercises.exercise import Exercise, Variant
from nst_utils.exercises.readers import number


def permutation_test(first, second, orders):
    """How often chance alone sets two groups as far apart as they are: a p-value.

    ``first`` and ``second`` are arrays of numbers; together, one after the other, they are n. ``orders`` is an array
    (k, n): each of its rows holds the places 0 to n - 1 in some order. Put in that order, the first ``len(first)`` of
    all numbers are a new first group, the others a new second one. Count the orders in which the two new means differ
    by at least as much as the two given ones, in whichever direction. As given, the groups are one of the possible
    orders as well, so return (1 + count) / (1 + k).

    >>> orders = np.array([[2, 1, 0], [1, 0, 2], [1, 2, 0]])  # new first groups: 2, 4, 4
    >>> float(permutation_test(np.array([8]), np.array([4, 2]), orders))  # none is as far from the others as 8
    0.25
    """
    mixed, count = np.concatenate([first, second])[orders], len(first)
    differences = mixed[:, :count].mean(axis=1) - mixed[:, count:].mean(axis=1)
    reached = np.abs(differences) >= abs(np.mean(first) - np.mean(second))
    return (1 + reached.sum()) / (1 + len(orders))


def _differences(first, second, orders, average=np.mean, count=None):
    """Of the new groups, and of the given ones."""
    mixed, count = np.concatenate([first, second])[orders], count or len(first)
    new = average(mixed[:, :count], axis=1) - average(mixed[:, count:], axis=1)
    return new, average(first, axis=0) - average(second, axis=0)


def _share(reached, more=1):
    return (more + np.sum(reached)) / (more + len(reached))


def _judged(reached, **options):
    """A p-value by another idea of what counts as far apart, or of what is compared."""

    def p_value(first, second, orders):
        return _share(reached(*_differences(first, second, orders, **options)))

    return p_value


def _far(new, given):
    return np.abs(new) >= np.abs(given)


def _in_the_given_direction(first, second, orders):
    new, given = _differences(first, second, orders)
    return _share(new >= given if given >= 0 else new <= given)


def _by_statistic(statistic, size=np.abs):
    """A p-value by another statistic of two groups than the difference of their means."""

    def p_value(first, second, orders):
        mixed, count = np.concatenate([first, second])[orders], len(first)
        with np.errstate(all="ignore"):
            new = np.array([statistic(row[:count], row[count:]) for row in mixed])
            return _share(size(new) >= size(statistic(first, second)))

    return p_value


def _t(first, second, off=0):
    spreads = [np.sum((group - group.mean()) ** 2) / (len(group) - off) / len(group) for group in (first, second)]
    return (first.mean() - second.mean()) / np.sqrt(sum(spreads))


_unbiased_welch = _by_statistic(lambda first, second: _t(first, second, off=1))
_welch, _ratio = _by_statistic(_t), _by_statistic(lambda first, second: first.mean() / second.mean())


def _count_only(first, second, orders):
    return np.sum(_far(*_differences(first, second, orders)))


def _doubled(first, second, orders):
    new, given = _differences(first, second, orders)
    return 2 * min(_share(new >= given), _share(new <= given))


def _swapped_sizes(first, second, orders):
    new, _ = _differences(first, second, orders, count=len(second))
    return _share(_far(new, np.mean(first) - np.mean(second)))


def _values_as_places(first, second, orders):
    """Orders read backwards: the place to which each number goes."""
    return permutation_test(first, second, np.argsort(orders, axis=1))


def _groups(first, second, *orders) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return np.array(first, np.float32), np.array(second, np.float32), np.array(orders)


PERMUTATION = Exercise(  # the sizes of all groups are powers of two: means are exact, and equal where they should be
    permutation_test,
    read=number,
    cases=(
        _groups([8], [4, 2], [2, 1, 0], [1, 0, 2], [1, 2, 0]),
        _groups([2], [9, 5], [0, 1, 2], [1, 0, 2], [2, 0, 1], [2, 1, 0]),
        _groups(
            [5, 9],
            [1, 4],
            [1, 0, 3, 2],
            [0, 2, 1, 3],
            [2, 3, 0, 1],
            [3, 1, 2, 0],
            [3, 0, 2, 1],
            [2, 0, 3, 1],
            [3, 2, 0, 1],
        ),
        _groups(
            [6, 13],
            [0, 10, 7, 8],
            [1, 0, 5, 4, 3, 2],
            [3, 5, 0, 1, 2, 4],
            [0, 2, 1, 3, 4, 5],
            [2, 1, 5, 0, 3, 4],
            [4, 3, 1, 0, 5, 2],
            [5, 0, 3, 2, 4, 1],
            [2, 4, 3, 5, 1, 0],
        ),
        _groups(
            [7, 1, 8, 6],
            [2, 2],
            [4, 5, 0, 1, 2, 3],
            [0, 2, 3, 4, 1, 5],
            [1, 4, 5, 3, 0, 2],
            [3, 2, 0, 5, 4, 1],
            [5, 1, 4, 0, 2, 3],
            [2, 0, 1, 3, 5, 4],
            [1, 0, 3, 4, 5, 2],
        ),
        _groups([0.25], [0.25, 0.25], [1, 0, 2], [2, 0, 1]),  # nothing differs
        _groups(  # a wide group and a narrow one
            [0, 512],
            [8, 8.5, 9, 8],
            [0, 2, 1, 3, 4, 5],
            [2, 3, 0, 1, 4, 5],
            [1, 2, 0, 3, 4, 5],
            [0, 1, 2, 3, 4, 5],
            [5, 1, 3, 2, 0, 4],
            [4, 0, 1, 2, 3, 5],
            [2, 3, 4, 5, 0, 1],
        ),
        _groups([-4, 2], [1, 7], [2, 3, 0, 1], [0, 2, 1, 3], [3, 1, 0, 2], [1, 2, 0, 3], [0, 3, 1, 2]),
        _groups(  # groups whose medians and means tell different tales
            [0, 1, 2, 13],
            [3, 3, 4, 2],
            [0, 1, 2, 3, 4, 5, 6, 7],
            [0, 1, 2, 4, 3, 5, 6, 7],
            [3, 4, 5, 6, 0, 1, 2, 7],
            [1, 2, 3, 6, 0, 4, 5, 7],
            [4, 5, 6, 7, 0, 1, 2, 3],
            [0, 4, 5, 3, 1, 2, 6, 7],
            [0, 2, 4, 6, 1, 3, 5, 7],
            [0, 1, 7, 2, 3, 4, 5, 6],
        ),
        _groups([0.125, 0.375], [1024, 0.25], [2, 0, 1, 3], [0, 3, 1, 2], [3, 1, 2, 0], [1, 0, 3, 2]),
    ),
    variants=(
        Variant(
            "one direction",
            _judged(lambda new, given: new >= given),
            "Only differences in one direction were counted. In whichever direction: compare absolute values.",
        ),
        Variant(
            "the other direction",
            _judged(lambda new, given: new <= given),
            "Only differences below the given one were counted. Far apart is far apart on either side: compare "
            "absolute values.",
        ),
        Variant(
            "the given order forgotten",
            lambda first, second, orders: _share(_far(*_differences(first, second, orders)), more=0),
            "That is count / k: it can be 0, as if chance could never do what it has just done. The given order "
            "counts as well, above and below the line.",
        ),
        Variant(
            "one more above only",
            lambda first, second, orders: (1 + _count_only(first, second, orders)) / len(orders),
            "The given order was counted above the line but not below it.",
        ),
        Variant(
            "farther only",
            _judged(lambda new, given: np.abs(new) > np.abs(given)),
            "Orders that are just as far apart were left out; at least as much includes them.",
        ),
        Variant(
            "nearer",
            _judged(lambda new, given: np.abs(new) < np.abs(given)),
            "The orders that are nearer together were counted; asked for are the others.",
        ),
        Variant(
            "in the data's direction",
            _in_the_given_direction,
            "Only differences in the direction that the data happen to show were counted. Which one it would be was "
            "not known before: count both.",
        ),
        Variant(
            "Welch's t",
            _welch,
            "The differences were divided by their standard errors, as for a t-test. Compare the differences of the "
            "means themselves.",
        ),
        Variant(
            "t of two samples",
            _unbiased_welch,
            "That is a t-test, whose differences are divided by what the groups scatter. Here the difference of the "
            "means itself is compared.",
        ),
        Variant(
            "ratio of the means",
            _ratio,
            "Means were divided by each other; asked for is their difference.",
        ),
        Variant(
            "ratio in one direction",
            _by_statistic(lambda first, second: first.mean() / second.mean(), lambda number: number),
            "Ratios of the means were compared, and in one direction. Subtract the means, and take absolute values.",
        ),
        Variant(
            "logarithms of the ratio",
            _by_statistic(lambda first, second: np.log(first.mean() / second.mean())),
            "Logarithms of the ratio of the means were compared; asked for is the difference of the means.",
        ),
        Variant(
            "squares of the groups",
            _judged(lambda new, given: new**2 >= abs(given)),
            "One side is squared and the other is not: take absolute values of both, or squares of both.",
        ),
        Variant(
            "sums",
            _judged(_far, average=np.sum),
            "Sums were compared. A large group has a large sum; compare means.",
        ),
        Variant(
            "medians",
            _judged(_far, average=np.median),
            "Medians were compared; the task says means.",
        ),
        Variant(
            "count",
            _count_only,
            "That is how many orders; asked for is a share.",
        ),
        Variant(
            "sizes exchanged",
            _swapped_sizes,
            "The new first group has the size of the second. It keeps the size of the first.",
        ),
        Variant(
            "doubled",
            _doubled,
            "One direction was counted and doubled. The two sides need not be alike: count both.",
        ),
        Variant(
            "orders turned around",
            _values_as_places,
            "An order was read as the place to which each number goes. It says which number comes to each place: "
            "numbers[order].",
        ),
        Variant(
            "the difference",
            lambda first, second, orders: abs(np.mean(first) - np.mean(second)),
            "That is the difference of the means. Next: how many orders reach it?",
        ),
    ),
    hints=(
        "If it made no difference to which group a number belongs, any order would be as good as the given one. So: in "
        "how many of them is the difference as large?",
        "Join the groups, and for one order write down the difference of its two means. Then do so for all orders, and "
        "count.",
        "An array can be indexed by a table of places: the answer has a row for each order. Slices of its columns are "
        "the new groups, and axis=1 takes means row by row. Mind both signs, and the given order. (Two means that are "
        "equal on paper may differ in their last digit; the check has none, and 1e-12 of room is enough.)",
    ),
    checked=(
        "groups of unlike sizes",
        "differences in both directions, and equal ones",
        "the given order counted above and below the line",
    ),
)
