"""The networks that look at pictures.

Floor 3: puts a topology and its weights together, and owns layers, features and presets. A batch of pictures in RGB
[0, 1] goes in, the feature maps of named layers come out; ``losses`` compares them, ``transfer`` optimizes the picture.

The three networks of the course (VGG16, VGG19, ResNet50) exist in two widths with the same layers under the same names:
the original, and a *mini* twin with a quarter of the filters, which needs a sixteenth of the arithmetic.
"""

import dataclasses
import functools
import html
import math
import os
import textwrap
from collections.abc import Callable, Iterable
from pathlib import Path

from nst_utils.base.errors import BackboneError
from nst_utils.base.tensorflow import keras, tf
from nst_utils.networks.strips import POOL, first_blocks_in_strips, is_early
from nst_utils.networks.topologies import (
    MINI,
    POOLINGS,
    PRECISIONS,
    PREPROCESSING,
    check_option,
    nearest,
    network_names,
    preprocessed,
    rebuilt,
    topology,
)
from nst_utils.networks.weights import (
    KINDS,
    MINI_WIDTH,
    fill,
    keras_models,
    mini_arrays,
    mini_path,
    network_from_file,
    original_network,
    randomize,
    with_names_and_pooling,
)

_session_weights: str | None = None  # what `use` has set


