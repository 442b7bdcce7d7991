"""What the settings come to for one content: the objective, the weights it begins with, and the scales."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from nst_utils.base.errors import SettingError
from nst_utils.base.values import shown
from nst_utils.engine.guidance import shares_of
from nst_utils.engine.memory import chosen_precision
from nst_utils.engine.objective import Objective
from nst_utils.engine.settings import METHODS, Settings, as_list, layer_weights
from nst_utils.engine.views import Strips, Whole
from nst_utils.losses.layer_zero import PICTURES
from nst_utils.losses.normalizations import chosen_normalization
from nst_utils.losses.terms import Weights
from nst_utils.networks.catalog import PRESETS
from nst_utils.networks.first_blocks import is_early
from nst_utils.networks.loading import default_layers, load_backbone

STEPS = (150, 120, 80)  # from the coarsest scale to the finest; further fine scales take the last
STRIPS_FROM = 512  # pixels; from here on the first blocks of a VGG work in strips: slower by an eighth, in less memory
COARSEST = 64  # the coarsest scale's longer side, at least


class Scale(NamedTuple):
    """One level of the pyramid: its picture's sides and how many steps it gets."""

    height: int
    width: int
    steps: int


@dataclass(frozen=True)
class Plan:
    """What a run does."""

    objective: Objective
    weights: Weights
    sizes: tuple[int, ...]
    steps: tuple[int, ...]


def plan(settings: Settings, longest: int, styles: int = 1) -> Plan:
    """What the settings leave open filled in, for a content whose longer side is ``longest`` and so many styles."""
    preset = None if settings.preset is None else PRESETS[settings.preset]
    name = preset.backbone if preset else settings.backbone
    network = load_backbone(name, settings.weights, pooling=settings.pooling, seed=settings.seed)
    content_layers, style_layers = _layers(settings, network, preset)
    weights = _weights(settings)
    if not (weights.content_weight and content_layers) and not (weights.style_weight and style_layers):
        raise SettingError("content_weight or content_layers and style_weight or style_layers are all 0 or empty.")
    content_layers = content_layers if weights.content_weight else ()
    style_layers = style_layers if weights.style_weight else ()
    sizes = _sizes(min(settings.size, longest), settings.sizes)
    in_strips = (
        sizes[-1] >= STRIPS_FROM
        and settings.statistic == "gram"
        and network.works_in_strips
        and network.width == 1  # the maps of a mini network are small anyway
        and not any(is_early(layer) for layer, _ in content_layers)
        and settings.mask is None
    )
    view = (Strips if in_strips else Whole)(network, chosen_precision(settings.precision))
    objective = Objective(
        view,
        content_layers,
        style_layers,
        settings.statistic,
        settings.normalization,
        settings.jitter,
        shares_of(settings.shares, styles),
        settings.mask is not None,
        settings.content_map is not None,
    )
    return Plan(objective, weights, sizes, _steps(settings.steps, sizes))


def _layers(settings: Settings, network, preset) -> tuple[tuple, tuple]:
    """The layers of content and style with their weights, each one known to the network."""
    if preset:
        content, style = preset.content_layers, preset.style_layers
    else:
        content, style = default_layers(network)
        style = with_layer_zero(style, network.layer_zero)
    given = settings.content_layers, settings.style_layers
    content, style = (
        layer_weights(kind, default if own is None else own)
        for kind, own, default in zip(("content_layers", "style_layers"), given, (content, style), strict=True)
    )
    if named := [layer for layer, _ in (*content, *style) if layer not in PICTURES]:
        network.check_layers(named)
    return content, style


def with_layer_zero(style: Mapping[str, float], share: float) -> dict[str, float]:
    """Style layers of a network that leave ``share`` of their weight to the picture itself, at its three sizes.

    Examples
    --------
    >>> with_layer_zero({"block1_conv1": 0.5, "block2_conv1": 0.5}, 0.75)["block1_conv1"]
    0.125
    """
    own = {name: (1 - share) * weight for name, weight in style.items()}
    return {**dict.fromkeys(PICTURES, share * sum(style.values()) / len(PICTURES)), **own}


def _weights(settings: Settings) -> Weights:
    """The weights given, else those of the normalization's source."""
    usual = Weights(*chosen_normalization(settings.normalization).weights, METHODS[settings.method])
    return Weights(
        *(default if settings[name] is None else settings[name] for name, default in usual._asdict().items())
    )


def _sizes(size: int, sizes: Any) -> tuple[int, ...]:
    """The longer side at each scale: given, or halved while it stays at least `COARSEST`."""
    if sizes is not None:
        return tuple(as_list(sizes))
    picked = [int(size)]
    while picked[0] // 2 >= COARSEST:
        picked.insert(0, picked[0] // 2)
    return tuple(picked)


def _steps(steps: Any, sizes: tuple[int, ...]) -> tuple[int, ...]:
    """The steps of each scale: given, shared out, or the default."""
    default = [*STEPS, *[STEPS[-1]] * len(sizes)][: len(sizes)] if len(sizes) > 1 else [sum(STEPS)]
    if steps is None:
        return tuple(default)
    picked = as_list(steps)
    if picked is None:
        if steps < len(sizes):
            raise SettingError(f"steps is {steps!r}; it is a whole number, at least 1 for each of the sizes {sizes}.")
        ends = np.round(np.cumsum(default) / sum(default) * (steps - len(sizes))).astype(int)
        return tuple(1 + int(end - before) for before, end in itertools.pairwise([0, *ends]))
    if len(picked) != len(sizes):
        raise SettingError(
            f"steps is {shown(tuple(picked))}; give one whole number, 1 or more, for each of the sizes {sizes}."
        )
    return tuple(picked)


def scales_of(content: np.ndarray, planned: Plan) -> list[Scale]:
    """The sides and steps of each scale; the last is the content's own size.

    A coarse scale at which a narrow picture is too small for the network is left out.
    """
    height, width = content.shape[:2]
    least = planned.objective.smallest_side()
    if min(height, width) < least:
        raise SettingError(
            f"At size {planned.sizes[-1]} the content is {width} x {height}; the layers and a jitter of "
            f"{planned.objective.jitter} need {least} a side. Take a larger size or picture, or earlier layers."
        )
    scales = []
    for size, count in zip(planned.sizes[:-1], planned.steps[:-1], strict=True):
        ratio = min(1.0, size / max(height, width))
        scales.append(Scale(round(height * ratio), round(width * ratio), count))
    scales = [scale for scale in scales if min(scale.height, scale.width) >= least]
    return [*scales, Scale(height, width, planned.steps[-1])]
