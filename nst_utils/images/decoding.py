"""From a file to pixels: Pillow's decoders, then upright, on white and in sRGB."""

import contextlib
import functools
import io
import logging
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps

from nst_utils.base.errors import PictureError
from nst_utils.images.arrays import check_sides

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP", "PPM", "AVIF", "JPEG2000")

logging.getLogger("PIL").addHandler(logging.NullHandler())  # what its readers log is in the error already


@functools.cache
def readable_formats() -> tuple[str, ...]:
    """The formats of `FORMATS` that this Pillow knows; others (PostScript runs programs) stay closed."""
    Image.init()
    return tuple(name for name in FORMATS if name in Image.OPEN)


def pixels_in(file: Path | BinaryIO, size: int | None) -> np.ndarray:
    """The pixels of a picture file, as `pixels_of` gives them."""
    with Image.open(file, formats=readable_formats()) as image:
        check_sides(image.height, image.width)  # by the header, before anything is decoded
        if size is not None:
            image.draft(None, (4 * size, 4 * size))  # lets JPEG decode at a half, a quarter or an eighth
        return pixels_of(image, size)


def pixels_of(image: Image.Image, size: int | None) -> np.ndarray:
    """Pixels of an opened image, upright and in sRGB: uint8 (h, w, 3), or (h, w) for grays deeper than 8 bits."""
    image.load()
    with contextlib.suppress(Exception):  # EXIF may be damaged where the pixels are not
        image = ImageOps.exif_transpose(image)
    profile = image.info.get("icc_profile")
    if image.mode == "F" or image.mode.startswith("I"):
        converted = _by_profile(image, profile) if image.mode == "I;16" else None
        return _deep_gray(image) if converted is None else np.asarray(converted)
    if image.has_transparency_data:
        mode = "L" if image.mode in ("L", "LA", "La") else "RGB"
        image = (image.convert("LA") if image.mode == "La" else image).convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert(mode)
    elif image.mode not in ("L", "RGB", "CMYK", "LAB"):
        image = image.convert("RGB")
    if size is not None and max(image.size) >= 4 * size:
        image = image.reduce(max(image.size) // (2 * size))  # the last factor of two is left to Lanczos
    converted = _by_profile(image, profile)
    return np.asarray(image.convert("RGB") if converted is None else converted)


def _deep_gray(image: Image.Image) -> np.ndarray:
    """Gray (h, w) of a 16-bit, 32-bit or floating image; integers are taken as 16 bits."""
    values = np.asarray(image)
    if image.mode == "F":
        return values
    if values.min() < 0 or values.max() > 65535:
        raise PictureError(f"integer grays from {values.min()} to {values.max()}; expected 0 to 65535")
    transparent = image.info.get("transparency")
    if isinstance(transparent, int):
        values = np.where(values == transparent, 65535, values)
    return values.astype(np.uint16)


def _by_profile(image: Image.Image, profile: bytes | None) -> Image.Image | None:
    """The image in 8-bit sRGB by its ICC profile; None without one, or with one that is broken."""
    if not profile and image.mode != "LAB":
        return None
    from PIL import ImageCms

    with contextlib.suppress(Exception):
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile)) if profile else ImageCms.createProfile("LAB")
        if image.mode == "L" and source.profile.xcolor_space.strip() == "RGB":
            image = image.convert("RGB")
        return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    return None
