"""Measures through a network: on features small enough to follow by hand, and on a real network."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from made_pictures import falls, few, noise, seeds
from skimage.transform import rescale

from nst_utils import load_backbone, losses, metrics


def features_of(pictures):
    """Two layers that can be followed by hand: the colors themselves, and how they change to the right and down."""
    pictures = np.asarray(pictures)
    right, down = np.diff(pictures, axis=2)[:, :-1], np.diff(pictures, axis=1)[:, :, :-1]
    return {"colors": pictures, "edges": np.maximum(np.concatenate([right, down, -right, -down], axis=-1), 0)}


def only(layer):
    return lambda pictures: {layer: features_of(pictures)[layer]}


@pytest.fixture(scope="module")
def network():
    """A real network, whose maps are tensors."""
    return load_backbone("vgg16", "mini-random").features(["block1_conv1", "block2_conv1", "block3_conv2"])


@given(seed=seeds)
@few
def test_equal_pictures_have_no_distance_under_a_network(seed):
    picture = noise(seed, blur=1)
    assert metrics.style_distance(picture, picture.copy(), features_of) == 0
    assert metrics.content_distance(picture, picture.copy(), features_of) == 0


@given(a=seeds, b=seeds)
@few
def test_distances_under_a_network_are_symmetric_up_to_their_unit(a, b):
    a, b = noise(a, blur=1), noise(b, contrast=0.6)
    for distance, energy in (
        (metrics.style_distance, lambda maps: np.sum(np.square(losses.gram_matrix(maps)))),
        (metrics.content_distance, lambda maps: np.sum(np.square(maps))),
    ):
        for layer in ("colors", "edges"):
            there, back = distance(a, b, only(layer)), distance(b, a, only(layer))
            units = [float(energy(features_of(picture[None])[layer])) for picture in (a, b)]
            assert there > 0
            assert there * units[1] == pytest.approx(back * units[0], rel=1e-4)


def test_distances_are_means_over_the_layers_and_nothing_counts_one(content, style):
    for distance in (metrics.style_distance, metrics.content_distance):
        single = [distance(content, style, only(layer)) for layer in ("colors", "edges")]
        assert distance(content, style, features_of) == pytest.approx(np.mean(single))
        assert distance(np.zeros_like(content), style, features_of) == 1


def test_where_things_stand_counts_for_content_and_not_for_style():
    picture = noise(1)
    shuffled = np.random.default_rng(0).permutation(picture.reshape(-1, 3)).reshape(picture.shape)
    assert metrics.style_distance(shuffled, picture, only("colors")) == pytest.approx(0, abs=1e-9)
    assert metrics.content_distance(shuffled, picture, only("colors")) > 0.1


@pytest.mark.parametrize("eye", ["features_of", "network"])
def test_growing_noise_grows_the_distances_under_a_network(eye, request, content):
    seeing = features_of if eye == "features_of" else request.getfixturevalue(eye)
    grain = noise(3, content.shape[:2]) - 0.5
    noisy = [np.clip(content + strength * grain, 0, 1) for strength in (0.8, 0.4, 0.2, 0.1, 0)]
    assert falls([metrics.style_distance(picture, content, seeing) for picture in noisy])
    assert falls([metrics.content_distance(picture, content, seeing) for picture in noisy])


def test_a_picture_far_larger_is_a_style_like_any_other_and_a_content_at_the_size_of_the_first(content):
    twice = rescale(content, 2, order=3, channel_axis=2).clip(0, 1).astype(np.float32)
    assert metrics.style_distance(twice, content, only("colors")) < 1e-3
    assert metrics.content_distance(content, twice, only("colors")) < 1e-3


def test_the_style_distance_is_the_loss_that_a_painting_lowers(network, content, style):
    def features_of(pictures):
        return {"block2_conv1": network(pictures)["block2_conv1"]}

    maps = [features_of(picture[None])["block2_conv1"] for picture in (content, style)]
    (energy,) = losses.STATISTICS["gram"].energy((losses.gram_matrix(maps[1]),)).numpy()
    expected = float(losses.style_distance(*maps) / energy)
    assert metrics.style_distance(content, style, features_of) == pytest.approx(expected, rel=1e-4)


def test_a_layer_that_sees_nothing_in_the_second_picture_leaves_no_unit(content):
    flat = np.full_like(content, 0.5)
    assert np.isnan(metrics.style_distance(content, flat, features_of))
    assert np.isnan(metrics.content_distance(content, flat, features_of))
    assert np.isfinite(metrics.content_distance(content, flat, only("colors")))


def test_the_held_out_measures_are_those_of_their_layers(content, style):
    result = (content + noise(2, content.shape[:2])) / 2
    measured = metrics.measure_held_out(result, content, style, features_of, ["colors"], ["edges", "colors"])
    left, gap = (metrics.style_distance(picture, style, features_of) for picture in (result, content))
    assert measured == {
        "held_out_style_distance": pytest.approx(left),
        "held_out_content_distance": metrics.content_distance(result, content, only("colors")),
        "held_out_gap_closed": pytest.approx(1 - left / gap),
    }


def test_the_held_out_gap_goes_from_nothing_for_the_content_to_all_for_the_style(content):
    style = noise(5, content.shape[:2], blur=1)
    steps = [((1 - t) * style + t * content).astype(np.float32) for t in (0, 0.2, 0.4, 0.7, 1)]
    measured = [metrics.measure_held_out(step, content, style, features_of, ["colors"], ["edges"]) for step in steps]
    gaps = [each["held_out_gap_closed"] for each in measured]
    assert (gaps[0], gaps[-1]) == (1, 0)
    assert falls(gaps)
    assert falls([each["held_out_content_distance"] for each in measured])
    no_gap = metrics.measure_held_out(style, content, content, features_of, ["colors"], ["edges"])
    assert np.isnan(no_gap["held_out_gap_closed"])


# Activations
maps = arrays(np.float32, (3, 4, 5), elements=st.floats(0, 100, width=32)).filter(np.any)


@given(features=maps, factor=st.floats(0.01, 100), seed=seeds)
@settings(max_examples=50)
def test_neither_a_factor_nor_a_sign_nor_another_order_changes_entropy_and_peakedness(features, factor, seed):
    signs = np.random.default_rng(seed).choice([-1, 1], features.size)
    other = factor * np.random.default_rng(seed).permutation(features.ravel()).astype(float) * signs
    for statistic, most in ((metrics.activation_entropy, 1), (metrics.peakedness, features.size)):
        value = statistic(features)
        assert statistic(other.reshape(1, 5, 4, 3)) == pytest.approx(value, abs=1e-9)
        assert 0 <= value <= most * (1 + 1e-12)


def test_a_flat_layer_has_the_greatest_entropy_and_a_single_peak_the_least():
    flat, peak = np.full((4, 5, 6), 0.3), np.zeros((4, 5, 6))
    peak[1, 2, 3] = -7
    assert metrics.activation_entropy(flat) == pytest.approx(1)
    assert metrics.peakedness(flat) == pytest.approx(1)
    assert metrics.activation_entropy(peak) == 0
    assert metrics.peakedness(peak) == peak.size


@given(features=maps)
@settings(max_examples=50)
def test_growing_powers_lower_the_entropy_and_sharpen_the_peak(features):
    grown = [np.power(features.astype(float) / features.max(), power) for power in (4, 2, 1, 0.5)]
    entropies = [metrics.activation_entropy(each) for each in grown]
    peaks = [metrics.peakedness(each) for each in grown]
    assert all(a <= b + 1e-9 for a, b in itertools.pairwise(entropies))
    assert all(a >= b - 1e-9 for a, b in itertools.pairwise(peaks))
    spread = np.ptp(features[features > 0]) > 1e-3 * features.max()
    assert not spread or (entropies[0] < entropies[-1] and peaks[0] > peaks[-1])


def test_the_smoothing_of_residual_networks_raises_the_entropy_of_a_peaky_layer():
    features = np.random.default_rng(0).random((1, 6, 7, 8), np.float32)
    features[0, 2, 3, 4] = 300
    smooth = losses.softmax_smooth(features / 100)
    assert metrics.activation_entropy(smooth) > metrics.activation_entropy(features) + 0.1
    assert metrics.peakedness(smooth) < metrics.peakedness(features) / 4


def test_a_silent_layer_has_neither_entropy_nor_peak():
    assert np.isnan(metrics.activation_entropy(np.zeros((2, 2, 2))))
    assert np.isnan(metrics.peakedness(np.zeros((2, 2, 2))))


def test_activations_are_measured_layer_by_layer(network, content):
    rows = metrics.measure_activations(content, network)
    seen = network(content[None])
    assert [row["layer"] for row in rows] == list(seen)
    for row in rows:
        assert row["activation_entropy"] == metrics.activation_entropy(seen[row["layer"]])
        assert row["peakedness"] == metrics.peakedness(seen[row["layer"]])
    assert len({row["peakedness"] for row in rows}) == 3
