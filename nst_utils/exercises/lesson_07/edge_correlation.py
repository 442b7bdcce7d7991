"""Lesson 07, edge_correlation: whether two pictures share their edges."""

import numpy as np

from nst_utils.exercises.exercise import Exercise, Variant
from nst_utils.exercises.readers import number


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


def _differences_of_two_shapes(a, b):
    return _correlated(lambda p: np.hypot(np.diff(p, axis=0), np.diff(p, axis=1)))(a, b)


def _of_ranks(a, b):
    return np.corrcoef(*(np.unique(_strength(p), return_inverse=True)[1].ravel() for p in (a, b)))[0, 1]


def _row_by_row(a, b):
    with np.errstate(invalid="ignore"):  # a row may be all the same
        return np.corrcoef(_strength(a), _strength(b))


def _pictures(a, b) -> tuple[np.ndarray, np.ndarray]:
    return np.array(a, np.float32), np.array(b, np.float32)


def _grays(h: int, w: int, turn: int) -> np.ndarray:
    """Whole numbers from 0 to 15 without order."""
    return ((np.arange(h * w) ** 2 * turn + 3 * np.arange(h * w)) % 16).reshape(h, w).astype(np.float32)


def _half_flat(picture: np.ndarray) -> np.ndarray:
    """A picture whose left side has no edges."""
    flat = picture.copy()
    flat[:, : picture.shape[1] // 2] = 2
    return flat


_STEPS = [[7, 7, 0], [8, 7, 3], [8, 4, 3]]
EDGES = Exercise(  # in each picture the strengths are whole numbers, and so the correlations are fractions
    edge_correlation,
    cases=(
        _pictures(_STEPS, [[6, 6, 20], [4, 6, 14], [4, 12, 14]]),
        _pictures(_STEPS, [[3, 3, 3], [8, 8, 4], [4, 5, 7]]),
        _pictures([[3, 3, 0, 4], [3, 3, 3, 3], [4, 4, 0, 4]], [[4, 3, 0, 4], [4, 3, 3, 3], [4, 3, 4, 4]]),
        _pictures([[0, 0, 0, 0], [0, 0, 3, 4], [3, 4, 3, 0]], [[0, 4, 0, 0], [3, 4, 4, 0], [3, 4, 4, 3]]),
        (_grays(7, 4, 3) / 16, _grays(7, 4, 5) / 16),
        (_grays(3, 9, 5) / 512, _grays(3, 9, 3) * 64),
        (_half_flat(_grays(5, 6, 3)), _half_flat(_grays(5, 6, 5) / 64)),
    ),
    read=number,
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
            "the larger one",
            _correlated(lambda p: np.maximum(np.abs(_across(p)), np.abs(_down(p)))),
            "That is the larger of the two differences. Differences 3 and 4 make a strength of 5, not 4.",
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
            "np.gradient",
            _correlated(lambda p: np.hypot(*np.gradient(p))),
            "np.gradient takes the neighbors on both sides, and keeps the shape. Here each pixel is compared with its "
            "right and with its lower neighbor alone.",
        ),
        Variant(
            "two rows of one picture",
            lambda a, b: _row_by_row(a, b)[0, 1],
            "np.corrcoef took each row for a variable of its own, so that the number [0, 1] compares two rows of the "
            "first picture. Lay the strengths out in one long row first.",
        ),
        Variant(
            "last ones of np.diff",
            _correlated(lambda p: np.hypot(np.diff(p, axis=0)[:, 1:], np.diff(p, axis=1)[1:])),
            "The two differences belong to two different pixels. np.diff leaves out the last row or column: cut the "
            "other one off at the end, not at the beginning.",
        ),
        Variant(
            "one of np.diff shifted",
            _correlated(lambda p: np.hypot(np.diff(p, axis=0)[:, 1:], np.diff(p, axis=1)[:-1])),
            "The differences down are those of the pixel beside: leave out their last column, not the first.",
        ),
        Variant(
            "other of np.diff shifted",
            _correlated(lambda p: np.hypot(np.diff(p, axis=0)[:, :-1], np.diff(p, axis=1)[1:])),
            "The differences across are those of the pixel below: leave out their last row, not the first.",
        ),
        Variant(
            "shapes of np.diff",
            _differences_of_two_shapes,
            "The shapes do not fit: the differences across have one column fewer, those down one row fewer. Leave out "
            "the last row of the one and the last column of the other.",
        ),
        Variant(
            "a distance",
            lambda a, b: 1 - edge_correlation(a, b),
            "That is 1 minus the correlation, a distance: two equal pictures are to give 1.",
        ),
        Variant(
            "ranks",
            _of_ranks,
            "The ranks of the strengths were correlated (Spearman); Pearson's correlation takes the strengths.",
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
