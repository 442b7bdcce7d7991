"""Figures of arrays as colors: Gram matrices, feature maps, receptive fields, tables of numbers."""

import itertools
from collections.abc import Mapping, Sequence

import numpy as np

from nst_utils.plots.base import OKABE_ITO, Figure, described_figure


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
    grouped = "; ".join(f"{group}: {', '.join(names)}" for group, names in (inside or {"rows": rows}).items())
    figure = described_figure(
        title,
        f"Heat maps of {', '.join(tables)}; {grouped}; columns: {', '.join(columns)}.",
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
                text = f"{value:.2f}".replace("0.", "." if abs(value) < 1 else "0.")
                axes.text(j, i, text, ha="center", va="center", color=ink, fontsize=9)
        axes.tick_params(length=0)
        for end in ends[:-1]:
            axes.axhline(end - 0.5, color="white", linewidth=3)
    for (group, names), end in zip(inside.items(), ends, strict=False):
        place = (1.02, 1 - (end - len(names) / 2) / len(rows))
        row[-1].annotate(group, place, xycoords="axes fraction", rotation=-90, va="center")
    return figure
