"""Weights: our own files, Keras' files, Keras' originals; every way in which they can be damaged or missing."""

import contextlib
import functools
import hashlib
import http.server
import os
import socket
import threading

import h5py
import numpy as np
import pytest
from small_networks import mobile, some_picture, twin, wide

from nst_utils.base.errors import BackboneError
from nst_utils.base.tensorflow import keras
from nst_utils.networks import weights as weights_module
from nst_utils.networks.loading import load_backbone, weights_checksum
from nst_utils.networks.topologies import topology
from nst_utils.networks.weights import load_weights, read_arrays, save_weights

# --- Our own files ---


@pytest.fixture
def data(tmp_path, monkeypatch):
    """A data folder of its own, without weights."""
    (tmp_path / "backbones").mkdir()
    monkeypatch.setattr(weights_module, "DATA", tmp_path)
    return tmp_path / "backbones"


def sign(folder):
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in folder.glob("*.npz")]
    (folder / "SHA256SUMS").write_text("".join(lines))


@pytest.mark.parametrize(
    ("name", "kind", "file"),
    [
        ("vgg16", "mini", "mini_vgg16"),
        ("vgg16", "scratch", "scratch_vgg16"),
        ("resnet50", "mini", "scratch_resnet50"),
        ("resnet50", "scratch", "scratch_resnet50"),
    ],
)
def test_our_weights_come_back_as_they_were_saved(name, kind, file, data):
    save_weights(twin(name).model, data / f"{file}.npz", {"accuracy": 0.5})
    sign(data)
    loaded = load_backbone(name, kind)
    assert (loaded.weights, loaded.width) == (kind, 0.25)
    for mine, theirs in zip(loaded.model.variables, twin(name).model.variables, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-3, atol=1e-6)
    assert load_weights(loaded.model, data / f"{file}.npz") == {"accuracy": 0.5}


def test_a_weights_file_has_one_array_a_variable_named_by_its_layer(tmp_path):
    path = save_weights(twin("resnet50").model, tmp_path / "w.npz", {})
    with np.load(path, allow_pickle=False) as file:
        assert file["conv1_conv/kernel"].dtype == np.float16
        statistics = {"gamma", "beta", "moving_mean", "moving_variance"}
        assert {key.split("/")[1] for key in file if key.startswith("conv1_bn/")} == statistics
        assert file["conv1_bn/moving_variance"].dtype == np.float32
    assert [path.name for path in tmp_path.iterdir()] == ["w.npz"]


def test_weights_outside_float16_are_not_written(tmp_path):
    model = small_model()
    model.layers[1].kernel.assign(np.full((1, 1, 3, 2), 1e6))
    with pytest.raises(BackboneError, match="conv/kernel of small"):
        save_weights(model, tmp_path / "w.npz", {})
    assert list(tmp_path.iterdir()) == []


def small_model():
    inputs = keras.Input((None, None, 3))
    return keras.Model(inputs, keras.layers.Conv2D(2, 1, name="conv")(inputs), name="small")


def test_a_missing_mini_file_is_named_with_the_way_out(data):
    with pytest.raises(BackboneError) as caught:
        load_backbone("vgg19", "mini")
    assert str(data / "mini_vgg19.npz") in str(caught.value)
    assert 'choose weights "imagenet", "random" or a path' in str(caught.value)


@pytest.mark.parametrize("damage", ["truncated", "flipped", "unlisted", "empty"])
def test_a_damaged_mini_file_is_named_with_the_way_out(damage, data):
    path = save_weights(twin("vgg16").model, data / "mini_vgg16.npz", {})
    sign(data)
    content = bytearray(path.read_bytes())
    content[5000] ^= 1
    if damage == "unlisted":
        (data / "SHA256SUMS").unlink()
    else:
        path.write_bytes({"truncated": content[:-1], "flipped": content, "empty": b""}[damage])
    with pytest.raises(BackboneError, match=r"mini_vgg16.npz differs from SHA256SUMS"):
        load_backbone("vgg16", "mini")


def test_a_mini_file_of_another_network_is_refused(data):
    save_weights(twin("vgg16").model, data / "mini_vgg19.npz", {})
    sign(data)
    with pytest.raises(BackboneError, match="does not fit vgg19: block3_conv4/kernel has shape None"):
        load_backbone("vgg19", "mini")


def test_any_damage_to_a_weights_file_gives_its_arrays_or_a_backbone_error(tmp_path):
    path = save_weights(small_model(), tmp_path / "w.npz", {"note": "x" * 50})
    whole = path.read_bytes()
    random = np.random.default_rng(0)
    broken = [whole[:length] for length in random.integers(0, len(whole), 60)]
    for position, bit in zip(random.integers(0, len(whole), 300), random.integers(0, 8, 300), strict=True):
        flipped = bytearray(whole)
        flipped[position] ^= 1 << bit
        broken.append(bytes(flipped))
    refused = 0
    for content in broken:
        try:
            read_arrays(path, content)
        except BackboneError as error:
            assert str(path) in str(error)
            refused += 1
    assert refused > 100


