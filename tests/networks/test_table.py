"""The table of what there is."""

import subprocess
import sys
from pathlib import Path

from small_networks import drawn, twin

import nst_utils
from nst_utils.networks import weights as weights_module
from nst_utils.networks.catalog import PREPROCESSING
from nst_utils.networks.table import backbones


def test_the_table_counts_what_the_networks_have():
    for row in backbones():
        network = drawn(row.name) if row.width == 1 else twin(row.name)
        assert network.model.count_params() == row.parameters


def test_the_table_shows_what_is_there_offline(tmp_path, monkeypatch):
    (tmp_path / "backbones").mkdir()
    (tmp_path / "models").mkdir()
    monkeypatch.setattr(weights_module, "DATA", tmp_path)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    assert {row.offline for row in backbones()} == {("mini-random",), ("random",)}
    (tmp_path / "backbones" / "mini_vgg19.npz").touch()
    usual = "weights_tf_dim_ordering_tf_kernels"
    for file in (f"vgg16_{usual}_notop.h5", "efficientnetb0_notop.h5"):
        (tmp_path / "models" / file).touch()
    for file in (f"resnet50v2_{usual}_notop.h5", f"vgg19_{usual}.h5"):  # of another network; with a classifier
        (tmp_path / "models" / file).touch()
    found = {kind: [row.name for row in backbones() if kind in row.offline] for kind in ("mini", "imagenet")}
    assert found == {"mini": ["vgg19"], "imagenet": ["vgg16", "efficientnet_b0"]}


def test_the_table_prints_and_shows_every_network_without_tensorflow():
    code = (
        "import sys, nst_utils as nst; table = nst.backbones(); print(table); print(table._repr_html_());"
        "assert not {'tensorflow', 'keras'} & set(sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(nst_utils.__file__).parents[1]
    )
    assert run.returncode == 0, run.stderr
    text, page = run.stdout.split("<table>")
    for name in PREPROCESSING:
        assert name in text
        assert name in page
