"""The networks that look at pictures.

Floor 2: owns the names, layers, weights, preprocessing and presets of the backbones. A batch of pictures in RGB [0, 1]
goes in, the feature maps of named layers come out; ``losses`` compares them, ``transfer`` optimizes the picture.

The three networks of the course (VGG16, VGG19, ResNet50) exist in two widths with the same layers under the same names:
the original, and a *mini* twin with a quarter of the filters, which needs a sixteenth of the arithmetic.
"""

import contextlib
import dataclasses
import difflib
import functools
import hashlib
import html
import io
import json
import math
import os
import re
import socket
import sys
import textwrap
import types
import warnings
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from nst_utils.errors import BackboneError
from nst_utils.storage import DATA, written_whole
from nst_utils.strips import POOL, first_blocks_in_strips, is_early
from nst_utils.tensors import keras, tf

MINI = ("vgg16", "vgg19", "resnet50")
MINI_WIDTH = 0.25
KINDS = ("mini", "imagenet", "random", "mini-random")
POOLINGS = ("max", "avg")
PRECISIONS = ("float32", "bfloat16", "float16")
DOWNLOAD_TIMEOUT = 15  # seconds without a byte

# What each network of keras.applications wants to see, by the name of its mode in `imagenet_utils.preprocess_input`;
# "raw" networks take 0..255 and scale inside.
_PREPROCESSING = {
    "caffe": "vgg16 vgg19 resnet50 resnet101 resnet152",
    "tf": "resnet50_v2 resnet101_v2 resnet152_v2 inception_v3 inception_resnet_v2 xception mobilenet mobilenet_v2",
    "torch": "densenet121 densenet169 densenet201",
    "raw": "efficientnet_b0 efficientnet_b1 efficientnet_b2 efficientnet_b3 efficientnet_b4 efficientnet_b5 "
    "efficientnet_b6 efficientnet_b7 efficientnet_v2_b0 efficientnet_v2_b1 efficientnet_v2_b2 efficientnet_v2_b3 "
    "efficientnet_v2_s efficientnet_v2_m efficientnet_v2_l mobilenet_v3_small mobilenet_v3_large "
    "convnext_tiny convnext_small convnext_base convnext_large convnext_xlarge",
}
PREPROCESSING = {name: mode for mode, names in _PREPROCESSING.items() for name in names.split()}

_session_weights: str | None = None  # what `use` has set


# --- Topologies -------------------------------------------------------------------------------------------------------


def topology(
    name: str, width: float = 1.0, pooling: str = "max", input_shape: tuple = (None, None, 3)
) -> "keras.Model":
    """The network of ``keras.applications`` without its classifier and without trained weights.

    Layers and names are Keras' own, because the original is built and then cloned.

    Parameters
    ----------
    name : a network's name, as ``"vgg19"``.
    width : 1 for the original, 0.25 for a quarter of the filters in each convolution (VGG16, VGG19 and ResNet50 only).
    pooling : ``"max"`` as in the original, or ``"avg"``: each max pooling becomes an average over the same window.
    input_shape : height, width (``None``: any) and the three channels.

    Examples
    --------
    >>> topology("vgg19", width=0.25).get_layer("block1_conv1").filters
    16
    """
    name = _network_name(name)
    if width != 1 and name not in MINI:
        raise BackboneError(f"{name} exists in full width only; {', '.join(MINI)} have a quarter-width twin.")
    _check_option("pooling", pooling, POOLINGS)
    return _rebuilt(_outline(name, input_shape), width, pooling, keras.config.dtype_policy().name)


def _outline(name: str, input_shape: tuple = (None, None, 3)) -> "keras.Model":
    """The original with shapes but no values in its variables, for a tenth of the time that VGG19 needs with them.

    Variables made in a stateless scope wait for their values in a list that each thread has for itself; in a thread
    that ends here they wait for ever. The thread also has its own count of layers, so that "activation_7" of
    Inception V3 is the same layer each time.
    """

    def drawn():
        with keras.StatelessScope(initialize_variables=False):
            return _builder(name)(include_top=False, weights=None, input_shape=input_shape)

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(drawn).result()


