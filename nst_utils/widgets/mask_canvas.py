"""The canvas on which a mask is painted over a picture: what the page shows (mask_canvas.js), and what is known here.

The page sends the mask as a PNG after each stroke. Where somebody presses on an object, it sends the presses, and gets
back a mask with what `select` has found.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import traitlets

from nst_utils.base.errors import SettingError
from nst_utils.control.masks import mask_of
from nst_utils.control.selecting import select
from nst_utils.engine.carrying import mask_png
from nst_utils.images.arrays import fit
from nst_utils.widgets.jobs import Job, Newest
from nst_utils.widgets.panel import jpeg_of, set_if_new, weakly

SIDE = 512  # pixels: what is painted on is no larger
MOST_BYTES = 4_000_000  # of what a page may send: a PNG of that size, in four colors
MOST_PRESSES = 200


def _received(value: Any, _) -> bytes:
    """Bytes, as the page has sent them."""
    data = bytes(value or b"")
    if len(data) > MOST_BYTES:
        raise SettingError(f"mask has {len(data):,} bytes; at most {MOST_BYTES:,} are taken.")
    return data


class MaskCanvas(anywidget.AnyWidget):
    """A picture on which a mask can be painted.

    Attributes
    ----------
    value : the mask as a gray PNG, white where it is painted; None where nothing is
    painted : what the page holds
    """

    _esm = Path(__file__).with_suffix(".js")
    description = traitlets.Unicode("mask").tag(sync=True)
    tooltip = traitlets.Unicode("where the style is painted", allow_none=True).tag(sync=True)
    picture = traitlets.Bytes().tag(sync=True)  # JPEG
    painted = traitlets.Bytes().tag(sync=True, from_json=_received)  # PNG, empty where nothing is painted
    note = traitlets.Unicode().tag(sync=True)

    def __init__(self, content: np.ndarray | None = None, mask: Any = None, **given):
        self.content = np.zeros((8, 8, 3), np.float32)
        self._base = None  # what was painted before the presses that are being answered
        self._found = False  # whether the change of `painted` is an answer
        self.search = Newest(_with_selection, self._answered)
        super().__init__(**given)
        self.on_msg(weakly(self._asked))
        self.observe(weakly(self._changed), "painted")
        if content is not None:
            self.show(content, mask)

    def show(self, content: np.ndarray, mask: Any = None) -> None:
        """Paint on this picture (h, w, 3), beginning with a mask or with none."""
        self.search.stop()
        self.content = fit(content, SIDE)
        painted = b"" if mask is None else mask_png(mask_of(mask, self.content.shape[:2]))
        with self.hold_sync():
            self.picture, self.painted = jpeg_of(self.content), painted

    @property
    def mask(self) -> np.ndarray:
        """The mask (h, w) on the picture as it is shown, in steps of 1/255."""
        shape = self.content.shape[:2]
        if not self.painted:
            return np.zeros(shape, np.float32)
        return np.round(mask_of(self.painted, shape) * 255) / np.float32(255)

    @property
    def value(self) -> bytes | None:
        mask = self.mask
        return mask_png(mask) if mask.any() else None

    @value.setter
    def value(self, png: bytes | None) -> None:
        self.painted = png or b""

    def close(self) -> None:
        """End the search, and take it away."""
        self.search.stop()
        super().close()

    # Presses on objects

    def _asked(self, _, presses: Any, *rest) -> None:
        """The page's presses since the last stroke; the first of them begins from what is painted."""
        points, away = (presses.get(name) if isinstance(presses, Mapping) else None for name in ("points", "away"))
        if not (isinstance(points, list) and isinstance(away, list) and len(points) + len(away) <= MOST_PRESSES):
            return
        if not points:
            self.note = "Press on an object first, then on what is not of it."
            return
        try:
            if len(points) + len(away) == 1 or self._base is None:
                self._base = self.mask
        except SettingError as error:
            self.note = str(error)
            return
        set_if_new(self, note="Looking for the object ...")
        self.search.ask(self.content, self._base, points, away)

    def _answered(self, job: Job) -> None:
        """On the teller's thread."""
        if job.error:
            set_if_new(self, note=job.error)
        elif job.value is not None and job.state == "done":
            self._found = True
            try:
                set_if_new(self, note="", painted=job.value)
            finally:
                self._found = False

    def _changed(self, *_) -> None:
        """Somebody has painted on: an answer to earlier presses would wipe that away."""
        if not self._found:
            self.search.stop()
            set_if_new(self, note="")


def _with_selection(content: np.ndarray, base: np.ndarray, points: list, away: list) -> bytes:
    """A mask and what the presses have found, as a PNG."""
    return mask_png(np.maximum(base, select(content, points, away=away)))
