"""Adam against Keras' own, its moments across scales, and L-BFGS on problems whose answer is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nst_utils.base.tensorflow import keras, tf
from nst_utils.engine.optimizers import Moments, adam, lbfgs, no_moments, resized_moments

SHAPE = (1, 4, 5, 3)


def random(seed, shape=SHAPE):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize(("beta1", "beta2", "epsilon"), [(0.9, 0.99, 1e-8), (0.99, 0.999, 1e-9)])
def test_adam_takes_the_steps_of_keras(beta1, beta2, epsilon):
    start = 0.5 + 0.01 * random(0)  # far from 0 and 1, where nothing is clipped
    theirs = keras.Variable(start)
    optimizer = keras.optimizers.Adam(1e-3, beta_1=beta1, beta_2=beta2, epsilon=epsilon)
    optimizer.build([theirs])
    picture, moments = tf.constant(start), no_moments(tf.constant(start))
    for step in range(12):
        gradient = tf.constant(random(step + 1) * 10.0 ** (step % 3 - 1))
        optimizer.apply([gradient])
        picture, moments = adam(picture, gradient, moments, 1e-3, beta1, beta2, epsilon)
        np.testing.assert_allclose(picture, theirs.numpy(), atol=1e-6)
    assert np.abs(picture - start).max() > 3e-3
    assert float(moments.count) == 12


def test_adam_takes_the_steps_of_its_paper():
    start = 0.5 + 0.01 * random(0).astype(np.float64)
    picture, moments = tf.constant(start, tf.float32), no_moments(tf.constant(start, tf.float32))
    first = second = np.zeros(SHAPE)
    for step in range(1, 8):
        gradient = random(step).astype(np.float64)
        first, second = 0.9 * first + 0.1 * gradient, 0.95 * second + 0.05 * gradient**2
        start = start - 0.01 * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.95**step)) + 0.1)
        picture, moments = adam(picture, tf.constant(gradient, tf.float32), moments, 0.01, 0.9, 0.95, 0.1)
        np.testing.assert_allclose(picture, start, atol=1e-6)


@settings(max_examples=30)
@given(st.floats(-8, 4))
def test_the_first_step_of_adam_is_the_learning_rate_whatever_the_gradients_size(magnitude):
    gradient = tf.constant(np.sign(random(1)) * 10.0**magnitude, tf.float32)
    after, _ = adam(tf.fill(SHAPE, 0.5), gradient, no_moments(tf.zeros(SHAPE)), 0.02)
    np.testing.assert_allclose(after, 0.5 - 0.02 * np.sign(gradient), rtol=1e-3)


def test_adam_stays_between_black_and_white():
    picture, moments = tf.constant([[[[0.001, 0.999, 0.5]]]]), no_moments(tf.zeros([1, 1, 1, 3]))
    for _ in range(5):
        picture, moments = adam(picture, tf.constant([[[[1.0, -1.0, 0.0]]]]), moments, 0.1)
    assert picture.numpy().ravel().tolist() == [0.0, 1.0, 0.5]


def test_adam_stands_still_without_a_gradient():
    picture, _ = adam(tf.fill(SHAPE, 0.3), tf.zeros(SHAPE), no_moments(tf.zeros(SHAPE)), 0.02)
    np.testing.assert_array_equal(picture, np.float32(0.3) * np.ones(SHAPE, np.float32))


def test_resized_moments_follow_the_gradient_of_a_mean_over_pixels():
    """The same pattern at twice the size has four times the pixels, and a quarter of the gradient at each."""
    pattern = np.full((1, 4, 6, 3), 2.0, np.float32)
    moments = Moments(tf.constant(pattern), tf.constant(pattern**2), tf.constant(7.0))
    larger = resized_moments(moments, 8, 12)
    assert larger.first.shape == larger.second.shape == (1, 8, 12, 3)
    np.testing.assert_allclose(larger.first, 0.5)
    np.testing.assert_allclose(larger.second, 0.25)
    assert float(larger.count) == 7


def test_resized_moments_keep_the_length_of_the_step():
    gradient = np.abs(random(3)) + 0.1
    moments = Moments(tf.constant(gradient), tf.constant(gradient**2), tf.constant(5.0))
    for height, width in ((8, 10), (6, 9), (4, 5)):
        larger = resized_moments(moments, height, width)
        step = larger.first / tf.sqrt(larger.second)
        assert 0.8 < float(tf.reduce_mean(step)) <= 1.001


@settings(max_examples=20)
@given(st.integers(0, 10**6), st.integers(3, 20), st.integers(3, 20))
def test_resized_second_moments_stay_positive(seed, height, width):
    moments = Moments(tf.constant(random(seed)), tf.constant(random(seed + 1) ** 2), tf.constant(1.0))
    assert float(tf.reduce_min(resized_moments(moments, height, width).second)) >= 0


def quadratic(target, curvature):
    def value_and_gradient(picture):
        return np.sum(curvature * (picture - target) ** 2) / 2, curvature * (picture - target)

    return value_and_gradient


def test_lbfgs_finds_the_lowest_point_within_black_and_white():
    target = 0.5 + random(0, (1, 5, 6, 3))  # partly outside [0, 1]
    curvature = np.exp(random(1, (1, 5, 6, 3)))  # a narrow valley
    found = lbfgs(quadratic(target, curvature), np.full(target.shape, 0.5, np.float32), 100, lambda picture: None)
    np.testing.assert_allclose(found, np.clip(target, 0, 1), atol=5e-3)  # as far as float32 can tell
    assert found.dtype == np.float32
    assert found.shape == target.shape


def test_lbfgs_goes_downhill_and_shows_each_iterate():
    target, curvature = 0.5 + 0.2 * random(0), np.exp(2 * random(1))
    function, seen = quadratic(target, curvature), []
    found = lbfgs(function, np.zeros(SHAPE, np.float32), 10, seen.append)
    values = [function(picture)[0] for picture in seen]
    assert 5 <= len(seen) <= 10
    assert values == sorted(values, reverse=True)
    assert values[-1] < 0.05 * function(np.zeros(SHAPE))[0]
    np.testing.assert_array_equal(found, seen[-1])
    assert all(picture.min() >= 0 and picture.max() <= 1 for picture in seen)


@pytest.mark.parametrize("curvature", [1e-12, 1e-9, 1e-6, 1.0, 1e6])
def test_lbfgs_arrives_whatever_the_size_of_the_loss(curvature):
    """Losses are means over pixels: their gradients are small by nature, not because the run has arrived."""
    target = 0.5 + 0.2 * random(0)
    found = lbfgs(quadratic(target, np.float32(curvature)), np.full(SHAPE, 0.1, np.float32), 20, lambda picture: None)
    np.testing.assert_allclose(found, np.clip(target, 0, 1), atol=1e-3)


def test_lbfgs_at_the_lowest_point_stays_there():
    target = np.full(SHAPE, 0.25, np.float32)
    np.testing.assert_array_equal(lbfgs(quadratic(target, 1.0), target, 5, lambda picture: None), target)
