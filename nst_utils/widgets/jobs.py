"""Work in the background: one thread a kernel, which takes a small piece of each job in turn.

Floor 2: knows nothing of widgets or runs; `paintings` and the widgets stand on it. The kernel's main thread is never
held up and can be interrupted as ever. All TensorFlow of the widgets runs on the one worker, so that two of them share
the processor instead of fighting for it. A second thread tells the widgets what is new, several times a second. Both
hold jobs weakly: what nobody keeps any more ends by itself.
"""

import atexit
import contextlib
import functools
import inspect
import logging
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from typing import Any

from nst_utils.base.errors import NSTError, plain_reason
from nst_utils.base.files import cache_folder

NEW, RUNNING, PAUSED, DONE, STOPPED, FAILED = "new", "running", "paused", "done", "stopped", "failed"
OVER = (DONE, STOPPED, FAILED)
NEWS_SECONDS = 0.25  # between two messages of a running job
IDLE_SECONDS = 20.0  # after so long without work the threads end; the next job starts them anew
GOODBYE_SECONDS = 10.0  # that the end of the process waits for the piece under way: TensorFlow must not be cut off

_log = logging.getLogger(__name__)
_log.propagate = False  # a notebook shows the sentence; the file holds the rest


@dataclass(frozen=True)
class Later:
    """Yielded by work that has not done its piece yet: when to ask again, and what to say or show meanwhile."""

    seconds: float
    note: str = ""
    value: Any = None


class Job:
    """Work that is done piece by piece in the background.

    Parameters
    ----------
    work : function
        Gives an iterator; each of its steps is a piece of work (best below half a second) and yields what there is to
        show, or `Later`.
    tell : function
        Called with the job when its state or value is new, and several times a second while it runs; on a thread that
        does nothing else. A method is held weakly.
    delay : float
        Seconds before the first piece.

    Attributes
    ----------
    state : "new", "running", "paused", "done", "stopped" or "failed"
    value : what the last piece yielded; never changed afterwards, always replaced
    note : what it waits for, if it does
    error : one sentence, if it failed

    Examples
    --------
    >>> job = Job(lambda: iter("abc"))
    >>> job.start()
    >>> job.wait(), job.state, job.value
    (True, 'done', 'c')
    """

    def __init__(self, work: Callable[[], Iterator], tell: Callable[["Job"], None] | None = None, *, delay: float = 0):
        self.state = NEW
        self.value: Any = None
        self.note = ""
        self.error = ""
        self.cause: Exception | None = None
        self._work = work
        self._pieces: Iterator | None = None
        self._tell = _weakly_held(tell)
        self._due = time.monotonic() + delay
        self._single = self._busy = False
        self._turn = 0
        self._news, self._told = 1, 0  # how often there was something new, and how much of it has been told

    # What its owner does, from any thread

    def start(self) -> None:
        """Begin, or go on after a pause."""
        self._go(single=False)

    resume = start

    def step(self) -> None:
        """Do a single piece, then pause."""
        self._go(single=True)

    def pause(self) -> None:
        """Rest after the piece under way."""
        with _crew.changed:
            if self.state == RUNNING:
                self._set(PAUSED)

    def stop(self) -> None:
        """End after the piece under way, for good; the value stays."""
        with _crew.changed:
            if self.state not in OVER:
                self._set(STOPPED)
                _crew.enlist(self)  # the worker closes what is open

    @property
    def resting(self) -> bool:
        """Whether nothing of it is under way: a pause begins when the piece has ended."""
        return self.state != RUNNING and not self._busy

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it rests and all is told; False if it does not within the time. For scripts and tests."""
        with _crew.changed:
            return _crew.changed.wait_for(self._rests, seconds)

    # What the two threads do

    def _go(self, single: bool) -> None:
        with _crew.changed:
            if self.state in (NEW, PAUSED):
                self._single = single
                self._set(RUNNING)
                _crew.enlist(self)

    def _set(self, state: str) -> None:
        self.state = state
        self._news += 1
        _crew.changed.notify_all()

    def _rests(self) -> bool:
        return self.resting and (self._told == self._news or self._told_to() is None)

    def _told_to(self) -> Callable | None:
        return self._tell()

    def _wants(self, now: float) -> bool:
        """Whether the worker has something to do for it."""
        return (self.state == RUNNING and self._due <= now) or (self.state in OVER and self._pieces is not None)

    def _advance(self) -> None:
        """One piece; on the worker's thread, outside the lock."""
        if self.state in OVER:
            self._close()
            return
        state, value, note, due, piece_done = None, None, "", 0.0, True
        try:
            if self._pieces is None:
                self._pieces = iter(self._work())
            value = next(self._pieces)
            if isinstance(value, Later):
                value, note, due, piece_done = value.value, value.note, time.monotonic() + value.seconds, False
        except StopIteration:
            state = DONE
        except Exception as error:
            state, self.error, self.cause = FAILED, sentence(error), error.with_traceback(None)
            value = getattr(error, "result", None)
        with _crew.changed:
            self._busy = False
            self.value = self.value if value is None else value
            self.note, self._due = note, due
            if state and self.state != STOPPED:
                self._set(state)
            elif self.state == RUNNING and self._single and piece_done:
                self._set(PAUSED)
            else:
                self._news += 1
        if self.state in OVER:
            self._close()
        if self.state != RUNNING:
            self._rested()

    def _rested(self) -> None:
        """On the worker's thread, after a piece that no other follows for now."""

    def _close(self) -> None:
        """Let go of the work, and of what it holds."""
        pieces, self._pieces, self._work = self._pieces, None, tuple
        if inspect.isgenerator(pieces):
            with contextlib.suppress(Exception):
                pieces.close()


