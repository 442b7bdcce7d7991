"""Figures of what many runs tell: trade-offs, groups, chance, scores, medians with their intervals."""

from collections.abc import Mapping, Sequence

import numpy as np

from nst_utils.plots.base import OKABE_ITO, Figure, described_figure


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


def dots_by_group(groups: Mapping[str, Mapping[str, float]], ylabel: str, title: str) -> Figure:
    """Named numbers in columns, one column a group, with a bar at each group's mean.

    Examples
    --------
    >>> figure = dots_by_group({"natural": {"cat": 0.25, "canyon": 0.75}}, "edges kept", "Two of a kind")
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['cat', 'canyon']
    """
    listed = "; ".join(
        f"{group}: {', '.join(f'{n} {v:.2f}' for n, v in dots.items())}" for group, dots in groups.items()
    )
    figure = described_figure(title, f"Dots of {ylabel} by group. {listed}.", figsize=(2.6 * len(groups) + 1, 4.4))
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
    listed = "; ".join(
        f"{kind}: {', '.join(f'{n} {v:.2f}' for n, v in zip(names, values, strict=True))}"
        for kind, values in scores.items()
    )
    figure = described_figure(title, f"Bars of {xlabel}. {listed}.", figsize=(8, 1.4 + 0.33 * len(scores) * len(names)))
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
    listed = [
        f"{name}: {'; '.join(f'{label} {median:.3g} ({low:.3g} to {high:.3g})' for label, median, low, high in rows)}"
        for name, rows in groups.items()
    ]
    figure = described_figure(
        title, f"Medians with intervals. {'. '.join(listed)}.", figsize=(8, 1 + 0.25 * sum(heights))
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


def strengths(
    rows: Sequence[tuple[str, float, float, float]], title: str, over: str = "votes", level: float = 0.95
) -> Figure:
    """Strengths of paired comparisons with their intervals, the strongest on top, on a scale that people can read.

    Parameters
    ----------
    rows : of (label, log strength, low, high), where 0 is the average
    title : str
    over : what the intervals are over, in words
    level : of the intervals

    Examples
    --------
    >>> figure = strengths([("vgg19", 1.1, 0.7, 1.5), ("resnet50", -1.1, -1.5, -0.7)], "VGG19 is ahead", "12 voters")
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
    ['vgg19', 'resnet50']
    """

    def chosen(strength: float) -> float:
        return float(1 / (1 + np.exp(-strength)))

    ordered = sorted(rows, key=lambda row: -row[1])
    shares = [(label, *map(chosen, values)) for label, *values in ordered]
    listed = "; ".join(f"{label} {middle:.0%} ({low:.0%} to {high:.0%})" for label, middle, low, high in shares)
    says = f"chosen over the average, in decided votes; {level:.0%} intervals over {over}"
    figure = described_figure(
        title,
        f"How often each is {says}. {listed}.",
        figsize=(8, 1.6 + 0.42 * len(ordered)),
    )
    axes = figure.subplots()
    axes.axvline(0, color="0.5", linewidth=1)
    for place, (_, middle, low, high) in enumerate(ordered):
        axes.plot([low, high], [place, place], color=OKABE_ITO[4], linewidth=2.5, solid_capstyle="butt")
        axes.plot([middle], [place], "o", color=OKABE_ITO[4], markersize=8)
        axes.annotate(f"{chosen(middle):.0%}", (middle, place), (0, 8), textcoords="offset points", ha="center")
    axes.set_yticks(range(len(ordered)), [row[0] for row in ordered])
    axes.set_ylim(len(ordered) - 0.5, -0.6)
    marked = np.array([0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.98, 0.99])
    reach = 1.1 * max(abs(end) for row in ordered for end in row[1:])
    marks = np.log(marked / (1 - marked))
    seen = np.abs(marks) <= max(reach, 1.0)
    axes.set_xticks(marks[seen], [f"{share:.0%}" for share in marked[seen]])
    axes.set_xlim(-max(reach, 1.0), max(reach, 1.0))
    axes.set_xlabel(says)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    return figure