def _rebuilt(
    model, width: float = 1.0, pooling: str = "max", dtype: str = "float32", names: Mapping[str, str] | None = None
) -> "keras.Model":
    """The same network with new variables: other width, pooling, precision, or names of layers."""

    def layer_like(layer):
        if not isinstance(layer, keras.layers.Layer):  # an operation such as the sums of MobileNet V3
            return layer
        config = layer.get_config()
        config["name"] = (names or {}).get(layer.name, layer.name)
        # In half precision the convolutions keep half-precision kernels; the rest only computes in it.
        config["dtype"] = f"mixed_{dtype}" if dtype in PRECISIONS[1:] and "kernel_size" not in config else dtype
        kind = type(layer)
        if "filters" in config:
            config["filters"] = int(config["filters"] * width)
        if pooling == "avg" and isinstance(layer, keras.layers.MaxPooling2D):
            kind = keras.layers.AveragePooling2D
        return kind.from_config(config)

    return keras.models.clone_model(model, clone_function=layer_like)


def _builder(name: str) -> Callable:
    functions = {key.lower(): value for key, value in vars(keras.applications).items() if callable(value)}
    return functions[name.replace("_", "")]


def _network_name(name: str) -> str:
    """The one spelling of a network's name; ``"VGG-19"`` is ``"vgg19"``."""
    spelled = {known.replace("_", ""): known for known in PREPROCESSING}
    wanted = re.sub(r"[-_ ]", "", str(name).lower())
    if wanted not in spelled:
        raise BackboneError(f"No backbone {name!r}. {_nearest(wanted, spelled.values(), 'vgg19 is the default')}")
    return spelled[wanted]


def _nearest(word: str, known: Iterable[str], otherwise: str = "") -> str:
    found = difflib.get_close_matches(word, list(known), n=4, cutoff=0.5)
    return f"Nearest: {', '.join(found)}." if found else f"{otherwise}." if otherwise else ""


# --- Weights files ----------------------------------------------------------------------------------------------------


def save_weights(model: "keras.Model", path: str | os.PathLike, about: dict) -> Path:
    """Write a network's weights as arrays ``"<layer>/<variable>"`` into an ``.npz``, with ``about`` as JSON.

    Kernels become float16, half the size; vectors stay float32, since variances leave the range of float16.
    """
    arrays = {}
    for key, variable in _variables(model):
        array = np.asarray(variable.numpy(), dtype=np.float32)
        with np.errstate(over="ignore"):
            arrays[key] = array.astype(np.float16) if array.ndim > 1 else array
        if not np.isfinite(arrays[key]).all():
            raise BackboneError(f"{key} of {model.name} has values that are not finite in float16; nothing is written.")
    about_bytes = np.frombuffer(json.dumps(about).encode(), np.uint8)
    with written_whole(path) as beside, beside.open("wb") as file:
        np.savez(file, about=about_bytes, **arrays)
    return Path(path)


def load_weights(model: "keras.Model", path: str | os.PathLike) -> dict:
    """Fill a network from a file that ``save_weights`` wrote; returns what the file says about itself."""
    arrays, about = _read_arrays(Path(path), _read_bytes(Path(path)))
    _fill(model, arrays, Path(path))
    return about


def _variables(model) -> list[tuple[str, object]]:
    return [(f"{layer.name}/{variable.name}", variable) for layer in model.layers for variable in layer.variables]


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BackboneError(
            f"Weights file {path} cannot be read: {error.strerror or error}.\nGive another path."
        ) from error


def _read_arrays(path: Path, content: bytes) -> tuple[dict[str, np.ndarray], dict]:
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            arrays = dict(file)
        about = json.loads(arrays.pop("about").tobytes())
    except Exception as error:  # zipfile, zlib and numpy have a dozen ways to say "damaged"
        raise BackboneError(
            f"Weights file {path} is damaged or not one of ours ({type(error).__name__}: {error}).\n"
            "Fetch or train it again, or choose other weights."
        ) from error
    return arrays, about


