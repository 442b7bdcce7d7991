"""What is to be painted, as somebody outside this process may ask for it: two pictures and the settings.

A picture comes from the gallery, from a file that was sent, or from an
address; nothing of it is ever used as a path or shown as HTML. An order can be written down as JSON, from which the
command line paints the same picture, on the same machine to the bit, and as the line of Python that does it.
"""

import io
import json
import re
import shlex
import unicodedata
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nst_utils import __version__
from nst_utils.base.errors import BackboneError, DownloadError, MemoryBudgetError, PictureError, SettingError
from nst_utils.base.values import fingerprint, json_setting
from nst_utils.engine.carrying import PICTURES, carried_settings
from nst_utils.engine.settings import SETTINGS
from nst_utils.images.decoding import readable_formats
from nst_utils.images.download import downloaded_picture
from nst_utils.images.gallery import pictures
from nst_utils.images.opening import picture

MAX_BYTES = 10_000_000  # of a picture from outside
MAX_MEGAPIXELS = 24
FETCH_SECONDS = 30
LONGEST_NAME = 80
LONGEST_ADDRESS, LONGEST_IN_ERROR = 2000, 200
GALLERY, FILE, ADDRESS = "gallery", "file", "address"


@dataclass(frozen=True)
class Source:
    """A picture and where it comes from: "gallery", "file" or "address"; ``name`` is for people, never a path."""

    kind: str
    name: str
    data: bytes = field(default=b"", repr=False)

    def picture(self, size: int | None = None) -> np.ndarray:
        """Its pixels, through the one door."""
        try:
            return picture(self.name if self.kind == GALLERY else self.data, size)
        except PictureError as error:
            raise type(error)(str(error).replace("the bytes", self.name[:LONGEST_IN_ERROR], 1)) from error

    @property
    def argument(self) -> str:
        """What `stylize` and ``nst stylize`` take for it; of a file that was sent only its owner knows the folder."""
        return f"./{self.name}" if self.kind == FILE else self.name


def from_gallery(name: str) -> Source:
    """A picture that has a name."""
    if name not in pictures().names:
        raise PictureError(f"{tidy_name(name)}: no picture has this name.")
    return Source(GALLERY, name)


def from_file(name: str, data: bytes) -> Source:
    """A picture that somebody sent: within the limits of bytes and pixels, and readable.

    Examples
    --------
    >>> from_file("holiday.jpg", b"no picture")
    Traceback (most recent call last):
    ...
    nst_utils.base.errors.PictureError: holiday.jpg: damaged, or not a picture in a known format (...)
    """
    source = Source(FILE, tidy_name(name), bytes(data))
    _check_limits(source)
    return source


def from_address(address: str) -> Source:
    """A picture at a public http(s) address, within the same limits."""
    address = address.strip()
    if not re.match(r"https?://[^\s/]", address, re.IGNORECASE):
        wanted = "an address begins with http:// or https://; files are sent with the upload button"
        raise DownloadError(f"{address[:80]!r} is no address: {wanted}." if address else f"No address: {wanted}.")
    if len(address) > LONGEST_ADDRESS:
        raise DownloadError(f"{address[:80]!r} goes on for {len(address):,} characters; at most 2,000 are taken.")
    source = Source(ADDRESS, address, downloaded_picture(address, MAX_BYTES, FETCH_SECONDS))
    _check_limits(source)
    return source


def _check_limits(source: Source) -> None:
    """Bytes, then pixels by the header, before anything is decoded; then whether it opens at all."""
    from PIL import Image

    name = source.name[:LONGEST_IN_ERROR]
    if len(source.data) > MAX_BYTES:
        raise PictureError(
            f"{name}: {len(source.data) / 1e6:.1f} MB; at most {MAX_BYTES / 1e6:g} are taken. Save it smaller."
        )
    try:
        opened = io.BytesIO(source.data)
        with warnings.catch_warnings(action="ignore"), Image.open(opened, formats=readable_formats()) as image:
            pixels = image.width * image.height
    except Exception:  # the door below says why
        pixels = 0
    if pixels > MAX_MEGAPIXELS * 1e6:
        raise PictureError(
            f"{name}: {pixels / 1e6:.0f} megapixels; at most {MAX_MEGAPIXELS} are taken. Save it smaller."
        )
    source.picture(64)


def tidy_name(name: str) -> str:
    """The last part of a file's name without what cannot be printed, and not too long.

    Examples
    --------
    >>> tidy_name("../../etc/cat.jpg"), tidy_name("a\\x00b" + "c" * 90 + ".png")[-8:]
    ('cat.jpg', 'cccc.png')
    """
    last = str(name).replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    printable = "".join(letter for letter in last if unicodedata.category(letter)[0] != "C").strip()
    stem, dot, ending = printable.rpartition(".")
    if len(printable) > LONGEST_NAME:
        printable = f"{stem[: LONGEST_NAME - 6]}{dot}{ending[:5]}" if dot else printable[:LONGEST_NAME]
    return printable or "picture"


