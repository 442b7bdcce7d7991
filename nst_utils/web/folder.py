"""The folder of what was collected, and the manifest that says where each picture comes from.

Floor 5, the third step of `collect`. Bytes become a file only after they have come through the one door,
`picture`; a file's name is made from its bytes, the same picture is kept once, and at any moment the
manifest speaks of the files that are there.
"""

import contextlib
import hashlib
import io
import json
import os
import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from nst_utils.base.errors import PictureError, SettingError, plain_reason
from nst_utils.base.files import written_whole
from nst_utils.images.decoding import readable_formats
from nst_utils.images.opening import picture
from nst_utils.web.page import ENDINGS, Candidate, Page

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Collected:
    """One picture in the folder, as the manifest has it.

    ``license`` is the link that the *page* names, ``also`` holds further addresses of the same picture, and ``pixels``
    is the SHA-256 of what it shows, whatever the format of the file.
    """

    file: str
    address: str
    page: str
    page_title: str
    alt: str
    title: str
    license: str
    width: int
    height: int
    bytes: int
    sha256: str
    pixels: str
    collected: str
    also: tuple[str, ...] = ()


class Look(NamedTuple):
    """What a picture is, beyond its bytes."""

    ending: str
    width: int
    height: int
    sha256: str
    pixels: str


def seen(data: bytes, smallest: int) -> Look:
    """What the bytes show, if they come through the one door."""
    shown = picture(data)
    height, width = shown.shape[:2]
    if min(height, width) < smallest:
        raise PictureError(f"{width} x {height} pixels; each side needs at least {smallest} (smallest)")
    with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(data), formats=readable_formats()) as image:
        ending = ENDINGS[image.format]
    digest = hashlib.sha256(f"{width} x {height}".encode())
    for top in range(0, height, 256):  # in strips: large pictures as bytes beside their floats would need memory
        digest.update(np.rint(shown[top : top + 256] * 255).astype(np.uint8).tobytes())
    return Look(ending, width, height, hashlib.sha256(data).hexdigest(), digest.hexdigest())


class Shelf:
    """The folder and its manifest."""

    def __init__(self, into: str | os.PathLike):
        if not isinstance(into, str | os.PathLike) or not str(into):
            raise SettingError(f"into is {into!r}; give the folder in which to keep the pictures.")
        self.folder = Path(into).expanduser()
        there = next(path for path in (self.folder, *self.folder.absolute().parents) if path.exists())
        if not there.is_dir() or not os.access(there, os.W_OK):
            raise SettingError(f"into is {self.folder}; nothing can be written into {there}. Choose another folder.")
        self.records: dict[str, Collected] = {}
        self._by_address: dict[str, str] = {}
        self._changed = False
        for record in self._read():
            if self._sound(record):
                self._enter(record)

    def _read(self) -> list[Collected]:
        path = self.folder / MANIFEST
        if not path.exists():
            return []
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            return [_record(entry) for entry in content["pictures"]]
        except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise SettingError(
                f"{path} is not a manifest that nst.collect wrote ({plain_reason(error)}). Move it away, or choose "
                "another folder with into."
            ) from error

    def _sound(self, record: Collected) -> bool:
        """Whether a record's file is one of ours and still the same; a manifest from elsewhere may name anything."""
        if not re.fullmatch(r"[0-9a-f]{12,64}\.[a-z0-9]{3,4}", record.file):
            return False
        path = self.folder / record.file
        return path.is_file() and path.stat().st_size == record.bytes and sha256_of(path) == record.sha256

    def _enter(self, record: Collected) -> None:
        self.records[record.file] = record
        self._by_address |= dict.fromkeys((record.address, *record.also), record.file)

    def known(self, addresses: Iterable[str]) -> Collected | None:
        """The picture that came from one of the addresses before."""
        files = (self._by_address.get(address) for address in addresses)
        return next((self.records[file] for file in files if file in self.records), None)

    def twin(self, look: Look, address: str) -> Collected | None:
        """The picture with the same bytes or the same pixels; ``address`` is noted with it."""
        for record in self.records.values():
            if look.sha256 == record.sha256 or look.pixels == record.pixels:
                self._enter(replace(record, also=(*record.also, address)))
                self._changed = True
                return self.records[record.file]
        return None

    def put(self, data: bytes, look: Look, address: str, candidate: Candidate, page: Page) -> Collected:
        """Save a picture and its record."""
        record = Collected(
            file=self._free_name(look),
            address=address,
            page=page.url,
            page_title=page.title,
            alt=candidate.alt,
            title=candidate.title,
            license=page.license,
            width=look.width,
            height=look.height,
            bytes=len(data),
            sha256=look.sha256,
            pixels=look.pixels,
            collected=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        self._enter(record)
        self._changed = True
        with self._writing(), written_whole(self.folder / record.file) as beside:
            beside.write_bytes(data)
        self.write()
        return record

    def _free_name(self, look: Look) -> str:
        """A name made from the bytes, so that nothing else is ever overwritten by it."""
        for letters in (12, 24, 64):
            path = self.folder / f"{look.sha256[:letters]}{look.ending}"
            if not os.path.lexists(path) or (path.is_file() and sha256_of(path) == look.sha256):
                return path.name
        raise PictureError(
            f"{self.folder}: other files have the names of this picture. Choose another folder with into"
        )

    def write(self) -> None:
        """Write the manifest, if it has changed, for the files that are there."""
        if not self._changed:
            return
        self.records = {file: record for file, record in self.records.items() if (self.folder / file).is_file()}
        content = {
            "about": "Pictures gathered by nst.collect. A license is the one their page names: check it before use.",
            "pictures": [asdict(record) for record in self.records.values()],
        }
        with self._writing(), written_whole(self.folder / MANIFEST) as beside:
            beside.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        self._changed = False

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise PictureError(
                f"{self.folder}: cannot be written: {plain_reason(error)}. Choose another folder with into"
            ) from error


def _record(entry: dict) -> Collected:
    """The record in an entry of a manifest, if each value is of its kind."""
    record = Collected(**entry)
    for name, kind in Collected.__annotations__.items():
        value = getattr(record, name)
        if type(value) is not (list if name == "also" else kind):
            raise TypeError(f"{name} is {value!r:.80}")
    if not all(isinstance(address, str) for address in record.also):
        raise TypeError(f"also is {record.also!r:.80}")
    return replace(record, also=tuple(record.also))


def sha256_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
