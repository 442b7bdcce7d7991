"""The objective of a run: its terms, its gradient, its shifts and its compiled form, on a real small network."""

import functools
import itertools

import numpy as np
import pytest

from nst_utils.base.errors import BackboneError, SettingError
from nst_utils.base.tensorflow import tf
from nst_utils.engine.objective import Objective, as_batch, compiled
from nst_utils.engine.optimizers import no_moments
from nst_utils.engine.views import Strips, Whole
from nst_utils.losses.layer_zero import PICTURE, PICTURES
from nst_utils.losses.normalizations import NORMALIZATIONS, Layer, convert_weight
from nst_utils.losses.statistics import STATISTICS
from nst_utils.networks.loading import load_backbone

CONTENT = (("block2_conv2", 1.0),)
STYLE = (("block1_conv1", 0.5), ("block2_conv1", 0.3), (PICTURE, 0.2))
NETWORK_STYLE = STYLE[:2]
WEIGHTS = tf.constant([0.7, 2.0, 0.1, 0.02])
SEED = tf.constant([0, 0])


@functools.cache
def backbone():
    return load_backbone("vgg16", "mini-random")


def objective(content=CONTENT, style=STYLE, view=None, **options):
    return Objective(view or backbone(), content, style, **options)


def texture(seed, height=24, width=28):
    """A picture with large and small structure, (1, height, width, 3) in [0, 1]."""
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    waves = np.stack([np.sin(7 * x + seed), np.cos(9 * y * x - seed), np.sin(5 * (x - y) + 2 * seed)], axis=-1)
    grain = np.random.default_rng(seed).normal(0, 0.05, waves.shape)
    return as_batch(np.clip(0.5 + 0.35 * waves + grain, 0, 1).astype(np.float32))


def terms(goal, picture, content, style, weights=WEIGHTS, seed=SEED):
    values = goal.terms(picture, goal.targets(content, style, seed), weights, seed).numpy()
    return dict(zip(goal.names, values, strict=True))


def gradient(goal, picture, content, style, weights=WEIGHTS, seed=SEED):
    return goal.value_and_gradient(picture, goal.targets(content, style, seed), weights, seed)[1].numpy()


def test_every_term_has_a_name():
    seen = terms(objective(), texture(0), texture(1), texture(2))
    assert list(seen)[:4] == ["total", "content", "style", "tv"]
    assert list(seen)[4:] == ["content:block2_conv2", "style:block1_conv1", "style:block2_conv1", "style:picture"]
    assert all(value > 0 for value in seen.values())


def test_the_total_is_the_weighted_sum_of_its_terms():
    seen = terms(objective(), texture(0), texture(1), texture(2))
    assert seen["total"] == pytest.approx(0.7 * seen["content"] + 2.0 * seen["style"] + 0.1 * seen["tv"], rel=1e-5)
    assert seen["content"] == pytest.approx(seen["content:block2_conv2"])
    assert seen["style"] == pytest.approx(sum(v for name, v in seen.items() if name.startswith("style:")), rel=1e-5)


@pytest.mark.parametrize("statistic", STATISTICS)
def test_the_style_itself_has_no_style_loss(statistic):
    style = texture(2)
    goal = objective(statistic=statistic)
    alike, other = terms(goal, style, texture(1), style), terms(goal, texture(0), texture(1), style)
    assert other["style"] > 1e-3
    assert abs(alike["style"]) < 1e-3 * other["style"]


@pytest.mark.parametrize("normalization", NORMALIZATIONS)
def test_the_style_itself_has_no_style_loss_under_any_normalization(normalization):
    style = texture(2)
    goal = objective(normalization=normalization)
    alike, other = terms(goal, style, texture(1), style), terms(goal, texture(0), texture(1), style)
    assert other["style"] > 0
    assert abs(alike["style"]) < 1e-3 * other["style"]


@pytest.mark.parametrize("statistic", ["gram", "softmax_gram"])
@pytest.mark.parametrize("jitter", [0, 5])
def test_the_content_itself_has_no_content_loss(statistic, jitter):
    content = texture(1)
    goal = objective(statistic=statistic, jitter=jitter)
    for seed in range(2):
        alike = terms(goal, content, content, texture(2), seed=tf.constant([0, seed]))
        assert alike["content"] == pytest.approx(0, abs=1e-10)
    assert terms(goal, texture(0), content, texture(2))["content"] > 1e-4


