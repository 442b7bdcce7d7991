"""What each measure must do: identity, symmetry, a known value, and the right order under a growing distortion."""

import itertools
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.ndimage import gaussian_filter
from skimage.transform import rescale

from nst_utils import load_backbone, losses, metrics
from nst_utils.base.errors import PictureError

few = settings(max_examples=15, deadline=None)
very_few = settings(max_examples=3, deadline=None)  # a patch distance takes a fifth of a second
shades = st.integers(0, 255).map(lambda value: value / 255)
colors = arrays(np.float32, 3, elements=shades.map(np.float32))
seeds = st.integers(0, 2**32 - 1)


def noise(seed: int, shape: tuple[int, int] = (48, 64), blur: float = 0.0, contrast: float = 1.0) -> np.ndarray:
    """Blobs of random colors: larger with more blur, spread over the whole range, then drawn toward gray."""
    picture = np.random.default_rng(seed).random((*shape, 3), np.float32)
    picture = gaussian_filter(picture, (blur, blur, 0))
    picture = (picture - picture.min()) / np.ptp(picture)
    return (0.5 + contrast * (picture - 0.5)).astype(np.float32)


@pytest.fixture(scope="module")
def content() -> np.ndarray:
    return noise(1, (96, 128), blur=6)


@pytest.fixture(scope="module")
def style() -> np.ndarray:
    """Diagonal stripes of two colors on a canvas of another shape."""
    y, x = np.mgrid[:120, :100]
    stripes = (np.sin((x + 2 * y) / 4)[..., None] + 1) / 2
    return (stripes * [0.9, 0.7, 0.2] + (1 - stripes) * [0.1, 0.2, 0.5]).astype(np.float32)


def falls(values: list[float]) -> bool:
    return all(later < earlier for earlier, later in itertools.pairwise(values))


# All together ----------------------------------------------------------------------------------------------------


def test_measure_returns_what_the_single_measures_return(content, style):
    result = (content[:80] + style[:80, :1]) / 2
    assert metrics.measure(result, content, style, seed=3) == {
        "style_gap_closed": metrics.style_gap_closed(result, content, style, seed=3),
        "palette_distance": metrics.palette_distance(result, style, seed=3),
        "edge_correlation": metrics.edge_correlation(result, content),
        "structural_similarity": metrics.structural_similarity(result, content),
        "high_frequency_energy": metrics.high_frequency_energy(result),
        "total_variation": metrics.total_variation(result),
    }


def test_a_seed_repeats_the_measures_to_the_bit_and_another_changes_them_little(content, style):
    result = (content + 0.5 * noise(2, content.shape[:2])) / 1.5
    first, again, other = (metrics.measure(result, content, style, seed) for seed in (0, 0, 1))
    assert first == again
    assert first["style_gap_closed"] != other["style_gap_closed"]
    assert first["style_gap_closed"] == pytest.approx(other["style_gap_closed"], abs=0.03)
    assert first["palette_distance"] == pytest.approx(other["palette_distance"], rel=0.05)


def test_measures_leave_the_pictures_as_they_were(content, style):
    before = content.copy(), style.copy()
    metrics.measure(content, content, style)
    np.testing.assert_array_equal(content, before[0])
    np.testing.assert_array_equal(style, before[1])


def test_importing_the_measures_loads_no_heavy_package():
    code = "import sys; from nst_utils import metrics; [getattr(metrics, name) for name in metrics.__all__];"
    code += "print({'tensorflow', 'scipy', 'skimage', 'PIL'} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "set()"


@pytest.mark.parametrize("compare", [metrics.palette_distance, metrics.edge_correlation, metrics.structural_similarity])
@given(a=seeds, b=seeds, blur=st.sampled_from([0.0, 2.0]))
@few
def test_comparisons_of_two_pictures_of_one_shape_are_symmetric(compare, a, b, blur):
    a, b = noise(a, (24, 32), blur), noise(b, (24, 32))
    assert compare(a, b) == pytest.approx(compare(b, a), rel=1e-5, abs=1e-6)


def test_distances_of_pictures_of_two_shapes_are_symmetric(content, style):
    assert metrics.patch_distance(content, style).tolist() == metrics.patch_distance(style, content).tolist()
    assert metrics.palette_distance(content, style) == metrics.palette_distance(style, content)


@given(seed=seeds)
@very_few
def test_a_picture_equals_itself(seed):
    picture = noise(seed, (24, 32), blur=1)
    assert metrics.patch_distance(picture, picture.copy()).tolist() == [0, 0, 0, 0]
    assert metrics.palette_distance(picture, picture.copy()) == 0
    assert metrics.edge_correlation(picture, picture.copy()) == pytest.approx(1)
    assert metrics.structural_similarity(picture, picture.copy()) == pytest.approx(1)


