"""Where the runs of a sweep work: here in order, in processes, in any executor, or in a Dask cluster.

Whole runs are handed out; which of them works when and where is the executor's business. What is owned here is that a
run which is lost with its process is tried once more, within the same call.
"""

import concurrent.futures
import contextlib
import dataclasses
import multiprocessing
import os
import signal
from collections.abc import Iterator

from nst_utils.base.errors import SettingError
from nst_utils.base.tensorflow import hide_from_keras
from nst_utils.study.job import Job, Outcome, painted, reason_of

DIED = "its process died (a lack of memory?)"
LOST = {
    "KeyboardInterrupt": "interrupted",
    "KilledWorker": DIED,
}  # the second is what Dask says when several died of it
MANY = 1 << 20  # runs at work, where an executor does not tell
DASK_SECONDS = 20  # for a scheduler to answer


def finished(jobs: list[Job], executor) -> Iterator[tuple[Job, Outcome]]:
    """The outcomes of all runs, as they end; a run that was lost with its process has been tried twice."""
    if executor is None or not jobs:
        for job in jobs:
            outcome = painted(job)
            yield job, outcome
            if outcome.status == "interrupted":
                raise KeyboardInterrupt
        return
    with contextlib.ExitStack() as held:
        pool, width = _pool(executor, held)
        left, again = jobs, []
        while left:
            broken = {}
            for job, outcome in _ended(pool, left):
                if outcome is None:
                    broken[job.name] = job
                elif outcome.lost:
                    again.append((job, outcome))
                else:
                    yield job, outcome
            # A pool that breaks takes all its runs along. Those at work or next in line, one of which broke it, are
            # tried again one by one; the others, which never began, go to a new pool.
            unfinished = [job for job in left if job.name in broken]
            yield from _one_by_one(unfinished[: width + 1])
            left = unfinished[width + 1 :]
            if broken and (left or again):
                pool = held.enter_context(_processes(min(width, os.cpu_count() or 1)))
        reasons = {job.name: outcome.reason for job, outcome in again}
        for job, outcome in _ended(pool, [job for job, _ in again], attempt=2):
            yield job, _second_outcome(outcome, reasons[job.name])


def _pool(executor, held: contextlib.ExitStack) -> tuple[concurrent.futures.Executor, int]:
    """The executor that is meant, and how many runs it has at work at a time at most, as far as is known."""
    if isinstance(executor, str):
        return held.enter_context(_dask(executor)), MANY
    if isinstance(executor, concurrent.futures.Executor):
        context = getattr(executor, "_mp_context", None)
        if context is not None and context.get_start_method() == "fork":
            raise SettingError(
                "executor forks its processes, which TensorFlow does not survive; give a number of processes, or "
                'ProcessPoolExecutor(..., mp_context=multiprocessing.get_context("spawn")).'
            )
        return executor, getattr(executor, "_max_workers", MANY)
    if isinstance(executor, int) and not isinstance(executor, bool) and executor >= 1:
        return held.enter_context(_processes(executor)), executor
    raise SettingError(
        f"executor is {executor!r}; give a concurrent.futures.Executor, a number of processes, 1 or more, "
        "or the address of a Dask scheduler."
    )


@contextlib.contextmanager
def _processes(count: int) -> Iterator[concurrent.futures.Executor]:
    """A process pool of our own; on Ctrl-C, or when nothing can be saved, its processes end at once."""
    others = set(multiprocessing.active_children())
    spawned = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(count, spawned, initializer=_begin_process) as pool:
        try:
            yield pool
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in set(multiprocessing.active_children()) - others:
                process.terminate()
            raise


def _begin_process() -> None:
    """Leave Ctrl-C to the parent, and start faster."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    hide_from_keras("sklearn", "matplotlib", "pandas")


@contextlib.contextmanager
def _dask(address: str) -> Iterator[concurrent.futures.Executor]:
    """The executor of the Dask cluster at an address."""
    try:
        from distributed import Client
    except ImportError:
        raise SettingError(
            f"executor is {address!r}, an address of a Dask scheduler; install Dask first: "
            'pip install "nst-utils[cluster]".'
        ) from None
    try:
        client = Client(address, timeout=DASK_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise SettingError(f"executor is {address!r}; no Dask scheduler answers there: {reason_of(error)}") from None
    with client:
        yield client.get_executor()


def _ended(pool, jobs: list[Job], attempt: int = 1) -> Iterator[tuple[Job, Outcome | None]]:
    """The outcomes of runs in an executor as they end; None where the pool broke."""
    waiting = {}
    try:
        for job in jobs:
            try:
                waiting[pool.submit(painted, job, attempt)] = job
            except concurrent.futures.BrokenExecutor:
                yield job, None
        for future in concurrent.futures.as_completed(list(waiting)):
            yield waiting.pop(future), _outcome(future, attempt)
    except KeyboardInterrupt:
        for future, job in waiting.items():
            if future.done():
                yield job, _outcome(future, attempt)
            elif not future.cancel():  # it is at work
                yield job, Outcome("interrupted", "interrupted", attempt)
        raise
    finally:
        for future in waiting:
            future.cancel()


def _outcome(future: concurrent.futures.Future, attempt: int) -> Outcome | None:
    """What a future has become."""
    if future.cancelled():
        return Outcome("failed", "its executor gave it up", attempt, lost=True)
    error = future.exception()
    if error is None:
        return future.result()
    if isinstance(error, concurrent.futures.BrokenExecutor):
        return None
    kind = type(error).__name__
    return Outcome("failed", LOST.get(kind) or reason_of(error), attempt, lost=kind in LOST)


def _one_by_one(jobs: list[Job]) -> Iterator[tuple[Job, Outcome]]:
    """The second attempts of runs whose pool broke: alone in a process, so that a run can only harm itself."""
    left = list(jobs)
    while left:
        with _processes(1) as pool:
            outcome = Outcome("done")
            while left and outcome is not None:
                ((job, outcome),) = _ended(pool, [left.pop(0)], attempt=2)
                yield job, _second_outcome(outcome, DIED)


def _second_outcome(outcome: Outcome | None, first: str) -> Outcome:
    """The outcome of a second attempt, which tells what happened to the first."""
    if outcome is None or outcome.lost:
        again = "again" if outcome is None or outcome.reason == first else outcome.reason
        return Outcome("failed", f"{first}, and {again} at the second attempt", 2)
    reason = f"first attempt: {first}" if outcome.status == "done" else f"{outcome.reason} (first attempt: {first})"
    return dataclasses.replace(outcome, reason=reason)
