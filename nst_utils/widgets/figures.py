"""The figures of the widgets: what they show, and what a page shows in their place. Plain functions, no widgets."""

import itertools
from collections.abc import Mapping, Sequence

import numpy as np

from nst_utils.engine.result import Result
from nst_utils.plots import OKABE_ITO, Figure, channel_maps, described_figure, loss_curves, picture_row
from nst_utils.widgets.experiments import Measured, Pair, seconds_per_step, steps_in_all

ROUNDING = 1e-6  # what float32 leaves of the difference between two equal pictures


def layer_view(shown: np.ndarray, maps: np.ndarray, layer: str, channel: int) -> Figure:
    """A picture, one channel of a layer, and the mean of all its channels.

    Examples
    --------
    >>> maps = np.zeros((4, 6, 2)); maps[:2, :, 1] = 1
    >>> layer_view(np.zeros((8, 12, 3)), maps, "block2_conv1", 1).get_suptitle()
    'block2_conv1 has 2 channels of 6 x 4; channel 1 fires at 50% of the positions'
    """
    height, width, count = maps.shape
    one = maps[..., channel]
    fires = float(np.mean(one > 0.1 * max(float(one.max()), 1e-6)))
    return channel_maps(
        {"picture": shown, f"channel {channel}": one, f"mean of all {count}": maps.mean(axis=-1)},
        f"{layer} has {count} channels of {width} x {height}; channel {channel} fires at {fires:.0%} of the positions",
    )


def gram_view(gram: np.ndarray, pair: Pair, i: int, j: int, layer: str) -> Figure:
    """The Gram matrix of a layer with one entry marked, and where that entry comes from: two maps and their product."""
    from matplotlib.colors import AsinhNorm
    from matplotlib.patches import Rectangle

    title = f"$G_{{{i},{j}}}$ = {pair.value:.3g}: the mean of the product of two maps (cosine {pair.cosine:.2f})"
    says = f"The Gram matrix of {layer} with entry {i}, {j} marked; the maps of channels {i} and {j}; their product."
    figure = described_figure(title, says, figsize=(12, 3.4))
    row = figure.subplots(1, 4, gridspec_kw={"width_ratios": [1.25, 1, 1, 1]})
    highest = max(float(np.max(gram)), 1e-9)
    row[0].imshow(gram, cmap="viridis", norm=AsinhNorm(highest / 10, min(0.0, float(np.min(gram))), highest))
    for down, across in {(i, j), (j, i)}:
        frame = Rectangle((across - 0.5, down - 0.5), 1, 1, fill=False, edgecolor=OKABE_ITO[1], linewidth=2)
        row[0].add_patch(frame)
        row[0].plot(across, down, "o", markersize=13, fillstyle="none", color=OKABE_ITO[1], markeredgewidth=1.5)
    row[0].set(xlabel="channel j", ylabel="channel i")
    row[0].set_title(f"Gram matrix of {layer}")
    shown = {f"channel {i}": pair.first, f"channel {j}": pair.second, "their product": pair.product}
    for axes, (name, one) in zip(row[1:], shown.items(), strict=True):
        axes.imshow(one, vmin=0, vmax=max(float(np.percentile(one, 99.5)), 1e-6), cmap="viridis")
        axes.set_title(name)
        axes.set_axis_off()
    return figure


def distortion_view(
    shown: np.ndarray,
    changed: np.ndarray,
    curves: Mapping[float, Mapping[str, float]],
    distortion: str,
    strength: float,
) -> Figure:
    """A picture, the same distorted, and its losses by the strength of the distortion as far as they are known."""
    known = sorted(curves)
    here = curves[strength]
    content, style = (f"{here[name]:.3g}" if here[name] > ROUNDING else "0" for name in ("content", "style"))
    title = f"{distortion} at {strength:.2f}: content loss {content}, style loss {style}"
    figure = described_figure(
        title, f"A picture, the same after {distortion}, and lines of both losses by strength.", figsize=(12, 3.6)
    )
    row = figure.subplots(1, 3, gridspec_kw={"width_ratios": [1, 1, 1.2]})
    for axes, (name, one) in zip(
        row, {"as it is": shown, f"{distortion} at {strength:.2f}": changed}.items(), strict=False
    ):
        axes.imshow(one, interpolation="hanning")
        axes.set_title(name)
        axes.set_axis_off()
    for name, color, marker in (("content", OKABE_ITO[1], "o"), ("style", OKABE_ITO[2], "s")):
        row[2].plot(known, [curves[one][name] for one in known], color=color, marker=marker, label=f"{name} loss")
    row[2].axvline(strength, color="gray", linestyle="--", linewidth=1)
    row[2].set(xlabel="strength", ylabel="loss (each as stylize counts it)", xlim=(-0.03, 1.03), ylim=(0, None))
    row[2].legend(frameon=False)
    return figure


