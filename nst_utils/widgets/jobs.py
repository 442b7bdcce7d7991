"""Work in the background: jobs whose pieces take turns on one thread.

The kernel's main thread is never held up and can be interrupted as ever. All TensorFlow of the widgets runs on the one
worker, so that two of them share the processor instead of fighting for it: a job has one piece queued at a time, and
each piece queues the next behind those of the others. A second thread tells the widgets what is new, several times a
second. Both hold jobs weakly: what nobody keeps any more ends by itself.

The end of the process waits for the piece under way, as TensorFlow must not be cut off. A piece is a second at most, or
asks `process_ends` and gives up: a script that ends, or a kernel that is closed, does not wait for a painting. What can
take longer cannot be broken off: the import of TensorFlow, and weights or a picture on their way from the network.
"""

import contextlib
import functools
import inspect
import logging
import threading
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from typing import Any

from nst_utils.base.errors import NSTError, plain_reason
from nst_utils.base.files import cache_folder

NEW, RUNNING, PAUSED, DONE, STOPPED, FAILED = "new", "running", "paused", "done", "stopped", "failed"
OVER = (DONE, STOPPED, FAILED)
NEWS_SECONDS = 0.25  # between two messages of a running job

_log = logging.getLogger(__name__)
_log.propagate = False  # a notebook shows the sentence; the file holds the rest
_changed = threading.Condition()  # guards the states of all jobs, and says when one has changed
_worker = ThreadPoolExecutor(1, thread_name_prefix="nst-worker")
_teller = ThreadPoolExecutor(1, thread_name_prefix="nst-teller")


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
        Called with the job when its state is new, and several times a second while it runs; on a thread that does
        nothing else. A method is held weakly.
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
        self._delay = delay
        self._single = False
        self._queued = self._busy = False  # whether a piece waits for the worker, or is under way
        self._news, self._told = 1, 0  # how often there was something new, and how much of it has been told
        self._call: object | None = None  # the telling that is due; an older one counts for nothing

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
        with _changed:
            if self.state == RUNNING:
                self._set(PAUSED)

    def stop(self) -> None:
        """End after the piece under way, for good; the value stays."""
        with _changed:
            if self.state not in OVER:
                self._set(STOPPED)
                self._queue(0.0)  # the worker closes what is open

    @property
    def resting(self) -> bool:
        """Whether nothing of it is under way: a pause begins when the piece has ended."""
        return self.state != RUNNING and not self._busy

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it rests and all is told; False if it does not within the time. For scripts and tests."""
        with _changed:
            return _changed.wait_for(self._rests, seconds)

    def _rests(self) -> bool:
        return self.resting and (self._told == self._news or self._tell() is None)

    def _go(self, single: bool) -> None:
        with _changed:
            if self.state in (NEW, PAUSED):
                self._single = single
                self._set(RUNNING)
                self._queue(self._delay)
                self._delay = 0.0

    # With the lock held

    def _set(self, state: str) -> None:
        self.state = state
        self._news += 1
        self._announce(0.0)
        _changed.notify_all()

    def _queue(self, seconds: float) -> None:
        """Have the worker do the next piece; there is never more than one in the queue."""
        if not self._queued and not self._busy:
            self._queued = True
            _after(seconds, _worker, _do_piece, weakref.ref(self))

    def _announce(self, seconds: float) -> None:
        self._call = object()
        _after(seconds, _teller, _tell_news, weakref.ref(self), self._call)

    # On the worker's thread, without the lock

    def _advance(self) -> None:
        """One piece; the next one is queued behind those of the others."""
        state, value, note, seconds, piece_done = None, None, "", 0.0, True
        try:
            if self._pieces is None:
                self._pieces = iter(self._work())
            value = next(self._pieces)
            if isinstance(value, Later):
                value, note, seconds, piece_done = value.value, value.note, value.seconds, False
        except StopIteration:
            state = DONE
        except Exception as error:
            state, self.error, self.cause = FAILED, sentence(error), error.with_traceback(None)
            value = getattr(error, "result", None)
        with _changed:
            self._busy = False
            self.value = self.value if value is None else value
            self.note = note
            if state and self.state != STOPPED:
                self._set(state)
            elif self.state == RUNNING and self._single and piece_done:
                self._set(PAUSED)
            elif self.state == RUNNING:
                self._news += 1  # told in its time
                self._queue(seconds)
            else:
                self._set(self.state)  # once more: now it rests
        if self.state in OVER:
            self._close()
        if self.state != RUNNING:
            self._rested()

    def _rested(self) -> None:
        """After a piece that no other follows for now."""

    def _close(self) -> None:
        """Let go of the work, and of what it holds."""
        pieces, self._pieces, self._work = self._pieces, None, tuple
        if inspect.isgenerator(pieces):
            with contextlib.suppress(Exception):
                pieces.close()


def _after(seconds: float, threads: ThreadPoolExecutor, work: Callable, *arguments) -> None:
    """Have a thread do something, after a while; nothing any more when the process ends."""

    def submit():
        with contextlib.suppress(RuntimeError):
            threads.submit(work, *arguments)

    if seconds <= 0:
        submit()
        return
    timer = threading.Timer(seconds, submit)
    timer.daemon = True
    with contextlib.suppress(RuntimeError):
        timer.start()


def process_ends() -> bool:
    """Whether the process is at its end, and waits for the piece under way: nothing can be queued any more."""
    try:
        _teller.submit(int)  # does nothing
    except RuntimeError:
        return True
    return False


def _do_piece(held: weakref.ref) -> None:
    """On the worker's thread: the piece that a job has queued, if it is still wanted."""
    if (job := held()) is None:
        return
    with _changed:
        job._queued = False
        job._busy, over = job.state == RUNNING, job.state in OVER
    if job._busy:
        job._advance()
    elif over:
        job._close()


def _tell_news(held: weakref.ref, call: object) -> None:
    """On the teller's thread: what is new of a job, and of a running one again a little later."""
    if (job := held()) is None or call is not job._call or (tell := job._tell()) is None:
        return
    news = job._news
    try:
        tell(job)
    except Exception as error:
        _record(error)
    with _changed:
        job._told = news
        if call is job._call and job.state == RUNNING:
            job._announce(NEWS_SECONDS)
        _changed.notify_all()


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
