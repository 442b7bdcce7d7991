"""`stylize` end to end on a small network: starts, scales, randomness, trouble, and the result it returns."""

import inspect
import itertools
import json
import re
import signal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from nst_utils import stylize
from nst_utils.base.errors import DivergedError, MemoryBudgetError, NSTError, PictureError, SettingError
from nst_utils.base.tensorflow import tf
from nst_utils.engine.objective import Objective, compiled
from nst_utils.engine.plan import plan
from nst_utils.engine.run import Run
from nst_utils.engine.settings import METHODS, STARTS, settings_of
from nst_utils.images.arrays import resize
from nst_utils.losses.normalizations import NORMALIZATIONS
from nst_utils.losses.statistics import STATISTICS
from nst_utils.networks.catalog import PRESETS

SMALL = {
    "backbone": "vgg16",
    "weights": "mini-random",
    "content_layers": ["block2_conv1"],
    "style_layers": ["block1_conv1", "block2_conv1"],
    "sizes": (24, 32),
    "steps": (4, 6),
    "jitter": 2,
}
EVERY_METHOD = pytest.mark.parametrize("method", METHODS)


@pytest.fixture
def paint(tiny_content, tiny_style):
    def painted(**settings):
        return stylize(tiny_content, tiny_style, **{**SMALL, "progress": False, **settings})

    return painted


def make_run(content, style, **settings):
    return Run(content, style, settings_of(**{**SMALL, **settings}))


def without_seconds(history):
    return {name: values for name, values in history.items() if name != "seconds"}


def assert_equal_results(one, other):
    np.testing.assert_array_equal(one.picture, other.picture)
    np.testing.assert_equal(without_seconds(one.history), without_seconds(other.history))


# The picture


def test_a_painting_is_a_picture_of_the_contents_shape(paint, tiny_content):
    picture = paint().picture
    assert picture.shape == tiny_content.shape
    assert picture.dtype == np.float32
    assert picture.min() >= 0
    assert picture.max() <= 1


def test_the_pictures_given_are_not_changed(paint, tiny_content, tiny_style):
    before = tiny_content.copy(), tiny_style.copy()
    paint()
    np.testing.assert_array_equal(tiny_content, before[0])
    np.testing.assert_array_equal(tiny_style, before[1])


@pytest.mark.parametrize("shape", [(40, 20), (20, 40), (33, 33)])
def test_the_longer_side_of_a_painting_is_its_size(shape, tiny_style):
    content = np.random.default_rng(0).random((*shape, 3), np.float32)
    picture = stylize(content, tiny_style, **{**SMALL, "sizes": None, "size": 24, "steps": 1}, progress=False).picture
    assert max(picture.shape) == 24
    assert picture.shape[0] / picture.shape[1] == pytest.approx(shape[0] / shape[1], rel=0.05)


def test_a_content_smaller_than_size_stays_as_it_is(paint, tiny_content):
    assert paint(sizes=None, size=4000, steps=12).picture.shape == tiny_content.shape


# Documentation


@pytest.mark.parametrize(
    "names", [STATISTICS, NORMALIZATIONS, METHODS, PRESETS, STARTS], ids=lambda names: next(iter(names))
)
def test_the_documentation_names_every_choice(names):
    said = inspect.getdoc(stylize)
    assert [name for name in names if not re.search(rf"\b{re.escape(name)}\b", said)] == []


# Randomness


@EVERY_METHOD
@pytest.mark.parametrize("start", ["content", "noise"])
def test_equal_seeds_give_equal_paintings_to_the_bit(paint, method, start):
    np.random.seed(1)  # noqa: NPY002  the global generators must not matter
    tf.random.set_seed(1)
    one = paint(method=method, start=start, seed=5)
    np.random.seed(2)  # noqa: NPY002
    tf.random.set_seed(2)
    assert_equal_results(one, paint(method=method, start=start, seed=5))


