"""The figures: what they show, read back from Matplotlib's own objects and from the files they become."""

import base64
import itertools

import matplotlib.pyplot as plt
import numpy as np
import pandas
import pytest
from matplotlib.collections import LineCollection
from PIL import Image

from nst_utils.base.errors import SettingError
from nst_utils.images.saving import save_picture
from nst_utils.plots import (
    by_depth,
    chance_histogram,
    channel_maps,
    contact_sheet,
    dots_by_group,
    gram_heat_maps,
    heat_tables,
    intervals,
    line_panels,
    lines,
    loss_comparison,
    loss_curves,
    number_grids,
    pair_maps,
    pareto,
    picture_map,
    picture_row,
    receptive_fields,
    save_figure,
    score_bars,
    strengths,
    tile_borders,
    trade_off,
    triptych,
)


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
    assert {text.get_text() for text in figure.legends[0].get_texts()} == set(curves)
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


def test_tables_share_one_logarithmic_scale_and_show_every_number():
    weak, strong = np.array([[0.0, 0.001], [0.25, 1.0]]), np.array([[0.01, 0.02], [3.14, 10.0]])
    figure = heat_tables({"content": weak, "style": strong}, ["blur", "mirror"], ["shallow", "deep"], "loss", "Two")
    first, second = figure.axes[:2]
    assert first.images[0].get_clim() == second.images[0].get_clim() == (0.001, 10)
    assert [text.get_text() for text in first.texts] == ["0", "0.001", "0.25", "1"]
    assert [text.get_text() for text in second.texts] == ["0.01", "0.02", "3.1", "10"]
    assert [text.get_position() for text in first.texts] == [(0, 0), (1, 0), (0, 1), (1, 1)]
    assert [label.get_text() for label in first.get_yticklabels()] == ["blur", "mirror"]
    assert [label.get_text() for label in second.get_xticklabels()] == ["shallow", "deep"]
    assert figure.axes[2].get_ylabel() == "loss"
    assert figure.alt == "Two. Tables of the loss for content, style: rows blur, mirror; columns shallow, deep."


def test_numbers_in_a_table_are_light_on_dark_and_dark_on_light():
    texts = heat_tables({"content": np.array([[0.01, 10.0]])}, ["blur"], ["a", "b"], "loss", "One").axes[0].texts
    assert [text.get_color() for text in texts] == ["white", "black"]


def test_the_scale_of_many_channels_names_four_values_that_do_not_overlap():
    figure = gram_heat_maps({"a": np.diag([1.0, 2.0, 3.0, 150.0])}, "One is strong")
    figure.draw_without_rendering()
    labels = figure.axes[-1].get_yticklabels()
    assert [label.get_text() for label in labels] == ["0", "15", "45", "150"]
    boxes = sorted((label.get_window_extent().y0, label.get_window_extent().y1) for label in labels)
    assert all(lower[1] < upper[0] for lower, upper in itertools.pairwise(boxes))


def test_the_numbers_of_named_channels_are_in_the_description():
    figure = gram_heat_maps({"stripes": np.array([[0.5, 0.25], [0.25, 2]])}, "Two channels", ["bright", "edge"])
    assert figure.alt.endswith("of stripes. Row by row, for bright, edge: 0.5, 0.25; 0.25, 2.")


def test_lines_are_told_apart_by_color_and_by_marker():
    drawn = lines([0, 1], {"a": [0, 1], "b": [1, 0]}, "share", "$G_{ii}$", "They cross").axes[0].lines
    assert len({line.get_color() for line in drawn}) == len({line.get_marker() for line in drawn}) == 2


@pytest.fixture
def two_runs():
    """Both reach 2; the second has fewer steps, and its clock has run for 5 seconds before the first of them."""
    first = {"step": [1, 2, 3, 4], "seconds": [1.0, 2.0, 3.0, 4.0], "total": [8.0, 6.0, 4.0, 2.0]}
    return {"adam": first, "lbfgs": {"step": [1, 2], "seconds": [5.0, 5.5], "total": [4.0, 2.0]}}


