"""What all widgets of the course share: controls with a name and a tooltip, a picture with a description, an end.

A panel is an ordinary object that holds ipywidgets, as ipywidgets keep themselves alive until they are closed: so when
nobody holds the panel any more, its work ends and its widgets close. Works with ipywidgets 7.7 and 8; what differs
between them is here and nowhere else.

How it is shown: one output that holds two things, the live widget and a picture of its state. A frontend with a kernel
shows the widget. A page without one shows the picture: the build of the lessons drops the widget from the output, as
its model would not be found, and nbconvert and GitHub fall back by themselves. No ``metadata.widgets`` is stored. Two
outputs, a picture first and a widget that replaces it, would either show both to somebody who works or, as the
replacing is stored too, nothing to somebody who reads.
"""

import base64
import html
import io
import math
import threading
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import ipywidgets
import numpy as np

from nst_utils.base.errors import NSTError
from nst_utils.images.arrays import as_image
from nst_utils.widgets.jobs import Job, Newest

VIEW = "application/vnd.jupyter.widget-view+json"
IPYWIDGETS_8 = int(ipywidgets.__version__.split(".")[0]) >= 8
_drawing = threading.RLock()  # a figure may be drawn for the page and for the widget, on two threads
WIDE = {"description_width": "initial"}
FULL, FIELD = "100%", "24em"


class Panel:
    """A live widget of the course.

    Parameters
    ----------
    title : str
    children : widgets
        Laid out below each other, under the title.
    jobs : list
        Of `Job` and `Newest`; those that are in it when the panel ends are stopped.
    """

    def __init__(self, title: str, children: Sequence, jobs: list[Job | Newest]):
        self.title = title
        self.jobs = jobs
        self.view = ipywidgets.VBox([words(f"<b>{html.escape(title)}</b>"), *children], layout={"max_width": "64em"})
        self._end = weakref.finalize(self, _end, self.view, jobs)
        self._end.atexit = False  # the process ends anyway, and nobody would hear it

    def figure(self):
        """The state as a static figure."""
        raise NotImplementedError

    def close(self) -> None:
        """End its work and take it away."""
        self._end()

    @property
    def closed(self) -> bool:
        """Whether it has been taken away."""
        return not self._end.alive

    def bundle(self) -> tuple[dict, dict]:
        """What is displayed, by kind, and what is to be known of it."""
        figure = self.figure()
        data = {"image/png": base64.b64encode(png_of(figure)).decode(), "text/plain": figure.alt}
        if not self.closed:
            data[VIEW] = {"version_major": 2, "version_minor": 0, "model_id": self.view.model_id}
        return data, {"image/png": {"title": figure.get_suptitle(), "alt": figure.alt}}

    def _ipython_display_(self) -> None:
        from IPython.display import display

        data, about = self.bundle()
        display(data, metadata=about, raw=True)


def _end(view, jobs: list) -> None:
    for job in jobs:
        job.stop()
    jobs.clear()
    close_all(view)


def close_all(widget) -> None:
    """Close a widget and all that is in it, so that nothing keeps them."""
    for child in getattr(widget, "children", ()):
        close_all(child)
    for part in ("style", "layout"):
        with_comm = getattr(widget, part, None)
        if hasattr(with_comm, "close"):
            with_comm.close()
    widget.close()


def weakly(method: Callable) -> Callable:
    """A function that calls the method as long as its object is there: a control must not keep its panel alive."""
    held = weakref.WeakMethod(method)

    def call(*arguments):
        if (alive := held()) is not None:
            return alive(*arguments)
        return None

    return call


def answer_of(job: Job):
    """What a job has come to, when it has; what went wrong is raised."""
    job.wait()
    if job.error:
        raise NSTError(job.error)
    return job.value


# --- Controls ---------------------------------------------------------------------------------------------------------


def with_tooltip(tooltip: str) -> dict[str, str]:
    """The keyword that sets a tooltip."""
    return {"tooltip" if IPYWIDGETS_8 else "description_tooltip": tooltip}


def choice(name: str, options: Iterable, value, tooltip: str):
    """One out of several."""
    options = list(options)
    return ipywidgets.Dropdown(
        options=options, value=value, description=name, style=WIDE, layout={"width": FIELD}, **with_tooltip(tooltip)
    )


def _sliding(name: str) -> dict[str, str]:
    """Room for a slider, however long its name is."""
    return {"width": f"{22 + 0.55 * len(name):.0f}em", "max_width": FULL}


def steps(name: str, options: Iterable, value, tooltip: str):
    """One out of several that are in an order, as a slider."""
    return ipywidgets.SelectionSlider(
        options=list(options),
        value=value,
        description=name,
        style=WIDE,
        continuous_update=True,
        layout=_sliding(name),
        **with_tooltip(tooltip),
    )


def log_slider(name: str, value: float, powers: tuple[float, float], tooltip: str, step: float = 0.1):
    """A positive number between two powers of ten; read it with `weight_of`.

    A browser moves a value to the slider's own marks as soon as it shows it. So the marks are counted from this value.
    """
    shown = min(max(value, 10.0 ** powers[0]), 10.0 ** powers[1])
    power = math.log10(shown)
    below, above = (math.ceil(abs(end - power) / step - 1e-9) for end in powers)
    made = ipywidgets.FloatLogSlider(
        value=shown,
        base=10,
        min=power - below * step,
        max=power + above * step,
        step=step,
        description=name,
        style=WIDE,
        readout_format=".3g",
        layout=_sliding(name),
        **with_tooltip(tooltip),
    )
    made.begins_at, made.begins_with = made.value, value
    return made


