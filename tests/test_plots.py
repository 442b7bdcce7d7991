"""The figures: what they show, read back from Matplotlib's own objects and from the files they become."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from nst_utils.plots import loss_curves, save_figure, triptych


@pytest.fixture
def three():
    return [np.full((height, width, 3), 0.5, np.float32) for height, width in ((30, 40), (60, 20), (30, 40))]


@pytest.fixture
def history():
    steps = np.arange(1, 11.0)
    losses = {name: factor / steps for factor, name in enumerate(("tv", "style", "content", "total"), start=1)}
    return {"step": steps, "seconds": steps / 2, "size": np.array([16.0] * 4 + [32.0] * 6), **losses}


def test_a_triptych_shows_the_three_pictures_in_order(three):
    axes = triptych(*three).axes
    assert [a.get_title() for a in axes] == ["content", "style", "painting"]
    for a, picture in zip(axes, three, strict=True):
        np.testing.assert_array_equal(a.images[0].get_array(), picture)
        assert not a.axison


def test_pictures_of_a_triptych_have_equal_height_and_their_own_shape(three):
    figure = triptych(*three)
    figure.canvas.draw()
    boxes = [axes.get_position().transformed(figure.transFigure) for axes in figure.axes]
    assert max(box.height for box in boxes) < 1.02 * min(box.height for box in boxes)
    for box, picture in zip(boxes, three, strict=True):
        assert box.width / box.height == pytest.approx(picture.shape[1] / picture.shape[0], rel=0.02)


def test_a_triptych_takes_a_title(three):
    assert triptych(*three, title="Boats in swirls").get_suptitle() == "Boats in swirls"


@pytest.mark.parametrize("against", ["step", "seconds"])
def test_loss_curves_show_the_total_and_its_terms_on_a_logarithmic_scale(history, against):
    axes = loss_curves(history, against=against).axes[0]
    curves = {line.get_label(): line for line in axes.lines if not line.get_label().startswith("_")}
    assert set(curves) == {"total", "content", "style", "tv"}
    for name, curve in curves.items():
        np.testing.assert_array_equal(curve.get_xdata(), history[against])
        np.testing.assert_array_equal(curve.get_ydata(), history[name])
    assert axes.get_yscale() == "log"
    assert axes.get_xlabel() == against
    assert "loss" in axes.get_ylabel()
    assert axes.get_title()
    assert {text.get_text() for text in axes.get_legend().get_texts()} == set(curves)
    assert len({curve.get_color() for curve in curves.values()}) == 4


def test_loss_curves_mark_where_a_new_size_begins(history):
    axes = loss_curves(history).axes[0]
    marks = [line.get_xdata()[0] for line in axes.lines if line.get_linestyle() == "--"]
    assert marks == [5]


def test_a_term_that_is_zero_throughout_has_no_curve(history):
    history["content"] = np.zeros(10)
    labels = {line.get_label() for line in loss_curves(history).axes[0].lines}
    assert "content" not in labels
    assert "style" in labels


@pytest.mark.parametrize("ending", ["png", "jpg", "svg"])
def test_a_figure_is_saved_whole_in_the_format_of_its_ending(three, tmp_path, ending):
    path = tmp_path / "new" / f"figure.{ending}"
    save_figure(triptych(*three), path)
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    if ending in ("png", "jpg"):
        with Image.open(path) as saved:
            assert saved.width > 2 * saved.height
    else:
        assert path.stat().st_size > 1000


def test_figures_stay_out_of_pyplots_list(three, history):
    before = plt.get_fignums()
    triptych(*three)
    loss_curves(history)
    assert plt.get_fignums() == before
