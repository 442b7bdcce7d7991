"""A picture in tiles: the losses and the gradient of the whole, borders that move, no seams, and runs that use them."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nst_utils import stylize
from nst_utils.base.errors import MemoryBudgetError, SettingError
from nst_utils.base.tensorflow import tf
from nst_utils.engine import tiling
from nst_utils.engine.memory import needed_memory
from nst_utils.engine.objective import Objective, as_batch
from nst_utils.engine.plan import plan
from nst_utils.engine.run import Run
from nst_utils.engine.settings import settings_of
from nst_utils.engine.tiles import Tiles
from nst_utils.engine.tiling import in_tiles, seam_strength
from nst_utils.engine.views import Whole
from nst_utils.images.opening import picture
from nst_utils.losses.layer_zero import PICTURES
from nst_utils.losses.statistics import STATISTICS
from nst_utils.networks.loading import load_backbone

EARLY = ("block1_conv1", "block2_conv1", "block3_conv1")
WEIGHTS = tf.constant([0.5, 1.0, 1.0, 0.02])
SMALL = {
    "backbone": "vgg16",
    "weights": "mini-random",
    "content_layers": ["block2_conv1"],
    "style_layers": ["block1_conv1", "block2_conv1"],
    "sizes": (48, 96),
    "steps": (3, 6),
    "jitter": 2,
}


@pytest.fixture(scope="module")
def vgg():
    return load_backbone("vgg16", "mini-random")


@pytest.fixture(scope="module")
def resnet():
    return load_backbone("resnet50", "mini-random")


def weighted(*layers):
    return tuple((layer, 1 / len(layers)) for layer in layers)


def noise(height, width, seed=0):
    return np.random.default_rng(seed).random((height, width, 3), np.float32)


def seen(objective, shape=(51, 70), seed=(0, 5)):
    """Terms and gradient of a painting."""
    content, style, painting = (as_batch(noise(*sides, k)) for k, sides in enumerate((shape, (61, 90), shape)))
    style = style**3
    seed = tf.constant(seed)
    targets = objective.targets(content, style, seed)
    return [values.numpy() for values in objective.value_and_gradient(painting, targets, WEIGHTS, seed)]


def assert_equal_up_to_rounding(found, expected):
    np.testing.assert_allclose(found[0], expected[0], rtol=5e-4)
    np.testing.assert_allclose(found[1], expected[1], atol=2e-4 * np.abs(expected[1]).max())


def error(found, expected):
    """Root mean square of the gradient's error, over that of the gradient."""
    return np.sqrt(np.mean((found[1] - expected[1]) ** 2) / np.mean(expected[1] ** 2))


# Losses and gradient


@pytest.mark.parametrize(("statistic", "jitter"), [("gram", 0), ("gram", 3), ("covariance", 3), ("mean_variance", 0)])
def test_one_tile_is_the_whole(vgg, statistic, jitter):
    deep = "block5_conv1" if statistic != "covariance" else "block2_conv1"
    style = weighted(*PICTURES, "block1_conv1", deep)
    whole = Objective(vgg, weighted("block3_conv2"), style, statistic, jitter=jitter)
    assert_equal_up_to_rounding(seen(in_tiles(whole, 128)), seen(whole))


@pytest.mark.parametrize(
    ("statistic", "jitter", "shape"),
    [("gram", 0, (48, 65)), ("gram", 3, (51, 70)), ("covariance", 3, (48, 65)), ("mean_variance", 0, (51, 70))],
)
def test_tiles_that_see_far_enough_give_the_losses_and_the_gradient_of_the_whole(vgg, statistic, jitter, shape):
    whole = Objective(vgg, weighted("block2_conv2"), weighted(*PICTURES, *EARLY), statistic, jitter=jitter)
    assert_equal_up_to_rounding(seen(in_tiles(whole, 32, margin=16), shape), seen(whole, shape))


def test_a_gradient_of_tiles_without_a_margin_is_another_one(vgg):
    whole = Objective(vgg, weighted("block2_conv2"), weighted(*EARLY))
    errors = [error(seen(in_tiles(whole, 32, margin)), seen(whole)) for margin in (0, 16)]
    assert errors[0] > 20 * errors[1]


@pytest.mark.parametrize("layer", ["picture", "picture_4", "block1_conv1"])
def test_a_layer_may_hold_content_and_style(vgg, layer):
    whole = Objective(vgg, weighted(layer), weighted(layer, "block2_conv1"), jitter=2)
    assert_equal_up_to_rounding(seen(in_tiles(whole, 32, margin=16)), seen(whole))