@pytest.mark.parametrize("jitter", [0, 5])
def test_the_content_itself_has_no_gradient_of_the_content_loss(jitter):
    content = texture(1)
    goal = objective(style=(), jitter=jitter)
    seen = [
        gradient(goal, picture, content, texture(2), tf.constant([1.0, 0, 0, 0])) for picture in (content, texture(0))
    ]
    assert np.abs(seen[0]).max() < 1e-6 * np.abs(seen[1]).max()


@pytest.mark.parametrize("normalization", ["energy", "gatys"])
@pytest.mark.parametrize("jitter", [0, 4])
def test_the_gradient_is_the_slope_of_the_total(normalization, jitter):
    goal = objective(normalization=normalization, jitter=jitter)
    picture, targets = texture(0), goal.targets(texture(1), texture(2))
    total, slope = goal.value_and_gradient(picture, targets, WEIGHTS, SEED)
    direction = slope / tf.norm(slope)
    step = 3e-2  # float32: the difference has to be seen
    up, down = (goal.terms(picture + sign * step * direction, targets, WEIGHTS, SEED)[0] for sign in (1, -1))
    assert float(total[0]) > 0
    assert float((up - down) / (2 * step)) == pytest.approx(float(tf.norm(slope)), rel=0.03)


@pytest.mark.parametrize("size", [(24, 28), (40, 32)])
@pytest.mark.parametrize(("source", "target"), list(itertools.pairwise((*NORMALIZATIONS, next(iter(NORMALIZATIONS))))))
def test_converted_layer_weights_give_equal_gradients(source, target, size):
    """Around the circle of all normalizations, so that any two are connected."""
    picture, content, style = (texture(k, *size) for k in range(3))
    network = backbone()
    features_of = network.features([name for name, _ in (*CONTENT, *NETWORK_STYLE)])

    def converted(term, layers, wanted):
        features, pixels = features_of(wanted), size[0] * size[1]
        pairs = []
        for name, weight in layers:
            columns = tf.reshape(tf.cast(features[name], tf.float64), [-1, network.channels[name]]).numpy()
            gram = columns.T @ columns / len(columns)
            energy = np.sum(gram**2 if term == "style" else columns**2)
            layer = Layer(columns.shape[1], len(columns), pixels, len(layers), energy)
            pairs.append((name, convert_weight(weight, source, target, layer, term)))
        return tuple(pairs)

    weights = tf.constant([1.0, 1.0, 0.0, 0.0])  # total variation has its own unit in each
    ours = gradient(objective(CONTENT, NETWORK_STYLE, normalization=source), picture, content, style, weights)
    theirs = objective(
        converted("content", CONTENT, content), converted("style", NETWORK_STYLE, style), normalization=target
    )
    np.testing.assert_allclose(
        gradient(theirs, picture, content, style, weights), ours, rtol=1e-3, atol=1e-5 * np.abs(ours).max()
    )
    assert np.abs(ours).max() > 0


def test_one_trace_serves_every_size():
    goal = objective(jitter=2, statistic="histogram")  # whose targets grow with the picture
    graphs = compiled(goal)
    for size in ((16, 20), (30, 17)):
        picture, content, style = texture(0, *size), texture(1, *size), texture(2, size[1], size[0])
        expected = terms(goal, picture, content, style)
        targets = graphs.targets(content, style, SEED)
        targets["content"] = graphs.content_targets(content, SEED)
        seen = graphs.value_and_gradient(picture, targets, WEIGHTS, SEED)[0]
        np.testing.assert_allclose(seen, list(expected.values()), rtol=2e-3, atol=1e-6)
    assert {graph.experimental_get_tracing_count() for graph in graphs[:3]} == {1}


