"""A control of the Studio for each keyword of `stylize` that it offers, under the keyword's name."""

from collections.abc import Mapping
from typing import Any

import ipywidgets

from nst_utils.engine.settings import METHODS, SETTINGS
from nst_utils.losses.normalizations import chosen_normalization
from nst_utils.losses.terms import Weights
from nst_utils.networks.weights import KINDS
from nst_utils.studio.order import parsed_layers
from nst_utils.widgets.panel import FIELD, WIDE, choice, log_slider, set_if_new, steps, values_of, with_tooltip

SIZES = (64, 96, 128, 192, 256, 384, 512, 768, 1024)
BACKBONES = ("vgg19", "vgg16", "resnet50", "vgg19+resnet50", "inception_v3", "efficientnet_b0")
WEIGHT_NAMES = Weights._fields[:3]


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

    return {
        "size": steps("size", sorted({*SIZES, begin["size"]}), begin["size"], "longer side of the painting in pixels"),
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


def keywords_from(controls: Mapping[str, Any], others: Mapping[str, Any]) -> dict[str, Any]:
    """The keywords of `stylize` that the controls say; ``others`` are those that have no control."""
    keywords = values_of(controls)
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
        set_if_new(control, value=as_text(value) if name.endswith("_layers") else value)


def as_text(layers) -> str:
    """Layers as a person writes them."""
    if layers is None:
        return ""
    if isinstance(layers, Mapping):
        return ", ".join(f"{name}={weight:g}" for name, weight in layers.items())
    return ", ".join(layers)