@dataclasses.dataclass(frozen=True, eq=False)
class Backbone:
    """A network with its weights, ready to be asked for features.

    Attributes
    ----------
    name : one spelling a network, as ``"vgg19"``.
    weights : the kind (``"mini"``, ``"imagenet"``, ``"random"``, ``"mini-random"``) or the path they came from.
    pooling : ``"max"`` or ``"avg"``.
    model : the Keras network, RGB [0, 1] not yet translated to what it expects; see `features`.
    width : 1, or 0.25 for a mini twin.
    """

    name: str
    weights: str
    pooling: str
    model: "keras.Model" = dataclasses.field(repr=False)
    width: float = 1.0
    _copies: dict = dataclasses.field(default_factory=dict, repr=False)

    @functools.cached_property
    def layers(self) -> tuple[str, ...]:
        """Names of all layers that give a map of features, from the first to the last."""
        return tuple(layer.name for layer in self.model.layers if _is_feature_map(layer))

    @functools.cached_property
    def channels(self) -> dict[str, int]:
        """Number of features of each layer."""
        return {name: self.model.get_layer(name).output.shape[-1] for name in self.layers}

    @functools.cached_property
    def strides(self) -> dict[str, int]:
        """How many pixels of the picture lie between two positions of each layer, a power of two."""
        side = 4096  # large, so that networks without padding round to the same power
        shapes = _output_shapes(self._cut(self.layers), side, side)
        return {name: 2 ** round(math.log2(side / shape[1])) for name, shape in shapes.items()}

    def check_layers(self, layers: str | Iterable[str]) -> tuple[str, ...]:
        """The layers, each once; an unknown name raises an error with the nearest ones."""
        layers = (layers,) if isinstance(layers, str) else tuple(dict.fromkeys(layers))
        if not layers:
            raise BackboneError(f"No layers asked of {self.name}; for instance {self.layers[0]}.")
        for layer in layers:
            if layer not in self.layers:
                ends = f"It has {len(self.layers)}, from {self.layers[0]} to {self.layers[-1]}"
                names = f"{ends}; nst.load_backbone({self.name!r}).layers names them all"
                raise BackboneError(f"{self.name} has no layer {layer!r}. {nearest(str(layer), self.layers, names)}")
        return layers

    def features(self, layers: str | Iterable[str], dtype: str = "float32") -> Callable:
        """A function from a batch of pictures to the feature maps of the named layers.

        The network is cut after the last of them. The function is plain TensorFlow: differentiable, any size, fit for
        ``tf.function``. It begins with the preprocessing of the original, which mini twins share.

        Parameters
        ----------
        layers : names out of ``self.layers``.
        dtype : the precision of the convolutions; in ``"bfloat16"`` and ``"float16"`` they run on a copy of the
            weights. Features are float32 in any case.

        Returns
        -------
        function from a tensor (n, h, w, 3), RGB in [0, 1], to a dict of layer name to tensor (n, h', w', channels).

        Examples
        --------
        >>> backbone = load_backbone("vgg16", "mini-random")
        >>> maps = backbone.features(["block1_conv1", "block2_conv1"])(tf.zeros([1, 32, 48, 3]))
        >>> {name: tuple(values.shape) for name, values in maps.items()}
        {'block1_conv1': (1, 32, 48, 16), 'block2_conv1': (1, 16, 24, 32)}
        """
        layers = self.check_layers(layers)
        network = self._network(layers, dtype)
        mode = PREPROCESSING[self.name]

        def extract(pictures):
            pictures = tf.convert_to_tensor(pictures, tf.float32)
            height, width = pictures.shape[1:3]
            if height and width and min(height, width) < _ALWAYS_ENOUGH:
                _output_shapes(network, height, width, self.name)
            maps = network(preprocessed(pictures, mode), training=False)
            return {name: tf.cast(values, tf.float32) for name, values in maps.items()}

        return extract

    def features_in_strips(self, layers: str | Iterable[str], dtype: str = "float32") -> Callable:
        """As `features`, in less memory: the first blocks of a VGG work in strips and give only Gram matrices.

        Returns
        -------
        function from a tensor (1, h, w, 3) to the feature maps of later layers, and a `strips.Summed` for each of the
        early ones; the same values as in one piece.
        """
        layers = self.check_layers(layers)
        network = self._network((POOL, *layers), dtype)
        early = tuple(name for name in layers if is_early(name))
        later = {name: network.get_layer(name).output for name in layers if name not in early}
        blocks = first_blocks_in_strips(network, early)
        rest = keras.Model(network.get_layer(POOL).output, later) if later else lambda pooled, training: {}
        mode = PREPROCESSING[self.name]

        def extract(picture):
            pooled, sums = blocks(preprocessed(picture, mode))
            maps = rest(pooled, training=False)
            return (
                {name: tf.cast(values, tf.float32) for name, values in maps.items()},
                dict(zip(early, sums, strict=True)),
            )

        return extract

    @property
    def works_in_strips(self) -> bool:
        """Whether `features_in_strips` knows this network."""
        return self.name in ("vgg16", "vgg19")

    def _network(self, layers: tuple[str, ...], dtype: str):
        """The network cut after the last of the layers, in the precision asked for; not to be trained."""
        check_option("dtype", dtype, PRECISIONS)
        network = self._cut(layers, None if dtype == "float32" else self._in_precision(dtype))
        network.trainable = False
        return network

    def _in_precision(self, dtype: str):
        """A copy of the whole network in half precision; one serves all that are cut from it."""
        if dtype not in self._copies:
            with tf.init_scope():  # asked for while a graph is traced, the copy's weights are still values
                copy = rebuilt(self.model, dtype=dtype)
                copy.set_weights(self.model.get_weights())
            self._copies[dtype] = copy
        return self._copies[dtype]

    def activation_bytes(self, layers: str | Iterable[str], height: int, width: int, dtype: str = "float32") -> int:
        """Bytes that the activations of the cut network take for one picture, forward and backward.

        Kept for the backward pass are the named layers and what leaves a nonlinearity; convolutions with fixed kernels,
        normalizations and average poolings need nothing of what they saw. Three times the largest output is on its way
        meanwhile: a convolution before its bias, the gradients on both sides of a layer.
        """
        check_option("dtype", dtype, PRECISIONS)
        layers = self.check_layers(layers)
        passed = [layer for layer in self._cut(layers).layers if _is_feature_map(layer)]
        shapes = _output_shapes(self._cut([layer.name for layer in passed]), height, width, self.name)
        sizes = {name: math.prod(shape) for name, shape in shapes.items()}
        kept = sum(sizes[layer.name] for layer in passed if layer.name in layers or _is_nonlinear(layer))
        return (kept + 3 * max(sizes.values())) * (4 if dtype == "float32" else 2)

    def smallest_side(self, layers: str | Iterable[str]) -> int:
        """The fewest pixels a side of the picture may have for each of the layers to keep one position."""
        return _smallest_side(self._cut(self.check_layers(layers)))

    def _cut(self, layers: Iterable[str], model: "keras.Model | None" = None) -> "keras.Model":
        model = model or self.model
        return keras.Model(model.inputs[0], {name: model.get_layer(name).output for name in layers})