def test_a_pickle_in_a_weights_file_is_not_executed(tmp_path):
    class Bomb:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "executed"),)

    np.savez(tmp_path / "w.npz", about=np.array(Bomb(), dtype=object), allow_pickle=True)
    with pytest.raises(BackboneError, match="damaged or not one of ours"):
        load_backbone("vgg19", tmp_path / "w.npz")
    assert not (tmp_path / "executed").exists()


STEMS = ("mini_vgg16", "mini_vgg19", "scratch_resnet50", "scratch_vgg16", "scratch_vgg19")


def test_the_committed_weights_are_whole_and_fit():
    folder = weights_module.DATA / "backbones"
    files = sorted(path.name for path in folder.glob("*.npz"))
    assert files == [f"{stem}.npz" for stem in STEMS]
    assert sum((folder / file).stat().st_size for file in files) < 15e6
    assert sorted(line.split("  ")[1] for line in (folder / "SHA256SUMS").read_text().splitlines()) == files
    for stem in STEMS:
        kind, name = stem.split("_")
        backbone = load_backbone(name, kind)
        assert all(np.isfinite(weights).all() for weights in backbone.model.get_weights())


# --- Files of Keras ---


def write_like_keras_applications(model, path):
    """Weights in the layout of the files that ``keras.applications`` downloads."""
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [layer.name.encode() for layer in model.layers]
        for layer in model.layers:
            group = file.create_group(layer.name)
            names = [f"{layer.name}/{variable.name}:0" for variable in layer.variables]
            group.attrs["weight_names"] = [name.encode() for name in names]
            for name, variable in zip(names, layer.variables, strict=True):
                group.create_dataset(name, data=np.asarray(variable))


def assert_same_weights(mine, theirs):
    for one, other in zip(mine.model.get_weights(), theirs.model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("ending", [".h5", ".weights.h5"])
def test_a_path_to_keras_weights_loads_them(ending, tmp_path):
    path = tmp_path / f"mine{ending}"
    wide().model.save_weights(path) if ending == ".weights.h5" else write_like_keras_applications(wide().model, path)
    loaded = load_backbone("vgg16", path)
    assert (loaded.weights, loaded.width, loaded.pooling) == (str(path), 1.0, "avg")
    assert_same_weights(loaded, wide())


def test_a_file_that_lacks_a_layer_is_refused_in_two_lines(tmp_path):
    path = tmp_path / "mine.h5"
    write_like_keras_applications(wide()._cut(["block1_conv2"]), path)
    with pytest.raises(BackboneError, match="does not fit vgg16") as caught:
        load_backbone("vgg16", path)
    assert len(str(caught.value).splitlines()) == 2


def test_a_path_to_our_own_weights_loads_any_width(tmp_path):
    narrow = load_backbone("vgg16", save_weights(twin("vgg16").model, tmp_path / "narrow.npz", {}))
    half = load_backbone("vgg16", save_weights(topology("vgg16", width=0.5, drawn=True), tmp_path / "half.npz", {}))
    full = load_backbone("vgg16", save_weights(wide().model, tmp_path / "wide.npz", {}))
    assert (narrow.width, half.width, full.width) == (0.25, 0.5, 1.0)
    np.testing.assert_allclose(
        full.model.get_layer("block1_conv1").kernel, wide().model.get_layer("block1_conv1").kernel, rtol=1e-3, atol=1e-6
    )


@pytest.mark.parametrize("ending", [".h5", ".weights.h5"])
def test_a_file_that_is_no_hdf5_is_refused(ending, tmp_path):
    path = tmp_path / f"mine{ending}"
    path.write_bytes(b"nonsense" * 100)
    with pytest.raises(BackboneError, match="does not fit vgg16"):
        load_backbone("vgg16", path)


# --- The originals ---


@pytest.fixture
def keras_home(tmp_path, monkeypatch):
    """A Keras home of its own, empty."""
    home = tmp_path / "keras"
    home.mkdir()
    monkeypatch.setenv("KERAS_HOME", str(home))
    monkeypatch.setattr("keras.src.backend.config._KERAS_DIR", str(home))  # Keras reads the variable at import
    return home / "models"


@contextlib.contextmanager
def served(handler):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def redirect(monkeypatch, address, md5=None):
    """Keras fetches from ``address`` and, with ``md5``, expects that checksum; all else is its own code."""
    real = keras.src.utils.file_utils.get_file

    def get_file(fname, origin, *, file_hash=None, **options):
        return real(fname, f"{address}/{fname}", file_hash=md5 or file_hash, **options)

    monkeypatch.setattr("keras.src.utils.file_utils.get_file", get_file)


def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


FILE = "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"


def assert_two_lines_with_the_way_out(error, folder, name=FILE):
    lines = str(error).splitlines()
    assert len(lines) == 2
    assert name in lines[0]
    assert str(folder) in lines[1]
    assert 'choose weights "mini"' in lines[1]
    assert "or a path" in lines[1]
    assert ("nst originals vgg16" in lines[1]) == (name == FILE)


def test_imagenet_weights_come_from_the_keras_home_without_a_network(keras_home, monkeypatch, capfd):
    keras_home.mkdir()
    write_like_keras_applications(wide().model, keras_home / FILE)
    redirect(monkeypatch, closed_port(), hashlib.md5((keras_home / FILE).read_bytes()).hexdigest())
    averaging, original_pooling = (load_backbone("vgg16", "imagenet", pooling=pooling) for pooling in ("avg", "max"))
    assert capfd.readouterr() == ("", "")
    assert_same_weights(averaging, wide())
    layers = ["block1_pool", "block4_conv2"]
    expected = wide().features(layers)(some_picture())
    for layer, values in original_pooling.features(layers)(some_picture()).items():
        np.testing.assert_allclose(values, expected[layer], rtol=1e-5, atol=1e-3)
    assert type(averaging.model.get_layer("block3_pool")) is keras.layers.AveragePooling2D
    assert weights_checksum(averaging) == hashlib.sha256((keras_home / FILE).read_bytes()).hexdigest()


def test_imagenet_weights_are_downloaded_once_by_whoever_asks_for_them_first(keras_home, tmp_path, monkeypatch, capfd):
    write_like_keras_applications(wide().model, tmp_path / FILE)
    with served(functools.partial(Quiet, directory=tmp_path)) as address:
        redirect(monkeypatch, address, hashlib.md5((tmp_path / FILE).read_bytes()).hexdigest())
        checksum = weights_checksum("vgg16", "imagenet")
        out, err = capfd.readouterr()
        assert out == ""
        assert err == "Downloading the ImageNet weights of vgg16, once ...\n"
    assert_same_weights(load_backbone("vgg16", "imagenet", pooling="max"), wide())  # the server is gone
    assert checksum == hashlib.sha256((tmp_path / FILE).read_bytes()).hexdigest()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(("name", "file"), [("vgg16", FILE), ("mobilenet", "mobilenet_1_0_224_tf_no_top.h5")])
def test_an_unreachable_network_is_said_in_two_lines(name, file, keras_home, monkeypatch, capfd):
    redirect(monkeypatch, closed_port())
    with pytest.raises(BackboneError, match="cannot be downloaded") as caught:
        load_backbone(name, "imagenet")
    assert_two_lines_with_the_way_out(caught.value, keras_home, file)
    assert list(keras_home.iterdir()) == []


def test_a_damaged_file_in_the_keras_home_is_said_in_two_lines(keras_home, monkeypatch, capfd):
    keras_home.mkdir()
    (keras_home / FILE).write_bytes(b"half a file")
    redirect(monkeypatch, closed_port())
    with pytest.raises(BackboneError, match="was damaged and cannot be downloaded again") as caught:
        load_backbone("vgg16", "imagenet")
    assert_two_lines_with_the_way_out(caught.value, keras_home)
    assert capfd.readouterr() == ("", "")


class Breaking(Quiet):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        self.wfile.write(b"x" * 50_000)


class Missing(Quiet):
    def do_GET(self):
        self.send_error(404)


class Wrong(Quiet):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "20")
        self.end_headers()
        self.wfile.write(b"<html>Log in!</html>")


