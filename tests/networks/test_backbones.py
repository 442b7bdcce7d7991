"""Backbones: topologies, weights and their files, features, layers, the table; every way it can go wrong."""

import contextlib
import dataclasses
import functools
import hashlib
import http.server
import importlib
import itertools
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nst_utils.base.errors import BackboneError
from nst_utils.base.tensorflow import keras, tf
from nst_utils.networks import weights as weights_module
from nst_utils.networks.backbone import _output_shapes
from nst_utils.networks.catalog import MINI, PREPROCESSING, PRESETS, network_name
from nst_utils.networks.loading import default_layers, load_backbone, use
from nst_utils.networks.table import backbones
from nst_utils.networks.topologies import builder, outline, preprocessed, topology
from nst_utils.networks.weights import load_weights, read_arrays, save_weights

module = importlib.import_module("nst_utils.networks.loading")
CLASSES = {"vgg16": "VGG16", "vgg19": "VGG19", "resnet50": "ResNet50"}


@pytest.fixture(autouse=True)
def no_defaults_set(monkeypatch):
    monkeypatch.delenv("NST_WEIGHTS", raising=False)
    yield
    use(None)


@functools.cache
def original(name):
    return getattr(keras.applications, CLASSES[name])(include_top=False, weights=None, input_shape=(None, None, 3))


@functools.cache
def inception():
    return load_backbone("inception_v3", "random")


@functools.cache
def twin(name, pooling="avg"):
    return load_backbone(name, "mini-random", pooling=pooling)


def some_picture(height=48, width=64, seed=0):
    return np.random.default_rng(seed).random((1, height, width, 3), dtype=np.float32)


# --- Topologies ---


@pytest.mark.parametrize(("name", "pooling"), [("vgg16", "max"), ("vgg19", "avg"), ("resnet50", "avg")])
def test_a_quarter_width_network_is_keras_own_but_for_filters_and_pooling(name, pooling):
    narrow = topology(name, width=0.25, pooling=pooling)
    for mine, theirs in itertools.zip_longest(narrow.layers[1:], original(name).layers[1:]):
        assert mine.name == theirs.name
        mine_config, their_config = mine.get_config(), theirs.get_config()
        if isinstance(theirs, keras.layers.Conv2D):
            assert mine_config.pop("filters") * 4 == their_config.pop("filters")
        if isinstance(theirs, keras.layers.MaxPooling2D) and pooling == "avg":
            assert type(mine) is keras.layers.AveragePooling2D
        else:
            assert type(mine) is type(theirs)
        assert mine_config == their_config
    incoming = [[node.arguments.keras_tensors for node in layer._inbound_nodes] for layer in narrow.layers]
    theirs = [[node.arguments.keras_tensors for node in layer._inbound_nodes] for layer in original(name).layers]
    assert [[len(tensors) for tensors in nodes] for nodes in incoming] == [
        [len(tensors) for tensors in nodes] for nodes in theirs
    ]


def test_a_network_without_a_twin_is_refused_in_quarter_width():
    with pytest.raises(BackboneError, match="inception_v3 exists in full width only"):
        topology("inception_v3", width=0.25)


def test_max_pooling_gives_what_the_original_gives():
    backbone = load_backbone("vgg16", "random", pooling="max")
    network = original("vgg16")
    network.set_weights(backbone.model.get_weights())
    picture = some_picture(32, 32)
    mine = backbone.features("block5_conv3")(picture)["block5_conv3"]
    cut = keras.Model(network.input, network.get_layer("block5_conv3").output)
    theirs = cut(keras.applications.vgg16.preprocess_input(picture * 255))
    np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-3)


def test_average_pooling_is_the_mean_of_each_window():
    maps = twin("vgg19").features(["block1_conv2", "block1_pool"])(some_picture(32, 32))
    convolved = maps["block1_conv2"].numpy()
    means = convolved.reshape(1, 16, 2, 16, 2, -1).mean((2, 4))
    np.testing.assert_allclose(maps["block1_pool"], means, rtol=1e-5, atol=1e-4)


# --- Names ---


@given(st.sampled_from(sorted(PREPROCESSING)), st.randoms(use_true_random=False))
def test_case_hyphens_and_underscores_do_not_matter(name, random):
    parts = [part.upper() if random.random() < 0.5 else part for part in name.split("_")]
    assert network_name(random.choice(["", "-", "_", " "]).join(parts)) == name