_ALWAYS_ENOUGH = 96  # no network of keras.applications needs more; Inception V3 needs 75


def _is_feature_map(layer) -> bool:
    shape = getattr(layer.output, "shape", ())
    return len(shape) == 4 and shape[1] != 1 and not isinstance(layer, keras.layers.InputLayer)


def _is_nonlinear(layer) -> bool:
    if isinstance(layer, keras.layers.MaxPooling2D | keras.layers.ReLU):
        return True
    return getattr(layer, "activation", None) not in (None, keras.activations.linear)


def _output_shapes(network, height: int, width: int, name: str = "") -> dict[str, tuple]:
    """Shapes of the network's outputs for one picture, without running it."""
    try:
        shapes = network.compute_output_shape((1, height, width, 3))
        if min(min(shape) for shape in shapes.values()) > 0:
            return shapes
    except ValueError:  # a window larger than what is left
        pass
    last = list(network.output_names)[-1]
    raise BackboneError(
        f"A picture of {width} x {height} pixels is too small for layer {last} of {name}, "
        f"which needs {_smallest_side(network)} a side. Take a larger picture or an earlier layer."
    )


def _smallest_side(network) -> int:
    def enough(side: int) -> bool:
        try:
            return min(min(shape) for shape in network.compute_output_shape((1, side, side, 3)).values()) > 0
        except ValueError:
            return False

    low, high = 0, 1 if enough(1) else _ALWAYS_ENOUGH  # networks that pad take a single pixel
    while high - low > 1:
        side = (low + high) // 2
        low, high = (low, side) if enough(side) else (side, high)
    return high


def load_backbone(name: str = "vgg19", weights: str | None = None, *, pooling: str = "avg", seed: int = 0) -> Backbone:
    """A backbone by name.

    Parameters
    ----------
    name : ``"vgg16"``, ``"vgg19"``, ``"resnet50"``, or another network of ``keras.applications`` as
        ``"inception_v3"`` or ``"efficientnet_b0"``. Case, hyphens and underscores do not matter. Several, joined as
        in ``"vgg19+resnet50"``, look together: a `mixed.Mixed` with layers named ``"vgg19/block1_conv1"``.
    weights :
        - ``"mini"``: the quarter-width twin that this project trained; comes with the package.
        - ``"imagenet"``: the original, through ``keras.applications``; downloaded once.
        - ``"random"``: the original's width with He's start values drawn from ``seed``; ``"mini-random"`` is the same
          for the quarter-width twin.
        - a path: Keras' own ``.h5`` or ``.weights.h5`` of the original, or an ``.npz`` of this package.
        - ``None``: what `use` has set, else the environment variable ``NST_WEIGHTS``, else ``"mini"``.
    pooling : ``"avg"`` (smoother pictures: Gatys, Ecker, Bethge, CVPR 2016, section 2) or ``"max"`` as in the original.
    seed : for random weights; the same seed gives the same weights.

    Examples
    --------
    >>> load_backbone("VGG-19", "mini-random")
    Backbone(name='vgg19', weights='mini-random', pooling='avg', width=0.25)
    """
    names = network_names(name)
    check_option("pooling", pooling, POOLINGS)
    weights = weights_kind(weights)
    if len(names) > 1:
        from nst_utils.networks.mixed import Mixed  # which stands on this module

        if weights not in KINDS:
            raise BackboneError(
                f"{name} has no weights {weights!r}: a file holds one network. "
                f"Choose one of {', '.join(KINDS)} for all of them."
            )
        return Mixed(tuple(load_backbone(each, weights, pooling=pooling, seed=seed) for each in names))
    (name,) = names
    if weights in ("mini", "mini-random") and name not in MINI:
        raise BackboneError(
            f"No {weights} weights for {name}: only {', '.join(MINI)} have a mini twin. "
            'Choose weights "imagenet" or "random" for it.'
        )
    origin = {"mini": mini_path(name), "imagenet": keras_models()}.get(weights, Path(weights))
    changed = origin.stat().st_mtime_ns if origin.is_file() else None
    return _loaded(name, weights, pooling, seed if "random" in weights else 0, (origin, changed))


