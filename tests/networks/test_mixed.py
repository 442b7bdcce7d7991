"""Several networks in one objective: names, layers, features, painting, sweeps, checkpoints, and what is refused."""

import functools
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nst_utils as nst
from nst_utils.base.errors import BackboneError, NSTError, SettingError
from nst_utils.base.tensorflow import tf
from nst_utils.cli import main
from nst_utils.engine.objective import Objective, as_batch
from nst_utils.networks.catalog import MINI, backbone_name, network_names
from nst_utils.networks.loading import default_layers, load_backbone
from nst_utils.networks.mixed import Mixed
from nst_utils.study import grid

FAST = {"size": 48, "steps": 3, "progress": False, "precision": "float32"}
PAIRS = [f"{one}+{other}" for one, other in itertools.permutations(MINI, 2)]


@functools.cache
def mix(name="vgg19+resnet50", weights="mini-random", **options):
    return load_backbone(name, weights, **options)


def some_picture(height=32, width=40, seed=0):
    return np.random.default_rng(seed).random((height, width, 3), dtype=np.float32)


# --- Names and layers ---


@given(st.sampled_from(PAIRS), st.randoms(use_true_random=False))
def test_case_spaces_and_hyphens_do_not_matter(name, random):
    spelled = random.choice(["+", " + ", "+ "]).join(
        part.upper() if random.random() < 0.5 else part.replace("vgg", "VGG-") for part in name.split("+")
    )
    assert backbone_name(spelled) == name
    assert network_names(spelled) == tuple(name.split("+"))


def test_a_single_network_is_no_mix():
    assert not isinstance(load_backbone("vgg19", "mini-random"), Mixed)
    assert backbone_name("VGG-19") == "vgg19"


@pytest.mark.parametrize(
    ("name", "weights", "expected"),
    [
        ("vgg19+vgg18", "mini-random", "No backbone 'vgg18'. Nearest: vgg19, vgg16"),
        ("vgg19+", "mini-random", "No backbone ''"),
        ("vgg19+VGG-19", "mini-random", "'vgg19+VGG-19' names a network twice"),
        ("vgg19+inception_v3", "mini-random", "No mini-random weights for inception_v3"),
        ("vgg19+resnet50", "mine.npz", "vgg19+resnet50 has no weights 'mine.npz': a file holds one network"),
        ("vgg19+resnet50", "minni", "No weights 'minni'. Choose from mini, imagenet, random, mini-random"),
    ],
)
def test_a_mix_that_cannot_be_is_refused(name, weights, expected):
    with pytest.raises(BackboneError) as caught:
        load_backbone(name, weights)
    assert expected in str(caught.value)


def test_the_layers_are_those_of_each_network_under_its_name():
    for what in ("layers", "channels", "strides"):
        whole = getattr(mix(), what)
        parts = [(name, getattr(load_backbone(name, "mini-random"), what)) for name in ("vgg19", "resnet50")]
        named = [f"{name}/{layer}" for name, layers in parts for layer in layers]
        assert list(whole) == named
        if what != "layers":
            assert list(whole.values()) == [value for _, values in parts for value in values.values()]


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        (["vgg19/block1_konv1"], "vgg19+resnet50 has no layer 'vgg19/block1_konv1'. Nearest: vgg19/block1_conv1"),
        (["block1_conv1"], "vgg19+resnet50 has no layer 'block1_conv1'. Nearest: vgg19/block1_conv1"),
        (["resnet50/block1_conv1"], "has no layer 'resnet50/block1_conv1'"),
        ([], "No layers asked of vgg19+resnet50"),
    ],
)
def test_an_unknown_layer_is_named_with_the_nearest_ones(layers, expected):
    for ask in (mix().check_layers, mix().features, mix().smallest_side):
        with pytest.raises(BackboneError) as caught:
            ask(layers)
        assert expected in str(caught.value)