@dataclass(frozen=True)
class Order:
    """What to paint, how, and with which settings; only those that are not the default have to be given.

    ``style`` is a source, or a tuple of several; a mask or a map of the content among the settings is a PNG, a path, or
    a list of these.
    """

    content: Source
    style: Source | tuple[Source, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)

    def all_settings(self) -> dict[str, Any]:
        """The settings with the defaults of `stylize`."""
        return {**SETTINGS, **self.settings}

    @property
    def styles(self) -> tuple[Source, ...]:
        """All styles."""
        return self.style if isinstance(self.style, tuple) else (self.style,)

    def files(self) -> dict[str, bytes]:
        """The pictures among the settings, under the names that the line of Python has for them."""
        named = [pair for name in PICTURES for pair in self._named(name, self.settings.get(name))]
        return {file: one for file, one in named if isinstance(one, bytes)}

    def to_json(self, stopped_after: int | None = None) -> str:
        """All that is needed to paint it again; ``stopped_after`` is the step at which somebody had enough.

        Of content and style only names and fingerprints are written.
        """
        about = {
            "nst_utils": __version__,
            "content": _described(self.content),
            "style": _described(self.style) if isinstance(self.style, Source) else [*map(_described, self.style)],
            "settings": carried_settings(self.all_settings()),
            **({"stopped_after": stopped_after} if stopped_after is not None else {}),
        }
        return json.dumps(about, indent=2, ensure_ascii=False) + "\n"

    def python(self) -> str:
        """The line of Python that paints it."""
        changed = {n: v for n, v in self.settings.items() if v != SETTINGS[n] and n != "snapshots"}  # of no effect here
        for name in (name for name in PICTURES if name in changed):
            paths = [f"./{file}" if isinstance(one, bytes) else one for file, one in self._named(name, changed[name])]
            changed[name] = paths if isinstance(changed[name], list) else paths[0]
        styles = [style.argument for style in self.styles]
        arguments = [repr(self.content.argument), repr(styles if len(styles) > 1 else styles[0])]
        arguments += [f"{name}={json_setting(value)!r}" for name, value in changed.items()]
        return f"nst.stylize({', '.join(arguments)})"

    def _named(self, name: str, given: Any) -> list[tuple[str, Any]]:
        """The picture of a setting, or each of several, with a name for its file that no picture which was sent has."""
        sent = {source.name for source in (self.content, *self.styles) if source.kind == FILE}
        while any(file.startswith(name) for file in sent):
            name = f"the_{name}"
        if isinstance(given, list):
            return [(f"{name}_{number}.png", one) for number, one in enumerate(given, 1)]
        return [(f"{name}.png", given)]

    def command(self) -> str:
        """The command that paints it, with the settings from the file of `to_json`."""
        named = shlex.join([self.content.argument, *(style.argument for style in self.styles)])
        return f"nst stylize {named} --settings settings.json -o painting.png"


def _described(source: Source) -> dict[str, str]:
    return {"kind": source.kind, "name": source.name, "sha256": fingerprint(source.picture())}


def parsed_layers(name: str, text: str) -> list[str] | dict[str, float] | None:
    """Layers as a person writes them: names, or names with weights; None for nothing, the default.

    Examples
    --------
    >>> parsed_layers("style_layers", "block1_conv1, block2_conv1")
    ['block1_conv1', 'block2_conv1']
    >>> parsed_layers("style_layers", "block1_conv1=.2, block2_conv1=.8")
    {'block1_conv1': 0.2, 'block2_conv1': 0.8}
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not any("=" in part for part in parts):
        return parts or None
    try:
        return {layer.strip(): float(weight) for layer, _, weight in (part.partition("=") for part in parts)}
    except ValueError:
        raise SettingError(f"{name} is {text.strip()[:80]!r}; write names, or name=weight for all of them.") from None


def control_at_fault(error: Exception, settings: Mapping[str, Any]) -> str:
    """The control beside which an error is shown: the name of a keyword, or "" for none in particular.

    Examples
    --------
    >>> control_at_fault(SettingError("steps is 0; it is a whole number"), {})
    'steps'
    """
    text = str(error)
    if isinstance(error, MemoryBudgetError):
        return "size"
    if (first := re.match(r"\w+", text)) and first[0] in SETTINGS:
        return first[0]
    if isinstance(error, BackboneError):
        for name in ("content_layers", "style_layers"):
            if any(repr(layer) in text for layer in settings.get(name) or ()):
                return name
        return "weights" if "weights" in text else "backbone"
    return "size" if text.startswith("At size") else ""