@functools.lru_cache(maxsize=4)
def _loaded(name: str, weights: str, pooling: str, seed: int, origin: tuple) -> Backbone:
    """The network, kept for the next caller; ``origin`` is its file and when that changed last."""
    width = MINI_WIDTH if weights in ("mini", "mini-random") else 1.0
    if weights == "mini":
        arrays = mini_arrays(name)
        model = topology(name, width, pooling)
        fill(model, arrays, mini_path(name))
    elif weights == "imagenet":
        model = with_names_and_pooling(name, original_network(name), pooling)
    elif weights in KINDS:
        model = topology(name, width, pooling)
        randomize(model, seed)
    else:
        model, width = network_from_file(name, pooling, Path(weights))
    model.trainable = False
    return Backbone(name, weights, pooling, model, width)


def use(weights: str | os.PathLike | None) -> None:
    """Set the weights that `load_backbone` takes when none are named; ``None`` goes back to the start.

    Examples
    --------
    >>> use("imagenet")
    >>> use(None)
    """
    global _session_weights
    _session_weights = None if weights is None else _checked_kind(weights)


def weights_kind(weights: str | os.PathLike | None) -> str:
    if weights is not None:
        return _checked_kind(weights)
    if _session_weights is not None:
        return _session_weights
    return _checked_kind(os.environ.get("NST_WEIGHTS") or "mini", "NST_WEIGHTS=")


def _checked_kind(weights: str | os.PathLike, origin: str = "weights ") -> str:
    """One of ``KINDS`` or a path, as a string."""
    kind = os.fspath(weights)
    spelled = kind.lower().replace("_", "-")
    if spelled in KINDS:
        return spelled
    if Path(kind).suffix in (".h5", ".npz") or Path(kind).exists():
        return kind
    raise BackboneError(
        f"No {origin}{kind!r}. Choose from {', '.join(KINDS)}, or a path that ends in .npz, .h5 or .weights.h5."
    )


# --- Layers worth choosing --------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Preset:
    """Layers that a publication used."""

    backbone: str
    content_layers: tuple[str, ...]
    style_layers: tuple[str, ...]
    source: str


_FIRST_OF_BLOCK = ("block1_conv1", "block2_conv1", "block3_conv1", "block4_conv1", "block5_conv1")

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

# Content and style layers with their weights, by (network, mini?). Deep style layers weigh more for larger strokes;
# the mini twins take content from a shallower layer, which keeps outlines that their block 4 has lost.
_VGG_STYLE = dict(zip(_FIRST_OF_BLOCK, (0.1, 0.15, 0.25, 0.25, 0.25), strict=True))
_RESNET_STYLE = dict.fromkeys(("conv1_relu", "conv2_block3_out", "conv3_block4_out", "conv4_block6_out"), 0.25)
_DEFAULT_LAYERS = {
    ("vgg16", True): ({"block3_conv2": 1.0}, _VGG_STYLE),
    ("vgg19", True): ({"block3_conv2": 1.0}, _VGG_STYLE),
    ("resnet50", True): ({"conv3_block4_out": 1.0}, _RESNET_STYLE),
    ("vgg16", False): ({"block4_conv2": 1.0}, _VGG_STYLE),
    ("vgg19", False): ({"block4_conv2": 1.0}, _VGG_STYLE),
    ("resnet50", False): ({"conv3_block4_out": 1.0}, _RESNET_STYLE),
}


def default_layers(backbone: Backbone) -> tuple[dict[str, float], dict[str, float]]:
    """Content layers and style layers with their weights, for a backbone without further wishes.

    Networks without an entry of their own take style from the last layer at each of the strides 2, 4, 8 and 16 (where
    branches meet, if they do), and content from that of stride 8.

    Examples
    --------
    >>> default_layers(load_backbone("resnet50", "mini-random"))[0]
    {'conv3_block4_out': 1.0}
    """
    if backbone.name not in PREPROCESSING:
        return backbone.default_layers()  # several networks
    chosen = _DEFAULT_LAYERS.get((backbone.name, backbone.width != 1))
    if chosen is None:
        last = _last_at_each_stride(backbone)
        style = [last[stride] for stride in (2, 4, 8, 16) if stride in last]
        chosen = {last.get(8, style[-1]): 1.0}, dict.fromkeys(style, 1 / len(style))
    return dict(chosen[0]), dict(chosen[1])


