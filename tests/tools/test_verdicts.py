"""The claims: whole tables, verdicts that follow from them, and a report that says so."""

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
from nst_utils.base.errors import SettingError
from nst_utils.base.files import DATA
from nst_utils.images.arrays import fit
from nst_utils.study import job
from nst_utils.study.chance import means_by
from nst_utils.study.claims import PREDICTORS, TABLES
from nst_utils.study.tables import rows_of, table_of, write_table
from tools.claims import experiments as planned
from tools.claims import measuring as making
from tools.claims import report as reporting
from tools.claims.verdicts import VERDICTS, kinds, only, store, verdict, verdicts

DOCS = reporting.ROOT / "docs"
WEIGHTS = (0.05, 0.4, 3.0)
SEEDS = (0, 1, 2)
PAIRS = [(f"content {c}", f"style {s}") for c, s in itertools.product(range(4), range(3))]


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
    for part in getattr(planned, name)("mini"):
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
    assert reporting.page(found, DATA / "claims", DOCS, "mini") == (DOCS / "claims.md").read_text(encoding="utf-8")


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


# Tables of known truth ---------------------------------------------------------------------------------------------


def curve(rng, lift=0.0, noise=0.002, pairs=PAIRS, along=WEIGHTS, **about):
    """Runs along a trade-off: edges for style as the content weight rises; ``lift`` is style that costs no edges."""
    rows = []
    for (content, style), seed, place in itertools.product(pairs, SEEDS, range(len(along))):
        kept = 0.2 + 0.25 * place + 0.02 * int(content[-1])
        taken = 0.9 - kept + lift
        measures = {
            "style_gap_closed": taken,
            "palette_distance": 0.2 - 0.1 * taken,
            "held_out_gap_closed": taken / 2,
            "edge_correlation": kept,
            "structural_similarity": kept / 2,
            "held_out_content_distance": 1 - kept / 3,
            "high_frequency_energy": 0.2 - 0.1 * lift,
            "total_variation": 0.1 - 0.1 * lift,
            "orientation_coherence": 0.5 - lift,
            "fine_share": 0.4 + lift,
        }
        noisy = {name: value + rng.normal(0, noise) for name, value in measures.items()}
        rows.append(
            {**about, "content": content, "style": style, "seed": seed, "content_weight": along[place]}
            | {"status": "done", **noisy}
        )
    return rows


def architecture(lifts, noise=0.002, seed=0):
    """What the architecture would have measured if the networks had these lifts, by name or by (name, variant)."""
    rng = np.random.default_rng(seed)
    rows = []
    blocks = (("features", 96), ("features", 160), ("from content", 160), ("smoothed", 160), ("default", 160))
    for variant, size in blocks:
        for network in ("vgg16", "vgg19", "resnet50"):
            lift = lifts.get((network, variant), lifts.get(network, 0.0))
            rows += curve(rng, lift, noise, variant=variant, size=size, backbone=network)
    lift = lifts.get("resnet50", 0.0)
    rows += curve(rng, lift, noise, variant="study", size=160, backbone="resnet50")
    lift = lifts.get("mix", 0.0)
    rows += curve(rng, lift, noise, variant="mixed", size=160, backbone="vgg19+resnet50")
    return rows


def in_folder(folder: Path, **tables) -> Path:
    for name, rows in tables.items():
        write_table(table_of(rows), folder / f"{name}.csv")
    return folder


UP = {"vgg16": 0.12, "vgg19": 0.08, "resnet50": 0.0, "mix": 0.2}
DOWN = {"vgg16": 0.0, "vgg19": 0.04, "resnet50": 0.12, "mix": -0.1}


@pytest.fixture(scope="module")
def of_networks(tmp_path_factory):
    """The verdict on a claim where the networks have the lifts of `UP`; each is decided once."""
    folder = in_folder(tmp_path_factory.mktemp("up"), architecture=architecture(UP))
    return functools.cache(lambda claim: verdict(claim, folder))


@pytest.mark.parametrize("claim", ["A1", "A2", "A6", "B1"])
def test_a_claim_that_is_true_by_construction_holds(of_networks, claim):
    assert of_networks(claim).verdict == "holds"


@pytest.mark.parametrize("claim", ["A1", "A2", "A6"])
def test_a_claim_whose_reverse_is_true_does_not_hold(tmp_path, claim):
    folder = in_folder(tmp_path, architecture=architecture(DOWN))
    assert verdict(claim, folder).verdict == "does not hold"


