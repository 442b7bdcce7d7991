"""The experiments that test the claims: which pictures, networks and settings."""

import functools
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

SEEDS = (0, 1, 2)
PAIRS = {"contents": ("harbor", "canyon", "portrait", "cat"), "styles": ("swirls", "woodcut", "stained_glass")}
LARGER = {"contents": ("harbor", "canyon", "portrait", "cat"), "styles": ("swirls", "woodcut")}  # at 160 px
FEWER = {"contents": ("harbor", "cat", "portrait"), "styles": ("swirls", "woodcut")}
ALL_CONTENTS = (
    *("canyon", "cat", "flower", "coffee"),  # natural
    *("skyline", "harbor", "rocket", "temple"),  # urban
    *("portrait", "cartoon", "swirls", "woodcut"),  # drawn
)
ALL_STYLES = ("swirls", "crying_sky", "woodcut", "pointillism", "stained_glass", "mandala", "honeycomb")
DEEP_SHARE = 1e-3  # of the deep layers, where they are weighted down: as in the public code of SWAG
DEEP = ("block4_conv1", "block5_conv1", "conv4_block6_out", "conv5_block3_out")
REFINED = (1, 25, 50, 100, 200, 400)  # steps after which a painting is looked at
STEPS = 100
WEIGHTS_ALONE = {"content_weight": [0.05, 0.5, 5.0], "tv_weight": 0.3}  # without layer zero, whose share is 12 to 1
TV_SMOOTHED = 1.0  # total variation, as heavy as the default had it when these were painted
WEIGHTS_ZERO = {"content_weight": [0.5, 2.0, 8.0], "tv_weight": 1.0}
ZERO_WEIGHT = 4.0  # of the picture at each of its three sizes, where it is a style layer: 12 to the network's 1
PAIRS_WEIGHT = 4.0
PRESET_LAYERS = {
    "vgg19": ("block1_conv1", "block2_conv1", "block3_conv1", "block4_conv1", "block5_conv1"),  # Gatys 2016
    "resnet50": ("conv1_relu", "conv2_block3_out", "conv3_block4_out", "conv4_block6_out", "conv5_block3_out"),  # SWAG
}


@dataclass(frozen=True)
class Part:
    """One call of `nst.sweep`: what it varies has a name, the rest are its keywords."""

    variant: str
    contents: tuple[str, ...]
    styles: tuple[str, ...]
    backbone: str
    size: int
    settings: dict = field(default_factory=dict)
    shown: dict = field(default_factory=dict)  # how the pictures are changed before, see `shown_pictures`


def architecture(weights: str) -> Iterator[Part]:
    """A1 to A5, B1: three networks along the same content weights, with and without the picture itself as a layer."""
    from_content = {**WEIGHTS_ALONE, "start": "content"}  # as the studies began
    ways = (
        ("features", 96, PAIRS, WEIGHTS_ALONE),
        ("features", 160, LARGER, WEIGHTS_ALONE),
        ("default", 160, LARGER, WEIGHTS_ZERO),
        ("from content", 160, LARGER, from_content),
        ("smoothed", 160, LARGER, {**from_content, "tv_weight": TV_SMOOTHED}),
    )
    for (variant, size, pictures, varied), network in itertools.product(ways, ("vgg16", "vgg19", "resnet50")):
        layers = (layers_with_zero if variant == "default" else style_layers)(network, weights)
        settings = {"weights": weights, "style_layers": [layers], **varied}
        yield Part(variant, **pictures, backbone=network, size=size, settings=settings)
    study = {"content_layers": [study_layers()[0]], "style_layers": [study_layers()[1]], **WEIGHTS_ALONE}
    yield Part("study", **LARGER, backbone="resnet50", size=160, settings={"weights": weights, **study})
    mixed = {"style_layers": [mixed_layers(weights)], "content_layers": [mixed_content(weights)], **WEIGHTS_ALONE}
    yield Part("mixed", **LARGER, backbone="vgg19+resnet50", size=160, settings={"weights": weights, **mixed})


def smoothing(weights: str) -> Iterator[Part]:
    """SWAG's softmax against weighting the deep layers down against nothing, on trained and on random weights."""
    random = "mini-random" if weights == "scratch" else "random"
    for network, names in PRESET_LAYERS.items():
        share = 1 / len(names)
        plain = dict.fromkeys(names, share)
        reweighted = {name: share * (DEEP_SHARE if name in DEEP else 1) for name in names}
        for kind in (weights, random):
            for variant, styled in {
                "plain": {"style_layers": [plain]},
                "softmax": {"style_layers": [plain], "statistic": "softmax_gram"},
                "reweighted": {"style_layers": [reweighted]},
            }.items():
                settings = {"weights": kind, **WEIGHTS_ALONE, **styled}
                yield Part(variant, **FEWER, backbone=network, size=96, settings=settings)


