"""The results of a session of the Studio: small enough to keep, whole enough to be had back."""

import io
from dataclasses import dataclass

import numpy as np

from nst_utils.engine.result import Result
from nst_utils.images.arrays import as_image, fit, resize
from nst_utils.images.opening import picture
from nst_utils.images.saving import SAVE_OPTIONS, moving
from nst_utils.studio.order import Order
from nst_utils.studio.picker import THUMB
from nst_utils.widgets.painting import run_title
from nst_utils.widgets.panel import jpeg_of

FRAME_SIDE = 384  # of a GIF


@dataclass(frozen=True)
class Kept:
    """A result of the session, small enough to keep."""

    order: Order
    png: bytes
    thumbnail: bytes
    content: bytes  # JPEG at the painting's size, for before and after
    frames: tuple[bytes, ...]  # JPEG
    description: str
    stopped_after: int | None  # the step at which it was stopped; None for a whole run

    @property
    def settings(self) -> str:
        """The JSON that paints it again."""
        return self.order.to_json(self.stopped_after)

    def gif(self, seconds: float = 4.0) -> bytes:
        """The way there, as a GIF."""
        return moving([picture(frame) for frame in self.frames], seconds)


def to_keep(order: Order, result: Result) -> Kept:
    """A result as the session keeps it."""
    png = io.BytesIO()
    as_image(result.picture).save(png, **SAVE_OPTIONS[".png"])
    shape = fit(result.picture, FRAME_SIDE).shape[:2]
    shots = [resize(shot, shape) for shot in (*result.snapshots, result.picture)]
    stopped = result.run.step if result.interrupted else None
    names = f"{order.content.name} in the manner of {' and '.join(style.name for style in order.styles)}"
    return Kept(
        order,
        png.getvalue(),
        jpeg_of(fit(result.picture, 2 * THUMB), 80),
        jpeg_of(result.content, 92),
        tuple(jpeg_of(shot, 88) for shot in shots),
        f"{names}, {run_title(result)}{', stopped' if stopped else ''}",
        stopped,
    )


def before_and_after(before: np.ndarray, after: np.ndarray, share: float) -> np.ndarray:
    """The left ``share`` of one picture and the rest of another, with a thin line between them.

    Examples
    --------
    >>> black, white = np.zeros((8, 10, 3), np.float32), np.ones((8, 10, 3), np.float32)
    >>> before_and_after(black, white, 0.5)[0, :, 0].tolist()
    [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    """
    shown = after.copy()
    edge = round(np.clip(share, 0, 1) * after.shape[1])
    shown[:, :edge] = resize(before, after.shape[:2])[:, :edge]
    if 0 < edge < after.shape[1] and after.shape[1] >= 64:
        shown[:, edge - 1 : edge + 1] = (1.0, 1.0, 1.0)
    return shown