def test_runs_are_compared_by_step_and_by_the_seconds_since_their_first_step(two_runs):
    by_step, by_second = loss_comparison(two_runs, "One needs fewer steps", against=("step", "seconds")).axes
    drawn = [[(list(line.get_xdata()), list(line.get_ydata())) for line in axes.lines] for axes in (by_step, by_second)]
    losses = [8, 6, 4, 2], [4, 2]
    assert drawn == [
        [([1, 2, 3, 4], losses[0]), ([1, 2], losses[1])],
        [([0, 1, 2, 3], losses[0]), ([0, 0.5], losses[1])],
    ]
    assert (by_step.get_xlabel(), by_second.get_xlabel()) == ("step", "seconds")
    assert by_step.get_yscale() == by_second.get_yscale() == "log"
    assert by_step.get_ylim() == by_second.get_ylim()


def test_runs_are_named_and_told_apart_by_color_and_by_dashes(two_runs):
    figure = loss_comparison(two_runs, "One needs fewer steps")
    (axes,) = figure.axes
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["adam", "lbfgs"]
    assert len({line.get_color() for line in axes.lines}) == len({line.get_linestyle() for line in axes.lines}) == 2
    assert figure.alt == "One needs fewer steps. Lines of the total loss by step for adam, lbfgs."


def test_losses_are_written_as_plain_numbers(two_runs):
    figure = loss_comparison(two_runs, "Both fall to 2")
    figure.draw_without_rendering()
    (axes,) = figure.axes
    low, high = axes.get_ylim()
    shown = [label for label in axes.get_yticklabels() if low <= label.get_position()[1] <= high]
    assert [label.get_text() for label in shown] == ["2", "3", "5"]
    assert axes.yaxis.get_minorticklocs().size == 0


def test_losses_in_different_units_are_compared_as_shares_of_their_first(two_runs):
    (axes,) = loss_comparison(two_runs, "Both fall", share=True).axes
    assert [list(line.get_ydata()) for line in axes.lines] == [[1, 0.75, 0.5, 0.25], [1, 0.5]]
    assert "share" in axes.get_ylabel()


def test_each_number_of_a_grid_stands_in_its_cell():
    figure = number_grids({"picture": np.array([[0, 4], [4, 0], [2, 2]]), "found": np.array([[-12.0, 0.5]])}, "Edges")
    first, second = figure.axes
    assert [(text.get_position(), text.get_text()) for text in second.texts] == [((0, 0), "-12"), ((1, 0), "0.5")]
    assert [text.get_text() for text in first.texts] == ["0", "4", "4", "0", "2", "2"]
    assert [axes.get_title() for axes in figure.axes] == ["picture", "found"]


def test_grids_share_a_scale_on_which_zero_is_the_middle_and_black_ink_can_be_read():
    figure = number_grids({"a": np.array([[1, 2]]), "b": np.array([[-12, 12]])}, "Two")
    limits = {axes.images[0].get_clim() for axes in figure.axes}
    assert len(limits) == 1
    ((low, high),) = limits
    assert low == -high
    image = figure.axes[1].images[0]
    for value in (-12, 0, 12):
        red, green, blue, _ = image.cmap(image.norm(value))
        assert 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.5


def test_channel_maps_have_each_its_own_scale_and_no_single_place_makes_the_others_dark(three):
    channel = np.ones((40, 60))
    channel[0, 0] = 1000
    figure = channel_maps({"picture": three[0], "weak": channel, "strong": 7 * channel}, "Channels")
    picture, weak, strong = (axes.images[0] for axes in figure.axes)
    np.testing.assert_array_equal(picture.get_array(), three[0])
    assert weak.get_clim() == (0, 1)
    assert strong.get_clim() == (0, 7)
    assert [axes.get_title() for axes in figure.axes] == ["picture", "weak", "strong"]


def test_a_silent_channel_is_dark_throughout():
    (axes,) = channel_maps({"silent": np.zeros((4, 6))}, "Nothing found").axes
    image = axes.images[0]
    assert image.norm(image.get_array()).max() == 0


