"""Widgets that paint: lessons 00, 05, 06, 07 and 08.

All are one panel with other controls: their values make a point; what is known of a point is shown at once, and a
button paints what is not. What has been painted is kept for as long as the widget is there.
"""

import threading
from collections.abc import Callable, Hashable, Mapping
from typing import Any

import numpy as np

from nst_utils.base.errors import NSTError
from nst_utils.engine.run import Result
from nst_utils.images.opening import fit, picture, pictures
from nst_utils.networks.loading import default_layers, load_backbone
from nst_utils.plots import Figure
from nst_utils.widgets import experiments, figures
from nst_utils.widgets.experiments import Measured
from nst_utils.widgets.jobs import OVER, Job, Newest
from nst_utils.widgets.painting import Painting
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


def _known(painted: Mapping | None, pair_of: Callable[[Hashable], tuple]) -> dict[Hashable, Measured]:
    """Paintings that are there: each `Measured`, a `Result`, or a picture of the pair that its key stands for."""
    known = {}
    for key, one in (painted or {}).items():
        if isinstance(one, Measured):
            known[key] = one
        elif isinstance(one, Result):
            known[key] = experiments.measured(one)
        else:
            known[key] = experiments.as_measured(picture(one), *pair_of(key))
    return known


def first_stylize(
    content: str = "harbor", style: str = "swirls", painted: Mapping[tuple[str, str], Any] | None = None, **settings
) -> Painter:
    """The first painting (lesson 00): choose a content and a style, press the button.

    Parameters
    ----------
    content, style : names of pictures
    painted : mapping of (content, style) to a picture, a `Result` or `Measured`
        Paintings that are there at once.
    settings : further keywords of `stylize`; default: 192 pixels
    """
    settings = {"size": 192, **settings}

    def opened(pair: tuple[str, str]) -> tuple:
        return tuple(picture(name, settings["size"]) for name in pair)

    def draw(values: dict, known: Mapping) -> Figure:
        pair = values["content"], values["style"]
        one = known.get(pair)
        title = f"{pair[0]} in the manner of {pair[1]}"
        return figures.paintings_view(*opened(pair), {"painting": one}, title if one else f"{title}: press Paint")

    known = _known(painted, opened)
    return Painter("First painting", _pair_controls(content, style), _pair_plan(settings), draw, known)