# Style -----------------------------------------------------------------------------------------------------------


def test_the_content_closes_nothing_and_the_style_everything(content, style):
    assert metrics.style_gap_closed(content, content, style) == 0
    assert metrics.style_gap_closed(style, content, style) == 1


def test_a_mirror_image_closes_the_gap_of_a_style_without_direction_better_than_of_slanted_stripes(content, style):
    blobs = noise(4, (100, 100), blur=2)
    assert 0.3 < metrics.style_gap_closed(style[:, ::-1], content, style) < 0.7
    assert 0.7 < metrics.style_gap_closed(blobs[:, ::-1], content, blobs) < 1


def test_patches_of_a_style_in_another_order_close_more_of_the_gap_than_its_colors_in_another_order(content, style):
    pixels = np.random.default_rng(0).permutation(style.reshape(-1, 3)).reshape(style.shape)
    rolled = np.roll(style, (40, 30), axis=(0, 1))
    assert metrics.style_gap_closed(pixels, content, style) < metrics.style_gap_closed(rolled, content, style) - 0.2


def test_going_from_style_to_content_closes_ever_less_of_the_gap(content):
    style = noise(5, content.shape[:2], blur=1)
    steps = [(1 - t) * style + t * content for t in (0, 0.3, 0.7, 1)]
    assert falls([metrics.style_gap_closed(step.astype(np.float32), content, style) for step in steps])


def test_noise_on_a_style_closes_ever_less_of_the_gap(content, style):
    grain = noise(6, style.shape[:2]) - 0.5
    noisy = [np.clip(style + strength * grain, 0, 1) for strength in (0, 0.3, 0.6, 1)]
    assert falls([metrics.style_gap_closed(picture, content, style) for picture in noisy])


def test_a_picture_farther_from_the_style_than_the_content_has_a_negative_gap_closed():
    black, gray, white = (np.full((32, 32, 3), value, np.float32) for value in (0, 0.5, 1))
    assert metrics.style_gap_closed(black, gray, white) == pytest.approx(-1, abs=0.01)


def test_without_a_gap_nothing_can_be_closed(content, style):
    assert np.isnan(metrics.style_gap_closed(style, content, content))


def test_the_patch_distance_hardly_depends_on_the_size_of_a_picture(content, style):
    large = rescale(content, 3, order=3, channel_axis=2).clip(0, 1).astype(np.float32)
    assert metrics.patch_distance(large, content).sum() < 0.02 * metrics.patch_distance(style, content).sum()


def test_the_finest_level_sees_grain_and_the_coarsest_a_change_of_color(content):
    grainy = np.clip(content + 0.2 * (noise(7, content.shape[:2]) - 0.5), 0, 1)
    darker = content * np.float32(0.7)
    grain, color = metrics.patch_distance(grainy, content), metrics.patch_distance(darker, content)
    assert grain[0] > grain[3]
    assert color[3] > 10 * color[0]


@given(a=seeds, b=seeds, c=seeds)
@very_few
def test_style_distances_obey_the_triangle_inequality(a, b, c):
    a, b, c = noise(a, (24, 32)), noise(b, (32, 24), blur=1), noise(c, (20, 20), contrast=0.5)
    slack = 1e-6
    assert (metrics.patch_distance(a, c) <= metrics.patch_distance(a, b) + metrics.patch_distance(b, c) + slack).all()
    assert metrics.palette_distance(a, c) <= metrics.palette_distance(a, b) + metrics.palette_distance(b, c) + slack


@pytest.mark.parametrize("shape", [(2, 2), (7, 300), (400, 9), (1, 50)])
def test_style_is_measured_on_pictures_of_any_shape(shape, content, style):
    assert np.isfinite(metrics.style_gap_closed(noise(8, shape), content, style))


@given(a=colors, b=colors, seed=st.integers(0, 100))
@few
def test_a_color_that_moves_counts_half_its_way(a, b, seed):
    pictures = np.broadcast_to(a, (5, 4, 3)), np.broadcast_to(b, (3, 9, 3))
    assert metrics.palette_distance(*pictures, seed) == pytest.approx(np.linalg.norm(a - b) / 2, rel=0.03, abs=1e-6)


@given(seed=seeds)
@few
def test_where_colors_stand_does_not_change_the_palette(seed):
    picture = noise(seed, (24, 32), blur=2)
    shuffled = np.random.default_rng(seed).permutation(picture.reshape(-1, 3)).reshape(32, 24, 3)
    assert metrics.palette_distance(picture, shuffled) == 0


