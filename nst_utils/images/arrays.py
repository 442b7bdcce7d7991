"""Pictures as arrays: what counts as one, how it is fitted to a size, and as what image it is shown.

A picture is a float32 array (h, w, 3) of sRGB values in [0, 1].
"""

import math
import operator

import numpy as np
from PIL import Image

from nst_utils.base.errors import PictureError

MAX_PIXELS = 100_000_000  # more is refused before decoding: 1.2 GB as floats
MIN_SIDE = 8  # less has nothing to stylize

_OVERSHOOT = 1e-3  # rounding in other people's arithmetic: clipped, not refused


def fit(picture: np.ndarray, size: int, enlarge: bool = False) -> np.ndarray:
    """``picture`` (h, w, 3) with its longer side at most ``size``; exactly ``size`` with ``enlarge``.

    Examples
    --------
    >>> fit(np.zeros((30, 60, 3), np.float32), 20).shape
    (10, 20, 3)
    """
    height, width = picture.shape[:2]
    scale = checked_size(size) / max(height, width)
    if scale >= 1 and not enlarge:
        return picture
    return resize(picture, (max(1, round(height * scale)), max(1, round(width * scale))))


def resize(picture: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """``picture`` (h, w, 3) resampled to ``shape`` (height, width), antialiased (Lanczos), in [0, 1].

    Examples
    --------
    >>> resize(np.ones((30, 60, 3), np.float32), (40, 40)).shape
    (40, 40, 3)
    """
    if tuple(shape) == picture.shape[:2]:
        return picture
    height, width = shape
    channels = [
        Image.fromarray(np.ascontiguousarray(picture[..., k], np.float32)).resize(
            (width, height), Image.Resampling.LANCZOS, reducing_gap=3
        )
        for k in range(3)
    ]
    return np.clip(np.stack([np.asarray(channel) for channel in channels], axis=-1), 0, 1)


def as_image(picture: np.ndarray) -> Image.Image:
    """``picture`` (h, w, 3) as an 8-bit PIL image."""
    return Image.fromarray(np.rint(np.asarray(picture) * 255).astype(np.uint8))


def checked_size(size: int) -> int:
    try:
        checked = operator.index(size)
    except TypeError:
        checked = 0
    if checked < 1:
        raise PictureError(f"size is {size!r}; give a whole number of pixels, at least {MIN_SIDE}")
    return checked


def check_sides(height: int, width: int) -> None:
    if min(height, width) < MIN_SIDE:
        raise PictureError(f"{width} x {height} pixels is too small; each side needs at least {MIN_SIDE}")
    if height * width > MAX_PIXELS:
        raise PictureError(f"{width} x {height} pixels is more than {MAX_PIXELS // 10**6} megapixels")


def checked_array(array: np.ndarray) -> np.ndarray:
    """The picture in an array, or the reason why there is none."""
    shape = array.shape
    if array.ndim == 4 and shape[0] == 1:
        raise PictureError(f"shape {shape} is a batch; give its picture, x[0]")
    if array.ndim == 3 and shape[0] in (1, 3, 4) and shape[2] not in (1, 3, 4):
        raise PictureError(f"shape {shape}: channels come last; give np.moveaxis(x, 0, -1)")
    if array.ndim not in (2, 3) or (array.ndim == 3 and shape[2] not in (1, 3, 4)):
        raise PictureError(f"shape {shape} is not (h, w), (h, w, 1), (h, w, 3) or (h, w, 4)")
    check_sides(*shape[:2])
    values = _in_unit_range(array)
    if values.ndim == 2:
        values = values[..., None]
    if values.shape[2] == 4:
        alpha = values[..., 3:]
        values = values[..., :3] * alpha + (1 - alpha)
    return np.ascontiguousarray(values) if values.shape[2] == 3 else np.repeat(values, 3, axis=2)


def _in_unit_range(array: np.ndarray) -> np.ndarray:
    """A float32 copy in [0, 1]."""
    if array.dtype == np.bool_:
        return array.astype(np.float32)
    if array.dtype.kind == "u" and array.dtype.itemsize <= 2:
        return np.divide(array, np.float32(np.iinfo(array.dtype).max), dtype=np.float32)  # memory for one copy
    if not np.issubdtype(array.dtype, np.floating):
        raise PictureError(f"dtype {array.dtype}; give uint8 in 0 to 255, or floats in 0 to 1")
    low, high = float(array.min()), float(array.max())
    if not (math.isfinite(low) and math.isfinite(high)):
        raise PictureError("holds NaN or infinity")
    if low < -_OVERSHOOT or high > 1 + _OVERSHOOT:
        raise PictureError(f"floats from {low:.4g} to {high:.4g}; expected 0 to 1: divide, or clip")
    return np.clip(array, 0, 1).astype(np.float32, copy=False)