@pytest.mark.parametrize("weights", ["mini-random", "mini", "random"])
def test_every_network_has_the_same_kind_of_weights_and_pooling(weights):
    found = load_backbone("vgg16 + ResNet-50", weights, pooling="max")
    assert (found.name, found.weights, found.pooling) == ("vgg16+resnet50", weights, "max")
    assert [(part.name, part.weights, part.pooling) for part in found.parts] == [
        ("vgg16", weights, "max"),
        ("resnet50", weights, "max"),
    ]
    assert found.width == (1 if weights == "random" else 0.25)


def test_the_defaults_of_all_networks_share_both_terms():
    content, style = default_layers(mix())
    for joined, which in ((content, 0), (style, 1)):
        for name in ("vgg19", "resnet50"):
            own = default_layers(load_backbone(name, "mini-random"))[which]
            shares = {key.split("/")[1]: share for key, share in joined.items() if key.startswith(name)}
            assert shares == {layer: share / 2 for layer, share in own.items()}
        assert sum(joined.values()) == pytest.approx(1)


# --- What it sees ---


@settings(max_examples=12, deadline=None)
@given(st.data(), st.integers(32, 70), st.integers(32, 70), st.integers(1, 2))
def test_features_are_those_of_the_single_networks(data, height, width, count):
    layers = data.draw(st.lists(st.sampled_from(mix().layers), min_size=1, max_size=4, unique=True))
    pictures = np.random.default_rng(height).random((count, height, width, 3), dtype=np.float32)
    found = mix().features(layers)(pictures)
    assert list(found) == layers
    for layer in layers:
        name, own = layer.split("/")
        alone = load_backbone(name, "mini-random").features([own])(pictures)[own]
        np.testing.assert_allclose(found[layer], alone, rtol=1e-5, atol=1e-5 * float(tf.reduce_max(tf.abs(alone))))


@pytest.mark.parametrize("weights", ["mini", "mini-random"])
def test_each_seed_draws_the_networks_that_it_draws_alone(weights):
    layer = "resnet50/conv2_block1_out"
    pictures = some_picture()[None]
    for seed in (0, 7):
        found = load_backbone("vgg16+resnet50", weights, seed=seed).features(layer)(pictures)[layer]
        alone = load_backbone("resnet50", weights, seed=seed).features("conv2_block1_out")(pictures)
        np.testing.assert_array_equal(found, alone["conv2_block1_out"])


def test_every_network_gets_the_picture_as_it_wants_it():
    """VGG takes BGR without its mean, Inception -1 to 1: the same picture, prepared twice."""
    both = load_backbone("vgg16+inception_v3", "random")
    picture = some_picture(96, 96)[None]
    found = both.features(["vgg16/block1_conv1", "inception_v3/activation"])(picture)
    for name, layer in (("vgg16", "block1_conv1"), ("inception_v3", "activation")):
        alone = load_backbone(name, "random").features(layer)(picture)[layer]
        np.testing.assert_array_equal(found[f"{name}/{layer}"], alone)


def test_half_precision_reaches_every_network():
    layers = ["vgg19/block2_conv1", "resnet50/conv2_block1_out"]
    exact, rough = (mix().features(layers, dtype)(some_picture()[None]) for dtype in ("float32", "bfloat16"))
    for layer in layers:
        assert rough[layer].dtype == tf.float32
        difference = float(tf.reduce_max(tf.abs(exact[layer] - rough[layer])))
        assert 0 < difference < 0.1 * float(tf.reduce_max(tf.abs(exact[layer])))


def test_a_network_without_a_wanted_layer_costs_nothing():
    layers = ["block1_conv1", "block3_conv1"]
    named = [f"vgg19/{layer}" for layer in layers]
    alone = load_backbone("vgg19", "mini-random")
    assert mix().activation_bytes(named, 64, 48) == alone.activation_bytes(layers, 64, 48)
    assert mix().smallest_side(named) == alone.smallest_side(layers)
    both = mix().activation_bytes([*named, "resnet50/conv1_relu"], 64, 48, "bfloat16")
    resnet = load_backbone("resnet50", "mini-random").activation_bytes("conv1_relu", 64, 48, "bfloat16")
    assert both == alone.activation_bytes(layers, 64, 48, "bfloat16") + resnet


