"""The fast way: each frame is painted by itself, then blended with the last painting along the flow."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nst_utils.base.errors import SettingError
from nst_utils.film.frames import Earlier

BLEND = 0.7  # share of the last painting where it is seen

Paint = Callable[[np.ndarray], np.ndarray]  # a frame (h, w, 3) in [0, 1] to its painting of the same shape


@dataclass(frozen=True)
class Blended:
    """A way to paint frames: the new painting, with a share of the last one where that is seen.

    Parameters
    ----------
    paint : what paints a single frame
    blend : the share of the last painting, from 0 (each frame by itself) to less than 1

    Examples
    --------
    >>> frame = np.zeros((8, 8, 3), np.float32)
    >>> earlier = Earlier(np.ones((8, 8, 3), np.float32), np.arange(64).reshape(8, 8) < 32)
    >>> Blended(lambda frame: frame, blend=0.5)(frame, earlier)[[0, 7], 0, 0].tolist()
    [0.5, 0.0]
    """

    paint: Paint
    blend: float = BLEND

    def __call__(self, frame: np.ndarray, earlier: Earlier | None) -> np.ndarray:
        painting = np.asarray(self.paint(frame), np.float32)
        if painting.shape != frame.shape or not np.isfinite(painting).all():
            raise SettingError(
                f"paint made {painting.shape} of a frame of the shape {frame.shape}, or numbers that are not finite; "
                "it gives a picture of the frame's shape, between 0 and 1."
            )
        if earlier is None:
            return painting
        share = np.float32(self.blend) * earlier.visible[..., None]
        return painting + share * (earlier.painting - painting)
