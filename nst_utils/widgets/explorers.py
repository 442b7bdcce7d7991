"""Widgets that show what a plain function says of a few values: lessons 01, 02 and 03.

Nothing is painted here. The figure follows the controls a moment later; what is computed once for a layer or a
distortion is kept.
"""

import functools
from collections.abc import Callable

import numpy as np

from nst_utils.images.opening import picture
from nst_utils.widgets import experiments, figures
from nst_utils.widgets.panel import Explorer, choice, slider, steps

SIDE = 192  # pixels: large enough to see what a layer sees, small enough to follow a slider


def layer_explorer(
    shown="harbor",
    backbone: str = "vgg19",
    weights: str | None = None,
    layer: str | None = None,
    channel: int = 0,
    size: int = SIDE,
) -> Explorer:
    """What each channel of each layer answers to a picture.

    Parameters
    ----------
    shown : anything `picture` takes
    backbone, weights : as for `load_backbone`
    layer, channel : those to begin with
    size : longer side of the picture in pixels
    """
    layers = experiments.explorable_layers(backbone, weights, layer)
    return LayerExplorer(picture(shown, size), backbone, weights, layers, layer or layers[len(layers) // 3], channel)


class LayerExplorer(Explorer):
    """A slider through the layers, and one through the channels of the layer."""

    def __init__(
        self, shown: np.ndarray, backbone: str, weights: str | None, layers: list[str], layer: str, channel: int
    ):
        maps = _kept_maps(shown, backbone, weights)

        def draw(layer: str, channel: int):
            seen = maps(layer)
            return figures.layer_view(shown, seen, layer, min(channel, seen.shape[-1] - 1))

        self._channels = experiments.channels_of(backbone, weights)
        last = self._channels[layer] - 1
        controls = {
            "layer": steps("layer", layers, layer, "how deep in the network: the first layer is at the left"),
            "channel": slider("channel", min(channel, last), 0, last, "one of the layer's filters"),
        }
        super().__init__(f"Layer explorer: what {backbone} sees", controls, draw)

    def _ask(self, *_) -> None:
        last = self._channels[self.controls["layer"].value] - 1
        if self.controls["channel"].max != last:
            self.controls["channel"].max = last  # brings the value down with it
        super()._ask()


def gram_heat_map(
    shown="swirls", layer: str = "block2_conv1", backbone: str = "vgg19", weights: str | None = None, size: int = SIDE
) -> Explorer:
    """The Gram matrix of a layer, and for two channels the maps that one of its entries comes from.

    Parameters
    ----------
    shown : anything `picture` takes
    layer : the one to begin with
    backbone, weights : as for `load_backbone`
    size : longer side of the picture in pixels
    """
    layers = experiments.explorable_layers(backbone, weights, layer)
    return GramHeatMap(picture(shown, size), backbone, weights, layers, layer)


class GramHeatMap(Explorer):
    """A layer, and two channels of it."""

    def __init__(self, shown: np.ndarray, backbone: str, weights: str | None, layers: list[str], layer: str):
        maps = _kept_maps(shown, backbone, weights)
        gram = functools.lru_cache(maxsize=8)(lambda layer: experiments.gram_of(maps(layer)))

        def draw(layer: str, i: int, j: int):
            seen = maps(layer)
            i, j = (min(index, seen.shape[-1] - 1) for index in (i, j))
            return figures.gram_view(gram(layer), experiments.pair_of_channels(seen, i, j), i, j, layer)

        self._channels = experiments.channels_of(backbone, weights)
        last = self._channels[layer] - 1
        controls = {
            "layer": choice("layer", layers, layer, "the layer whose channels are multiplied"),
            "i": slider("channel i", min(4, last), 0, last, "the row of the Gram matrix"),
            "j": slider("channel j", min(18, last), 0, last, "the column of the Gram matrix"),
        }
        super().__init__("Gram heat map: pick two channels", controls, draw)

    def _ask(self, *_) -> None:
        last = self._channels[self.controls["layer"].value] - 1
        for name in ("i", "j"):
            if self.controls[name].max != last:
                self.controls[name].max = last
        super()._ask()


def loss_under_distortion(
    shown="harbor", backbone: str = "vgg19", weights: str | None = None, size: int = 128
) -> Explorer:
    """How far a picture is from itself, by content and by style, while it is blurred, moved, recolored, shuffled.

    Parameters
    ----------
    shown : anything `picture` takes
    backbone, weights : as for `load_backbone`
    size : longer side of the picture in pixels
    """
    opened = picture(shown, size)
    controls = {
        "distortion": choice(
            "distortion", experiments.DISTORTIONS, "blur", "what is done to the picture before it is compared to itself"
        ),
        "strength": slider("strength", 0.5, 0.0, 1.0, "how much of it: 0 leaves the picture as it is", step=0.05),
    }
    return Explorer(
        "Loss under distortion: how far is a picture from itself?", controls, _distorting(opened, backbone, weights)
    )


def _distorting(shown: np.ndarray, backbone: str, weights: str | None) -> Callable:
    """The figure for a distortion: the asked strength at once, the rest of its curve piece by piece."""
    known: dict[str, dict[float, dict[str, float]]] = {}
    losses = functools.cache(lambda: experiments.losses_from(shown, backbone, weights))

    def draw(distortion: str, strength: float):
        curve, strength = known.setdefault(distortion, {}), round(strength, 2)
        changed = experiments.distorted(shown, distortion, strength)
        missing = [one for one in (strength, *np.linspace(0, 1, 9).round(3).tolist()) if one not in curve]
        for done, one in enumerate(missing):
            curve[one] = losses()(experiments.distorted(shown, distortion, one))
            if done % 4 == 0 and done < len(missing) - 1 and strength in curve:
                yield figures.distortion_view(shown, changed, dict(curve), distortion, strength)
        yield figures.distortion_view(shown, changed, dict(curve), distortion, strength)

    return draw


def _kept_maps(shown: np.ndarray, backbone: str, weights: str | None) -> Callable[[str], np.ndarray]:
    """The maps of a layer; those of the last few layers are kept."""
    return functools.lru_cache(maxsize=4)(lambda layer: experiments.maps_of(shown, layer, backbone, weights))
