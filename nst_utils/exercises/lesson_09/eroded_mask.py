"""Lesson 09, eroded_mask: a region without the positions that see beyond its edge."""

import numpy as np
from scipy import ndimage

from nst_utils.exercises.exercise import Exercise, Variant


def eroded_mask(mask, radius):
    """The mask without what is nearer than a layer's reach to its edge.

    ``mask`` is an array (h, w) with numbers from 0 to 1, ``radius`` a whole number. A position sees the square of
    2 radius + 1 positions a side around itself, as far as it lies in the picture. Its new value is the smallest that
    it sees: 1 only where all that it sees is inside. The border of the picture is no edge of the region. Return an
    array (h, w).

    >>> mask = np.array([[1, 1, 1, 1, 0]])
    >>> np.asarray(eroded_mask(mask, 1)).tolist()
    [[1, 1, 1, 0, 0]]
    """
    return ndimage.minimum_filter(mask, size=2 * radius + 1, mode="nearest")


def _filtered(of, **options):
    """A filter of SciPy, with the size of the window as the reference has it."""
    return lambda mask, radius: of(mask, size=2 * radius + 1, **{"mode": "nearest", **options})


def _wrapped(mask, radius):
    steps = range(-radius, radius + 1)
    return np.min([np.roll(mask, (down, across), (0, 1)) for down in steps for across in steps], axis=0)


def _by_footprint(of_offsets):
    """The minimum over the offsets from -radius to radius, down and across, that are asked for."""

    def eroded(mask, radius):
        down, across = np.mgrid[-radius : radius + 1, -radius : radius + 1]
        return ndimage.minimum_filter(mask, footprint=of_offsets(down, across, radius), mode="nearest")

    return eroded


def _border_kept(mask, radius):
    new, (h, w) = mask.copy(), mask.shape
    new[radius : h - radius, radius : w - radius] = _inner_only(mask, radius)
    return new


def _inner_only(mask, radius):
    """Windows that do not fit into the picture are left out, as by a slice: the result is smaller."""
    h, w = mask.shape
    return eroded_mask(mask, radius)[radius : h - radius, radius : w - radius]


def _slices_from_below_zero(mask, radius):
    new = np.zeros_like(mask)
    for i, j in np.ndindex(*mask.shape):
        new[i, j] = mask[i - radius : i + radius + 1, j - radius : j + radius + 1].min()
    return new


_SOFT = np.array(
    [
        [1, 1, 1, 1, 1, 1, 1],
        [1, 1, 1, 1, 0.75, 1, 1],
        [1, 1, 1, 1, 1, 0.5, 0],
        [1, 1, 1, 1, 1, 0.25, 0],
        [1, 1, 1, 1, 0.5, 0.25, 0],
    ],
    np.float32,
)


def _block(h: int, w: int, rows: slice, columns: slice) -> np.ndarray:
    mask = np.zeros((h, w), np.float32)
    mask[rows, columns] = 1
    return mask