@pytest.mark.parametrize("size", [(48, 64), (65, 51)])
@pytest.mark.parametrize("jitter", [0, 3])
def test_strips_change_nothing(size, jitter):
    """Large pictures are looked at strip by strip: the same terms and the same gradient."""
    pictures = [texture(k, *size) for k in range(3)]
    later = (("block3_conv2", 1.0),)  # of early layers no map is left that content could be compared with
    whole, strips = objective(later, jitter=jitter), objective(later, view=Strips(backbone()), jitter=jitter)
    expected, seen = terms(whole, *pictures), terms(strips, *pictures)
    assert seen.keys() == expected.keys()
    for name, value in expected.items():
        assert seen[name] == pytest.approx(value, rel=2e-4)
    slopes = [gradient(goal, *pictures) for goal in (whole, strips)]
    np.testing.assert_allclose(slopes[1], slopes[0], rtol=1e-2, atol=2e-4 * np.abs(slopes[0]).max())


def test_objectives_with_equal_settings_share_their_graphs():
    assert compiled(objective(jitter=2)) is compiled(objective(jitter=2))
    assert compiled(objective(jitter=2)) is not compiled(objective(jitter=3))


def test_a_shift_is_drawn_from_the_seed():
    goal, pictures = objective(jitter=6), (texture(0), texture(1), texture(2))
    seen = [terms(goal, *pictures, seed=tf.constant([0, k % 3])) for k in range(6)]
    assert seen[:3] == seen[3:]
    assert len({values["content"] for values in seen}) == 3
    assert len({values["tv"] for values in seen}) == 1  # of the picture itself, not of what was moved


def test_a_shift_moves_the_loss_only_a_little():
    pictures = texture(0, 40, 48), texture(1, 40, 48), texture(2, 40, 48)
    still = terms(objective(), *pictures)
    moved = [terms(objective(jitter=3), *pictures, seed=tf.constant([0, k])) for k in range(4)]
    for name in ("content", "style"):
        assert np.mean([values[name] for values in moved]) == pytest.approx(still[name], rel=0.25)


def test_a_shift_larger_than_the_picture_is_cut_to_its_size():
    seen = terms(objective(jitter=500), texture(0), texture(0), texture(2))
    assert seen["content"] == pytest.approx(0, abs=1e-10)
    assert np.isfinite(seen["total"])


def test_without_shifts_the_seed_does_not_matter():
    pictures = texture(0), texture(1), texture(2)
    assert terms(objective(), *pictures, seed=tf.constant([0, 1])) == terms(objective(), *pictures)


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_half_precision_is_close_to_single(precision):
    pictures = texture(0), texture(1), texture(2)
    single, half = objective(), objective(view=Whole(backbone(), precision))
    expected, seen = terms(single, *pictures), terms(half, *pictures)
    for name, value in expected.items():
        assert seen[name] == pytest.approx(value, rel=0.05)
    slopes = [gradient(goal, *pictures).ravel() for goal in (single, half)]
    assert slopes[1].dtype == np.float32
    assert np.dot(*slopes) / np.prod([np.linalg.norm(slope) for slope in slopes]) > 0.98


def test_half_precision_keeps_layer_zero_and_total_variation_exact():
    pictures = texture(0), texture(1), texture(2)
    single, half = (terms(objective(view=Whole(backbone(), p)), *pictures) for p in ("float32", "bfloat16"))
    assert single["style:picture"] == half["style:picture"]
    assert single["tv"] == half["tv"]


@pytest.mark.parametrize("statistic", STATISTICS)
@pytest.mark.parametrize("jitter", [0, 3])
def test_a_batch_has_the_mean_of_its_pictures(statistic, jitter):
    """Each picture of a batch with its own content, and all with one style."""
    goal, style = objective(statistic=statistic, jitter=jitter), texture(2)
    alone = [(texture(k), texture(k + 5)) for k in range(3)]
    together = [tf.concat(ones, axis=0) for ones in zip(*alone, strict=True)]
    expected = [terms(goal, picture, content, style) for picture, content in alone]
    seen = terms(goal, *together, style)
    for name, value in seen.items():
        assert value == pytest.approx(np.mean([own[name] for own in expected]), rel=1e-4), name
    slopes = np.concatenate([gradient(goal, picture, content, style) for picture, content in alone]) / len(alone)
    np.testing.assert_allclose(gradient(goal, *together, style), slopes, atol=2e-4 * np.abs(slopes).max())


def test_a_batch_is_compiled_for_its_number_of_pictures():
    goal, content = objective(), tf.concat([texture(1), texture(3)], axis=0)
    graphs = compiled(goal, batch=2)
    targets = graphs.targets(content, texture(2), SEED)
    after = graphs.adam_step(content, targets, WEIGHTS, SEED, no_moments(content))[1]
    assert after.shape == content.shape
    assert not np.array_equal(after[0], content[0])


