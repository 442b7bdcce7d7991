"""Maps of colors: the moments they promise, and what they do with pictures of one color."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nst_utils.control.colors import MAPS, color_map, gray, gray_like, in_colors_of, recolored


def picture(seed, shape=(9, 11), contrast=0.2):
    """Correlated colors well inside of the range."""
    drawn = np.random.default_rng(seed)
    colors = drawn.normal(0, 1, (*shape, 3)) @ (2 * np.eye(3) + drawn.uniform(-1, 1, (3, 3)))
    return (0.5 + contrast * colors / (4 * np.abs(colors).max())).astype(np.float32)


def moments(values):
    colors = values.reshape(-1, 3).astype(np.float64)
    return colors.mean(axis=0), np.cov(colors.T)


@pytest.mark.parametrize("how", MAPS)
@given(st.integers(0, 10**6))
def test_a_map_gives_the_style_the_mean_and_covariance_of_the_content(how, seed):
    style, content = picture(seed), picture(seed + 1, (7, 8))
    matrix, shift = color_map(style, content, how)
    mean, covariance = moments(style @ matrix.T + shift)
    wanted_mean, wanted = moments(content)
    np.testing.assert_allclose(mean, wanted_mean, atol=1e-6)
    np.testing.assert_allclose(covariance, wanted, atol=1e-3 * np.trace(wanted))


@pytest.mark.parametrize("how", MAPS)
def test_the_map_to_its_own_colors_leaves_them(how):
    style = picture(0)
    np.testing.assert_allclose(recolored(style, style, how), style, atol=1e-5)


@given(st.integers(0, 10**6))
def test_of_the_maps_monge_moves_colors_least(seed):
    style, content = picture(seed), picture(seed + 1)
    moved = {how: np.mean((recolored(style, content, how) - style) ** 2) for how in MAPS}
    assert moved["monge"] <= min(moved.values()) * (1 + 1e-3)


def test_the_map_of_cholesky_is_a_triangle():
    matrix, _ = color_map(picture(0), picture(1), "cholesky")
    np.testing.assert_allclose(matrix, np.tril(matrix), atol=1e-9)


@pytest.mark.parametrize("how", MAPS)
def test_a_style_of_one_color_becomes_the_mean_color_of_the_content(how):
    content = picture(1)
    flat = recolored(np.full((8, 8, 3), 0.3, np.float32), content, how)
    np.testing.assert_allclose(flat, np.broadcast_to(content.mean(axis=(0, 1)), flat.shape), atol=1e-3)


def test_brightness_is_the_same_in_all_colors_and_gray_stays():
    bright = gray(picture(0))
    assert np.array_equal(bright[..., 0], bright[..., 1])
    np.testing.assert_allclose(gray(bright), bright, atol=1e-6)


def test_brightness_of_the_style_takes_mean_and_spread_of_the_contents():
    style, content = gray_like(picture(0), picture(1)), gray(picture(1))
    assert style.mean() == pytest.approx(content.mean(), abs=1e-4)
    assert style.std() == pytest.approx(content.std(), rel=1e-3)


def test_a_painting_in_the_contents_colors_has_its_own_brightness_and_their_differences():
    painting, content = picture(0), picture(1)
    seen = in_colors_of(painting, content)
    np.testing.assert_allclose(gray(seen), gray(painting), atol=1e-5)
    np.testing.assert_allclose(seen[..., 0] - seen[..., 2], content[..., 0] - content[..., 2], atol=1e-5)