def sentence(error: Exception) -> str:
    """What a person should read of an error; all of it is written to the log.

    Examples
    --------
    >>> from nst_utils.base.errors import SettingError
    >>> sentence(SettingError("size is 3; it is a whole number from 16."))
    'size is 3; it is a whole number from 16.'
    """
    _record(error)
    if isinstance(error, NSTError):
        return " ".join(str(error).split())
    reason = plain_reason(error)
    return f"This should not have happened: {type(error).__name__}: {reason} ({log_file()} has the rest)."


def log_file():
    """The file that keeps what the sentences leave out."""
    return cache_folder() / "widgets.log"


def _record(error: Exception) -> None:
    """The whole error in the log file; where none can be written, the sentence has to do."""
    with contextlib.suppress(OSError):
        if not any(getattr(handler, "baseFilename", None) == str(log_file().absolute()) for handler in _log.handlers):
            log_file().parent.mkdir(parents=True, exist_ok=True)
            for old in _log.handlers[:]:
                _log.removeHandler(old)
                old.close()
            handler = RotatingFileHandler(log_file(), maxBytes=1_000_000, backupCount=1, encoding="utf-8", delay=True)
            handler.setFormatter(logging.Formatter("%(asctime)s %(process)d %(message)s"))
            handler.handleError = lambda record: None  # a full disk is no second error
            _log.addHandler(handler)
        _log.error("%s: %s", type(error).__name__, error, exc_info=error)


class Newest:
    """Requests of which only the newest counts: those before it are dropped, or cancelled between two pieces.

    Parameters
    ----------
    compute : function
        Gives the answer; or a generator function, which can be cancelled between its pieces.
    tell : function
        Called with the `Job` of the newest request.
    delay : float
        Seconds to wait for a newer request before computing, so that a dragged slider asks once.

    Examples
    --------
    >>> newest = Newest(lambda number: number + 1, lambda job: None, delay=0)
    >>> newest.ask(1)
    >>> newest.job.wait(), newest.job.value
    (True, 2)
    """

    def __init__(self, compute: Callable, tell: Callable[[Job], None], *, delay: float = 0.15):
        self.job: Job | None = None
        self._compute, self._delay = compute, delay
        self._tell = _weakly_held(tell)

    def ask(self, *arguments) -> None:
        """Ask for the answer to these arguments, and for no other any more."""
        self.stop()
        self.job = Job(functools.partial(_pieces_of, self._compute, arguments), self._pass_on, delay=self._delay)
        self.job.start()

    def stop(self) -> None:
        """Ask for nothing any more."""
        if self.job is not None:
            self.job.stop()

    def _pass_on(self, job: Job) -> None:
        tell = self._tell()
        if job is self.job and tell is not None:
            tell(job)