def test_what_no_network_does_better_is_not_decided(tmp_path):
    folder = in_folder(tmp_path, architecture=architecture({}, noise=0.05))
    found = {claim: verdict(claim, folder) for claim in ("A1", "A2", "A3", "A5")}
    sides = [finding.side for one in found.values() for finding in one.findings]
    assert sides.count("undecided") > 0.8 * len(sides)  # at 95 % a few of many are decided by chance
    assert found["A2"].verdict.startswith("not decided")


def test_a_claim_that_is_true_without_layer_zero_alone_depends_on_the_layers(tmp_path):
    lifts = {("vgg16", variant): 0.1 for variant in ("features", "from content", "smoothed")}
    lifts["vgg16", "default"] = -0.1
    folder = in_folder(tmp_path, architecture=architecture(lifts))
    decision = verdict("A2", folder).verdict
    alone = ", ".join(
        f"the network's alone{start}" for start in ("", " from the content", " from the content and smoothed")
    )
    assert decision.startswith(f"depends on the layers: holds for {alone}; does not hold for with layer zero")


def test_more_style_at_equal_edges_is_more_edges_at_equal_style(of_networks):
    assert (of_networks("A1").verdict, of_networks("A4").verdict) == ("holds", "does not hold")


def test_networks_that_share_no_operating_point_are_not_decided(tmp_path):
    rows = [
        {**row, "edge_correlation": row["edge_correlation"] + 5 * (row["backbone"] == "vgg16")}
        for row in architecture(UP)
    ]
    found = verdict("A2", in_folder(tmp_path, architecture=rows))
    assert found.verdict == "not decided"
    assert {finding.units for finding in found.findings} == {0}


def test_failed_runs_are_no_evidence(tmp_path):
    rows = [
        {**row, "status": "failed", "style_gap_closed": None} if row["seed"] == 2 else row for row in architecture(UP)
    ]
    assert verdict("A1", in_folder(tmp_path, architecture=rows)).verdict == "holds"


def smoothing(lift, noise=0.002):
    """What the smoothing would have measured if the softmax had this lift, on every network and weights."""
    rng, rows = np.random.default_rng(0), []
    for network, kind, variant in itertools.product(
        ("resnet50", "vgg19"), ("mini", "mini-random"), ("plain", "softmax", "reweighted")
    ):
        rows += curve(
            rng,
            lift * (variant == "softmax"),
            noise,
            PAIRS[:6],
            backbone=network,
            weights=kind,
            variant=variant,
            size=96,
        )
    return rows


@pytest.mark.parametrize(("lift", "expected"), [(0.1, "holds"), (-0.1, "does not hold")])
def test_softmax_is_judged_by_what_it_lifts(tmp_path, lift, expected):
    assert verdict("S1", in_folder(tmp_path, smoothing=smoothing(lift))).verdict == expected


def pairs(natural=0.0, style_gap=lambda content, style: 0.5, noise=0.002, seed=0):
    """What the pairs would have measured: natural contents keep so much more, and the style gap by a rule."""
    rng, rows, kind = np.random.default_rng(seed), [], kinds()
    for part in planned.pairs("mini"):
        for content, style, number in itertools.product(part.contents, part.styles, SEEDS):
            kept = 0.4 + natural * (kind[content] == "natural")
            measures = {
                "edge_correlation": kept,
                "structural_similarity": kept / 2,
                "held_out_content_distance": 1 - kept,
                "style_gap_closed": style_gap(content, style),
                "held_out_gap_closed": style_gap(content, style) / 2,
            }
            noisy = {name: value + rng.normal(0, noise) for name, value in measures.items()}
            rows.append({"content": content, "style": style, "seed": number, "status": "done", **noisy})
    return rows


@pytest.mark.parametrize(("natural", "expected"), [(0.2, "holds"), (-0.2, "does not hold")])
def test_natural_contents_are_judged_by_what_they_keep(tmp_path, natural, expected):
    assert verdict("C1", in_folder(tmp_path, pairs=pairs(natural))).verdict == expected


def predictors(seed=1):
    """Candidates that differ from pair to pair, by content and by style."""
    rng, table = np.random.default_rng(seed), []
    for part in planned.pairs("mini"):
        for content, style in itertools.product(part.contents, part.styles):
            measured = dict(zip(PREDICTORS, rng.random(len(PREDICTORS)), strict=True))
            table.append({"content": content, "style": style, **measured})
    return table


def test_a_logic_of_pairs_is_found_where_there_is_one(tmp_path):
    known = {(row["content"], row["style"]): row["palette_distance"] for row in predictors()}
    rows = pairs(style_gap=lambda content, style: 0.4 + 0.3 * known[content, style], noise=0.01)
    rows = [{**row, "edge_correlation": row["style_gap_closed"]} for row in rows]
    found = verdict("C2", in_folder(tmp_path, pairs=rows, predictors=predictors()))
    assert found.verdict == "depends on the half: holds for pairs differ; does not hold for there is no logic"


