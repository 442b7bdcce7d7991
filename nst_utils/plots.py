"""Every static figure: takes arrays and results, returns a Matplotlib figure.

Floor 6. Colors are safe for color-blind readers (Okabe-Ito, viridis); each figure carries a title that says what there
is to see, and ``alt``, the same in words for readers who do not see it.
"""

import base64
import functools
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nst_utils.storage import written_whole

# Okabe, Ito, "Color Universal Design", 2008: black, orange, sky blue, green, blue, vermilion, purple
OKABE_ITO = ("#000000", "#E69F00", "#56B4E9", "#009E73", "#0072B2", "#D55E00", "#CC79A7")
Figure = Any  # matplotlib.figure.Figure, without importing Matplotlib for the name


def triptych(
    content: np.ndarray, style: np.ndarray, painting: np.ndarray, title: str = "One picture in the manner of another"
) -> Figure:
    """Content, style and painting side by side, at equal height.

    Examples
    --------
    >>> flat = np.full((8, 12, 3), 0.5, np.float32)
    >>> [axes.get_title() for axes in triptych(flat, flat, flat).axes]
    ['content', 'style', 'painting']
    """
    return picture_row({"content": content, "style": style, "painting": painting}, title)


def picture_row(pictures: Mapping[str, np.ndarray], title: str) -> Figure:
    """Pictures side by side, at equal height, each under its name.

    Examples
    --------
    >>> figure = picture_row({"before": np.zeros((8, 8, 3)), "after": np.ones((8, 12, 3))}, "It brightens")
    >>> figure.alt
    'It brightens. Pictures from left to right: before, after.'
    """
    from matplotlib.patches import Rectangle

    widths = [shown.shape[1] / shown.shape[0] for shown in pictures.values()]
    height = min(4.0, 12 / sum(widths))
    figure = _figure(
        title,
        f"Pictures from left to right: {', '.join(pictures)}.",
        figsize=(height * sum(widths) + 0.4, height + 0.6),
    )
    rows = figure.subplots(1, len(pictures), squeeze=False, gridspec_kw={"width_ratios": widths})
    for axes, (name, shown) in zip(rows[0], pictures.items(), strict=True):
        axes.imshow(shown, interpolation="hanning")
        frame = ((0, 0), 1, 1)
        axes.add_patch(Rectangle(*frame, transform=axes.transAxes, fill=False, edgecolor="0.6", linewidth=1))
        axes.set_title(name)
        axes.set_axis_off()
    return figure


def gram_heat_maps(grams: Mapping[str, np.ndarray], title: str, channels: Sequence[str] | None = None) -> Figure:
    """Gram matrices (N, N) side by side on one color scale; few channels get their names and numbers.

    For many channels the scale is that of the inverse hyperbolic sine: a few strong ones do not leave all others dark.

    Examples
    --------
    >>> figure = gram_heat_maps({"stripes": np.eye(2)}, "They never fire together", ["dark", "bright"])
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['1', '0', '0', '1']
    """
    figure = _figure(
        title,
        f"Heat maps of the Gram matrices of {', '.join(grams)}, from left to right.",
        figsize=(max(6, 3.3 * len(grams) + 1), 4.2),
    )
    from matplotlib.colors import AsinhNorm, Normalize

    row = figure.subplots(1, len(grams), squeeze=False)[0]
    lowest = min(0.0, *(float(np.min(gram)) for gram in grams.values()))
    highest = max(float(np.max(gram)) for gram in grams.values())
    norm = AsinhNorm(highest / 10, lowest, highest) if channels is None else Normalize(lowest, highest)
    for axes, (name, gram) in zip(row, grams.items(), strict=True):
        shown = axes.imshow(gram, cmap="viridis", norm=norm)
        axes.set_title(name)
        axes.set(xlabel="channel j", ylabel="channel i" if axes is row[0] else "")
        if channels is not None:
            axes.set_xticks(range(len(channels)), channels)
            axes.set_yticks(range(len(channels)), channels)
            for (i, j), value in np.ndenumerate(np.asarray(gram)):
                ink = "black" if norm(value) > 0.6 else "white"
                axes.text(j, i, f"{value:.3g}", ha="center", va="center", color=ink)
    figure.colorbar(shown, ax=list(row), shrink=0.85, label="$G_{ij}$")
    return figure


