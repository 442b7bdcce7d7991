"""Every static figure: takes arrays and results, returns a Matplotlib figure.

Floor 6. Colors are safe for color-blind readers (Okabe-Ito, viridis); each figure carries a title that says what there
is to see, and ``alt``, the same in words for readers who do not see it.
"""

import base64
import functools
import io
import itertools
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nst_utils.base.errors import SettingError
from nst_utils.base.files import written_whole

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
    figure = described_figure(
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


def tile_borders(
    pictures: Mapping[str, np.ndarray], boxes: Mapping[str, Sequence[tuple[int, int, int, int]]], title: str
) -> Figure:
    """Pictures side by side, with ticks at their edges where the borders of tiles (top, bottom, left, right) lie.

    The borders themselves stay free, so that a seam can be seen.

    Examples
    --------
    >>> halves = [(0, 8, 0, 6), (0, 8, 6, 12)]
    >>> figure = tile_borders({"whole": np.zeros((8, 12, 3))}, {"whole": halves}, "No seam")
    >>> figure.axes[0].get_xticks().tolist()
    [5.5]
    """
    figure = picture_row(pictures, title)
    told = []
    for axes, (name, shown) in zip(figure.axes, pictures.items(), strict=True):
        rows, columns = (sorted({box[k] - 0.5 for box in boxes.get(name, []) if box[k]}) for k in (0, 2))
        axes.set_axis_on()
        axes.spines[:].set_visible(False)
        axes.set_xticks(columns, [])
        axes.set_yticks(rows, [])
        axes.tick_params(right=True, length=7, width=1.5, color=OKABE_ITO[5])
        axes.set(xlim=(-0.5, shown.shape[1] - 0.5), ylim=(shown.shape[0] - 0.5, -0.5))
        told.append(f"{name} {len(rows)} down, {len(columns)} across")
    figure.alt += f" Ticks at the edges show where borders between tiles lie: {'; '.join(told)}."
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
    says = f"Heat maps of the Gram matrices of {', '.join(grams)}{', from left to right' * (len(grams) > 1)}."
    if channels is not None:
        rows = [", ".join(f"{value:.3g}" for value in row) for gram in grams.values() for row in np.asarray(gram)]
        says += f" Row by row, for {', '.join(channels)}: {'; '.join(rows)}."
    figure = described_figure(title, says, figsize=(max(6, 3.3 * len(grams) + 1), 4.2))
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
    bar = figure.colorbar(shown, ax=list(row), shrink=0.85, label="$G_{ij}$")
    if channels is None:
        marks = [0, *(highest * np.array([0.1, 0.3, 1]))]
        bar.set_ticks(marks, labels=[f"{float(f'{mark:.2g}'):g}" for mark in marks], minor=False)
        bar.minorticks_off()
    return figure


def lines(x: Sequence[float], curves: Mapping[str, Sequence[float]], xlabel: str, ylabel: str, title: str) -> Figure:
    """One line for each named row of numbers, with its points.

    Examples
    --------
    >>> lines([0, 1], {"stripes": [0, 2]}, "share", "prevalence", "More area, more of it").axes[0].get_ylabel()
    'prevalence'
    """
    figure = described_figure(
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


def heat_tables(
    tables: Mapping[str, np.ndarray], rows: Sequence[str], columns: Sequence[str], label: str, title: str
) -> Figure:
    """Tables of positive numbers side by side on one logarithmic color scale, with every number written in.

    Examples
    --------
    >>> figure = heat_tables({"content": np.array([[0.5, 1.0]])}, ["blur"], ["shallow", "deep"], "loss", "It blurs")
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['0.5', '1']
    """
    from matplotlib.colors import LogNorm

    figure = described_figure(
        title,
        f"Tables of the {label} for {', '.join(tables)}: rows {', '.join(rows)}; columns {', '.join(columns)}.",
        figsize=(2 + len(tables) * (0.7 + 0.9 * len(columns)), 1.8 + 0.42 * len(rows)),
    )
    row = figure.subplots(1, len(tables), squeeze=False)[0]
    numbers = np.concatenate([np.ravel(table) for table in tables.values()])
    norm = LogNorm(numbers[numbers > 0].min(), numbers.max())
    for axes, (name, table) in zip(row, tables.items(), strict=True):
        shown = axes.imshow(np.maximum(table, norm.vmin), cmap="viridis", norm=norm, aspect="auto")
        axes.set_title(name)
        axes.set_xticks(range(len(columns)), columns, rotation=30, ha="right", rotation_mode="anchor")
        axes.set_yticks(range(len(rows)), rows if axes is row[0] else [""] * len(rows))
        for (i, j), value in np.ndenumerate(np.asarray(table)):
            ink = "black" if norm(max(value, norm.vmin)) > 0.6 else "white"
            axes.text(j, i, f"{value:.{2 if value >= 0.01 else 1}g}", ha="center", va="center", color=ink)
    figure.colorbar(shown, ax=list(row), label=label)
    return figure


def number_grids(tables: Mapping[str, np.ndarray], title: str) -> Figure:
    """Small tables of whole numbers side by side, each number in its cell: orange above 0, white at 0, purple below.

    Examples
    --------
    >>> figure = number_grids({"picture": np.array([[0, 4, 4]]), "found": np.array([[8, 8, -8]])}, "One edge")
    >>> [text.get_text() for text in figure.axes[1].texts]
    ['8', '8', '-8']
    """
    widths = [np.shape(table)[1] for table in tables.values()]
    tallest = max(len(table) for table in tables.values())
    cell = min(0.55, 12 / sum(widths))
    figure = described_figure(
        title,
        f"Tables of numbers from left to right: {', '.join(tables)}.",
        figsize=(cell * sum(widths) + 0.5 * len(tables), cell * tallest + 1),
    )
    row = figure.subplots(1, len(tables), squeeze=False, gridspec_kw={"width_ratios": widths})[0]
    reach = max(float(np.abs(table).max()) for table in tables.values())
    for axes, (name, table) in zip(row, tables.items(), strict=True):
        axes.imshow(table, cmap="PuOr_r", vmin=-2 * reach, vmax=2 * reach)  # pale enough for black ink
        axes.set_title(name)
        axes.set(xticks=np.arange(np.shape(table)[1]) - 0.5, yticks=np.arange(len(table)) - 0.5)
        axes.grid(color="0.7", linewidth=0.8)
        axes.tick_params(length=0, labelbottom=False, labelleft=False)
        for (i, j), value in np.ndenumerate(np.asarray(table)):
            axes.text(j, i, f"{value:g}", ha="center", va="center")
    return figure


def channel_maps(maps: Mapping[str, np.ndarray], title: str) -> Figure:
    """Single channels of layers side by side, each on its own scale: dark where it is silent, light where it fires.

    The lightest half percent is cut off. A picture (h, w, 3) among them is shown as it is.

    Examples
    --------
    >>> figure = channel_maps({"picture": np.zeros((4, 6, 3)), "upright edges": np.eye(4, 6)}, "Edges are found")
    >>> figure.alt
    'Edges are found. From left to right, light where the channel fires: picture, upright edges.'
    """
    widths = [np.shape(shown)[1] / np.shape(shown)[0] for shown in maps.values()]
    height = min(4.0, 13 / sum(widths))
    figure = described_figure(
        title,
        f"From left to right, light where the channel fires: {', '.join(maps)}.",
        figsize=(height * sum(widths) + 0.4, height + 0.7),
    )
    row = figure.subplots(1, len(maps), squeeze=False, gridspec_kw={"width_ratios": widths})[0]
    for axes, (name, shown) in zip(row, maps.items(), strict=True):
        shown = np.asarray(shown)
        brightest = max(float(np.percentile(shown, 99.5)), 1e-6)
        axes.imshow(shown, vmin=0, vmax=brightest, cmap="viridis", interpolation="nearest")
        axes.set_title(name)
        axes.set_axis_off()
    return figure


def receptive_fields(influence: Mapping[str, np.ndarray], sides: Sequence[int], title: str) -> Figure:
    """How strongly each pixel moves the middle position of a layer, and the square of ``sides`` pixels around it.

    ``influence`` has a map (h, w) for each layer, at least 0. The color is the logarithm of its share in the strongest,
    over eight powers of ten; the square is centered on what is not 0.

    Examples
    --------
    >>> seen = np.pad(np.ones((3, 3)), 10)
    >>> figure = receptive_fields({"block1_conv1": seen}, [3], "Three pixels a side")
    >>> figure.axes[0].get_title()
    'block1_conv1: 3 px'
    """
    from matplotlib.colors import LogNorm
    from matplotlib.patches import Rectangle

    count = len(influence)
    figure = described_figure(
        title,
        f"Maps of the pixels that move the middle of {', '.join(influence)}, each with a square around them.",
        figsize=(13 * count / 5 + 1, 13 / 5 + 1),
    )
    row = figure.subplots(1, count, squeeze=False)[0]
    for axes, (name, seen), side in zip(row, influence.items(), sides, strict=True):
        share = np.asarray(seen) / np.max(seen)
        shown = axes.imshow(np.maximum(share, 1e-8), cmap="viridis", norm=LogNorm(1e-8, 1))
        rows, columns = (np.flatnonzero(share.any(axis=axis)) for axis in (1, 0))
        corner = [(where[0] + where[-1] - side) / 2 for where in (columns, rows)]
        axes.add_patch(Rectangle(corner, side, side, fill=False, edgecolor=OKABE_ITO[1], linewidth=1.5))
        axes.set_title(f"{name}: {side} px")
        axes.set(xticks=[], yticks=[])
    figure.colorbar(shown, ax=list(row), label="influence, share of the strongest", shrink=0.9)
    return figure


def line_panels(
    x: Sequence,
    curves: Mapping[str, Sequence[float]],
    xlabel: str,
    title: str,
    goals: Mapping[str, float] | None = None,
) -> Figure:
    """One panel for each row of numbers, as they have different units; a dashed line marks the value of ``goals``.

    Examples
    --------
    >>> figure = line_panels(["shallow", "deep"], {"edges": [1, 0.2]}, "layer", "Edges go", {"edges": 1.0})
    >>> [line.get_linestyle() for line in figure.axes[0].lines]
    ['-', '--']
    """
    figure = described_figure(
        title,
        f"One panel each for {', '.join(curves)}, by {xlabel}.",
        figsize=(3.3 * len(curves), 3.8),
    )
    row = figure.subplots(1, len(curves), squeeze=False)[0]
    for axes, (name, values), color, marker in zip(row, curves.items(), OKABE_ITO[1:], "os^Dv*", strict=False):
        axes.plot(range(len(x)), values, color=color, marker=marker)
        if name in (goals or {}):
            axes.axhline(goals[name], color="gray", linestyle="--", linewidth=1)
        axes.set_title(name)
        axes.set_xticks(range(len(x)), x)
        axes.set(xlabel=xlabel, ylim=(min(0, *values, *(goals or {}).values()) - 0.02, None))
        axes.margins(y=0.1)
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
    figure = described_figure(
        title, f"A map on which pictures that are alike lie near: {', '.join(groups)}.", figsize=(10, 6.5)
    )
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
    figure = described_figure(
        title or f"The loss by {against}", f"Lines of the losses {', '.join(shown)}.", figsize=(7, 4)
    )
    axes = figure.subplots()
    for name, tint in zip(("total", "content", "style", "tv"), OKABE_ITO, strict=False):
        if name in shown:
            axes.semilogy(history[against], history[name], color=tint, label=name)
    for change in np.flatnonzero(np.diff(history["size"])):
        axes.axvline(history[against][change + 1], color="gray", linestyle="--", linewidth=0.8)
    axes.set(xlabel=against, ylabel="loss (the total is weighted)")
    axes.legend()
    return figure


def loss_comparison(
    histories: Mapping[str, Mapping[str, Any]], title: str, against: Sequence[str] = ("step",), share: bool = False
) -> Figure:
    """The total loss of several runs on one logarithmic scale, in a panel by "step", by "seconds", or one of each.

    Seconds count from the first row of a run: what it took to compile is left out. With ``share`` each curve is divided
    by its first value, so that losses in different units can be compared.

    Examples
    --------
    >>> fast, slow = ({"step": [1, 2], "total": totals} for totals in ([8.0, 2.0], [8.0, 6.0]))
    >>> figure = loss_comparison({"fast": fast, "slow": slow}, "One of them falls faster", share=True)
    >>> [line.get_ydata().tolist() for line in figure.axes[0].lines]
    [[1.0, 0.25], [1.0, 0.75]]
    """
    from matplotlib.ticker import LogLocator, NullLocator

    figure = described_figure(
        title,
        f"Lines of the total loss by {' and by '.join(against)} for {', '.join(histories)}.",
        figsize=(7, 4) if len(against) == 1 else (10, 4),
    )
    row = figure.subplots(1, len(against), squeeze=False, sharey=True)[0]
    dashes = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 3)))
    for axes, unit in zip(row, against, strict=True):
        for (name, history), color, dash in zip(histories.items(), OKABE_ITO[1:], dashes, strict=False):
            x, total = np.asarray(history[unit]), np.asarray(history["total"])
            x, total = x - x[0] if unit == "seconds" else x, total / total[0] if share else total
            axes.semilogy(x, total, color=color, linestyle=dash, linewidth=2, label=name)
        axes.set_xlabel(unit)
    row[0].yaxis.set_major_locator(LogLocator(subs=(1, 2, 3, 5)))  # all panels share this axis
    row[0].yaxis.set_major_formatter("{x:g}")
    row[0].yaxis.set_minor_locator(NullLocator())
    row[0].set_ylabel("total loss, share of the first" if share else "total loss")
    row[-1].legend(frameon=False)
    return figure


