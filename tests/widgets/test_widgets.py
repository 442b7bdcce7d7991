"""The widgets without a browser: what their plain functions say, and what their controls do to real, small runs."""

import base64
import gc
import io
import json
import os
import time
import weakref

import ipywidgets
import numpy as np
import pytest
import quick
from PIL import Image

import nst_utils as nst
from nst_utils.base.errors import NSTError, PictureError, SettingError
from nst_utils.images.arrays import fit
from nst_utils.widgets import features, panel
from nst_utils.widgets.ballot import Ballot
from nst_utils.widgets.explorer import Explorer
from nst_utils.widgets.gram_heat_map import gram_of, pair_of_channels
from nst_utils.widgets.loss_under_distortion import DISTORTIONS, distorted, losses_from
from nst_utils.widgets.mask_canvas import MaskCanvas
from nst_utils.widgets.painter import Measured, measured
from nst_utils.widgets.painting import new_run
from nst_utils.widgets.pair_picker import predictors
from nst_utils.widgets.resolution_slider import cost_of, scaled_style
from nst_utils.widgets.weights_and_layers import bargain_view

pytestmark = pytest.mark.usefixtures("shared_networks", "own_log")
PATIENCE = 120
SIZE = 48  # pixels: the deepest layers need 32
QUICK = {**quick.QUICK, "jitter": 2}


def until(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.01)


