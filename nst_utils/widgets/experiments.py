"""The plain functions behind the widgets: arrays and numbers in, arrays and numbers out; no widget, no figure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nst_utils import metrics
from nst_utils.base.errors import SettingError
from nst_utils.base.tensorflow import tf
from nst_utils.engine.memory import needed_memory
from nst_utils.engine.objective import Objective, as_batch, compiled
from nst_utils.engine.run import Result, Run, settings_of
from nst_utils.engine.settings import plan
from nst_utils.images.opening import fit, picture, resize
from nst_utils.losses.statistics import gram_matrix
from nst_utils.networks.loading import load_backbone

# --- What a network sees (01, 02) -------------------------------------------------------------------------------------


def maps_of(shown: np.ndarray, layer: str, backbone: str = "vgg19", weights: str | None = None) -> np.ndarray:
    """The feature maps (h, w, channels) of one layer for a picture (h, w, 3).

    Examples
    --------
    >>> maps_of(np.zeros((32, 48, 3), np.float32), "block2_conv1", "vgg16", "mini-random").shape
    (16, 24, 32)
    """
    look = load_backbone(backbone, weights).features(layer)
    return look(as_batch(shown))[layer].numpy()[0]


def explorable_layers(backbone: str = "vgg19", weights: str | None = None, layer: str | None = None) -> list[str]:
    """The layers worth a look, in order: convolutions and pools, or where branches meet; and ``layer``, if named.

    Examples
    --------
    >>> explorable_layers("vgg16", "mini-random")[:3]
    ['block1_conv1', 'block1_conv2', 'block1_pool']
    """
    network = load_backbone(backbone, weights)
    named = network.check_layers(layer) if layer else ()
    plain = [name for name in network.layers if name.startswith("block") and name.count("_") == 1]
    meetings = [name for name in network.layers if name.endswith("_out") or name == "conv1_relu"]
    kept = plain or meetings or [name for name in network.layers if not name.endswith(("_bn", "_pad"))]
    return [name for name in network.layers if name in kept or name in named]


def channels_of(backbone: str = "vgg19", weights: str | None = None) -> dict[str, int]:
    """How many channels each layer has."""
    return load_backbone(backbone, weights).channels


@dataclass(frozen=True)
class Pair:
    """Two channels of a layer: their maps, their product, and what the Gram matrix holds of them."""

    first: np.ndarray
    second: np.ndarray
    product: np.ndarray
    value: float
    cosine: float


def pair_of_channels(maps: np.ndarray, i: int, j: int) -> Pair:
    """Channels i and j of maps (h, w, channels); ``value`` is the mean of their product, the Gram matrix's G_ij.

    Examples
    --------
    >>> pair = pair_of_channels(np.array([[[1.0, 2.0], [3.0, 0.0]]]), 0, 1)
    >>> pair.product.tolist(), pair.value
    ([[2.0, 0.0]], 1.0)
    """
    channels = maps.shape[-1]
    for name, index in (("i", i), ("j", j)):
        if not 0 <= index < channels:
            raise SettingError(f"{name} is {index}; the layer has channels 0 to {channels - 1}.")
    first, second = maps[..., i], maps[..., j]
    product = first * second
    lengths = float(np.sqrt(np.mean(first**2) * np.mean(second**2)))
    value = float(np.mean(product))
    return Pair(first, second, product, value, value / lengths if lengths else 0.0)


def gram_of(maps: np.ndarray) -> np.ndarray:
    """The Gram matrix (channels, channels) of maps (h, w, channels), as the lessons define it."""
    return gram_matrix(tf.constant(maps[None])).numpy()[0]


# --- How far apart two pictures are (03) ------------------------------------------------------------------------------


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


# --- Paintings (00, 05 to 08) -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Measured:
    """A painting and what it kept and took."""

    picture: np.ndarray
    kept: float  # edge correlation with the content
    gained: float  # style gap closed
    seconds: float = 0.0

    @property
    def told(self) -> str:
        """Both numbers in words."""
        return f"edges kept {self.kept:.2f}, style gained {self.gained:.2f}"


def measured(result: Result) -> Measured:
    """The two measures of the course for a result."""
    return as_measured(result.picture, result.content, result.style, result.history)


def as_measured(
    painting: np.ndarray, content: np.ndarray, style: np.ndarray, history: Mapping | None = None
) -> Measured:
    """The two measures of the course for a painting of this content in this style."""
    seconds = 0.0 if history is None or not len(history["seconds"]) else float(history["seconds"][-1])
    content = resize(content, painting.shape[:2])
    return Measured(
        painting,
        metrics.edge_correlation(painting, content),
        metrics.style_gap_closed(painting, content, style),
        seconds,
    )


def new_run(content, style, **settings) -> Run:
    """The run of `stylize` with these settings, before its first step."""
    return Run(picture(content), picture(style), settings_of(**settings))


def steps_in_all(run: Run) -> int:
    """How many steps a run takes from its first to its last."""
    return sum(scale.steps for scale in run.scales)


def share_done(run: Run) -> float:
    """How much of a run is done, from 0 to 1; counted in pixels, as fine steps cost more than coarse ones."""
    sizes = [scale.height * scale.width for scale in run.scales]
    whole = sum(scale.steps * size for scale, size in zip(run.scales, sizes, strict=True))
    left, done = run.step, 0
    for scale, size in zip(run.scales, sizes, strict=True):
        taken = min(left, scale.steps)
        done, left = done + taken * size, left - taken
    return done / whole


def seconds_per_step(history: Mapping[str, np.ndarray], last: int = 20) -> float:
    """The median time of the last steps; NaN before there are two.

    Examples
    --------
    >>> seconds_per_step({"seconds": np.array([5.0, 5.5, 6.0, 6.5])})
    0.5
    """
    seconds = np.asarray(history["seconds"])[-last - 1 :]
    return float(np.median(np.diff(seconds))) if len(seconds) > 1 else float("nan")


def nearest_weight(weight: float, weights) -> float:
    """The one of several weights that is nearest on a logarithmic scale.

    Examples
    --------
    >>> nearest_weight(3.0, [0.1, 1.0, 10.0])
    1.0
    """
    return min(weights, key=lambda one: abs(np.log(one) - np.log(weight)))


def scaled_style(style: np.ndarray, size: int, scale: float) -> np.ndarray:
    """A style whose strokes become ``scale`` times as large on a painting of this size.

    Below 1 the whole style is shown smaller; above 1 its middle is shown larger, as there are no pixels beyond it.

    Examples
    --------
    >>> style = np.zeros((60, 80, 3), np.float32)
    >>> scaled_style(style, 80, 0.5).shape, scaled_style(style, 80, 2.0).shape
    ((30, 40, 3), (60, 80, 3))
    """
    if not scale > 0:
        raise SettingError(f"style scale is {scale!r}; it is a number above 0.")
    if scale > 1:
        height, width = (max(8, round(side / scale)) for side in style.shape[:2])
        top, left = (style.shape[0] - height) // 2, (style.shape[1] - width) // 2
        return fit(style[top : top + height, left : left + width], size, enlarge=True)
    return fit(style, max(8, round(size * scale)), enlarge=True)


def cost_of(content, size: int, **settings) -> dict[str, Any]:
    """What a painting of this size takes: its pixels and the bytes of a step, from the same estimate as `stylize`'s."""
    shown = fit(picture(content), size)
    planned = plan(settings_of(size=size, **settings), max(shown.shape[:2]))
    height, width = shown.shape[:2]
    return {"height": height, "width": width, "bytes": needed_memory(planned.objective, height, width)}


# --- Which pictures go together (07) ----------------------------------------------------------------------------------


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


# --- Before and after (Studio) ----------------------------------------------------------------------------------------


def before_and_after(before: np.ndarray, after: np.ndarray, share: float) -> np.ndarray:
    """The left ``share`` of one picture and the rest of another, with a thin line between them.

    Examples
    --------
    >>> black, white = np.zeros((8, 10, 3), np.float32), np.ones((8, 10, 3), np.float32)
    >>> before_and_after(black, white, 0.5)[0, :, 0].tolist()
    [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    """
    shown = after.copy()
    edge = round(np.clip(share, 0, 1) * after.shape[1])
    shown[:, :edge] = resize(before, after.shape[:2])[:, :edge]
    if 0 < edge < after.shape[1] and after.shape[1] >= 64:
        shown[:, edge - 1 : edge + 1] = (1.0, 1.0, 1.0)
    return shown