def trade_off(
    curves: Mapping[str, np.ndarray], title: str, labels: Sequence[str] | None = None, level: float | None = None
) -> Figure:
    """Content kept against style taken on, one curve a name; bars reach from the lowest to the highest of the repeats.

    ``curves`` are arrays (settings, repeats, 2) of edge correlation and style gap closed; a line joins the means.
    ``labels`` are written beside the points of a single curve; ``level`` draws a dashed line across at that style.

    Examples
    --------
    >>> twice = np.array([[[0.1, 0.8], [0.2, 0.7]], [[0.6, 0.2], [0.7, 0.1]]])
    >>> figure = trade_off({"block3_conv2": twice}, "More of one, less of the other", ["1", "100"])
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['1', '100']
    """
    figure = described_figure(
        title,
        f"Curves of the style gap closed against the edge correlation with the content for {', '.join(curves)}.",
        figsize=(7.5, 5),
    )
    axes = figure.subplots()
    for (name, curve), color, marker in zip(curves.items(), OKABE_ITO[1:], "os^Dv*", strict=False):
        middle = curve.mean(axis=1)
        reach = np.stack([middle - curve.min(axis=1), curve.max(axis=1) - middle])
        (x, y), (x_reach, y_reach) = middle.T, np.moveaxis(reach, -1, 0)
        axes.errorbar(x, y, y_reach, x_reach, color=color, marker=marker, capsize=2, elinewidth=1, label=name)
        for place, label in zip(middle, labels or (), strict=False):
            axes.annotate(label, place, (9, 9), textcoords="offset points")
    if level is not None:
        axes.axhline(level, color="gray", linestyle="--", linewidth=1)
    axes.set(xlabel="content kept: edge correlation", ylabel="style taken on: style gap closed")
    axes.margins(0.08)
    if len(curves) > 1:
        axes.legend(frameon=False)
    return figure