def test_painting_leaves_numpys_global_generator_alone(paint):
    np.random.seed(1)  # noqa: NPY002
    expected = np.random.default_rng(0), np.random.get_state()[1].copy()  # noqa: NPY002
    paint(start="noise")
    np.testing.assert_array_equal(np.random.get_state()[1], expected[1])  # noqa: NPY002


@pytest.mark.parametrize(
    ("settings", "differs"),
    [({"jitter": 2}, True), ({"jitter": 0}, False), ({"jitter": 0, "start": "noise"}, True)],
)
def test_another_seed_changes_only_what_is_random(paint, settings, differs):
    one, other = (paint(weights="mini", steps=(2, 2), seed=seed, **settings).picture for seed in (1, 2))
    assert np.array_equal(one, other) is not differs


# Starts, statistics, normalizations, presets


@pytest.mark.parametrize("start", [*STARTS, "array"])
def test_a_run_starts_where_it_is_told(tiny_content, tiny_style, start):
    own = np.full((50, 60, 3), 0.25, np.float32)
    run = make_run(tiny_content, tiny_style, start=own if start == "array" else start)
    assert run.picture.shape == (18, 24, 3)
    expected = {
        "content": resize(tiny_content, (18, 24)),
        "style": resize(tiny_style, (18, 24)),
        "gray": np.full((18, 24, 3), 0.5, np.float32),
        "array": np.full((18, 24, 3), 0.25, np.float32),
    }
    if start == "noise":
        assert 0.1 < run.picture.std() < 0.2
    else:
        np.testing.assert_allclose(run.picture, expected[start], atol=1e-6)
    run.advance()
    assert np.isfinite(run.picture).all()
    assert run.step == 1


def test_a_start_can_be_a_file(paint, tmp_path):
    Image.new("RGB", (40, 30), (10, 200, 30)).save(tmp_path / "mine.png")
    assert paint(start=str(tmp_path / "mine.png"), steps=(1, 1)).picture[..., 1].mean() > 0.6


@pytest.mark.parametrize("statistic", STATISTICS)
def test_every_statistic_paints(paint, statistic):
    result = paint(statistic=statistic, steps=(1, 2))
    assert np.isfinite(result.picture).all()
    assert (result.history["style"] > 0).all()
    assert not np.array_equal(result.picture, result.content)


@pytest.mark.parametrize("normalization", NORMALIZATIONS)
def test_every_normalization_paints_with_its_own_weights(paint, normalization):
    result = paint(normalization=normalization, steps=(1, 2))
    weights = NORMALIZATIONS[normalization].weights
    expected = sum(w * result.history[name] for w, name in zip(weights, ("content", "style", "tv"), strict=True))
    np.testing.assert_allclose(result.history["total"], expected, rtol=1e-4)
    assert not np.array_equal(result.picture, result.content)


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_paints_and_looks_at_its_layers(paint, preset):
    result = paint(
        preset=preset, backbone="vgg19", content_layers=None, style_layers=None, sizes=(32,), steps=1, jitter=0
    )
    published = PRESETS[preset]
    looked_at = {*(f"style:{name}" for name in published.style_layers)}
    assert looked_at <= set(result.history)
    assert {f"content:{name}" for name in published.content_layers} <= set(result.history)
    assert np.isfinite(result.picture).all()


def test_layer_weights_weigh_the_layers(paint):
    even = paint(style_layers={"block1_conv1": 1.0, "block2_conv1": 1.0}, steps=(1, 1), jitter=0)
    tilted = paint(style_layers={"block1_conv1": 3.0, "block2_conv1": 0.5}, steps=(1, 1), jitter=0)
    for name, factor in (("style:block1_conv1", 3), ("style:block2_conv1", 0.5)):
        assert tilted.history[name][0] == pytest.approx(factor * even.history[name][0], rel=1e-5)


# The way down


@EVERY_METHOD
@pytest.mark.parametrize("start", ["content", "noise"])
def test_the_loss_falls(paint, method, start):
    total = paint(method=method, start=start, sizes=(32,), steps=30, jitter=0).history["total"]
    assert total[-1] < 0.7 * total[0]
    assert total[-1] <= 1.02 * total.min()


