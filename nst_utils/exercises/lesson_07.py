"""Lesson 07: whether two pictures share their edges, and whether two groups differ by more than chance."""

import numpy as np

from nst_utils.exercises.exercise import Exercise, Variant

LESSON = "07_which_pictures"


# edge_correlation -------------------------------------------------------------------------------------------------


def edge_correlation(a, b):
    """Whether two gray pictures have their edges in the same places: a number from -1 to 1.

    ``a`` and ``b`` are arrays (h, w) of one shape. At each pixel but those of the last row and the last column, ``gx``
    is the right neighbor minus the pixel and ``gy`` the lower neighbor minus the pixel. The edge strength there is
    the square root of ``gx^2 + gy^2``, so that each picture has (h - 1)(w - 1) of them. Return the Pearson correlation
    of the strengths of ``a`` with those of ``b``, position by position. (`nst_utils.metrics` has the same with colors
    and a smoother gradient.)

    >>> a = np.array([[7, 7, 0], [8, 7, 3], [8, 4, 3]])  # edge strengths 1, 7, 1, 5
    >>> round(float(edge_correlation(a, 20 - 2 * a)), 6)  # the negative, at twice the contrast
    1.0
    """
    strengths = [np.hypot(p[:-1, 1:] - p[:-1, :-1], p[1:, :-1] - p[:-1, :-1]).ravel() for p in (a, b)]
    return np.corrcoef(*strengths)[0, 1]


def _across(p):
    return p[:-1, 1:] - p[:-1, :-1]


def _down(p):
    return p[1:, :-1] - p[:-1, :-1]


def _strength(p):
    return np.hypot(_across(p), _down(p))


def _correlated(of):
    """The correlation of something else than the edge strengths."""

    def correlation(a, b):
        return np.corrcoef(np.ravel(of(a)), np.ravel(of(b)))[0, 1]

    return correlation


def _covariance(a, b, ddof=0):
    return np.cov(_strength(a).ravel(), _strength(b).ravel(), ddof=ddof)[0, 1]


def _cosine(a, b):
    a, b = _strength(a), _strength(b)
    return np.sum(a * b) / np.sqrt(np.sum(a * a) * np.sum(b * b))


def _with_roll(p):
    return np.hypot(np.roll(p, -1, 1) - p, np.roll(p, -1, 0) - p)


def _row_by_row(a, b):
    with np.errstate(invalid="ignore"):  # a row may be all the same
        return np.corrcoef(_strength(a), _strength(b))


def _pictures(a, b) -> tuple[np.ndarray, np.ndarray]:
    return np.array(a, np.float32), np.array(b, np.float32)


_STEPS = [[7, 7, 0], [8, 7, 3], [8, 4, 3]]
EDGES = Exercise(  # in each picture the strengths are whole numbers, and so the correlations are fractions
    edge_correlation,
    cases=(
        _pictures(_STEPS, [[6, 6, 20], [4, 6, 14], [4, 12, 14]]),
        _pictures(_STEPS, [[3, 3, 3], [8, 8, 4], [4, 5, 7]]),
        _pictures([[3, 3, 0, 4], [3, 3, 3, 3], [4, 4, 0, 4]], [[4, 3, 0, 4], [4, 3, 3, 3], [4, 3, 4, 4]]),
        _pictures([[0, 0, 0, 0], [0, 0, 3, 4], [3, 4, 3, 0]], [[0, 4, 0, 0], [3, 4, 4, 0], [3, 4, 4, 3]]),
    ),
    variants=(
        Variant(
            "gray values",
            _correlated(lambda p: p),
            "The gray values themselves were correlated. In a negative they all turn around, but its edges stay.",
        ),
        Variant(
            "across only",
            _correlated(lambda p: np.abs(_across(p))),
            "Only the differences across were used. An edge that runs across is seen by the differences down.",
        ),
        Variant(
            "down only",
            _correlated(lambda p: np.abs(_down(p))),
            "Only the differences down were used. An upright edge is seen by the differences across.",
        ),
        Variant(
            "sign kept",
            _correlated(lambda p: _across(p) + _down(p)),
            "The two differences were added with their signs, so that they cancel, and from dark to light is another "
            "edge than from light to dark.",
        ),
        Variant(
            "sum of absolute values",
            _correlated(lambda p: np.abs(_across(p)) + np.abs(_down(p))),
            "That is the sum of the absolute differences. Differences 3 and 4 make a strength of 5, not 7.",
        ),
        Variant(
            "no root",
            _correlated(lambda p: _strength(p) ** 2),
            "The root is missing: these are squares of strengths, among which a few strong edges decide all.",
        ),
        Variant(
            "not centered",
            _cosine,
            "The means were not taken off. Strengths are never negative, so two pictures always seem to agree.",
        ),
        Variant(
            "covariance",
            _covariance,
            "That is the covariance: it grows with the contrast of either picture. A correlation is never above 1.",
        ),
        Variant(
            "two ways to divide",
            lambda a, b: _covariance(a, b, 1) / (_strength(a).std() * _strength(b).std()),
            "Covariance and deviations are divided by different counts: np.cov by n - 1, np.std by n. Take one of "
            "them for both.",
        ),
        Variant(
            "squared",
            lambda a, b: edge_correlation(a, b) ** 2,
            "That is the square of the correlation. Whether strong meets strong, or strong meets weak, is lost.",
        ),
        Variant(
            "the whole table",
            lambda a, b: np.corrcoef(_strength(a).ravel(), _strength(b).ravel()),
            "np.corrcoef gives a table of each with each. Asked for is one number of it, off the diagonal.",
        ),
        Variant(
            "rows with rows",
            _row_by_row,
            "np.corrcoef took each row of a picture for a variable of its own. Lay the strengths out in one long row "
            "first.",
        ),
        Variant(
            "round the border",
            _correlated(_with_roll),
            "np.roll takes the first column for the neighbor of the last: edges at the border that no picture has. "
            "Leave the last row and column out.",
        ),
        Variant(
            "yes or no",
            _correlated(lambda p: _strength(p) > _strength(p).mean()),
            "Edges were made to yes or no. The correlation is that of their strengths.",
        ),
    ),
    hints=(
        "Two steps: a function that makes edge strengths of one picture, and a correlation of two lists of numbers.",
        "Cut the picture three times with slices: without its last row and column, the same shifted to the right, the "
        "same shifted down. All three have one shape.",
        "np.hypot takes two differences and gives the root of the sum of their squares. np.corrcoef wants flat lists, "
        "and answers with a table of 2 x 2.",
    ),
    checked=("a negative at another contrast", "strong edges that meet weak ones", "pictures that are not square"),
)


# permutation_test -------------------------------------------------------------------------------------------------


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
        "the new groups, and axis=1 takes means row by row. Mind both signs, and the given order.",
    ),
    checked=(
        "groups of unlike sizes",
        "differences in both directions, and equal ones",
        "the given order counted above and below the line",
    ),
)

EXERCISES = (EDGES, PERMUTATION)
