"""An object without drawing: a mask from a few points or a box."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from scipy import ndimage

from nst_utils.base.errors import SettingError
from nst_utils.base.values import is_finite, shown
from nst_utils.control.masks import resampled
from nst_utils.images.arrays import fit
from nst_utils.images.opening import picture

WORKED_AT = 160  # pixels: random walks take their time, and an outline needs no more
CLICK = 0.015  # radius of a point, as a share of the longer side
EDGE = 6.0  # how steeply a mask rises where the two chances are even
STUBBORN = 90.0  # how much a walker minds a change of color (`beta` of scikit-image)
BINS = 12  # of each of the three numbers of a color, where a box says which colors are around
SURE = 0.9  # chance from which a color inside of a box is taken for the object's


def select(
    content: Any,
    points: Iterable[Sequence[float]] = (),
    *,
    away: Iterable[Sequence[float]] = (),
    box: Sequence[float] | None = None,
) -> np.ndarray:
    """A mask of one object: what belongs to the points, rather than to the points away from it.

    From each pixel a walker sets out at random, minding edges; the pixel belongs to where it arrives first. With a box,
    colors that are rare outside of it are the object's.

    Parameters
    ----------
    content : anything `picture` takes
    points : (x, y) in pixels of the picture, on the object; with a box there may be none
    away : (x, y) that are not on it; without any, and without a box, the picture's border is not
    box : left, top, right and bottom of a rectangle around the object

    Returns
    -------
    array (h, w)
        From 0 to 1, for ``mask=`` of `stylize`; look at it, and add points where it is wrong.

    References
    ----------
    Grady, "Random walks for image segmentation", PAMI 2006.

    Examples
    --------
    >>> disc = np.zeros((40, 60, 3), np.float32)
    >>> disc[10:30, 20:40] = 1
    >>> mask = select(disc, [(30, 20)])
    >>> bool(mask[20, 30] > 0.9), bool(mask[20, 5] < 0.1)
    (True, True)
    """
    from skimage.color import rgb2lab
    from skimage.filters import gaussian
    from skimage.segmentation import random_walker

    whole = picture(content)
    small = fit(whole, WORKED_AT)
    scale = small.shape[0] / whole.shape[0], small.shape[1] / whole.shape[1]
    here, there = (_clicks(name, given, whole.shape) for name, given in (("points", points), ("away", away)))
    colors = gaussian(rgb2lab(small), 1.0, channel_axis=-1)
    seeds = np.zeros(small.shape[:2], int)
    if box is not None:
        left, top, right, bottom = _box(box, whole.shape)
        inside = np.zeros_like(seeds, bool)
        inside[_span(top, bottom, scale[0]), _span(left, right, scale[1])] = True
        chance = _chance_of_colors(colors, inside)
        seeds[inside & (chance > SURE)] = 1
        seeds[~inside | (chance < 1 - SURE)] = 2
        if not here and not (seeds == 1).any():
            seeds[inside & (chance >= chance[inside].max())] = 1
    elif not there:
        seeds[[0, -1]] = seeds[:, [0, -1]] = 2
    if not here and box is None:
        raise SettingError("select needs points=[(x, y), ...] on the object, or a box=(left, top, right, bottom).")
    for clicks, label in ((there, 2), (here, 1)):
        for x, y in clicks:
            seeds[_disc(seeds.shape, y * scale[0], x * scale[1])] = label
    if not (seeds == 2).any():
        raise SettingError(f"box is {shown(tuple(box))}, the whole picture; leave room for what is not the object.")
    chance = random_walker(colors, seeds, beta=STUBBORN, mode="bf", channel_axis=-1, return_full_prob=True)
    mask = np.clip((chance[0] - 0.5) * EDGE + 0.5, 0, 1).astype(np.float32)
    return resampled(mask, whole.shape[:2])


def _span(first: float, last: float, scale: float) -> slice:
    return slice(int(first * scale), max(int(first * scale) + 1, round(last * scale)))


def _chance_of_colors(colors: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """How likely each pixel's color is of the inside: its share there, against its share outside."""
    low, high = colors.min(axis=(0, 1)), colors.max(axis=(0, 1))
    bins = np.minimum((colors - low) / (high - low + 1e-6) * BINS, BINS - 1).astype(int)

    def shares(where: np.ndarray) -> np.ndarray:
        counts = np.zeros((BINS,) * 3)
        np.add.at(counts, tuple(np.moveaxis(bins[where], -1, 0)), 1.0)
        return ndimage.gaussian_filter(counts, 0.7, mode="nearest") / max(1, where.sum())

    within, around = (shares(where)[tuple(np.moveaxis(bins, -1, 0))] for where in (inside, ~inside))
    return within / (within + around + 1e-9)


def _clicks(name: str, given: Iterable[Sequence[float]], shape: tuple) -> list[tuple[float, float]]:
    """Points that lie in the picture."""
    points = [tuple(point) if isinstance(point, list | tuple | np.ndarray) else point for point in given]
    height, width = shape[:2]
    for point in points:
        if not (isinstance(point, tuple) and len(point) == 2 and all(map(is_finite, point))):
            raise SettingError(f"{name} has {shown(point)}; a point is (x, y) in pixels.")
        if not (0 <= point[0] < width and 0 <= point[1] < height):
            raise SettingError(f"{name} has {shown(point)}, outside of the picture of {width} x {height} pixels.")
    return points


def _box(box: Sequence[float], shape: tuple) -> tuple[float, float, float, float]:
    height, width = shape[:2]
    numbers = tuple(box) if isinstance(box, list | tuple | np.ndarray) else ()
    if len(numbers) != 4 or not all(map(is_finite, numbers)):
        raise SettingError(f"box is {shown(box)}; give (left, top, right, bottom) in pixels.")
    left, top, right, bottom = numbers
    if not (0 <= left < right <= width and 0 <= top < bottom <= height):
        raise SettingError(
            f"box is {shown(box)}; it lies in the picture of {width} x {height} pixels, left before right."
        )
    return left, top, right, bottom


def _disc(shape: tuple[int, int], row: float, column: float) -> np.ndarray:
    """The positions of a click."""
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    radius = max(1.0, CLICK * max(shape))
    return (rows - row) ** 2 + (columns - column) ** 2 <= radius**2
