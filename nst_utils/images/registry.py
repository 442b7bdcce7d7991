"""The registry: which pictures have a name, where each one lies, and who made it.

``data/pictures.toml`` holds it. A picture is in the data folder, in another package, or downloaded on first use.
"""

import functools
import hashlib
import importlib.util
import tomllib
from dataclasses import dataclass
from pathlib import Path

from nst_utils.base.files import DATA, cache_folder

_GITHUB = "https://raw.githubusercontent.com"


@dataclass(frozen=True)
class Record:
    """One named picture: in the data folder (``file``), of a package (``package``, ``file``), or downloaded."""

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
        if self.repository or self.package:
            return self.package or "download"
        return "drawn here" if self.credit == "this project" else "copied here"

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


@functools.cache
def registry() -> dict[str, Record]:
    """Every named picture."""
    with (DATA / "pictures.toml").open("rb") as file:
        return {name: Record(name=name, **entry) for name, entry in tomllib.load(file).items()}