def run_view(result: Result, scale: str = "log") -> Figure:
    """A painting in progress beside its losses."""
    figure = described_figure(run_title(result), "A painting in progress; lines of its losses.", figsize=(11, 4))
    left, right = figure.subplots(1, 2, gridspec_kw={"width_ratios": [1, 1.2]})
    left.imshow(result.picture, interpolation="hanning")
    left.set_axis_off()
    history = result.history
    if len(history["step"]):
        for name, color in zip(("total", "content", "style", "tv"), OKABE_ITO, strict=False):
            if np.any(history[name] > 0):
                right.plot(history["step"], history[name], color=color, label=name)
        for change in np.flatnonzero(np.diff(history["size"])):
            right.axvline(history["step"][change + 1], color="gray", linestyle="--", linewidth=0.8)
        right.set_yscale(scale)
        right.legend(frameon=False)
    right.set(xlabel="step", ylabel="loss (the total is weighted)", xlim=(0, steps_in_all(result.run)))
    return figure


def run_title(result: Result) -> str:
    """Where a run stands, in a line."""
    run, history = result.run, result.history
    where = f"step {run.step} of {steps_in_all(run)}"
    if not run.step:
        return f"{where}: the start"
    each = seconds_per_step(history)
    pace = "" if np.isnan(each) else f", {1000 * each:.0f} ms a step"
    return f"{where} at {history['size'][-1]:.0f} px: loss {history['total'][-1]:.4g}{pace}"


def curve_view(history: Mapping[str, np.ndarray], scale: str = "log") -> Figure:
    """The losses of a run, on a linear or a logarithmic scale."""
    title = "The loss by step; dashed: a larger size"
    figure = loss_curves(history, title=title)
    figure.set_size_inches(5, 3.2)  # beside the painting, on an ordinary page
    figure.set_layout_engine("none")  # which draws everything twice; this one is drawn several times a second
    figure.axes[0].set_position((0.15, 0.16, 0.83, 0.73))
    figure.axes[0].set_yscale(scale)
    return figure


def paintings_view(
    content: np.ndarray, style: np.ndarray, paintings: Mapping[str, Measured | None], title: str
) -> Figure:
    """Content, style, and paintings with what they kept and took; one that is not there yet is an empty frame."""
    shape = content.shape
    row = {"content": content, "style": style}
    for name, one in paintings.items():
        told = name if one is None else f"{name}\n{one.told}"
        row[told] = np.full(shape, 0.92, np.float32) if one is None else one.picture
    figure = picture_row(row, title)
    figure.alt = figure.alt.replace("\n", ": ")
    return figure


def bargain_view(
    content: np.ndarray,
    style: np.ndarray,
    known: Mapping[tuple[str, float], Measured],
    here: tuple[str, float],
    title: str,
) -> Figure:
    """Content, style and one painting, and where it lies on the curves of all that are known, by layer and ratio."""
    shown = {"content": content, "style": style, known[here].told: known[here].picture}
    figure = described_figure(
        title,
        f"Content, style, painting ({known[here].told}), and what all known paintings keep and gain, by layer.",
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


def bars_view(content: np.ndarray, style: np.ndarray, numbers: Mapping[str, float], title: str) -> Figure:
    """Two pictures and what can be measured of them."""
    told = ", ".join(f"{name} {value:.2f}" for name, value in numbers.items())
    figure = described_figure(title, f"Content, style, and bars: {told}.", figsize=(11, 3.2))
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