def test_a_large_picture_has_the_palette_of_its_tile():
    tile = noise(9, (64, 64), blur=1)
    assert metrics.palette_distance(np.tile(tile, (5, 5, 1)), tile) < 0.002


def test_a_growing_shift_of_color_grows_the_palette_distance(content):
    shifts = [content * 0.5 + np.float32([shift, 0, 0]) for shift in (0.4, 0.2, 0.1, 0)]
    assert falls([metrics.palette_distance(shifted, content * 0.5) for shifted in shifts])


# Content ---------------------------------------------------------------------------------------------------------


@given(seed=seeds, contrast=st.floats(0.2, 1), inverted=st.booleans())
@few
def test_contrast_and_inversion_leave_the_edges_where_they_are(seed, contrast, inverted):
    picture, other = noise(seed, blur=2), noise(seed + 1, blur=2)
    changed = 0.5 + np.float32(-contrast if inverted else contrast) * (picture - 0.5)
    expected = metrics.edge_correlation(picture, other)
    assert metrics.edge_correlation(changed, other) == pytest.approx(expected, abs=1e-3)


def test_edges_of_unrelated_pictures_do_not_correlate():
    assert abs(metrics.edge_correlation(noise(1, (200, 200)), noise(2, (200, 200)))) < 0.05


def test_a_picture_without_edges_has_no_edge_correlation(content):
    assert np.isnan(metrics.edge_correlation(np.full_like(content, 0.3), content))


@pytest.mark.parametrize("compare", [metrics.edge_correlation, metrics.structural_similarity])
def test_growing_noise_hides_ever_more_content(compare, content):
    grain = noise(3, content.shape[:2]) - 0.5
    assert falls([compare(content + strength * grain, content) for strength in (0, 0.1, 0.2, 0.4, 0.8)])


@pytest.mark.parametrize("compare", [metrics.edge_correlation, metrics.structural_similarity])
def test_content_is_compared_at_the_size_of_the_first_picture(compare, content):
    twice = rescale(content, 2, order=3, channel_axis=2).clip(0, 1).astype(np.float32)
    assert compare(content, twice) > 0.97
    assert compare(twice, content) > 0.97


@pytest.mark.parametrize("shape", [(10, 40), (40, 10)])
def test_similarity_of_a_picture_smaller_than_its_window_is_refused_with_the_size(shape, content):
    with pytest.raises(PictureError, match=f"11 px.*{shape[1]}x{shape[0]}"):
        metrics.structural_similarity(noise(0, shape), content)


# Texture ---------------------------------------------------------------------------------------------------------


def test_a_checkerboard_has_the_greatest_energy_and_variation():
    checkerboard = np.repeat((np.indices((64, 64)).sum(0) % 2)[..., None], 3, axis=2).astype(np.float32)
    assert metrics.high_frequency_energy(checkerboard) == pytest.approx(4, rel=0.02)  # less at the mirrored border
    assert metrics.total_variation(checkerboard) == pytest.approx(2 * 63 / 64)


def test_a_ramp_has_variation_but_no_high_frequencies():
    ramp = np.broadcast_to(np.linspace(0, 1, 101, dtype=np.float32)[:, None, None], (101, 50, 3))
    assert metrics.total_variation(ramp) == pytest.approx(1 / 101)
    assert metrics.high_frequency_energy(ramp) < 0.002


@pytest.mark.parametrize("texture", [metrics.high_frequency_energy, metrics.total_variation])
def test_texture_is_proportional_to_contrast_and_falls_with_blur(texture):
    assert texture(noise(0, contrast=0.25)) == pytest.approx(texture(noise(0)) / 4, rel=1e-4)
    grain = np.random.default_rng(0).random((48, 64, 3), np.float32)
    assert falls([texture(gaussian_filter(grain, (blur, blur, 0))) for blur in (0, 0.5, 1, 2, 4)])
    assert texture(np.full((8, 8, 3), 0.3, np.float32)) == pytest.approx(0, abs=1e-6)


def test_the_variation_of_a_picture_is_the_one_the_loss_lowers(content):
    assert metrics.total_variation(content) == pytest.approx(float(losses.total_variation(content)), rel=1e-4)


# Strokes, grain, spectrum, directions


def stripes(angle: float, period: float = 8.0, side: int = 64) -> np.ndarray:
    """A sine across the picture, whose lines stand at an angle."""
    y, x = np.mgrid[:side, :side]
    wave = np.sin(2 * np.pi / period * (x * np.cos(angle) + y * np.sin(angle)))
    return np.repeat((wave[..., None] + 1) / 2, 3, axis=-1).astype(np.float32)