def pareto(runs: Mapping[str, np.ndarray], title: str | None = None) -> Figure:
    """Groups of runs (n, 2), larger being better in both; filled: on the Pareto front, hollow: dominated.

    A run is dominated if another has at least as much of both and more of one (of all groups together).

    Examples
    --------
    >>> figure = pareto({"early": np.array([[0.7, 0.6], [0.3, 0.8]]), "late": np.array([[0.2, 0.7]])})
    >>> figure.get_suptitle()
    'Dominated, hollow: 1 of 3 runs'
    """
    everything = np.concatenate(list(runs.values()))
    dominated = {name: np.array([_is_dominated(run, everything) for run in group]) for name, group in runs.items()}
    lost = sum(int(those.sum()) for those in dominated.values())
    counts = {name: f"{name}: {np.sum(~those)} of {len(those)} on the front" for name, those in dominated.items()}
    figure = described_figure(
        title or f"Dominated, hollow: {lost} of {len(everything)} runs",
        f"Points of style gap closed against edge correlation. {'; '.join(counts.values())}.",
        figsize=(7.5, 5),
    )
    axes = figure.subplots()
    front = everything[~np.concatenate(list(dominated.values()))]
    front = front[front[:, 0].argsort()]
    axes.step(*front.T, where="pre", color="0.6", linewidth=1)
    for (name, group), color, marker in zip(runs.items(), OKABE_ITO[1:], "os^Dv*", strict=False):
        for those, face in ((~dominated[name], color), (dominated[name], "none")):
            axes.scatter(*group[those].T, marker=marker, edgecolor=color, facecolor=face, s=40)
        axes.scatter([], [], marker=marker, color=color, label=counts[name])
    axes.set(xlabel="content kept: edge correlation", ylabel="style taken on: style gap closed")
    axes.legend(frameon=False)
    return figure


