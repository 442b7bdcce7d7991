"""Networks for the tests of this room, each made once, and a picture for them to look at."""

import functools

import numpy as np

from nst_utils.networks.backbone import Backbone
from nst_utils.networks.loading import load_backbone
from nst_utils.networks.topologies import outline


@functools.cache
def twin(name: str, pooling: str = "avg") -> Backbone:
    """A mini network with random weights."""
    return load_backbone(name, "mini-random", pooling=pooling)


@functools.cache
def wide() -> Backbone:
    """The smallest network of full width that has a twin, as the original pools."""
    return load_backbone("vgg16", "random", pooling="max", seed=3)


@functools.cache
def mobile() -> Backbone:
    """A network without a twin, whose sums and products are operations and no layers, and whose layers Keras counts."""
    return load_backbone("mobilenet_v3_small", "random")


@functools.cache
def drawn(name: str) -> Backbone:
    """A network of full width without values: its layers and shapes can be asked for, not its features."""
    return Backbone(name, "random", "max", outline(name))


def some_picture(height: int = 48, width: int = 64, seed: int = 0) -> np.ndarray:
    """A batch of one."""
    return np.random.default_rng(seed).random((1, height, width, 3), dtype=np.float32)
