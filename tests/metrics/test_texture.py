"""Measures of texture: known values, and what does not change them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_pictures import falls, few, noise, seeds
from scipy.ndimage import gaussian_filter

from nst_utils import losses, metrics


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
@few
def test_contrast_and_brightness_do_not_change_a_texture(texture, seed, contrast, blur):
    picture = noise(seed, blur=blur)
    changed = (contrast * picture + (1 - contrast) * 0.3).astype(np.float32)
    assert texture(changed) == pytest.approx(texture(picture), abs=0.01)


@given(seed=seeds)
@pytest.mark.parametrize("texture", OF_ONE_PICTURE)
@few
def test_a_quarter_turn_does_not_change_a_texture(texture, seed):
    picture = noise(seed, (48, 48), blur=1)
    assert texture(np.rot90(picture)) == pytest.approx(texture(picture), abs=0.02)


@given(angle=st.floats(0, np.pi))
@few
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
@few
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
