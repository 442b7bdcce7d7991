"""The mathematics of the losses, against exact small integers, NumPy, SciPy and finite differences."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import sqrtm
from scipy.optimize import linear_sum_assignment

from nst_utils.base.errors import SettingError
from nst_utils.base.tensorflow import tf
from nst_utils.losses.layer_zero import ZERO_SHARE, layer_zero
from nst_utils.losses.smoothness import total_variation
from nst_utils.losses.statistics import STATISTICS, content_distance, gram_matrix, softmax_smooth, style_distance

EVERY_STATISTIC = pytest.mark.parametrize("statistic", STATISTICS)
some_features = st.builds(
    lambda seed, n, h, w, channels: np.random.default_rng(seed).normal(0.3, 1, (n, h, w, channels)),
    st.integers(0, 10**6),
    st.integers(1, 3),
    st.integers(1, 6),
    st.integers(1, 6),
    st.integers(1, 5),
)
few = settings(max_examples=20)


def features(seed, shape, dtype=np.float64):
    return np.random.default_rng(seed).normal(0.3, 1, shape).astype(dtype)


def shuffled(values, seed):
    """The same feature vectors at other places."""
    n, h, w, channels = values.shape
    return (
        np.random.default_rng(seed).permutation(values.reshape(n, h * w, channels), axis=1).reshape(n, h, w, channels)
    )


def distance(own, target, statistic, seed=(3, 5)):
    return float(style_distance(tf.constant(own), tf.constant(target), statistic, seed))


def assert_gradient_agrees_with_finite_differences(function, at, step=1e-6):
    """Every partial derivative in float64, against central differences."""
    function = tf.function(function, input_signature=[tf.TensorSpec(at.shape, tf.float64)])  # compiled: many calls
    variable = tf.constant(at)
    with tf.GradientTape() as tape:
        tape.watch(variable)
        value = function(variable)
    gradient = tape.gradient(value, variable).numpy()
    assert gradient.dtype == np.float64
    measured = np.zeros_like(at)
    for index in np.ndindex(at.shape):
        for sign in (1, -1):
            moved = at.copy()
            moved[index] += sign * step
            measured[index] += sign * float(function(tf.constant(moved))) / (2 * step)
    np.testing.assert_allclose(gradient, measured, rtol=1e-5, atol=1e-6 * np.abs(measured).max())
    assert np.abs(gradient).max() > 0


# Gram matrix


@few
@given(some_features)
def test_gram_is_the_mean_outer_product_of_the_feature_vectors(values):
    columns = values.reshape(len(values), -1, values.shape[-1])
    outer = (columns[:, :, :, None] * columns[:, :, None, :]).mean(axis=1)
    np.testing.assert_allclose(gram_matrix(tf.constant(values)), outer, rtol=1e-10, atol=1e-12)


@few
@given(some_features)
def test_gram_is_symmetric_and_positive_semidefinite(values):
    gram = gram_matrix(tf.constant(values)).numpy()
    np.testing.assert_allclose(gram, gram.transpose(0, 2, 1), atol=1e-12)
    assert np.linalg.eigvalsh(gram).min() > -1e-10


@few
@given(some_features, st.integers(0, 1000))
def test_gram_is_unchanged_by_shuffling_positions(values, seed):
    np.testing.assert_allclose(
        gram_matrix(tf.constant(values)), gram_matrix(tf.constant(shuffled(values, seed))), atol=1e-10
    )


@few
@given(some_features, st.floats(-10, 10))
def test_gram_of_scaled_features_grows_with_the_square(values, factor):
    grown = gram_matrix(tf.constant(factor * values))
    np.testing.assert_allclose(grown, factor**2 * gram_matrix(tf.constant(values)), rtol=1e-9, atol=1e-9)


@few
@given(some_features)
def test_gram_of_a_tiled_picture_is_the_same_at_any_size(values):
    tiled = np.tile(values, (1, 2, 3, 1))
    np.testing.assert_allclose(gram_matrix(tf.constant(tiled)), gram_matrix(tf.constant(values)), atol=1e-10)


def test_gram_of_small_integers_is_exact():
    # two pictures of 1 x 3 positions and 2 channels; each position is (a, b)
    batch = tf.constant([[[[1.0, 2.0], [3.0, 0.0], [-1.0, 1.0]]], [[[0.0, 0.0], [6.0, 3.0], [0.0, 3.0]]]])
    expected = [[[11 / 3, 1 / 3], [1 / 3, 5 / 3]], [[12.0, 6.0], [6.0, 6.0]]]
    np.testing.assert_allclose(gram_matrix(batch), expected, rtol=1e-7)


def test_gram_is_unchanged_by_turning_a_picture_on_its_side():
    values = features(0, (1, 3, 7, 4))
    np.testing.assert_allclose(
        gram_matrix(tf.constant(values)), gram_matrix(tf.constant(values.transpose(0, 2, 1, 3))), atol=1e-12
    )


# Every statistic


@EVERY_STATISTIC
def test_distance_is_zero_on_equal_inputs(statistic):
    values = features(1, (1, 5, 6, 4))
    assert distance(values, values, statistic) == pytest.approx(0, abs=1e-6)


@EVERY_STATISTIC
def test_distance_is_positive_on_different_inputs(statistic):
    assert distance(features(1, (1, 5, 6, 4)), 2 * features(2, (1, 5, 6, 4)), statistic) > 1e-3


@EVERY_STATISTIC
def test_distance_is_unchanged_by_shuffling_positions(statistic):
    own, target = features(1, (1, 5, 6, 4)), features(2, (1, 7, 3, 4))
    expected = pytest.approx(distance(own, target, statistic), rel=1e-9)
    assert distance(shuffled(own, 0), target, statistic) == expected
    assert distance(own, shuffled(target, 0), statistic) == expected


@EVERY_STATISTIC
@pytest.mark.parametrize("target_shape", [(1, 3, 3, 2), (1, 5, 4, 2), (1, 2, 3, 2)])
def test_gradient_of_the_distance_agrees_with_finite_differences(statistic, target_shape):
    target = tf.constant(1.5 * features(4, target_shape))
    assert_gradient_agrees_with_finite_differences(
        lambda own: style_distance(own, target, statistic, (1, 2)), features(3, (1, 3, 3, 2))
    )


@EVERY_STATISTIC
def test_energy_is_positive_and_zero_is_its_distance_from_nothing(statistic):
    chosen = STATISTICS[statistic]
    values = tf.constant(features(5, (1, 40, 30, 4)))
    target = chosen.describe(chosen.smooth(values))
    (energy,) = chosen.energy(target).numpy()
    nothing = chosen.describe(tf.zeros_like(values))  # not smoothed: the softmax of zeros is ones
    seen = [chosen.distance(nothing, target, tf.constant([k, 0])).numpy()[0] for k in range(20)]
    assert energy > 0
    # random directions hold the energy on average only; a deviation of nothing is .001, not 0
    assert np.mean(seen) == pytest.approx(energy, rel=0.15 if statistic == "sliced_wasserstein" else 2e-3)


@EVERY_STATISTIC
@pytest.mark.parametrize("flat", ["own", "target", "both"])
def test_flat_pictures_have_finite_distance_and_gradient(statistic, flat):
    textured = features(6, (1, 8, 8, 3), np.float32)
    own = tf.constant(textured if flat == "target" else np.full_like(textured, 0.5))
    target = tf.constant(textured if flat == "own" else np.full_like(textured, 0.25))
    with tf.GradientTape() as tape:
        tape.watch(own)
        value = style_distance(own, target, statistic)
    assert np.isfinite(value)
    assert np.isfinite(tape.gradient(value, own)).all()


def test_an_unknown_statistic_is_refused_with_the_choices():
    with pytest.raises(SettingError, match=r"'grams'.*gram, softmax_gram"):
        style_distance(tf.zeros([1, 2, 2, 1]), tf.zeros([1, 2, 2, 1]), "grams")


# Each statistic against an independent reference


def test_gram_distance_of_small_integers_is_exact():
    own = tf.constant([[[[1.0, 0.0]], [[0.0, 1.0]]]])  # G = [[1/2, 0], [0, 1/2]]
    target = tf.constant([[[[2.0, 2.0]]]])  # G = [[4, 4], [4, 4]]
    assert float(style_distance(own, target)) == 2 * 3.5**2 + 2 * 4.0**2


def test_mean_variance_is_the_distance_of_means_and_deviations():
    own, target = features(1, (1, 5, 6, 4)), 2 * features(2, (1, 3, 4, 4))
    means = own.mean(axis=(1, 2)) - target.mean(axis=(1, 2))
    deviations = own.std(axis=(1, 2)) - target.std(axis=(1, 2))
    assert distance(own, target, "mean_variance") == pytest.approx((means**2).sum() + (deviations**2).sum(), rel=1e-5)


def test_softmax_gram_smooths_over_all_channels_and_positions():
    own, target = features(1, (1, 5, 6, 4)), features(2, (1, 3, 4, 4))

    def gram(values):
        share = np.exp(values) / np.exp(values).sum() * values.size
        columns = share.reshape(-1, values.shape[-1])
        return columns.T @ columns / len(columns)

    assert distance(own, target, "softmax_gram") == pytest.approx(((gram(own) - gram(target)) ** 2).sum(), rel=1e-9)


def test_softmax_smoothing_has_mean_one_for_each_picture_and_survives_large_values():
    values = 1000 * features(3, (2, 4, 5, 3), np.float32)
    smooth = softmax_smooth(tf.constant(values)).numpy()
    np.testing.assert_allclose(smooth.mean(axis=(1, 2, 3)), 1, rtol=1e-5)


@pytest.mark.parametrize("seed", range(5))
def test_covariance_is_the_wasserstein_distance_between_gaussians(seed):
    own, target = features(seed, (1, 9, 6, 4)), features(seed + 50, (1, 5, 5, 4)) @ features(seed + 90, (4, 4))
    (mean, covariance), (other_mean, other) = (
        (values.reshape(-1, 4).mean(axis=0), np.cov(values.reshape(-1, 4), rowvar=False, bias=True))
        for values in (own, target)
    )
    root = sqrtm(other)
    transport = np.trace(covariance + other - 2 * np.real(sqrtm(root @ covariance @ root)))
    expected = ((mean - other_mean) ** 2).sum() + transport
    assert distance(own, target, "covariance") == pytest.approx(expected, rel=1e-6)


def test_covariance_distance_is_symmetric_and_obeys_the_triangle():
    a, b, c = (features(k, (1, 6, 6, 3)) * (k + 1) for k in range(3))
    ab, bc, ac = (distance(x, y, "covariance") for x, y in ((a, b), (b, c), (a, c)))
    assert ab == pytest.approx(distance(b, a, "covariance"), rel=1e-6)
    assert ac**0.5 <= ab**0.5 + bc**0.5 + 1e-9


def optimal_transport(own, target):
    """Mean squared distance of the best matching of two equally large sets of numbers."""
    cost = (own[:, None] - target[None, :]) ** 2
    return cost[linear_sum_assignment(cost)].mean()


def test_histogram_is_the_best_matching_of_each_channel():
    own, target = features(1, (1, 5, 6, 3)), 2 * features(2, (1, 5, 6, 3))
    expected = sum(optimal_transport(own[..., k].ravel(), target[..., k].ravel()) for k in range(3))
    assert distance(own, target, "histogram") == pytest.approx(expected, rel=1e-9)


def test_sliced_wasserstein_is_the_best_matching_along_unit_directions():
    # one channel has one direction up to its sign: the distance is the channel's own
    own, target = features(1, (1, 5, 6, 1)), 2 * features(2, (1, 5, 6, 1))
    expected = optimal_transport(own.ravel(), target.ravel())
    assert distance(own, target, "sliced_wasserstein") == pytest.approx(expected, rel=1e-9)


def test_sliced_wasserstein_averages_to_that_of_many_directions():
    own, target = features(1, (1, 4, 5, 3)), 2 * features(2, (1, 4, 5, 3))
    directions = np.random.default_rng(0).normal(size=(200, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    expected = 3 * np.mean([optimal_transport((own @ d).ravel(), (target @ d).ravel()) for d in directions])
    seen = [distance(own, target, "sliced_wasserstein", (k, 7)) for k in range(60)]
    assert np.mean(seen) == pytest.approx(expected, rel=0.15)
    assert np.std(seen) > 0


def test_sliced_wasserstein_takes_its_directions_from_the_seed():
    own, target = features(1, (1, 4, 5, 3)), features(2, (1, 4, 5, 3))
    assert distance(own, target, "sliced_wasserstein", (1, 2)) == distance(own, target, "sliced_wasserstein", (1, 2))
    assert distance(own, target, "sliced_wasserstein", (1, 2)) != distance(own, target, "sliced_wasserstein", (1, 3))


def test_a_shift_moves_histogram_and_sliced_wasserstein_by_its_square():
    target = features(1, (1, 6, 7, 1))
    for statistic in ("histogram", "sliced_wasserstein"):
        assert distance(target + 0.5, target, statistic) == pytest.approx(0.25, rel=1e-9)


@pytest.mark.parametrize("statistic", ["histogram", "sliced_wasserstein"])
def test_one_distribution_seen_at_two_sizes_is_close(statistic):
    ramp = np.linspace(-1, 1, 40 * 40)
    fine, coarse = shuffled(ramp.reshape(1, 40, 40, 1), 0), np.linspace(-1, 1, 30 * 10).reshape(1, 30, 10, 1)
    assert distance(coarse, fine, statistic) < 1e-6
    assert distance(fine, coarse, statistic) < 1e-6


# Content, total variation, layer zero


def test_content_distance_of_small_integers_is_exact():
    assert float(content_distance(tf.constant([1.0, 2.0, 5.0]), tf.constant([1.0, 4.0, 2.0]))) == 13.0


def test_gradient_of_the_content_distance_agrees_with_finite_differences():
    target = tf.constant(features(4, (1, 3, 2, 3)))
    assert_gradient_agrees_with_finite_differences(lambda own: content_distance(own, target), features(3, (1, 3, 2, 3)))


def test_total_variation_of_small_integers_is_exact():
    picture = np.zeros((1, 2, 3, 3), np.float32)
    picture[0, :, :, 0] = [[0, 1, 3], [4, 1, 0]]  # across 1 + 2 + 3 + 1, down 4 + 0 + 3
    assert float(total_variation(tf.constant(picture))) == pytest.approx(14 / 18)


@few
@given(some_features)
def test_total_variation_agrees_with_numpy_differences(values):
    expected = sum(np.abs(np.diff(values, axis=axis)).sum() for axis in (1, 2)) / values.size
    assert float(total_variation(tf.constant(values))) == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_total_variation_of_a_flat_picture_is_zero():
    assert float(total_variation(tf.fill([1, 6, 5, 3], 0.7))) == 0


def test_gradient_of_total_variation_agrees_with_finite_differences():
    assert_gradient_agrees_with_finite_differences(total_variation, features(3, (1, 4, 3, 3)))


def test_total_variation_is_the_same_for_a_picture_with_and_without_batch():
    values = features(1, (5, 4, 3))
    assert float(total_variation(tf.constant(values))) == float(total_variation(tf.constant(values[None])))


def test_layer_zero_begins_with_the_neighborhood_of_each_inner_pixel():
    picture = features(2, (1, 5, 6, 3))
    seen = layer_zero(tf.constant(picture)).numpy()
    assert seen.shape == (1, 3, 4, 39)
    for y in range(3):
        for x in range(4):
            np.testing.assert_array_equal(seen[0, y, x, :27], picture[0, y : y + 3, x : x + 3].ravel())


def test_layer_zero_holds_products_of_colors_and_changes():
    picture = features(2, (1, 5, 6, 3))
    seen = layer_zero(tf.constant(picture)).numpy()[..., 27:] / ZERO_SHARE
    red, green, blue = np.moveaxis(picture[:, 1:-1, 1:-1] - 0.5, -1, 0)
    products = [red * red, green * green, blue * blue, red * blue, green * red, blue * green]
    across, down = picture[:, 1:-1, 2:] - picture[:, 1:-1, :-2], picture[:, 2:, 1:-1] - picture[:, :-2, 1:-1]
    np.testing.assert_allclose(seen[..., :6], np.stack(products, -1), atol=1e-6)
    np.testing.assert_allclose(seen[..., 6:], np.abs(np.concatenate([across, down], -1)), atol=1e-6)


def test_layer_zero_with_a_stride_is_every_other_pixel_of_it():
    picture = tf.constant(features(2, (1, 8, 9, 3)))
    np.testing.assert_array_equal(layer_zero(picture, 2).numpy(), layer_zero(picture).numpy()[:, ::2, ::2])


def test_layer_zero_tells_a_few_glaring_pixels_from_an_even_spread_of_the_same_variance():
    noise = np.random.default_rng(0)
    even = 0.5 + 0.1 * noise.choice([-1.0, 1.0], (1, 64, 64, 3))
    glaring = 0.5 + 0.5 * noise.choice([-1.0, 1.0], (1, 64, 64, 3)) * (noise.random((1, 64, 64, 3)) < 0.04)
    other = 0.5 + 0.1 * noise.choice([-1.0, 1.0], (1, 64, 64, 3))
    assert np.var(even) == pytest.approx(np.var(glaring), rel=0.1)

    def apart(picture):
        return float(style_distance(layer_zero(tf.constant(picture)), layer_zero(tf.constant(even)), "covariance"))

    assert apart(glaring) > 20 * apart(other)


def test_gradient_of_layer_zero_agrees_with_finite_differences():
    weights = tf.constant(features(7, (1, 2, 3, 39)))
    assert_gradient_agrees_with_finite_differences(
        lambda picture: tf.reduce_sum(layer_zero(picture) * weights), features(3, (1, 4, 5, 3))
    )
    assert_gradient_agrees_with_finite_differences(
        lambda picture: tf.reduce_sum(layer_zero(picture, 2) * weights), features(3, (1, 6, 8, 3))
    )


def test_no_flat_style_has_an_energy_near_zero():
    for color in np.linspace(0, 1, 21):
        (*described,) = STATISTICS["covariance"].describe(layer_zero(tf.fill([1, 8, 8, 3], np.float32(color))))
        assert STATISTICS["covariance"].energy(tuple(described)).numpy()[0] > 1