def _last_at_each_stride(backbone: Backbone) -> dict[int, str]:
    """By stride, the last sum or concatenation of branches (after its ReLU), or else the last activation or conv."""
    kinds = {name: type(backbone.model.get_layer(name)).__name__ for name in backbone.layers}
    last, meeting = {}, {}
    for name, following in zip(backbone.layers, (*backbone.layers[1:], None), strict=True):
        stride = backbone.strides[name]
        if kinds[name] in ("Activation", "ReLU", "Conv2D"):
            last[stride] = name
        elif kinds[name] in ("Add", "Concatenate"):
            meeting[stride] = following if kinds.get(following) in ("Activation", "ReLU") else name
    return last | meeting


# --- The table of what there is ---------------------------------------------------------------------------------------

# Parameters without classifier, in full and in quarter width (moving statistics of batch normalization included).
_PARAMETERS = {
    "vgg16": (14_714_688, 920_784),
    "vgg19": (20_024_384, 1_252_880),
    "resnet50": (23_587_712, 1_500_896),
    "inception_v3": (21_802_784, None),
    "efficientnet_b0": (4_049_571, None),
}


@dataclasses.dataclass(frozen=True)
class BackboneRow:
    """One line of `backbones`: a network in one width."""

    name: str
    width: float
    offline: tuple[str, ...]  # kinds of weights that need no download
    parameters: int
    megabytes: float  # of its weights as float32, in memory
    content_layers: tuple[str, ...]
    style_layers: tuple[str, ...]


class Backbones(tuple):
    """The networks of the course as a table; prints as text, shows as HTML in a notebook."""

    _HEAD = ("backbone", "width", "offline", "parameters", "MB", "content layers", "style layers")

    def _cells(self) -> list[tuple[str, ...]]:
        return [
            (
                row.name,
                f"{row.width:g}",
                " ".join(row.offline),
                f"{row.parameters / 1e6:.1f} M",
                f"{row.megabytes:.0f}",
                " ".join(row.content_layers) or "by stride",
                " ".join(row.style_layers) or "by stride",
            )
            for row in self
        ]

    def __str__(self) -> str:
        lines = [self._HEAD, *self._cells()]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        text = [
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
        ]
        others = textwrap.wrap(f"Also by name, in full width: {', '.join(_others())}", 100)
        return "\n".join([*text, *others])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        def line(tag, cells):
            return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"

        body = "".join(line("td", cells) for cells in self._cells())
        others = html.escape(", ".join(_others()))
        return f"<table>{line('th', self._HEAD)}{body}</table><p>Also by name, in full width: {others}</p>"


def _others() -> list[str]:
    return [name for name in PREPROCESSING if name not in _PARAMETERS]


def backbones() -> Backbones:
    """The networks, the weights that are there without a download, and their default layers.

    Examples
    --------
    >>> [row.name for row in backbones() if row.width == 1]
    ['vgg16', 'vgg19', 'resnet50', 'inception_v3', 'efficientnet_b0']
    """
    rows = []
    for name, counts in _PARAMETERS.items():
        for width, count in zip((1.0, MINI_WIDTH), counts, strict=True):
            if count is None:
                continue
            mini = width != 1
            offline = ["mini-random" if mini else "random"]
            if mini and mini_path(name).is_file():
                offline.insert(0, "mini")
            if not mini and any(keras_models().glob(f"{name.replace('_', '*')}*notop*")):
                offline.insert(0, "imagenet")
            content, style = _DEFAULT_LAYERS.get((name, mini), ({}, {}))
            rows.append(BackboneRow(name, width, tuple(offline), count, count * 4 / 1e6, tuple(content), tuple(style)))
    return Backbones(rows)
