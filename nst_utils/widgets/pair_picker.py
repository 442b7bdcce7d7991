"""The widget of lesson 07: any content with any style, measured before it is painted."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nst_utils import metrics
from nst_utils.images.opening import picture
from nst_utils.plots import OKABE_ITO, Figure, described_figure
from nst_utils.widgets.painter import Painter, known_paintings, offline_names, paintings_view, pair_plan
from nst_utils.widgets.panel import choice


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
        "content": choice("content", offline_names("content") + offline_names("style"), content, "what is painted"),
        "style": choice("style", offline_names("style"), style, "how it is painted"),
    }

    def opened(pair: tuple[str, str]) -> tuple:
        return tuple(picture(name, settings["size"]) for name in pair)

    def draw(values: dict, known: Mapping) -> Figure:
        pair = values["content"], values["style"]
        shown = opened(pair)
        if pair not in measured:
            measured[pair] = predictors(*shown)
        if pair not in known:
            distance = measured[pair]["palette distance"]
            title = f"{pair[0]} and {pair[1]}: their colors are {distance:.2f} apart. Guess, then paint"
            return bars_view(*shown, measured[pair], title)
        title = f"{pair[0]} in {pair[1]}: {known[pair].description}"
        return paintings_view(*shown, {"painting": known[pair]}, title)

    known = known_paintings(painted, opened)
    return Painter("Pair picker", controls, pair_plan(settings), draw, known, "Paint this pair")


def predictors(content: np.ndarray, style: np.ndarray) -> dict[str, float]:
    """What can be measured of two pictures before anything is painted.

    Four of the candidates of lesson 07: how far apart their colors, their patches, the fall of their energy from coarse
    to fine, and the directions of their edges are.
    """
    return {
        "palette distance": metrics.palette_distance(content, style),
        "patch distance": float(metrics.patch_distance(content, style).mean()),
        "spectrum difference": abs(metrics.spectrum_slope(content) - metrics.spectrum_slope(style)),
        "orientation distance": metrics.orientation_distance(content, style),
    }


def bars_view(content: np.ndarray, style: np.ndarray, numbers: Mapping[str, float], title: str) -> Figure:
    """Two pictures and what can be measured of them."""
    values = ", ".join(f"{name} {value:.2f}" for name, value in numbers.items())
    figure = described_figure(title, f"Content, style, and bars: {values}.", figsize=(11, 3.2))
    row = figure.subplots(1, 3, gridspec_kw={"width_ratios": [1, 1, 1.1]})
    for axes, (name, one) in zip(row, {"content": content, "style": style}.items(), strict=False):
        axes.imshow(one, interpolation="hanning")
        axes.set_title(name)
        axes.set_axis_off()
    names: Sequence[str] = list(numbers)
    bars = row[2].barh(range(len(names)), list(numbers.values()), color=OKABE_ITO[2])
    row[2].bar_label(bars, [f"{value:.2f}" for value in numbers.values()], padding=3)
    row[2].set_yticks(range(len(names)), names)
    row[2].invert_yaxis()
    row[2].set_xlim(0, max(*numbers.values(), 0.1) * 1.2)
    row[2].spines[["top", "right"]].set_visible(False)
    return figure