def test_no_logic_is_found_where_pairs_are_drawn_by_lot(tmp_path):
    rng = np.random.default_rng(5)
    lot = {(row["content"], row["style"]): rng.random() for row in predictors()}
    rows = pairs(style_gap=lambda content, style: lot[content, style], noise=0.01)
    rows = [{**row, "edge_correlation": row["style_gap_closed"]} for row in rows]
    found = verdict("C2", in_folder(tmp_path, pairs=rows, predictors=predictors()))
    assert found.verdict == "depends on the half: holds for pairs differ; not decided for there is no logic"


def resolution(coarse=-0.02, tv=-0.02, cost=0.0, noise=0.0005):
    """What the resolution would have measured: the grain that a coarse content and each doubling of TV change."""
    rng, rows = np.random.default_rng(0), []
    for size, doublings in itertools.product((128, 256), (0, 1, 2)):
        along = (0.5, 2.0, 8.0)
        for row in curve(rng, 0, noise, PAIRS[:6], along, backbone="vgg19", size=size, tv_weight=2.0**doublings):
            once = {f"content {size // 4}": 2 * coarse, "blurred": 2 * tv}
            variants = {"as it is": 0, f"content {size // 2}": coarse, **once}
            for variant, change in ({"tv": doublings * tv} if doublings else variants).items():
                if row["content_weight"] == 2.0 or (size == 128 and not doublings and variant not in once):
                    grain = {name: row[name] + change for name in ("high_frequency_energy", "total_variation")}
                    edges = row["edge_correlation"] - cost * (variant == "tv")
                    rows.append({**row, "variant": variant, **grain, "edge_correlation": edges})
    return rows


@pytest.mark.parametrize(("coarse", "expected"), [(-0.02, "holds"), (0.02, "does not hold")])
def test_a_coarse_content_is_judged_by_its_grain(tmp_path, coarse, expected):
    assert verdict("D1", in_folder(tmp_path, resolution=resolution(coarse))).verdict == expected


def test_smoothing_can_replace_a_coarse_content_where_it_costs_nothing(tmp_path):
    assert verdict("D2", in_folder(tmp_path, resolution=resolution())).verdict == "holds"


def test_smoothing_cannot_where_it_costs_edges(tmp_path):
    found = verdict("D2", in_folder(tmp_path, resolution=resolution(cost=0.2)))
    lost = {finding.side for finding in found.findings if finding.measure.startswith("edge correlation")}
    assert lost == {"against"}
    assert found.verdict.startswith("depends on")


def test_smoothing_cannot_where_it_does_not_smooth_enough(tmp_path):
    found = verdict("D2", in_folder(tmp_path, resolution=resolution(tv=-0.001)))
    assert {finding.side for finding in found.findings if "less that of" in finding.measure} <= {"against", "undecided"}


def refinement(late: bool, noise=0.001):
    """A loss that has fallen by step 50, and a picture that gets better until the end, or is ahead and gets worse."""
    rng, rows = np.random.default_rng(0), []
    for (content, style), seed in itertools.product(PAIRS[:6], SEEDS):
        for step in planned.REFINED:
            to_go = 1 - step / max(planned.REFINED)
            better = to_go if late else -to_go
            measures = {
                "loss_total": 1 / step,
                "way_left": to_go if late else 1 / step**2,
                "high_frequency_energy": 0.2 + 0.1 * better,
                "style_gap_closed": 0.5 - 0.2 * better,
                "edge_correlation": 0.5 - 0.2 * better,
            }
            noisy = {name: value + rng.normal(0, noise) for name, value in measures.items()}
            rows.append({"content": content, "style": style, "seed": seed, "step": step, "status": "done", **noisy})
    return rows


@pytest.mark.parametrize(("late", "expected"), [(True, "holds"), (False, "does not hold")])
def test_refining_is_judged_by_what_comes_after_the_loss(tmp_path, late, expected):
    assert verdict("R1", in_folder(tmp_path, refinement=refinement(late))).verdict == expected


def test_appeal_is_never_decided_by_numbers(of_networks):
    assert of_networks("R2").verdict.startswith("depends on who looks")


def test_a_claim_that_nobody_made_is_answered_with_those_there_are():
    with pytest.raises(SettingError, match="There is no claim 'Z9'; the claims are A1, "):
        verdict("Z9")
