"""Widgets that paint: lessons 00, 05, 06, 07 and 08.

All are one panel with other controls: their values make a point; what is known of a point is shown at once, and a
button paints what is not. What has been painted is kept for as long as the widget is there.
"""

import threading
from collections.abc import Callable, Hashable, Mapping
from typing import Any

import numpy as np

from nst_utils.errors import NSTError
from nst_utils.jobs import OVER, Job, Newest
from nst_utils.paintings import Painting
from nst_utils.pictures import fit, picture, pictures
from nst_utils.plots import Figure
from nst_utils.widgets import experiments, figures
from nst_utils.widgets.experiments import Measured
from nst_utils.widgets.panel import (
    Panel,
    answer_of,
    button,
    choice,
    log_slider,
    progress_bar,
    row,
    set_if_new,
    shown_figure,
    status,
    steps,
    values_of,
    watched,
    words,
)

KEPT = 40  # paintings; older ones make room


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
        self._bar, self._told, self._wrong, self._shown = progress_bar(), words(), words(), words()
        self._last = None
        for control in self.controls.values():
            watched(control, self._look)
        super().__init__(
            title,
            [
                *self.controls.values(),
                row(self.paint_button, self.stop_button, self._bar),
                self._told,
                self._wrong,
                self._shown,
            ],
            [self._drawing],
        )
        self._look()

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
            set_if_new(self._told, value=status(str(error), wrong=True))
            return
        self._missing = [(key, make) for key, make in wanted.items() if key not in self.known]
        if not self._missing:
            set_if_new(self._told, value=status("This has been painted already; it is shown below."))
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
        self.job = Painting(make, self._news, finish=experiments.measured)
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
                self._look()
        if job.error:
            set_if_new(self._told, value=status(job.error, wrong=True))
        elif self.job.state not in OVER:
            more = f"; then {len(self._missing) - 1} more" if len(self._missing) > 1 else ""
            reached = None if painted else job.result
            told = "preparing the network ..." if reached is None else figures.run_title(reached)
            set_if_new(self._told, value=status(told + more))
        if job.result is not None:
            set_if_new(self._bar, value=1.0 if self.job.state == "done" else experiments.share_done(job.result.run))
        busy = self.job.state not in OVER
        set_if_new(self.paint_button, disabled=busy)
        set_if_new(self.stop_button, disabled=not busy)

    def _keep(self, key: Hashable, painting: Measured) -> None:
        ours = [known for known in self.known if known not in self._given]
        kept = {known: one for known, one in self.known.items() if len(ours) < KEPT or known != ours[0]}
        self.known = {**kept, key: painting}  # replaced, not changed: another thread may be drawing

    def _look(self, *moved) -> None:
        if moved and (self.job is None or self.job.state in OVER):
            set_if_new(self._told, value="")
        self._drawing.ask(self.values, self.known)

    def _drawn(self, job: Job) -> None:
        """On the teller's thread."""
        set_if_new(self._wrong, value=status(job.error, wrong=True) if job.error else "")
        if job.value is not None and job.value is not self._last:
            self._last = job.value
            self._shown.value = shown_figure(job.value)


def _named(role: str) -> list[str]:
    """The pictures of a role that can be had without a network."""
    return [record.name for record in pictures(role) if record.offline]


def _pair_controls(content: str, style: str) -> dict:
    return {
        "content": choice("content", _named("content"), content, "what is painted"),
        "style": choice("style", _named("style"), style, "how it is painted"),
    }


def _pair_plan(settings: dict) -> Callable[[dict], Mapping]:
    """The one painting of a content and a style that the controls name."""

    def plan(values: dict) -> dict:
        pair = values["content"], values["style"]
        return {pair: lambda: experiments.new_run(*pair, **settings)}

    return plan


