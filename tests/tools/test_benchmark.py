"""The benchmark compares like with like."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from nst_utils.networks.loading import load_backbone


@pytest.fixture(scope="module")
def benchmark():
    path = Path(__file__).parents[2] / "tools" / "benchmark.py"
    spec = importlib.util.spec_from_file_location("benchmark", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_both_sides_minimize_the_same_loss(benchmark, tiny_content, tiny_style):
    network = load_backbone("vgg19", "mini-random", pooling="max")
    baseline = benchmark.Tutorial(tiny_content, tiny_style, network.model)
    run = benchmark.ours(tiny_content, tiny_style, 64, "mini-random", "float32")
    at_start = next(scale for scale in run.scales if (scale.height, scale.width) == tiny_content.shape[:2])
    run._descent.scales = [at_start._replace(steps=1)]
    run._descent.state.picture = tiny_content
    run.advance()
    baseline.advance()
    assert baseline.loss == pytest.approx(baseline.loss_of(tiny_content), rel=1e-4)
    assert run.losses["total"] == pytest.approx(baseline.loss, rel=1e-4)


def test_the_report_holds_every_figure(benchmark):
    machine = {
        "processor": "a processor",
        "class": "AVX2",
        "cores": 2,
        "matrix_product_gflops": 80.0,
        "tensorflow": "2.21.0",
        "keras": "3.15.1",
        "date": "2026-01-01",
    }
    figures = {
        "memory": {"machine": machine, "rows": [{"size": 512, "tutorial_mb": 1500.25, "ratio": 0.654321}]},
        "start": {"machine": machine, "painting_seconds": 12.345, "painting_range": [11.0, 14.0]},
    }
    text = benchmark.report(figures)
    for figure in ("| 512 | 1500 | 0.654 |", "12.3", "11 to 14", "a processor", "80 GFLOP/s"):
        assert figure in text
    assert "(a)" not in text


def test_multiply_adds_agree_with_the_published_count(benchmark):
    network = load_backbone("vgg19", "mini-random").model
    per_pixel = benchmark.multiply_adds(network, "block5_conv1", (64, 64)) / 64**2
    assert per_pixel == pytest.approx(361e3 / 16, rel=0.03)


def test_a_picture_is_enlarged_to_the_size_that_is_measured(benchmark):
    assert benchmark.resized_to(np.zeros((30, 40, 3), np.float32), 80).shape == (60, 80, 3)


def test_a_process_measures_itself_with_a_picture_in_tiles(benchmark):
    figures = benchmark.child_main("ours", size=96, weights="mini-random", steps=1, preset=None, tile=64)
    assert figures["step_seconds"] > 0
    assert figures["peak_mb"] > 100


def test_tiles_are_measured_beside_the_whole_at_every_size(benchmark, monkeypatch):
    asked = []

    def child(side, **options):
        asked.append((side, options["weights"], options["size"], options["tile"], options["preset"]))
        return {"peak_mb": float(options["tile"]), "step_seconds": 0.5}

    monkeypatch.setattr(benchmark, "child", child)
    rows = benchmark.tiles(None)["rows"]
    assert {("ours", "mini", 2048, 512, None), ("ours", "random", 2048, 512, None)} <= set(asked)
    for row in rows:
        assert (row["whole_peak_mb"], row["tiles_peak_mb"]) == (row["size"], benchmark.TILE)


def test_a_painting_is_timed_twice(benchmark):
    seconds = benchmark.paint_twice(backbone="vgg16", size=64, steps=8, weights="mini")
    assert set(seconds) == {"first_seconds", "next_seconds"}
    assert min(seconds.values()) > 0
