"""Whose turn it is: a queue for several kernels on one machine, kept by locked files in a temporary folder.

Floor 1: knows nothing of pictures or runs. Each visitor of a served Studio has a kernel of its own; here they agree on
how many paint at once. A ticket is a file that its owner holds locked: a kernel that dies lets go of it, whatever
happened to it.
"""

import contextlib
import os
import stat
import tempfile
import threading
from pathlib import Path

from nst_utils.base.errors import NSTError, SettingError

try:
    import fcntl
except ImportError:  # Windows, where the limit is not kept
    fcntl = None


def usual_limit() -> int:
    """How many may work at once: NST_STUDIO_RUNS, or one for each four processor cores."""
    told = os.environ.get("NST_STUDIO_RUNS")
    if told is None:
        return max(1, (os.cpu_count() or 1) // 4)
    if not told.isdecimal() or int(told) < 1:
        raise SettingError(f"NST_STUDIO_RUNS is {told!r}; it is a whole number, 1 or more.")
    return int(told)


class Turn:
    """A place in the queue, taken when it is needed and left when it is not.

    Parameters
    ----------
    limit : how many may work at once; default: `usual_limit`
    folder : where the tickets lie; default: one for this user in the system's temporary folder

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     first, second = Turn(1, folder), Turn(1, folder)
    ...     first.before(), second.before()
    ...     first.leave()
    ...     second.before()
    ...     second.leave()
    (0, 1)
    0
    """

    def __init__(self, limit: int | None = None, folder: str | os.PathLike | None = None):
        self._limit = usual_limit() if limit is None else limit
        self._folder = None if folder is None else Path(folder)
        self._ticket: Path | None = None
        self._file = None
        self._lock = threading.Lock()  # a button leaves the place while the worker asks for it
        self.held = False

    def before(self) -> int:
        """How many must leave before it is our turn: 0 when it is. The first call takes a place."""
        with self._lock:
            if fcntl is None:
                self.held = True
            if self.held:
                return 0
            if self._ticket is None:
                self._take()
            ahead = sum(1 for ticket in _tickets(self._ticket.parent) if ticket < self._ticket and _is_held(ticket))
            self.held = ahead < self._limit
            return max(0, ahead - self._limit + 1)

    def leave(self) -> None:
        """Give the place to the next one."""
        with self._lock:
            file, ticket = self._file, self._ticket
            self._file = self._ticket = None
            self.held = False
            if ticket is not None:
                ticket.unlink(missing_ok=True)
            if file is not None:
                file.close()

    def __del__(self):
        with contextlib.suppress(Exception):
            self.leave()

    def _take(self) -> None:
        """Draw the next number; under a lock, so that who comes first has the lower one."""
        folder = _own_folder() if self._folder is None else self._folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with (folder / "door").open("ab") as door:
                fcntl.flock(door, fcntl.LOCK_EX)
                for dead in [ticket for ticket in _tickets(folder) if not _is_held(ticket)]:
                    dead.unlink(missing_ok=True)  # only here, where no new one can get its name meanwhile
                last = max((int(ticket.name.split("-")[1]) for ticket in _tickets(folder)), default=0)
                ticket = folder / f"ticket-{last + 1:012}"
                beside = folder / f"new-{os.getpid()}-{id(self)}"
                file = beside.open("wb")
                fcntl.flock(file, fcntl.LOCK_EX)  # before anybody can see it and take it for a dead one
                beside.rename(ticket)
        except OSError as error:
            raise NSTError(f"The queue in {folder} cannot be used: {error.strerror or error}.") from error
        self._file, self._ticket = file, ticket


def _tickets(folder: Path) -> list[Path]:
    return sorted(folder.glob("ticket-*"))


def _is_held(ticket: Path) -> bool:
    """Whether its owner is alive."""
    try:
        with ticket.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        pass
    return False


def _own_folder() -> Path:
    """A folder that only this user can write to: the names in the system's temporary folder are anybody's."""
    folder = Path(tempfile.gettempdir(), f"nst-studio-{os.getuid()}")
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        about = folder.lstat()
    except OSError as error:
        raise NSTError(f"The queue in {folder} cannot be used: {error.strerror or error}.") from error
    if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.getuid() or about.st_mode & 0o077:
        raise NSTError(f"{folder} belongs to somebody else or is open to others; remove it, or set TMPDIR.")
    return folder
