"""The widget of lesson 09: a mask, painted by hand over a picture."""

from typing import Any

import numpy as np

from nst_utils.base.errors import NSTError
from nst_utils.control.masks import resampled
from nst_utils.images.opening import picture
from nst_utils.plots import Figure, picture_row
from nst_utils.widgets.jobs import Job
from nst_utils.widgets.mask_canvas import MaskCanvas
from nst_utils.widgets.panel import Panel


def mask_painter(content="harbor", mask: Any = None) -> "MaskPainter":
    """A mask, painted by hand over a picture (lesson 09): with a brush, or by pressing on an object.

    Parameters
    ----------
    content : anything `picture` takes
    mask : what is painted at first: anything `stylize` takes as a mask, such as what `select` has found

    Returns
    -------
    MaskPainter
        Its ``mask`` is for `stylize`.

    Examples
    --------
    >>> painter = mask_painter("harbor", np.eye(40))
    >>> painter.mask.shape == picture("harbor").shape[:2]
    True
    >>> painter.close()
    """
    return MaskPainter(picture(content), mask)


class MaskPainter(Panel):
    """A picture, and the mask that is painted on it."""

    def __init__(self, content: np.ndarray, mask: Any = None):
        self.content = content
        self.canvas = MaskCanvas(content, mask, tooltip="where the style is for")
        super().__init__("Mask: paint where the style is for", [self.canvas], [self.canvas.search])

    @property
    def mask(self) -> np.ndarray:
        """What is painted: (h, w) as the content, from 0 to 1, in steps of 1/255; 1 where it is painted."""
        whole = resampled(self.canvas.mask, self.content.shape[:2])
        return np.round(whole * 255) / np.float32(255)

    @mask.setter
    def mask(self, mask: Any) -> None:
        if self.closed:
            raise NSTError("This widget has been closed; make a new one.")
        self.canvas.show(self.content, mask)

    @property
    def job(self) -> Job | None:
        """The newest search for an object."""
        return self.canvas.search.job

    def figure(self) -> Figure:
        """The picture, and the mask as it stands."""
        mask = self.canvas.mask
        shown = {"picture": self.canvas.content, "mask": np.repeat(mask[..., None], 3, axis=-1)}
        title = f"{mask.mean():.0%} of the picture is painted" if mask.any() else "Nothing is painted yet"
        return picture_row(shown, f"Mask: {title[0].lower()}{title[1:]}")