def test_the_smallest_side_is_that_of_the_network_that_needs_most():
    both = load_backbone("vgg16+inception_v3", "random")
    inception = load_backbone("inception_v3", "random").smallest_side("mixed10")
    assert both.smallest_side(["vgg16/block1_conv1", "inception_v3/mixed10"]) == inception > 1
    with pytest.raises(BackboneError, match="too small for layer mixed10 of inception_v3"):
        both.features(["vgg16/block1_conv1", "inception_v3/mixed10"])(some_picture(inception - 1, 100)[None])


# --- The objective ---


@pytest.mark.parametrize("name", ["vgg19", "resnet50"])
@pytest.mark.parametrize("statistic", ["gram", "softmax_gram"])
def test_an_objective_with_layers_of_one_network_is_that_networks_own(name, statistic):
    alone = load_backbone(name, "mini-random")
    content_layers, style_layers = (tuple(layers.items()) for layers in default_layers(alone))
    content, style, seed = as_batch(some_picture(48, 56)), as_batch(some_picture(40, 48, 1)), (3, 0)
    found = []
    for backbone, start in ((alone, ""), (mix(), f"{name}/")):
        layers = [tuple((start + layer, share) for layer, share in pairs) for pairs in (content_layers, style_layers)]
        objective = Objective(backbone, layers[0], (("picture", 4.0), *layers[1]), statistic, jitter=4)
        targets = objective.targets(content, style, seed)
        weights = tf.constant([0.5, 1.0, 1.0, 0.02])
        found.append(objective.value_and_gradient(as_batch(some_picture(48, 56, 2)), targets, weights, seed))
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6 * float(tf.reduce_max(tf.abs(one))))


def test_the_terms_of_a_mix_are_the_terms_of_its_networks_at_their_shares():
    """The style term of two networks at half a share each is the mean of their own style terms."""
    content, style, picture = (as_batch(some_picture(40, 48, seed)) for seed in range(3))
    weights, sums = tf.constant([1.0, 1.0, 0.0, 0.02]), {}
    for name in ("vgg19", "resnet50", "vgg19+resnet50"):
        layers = [tuple(pairs.items()) for pairs in default_layers(load_backbone(name, "mini-random"))]
        objective = Objective(load_backbone(name, "mini-random"), *layers)
        targets = objective.targets(content, style)
        sums[name] = objective.terms(picture, targets, weights, (0, 0)).numpy()[:3]
    np.testing.assert_allclose(sums["vgg19+resnet50"], (sums["vgg19"] + sums["resnet50"]) / 2, rtol=1e-4)


def test_two_calls_share_their_compiled_graphs():
    layers = [tuple(pairs.items()) for pairs in default_layers(mix())]
    one, other = (Objective(load_backbone("vgg19+resnet50", "mini-random"), *layers) for _ in range(2))
    assert one == other
    assert hash(one) == hash(other)
    assert one != Objective(load_backbone("resnet50+vgg19", "mini-random"), *layers)


# --- Painting ---


def test_a_mix_paints_and_names_its_terms():
    result = nst.stylize("harbor", "swirls", backbone="VGG19+ResNet50", weights="mini-random", **FAST)
    assert result.picture.shape == result.content.shape
    assert np.abs(result.picture - result.content).max() > 0.01
    assert {"content:vgg19/block3_conv2", "style:resnet50/conv1_relu"} <= set(result.history)
    assert all(np.isfinite(values).all() for values in result.history.values())


def test_layers_of_a_mix_may_be_chosen():
    layers = {"vgg16/block1_conv1": 0.7, "resnet50/conv2_block3_out": 0.3}
    chosen = {"content_layers": ["resnet50/conv3_block4_out"], "style_layers": layers}
    result = nst.stylize("harbor", "swirls", backbone="vgg16+resnet50", weights="mini-random", **chosen, **FAST)
    assert dict(result.run.objective.style_layers) == layers
    with pytest.raises(BackboneError, match=r"has no layer 'block1_conv1'\. Nearest: vgg16/block1_conv1"):
        nst.stylize("harbor", "swirls", backbone="vgg16+resnet50", style_layers=["block1_conv1"], **FAST)


