"""Several styles, masks, a map of the content: what they come to where nothing is asked, and what they keep apart."""

import functools

import numpy as np
import pytest

from nst_utils.base.errors import SettingError
from nst_utils.base.tensorflow import tf
from nst_utils.engine.guidance import each, shares_of
from nst_utils.engine.objective import Objective, as_batch
from nst_utils.engine.regions import guided_targets, guides
from nst_utils.engine.settings import settings_of
from nst_utils.engine.stylize import stylize
from nst_utils.engine.tiling import in_tiles
from nst_utils.losses.layer_zero import PICTURE
from nst_utils.losses.statistics import STATISTICS
from nst_utils.networks.loading import load_backbone

pytestmark = pytest.mark.usefixtures("shared_networks")

CONTENT = (("block2_conv2", 1.0),)
STYLE = (("block1_conv1", 0.5), ("block2_conv1", 0.3), (PICTURE, 0.2))
WEIGHTS = tf.constant([0.7, 2.0, 0.1, 0.02])
SEED = tf.constant([0, 3])
SHAPE = (32, 40)
SUMMED = [name for name, statistic in STATISTICS.items() if statistic.sums]
FAST = {
    "backbone": "vgg16",
    "weights": "mini-random",
    "sizes": [32],
    "steps": 4,
    "style_layers": ["block1_conv1", "block2_conv1"],
}
FAST |= {"content_layers": ["block2_conv1"], "precision": "float32", "progress": False}


@functools.cache
def backbone():
    return load_backbone("vgg16", "mini-random")


def objective(**options):
    return Objective(backbone(), CONTENT, STYLE, jitter=2, **options)


def texture(seed, shape=SHAPE):
    y, x = np.mgrid[0 : 1 : shape[0] * 1j, 0 : 1 : shape[1] * 1j]
    waves = np.stack([np.sin(7 * x + seed), np.cos(9 * y * x - seed), np.sin(5 * (x - y) + 2 * seed)], axis=-1)
    grain = np.random.default_rng(seed).normal(0, 0.05, waves.shape)
    return np.clip(0.5 + 0.35 * waves + grain, 0, 1).astype(np.float32)


def left(share=0.5, shape=SHAPE):
    return np.repeat((np.arange(shape[1]) < share * shape[1])[None], shape[0], axis=0).astype(np.float32)


def losses(goal, styles=(2,), masks=None, content_map=None):
    """The terms and the gradient of a painting between a content and styles."""
    content, styles = as_batch(texture(1)), [as_batch(texture(seed)) for seed in styles]
    targets = (functools.partial(guided_targets, goal) if goal.is_guided else goal.targets)(
        content, styles if goal.is_guided else styles[0], SEED
    )
    targets["guides"] = guides(goal, None if masks is None else np.stack(masks), content_map, SEED)
    terms, gradient = goal.value_and_gradient(as_batch(texture(0)), targets, WEIGHTS, SEED)
    return terms.numpy(), gradient.numpy()


def assert_alike(found, expected, tolerance=1e-3):
    np.testing.assert_allclose(found[0], expected[0], rtol=tolerance)
    np.testing.assert_allclose(found[1], expected[1], atol=tolerance * np.abs(expected[1]).max())


@pytest.mark.parametrize("statistic", SUMMED)
def test_a_white_mask_asks_for_what_no_mask_does(statistic):
    plain = losses(objective(statistic=statistic))
    assert_alike(losses(objective(statistic=statistic, masked=True), masks=[np.ones(SHAPE)]), plain)


@pytest.mark.parametrize("statistic", SUMMED)
@pytest.mark.parametrize("shares", [(1.0, 0.0), (5.0, 0.0)])
def test_one_style_with_all_the_weight_is_that_style(statistic, shares):
    plain = losses(objective(statistic=statistic))
    assert_alike(losses(objective(statistic=statistic, shares=shares), styles=(2, 3)), plain)


def test_a_style_mixed_with_itself_is_that_style():
    assert_alike(losses(objective(shares=(0.3, 0.7)), styles=(2, 2)), losses(objective()))


def test_the_target_of_a_mixture_lies_on_the_line_between_the_styles():
    content, styles = as_batch(texture(1)), [as_batch(texture(seed)) for seed in (2, 3)]
    first, middle, last = (
        guided_targets(objective(shares=shares), content, styles)["style"]["block2_conv1"][0][0].numpy()
        for shares in ((1.0, 0.0), (0.25, 0.75), (0.0, 1.0))
    )
    np.testing.assert_allclose(middle, 0.25 * first + 0.75 * last, rtol=1e-4, atol=1e-6 * np.abs(last).max())


def test_styles_that_change_places_with_their_masks_ask_for_the_same():
    goal, here = objective(shares=(1.0, 1.0), masked=True), left(0.4)
    assert_alike(losses(goal, (2, 3), [here, 1 - here]), losses(goal, (3, 2), [1 - here, here]), 1e-5)


def test_the_style_of_a_region_has_no_say_outside_of_it():
    goal = Objective(backbone(), (), STYLE[:1], masked=True)
    content, style, mask = as_batch(texture(1)), [as_batch(texture(2))], left()[None]
    targets = guided_targets(goal, content, style, SEED) | {"guides": guides(goal, mask, None, SEED)}
    weights = tf.constant([0.0, 1.0, 0.0, 0.02])
    gradient = goal.value_and_gradient(as_batch(texture(0)), targets, weights, SEED)[1].numpy()[0]
    assert np.abs(gradient[:, :20]).max() > 0
    assert not gradient[:, 20:].any()


