"""Settings in a file, pictures among them: a mask or a map of the content is carried as a small PNG.

In the file a picture is its name or path, if it was given so, or else ``data:image/png;base64,...``. As `mask_of` takes
no more than 256 steps of a mask, what comes back paints the same to the bit.
"""

import base64
import binascii
import io
import os
from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image

from nst_utils.base.errors import PictureError, SettingError
from nst_utils.base.values import json_setting, shown
from nst_utils.engine.guidance import each
from nst_utils.images.opening import picture

PICTURES = ("mask", "content_map")  # settings that are pictures
SEVERAL = ("mask",)  # and those that may be several
PREFIX = "data:image/png;base64,"
MOST_BYTES = 250_000  # of a PNG in a file of settings: a drawn mask has about five thousand
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def carried_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as JSON can hold them.

    Examples
    --------
    >>> left = np.arange(16)[None, :].repeat(12, axis=0) < 8
    >>> carried_settings({"size": 64, "mask": left})["mask"][:26]
    'data:image/png;base64,iVBO'
    """
    return {name: carried(name, value) if name in PICTURES else json_setting(value) for name, value in settings.items()}


def received_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What `carried_settings` has written, with its pictures as the bytes of a PNG."""
    return {name: received(name, value) if name in PICTURES else value for name, value in settings.items()}


def carried(name: str, given: Any) -> Any:
    """A setting that is a picture, as a text; several as a list of texts."""
    if given is None:
        return None
    texts = [_text_of(name, one) for one in each(given)]
    return texts if isinstance(given, list | tuple) and len(given) == len(texts) else texts[0]


def received(name: str, text: Any) -> Any:
    """The picture of a text that `carried` has written."""
    if text is None:
        return None
    is_list = isinstance(text, list) and name in SEVERAL
    several = text if is_list else [text]
    if not several or not all(isinstance(one, str) for one in several):
        raise SettingError(
            f"{name} is {shown(text)}; in a file it is a picture's name or path, or the picture as {PREFIX}..."
        )
    found = [_picture_of(name, one) for one in several]
    return found if is_list else found[0]


def png_of(name: str, given: Any) -> bytes:
    """A picture as a PNG, in 256 steps; a sentence where it is too large.

    Examples
    --------
    >>> png_of("mask", np.zeros((3, 3)))
    Traceback (most recent call last):
    nst_utils.base.errors.SettingError: mask is no picture: array: 3 x 3 pixels is too small...
    """
    if isinstance(given, bytes) and given.startswith(SIGNATURE):
        png = given
    else:
        try:
            seen = picture(given)
        except PictureError as error:
            raise SettingError(f"{name} is no picture: {error}.") from None
        levels = np.rint(seen * 255).astype(np.uint8)
        is_gray = (levels == levels[..., :1]).all()
        png = _encoded(levels[..., 0] if is_gray else levels)
    if len(png) > MOST_BYTES:
        raise SettingError(
            f"{name} takes {len(png):,} bytes as a PNG, and settings carry {MOST_BYTES:,}; make it smaller, or save it "
            "and give its path."
        )
    return png


def mask_png(mask: np.ndarray) -> bytes:
    """A mask (h, w) as a gray PNG, in steps of 1/255."""
    return _encoded(np.rint(np.asarray(mask) * 255).astype(np.uint8))


def _encoded(levels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(levels).save(file, "PNG", optimize=True)
    return file.getvalue()


def _text_of(name: str, given: Any) -> str:
    if isinstance(given, str | os.PathLike):
        return os.fspath(given)
    return PREFIX + base64.b64encode(png_of(name, given)).decode()


def _picture_of(name: str, text: str) -> str | bytes:
    if not text.startswith("data:"):
        return text
    try:
        if not text.startswith(PREFIX):
            raise PictureError(f"it begins with {shown(text[:30])} instead of {PREFIX}")
        png = base64.b64decode(text.removeprefix(PREFIX), validate=True)
        picture(png)
    except (binascii.Error, PictureError) as error:
        raise SettingError(f"{name} is no picture: {error}.") from None
    return png