def _is_dominated(run: np.ndarray, others: np.ndarray) -> bool:
    return bool(np.any(np.all(others >= run, axis=1) & np.any(others > run, axis=1)))


def pair_maps(
    tables: Mapping[str, np.ndarray],
    rows: Sequence[str],
    columns: Sequence[str],
    title: str,
    groups: Mapping[str, int] | None = None,
) -> Figure:
    """Measures of every pair side by side, each on its own scale from its lowest to its highest, with numbers.

    ``groups`` names the first so many rows, the next so many, and so on; a line parts them. Where a number is NaN the
    cell stays white.

    Examples
    --------
    >>> figure = pair_maps({"edges kept": np.array([[0.25, np.nan]])}, ["cat"], ["swirls", "woodcut"], "One missing")
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['.25']
    """
    ends = list(itertools.accumulate((groups or {"rows": len(rows)}).values()))
    inside = {group: rows[end - count : end] for (group, count), end in zip((groups or {}).items(), ends, strict=False)}
    told = "; ".join(f"{group}: {', '.join(names)}" for group, names in (inside or {"rows": rows}).items())
    figure = described_figure(
        title,
        f"Heat maps of {', '.join(tables)}; {told}; columns: {', '.join(columns)}.",
        figsize=(1.6 + len(tables) * (0.6 + 0.62 * len(columns)), 2.2 + 0.36 * len(rows)),
    )
    row = figure.subplots(1, len(tables), squeeze=False)[0]
    for axes, (name, table) in zip(row, tables.items(), strict=True):
        shown = axes.imshow(table, cmap="viridis", aspect="auto")
        axes.set_title(name)
        axes.set_xticks(range(len(columns)), columns, rotation=35, ha="right", rotation_mode="anchor")
        axes.set_yticks(range(len(rows)), rows if axes is row[0] else [""] * len(rows))
        for (i, j), value in np.ndenumerate(np.asarray(table)):
            if not np.isnan(value):
                ink = "black" if shown.norm(value) > 0.6 else "white"
                told = f"{value:.2f}".replace("0.", "." if abs(value) < 1 else "0.")
                axes.text(j, i, told, ha="center", va="center", color=ink, fontsize=9)
        axes.tick_params(length=0)
        for end in ends[:-1]:
            axes.axhline(end - 0.5, color="white", linewidth=3)
    for (group, names), end in zip(inside.items(), ends, strict=False):
        place = (1.02, 1 - (end - len(names) / 2) / len(rows))
        row[-1].annotate(group, place, xycoords="axes fraction", rotation=-90, va="center")
    return figure