def first_stylize(content: str = "harbor", style: str = "swirls", **settings) -> Painter:
    """The first painting (lesson 00): choose a content and a style, press the button.

    Parameters
    ----------
    content, style : names of pictures
    settings : further keywords of `stylize`; default: 192 pixels
    """
    settings = {"size": 192, **settings}

    def draw(values: dict, known: Mapping) -> Figure:
        pair = values["content"], values["style"]
        shown = [picture(name, settings["size"]) for name in pair]
        one = known.get(pair)
        title = f"{pair[0]} in the manner of {pair[1]}"
        return figures.paintings_view(*shown, {"painting": one}, title if one else f"{title}: press Paint")

    return Painter("First painting", _pair_controls(content, style), _pair_plan(settings), draw)


def weights_and_layers(
    content="temple",
    style="swirls",
    grid: Mapping[tuple[str, float], np.ndarray] | None = None,
    *,
    content_layers: list[str] | None = None,
    **settings,
) -> Painter:
    """How much of each (lesson 05): the content weight and the layer that holds the content.

    Parameters
    ----------
    content, style : anything `picture` takes
    grid : mapping of (content layer, content weight) to a picture or a `Result`
        Paintings that are there at once. While there is none at the very weight, the nearest of the layer is shown.
    content_layers : names
        The layers to choose from; default: those of the grid and some of the backbone
    settings : further keywords of `stylize`; default: 96 pixels, 60 steps
    """
    settings = {"size": 96, "steps": 60, "learning_rate": 0.05, "backbone": "vgg19", **settings}
    opened, manner = (picture(one, settings["size"]) for one in (content, style))
    known = {}
    for (layer, weight), painting in (grid or {}).items():
        painting = picture(getattr(painting, "picture", painting))
        known[str(layer), float(weight)] = experiments.as_measured(painting, opened, manner)
    layers = list(dict.fromkeys([layer for layer, _ in known] + list(content_layers or ())))
    if not layers:
        network = settings["backbone"], settings.get("weights")
        every = [name for name in experiments.explorable_layers(*network) if not name.endswith("pool")]
        layers = every[1:-1:2]
    middle = layers[len(layers) // 2] if not known else layers[0]
    controls = {
        "content_weight": log_slider("content_weight", 1.0, (-4, 2), "how much the content counts beside the style"),
        "content_layers": choice("content_layers", layers, middle, "the layer at which the content is seen"),
    }

    def key(values: dict) -> tuple[str, float]:
        return values["content_layers"], values["content_weight"]

    def plan(values: dict) -> dict:
        layer, weight = key(values)
        own = {**settings, "content_layers": [layer], "content_weight": weight}
        return {(layer, weight): lambda: experiments.new_run(opened, manner, **own)}

    def draw(values: dict, known: Mapping) -> Figure:
        layer, weight = key(values)
        weights = [other for name, other in known if name == layer]
        if not weights:
            title = f"Nothing is known of {layer} yet: compute this point"
            return figures.paintings_view(opened, manner, {f"{layer}, weight {weight:g}": None}, title)
        nearest = experiments.nearest_weight(weight, weights)
        title = f"Content seen at {layer}, content_weight {nearest:g}"
        if nearest != weight:
            title += f" (the nearest to {weight:g})"
        return figures.paintings_view(opened, manner, {"painting": known[layer, nearest]}, title)

    return Painter("Weights and layers", controls, plan, draw, known, "Compute this point")


def architecture_comparer(
    content="harbor", style="swirls", backbones=("vgg19", "resnet50", "vgg16"), **settings
) -> Painter:
    """One pair of pictures, two networks, side by side (lesson 06).

    Parameters
    ----------
    content, style : anything `picture` takes
    backbones : names of networks to choose from; the first two begin
    settings : further keywords of `stylize`; default: 128 pixels
    """
    settings = {"size": 128, **settings}
    opened, manner = (picture(one, settings["size"]) for one in (content, style))
    controls = {
        "left": choice("backbone, left", backbones, backbones[0], "the network that looks for the left painting"),
        "right": choice("backbone, right", backbones, backbones[1], "the network that looks for the right painting"),
        "content_weight": log_slider(
            "content_weight",
            1.0,
            (-2, 2),
            "how much the content counts; equal weights are no equal operating points",
            0.25,
        ),
    }

    def keys(values: dict) -> list[tuple[str, float]]:
        weight = values["content_weight"]
        return [(values[side], weight) for side in ("left", "right")]

    def run(backbone: str, weight: float) -> Callable:
        return lambda: experiments.new_run(opened, manner, **settings, backbone=backbone, content_weight=weight)

    def plan(values: dict) -> dict:
        return {key: run(*key) for key in keys(values)}

    def draw(values: dict, known: Mapping) -> Figure:
        wanted = keys(values)
        again = [" again" if k and name == wanted[0][0] else "" for k, (name, _) in enumerate(wanted)]
        paintings = {f"{key[0]}{more}": known.get(key) for key, more in zip(wanted, again, strict=True)}
        left, right = (known.get(key) for key in wanted)
        if left and right:
            more, less = (left, right) if left.gained >= right.gained else (right, left)
            name = wanted[0 if more is left else 1][0]
            edges = more.kept - less.kept
            title = f"{name} gains {more.gained - less.gained:.2f} more style and keeps {abs(edges):.2f} "
            title += "more of the edges" if edges > 0 else "less of the edges"
        else:
            title = f"Two networks at content_weight {wanted[0][1]:g}: press Compare"
        return figures.paintings_view(opened, manner, paintings, title)

    return Painter("Architecture comparer", controls, plan, draw, None, "Compare")


def pair_picker(content: str = "harbor", style: str = "woodcut", **settings) -> Painter:
    """Any content with any style (lesson 07): what can be measured before, then the painting.

    Parameters
    ----------
    content, style : names of pictures to begin with
    settings : further keywords of `stylize`; default: 128 pixels
    """
    settings = {"size": 128, **settings}
    measured: dict[tuple[str, str], dict] = {}
    controls = {
        "content": choice("content", _named("content") + _named("style"), content, "what is painted"),
        "style": choice("style", _named("style"), style, "how it is painted"),
    }

    def draw(values: dict, known: Mapping) -> Figure:
        pair = values["content"], values["style"]
        shown = [picture(name, settings["size"]) for name in pair]
        if pair not in measured:
            measured[pair] = experiments.predictors(*shown)
        if pair not in known:
            distance = measured[pair]["palette distance"]
            title = f"{pair[0]} and {pair[1]}: their colors are {distance:.2f} apart. Guess, then paint"
            return figures.bars_view(*shown, measured[pair], title)
        title = f"{pair[0]} in {pair[1]}: {known[pair].told}"
        return figures.paintings_view(*shown, {"painting": known[pair]}, title)

    return Painter("Pair picker", controls, _pair_plan(settings), draw, None, "Paint this pair")


def resolution_slider(
    content="harbor", style="swirls", sizes=(64, 96, 128, 192, 256), scales=(0.25, 0.5, 1.0, 2.0, 4.0), **settings
) -> Painter:
    """The size of the painting, and the size of the strokes on it (lesson 08).

    Parameters
    ----------
    content, style : anything `picture` takes
    sizes : longer sides of the painting to choose from
    scales : how large the style's strokes are shown, 1 being as large as the style's own on a picture of that size
    settings : further keywords of `stylize`
    """
    opened, manner = picture(content), picture(style)
    controls = {
        "size": steps("size", sizes, sizes[1], "longer side of the painting in pixels"),
        "scale": steps("style scale", scales, 1.0 if 1.0 in scales else scales[0], "how large the strokes are shown"),
    }

    def styled(values: dict) -> np.ndarray:
        return experiments.scaled_style(manner, values["size"], values["scale"])

    def plan(values: dict) -> dict:
        size, seen = values["size"], styled(values)
        return {(size, values["scale"]): lambda: experiments.new_run(opened, seen, **settings, size=size)}

    def draw(values: dict, known: Mapping) -> Figure:
        size, scale = values["size"], values["scale"]
        cost = experiments.cost_of(opened, size, **settings)
        pixels = f"{cost['width']} x {cost['height']} pixels, a step needs about {cost['bytes'] / 1e9:.2g} GB"
        one = known.get((size, scale))
        title = f"{pixels}: press Paint" if one is None else f"{pixels}; strokes at {scale:g}"
        return figures.paintings_view(fit(opened, size), styled(values), {"painting": one}, title)

    return Painter("Resolution and style scale", controls, plan, draw)