def test_the_square_of_a_receptive_field_lies_around_what_is_seen():
    seen = np.zeros((20, 30))
    seen[4:9, 10:15] = 0.5
    seen[6, 12] = 2
    figure = receptive_fields({"block1_conv2": seen, "block2_conv1": 3 * seen}, [5, 10], "It grows")
    exact, larger = (axes.patches[0] for axes in figure.axes[:2])
    assert exact.get_xy() == (9.5, 3.5)
    assert (exact.get_width(), exact.get_height()) == (5, 5)
    assert larger.get_xy() == (7, 1)
    assert [axes.get_title() for axes in figure.axes[:2]] == ["block1_conv2: 5 px", "block2_conv1: 10 px"]
    np.testing.assert_array_equal(figure.axes[0].images[0].get_array(), figure.axes[1].images[0].get_array())
    assert figure.axes[0].images[0].get_array().max() == 1


def test_panels_show_each_row_of_numbers_on_a_scale_of_its_own_beside_its_goal():
    curves = {"edges": [0.9, 0.1], "palette": [0.01, 0.2], "change": [-0.5, 0.5]}
    figure = line_panels(["block 1", "block 5"], curves, "layer", "What goes", {"edges": 1.0})
    for axes, (name, values) in zip(figure.axes, curves.items(), strict=True):
        assert axes.get_title() == name
        assert axes.get_xlabel() == "layer"
        assert [label.get_text() for label in axes.get_xticklabels()] == ["block 1", "block 5"]
        np.testing.assert_array_equal(axes.lines[0].get_ydata(), values)
        assert axes.get_ylim()[0] <= min(0, *values)
        assert axes.get_ylim()[1] > max(values)
    assert [len(axes.lines) for axes in figure.axes] == [2, 1, 1]
    assert set(figure.axes[0].lines[1].get_ydata()) == {1.0}
    assert len({axes.lines[0].get_color() for axes in figure.axes}) == 3


def test_a_map_puts_pictures_at_their_places_and_names_each_group_once(three):
    places = np.array([[0.0, 0.0], [1.0, 2.0], [3.0, 1.0]])
    figure = picture_map(places, three, ["waves", "waves", "dots"], "Waves lie together")
    (axes,) = figure.axes
    np.testing.assert_array_equal([card.xybox for card in axes.artists], places)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["waves", "dots"]
    figure.draw_without_rendering()
    low, high = axes.transData.inverted().transform(axes.bbox.get_points())
    assert (low < places.min(0)).all() and (high > places.max(0)).all()


@pytest.fixture
def repeats():
    """Three settings, two repeats: edges 0 0 | .4 .6 | 1 1, style .8 .8 | .6 .5 | .1 .1."""
    return np.array([[[0.0, 0.8]] * 2, [[0.4, 0.6], [0.6, 0.5]], [[1.0, 0.1]] * 2])


def test_a_trade_off_joins_the_means_and_bars_reach_over_the_repeats(repeats):
    (container,) = trade_off({"early": repeats}, "It bends").axes[0].containers
    line, _, (across, up) = container.lines
    np.testing.assert_allclose(line.get_xydata(), [[0, 0.8], [0.5, 0.55], [1, 0.1]])
    np.testing.assert_allclose(across.get_segments()[1], [[0.4, 0.55], [0.6, 0.55]])
    np.testing.assert_allclose(up.get_segments()[1], [[0.5, 0.5], [0.5, 0.6]])


def test_trade_offs_are_told_apart_and_compared_at_a_level(repeats):
    figure = trade_off({"early": repeats, "late": repeats / 2}, "Apart", level=0.3)
    axes = figure.axes[0]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["early", "late"]
    joined = [container.lines[0] for container in axes.containers]
    assert len({line.get_color() for line in joined}) == len({line.get_marker() for line in joined}) == 2
    assert [line.get_ydata()[0] for line in axes.lines if line.get_linestyle() == "--"] == [0.3]
    assert "early, late" in figure.alt