def lines(x: Sequence[float], curves: Mapping[str, Sequence[float]], xlabel: str, ylabel: str, title: str) -> Figure:
    """One line for each named row of numbers, with its points.

    Examples
    --------
    >>> lines([0, 1], {"stripes": [0, 2]}, "share", "prevalence", "More area, more of it").axes[0].get_ylabel()
    'prevalence'
    """
    figure = _figure(
        title,
        f"Lines of {ylabel} against {xlabel} for {', '.join(curves)}.".replace("$", ""),
        figsize=(7, 4),
    )
    axes = figure.subplots()
    for (name, values), color, marker in zip(curves.items(), OKABE_ITO[1:], "os^Dv*", strict=False):
        axes.plot(x, values, color=color, marker=marker, label=name)
    axes.set(xlabel=xlabel, ylabel=ylabel)
    axes.legend(frameon=False)
    return figure


def picture_map(places: np.ndarray, pictures: Sequence[np.ndarray], names: Sequence[str], title: str) -> Figure:
    """Pictures at places of the plane (count, 2); those of one name share a frame color and are joined by a line.

    Examples
    --------
    >>> flat = np.zeros((8, 8, 3))
    >>> figure = picture_map(np.eye(3)[:, :2], [flat] * 3, ["waves", "waves", "dots"], "Waves and dots lie apart")
    >>> [text.get_text() for text in figure.legends[0].get_texts()]
    ['waves', 'dots']
    """
    from matplotlib.offsetbox import AnnotationBbox, OffsetImage

    groups = list(dict.fromkeys(names))
    figure = _figure(title, f"A map on which pictures that are alike lie near: {', '.join(groups)}.", figsize=(10, 6.5))
    axes = figure.subplots()
    colors = {name: OKABE_ITO[k % len(OKABE_ITO)] for k, name in enumerate(groups)}
    for name in groups:
        mine = places[[other == name for other in names]]
        axes.plot(*mine.T, color=colors[name], linewidth=2, label=name)
    for place, shown, name in zip(places, pictures, names, strict=True):
        thumbnail = OffsetImage(shown, zoom=60 / max(shown.shape[:2]), interpolation="hanning")
        frame = {"edgecolor": colors[name], "linewidth": 2.5}
        axes.add_artist(AnnotationBbox(thumbnail, place, pad=0.1, bboxprops=frame))
    axes.set(xlabel="first direction", ylabel="second direction", xticks=[], yticks=[])
    axes.margins(0.1)
    figure.legend(loc="outside right center", frameon=False)
    return figure


def loss_curves(history: dict[str, np.ndarray], against: str = "step", title: str | None = None) -> Figure:
    """The total and its three terms by step or by second, on a logarithmic scale; a dashed line marks a new size.

    Examples
    --------
    >>> names = ("step", "seconds", "size", "total", "content", "style", "tv")
    >>> history = {name: np.array([2.0, 1.0]) for name in names}
    >>> loss_curves(history, against="seconds").axes[0].get_xlabel()
    'seconds'
    """
    shown = [name for name in ("total", "content", "style", "tv") if np.any(history[name] > 0)]
    figure = _figure(title or f"The loss by {against}", f"Lines of the losses {', '.join(shown)}.", figsize=(7, 4))
    axes = figure.subplots()
    for name, tint in zip(("total", "content", "style", "tv"), OKABE_ITO, strict=False):
        if name in shown:
            axes.semilogy(history[against], history[name], color=tint, label=name)
    for change in np.flatnonzero(np.diff(history["size"])):
        axes.axvline(history[against][change + 1], color="gray", linestyle="--", linewidth=0.8)
    axes.set(xlabel=against, ylabel="loss (the total is weighted)")
    axes.legend()
    return figure


def save_figure(figure: Figure, path: str | Path) -> None:
    """Write a figure beside its target and rename it."""
    with written_whole(path) as beside:
        figure.savefig(beside, dpi=120)


def _figure(title: str, says: str, **options) -> Figure:
    """A figure of its own, outside pyplot's list: a notebook shows it once, and nothing has to be closed."""
    figure = _described_figure()(layout="constrained", **options)
    figure.suptitle(title, weight="bold", wrap=True)
    figure.alt = f"{title}. {says}"
    return figure


@functools.cache
def _described_figure() -> type:
    """Matplotlib's figure that shows itself in a notebook with its description, whether pyplot is loaded or not."""
    from matplotlib.figure import Figure

    class DescribedFigure(Figure):
        def _ipython_display_(self):
            from IPython.display import display

            png = io.BytesIO()
            self.savefig(png, format="png", dpi=96)
            about = {"title": self.get_suptitle(), "alt": self.alt}
            data = {"image/png": base64.b64encode(png.getvalue()).decode(), "text/plain": self.get_suptitle()}
            display(data, metadata={"image/png": about}, raw=True)

    return DescribedFigure
