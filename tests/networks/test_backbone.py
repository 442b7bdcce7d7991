"""Features of named layers: their values, shapes, precision, memory, and the pictures that are too small."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_networks import drawn, mobile, some_picture, twin

from nst_utils.base.errors import BackboneError
from nst_utils.base.tensorflow import keras, tf
from nst_utils.networks.backbone import _output_shapes


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
    features = twin("resnet50").features(["conv2_block1_out"])

    @tf.function(input_signature=[tf.TensorSpec((None, None, None, 3))])
    def gradient(pictures):
        with tf.GradientTape() as tape:
            tape.watch(pictures)
            values = features(pictures)["conv2_block1_out"]
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


@pytest.mark.parametrize(
    ("name", "layers", "dtype", "most"),
    [
        ("vgg19", ("block1_conv1", "block3_conv1"), "float16", 0.004),
        ("vgg19", ("block1_conv1", "block3_conv1"), "bfloat16", 0.03),
        ("resnet50", ("conv1_relu", "conv2_block3_out"), "bfloat16", 0.03),
    ],
)
def test_half_precision_stays_close_to_float32_and_returns_float32(name, layers, dtype, most):
    backbone = twin(name)
    exact = backbone.features(layers)(some_picture(32, 32))
    half = backbone.features(layers, dtype)(some_picture(32, 32))
    for layer in layers:
        assert half[layer].dtype == tf.float32
        error = np.abs(half[layer] - exact[layer]).mean() / np.abs(exact[layer]).mean()
        assert 0 < error < most
    assert {variable.dtype for variable in backbone.model.variables} == {"float32"}


def test_a_network_with_bare_operations_is_rebuilt():
    backbone = mobile()
    content, style = backbone.default_layers()
    maps = backbone.features([*content, *style], "bfloat16")(some_picture(64, 64))
    assert all(np.isfinite(values).all() for values in maps.values())


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


def test_default_layers_of_another_network_are_the_last_at_each_stride():
    backbone = drawn("inception_v3")
    content, style = backbone.default_layers()
    assert list(style) == ["activation_2", "activation_4", "mixed2", "mixed7"]
    assert list(content) == ["mixed2"]
    assert [backbone.strides[layer] for layer in style] == [2, 4, 8, 16]


# --- Sizes ---


def test_a_picture_too_small_for_a_layer_is_refused_with_the_size_it_needs():
    backbone = twin("vgg19")
    with pytest.raises(BackboneError, match=r"40 x 15 pixels is too small for layer block5_conv1 .* needs 16 a side"):
        backbone.features(["block1_conv1", "block5_conv1"])(np.zeros((1, 15, 40, 3), np.float32))
    with pytest.raises(BackboneError, match="needs 16 a side"):
        backbone.activation_bytes(["block5_conv1"], 200, 8)
    backbone.features("block4_conv4")(np.zeros((1, 15, 40, 3), np.float32))


@pytest.mark.parametrize(
    ("make", "name", "layer", "side"),
    [(twin, "vgg19", "block5_conv1", 16), (drawn, "inception_v3", "mixed10", 75)],
    ids=["vgg19", "inception_v3"],
)
def test_the_smallest_side_is_the_first_that_gives_features(make, name, layer, side):
    backbone = make(name)
    assert backbone.smallest_side(layer) == side
    assert _output_shapes(backbone._cut([layer]), side, side)[layer][1:3] == (1, 1)
    with pytest.raises(BackboneError, match=f"needs {side} a side"):
        backbone.features(layer)(np.zeros((1, side - 1, side - 1, 3), np.float32))


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


def test_shapes_computed_are_those_of_a_run():
    backbone = twin("resnet50")
    cut = backbone._cut(backbone.layers[:40])
    run = {name: tuple(values.shape) for name, values in cut(some_picture(33, 50)).items()}
    assert _output_shapes(cut, 33, 50) == run