def dots_by_group(groups: Mapping[str, Mapping[str, float]], ylabel: str, title: str) -> Figure:
    """Named numbers in columns, one column a group, with a bar at each group's mean.

    Examples
    --------
    >>> figure = dots_by_group({"natural": {"cat": 0.25, "canyon": 0.75}}, "edges kept", "Two of a kind")
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['cat', 'canyon']
    """
    told = "; ".join(f"{group}: {', '.join(f'{n} {v:.2f}' for n, v in dots.items())}" for group, dots in groups.items())
    figure = described_figure(title, f"Dots of {ylabel} by group. {told}.", figsize=(2.6 * len(groups) + 1, 4.4))
    axes = figure.subplots()
    every = [value for dots in groups.values() for value in dots.values()]
    room = 0.045 * (max(every) - min(every))  # between two labels, so that none lies on another
    for place, ((_, dots), color) in enumerate(zip(groups.items(), OKABE_ITO[1:], strict=False)):
        axes.hlines(np.mean(list(dots.values())), place - 0.3, place + 0.3, color=color, linewidth=3)
        axes.scatter([place] * len(dots), list(dots.values()), color=color, edgecolor="black", zorder=2)
        height = -np.inf
        for name, value in sorted(dots.items(), key=lambda dot: dot[1]):
            height = max(value, height + room)
            ground = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}  # where the bar passes
            axes.text(place + 0.07, height, name, va="center", fontsize=9, bbox=ground)
    axes.set_xticks(range(len(groups)), groups)
    axes.set(xlim=(-0.5, len(groups) - 0.2), ylabel=ylabel)
    return figure


