"""Masks: what counts as one, and how they come to the size and the depth of a layer."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from nst_utils.base.errors import SettingError
from nst_utils.control.masks import LEFT, eroded, mask_of, resampled


def disc(height=30, width=40, radius=9):
    y, x = np.mgrid[:height, :width]
    return ((y - height / 2) ** 2 + (x - width / 2) ** 2 < radius**2).astype(np.float32)


@pytest.mark.parametrize("kind", ["truth", "numbers", "bytes", "image", "file"])
def test_a_mask_may_be_an_array_a_picture_or_a_file(kind, tmp_path):
    bright = np.uint8(255 * disc())
    Image.fromarray(bright).save(tmp_path / "mask.png")
    forms = {
        "truth": disc() > 0,
        "numbers": disc(),
        "bytes": bright,
        "image": Image.fromarray(bright),
        "file": tmp_path / "mask.png",
    }
    np.testing.assert_allclose(mask_of(forms[kind], (30, 40)), disc(), atol=1e-6)


def test_a_mask_of_another_size_is_fitted_and_keeps_its_share():
    assert mask_of(disc(), (15, 20)).mean() == pytest.approx(disc().mean(), abs=1e-6)
    assert mask_of(disc(), (60, 80)).mean() == pytest.approx(disc().mean(), rel=0.05)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (np.full((20, 20), np.nan), "NaN"),
        (np.full((20, 20), 3.0), "0 to 1"),
        ("no such mask", "no such file"),
        (7, "mask is no picture"),
    ],
)
def test_what_is_no_mask_is_told_in_a_sentence(given, told):
    with pytest.raises(SettingError, match=told):
        mask_of(given, (20, 20))


@given(st.integers(1, 40), st.integers(1, 40))
def test_a_mask_of_ones_stays_one_at_any_size(height, width):
    assert np.all(resampled(np.ones((13, 17), np.float32), (height, width)) == 1)


@given(st.integers(0, 12))
def test_erosion_takes_only_from_the_edge_and_leaves_enough(radius):
    inner = eroded(disc(), radius)
    assert np.all(inner <= disc())
    assert inner.sum() >= LEFT * disc().sum()


def test_erosion_by_a_radius_leaves_the_disc_that_is_smaller_by_it():
    y, x = np.nonzero(eroded(disc(radius=12), 3))
    assert np.hypot(y - 15, x - 20).max() <= 12 - 3 + 0.01


def test_the_border_of_the_picture_is_no_edge():
    assert np.all(eroded(np.ones((9, 9), np.float32), 4) == 1)
