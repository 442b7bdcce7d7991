"""How each claim of the studies is decided: from the tables to comparisons, from which `findings` draws the verdict.

Networks are compared at equal operating points (see `nst_utils.study.comparison`), and the unit is the pair of
pictures, with all its seeds. Only NumPy and SciPy compute here, so that every machine reads the same verdict off the
same table. `store` writes the verdicts beside the tables, where the package reads them.
"""

import functools
import itertools
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas

from nst_utils.base.errors import SettingError
from nst_utils.base.files import written_whole
from nst_utils.images.gallery import pictures
from nst_utils.study import claims
from nst_utils.study.chance import means_by, permutation_test, predictability, variance_shares
from nst_utils.study.claims import PREDICTORS, Finding, Verdict, pair_outcomes
from nst_utils.study.comparison import NotReachedError, compare, median_interval, value_at
from nst_utils.study.tables import rows_of
from tools.claims.findings import LEVEL, decided, finding, following

if TYPE_CHECKING:
    from pandas import DataFrame

NO_WORSE = 0.02  # of edge correlation or style gap closed: less is not seen with the eye
SPELLED = {
    "vgg16": "VGG16",
    "vgg19": "VGG19",
    "resnet50": "ResNet50",
    "vgg19+resnet50": "the mix",
    "held_out_gap_closed": "held-out gap closed",
    "held_out_content_distance": "held-out content distance",
}
ALONE, ZERO, STUDY = "the network's alone", "with layer zero", "ResNet50's of study 3"
FROM_CONTENT = f"{ALONE} from the content"
SMOOTHED = f"{FROM_CONTENT} and smoothed"
BLOCKS = (  # variant, size, and what it says of layers and start
    ("features", 96, ALONE),
    ("features", 160, ALONE),
    ("from content", 160, FROM_CONTENT),
    ("smoothed", 160, SMOOTHED),
    ("default", 160, ZERO),
)


# What can be asked -------------------------------------------------------------------------------------------------


def verdict(claim: str, folder: str | Path | None = None) -> Verdict:
    """The verdict on one claim, decided from the tables in a folder; default: those of the package."""
    if claim not in VERDICTS:
        raise SettingError(f"There is no claim {claim!r}; the claims are {', '.join(VERDICTS)}.")
    decide, names = VERDICTS[claim]
    return replace(decide(functools.partial(claims.claims, folder=folder)), tables=names)


def verdicts(folder: str | Path | None = None) -> list[Verdict]:
    """The verdicts on all claims."""
    return [verdict(claim, folder) for claim in VERDICTS]


def store(found: Iterable[Verdict], folder: Path) -> Path:
    """Write the verdicts beside the tables that they were decided from; null stands for NaN."""
    path = folder / claims.VERDICTS
    with written_whole(path) as beside:
        beside.write_text(json.dumps(_without_nan([*map(asdict, found)]), indent=1) + "\n", encoding="utf-8")
    return path


