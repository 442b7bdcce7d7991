"""The experiments behind the claims: whole tables, what is kept of them, and a report that says so."""

import argparse
import functools
import itertools
import re
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import nst_utils as nst
from nst_utils import metrics
from nst_utils.base.files import DATA
from nst_utils.images.arrays import fit
from nst_utils.study import job
from nst_utils.study.chance import means_by
from nst_utils.study.claims import PREDICTORS, TABLES
from nst_utils.study.tables import rows_of, write_table
from tools.claims import experiments as planned
from tools.claims import measuring as making
from tools.claims import report as reporting
from tools.claims.comparisons import only
from tools.claims.pairs import kinds
from tools.claims.verdicts import VERDICTS, store, verdicts

DOCS = reporting.ROOT / "docs"
SEEDS = (0, 1, 2)


# What is committed -------------------------------------------------------------------------------------------------


def expected(part: planned.Part) -> set[tuple]:
    """The runs of a part: its pictures, seeds and every combination of the settings that it varies."""
    tried = {name: value for name, value in part.settings.items() if name in ("content_weight", "tv_weight")}
    values = [[(name, value) for value in np.atleast_1d(values)] for name, values in tried.items()]
    return {
        (part.variant, part.backbone, part.settings["weights"], part.size, content, style, seed, *varied)
        for content, style, seed in itertools.product(part.contents, part.styles, SEEDS)
        for varied in itertools.product(*values)
    }


@pytest.mark.parametrize("name", ["architecture", "smoothing", "pairs", "resolution"])
def test_every_run_of_an_experiment_is_in_its_table_and_done(name):
    table = nst.claims(name)
    assert set(table["status"]) == {"done"}
    found = []
    for part in getattr(planned, name)("scratch"):
        tried = [name for name in part.settings if name in ("content_weight", "tv_weight")]
        runs = expected(part)
        columns = ("variant", "backbone", "weights", "size", "content", "style", "seed")
        mine = [
            (*(row[column] for column in columns), *((name, row[name]) for name in tried))
            for row in rows_of(only(table, variant=part.variant, backbone=part.backbone, size=part.size))
        ]
        assert runs <= set(mine)
        found += runs
    assert len(table) == len(found) == len(set(found))


def test_the_small_tables_are_whole():
    refined = {(row["content"], row["style"], row["seed"], row["step"]) for row in rows_of(nst.claims("refinement"))}
    pairs = itertools.product(planned.FEWER["contents"], planned.FEWER["styles"], SEEDS, planned.REFINED)
    assert refined == set(pairs)
    known, painted = (
        set(zip(each["content"], each["style"], strict=True)) for each in map(nst.claims, ("predictors", "pairs"))
    )
    assert known == painted


@pytest.mark.parametrize("name", TABLES)
def test_tables_have_the_measures_in_their_ranges(name):
    table = nst.claims(name)
    measures = making.MEASURES if name != "predictors" else PREDICTORS
    assert np.isfinite(table[list(measures)].to_numpy()).all()
    if name != "predictors":
        assert max(table["style_gap_closed"]) <= 1 and max(table["held_out_gap_closed"]) <= 1
        assert min(table["edge_correlation"]) >= -1 and max(table["edge_correlation"]) <= 1
        assert min(table["fine_share"]) > 0 and max(table["orientation_coherence"]) < 1


def test_seeds_are_different_runs():
    rows = rows_of(nst.claims("pairs"))
    spread = means_by(rows, "style_gap_closed", "content", "style")
    assert sum(row["style_gap_closed"] != spread[row["content"], row["style"]] for row in rows) > 0.9 * len(rows)


def test_the_tables_are_small_and_name_no_path():
    files = [DATA / "claims" / f"{name}.csv" for name in TABLES]
    assert {path.name for path in (DATA / "claims").iterdir()} == {"verdicts.json", *(path.name for path in files)}
    assert sum(path.stat().st_size for path in files) < 1_000_000
    assert not any("/" in path.read_text(encoding="utf-8").replace("vgg19/", "") for path in files)


def test_a_table_is_written_in_few_digits_and_read_back(tmp_path):
    row = {"variant": "features", "seed": 0, "picture": "out/a.png", "style_gap_closed": 1 / 3, "status": "done"}
    path = making.kept_table("pairs", [row], tmp_path)
    assert rows_of(nst.claims("pairs", tmp_path)) == [
        {"variant": "features", "seed": 0, "status": "done", "style_gap_closed": 0.33333}
    ]
    assert path.read_text().count("\n") == 2


@pytest.mark.parametrize("name", TABLES)
def test_a_table_that_is_read_and_written_is_the_same_file(tmp_path, name):
    path = write_table(nst.claims(name), tmp_path / "table.csv")
    assert path.read_bytes() == (DATA / "claims" / f"{name}.csv").read_bytes()


@pytest.fixture(scope="module")
def found():
    return verdicts()


def test_the_stored_verdicts_are_those_that_the_tables_give(found):
    for one in found:
        kept = nst.verdict(one.id)
        assert str(kept) == str(one)
        assert {**asdict(kept), "findings": ()} == {**asdict(one), "findings": ()}
        for ours, decided in zip(kept.findings, one.findings, strict=True):
            numbers = ([each.median, each.low, each.high, each.p or 0] for each in (ours, decided))
            np.testing.assert_allclose(*numbers, rtol=1e-6, atol=1e-9)
            assert (ours.side, ours.units, ours.where, ours.claimed) == (
                decided.side,
                decided.units,
                decided.where,
                decided.claimed,
            )


