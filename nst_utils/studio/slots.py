"""How many Studios of one user paint at once on a machine: each takes one of a few slots, or waits until one is free.

Each visitor of a served Studio has a kernel of its own; they agree by locked files in a temporary folder. The system
lets go of a lock when its owner dies, whatever happened to it.
"""

import contextlib
import os
import stat
import tempfile
import threading
from pathlib import Path

from filelock import FileLock, Timeout

from nst_utils.base.errors import NSTError, SettingError


def usual_limit() -> int:
    """How many may paint at once: NST_STUDIO_RUNS, or one for each four processor cores."""
    return number_from("NST_STUDIO_RUNS", max(1, (os.cpu_count() or 1) // 4))


def number_from(variable: str, usual: int) -> int:
    """The whole number, 1 or more, in a variable of the environment."""
    text = os.environ.get(variable)
    if text is None:
        return usual
    if not (text.isdecimal() and len(text) < 10 and int(text) >= 1):
        raise SettingError(f"{variable} is {text[:40]!r}; it is a whole number, 1 or more.")
    return int(text)


class Slot:
    """The right to paint, taken when it is needed and left when it is not.

    Parameters
    ----------
    limit : how many may have one at once; default: `usual_limit`
    folder : where the locked files lie; default: one for this user in the system's temporary folder

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     first, second = Slot(1, folder), Slot(1, folder)
    ...     first.take(), second.take()
    ...     first.leave()
    ...     second.take()
    ...     second.leave()
    (True, False)
    True
    """

    def __init__(self, limit: int | None = None, folder: str | os.PathLike | None = None):
        self._limit = usual_limit() if limit is None else limit
        self._folder = None if folder is None else Path(folder)
        self._held: FileLock | None = None
        self._lock = threading.Lock()  # a button leaves the slot while the worker asks for it

    def take(self) -> bool:
        """Whether we have a slot; the first call after one has become free takes it."""
        with self._lock:
            if self._held is None:
                self._held = self._free_one()
            return self._held is not None

    def leave(self) -> None:
        """Let another one have it."""
        with self._lock:
            if self._held is not None:
                self._held.release()
                self._held = None

    def __del__(self):
        with contextlib.suppress(Exception):
            self.leave()

    def _free_one(self) -> FileLock | None:
        folder = _own_folder() if self._folder is None else self._folder
        try:
            for number in range(self._limit):
                lock = FileLock(folder / f"slot-{number}.lock", timeout=0, thread_local=False)
                with contextlib.suppress(Timeout):
                    lock.acquire()
                    return lock
        except (OSError, NotImplementedError) as error:
            raise NSTError(
                f"The slots in {folder} cannot be used: {getattr(error, 'strerror', 0) or error}."
            ) from error
        return None


def _own_folder() -> Path:
    """A folder that only this user can write to: the names in the system's temporary folder are anybody's."""
    folder = Path(tempfile.gettempdir(), f"nst-studio-{_user()}")
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        about = folder.lstat()
    except OSError as error:
        raise NSTError(f"The slots in {folder} cannot be used: {error.strerror or error}.") from error
    private = about.st_uid == os.getuid() and not about.st_mode & 0o077 if hasattr(os, "getuid") else True
    if not stat.S_ISDIR(about.st_mode) or not private:
        raise NSTError(f"{folder} belongs to somebody else or is open to others; remove it, or set TMPDIR.")
    return folder


def _user() -> str:
    """What tells the users of a machine apart; Windows gives each a temporary folder of their own."""
    return str(os.getuid()) if hasattr(os, "getuid") else "slots"
