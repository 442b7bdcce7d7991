"""Where files lie, and how they are written.

Floor 0: the data folder (beside the package in a checkout, inside it in a wheel), the cache folder, and one way to
write: beside the target, then renamed, so that a full disk or a killed run leaves no half-written file.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import platformdirs

_PACKAGE = Path(__file__).parents[1]
DATA = _PACKAGE / "data" if (_PACKAGE / "data").is_dir() else _PACKAGE.parent / "data"


def cache_folder() -> Path:
    """Where downloads are kept: ``NST_CACHE``, or the folder the system has for caches."""
    return Path(os.environ.get("NST_CACHE") or platformdirs.user_cache_dir("nst_utils", appauthor=False))


@contextlib.contextmanager
def written_whole(path: str | os.PathLike) -> Iterator[Path]:
    """A temporary path beside ``path`` (same ending), renamed to it when the block ends well, removed when not."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    beside = Path(name)
    try:
        yield beside
        beside.chmod(0o666 & ~_umask())  # mkstemp makes it private; the result is an ordinary file
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
