"""The widget of lesson 02: the Gram matrix of a layer, and the two maps that one of its entries comes from."""

import functools
from dataclasses import dataclass

import numpy as np

from nst_utils.base.errors import SettingError
from nst_utils.base.tensorflow import tf
from nst_utils.images.opening import picture
from nst_utils.losses.statistics import gram_matrix
from nst_utils.plots import OKABE_ITO, Figure, described_figure
from nst_utils.widgets.explorer import Explorer
from nst_utils.widgets.features import SIDE, channels_of, explorable_layers, kept_maps
from nst_utils.widgets.panel import choice, slider


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
    layers = explorable_layers(backbone, weights, layer)
    return GramHeatMap(picture(shown, size), backbone, weights, layers, layer)


class GramHeatMap(Explorer):
    """A layer, and two channels of it."""

    def __init__(self, shown: np.ndarray, backbone: str, weights: str | None, layers: list[str], layer: str):
        maps = kept_maps(shown, backbone, weights)
        gram = functools.lru_cache(maxsize=8)(lambda layer: gram_of(maps(layer)))

        def draw(layer: str, i: int, j: int):
            seen = maps(layer)
            i, j = (min(index, seen.shape[-1] - 1) for index in (i, j))
            return gram_view(gram(layer), pair_of_channels(seen, i, j), i, j, layer)

        self._channels = channels_of(backbone, weights)
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


@dataclass(frozen=True)
class Pair:
    """Two channels of a layer: their maps, their product, and what the Gram matrix holds of them."""

    first: np.ndarray
    second: np.ndarray
    product: np.ndarray
    value: float
    cosine: float


def pair_of_channels(maps: np.ndarray, i: int, j: int) -> Pair:
    """Channels i and j of maps (h, w, channels); ``value`` is the mean of their product, the Gram matrix's G_ij.

    Examples
    --------
    >>> pair = pair_of_channels(np.array([[[1.0, 2.0], [3.0, 0.0]]]), 0, 1)
    >>> pair.product.tolist(), pair.value
    ([[2.0, 0.0]], 1.0)
    """
    channels = maps.shape[-1]
    for name, index in (("i", i), ("j", j)):
        if not 0 <= index < channels:
            raise SettingError(f"{name} is {index}; the layer has channels 0 to {channels - 1}.")
    first, second = maps[..., i], maps[..., j]
    product = first * second
    lengths = float(np.sqrt(np.mean(first**2) * np.mean(second**2)))
    value = float(np.mean(product))
    return Pair(first, second, product, value, value / lengths if lengths else 0.0)


def gram_of(maps: np.ndarray) -> np.ndarray:
    """The Gram matrix (channels, channels) of maps (h, w, channels), as the lessons define it."""
    return gram_matrix(tf.constant(maps[None])).numpy()[0]


def gram_view(gram: np.ndarray, pair: Pair, i: int, j: int, layer: str) -> Figure:
    """The Gram matrix of a layer with one entry marked, and where that entry comes from: two maps and their product."""
    from matplotlib.colors import AsinhNorm
    from matplotlib.patches import Rectangle

    title = f"$G_{{{i},{j}}}$ = {pair.value:.3g}: the mean of the product of two maps (cosine {pair.cosine:.2f})"
    says = f"The Gram matrix of {layer} with entry {i}, {j} marked; the maps of channels {i} and {j}; their product."
    figure = described_figure(title, says, figsize=(12, 3.4))
    row = figure.subplots(1, 4, gridspec_kw={"width_ratios": [1.25, 1, 1, 1]})
    highest = max(float(np.max(gram)), 1e-9)
    row[0].imshow(gram, cmap="viridis", norm=AsinhNorm(highest / 10, min(0.0, float(np.min(gram))), highest))
    for down, across in {(i, j), (j, i)}:
        frame = Rectangle((across - 0.5, down - 0.5), 1, 1, fill=False, edgecolor=OKABE_ITO[1], linewidth=2)
        row[0].add_patch(frame)
        row[0].plot(across, down, "o", markersize=13, fillstyle="none", color=OKABE_ITO[1], markeredgewidth=1.5)
    row[0].set(xlabel="channel j", ylabel="channel i")
    row[0].set_title(f"Gram matrix of {layer}")
    shown = {f"channel {i}": pair.first, f"channel {j}": pair.second, "their product": pair.product}
    for axes, (name, one) in zip(row[1:], shown.items(), strict=True):
        axes.imshow(one, vmin=0, vmax=max(float(np.percentile(one, 99.5)), 1e-6), cmap="viridis")
        axes.set_title(name)
        axes.set_axis_off()
    return figure