@pytest.mark.parametrize("shape", [(51, 70), (96, 65)])
def test_positions_of_a_residual_network_are_counted_as_it_counts_them(resnet, shape):
    """Its strides round up; whatever the margin, the maps have the shape of the whole and sums over all of it."""
    whole = Objective(resnet, weighted("conv3_block1_out"), weighted("conv1_relu", "conv4_block1_out"))
    tiled = in_tiles(whole, 32, margin=32)
    painting = as_batch(noise(*shape))
    style = dict.fromkeys(("conv1_relu", "conv4_block1_out"), STATISTICS["gram"])
    found = tiled.view.see(painting, ("conv3_block1_out",), style, seed=tf.constant([0, 1]))
    expected = resnet.features(["conv3_block1_out", "conv1_relu", "conv4_block1_out"])(painting)
    assert found.map("conv3_block1_out").shape == expected["conv3_block1_out"].shape
    for name in style:
        assert found.size(name)[1] == expected[name].shape[1] * expected[name].shape[2]
    np.testing.assert_allclose(
        found.described("conv1_relu")[0][0], whole.targets(painting, painting)["style"]["conv1_relu"][0], 1e-4
    )


def test_content_alone_and_style_alone_are_looked_at_in_tiles_too(vgg):
    for content, style in ((weighted("block2_conv1"), ()), ((), weighted("block2_conv1"))):
        whole = Objective(vgg, content, style)
        assert_equal_up_to_rounding(seen(in_tiles(whole, 32, margin=16)), seen(whole))


def test_half_precision_gives_nearly_the_same(vgg):
    single = in_tiles(Objective(vgg, weighted("block2_conv1"), weighted("block1_conv1", "block2_conv1")), 32, margin=16)
    shape = (40, 48)
    expected = seen(single, shape)
    for precision in ("bfloat16", "float16"):
        half = seen(dataclasses.replace(single, view=dataclasses.replace(single.view, precision=precision)), shape)
        np.testing.assert_allclose(half[0], expected[0], rtol=0.05)
        assert error(half, expected) < 0.2


def test_a_larger_margin_comes_nearer_to_the_whole():
    """With trained weights and the default layers, down to block5_conv1."""
    whole = plan(settings_of(size=144, precision="float32"), 144).objective
    content, style = (as_batch(picture(name, 144)) for name in ("harbor", "swirls"))
    painting = tf.clip_by_value(content + 0.1 * tf.random.stateless_normal(content.shape, [0, 1]), 0.0, 1.0)
    seed = tf.constant([0, 5])

    def terms_and_gradient(objective):
        targets = objective.targets(content, style, seed)
        return [values.numpy() for values in objective.value_and_gradient(painting, targets, WEIGHTS, seed)]

    expected = terms_and_gradient(whole)
    found = {margin: terms_and_gradient(in_tiles(whole, 64, margin)) for margin in (0, 32, 64)}
    errors = [error(values, expected) for values in found.values()]
    assert errors == sorted(errors, reverse=True)
    assert errors[0] > 0.3
    assert errors[1] < 0.1
    assert errors[2] < 0.002
    np.testing.assert_allclose(found[32][0], expected[0], rtol=0.02)


# Borders


@given(
    sides=st.tuples(st.integers(40, 700), st.integers(40, 700)),
    tile=st.sampled_from([32, 64, 256]),
    seed=st.tuples(st.integers(0, 99), st.integers(0, 99)),
    moving=st.booleans(),
)
def test_tiles_cover_a_picture_once(vgg, sides, tile, seed, moving):
    tiled = in_tiles(Objective(vgg, (), weighted("block4_conv1")), tile, moving=moving).view
    boxes = tiled.boxes(*sides, seed)
    covered = np.zeros(sides, int)
    for top, bottom, left, right in boxes:
        assert tiled.unit <= bottom - top < tile + tiled.unit
        assert tiled.unit <= right - left < tile + tiled.unit
        assert top % tiled.unit == left % tiled.unit == 0
        covered[top:bottom, left:right] += 1
    assert (covered == 1).all()
    if max(sides) <= tile:
        assert len(boxes) == 1


