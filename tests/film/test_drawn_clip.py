"""The clip of this project: its file, and the motion that is said to be exact."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nst_utils.film.drawn import BALLOON, FRAMES, SECONDS_A_FRAME, SHEETS, SIDES, exact_motion, in_frame, on_sheet
from nst_utils.film.flow import warped
from nst_utils.film.reading import open_clip
from tools.draw_pictures import LARGEST_CLIP
from tools.drawing.clips import CLIPS


@pytest.fixture(scope="module")
def frames():
    return list(open_clip("balloon").frames(256))


def test_the_file_is_small_and_as_long_as_it_should_be(frames):
    assert BALLOON.stat().st_size <= LARGEST_CLIP
    assert len(frames) == FRAMES
    assert {frame.seconds for frame in frames} == {SECONDS_A_FRAME}
    assert {frame.picture.shape for frame in frames} == {(*SIDES, 3)}


def test_the_file_is_what_the_tool_draws(frames):
    assert np.abs(next(CLIPS["balloon"]()) - frames[0].picture).mean() < 0.03


@given(st.sampled_from(SHEETS), st.integers(0, FRAMES - 1), st.floats(0, 1), st.floats(0, 1.6))
def test_a_point_of_a_sheet_is_found_where_it_was(sheet, frame, y, x):
    assert np.allclose(in_frame(sheet, frame, *on_sheet(sheet, frame, y, x)), (y, x))


@pytest.mark.parametrize(("frame", "other"), [(1, 0), (13, 12), (0, 23), (12, 14)])
def test_its_motion_explains_what_is_seen_and_not_what_is_hidden(frames, frame, other):
    flow, visible = exact_motion(frame, other)
    missed = np.abs(warped(frames[other].picture, flow) - frames[frame].picture).mean(axis=-1)
    still = np.abs(frames[other].picture - frames[frame].picture).mean(axis=-1)
    assert 0.9 < visible.mean() < 1
    assert missed[visible].mean() < 0.4 * still[visible].mean()
    assert missed[~visible].mean() > 4 * missed[visible].mean()


def test_the_motion_at_another_size_is_the_same_in_units_of_the_frame():
    small, large = exact_motion(3, 2, (40, 64)).flow, exact_motion(3, 2, (80, 128)).flow
    agrees = np.abs(large.reshape(2, 40, 2, 64, 2).mean(axis=(2, 4)) / 2 - small).max(axis=0) < 0.05
    assert agrees.mean() > 0.9  # but for the edges of the sheets
