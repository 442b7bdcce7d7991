"""What the defaults come to: the formula that the lessons write down."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nst_utils.engine.plan import plan, with_layer_zero
from nst_utils.engine.settings import settings_of
from nst_utils.losses.layer_zero import PICTURES


def planned(**settings):
    return plan(settings_of(**settings), 256)


def test_the_default_painting_is_the_formula_of_lesson_03():
    found = planned()
    assert found.weights[:3] == (0.04, 1.0, 0.05)
    assert dict(found.objective.content_layers) == {"block3_conv2": 0.5, "block4_conv2": 0.5}
    network = {f"block{k}_conv1": pytest.approx(1 / 10) for k in range(1, 6)}
    assert dict(found.objective.style_layers) == {**dict.fromkeys(PICTURES, pytest.approx(1 / 6)), **network}


@pytest.mark.parametrize(
    ("settings", "share"),
    [
        ({"backbone": "vgg16"}, 1 / 2),
        ({"backbone": "vgg19", "weights": "random"}, 1 / 2),
        ({"backbone": "vgg19", "weights": "scratch"}, 12 / 13),
        ({"backbone": "resnet50"}, 12 / 13),
        ({"backbone": "vgg16+resnet50"}, 12 / 13),
    ],
)
def test_layer_zero_has_the_share_of_the_style_that_the_network_needs(settings, share):
    layers = dict(planned(**settings).objective.style_layers)
    assert sum(layers[name] for name in PICTURES) == pytest.approx(share)
    assert sum(layers.values()) == pytest.approx(1)


def test_style_layers_that_are_named_stand_alone():
    layers = ["block1_conv1", "block2_conv1"]
    assert planned(style_layers=layers).objective.style_layers == (("block1_conv1", 0.5), ("block2_conv1", 0.5))


@given(st.dictionaries(st.text(min_size=1, max_size=5), st.floats(0, 10), min_size=1), st.floats(0, 1))
def test_layer_zero_takes_its_share_and_leaves_the_proportions_of_the_others(style, share):
    layers = with_layer_zero(style, share)
    total = sum(style.values())
    assert sum(layers.values()) == pytest.approx(total)
    assert [layers[name] for name in style] == pytest.approx([(1 - share) * weight for weight in style.values()])