def test_borders_move_to_every_place_and_stay_where_they_are_told_to(vgg):
    tiled = in_tiles(Objective(vgg, (), weighted("block4_conv1")), 64).view
    moved = [tiled.boxes(200, 300, (0, step)) for step in range(100)]
    assert {box[0] for boxes in moved for box in boxes} == {*range(0, 193, 8)}
    assert {box[2] for boxes in moved for box in boxes} == {*range(0, 293, 8)}
    assert any(one[1][2] != one[-1][0] for one in moved)
    assert tiled.boxes(200, 300, (0, 3)) == moved[3]
    still = dataclasses.replace(tiled, moving=False)
    assert still.boxes(200, 300, (0, 3)) == still.boxes(200, 300, (7, 8))
    assert {box[0] for box in still.boxes(200, 300)} == {0, 64, 128, 192}


def test_sides_are_rounded_to_the_strides_of_the_layers(vgg, resnet):
    deep = Objective(vgg, (), weighted("block5_conv1"))
    tiles = in_tiles(deep, 100, 20).view
    assert (tiles.tile, tiles.margin, tiles.unit) == (96, 32, 16)
    assert in_tiles(Objective(resnet, (), weighted("conv5_block1_out")), 100).view.tile == 96
    assert in_tiles(Objective(vgg, (), weighted("picture_4")), 100).view.unit == 8


# Seams


def painted_in(view_of):
    """A painting of 96 x 72 that grows from gray without shifts, looked at as ``view_of`` says."""
    shown = {"sizes": (96,), "steps": 15, "jitter": 0, "start": "gray", "content_weight": 0.05, "average": False}
    shown |= {"content_layers": ["block2_conv1"], "style_layers": ["block1_conv1", "block2_conv1", "block3_conv1"]}
    run = Run(picture("harbor", 96), picture("swirls", 96), settings_of(**shown, precision="float32"))
    run.objectives = [view_of(run.objective)]
    return run.finish(progress=False).picture


def test_a_painting_shows_seams_at_fixed_borders_without_a_margin_and_none_otherwise():
    """From gray a painting grows from its edges inwards; tiles without a margin each have edges of their own."""
    boxes = [(0, 48, 0, 48), (0, 48, 48, 96), (48, 72, 0, 48), (48, 72, 48, 96)]
    whole, naive, moving = (
        seam_strength(painted_in(view_of)[:60], boxes[:2])
        for view_of in (
            lambda objective: objective,
            lambda objective: in_tiles(objective, 48, margin=0, moving=False),
            lambda objective: in_tiles(objective, 48),
        )
    )
    assert naive > 3 * whole
    assert naive > 3 * moving


def test_a_seam_is_told_from_an_even_picture():
    boxes = [(0, 20, 0, 30), (0, 20, 30, 60), (20, 40, 0, 30), (20, 40, 30, 60)]
    even = np.full((40, 60, 3), 0.25)
    assert seam_strength(even, boxes, reach=3) == 0
    ramp = np.broadcast_to(np.linspace(0, 1, 60)[None, :, None], (40, 60, 3))
    assert seam_strength(ramp, boxes, reach=3) < 0.02
    across = even.copy()
    across[18:22] = 0.75
    assert seam_strength(across, boxes, reach=3) > 0.2


# Runs


@pytest.fixture
def paint():
    content, style = noise(72, 96), noise(60, 80, 1)

    def painted(**settings):
        return stylize(content, style, **{**SMALL, "progress": False, **settings})

    return painted


def tiles_of(result):
    return [one.view.tile if isinstance(one.view, Tiles) else None for one in result.run.objectives]


def test_the_first_step_in_tiles_has_the_losses_of_the_whole(paint):
    whole, tiled = (paint(sizes=(96,), steps=1, **asked) for asked in ({}, {"tile": 64}))
    assert tiles_of(whole) == [None]
    assert tiles_of(tiled) == [64]
    for name in set(whole.history) - {"seconds"}:
        np.testing.assert_allclose(tiled.history[name], whole.history[name], rtol=1e-3, atol=1e-7)
    assert np.abs(tiled.picture - whole.picture).mean() < 1e-3


def test_a_scale_no_larger_than_a_tile_is_looked_at_as_a_whole(paint):
    assert tiles_of(paint(tile=64)) == [None, 64]
    assert tiles_of(paint(tile=128)) == [None, None]


def test_equal_seeds_give_equal_paintings_in_tiles_to_the_bit(paint):
    one, other = paint(tile=64, seed=3), paint(tile=64, seed=3)
    np.testing.assert_array_equal(one.picture, other.picture)
    assert not np.array_equal(paint(tile=64, seed=4).picture, one.picture)


