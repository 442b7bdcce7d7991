"""The Studio: two pictures and a button; everything else can be changed, and nothing has to be.

In a notebook it is one widget, ``nst.Studio()``; served by Voila every visitor has one in a kernel of their own, and
`slots` lets only so many of them paint at once. Pictures from outside come through `order` and nothing else; what they
are called is text. An error stands beside the control that caused it.
"""

import html
import os
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import ipywidgets

from nst_utils.base.errors import NSTError, SettingError
from nst_utils.engine.carrying import png_of
from nst_utils.engine.guidance import each
from nst_utils.engine.result import Result
from nst_utils.engine.run import Run
from nst_utils.engine.settings import SETTINGS
from nst_utils.images.opening import picture
from nst_utils.networks.loading import load_backbone, weights_kind
from nst_utils.plots import picture_row
from nst_utils.studio import order as orders
from nst_utils.studio.controls import ELSEWHERE, keywords_from, new_controls, show_keywords
from nst_utils.studio.order import Order, Source
from nst_utils.studio.picker import Picker, Thumbnails
from nst_utils.studio.session import Kept, before_and_after, to_keep
from nst_utils.studio.slots import Slot
from nst_utils.widgets.jobs import Job, sentence
from nst_utils.widgets.mask_canvas import SIDE
from nst_utils.widgets.painter import offline_names, paintings_view
from nst_utils.widgets.painting import Painting, run_title
from nst_utils.widgets.panel import (
    Panel,
    button,
    download,
    offer_gif,
    progress_bar,
    row,
    set_if_new,
    shown_picture,
    slider,
    status,
    toggle,
    watched,
    weakly,
    words,
)

KEPT = 12  # results of a session; older ones make room
FRAMES = 24  # of a GIF
WARM_AFTER = 3.0  # seconds


