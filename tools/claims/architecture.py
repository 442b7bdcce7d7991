"""How the claims on architecture are decided: A1 to A6, and the half of R2 that can be measured."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import pandas

from nst_utils.study.claims import Finding, Verdict
from tools.claims.comparisons import ALONE, BLOCKS, STUDY, block, compared, only
from tools.claims.findings import decided, following

if TYPE_CHECKING:
    from pandas import DataFrame

STYLE_TAKEN = {"style_gap_closed": 1, "palette_distance": -1, "held_out_gap_closed": 1}
CURVES = (
    "Each network paints 12 pairs of pictures (8 at 160 px) along three content weights, three seeds each. On each "
    "network's own curve the"
)
EQUAL_EDGES = f"{CURVES} style is read off where both keep the same edges of the content."
EQUAL_STYLE = f"{CURVES} measure is read off where both have closed the same share of the style gap."


def _architecture(
    rows: "DataFrame", rivals: Iterable[tuple[str, str]], at: str, measures: Mapping[str, int]
) -> list[Finding]:
    """Pairs of networks in every block of the table by every measure."""
    return [
        compared(only(rows, variant=variant, size=size), first, second, at, measure, claimed, block(size, layers))
        for first, second in rivals
        for measure, claimed in measures.items()
        for variant, size, layers in BLOCKS
    ]


def a1(tables) -> Verdict:
    rows = tables("architecture")
    rivals = [("vgg16", "resnet50"), ("vgg19", "resnet50")]
    findings = _architecture(rows, rivals, "edge_correlation", STYLE_TAKEN)
    study = pandas.concat([only(rows, variant="features", size=160, backbone="vgg19"), only(rows, variant="study")])
    where = block(160, STUDY)
    findings += [
        compared(study, "vgg19", "resnet50", "edge_correlation", measure, claimed, where)
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


def a2(tables) -> Verdict:
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


def a3(tables) -> Verdict:
    smooth = {"high_frequency_energy": -1, "total_variation": -1}
    findings = _architecture(tables("architecture"), [("vgg19", "vgg16")], "style_gap_closed", smooth)
    return following("A3", "VGG19 gives smoother pictures than VGG16", "study 1", EQUAL_STYLE, findings)


def a4(tables) -> Verdict:
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


def a5(tables) -> Verdict:
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


def a6(tables) -> Verdict:
    rows = tables("architecture")
    mixed = pandas.concat([only(rows, variant="features", size=160), only(rows, variant="mixed")])
    where = block(160, ALONE)
    findings = [
        compared(mixed, "vgg19+resnet50", alone, "edge_correlation", measure, claimed, where)
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


def r2(tables) -> Verdict:
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
