"""What a network sees in a picture, for the widgets that let somebody look at it."""

import functools
from collections.abc import Callable

import numpy as np

from nst_utils.engine.objective import as_batch
from nst_utils.networks.loading import load_backbone

SIDE = 192  # pixels: large enough to see what a layer sees, small enough to follow a slider


def maps_of(shown: np.ndarray, layer: str, backbone: str = "vgg19", weights: str | None = None) -> np.ndarray:
    """The feature maps (h, w, channels) of one layer for a picture (h, w, 3).

    Examples
    --------
    >>> maps_of(np.zeros((32, 48, 3), np.float32), "block2_conv1", "vgg16", "mini-random").shape
    (16, 24, 32)
    """
    features = load_backbone(backbone, weights).features(layer)
    return features(as_batch(shown))[layer].numpy()[0]


def kept_maps(shown: np.ndarray, backbone: str, weights: str | None) -> Callable[[str], np.ndarray]:
    """The maps of a layer; those of the last few layers are kept."""
    return functools.lru_cache(maxsize=4)(lambda layer: maps_of(shown, layer, backbone, weights))


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