@EVERY_METHOD
def test_the_loss_falls_under_random_shifts(paint, method):
    total = paint(method=method, start="noise", sizes=(32,), steps=30).history["total"]
    assert np.mean(total[-5:]) < 0.7 * total[0]


def test_more_content_weight_keeps_more_of_the_content(paint):
    strong, weak = (paint(content_weight=weight, steps=(10, 20), tv_weight=0) for weight in (30.0, 0.01))
    assert np.abs(strong.picture - strong.content).mean() < 0.6 * np.abs(weak.picture - weak.content).mean()


def test_more_variation_weight_makes_a_smoother_painting(paint):
    rough, smooth = (paint(tv_weight=weight, steps=(10, 20), start="noise").picture for weight in (0.0, 3.0))
    assert np.abs(np.diff(smooth, axis=0)).mean() < 0.6 * np.abs(np.diff(rough, axis=0)).mean()


@EVERY_METHOD
def test_history_has_a_row_for_each_step(paint, method):
    history = paint(method=method, content_weight=2.0, style_weight=3.0, tv_weight=0.5).history
    layers = ["content:block2_conv1", "style:block1_conv1", "style:block2_conv1"]
    assert list(history) == ["step", "size", "seconds", "total", "content", "style", "tv", *layers]
    assert {len(values) for values in history.values()} == {len(history["step"])}
    assert (np.diff(history["step"]) > 0).all()
    assert history["step"][-1] <= 10
    assert (np.diff(history["seconds"]) > 0).all()
    assert set(history["size"]) == {24, 32}
    expected = 2 * history["content"] + 3 * history["style"] + 0.5 * history["tv"]
    np.testing.assert_allclose(history["total"], expected, rtol=1e-4)
    if method == "adam":
        assert history["step"].tolist() == list(range(1, 11))
        assert history["size"].tolist() == [24] * 4 + [32] * 6


def test_the_average_is_that_of_the_quiet_steps_at_the_end(paint):
    seen = []
    paint(average=False, steps=(2, 10), callback=lambda run: seen.append(run.picture))
    np.testing.assert_allclose(paint(steps=(2, 10)).picture, np.mean(seen[-2:], axis=0), atol=1e-6)
    np.testing.assert_array_equal(paint(average=False, steps=(2, 10)).picture, seen[-1])


@EVERY_METHOD
@pytest.mark.parametrize("count", [1, 3, 10])
def test_as_many_snapshots_are_kept_as_asked(paint, method, count):
    result = paint(snapshots=count, method=method)
    assert len(result.snapshots) == (count if method == "adam" else min(count, len(result.history["step"])))
    assert all(np.isfinite(shot).all() for shot in result.snapshots)


# Scales and steps


@given(st.lists(st.integers(16, 2000), min_size=1, max_size=8, unique=True), st.integers(1, 500))
def test_steps_are_shared_out_whole_among_the_scales(sizes, steps):
    sizes = tuple(sorted(sizes))
    steps = max(steps, len(sizes))
    planned = plan(settings_of(**{**SMALL, "sizes": sizes, "steps": steps}), longest=2000)
    assert planned.sizes == sizes
    assert sum(planned.steps) == steps
    assert min(planned.steps) >= 1


