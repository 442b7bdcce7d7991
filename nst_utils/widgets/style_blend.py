"""The widget of lesson 09: how much of each of two styles."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from nst_utils.base.errors import SettingError
from nst_utils.images.opening import picture
from nst_utils.metrics import style_gap_closed
from nst_utils.plots import OKABE_ITO, Figure, described_figure
from nst_utils.widgets.painter import Measured, Painter, known_paintings, paintings_view
from nst_utils.widgets.painting import new_run
from nst_utils.widgets.panel import slider


def style_blend(
    content="harbor",
    styles=("swirls", "mandala"),
    painted: Mapping[float, Any] | None = None,
    **settings,
) -> Painter:
    """How much of each of two styles (lesson 09).

    Parameters
    ----------
    content : anything `picture` takes
    styles : two of them, each anything `picture` takes
    painted : mapping of the second style's share, from 0 to 1, to a picture, a `Result` or `Measured`
        Paintings that are there at once; what they gained is told of the first style. While there is none at the very
        share, the nearest is shown.
    settings : further keywords of `stylize`; default: 96 pixels, 60 steps
    """
    if len(styles) != 2:
        raise SettingError(f"styles has {len(styles)} pictures; give two to blend.")
    settings = {"size": 96, "steps": 60, "learning_rate": 0.05, **settings}
    opened, *manners = (picture(one, settings["size"]) for one in (content, *styles))
    names = [one if isinstance(one, str) else f"style {number}" for number, one in enumerate(styles, 1)]
    painted = {float(share): one for share, one in (painted or {}).items()}
    known = known_paintings(painted, lambda share: (opened, manners[0]))
    begin = min(painted, key=lambda share: abs(share - 0.5), default=0.5)
    about = f"0 is {names[0]} alone, 1 is {names[1]} alone"
    controls = {"share": slider(f"share of {names[1]}", begin, 0.0, 1.0, about)}
    of_second: dict[float, float] = {}  # what each painting gained of the second style; measuring takes its time

    def plan(values: dict) -> dict:
        share = round(values["share"], 3)
        return {share: lambda: new_run(opened, manners, **settings, shares=[1 - share, share])}

    def draw(values: dict, known: Mapping) -> Figure:
        share = round(values["share"], 3)
        if not known:
            title = f"{share:.0%} {names[1]} is not painted yet: compute this point"
            return paintings_view(opened, manners[0], {names[1]: None}, title)
        for key in known.keys() - of_second.keys():
            of_second[key] = style_gap_closed(known[key].picture, opened, manners[1])
        nearest = min(known, key=lambda one: abs(one - share))
        title = f"{nearest:.0%} {names[1]}, {1 - nearest:.0%} {names[0]}"
        if nearest != share:
            title += f" (the nearest to {share:.0%})"
        return blend_view(manners, names, known, of_second, nearest, title)

    return Painter("Style blend", controls, plan, draw, known, "Compute this point")


def blend_view(
    styles: list[np.ndarray],
    names: list[str],
    known: Mapping[float, Measured],
    of_second: Mapping[float, float],
    here: float,
    title: str,
) -> Figure:
    """Two styles with a painting between them, and how much every known painting gained of each, by the share."""
    figure = described_figure(
        title,
        f"{names[0]}, the painting, {names[1]}, and how much of the gap to each style the known paintings close, by "
        f"the share of {names[1]}; the one that is shown is marked.",
        figsize=(13, 3.3),
    )
    row = figure.subplots(1, 4, gridspec_kw={"width_ratios": [1, 1.3, 1, 1.2]})
    shown = (names[0], styles[0]), (f"{here:.0%} {names[1]}", known[here].picture), (names[1], styles[1])
    for axes, (name, one) in zip(row, shown, strict=False):
        axes.imshow(one, interpolation="hanning")
        axes.set_title(name)
        axes.set_axis_off()
    shares = sorted(known)
    gained = [known[share].gained for share in shares], [of_second[share] for share in shares]
    for name, values, color, marker in zip(names, gained, OKABE_ITO[5:3:-1], "os", strict=True):
        row[3].plot(shares, values, color=color, marker=marker, markersize=4, linewidth=1, label=f"to {name}")
    row[3].axvline(here, color="0.5", linewidth=1, linestyle="dotted")
    row[3].set(
        xlabel=f"share of {names[1]}", ylabel="gap closed", xlim=(-0.03, 1.03), title="more of one, less of the other"
    )
    row[3].legend(frameon=False, fontsize=8)
    return figure
