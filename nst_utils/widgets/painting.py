"""A run in the background: started, paused, stepped, resumed, stopped, and changed on its way.

A `Run` as a `jobs.Job`, which widgets and the Studio share, and where it stands in numbers and words. Step by step it
is the same run as in the foreground, to the bit.
"""

import functools
import queue
import threading
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from nst_utils.base.errors import NSTError
from nst_utils.engine.guidance import each
from nst_utils.engine.result import Result
from nst_utils.engine.run import Run
from nst_utils.engine.settings import settings_of
from nst_utils.images.opening import picture
from nst_utils.losses.terms import Weights
from nst_utils.widgets.jobs import Job, Later, process_ends

CHANGEABLE = Weights._fields
ASK_AGAIN = 0.5  # seconds until a painting without a slot asks for one again
WAITING = "waiting: others are painting"


class Painting(Job):
    """A `Run` in the background: its value is a `Result`, new after each step of Adam or stretch of L-BFGS.

    Parameters
    ----------
    make : function
        Gives the run; called on the worker, as opening pictures and loading a network take their time.
    tell : function
        As of `Job`.
    slot : object with ``take()`` and ``leave()``
        The right to paint, for which `studio.slots` has a class. Waited for before each step, if it is not held; left
        at a pause and at the end.
    finish : function
        From the last result to what else is to be known of it, kept in ``extra``.
    """

    def __init__(self, make: Callable[[], Run], tell=None, *, slot=None, finish=None):
        self._changes: queue.SimpleQueue = queue.SimpleQueue()
        self._extra: list = []
        self._slot = slot
        self._stopped = threading.Event()
        super().__init__(
            functools.partial(_painted, make, self._changes, self._stopped, slot, finish, self._extra), tell
        )

    @property
    def result(self) -> Result | None:
        """What has been reached; None before the start picture is there."""
        return self.value

    @property
    def extra(self):
        """What ``finish`` gave, once the last step has been taken."""
        return self._extra[0] if self._extra else None

    def change(self, **values: float) -> None:
        """Set weights or the learning rate of the run, from its next step on."""
        for name, value in values.items():
            if name not in CHANGEABLE:
                raise NSTError(f"{name} cannot be changed while it runs; {', '.join(CHANGEABLE)} can.")
            self._changes.put((name, value))

    def pause(self) -> None:
        """Rest after the step under way, and let others paint."""
        super().pause()
        self._leave()

    def stop(self) -> None:
        """End after the step under way."""
        self._stopped.set()
        super().stop()
        self._leave()

    def _rested(self) -> None:
        self._leave()  # once more: the piece under way may have taken a slot

    def _leave(self) -> None:
        if self._slot is not None:
            self._slot.leave()


def _painted(make, changes, stopped, slot, finish, extra) -> Iterator:
    """The pieces of a painting; it knows nothing of its job, so that neither keeps the other alive."""
    try:
        yield from _slot_taken(slot)
        run = make()
        yield Later(0.0, value=run.result)  # the start picture is no step
        while not run.done:
            yield from _slot_taken(slot)
            while not changes.empty():
                name, value = changes.get()
                setattr(run, name, value)
            run.advance(until=lambda: stopped.is_set() or process_ends())
            yield run.result
        if finish is not None:
            extra.append(finish(run.result))
    finally:
        if slot is not None:
            slot.leave()


def _slot_taken(slot) -> Iterator:
    """Until we have the slot; nothing if we do already."""
    while slot is not None and not slot.take():
        yield Later(ASK_AGAIN, WAITING)


# Where a run stands


def new_run(content, style, **settings) -> Run:
    """The run of `stylize` with these settings, before its first step."""
    return Run(picture(content), [picture(one) for one in each(style)], settings_of(**settings))


def steps_in_all(run: Run) -> int:
    """How many steps a run takes from its first to its last."""
    return sum(scale.steps for scale in run.scales)


def seconds_per_step(history: Mapping[str, np.ndarray], last: int = 20) -> float:
    """The median time of the last steps; NaN before there are two.

    Examples
    --------
    >>> seconds_per_step({"seconds": np.array([5.0, 5.5, 6.0, 6.5])})
    0.5
    """
    seconds = np.asarray(history["seconds"])[-last - 1 :]
    return float(np.median(np.diff(seconds))) if len(seconds) > 1 else float("nan")


def run_title(result: Result) -> str:
    """Where a run stands, in a line."""
    run, history = result.run, result.history
    where = f"step {run.step} of {steps_in_all(run)}"
    if not run.step:
        return f"{where}: the start"
    each = seconds_per_step(history)
    pace = "" if np.isnan(each) else f", {1000 * each:.0f} ms a step"
    return f"{where} at {history['size'][-1]:.0f} px: loss {history['total'][-1]:.4g}{pace}"
