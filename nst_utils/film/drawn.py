"""A clip drawn by this project, whose motion is known exactly: its geometry, without its colors.

`balloon`, 24 frames that begin again: a camera sways and zooms before four layers of a landscape, and between the two
nearest of them a balloon floats. A layer is a flat sheet; where it is, its outline says, and where it has moved, the
camera. So the flow between any two frames is a formula. `tools/drawing/clips` paints the sheets.

Lengths are in heights of the frame: x to the right, y down, from the upper left corner.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from nst_utils.base.files import DATA

BALLOON = DATA / "clips" / "balloon.webp"
FRAMES = 24
SECONDS_A_FRAME = 0.08
SIDES = 160, 256  # height and width in pixels
CENTER = np.array([0.5, 0.8])  # of the zoom, (y, x)
SWAY, ZOOM = 0.1, 0.08  # how far the camera goes to each side, and how much it magnifies at most


@dataclass(frozen=True)
class Sheet:
    """A layer: how much of the camera's sway it takes, its outline, and its own way.

    ``inside(x, y)`` tells which points of the sheet are painted; ``floats(turn)`` is its own shift (y, x).
    """

    name: str
    nearness: float
    inside: Callable[[np.ndarray, np.ndarray], np.ndarray]
    floats: Callable[[float], tuple[float, float]] = lambda turn: (0.0, 0.0)


def _peaks(x: np.ndarray, *waves: tuple[float, float, float]) -> np.ndarray:
    """A ridge of pointed peaks: triangle waves of some (height, length, place) one on the other."""
    return sum(height * (1 - 2 * np.abs(((x - place) / length) % 1 - 0.5)) for height, length, place in waves)


def mountains(x: np.ndarray) -> np.ndarray:
    """How far down the sky reaches before the mountains."""
    return 0.66 - _peaks(x, (0.26, 1.05, 0.75), (0.11, 0.37, 0.1), (0.045, 0.153, 0.03), (0.02, 0.061, 0.0))


def hills(x: np.ndarray) -> np.ndarray:
    """How far down one sees over the hills in the middle."""
    crowns = 0.006 * np.abs(np.sin(61 * x)) + 0.004 * np.abs(np.sin(103 * x + 1))  # of trees
    return 0.67 + 0.045 * np.sin(3.1 * x + 0.4) + 0.02 * np.sin(7.3 * x) - crowns


def meadow(x: np.ndarray) -> np.ndarray:
    """How far down one sees over the meadow in front."""
    return 0.84 + 0.03 * np.sin(2.3 * x + 2.6) + 0.004 * np.sin(29 * x)


PINES = ((0.13, 0.62, 0.19), (0.34, 0.30, 0.10), (1.33, 0.40, 0.13), (1.53, 0.72, 0.22), (1.72, 0.36, 0.12))


def pines(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Which points are of a pine in front: tiers of branches, each (place, height, width)."""
    found = np.zeros(np.broadcast(x, y).shape, bool)
    for place, height, width in PINES:
        foot = meadow(np.float64(place)) + 0.03
        up = (foot - y) / height  # 0 at the foot, 1 at the top
        tier = (up * 7.0) % 1  # branches hang down: each tier is widest at its lower edge
        half = 0.5 * width * (1 - up) * (1.12 - 0.5 * tier) + 0.002
        found |= (np.abs(x - place) < half) & (up > 0.1) & (up < 1)
        found |= (np.abs(x - place) < 0.045 * width) & (up >= -0.1) & (up <= 0.12)
    return found


BALLOON_AT = 0.335, 0.86  # where the middle of its envelope floats (y, x)
RADIUS = 0.155