def test_points_of_a_single_trade_off_are_labeled_where_they_lie(repeats):
    axes = trade_off({"early": repeats}, "It bends", ["0.1", "1", "10"]).axes[0]
    assert {text.get_text(): text.xy[0] for text in axes.texts} == {"0.1": 0, "1": 0.5, "10": 1}
    assert axes.get_legend() is None


def test_a_pareto_figure_fills_what_no_run_of_any_group_dominates():
    """Dominated: level with a better one, straight below one, by one of another group; two equal ones stay."""
    early = np.array([[0.9, 0.1], [0.5, 0.5], [0.5, 0.5], [0.4, 0.5], [0.5, 0.3]])
    late = np.array([[0.1, 0.9], [0.3, 0.4]])
    figure = pareto({"early": early, "late": late})
    axes = figure.axes[0]
    drawn = [scatter for scatter in axes.collections if len(scatter.get_offsets())]
    filled = [scatter.get_offsets().tolist() for scatter in drawn if len(scatter.get_facecolor())]
    hollow = [scatter.get_offsets().tolist() for scatter in drawn if not len(scatter.get_facecolor())]
    assert filled == [[[0.9, 0.1], [0.5, 0.5], [0.5, 0.5]], [[0.1, 0.9]]]
    assert hollow == [[[0.4, 0.5], [0.5, 0.3]], [[0.3, 0.4]]]
    assert figure.get_suptitle() == "Dominated, hollow: 3 of 7 runs"
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == ["early: 3 of 5 on the front", "late: 1 of 2 on the front"]
    assert axes.lines[0].get_xdata().tolist() == [0.1, 0.5, 0.5, 0.9]


def test_a_pareto_figure_takes_a_title():
    assert pareto({"all": np.eye(2)}, "Both stay").get_suptitle() == "Both stay"


@pytest.fixture
def pair_table():
    return np.array([[0.25, np.nan], [0.5, -0.125], [0.75, 1.0]])


def test_each_measure_of_pairs_has_a_scale_of_its_own_and_every_number(pair_table):
    maps = {"kept": pair_table, "gained": 10 * pair_table}
    first, second = pair_maps(maps, ["cat", "harbor", "cartoon"], ["swirls", "mandala"], "Two maps").axes[:2]
    assert first.images[0].get_clim() == (-0.125, 1)
    assert second.images[0].get_clim() == (-1.25, 10)
    assert {text.get_text(): tuple(text.get_position()) for text in first.texts} == {
        ".25": (0, 0), ".50": (0, 1), "-.12": (1, 1), ".75": (0, 2), "1.00": (1, 2)
    }  # fmt: skip
    assert {text.get_text() for text in second.texts} == {"2.50", "5.00", "-1.25", "7.50", "10.00"}
    assert [label.get_text() for label in first.get_yticklabels()] == ["cat", "harbor", "cartoon"]
    assert {label.get_text() for label in second.get_yticklabels()} == {""}
    assert len({text.get_color() for text in first.texts}) == 2


def test_groups_of_rows_are_parted_and_named_at_the_right(pair_table):
    groups = {"natural": 1, "urban": 2}
    figure = pair_maps({"kept": pair_table}, ["cat", "harbor", "temple"], ["swirls", "mandala"], "Parted", groups)
    axes = figure.axes[0]
    assert [line.get_ydata()[0] for line in axes.lines] == [0.5]
    named = {text.get_text(): text.xy[1] for text in axes.texts if text.get_text() in groups}
    assert named == {"natural": pytest.approx(5 / 6), "urban": pytest.approx(1 / 3)}
    assert "natural: cat; urban: harbor, temple" in figure.alt


def test_dots_stand_in_the_column_of_their_group_with_a_bar_at_the_mean():
    groups = {"natural": {"cat": 0.25, "canyon": 0.75}, "drawn": {"cartoon": 0.375}}
    figure = dots_by_group(groups, "edges kept", "Two kinds")
    axes = figure.axes[0]
    bars = [one for one in axes.collections if isinstance(one, LineCollection)]
    dots = [one for one in axes.collections if one not in bars]
    assert [one.get_offsets().tolist() for one in dots] == [[[0, 0.25], [0, 0.75]], [[1, 0.375]]]
    assert [one.get_segments()[0][:, 1].tolist() for one in bars] == [[0.5, 0.5], [0.375, 0.375]]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["natural", "drawn"]
    assert "natural: cat 0.25, canyon 0.75; drawn: cartoon 0.38" in figure.alt


