"""The widget of lesson 04: a run to watch, to stop and to meddle with."""

import time
from collections.abc import Mapping

import numpy as np

from nst_utils.base.errors import NSTError
from nst_utils.engine.result import Result
from nst_utils.images.opening import picture
from nst_utils.losses.terms import TERMS
from nst_utils.plots import OKABE_ITO, Figure, described_figure, loss_curves
from nst_utils.widgets.jobs import NEW, OVER, PAUSED, RUNNING, Job
from nst_utils.widgets.painting import Painting, new_run, run_title, steps_in_all
from nst_utils.widgets.panel import (
    Panel,
    button,
    choice,
    log_slider,
    offer_gif,
    progress_bar,
    row,
    set_if_new,
    shown_figure,
    shown_picture,
    status,
    watched,
    weight_of,
    words,
)

SNAPSHOTS = 40  # for the GIF


def live_run(content="harbor", style="swirls", *, begun: int = 0, **settings) -> "LiveRun":
    """A run with start, pause, step, resume and stop; its weights and learning rate can be changed on the way.

    Parameters
    ----------
    content, style : anything `picture` takes
    begun : int
        Steps that are taken before it is shown; then it rests, and resume goes on.
    settings : keywords of `stylize`; default: 128 pixels

    Examples
    --------
    >>> panel = live_run("harbor", "swirls", size=64, weights="mini-random", steps=2)
    >>> panel.start()
    >>> panel.job.wait(), panel.result.run.step
    (True, 2)
    >>> panel.close()
    """
    return LiveRun(content, style, {"size": 128, "snapshots": SNAPSHOTS, **settings}, begun)


