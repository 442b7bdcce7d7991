"""Every static figure: takes arrays and results, returns a Matplotlib figure.

Floor 6. Colors are safe for color-blind readers (Okabe-Ito); each figure carries a title.
"""

from pathlib import Path
from typing import Any

import numpy as np

from nst_utils.storage import written_whole

# Okabe, Ito, "Color Universal Design", 2008: black, orange, sky blue, green, blue, vermilion, purple
OKABE_ITO = ("#000000", "#E69F00", "#56B4E9", "#009E73", "#0072B2", "#D55E00", "#CC79A7")
Figure = Any  # matplotlib.figure.Figure, without importing Matplotlib for the name


def triptych(content: np.ndarray, style: np.ndarray, painting: np.ndarray, title: str | None = None) -> Figure:
    """Content, style and painting side by side, at equal height.

    Examples
    --------
    >>> flat = np.full((8, 12, 3), 0.5, np.float32)
    >>> [axes.get_title() for axes in triptych(flat, flat, flat).axes]
    ['content', 'style', 'painting']
    """
    panels = {"content": content, "style": style, "painting": painting}
    widths = [shown.shape[1] / shown.shape[0] for shown in panels.values()]
    height = 12 / sum(widths)
    figure = _figure(figsize=(12.4, height + (0.7 if title else 0.4)), layout="constrained")
    for axes, (name, shown) in zip(
        figure.subplots(1, 3, gridspec_kw={"width_ratios": widths}), panels.items(), strict=True
    ):
        axes.imshow(shown, interpolation="lanczos")
        axes.set_title(name)
        axes.set_axis_off()
    if title:
        figure.suptitle(title)
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
    figure = _figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    for name, tint in zip(("total", "content", "style", "tv"), OKABE_ITO, strict=False):
        if np.any(history[name] > 0):
            axes.semilogy(history[against], history[name], color=tint, label=name)
    for change in np.flatnonzero(np.diff(history["size"])):
        axes.axvline(history[against][change + 1], color="gray", linestyle="--", linewidth=0.8)
    axes.set(xlabel=against, ylabel="loss (the total is weighted)", title=title or f"The loss by {against}")
    axes.legend()
    return figure


def save_figure(figure: Figure, path: str | Path) -> None:
    """Write a figure beside its target and rename it."""
    with written_whole(path) as beside:
        figure.savefig(beside, dpi=120)


def _figure(**options) -> Figure:
    """A figure of its own, outside pyplot's list: a notebook shows it once, and nothing has to be closed."""
    from matplotlib.figure import Figure

    return Figure(**options)