def all_widgets(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from all_widgets(child)


# Plain functions


def test_maps_are_those_of_the_backbone(tiny_content):
    features_of = nst.load_backbone("vgg16", "mini-random").features("block2_conv1")
    expected = features_of(tiny_content[None])["block2_conv1"].numpy()[0]
    np.testing.assert_array_equal(features.maps_of(tiny_content, "block2_conv1", "vgg16", "mini-random"), expected)


@pytest.mark.parametrize("backbone", ["vgg16", "resnet50"])
def test_layers_to_explore_are_layers_in_their_order(backbone):
    network = nst.load_backbone(backbone, "mini-random")
    layers = features.explorable_layers(backbone, "mini-random")
    places = [network.layers.index(layer) for layer in layers]
    assert places == sorted(places)
    assert 10 < len(layers) < 25


def test_an_entry_of_the_gram_matrix_is_the_mean_of_a_product():
    maps = np.random.default_rng(0).random((5, 7, 3)).astype(np.float32)
    gram = gram_of(maps)
    for i in range(3):
        for j in range(3):
            pair = pair_of_channels(maps, i, j)
            assert pair.value == pytest.approx(float(gram[i, j]), rel=1e-5)
            np.testing.assert_array_equal(pair.product, maps[..., i] * maps[..., j])
    assert pair_of_channels(maps, 1, 1).cosine == pytest.approx(1)
    with pytest.raises(SettingError, match="j is 3; the layer has channels 0 to 2"):
        pair_of_channels(maps, 0, 3)


def test_channels_that_never_fire_together_have_cosine_0():
    assert pair_of_channels(np.array([[[1.0, 0.0], [0.0, 1.0]]]), 0, 1).cosine == 0
    assert pair_of_channels(np.zeros((2, 2, 2)), 0, 1).cosine == 0


@pytest.mark.parametrize("name", DISTORTIONS)
def test_a_distortion_grows_with_its_strength_and_stays_a_picture(name, tiny_content):
    away = []
    for strength in (0.0, 0.3, 1.0):
        changed = distorted(tiny_content, name, strength)
        assert changed.dtype == np.float32
        assert changed.shape == tiny_content.shape
        assert 0 <= changed.min() <= changed.max() <= 1
        away.append(float(np.abs(changed - tiny_content).mean()))
    assert away[0] == 0
    assert 0 < away[1] < 1.5 * away[2]
    np.testing.assert_array_equal(changed, distorted(tiny_content, name, 1.0))


def test_shuffled_squares_keep_every_pixel(tiny_style):
    changed = distorted(tiny_style, "shuffle", 1.0)
    assert not np.array_equal(changed, tiny_style)
    np.testing.assert_array_equal(np.sort(changed.ravel()), np.sort(tiny_style.ravel()))


@pytest.mark.parametrize(("name", "strength"), [("melt", 0.5), ("blur", 1.5), ("blur", -0.1), ("blur", float("nan"))])
def test_a_wrong_distortion_is_refused(name, strength, tiny_content):
    with pytest.raises(SettingError, match=r"distortion is 'melt'|strength is"):
        distorted(tiny_content, name, strength)


def test_a_picture_is_no_distance_from_itself_and_some_from_its_blur():
    shown = nst.picture("harbor", 64)
    losses = losses_from(shown, "vgg16", "mini-random")
    itself, blurred = losses(shown), losses(distorted(shown, "blur", 0.5))
    assert max(itself["content"], itself["style"]) < 1e-6
    assert blurred["content"] > 0.01
    assert blurred["style"] > 0.01
    assert blurred["tv"] < itself["tv"]


def test_the_loss_of_the_widget_is_that_of_stylize():
    """The first step of a run that starts at the blurred picture sees the same losses."""
    shown = nst.picture("harbor", 64)
    blurred = distorted(shown, "blur", 0.3)
    found = losses_from(shown, "vgg16", "mini-random")(blurred)
    kept = {"size": 64, "sizes": [64], "steps": 1, "jitter": 0, "precision": "float32", "progress": False}
    run = nst.stylize(shown, shown, start=blurred, backbone="vgg16", weights="mini-random", **kept)
    for name in found:
        assert found[name] == pytest.approx(run.history[name][0], rel=1e-4)


def test_a_larger_style_scale_shows_fewer_and_larger_strokes(tiny_style):
    small, large = (scaled_style(tiny_style, 32, scale) for scale in (0.5, 2.0))
    assert small.shape == (16, 16, 3)
    np.testing.assert_allclose(large, fit(tiny_style[8:24, 8:24], 32, enlarge=True))
    with pytest.raises(SettingError, match="style scale is 0"):
        scaled_style(tiny_style, 32, 0)


def test_how_much_of_a_run_is_done_counts_pixels(tiny_content, tiny_style):
    kept = {**QUICK, "sizes": [16, 32], "steps": [4, 2], "start": "content", "jitter": 0}
    kept.pop("size")
    run = new_run(tiny_content, tiny_style, **kept)
    shares = [run.share_done]
    while not run.done:
        run.advance()
        shares.append(run.share_done)
    assert shares == pytest.approx([0, 1 / 12, 2 / 12, 3 / 12, 4 / 12, 8 / 12, 1])


def test_the_cost_of_a_painting_grows_with_its_size():
    small, large = (cost_of("harbor", size, weights="mini") for size in (64, 256))
    assert (small["width"], small["height"]) == (64, 48)
    assert (large["width"], large["height"]) == (256, 192)
    assert large["bytes"] > small["bytes"] > 39 * 12 * 64 * 48


def test_pictures_of_a_kind_are_near_in_their_colors():
    harbor, swirls = nst.picture("harbor", 96), nst.picture("swirls", 96)
    assert predictors(harbor, harbor)["palette distance"] == 0
    assert predictors(harbor, swirls)["palette distance"] > 0.03


# What all panels share


def test_every_name_is_there_and_importing_them_is_free():
    assert set(nst.widgets.__all__) == set(WIDGETS)


WIDGETS = {
    "first_stylize": lambda: nst.widgets.first_stylize(**QUICK),
    "layer_explorer": lambda: nst.widgets.layer_explorer("harbor", "vgg16", "mini-random", size=SIZE),
    "gram_heat_map": lambda: nst.widgets.gram_heat_map("swirls", "block2_conv1", "vgg16", "mini-random", size=SIZE),
    "loss_under_distortion": lambda: nst.widgets.loss_under_distortion("harbor", "vgg16", "mini-random", size=64),
    "live_run": lambda: nst.widgets.live_run("harbor", "swirls", **QUICK),
    "weights_and_layers": lambda: nst.widgets.weights_and_layers(
        content_layers=["block2_conv1", "block2_conv2"], **{k: v for k, v in QUICK.items() if k != "content_layers"}
    ),
    "architecture_comparer": lambda: nst.widgets.architecture_comparer(
        backbones=("vgg16", "vgg19"), **{k: v for k, v in QUICK.items() if k != "backbone"}
    ),
    "pair_picker": lambda: nst.widgets.pair_picker(**QUICK),
    "resolution_slider": lambda: nst.widgets.resolution_slider(
        sizes=(32, SIZE), **{k: v for k, v in QUICK.items() if k != "size"}
    ),
    "style_blend": lambda: nst.widgets.style_blend(**QUICK),
    "mask_painter": lambda: nst.widgets.mask_painter("harbor", np.tri(12, 16)),
    "vote": lambda: nst.widgets.vote(
        {"harbor": {"one": "harbor", "other": "swirls", "style": "swirls"}}, into=f"{os.environ['NST_CACHE']}/votes.csv"
    ),
}


@pytest.mark.parametrize("name", WIDGETS)
def test_a_widget_is_displayed_with_a_picture_of_its_state_and_names_its_controls(name, opened):
    made = opened(WIDGETS[name]())
    data, about = made.bundle()
    assert data[panel.VIEW]["model_id"] == made.view.model_id
    with Image.open(io.BytesIO(base64.b64decode(data["image/png"]))) as shown:
        assert min(shown.size) > 150
        assert len(shown.convert("RGB").getcolors(10**6)) > 50
    assert about["image/png"]["alt"] == data["text/plain"]
    assert len(about["image/png"]["alt"]) > 40
    assert "\n" not in about["image/png"]["alt"]
    json.dumps([data, about])
    kinds = (ipywidgets.ValueWidget, ipywidgets.Button, MaskCanvas, Ballot)
    silent = (ipywidgets.HTML, ipywidgets.FloatProgress)
    controls = [one for one in all_widgets(made.view) if isinstance(one, kinds) and not isinstance(one, silent)]
    assert controls
    for control in controls:
        assert control.description
        assert len(getattr(control, "tooltip", None) or control.description_tooltip) > 5


@pytest.mark.parametrize("name", WIDGETS)
def test_a_widget_that_nobody_holds_ends_and_closes(name):
    made = WIDGETS[name]()
    view, gone = weakref.ref(made.view), weakref.ref(made)
    comms = list(all_widgets(made.view))
    if hasattr(made, "paint"):
        made.paint()
    elif hasattr(made, "start"):
        made.start()
    elif name == "mask_painter":
        made.canvas._handle_custom_msg({"points": [[40, 40]], "away": []}, [])
    job = None if name == "vote" else made.job  # there nothing is computed
    del made
    gc.collect()
    until(lambda: gone() is None)
    if job is not None:
        assert job.wait(PATIENCE)
        assert job.state in ("stopped", "done")
    assert all(widget.comm is None for widget in comms)
    assert view() is not None  # the test holds it; the registry of ipywidgets does not


def test_a_closed_widget_is_shown_as_a_picture_alone(opened):
    made = WIDGETS["layer_explorer"]()
    made.figure()
    made.close()
    made.close()
    assert made.closed
    assert panel.VIEW not in made.bundle()[0]


def test_what_comes_from_outside_is_text():
    line = panel.status("<script>alert(1)</script>", wrong=True)
    assert "<script>" not in line
    assert "&lt;script&gt;" in line
    assert 'alt="&quot;&gt;&lt;b&gt;"' in panel.image(b"", '"><b>')
    assert "<b>" not in panel.download(b"", "image/png", '"><b>', "<b>")


def test_a_browser_that_puts_a_log_slider_on_its_marks_changes_no_weight():
    for value in (0.45, 1.0, 0.02, 3.3e-3, 0.0):
        control = panel.log_slider("content_weight", value, (-4, 2), "how much the content counts")
        assert panel.weight_of(control) == value
        marks = control.min + control.step * np.arange(100)
        nearest = marks[np.abs(marks - np.log10(control.value)).argmin()]
        control.value = float(f"{10**nearest:.12g}")
        assert panel.weight_of(control) == value
        control.value = 0.123456
        assert panel.weight_of(control) == 0.123


@pytest.mark.parametrize("name", [name for name in WIDGETS if name != "live_run"])
def test_a_wrong_picture_or_layer_is_refused_in_the_cell(name):
    wrong = {
        "first_stylize": lambda: nst.widgets.first_stylize(size=3).figure(),
        "layer_explorer": lambda: nst.widgets.layer_explorer("nowhere.png"),
        "gram_heat_map": lambda: nst.widgets.gram_heat_map("swirls", "block9", "vgg16", "mini-random"),
        "loss_under_distortion": lambda: nst.widgets.loss_under_distortion("nowhere.png"),
        "weights_and_layers": lambda: nst.widgets.weights_and_layers("nowhere.png"),
        "architecture_comparer": lambda: nst.widgets.architecture_comparer(style="nowhere.png"),
        "pair_picker": lambda: nst.widgets.pair_picker(size=3).figure(),
        "resolution_slider": lambda: nst.widgets.resolution_slider("nowhere.png"),
        "style_blend": lambda: nst.widgets.style_blend(styles=("swirls", "nowhere.png")),
        "mask_painter": lambda: nst.widgets.mask_painter("nowhere.png"),
        "vote": lambda: nst.widgets.vote({"harbor": {"one": "harbor", "other": "nowhere.png"}}, "Which?"),
    }
    with pytest.raises((NSTError, PictureError)):
        wrong[name]()


# Explorers


def test_a_moved_slider_changes_the_picture_and_the_last_move_counts(opened):
    made = opened(WIDGETS["layer_explorer"]())
    assert made.job.wait(PATIENCE)
    before = made._shown.value
    for channel in range(1, 8):
        made.controls["channel"].value = channel
    assert made.job.wait(PATIENCE)
    assert made._shown.value != before
    assert "channel 7 fires" in made.figure().get_suptitle()


def test_another_layer_has_another_number_of_channels(opened):
    made = opened(WIDGETS["layer_explorer"]())
    made.controls["layer"].value = "block4_conv1"
    assert made.controls["channel"].max == 127
    made.controls["channel"].value = 100
    made.controls["layer"].value = "block1_conv1"
    assert made.controls["channel"].max == made.controls["channel"].value == 15
    assert made.figure().get_suptitle().startswith("block1_conv1 has 16 channels of 48 x 36; channel 15")


def test_the_gram_heat_map_names_the_entry_of_the_two_channels(opened):
    made = opened(WIDGETS["gram_heat_map"]())
    made.controls["i"].value, made.controls["j"].value = 3, 9
    maps = features.maps_of(nst.picture("swirls", SIZE), "block2_conv1", "vgg16", "mini-random")
    expected = float(gram_of(maps)[3, 9])
    assert f"{expected:.3g}" in made.figure().get_suptitle()


def test_the_loss_under_distortion_is_0_without_one(opened):
    made = opened(WIDGETS["loss_under_distortion"]())
    for name in DISTORTIONS:
        made.controls["distortion"].value = name
        made.controls["strength"].value = 0.0
        assert made.figure().get_suptitle() == f"{name} at 0.00: content loss 0, style loss 0"


def test_an_error_in_the_background_is_shown_and_the_next_value_is_fine(opened):
    made = opened(
        Explorer(
            "Fails at 2",
            {"number": panel.slider("number", 1, 0, 3, "a number to try")},
            lambda number: nst.plots.picture_row({"one": np.zeros((8, 8, 3))}, "fine") if number != 2 else 1 / 0,
        )
    )
    made.controls["number"].value = 2
    assert made.job.wait(PATIENCE)
    assert "ZeroDivisionError" in made._line.value
    with pytest.raises(NSTError, match="ZeroDivisionError"):
        made.figure()
    made.controls["number"].value = 3
    assert made.job.wait(PATIENCE)
    assert made._line.value == ""
    assert made.figure().get_suptitle() == "fine"


# The live run


def buttons(made):
    names = ("start", "pause", "step", "resume", "stop")
    return {name for name in names if not getattr(made, f"{name}_button").disabled}


def test_the_buttons_of_a_live_run_do_what_they_say(opened):
    made = opened(nst.widgets.live_run("harbor", "swirls", **{**QUICK, "steps": 5000}))
    assert buttons(made) == {"start", "step"}
    made.step_button.click()
    assert made.job.wait(PATIENCE)
    assert (made.job.state, made.result.run.step) == ("paused", 1)
    assert buttons(made) == {"step", "resume", "stop"}
    made.step_button.click()
    assert made.job.wait(PATIENCE)
    assert made.result.run.step == 2
    made.resume_button.click()
    until(lambda: made.result.run.step > 4 and buttons(made) == {"pause", "stop"})
    made.pause_button.click()
    assert made.job.wait(PATIENCE)
    rested = made.result.run.step
    time.sleep(0.2)
    assert made.result.run.step == rested
    made.stop_button.click()
    assert made.job.wait(PATIENCE)
    assert made.job.state == "stopped"
    assert buttons(made) == {"start", "step"}
    stopped = made.job
    made.start_button.click()
    until(lambda: made.job is not stopped and made.job.result is not None)
    assert made.job.state == "running"
    made.stop_button.click()
    assert made.job.wait(PATIENCE)


def test_a_live_run_left_alone_is_stylize_to_the_bit_and_can_be_looked_at(opened):
    made = opened(nst.widgets.live_run("harbor", "swirls", **QUICK, snapshots=3))
    assert made.gif_button.disabled
    made.start_button.click()
    assert made.job.wait(PATIENCE)
    np.testing.assert_array_equal(made.result.picture, nst.stylize("harbor", "swirls", **QUICK, progress=False).picture)
    assert "step 4 of 4" in made._line.value
    assert "ms a step" in made._line.value
    shown = made._curves.value
    assert made.figure().axes[1].get_yscale() == "log"
    made.scale.value = "linear"
    assert made._curves.value != shown
    assert made.figure().axes[1].get_yscale() == "linear"
    made.gif_button.click()
    assert made._gif_job.wait(PATIENCE)
    data = made._gif.value.split("base64,")[1].split('"')[0]
    with Image.open(io.BytesIO(base64.b64decode(data))) as movie:
        assert movie.format == "GIF"
        assert movie.n_frames > 2


def test_a_live_run_that_has_begun_rests_until_it_is_resumed(opened):
    made = opened(nst.widgets.live_run("harbor", "swirls", begun=3, **QUICK))
    assert made.result.run.step == 3
    assert buttons(made) == {"start", "step", "resume", "stop"}
    assert made.figure().get_suptitle().startswith("step 3 of 4")
    time.sleep(0.2)
    assert made.result.run.step == 3
    made.resume_button.click()
    assert made.job.wait(PATIENCE)
    whole = nst.stylize("harbor", "swirls", **QUICK, progress=False).picture
    np.testing.assert_array_equal(made.result.picture, whole)
    made.start_button.click()  # anew, from the first step
    assert made.job.wait(PATIENCE)
    np.testing.assert_array_equal(made.result.picture, whole)


def test_weights_moved_before_and_while_it_runs_reach_the_run(opened):
    made = opened(nst.widgets.live_run("harbor", "swirls", **QUICK))
    made.controls["content_weight"].value = 10.0
    made.step()
    assert made.job.wait(PATIENCE)
    made.controls["style_weight"].value = 0.1
    made.resume()
    assert made.job.wait(PATIENCE)
    run = new_run("harbor", "swirls", **QUICK)
    run.content_weight = 10.0
    run.advance()
    run.style_weight = 0.1
    np.testing.assert_array_equal(made.result.picture, run.finish(progress=False).picture)


def test_a_loss_that_explodes_is_told_in_a_sentence(opened):
    made = opened(nst.widgets.live_run("harbor", "swirls", **QUICK))
    made.step()
    assert made.job.wait(PATIENCE)
    made.job.change(style_weight=float("nan"))
    made.resume()
    assert made.job.wait(PATIENCE)
    assert made.job.state == "failed"
    assert "The loss became nan" in made._line.value
    assert "start" in buttons(made)


# Painters


def test_the_first_button_paints(opened):
    made = opened(WIDGETS["first_stylize"]())
    made.controls["style"].value = "woodcut"
    made.paint_button.click()
    assert made.wait(PATIENCE)
    painted = made.known["harbor", "woodcut"]
    expected = nst.stylize("harbor", "woodcut", **QUICK, progress=False)
    np.testing.assert_array_equal(painted.picture, expected.picture)
    assert painted.kept == pytest.approx(measured(expected).kept)
    assert made.figure().get_suptitle() == "harbor in the manner of woodcut"
    assert not made.paint_button.disabled
    made.controls["style"].value = "swirls"
    assert "press Paint" in made.figure().get_suptitle()
    made.controls["style"].value = "woodcut"
    made.paint_button.click()  # known: nothing is painted twice
    assert "painted already" in made._line.value


def test_a_painting_under_way_can_be_stopped(opened):
    made = opened(nst.widgets.first_stylize(**{**QUICK, "steps": 5000}))
    made.paint_button.click()
    until(lambda: made.job.result is not None and made.job.result.run.step)
    until(lambda: not made.stop_button.disabled)
    made.stop_button.click()
    assert made.wait(PATIENCE)
    assert made.job.state == "stopped"
    assert made.known == {}
    assert made.stop_button.disabled


def test_paintings_that_are_there_answer_at_once_with_the_nearest_ratio(opened):
    gray = {ratio: np.full((36, 48, 3), ratio / 10, np.float32) for ratio in (0.1, 1.0, 10.0)}
    painted = {("block2_conv1", ratio): shown for ratio, shown in gray.items()}
    quick = {name: value for name, value in QUICK.items() if name != "content_layers"}
    made = opened(nst.widgets.weights_and_layers("harbor", "swirls", painted, content_layers=["block2_conv2"], **quick))
    made.controls["ratio"].value = 4.0
    assert made.figure().get_suptitle().endswith("ratio 10 (the nearest to 4)")
    np.testing.assert_array_equal(made.figure().axes[2].images[0].get_array(), gray[10.0])
    made.controls["ratio"].value = 0.1
    assert made.figure().get_suptitle().endswith("ratio 0.1")
    assert made.job is None
    made.controls["content_layers"].value = "block2_conv2"
    assert "Nothing is known of block2_conv2" in made.figure().get_suptitle()
    made.paint_button.click()
    assert made.wait(PATIENCE)
    weights = {"content_weight": 0.1 / 1.1, "style_weight": 1 / 1.1}
    own = {**quick, "learning_rate": 0.05, "content_layers": ["block2_conv2"], **weights}
    expected = nst.stylize(nst.picture("harbor", SIZE), nst.picture("swirls", SIZE), **own, progress=False)
    np.testing.assert_array_equal(made.known["block2_conv2", 0.1].picture, expected.picture)


def test_the_painting_that_is_shown_is_circled_on_the_curve_of_its_layer(tiny_content, tiny_style):
    known = {
        ("early", 1.0): Measured(tiny_content, 0.5, 0.25),
        ("early", 0.1): Measured(tiny_content, 0.25, 0.5),
        ("late", 1.0): Measured(tiny_content, 0.75, 0.0),
    }
    figure = bargain_view(tiny_content, tiny_style, known, ("early", 1.0), "A bargain, and where it lies")
    *curves, circle = figure.axes[3].lines
    assert [curve.get_label() for curve in curves] == ["early", "late"]
    assert curves[0].get_xydata().tolist() == [[0.25, 0.5], [0.5, 0.25]]
    assert circle.get_xydata().tolist() == [[0.5, 0.25]]


def test_a_painting_that_is_given_is_shown_with_its_own_measures_and_not_painted_again(opened):
    pair = {"harbor": nst.picture("harbor", 48), "swirls": nst.picture("swirls", 48)}
    result = nst.stylize(*pair.values(), **{**QUICK, "size": 48}, progress=False)
    given = {nst.widgets.first_stylize: result, nst.widgets.pair_picker: measured(result)}
    for make, painting in given.items():
        made = opened(make("harbor", "swirls", {("harbor", "swirls"): painting}, **QUICK))
        np.testing.assert_array_equal(made.figure().axes[2].images[0].get_array(), result.picture)
        assert made.known["harbor", "swirls"] == measured(result)
        made.paint_button.click()
        assert made.job is None
    quick = {name: value for name, value in QUICK.items() if name != "size"}
    made = opened(nst.widgets.resolution_slider(sizes=(32, 48), painted={(48, 0.5): result.picture}, **quick))
    assert (made.controls["size"].value, made.controls["scale"].value) == (48, 0.5)
    np.testing.assert_array_equal(made.figure().axes[2].images[0].get_array(), result.picture)


def test_two_networks_are_painted_only_once_each_with_its_own_layers_for_the_style(opened):
    quick = {name: value for name, value in QUICK.items() if name not in ("backbone", "style_layers")}
    made = opened(nst.widgets.architecture_comparer("harbor", "swirls", ("vgg16", "vgg19"), **quick))
    made.paint_button.click()
    assert made.wait(PATIENCE)
    assert set(made.known) == {("vgg16", 1.0), ("vgg19", 1.0)}
    own = nst.default_layers(nst.load_backbone("vgg19", "mini-random"))[1]
    settings = {**quick, "backbone": "vgg19", "style_layers": own, "content_weight": 1.0}
    expected = nst.stylize(nst.picture("harbor", SIZE), nst.picture("swirls", SIZE), **settings, progress=False)
    np.testing.assert_array_equal(made.known["vgg19", 1.0].picture, expected.picture)
    first = made.known["vgg16", 1.0]
    made.controls["right"].value = "vgg16"
    made.paint_button.click()
    assert made.known["vgg16", 1.0] is first
    titles = [axes.get_title().split("\n")[0] for axes in made.figure().axes[2:]]
    assert titles == ["vgg16 at weight 1", "vgg16 at weight 1 again"]
    made.controls["right_weight"].value = 10.0
    assert made.figure().get_suptitle() == "vgg16 at weight 1 beside vgg16 at weight 10: press Compare"


def test_a_pair_is_measured_before_it_is_painted(opened):
    made = opened(WIDGETS["pair_picker"]())
    assert "their colors are" in made.figure().get_suptitle()
    made.paint_button.click()
    assert made.wait(PATIENCE)
    assert "edges kept" in made.figure().get_suptitle()


def test_the_style_is_shown_as_large_as_the_slider_says(opened):
    made = opened(WIDGETS["resolution_slider"]())
    made.controls["size"].value, made.controls["scale"].value = 48, 0.5
    made.paint_button.click()
    assert made.wait(PATIENCE)
    quick = {name: value for name, value in QUICK.items() if name != "size"}
    small = scaled_style(nst.picture("swirls"), 48, 0.5)
    expected = nst.stylize("harbor", small, size=48, **quick, progress=False)
    np.testing.assert_array_equal(made.known[48, 0.5].picture, expected.picture)
    assert "48 x 36 pixels" in made.figure().get_suptitle()


def test_old_paintings_make_room_but_the_grid_stays(opened, monkeypatch):
    monkeypatch.setattr("nst_utils.widgets.painter.KEPT", 2)
    shown = np.full((36, 48, 3), 0.5, np.float32)
    quick = {name: value for name, value in QUICK.items() if name != "content_layers"}
    made = opened(nst.widgets.weights_and_layers("harbor", "swirls", {("block2_conv1", 1.0): shown}, **quick))
    for key in range(4):
        made._keep(("painted", key), Measured(shown, 0.0, 0.0))
    assert list(made.known) == [("block2_conv1", 1.0), ("painted", 2), ("painted", 3)]
