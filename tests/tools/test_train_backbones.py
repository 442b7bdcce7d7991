"""The tool that trains the backbones from scratch, on a handful of made-up pictures and networks a few filters wide."""

import hashlib
import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nst_utils.base.tensorflow import keras

ROOT = Path(__file__).parents[2]
SPEC = importlib.util.spec_from_file_location("train_backbones", ROOT / "tools" / "train_backbones.py")
tool = sys.modules["train_backbones"] = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(tool)

pytestmark = pytest.mark.usefixtures("eagerly")
TINY = tool.Settings(size=32, epochs=2, deep_epochs=1, batch=10, width=1 / 32, rate=1e-2, held_out_per_class=2)


@pytest.fixture(scope="module")
def class_folders(tmp_path_factory) -> Path:
    """Two classes of twelve small pictures: warm ones with columns and cold ones with rows."""
    folder, rng = tmp_path_factory.mktemp("classes"), np.random.default_rng(5)
    for name, color in (("columns", (200, 90, 40)), ("rows", (40, 90, 200))):
        (folder / name).mkdir()
        for k in range(12):
            waves = np.sin(np.arange(44) * rng.uniform(0.4, 0.9))[:, None, None] * np.ones((1, 40, 1))
            picture = np.clip(np.array(color) + 50 * waves + rng.normal(0, 8, waves.shape), 0, 255).astype(np.uint8)
            picture = picture.transpose(1, 0, 2) if name == "columns" else picture
            Image.fromarray(picture).save(folder / name / f"{k:02d}.png")
    return folder


@pytest.fixture(scope="module")
def pictures(class_folders):
    return tool.load_pictures(class_folders, TINY.size)


@pytest.fixture(scope="module")
def used_vgg(pictures):
    """A shallow VGG whose batch norms have seen pictures, and the sample they are tried on."""
    keras.utils.set_random_seed(3)
    model = tool.vgg_classifier(tool.CONVS["shallow"], 1 / 8, 2)
    model.compile(keras.optimizers.AdamW(1e-2), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    for _ in range(4):
        model.train_on_batch(*tool.training_batch(pictures, np.arange(24), 32, 20, np.random.default_rng(1)))
    return model, tool.center_crops(pictures, 32)


def test_held_out_pictures_are_never_trained_on_and_every_class_has_some(pictures):
    training, out = tool.held_out(pictures.labels, 2, seed=0)
    assert sorted([*training, *out]) == list(range(24))
    assert np.bincount(pictures.labels[out]).tolist() == [2, 2]


def test_an_epoch_takes_no_more_pictures_of_a_class_than_allowed():
    labels = np.repeat([0, 1], [50, 4])
    order = tool.epoch_order(labels, 10, np.random.default_rng(0))
    assert np.bincount(labels[order]).tolist() == [10, 4]
    assert len(set(order)) == len(order)


def test_a_batch_follows_from_its_seed_and_noise_makes_it_rougher(pictures):
    def roughness(noise: float) -> float:
        crops, labels = tool.training_batch(pictures, np.arange(24), 32, noise, np.random.default_rng(7))
        assert np.array_equal(labels, pictures.labels)
        return float(np.abs(np.diff(crops, axis=1)).mean())

    assert roughness(0) == roughness(0)
    assert roughness(60) > 1.5 * roughness(0)


@pytest.mark.parametrize("name", tool.DEEP)
def test_deepening_keeps_what_the_network_computes(used_vgg, name):
    model, sample = used_vgg
    deep = tool.deepened(model, tool.CONVS[name], 1 / 8, sample)
    assert len(deep.layers) > len(model.layers)
    expected = model.predict(sample, verbose=0)
    assert np.ptp(expected) > 0.01
    np.testing.assert_allclose(deep.predict(sample, verbose=0), expected, atol=1e-4)


def test_folded_and_normalized_networks_see_the_same_and_have_mean_activations_of_one(used_vgg):
    model, sample = used_vgg
    vgg16 = tool.deepened(model, tool.CONVS["scratch_vgg16"], 1 / 8, sample)
    settings = tool.Settings(width=1 / 8)
    network = tool.backbone("scratch_vgg16", vgg16, settings, sample)
    caffe = sample * tool.INPUT_SCALE
    last = keras.Model(vgg16.input, vgg16.get_layer("block5_conv3_relu").output).predict(sample, verbose=0)
    found = keras.Model(network.input, network.get_layer("block5_conv3").output).predict(caffe, verbose=0)
    assert last.std() > 0
    np.testing.assert_allclose(found, last / last.mean(), rtol=1e-3, atol=1e-3)
    convs = [layer.name for layer in network.layers if "_conv" in layer.name]
    means = {name: part.mean() for name, part in tool.mean_activations(network, convs, caffe).items()}
    assert len(means) == 13
    assert means == pytest.approx(dict.fromkeys(convs, 1.0), rel=1e-3)


def test_the_exported_resnet_sees_in_unscaled_pictures_what_the_trained_one_saw(used_vgg):
    sample = used_vgg[1][:4]
    keras.utils.set_random_seed(4)
    classifier = tool.resnet_classifier(1 / 16, 2)
    network = tool.backbone("scratch_resnet50", classifier, tool.Settings(width=1 / 16), sample)
    layer = "conv5_block3_out"
    expected = keras.Model(classifier.input, classifier.get_layer(layer).output)(sample)
    found = keras.Model(network.input, network.get_layer(layer).output)(sample * tool.INPUT_SCALE)
    assert np.std(expected) > 0
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)


