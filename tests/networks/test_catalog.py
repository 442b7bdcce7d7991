"""The catalog: names however they are spelled, and entries that are true of the networks."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_networks import twin

from nst_utils.base.errors import BackboneError
from nst_utils.networks.catalog import (
    CATALOG,
    JUDGES,
    LOCAL,
    MINI,
    PREPROCESSING,
    PRESETS,
    backbone_name,
    network_name,
    network_names,
)
from nst_utils.networks.topologies import builder

PAIRS = [f"{one}+{other}" for one, other in itertools.permutations(MINI, 2)]


@given(st.sampled_from(sorted(PREPROCESSING)), st.randoms(use_true_random=False))
def test_case_hyphens_and_underscores_do_not_matter(name, random):
    parts = [part.upper() if random.random() < 0.5 else part for part in name.split("_")]
    assert network_name(random.choice(["", "-", "_", " "]).join(parts)) == name


@given(st.sampled_from(PAIRS), st.randoms(use_true_random=False))
def test_case_spaces_and_hyphens_do_not_matter(name, random):
    spelled = random.choice(["+", " + ", "+ "]).join(
        part.upper() if random.random() < 0.5 else part.replace("vgg", "VGG-") for part in name.split("+")
    )
    assert backbone_name(spelled) == name
    assert network_names(spelled) == tuple(name.split("+"))


@settings(max_examples=50)
@given(st.text(max_size=20))
def test_any_text_is_a_network_or_a_backbone_error(text):
    try:
        assert network_name(text) in PREPROCESSING
    except BackboneError as error:
        assert repr(text) in str(error)


def test_every_name_belongs_to_a_network_of_keras():
    assert all(callable(builder(name)) for name in PREPROCESSING)


@pytest.mark.parametrize("key", PRESETS)
def test_the_layers_of_a_preset_exist(key):
    preset = PRESETS[key]
    twin(preset.backbone).check_layers(preset.content_layers + preset.style_layers)


@pytest.mark.parametrize("name", MINI)
def test_default_layers_exist_and_each_term_adds_up_to_one(name):
    network = CATALOG[name]
    for form in filter(None, (network.original, network.mini, network.scratch)):
        twin(name).check_layers([*form.content_layers, *form.style_layers])
        for layers in (form.content_layers, form.style_layers):
            assert sum(layers.values()) == pytest.approx(1)


def test_a_judge_has_a_twin_and_is_another_network():
    assert set(JUDGES) == set(CATALOG)
    assert all(judge in MINI and judge != name for name, judge in JUDGES.items())


@pytest.mark.parametrize("name", [name for name in MINI if name in LOCAL])
def test_strides_round_as_the_catalog_says(name):
    backbone, sides = twin(name), (97, 110)
    shapes = backbone._cut(backbone.layers).compute_output_shape((1, *sides, 3))
    for layer in (each for each in backbone.layers if not each.endswith("_pad")):
        stride = backbone.strides[layer]
        expected = [-(-side // stride) if LOCAL[name] else side // stride for side in sides]
        assert list(shapes[layer][1:3]) == expected, layer