def _fill(model, arrays: Mapping[str, np.ndarray], path: Path) -> None:
    variables = dict(_variables(model))
    found = {key: array.shape for key, array in arrays.items()}
    needed = {key: tuple(variable.shape) for key, variable in variables.items()}
    for key in [*needed, *found]:
        if found.get(key) != needed.get(key):
            raise BackboneError(
                f"Weights file {path} does not fit {model.name}: {key} has shape {found.get(key)}, needed is "
                f"{needed.get(key)}.\nChoose the backbone it was made for, or other weights."
            )
    for key, variable in variables.items():
        variable.assign(arrays[key].astype(np.float32))


def _mini_path(name: str) -> Path:
    return DATA / "backbones" / f"mini_{name}.npz"


def _mini_weights(name: str) -> dict[str, np.ndarray]:
    """The arrays of ``data/backbones/mini_<name>.npz``, after its checksum."""
    path = _mini_path(name)
    remedy = 'Install nst_utils again, or choose weights "imagenet", "random" or a path.'
    if not path.is_file():
        raise BackboneError(f"The mini weights of {name} are not there: {path}.\n{remedy}")
    content = _read_bytes(path)
    sums = path.with_name("SHA256SUMS")
    line = f"{hashlib.sha256(content).hexdigest()}  {path.name}"
    if not sums.is_file() or line not in sums.read_text().splitlines():
        raise BackboneError(f"The mini weights of {name} are damaged: {path} differs from {sums.name}.\n{remedy}")
    return _read_arrays(path, content)[0]


def _randomize(model, seed: int) -> None:
    """He's start values: normal with variance 2 / fan-in for kernels; biases and normalizations stay as Keras has them.

    He, Zhang, Ren, Sun, "Delving deep into rectifiers", ICCV 2015.
    """
    generator = np.random.default_rng(seed)
    for layer in model.layers:
        for variable in layer.variables:
            shape = tuple(variable.shape)
            if len(shape) == 4:
                depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)
                fan_in = math.prod(shape[:2] if depthwise else shape[:3])
                kernel = generator.standard_normal(shape, dtype=np.float32)
                variable.assign(kernel * np.float32(math.sqrt(2 / fan_in)))


# --- The originals, from the network or from a file -------------------------------------------------------------------


class _KerasTalk(io.TextIOBase):
    """Stands for stdout while Keras fetches: what it announces comes out only when its progress bar begins to move."""

    def __init__(self, out):
        self.out, self.said, self.moving = out, "", False

    def write(self, text: str) -> int:
        if text.endswith("\n") and "data" in text:  # "Downloading data from ...", "A local file was found ... data."
            self.said += text
        elif self.out is not None:
            self.out.write(text if self.moving else self.said + text)
            self.out.flush()
            self.moving = True
        return len(text)


@contextlib.contextmanager
def _socket_timeout(seconds: float):
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _original(name: str) -> "keras.Model":
    """The ImageNet network through ``keras.applications``, which downloads it once and checks it."""
    talk = _KerasTalk(sys.stderr)
    try:
        # Keras sets no time limit: without one, a network that swallows packets holds for minutes.
        with _socket_timeout(DOWNLOAD_TIMEOUT), contextlib.redirect_stdout(talk), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # MobileNet: "weights for input shape (224, 224) will be loaded"
            return _builder(name)(include_top=False, weights="imagenet", input_shape=(None, None, 3))
    except Exception as error:  # Keras raises bare Exception for a failed download
        address = re.search(r"https?://\S+/(\S+?\.(?:h5|keras))", talk.said + str(error))
        file = address[1] if address else "the weights file"
        folder = _keras_models()
        trouble = "cannot be downloaded" if "Downloading data" in talk.said else "cannot be loaded"
        if "A local file was found" in talk.said:
            trouble = "was damaged and cannot be downloaded again"
        elif "corrupted" in str(error):
            trouble = "arrived damaged"
            (folder / file).unlink(missing_ok=True)  # Keras would leave it there
        raise BackboneError(
            f"The ImageNet weights of {name}: {file} {trouble}: {' '.join(str(error).split())}.\n"
            f'Put the file into {folder}, or choose weights "mini"'
            f"{'' if name in MINI else ' (' + ', '.join(MINI) + ')'} or a path to a weights file."
        ) from error