def test_a_stopped_run_of_a_mix_goes_on_from_its_checkpoint(tmp_path):
    run = {"backbone": "vgg19+resnet50", "weights": "mini-random", **FAST, "steps": 6}
    whole = nst.stylize("harbor", "swirls", **run)

    def stop(state):
        if state.step == 3:
            raise KeyboardInterrupt

    stopped = nst.stylize("harbor", "swirls", checkpoint=tmp_path / "run", callback=stop, **run)
    assert stopped.interrupted
    resumed = nst.stylize("harbor", "swirls", checkpoint=tmp_path / "run", **run)
    np.testing.assert_array_equal(resumed.picture, whole.picture)
    np.testing.assert_array_equal(stopped.resume(progress=False).picture, whole.picture)
    with pytest.raises(NSTError, match="belongs to a run with another backbone"):
        nst.stylize("harbor", "swirls", checkpoint=tmp_path / "run", **{**run, "backbone": "vgg16+resnet50"})


def test_a_mix_too_large_for_the_memory_is_refused():
    with pytest.raises(nst.MemoryBudgetError, match="The largest size that fits is"):
        nst.stylize("harbor", "swirls", backbone="vgg19+resnet50", size=256, memory=0.12, progress=False)


# --- Sweeps and the command line ---


def test_a_sweep_paints_with_mixes_beside_single_networks(tmp_path):
    grid = {"into": tmp_path, "weights": "mini-random", "judge": "none", **FAST}
    table = nst.sweep("harbor", "swirls", backbones=["vgg19", "VGG19+ResNet50"], **grid)
    assert table["backbone"] == ["vgg19", "vgg19+resnet50"]
    assert table["status"] == ["done", "done"]
    assert set(table["content_layers"][1]) == {"vgg19/block3_conv2", "resnet50/conv3_block4_out"}
    assert [str(row["picture"]) for row in nst.sweep("harbor", "swirls", backbones="vgg19+resnet50", **grid)] == [
        str(table["picture"][1])
    ]
    assert len(list((tmp_path / "runs").iterdir())) == 2


@pytest.mark.parametrize(
    ("painters", "judge"), [("vgg19+resnet50", "vgg16"), ("resnet50+vgg16", "vgg19"), ("vgg16+vgg19", "resnet50")]
)
def test_the_judge_of_a_mix_took_no_part_in_it(painters, judge):
    assert grid._judge("auto", {"backbone": painters, "weights": "mini"}) == (judge, "mini")
    with pytest.raises(SettingError, match="paints in this sweep itself"):
        grid._judge(painters.split("+")[1], {"backbone": painters, "weights": "mini"})


def test_a_mix_of_all_networks_leaves_no_judge():
    with pytest.raises(SettingError, match="judge is 'auto', but all of vgg16, vgg19, resnet50 paint together"):
        grid._judge("auto", {"backbone": "vgg16+vgg19+resnet50", "weights": "mini"})
    assert grid._judge("none", {"backbone": "vgg16+vgg19+resnet50", "weights": "mini"}) is None


def test_other_weights_of_either_network_make_it_another_run():
    identities = {grid._weights_identity(name, "mini") for name in (*MINI, *PAIRS)}
    assert len(identities) == len(MINI) + len(PAIRS)
    alone = [grid._weights_identity(name, "mini") for name in ("vgg19", "resnet50")]
    assert grid._weights_identity("vgg19+resnet50", "mini") == " ".join(alone)


def test_the_command_line_lists_the_layers_of_a_mix_and_paints_with_it(tmp_path, capsys):
    assert main(["backbones", "vgg19+resnet50"]) == 0
    assert {"vgg19/block1_conv1", "resnet50/conv2_block3_out"} <= set(capsys.readouterr().out.split())
    out = tmp_path / "mix.png"
    command = ["stylize", "harbor", "swirls", "--backbone", "vgg19+resnet50", "--weights", "mini-random"]
    assert main([*command, "--size", "48", "--steps", "3", "--quiet", "-o", str(out)]) == 0
    assert nst.picture(out).shape[1] == 48