def test_a_white_map_of_the_content_changes_nothing_and_a_black_one_asks_for_none():
    plain = losses(objective())
    assert_alike(losses(objective(mapped=True), content_map=np.ones(SHAPE)), plain, 1e-5)
    names = objective().names
    assert losses(objective(mapped=True), content_map=np.zeros(SHAPE))[0][names.index("content")] == 0


@pytest.mark.parametrize("statistic", [name for name in SUMMED if STATISTICS[name].in_parts])
def test_tiles_see_regions_as_the_whole_does(statistic):
    here = left(0.6)
    whole = objective(statistic=statistic, shares=(1.0, 2.0), masked=True, mapped=True)
    asked = {"styles": (2, 3), "masks": [here, 1 - here], "content_map": 0.2 + 0.8 * here}
    assert_alike(losses(in_tiles(whole, 16, margin=32), **asked), losses(whole, **asked), 2e-3)


def test_a_layer_reaches_half_of_its_receptive_field():
    known = {"block1_conv2": 5, "block2_conv2": 14, "block3_conv2": 32, "block4_conv2": 84, "block5_conv2": 188}
    reaches = load_backbone("vgg19", "mini-random").reaches
    assert {name: 2 * reaches[name] + 1 for name in known} == known


def test_a_statistic_that_is_no_mean_has_no_regions():
    with pytest.raises(SettingError, match="'histogram' there are neither masks nor several styles"):
        objective(statistic="histogram", masked=True)


# In a run


@pytest.mark.parametrize("way", [{}, {"method": "lbfgs"}, {"tile": 64}, {"start": "noise"}, {"average": False}])
def test_outside_of_the_mask_the_content_stays_to_the_bit(way):
    content = texture(1, (64, 80) if "tile" in way else SHAPE)
    sizes = [80] if "tile" in way else [40]
    mask = left(shape=content.shape[:2])
    painted = stylize(content, texture(2), mask=mask, **{**FAST, "sizes": sizes, **way})
    outside = mask == 0
    np.testing.assert_array_equal(painted.picture[outside], painted.content[outside])
    assert np.abs(painted.picture - painted.content)[~outside].max() > 0.01


def test_what_lies_outside_is_free_if_asked():
    painted = stylize(texture(1), texture(2), mask=left(), outside="free", tv_weight=1.0, **FAST)
    assert np.abs(painted.picture - painted.content)[:, -8:].max() > 0


def test_a_masked_run_goes_on_from_its_checkpoint_bit_for_bit(tmp_path):
    asked = {"mask": [left(), 1 - left()], "content_map": left(0.2), **FAST}
    whole = stylize(texture(1), [texture(2), texture(3)], **asked)

    def stop(run):
        if run.step == 2:
            raise KeyboardInterrupt

    kept = {"checkpoint": tmp_path / "run.npz"}
    assert stylize(texture(1), [texture(2), texture(3)], **asked, **kept, callback=stop).interrupted
    again = stylize(texture(1), [texture(2), texture(3)], **asked, **kept)
    np.testing.assert_array_equal(again.picture, whole.picture)
    with pytest.raises(Exception, match="another mask"):
        stylize(texture(1), [texture(2), texture(3)], **{**asked, "mask": [1 - left(), left()]}, **kept)


@pytest.mark.parametrize("colors", ["content", "cholesky", "monge", "luminance"])
def test_colors_that_are_kept_are_nearer_to_the_contents(colors):
    content, style = texture(1), np.float32([0.9, 0.3, 0.1]) * texture(2)
    free, kept = (stylize(content, style, colors=each_, **{**FAST, "steps": 12}) for each_ in ("style", colors))
    apart = [np.abs(run.picture.mean((0, 1)) - content.mean((0, 1))).sum() for run in (free, kept)]
    assert apart[1] < apart[0]


def test_brightness_alone_keeps_the_contents_differences_of_color():
    painted = stylize(texture(1), texture(2), colors="luminance", snapshots=1, **FAST)
    for picture in (painted.picture, *painted.snapshots):
        inside = (picture > 0.01).all(-1) & (picture < 0.99).all(-1)
        seen, wanted = (one[..., 0] - one[..., 2] for one in (picture, painted.content))
        np.testing.assert_allclose(seen[inside], wanted[inside], atol=1e-5)


def test_a_style_is_seen_as_large_as_asked():
    style = texture(2, (100, 120))
    sides = [max(stylize(texture(1), style, style_scale=scale, **FAST).style.shape) for scale in (0.5, 1.0, 2.0)]
    assert sides == [16, 32, 64]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"mask": np.zeros(SHAPE)}, "mask is black everywhere"),
        ({"mask": [left(), left()]}, "mask has 2 and style 1 pictures"),
        ({"mask": "no such file.png"}, "mask is no picture"),
        ({"content_map": 3}, "content_map is no picture"),
        ({"shares": [1, 2]}, "one number for each of the 1 styles"),
        ({"shares": [0]}, "at least one is above 0"),
        ({"shares": [-1]}, "finite number, 0 or more"),
        ({"shares": 3}, "shares is 3"),
        ({"colors": "blue"}, "colors"),
        ({"outside": "black"}, "outside"),
        ({"style_scale": 100}, "style_scale is 100"),
        ({"style_scale": float("nan")}, "style_scale is nan"),
    ],
)
def test_what_cannot_be_done_is_told(asked, told):
    with pytest.raises(SettingError, match=told):
        stylize(texture(1), texture(2), **FAST, **asked)


def test_a_list_of_pictures_is_several_and_one_of_numbers_is_a_picture():
    assert [len(each(given)) for given in ("swirls", ["swirls", "mandala"], [texture(0)], texture(0).tolist())] == [
        1,
        2,
        1,
        1,
    ]
    assert shares_of(None, 2) == (1.0, 1.0)
    assert settings_of(shares=[2, 1]).shares == [2, 1]
