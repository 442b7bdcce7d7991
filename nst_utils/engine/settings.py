"""The settings of a run: checked, and completed where they are left open.

Floor 5, below the run: takes the keywords of `stylize` and gives a `Plan`; every wrong value is refused here, with the
value and what is possible.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from numbers import Integral, Real

import numpy as np

from nst_utils.base.errors import SettingError
from nst_utils.engine.memory import chosen_precision
from nst_utils.engine.objective import PICTURES, Objective
from nst_utils.losses.statistics import chosen, chosen_normalization
from nst_utils.networks.catalog import PRESETS
from nst_utils.networks.first_blocks import is_early
from nst_utils.networks.loading import default_layers, load_backbone

METHODS = {"adam": 0.02, "lbfgs": 1.0}  # and the learning rate of each (L-BFGS finds its own)
STARTS = ("content", "style", "gray", "noise")
STEPS = (150, 120, 80)  # from the coarsest scale to the finest; further fine scales take the last
LARGE = 512  # from here on the first blocks of a VGG work in strips: slower by an eighth, in less memory
PICTURE_SHARE = 4.0  # of each layer zero: they hold the colors and the grain, which 16 first filters cannot
LARGEST = 2**31 - 1
SMALLEST = 64  # the coarsest scale's longer side, at least


@dataclass(frozen=True)
class Plan:
    """What a run does: the objective, the weights it starts with, and the sizes and steps of its scales."""

    objective: Objective
    content_weight: float
    style_weight: float
    tv_weight: float
    learning_rate: float
    sizes: tuple[int, ...]
    steps: tuple[int, ...]


def plan(settings: dict, longest: int) -> Plan:
    """The settings checked, and what they leave open filled in, for a content whose longer side is ``longest``."""
    usual_rate = chosen("method", settings["method"], METHODS)
    for name in ("content_weight", "style_weight", "tv_weight", "learning_rate"):
        value = settings[name]
        if value is not None and not (isinstance(value, Real) and np.isfinite(value) and value >= 0):
            raise SettingError(f"{name} is {value!r}; it is a finite number, 0 or more.")
    if settings["learning_rate"] == 0:
        raise SettingError("learning_rate is 0; nothing would move.")
    for name, least in {"size": 16, "jitter": 0, "snapshots": 0, "seed": 0}.items():
        value = settings[name]
        if not _whole(value) or not least <= value <= LARGEST:
            raise SettingError(f"{name} is {value!r}; it is a whole number from {least} to {LARGEST}.")
    preset = None if settings["preset"] is None else chosen("preset", settings["preset"], PRESETS)
    name = preset.backbone if preset else settings["backbone"]
    network = load_backbone(name, settings["weights"], pooling=settings["pooling"], seed=settings["seed"])
    content_layers, style_layers = default_layers(network)
    style_layers = {**dict.fromkeys(PICTURES, PICTURE_SHARE), **style_layers}
    if preset:
        content_layers, style_layers = preset.content_layers, preset.style_layers
    content_layers = _weighted("content_layers", settings["content_layers"], content_layers)
    style_layers = _weighted("style_layers", settings["style_layers"], style_layers)
    if named := [layer for layer, _ in (*content_layers, *style_layers) if layer not in PICTURES]:
        network.check_layers(named)
    published = chosen_normalization(settings["normalization"]).weights
    content_weight, style_weight, tv_weight = (
        default if settings[name] is None else settings[name]
        for name, default in zip(("content_weight", "style_weight", "tv_weight"), published, strict=True)
    )
    if not (content_weight and content_layers) and not (style_weight and style_layers):
        raise SettingError("content_weight or content_layers and style_weight or style_layers are all 0 or empty.")
    sizes = _sizes(min(settings["size"], longest), settings["sizes"])
    content_layers = content_layers if content_weight else ()
    objective = Objective(
        network,
        content_layers,
        style_layers if style_weight else (),
        settings["statistic"],
        settings["normalization"],
        settings["jitter"],
        chosen_precision(settings["precision"]),
        strips=sizes[-1] >= LARGE
        and settings["statistic"] == "gram"
        and network.works_in_strips
        and network.width == 1  # the maps of a mini network are small anyway
        and not any(is_early(layer) for layer, _ in content_layers),
    )
    learning_rate = usual_rate if settings["learning_rate"] is None else settings["learning_rate"]
    return Plan(
        objective, content_weight, style_weight, tv_weight, learning_rate, sizes, _steps(settings["steps"], sizes)
    )


def _weighted(kind: str, given, default) -> tuple[tuple[str, float], ...]:
    """Layers with weights: a mapping as it is, bare names with equal shares of 1."""
    layers = default if given is None else given
    if isinstance(layers, Mapping):
        pairs = tuple((str(name), weight) for name, weight in layers.items())
    elif isinstance(layers, Iterable) and not isinstance(layers, str):
        names = list(layers)
        pairs = tuple((str(name), 1 / len(names)) for name in names)
    else:
        raise SettingError(f"{kind} is {layers!r}; give names, or names with weights.")
    if not all(isinstance(weight, Real) and np.isfinite(weight) and weight >= 0 for _, weight in pairs):
        raise SettingError(f"{kind} holds a weight that is not a finite number, 0 or more: {dict(pairs)}.")
    return pairs


def _sizes(size: int, sizes) -> tuple[int, ...]:
    """The longer side at each scale: given, or halved while it stays at least `SMALLEST`."""
    if sizes is not None:
        picked = tuple(sizes) if isinstance(sizes, Iterable) else (None,)
        if not picked or not all(map(_whole, picked)) or min(picked) < 16 or list(picked) != sorted(picked):
            raise SettingError(f"sizes is {sizes!r}; give several whole numbers, 16 or more, rising.")
        return picked
    picked = [int(size)]
    while picked[0] // 2 >= SMALLEST:
        picked.insert(0, picked[0] // 2)
    return tuple(picked)


def _steps(steps, sizes: tuple[int, ...]) -> tuple[int, ...]:
    """The steps of each scale: given, shared out, or the default."""
    default = [*STEPS, *[STEPS[-1]] * len(sizes)][: len(sizes)] if len(sizes) > 1 else [sum(STEPS)]
    if steps is None:
        return tuple(default)
    if np.isscalar(steps):
        if not _whole(steps) or steps < len(sizes):
            raise SettingError(f"steps is {steps!r}; it is a whole number, at least 1 for each of the sizes {sizes}.")
        ends = np.round(np.cumsum(default) / sum(default) * (steps - len(sizes))).astype(int)
        return tuple(1 + int(share) for share in np.diff(ends, prepend=0))
    picked = tuple(steps)
    if len(picked) != len(sizes) or not all(_whole(count) and count >= 1 for count in picked):
        raise SettingError(f"steps is {picked}; give one whole number, 1 or more, for each of the sizes {sizes}.")
    return picked


def _whole(value) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)
