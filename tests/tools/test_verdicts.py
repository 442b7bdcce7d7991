"""The verdicts on the claims: on tables of known truth, each claim that is true holds and its reverse does not."""

import functools
import itertools
from pathlib import Path

import numpy as np
import pytest

from nst_utils.base.errors import SettingError
from nst_utils.study.claims import PREDICTORS
from nst_utils.study.tables import table_of, write_table
from tools.claims import experiments as planned
from tools.claims.pairs import kinds
from tools.claims.verdicts import verdict

WEIGHTS = (0.05, 0.4, 3.0)
SEEDS = (0, 1, 2)
PAIRS = [(f"content {c}", f"style {s}") for c, s in itertools.product(range(4), range(3))]


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
        ("resnet50", "vgg19"), ("scratch", "mini-random"), ("plain", "softmax", "reweighted")
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
    for part in planned.pairs("scratch"):
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
    for part in planned.pairs("scratch"):
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