@settings(max_examples=50)
@given(st.text(max_size=20))
def test_any_text_is_a_network_or_a_backbone_error(text):
    try:
        assert network_name(text) in PREPROCESSING
    except BackboneError as error:
        assert repr(text) in str(error)


def test_every_name_belongs_to_a_network_of_keras():
    assert all(callable(builder(name)) for name in PREPROCESSING)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"name": "vgg18"}, "No backbone 'vgg18'. Nearest: vgg19, vgg16"),
        ({"weights": "imagnet"}, "No weights 'imagnet'. Choose from mini, imagenet, random, mini-random, or a path"),
        ({"pooling": "mean"}, "No pooling 'mean'; choose from max, avg"),
        ({"name": "inception_v3", "weights": "mini"}, "only vgg16, vgg19, resnet50 have a mini twin"),
        ({"name": "efficientnet-b0", "weights": "mini-random"}, "only vgg16, vgg19, resnet50 have a mini twin"),
        ({"weights": "nowhere/vgg19.npz"}, "No weights file nowhere/vgg19.npz"),
    ],
)
def test_a_wrong_argument_is_named_with_what_to_choose(arguments, expected):
    with pytest.raises(BackboneError) as caught:
        load_backbone(**arguments)
    assert expected in str(caught.value)


# --- Preprocessing and features ---


@pytest.mark.parametrize("name", sorted(PREPROCESSING))
def test_preprocessing_is_that_of_keras_applications(name):
    picture = some_picture()
    theirs = sys.modules[builder(name).__module__].preprocess_input(picture * 255)
    np.testing.assert_array_equal(preprocessed(tf.constant(picture), PREPROCESSING[name]), theirs)


def test_features_begin_with_the_preprocessing_of_the_original():
    backbone = twin("vgg19")
    picture = some_picture()
    first = backbone.model.get_layer("block1_conv1")
    expected = first(keras.applications.vgg19.preprocess_input(picture * 255))
    np.testing.assert_allclose(backbone.features("block1_conv1")(picture)["block1_conv1"], expected, rtol=1e-5)


