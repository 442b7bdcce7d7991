"""Measures of style: known values, and the right order under a growing distortion."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from made_pictures import falls, few, noise, seeds, very_few
from skimage.transform import rescale

from nst_utils import metrics

shades = st.integers(0, 255).map(lambda value: value / 255)
colors = arrays(np.float32, 3, elements=shades.map(np.float32))


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
