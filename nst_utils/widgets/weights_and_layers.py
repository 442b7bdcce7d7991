"""The widget of lesson 05: the ratio of both weights, and the layer that holds the content."""

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np

from nst_utils.images.opening import picture
from nst_utils.plots import OKABE_ITO, Figure, described_figure
from nst_utils.widgets.features import explorable_layers
from nst_utils.widgets.painter import Measured, Painter, known_paintings, paintings_view
from nst_utils.widgets.painting import new_run
from nst_utils.widgets.panel import choice, log_slider


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
        every = [name for name in explorable_layers(*network) if not name.endswith("pool")]
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
        return {(layer, ratio): lambda: new_run(opened, manner, **settings, **weights, content_layers=[layer])}

    def draw(values: dict, known: Mapping) -> Figure:
        layer, ratio = key(values)
        ratios = [other for name, other in known if name == layer]
        if not ratios:
            title = f"Nothing is known of {layer} yet: compute this point"
            return paintings_view(opened, manner, {f"{layer}, ratio {ratio:g}": None}, title)
        nearest = nearest_weight(ratio, ratios)
        title = f"Content seen at {layer}, ratio {nearest:g}"
        if nearest != ratio:
            title += f" (the nearest to {ratio:g})"
        return bargain_view(opened, manner, known, (layer, nearest), title)

    known = known_paintings(painted, lambda key: (opened, manner))
    return Painter("Weights and layers", controls, plan, draw, known, "Compute this point")


def nearest_weight(weight: float, weights) -> float:
    """The one of several weights that is nearest on a logarithmic scale.

    Examples
    --------
    >>> nearest_weight(3.0, [0.1, 1.0, 10.0])
    1.0
    """
    return min(weights, key=lambda one: abs(np.log(one) - np.log(weight)))


def bargain_view(
    content: np.ndarray,
    style: np.ndarray,
    known: Mapping[tuple[str, float], Measured],
    here: tuple[str, float],
    title: str,
) -> Figure:
    """Content, style and one painting, and where it lies on the curves of all that are known, by layer and ratio."""
    shown = {"content": content, "style": style, known[here].description: known[here].picture}
    figure = described_figure(
        title,
        f"Content, style, painting ({known[here].description}), and what all known paintings keep and gain, by layer.",
        figsize=(13, 3.3),
    )
    row = figure.subplots(1, 4, gridspec_kw={"width_ratios": [1, 1, 1, 1.1]})
    for axes, (name, one) in zip(row, shown.items(), strict=False):
        axes.imshow(one, interpolation="hanning")
        axes.set_title(name)
        axes.set_axis_off()
    layers = sorted({layer for layer, _ in known})
    for layer, color, marker in zip(layers, itertools.cycle(OKABE_ITO[1:]), itertools.cycle("os^Dv")):
        curve = [known[key] for key in sorted(known) if key[0] == layer]
        places = [one.kept for one in curve], [one.gained for one in curve]
        row[3].plot(*places, color=color, marker=marker, markersize=4, linewidth=1, label=layer)
    row[3].plot(known[here].kept, known[here].gained, "o", markersize=13, fillstyle="none", color="black")
    row[3].set(xlabel="edges kept", ylabel="style gained", title="the painting is circled")
    row[3].legend(frameon=False, fontsize=8)
    return figure
