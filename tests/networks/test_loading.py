"""Backbones by name: which weights are meant, and what tells weights from others."""

import hashlib
import itertools
import os

import numpy as np
import pytest
from small_networks import twin

from nst_utils.base.errors import BackboneError
from nst_utils.networks.catalog import MINI
from nst_utils.networks.loading import load_backbone, use, weights_checksum, weights_kind
from nst_utils.networks.weights import OWN, imagenet_file, own_path


@pytest.fixture(autouse=True)
def no_defaults_set(monkeypatch):
    monkeypatch.delenv("NST_WEIGHTS", raising=False)
    yield
    use(None)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"name": "vgg18"}, "No backbone 'vgg18'. Nearest: vgg19, vgg16"),
        (
            {"weights": "imagnet"},
            "No weights 'imagnet'. Choose from mini, scratch, imagenet, random, mini-random, or a path",
        ),
        ({"pooling": "mean"}, "No pooling 'mean'; choose from max, avg"),
        ({"name": "inception_v3", "weights": "mini"}, "only vgg16, vgg19, resnet50 have a mini twin"),
        ({"name": "efficientnet-b0", "weights": "mini-random"}, "only vgg16, vgg19, resnet50 have a mini twin"),
        ({"weights": "nowhere/vgg19.npz"}, "No weights file nowhere/vgg19.npz"),
    ],
)
def test_a_wrong_argument_is_named_with_what_to_choose(arguments, expected):
    with pytest.raises(BackboneError) as caught:
        load_backbone(**arguments)
    assert expected in str(caught.value)


def test_use_comes_before_the_environment_and_an_argument_before_both(monkeypatch):
    assert weights_kind(None) == "mini"
    monkeypatch.setenv("NST_WEIGHTS", "random")
    assert weights_kind(None) == "random"
    use("Mini_Random")
    assert load_backbone("vgg16").weights == "mini-random"
    assert weights_kind("imagenet") == "imagenet"
    use(None)
    assert weights_kind(None) == "random"


def test_an_unknown_default_is_refused_where_it_is_set(monkeypatch):
    with pytest.raises(BackboneError, match="No weights 'maxi'"):
        use("maxi")
    monkeypatch.setenv("NST_WEIGHTS", "maxi")
    with pytest.raises(BackboneError, match="No NST_WEIGHTS='maxi'"):
        load_backbone()


def test_random_weights_are_those_of_their_seed():
    kernels = [
        load_backbone("vgg16", "mini-random", seed=seed).model.get_layer("block3_conv1").kernel.numpy()
        for seed in (7, 7, 8)
    ]
    np.testing.assert_array_equal(kernels[0], kernels[1])
    assert not np.allclose(kernels[0], kernels[2])


def test_random_kernels_have_the_variance_of_he():
    kernel = twin("vgg19").model.get_layer("block5_conv1").kernel.numpy()
    assert kernel.var() == pytest.approx(2 / (3 * 3 * 128), rel=0.02)


# --- Checksums ---


@pytest.mark.parametrize(("name", "kind"), [*itertools.product(MINI, OWN)])
def test_the_checksum_of_our_weights_is_the_one_beside_their_file(name, kind):
    path = own_path(name, kind)
    assert f"{weights_checksum(name, kind)}  {path.name}" in (path.parent / "SHA256SUMS").read_text().splitlines()


def test_a_file_that_is_written_anew_has_another_checksum(tmp_path):
    path, sums = tmp_path / "mine.npz", []
    for k, content in enumerate((b"one", b"other", b"one")):
        path.write_bytes(content)
        os.utime(path, (k, k))
        sums.append(weights_checksum("vgg19", path))
    assert sums[0] == sums[2] == hashlib.sha256(b"one").hexdigest()
    assert sums[1] == hashlib.sha256(b"other").hexdigest()


def test_random_weights_are_told_apart_by_their_kind_and_seed():
    sums = [weights_checksum("vgg16", kind, seed) for kind in ("random", "mini-random") for seed in (0, 7)]
    assert len(set(sums)) == 4
    assert weights_checksum(load_backbone("vgg16", "mini-random", seed=7)) == sums[3]


def test_a_mix_has_the_checksums_of_its_networks():
    alone = [weights_checksum(name, "mini") for name in ("vgg19", "vgg16")]
    assert weights_checksum("vgg19+vgg16", "mini") == " ".join(alone)
    assert weights_checksum(load_backbone("VGG19 + VGG-16", "mini")) == " ".join(alone)


def test_a_file_of_keras_is_told_from_those_of_other_networks(tmp_path, monkeypatch):
    """Names as Keras has them."""
    files = {
        "vgg19": "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5",
        "resnet50": "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5",
        "resnet50_v2": "resnet50v2_weights_tf_dim_ordering_tf_kernels_notop.h5",
        "inception_resnet_v2": "inception_resnet_v2_weights_tf_dim_ordering_tf_kernels_notop.h5",
        "mobilenet": "mobilenet_1_0_224_tf_no_top.h5",
        "mobilenet_v2": "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5",
        "mobilenet_v3_small": "weights_mobilenet_v3_small_224_1.0_float_no_top_v2.h5",
        "efficientnet_b0": "efficientnetb0_notop.h5",
        "efficientnet_v2_b0": "efficientnetv2-b0_notop.h5",
        "convnext_tiny": "convnext_tiny_notop.h5",
    }
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    assert imagenet_file("vgg19") is None
    (tmp_path / "models").mkdir()
    for name, file in files.items():
        (tmp_path / "models" / file).write_text(name)
    for name, file in files.items():
        assert imagenet_file(name) == tmp_path / "models" / file
        assert weights_checksum(name, "imagenet") == hashlib.sha256(name.encode()).hexdigest()
    assert imagenet_file("vgg16") is None