def _pieces_of(compute: Callable, arguments: tuple) -> Iterator:
    answer = compute(*arguments)
    if inspect.isgenerator(answer):
        yield from answer
    else:
        yield answer


def _weakly_held(function: Callable | None) -> Callable[[], Callable | None]:
    """A function that gives this one, or None when the object of a method is gone."""
    if function is None:
        return lambda: None
    return weakref.WeakMethod(function) if inspect.ismethod(function) else lambda: function


class _Crew:
    """The worker and the teller of this process, started when there is something to do."""

    def __init__(self):
        self.changed = threading.Condition(threading.RLock())
        self._jobs: list[weakref.ref[Job]] = []
        self._turns = 0
        self._ending = False
        self._threads: dict[str, threading.Thread] = {}
        atexit.register(self.end)

    def enlist(self, job: Job) -> None:
        """Have a job looked after; with the lock held."""
        if self._ending:
            return
        if not any(known() is job for known in self._jobs):
            self._jobs.append(weakref.ref(job))
        for name, loop in (("nst-worker", self._work), ("nst-teller", self._talk)):
            if name not in self._threads or not self._threads[name].is_alive():
                self._threads[name] = threading.Thread(target=loop, name=name, daemon=True)
                self._threads[name].start()
        self.changed.notify_all()

    def alive(self) -> list[Job]:
        """The jobs that somebody still holds and that are not settled; with the lock held."""
        kept = [(known, job) for known in self._jobs if (job := known()) is not None]
        kept = [(known, job) for known, job in kept if not (job.state in OVER and job._rests() and not job._pieces)]
        self._jobs = [known for known, _ in kept]
        return [job for _, job in kept]

    def _work(self) -> None:
        idle_since = time.monotonic()
        while not self._ending:
            with self.changed:
                now = time.monotonic()
                jobs = self.alive()
                job = min((job for job in jobs if job._wants(now)), key=lambda job: job._turn, default=None)
                if job is None:
                    due = min((job._due for job in jobs if job.state == RUNNING), default=now + 1.0)
                    running = any(job.state == RUNNING for job in jobs)
                    del jobs, job
                    if not running and now - idle_since > IDLE_SECONDS:
                        del self._threads["nst-worker"]
                        return
                    self.changed.wait(max(0.001, due - now))
                    continue
                del jobs
                self._turns += 1
                job._turn, job._busy, idle_since = self._turns, True, now
            try:
                job._advance()
            finally:
                with self.changed:
                    job._busy = False
                    self.changed.notify_all()
                del job
                idle_since = time.monotonic()

    def _talk(self) -> None:
        quiet_since = time.monotonic()
        while not self._ending:
            with self.changed:
                ready = [(job, job._news) for job in self.alive() if job._told != job._news or job.state == RUNNING]
                if not ready:
                    if time.monotonic() - quiet_since > IDLE_SECONDS:
                        del self._threads["nst-teller"]
                        return
                    self.changed.wait(1.0)
                    continue
            quiet_since = time.monotonic()
            running = any(job.state == RUNNING for job, _ in ready)
            for job, news in ready:
                if (tell := job._told_to()) is not None:
                    try:
                        tell(job)
                    except Exception as error:
                        _record(error)
                del tell
                with self.changed:
                    job._told = max(job._told, news)
                    self.changed.notify_all()
            del ready, job
            if running:
                time.sleep(NEWS_SECONDS)

    def end(self) -> None:
        """At the end of the process: nothing begins any more, and the piece under way is waited for."""
        self._ending = True
        with self.changed:
            self.changed.notify_all()
        for thread in list(self._threads.values()):
            if thread is not threading.current_thread():
                thread.join(GOODBYE_SECONDS)


_crew = _Crew()