def _with_names_and_pooling(name: str, original, pooling: str) -> "keras.Model":
    """The original under the names that `topology` gives, in any process, with the wanted pooling."""
    old, new = ([layer.name for layer in model.layers] for model in (original, _outline(name)))
    names = dict(zip(old, new, strict=True)) if len(old) == len(new) else {}  # EfficientNet has one layer more
    model = _rebuilt(original, pooling=pooling, names=names)
    model.set_weights(original.get_weights())
    return model


def _keras_models() -> Path:
    return Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser() / "models"


def _from_file(name: str, pooling: str, path: Path) -> tuple["keras.Model", float]:
    """A network with the weights of a file, ours (``.npz``, either width) or Keras' own, and its width."""
    if not path.is_file():
        raise BackboneError(f"No weights file {path}.\nGive another path, or one of {', '.join(KINDS)}.")
    if path.suffix == ".npz":
        arrays, _ = _read_arrays(path, _read_bytes(path))
        narrowest = min((array.shape[-1] for array in arrays.values() if array.ndim == 4), default=64)
        width = MINI_WIDTH if name in MINI and narrowest < 64 else 1.0  # each of the three starts with 64 filters
        model = topology(name, width, pooling)
        _fill(model, arrays, path)
        return model, width
    model = topology(name, pooling=pooling)
    # The old format keeps layers by name, so a file that has the classifier serves as well. Keras passes over layers
    # that a file lacks; NaN stays in them.
    options = {} if path.name.endswith(".weights.h5") else {"by_name": True}
    for variable in model.trainable_variables:
        variable.assign(np.full(variable.shape, np.nan))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.load_weights(path, **options)
        for key, variable in _variables(model):
            if np.isnan(variable.numpy()).any():
                raise ValueError(f"{key} is missing or not a number")
    except Exception as error:
        raise BackboneError(
            f"Weights file {path} does not fit {name} ({' '.join(str(error).split())[:200]}).\n"
            f"Give Keras' own weights of {name} (.weights.h5 or .h5), or an .npz of this package."
        ) from error
    return model, 1.0


# --- Backbones --------------------------------------------------------------------------------------------------------


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
                raise BackboneError(f"{self.name} has no layer {layer!r}. {_nearest(str(layer), self.layers)}".strip())
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
        >>> maps = backbone.features(["block1_conv1", "block2_conv1"])(np.zeros((1, 32, 48, 3), "float32"))
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
            maps = network(_preprocessed(pictures, mode), training=False)
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
            pooled, sums = blocks(_preprocessed(picture, mode))
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
        _check_option("dtype", dtype, PRECISIONS)
        network = self._cut(layers)
        if dtype != "float32":
            with tf.init_scope():  # asked for while a graph is traced, the copy's weights are still values
                copy = _rebuilt(network, dtype=dtype)
                copy.set_weights(network.get_weights())
            network = copy
        network.trainable = False
        return network

    def activation_bytes(self, layers: str | Iterable[str], height: int, width: int, dtype: str = "float32") -> int:
        """Bytes that the activations of the cut network take for one picture, forward and backward.

        Kept for the backward pass are the named layers and what leaves a nonlinearity; convolutions with fixed kernels,
        normalizations and average poolings need nothing of what they saw. Three times the largest output is on its way
        meanwhile: a convolution before its bias, the gradients on both sides of a layer.
        """
        _check_option("dtype", dtype, PRECISIONS)
        layers = self.check_layers(layers)
        passed = [layer for layer in self._cut(layers).layers if _is_feature_map(layer)]
        shapes = _output_shapes(self._cut([layer.name for layer in passed]), height, width, self.name)
        sizes = {name: math.prod(shape) for name, shape in shapes.items()}
        kept = sum(sizes[layer.name] for layer in passed if layer.name in layers or _is_nonlinear(layer))
        return (kept + 3 * max(sizes.values())) * (4 if dtype == "float32" else 2)

    def smallest_side(self, layers: str | Iterable[str]) -> int:
        """The fewest pixels a side of the picture may have for each of the layers to keep one position."""
        return _smallest_side(self._cut(self.check_layers(layers)))

    def _cut(self, layers: Iterable[str]) -> "keras.Model":
        return keras.Model(self.model.inputs[0], {name: self.model.get_layer(name).output for name in layers})


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