def pairs(weights: str) -> Iterator[Part]:
    """C1, C2: every content in every style but itself."""
    both = [name for name in ALL_CONTENTS if name in ALL_STYLES]
    others = tuple(name for name in ALL_CONTENTS if name not in both)
    settings = {
        **WEIGHTS_ZERO,
        "content_weight": PAIRS_WEIGHT,
        "weights": weights,
        "style_layers": [layers_with_zero("vgg19", weights)],
    }
    yield Part("default", others, ALL_STYLES, "vgg19", 128, settings)
    for name in both:
        yield Part("default", (name,), tuple(style for style in ALL_STYLES if style != name), "vgg19", 128, settings)


def resolution(weights: str) -> Iterator[Part]:
    """D1, D2: contents and styles at other resolutions than the painting, and what else makes it smooth."""
    once = {
        **WEIGHTS_ZERO,
        "content_weight": WEIGHTS_ZERO["content_weight"][1],
        "weights": weights,
        "style_layers": [layers_with_zero("vgg19", weights)],
    }
    for size in (128, 256):
        along = {**once, **(WEIGHTS_ZERO if size == 128 else {})}  # the whole curve at the size that costs less
        half, quarter = f"content {size // 2}", f"content {size // 4}"
        yield Part("as it is", **FEWER, backbone="vgg19", size=size, settings=along)
        yield Part(half, **FEWER, backbone="vgg19", size=size, settings=along, shown={"content": size // 2})
        yield Part(quarter, **FEWER, backbone="vgg19", size=size, settings=once, shown={"content": size // 4})
        yield Part("blurred", **FEWER, backbone="vgg19", size=size, settings=once, shown={"blur": 1.0})
        yield Part("tv", **FEWER, backbone="vgg19", size=size, settings={**once, "tv_weight": [2.0, 4.0]})
    for side in (128, 512):
        yield Part(f"style {side}", **FEWER, backbone="vgg19", size=256, settings=once, shown={"style": side})


# Layers ----------------------------------------------------------------------------------------------------------


@functools.cache
def style_layers(network: str, weights: str) -> dict[str, float]:
    """The network's own style layers, without the picture itself as a layer: as the studies had them."""
    from nst_utils.networks.loading import default_layers, load_backbone

    return default_layers(load_backbone(network, weights))[1]


@functools.cache
def layers_with_zero(network: str, weights: str) -> dict[str, float]:
    """These, and the picture itself at three sizes."""
    from nst_utils.losses.layer_zero import PICTURES

    return {**dict.fromkeys(PICTURES, ZERO_WEIGHT), **style_layers(network, weights)}


def study_layers() -> tuple[list[str], list[str]]:
    """Content and style layers that the study of VGG19 and ResNet50 took from ResNet50."""
    from nst_utils import PRESETS

    preset = PRESETS["resnet-study"]
    return list(preset.content_layers), list(preset.style_layers)


def mixed_layers(weights: str) -> dict[str, float]:
    """Half of the style from each of two networks."""
    return {
        f"{network}/{layer}": weight / 2
        for network in ("vgg19", "resnet50")
        for layer, weight in style_layers(network, weights).items()
    }


def mixed_content(weights: str) -> list[str]:
    """Content layers of both networks."""
    from nst_utils.networks.loading import default_layers, load_backbone

    return [
        f"{network}/{layer}"
        for network in ("vgg19", "resnet50")
        for layer in default_layers(load_backbone(network, weights))[0]
    ]


# Pictures --------------------------------------------------------------------------------------------------------


def shown_pictures(part: Part) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Contents and styles as a part shows them to the network, at the size of its paintings.

    A content of fewer pixels is enlarged again, so that only its detail is lost. A style of fewer pixels stays small,
    one of more is cut down to its middle: their strokes are smaller or larger than they would be.
    """
    from scipy.ndimage import gaussian_filter

    import nst_utils as nst
    from nst_utils.images.arrays import fit

    contents, styles = ({name: nst.picture(name) for name in names} for names in (part.contents, part.styles))
    contents = {name: fit(shown, part.size) for name, shown in contents.items()}
    if side := part.shown.get("content"):
        contents = {name: fit(fit(shown, side), part.size, enlarge=True) for name, shown in contents.items()}
    if sigma := part.shown.get("blur"):
        contents = {name: gaussian_filter(shown, (sigma, sigma, 0)) for name, shown in contents.items()}
    side = part.shown.get("style", part.size)
    styles = {name: middle(fit(shown, side), part.size) for name, shown in styles.items()}
    return contents, styles


def middle(picture: np.ndarray, side: int) -> np.ndarray:
    """The middle of a picture, at most ``side`` pixels each way."""
    corner = [max(0, (length - side) // 2) for length in picture.shape[:2]]
    return picture[corner[0] : corner[0] + side, corner[1] : corner[1] + side]
