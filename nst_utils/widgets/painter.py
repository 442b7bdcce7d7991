"""A widget that paints on demand: its controls make a point, and what is known of a point is shown at once.

A button paints what is not known yet. What has been painted is kept for as long as the widget is there.
"""

import threading
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nst_utils import metrics
from nst_utils.base.errors import NSTError
from nst_utils.engine.result import Result
from nst_utils.images.arrays import resize
from nst_utils.images.gallery import pictures
from nst_utils.images.opening import picture
from nst_utils.plots import Figure, picture_row
from nst_utils.widgets.jobs import OVER, Job, Newest
from nst_utils.widgets.painting import Painting, new_run, run_title
from nst_utils.widgets.panel import (
    Panel,
    answer_of,
    button,
    choice,
    progress_bar,
    row,
    set_if_new,
    shown_figure,
    status,
    values_of,
    watched,
    words,
)

KEPT = 40  # paintings; older ones make room


@dataclass(frozen=True)
class Measured:
    """A painting and what it kept and took."""

    picture: np.ndarray
    kept: float  # edge correlation with the content
    gained: float  # style gap closed
    seconds: float = 0.0

    @property
    def description(self) -> str:
        """Both numbers in words."""
        return f"edges kept {self.kept:.2f}, style gained {self.gained:.2f}"


def measured(result: Result) -> Measured:
    """The two measures of the course for a result."""
    return as_measured(result.picture, result.content, result.style, result.history)


def as_measured(
    painting: np.ndarray, content: np.ndarray, style: np.ndarray, history: Mapping | None = None
) -> Measured:
    """The two measures of the course for a painting of this content in this style."""
    seconds = 0.0 if history is None or not len(history["seconds"]) else float(history["seconds"][-1])
    content = resize(content, painting.shape[:2])
    return Measured(
        painting,
        metrics.edge_correlation(painting, content),
        metrics.style_gap_closed(painting, content, style),
        seconds,
    )


