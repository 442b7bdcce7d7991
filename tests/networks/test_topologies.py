"""Topologies: Keras' own networks, narrower, with other poolings, and what they want to see."""

import itertools
import sys

import numpy as np
import pytest
from small_networks import some_picture, twin, wide

from nst_utils.base.errors import BackboneError
from nst_utils.base.tensorflow import keras, tf
from nst_utils.networks.catalog import PREPROCESSING
from nst_utils.networks.topologies import builder, outline, preprocessed, topology


@pytest.mark.parametrize(("name", "pooling"), [("vgg16", "max"), ("vgg19", "avg"), ("resnet50", "avg")])
def test_a_quarter_width_network_is_keras_own_but_for_filters_and_pooling(name, pooling):
    original = outline(name)
    assert original.name == name
    narrow = topology(name, width=0.25, pooling=pooling, drawn=True)
    for mine, theirs in itertools.zip_longest(narrow.layers[1:], original.layers[1:]):
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
    theirs = [[node.arguments.keras_tensors for node in layer._inbound_nodes] for layer in original.layers]
    assert [[len(tensors) for tensors in nodes] for nodes in incoming] == [
        [len(tensors) for tensors in nodes] for nodes in theirs
    ]


def test_kernels_are_drawn_for_a_training_alone():
    blank, drawn = (topology("vgg16", width=0.25, drawn=drawn).get_weights()[0] for drawn in (False, True))
    assert blank.shape == drawn.shape
    assert not blank.any()
    assert drawn.std() > 0


def test_a_network_without_a_twin_is_refused_in_quarter_width():
    with pytest.raises(BackboneError, match="inception_v3 exists in full width only"):
        topology("inception_v3", width=0.25)


def test_max_pooling_gives_what_the_original_gives():
    network = keras.applications.VGG16(include_top=False, weights=None, input_shape=(None, None, 3))
    network.set_weights(wide().model.get_weights())
    picture = some_picture(32, 32)
    mine = wide().features("block5_conv3")(picture)["block5_conv3"]
    cut = keras.Model(network.input, network.get_layer("block5_conv3").output)
    theirs = cut(keras.applications.vgg16.preprocess_input(picture * 255))
    np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-3)


def test_average_pooling_is_the_mean_of_each_window():
    maps = twin("vgg19").features(["block1_conv2", "block1_pool"])(some_picture(32, 32))
    convolved = maps["block1_conv2"].numpy()
    means = convolved.reshape(1, 16, 2, 16, 2, -1).mean((2, 4))
    np.testing.assert_allclose(maps["block1_pool"], means, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("name", sorted(PREPROCESSING))
def test_preprocessing_is_that_of_keras_applications(name):
    picture = some_picture()
    theirs = sys.modules[builder(name).__module__].preprocess_input(picture * 255)
    np.testing.assert_array_equal(preprocessed(tf.constant(picture), PREPROCESSING[name]), theirs)
