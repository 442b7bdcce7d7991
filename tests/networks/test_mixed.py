"""Several networks in one objective: names, layers, features, painting, sweeps, checkpoints, and what is refused."""

import functools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nst_utils as nst
from nst_utils.base.errors import BackboneError, NSTError, SettingError
from nst_utils.base.tensorflow import tf
from nst_utils.cli import main
from nst_utils.engine.objective import Objective, as_batch
from nst_utils.networks.loading import default_layers, load_backbone
from nst_utils.networks.mixed import Mixed
from nst_utils.study import grid

FAST = {"size": 48, "steps": 3, "progress": False, "precision": "float32"}


@functools.cache
def mix(name="vgg19+resnet50", weights="mini-random", **options):
    return load_backbone(name, weights, **options)


def some_picture(height=32, width=40, seed=0):
    return np.random.default_rng(seed).random((height, width, 3), dtype=np.float32)


# --- Names and layers ---


def test_a_single_network_is_no_mix():
    assert not isinstance(load_backbone("vgg19", "mini-random"), Mixed)


@pytest.mark.parametrize(
    ("name", "weights", "expected"),
    [
        ("vgg19+vgg18", "mini-random", "No backbone 'vgg18'. Nearest: vgg19, vgg16"),
        ("vgg19+", "mini-random", "No backbone ''"),
        ("vgg19+VGG-19", "mini-random", "'vgg19+VGG-19' names a network twice"),
        ("vgg19+inception_v3", "mini-random", "No mini-random weights for inception_v3"),
        ("vgg19+resnet50", "mine.npz", "vgg19+resnet50 has no weights 'mine.npz': a file holds one network"),
        ("vgg19+resnet50", "minni", "No weights 'minni'. Choose from mini, scratch, imagenet, random, mini-random"),
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


@pytest.mark.parametrize("weights", ["mini-random", "mini"])
def test_every_network_has_the_same_kind_of_weights_and_pooling(weights):
    found = load_backbone("vgg16 + VGG-19", weights, pooling="max")
    assert (found.name, found.weights, found.pooling, found.width) == ("vgg16+vgg19", weights, "max", 0.25)
    assert [(part.name, part.weights, part.pooling) for part in found.parts] == [
        ("vgg16", weights, "max"),
        ("vgg19", weights, "max"),
    ]


def test_the_defaults_of_all_networks_share_both_terms():
    content, style = default_layers(mix())
    for joined, which in ((content, 0), (style, 1)):
        for name in ("vgg19", "resnet50"):
            own = default_layers(load_backbone(name, "mini-random"))[which]
            shares = {key.split("/")[1]: share for key, share in joined.items() if key.startswith(name)}
            assert shares == {layer: share / 2 for layer, share in own.items()}
        assert sum(joined.values()) == pytest.approx(1)


# --- What it sees ---


@settings(max_examples=5)
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


@pytest.mark.parametrize("seed", [0, 7])
def test_each_seed_draws_the_networks_that_it_draws_alone(seed):
    found = mix("vgg16+vgg19", seed=seed).parts
    assert [part.seed for part in found] == [seed, seed]
    for part in found:
        alone = load_backbone(part.name, "mini-random", seed=seed).model
        kernels = [model.get_layer("block3_conv1").kernel for model in (part.model, alone)]
        np.testing.assert_array_equal(*kernels)


def test_every_network_gets_the_picture_as_it_wants_it():
    """VGG takes BGR without its mean, MobileNet -1 to 1: the same picture, prepared twice."""
    both, picture = load_backbone("vgg16+mobilenet", "random"), some_picture()[None]
    assert both.width == 1
    found = both.features(["vgg16/block1_conv1", "mobilenet/conv1_relu"])(picture)
    for name, layer in (("vgg16", "block1_conv1"), ("mobilenet", "conv1_relu")):
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
    layers = ["vgg19/block5_conv1", "resnet50/conv5_block3_out"]  # the second pads, and takes a single pixel
    assert [mix().smallest_side(each) for each in (layers, layers[:1], layers[1:])] == [16, 16, 1]
    with pytest.raises(BackboneError, match="too small for layer block5_conv1 of vgg19"):
        mix().features(layers)(some_picture(15, 100)[None])


# --- The objective ---


@pytest.mark.parametrize(("name", "statistic"), [("vgg19", "softmax_gram"), ("resnet50", "gram")])
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


@pytest.fixture(scope="module")
def painted():
    return nst.stylize("harbor", "swirls", backbone="VGG19+ResNet50", weights="mini-random", **FAST)


def test_a_mix_paints_and_names_its_terms(painted):
    assert painted.picture.shape == painted.content.shape
    assert np.abs(painted.picture - painted.content).max() > 0.01
    assert {"content:vgg19/block3_conv2", "style:resnet50/conv1_relu"} <= set(painted.history)
    assert all(np.isfinite(values).all() for values in painted.history.values())


def test_layers_of_a_mix_may_be_chosen():
    layers = {"vgg16/block1_conv1": 0.7, "vgg19/block1_conv2": 0.3}
    run = {"backbone": "vgg16+vgg19", "weights": "mini-random", "content_layers": ["vgg19/block1_conv2"], **FAST}
    result = nst.stylize("harbor", "swirls", style_layers=layers, **run)
    assert dict(result.run.objective.style_layers) == layers
    with pytest.raises(BackboneError, match=r"has no layer 'block1_conv1'\. Nearest: vgg19/block1_conv1, vgg16"):
        nst.stylize("harbor", "swirls", style_layers=["block1_conv1"], **run)


def test_a_stopped_run_of_a_mix_goes_on_from_its_checkpoint(painted, tmp_path):
    run = {"backbone": "vgg19+resnet50", "weights": "mini-random", **FAST}

    def stop(state):
        if state.step == 2:
            raise KeyboardInterrupt

    stopped = nst.stylize("harbor", "swirls", checkpoint=tmp_path / "run", callback=stop, **run)
    assert stopped.interrupted
    resumed = nst.stylize("harbor", "swirls", checkpoint=tmp_path / "run", **run)
    np.testing.assert_array_equal(resumed.picture, painted.picture)
    np.testing.assert_array_equal(stopped.resume(progress=False).picture, painted.picture)
    with pytest.raises(NSTError, match="belongs to a run with another backbone"):
        nst.stylize("harbor", "swirls", checkpoint=tmp_path / "run", **{**run, "backbone": "vgg19+vgg16"})


def test_a_mix_too_large_for_the_memory_is_refused():
    with pytest.raises(nst.MemoryBudgetError, match="The largest size that fits is"):
        nst.stylize("harbor", "swirls", backbone="vgg16+vgg19", size=256, memory=0.12, progress=False)


# --- Sweeps and the command line ---


def test_a_sweep_paints_with_mixes_beside_single_networks(tmp_path):
    grid = {"into": tmp_path, "weights": "mini-random", "judge": "none", **FAST}
    table = nst.sweep("harbor", "swirls", backbones=["vgg16", "VGG16+VGG19"], **grid)
    assert table["backbone"].tolist() == ["vgg16", "vgg16+vgg19"]
    assert table["status"].tolist() == ["done", "done"]
    layers = {f"vgg{depth}/block{block}_conv2" for depth in (16, 19) for block in (3, 4)}
    assert set(table["content_layers"][1]) == layers
    again = nst.sweep("harbor", "swirls", backbones="vgg16+vgg19", **grid)
    assert again["picture"].tolist() == [table["picture"][1]]
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


def test_the_command_line_lists_the_layers_of_a_mix_and_paints_with_it(tmp_path, capsys):
    assert main(["backbones", "vgg19+resnet50"]) == 0
    assert {"vgg19/block1_conv1", "resnet50/conv2_block3_out"} <= set(capsys.readouterr().out.split())
    out = tmp_path / "mix.png"
    command = ["stylize", "harbor", "swirls", "--backbone", "vgg19+resnet50", "--weights", "mini-random"]
    assert main([*command, "--size", "48", "--steps", "3", "--precision", "float32", "--quiet", "-o", str(out)]) == 0
    assert nst.picture(out).shape[1] == 48