def balloon(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Which points are of the balloon: the envelope, its ropes and the basket."""
    return envelope(x, y) | basket(x, y) | ropes(x, y)


def envelope(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A ball that runs to a mouth below."""
    down = (y - BALLOON_AT[0]) / RADIUS
    half = np.where(down < 0.45, np.sqrt(np.clip(1 - down**2, 0, 1)), 0.893 - 0.76 * (down - 0.45))
    return (np.abs(x - BALLOON_AT[1]) < RADIUS * half) & (down > -1) & (down < 1.34)


def basket(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    across, down = (x - BALLOON_AT[1]) / RADIUS, (y - BALLOON_AT[0]) / RADIUS
    return (np.abs(across) < 0.2 - 0.15 * (down - 1.62)) & (down > 1.62) & (down < 1.92)


def ropes(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    across, down = (x - BALLOON_AT[1]) / RADIUS, (y - BALLOON_AT[0]) / RADIUS
    return (np.abs(np.abs(across) - 0.19) < 0.035) & (down > 1.3) & (down < 1.7)


SHEETS = (  # from far to near
    Sheet("sky", 0.05, lambda x, y: np.ones(np.broadcast(x, y).shape, bool)),
    Sheet("mountains", 0.25, lambda x, y: y > mountains(x)),
    Sheet("hills", 0.5, lambda x, y: y > hills(x)),
    Sheet("balloon", 0.6, balloon, lambda turn: (0.035 * np.cos(turn), -0.14 * np.sin(turn))),
    Sheet("meadow", 1.0, lambda x, y: (y > meadow(x)) | pines(x, y)),
)


def on_sheet(sheet: Sheet, frame: int, y: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The point (y, x) of a sheet that is seen at a point of the frame."""
    zoom, (down, right) = _camera(sheet, frame)
    return CENTER[0] + (y - CENTER[0]) / zoom + down, CENTER[1] + (x - CENTER[1]) / zoom + right


def in_frame(sheet: Sheet, frame: int, y: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where in the frame a point of a sheet is seen: the inverse of `on_sheet`."""
    zoom, (down, right) = _camera(sheet, frame)
    return CENTER[0] + zoom * (y - down - CENTER[0]), CENTER[1] + zoom * (x - right - CENTER[1])


def _camera(sheet: Sheet, frame: int) -> tuple[float, tuple[float, float]]:
    """The zoom, and how far the frame is shifted over a sheet (y, x)."""
    turn = 2 * np.pi * frame / FRAMES
    down, right = sheet.floats(turn)
    zoom = 1 + ZOOM * (1 - np.cos(turn)) / 2
    return zoom, (0.01 * sheet.nearness * np.sin(2 * turn) - down, SWAY * sheet.nearness * np.sin(turn) - right)


def in_front(frame: int, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Which of `SHEETS` is seen at each point of a frame."""
    front = np.zeros(np.broadcast(y, x).shape, int)
    for number, sheet in enumerate(SHEETS):
        there, across = on_sheet(sheet, frame, y, x)
        front[sheet.inside(across, there)] = number
    return front


class Motion(NamedTuple):
    """Where each pixel goes, (2, h, w) rows and columns, and whether (h, w) it is seen there."""

    flow: np.ndarray
    visible: np.ndarray


def exact_motion(frame: int, other: int, shape: tuple[int, int] = SIDES) -> Motion:
    """Where what is seen in one frame of the balloon is in another, in pixels, and whether it is visible there.

    Examples
    --------
    >>> flow, visible = exact_motion(1, 0, (40, 64))
    >>> flow.shape, float(np.abs(exact_motion(3, 3).flow).max()) < 1e-4
    ((2, 40, 64), True)
    """
    height, width = shape
    rows, columns = np.mgrid[0:height, 0:width]
    y, x = (rows + 0.5) / height, (columns + 0.5) / height
    front = in_front(frame, y, x)
    there, across = np.empty_like(y), np.empty_like(x)
    for number, sheet in enumerate(SHEETS):
        own = front == number
        there[own], across[own] = in_frame(sheet, other, *on_sheet(sheet, frame, y[own], x[own]))
    inside = (there >= 0) & (there < 1) & (across >= 0) & (across < width / height)
    visible = inside & (in_front(other, there, across) == front)
    return Motion((height * np.stack([there - y, across - x])).astype(np.float32), visible)
