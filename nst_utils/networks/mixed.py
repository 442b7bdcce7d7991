"""Several networks that look at a picture together, as ``"vgg19+resnet50"``.

Owns the names of their layers ("vgg19/block1_conv1"), and asks each network for its part. To an objective, a mix is a
backbone with more layers.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterable

from nst_utils.networks.backbone import Backbone
from nst_utils.networks.catalog import PLUS, SLASH


@dataclasses.dataclass(frozen=True)
class Mixed:
    """Networks side by side; each sees the picture as it does alone, with its own preprocessing.

    Parameters
    ----------
    parts : the networks, each another one, with one kind of weights and of pooling.

    Examples
    --------
    >>> from nst_utils.networks.loading import load_backbone
    >>> mix = load_backbone("vgg16+resnet50", "mini-random")
    >>> mix.layers[0], mix.layers[-1]
    ('vgg16/block1_conv1', 'resnet50/conv5_block3_out')
    """

    parts: tuple[Backbone, ...]

    @property
    def name(self) -> str:
        """The names of the networks, joined: ``"vgg19+resnet50"``."""
        return PLUS.join(part.name for part in self.parts)

    @property
    def weights(self) -> str:
        """The kind that all networks have."""
        return self.parts[0].weights

    @property
    def pooling(self) -> str:
        """``"max"`` or ``"avg"``, for all networks."""
        return self.parts[0].pooling

    @property
    def width(self) -> float:
        """1, or 0.25 for mini twins."""
        return self.parts[0].width

    @property
    def seed(self) -> int:
        """Of random weights, for all networks."""
        return self.parts[0].seed

    @property
    def works_in_strips(self) -> bool:
        """A mix does not: the strips of one network are not those of another."""
        return False

    @functools.cached_property
    def layers(self) -> tuple[str, ...]:
        """Names of all layers that give a map of features, network by network."""
        return tuple(part.name + SLASH + layer for part in self.parts for layer in part.layers)

    @functools.cached_property
    def channels(self) -> dict[str, int]:
        """Number of features of each layer."""
        return self._joined(lambda part: part.channels)

    @functools.cached_property
    def strides(self) -> dict[str, int]:
        """How many pixels of the picture lie between two positions of each layer, a power of two."""
        return self._joined(lambda part: part.strides)

    @functools.cached_property
    def reaches(self) -> dict[str, float]:
        """How many pixels to each side of its own a position of each layer sees, at most."""
        return self._joined(lambda part: part.reaches)

    def shapes(self, layers: Iterable[str], height: int, width: int) -> dict[str, tuple[int, int]]:
        """Height and width of the maps of layers, for a picture of this size."""
        return {
            part.name + SLASH + name: shape
            for part, own in self._shares(layers)
            for name, shape in part.shapes(own, height, width).items()
        }

    def _joined(self, of: Callable[[Backbone], dict]) -> dict:
        return {part.name + SLASH + layer: value for part in self.parts for layer, value in of(part).items()}

    check_layers = Backbone.check_layers

    def _shares(self, layers: str | Iterable[str]) -> list[tuple[Backbone, list[str]]]:
        """The networks that have a layer among these, with the names that the layers have there."""
        pairs = [layer.split(SLASH, 1) for layer in self.check_layers(layers)]
        shares = [(part, [layer for name, layer in pairs if name == part.name]) for part in self.parts]
        return [(part, own) for part, own in shares if own]

    def features(self, layers: str | Iterable[str], dtype: str = "float32") -> Callable:
        """A function from a batch of pictures to the feature maps of the named layers; see `Backbone.features`.

        A network without a layer among them does not look at all.

        Examples
        --------
        >>> from nst_utils.networks.loading import load_backbone
        >>> from nst_utils.base.tensorflow import tf
        >>> mix = load_backbone("vgg16+resnet50", "mini-random")
        >>> features = mix.features(["vgg16/block2_conv1", "resnet50/conv1_relu"])
        >>> {name: tuple(maps.shape) for name, maps in features(tf.zeros([1, 32, 48, 3])).items()}
        {'vgg16/block2_conv1': (1, 16, 24, 32), 'resnet50/conv1_relu': (1, 16, 24, 16)}
        """
        layers = self.check_layers(layers)
        parts = {part.name + SLASH: part.features(own, dtype) for part, own in self._shares(layers)}

        def extract(pictures):
            maps = {
                start + name: values for start, features in parts.items() for name, values in features(pictures).items()
            }
            return {name: maps[name] for name in layers}

        return extract

    def activation_bytes(self, layers: str | Iterable[str], height: int, width: int, dtype: str = "float32") -> int:
        """Bytes that the activations of all networks take for one picture; see `Backbone.activation_bytes`."""
        return sum(part.activation_bytes(own, height, width, dtype) for part, own in self._shares(layers))

    def smallest_side(self, layers: str | Iterable[str]) -> int:
        """The fewest pixels a side of the picture may have for each of the layers to keep one position."""
        return max(part.smallest_side(own) for part, own in self._shares(layers))

    @property
    def layer_zero(self) -> float:
        """The default share of the picture itself in the style: that of the network that needs most."""
        return max(part.layer_zero for part in self.parts)

    def default_layers(self) -> tuple[dict[str, float], dict[str, float]]:
        """The default layers of every network; shares are divided, so that both terms keep their size."""
        content, style = {}, {}
        for part in self.parts:
            for joined, own in zip((content, style), part.default_layers(), strict=True):
                joined |= {part.name + SLASH + layer: share / len(self.parts) for layer, share in own.items()}
        return content, style