ERODED = Exercise(
    eroded_mask,
    cases=(
        (np.array([[1, 1, 1, 1, 0]], np.float32), 1),
        (_block(5, 6, slice(1, 5), slice(1, 5)), 1),
        (_SOFT, 1),
        (_block(9, 8, slice(2, 9), slice(0, 7)), 2),
        (np.where(_block(9, 11, slice(4, 5), slice(5, 6)), 0, 1).astype(np.float32), 3),
        (_SOFT, 0),
        (_SOFT.T / 4 + np.float32(0.5), 1),  # nowhere 0, and 1 nowhere
        (_block(2, 7, slice(0, 2), slice(1, 7)), 3),  # a square that is larger than the picture
    ),
    variants=(
        Variant(
            "grown",
            _filtered(ndimage.maximum_filter),
            "The region has grown: that is the largest value in sight (or the outside was eroded). Ask for the "
            "smallest.",
        ),
        Variant(
            "blurred",
            _filtered(ndimage.uniform_filter),
            "That is the mean of what is seen. A position that sees a little of the outside is then nearly inside; it "
            "should be out.",
        ),
        Variant(
            "median",
            _filtered(ndimage.median_filter),
            "The median rounds the outline off and leaves the region as large as it was.",
        ),
        Variant(
            "black beyond the border",
            _filtered(ndimage.minimum_filter, mode="constant"),
            "The region shrinks from the border of the picture, too: beyond it nothing was taken for outside (SciPy's "
            "mode='constant'). No position sees anything there.",
        ),
        Variant(
            "wrapped around",
            _wrapped,
            "np.roll brings what left on one side back on the other, so the right border sees the left one.",
        ),
        Variant(
            "radius as size",
            lambda mask, radius: ndimage.minimum_filter(mask, size=radius, mode="nearest"),
            "The window has radius positions a side: it reaches that far to each side, and has its middle.",
        ),
        Variant(
            "end left out",
            lambda mask, radius: ndimage.minimum_filter(mask, size=2 * radius, mode="nearest"),
            "The square lies off center and lacks a row and a column: twice the radius is an even size, and a slice "
            "leaves out its end.",
        ),
        Variant(
            "twice as far",
            lambda mask, radius: eroded_mask(mask, 2 * radius),
            "Eroded by twice the radius: it counts from the middle of the window, not across it.",
        ),
        Variant(
            "one step only",
            lambda mask, radius: eroded_mask(mask, 1),
            "Eroded by 1, whatever the radius is.",
        ),
        Variant(
            "cross",
            _by_footprint(lambda down, across, radius: (down == 0) | (across == 0)),
            "Only what lies straight above, below and beside is looked at: a cross. The square has corners.",
        ),
        Variant(
            "diamond",
            _by_footprint(lambda down, across, radius: abs(down) + abs(across) <= radius),
            "That is a diamond, as from several steps to the four neighbors. A filter sees a square, with its corners.",
        ),
        Variant(
            "disc",
            _by_footprint(lambda down, across, radius: down**2 + across**2 <= radius**2),
            "A disc of that radius: its corners are missing. What a layer sees is a square.",
        ),
        Variant(
            "across only",
            _by_footprint(lambda down, across, radius: down == 0),
            "Only its own row is looked at; edges above and below are missed.",
        ),
        Variant(
            "down only",
            _by_footprint(lambda down, across, radius: across == 0),
            "Only its own column is looked at; edges to the left and right are missed.",
        ),
        Variant(
            "without itself",
            _by_footprint(lambda down, across, radius: (down != 0) | (across != 0)),
            "The position itself is left out of its square.",
        ),
        Variant(
            "white or black",
            lambda mask, radius: (eroded_mask(mask, radius) == 1).astype(np.float32),
            "Right where the mask is 0 or 1; soft values are lost. The smallest value in sight may lie between.",
        ),
        Variant(
            "truth values",
            lambda mask, radius: ndimage.binary_erosion(mask, np.ones([2 * radius + 1] * 2), border_value=1),
            "True and False, as binary_erosion gives them. A mask holds numbers, and may be soft.",
        ),
        Variant(
            "the rim",
            lambda mask, radius: mask - eroded_mask(mask, radius),
            "That is what has to go. Return what stays.",
        ),
        Variant(
            "unchanged",
            lambda mask, radius: mask.copy(),
            "The mask comes back as it was.",
        ),
        Variant(
            "one too far",
            lambda mask, radius: eroded_mask(mask, radius + 1),
            "Eroded by one position too many: the square has 2 radius + 1 positions a side, its middle included.",
        ),
        Variant(
            "the border kept",
            _border_kept,
            "Positions near the border were left as they are. They see what is there of their square.",
        ),
        Variant(
            "inside where it was 1",
            lambda mask, radius: np.where(mask == 1, eroded_mask(mask, radius), mask),
            "Only positions of exactly 1 were eroded; a soft one also becomes the smallest that it sees.",
        ),
        Variant(
            "product",
            lambda mask, radius: mask * eroded_mask(mask, radius),
            "The old mask was multiplied with the new one, so that soft values count twice.",
        ),
        Variant(
            "smaller picture",
            _inner_only,
            "Rows and columns at the border are gone. Near the border the square is cut off, and the mask keeps its "
            "shape.",
        ),
        Variant(
            "start below zero",
            _slices_from_below_zero,
            "Does a slice begin below 0 near the upper and left border? NumPy counts that from the end, and finds "
            "nothing there: begin at 0.",
        ),
    ),
    hints=(
        "Take the worked example and a pencil: for each of the five positions, underline the three that it sees. At "
        "the left border there are only two.",
        "The smallest of all values in a square: if one of them is outside, the position goes. A filter of "
        "scipy.ndimage does that, or two loops and a slice. Which side has the square?",
        "scipy.ndimage has minimum_filter. Its size is odd, with the position in the middle. Its mode says what it "
        "takes beyond the border: something that changes no minimum.",
    ),
    checked=("squares of 3, 5 and 7 positions a side", "hard and soft masks", "the picture's border is no edge"),
)
