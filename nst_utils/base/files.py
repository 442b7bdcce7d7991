"""Where files lie, and how they are written.

The data folder (beside the package in a checkout, inside it in a wheel), the cache folder, and one way to write: beside
the target, then renamed, so that a full disk or a killed run leaves no half-written file. What a killed run did leave
beside is removed by whoever writes into that folder next.
"""

import contextlib
import errno
import os
import platform
import secrets
import stat
import zlib
from collections.abc import Iterator
from pathlib import Path

import platformdirs

from nst_utils.base.errors import NSTError, WriteError, plain_reason

_PACKAGE = Path(__file__).parents[1]
DATA = _PACKAGE / "data" if (_PACKAGE / "data").is_dir() else _PACKAGE.parent / "data"


def cache_folder() -> Path:
    """Where downloads are kept: ``NST_CACHE``, or the folder the system has for caches."""
    return Path(os.environ.get("NST_CACHE") or platformdirs.user_cache_dir("nst_utils", appauthor=False))


@contextlib.contextmanager
def written_whole(path: str | os.PathLike) -> Iterator[Path]:
    """A temporary path beside ``path`` (same ending), renamed to it when the block ends well, removed when not.

    A link is written through. Whatever the system refuses becomes a `WriteError` that says what to do.
    """
    beside = None
    try:
        target = _target(Path(path))
        beside = _claimed_beside(target)
        yield beside
        beside.replace(target)
    except NSTError:
        raise
    except Exception as error:
        refusal = _refusal(error)
        if refusal is None:
            raise
        reason = f"{plain_reason(refusal)}. {_remedy(refusal)}"
        failure = WriteError(f"{path}: cannot be written: {reason}")
        failure.strerror = reason  # for those who say in words of their own what could not be written
        raise failure from error
    finally:
        if beside is not None:
            with contextlib.suppress(OSError):
                beside.unlink(missing_ok=True)


def _target(path: Path) -> Path:
    """The file that a path means, links followed; its folder is there afterwards."""
    if "\0" in str(path):
        raise OSError(errno.EINVAL, "the name holds a null character")
    target = Path(os.path.realpath(path)) if path.is_symlink() else path
    if not target.name or target.is_dir():
        raise IsADirectoryError(errno.EISDIR, "it is a folder")
    if target.exists() and not stat.S_ISREG(target.stat().st_mode):
        raise OSError(errno.EINVAL, "it is not an ordinary file")
    target.parent.mkdir(parents=True, exist_ok=True)
    return target


# --- Temporary files --------------------------------------------------------------------------------------------------


def _claimed_beside(target: Path) -> Path:
    """A new empty file in the folder of ``target``, named after the process that writes it; stale ones are removed."""
    if len(os.fsencode(target.name)) > 255:  # said now, not after the work of writing
        raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))
    owner = _owners_of_this_machine()
    _remove_stale(target.parent, owner)
    ending = target.suffix if len(os.fsencode(target.suffix)) <= 100 else ""
    beside = target.with_name(f"{owner}{os.getpid()}-{secrets.token_hex(4)}{ending}")
    os.close(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    return beside


def _owners_of_this_machine() -> str:
    """How temporary files begin whose process, if it lives, can be seen from here: same machine, same container."""
    try:
        container = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        container = ""
    return f".nst-{zlib.crc32(f'{platform.node()} {container}'.encode()):08x}-"


def _remove_stale(folder: Path, owner: str) -> None:
    """Remove what processes left that were killed while they wrote."""
    with contextlib.suppress(OSError):
        for path in folder.glob(f"{owner}*"):
            import psutil  # seldom needed

            number = path.name[len(owner) :].partition("-")[0]
            if number.isdecimal() and not psutil.pid_exists(int(number)):
                path.unlink(missing_ok=True)


# --- Refusals ---------------------------------------------------------------------------------------------------------


def _refusal(error: BaseException | None) -> OSError | None:
    """The system's refusal that an error is or came from: libraries hide it behind errors of their own."""
    while error is not None and not isinstance(error, OSError):
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return error


def _remedy(refusal: OSError) -> str:
    match refusal.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return "Free some space, or choose another folder"
        case errno.ENAMETOOLONG:
            return "Choose a shorter name, of at most 255 bytes"
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return "Choose a folder where you may write"
    return "Choose another name or folder"