@pytest.mark.parametrize(
    ("handler", "trouble"),
    [(Breaking, "cannot be downloaded"), (Missing, "cannot be downloaded"), (Wrong, "arrived damaged")],
)
def test_a_download_that_fails_leaves_no_file(handler, trouble, keras_home, monkeypatch):
    with served(handler) as address:
        redirect(monkeypatch, address)
        with pytest.raises(BackboneError, match=trouble) as caught:
            load_backbone("vgg16", "imagenet")
    assert_two_lines_with_the_way_out(caught.value, keras_home)
    assert list(keras_home.iterdir()) == []


def test_a_server_that_never_answers_is_given_up(keras_home, monkeypatch):
    monkeypatch.setattr(weights_module, "DOWNLOAD_TIMEOUT", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        redirect(monkeypatch, f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(BackboneError, match="cannot be downloaded"):
            load_backbone("vgg16", "imagenet")
        assert weights_checksum("vgg16", "imagenet") == "imagenet"  # no file, nothing to tell
    assert socket.getdefaulttimeout() is None


def test_names_of_an_imagenet_network_do_not_depend_on_what_was_built_before(keras_home, monkeypatch):
    """Keras counts the layers of a process: "activation_7" of one MobileNet is "activation_31" of the next."""
    keras_home.mkdir()
    plain = mobile()
    file = keras_home / "weights_mobilenet_v3_small_224_1.0_float_no_top_v2.h5"
    write_like_keras_applications(plain.model, file)
    redirect(monkeypatch, closed_port(), hashlib.md5(file.read_bytes()).hexdigest())
    keras.layers.Activation("relu")  # one more that Keras counts
    fetched = load_backbone("mobilenet_v3_small", "imagenet")
    assert fetched.layers == plain.layers
    assert_same_weights(fetched, plain)
