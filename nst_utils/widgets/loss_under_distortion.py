"""The widget of lesson 03: how far a picture is from itself while it is blurred, moved, recolored, shuffled."""

import functools
from collections.abc import Callable, Mapping

import numpy as np

from nst_utils.base.errors import SettingError
from nst_utils.base.tensorflow import tf
from nst_utils.engine.objective import Objective, as_batch, compiled
from nst_utils.engine.plan import plan
from nst_utils.engine.settings import settings_of
from nst_utils.images.opening import picture
from nst_utils.plots import OKABE_ITO, Figure, described_figure
from nst_utils.widgets.explorer import Explorer
from nst_utils.widgets.panel import choice, slider

ROUNDING = 1e-6  # what float32 leaves of the difference between two equal pictures


def loss_under_distortion(
    shown="harbor", backbone: str = "vgg19", weights: str | None = None, size: int = 128
) -> Explorer:
    """How far a picture is from itself, by content and by style, while it is blurred, moved, recolored, shuffled.

    Parameters
    ----------
    shown : anything `picture` takes
    backbone, weights : as for `load_backbone`
    size : longer side of the picture in pixels
    """
    opened = picture(shown, size)
    controls = {
        "distortion": choice(
            "distortion", DISTORTIONS, "blur", "what is done to the picture before it is compared to itself"
        ),
        "strength": slider("strength", 0.5, 0.0, 1.0, "how much of it: 0 leaves the picture as it is", step=0.05),
    }
    return Explorer(
        "Loss under distortion: how far is a picture from itself?", controls, _distorting(opened, backbone, weights)
    )


def _distorting(shown: np.ndarray, backbone: str, weights: str | None) -> Callable:
    """The figure for a distortion: the asked strength at once, the rest of its curve piece by piece."""
    known: dict[str, dict[float, dict[str, float]]] = {}
    losses = functools.cache(lambda: losses_from(shown, backbone, weights))

    def draw(distortion: str, strength: float):
        curve, strength = known.setdefault(distortion, {}), round(strength, 2)
        changed = distorted(shown, distortion, strength)
        missing = [one for one in (strength, *np.linspace(0, 1, 9).round(3).tolist()) if one not in curve]
        for done, one in enumerate(missing):
            curve[one] = losses()(distorted(shown, distortion, one))
            if done % 4 == 0 and done < len(missing) - 1 and strength in curve:
                yield distortion_view(shown, changed, dict(curve), distortion, strength)
        yield distortion_view(shown, changed, dict(curve), distortion, strength)

    return draw


# What is done to a picture


def _blurred(shown, strength, rng):
    from scipy.ndimage import gaussian_filter

    spread = 0.06 * strength * max(shown.shape[:2])
    return gaussian_filter(shown, (spread, spread, 0), mode="nearest")


def _shifted(shown, strength, rng):
    return np.roll(shown, round(0.25 * strength * shown.shape[1]), axis=1)


def _noisy(shown, strength, rng):
    return shown + 0.4 * strength * rng.standard_normal(shown.shape)


def _recolored(shown, strength, rng):
    return (1 - strength) * shown + strength * np.roll(shown, 1, axis=-1)


def _turned(shown, strength, rng):
    from scipy.ndimage import rotate

    return rotate(shown, 90 * strength, reshape=False, order=1, mode="reflect")


def _shuffled(shown, strength, rng):
    """Squares of an eighth of the shorter side; as many change places as the strength says."""
    side = max(2, min(shown.shape[:2]) // 8)
    corners = [
        (y, x) for y in range(0, shown.shape[0] - side + 1, side) for x in range(0, shown.shape[1] - side + 1, side)
    ]
    moving = rng.permutation(len(corners))[: round(strength * len(corners))]
    moved = shown.copy()
    for here, there in zip(moving, np.roll(moving, 1), strict=True):
        (y, x), (v, u) = corners[here], corners[there]
        moved[y : y + side, x : x + side] = shown[v : v + side, u : u + side]
    return moved


DISTORTIONS: dict[str, Callable] = {
    "blur": _blurred,
    "shift": _shifted,
    "noise": _noisy,
    "recolor": _recolored,
    "turn": _turned,
    "shuffle": _shuffled,
}


def distorted(shown: np.ndarray, distortion: str, strength: float, seed: int = 0) -> np.ndarray:
    """A picture (h, w, 3) under one of `DISTORTIONS`, from 0 (as it is) to 1.

    Examples
    --------
    >>> shown = np.random.default_rng(0).random((16, 24, 3), np.float32)
    >>> all(np.array_equal(distorted(shown, name, 0.0), shown) for name in DISTORTIONS)
    True
    """
    if distortion not in DISTORTIONS:
        raise SettingError(f"distortion is {distortion!r}; choose one of {', '.join(DISTORTIONS)}.")
    if not 0 <= strength <= 1:
        raise SettingError(f"strength is {strength!r}; it is a number from 0 to 1.")
    if strength == 0:
        return shown
    changed = DISTORTIONS[distortion](shown, strength, np.random.default_rng(seed))
    return np.clip(changed, 0, 1).astype(np.float32)


# What it costs


def losses_from(shown: np.ndarray, backbone: str = "vgg19", weights: str | None = None) -> Callable:
    """A function from another picture of this size to its losses: content, style and tv, as `stylize` counts them.

    The picture is content and style at once, so both losses are 0 for itself.
    """
    settings = settings_of(backbone=backbone, weights=weights, jitter=0, precision="float32")
    objective: Objective = plan(settings, max(shown.shape[:2])).objective
    graphs, same, seed = compiled(objective), as_batch(shown), (0, 0)
    targets = graphs.targets(same, same, seed)

    def losses(other: np.ndarray) -> dict[str, float]:
        terms, _ = graphs.value_and_gradient(as_batch(other), targets, tf.constant([1.0, 1.0, 1.0, 0.0]), seed)
        return {name: float(terms[k]) for k, name in ((1, "content"), (2, "style"), (3, "tv"))}

    return losses


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