class LiveRun(Panel):
    """Buttons, weights, picture, curves."""

    def __init__(self, content, style, settings: dict, begun: int = 0):
        self._content, self._style, self._settings = picture(content), picture(style), settings
        first = new_run(self._content, self._style, **settings)  # refuses a wrong setting in the cell
        while first.step < begun and not first.done:
            first.advance()
        self.result: Result = first.result
        self.job = Painting(lambda: first, self._news) if begun else None
        self._gif_job: Job | None = None
        self._moved: dict[str, float] = {}  # only what was moved: a slider rounds, and a run must not
        jobs = [self.job] if begun else []
        self.start_button = button("start", "play", "begin from the start picture", self.start, primary=True)
        self.pause_button = button("pause", "pause", "rest after this step", self.pause)
        self.step_button = button("step", "step-forward", "take a single step, then pause", self.step)
        self.resume_button = button("resume", "play-circle", "go on from where it rests", self.resume)
        self.stop_button = button("stop", "stop", "end the run; start begins a new one", self.stop)
        self.gif_button = button("GIF", "film", "make a GIF of the way so far", self.make_gif)
        self.controls = {
            name: log_slider(name, value, (low, high), f"{about}; from the next step on")
            for name, value, low, high, about in (
                ("content_weight", first.content_weight, -4, 2, "how much the content counts"),
                ("style_weight", first.style_weight, -4, 2, "how much the style counts"),
                ("tv_weight", first.tv_weight, -4, 3, "how much a smooth surface counts"),
                (
                    "learning_rate",
                    first.learning_rate,
                    -4,
                    1,
                    "length of a step of Adam, in units of the picture's range",
                ),
            )
        }
        for control in self.controls.values():
            watched(control, self._change)
        self.scale = watched(choice("loss axis", ["log", "linear"], "log", "how the losses are drawn"), self._redraw)
        self._bar, self._line, self._gif = progress_bar(), words(), words()
        self._picture, self._curves = words(), words()
        self._pictured = self._curved = None
        self._next_curves = 0.0
        buttons = (self.start_button, self.pause_button, self.step_button, self.resume_button, self.stop_button)
        super().__init__(
            "Live run: change the weights while it paints",
            [
                row(*buttons, self._bar),
                row(*self.controls.values()),
                row(self.scale, self.gif_button, self._gif),
                self._line,
                row(self._picture, self._curves),
            ],
            jobs,
        )
        self._show(self.result)
        self._enable()

    def figure(self):
        """The painting as it stands, beside its losses."""
        return run_view(self.result, self.scale.value)

    # The buttons

    def start(self, *_) -> None:
        """Begin anew."""
        self._begin().start()

    def pause(self, *_) -> None:
        """Rest after the step under way."""
        if self.job is not None:
            self.job.pause()

    def step(self, *_) -> None:
        """A single step; the first one begins a run."""
        (self._begin() if self.job is None or self.job.state in OVER else self.job).step()

    def resume(self, *_) -> None:
        """Go on."""
        if self.job is not None:
            self.job.resume()

    def stop(self, *_) -> None:
        """End the run; the picture stays."""
        if self.job is not None:
            self.job.stop()

    def make_gif(self, *_) -> None:
        """Offer a GIF of the way so far."""
        result = self.result
        if self._gif_job is not None:
            self._gif_job.stop()
        self._gif_job = Job(lambda: iter([result.gif()]), self._gif_news)
        self.jobs[:] = [job for job in (self.job, self._gif_job) if job is not None]
        self._gif.value = status("making the GIF ...")
        self._gif_job.start()

    def _begin(self) -> Painting:
        if self.closed:
            raise NSTError("This widget has been closed; make a new one.")
        if self.job is not None:
            self.job.stop()
        content, style, settings = self._content, self._style, self._settings
        self.job = Painting(lambda: new_run(content, style, **settings), self._news)
        self.job.change(**self._moved)
        self.jobs[:] = [self.job]
        self._pictured = self._curved = None
        self._gif.value = ""
        return self.job

    def _change(self, change) -> None:
        name = next(name for name, control in self.controls.items() if control is change["owner"])
        value = weight_of(change["owner"])
        if value == self._moved.get(name, change["owner"].begins_with):
            return  # the browser has only put it on a mark
        self._moved[name] = value
        if self.job is not None and self.job.state not in OVER:
            self.job.change(**{name: value})

    # What it shows; on the teller's thread, but for the redrawing of the curves

    def _news(self, job: Painting) -> None:
        if job is not self.job:
            return
        if job.result is not None:
            self.result = job.result
            self._show(job.result)
        if job.error:
            set_if_new(self._line, value=status(job.error, wrong=True))
        elif job.result is None:
            set_if_new(self._line, value=status("preparing the network ..."))
        self._enable()

    def _show(self, result: Result) -> None:
        standing = run_title(result)
        state = "" if self.job is None else f" ({PAUSED if self.job.state == NEW else self.job.state})"
        set_if_new(self._line, value=status(standing + state))
        set_if_new(self._bar, value=result.run.share_done)
        if self._pictured != result.run.step:
            self._pictured = result.run.step
            self._picture.value = shown_picture(result.picture, f"The painting at {standing}", "24em")
        now, wanted = time.monotonic(), (result.run.step, self.scale.value)
        resting = self.job is None or self.job.resting
        if result.run.step and self._curved != wanted and (resting or now > self._next_curves):
            self._curved = wanted
            self._curves.value = shown_figure(curve_view(result.history, self.scale.value))
            self._next_curves = 2 * time.monotonic() - now  # half of the time goes into curves, at most

    def _redraw(self, *_) -> None:
        self._show(self.result)

    def _enable(self) -> None:
        """Only what can be done can be pressed."""
        state = "none" if self.job is None else self.job.state
        running, paused = state == RUNNING, state in (PAUSED, NEW)
        set_if_new(self.start_button, disabled=state in (RUNNING, PAUSED))
        set_if_new(self.pause_button, disabled=not running)
        set_if_new(self.step_button, disabled=running)
        set_if_new(self.resume_button, disabled=not paused)
        set_if_new(self.stop_button, disabled=not (running or paused))
        set_if_new(self.gif_button, disabled=not self.result.snapshots)

    def _gif_news(self, job: Job) -> None:
        offer_gif(self._gif, job)


def run_view(result: Result, scale: str = "log") -> Figure:
    """A painting in progress beside its losses."""
    figure = described_figure(run_title(result), "A painting in progress; lines of its losses.", figsize=(11, 4))
    left, right = figure.subplots(1, 2, gridspec_kw={"width_ratios": [1, 1.2]})
    left.imshow(result.picture, interpolation="hanning")
    left.set_axis_off()
    history = result.history
    if len(history["step"]):
        for name, color in zip(TERMS, OKABE_ITO, strict=False):
            if np.any(history[name] > 0):
                right.plot(history["step"], history[name], color=color, label=name)
        for change in np.flatnonzero(np.diff(history["size"])):
            right.axvline(history["step"][change + 1], color="gray", linestyle="--", linewidth=0.8)
        right.set_yscale(scale)
        right.legend(frameon=False)
    right.set(xlabel="step", ylabel="loss (the total is weighted)", xlim=(0, steps_in_all(result.run)))
    return figure


def curve_view(history: Mapping[str, np.ndarray], scale: str = "log") -> Figure:
    """The losses of a run, on a linear or a logarithmic scale."""
    title = "The loss by step; dashed: a larger size"
    figure = loss_curves(history, title=title)
    figure.set_size_inches(5, 3.2)  # beside the painting, on an ordinary page
    figure.set_layout_engine("none")  # which draws everything twice; this one is drawn several times a second
    figure.axes[0].set_position((0.15, 0.16, 0.83, 0.73))
    figure.axes[0].set_yscale(scale)
    return figure