class Studio(Panel):
    """Choose a content and a style, press Generate.

    Parameters
    ----------
    content, style : names of pictures to begin with; of styles one or two
    limit : how many Studios of this user paint at once; default: what NST_STUDIO_RUNS says, or one for four cores
    settings : keywords of `stylize` to begin with; default: 192 pixels

    Examples
    --------
    >>> studio = Studio("harbor", "swirls", size=64, steps=3, weights="mini-random")
    >>> studio.generate()
    >>> studio.wait(), len(studio.history)
    (True, 1)
    >>> studio.close()
    """

    def __init__(
        self,
        content: str = "harbor",
        style: str | Sequence[str] = "swirls",
        *,
        limit: int | None = None,
        **settings,
    ):
        begin = {**SETTINGS, "size": 192, "steps": 200, "snapshots": FRAMES, **settings}
        style, *more = each(style)
        if len(more) > 1:
            raise SettingError(f"style has {1 + len(more)} pictures; the Studio takes one or two.")
        begin["mask"] = _one_mask(begin["mask"])
        if begin["content_map"] is not None and not isinstance(begin["content_map"], str | os.PathLike):
            begin["content_map"] = png_of("content_map", begin["content_map"])
        begin["weights"] = weights_kind(begin["weights"])  # written down, so that the settings say all
        self.content = Picker("content", content, "what is painted", changed=self._new_canvas)
        self.style = Picker("style", style, "how it is painted")
        self.second: Picker | None = None  # made when it is first asked for
        self._second_name = more[0] if more else next(name for name in offline_names("style") if name != style)
        self.controls = new_controls(begin)
        self._new_canvas(begin["mask"])
        self._fixed = {n: v for n, v in begin.items() if n not in self.controls and v != SETTINGS.get(n)}
        self.errors = {name: words() for name in (*self.controls, "")}
        self.history: list[Kept] = []
        self.shown: Kept | None = None
        self.job: Painting | None = None
        self._order: Order | None = None
        self._kept_step: tuple | None = None
        self._slot = Slot(limit)
        self._gif_job: Job | None = None
        self._lock = threading.RLock()
        self._before = self._after = None
        self.generate_button = button("Generate", "paint-brush", "paint it", self.generate, primary=True)
        self.stop_button = button("Stop", "stop", "stop here; what there is so far is kept", self.stop)
        self.resume_button = button("Resume", "play", "go on from where it was stopped", self.resume)
        self.gif_button = button("GIF", "film", "make a GIF of the way there", self.make_gif)
        self.mask_button = toggle("Mask", "pencil", "paint where the style is for", self._mask_opened)
        self.second_button = toggle("Second style", "plus", "mixed with the first, or beside it", self._second_opened)
        self.controls["mask"].observe(weakly(self._mask_painted), "painted")
        self.compare = slider(
            "before / after", 0.0, 0.0, 1.0, "how much of the content is shown over the painting", 0.02
        )
        watched(self.compare, self._compare)
        self._bar, self._sentence, self._picture = progress_bar(), words(), words()
        self._downloads, self._gif, self._code = words(), words(), words()
        self._thumbnails = Thumbnails(f"done-{id(self)}", self._reload)
        # While one still chooses; but first the page gets its answers, which importing TensorFlow holds up.
        self._warm = Job(lambda: iter([load_backbone(begin["backbone"], begin["weights"])]), delay=WARM_AFTER)
        super().__init__("Studio: choose a content and a style, press Generate", self._laid_out(), [self._warm])
        self._enable()
        self._mask_painted()
        self.second_button.value = bool(more)
        self._warm.start()

    def _laid_out(self) -> list:
        field = {"width": "29em", "max_width": "100%"}
        fields = [
            ipywidgets.VBox([one, self.errors[name]], layout=field)
            for name, one in self.controls.items()
            if name not in ELSEWHERE
        ]
        settings = ipywidgets.Accordion([row(*fields)], selected_index=None)
        settings.set_title(0, "settings: none of them has to be changed")
        self._of_result = row(self.compare, self._downloads, self.gif_button, self._gif)
        heading = words("<b>results of this session</b>: press one to have its picture and its settings back")
        self._of_session = ipywidgets.VBox([heading, self._thumbnails.box])
        self._pictures = row(self.content.box, self.style.box, align="flex-start")
        self._of_mask = ipywidgets.VBox([self.controls["mask"]], layout={"display": "none"})
        buttons = self.generate_button, self.stop_button, self.resume_button, self.mask_button, self.second_button
        return [
            self._pictures,
            row(*buttons, self._bar),
            self.errors["mask"],
            self._of_mask,
            self.errors[""],
            self._sentence,
            self._picture,
            self._of_result,
            settings,
            self._code,
            self._of_session,
        ]

    def figure(self):
        """Content, style and painting as a static figure."""
        content, style = (picker.source.picture(256) for picker in (self.content, self.style))
        if self.shown is None:
            return paintings_view(content, style, {"painting": None}, "Studio: press Generate")
        shown = {"content": content, "style": style, "painting": picture(self.shown.png)}
        return picture_row(shown, "Studio: a painting of this session")

    @property
    def styles(self) -> tuple[Source, ...]:
        """The style, or both of them."""
        pickers = (self.style, self.second) if self.second_button.value else (self.style,)
        return tuple(picker.source for picker in pickers)

    @property
    def settings(self) -> dict[str, Any]:
        """The keywords of `stylize` that the controls say."""
        return keywords_from(self.controls, self._fixed, len(self.styles))

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until nothing is being painted; for scripts and tests."""
        return self.job is None or self.job.wait(seconds)

    def close(self) -> None:
        """End the work and take it away."""
        for picker in filter(None, (self.content, self.style, self.second)):
            picker.stop()
        super().close()

    # The buttons

    def generate(self, *_) -> None:
        """Paint."""
        if self.closed:
            raise NSTError("This Studio has been closed; make a new one.")
        self._clear_errors()
        if self.job is not None:
            self.job.stop()
        settings: dict = {}
        try:
            settings = self.settings
            order = Order(self.content.source, self.styles if len(self.styles) > 1 else self.styles[0], settings)
        except NSTError as error:
            self._complain(error, settings)
            return
        with self._lock:
            self._order, self._kept_step = order, None
            self.job = Painting(lambda: _run(order), self._news, slot=self._slot)
            self.jobs[:] = [self.job]
        self._code.value = _code(order)
        self._gif.value = ""
        self.job.start()

    def stop(self, *_) -> None:
        """Rest, so that it can be resumed, and let others paint."""
        if self.job is not None:
            self.job.pause()

    def resume(self, *_) -> None:
        """Go on."""
        if self.job is not None:
            self.job.resume()

    def make_gif(self, *_) -> None:
        """Offer a GIF of the result that is shown."""
        shown = self.shown
        if shown is None:
            return
        self._gif_job = Job(lambda: iter([shown.gif()]), self._gif_news)
        self.jobs[:] = [job for job in (self.job, self._gif_job) if job is not None]
        self._gif.value = status("making the GIF ...")
        self._gif_job.start()

    # Where, and how much of which style

    def _new_canvas(self, mask: Any = None) -> None:
        """Another content: what was painted on the one before is of no use."""
        self.controls["mask"].show(self.content.source.picture(SIDE), mask)

    def _mask_opened(self, *_) -> None:
        set_if_new(self._of_mask.layout, display="flex" if self.mask_button.value else "none")

    def _mask_painted(self, *_) -> None:
        """A mask counts while it is hidden, too; so its button says that there is one."""
        set_if_new(self.mask_button, description="✓ Mask" if self.controls["mask"].painted else "Mask")

    def _second_opened(self, *_) -> None:
        if self.second_button.value and self.second is None:
            self.second = Picker("style", self._second_name, "mixed in, or beside the mask", title="second style")
            self._of_second = ipywidgets.VBox([self.second.box, self.controls["shares"], self.errors["shares"]])
            self._pictures.children = (*self._pictures.children, self._of_second)
        if self.second is not None:
            set_if_new(self._of_second.layout, display="flex" if self.second_button.value else "none")

    # What it shows; on the teller's thread

    def _news(self, job: Painting) -> None:
        with self._lock:
            if job is not self.job:
                return
            if job.cause is not None:
                self._complain(job.cause, self._order.settings)
            if job.result is not None and job.result.run.step:
                set_if_new(self._bar, value=job.result.run.share_done)
                if job.resting and not job.error:
                    self._keep(job.result)
                else:
                    title = run_title(job.result)
                    self._picture.value = shown_picture(
                        job.result.picture, f"The painting at {title}", _width(job.result)
                    )
            set_if_new(self._sentence, value=status(self._standing(job)))
            self._enable()

    def _standing(self, job: Painting) -> str:
        if job.error:
            return ""
        if job.note:
            return job.note
        if job.result is None:
            return "preparing the network ..."
        state = {"paused": ": stopped; Resume goes on", "done": ": done"}.get(job.state, "")
        return run_title(job.result) + state

    def _keep(self, result: Result) -> None:
        """A result for the session's history; going on replaces what was stopped."""
        if self._kept_step is not None and self._kept_step[0] == result.run.step:
            return
        new = to_keep(self._order, result)
        self.history = [one for one in self.history if self._kept_step is None or one is not self._kept_step[1]]
        self.history = [new, *self.history][:KEPT]
        self._kept_step = result.run.step, new
        self._show(new)

    def _show(self, one: Kept) -> None:
        self.shown = one
        self._after, self._before = picture(one.png), picture(one.content)
        files = {
            "painting.png": (one.png, "image/png", "save the picture"),
            "settings.json": (one.settings.encode(), "application/json", "save the settings"),
            **{name: (png, "image/png", f"save {name}") for name, png in one.order.files().items()},
        }
        self._downloads.value = "".join(
            download(data, kind, name, label) for name, (data, kind, label) in files.items()
        )
        self._code.value = _code(one.order)
        self._gif.value = ""
        self._thumbnails.show(
            {
                f"r{id(known)}": (f"{len(self.history) - place}", known.thumbnail)
                for place, known in enumerate(self.history)
            },
            f"r{id(one)}",
        )
        self._compare()
        self._enable()

    def _compare(self, *_) -> None:
        with self._lock:
            busy = self.job is not None and self.job.state == "running"
            if self._after is None or busy:
                return
            mixed = before_and_after(self._before, self._after, self.compare.value)
            self._picture.value = shown_picture(mixed, self.shown.description, f"{max(mixed.shape[1], 384)}px")

    def _reload(self, key: str) -> None:
        """Bring back a result: its picture, its sources, its settings."""
        one = next((known for known in self.history if f"r{id(known)}" == key), None)
        if one is None:
            return
        self._clear_errors()
        first, *more = one.order.styles
        self.content.take(one.order.content)
        self.style.take(first)
        self.second_button.value = bool(more)
        if more:
            self.second.take(more[0])
        show_keywords(self.controls, one.order.all_settings())
        with self._lock:
            self._show(one)
        set_if_new(self._sentence, value=status(one.description))

    def _gif_news(self, job: Job) -> None:
        offer_gif(self._gif, job)

    def _complain(self, error: Exception, settings: Mapping) -> None:
        name = orders.control_at_fault(error, settings)
        set_if_new(self.errors[name if name in self.errors else ""], value=status(sentence(error), wrong=True))

    def _clear_errors(self) -> None:
        for line in self.errors.values():
            set_if_new(line, value="")

    def _enable(self) -> None:
        """Only what can be done can be pressed."""
        state = "new" if self.job is None else self.job.state
        set_if_new(self.generate_button, disabled=state == "running")
        set_if_new(self.stop_button, disabled=state != "running")
        set_if_new(self.resume_button, disabled=state != "paused")
        set_if_new(self.gif_button, disabled=self.shown is None or len(self.shown.frames) < 2)
        for part in (self._of_result, self._of_session):  # there is nothing to say of a result that is not there
            set_if_new(part.layout, display="none" if self.shown is None else "flex")


def _run(order: Order) -> Run:
    return Run(order.content.picture(), [style.picture() for style in order.styles], order.all_settings())


def _one_mask(given: Any) -> Any:
    several = [None] if given is None else each(given)
    if len(several) > 1:
        raise SettingError(f"mask has {len(several)} pictures; the Studio has one, and a second style fills the rest.")
    return several[0]


def _width(result: Result) -> str:
    """As wide as the painting will be in the end, so that the page does not jump from scale to scale."""
    return f"{max(result.content.shape[1], 384)}px"


def _code(order: Order) -> str:
    style = "white-space: pre-wrap; overflow-wrap: anywhere; user-select: all; margin: 0; font-family: monospace"
    lines = "".join(
        f'<div>{name}</div><pre style="{style}">{html.escape(text)}</pre>'
        for name, text in (("the same in Python", order.python()), ("and as a command", order.command()))
    )
    return f"<div>{lines}</div>"