@pytest.mark.parametrize("name", PICTURES)
def test_the_picture_alone_can_be_the_style_without_any_network(name):
    goal = objective((), ((name, 1.0),))
    assert goal.layers() == ()
    style = texture(2)
    assert terms(goal, style, texture(1), style)["style"] == pytest.approx(0, abs=1e-3)
    assert terms(goal, texture(0), texture(1), style)["style"] > 0.01


@pytest.mark.parametrize("jitter", [0, 3])
@pytest.mark.parametrize("name", PICTURES)
def test_the_picture_can_be_a_content_layer(name, jitter):
    goal = objective(((name, 1.0),), NETWORK_STYLE, jitter=jitter)
    assert terms(goal, texture(1), texture(1), texture(2))["content"] == 0
    assert terms(goal, texture(0), texture(1), texture(2))["content"] > 0.01


def test_layer_zero_sees_texture_where_the_mean_color_is_the_same():
    style = as_batch(np.kron(np.indices((12, 12)).sum(axis=0) % 2, np.ones((2, 2)))[..., None] * np.ones(3))
    flat = tf.fill([1, 24, 24, 3], 0.5)
    assert terms(objective((), ((PICTURE, 1.0),)), flat, flat, style)["style"] > 0.1


def test_a_coarser_layer_zero_sees_only_what_is_coarse():
    board = np.indices((48, 48)).sum(axis=0) % 2  # squares of one pixel, gray from afar
    fine = as_batch(board[..., None] * np.ones(3))
    flat = tf.fill([1, 48, 48, 3], 0.5)
    seen = {name: float(terms(objective((), ((name, 1.0),)), flat, flat, fine)["style"]) for name in PICTURES}
    assert seen["picture"] > 0.1
    assert seen["picture_2"] == pytest.approx(0, abs=1e-3) == seen["picture_4"]


def test_the_smallest_picture_holds_a_patch_of_each_layer_zero():
    assert objective((), (("picture_4", 1.0),)).smallest_side() == 12
    assert objective((), ((PICTURE, 1.0),), jitter=9).smallest_side() == 9


@pytest.mark.parametrize("missing", ["content", "style"])
def test_a_missing_term_is_zero(missing):
    goal = objective(**{missing: ()})
    seen = terms(goal, texture(0), texture(1), texture(2))
    assert seen[missing] == 0
    assert np.isfinite(gradient(goal, texture(0), texture(1), texture(2))).all()


def test_flat_styles_have_a_finite_loss_and_gradient():
    for gray in (0.0, 0.5, 1.0):
        flat = tf.fill([1, 20, 20, 3], gray)
        assert np.isfinite(list(terms(objective(), texture(0), texture(1), flat).values())).all()
        assert np.isfinite(gradient(objective(), texture(0), texture(1), flat)).all()


def test_a_flat_painting_of_a_flat_content_can_still_move():
    flat = tf.fill([1, 20, 20, 3], 0.5)
    seen = gradient(objective(jitter=4), flat, flat, texture(2))
    assert np.isfinite(seen).all()
    assert np.abs(seen).max() > 0


@pytest.mark.parametrize("normalization", [name for name in NORMALIZATIONS if name != "energy"])
def test_published_normalizations_are_for_gram_matrices_only(normalization):
    with pytest.raises(SettingError, match=rf"{normalization!r}.*'histogram'.*'energy'"):
        objective(statistic="histogram", normalization=normalization)
    objective(statistic="softmax_gram", normalization=normalization)


@pytest.mark.parametrize("wrong", [{"statistic": "gramm"}, {"normalization": "gatis"}])
def test_unknown_names_are_refused_with_the_choices(wrong):
    (name, value) = next(iter(wrong.items()))
    with pytest.raises(SettingError, match=rf"{name} is {value!r}; choose one of \w+, "):
        objective(**wrong)


def test_an_unknown_layer_is_refused_with_the_nearest():
    goal = objective((("block2_conv9", 1.0),))
    with pytest.raises(BackboneError, match=r"'block2_conv9'.*block2_conv"):
        goal.targets(texture(1), texture(2))
