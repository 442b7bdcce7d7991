"""All measures at once, and what holds for several of them: identity, symmetry, seeds."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_pictures import few, noise, seeds, very_few

from nst_utils import metrics


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
