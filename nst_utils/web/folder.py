"""The folder of what was collected, and the manifest that says where each picture comes from.

Bytes become a file only after they have come through the one door, `picture`; a file's name is made from its bytes, the
same file is kept once, and at any moment the manifest speaks of the files that are there.
"""

import hashlib
import io
import json
import os
import re
import warnings
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image

from nst_utils.base.errors import PictureError, SettingError, plain_reason
from nst_utils.base.files import written_whole
from nst_utils.images.decoding import readable_formats
from nst_utils.images.opening import picture
from nst_utils.web.page import ENDINGS, Candidate, Page

MANIFEST = "manifest.json"
ABOUT = "Pictures gathered by nst.collect. A license is the one their page names: check it before use."


@dataclass(frozen=True)
class Collected:
    """One picture in the folder, as the manifest has it.

    ``license`` is the link that the *page* names, and ``also`` holds further addresses of the same picture.
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
    collected: str
    also: tuple[str, ...] = ()


class Folder:
    """The folder and its manifest."""

    def __init__(self, into: str | os.PathLike):
        if not isinstance(into, str | os.PathLike) or not str(into):
            raise SettingError(f"into is {into!r}; give the folder in which to keep the pictures.")
        self.path = Path(into).expanduser()
        nearest = next(path for path in (self.path, *self.path.absolute().parents) if path.exists())
        if not nearest.is_dir() or not os.access(nearest, os.W_OK):
            raise SettingError(f"into is {self.path}; nothing can be written into {nearest}. Choose another folder.")
        self.records = self._read()

    def _read(self) -> dict[str, Collected]:
        path = self.path / MANIFEST
        if not path.exists():
            return {}
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            names = [field.name for field in fields(Collected)]  # older manifests have more
            entries = [{name: entry[name] for name in names} for entry in content["pictures"]]
            records = [Collected(**{**entry, "also": tuple(entry["also"])}) for entry in entries]
            return {record.file: record for record in records if self._is_sound(record)}
        except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
            fault = f"{path} is not a manifest that nst.collect wrote ({plain_reason(error)})"
            raise SettingError(f"{fault}. Move it away, or choose another folder with into.") from error

    def _is_sound(self, record: Collected) -> bool:
        """Whether a record's file is one of ours and still the same; a manifest from elsewhere may name anything."""
        ours = re.fullmatch(r"[0-9a-f]{12,64}\.[a-z0-9]{3,4}", record.file)
        return bool(ours) and self._holds(record.file, record.sha256)

    def _holds(self, name: str, sha256: str) -> bool:
        path = self.path / name
        return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256

    def origins(self) -> dict[str, Collected]:
        """The addresses that pictures in the folder came from, with these pictures."""
        return {address: record for record in self.records.values() for address in (record.address, *record.also)}

    def add(self, data: bytes, smallest: int, candidate: Candidate, page: Page) -> None:
        """Save a picture with its record; of one that is there already, note the address."""
        height, width, _ = picture(data).shape
        if min(height, width) < smallest:
            raise PictureError(f"{width} x {height} pixels; each side needs at least {smallest} (smallest)")
        sha256 = hashlib.sha256(data).hexdigest()
        twin = next((record for record in self.records.values() if record.sha256 == sha256), None)
        if twin:
            self.records[twin.file] = replace(twin, also=(*twin.also, candidate.address))
        else:
            file, now = self._free_name(sha256, data), datetime.now(UTC).isoformat(timespec="seconds")
            source = {"page": page.url, "page_title": page.title, "license": page.license, **candidate._asdict()}
            facts = {"width": width, "height": height, "bytes": len(data), "sha256": sha256, "collected": now}
            self.records[file] = Collected(file=file, **source, **facts)
            with written_whole(self.path / file) as beside:
                beside.write_bytes(data)
        self.write_manifest()

    def _free_name(self, sha256: str, data: bytes) -> str:
        """A name made from the bytes, so that nothing else is ever overwritten by it."""
        quiet = warnings.catch_warnings(action="ignore")
        with quiet, Image.open(io.BytesIO(data), formats=readable_formats()) as image:
            ending = ENDINGS[image.format]
        for name in (f"{sha256[:12]}{ending}", f"{sha256}{ending}"):
            if not os.path.lexists(self.path / name) or self._holds(name, sha256):
                return name
        raise PictureError(f"{self.path}: other files have the names of this picture. Choose another folder with into")

    def write_manifest(self) -> None:
        """Write down what has a file: Ctrl-C may come between a record and its file."""
        self.records = {file: record for file, record in self.records.items() if (self.path / file).is_file()}
        if self.records:
            content = {"about": ABOUT, "pictures": [asdict(record) for record in self.records.values()]}
            with written_whole(self.path / MANIFEST) as beside:
                beside.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
