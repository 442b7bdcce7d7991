"""Optical flow, warping along it, and what is hidden."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nst_utils.film.drawn import exact_motion
from nst_utils.film.flow import AT_BOUNDARY, optical_flow, visible, warped
from nst_utils.film.reading import open_clip


def constant(down: float, right: float, shape=(12, 16)) -> np.ndarray:
    return np.stack([np.full(shape, down), np.full(shape, right)]).astype(np.float32)


@given(st.integers(-3, 3), st.integers(-3, 3))
def test_warping_along_whole_steps_moves_pixels(down, right):
    picture = np.random.default_rng(0).random((12, 16, 3), np.float32)
    moved = warped(picture, constant(down, right))
    assert np.allclose(moved[3:-3, 3:-3], np.roll(picture, (-down, -right), (0, 1))[3:-3, 3:-3])


@pytest.mark.parametrize("order", [1, 3])
def test_between_pixels_a_ramp_stays_a_ramp(order):
    ramp = np.arange(16.0)[None].repeat(12, axis=0)
    assert np.allclose(warped(ramp, constant(0, 0.25), order=order)[:, 4:-4], ramp[:, 4:-4] + 0.25, atol=1e-3)


def test_what_leaves_the_frame_is_hidden():
    assert visible(constant(0, 3), constant(0, -3)).tolist() == [[1.0] * 13 + [0.0] * 3] * 12


@pytest.mark.parametrize(("miss", "seen"), [(0.70, 1.0), (0.73, 0.0)])
def test_what_does_not_come_back_is_hidden(miss, seen):
    """|w + w'|^2 may be .5 and, of motions this short, hardly more: .7^2 is less, .73^2 is more."""
    assert visible(constant(0, 0.1), constant(0, miss - 0.1))[:, :-1].max() == seen


def test_long_motions_may_miss_by_more():
    assert visible(constant(0, 8.0), constant(0, -7.0))[:, :8].min() == 1  # 1 <= .01 (64 + 49) + .5


def test_at_the_boundary_of_a_motion_little_is_trusted():
    flow = constant(0, 0.0)
    flow[1, :, 8:] = 0.3  # within .5 of what comes back
    seen = visible(flow, -flow)
    assert (seen[:, 7:9] == np.float32(AT_BOUNDARY)).all()
    assert (seen[:, :7] == 1).all() and (seen[:, 9:15] == 1).all()


def test_the_flow_of_the_drawn_clip_is_found():
    first, second = (frame.picture for frame, _ in zip(open_clip("balloon").frames(128), range(2), strict=False))
    motion = exact_motion(1, 0, first.shape[:2])
    flow, back = optical_flow(second, first), optical_flow(first, second)
    missed = np.hypot(*(flow - motion.flow))[motion.visible]
    assert missed.mean() < 0.3 * np.hypot(*motion.flow)[motion.visible].mean()
    seen = visible(flow, back)
    assert seen[~motion.visible].mean() < 0.5 * seen[motion.visible].mean()
    assert (seen[motion.visible] > 0).mean() > 0.9
