"""From frames to paintings, one after the other, each knowing where the last one is seen in it."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np

from nst_utils.film.flow import optical_flow, visible, warped

CUT = 0.12  # mean difference of two frames, brought together along the flow, from which on they are two scenes


class Earlier(NamedTuple):
    """The last painting (h, w, 3) as it is seen from this frame, and where (h, w) it is, from 0 to 1."""

    painting: np.ndarray
    visible: np.ndarray


Way = Callable[[np.ndarray, Earlier | None], np.ndarray]  # paints a frame; without an earlier one it is the first


class Painted(NamedTuple):
    """A frame, its painting, and what was known of the last one."""

    frame: np.ndarray
    painting: np.ndarray
    earlier: Earlier | None


def painted_frames(
    frames: Iterable[np.ndarray], way: Way, last: tuple[np.ndarray, np.ndarray] | None = None
) -> Iterator[Painted]:
    """Paint frames (h, w, 3) one after the other.

    What is carried on is what a file of 8 bits keeps of a painting, so that a film goes on from its files to the bit.

    Parameters
    ----------
    way : what paints a frame, `Fine` or `Blended`
    last : the frame before, and its painting, to go on from there

    Examples
    --------
    >>> y, x = np.mgrid[0:24, 0:32].astype(np.float32)
    >>> frames = [np.repeat((0.5 + 0.3 * np.sin((x + k) / 3) * np.cos(y / 4))[..., None], 3, axis=-1) for k in (0, 1)]
    >>> first, second = painted_frames(frames, lambda frame, earlier: 1 - frame)
    >>> first.earlier is None, bool(second.earlier.visible[4:-4, 4:-4].all())
    (True, True)
    """
    for frame in frames:
        earlier = None if last is None else seen_from(frame, *last)
        painting = rounded(way(frame, earlier))
        yield Painted(frame, painting, earlier)
        last = frame, painting


def seen_from(frame: np.ndarray, before: np.ndarray, painting: np.ndarray) -> Earlier | None:
    """The painting of the frame before, as it is seen from this one; None if a new scene begins."""
    flow = optical_flow(frame, before)
    seen = visible(flow, optical_flow(before, frame))
    apart = np.abs(warped(before, flow) - frame).mean(axis=-1)
    if apart.mean() > CUT:
        return None
    return Earlier(np.clip(warped(painting, flow, order=3), 0, 1).astype(np.float32), seen)


def rounded(painting: np.ndarray) -> np.ndarray:
    """A painting as a file of 8 bits keeps it."""
    return (np.rint(np.clip(painting, 0, 1) * 255) / 255).astype(np.float32)