def test_names_of_dots_do_not_lie_on_each_other():
    near = {name: 0.5 + k / 1000 for k, name in enumerate("abcd")}
    texts = dots_by_group({"near": near, "far": {"e": 0.0, "f": 1.0}}, "kept", "Near").axes[0].texts
    heights = [text.get_position()[1] for text in texts if text.get_text() in near]
    assert np.diff(heights).min() > 0.04
    alone = {text.get_text(): text.get_position()[1] for text in texts}
    assert (alone["e"], alone["f"]) == (0, 1)


def test_what_chance_does_as_far_from_zero_is_told_apart():
    differences = np.array([-3.0, -2.0, -1.0, 0.0, 1.0, 2.0])
    figure = chance_histogram(differences, -2.0, "difference", "Three of six")
    axes = figure.axes[0]
    near, far = (sum(bar.get_height() for bar in bars) for bars in axes.containers)
    assert (near, far) == (3, 3)
    assert axes.lines[0].get_xdata()[0] == -2
    assert "3 of 6 are at least as far from 0 as -2" in figure.alt


def test_scores_are_bars_in_the_order_of_their_names_with_their_numbers():
    figure = score_bars({"seen": [0.5, 0.25], "unseen": [-0.25, 0.125]}, ["palette", "slope"], "R2", "Less")
    axes = figure.axes[0]
    assert [[bar.get_width() for bar in bars] for bars in axes.containers] == [[0.5, 0.25], [-0.25, 0.125]]
    assert [text.get_text() for text in axes.texts] == ["0.50", "0.25", "-0.25", "0.12"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["palette", "slope"]
    top, bottom = (axes.transData.transform((0, place))[1] for place in (0, 1))
    assert top > bottom
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["seen", "unseen"]
    assert "unseen: palette -0.25, slope 0.12" in figure.alt


def test_a_notebook_shows_a_figure_with_title_and_description(three, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, metadata, raw: shown.append((data, metadata, raw)))
    picture_row({"before": three[0], "after": three[2]}, "Nothing has changed")._ipython_display_()
    ((data, metadata, raw),) = shown
    assert raw
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert data["text/plain"] == metadata["image/png"]["title"] == "Nothing has changed"
    assert metadata["image/png"]["alt"] == "Nothing has changed. Pictures from left to right: before, after."


# Contact sheets


@pytest.fixture
def runs(three, tmp_path):
    """Rows of two contents and three weights; one has failed."""
    rows = []
    for k, (content, weight) in enumerate(itertools.product(("harbor", "stained_glass"), (0.1, 1.0, 10.0))):
        shade = np.full((24, 32, 3), k / 10, np.float32)
        save_picture(shade, tmp_path / f"{k}.png")
        row = {"content": content, "content_weight": weight, "picture": str(tmp_path / f"{k}.png"), "gap": k / 10}
        rows.append({**row, "status": "done"})
    rows[4] |= {"picture": None, "gap": None, "status": "failed"}
    return rows


def cells(figure, columns):
    """The axes of a figure by row and column."""
    return np.array(figure.axes, dtype=object).reshape(-1, columns)


def test_a_sheet_lays_the_pictures_out_by_two_columns_of_the_table(runs):
    sheet = cells(contact_sheet(runs, "content", "content_weight", "More weight"), 3)
    assert [axes.get_title() for axes in sheet[0]] == ["content weight 0.1", "content weight 1", "content weight 10"]
    assert [axes.get_ylabel() for axes in sheet[:, 0]] == ["harbor", "stained glass"]
    for k, axes in enumerate(sheet.ravel()):
        if k != 4:
            assert float(axes.images[0].get_array().mean()) == pytest.approx(k / 10, abs=1 / 255)


def test_a_sheet_turns_with_its_columns(runs):
    sheet = cells(contact_sheet(runs, "content_weight", "content", "Turned"), 2)
    assert float(sheet[2, 1].images[0].get_array().mean()) == pytest.approx(0.5, abs=1 / 255)


def test_a_run_without_a_picture_leaves_a_cell_with_its_status_and_a_missing_one_an_empty_cell(runs):
    table = pandas.DataFrame(runs[:-1])
    sheet = cells(contact_sheet(table, "content", "content_weight", "One failed", caption="gap"), 3)
    assert not sheet[1, 1].images
    assert [text.get_text() for text in sheet[1, 1].texts] == ["failed"]
    assert not sheet[1, 2].images
    assert [text.get_text() for text in sheet[1, 2].texts] == [""]
    assert [axes.get_xlabel() for axes in sheet[1]] == ["gap 0.30", "", ""]


def test_a_sheet_shows_the_pictures_of_its_rows_and_columns_beside_them(runs, three):
    figure = contact_sheet(runs, "content", "content_weight", "With heads", heads={"harbor": three[0], 10.0: three[1]})
    sheet = cells(figure, 4)
    assert sheet.shape == (3, 4)
    np.testing.assert_array_equal(sheet[1, 0].images[0].get_array(), three[0])
    np.testing.assert_array_equal(sheet[0, 3].images[0].get_array(), three[1])
    assert not sheet[0, 0].images
    assert sheet[1, 0].get_ylabel() == "harbor"
    assert sheet[0, 1].get_title() == "content weight 0.1"
    assert float(sheet[2, 3].images[0].get_array().mean()) == pytest.approx(0.5, abs=1 / 255)


def test_a_sheet_takes_arrays_and_any_rows(three):
    rows = ({"page": page, "side": "left", "shown": shown} for page, shown in enumerate(three))
    figure = contact_sheet(rows, "page", "side", "Three pages", picture="shown")
    assert [axes.get_ylabel() for axes in figure.axes] == ["page 0", "page 1", "page 2"]
    assert figure.alt == "Three pages. 3 pictures: page down (0, 1, 2), side across (left)."


def test_two_pictures_for_one_cell_are_refused_with_the_way_out(runs):
    with pytest.raises(SettingError, match=r"Several rows have content harbor and content_weight 0\.1.*\[table\.seed"):
        contact_sheet([*runs, runs[0]], "content", "content_weight", "Twice")


def test_titles_of_a_sheet_stand_level_and_inside(runs, three):
    """Also where the pictures of a row have different shapes."""
    heads = dict(zip((0.1, 1.0, 10.0), three, strict=True))
    figure = contact_sheet(runs, "content", "content_weight", "With heads", heads=heads)
    figure.draw_without_rendering()
    boxes = [axes.title.get_window_extent() for axes in figure.axes if axes.get_title()]
    assert np.ptp([box.y0 for box in boxes]) < 2
    for box in [*boxes, *(axes.yaxis.label.get_window_extent() for axes in figure.axes if axes.get_ylabel())]:
        assert figure.bbox.contains(*box.min) and figure.bbox.contains(*box.max)


def test_lines_by_depth_span_the_network_and_random_twins_share_its_color():
    entropy = {"vgg": [0.9, 0.8, 0.7], "resnet": [0.9, 0.6, 0.5, 0.4], "vgg random": [0.9, 0.9, 0.8]}
    figure = by_depth({"entropy": entropy, "peakedness": {"resnet": [2.0, 8.0]}}, "It falls")
    first, second = figure.axes
    assert [a.get_title() for a in figure.axes] == ["entropy", "peakedness"]
    for line, values in zip(first.lines, entropy.values(), strict=True):
        np.testing.assert_array_equal(line.get_ydata(), values)
        assert (line.get_xdata()[0], line.get_xdata()[-1]) == (0, 1)
    trained, other, twin = first.lines
    assert trained.get_color() == twin.get_color() != other.get_color()
    assert [line.get_linestyle() for line in first.lines] == ["-", "-", "--"]
    assert second.lines[0].get_color() == other.get_color()
    assert [text.get_text() for text in figure.legends[0].get_texts()] == list(entropy)
    assert "vgg random from 0.9 to 0.8" in figure.alt


def test_tile_borders_are_ticks_between_the_pixels_of_two_tiles():
    pictures = {"whole": np.zeros((8, 12, 3)), "tiles": np.zeros((8, 12, 3))}
    boxes = [
        (top, bottom, left, right) for top, bottom in ((0, 3), (3, 8)) for left, right in ((0, 4), (4, 8), (8, 12))
    ]
    figure = tile_borders(pictures, {"tiles": boxes}, "No seam shows")
    whole, tiles = figure.axes
    assert [whole.get_xticks().size, whole.get_yticks().size] == [0, 0]
    assert tiles.get_xticks().tolist() == [3.5, 7.5]
    assert tiles.get_yticks().tolist() == [2.5]
    assert tiles.get_xlim() == (-0.5, 11.5)
    assert tiles.get_ylim() == (7.5, -0.5)
    assert "tiles 1 down, 2 across" in figure.alt
    assert "whole 0 down, 0 across" in figure.alt


def test_intervals_show_every_median_with_its_reach_and_zero_beside_it():
    rows = [("small", 0.2, 0.1, 0.4), ("large", -0.1, -0.2, 0.1), ("none", np.nan, np.nan, np.nan)]
    figure = intervals({"edges": rows, "style": rows[:1]}, "They differ", {"edges": ["red", "gray", "gray"]})
    first, second = figure.axes
    zero, *drawn = first.lines
    assert set(zero.get_xdata()) == {0}
    reaches, medians = drawn[::2], drawn[1::2]
    assert [tuple(line.get_xdata()) for line in reaches[:2]] == [(0.1, 0.4), (-0.2, 0.1)]
    assert [line.get_xdata()[0] for line in medians[:2]] == [0.2, -0.1]
    assert [line.get_color() for line in medians] == ["red", "gray", "gray"]
    assert [text.get_text() for text in first.texts] == ["nothing to compare"]
    assert [label.get_text() for label in second.get_yticklabels()] == ["small"]
    assert "edges: small 0.2 (0.1 to 0.4); large -0.1 (-0.2 to 0.1)" in figure.alt


def test_the_first_interval_stands_at_the_top():
    figure = intervals({"edges": [("first", 0.2, 0.1, 0.4), ("second", 0.1, 0.0, 0.2)]}, "In order")
    low, high = figure.axes[0].get_ylim()
    assert low > high


def test_strengths_are_read_as_shares_and_the_strongest_stands_on_top():
    rows = [("weak", -np.log(3), -2.0, -0.5), ("strong", np.log(3), 0.5, 2.0)]
    figure = strengths(rows, "Strong is ahead", "9 voters")
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["strong", "weak"]
    assert axes.get_ylim()[0] > axes.get_ylim()[1]
    _, *drawn = axes.lines
    assert [tuple(line.get_xdata()) for line in drawn[::2]] == [(0.5, 2.0), (-2.0, -0.5)]
    assert [text.get_text() for text in axes.texts] == ["75%", "25%"]
    marks = {label.get_text(): at for label, at in zip(axes.get_xticklabels(), axes.get_xticks(), strict=True)}
    assert marks["50%"] == 0
    assert marks["80%"] == pytest.approx(np.log(4))
    assert max(marks.values()) <= axes.get_xlim()[1]
    assert "strong 75% (62% to 88%); weak 25% (12% to 38%)" in figure.alt


@pytest.mark.parametrize("reach", [0.05, 1.0, 5.0])
def test_strengths_close_together_or_far_apart_have_marks_to_read_them_by(reach):
    (axes,) = strengths([("a", reach, reach / 2, 1.2 * reach), ("b", -reach, -1.2 * reach, 0.0)], "Two").axes
    low, high = axes.get_xlim()
    assert sum(low <= mark <= high for mark in axes.get_xticks()) >= 3
    assert low < -1.2 * reach
    assert high > 1.2 * reach