@given(st.integers(16, 4096))
def test_sizes_double_from_coarse_to_fine(size):
    sizes = plan(settings_of(**{**SMALL, "sizes": None, "steps": None, "size": size}), longest=4096).sizes
    assert sizes[-1] == size
    assert all(coarse == fine // 2 for coarse, fine in itertools.pairwise(sizes))
    assert sizes[0] < 128 or size < 128


@given(st.integers(16, 4096))
def test_a_small_content_has_the_scales_of_its_own_size(longest):
    both = [
        plan(settings_of(**{**SMALL, "sizes": None, "steps": None, "size": size}), longest=longest).sizes
        for size in (longest, 10 * longest)
    ]
    assert both[0] == both[1]


def test_steps_given_for_each_scale_are_taken_there(paint):
    history = paint(steps=(2, 3)).history
    assert history["size"].tolist() == [24, 24, 32, 32, 32]


def test_a_narrow_style_is_looked_at_in_every_scale(tiny_content):
    strip = np.random.default_rng(0).random((12, 200, 3), np.float32)
    settings = {**SMALL, "style_layers": ["block5_conv1"], "sizes": (64, 128), "steps": 2}
    content = np.kron(tiny_content, np.ones((4, 4, 1), np.float32))
    assert np.isfinite(stylize(content, strip, **settings, progress=False).picture).all()


def test_a_small_content_is_painted_at_a_large_size(tiny_content, tiny_style):
    settings = {**SMALL, "style_layers": ["block5_conv1"], "sizes": None, "size": 512, "steps": 6}
    assert stylize(tiny_content, tiny_style, **settings, progress=False).picture.shape == tiny_content.shape


def test_a_content_too_narrow_for_its_layers_is_refused_before_painting(tiny_style):
    strip = np.random.default_rng(0).random((9, 200, 3), np.float32)
    with pytest.raises(NSTError, match=r"200 x 9;.*16"):
        make_run(strip, tiny_style, style_layers=["block5_conv1"], sizes=(200,), steps=1).advance()


# Trouble


def test_ctrl_c_returns_what_has_been_reached(paint):
    def interrupt(run):
        if run.step == 6:
            signal.raise_signal(signal.SIGINT)

    result = paint(callback=interrupt)
    assert result.interrupted
    assert result.history["step"][-1] == 6
    assert result.picture.shape == (24, 32, 3)
    np.testing.assert_array_equal(result.picture, result.run.picture)
    assert not paint().interrupted


def test_an_interrupted_run_goes_on_where_it_was(paint, tiny_content, tiny_style):
    """Finished later, it is the run that was never interrupted, to the bit."""

    def interrupt(run):
        if run.step == 4 + 6:
            raise KeyboardInterrupt

    resumed = paint(steps=(4, 8), callback=interrupt).resume(progress=False)
    assert_equal_results(resumed, paint(steps=(4, 8)))


@EVERY_METHOD
def test_resume_goes_on_downhill_from_the_painting(paint, method):
    result = paint(method=method, sizes=(32,), steps=10, jitter=0, start="noise")
    before = result.picture.copy()
    more = result.resume(10, progress=False)
    assert more.history["step"][-1] > 10
    assert more.history["total"][-1] < result.history["total"][-1]
    assert not more.interrupted
    np.testing.assert_array_equal(result.picture, before)


@EVERY_METHOD
def test_resume_goes_on_from_the_result_it_is_asked_of(paint, method):
    first = paint(method=method, sizes=(32,), steps=10, jitter=0)
    second = first.resume(10, progress=False)
    assert_equal_results(first.resume(10, progress=False), second)
    assert second.resume(5, progress=False).history["step"][-1] == 25


def test_a_stretch_of_lbfgs_ends_after_the_step_at_which_it_is_not_wanted_any_more(tiny_content, tiny_style):
    run = make_run(tiny_content, tiny_style, method="lbfgs", sizes=(32,), steps=40, jitter=0, start="noise")
    enough = iter([False, False, True])
    run.advance(until=lambda: next(enough))
    assert run.history["step"].tolist() == [1, 2, 3]
    assert run.history["total"][-1] < run.history["total"][0]
    run.advance()
    assert (run.step, run.done) == (40, True)


def test_ctrl_c_in_the_middle_of_lbfgs_keeps_what_it_has_reached(tiny_content, tiny_style, monkeypatch):
    run = make_run(tiny_content, tiny_style, method="lbfgs", sizes=(32,), steps=40, jitter=0, start="noise")
    compiled.cache_clear()
    value_and_gradient, looks = Objective.value_and_gradient, itertools.count()

    def stopped(*arguments):
        tf.py_function(lambda: signal.raise_signal(signal.SIGINT) if next(looks) == 12 else None, [], [])
        return value_and_gradient(*arguments)

    monkeypatch.setattr(Objective, "value_and_gradient", stopped)
    result = run.finish(progress=False)
    assert result.interrupted
    assert 5 < len(result.history["step"]) <= 12
    assert result.history["total"][-1] < result.history["total"][0]
    resumed = result.resume(progress=False)
    assert resumed.history["step"][-1] == 40
    assert resumed.history["total"][-1] < result.history["total"][-1]


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
@EVERY_METHOD
def test_half_precision_paints_nearly_the_same(paint, precision, method):
    half, single = (paint(precision=p, method=method, jitter=0) for p in (precision, "float32"))
    assert half.history["total"][0] == pytest.approx(single.history["total"][0], rel=0.02)
    assert np.abs(half.picture - single.picture).mean() < 0.05


def test_a_black_style_leaves_the_content_in_sight(tiny_content):
    black = np.zeros((24, 32, 3), np.float32)
    settings = {**SMALL, "style_layers": {"picture": 4.0, "block1_conv1": 0.1}, "steps": (10, 20)}
    picture = stylize(tiny_content, black, **settings, content_weight=3.0, tv_weight=0.0, progress=False).picture
    assert picture.mean() < tiny_content.mean()
    assert picture.std() > 0.02


@pytest.mark.parametrize("steps", [0, -3])
def test_resume_takes_at_least_one_step(paint, steps):
    with pytest.raises(SettingError, match=f"{steps}.*at least 1"):
        paint(steps=(1, 1)).resume(steps)


@EVERY_METHOD
@pytest.mark.parametrize("poison", [float("nan"), float("inf"), 1e9])
def test_a_run_that_stays_broken_raises_and_keeps_the_best_picture(paint, method, poison):
    steps = (1, 4) if method == "adam" else (1, 40)  # L-BFGS shows itself every 20 iterations

    def break_it(run):
        if run.step >= 2:
            run.style_weight = poison

    with pytest.raises(DivergedError, match=r"became (nan|inf|[\d.]+e\+\d+) at step \d+") as caught:
        paint(method=method, steps=steps, callback=break_it)
    result = caught.value.result
    assert np.isfinite(result.picture).all()
    assert result.picture.shape == (24, 32, 3)
    assert np.isfinite(result.history["total"]).all()
    assert len(result.history["step"]) >= 2


def test_a_run_broken_from_the_start_raises_with_a_picture(paint, tiny_content):
    with pytest.raises(DivergedError) as caught:
        paint(style_weight=1e38, normalization="keras-io")
    assert np.isfinite(caught.value.result.picture).all()


def test_a_run_that_breaks_once_backs_off_and_ends_well(paint):
    seen, lengths = [], {}

    def break_once(run):
        seen.append(run.step)
        run.style_weight = float("nan") if seen.count(3) == 1 and run.step == 3 else 1.0
        lengths[run.step] = run.picture

    result = paint(sizes=(32,), steps=8, average=False, callback=break_once)
    assert seen.count(3) == 2  # the broken step was not counted
    assert result.history["step"].tolist() == list(range(1, 9))
    assert np.isfinite(result.history["total"]).all()
    first, after = (np.abs(lengths[k + 1] - lengths[k]).mean() for k in (1, 4))
    assert after < 0.4 * first  # a tenth of the learning rate


def test_a_painting_that_does_not_fit_says_which_size_does(tiny_style):
    content = np.zeros((500, 640, 3), np.float32)

    def sized(size, memory):
        return Run(
            content, tiny_style, settings_of(**{**SMALL, "sizes": None, "size": size, "steps": 9}), memory=memory
        )

    with pytest.raises(MemoryBudgetError, match=r"640 x 500 painting needs about .* GB.*allowed") as caught:
        sized(640, 0.13)
    fits = int(str(caught.value).split("largest size that fits is ")[1].split(".")[0])
    assert 64 < fits < 640
    sized(fits, 0.13)
    with pytest.raises(MemoryBudgetError):
        sized(fits + 16, 0.13)


def test_nothing_fits_into_no_memory(paint):
    with pytest.raises(MemoryBudgetError, match="No size fits"):
        paint(memory=1e-6)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"method": "sgd"}, r"method is 'sgd'.*adam, lbfgs"),
        ({"start": "middle"}, r"start is 'middle'.*content.*gray"),
        ({"statistic": "grams"}, r"statistic is 'grams'.*gram, softmax_gram"),
        ({"normalization": "gatis"}, r"normalization is 'gatis'.*gatys, tutorial"),
        ({"normalization": "gatys", "statistic": "histogram"}, r"'gatys'.*'histogram'.*'energy'"),
        ({"precision": "float64"}, r"precision is 'float64'.*auto, float32"),
        ({"preset": "gatsy"}, r"preset is 'gatsy'.*gatys, tutorial"),
        ({"preset": "gatys"}, r"preset 'gatys' looks with vgg19, and backbone is 'vgg16'; leave one away"),
        ({"steps": 10**23}, r"steps is 1000.*whole number"),
        ({"tv_weight": 10**400}, r"tv_weight is 1000.*finite"),
        ({"style_layers": [["block1_conv1"]]}, r"style_layers is \[\['block1_conv1'\]\]; give names"),
        ({"average": "yes"}, r"average is 'yes'; it is True or False"),
        ({"backbone": "v" * 3000}, r"backbone is 'vvv.*at most 2000 letters"),
        ({"pooling": "min"}, r"pooling.*'min'.*max, avg"),
        ({"backbone": "vgg17"}, r"'vgg17'.*vgg19"),
        ({"weights": "maxi"}, r"'maxi'.*mini, scratch, imagenet"),
        ({"style_layers": ["block1_conv9"]}, r"'block1_conv9'.*block1_conv1"),
        ({"content_layers": ["block1_conv9"]}, r"'block1_conv9'.*block1_conv1"),
        ({"style_layers": "block1_conv1"}, r"style_layers is 'block1_conv1'.*names"),
        ({"style_layers": {"block1_conv1": -1.0}}, r"style_layers.*-1"),
        ({"style_layers": {"block1_conv1": "much"}}, r"style_layers.*much"),
        ({"content_weight": -1.0}, r"content_weight is -1.0.*0 or more"),
        ({"style_weight": float("nan")}, r"style_weight is nan"),
        ({"tv_weight": "strong"}, r"tv_weight is 'strong'"),
        ({"learning_rate": float("inf")}, r"learning_rate is inf"),
        ({"learning_rate": 0}, r"learning_rate is 0"),
        ({"sizes": None, "size": 8}, r"size is 8;.*whole number.* 16"),
        ({"sizes": None, "size": "large"}, r"size is 'large'.*whole number"),
        ({"sizes": None, "size": None}, r"size is None.*whole number"),
        ({"sizes": None, "size": float("nan")}, r"size is nan.*whole number"),
        ({"sizes": 64}, r"sizes is 64"),
        ({"sizes": (32, 24)}, r"sizes is \(32, 24\).*rising"),
        ({"sizes": (24.5, 32)}, r"sizes is \(24.5, 32\)"),
        ({"sizes": ("a", "b")}, r"sizes is \('a', 'b'\)"),
        ({"steps": 1}, r"steps is 1;.*at least 1 for each"),
        ({"steps": (1, 2, 3)}, r"steps is \(1, 2, 3\).*\(24, 32\)"),
        ({"steps": (1.5, 2)}, r"steps is \(1.5, 2\)"),
        ({"steps": "many"}, r"steps is 'many'"),
        ({"steps": float("nan")}, r"steps is nan"),
        ({"jitter": -1}, r"jitter is -1;.*whole number.* 0"),
        ({"jitter": 1.5}, r"jitter is 1.5.*whole number"),
        ({"seed": -1}, r"seed is -1;.*whole number.* 0"),
        ({"snapshots": -2}, r"snapshots is -2;.*whole number.* 0"),
        ({"memory": "plenty"}, r"memory is 'plenty'"),
        ({"style_layers": [], "content_layers": []}, r"layers"),
        ({"style_weight": 0, "content_weight": 0}, r"weight"),
    ],
)
def test_a_wrong_setting_is_told_with_its_value_and_the_choices(paint, settings, message):
    with pytest.raises(NSTError, match=rf"(?s){message}") as caught:
        paint(**settings)
    assert len(str(caught.value).splitlines()) <= 2


