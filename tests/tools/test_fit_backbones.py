"""The tool that fits the mini VGGs to the originals, on made-up pictures and networks a few filters wide."""

import dataclasses

import fit_backbones as tool
import numpy as np
import pytest
from PIL import Image

from nst_utils.base.tensorflow import keras
from nst_utils.networks.topologies import topology

pytestmark = pytest.mark.usefixtures("eagerly")
TINY = tool.Settings(width=1 / 2, side=32, crops=6, rounds=2, batches=2, echoes=1, batch=2, rate=1e-3)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder, rng = tmp_path_factory.mktemp("pictures"), np.random.default_rng(5)
    for k in range(40):
        waves = np.sin(np.add.outer(np.arange(44) * rng.uniform(0.1, 0.9), np.arange(60) * rng.uniform(0.1, 0.9)))
        picture = 128 + 60 * waves[..., None] * rng.normal(size=3) + rng.normal(0, 8, (44, 60, 3))
        (folder / ("art" if k % 4 == 0 else "photographs")).mkdir(exist_ok=True)
        name = folder / ("art" if k % 4 == 0 else "photographs") / f"{k:02d}.png"
        Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8)).save(name)
    return tool.Pictures(tool.pictures_in([folder / "photographs"]), tool.pictures_in([folder / "art"]))


@pytest.fixture(scope="module")
def crops(pictures):
    return pictures.batch(12, TINY, np.random.default_rng(1))


@pytest.fixture(scope="module")
def original():
    """A VGG16 with 8 filters in its first block, and its largest values where it pools."""
    network = topology("vgg16", width=1 / 8, pooling="max", drawn=True)
    keras.utils.set_random_seed(4)
    for layer in tool.layers_of("vgg16"):
        kernel, bias = network.get_layer(layer).get_weights()
        drawn = np.random.default_rng(len(kernel.ravel())).normal(size=kernel.shape) * np.sqrt(2 / kernel[..., 0].size)
        network.get_layer(layer).set_weights([drawn, bias])
    return network


@pytest.fixture(scope="module")
def begun(original, crops):
    """The twin's convolutions in closed form."""
    return tool.closed_form(
        tool.convolutions_of(original, "vgg16"), "vgg16", crops, TINY.width, np.random.default_rng(2)
    )


def test_pictures_that_measure_are_never_trained_on(pictures):
    training, held = tool.held_out(pictures)
    for before, kept, out in zip(*map(dataclasses.astuple, (pictures, training, held)), strict=True):
        assert sorted((*kept, *out)) == sorted(before)
        assert not {*kept} & {*out}
        assert len(out) == 1 + (len(before) - 2) // 10


def test_a_batch_follows_from_its_seed_and_noise_makes_it_rougher(pictures):
    def roughness(noisy):
        asked = dataclasses.replace(TINY, noisy=noisy, noise=60)
        return np.abs(np.diff(pictures.batch(24, asked, np.random.default_rng(7)), axis=1)).mean()

    assert roughness(0) == roughness(0)
    assert roughness(1) > 1.2 * roughness(0)


def test_a_regression_finds_the_convolution_that_made_the_values(crops):
    rng = np.random.default_rng(0)
    kernel, bias = rng.normal(size=(3, 3, 3, 5)).astype(np.float32), rng.normal(size=5).astype(np.float32)
    values = tool._convolved(crops, kernel, bias)
    found = tool.regression(*tool.patches_and_values(crops, values, rng), channels=3)
    assert np.abs(tool._convolved(crops, *found) - values).std() < 0.02 * values.std()


def test_channels_that_repeat_others_are_picked_last():
    one, other = np.random.default_rng(0).normal(size=(2, 6, 8, 8))
    maps = np.stack([one, 2 * one, other, one + 1], axis=-1)
    assert tool.most_telling(maps, 2, np.random.default_rng(0)).tolist() == [1, 2]


def test_the_closed_form_is_nearer_than_filters_drawn_at_random(original, crops, begun):
    rng = np.random.default_rng(2)
    begun = tool.with_mean_1(begun, "vgg16", crops)
    by_chance = {layer: (rng.normal(size=kernel.shape) / 9, bias) for layer, (kernel, bias) in begun.items()}

    def error(convolutions):
        twin = tool.twin_of("vgg16", convolutions)
        networks = tool.teacher_and_pupil("vgg16", original, twin, crops)
        wanted, predicted = (network.predict(crops, verbose=0) for network in networks)
        return np.mean([np.square(a - b).mean() for a, b in zip(wanted, predicted, strict=True)])

    assert error(begun) < error(by_chance)


def test_a_scaled_network_computes_the_same_with_mean_activations_of_one(original, crops):
    before = tool.convolutions_of(original, "vgg16")
    after = tool.with_mean_1(before, "vgg16", crops)
    layers = tool.distilled_layers("vgg16")
    shown = [
        tool._maps(tool.twin_of("vgg16", weights), layers).predict(crops, verbose=0) for weights in (before, after)
    ]
    for one, other in zip(*shown, strict=True):
        assert other.mean() == pytest.approx(1, rel=1e-4)
        np.testing.assert_allclose(other * one.mean(), one, atol=1e-3 * one.max())


def test_a_network_recovers_all_of_itself_and_none_more_than_its_bound(original, crops):
    shares = tool.recovered("vgg16", original, original, crops, crops[::-1])
    assert list(shares) == tool.distilled_layers("vgg16")
    for share, bound in shares.values():
        assert share == pytest.approx(1, abs=0.01)
        assert bound == pytest.approx(1)


def test_an_interrupted_fit_ends_with_the_same_weights(original, crops, begun, pictures, tmp_path):
    def fitted(checkpoint, report=lambda line: None):
        twin = tool.twin_of("vgg16", begun)
        networks = tool.teacher_and_pupil("vgg16", original, twin, crops)
        tool.distill(*networks, pictures, TINY, checkpoint, report)
        return twin.get_weights()

    def interrupt(line):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fitted(tmp_path / "twice.npz", interrupt)
    for one, other in zip(fitted(tmp_path / "twice.npz"), fitted(tmp_path / "once.npz"), strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_tool_writes_a_twin_with_what_it_recovers(original, pictures, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(
        tool, "load_backbone", lambda name, weights, pooling: dataclasses.make_dataclass("B", ["model"])(original)
    )
    folder = pictures.photographs[0].parent
    options = [f"--{key}={value}" for key, value in dataclasses.asdict(TINY).items()]
    places = ["--into", tmp_path / "out", "--checkpoint", tmp_path / "steps", "--paintings-in", folder.parent / "art"]
    tool.main([str(word) for word in (folder, "--name", "mini_vgg16", *places, *options)])
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["CARD.md", "SHA256SUMS", "mini_vgg16.npz"]
    card = (tmp_path / "out" / "CARD.md").read_text()
    assert "| layer | mini_vgg16, clean crops | mini_vgg16, noisy crops |" in card
    assert tool.recovered_table(tmp_path / "out") in card
    out = capsys.readouterr().out
    assert "noisy crops, share of the original's variance (bound):" in out
    assert out.count("  block5_conv1 ") == 2
    with pytest.raises(SystemExit, match="20 are the least"):
        tool.main([str(tmp_path), "--name", "mini_vgg16"])


def test_the_card_says_what_the_twins_recover():
    folder = tool.DATA / "backbones"
    assert tool.recovered_table(folder) in (folder / "CARD.md").read_text(encoding="utf-8")
