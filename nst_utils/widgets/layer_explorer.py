"""The widget of lesson 01: what each channel of each layer answers to a picture."""

import numpy as np

from nst_utils.images.opening import picture
from nst_utils.plots import Figure, channel_maps
from nst_utils.widgets.explorer import Explorer
from nst_utils.widgets.features import SIDE, channels_of, explorable_layers, kept_maps
from nst_utils.widgets.panel import slider, steps


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
    layers = explorable_layers(backbone, weights, layer)
    return LayerExplorer(picture(shown, size), backbone, weights, layers, layer or layers[len(layers) // 3], channel)


class LayerExplorer(Explorer):
    """A slider through the layers, and one through the channels of the layer."""

    def __init__(
        self, shown: np.ndarray, backbone: str, weights: str | None, layers: list[str], layer: str, channel: int
    ):
        maps = kept_maps(shown, backbone, weights)

        def draw(layer: str, channel: int):
            seen = maps(layer)
            return layer_view(shown, seen, layer, min(channel, seen.shape[-1] - 1))

        self._channels = channels_of(backbone, weights)
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


def layer_view(shown: np.ndarray, maps: np.ndarray, layer: str, channel: int) -> Figure:
    """A picture, one channel of a layer, and the mean of all its channels.

    Examples
    --------
    >>> maps = np.zeros((4, 6, 2)); maps[:2, :, 1] = 1
    >>> layer_view(np.zeros((8, 12, 3)), maps, "block2_conv1", 1).get_suptitle()
    'block2_conv1 has 2 channels of 6 x 4; channel 1 fires at 50% of the positions'
    """
    height, width, count = maps.shape
    one = maps[..., channel]
    fires = float(np.mean(one > 0.1 * max(float(one.max()), 1e-6)))
    return channel_maps(
        {"picture": shown, f"channel {channel}": one, f"mean of all {count}": maps.mean(axis=-1)},
        f"{layer} has {count} channels of {width} x {height}; channel {channel} fires at {fires:.0%} of the positions",
    )
