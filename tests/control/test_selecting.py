"""An object by points or a box."""

import numpy as np
import pytest

from nst_utils.base.errors import SettingError
from nst_utils.control.selecting import select

BALL = (45, 30, 14)  # across, down, radius


@pytest.fixture(scope="module")
def scene():
    """A ball on a background that grows darker, with grain."""
    y, x = np.mgrid[:64, :96]
    ground = np.stack([0.3 + x / 300, 0.5 - y / 200, np.full_like(x, 0.4, dtype=float)], axis=-1)
    ground[np.hypot(x - BALL[0], y - BALL[1]) < BALL[2]] = (0.9, 0.6, 0.1)
    return np.clip(ground + np.random.default_rng(0).normal(0, 0.02, ground.shape), 0, 1).astype(np.float32)


def agreement(mask):
    """The share of the ball and the mask together that both have."""
    y, x = np.mgrid[:64, :96]
    ball = np.hypot(x - BALL[0], y - BALL[1]) < BALL[2]
    return (ball & (mask > 0.5)).sum() / (ball | (mask > 0.5)).sum()


@pytest.mark.parametrize(
    "asked",
    [
        {"points": [(45, 30)]},
        {"points": [(40, 25), (50, 35)], "away": [(10, 10), (80, 50)]},
        {"box": (26, 12, 64, 48)},
        {"box": (26, 12, 64, 48), "points": [(45, 30)]},
    ],
)
def test_the_object_is_found(scene, asked):
    mask = select(scene, **asked)
    assert mask.shape == (64, 96)
    assert 0 <= mask.min() <= mask.max() <= 1
    assert agreement(mask) > 0.85


def test_a_point_that_is_not_on_it_takes_a_part_away(scene):
    with_ball, without = select(scene, [(45, 30), (80, 55)]), select(scene, [(80, 55)], away=[(45, 30)])
    assert with_ball[30, 45] > 0.5 > without[30, 45]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({}, "select needs points"),
        ({"points": [(200, 5)]}, "outside of the picture of 96 x 64"),
        ({"points": [5]}, "a point is"),
        ({"points": [(1, float("nan"))]}, "a point is"),
        ({"box": (0, 0, 96, 64)}, "the whole picture"),
        ({"box": (50, 10, 20, 30)}, "left before right"),
        ({"box": (1, 2, 3)}, "give .left, top, right, bottom."),
    ],
)
def test_what_is_no_place_is_told(scene, asked, told):
    with pytest.raises(SettingError, match=told):
        select(scene, **asked)