def _preprocessed(pictures, mode: str):
    """RGB [0, 1] as the network wants it: the arithmetic of ``imagenet_utils.preprocess_input``, in its order."""
    if mode == "caffe":
        to_bgr = 255 * tf.eye(3)[None, None, ::-1]  # as a convolution three times faster than reversing an axis of 3
        return tf.nn.conv2d(pictures, to_bgr, strides=1, padding="VALID") - tf.constant([103.939, 116.779, 123.68])
    pixels = pictures * 255.0
    if mode == "tf":
        return pixels / 127.5 - 1.0
    if mode == "torch":
        return (pixels / 255.0 - tf.constant([0.485, 0.456, 0.406])) / tf.constant([0.229, 0.224, 0.225])
    return pixels


def _check_option(option: str, value: str, known: Iterable[str]) -> None:
    if value not in known:
        raise BackboneError(f"No {option} {value!r}; choose from {', '.join(known)}.")


def load_backbone(name: str = "vgg19", weights: str | None = None, *, pooling: str = "avg", seed: int = 0) -> Backbone:
    """A backbone by name.

    Parameters
    ----------
    name : ``"vgg16"``, ``"vgg19"``, ``"resnet50"``, or another network of ``keras.applications`` as
        ``"inception_v3"`` or ``"efficientnet_b0"``. Case, hyphens and underscores do not matter.
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
    name = _network_name(name)
    _check_option("pooling", pooling, POOLINGS)
    weights = _weights_kind(weights)
    if weights in ("mini", "mini-random") and name not in MINI:
        raise BackboneError(
            f"No {weights} weights for {name}: only {', '.join(MINI)} have a mini twin. "
            'Choose weights "imagenet" or "random" for it.'
        )
    origin = {"mini": _mini_path(name), "imagenet": _keras_models()}.get(weights, Path(weights))
    changed = origin.stat().st_mtime_ns if origin.is_file() else None
    return _loaded(name, weights, pooling, seed if "random" in weights else 0, (origin, changed))


@functools.lru_cache(maxsize=4)
def _loaded(name: str, weights: str, pooling: str, seed: int, origin: tuple) -> Backbone:
    """The network, kept for the next caller; ``origin`` is its file and when that changed last."""
    width = MINI_WIDTH if weights in ("mini", "mini-random") else 1.0
    if weights == "mini":
        arrays = _mini_weights(name)
        model = topology(name, width, pooling)
        _fill(model, arrays, _mini_path(name))
    elif weights == "imagenet":
        model = _with_names_and_pooling(name, _original(name), pooling)
    elif weights in KINDS:
        model = topology(name, width, pooling)
        _randomize(model, seed)
    else:
        model, width = _from_file(name, pooling, Path(weights))
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


def _weights_kind(weights: str | os.PathLike | None) -> str:
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
            if mini and _mini_path(name).is_file():
                offline.insert(0, "mini")
            if not mini and any(_keras_models().glob(f"{name.replace('_', '*')}*notop*")):
                offline.insert(0, "imagenet")
            content, style = _DEFAULT_LAYERS.get((name, mini), ({}, {}))
            rows.append(BackboneRow(name, width, tuple(offline), count, count * 4 / 1e6, tuple(content), tuple(style)))
    return Backbones(rows)


class _Table(types.ModuleType):
    """This module, which is `backbones` when called: ``nst.backbones`` is both, whichever was imported first."""

    def __call__(self) -> Backbones:
        return backbones()


sys.modules[__name__].__class__ = _Table
