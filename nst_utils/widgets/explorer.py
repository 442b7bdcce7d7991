"""A widget without a painting: controls, a plain function from their values to a figure, and the figure."""

from collections.abc import Callable, Mapping
from typing import Any

from nst_utils.widgets.jobs import Job, Newest
from nst_utils.widgets.panel import Panel, answer_of, set_if_new, shown_figure, status, values_of, watched, words


class Explorer(Panel):
    """Controls, a plain function from their values to a figure, and the figure.

    Parameters
    ----------
    title : str
    controls : mapping of names to widgets
    draw : function
        Takes the controls' values by name and gives a figure, or yields one after another. It knows nothing of the
        panel. Called in the background; only the newest values count.
    """

    def __init__(self, title: str, controls: Mapping[str, Any], draw: Callable, delay: float = 0.1):
        self.controls = dict(controls)
        self._shown, self._line = words(), words()
        self._last = None
        self._newest = Newest(lambda values: draw(**values), self._news, delay=delay)
        for control in self.controls.values():
            watched(control, self._ask)
        super().__init__(title, [*self.controls.values(), self._line, self._shown], [self._newest])
        self._ask()

    @property
    def values(self) -> dict[str, Any]:
        """What the controls say."""
        return values_of(self.controls)

    @property
    def job(self) -> Job:
        """The newest request."""
        return self._newest.job

    def figure(self):
        """The state as a static figure; waits for it, as who displays it has to."""
        return answer_of(self._newest.job)

    def _ask(self, *_) -> None:
        self._newest.ask(self.values)

    def _news(self, job: Job) -> None:
        """On the teller's thread."""
        if job.error:
            set_if_new(self._line, value=status(job.error, wrong=True))
        elif job.state == "running":
            set_if_new(self._line, value=status("computing ..."))
        else:
            set_if_new(self._line, value="")
        if job.value is not None and job.value is not self._last:
            self._last = job.value
            self._shown.value = shown_figure(job.value)