class Painter(Panel):
    """Controls that make a point, the paintings of points, and a button for those that are not there yet.

    Parameters
    ----------
    title : str
    controls : mapping of names to widgets
    plan : function
        From the controls' values to the paintings that the figure needs: mapping of their keys to functions that make
        their `Run`. Knows nothing of the panel.
    draw : function
        From the controls' values and the known paintings, by key, to a figure. Knows nothing of the panel either.
    known : mapping of keys to `Measured`
        Paintings that are there from the beginning.
    label : str
        What the button says.
    """

    def __init__(
        self,
        title: str,
        controls: Mapping[str, Any],
        plan: Callable[[dict], Mapping[Hashable, Callable]],
        draw: Callable[[dict, Mapping[Hashable, Measured]], Figure],
        known: Mapping[Hashable, Measured] | None = None,
        label: str = "Paint",
    ):
        self.controls, self.known = dict(controls), dict(known or {})
        self._plan, self._draw = plan, draw
        self.job: Painting | None = None
        self._missing: list[tuple[Hashable, Callable]] = []
        self._lock = threading.RLock()  # a button and the end of a painting may change what is missing
        self._given = frozenset(self.known)
        self._drawing = Newest(draw, self._drawn, delay=0.05)
        self.paint_button = button(label, "paint-brush", "paint with these settings", self.paint, primary=True)
        self.stop_button = button("Stop", "stop", "end the painting under way", self.stop)
        self.stop_button.disabled = True
        self._bar, self._line, self._wrong, self._shown = progress_bar(), words(), words(), words()
        self._last = None
        for control in self.controls.values():
            watched(control, self._redraw)
        super().__init__(
            title,
            [
                *self.controls.values(),
                row(self.paint_button, self.stop_button, self._bar),
                self._line,
                self._wrong,
                self._shown,
            ],
            [self._drawing],
        )
        self._redraw()

    @property
    def values(self) -> dict[str, Any]:
        """What the controls say."""
        return values_of(self.controls)

    def figure(self) -> Figure:
        """The state as a static figure; waits until it is drawn."""
        return answer_of(self._drawing.job)

    def paint(self, *_) -> None:
        """Paint what the figure needs and is not known yet, one after the other."""
        if self.closed:
            raise NSTError("This widget has been closed; make a new one.")
        self.stop()
        try:
            wanted = self._plan(self.values)
        except NSTError as error:
            set_if_new(self._line, value=status(str(error), wrong=True))
            return
        self._missing = [(key, make) for key, make in wanted.items() if key not in self.known]
        if not self._missing:
            set_if_new(self._line, value=status("This has been painted already; it is shown below."))
            return
        self._next()

    def stop(self, *_) -> None:
        """End the painting under way."""
        with self._lock:
            self._missing = []
            if self.job is not None:
                self.job.stop()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until all is painted and drawn; for scripts and tests."""
        job = None
        while job is not self.job:  # until the last one has not been followed by another
            job = self.job
            if not job.wait(seconds):
                return False
        return self._drawing.job.wait(seconds)

    def _next(self) -> None:
        _, make = self._missing[0]
        self.job = Painting(make, self._news, finish=measured)
        self.jobs[:] = [self._drawing, self.job]
        self.job.start()

    def _news(self, job: Painting) -> None:
        """On the teller's thread."""
        if job is not self.job:
            return
        with self._lock:
            painted = job.state == "done" and self._missing
            if painted:
                (key, _), *self._missing = self._missing
                self._keep(key, job.extra)
                if self._missing:
                    self._next()
                self._redraw()
        if job.error:
            set_if_new(self._line, value=status(job.error, wrong=True))
        elif self.job.state not in OVER:
            more = f"; then {len(self._missing) - 1} more" if len(self._missing) > 1 else ""
            reached = None if painted else job.result
            standing = "preparing the network ..." if reached is None else run_title(reached)
            set_if_new(self._line, value=status(standing + more))
        if job.result is not None:
            set_if_new(self._bar, value=1.0 if self.job.state == "done" else job.result.run.share_done)
        busy = self.job.state not in OVER
        set_if_new(self.paint_button, disabled=busy)
        set_if_new(self.stop_button, disabled=not busy)

    def _keep(self, key: Hashable, painting: Measured) -> None:
        ours = [known for known in self.known if known not in self._given]
        kept = {known: one for known, one in self.known.items() if len(ours) < KEPT or known != ours[0]}
        self.known = {**kept, key: painting}  # replaced, not changed: another thread may be drawing

    def _redraw(self, *moved) -> None:
        if moved and (self.job is None or self.job.state in OVER):
            set_if_new(self._line, value="")
        self._drawing.ask(self.values, self.known)

    def _drawn(self, job: Job) -> None:
        """On the teller's thread."""
        set_if_new(self._wrong, value=status(job.error, wrong=True) if job.error else "")
        if job.value is not None and job.value is not self._last:
            self._last = job.value
            self._shown.value = shown_figure(job.value)


# What several of them share


def offline_names(role: str) -> list[str]:
    """The pictures of a role that can be had without a network."""
    return [record.name for record in pictures(role) if record.offline]


def pair_controls(content: str, style: str) -> dict:
    return {
        "content": choice("content", offline_names("content"), content, "what is painted"),
        "style": choice("style", offline_names("style"), style, "how it is painted"),
    }


def pair_plan(settings: dict) -> Callable[[dict], Mapping]:
    """The one painting of a content and a style that the controls name."""

    def plan(values: dict) -> dict:
        pair = values["content"], values["style"]
        return {pair: lambda: new_run(*pair, **settings)}

    return plan


def known_paintings(painted: Mapping | None, pair_of: Callable[[Hashable], tuple]) -> dict[Hashable, Measured]:
    """Paintings that are there: each `Measured`, a `Result`, or a picture of the pair that its key stands for."""
    known = {}
    for key, one in (painted or {}).items():
        if isinstance(one, Measured):
            known[key] = one
        elif isinstance(one, Result):
            known[key] = measured(one)
        else:
            known[key] = as_measured(picture(one), *pair_of(key))
    return known


def paintings_view(
    content: np.ndarray, style: np.ndarray, paintings: Mapping[str, Measured | None], title: str
) -> Figure:
    """Content, style, and paintings with what they kept and took; one that is not there yet is an empty frame."""
    shape = content.shape
    row = {"content": content, "style": style}
    for name, one in paintings.items():
        label = name if one is None else f"{name}\n{one.description}"
        row[label] = np.full(shape, 0.92, np.float32) if one is None else one.picture
    figure = picture_row(row, title)
    figure.alt = figure.alt.replace("\n", ": ")
    return figure
