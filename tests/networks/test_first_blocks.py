"""The first blocks in strips give what the whole blocks give."""

import dataclasses

import numpy as np
import pytest

from nst_utils.base.tensorflow import tf
from nst_utils.engine.objective import Objective, as_batch
from nst_utils.engine.views import Strips
from nst_utils.losses.statistics import STATISTICS, gram_matrix
from nst_utils.networks.first_blocks import first_blocks_in_strips
from nst_utils.networks.loading import load_backbone

LAYERS = ("block1_conv1", "block1_conv2", "block2_conv1", "block2_conv2", "block3_conv1")


@pytest.fixture(scope="module")
def network():
    return load_backbone("vgg19", "mini-random", pooling="max")


@pytest.mark.parametrize("height", [16, 23, 40, 41])
def test_grams_and_pooled_maps_are_those_of_the_whole(network, height):
    picture = np.random.default_rng(height).random((height, 30, 3), np.float32)
    maps = network.features(LAYERS)(as_batch(picture))
    rest, sums = network.features_in_strips(LAYERS, STATISTICS["gram"].sums)(as_batch(picture))
    assert set(sums) == {"block1_conv1", "block1_conv2", "block2_conv1", "block2_conv2"}
    for name, own in sums.items():
        np.testing.assert_allclose(own.sums[0] / own.positions, gram_matrix(maps[name]), rtol=1e-4)
        assert own.positions == maps[name].shape[1] * maps[name].shape[2]
    np.testing.assert_allclose(rest["block3_conv1"], maps["block3_conv1"], rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("count", [1, 2, 7])
def test_any_number_of_strips_gives_the_same_sums(network, count):
    picture = tf.random.stateless_uniform([1, 21, 17, 3], [1, 2])
    whole, parts = (
        first_blocks_in_strips(network.model, ("block1_conv1", "block2_conv2"), STATISTICS["covariance"].sums, k)(
            picture
        )
        for k in (1, count)
    )
    np.testing.assert_allclose(parts[0], whole[0], atol=1e-4)
    for own, other in zip(parts[1], whole[1], strict=True):
        assert own.positions == other.positions
        for part, same in zip(own.sums, other.sums, strict=True):
            np.testing.assert_allclose(part, same, rtol=1e-4)


@pytest.mark.parametrize("statistic", [name for name, statistic in STATISTICS.items() if statistic.in_parts])
def test_the_gradient_is_that_of_the_whole(network, statistic):
    style = tuple((name, 0.25) for name in LAYERS)
    whole = Objective(network, (("block3_conv2", 1.0),), style, statistic, jitter=3)
    in_strips = dataclasses.replace(whole, view=Strips(network))
    rng = np.random.default_rng(0)
    content, style, picture = (as_batch(rng.random((33, 26, 3), np.float32)) for _ in range(3))
    weights, seed = tf.constant([1.0, 1.0, 1.0, 0.0]), tf.constant([0, 5])
    found = [
        objective.value_and_gradient(picture, objective.targets(content, style, seed), weights, seed)
        for objective in (whole, in_strips)
    ]
    # from sums a covariance is the difference of two large numbers, and its root is steep near 0
    losses, slopes = (1e-3, 5e-3) if statistic == "covariance" else (1e-4, 1e-4)
    np.testing.assert_allclose(found[1][0], found[0][0], rtol=losses)
    np.testing.assert_allclose(found[1][1], found[0][1], atol=slopes * float(np.abs(found[0][1]).max()))
