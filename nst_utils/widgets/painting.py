"""A run in the background: started, paused, stepped, resumed, stopped, and changed on its way.

Floor 6: a `Run` as a `jobs.Job`, which widgets and the Studio share. Step by step it is the same run as in the
foreground, to the bit.
"""

import functools
import queue
from collections.abc import Callable, Iterator

from nst_utils.base.errors import NSTError
from nst_utils.engine.result import Result
from nst_utils.engine.run import Run
from nst_utils.widgets.jobs import Job, Later

CHANGEABLE = ("content_weight", "style_weight", "tv_weight", "learning_rate")
ASK_AGAIN = 0.5  # seconds until a job in the queue looks again


class Painting(Job):
    """A `Run` in the background: its value is a `Result`, new after each step of Adam or stretch of L-BFGS.

    Parameters
    ----------
    make : function
        Gives the run; called on the worker, as opening pictures and loading a network take their time.
    tell : function
        As of `Job`.
    turn : `turns.Turn`
        Waited for before each step, if it is not held; left at a pause and at the end.
    finish : function
        From the last result to what else is to be known of it, kept in ``extra``.
    """

    def __init__(self, make: Callable[[], Run], tell=None, *, turn=None, finish=None):
        self._changes: queue.SimpleQueue = queue.SimpleQueue()
        self._extra: list = []
        self._place = turn
        super().__init__(functools.partial(_painted, make, self._changes, turn, finish, self._extra), tell)

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
        """Rest after the step under way, and let others have their turn."""
        super().pause()
        self._leave()

    def stop(self) -> None:
        """End after the step under way."""
        super().stop()
        self._leave()

    def _rested(self) -> None:
        self._leave()  # once more: the piece under way may have taken a place

    def _leave(self) -> None:
        if self._place is not None:
            self._place.leave()


def _painted(make, changes, turn, finish, extra) -> Iterator:
    """The pieces of a painting; it knows nothing of its job, so that neither keeps the other alive."""
    try:
        if turn is not None:
            yield from _waited(turn)
        run = make()
        yield Later(0.0, value=run.result)  # the start picture is no step
        while not run.done:
            if turn is not None:
                yield from _waited(turn)
            while not changes.empty():
                name, value = changes.get()
                setattr(run, name, value)
            run.advance()
            yield run.result
        if finish is not None:
            extra.append(finish(run.result))
    finally:
        if turn is not None:
            turn.leave()


def _waited(turn) -> Iterator:
    """Until it is our turn; nothing if it is already."""
    while count := turn.before():
        yield Later(ASK_AGAIN, f"waiting: {count} {'is' if count == 1 else 'are'} before you")
