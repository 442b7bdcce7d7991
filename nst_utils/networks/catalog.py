"""The one catalog of networks: what each wants to see, which layers are worth choosing, who judges it.

Whoever adds a network of ``keras.applications`` adds its name here and touches no other file. Importing the catalog
costs nothing: it knows the networks without TensorFlow.
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from nst_utils.base.errors import BackboneError


@dataclass(frozen=True)
class Form:
    """A network in one width.

    Attributes
    ----------
    parameters : how many, without the classifier; moving statistics of batch normalization included.
    content_layers, style_layers : the default layers with their weights; none: those at each stride, see
        `Backbone.default_layers`.
    layer_zero : the default share of the picture itself in the style; the rest is the network's.
    """

    parameters: int
    content_layers: Mapping[str, float] = field(default_factory=dict)
    style_layers: Mapping[str, float] = field(default_factory=dict)
    layer_zero: float = 12 / 13


@dataclass(frozen=True)
class Network:
    """What is known of a network of ``keras.applications``.

    Attributes
    ----------
    preprocessing : what it wants to see, by the name of its mode in `imagenet_utils.preprocess_input`; a "raw" network
        takes 0 to 255 and scales inside.
    original, mini : its two widths, where the course has more to say of them than their name.
    scratch : the quarter-width network trained from random weights, where the mini is another, fitted to the original.
    judge : the network that measures its paintings, as one that took no part in them.
    rounds_up : whether its strides round the number of positions up, of a network whose features depend on a
        neighborhood alone, so that it can look in tiles; None: they depend on more.
    first_blocks : whether a pool follows two convolutions in each of its first two blocks, as `first_blocks` has them.
    """

    preprocessing: str
    original: Form | None = None
    mini: Form | None = None
    scratch: Form | None = None
    judge: str = "vgg16"
    rounds_up: bool | None = None
    first_blocks: bool = False


# Style in equal shares, as Gatys (2016) has it; content half from a layer that knows outlines, half from one that knows
# things. Block 4 of the VGGs from scratch has lost the outlines, and their larger strokes need more of the deep layers.
_FIRST_OF_BLOCK = ("block1_conv1", "block2_conv1", "block3_conv1", "block4_conv1", "block5_conv1")
_VGG_STYLE = dict.fromkeys(_FIRST_OF_BLOCK, 0.2)
_VGG_ZERO = 0.5  # less leaves the colors behind; a network from scratch needs more of it to paint without a grid
_SCRATCH_CONTENT = {"block3_conv2": 1.0}
_SCRATCH_STYLE = dict(zip(_FIRST_OF_BLOCK, (0.1, 0.15, 0.25, 0.25, 0.25), strict=True))
_VGG_CONTENT = {"block3_conv2": 0.5, "block4_conv2": 0.5}
_RESNET_STYLE = dict.fromkeys(("conv1_relu", "conv2_block3_out", "conv3_block4_out", "conv4_block6_out"), 0.25)

CATALOG: dict[str, Network] = {
    "vgg16": Network(
        "caffe",
        Form(14_714_688, _VGG_CONTENT, _VGG_STYLE, _VGG_ZERO),
        Form(920_784, _VGG_CONTENT, _VGG_STYLE, _VGG_ZERO),
        Form(920_784, _SCRATCH_CONTENT, _SCRATCH_STYLE),
        judge="resnet50",
        rounds_up=False,
        first_blocks=True,
    ),
    "vgg19": Network(
        "caffe",
        Form(20_024_384, _VGG_CONTENT, _VGG_STYLE, _VGG_ZERO),
        Form(1_252_880, _VGG_CONTENT, _VGG_STYLE, _VGG_ZERO),
        Form(1_252_880, _SCRATCH_CONTENT, _SCRATCH_STYLE),
        judge="resnet50",
        rounds_up=False,
        first_blocks=True,
    ),
    "resnet50": Network(
        "caffe",
        Form(23_587_712, {"conv3_block4_out": 1.0}, _RESNET_STYLE),
        Form(1_500_896, {"conv3_block4_out": 1.0}, _RESNET_STYLE),
        rounds_up=True,
    ),
    "resnet101": Network("caffe", rounds_up=True),
    "resnet152": Network("caffe", rounds_up=True),
    "inception_v3": Network("tf", Form(21_802_784)),
    "efficientnet_b0": Network("raw", Form(4_049_571)),
}
# All that needs to be known of the others is what they want to see.
_OTHERS = {
    "tf": "resnet50_v2 resnet101_v2 resnet152_v2 inception_resnet_v2 xception mobilenet mobilenet_v2",
    "torch": "densenet121 densenet169 densenet201",
    "raw": "efficientnet_b1 efficientnet_b2 efficientnet_b3 efficientnet_b4 efficientnet_b5 efficientnet_b6 "
    "efficientnet_b7 efficientnet_v2_b0 efficientnet_v2_b1 efficientnet_v2_b2 efficientnet_v2_b3 "
    "efficientnet_v2_s efficientnet_v2_m efficientnet_v2_l mobilenet_v3_small mobilenet_v3_large "
    "convnext_tiny convnext_small convnext_base convnext_large convnext_xlarge",
}
CATALOG |= {name: Network(mode) for mode, names in _OTHERS.items() for name in names.split()}

PREPROCESSING = {name: network.preprocessing for name, network in CATALOG.items()}
MINI = tuple(name for name, network in CATALOG.items() if network.mini)
FITTED = tuple(name for name, network in CATALOG.items() if network.scratch)  # the minis fitted to their original
JUDGES = {name: network.judge for name, network in CATALOG.items()}
# Networks that can look in tiles, and whether their strides round the number of positions up
LOCAL = {name: network.rounds_up for name, network in CATALOG.items() if network.rounds_up is not None}


@dataclass(frozen=True)
class Preset:
    """Layers that a publication used."""

    backbone: str
    content_layers: tuple[str, ...]
    style_layers: tuple[str, ...]
    source: str


PRESETS = {
    "gatys": Preset(
        "vgg19",
        ("block4_conv2",),
        _FIRST_OF_BLOCK,
        "Gatys, Ecker, Bethge, Image style transfer using convolutional neural networks, CVPR 2016",
    ),
    "tutorial": Preset("vgg19", ("block5_conv2",), _FIRST_OF_BLOCK, "TensorFlow tutorial, Neural style transfer"),
    "resnet-study": Preset(
        "resnet50",
        ("conv5_block3_3_bn",),
        ("conv2_block2_2_bn", "conv3_block1_0_bn", "conv3_block1_0_conv", "conv4_block1_2_bn", "conv5_block1_3_bn"),
        "A student study that compares VGG19 with ResNet50",
    ),
    "swag": Preset(
        "resnet50",
        ("conv4_block6_out",),
        ("conv1_relu", "conv2_block3_out", "conv3_block4_out", "conv4_block6_out", "conv5_block3_out"),
        "Wang, Li, Vasconcelos, Rethinking and improving the robustness of image style transfer, CVPR 2021, its code",
    ),
}


# --- Names ------------------------------------------------------------------------------------------------------------

PLUS = "+"  # between the names of networks that look together, see `mixed`
SLASH = "/"  # between the name of a network and that of its layer


def network_name(name: str) -> str:
    """The one spelling of a network's name; ``"VGG-19"`` is ``"vgg19"``."""
    spelled = {known.replace("_", ""): known for known in CATALOG}
    wanted = re.sub(r"[-_ ]", "", str(name).lower())
    if wanted not in spelled:
        raise BackboneError(f"No backbone {name!r}. {nearest(wanted, spelled.values(), 'vgg19 is the default')}")
    return spelled[wanted]


def network_names(name: str) -> tuple[str, ...]:
    """The one spelling of each network in a backbone's name.

    Examples
    --------
    >>> network_names("VGG-19 + ResNet50")
    ('vgg19', 'resnet50')
    """
    names = tuple(network_name(part) for part in str(name).split(PLUS))
    if len(set(names)) < len(names):
        raise BackboneError(f"{name!r} names a network twice; join different ones.")
    return names


def backbone_name(name: str) -> str:
    """The one spelling of a backbone's name, of one network or of several.

    Examples
    --------
    >>> backbone_name("VGG-19 + ResNet50")
    'vgg19+resnet50'
    """
    return PLUS.join(network_names(name))


def nearest(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """A sentence with the known words that are most like this one, or else with ``otherwise``."""
    found = difflib.get_close_matches(word, list(known), n=4, cutoff=0.5)
    return f"Nearest: {', '.join(found)}." if found else f"{otherwise}." if otherwise else ""


def check_option(option: str, value: str, known: Iterable[str]) -> None:
    """Refuse a value that is not among the known ones."""
    if value not in known:
        raise BackboneError(f"No {option} {value!r}; choose from {', '.join(known)}.")