OF_ONE_PICTURE = [metrics.orientation_coherence, metrics.fine_share, metrics.spectrum_slope]


@given(seed=seeds, contrast=st.floats(0.3, 1), blur=st.floats(0, 2))
@pytest.mark.parametrize("texture", OF_ONE_PICTURE)
def test_contrast_and_brightness_do_not_change_a_texture(texture, seed, contrast, blur):
    picture = noise(seed, blur=blur)
    changed = (contrast * picture + (1 - contrast) * 0.3).astype(np.float32)
    assert texture(changed) == pytest.approx(texture(picture), abs=0.01)


@given(seed=seeds)
@pytest.mark.parametrize("texture", OF_ONE_PICTURE)
def test_a_quarter_turn_does_not_change_a_texture(texture, seed):
    picture = noise(seed, (48, 48), blur=1)
    assert texture(np.rot90(picture)) == pytest.approx(texture(picture), abs=0.02)


@given(angle=st.floats(0, np.pi))
def test_stripes_at_any_angle_are_coherent_and_crossed_ones_are_not(angle):
    across = (stripes(angle) + stripes(angle + np.pi / 2)) / 2
    assert metrics.orientation_coherence(stripes(angle)) > 0.93
    assert metrics.orientation_coherence(across, sigma=6) < 0.2


def test_growing_noise_lowers_the_coherence_of_strokes_and_raises_their_grain():
    noisy = [stripes(0.5) / 2 + share * noise(3, (64, 64)) / 2 for share in (0, 0.2, 0.5, 1)]
    assert falls([metrics.orientation_coherence(picture) for picture in noisy])
    assert falls([-metrics.fine_share(picture) for picture in noisy])


def test_blur_takes_grain_and_steepens_the_spectrum():
    soft = [noise(4, (64, 64), blur=blur) for blur in (0, 0.6, 1.2, 2.4)]
    assert falls([metrics.fine_share(picture) for picture in soft])
    assert falls([metrics.spectrum_slope(picture) for picture in soft])


@pytest.mark.parametrize("power", [0.0, -1.0, -2.0, -3.0])
def test_a_spectrum_made_with_a_slope_has_that_slope(power):
    rng = np.random.default_rng(0)
    frequency = np.maximum(np.hypot(*np.meshgrid(np.fft.fftfreq(128), np.fft.fftfreq(128))), 1 / 128)
    made = np.fft.ifft2(np.fft.fft2(rng.normal(size=(128, 128))) * frequency ** (power / 2)).real
    picture = np.repeat(((made - made.min()) / np.ptp(made))[..., None], 3, axis=-1).astype(np.float32)
    assert metrics.spectrum_slope(picture) == pytest.approx(power, abs=0.35)


@pytest.mark.parametrize("texture", OF_ONE_PICTURE)
def test_a_flat_picture_has_no_texture(texture):
    assert np.isnan(texture(np.full((32, 40, 3), 0.4, np.float32)))


@given(a=seeds, b=seeds)
def test_the_distance_of_directions_is_symmetric_and_between_nothing_and_all(a, b):
    distance = metrics.orientation_distance(noise(a, blur=1), noise(b, (40, 40), blur=2))
    assert distance == metrics.orientation_distance(noise(b, (40, 40), blur=2), noise(a, blur=1))
    assert 0 <= distance <= 1
    assert metrics.orientation_distance(noise(a, blur=1), 1 - noise(a, blur=1) / 2) == pytest.approx(0, abs=1e-3)


def test_stripes_turned_further_are_farther_apart():
    turned = [metrics.orientation_distance(stripes(0.3), stripes(0.3 + angle)) for angle in (0, 0.1, 0.25)]
    assert falls([-distance for distance in turned])
    assert metrics.orientation_distance(stripes(0.3), stripes(0.3 + np.pi / 2)) > 0.9


def test_without_edges_there_is_no_direction(content):
    assert np.isnan(metrics.orientation_distance(content, np.full((32, 40, 3), 0.4, np.float32)))


# Through the eyes of a network -----------------------------------------------------------------------------------


def look(pictures):
    """Two layers that can be followed by hand: the colors themselves, and how they change to the right and down."""
    pictures = np.asarray(pictures)
    right, down = np.diff(pictures, axis=2)[:, :-1], np.diff(pictures, axis=1)[:, :, :-1]
    return {"colors": pictures, "edges": np.maximum(np.concatenate([right, down, -right, -down], axis=-1), 0)}


