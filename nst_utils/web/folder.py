"""The folder of what was collected, and the manifest that says where each picture comes from.

Bytes become a file only after they have come through the one door, `picture`; a file's name is made from its bytes, the
same picture is kept once, and at any moment the manifest speaks of the files that are there.
"""

import hashlib
import io
import json
import os
import re
import warnings
from collections.abc import Iterable
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


class Seen(NamedTuple):
    """What the bytes of a picture show."""

    ending: str
    facts: dict[str, int | str]  # width, height, bytes, sha256 and pixels, as `Collected` has them


def seen(data: bytes, smallest: int) -> Seen:
    """What the bytes show, if they come through the one door."""
    shown = picture(data)
    height, width = shown.shape[:2]
    if min(height, width) < smallest:
        raise PictureError(f"{width} x {height} pixels; each side needs at least {smallest} (smallest)")
    with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(data), formats=readable_formats()) as image:
        ending = ENDINGS[image.format]
    pixels = hashlib.sha256(f"{width} x {height}".encode())
    for row in shown:  # not all at once: large pictures as bytes beside their floats would need memory
        pixels.update(np.rint(row * 255).astype(np.uint8))
    facts = {"width": width, "height": height, "bytes": len(data)}
    return Seen(ending, {**facts, "sha256": hashlib.sha256(data).hexdigest(), "pixels": pixels.hexdigest()})


class Folder:
    """The folder and its manifest."""

    def __init__(self, into: str | os.PathLike):
        if not isinstance(into, str | os.PathLike) or not str(into):
            raise SettingError(f"into is {into!r}; give the folder in which to keep the pictures.")
        self.path = Path(into).expanduser()
        there = next(path for path in (self.path, *self.path.absolute().parents) if path.exists())
        if not there.is_dir() or not os.access(there, os.W_OK):
            raise SettingError(f"into is {self.path}; nothing can be written into {there}. Choose another folder.")
        self.records = self._read()
        self._changed = False

    def _read(self) -> dict[str, Collected]:
        path = self.path / MANIFEST
        if not path.exists():
            return {}
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            records = [Collected(**{**entry, "also": tuple(entry["also"])}) for entry in content["pictures"]]
            return {record.file: record for record in records if self._sound(record)}
        except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise SettingError(
                f"{path} is not a manifest that nst.collect wrote ({plain_reason(error)}). Move it away, or choose "
                "another folder with into."
            ) from error

    def _sound(self, record: Collected) -> bool:
        """Whether a record's file is one of ours and still the same; a manifest from elsewhere may name anything."""
        path = self.path / record.file
        ours = re.fullmatch(r"[0-9a-f]{12,64}\.[a-z0-9]{3,4}", record.file)
        return bool(ours) and path.is_file() and sha256_of(path) == record.sha256

    def known(self, addresses: Iterable[str]) -> Collected | None:
        """The picture that came from one of the addresses before."""
        came = {address: record for record in self.records.values() for address in (record.address, *record.also)}
        return next((came[address] for address in addresses if address in came), None)

    def twin(self, look: Seen, address: str) -> Collected | None:
        """The picture with the same bytes or the same pixels; ``address`` is noted with it."""
        for record in self.records.values():
            if look.facts["sha256"] == record.sha256 or look.facts["pixels"] == record.pixels:
                self.records[record.file] = replace(record, also=(*record.also, address))
                self._changed = True
                return self.records[record.file]
        return None

    def put(self, data: bytes, look: Seen, address: str, candidate: Candidate, page: Page) -> Collected:
        """Save a picture and its record."""
        told = {"page": page.url, "page_title": page.title, "license": page.license}
        told |= {"address": address, "alt": candidate.alt, "title": candidate.title}
        now = datetime.now(UTC).isoformat(timespec="seconds")
        record = Collected(**told, **look.facts, file=self._free_name(look), collected=now)
        self.records[record.file] = record
        self._changed = True
        self._write(record.file, data)
        self.write()
        return record

    def _free_name(self, look: Seen) -> str:
        """A name made from the bytes, so that nothing else is ever overwritten by it."""
        sha256 = look.facts["sha256"]
        for letters in (12, 24, 64):
            path = self.path / f"{sha256[:letters]}{look.ending}"
            if not os.path.lexists(path) or (path.is_file() and sha256_of(path) == sha256):
                return path.name
        raise PictureError(f"{self.path}: other files have the names of this picture. Choose another folder with into")

    def write(self) -> None:
        """Write the manifest, if it has changed, for the files that are there."""
        if not self._changed:
            return
        self.records = {file: record for file, record in self.records.items() if (self.path / file).is_file()}
        content = {
            "about": "Pictures gathered by nst.collect. A license is the one their page names: check it before use.",
            "pictures": [asdict(record) for record in self.records.values()],
        }
        self._write(MANIFEST, (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode())
        self._changed = False

    def _write(self, name: str, data: bytes) -> None:
        try:
            with written_whole(self.path / name) as beside:
                beside.write_bytes(data)
        except OSError as error:
            told = f"{self.path}: cannot be written: {plain_reason(error)}. Choose another folder with into"
            raise PictureError(told) from error


def sha256_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
