"""How much a film flickers: what changes in it that no motion explains."""

import itertools
from collections.abc import Iterable, Sequence

import numpy as np

from nst_utils.film.flow import warped


def warp_error(painting: np.ndarray, last: np.ndarray, seen: np.ndarray) -> float:
    """The root of the mean square difference of a painting (h, w, 3) from the last one as it is seen from here.

    Parameters
    ----------
    last : the last painting, warped (h, w, 3)
    seen : how far it is visible (h, w), from 0 to 1; if nowhere, the error is NaN

    Examples
    --------
    >>> painting = np.full((4, 4, 3), 0.5)
    >>> round(warp_error(painting, painting + 0.1, np.ones((4, 4))), 6)
    0.1
    """
    if not np.any(seen):
        return float("nan")
    return float(np.sqrt(np.average(np.square(painting - last).mean(axis=-1), weights=seen)))


def flicker(paintings: Sequence[np.ndarray], motions: Iterable[tuple[np.ndarray, np.ndarray]]) -> float:
    """The mean `warp_error` of a film.

    Parameters
    ----------
    paintings : pictures (h, w, 3), in order
    motions : for each but the first, the flow (2, h, w) to the one before, and where (h, w) it leads to the same thing

    References
    ----------
    Lai, Huang, Wang, Shechtman, Yumer, Yang, "Learning blind video temporal consistency", ECCV 2018: the warping error
    as a measure of flicker; there without the root.

    Examples
    --------
    >>> from nst_utils.film.drawn import exact_motion
    >>> gray = [np.full((40, 64, 3), value) for value in (0.4, 0.6, 0.4)]
    >>> round(flicker(gray, [exact_motion(k, k - 1, (40, 64)) for k in (1, 2)]), 6)
    0.2
    """
    pairs = zip(itertools.pairwise(paintings), motions, strict=True)
    errors = [warp_error(painting, warped(last, flow), seen) for (last, painting), (flow, seen) in pairs]
    return float(np.nanmean(errors))