def test_a_run_in_tiles_goes_on_from_its_checkpoint_to_the_bit(paint, tmp_path):
    def interrupt(run):
        if run.step == 5:
            raise KeyboardInterrupt

    kept = {"tile": 64, "checkpoint": tmp_path / "run.npz", "snapshots": 4}
    assert paint(**kept, callback=interrupt).interrupted
    resumed, straight = paint(**kept), paint(tile=64, snapshots=4)
    np.testing.assert_array_equal(resumed.picture, straight.picture)
    np.testing.assert_array_equal(resumed.history["total"], straight.history["total"])
    assert len(resumed.snapshots) == 4
    assert resumed.resume(2, progress=False).history["step"][-1] == 11


def test_memory_that_holds_tiles_alone_is_used_with_tiles(paint, monkeypatch):
    """The largest tiles that fit, and only at the scales that do not fit as a whole."""
    monkeypatch.setattr(tiling, "SIDES", (48, 32))
    monkeypatch.setattr(Tiles, "needed_memory", lambda view, layers, maps, stride, height, width: 1e7 * view.tile)
    monkeypatch.setattr(Whole, "needed_memory", lambda view, layers, maps, stride, *sides: 1e7 * max(sides))
    assert tiles_of(paint(memory=1)) == [None, None]
    assert tiles_of(paint(memory=0.5)) == [None, 48]
    assert tiles_of(paint(memory=0.4)) == [32, 32]
    assert tiles_of(paint(memory=0.4, sizes=(36, 96))) == [None, 32]
    for asked in ({"memory": 0.3}, {"memory": 0.5, "method": "lbfgs"}, {"memory": 0.5, "statistic": "histogram"}):
        with pytest.raises(MemoryBudgetError, match="are allowed"):
            paint(**asked)


def test_a_painting_that_does_not_fit_even_in_tiles_says_which_size_does():
    content = np.zeros((1500, 2000, 3), np.float32)

    def sized(size, memory):
        return Run(content, content, settings_of(**{**SMALL, "sizes": None, "size": size, "steps": 9}), memory=memory)

    with pytest.raises(MemoryBudgetError, match="2000 x 1500 painting needs about") as caught:
        sized(2000, 0.5)
    fits = int(str(caught.value).split("largest size that fits is ")[1].split(".")[0])
    assert isinstance(sized(fits, 0.5).objectives[-1].view, Tiles)
    with pytest.raises(MemoryBudgetError):
        sized(fits + 16, 0.5)


def test_tiles_need_less_memory_and_with_more_pixels_hardly_more():
    whole = Objective(
        load_backbone("vgg19", "mini-random"), weighted("block3_conv2"), weighted(*PICTURES, "block5_conv1")
    )
    tiled = in_tiles(whole, 512)
    assert needed_memory(tiled, 2048, 2048) < 0.5 * needed_memory(whole, 2048, 2048)
    growth = [needed_memory(view, 2048, 2048) - needed_memory(view, 1024, 1024) for view in (tiled, whole)]
    assert growth[0] < 0.3 * growth[1]
    assert needed_memory(in_tiles(whole, 256), 2048, 2048) < needed_memory(tiled, 2048, 2048)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"tile": 10}, r"tile is 10; it is a whole number of pixels, 64 or more"),
        ({"tile": 64.5}, r"tile is 64.5;.*whole number"),
        ({"tile": "large"}, r"tile is 'large';.*whole number"),
        ({"tile": True}, r"tile is True;.*whole number"),
        ({"tile": 64, "method": "lbfgs"}, r"tile is 64 and method 'lbfgs'.*'adam'"),
        (
            {"tile": 64, "statistic": "histogram"},
            r"'histogram'.*all positions at once.*gram, mean_variance, covariance",
        ),
        ({"tile": 64, "statistic": "softmax_gram"}, r"'softmax_gram'.*all positions at once"),
        ({"tile": 64, "memory": 0.01}, r"96 x 72 painting needs.*are allowed"),
    ],
)
def test_tiles_that_cannot_be_are_told_with_the_reason(paint, settings, told):
    with pytest.raises((SettingError, MemoryBudgetError), match=rf"(?s){told}"):
        paint(**settings)


def test_networks_and_layers_that_look_beyond_a_tile_are_refused(vgg, resnet):
    squeezing = Objective(dataclasses.replace(vgg, name="efficientnet_b0"), (), weighted("block1_conv1"))
    with pytest.raises(SettingError, match=r"efficientnet_b0.*vgg16, vgg19"):
        in_tiles(squeezing)
    with pytest.raises(SettingError, match=r"conv1_pad.*outside the picture"):
        in_tiles(Objective(resnet, (), weighted("conv1_pad")))
