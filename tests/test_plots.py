"""The figures: what they show, read back from Matplotlib's own objects and from the files they become."""

import base64

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from nst_utils.plots import gram_heat_maps, lines, loss_curves, picture_map, picture_row, save_figure, triptych


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
    figure = loss_curves(history, against=against)
    axes = figure.axes[0]
    curves = {line.get_label(): line for line in axes.lines if not line.get_label().startswith("_")}
    assert set(curves) == {"total", "content", "style", "tv"}
    for name, curve in curves.items():
        np.testing.assert_array_equal(curve.get_xdata(), history[against])
        np.testing.assert_array_equal(curve.get_ydata(), history[name])
    assert axes.get_yscale() == "log"
    assert axes.get_xlabel() == against
    assert "loss" in axes.get_ylabel()
    assert figure.get_suptitle()
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


# The figures of the lessons


def test_a_row_of_pictures_shows_each_under_its_name(three):
    figure = picture_row({"one": three[0], "two": three[1]}, "Two shapes")
    assert [axes.get_title() for axes in figure.axes] == ["one", "two"]
    assert figure.get_suptitle() == "Two shapes"


def test_heat_maps_share_one_scale():
    weak, strong = np.eye(4), 9 * np.eye(4)
    first, second = gram_heat_maps({"weak": weak, "strong": strong}, "Nine times").axes[:2]
    assert first.images[0].get_clim() == second.images[0].get_clim() == (0, 9)
    np.testing.assert_array_equal(second.images[0].get_array(), strong)


def test_numbers_are_written_into_heat_maps_of_named_channels():
    axes = gram_heat_maps({"stripes": np.array([[0.5, 0.25], [0.25, 2]])}, "Two channels", ["bright", "edge"]).axes[0]
    assert [text.get_text() for text in axes.texts] == ["0.5", "0.25", "0.25", "2"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["bright", "edge"]
    assert len({text.get_color() for text in axes.texts}) == 2  # dark ink on light ground and the reverse


def test_lines_are_told_apart_by_color_and_by_marker():
    drawn = lines([0, 1], {"a": [0, 1], "b": [1, 0]}, "share", "$G_{ii}$", "They cross").axes[0].lines
    assert len({line.get_color() for line in drawn}) == len({line.get_marker() for line in drawn}) == 2


def test_a_map_puts_pictures_at_their_places_and_names_each_group_once(three):
    places = np.array([[0.0, 0.0], [1.0, 2.0], [3.0, 1.0]])
    figure = picture_map(places, three, ["waves", "waves", "dots"], "Waves lie together")
    (axes,) = figure.axes
    np.testing.assert_array_equal([card.xybox for card in axes.artists], places)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["waves", "dots"]
    figure.draw_without_rendering()
    low, high = axes.transData.inverted().transform(axes.bbox.get_points())
    assert (low < places.min(0)).all() and (high > places.max(0)).all()


def test_a_notebook_shows_a_figure_with_title_and_description(three, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, metadata, raw: shown.append((data, metadata, raw)))
    picture_row({"before": three[0], "after": three[2]}, "Nothing has changed")._ipython_display_()
    ((data, metadata, raw),) = shown
    assert raw
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert data["text/plain"] == metadata["image/png"]["title"] == "Nothing has changed"
    assert metadata["image/png"]["alt"] == "Nothing has changed. Pictures from left to right: before, after."