def test_an_interrupted_training_ends_with_the_same_weights(pictures, tmp_path):
    training, out = (pictures.part(chosen) for chosen in tool.held_out(pictures.labels, 2, 0))

    class Interrupted(Exception):
        pass

    def interrupt(line: str) -> None:
        if "epoch 1 of 2" in line:
            raise Interrupted

    def weights(checkpoint: Path, report) -> list[np.ndarray]:
        keras.utils.set_random_seed(TINY.seed)
        model = tool.vgg_classifier(tool.CONVS["shallow"], TINY.width, 2)
        tool.train(model, training, out, TINY, "shallow", checkpoint, report)
        return model.get_weights()

    whole = weights(tmp_path / "whole.npz", print)
    with pytest.raises(Interrupted):
        weights(tmp_path / "parts.npz", interrupt)
    lines = []
    resumed = weights(tmp_path / "parts.npz", lines.append)
    assert [line.split(",")[0] for line in lines] == ["parts: epoch 2 of 2"]
    for one, other in zip(whole, resumed, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_the_tool_writes_weights_checksums_and_card_and_reuses_finished_stages(class_folders, tmp_path, capsys):
    options = [
        str(class_folders),
        "--name",
        "scratch_vgg16",
        "--into",
        str(tmp_path),
        "--checkpoint",
        str(tmp_path / "c"),
    ]
    tiny = {"size": 32, "epochs": 1, "deep-epochs": 1, "batch": 10, "width": 1 / 32, "held-out-per-class": 2}
    options += [f"--{name}={value}" for name, value in tiny.items()]
    tool.main(options)
    first = (tmp_path / "scratch_vgg16.npz").read_bytes()
    assert "epoch 1 of 1" in capsys.readouterr().out
    tool.main(options)
    assert "epoch" not in capsys.readouterr().out
    with np.load(tmp_path / "scratch_vgg16.npz", allow_pickle=False) as stored:
        kernels = [stored[key] for key in stored.files if key.endswith("/kernel")]
    assert len(kernels) == 13
    assert all(kernel.dtype == np.float16 and np.isfinite(kernel).all() for kernel in kernels)
    line = (tmp_path / "SHA256SUMS").read_text()
    assert line == f"{hashlib.sha256((tmp_path / 'scratch_vgg16.npz').read_bytes()).hexdigest()}  scratch_vgg16.npz\n"
    card = (tmp_path / "CARD.md").read_text()
    assert card.count("| scratch_vgg16 |") == 1
    assert " of 4 |" in card
    assert len(first) == len((tmp_path / "scratch_vgg16.npz").read_bytes())


def test_a_folder_without_classes_is_refused_with_a_reason(tmp_path):
    with pytest.raises(SystemExit, match="one folder a class"):
        tool.load_pictures(tmp_path / "nothing", 32)
