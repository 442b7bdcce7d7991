"""Pictures into files: one of them by its ending, several as a moving GIF."""

import io
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from nst_utils.base.errors import PictureError, plain_reason
from nst_utils.base.files import written_whole
from nst_utils.images.arrays import as_image, checked_array
from nst_utils.images.opening import plainly

SAVE_OPTIONS = {
    ".png": {"format": "PNG"},
    ".jpg": {"format": "JPEG", "quality": 95, "subsampling": 0},
    ".jpeg": {"format": "JPEG", "quality": 95, "subsampling": 0},
    ".webp": {"format": "WEBP", "quality": 95},
    ".tif": {"format": "TIFF", "compression": "tiff_deflate"},
    ".tiff": {"format": "TIFF", "compression": "tiff_deflate"},
    ".bmp": {"format": "BMP"},
}


def save_picture(picture: np.ndarray, path: str | os.PathLike) -> Path:
    """Write ``picture`` (h, w, 3) to ``path`` with 8 bits a channel, in the format of its ending, and return the path.

    The file is whole or not there at all. JPEG and WebP are written at quality 95.
    """
    path = Path(path)
    options = SAVE_OPTIONS.get(path.suffix.lower())
    if options is None:
        raise PictureError(
            f"{path}: cannot save as {path.suffix or 'a file without ending'}; use {', '.join(SAVE_OPTIONS)}"
        )
    with plainly("picture to save"):
        pixels = checked_array(np.asarray(picture))
    try:
        file = io.BytesIO()  # written in one go: Pillow's own writing to a file overlooks a full disk
        as_image(pixels).save(file, **options)
        with written_whole(path) as beside:
            beside.write_bytes(file.getvalue())
    except Exception as error:  # OSError, and for a side that the format cannot hold ValueError or struct.error
        raise PictureError(f"{path}: cannot save: {plain_reason(error)}") from error
    return path


def moving(pictures: Sequence[np.ndarray], seconds: float) -> bytes:
    """Pictures of one shape as a GIF that takes so long and begins again."""
    import imageio.v3 as imageio

    shots = [np.uint8(np.round(picture * 255)) for picture in pictures]
    return imageio.imwrite("<bytes>", shots, extension=".gif", duration=1000 * seconds / len(shots), loop=0)