def chance_histogram(differences: np.ndarray, given: float, xlabel: str, title: str) -> Figure:
    """How often chance makes which difference; what is at least as far from 0 as the given one is orange.

    Examples
    --------
    >>> figure = chance_histogram(np.array([-2.0, -1.0, 1.0, 2.0]), 2.0, "difference", "Two of four are as far")
    >>> figure.alt
    'Two of four are as far. A histogram of difference by chance; 2 of 4 are at least as far from 0 as 2.'
    """
    far = np.abs(differences) >= abs(given) * (1 - 1e-9)
    figure = described_figure(
        title,
        f"A histogram of {xlabel} by chance; {far.sum()} of {far.size} are at least as far from 0 as {given:.3g}.",
        figsize=(7, 3.8),
    )
    axes = figure.subplots()
    reach = max(np.abs(differences).max(), abs(given)) * 1.02
    stacks, colors = [differences[~far], differences[far]], ["0.75", OKABE_ITO[1]]
    axes.hist(stacks, np.linspace(-reach, reach, 42), stacked=True, color=colors, label=["nearer", "at least as far"])
    axes.axvline(given, color=OKABE_ITO[5], linewidth=2, label="as measured")
    axes.set(xlabel=xlabel, ylabel="splits")
    axes.legend(frameon=False)
    return figure


def score_bars(scores: Mapping[str, Sequence[float]], names: Sequence[str], xlabel: str, title: str) -> Figure:
    """Bars across for each name, one of each kind of score side by side, around a line at 0.

    Examples
    --------
    >>> figure = score_bars({"seen": [0.5], "unseen": [-0.25]}, ["palette"], "R2", "It does not carry over")
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['0.50', '-0.25']
    """
    told = "; ".join(
        f"{kind}: {', '.join(f'{n} {v:.2f}' for n, v in zip(names, values, strict=True))}"
        for kind, values in scores.items()
    )
    figure = described_figure(title, f"Bars of {xlabel}. {told}.", figsize=(8, 1.4 + 0.33 * len(scores) * len(names)))
    axes = figure.subplots()
    thick = 0.8 / len(scores)
    for k, ((kind, values), color) in enumerate(zip(scores.items(), OKABE_ITO[1:], strict=False)):
        places = np.arange(len(names)) + (k - (len(scores) - 1) / 2) * thick
        bars = axes.barh(places, values, thick * 0.92, color=color, label=kind)
        axes.bar_label(bars, [f"{value:.2f}" for value in values], padding=3, fontsize=9)
    axes.axvline(0, color="black", linewidth=1)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set_xlabel(xlabel)
    axes.margins(x=0.12)
    figure.legend(loc="outside lower center", ncols=len(scores), frameon=False)
    return figure


def by_depth(panels: Mapping[str, Mapping[str, Sequence[float]]], title: str) -> Figure:
    """A panel for each measure of layers; each network's line runs from its first layer, at 0, to its last, at 1.

    A network named "... random" has the color of the one that it is named after, and dashes.

    Examples
    --------
    >>> figure = by_depth({"entropy": {"vgg": [0.5, 0.25], "vgg random": [0.5, 0.5]}}, "Training made it peaky")
    >>> [line.get_linestyle() for line in figure.axes[0].lines]
    ['-', '--']
    """
    names = list(dict.fromkeys(name for curves in panels.values() for name in curves))
    networks = list(dict.fromkeys(name.removesuffix(" random") for name in names))
    told = "; ".join(
        f"{measure}: {', '.join(f'{name} from {values[0]:.2g} to {values[-1]:.2g}' for name, values in curves.items())}"
        for measure, curves in panels.items()
    )
    figure = described_figure(title, f"Lines by depth of the layer. {told}.", figsize=(4.6 * len(panels) + 1.8, 3.9))
    row = figure.subplots(1, len(panels), squeeze=False)[0]
    for axes, (measure, curves) in zip(row, panels.items(), strict=True):
        for name, values in curves.items():
            place = networks.index(name.removesuffix(" random"))
            dash, face = ("--", "none") if name.endswith(" random") else ("-", OKABE_ITO[1 + place])
            style = {"color": OKABE_ITO[1 + place], "marker": "os^Dv"[place], "linestyle": dash}
            axes.plot(np.linspace(0, 1, len(values)), values, markerfacecolor=face, markersize=4, label=name, **style)
        axes.set(title=measure, xlabel="depth: 0 is the first layer, 1 the last")
    figure.legend(*row[0].get_legend_handles_labels(), loc="outside right center", frameon=False)
    return figure


