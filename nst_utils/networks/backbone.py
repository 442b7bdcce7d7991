"""A network with its weights, asked for features of named layers.

A batch of pictures in RGB [0, 1] goes in, the feature maps of named layers come out; `losses` compares them, `engine`
optimizes the picture. The three networks of the course (VGG16, VGG19, ResNet50) exist in two widths with the same
layers under the same names: the original, and a *mini* twin with a quarter of the filters, which needs a sixteenth of
the arithmetic.
"""

import dataclasses
import functools
import math
from collections.abc import Callable, Iterable

from nst_utils.base.errors import BackboneError
from nst_utils.base.tensorflow import keras, tf
from nst_utils.networks.catalog import CATALOG, Form, check_option, nearest
from nst_utils.networks.first_blocks import POOL, first_blocks_in_strips, is_early
from nst_utils.networks.topologies import PRECISIONS, preprocessed, rebuilt


@dataclasses.dataclass(frozen=True, eq=False)
class Backbone:
    """A network with its weights, ready to be asked for features.

    Attributes
    ----------
    name : one spelling a network, as ``"vgg19"``.
    weights : the kind (``"mini"``, ``"scratch"``, ``"imagenet"``, ``"random"``, ``"mini-random"``) or the path they
        came from.
    pooling : ``"max"`` or ``"avg"``.
    model : the Keras network, RGB [0, 1] not yet translated to what it expects; see `features`.
    width : 1, or 0.25 for a mini twin.
    seed : of random weights.
    """

    name: str
    weights: str
    pooling: str
    model: "keras.Model" = dataclasses.field(repr=False)
    width: float = 1.0
    seed: int = dataclasses.field(default=0, repr=False)
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
        shapes = _output_shapes(self._cut(self.layers), side, side, self.name)
        return {name: 2 ** round(math.log2(side / shape[1])) for name, shape in shapes.items()}

    @functools.cached_property
    def reaches(self) -> dict[str, float]:
        """How many pixels to each side of its own a position of each layer sees, at most."""
        spacing, reach = {}, {}
        for layer in self.model.layers:
            before = [tensor._keras_history.operation.name for tensor in _incoming(layer)]
            gap, seen = (max((of[name] for name in before), default=start) for of, start in ((spacing, 1), (reach, 0)))
            window = getattr(layer, "kernel_size", getattr(layer, "pool_size", (1, 1)))
            step = getattr(layer, "strides", (1, 1)) if window else (1, 1)
            reach[layer.name] = seen + gap * (max(window) - 1) / 2
            spacing[layer.name] = gap * max(step)
        return {name: reach[name] for name in self.layers}

    def shapes(self, layers: Iterable[str], height: int, width: int) -> dict[str, tuple[int, int]]:
        """Height and width of the maps of layers, for a picture of this size."""
        network = self._cut(self.check_layers(layers))
        return {name: shape[1:3] for name, shape in _output_shapes(network, height, width, self.name).items()}

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
        >>> from nst_utils.networks.loading import load_backbone
        >>> backbone = load_backbone("vgg16", "mini-random")
        >>> maps = backbone.features(["block1_conv1", "block2_conv1"])(tf.zeros([1, 32, 48, 3]))
        >>> {name: tuple(values.shape) for name, values in maps.items()}
        {'block1_conv1': (1, 32, 48, 16), 'block2_conv1': (1, 16, 24, 32)}
        """
        layers = self.check_layers(layers)
        network = self._network(layers, dtype)
        mode = CATALOG[self.name].preprocessing

        def extract(pictures):
            pictures = tf.convert_to_tensor(pictures, tf.float32)
            height, width = pictures.shape[1:3]
            if height and width and min(height, width) < _ALWAYS_ENOUGH:
                _output_shapes(network, height, width, self.name)
            maps = network(preprocessed(pictures, mode), training=False)
            return {name: tf.cast(values, tf.float32) for name, values in maps.items()}

        return extract

    def features_in_strips(self, layers: str | Iterable[str], sums_of: Callable, dtype: str = "float32") -> Callable:
        """As `features`, in less memory: the first blocks of a VGG work in strips and give only sums over positions.

        ``sums_of`` takes the features of a part of a layer and gives a tuple of sums, as `Statistic.sums` does.

        Returns
        -------
        function from a tensor (1, h, w, 3) to the feature maps of later layers, and a `first_blocks.Summed` for each
        of the early ones.
        """
        layers = self.check_layers(layers)
        network = self._network((POOL, *layers), dtype)
        early = tuple(name for name in layers if is_early(name))
        later = {name: network.get_layer(name).output for name in layers if name not in early}
        blocks = first_blocks_in_strips(network, early, sums_of)
        rest = keras.Model(network.get_layer(POOL).output, later) if later else lambda pooled, training: {}
        mode = CATALOG[self.name].preprocessing

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
        return CATALOG[self.name].first_blocks

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

    def default_layers(self) -> tuple[dict[str, float], dict[str, float]]:
        """Content layers and style layers with their weights, for whoever has no further wishes.

        Networks whose layers the catalog does not name take style from the last layer at each of the strides 2, 4, 8
        and 16 (where branches meet, if they do), and content from that of stride 8.
        """
        if self._form.style_layers:
            return dict(self._form.content_layers), dict(self._form.style_layers)
        last = _last_at_each_stride(self)
        style = [last[stride] for stride in (2, 4, 8, 16) if stride in last]
        return {last.get(8, style[-1]): 1.0}, dict.fromkeys(style, 1 / len(style))

    @property
    def layer_zero(self) -> float:
        """The default share of the picture itself in the style."""
        return self._form.layer_zero

    @property
    def _form(self) -> Form:
        """What the catalog says of the network in this width."""
        network = CATALOG[self.name]
        if self.width == 1:
            return network.original or Form(0)
        return network.scratch or network.mini if self.weights == "scratch" else network.mini

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


def _incoming(layer) -> list:
    """The tensors that go into a layer."""
    return [] if not layer._inbound_nodes else list(layer._inbound_nodes[0].arguments.keras_tensors)


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