def weight_of(control) -> float:
    """What a logarithmic slider says, in three digits; where it began, exactly what it began with."""
    if math.isclose(control.value, control.begins_at, rel_tol=1e-6):
        return control.begins_with
    return float(f"{control.value:.3g}")


def values_of(controls: Mapping[str, Any]) -> dict[str, Any]:
    """What controls say, by name."""
    return {
        name: weight_of(control) if hasattr(control, "begins_at") else control.value
        for name, control in controls.items()
    }


def slider(name: str, value, low, high, tooltip: str, step=None):
    """A number on a straight scale, whole if its ends are."""
    whole = all(isinstance(number, int) for number in (value, low, high))
    kind = ipywidgets.IntSlider if whole else ipywidgets.FloatSlider
    return kind(
        value=value,
        min=low,
        max=high,
        step=step or (1 if whole else 0.05),
        description=name,
        style=WIDE,
        layout=_sliding(name),
        **with_tooltip(tooltip),
    )


def button(name: str, icon: str, tooltip: str, pressed: Callable, primary: bool = False):
    """A button that calls a method; it does not keep the method's object alive."""
    made = ipywidgets.Button(
        description=name,
        icon=icon,
        tooltip=tooltip,
        button_style="primary" if primary else "",
        layout={"width": "auto"},
    )
    made.on_click(weakly(pressed))
    return made


def toggle(name: str, icon: str, tooltip: str, switched: Callable):
    """A button that stays pressed; it calls a method when that changes."""
    made = ipywidgets.ToggleButton(description=name, icon=icon, tooltip=tooltip, layout={"width": "auto"})
    return watched(made, switched)


def watched(control, method: Callable):
    """The control, whose new values call the method."""
    control.observe(weakly(method), "value")
    return control


def row(*children, align: str = "center"):
    """Side by side, and below each other where there is no room."""
    return ipywidgets.HBox(list(children), layout={"flex_flow": "row wrap", "align_items": align})


def words(markup: str = ""):
    """A line of HTML; what comes from outside is escaped by who writes it."""
    return ipywidgets.HTML(markup)


def progress_bar():
    """How far the work is, between 0 and 1."""
    return ipywidgets.FloatProgress(
        0.0, min=0.0, max=1.0, layout={"width": "16em"}, **with_tooltip("how far the work is")
    )


def set_if_new(widget, **values) -> None:
    """Set what differs: every change travels to the browser."""
    for name, value in values.items():
        if getattr(widget, name) != value:
            setattr(widget, name, value)


# --- What is shown ----------------------------------------------------------------------------------------------------


def status(text: str, wrong: bool = False) -> str:
    """A sentence under the controls; a mistake has a sign and a word beside its color."""
    if not text:
        return ""
    if not wrong:
        return f'<span role="status">{html.escape(text)}</span>'
    style = "border-left: 0.3em solid #D55E00; padding-left: 0.6em"
    return f'<div role="alert" style="{style}"><b>✗ That did not work:</b> {html.escape(text)}</div>'


def png_of(figure, dpi: int = 96) -> bytes:
    """A figure as PNG."""
    png = io.BytesIO()
    with _drawing:
        figure.savefig(png, format="png", dpi=dpi)
    return png.getvalue()


def jpeg_of(picture: np.ndarray, quality: int = 90) -> bytes:
    """A picture (h, w, 3) as JPEG, for the screen."""
    jpeg = io.BytesIO()
    as_image(picture).save(jpeg, "JPEG", quality=quality)
    return jpeg.getvalue()


def image(data: bytes, alt: str, kind: str = "png", width: str = "") -> str:
    """An ``<img>`` with its description; ipywidgets' own Image has none."""
    size = f"width: {width}; " if width else ""
    code = base64.b64encode(data).decode()
    return (
        f'<img alt="{html.escape(alt)}" style="{size}max-width: 100%; background: white" '
        f'src="data:image/{kind};base64,{code}">'
    )


def shown_figure(figure) -> str:
    """A figure in a page."""
    return image(png_of(figure), figure.alt)


def shown_picture(picture: np.ndarray, alt: str, width: str = "") -> str:
    """A picture in a page."""
    return image(jpeg_of(picture), alt, "jpeg", width)


def download(data: bytes, kind: str, name: str, label: str) -> str:
    """A link that saves a file."""
    code = base64.b64encode(data).decode()
    return (
        f'<a download="{html.escape(name)}" href="data:{kind};base64,{code}" '
        f'style="text-decoration: underline; margin-right: 1em">{html.escape(label)}</a>'
    )


def offer_gif(line, job: Job) -> None:
    """Put the link that saves a GIF into a line, once the job has made it; or what went wrong."""
    if job.error:
        set_if_new(line, value=status(job.error, wrong=True))
    elif job.value is not None:
        set_if_new(line, value=download(job.value, "image/gif", "painting.gif", "save the GIF"))