def test_stored_verdicts_come_back_as_they_were(found, tmp_path):
    store(found, tmp_path)
    assert [repr(nst.verdict(one.id, tmp_path)) for one in found] == [repr(one) for one in found]
    assert nst.claims(folder=tmp_path)["verdict"].tolist() == [one.verdict for one in found]


def test_the_report_says_what_the_tables_say(found):
    assert reporting.page(found, DATA / "claims", DOCS, "scratch") == (DOCS / "claims.md").read_text(encoding="utf-8")


def test_every_claim_of_the_studies_has_its_section_figure_and_verdict(found):
    text = (DOCS / "claims.md").read_text(encoding="utf-8")
    claimed = ["A1", "A2", "A3", "A4", "A5", "A6", "B1", "C1", "C2", "D1", "D2", "R1", "R2"]
    assert set(claimed) <= {one.id for one in found} == set(VERDICTS)
    for one in found:
        assert f"\n## {one.id}\n" in text and f"\n**Verdict: {one.verdict}.**\n" in text
        assert one.verdict.startswith(("holds", "does not hold", "not decided", "depends on "))
        assert len(one.findings) >= 4


def test_the_figures_of_the_report_are_there_and_small():
    named = re.findall(r"\]\((claims/[\w.]+)\)", (DOCS / "claims.md").read_text(encoding="utf-8"))
    assert {Path(name).name for name in named} == {path.name for path in (DOCS / "claims").iterdir()}
    for name in named:
        assert (DOCS / name).stat().st_size < {".png": 300_000, ".jpg": reporting.SHEET_BYTES}[Path(name).suffix]
        with Image.open(DOCS / name) as opened:
            assert opened.format == {".png": "PNG", ".jpg": "JPEG"}[Path(name).suffix]


def test_a_figure_holds_every_interval_of_its_claim(found):
    for one in found:
        axes = reporting.figure_of(one).axes
        assert sum(len(place.get_yticks()) for place in axes) == len(one.findings)
        assert {place.get_title(loc="left") for place in axes} == {finding.measure for finding in one.findings}


def test_there_are_as_many_contents_of_each_kind():
    assert sorted(kinds()[name] for name in planned.ALL_CONTENTS) == 4 * ["drawn"] + 4 * ["natural"] + 4 * ["urban"]


# How it is made ----------------------------------------------------------------------------------------------------


def part(**shown):
    settings = {"weights": "mini-random", "content_weight": [0.5]}
    return planned.Part("trial", ("harbor",), ("swirls",), "vgg16", 64, settings, shown)


def test_a_coarse_content_keeps_its_size_and_loses_detail_alone():
    (plain,), (coarse,), (blurred,) = (
        planned.shown_pictures(part(**shown))[0].values() for shown in ({}, {"content": 32}, {"blur": 1.0})
    )
    assert plain.shape == coarse.shape == blurred.shape
    for smooth in (coarse, blurred):
        assert metrics.fine_share(smooth) < 0.7 * metrics.fine_share(plain)
        assert np.abs(smooth.mean(axis=(0, 1)) - plain.mean(axis=(0, 1))).max() < 0.01


def test_a_style_of_more_pixels_is_cut_to_its_middle_and_one_of_fewer_stays_small():
    (large,), (small,) = (planned.shown_pictures(part(style=side))[1].values() for side in (128, 32))
    whole = fit(nst.picture("swirls"), 128)
    top, left = ((whole.shape[k] - large.shape[k]) // 2 for k in (0, 1))
    np.testing.assert_array_equal(large, whole[top : top + 64, left : left + 64])
    assert max(small.shape) == 32


def test_resnet_paints_with_the_layers_that_the_report_names():
    *shallow, deepest = nst.PRESETS["swag"].style_layers
    assert planned.PRESET_LAYERS["resnet50"] == (*shallow, deepest)
    assert list(planned.style_layers("resnet50", "mini-random")) == shallow
    (study,) = (part for part in planned.architecture("mini-random") if part.variant == "study")
    assert study.settings["style_layers"] == [list(nst.PRESETS["resnet-study"].style_layers)]
    assert not set(shallow) & set(nst.PRESETS["resnet-study"].style_layers)


def test_a_start_is_the_same_for_all_contents_and_another_for_each_seed():
    first, again, other = (making.faint_noise(seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).mean() > 0.05
    assert np.abs(first - 0.5).max() <= 0.15


def test_an_experiment_paints_measures_and_goes_on_where_it_was(tmp_path, monkeypatch):
    monkeypatch.setattr(making, "STEPS", 2)
    features_and_layers = (lambda pictures: {"colors": pictures}, ["colors"], ["colors"])
    monkeypatch.setattr(making, "judging", lambda imagenet: features_and_layers)  # the judge itself takes long to load
    options = argparse.Namespace(weights="mini-random", trial=True, processes=1, progress=False)
    make = functools.partial(making.swept, lambda weights: iter([part(content=32)]), tmp_path / "trial", options)
    (row,) = make()
    assert row["status"] == "done" and row["variant"] == "trial"
    sharp, style = nst.picture("harbor", 64), nst.picture("swirls", 64)
    painting = nst.picture(row["picture"])
    assert row["edge_correlation"] == metrics.edge_correlation(painting, sharp)
    assert row["palette_distance"] == metrics.palette_distance(painting, style)
    monkeypatch.setattr(job, "stylize", None)
    monkeypatch.setattr(making, "measures_of", None)
    assert make() == [row]
