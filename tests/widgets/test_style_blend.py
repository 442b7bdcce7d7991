"""The blend of two styles: a row that is there at once, a point computed, and what each painting gained of both."""

import numpy as np
import pytest
import quick

import nst_utils as nst
from nst_utils.base.errors import SettingError
from nst_utils.metrics import style_gap_closed
from nst_utils.widgets.painter import Measured
from nst_utils.widgets.style_blend import blend_view

pytestmark = pytest.mark.usefixtures("shared_networks", "own_log")
PATIENCE = 120
QUICK = {**quick.QUICK, "jitter": 2}


def test_a_row_answers_at_once_with_the_nearest_share(opened):
    row = {share: np.full((36, 48, 3), 0.2 + share / 2, np.float32) for share in (0.0, 0.5, 1.0)}
    made = opened(nst.widgets.style_blend("harbor", ("swirls", "woodcut"), row, **QUICK))
    assert made.figure().get_suptitle() == "50% woodcut, 50% swirls"
    made.controls["share"].value = 0.8
    assert made.figure().get_suptitle() == "100% woodcut, 0% swirls (the nearest to 80%)"
    np.testing.assert_array_equal(made.figure().axes[1].images[0].get_array(), row[1.0])
    assert made.job is None


def test_a_point_is_painted_in_its_shares(opened):
    made = opened(nst.widgets.style_blend("harbor", ("swirls", "woodcut"), **QUICK))
    assert "is not painted yet" in made.figure().get_suptitle()
    made.controls["share"].value = 0.25
    made.paint_button.click()
    assert made.wait(PATIENCE)
    pictures = (nst.picture(name, 48) for name in ("harbor", "swirls", "woodcut"))
    content, *styles = pictures
    expected = nst.stylize(
        content, styles, shares=[0.75, 0.25], **{**QUICK, "learning_rate": 0.05}, progress=False
    ).picture
    np.testing.assert_array_equal(made.known[0.25].picture, expected)
    assert made.figure().get_suptitle() == "25% woodcut, 75% swirls"
    curves = {line.get_label(): line.get_ydata() for line in made.figure().axes[3].lines}
    assert curves["to woodcut"] == pytest.approx([style_gap_closed(expected, content, styles[1])])
    assert curves["to swirls"] == pytest.approx([made.known[0.25].gained])


def test_the_curves_follow_the_shares_and_the_painting_is_marked(tiny_content, tiny_style):
    known = {share: Measured(tiny_content, 0.5, 1 - share) for share in (1.0, 0.0, 0.5)}
    figure = blend_view([tiny_style, tiny_style], ["one", "other"], known, {0.0: 0.0, 0.5: 0.6, 1.0: 0.9}, 0.5, "Half")
    first, second, mark = figure.axes[3].lines
    assert first.get_xydata().tolist() == [[0.0, 1.0], [0.5, 0.5], [1.0, 0.0]]
    assert second.get_xydata().tolist() == [[0.0, 0.0], [0.5, 0.6], [1.0, 0.9]]
    assert set(mark.get_xdata()) == {0.5}
    assert [axes.get_title() for axes in figure.axes[:3]] == ["one", "50% other", "other"]


def test_a_blend_is_of_two_styles():
    with pytest.raises(SettingError, match="styles has 3 pictures; give two to blend"):
        nst.widgets.style_blend(styles=("swirls", "woodcut", "mandala"))
