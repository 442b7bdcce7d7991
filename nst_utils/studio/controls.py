"""A control of the Studio for each keyword of `stylize` that it offers, under the keyword's name."""

from collections.abc import Mapping
from typing import Any

import ipywidgets
import numpy as np

from nst_utils.control.colors import COLORS
from nst_utils.engine.carrying import mask_png
from nst_utils.engine.settings import METHODS, OUTSIDE, SETTINGS
from nst_utils.images.opening import picture
from nst_utils.losses.normalizations import chosen_normalization
from nst_utils.losses.terms import Weights
from nst_utils.networks.weights import KINDS
from nst_utils.studio.order import parsed_layers
from nst_utils.widgets.mask_canvas import MaskCanvas
from nst_utils.widgets.panel import (
    FIELD,
    WIDE,
    choice,
    log_slider,
    set_if_new,
    slider,
    steps,
    values_of,
    with_tooltip,
)

SIZES = (64, 96, 128, 192, 256, 384, 512, 768, 1024)
SCALES = (0.25, 0.5, 1.0, 2.0, 4.0)  # of a style
BACKBONES = ("vgg19", "vgg16", "resnet50", "vgg19+resnet50", "inception_v3", "efficientnet_b0")
WEIGHT_NAMES = Weights._fields[:3]
ELSEWHERE = ("mask", "shares")  # controls that stand with the pictures, not among the settings


def new_controls(begin: Mapping) -> dict[str, Any]:
    """A control for each keyword, under the keyword's name."""

    def weight(name, about):
        usual = usual_weights(begin)[name]
        return log_slider(name, usual if begin[name] is None else begin[name], (-4, 3), about)

    def text(name, about):
        return ipywidgets.Text(
            value=as_text(begin[name]),
            placeholder="the usual ones",
            description=name,
            style=WIDE,
            layout={"width": "28em", "max_width": "100%"},
            **with_tooltip(about),
        )

    def number(name, least, about):
        return ipywidgets.BoundedIntText(
            value=begin[name],
            min=least,
            max=100_000,
            description=name,
            style=WIDE,
            layout={"width": FIELD},
            **with_tooltip(about),
        )

    scale = float(begin["style_scale"])
    return {
        "mask": MaskCanvas(tooltip="where the style is painted; with a second style, that one fills the rest"),
        "shares": slider("shares", share_of_second(begin["shares"]), 0.0, 1.0, "how much of the second style"),
        "size": steps("size", sorted({*SIZES, begin["size"]}), begin["size"], "longer side of the painting in pixels"),
        "colors": choice("colors", COLORS, begin["colors"], "whose colors: of the style, or the content's in some way"),
        "style_scale": steps("style_scale", sorted({*SCALES, scale}), scale, "how large the strokes are"),
        "outside": choice("outside", OUTSIDE, begin["outside"], "what becomes of what the mask leaves free"),
        "backbone": choice(
            "backbone", dict.fromkeys([*BACKBONES, begin["backbone"]]), begin["backbone"], "the network"
        ),
        "weights": choice(
            "weights",
            dict.fromkeys([*KINDS, begin["weights"]]),
            begin["weights"],
            "its weights; mini and scratch are here, imagenet is fetched",
        ),
        "content_layers": text("content_layers", "where the content is seen: names, or name=weight, with commas"),
        "style_layers": text("style_layers", "where the style is seen: names, or name=weight, with commas"),
        "content_weight": weight("content_weight", "how much the content counts"),
        "style_weight": weight("style_weight", "how much the style counts"),
        "tv_weight": weight("tv_weight", "how much a smooth surface counts"),
        "method": choice("method", METHODS, begin["method"], "how the picture moves downhill"),
        "steps": number("steps", 1, "steps in all, over all scales"),
        "seed": number("seed", 0, "of the start, the shifts and the random directions"),
    }


def usual_weights(settings: Mapping) -> dict[str, float]:
    """What `stylize` takes where no weight is given."""
    return dict(zip(WEIGHT_NAMES, chosen_normalization(settings["normalization"]).weights, strict=True))


def keywords_from(controls: Mapping[str, Any], others: Mapping[str, Any], styles: int = 1) -> dict[str, Any]:
    """The keywords of `stylize` that the controls say, for one style or two; ``others`` have no control.

    With two styles the mask is that of the first, and what it leaves free that of the second.
    """
    keywords = values_of(controls)
    share, mask = keywords["shares"], keywords["mask"]
    keywords["shares"] = None if styles == 1 or share == 0.5 else [round(1 - share, 3), round(share, 3)]
    if styles == 2 and mask is not None:
        keywords["mask"] = [mask, mask_png(1 - picture(mask)[..., 0])]
    for name in ("content_layers", "style_layers"):
        keywords[name] = parsed_layers(name, keywords[name])
    usual = usual_weights({**SETTINGS, **keywords, **others})
    return {**keywords, **{name: None for name in usual if keywords[name] == usual[name]}, **others}


def show_keywords(controls: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
    """Set the controls to what `keywords_from` has read from them."""
    for name, control in controls.items():
        value = settings[name]
        if value is None and name in WEIGHT_NAMES:
            value = usual_weights(settings)[name]
        if name == "mask":
            value = value[0] if isinstance(value, list) else value
        elif name == "shares":
            value = share_of_second(value)
        set_if_new(control, value=as_text(value) if name.endswith("_layers") else value)


def share_of_second(shares) -> float:
    """How much of two styles the second is."""
    return 0.5 if shares is None or len(shares) != 2 or not sum(shares) else float(shares[1] / np.sum(shares))


def as_text(layers) -> str:
    """Layers as a person writes them."""
    if layers is None:
        return ""
    if isinstance(layers, Mapping):
        return ", ".join(f"{name}={weight:g}" for name, weight in layers.items())
    return ", ".join(layers)