def test_an_unknown_setting_is_told_with_the_choices():
    with pytest.raises(SettingError, match=r"strength.*content_weight"):
        settings_of(strength=3)


@pytest.mark.parametrize("wrong", [np.zeros((3, 3)), "no_such_picture.png", 7])
def test_what_is_no_picture_is_refused_as_a_picture(tiny_style, wrong):
    with pytest.raises(PictureError):
        stylize(wrong, tiny_style, progress=False)


def test_a_seed_is_taken_as_it_is_or_refused(paint):
    """Half of a large seed must not be lost on the way: two seeds would then be one."""
    largest = 2**31 - 1
    one, other = (paint(seed=seed, weights="mini", steps=(1, 1)).picture for seed in (largest, largest - 2**16))
    assert not np.array_equal(one, other)
    with pytest.raises(SettingError, match=rf"seed is {2**40};.*{largest}"):
        paint(seed=2**40)


# Callback, progress, result


def test_the_callback_sees_the_run_and_may_change_its_weights(paint):
    seen = []

    def watch(run):
        seen.append((run.step, run.picture.shape, set(run.losses)))
        run.content_weight, run.style_weight, run.tv_weight = 0.0, 0.0, 7.0

    result = paint(callback=watch)
    assert [step for step, _, _ in seen] == list(range(1, 11))
    assert {shape for _, shape, _ in seen} == {(18, 24, 3), (24, 32, 3)}
    assert seen[0][2] >= {"total", "content", "style", "tv"}
    np.testing.assert_allclose(result.history["total"][1:], 7 * result.history["tv"][1:], rtol=1e-5)


