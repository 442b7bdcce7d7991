"""Pictures: the one door through which they come in, their sizes, their files, and the registry of named ones.

Floor 1, the start of the flow. Whatever a user has (a name, a path, a URL, bytes, a PIL image, an array) becomes a
float32 array (h, w, 3) of sRGB values in [0, 1], or a `PictureError` that says why not. Past this door nobody checks
again. Pillow opens, pooch keeps downloads, ``data/pictures.toml`` knows the names.
"""

import base64
import contextlib
import functools
import hashlib
import html
import importlib.util
import io
import logging
import math
import operator
import os
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from nst_utils.base.errors import DownloadError, PictureError, plain_reason
from nst_utils.base.files import DATA, cache_folder, written_whole
from nst_utils.images.addresses import PrivateAddressError, UnreachableError
from nst_utils.images.download import MAX_DOWNLOAD, downloaded_picture, private_allowed

MAX_PIXELS = 100_000_000  # more is refused before decoding: 1.2 GB as floats
MIN_SIDE = 8  # less has nothing to stylize

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP", "PPM", "AVIF", "JPEG2000")
SAVE_OPTIONS = {
    ".png": {"format": "PNG"},
    ".jpg": {"format": "JPEG", "quality": 95, "subsampling": 0},
    ".jpeg": {"format": "JPEG", "quality": 95, "subsampling": 0},
    ".webp": {"format": "WEBP", "quality": 95},
    ".tif": {"format": "TIFF", "compression": "tiff_deflate"},
    ".tiff": {"format": "TIFF", "compression": "tiff_deflate"},
    ".bmp": {"format": "BMP"},
}

logging.getLogger("PIL").addHandler(logging.NullHandler())  # what its readers log is in the error already