def intervals(
    groups: Mapping[str, Sequence[tuple[str, float, float, float]]],
    title: str,
    colors: Mapping[str, Sequence[str]] | None = None,
    legend: Mapping[str, str] | None = None,
) -> Figure:
    """Medians with their intervals against a line at zero, a panel for each group, as each has a unit of its own.

    Parameters
    ----------
    groups : mapping of a name to rows of (label, median, low, high)
        Where low or high is NaN there is a point alone; where the median is, the row says "nothing to compare".
    title : str
    colors : mapping of the groups' names to one color a row; default: black
    legend : mapping of a meaning to its color

    Examples
    --------
    >>> figure = intervals({"edges kept": [("96 px", 0.2, 0.1, 0.3), ("160 px", 0.1, -0.1, 0.2)]}, "Sure at 96 px only")
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
    ['96 px', '160 px']
    """
    heights = [len(rows) + 1.2 for rows in groups.values()]
    told = [
        f"{name}: {'; '.join(f'{label} {median:.3g} ({low:.3g} to {high:.3g})' for label, median, low, high in rows)}"
        for name, rows in groups.items()
    ]
    figure = described_figure(
        title, f"Medians with intervals. {'. '.join(told)}.", figsize=(8, 1 + 0.25 * sum(heights))
    )
    panels = figure.subplots(len(groups), 1, squeeze=False, gridspec_kw={"height_ratios": heights})[:, 0]
    for axes, (name, rows) in zip(panels, groups.items(), strict=True):
        axes.axvline(0, color="0.5", linewidth=1)
        inks = (colors or {}).get(name, [OKABE_ITO[0]] * len(rows))
        for place, ((_, median, low, high), color) in enumerate(zip(rows, inks, strict=True)):
            if np.isnan(median):
                axes.text(
                    0.02, place, "nothing to compare", va="center", fontsize=8, transform=axes.get_yaxis_transform()
                )
            axes.plot([low, high], [place, place], color=color, linewidth=2)
            axes.plot([median], [place], "o", color=color, markersize=5)
        axes.set_yticks(range(len(rows)), [row[0] for row in rows], fontsize=8)
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_title(name, fontsize=9, loc="left")
        axes.tick_params(axis="x", labelsize=8)
        axes.spines[["top", "right", "left"]].set_visible(False)
    if legend:
        for meaning, color in legend.items():
            panels[0].plot([], [], "o-", color=color, label=meaning)
        figure.legend(loc="outside lower center", ncols=len(legend), frameon=False, fontsize=8)
    return figure