def test_progress_shows_the_loss_and_the_time_left(paint, capsys):
    result = paint(progress=True)
    shown = capsys.readouterr().err
    assert "100%" in shown
    assert "left" in shown
    assert f"loss {result.history['total'][-1]:.4g}" in shown


def test_without_progress_nothing_is_printed(paint, capfd):
    paint()
    assert capfd.readouterr() == ("", "")


def test_a_result_saves_its_picture_its_way_and_its_settings(paint, tmp_path, tiny_content, tiny_style):
    result = paint(snapshots=4)
    for name in ("painting.png", "painting.jpg", "way.gif", "settings.json"):
        assert result.save(tmp_path / name) == tmp_path / name
    with Image.open(tmp_path / "painting.png") as saved:
        np.testing.assert_allclose(np.asarray(saved) / 255, result.picture, atol=0.5 / 255 + 1e-6)
    with Image.open(tmp_path / "way.gif") as movie:
        assert movie.n_frames == 5
        assert movie.size == (32, 24)
        assert movie.info["loop"] == 0
    stored = json.loads((tmp_path / "settings.json").read_text())
    again = stylize(tiny_content, tiny_style, **stored, progress=False)
    np.testing.assert_array_equal(again.picture, result.picture)
    assert len(list(tmp_path.iterdir())) == 4


def test_a_gif_needs_snapshots(paint, tmp_path):
    with pytest.raises(SettingError, match=r"snapshots"):
        paint(steps=(1, 1)).save(tmp_path / "way.gif")
    assert not list(tmp_path.iterdir())


def test_an_unknown_ending_is_refused(paint, tmp_path):
    with pytest.raises(PictureError, match=r"\.xyz"):
        paint(steps=(1, 1)).save(tmp_path / "painting.xyz")
    assert not list(tmp_path.iterdir())


def test_a_result_shows_content_style_and_painting(paint):
    result = paint(steps=(1, 1))
    assert [axes.get_title() for axes in result.show().axes] == ["content", "style", "painting"]
    assert result.show("Boats in swirls").get_suptitle() == "Boats in swirls"
    assert result.content.shape == result.picture.shape
