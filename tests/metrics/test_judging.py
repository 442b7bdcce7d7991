"""The judge: its two measures on features small enough to check by hand, and an original that is not there."""

import numpy as np
import pytest
from fetched import as_fetched
from hypothesis import given
from hypothesis import strategies as st

from nst_utils import load_backbone
from nst_utils.base.errors import BackboneError
from nst_utils.metrics import content_kept, judge, log_style_distance, style_distance
from nst_utils.metrics.judging import JUDGED_CONTENT, JUDGED_STYLE

RANDOM = np.random.default_rng(3)
PICTURE, OTHER = RANDOM.random((2, 12, 16, 3)).astype(np.float32)


def colors(pictures):
    return {"colors": pictures, "squares": pictures**2}


def test_the_log_of_one_layer_is_that_of_the_style_distance():
    def one_layer(pictures):
        return {"colors": pictures}

    assert log_style_distance(PICTURE, OTHER, one_layer) == pytest.approx(
        np.log(style_distance(PICTURE, OTHER, one_layer))
    )


def test_layers_count_alike_however_far_they_are():
    alone = [log_style_distance(PICTURE, OTHER, colors, [name]) for name in ("colors", "squares")]
    assert log_style_distance(PICTURE, OTHER, colors) == pytest.approx(np.mean(alone))


@given(st.floats(0.1, 0.9))
def test_on_the_way_to_the_style_a_picture_gets_nearer(share):
    def lights(pictures):
        return {"lights": pictures.mean(axis=-1, keepdims=True)}

    bright, dark = np.full((4, 4, 3), 0.9, np.float32), np.full((4, 4, 3), 0.2, np.float32)
    between = share * dark + (1 - share) * bright
    assert log_style_distance(between, dark, lights) < log_style_distance(bright, dark, lights)
    assert log_style_distance(dark, dark, lights) == -np.inf


def test_content_is_kept_whatever_the_strength_and_the_mean_of_the_channels():
    assert content_kept(PICTURE, PICTURE, colors, "colors") == pytest.approx(1)
    assert content_kept(PICTURE * 0.5 + np.float32([0.1, 0.2, 0.3]), PICTURE, colors, "colors") == pytest.approx(1)
    assert content_kept(1 - PICTURE, PICTURE, colors, "colors") == pytest.approx(-1)
    assert abs(content_kept(OTHER, PICTURE, colors, "colors")) < 0.2
    assert np.isnan(content_kept(np.full_like(PICTURE, 0.5), PICTURE, colors, "colors"))


def test_an_original_judges_by_its_own_layers(tmp_path, monkeypatch, capfd):
    """Random weights in the place of fetched ones."""
    monkeypatch.setenv("NST_CACHE", str(tmp_path))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    network = load_backbone("vgg16", "random", pooling="max", seed=3)
    as_fetched(network, tmp_path)
    painting, content = RANDOM.random((2, 32, 48, 3)).astype(np.float32)
    style = RANDOM.random((24, 24, 3)).astype(np.float32)
    found = judge(painting, content, style)
    look = network.features([*JUDGED_STYLE, JUDGED_CONTENT])
    assert found["judged_content"] == pytest.approx(content_kept(painting, content, look, JUDGED_CONTENT), rel=1e-3)
    assert found["judged_style"] > -np.inf
    assert judge(content, content, content) == {"judged_style": -np.inf, "judged_content": pytest.approx(1)}


def test_without_the_original_the_way_to_it_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("NST_CACHE", str(tmp_path))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))

    def unreachable(*arguments, **options):
        raise ConnectionError("no route to the server")

    monkeypatch.setattr("keras.src.utils.file_utils.get_file", unreachable)
    with pytest.raises(BackboneError, match="nst originals vgg16"):
        judge(PICTURE, PICTURE, OTHER)
