"""Figures of lines: losses by step, numbers by another number, layers by depth."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nst_utils.losses.terms import TERMS
from nst_utils.plots.base import OKABE_ITO, Figure, described_figure


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
        axes.margins(y=0.1)
        axes.set(xlabel=xlabel, ylim=(min(0, *values, *(goals or {}).values()) - 0.02, None))
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
    shown = [name for name in TERMS if np.any(history[name] > 0)]
    figure = described_figure(
        title or f"The loss by {against}", f"Lines of the losses {', '.join(shown)}.", figsize=(7, 4)
    )
    axes = figure.subplots()
    for name, tint in zip(TERMS, OKABE_ITO, strict=False):
        if name in shown:
            axes.semilogy(history[against], history[name], color=tint, label=name)
    for change in np.flatnonzero(np.diff(history["size"])):
        axes.axvline(history[against][change + 1], color="gray", linestyle="--", linewidth=0.8)
    axes.set(xlabel=against, ylabel="loss (the total is weighted)")
    figure.legend(loc="outside lower center", ncols=len(shown), frameon=False)
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
    ends = "; ".join(
        f"{measure}: {', '.join(f'{name} from {values[0]:.2g} to {values[-1]:.2g}' for name, values in curves.items())}"
        for measure, curves in panels.items()
    )
    figure = described_figure(title, f"Lines by depth of the layer. {ends}.", figsize=(4.6 * len(panels) + 1.8, 3.9))
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