@settings(max_examples=8)
@given(st.integers(16, 70), st.integers(16, 70), st.integers(1, 2))
def test_features_have_the_shapes_of_their_strides_and_channels(height, width, count):
    backbone = twin("vgg16")
    layers = ["block1_conv2", "block3_conv1", "block5_conv3"]
    maps = backbone.features(layers)(np.zeros((count, height, width, 3), np.float32))
    assert list(maps) == layers
    for name, values in maps.items():
        stride = backbone.strides[name]
        assert tuple(values.shape) == (count, height // stride, width // stride, backbone.channels[name])
        assert values.dtype == tf.float32


def test_features_work_in_one_compiled_function_of_any_size_and_let_gradients_through():
    features = twin("resnet50").features(["conv3_block4_out"])

    @tf.function(input_signature=[tf.TensorSpec((None, None, None, 3))])
    def gradient(pictures):
        with tf.GradientTape() as tape:
            tape.watch(pictures)
            values = features(pictures)["conv3_block4_out"]
            loss = tf.reduce_sum(values)
        return tape.gradient(loss, pictures)

    for height, width in [(32, 48), (40, 33)]:
        slope = gradient(some_picture(height, width))
        assert slope.shape == (1, height, width, 3)
        assert np.isfinite(slope).all()
        assert np.abs(slope).min(axis=(0, 3)).max() > 0


def test_the_network_ends_with_the_last_layer_used():
    backbone = twin("vgg19")
    cut = backbone._cut(["block4_conv1", "block1_conv1"])
    assert [layer.name for layer in cut.layers][-1] == "block4_conv1"
    assert len(cut.layers) == 1 + 2 + 1 + 2 + 1 + 4 + 1 + 1


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
@pytest.mark.parametrize("name", ["vgg19", "resnet50"])
def test_half_precision_stays_close_to_float32_and_returns_float32(name, dtype):
    backbone = twin(name)
    layers = {"vgg19": ["block1_conv1", "block3_conv1"], "resnet50": ["conv1_relu", "conv2_block3_out"]}[name]
    exact = backbone.features(layers)(some_picture(32, 32))
    half = backbone.features(layers, dtype)(some_picture(32, 32))
    for layer in layers:
        assert half[layer].dtype == tf.float32
        error = np.abs(half[layer] - exact[layer]).mean() / np.abs(exact[layer]).mean()
        assert 0 < error < {"bfloat16": 0.03, "float16": 0.004}[dtype]
    assert {variable.dtype for variable in backbone.model.variables} == {"float32"}


def test_an_unknown_precision_is_refused():
    with pytest.raises(BackboneError, match="No dtype 'int8'; choose from float32, bfloat16, float16"):
        twin("vgg19").features("block1_conv1", "int8")


# --- Layers ---


def test_layers_are_those_with_a_map_of_features_in_order():
    assert twin("vgg19").layers[:4] == ("block1_conv1", "block1_conv2", "block1_pool", "block2_conv1")
    assert twin("vgg19").layers[-1] == "block5_pool"


def test_an_unknown_layer_gets_the_nearest_names():
    with pytest.raises(BackboneError, match=r"vgg19 has no layer 'block4conv2'. Nearest: block4_conv2"):
        twin("vgg19").check_layers({"block1_conv1": 1.0, "block4conv2": 1.0})
    with pytest.raises(BackboneError, match=r"'sky'. It has 21, from block1_conv1 to block5_pool; nst.load_backbone"):
        twin("vgg19").check_layers("sky")
    with pytest.raises(BackboneError, match="No layers asked"):
        twin("vgg19").check_layers([])


def test_layers_are_taken_once_from_a_name_a_list_or_weights():
    backbone = twin("vgg19")
    assert backbone.check_layers("block1_pool") == ("block1_pool",)
    assert backbone.check_layers(["block2_pool", "block1_pool", "block2_pool"]) == ("block2_pool", "block1_pool")
    assert backbone.check_layers({"block1_pool": 0.5}) == ("block1_pool",)


@pytest.mark.parametrize("key", PRESETS)
def test_the_layers_of_a_preset_exist_in_keras(key):
    preset = PRESETS[key]
    names = {layer.name for layer in original(preset.backbone).layers}
    assert names >= {*preset.content_layers, *preset.style_layers}
    twin(preset.backbone).check_layers(preset.content_layers + preset.style_layers)


@pytest.mark.parametrize("name", MINI)
def test_default_layers_exist_and_style_weights_add_up_to_one(name):
    for backbone in (twin(name), dataclasses.replace(twin(name), width=1.0)):
        content, style = default_layers(backbone)
        backbone.check_layers([*content, *style])
        assert sum(style.values()) == pytest.approx(1)


def test_default_layers_of_another_network_are_the_last_at_each_stride():
    backbone = inception()
    content, style = default_layers(backbone)
    assert list(style) == ["activation_2", "activation_4", "mixed2", "mixed7"]
    assert list(content) == ["mixed2"]
    assert [backbone.strides[layer] for layer in style] == [2, 4, 8, 16]


def test_a_picture_too_small_for_a_layer_is_refused_with_the_size_it_needs():
    backbone = twin("vgg19")
    with pytest.raises(BackboneError, match=r"40 x 15 pixels is too small for layer block5_conv1 .* needs 16 a side"):
        backbone.features(["block1_conv1", "block5_conv1"])(np.zeros((1, 15, 40, 3), np.float32))
    with pytest.raises(BackboneError, match="needs 16 a side"):
        backbone.activation_bytes(["block5_conv1"], 200, 8)
    backbone.features("block4_conv4")(np.zeros((1, 15, 40, 3), np.float32))


@pytest.mark.parametrize(
    ("backbone", "layer", "side"),
    [(functools.partial(twin, "vgg19"), "block5_conv1", 16), (inception, "mixed10", 75)],
    ids=["vgg19", "inception_v3"],
)
def test_the_smallest_side_is_the_first_that_gives_features(backbone, layer, side):
    backbone = backbone()
    assert backbone.smallest_side(layer) == side
    features = backbone.features(layer)
    assert features(np.zeros((1, side, side, 3), np.float32))[layer].shape[1] == 1
    with pytest.raises(BackboneError):
        features(np.zeros((1, side - 1, side - 1, 3), np.float32))


def test_activation_bytes_are_what_relus_leave_and_three_of_the_largest():
    backbone = twin("vgg19")
    first = 64 * 96 * 16
    assert backbone.activation_bytes("block1_conv1", 64, 96) == 4 * (1 + 3) * first
    kept = [first, first, first // 2]  # two convs and the first of block 2; the average pooling keeps nothing
    assert backbone.activation_bytes(["block2_conv1"], 64, 96) == 4 * (sum(kept) + 3 * first)
    assert backbone.activation_bytes("block1_conv1", 64, 96, "bfloat16") == 2 * (1 + 3) * first
    assert twin("vgg19", "max").activation_bytes("block2_conv1", 64, 96) == 4 * (sum(kept) + first // 4 + 3 * first)


def test_linear_layers_keep_no_activations():
    backbone = twin("resnet50")
    start = 32 * 32 * 16
    padded = 70 * 70 * 3
    assert backbone.activation_bytes("conv1_relu", 64, 64) == 4 * (start + 3 * max(start, padded))


def test_a_network_with_bare_operations_is_rebuilt():
    backbone = load_backbone("mobilenet_v3_small", "random")
    content, style = default_layers(backbone)
    maps = backbone.features([*content, *style], "bfloat16")(some_picture(64, 64))
    assert all(np.isfinite(values).all() for values in maps.values())


def test_shapes_computed_are_those_of_a_run():
    backbone = twin("resnet50")
    cut = backbone._cut(backbone.layers[:60])
    run = {name: tuple(values.shape) for name, values in cut(some_picture(33, 50)).items()}
    assert _output_shapes(cut, 33, 50) == run


# --- Random weights ---


def test_random_weights_are_those_of_their_seed():
    kernels = [
        load_backbone("vgg16", "mini-random", seed=seed).model.get_layer("block3_conv1").kernel.numpy()
        for seed in (7, 7, 8)
    ]
    np.testing.assert_array_equal(kernels[0], kernels[1])
    assert not np.allclose(kernels[0], kernels[2])


def test_random_kernels_have_the_variance_of_he():
    kernel = twin("vgg19").model.get_layer("block5_conv1").kernel.numpy()
    assert kernel.var() == pytest.approx(2 / (3 * 3 * 128), rel=0.02)


# --- The default weights ---


def test_use_comes_before_the_environment_and_an_argument_before_both(monkeypatch):
    assert module.weights_kind(None) == "mini"
    monkeypatch.setenv("NST_WEIGHTS", "random")
    assert module.weights_kind(None) == "random"
    use("Mini_Random")
    assert load_backbone("vgg16").weights == "mini-random"
    assert module.weights_kind("imagenet") == "imagenet"
    use(None)
    assert module.weights_kind(None) == "random"


def test_an_unknown_default_is_refused_where_it_is_set(monkeypatch):
    with pytest.raises(BackboneError, match="No weights 'maxi'"):
        use("maxi")
    monkeypatch.setenv("NST_WEIGHTS", "maxi")
    with pytest.raises(BackboneError, match="No NST_WEIGHTS='maxi'"):
        load_backbone()


# --- Our own weights files ---


@pytest.fixture
def data(tmp_path, monkeypatch):
    """A data folder of its own, without weights."""
    (tmp_path / "backbones").mkdir()
    monkeypatch.setattr(weights_module, "DATA", tmp_path)
    return tmp_path / "backbones"


def sign(folder):
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in folder.glob("*.npz")]
    (folder / "SHA256SUMS").write_text("".join(lines))


@pytest.mark.parametrize("name", ["vgg19", "resnet50"])
def test_mini_weights_come_back_as_they_were_saved(name, data):
    save_weights(twin(name).model, data / f"mini_{name}.npz", {"accuracy": 0.5})
    sign(data)
    loaded = load_backbone(name, "mini")
    assert (loaded.weights, loaded.width) == ("mini", 0.25)
    for mine, theirs in zip(loaded.model.variables, twin(name).model.variables, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-3, atol=1e-6)
    assert load_weights(loaded.model, data / f"mini_{name}.npz") == {"accuracy": 0.5}


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


def test_the_committed_weights_are_whole_and_fit():
    folder = weights_module.DATA / "backbones"
    files = sorted(path.name for path in folder.glob("mini_*.npz"))
    assert files == ["mini_resnet50.npz", "mini_vgg16.npz", "mini_vgg19.npz"]
    assert sorted(line.split("  ")[1] for line in (folder / "SHA256SUMS").read_text().splitlines()) == files
    for file in files:
        backbone = load_backbone(file.removeprefix("mini_").removesuffix(".npz"), "mini")
        assert all(np.isfinite(weights).all() for weights in backbone.model.get_weights())


# --- Weights files of Keras ---


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


@functools.cache
def full():
    return load_backbone("vgg16", "random", pooling="max", seed=3)


def assert_same_weights(mine, theirs):
    for one, other in zip(mine.model.get_weights(), theirs.model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("ending", [".h5", ".weights.h5"])
def test_a_path_to_keras_weights_loads_them(ending, tmp_path):
    path = tmp_path / f"mine{ending}"
    full().model.save_weights(path) if ending == ".weights.h5" else write_like_keras_applications(full().model, path)
    loaded = load_backbone("vgg16", path)
    assert (loaded.weights, loaded.width, loaded.pooling) == (str(path), 1.0, "avg")
    assert_same_weights(loaded, full())
    with pytest.raises(BackboneError, match="does not fit vgg19") as caught:
        load_backbone("vgg19", path)
    assert len(str(caught.value).splitlines()) == 2


def test_a_path_to_our_own_weights_loads_either_width(tmp_path):
    narrow = load_backbone("vgg16", save_weights(twin("vgg16").model, tmp_path / "narrow.npz", {}))
    wide = load_backbone("vgg16", save_weights(full().model, tmp_path / "wide.npz", {}))
    assert (narrow.width, wide.width) == (0.25, 1.0)
    np.testing.assert_allclose(
        wide.model.get_layer("block1_conv1").kernel, full().model.get_layer("block1_conv1").kernel, rtol=1e-3, atol=1e-6
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


def test_imagenet_weights_come_from_the_keras_home_without_a_network(keras_home, monkeypatch, capfd):
    keras_home.mkdir()
    write_like_keras_applications(full().model, keras_home / FILE)
    redirect(monkeypatch, closed_port(), hashlib.md5((keras_home / FILE).read_bytes()).hexdigest())
    averaging, original_pooling = (load_backbone("vgg16", "imagenet", pooling=pooling) for pooling in ("avg", "max"))
    assert capfd.readouterr() == ("", "")
    assert_same_weights(averaging, full())
    layers = ["block1_pool", "block4_conv2"]
    expected = full().features(layers)(some_picture())
    for layer, values in original_pooling.features(layers)(some_picture()).items():
        np.testing.assert_allclose(values, expected[layer], rtol=1e-5, atol=1e-3)
    assert type(averaging.model.get_layer("block3_pool")) is keras.layers.AveragePooling2D
    assert "imagenet" in backbones()[0].offline


def test_imagenet_weights_are_downloaded_once_with_a_progress_bar(keras_home, tmp_path, monkeypatch, capfd):
    write_like_keras_applications(full().model, tmp_path / FILE)
    with served(functools.partial(Quiet, directory=tmp_path)) as address:
        redirect(monkeypatch, address, hashlib.md5((tmp_path / FILE).read_bytes()).hexdigest())
        first = load_backbone("vgg16", "imagenet")
        out, err = capfd.readouterr()
        assert out == ""
        assert err == "Downloading the ImageNet weights of vgg16, once ...\n"
    second = load_backbone("vgg16", "imagenet")  # the server is gone
    assert_same_weights(first, full())
    assert_same_weights(second, full())
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
    assert socket.getdefaulttimeout() is None


def test_names_of_an_imagenet_network_do_not_depend_on_what_was_built_before(keras_home, monkeypatch):
    keras_home.mkdir()
    plain = inception()
    file = keras_home / "inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5"
    write_like_keras_applications(plain.model, file)
    redirect(monkeypatch, closed_port(), hashlib.md5(file.read_bytes()).hexdigest())
    fetched = load_backbone("inception_v3", "imagenet")
    assert fetched.layers == plain.layers
    assert_same_weights(fetched, plain)


# --- The table ---


def test_the_table_counts_what_the_networks_have():
    for row in backbones():
        network = outline(row.name) if row.width == 1 else twin(row.name).model
        assert network.count_params() == row.parameters


def test_the_table_shows_what_is_there_offline(data):
    assert [row.offline for row in backbones() if row.width != 1] == [("mini-random",)] * 3
    (data / "mini_vgg19.npz").touch()
    assert [row.name for row in backbones() if "mini" in row.offline] == ["vgg19"]


def test_the_table_prints_and_shows_every_network_without_tensorflow():
    code = (
        "import sys, nst_utils as nst; table = nst.backbones(); print(table); print(table._repr_html_());"
        "assert not {'tensorflow', 'keras'} & set(sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(module.__file__).parents[2]
    )
    assert run.returncode == 0, run.stderr
    text, page = run.stdout.split("<table>")
    for name in PREPROCESSING:
        assert name in text
        assert name in page
