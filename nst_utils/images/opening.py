"""The one door for pictures.

Whatever a user has (a name, a path, a URL, bytes, a PIL image, an array) becomes a float32 array (h, w, 3) of sRGB
values in [0, 1], or a `PictureError` that says why not. Past this door nobody checks again.
"""

import contextlib
import io
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from nst_utils.base.errors import DownloadError, PictureError, plain_reason
from nst_utils.images.addresses import PrivateAddressError, UnreachableError
from nst_utils.images.arrays import MIN_SIDE, check_sides, checked_array, checked_size, fit
from nst_utils.images.decoding import pixels_in, pixels_of, reason_not_read
from nst_utils.images.download import MAX_DOWNLOAD, downloaded_picture, private_allowed
from nst_utils.images.registry import Record, registry


def picture(x: Any, size: int | None = None, *, enlarge: bool = False) -> np.ndarray:
    """The picture in ``x``.

    EXIF orientation is applied, transparency laid on white, gray and palette colors become RGB, 16-bit values keep
    their depth where Pillow does, colors are brought to sRGB by the ICC profile. Of an animation, the first frame.

    Parameters
    ----------
    x
        A name of `pictures`, a path, an http(s) URL, bytes, a PIL image, or an array: (h, w), (h, w, 1), (h, w, 3)
        or (h, w, 4), uint8, uint16, bool, or floating in [0, 1]. A name wins over a file of that name; write
        ``./name`` for the file.
    size
        Bound of the longer side in pixels.
    enlarge
        Whether a smaller picture is enlarged to ``size``.

    Returns
    -------
    array (h, w, 3)
        float32 in [0, 1]; both sides at least 8, at most 100 megapixels.

    Raises
    ------
    PictureError
        When ``x`` is not a picture, or takes more than ten seconds of processor time; `DownloadError` when it could
        not be fetched.

    Examples
    --------
    >>> gray = picture(np.full((20, 40), 255, np.uint8), size=20)
    >>> gray.shape, gray.dtype.name, float(gray.max())
    ((10, 20, 3), 'float32', 1.0)
    """
    size = None if size is None else checked_size(size)
    if isinstance(x, str):
        x, label = _named(x), x or "the empty name"
    elif isinstance(x, os.PathLike):
        x = label = Path(x)
    elif isinstance(x, bytes | bytearray | memoryview):
        x, label = io.BytesIO(x), "the bytes"
    elif isinstance(x, Image.Image):
        label = getattr(x, "filename", "") or "PIL image"
    elif hasattr(x, "__array__") or isinstance(x, list | tuple):
        label = "array"
    else:
        raise PictureError(
            f"{type(x).__name__} is not a picture: give a name, a path, a URL, bytes, a PIL image or an array"
        )
    with plainly(label):
        pixels = checked_array(_pixels(x, size))
        if size is not None:
            pixels = fit(pixels, size, enlarge=enlarge)
            height, width = pixels.shape[:2]
            if min(height, width) < MIN_SIDE:
                raise PictureError(
                    f"at size {size} it is {width} x {height} pixels; each side needs at least {MIN_SIDE}"
                )
    return pixels


def _named(text: str) -> Path | io.BytesIO:
    """What a string stands for: a registered name, a URL, or a path."""
    if text in registry():
        return fetched(registry()[text])
    if "://" in text:
        return io.BytesIO(_downloaded(text))
    return Path(text)


def _pixels(x: Any, size: int | None) -> np.ndarray:
    """The pixels in ``x``, in any of the forms that `checked_array` takes."""
    if isinstance(x, Image.Image):
        check_sides(x.height, x.width)
        return pixels_of(x.copy(), size)
    if not isinstance(x, Path | io.BytesIO):
        return np.asarray(x)
    with _checked_path(x).open("rb") if isinstance(x, Path) else x as file:
        return pixels_in(file, size)


def _checked_path(path: Path) -> Path:
    try:
        path = path.expanduser()
    except RuntimeError:
        raise PictureError(
            "there is no user of this name; write ./ before it for a file whose name begins so"
        ) from None
    if path.is_dir():
        raise PictureError("this is a folder, not a picture")
    if not path.exists():
        import difflib

        near = difflib.get_close_matches(str(path), registry(), cutoff=0.5)
        hint = f"Did you mean {' or '.join(near)}? " if near else ""
        raise PictureError(f"no such file, and no picture of this name. {hint}nst.pictures() shows the names")
    if not path.is_file():
        raise PictureError("this is not an ordinary file")
    if path.stat().st_size == 0:
        raise PictureError("the file is empty")
    return path


@contextlib.contextmanager
def plainly(label: str | Path) -> Iterator[None]:
    """Whatever goes wrong inside becomes a `PictureError` that names ``label``; warnings of decoders are dropped."""
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    except Exception as error:
        cause = error.__cause__ if isinstance(error, PictureError) else error
        raise PictureError(f"{str(label)[:200]}: {reason_not_read(error)}") from cause


# --- Downloads --------------------------------------------------------------------------------------------------------


def _downloaded(url: str, limit: int = MAX_DOWNLOAD) -> bytes:
    """What the fetcher brings; the address is the user's or ours, so a proxy is used."""
    try:
        return downloaded_picture(url, limit, allow_private=private_allowed(), proxies=True)
    except PrivateAddressError as error:
        raise DownloadError(f"{error}; it is opened only with NST_ALLOW_PRIVATE=1 in the environment") from error
    except UnreachableError as error:
        raise DownloadError(f"{error}. {_offline_hint()}") from error


def _offline_hint() -> str:
    return f"Available offline: {', '.join(record.name for record in registry().values() if record.offline)}"


def fetched(record: Record) -> Path:
    """The file of a named picture, downloaded if need be."""
    if not record.repository:
        if not record.offline:
            raise PictureError(
                f"{record.name}: {record.location.name} is missing from {record.package or 'the data folder'}"
            )
        return record.location
    import pooch

    pooch.get_logger().setLevel("WARNING")  # its progress lines are no news to a student
    try:
        return Path(
            pooch.retrieve(
                record.url,
                known_hash=f"sha256:{record.sha256}",
                fname=record.location.name,
                path=record.location.parent,
                downloader=lambda url, file, _: Path(file).write_bytes(_downloaded(url, record.bytes)),
            )
        )
    except DownloadError as error:
        raise DownloadError(f"{record.name}: {error}") from error
    except ValueError as error:
        raise DownloadError(f"{record.name}: {record.url} sends another file than expected (wrong checksum)") from error
    except OSError as error:
        folder = record.location.parent
        raise PictureError(
            f"{record.name}: cannot be kept in {folder}: {plain_reason(error)}. Set NST_CACHE to another folder"
        ) from error