_OVERSHOOT = 1e-3  # rounding in other people's arithmetic: clipped, not refused
_GITHUB = "https://raw.githubusercontent.com"


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
        When ``x`` is not a picture; `DownloadError` when it could not be fetched.

    Examples
    --------
    >>> gray = picture(np.full((20, 40), 255, np.uint8), size=20)
    >>> gray.shape, gray.dtype.name, float(gray.max())
    ((10, 20, 3), 'float32', 1.0)
    """
    size = None if size is None else _checked_size(size)
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
    with _plainly(label):
        pixels = _checked_array(_pixels(x, size))
        if size is not None:
            pixels = fit(pixels, size, enlarge=enlarge)
            height, width = pixels.shape[:2]
            if min(height, width) < MIN_SIDE:
                raise PictureError(
                    f"at size {size} it is {width} x {height} pixels; each side needs at least {MIN_SIDE}"
                )
    return pixels


def fit(picture: np.ndarray, size: int, enlarge: bool = False) -> np.ndarray:
    """``picture`` (h, w, 3) with its longer side at most ``size``; exactly ``size`` with ``enlarge``.

    Examples
    --------
    >>> fit(np.zeros((30, 60, 3), np.float32), 20).shape
    (10, 20, 3)
    """
    height, width = picture.shape[:2]
    scale = _checked_size(size) / max(height, width)
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


def save_picture(picture: np.ndarray, path: str | os.PathLike) -> Path:
    """Write ``picture`` (h, w, 3) to ``path`` with 8 bits a channel, in the format of its ending, and return the path.

    The file is whole or not there at all. JPEG and WebP are written at quality 95.
    """
    path = Path(path)
    options = SAVE_OPTIONS.get(path.suffix.lower())
    if options is None:
        raise PictureError(
            f"{path}: cannot save as {path.suffix or 'a file without ending'}; use {_listed(SAVE_OPTIONS)}"
        )
    with _plainly("picture to save"):
        pixels = _checked_array(np.asarray(picture))
    try:
        file = io.BytesIO()  # written in one go: Pillow's own writing to a file overlooks a full disk
        as_image(pixels).save(file, **options)
        with written_whole(path) as beside:
            beside.write_bytes(file.getvalue())
    except Exception as error:  # OSError, and for a side that the format cannot hold ValueError or struct.error
        raise PictureError(f"{path}: cannot save: {plain_reason(error)}") from error
    return path


def as_image(picture: np.ndarray) -> Image.Image:
    """``picture`` (h, w, 3) as an 8-bit PIL image."""
    return Image.fromarray(np.rint(np.asarray(picture) * 255).astype(np.uint8))


# --- From anything to pixels ------------------------------------------------------------------------------------------


def moving(pictures: Sequence[np.ndarray], seconds: float) -> bytes:
    """Pictures of one shape as a GIF that takes so long and begins again."""
    import imageio.v3 as imageio

    shots = [np.uint8(np.round(picture * 255)) for picture in pictures]
    return imageio.imwrite("<bytes>", shots, extension=".gif", duration=1000 * seconds / len(shots), loop=0)


def _named(text: str) -> Path | io.BytesIO:
    """What a string stands for: a registered name, a URL, or a path."""
    if text in _registry():
        return _registry()[text].fetched()
    if "://" in text:
        return io.BytesIO(_downloaded(text))
    return Path(text)


def _pixels(x: Any, size: int | None) -> np.ndarray:
    """The pixels in ``x``, in any of the forms that `_checked_array` takes."""
    if isinstance(x, Image.Image):
        _check_sides(x.height, x.width)
        return _decoded(x.copy(), size)
    if not isinstance(x, Path | io.BytesIO):
        return np.asarray(x)
    with Image.open(_checked_path(x) if isinstance(x, Path) else x, formats=readable_formats()) as image:
        _check_sides(image.height, image.width)  # by the header, before anything is decoded
        if size is not None:
            image.draft(None, (4 * size, 4 * size))  # lets JPEG decode at a half, a quarter or an eighth
        return _decoded(image, size)


def _checked_path(path: Path) -> Path:
    path = path.expanduser()
    if path.is_dir():
        raise PictureError("this is a folder, not a picture")
    if not path.exists():
        import difflib

        near = difflib.get_close_matches(str(path), _registry(), cutoff=0.5)
        hint = f"Did you mean {' or '.join(near)}? " if near else ""
        raise PictureError(f"no such file, and no picture of this name. {hint}nst.pictures() shows the names")
    if not path.is_file():
        raise PictureError("this is not an ordinary file")
    if path.stat().st_size == 0:
        raise PictureError("the file is empty")
    return path


@functools.cache
def readable_formats() -> tuple[str, ...]:
    """The formats of `FORMATS` that this Pillow knows; others (PostScript runs programs) stay closed."""
    Image.init()
    return tuple(name for name in FORMATS if name in Image.OPEN)


@contextlib.contextmanager
def _plainly(label: str | Path) -> Iterator[None]:
    """Whatever goes wrong inside becomes a `PictureError` that names ``label``; warnings of decoders are dropped."""
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    except PictureError as error:
        reason, cause = str(error), error.__cause__
    except Image.DecompressionBombError as error:
        reason, cause = f"more than {MAX_PIXELS // 10**6} megapixels", error
    except UnidentifiedImageError as error:
        reason, cause = f"damaged, or not a picture in a known format ({_listed(readable_formats())})", error
    except MemoryError as error:
        reason, cause = "not enough memory to hold it", error
    except Exception as error:  # OSError, and from damaged files SyntaxError, struct.error, zlib.error, IndexError, ...
        reason, cause = f"cannot be read: {plain_reason(error)}", error
    else:
        return
    raise PictureError(f"{str(label)[:200]}: {reason}") from cause


def _decoded(image: Image.Image, size: int | None) -> np.ndarray:
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


# --- From pixels to a picture -----------------------------------------------------------------------------------------


def _checked_size(size: int) -> int:
    try:
        checked = operator.index(size)
    except TypeError:
        checked = 0
    if checked < 1:
        raise PictureError(f"size is {size!r}; give a whole number of pixels, at least {MIN_SIDE}")
    return checked


def _check_sides(height: int, width: int) -> None:
    if min(height, width) < MIN_SIDE:
        raise PictureError(f"{width} x {height} pixels is too small; each side needs at least {MIN_SIDE}")
    if height * width > MAX_PIXELS:
        raise PictureError(f"{width} x {height} pixels is more than {MAX_PIXELS // 10**6} megapixels")


def _checked_array(array: np.ndarray) -> np.ndarray:
    """The picture in an array, or the reason why there is none."""
    shape = array.shape
    if array.ndim == 4 and shape[0] == 1:
        raise PictureError(f"shape {shape} is a batch; give its picture, x[0]")
    if array.ndim == 3 and shape[0] in (1, 3, 4) and shape[2] not in (1, 3, 4):
        raise PictureError(f"shape {shape}: channels come last; give np.moveaxis(x, 0, -1)")
    if array.ndim not in (2, 3) or (array.ndim == 3 and shape[2] not in (1, 3, 4)):
        raise PictureError(f"shape {shape} is not (h, w), (h, w, 1), (h, w, 3) or (h, w, 4)")
    _check_sides(*shape[:2])
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
        return array.astype(np.float32) / np.iinfo(array.dtype).max
    if not np.issubdtype(array.dtype, np.floating):
        raise PictureError(f"dtype {array.dtype}; give uint8 in 0 to 255, or floats in 0 to 1")
    low, high = float(array.min()), float(array.max())
    if not (math.isfinite(low) and math.isfinite(high)):
        raise PictureError("holds NaN or infinity")
    if low < -_OVERSHOOT or high > 1 + _OVERSHOOT:
        raise PictureError(f"floats from {low:.4g} to {high:.4g}; expected 0 to 1: divide, or clip")
    return np.clip(array, 0, 1).astype(np.float32, copy=False)


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
    return f"Available offline: {', '.join(record.name for record in pictures() if record.offline)}"


# --- The registry -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Record:
    """One named picture: drawn here (``file``), of a package (``package``, ``file``), or downloaded (the rest)."""

    name: str
    title: str
    role: str
    kind: str
    license: str
    credit: str
    file: str = ""
    package: str = ""
    repository: str = ""
    commit: str = ""
    path: str = ""
    bytes: int = 0
    sha256: str = ""

    @property
    def source(self) -> str:
        """Where it comes from, in a word."""
        return "download" if self.repository else self.package or "drawn here"

    @property
    def url(self) -> str:
        """The address of a picture to download."""
        return f"{_GITHUB}/{self.repository}/{self.commit}/{self.path}" if self.repository else ""

    @property
    def location(self) -> Path:
        """The file, whether it is there or not."""
        if self.repository:
            return cache_folder() / "pictures" / f"{self.name}{Path(self.path).suffix}"
        if not self.package:
            return DATA / self.file
        module, _, inside = self.file.partition("/")
        found = importlib.util.find_spec(module)  # finds the folder without importing the package
        return Path(found.submodule_search_locations[0], inside) if found else Path(self.file)

    @property
    def offline(self) -> bool:
        """Whether it can be opened without a network; a cached download only when it is undamaged."""
        try:
            if not self.repository:
                return self.location.is_file()
            return hashlib.sha256(self.location.read_bytes()).hexdigest() == self.sha256
        except OSError:
            return False

    def fetched(self) -> Path:
        """The file, downloaded if need be."""
        if not self.repository:
            if not self.offline:
                raise PictureError(
                    f"{self.name}: {self.location.name} is missing from {self.package or 'the data folder'}"
                )
            return self.location
        import pooch

        pooch.get_logger().setLevel("WARNING")  # its progress lines are no news to a student
        try:
            return Path(
                pooch.retrieve(
                    self.url,
                    known_hash=f"sha256:{self.sha256}",
                    fname=self.location.name,
                    path=self.location.parent,
                    downloader=lambda url, file, _: Path(file).write_bytes(_downloaded(url, self.bytes)),
                )
            )
        except DownloadError as error:
            raise DownloadError(f"{self.name}: {error}") from error
        except ValueError as error:
            raise DownloadError(f"{self.name}: {self.url} sends another file than expected (wrong checksum)") from error
        except OSError as error:
            folder = self.location.parent
            raise PictureError(
                f"{self.name}: cannot be kept in {folder}: {plain_reason(error)}. Set NST_CACHE to another folder"
            ) from error


@functools.cache
def _registry() -> dict[str, Record]:
    import tomllib

    with (DATA / "pictures.toml").open("rb") as file:
        return {name: Record(name=name, **entry) for name, entry in tomllib.load(file).items()}


def pictures(role: str | None = None, kind: str | None = None) -> "Pictures":
    """The registry: every named picture, or those of a role (content, style) or a kind.

    Kinds: natural, urban, drawn, painting, pattern.

    Examples
    --------
    >>> "harbor" in pictures(role="content").names
    True
    """
    records = tuple(_registry().values())
    for field, wanted in (("role", role), ("kind", kind)):
        known = sorted({getattr(record, field) for record in _registry().values()})
        if wanted is not None and wanted not in known:
            raise PictureError(f"{field} is {wanted!r}; choose one of {', '.join(known)}")
        records = tuple(record for record in records if wanted in (None, getattr(record, field)))
    return Pictures(records)


@dataclass(frozen=True, repr=False)
class Pictures(Sequence):
    """Records of named pictures, shown as a table and, in a notebook, as a contact sheet."""

    records: tuple[Record, ...]

    def __len__(self) -> int:
        return len(self.records)

    def __getitem__(self, index):
        return Pictures(self.records[index]) if isinstance(index, slice) else self.records[index]

    @property
    def names(self) -> list[str]:
        """The names, each one good for `picture`."""
        return [record.name for record in self.records]

    def rows(self) -> list[tuple[str, ...]]:
        """The table, its heading first."""
        heading = ("name", "role", "kind", "source", "license", "credit", "offline")
        return [heading] + [
            (r.name, r.role, r.kind, r.source, r.license, r.credit, "yes" if r.offline else "no") for r in self.records
        ]

    def __str__(self) -> str:
        rows = self.rows()
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
        )

    __repr__ = __str__

    def _repr_html_(self) -> str:
        heading, *rows = self.rows()
        head = "".join(f'<th scope="col">{cell}</th>' for cell in heading)
        body = "".join(f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        shown = [record.name for record in self.records if record.offline]
        if not shown:
            return table
        jpeg = io.BytesIO()
        as_image(self.sheet()).save(jpeg, "JPEG", quality=85)
        data = base64.b64encode(jpeg.getvalue()).decode()
        return f'{table}<img alt="Contact sheet: {", ".join(shown)}" src="data:image/jpeg;base64,{data}">'

    def sheet(self, columns: int = 6, size: int = 160) -> np.ndarray:
        """A contact sheet (h, w, 3) of the pictures that are available offline, names below, ``size`` pixels a cell."""
        from PIL import ImageDraw, ImageFont

        shown = [record for record in self.records if record.offline]
        if not shown:
            raise PictureError("none of these pictures is available offline")
        columns = min(columns, len(shown))
        margin, letters = max(2, size // 20), max(9, size // 12)
        cell = size + 2 * margin
        rows = math.ceil(len(shown) / columns)
        sheet = Image.new("RGB", (columns * cell, rows * (cell + letters + margin)), "white")
        draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(letters)
        for position, record in enumerate(shown):
            row, column = divmod(position, columns)
            left, top = column * cell, row * (cell + letters + margin)
            thumbnail = as_image(picture(record.name, size))
            sheet.paste(thumbnail, (left + (cell - thumbnail.width) // 2, top + (cell - thumbnail.height) // 2))
            draw.text((left + cell // 2, top + size + margin), record.name, "black", font, anchor="ma")
        return _checked_array(np.asarray(sheet))


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words)
