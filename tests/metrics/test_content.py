"""Measures of content: known values, and the right order under a growing distortion."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_pictures import falls, few, noise, seeds
from skimage.transform import rescale

from nst_utils import metrics
from nst_utils.base.errors import PictureError


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