def only(layer):
    return lambda pictures: {layer: look(pictures)[layer]}


@pytest.fixture(scope="module")
def network():
    """A real network, whose maps are tensors."""
    return load_backbone("vgg16", "mini-random").features(["block1_conv1", "block2_conv1", "block3_conv2"])


@given(seed=seeds)
@few
def test_equal_pictures_have_no_distance_under_a_network(seed):
    picture = noise(seed, blur=1)
    assert metrics.style_distance(picture, picture.copy(), look) == 0
    assert metrics.content_distance(picture, picture.copy(), look) == 0


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
            units = [float(energy(look(picture[None])[layer])) for picture in (a, b)]
            assert there > 0
            assert there * units[1] == pytest.approx(back * units[0], rel=1e-4)


def test_distances_are_means_over_the_layers_and_nothing_counts_one(content, style):
    for distance in (metrics.style_distance, metrics.content_distance):
        single = [distance(content, style, only(layer)) for layer in ("colors", "edges")]
        assert distance(content, style, look) == pytest.approx(np.mean(single))
        assert distance(np.zeros_like(content), style, look) == 1


def test_where_things_stand_counts_for_content_and_not_for_style():
    picture = noise(1)
    shuffled = np.random.default_rng(0).permutation(picture.reshape(-1, 3)).reshape(picture.shape)
    assert metrics.style_distance(shuffled, picture, only("colors")) == pytest.approx(0, abs=1e-9)
    assert metrics.content_distance(shuffled, picture, only("colors")) > 0.1


@pytest.mark.parametrize("eye", ["look", "network"])
def test_growing_noise_grows_the_distances_under_a_network(eye, request, content):
    seeing = look if eye == "look" else request.getfixturevalue(eye)
    grain = noise(3, content.shape[:2]) - 0.5
    noisy = [np.clip(content + strength * grain, 0, 1) for strength in (0.8, 0.4, 0.2, 0.1, 0)]
    assert falls([metrics.style_distance(picture, content, seeing) for picture in noisy])
    assert falls([metrics.content_distance(picture, content, seeing) for picture in noisy])


def test_a_picture_far_larger_is_a_style_like_any_other_and_a_content_at_the_size_of_the_first(content):
    twice = rescale(content, 2, order=3, channel_axis=2).clip(0, 1).astype(np.float32)
    assert metrics.style_distance(twice, content, only("colors")) < 1e-3
    assert metrics.content_distance(content, twice, only("colors")) < 1e-3


def test_the_style_distance_is_the_loss_that_a_painting_lowers(network, content, style):
    def look(pictures):
        return {"block2_conv1": network(pictures)["block2_conv1"]}

    maps = [look(picture[None])["block2_conv1"] for picture in (content, style)]
    energy = losses.STATISTICS["gram"].energy((losses.gram_matrix(maps[1]),))
    expected = float(losses.style_distance(*maps) / energy)
    assert metrics.style_distance(content, style, look) == pytest.approx(expected, rel=1e-4)


def test_a_layer_that_sees_nothing_in_the_second_picture_leaves_no_unit(content):
    flat = np.full_like(content, 0.5)
    assert np.isnan(metrics.style_distance(content, flat, look))
    assert np.isnan(metrics.content_distance(content, flat, look))
    assert np.isfinite(metrics.content_distance(content, flat, only("colors")))


def test_the_held_out_measures_are_those_of_their_layers(content, style):
    result = (content + noise(2, content.shape[:2])) / 2
    told = metrics.measure_held_out(result, content, style, look, ["colors"], ["edges", "colors"])
    left, gap = (metrics.style_distance(picture, style, look) for picture in (result, content))
    assert told == {
        "held_out_style_distance": pytest.approx(left),
        "held_out_content_distance": metrics.content_distance(result, content, only("colors")),
        "held_out_gap_closed": pytest.approx(1 - left / gap),
    }


def test_the_held_out_gap_goes_from_nothing_for_the_content_to_all_for_the_style(content):
    style = noise(5, content.shape[:2], blur=1)
    steps = [((1 - t) * style + t * content).astype(np.float32) for t in (0, 0.2, 0.4, 0.7, 1)]
    told = [metrics.measure_held_out(step, content, style, look, ["colors"], ["edges"]) for step in steps]
    gaps = [each["held_out_gap_closed"] for each in told]
    assert (gaps[0], gaps[-1]) == (1, 0)
    assert falls(gaps)
    assert falls([each["held_out_content_distance"] for each in told])
    no_gap = metrics.measure_held_out(style, content, content, look, ["colors"], ["edges"])
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