def weights_and_layers(
    content="temple",
    style="swirls",
    painted: Mapping[tuple[str, float], Any] | None = None,
    *,
    content_layers: list[str] | None = None,
    **settings,
) -> Painter:
    """How much of each (lesson 05): the ratio of both weights, and the layer that holds the content.

    The two weights add up to 1 at any ratio, so that smoothness has the same say.

    Parameters
    ----------
    content, style : anything `picture` takes
    painted : mapping of (content layer, ratio) to a picture, a `Result` or `Measured`
        Paintings that are there at once. While there is none at the very ratio, the nearest of the layer is shown.
    content_layers : names
        The layers to choose from; default: those of the paintings and some of the backbone
    settings : further keywords of `stylize`; default: 96 pixels, 60 steps
    """
    settings = {"size": 96, "steps": 60, "learning_rate": 0.05, "backbone": "vgg19", **settings}
    opened, manner = (picture(one, settings["size"]) for one in (content, style))
    painted = {(str(layer), float(ratio)): one for (layer, ratio), one in (painted or {}).items()}
    layers = list(dict.fromkeys([layer for layer, _ in painted] + list(content_layers or ())))
    if not layers:
        network = settings["backbone"], settings.get("weights")
        every = [name for name in experiments.explorable_layers(*network) if not name.endswith("pool")]
        layers = every[1:-1:2]
    first = layers[0] if painted else layers[len(layers) // 2]
    controls = {
        "ratio": log_slider(
            "content_weight : style_weight", 1.0, (-4, 2), "how much the content counts for each 1 of the style"
        ),
        "content_layers": choice("content_layers", layers, first, "the layer at which the content is seen"),
    }

    def key(values: dict) -> tuple[str, float]:
        return values["content_layers"], values["ratio"]

    def plan(values: dict) -> dict:
        layer, ratio = key(values)
        weights = {"content_weight": ratio / (1 + ratio), "style_weight": 1 / (1 + ratio)}
        return {
            (layer, ratio): lambda: experiments.new_run(opened, manner, **settings, **weights, content_layers=[layer])
        }

    def draw(values: dict, known: Mapping) -> Figure:
        layer, ratio = key(values)
        ratios = [other for name, other in known if name == layer]
        if not ratios:
            title = f"Nothing is known of {layer} yet: compute this point"
            return figures.paintings_view(opened, manner, {f"{layer}, ratio {ratio:g}": None}, title)
        nearest = experiments.nearest_weight(ratio, ratios)
        title = f"Content seen at {layer}, ratio {nearest:g}"
        if nearest != ratio:
            title += f" (the nearest to {ratio:g})"
        return figures.bargain_view(opened, manner, known, (layer, nearest), title)

    known = _known(painted, lambda key: (opened, manner))
    return Painter("Weights and layers", controls, plan, draw, known, "Compute this point")


def architecture_comparer(
    content="harbor",
    style="swirls",
    backbones=("vgg19", "resnet50", "vgg16"),
    painted: Mapping[tuple[str, float], Any] | None = None,
    *,
    content_weight: float = 1.0,
    **settings,
) -> Painter:
    """One pair of pictures, two networks, side by side (lesson 06).

    The style is held by the own layers of each network alone, unless ``style_layers`` says otherwise.

    Parameters
    ----------
    content, style : anything `picture` takes
    backbones : names of networks to choose from; the first two begin
    painted : mapping of (backbone, content weight) to a picture, a `Result` or `Measured`
        Paintings that are there at once.
    content_weight : the one to begin with
    settings : further keywords of `stylize`; default: 128 pixels
    """
    settings = {"size": 128, **settings}
    opened, manner = (picture(one, settings["size"]) for one in (content, style))
    controls = {}
    for side, backbone in zip(("left", "right"), backbones, strict=False):
        controls[side] = choice(
            f"backbone, {side}", backbones, backbone, f"the network that looks for the {side} painting"
        )
        controls[f"{side}_weight"] = log_slider(
            f"content_weight, {side}", content_weight, (-2, 2), f"how much the content counts in the {side} one", 0.25
        )

    def keys(values: dict) -> list[tuple[str, float]]:
        return [(values[side], values[f"{side}_weight"]) for side in ("left", "right")]

    def run(backbone: str, weight: float) -> Callable:
        def made():
            own = default_layers(load_backbone(backbone, settings.get("weights")))[1]
            told = {"style_layers": own, **settings, "backbone": backbone, "content_weight": weight}
            return experiments.new_run(opened, manner, **told)

        return made

    def plan(values: dict) -> dict:
        return {key: run(*key) for key in keys(values)}

    def draw(values: dict, known: Mapping) -> Figure:
        left, right = keys(values)
        names = ["{} at weight {:g}".format(*key) for key in (left, right)]
        names[1] += " again" if left == right else ""
        paintings = dict(zip(names, map(known.get, (left, right)), strict=True))
        if all(paintings.values()):
            kept, gained = (
                getattr(known[left], measure) - getattr(known[right], measure) for measure in ("kept", "gained")
            )
            title = f"{left[0]} less {right[0]}: {kept:+.2f} of the edges, {gained:+.2f} of the style"
        else:
            title = f"{names[0]} beside {names[1]}: press Compare"
        return figures.paintings_view(opened, manner, paintings, title)

    known = _known(painted, lambda key: (opened, manner))
    return Painter("Architecture comparer", controls, plan, draw, known, "Compare")


def pair_picker(
    content: str = "harbor", style: str = "woodcut", painted: Mapping[tuple[str, str], Any] | None = None, **settings
) -> Painter:
    """Any content with any style (lesson 07): what can be measured before, then the painting.

    Parameters
    ----------
    content, style : names of pictures to begin with
    painted : mapping of (content, style) to a picture, a `Result` or `Measured`
        Paintings that are there at once.
    settings : further keywords of `stylize`; default: 128 pixels
    """
    settings = {"size": 128, **settings}
    measured: dict[tuple[str, str], dict] = {}
    controls = {
        "content": choice("content", _named("content") + _named("style"), content, "what is painted"),
        "style": choice("style", _named("style"), style, "how it is painted"),
    }

    def opened(pair: tuple[str, str]) -> tuple:
        return tuple(picture(name, settings["size"]) for name in pair)

    def draw(values: dict, known: Mapping) -> Figure:
        pair = values["content"], values["style"]
        shown = opened(pair)
        if pair not in measured:
            measured[pair] = experiments.predictors(*shown)
        if pair not in known:
            distance = measured[pair]["palette distance"]
            title = f"{pair[0]} and {pair[1]}: their colors are {distance:.2f} apart. Guess, then paint"
            return figures.bars_view(*shown, measured[pair], title)
        title = f"{pair[0]} in {pair[1]}: {known[pair].told}"
        return figures.paintings_view(*shown, {"painting": known[pair]}, title)

    known = _known(painted, opened)
    return Painter("Pair picker", controls, _pair_plan(settings), draw, known, "Paint this pair")


def resolution_slider(
    content="harbor",
    style="swirls",
    sizes=(64, 96, 128, 192, 256),
    scales=(0.25, 0.5, 1.0, 2.0, 4.0),
    painted: Mapping[tuple[int, float], Any] | None = None,
    **settings,
) -> Painter:
    """The size of the painting, and the size of the strokes on it (lesson 08).

    Parameters
    ----------
    content, style : anything `picture` takes
    sizes : longer sides of the painting to choose from
    scales : how large the style's strokes are shown, 1 being as large as the style's own on a picture of that size
    painted : mapping of (size, scale) to a picture, a `Result` or `Measured`
        Paintings that are there at once; the first of them is shown.
    settings : further keywords of `stylize`
    """
    opened, manner = picture(content), picture(style)
    usual = sizes[1], 1.0 if 1.0 in scales else scales[0]
    size, scale = next(iter(painted or ()), usual)
    controls = {
        "size": steps("size", sizes, size, "longer side of the painting in pixels"),
        "scale": steps("style scale", scales, scale, "how large the strokes are shown"),
    }

    def styled(size: int, scale: float) -> np.ndarray:
        return experiments.scaled_style(manner, size, scale)

    def plan(values: dict) -> dict:
        size, seen = values["size"], styled(values["size"], values["scale"])
        return {(size, values["scale"]): lambda: experiments.new_run(opened, seen, **settings, size=size)}

    def draw(values: dict, known: Mapping) -> Figure:
        size, scale = values["size"], values["scale"]
        cost = experiments.cost_of(opened, size, **settings)
        pixels = f"{cost['width']} x {cost['height']} pixels, a step needs about {cost['bytes'] / 1e9:.2g} GB"
        one = known.get((size, scale))
        title = f"{pixels}: press Paint" if one is None else f"{pixels}; strokes at {scale:g}"
        return figures.paintings_view(fit(opened, size), styled(size, scale), {"painting": one}, title)

    known = _known(painted, lambda key: (fit(opened, key[0]), styled(*key)))
    return Painter("Resolution and style scale", controls, plan, draw, known)