def _without_nan(value):
    if isinstance(value, dict):
        return {name: _without_nan(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(inner) for inner in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def only(table: "DataFrame", **values) -> "DataFrame":
    """The rows that have these values in these columns."""
    for name, value in values.items():
        table = table[table[name] == value]
    return table


# Architecture ------------------------------------------------------------------------------------------------------


def _compared(
    table: "DataFrame",
    first: str,
    second: str,
    at: str,
    measure: str,
    claimed: int,
    where: Mapping,
    over: str = "backbone",
) -> Finding:
    """Two networks at an equal operating point, first less second."""
    name = f"{_spelled(measure)} at equal {'edges' if at == 'edge_correlation' else 'style'}"
    if over == "backbone":
        where = {"networks": f"{_spelled(first)} less {_spelled(second)}", **where}
    try:
        found = compare(table, over=over, values=(first, second), at=at, measures=[measure], level=LEVEL)
    except NotReachedError:
        return finding(name, claimed, math.nan, where=where)
    (told,) = rows_of(found.summary)
    return finding(name, claimed, told["difference"], told["low"], told["high"], told["pairs"], where)


def _spelled(name: str) -> str:
    return SPELLED.get(name, name.replace("_", " "))


def _architecture(
    rows: "DataFrame", rivals: Iterable[tuple[str, str]], at: str, measures: Mapping[str, int]
) -> list[Finding]:
    """Pairs of networks in every block of the table by every measure."""
    return [
        _compared(only(rows, variant=variant, size=size), first, second, at, measure, claimed, _where(size, layers))
        for first, second in rivals
        for measure, claimed in measures.items()
        for variant, size, layers in BLOCKS
    ]


def _where(size: int, layers: str) -> dict[str, str]:
    return {"size": f"{size} px", "layers": layers}


STYLE_TAKEN = {"style_gap_closed": 1, "palette_distance": -1, "held_out_gap_closed": 1}
CURVES = (
    "Each network paints 12 pairs of pictures (8 at 160 px) along three content weights, three seeds each. On each "
    "network's own curve the"
)
EQUAL_EDGES = f"{CURVES} style is read off where both keep the same edges of the content."
EQUAL_STYLE = f"{CURVES} measure is read off where both have closed the same share of the style gap."


def _a1(tables) -> Verdict:
    rows = tables("architecture")
    rivals = [("vgg16", "resnet50"), ("vgg19", "resnet50")]
    findings = _architecture(rows, rivals, "edge_correlation", STYLE_TAKEN)
    study = pandas.concat([only(rows, variant="features", size=160, backbone="vgg19"), only(rows, variant="study")])
    where = _where(160, STUDY)
    findings += [
        _compared(study, "vgg19", "resnet50", "edge_correlation", measure, claimed, where)
        for measure, claimed in STYLE_TAKEN.items()
    ]
    return following(
        "A1",
        "VGG16 and VGG19 catch style far better than ResNet50",
        "study 1",
        EQUAL_EDGES,
        findings,
        "ResNet50 paints with the last sums of its stages (the layers of SWAG's code without the deepest); once more "
        "with the layers that study 3 names.",
    )


def _a2(tables) -> Verdict:
    findings = _architecture(tables("architecture"), [("vgg16", "vgg19")], "edge_correlation", STYLE_TAKEN)
    return following(
        "A2",
        "VGG16 catches exact style elements better than VGG19",
        "study 1",
        EQUAL_EDGES,
        findings,
        '"Exact elements" are taken as patches and colors of the style. All differences are small: '
        f"{max(abs(finding.median) for finding in findings):.3f} at most.",
    )


def _a3(tables) -> Verdict:
    smooth = {"high_frequency_energy": -1, "total_variation": -1}
    findings = _architecture(tables("architecture"), [("vgg19", "vgg16")], "style_gap_closed", smooth)
    return following("A3", "VGG19 gives smoother pictures than VGG16", "study 1", EQUAL_STYLE, findings)


def _a4(tables) -> Verdict:
    kept = {"edge_correlation": 1, "structural_similarity": 1, "held_out_content_distance": -1}
    rivals = [("resnet50", "vgg16"), ("resnet50", "vgg19")]
    findings = _architecture(tables("architecture"), rivals, "style_gap_closed", kept)
    return following(
        "A4",
        "ResNet50 keeps the content better",
        "study 1",
        EQUAL_STYLE,
        findings,
        "At equal operating points this is A1 read from the other side: who gives more style at equal edges also keeps "
        "more edges at equal style. A network can look as if it kept content better only because it was asked for "
        "less style.",
    )


def _a5(tables) -> Verdict:
    oil = {"orientation_coherence": 1, "fine_share": -1}
    rivals = [("resnet50", "vgg16"), ("resnet50", "vgg19")]
    findings = _architecture(tables("architecture"), rivals, "style_gap_closed", oil)
    return following(
        "A5",
        "ResNet pictures look like oil, VGG pictures like crayon or watercolor",
        "study 1",
        f"{EQUAL_STYLE} Oil is read as strokes that run in parallel (orientation coherence) with little of the finest "
        "grain (fine share), crayon as the reverse.",
        findings,
        "That these two measures mean oil or crayon is an interpretation: no measure knows what oil looks like.",
    )


def _a6(tables) -> Verdict:
    rows = tables("architecture")
    mixed = pandas.concat([only(rows, variant="features", size=160), only(rows, variant="mixed")])
    where = _where(160, ALONE)
    findings = [
        _compared(mixed, "vgg19+resnet50", alone, "edge_correlation", measure, claimed, where)
        for alone in ("vgg19", "resnet50")
        for measure, claimed in STYLE_TAKEN.items()
        if len(only(rows, variant="mixed"))
    ]
    return following(
        "A6",
        "A mix of VGG and ResNet layers would be interesting",
        "study 1, as an idea",
        "Half of the style layers' weight goes to VGG19 and half to ResNet50, the content is held by both. "
        f'"Interesting" is read as: more style than either alone. {EQUAL_EDGES}',
        findings,
    )


def _r2(tables) -> Verdict:
    findings = _architecture(tables("architecture"), [("vgg19", "resnet50")], "edge_correlation", STYLE_TAKEN)
    return Verdict(
        "R2",
        'VGG19 is more appealing than ResNet50, which is "quite subjective"',
        "study 3",
        f"Nothing here measures appeal. What can be measured is A1's half of it: {EQUAL_EDGES}",
        tuple(findings),
        f"depends on who looks; as far as style is appeal, it {_of_style(decided(findings))}",
        "A test would need people who choose between paintings without knowing which network made them.",
    )


def _of_style(words: str) -> str:
    return f"is {words}" if words.startswith("not decided") else words


# Content against style, and the way there --------------------------------------------------------------------------


def _b1(tables) -> Verdict:
    findings = []
    rows = tables("architecture")
    for network, (variant, size, layers) in itertools.product(("vgg16", "vgg19", "resnet50"), BLOCKS):
        inside = only(rows, variant=variant, size=size, backbone=network, status="done")
        for measure, claimed in {"edge_correlation": 1, "style_gap_closed": -1}.items():
            name = f"{_spelled(measure)}, heaviest less lightest content"
            where = {"network": _spelled(network), **_where(size, layers)}
            findings.append(_change(inside, "content_weight", measure, name, claimed, where))
    return following(
        "B1",
        "More content weight keeps structure and loses style, and the reverse",
        "study 1",
        "The same pairs and seeds with the lightest and the heaviest of three content weights, "
        "the difference of each pair.",
        findings,
    )


def _change(rows: "DataFrame", along: str, measure: str, name: str, claimed: int, where: Mapping) -> Finding:
    """A measure at the largest value of a setting less that at the smallest, pair by pair and seed by seed."""
    ends = min(rows[along]), max(rows[along])
    low, high = ({_run(row): row[measure] for row in rows_of(only(rows, **{along: end}))} for end in ends)
    return _paired(high, low, name, claimed, where)


def _run(row: Mapping) -> tuple:
    return row["content"], row["style"], row["seed"]


def _paired(first: Mapping, second: Mapping, name: str, claimed: int, where: Mapping, margin: float = 0.0) -> Finding:
    """First less second (plus a margin) of runs with the same pictures and seed."""
    runs = [run for run in first if run in second]
    pairs = [run[:2] for run in runs]
    differences = [first[run] - second[run] + margin for run in runs]
    if not runs:
        return finding(name, claimed, math.nan, where=where)
    return finding(name, claimed, *median_interval(differences, pairs, level=LEVEL), len(set(pairs)), where)


def _r1(tables) -> Verdict:
    rows = tables("refinement")
    steps = sorted(set(rows["step"]))
    first, early, middle, last = steps[0], 50, 100, steps[-1]
    at = {step: {_run(row): row for row in rows_of(only(rows, step=step))} for step in steps}

    def done(measure: str, step: int) -> dict:
        """Which share of its whole way a measure has gone by a step."""
        return {
            run: (at[first][run][measure] - at[step][run][measure]) / (at[first][run][measure] - at[last][run][measure])
            for run in at[first]
        }

    def values(measure: str, step: int) -> dict:
        return {run: row[measure] for run, row in at[step].items()}

    findings = [
        _paired(
            done("loss_total", early),
            done("way_left", early),
            f"share of the loss's fall by step {early}, less the share of the picture's way",
            1,
            {},
        )
    ]
    for measure, claimed in {"high_frequency_energy": -1, "style_gap_closed": 1, "edge_correlation": 1}.items():
        name = f"{_spelled(measure)}, step {last} less step {middle}"
        findings.append(_paired(values(measure, last), values(measure, middle), name, claimed, {}))
    return following(
        "R1",
        "The loss falls fast, but the picture still refines for many iterations",
        "study 3",
        f"VGG19 at 160 px, {last} steps in one scale, 6 pairs, three seeds. The picture's way is its mean "
        f"absolute distance to what it is after {last} steps.",
        findings,
        "Adam's step shrinks as the run goes on, so part of the refinement is the noise of its steps settling.",
    )


# Which pictures ----------------------------------------------------------------------------------------------------


def kinds() -> dict[str, str]:
    """Natural, urban or drawn: what each named picture is, by the registry.

    >>> kinds()["harbor"]
    'urban'
    """
    return {record.name: record.kind for record in pictures()}


def _c1(tables) -> Verdict:
    rows, kind = only(tables("pairs"), status="done"), kinds()
    findings = []
    for measure, claimed in {
        "edge_correlation": 1,
        "structural_similarity": 1,
        "held_out_content_distance": -1,
    }.items():
        kept = means_by(rows, measure, "content")
        for rival in ("urban", "drawn"):
            chosen = {name: value for name, value in kept.items() if kind[name] in ("natural", rival)}
            difference, p = permutation_test(list(chosen.values()), [kind[name] == "natural" for name in chosen])
            name = f"{_spelled(measure)}, natural less the others"
            findings.append(finding(name, claimed, difference, units=len(chosen), where={"rival": rival}, p=p))
    return following(
        "C1",
        "Natural pictures lose less content than urban or animated ones",
        "study 1",
        "Four contents of each kind in all styles but themselves, VGG19 at 128 px, one setting, three seeds. The unit "
        "is the content picture: mean over its styles and seeds, and an exact permutation test over which contents are "
        "called natural.",
        findings,
        "Four pictures of a kind are few: only a large difference can be seen, and another four may differ.",
    )


OUTCOMES = ("style_gap_closed", "edge_correlation", "held_out_gap_closed")


def _c2(tables) -> Verdict:
    rows, predictors = tables("pairs"), tables("predictors")
    findings, told = [], []
    for measure in OUTCOMES:
        shares = variance_shares(only(rows, status="done"), measure)
        pairs = len(means_by(rows, measure, "content", "style"))
        where = {"half": "pairs differ", "outcome": _spelled(measure)}
        findings.append(finding("share of the variance", 1, shares["pairing"], units=pairs, where=where, p=shares["p"]))
        told.append(
            f"{_spelled(measure)}: content {shares['content']:.2f}, style {shares['style']:.2f}, "
            f"pairing {shares['pairing']:.2f}, seed {shares['seed']:.2f}"
        )
    for measure in OUTCOMES:
        power, p = predictability(*pair_outcomes(rows, predictors, measure))
        where = {"half": "there is no logic", "outcome": _spelled(measure)}
        p = p if power > 0 else 1.0  # what predicts worse than the mean is no logic, whatever chance would do
        findings.append(finding("Q2 of a prediction", -1, power, units=len(predictors), where=where, p=p))
    return following(
        "C2",
        'Some pairings work better than others, with "no logic"',
        "study 1",
        "Every content in every style, VGG19 at 128 px, one setting, three seeds. That pairs differ is tested by the "
        "variance that neither content nor style alone accounts for, against that of the seeds. The logic would be a "
        f"prediction from what can be measured before painting ({', '.join(map(_spelled, PREDICTORS))}), for pairs of "
        "which neither content nor style was seen; its p-value comes from exchanging whole contents and styles.",
        findings,
        f"Shares of the variance: {'; '.join(told)}. That no predictor is found does not prove that there is none.",
    )


# Resolution --------------------------------------------------------------------------------------------------------


def _halves(rows: "DataFrame") -> Iterable[tuple[int, str, "DataFrame"]]:
    """By size of the painting, the name of its variant with a content of half the pixels, and its rows."""
    return [(size, f"content {size // 2}", only(rows, size=size, status="done")) for size in (128, 256)]


def _setting(rows: "DataFrame") -> float:
    """The content weight that all variants have in common: that of the blurred contents."""
    return only(rows, variant="blurred")["content_weight"].iloc[0]


def _d1(tables) -> Verdict:
    findings, changes = [], []
    for size, half, rows in _halves(tables("resolution")):
        weight = _setting(rows)
        plain = only(rows, variant="as it is", content_weight=weight)
        for share, variant in {"half": half, "a quarter": f"content {size // 4}"}.items():
            shown = only(rows, variant=variant, content_weight=weight)
            for measure in ("high_frequency_energy", "total_variation"):
                first, second = ({_run(row): row[measure] for row in rows_of(part)} for part in (shown, plain))
                where = {"size": f"{size} px", "pixels": f"{share} of them", "setting": "equal weights"}
                findings.append(_paired(first, second, _spelled(measure), -1, where))
                changes.append(abs(findings[-1].median) / np.median([*second.values()]))
        if len(set(only(rows, variant="as it is")["content_weight"])) == 1:  # no curve along which to compare
            continue
        for measure in ("high_frequency_energy", "total_variation"):
            where = {"size": f"{size} px", "pixels": "half of them", "setting": "equal style"}
            found = _compared(rows, half, "as it is", "style_gap_closed", measure, -1, where, over="variant")
            findings.append(replace(found, measure=_spelled(measure)))
    return following(
        "D1",
        "A content picture of low resolution gives a smoother result",
        "study 1",
        "6 pairs, three seeds, VGG19. A content of half or a quarter of the painting's pixels a side is enlarged to "
        "its size and painted; everything else is equal, and at 128 px once more at equal style.",
        findings,
        f"The effect is small: at equal weights the medians change by {min(changes):.1%} to "
        f"{max(changes):.1%} of what the plain paintings have. Most of the grain is the style's.",
    )


def _d2(tables) -> Verdict:
    findings = []
    for size, half, rows in _halves(tables("resolution")):
        weight = _setting(rows)
        rows = only(rows, content_weight=weight)
        plain, coarse, blurred = (
            {_run(row): row for row in rows_of(only(rows, variant=variant))}
            for variant in ("as it is", half, "blurred")
        )
        smoother = rows_of(rows[rows["variant"].isin(["as it is", "tv"])])
        curves = {run: [row for row in smoother if _run(row) == run] for run in plain}
        heaviest = {run: max(curve, key=lambda row: row["tv_weight"]) for run, curve in curves.items()}
        grain = {
            way: {run: row["high_frequency_energy"] for run, row in those.items()}
            for way, those in {"coarse": coarse, "blurred": blurred, "tv": heaviest}.items()
        }
        for way, told in {"blurred": "a blurred content", "tv": "more total variation weight"}.items():
            where = {"size": f"{size} px", "way": told}
            name = "high frequency energy, less that of a coarse content"
            findings.append(_paired(grain[way], grain["coarse"], name, -1, where))
        for measure in ("edge_correlation", "style_gap_closed"):
            at_equal = {}
            for run, curve in curves.items():
                x, y = ([row[column] for row in curve] for column in ("high_frequency_energy", measure))
                try:
                    at_equal[run] = value_at(x, y, coarse[run]["high_frequency_energy"])
                except NotReachedError:
                    continue
            name = f"{_spelled(measure)} at equal grain, less that of a coarse content, plus {NO_WORSE}"
            reference = {run: row[measure] for run, row in coarse.items()}
            where = {"size": f"{size} px", "way": "more total variation weight"}
            findings.append(_paired(at_equal, reference, name, 1, where, margin=NO_WORSE))
    return following(
        "D2",
        "Smoothing or blurring as regularization could do what a coarse content does",
        "study 1, as an idea",
        "The content blurred a little (Gaussian of 1 px), or total variation weighted 2 and 4 times, against a "
        "content of half the pixels. Do they make it as smooth? And where total variation makes it just as smooth, "
        f"does it keep as many edges of the sharp content and as much style (to within {NO_WORSE})?",
        findings,
    )


# Smoothing residual networks ---------------------------------------------------------------------------------------


def _s1(tables) -> Verdict:
    rows = tables("smoothing")
    findings = []
    kinds = list(dict.fromkeys(rows["weights"]))
    for network, kind, rival in itertools.product(("resnet50", "vgg19"), kinds, ("plain", "reweighted")):
        inside = only(rows, backbone=network, weights=kind)
        trained = "random" if "random" in kind else "trained"
        where = {"network": _spelled(network), "weights": trained, "rival": f"softmax less {rival}"}
        findings.append(
            _compared(inside, "softmax", rival, "edge_correlation", "style_gap_closed", 1, where, over="variant")
        )
    return following(
        "S1",
        "Softmax smoothing lets ResNet50 take on more style, on random weights as well",
        "Wang, Li, Vasconcelos, CVPR 2021 (SWAG); of interest to A1",
        "6 pairs at 96 px, three content weights, three seeds: features as they are, under a softmax over all channels "
        "and positions (in content and style), or with the deep style layers weighted a thousandth, as in the public "
        "code of that paper. Style is read off where both keep the same edges.",
        findings,
        "With random weights the activations of a residual network grow from stage to stage, into the thousands at its "
        "end, since its sums only add. A softmax of such numbers is all in one place, and hardly anything of a style "
        "is left in it.",
    )


VERDICTS = {  # how each claim is decided, and the tables that it is decided on
    "A1": (_a1, ("architecture",)),
    "A2": (_a2, ("architecture",)),
    "A3": (_a3, ("architecture",)),
    "A4": (_a4, ("architecture",)),
    "A5": (_a5, ("architecture",)),
    "A6": (_a6, ("architecture",)),
    "S1": (_s1, ("smoothing",)),
    "B1": (_b1, ("architecture",)),
    "C1": (_c1, ("pairs",)),
    "C2": (_c2, ("pairs", "predictors")),
    "D1": (_d1, ("resolution",)),
    "D2": (_d2, ("resolution",)),
    "R1": (_r1, ("refinement",)),
    "R2": (_r2, ("architecture",)),
}
