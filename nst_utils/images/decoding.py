"""From a file to pixels: Pillow's decoders, then upright, on white and in sRGB, in a bounded time.

A file of a few kilobytes can keep a decoder busy for hours. Nothing stops a decoder from outside, so a file is read
through a meter: it looks at the clock whenever the decoder wants more, and recognizes what no camera and no program
writes. Such a file, and one whose decoder asks for everything at once, is decoded by a short-lived process that the
system ends when its time is over. Ordinary files pay nothing for that.
"""

import contextlib
import errno
import functools
import io
import logging
import math
import os
import signal
import subprocess
import sys
import time
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from nst_utils.base.errors import PictureError, plain_reason
from nst_utils.images.arrays import MAX_PIXELS, check_sides

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP", "PPM", "AVIF", "JPEG2000")

MAX_SECONDS = 7  # of processor time, for decoding; what follows takes 3 at most, with 100 megapixels
MAX_SCANS = 3_000_000_000  # scans of a JPEG times its pixels: 3 seconds. A progressive one has about 10 scans
MAX_EXIF = 70_000  # bytes: a camera's fit one segment of JPEG, 65,535
MAX_MEMORY = 8_000_000_000  # bytes, for the process of its own
# Decoded in one call that can take long (jpeg: inside a TIFF); of more pixels than this, in a process of its own.
ALONE = {"JPEG2000": 0, "AVIF": 25_000_000, "jpeg": 25_000_000}

logging.getLogger("PIL").addHandler(logging.NullHandler())  # what its readers log is in the error already


class _Extraordinary(Exception):
    """A file that may be decoded only where it can be stopped."""


class _Metered:
    """A file for Pillow that looks at the clock at every read.

    It has no file descriptor, so that all decoders that read piece by piece come by here.
    """

    def __init__(self, file: BinaryIO, alone: bool):
        self._read, self.seek, self.tell = file.read, file.seek, file.tell
        self._end = time.thread_time() + MAX_SECONDS
        self._alone = alone
        self._left = 4 * file.seek(0, os.SEEK_END) + 4 * MAX_PIXELS  # entries of a TIFF may name the same bytes
        self._exifs = self._scans = 0
        self.pixels_a_scan = 0  # of a JPEG, once they are known
        file.seek(0)

    def read(self, size: int = -1) -> bytes:
        if time.thread_time() > self._end:
            raise PictureError(_too_long())
        data = self._read(size)
        self._left -= len(data)
        self._exifs += data.startswith(b"Exif\0\0")  # Pillow joins all of them
        if self.pixels_a_scan:
            self._scans += data.count(b"\xff\xda")
        # the EXIF of an AVIF is parsed as soon as it is opened
        avif = size < 0 and len(data) > MAX_EXIF and data[4:11] == b"ftypavi" and b"Exif" in data
        work = self._scans * self.pixels_a_scan
        if not self._alone and (avif or self._left < 0 or self._exifs > 1 or work > MAX_SCANS):
            raise _Extraordinary
        return data


def _too_long() -> str:
    return f"takes more than {MAX_SECONDS} seconds to decode, like a file made to do so; save it anew as PNG or JPEG"


@functools.cache
def readable_formats() -> tuple[str, ...]:
    """The formats of `FORMATS` that this Pillow knows; others (PostScript runs programs) stay closed."""
    Image.init()
    return tuple(name for name in FORMATS if name in Image.OPEN)


def pixels_in(file: BinaryIO, size: int | None) -> np.ndarray:
    """The pixels of a picture file, as `pixels_of` gives them."""
    try:
        return _decoded(file, size, alone=False)
    except _Extraordinary:
        file.seek(0)
        return _decoded_alone(file.read(), size)


def _decoded(file: BinaryIO, size: int | None, alone: bool) -> np.ndarray:
    """The pixels of a picture file; ``alone`` in a process whose time is limited, where any file is tried."""
    metered = _Metered(file, alone)
    with Image.open(metered, formats=readable_formats()) as image:
        check_sides(image.height, image.width)  # by the header, before anything is decoded
        pixels = image.height * image.width
        codecs = image.format, image.info.get("compression")
        if not alone and pixels > min(ALONE.get(codec, pixels) for codec in codecs):
            raise _Extraordinary
        if image.format == "JPEG":
            metered.pixels_a_scan = pixels
        if size is not None:
            image.draft(None, (4 * size, 4 * size))  # lets JPEG decode at a half, a quarter or an eighth
        image.load()
        if not alone and any(len(image.info.get(key, "")) > MAX_EXIF for key in ("exif", "Raw profile type exif")):
            raise _Extraordinary
        return pixels_of(image, size)


def _decoded_alone(data: bytes, size: int | None) -> np.ndarray:
    """The pixels of a picture file, decoded by a process that ends with its time."""
    program = "from nst_utils.images.decoding import _answer; _answer()"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OPENBLAS_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            [sys.executable, "-c", program, str(size or 0), str(MAX_SECONDS)],
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            timeout=60 * MAX_SECONDS,  # where the system knows no limit of processor time
        )
    except subprocess.TimeoutExpired:
        raise PictureError(_too_long()) from None
    if done.returncode == 0:
        return np.load(io.BytesIO(done.stdout), allow_pickle=False)
    if done.returncode > 0:
        raise PictureError(done.stdout.decode() or "cannot be read: no process to decode it could be started")
    in_time = -done.returncode not in (signal.SIGXCPU, signal.SIGKILL)
    raise PictureError("damaged: its decoder breaks down" if in_time else _too_long())


def _answer() -> None:
    """What the process of its own does: a picture file comes in, its pixels or a reason go out."""
    with contextlib.suppress(ImportError):  # Windows has none
        import resource

        soon = math.ceil(time.process_time() + float(sys.argv[2]))
        for limit, value in [("CPU", soon), ("AS", MAX_MEMORY), ("CORE", 0)]:
            number = getattr(resource, f"RLIMIT_{limit}")
            _, most = resource.getrlimit(number)
            with contextlib.suppress(ValueError, OSError):  # lower already, or not to be had on this system
                resource.setrlimit(number, (value, most))
    answer = io.BytesIO()
    try:
        np.save(answer, _decoded(io.BytesIO(sys.stdin.buffer.read()), int(sys.argv[1]) or None, alone=True))
    except Exception as error:
        sys.stdout.buffer.write(reason_not_read(error).encode())
        sys.exit(1)
    sys.stdout.buffer.write(answer.getbuffer())


def reason_not_read(error: Exception) -> str:
    """Why a picture cannot be read, in plain words."""
    match error:
        case PictureError():
            return str(error)
        case Image.DecompressionBombError():
            return f"more than {MAX_PIXELS // 10**6} megapixels"
        case UnidentifiedImageError():
            return f"damaged, or not a picture in a known format ({', '.join(readable_formats())})"
        case MemoryError():
            return "not enough memory to hold it"
        case PermissionError():
            return "it may not be read: the right is missing for the file, or for a folder on the way to it"
        case OSError(errno=errno.ENAMETOOLONG):
            return "the name is longer than that of a file can be, 255 bytes"
    # OSError, and from damaged files SyntaxError, struct.error, zlib.error, IndexError, ...
    return f"cannot be read: {plain_reason(error)}"


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