def contact_sheet(
    table: Iterable[Mapping[str, Any]],
    rows: str,
    columns: str,
    title: str,
    *,
    picture: str = "picture",
    caption: str | None = None,
    heads: Mapping[Any, Any] | None = None,
) -> Figure:
    """The pictures of a table, laid out by two of its columns: one down the side, one across the top.

    Parameters
    ----------
    table : pandas.DataFrame, or rows of column name to value
        As `sweep` gives; at most one row for each cell of the sheet.
    rows, columns : str
        The columns of the table whose values become rows and columns of the sheet, in the order of the table.
    title : str
    picture : str
        The column that holds paths, or pictures; where it holds None, the cell says what "status" holds.
    caption : str
        A column whose value stands below each picture.
    heads : mapping of values of rows or columns to anything `picture` takes
        Pictures to show beside them, as the contents down the side and the styles along the top.

    Examples
    --------
    >>> flat = np.full((8, 12, 3), 0.5, np.float32)
    >>> runs = [{"content": "harbor", "weight": w, "picture": flat, "gap": w / 2} for w in (0.1, 1.0)]
    >>> figure = contact_sheet(runs, "content", "weight", "More weight", caption="gap")
    >>> [axes.get_title() for axes in figure.axes], [axes.get_xlabel() for axes in figure.axes]
    (['weight 0.1', 'weight 1'], ['gap 0.05', 'gap 0.50'])
    """
    from nst_utils.images.opening import picture as opened

    if hasattr(table, "notna"):  # a data frame
        table = table.astype(object).where(table.notna(), None).to_dict("records")
    table = list(table)
    down, across = (list({str(row[name]): row[name] for row in table}.values()) for name in (rows, columns))
    cells = {}
    for row in table:
        place = str(row[rows]), str(row[columns])
        if place in cells:
            raise SettingError(
                f"Several rows have {rows} {row[rows]} and {columns} {row[columns]}; take a part of the table, as "
                "table[table.seed == 0]."
            )
        cells[place] = row
    heads = {str(value): opened(shown) for value, shown in (heads or {}).items()}
    side, top = (any(str(value) in heads for value in values) for values in (down, across))
    grid: list[list] = [[cells.get((str(r), str(c))) for c in across] for r in down]
    shown = [[None if cell is None or cell[picture] is None else opened(cell[picture]) for cell in row] for row in grid]
    pictures = [each for row in shown for each in row if each is not None]
    shape = np.median([np.shape(each)[0] / np.shape(each)[1] for each in pictures]) if pictures else 1.0
    cell = min(1.9, 12 / (len(across) + side))
    tall = cell * shape + (0.25 if caption else 0)
    told = f"{len(pictures)} pictures: {rows} down ({', '.join(map(_named_value, down))}), {columns} across "
    figure = described_figure(
        title,
        f"{told}({', '.join(map(_named_value, across))}).",
        figsize=(max(5, cell * (len(across) + side) + 0.6), tall * (len(down) + top) + 0.9),
    )
    axes = figure.subplots(len(down) + top, len(across) + side, squeeze=False)
    for (i, j), place in np.ndenumerate(axes):
        place.set(xticks=[], yticks=[])
        place.spines[:].set_visible(False)
        place.set_anchor({(True, False): "N", (False, True): "W", (True, True): "NW"}.get((i == 0, j == 0), "C"))
        r, c = i - top, j - side
        if r >= 0 and c >= 0:
            _fill_cell(place, grid[r][c], shown[r][c], caption)
        else:
            value = down[r] if r >= 0 else across[c] if c >= 0 else None
            if str(value) in heads:
                place.imshow(heads[str(value)], interpolation="hanning")
        if i == 0 and c >= 0:
            place.set_title(_label(columns, across[c]), fontsize=10)
        if j == 0 and r >= 0:
            place.set_ylabel(_label(rows, down[r]), fontsize=10)
    return figure


def _fill_cell(axes, row: Mapping[str, Any] | None, shown: np.ndarray | None, caption: str | None) -> None:
    """One picture of a sheet with its caption, or the reason why there is none."""
    if shown is not None:
        axes.imshow(shown, interpolation="hanning")
    else:
        axes.text(0.5, 0.5, "" if row is None else row.get("status") or "", ha="center", va="center", color="0.4")
    if caption and row is not None and row.get(caption) is not None:
        value = row[caption]
        told = f"{value:.2f}" if isinstance(value, float) and 0.01 <= abs(value) < 100 else _named_value(value)
        axes.set_xlabel(f"{caption.replace('_', ' ')} {told}", fontsize=8)


def _label(name: str, value) -> str:
    """A value as a row or column is headed: words as they are, numbers with what they are of."""
    told = _named_value(value) if isinstance(value, str) else f"{name.replace('_', ' ')} {_named_value(value)}"
    return textwrap.fill(told, 18, max_lines=3, placeholder=" ...")


def _named_value(value) -> str:
    """A value in a label: a path is told by its name."""
    if isinstance(value, str) and "/" in value:
        value = Path(value).stem
    return f"{value:.3g}" if isinstance(value, float) else str(value).replace("_", " ")


def save_figure(figure: Figure, path: str | Path) -> None:
    """Write a figure beside its target and rename it."""
    with written_whole(path) as beside:
        figure.savefig(beside, dpi=120)


def described_figure(title: str, says: str, **options) -> Figure:
    """An empty figure with a title and, as ``alt``, the title and in words what it shows; ``options`` are Matplotlib's.

    It is a figure of its own, outside pyplot's list: a notebook shows it once, and nothing has to be closed.

    Examples
    --------
    >>> described_figure("It falls", "One line.", figsize=(4, 3)).alt
    'It falls. One line.'
    """
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
