"""From comparisons to a verdict: each is for a claim, against it or undecided, and a claim holds if all are for it.

Whether a comparison is for a claim is decided by its interval: the whole of it lies on the claimed side of zero (for),
or on the other side (against), else it is undecided.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from nst_utils.study.claims import Finding, Verdict

LEVEL = 0.95
ALPHA = 1 - LEVEL
FEWEST = 4  # pairs of pictures; with fewer nothing is decided


def finding(
    measure: str,
    claimed: int,
    median: float,
    low: float = math.nan,
    high: float = math.nan,
    units: int = 0,
    where: Mapping[str, str] | None = None,
    p: float | None = None,
) -> Finding:
    """A comparison, and which side it takes: for, against or undecided.

    >>> finding("edges", -1, -0.2, -0.3, -0.1, units=12).side, finding("edges", 1, -0.2, -0.3, 0.1, units=12).side
    ('for', 'undecided')
    """
    if units < FEWEST or math.isnan(median):
        sign = 0
    elif p is not None:
        sign = 0 if p >= ALPHA else int(np.sign(median))
    else:
        sign = 1 if low > 0 else -1 if high < 0 else 0
    side = {0: "undecided", claimed: "for"}.get(sign, "against")
    return Finding(measure, claimed, median, low, high, units, where or {}, p, side)


def following(
    id: str, statement: str, source: str, tested: str, findings: Sequence[Finding], remark: str = ""
) -> Verdict:
    """The verdict that `decided` draws from the findings."""
    return Verdict(id, statement, source, tested, tuple(findings), decided(findings), remark)


def decided(findings: Sequence[Finding]) -> str:
    """What follows from all comparisons of a claim.

    All for it: it holds; all against: it does not; all undecided: not decided. Where they differ and one kind of
    difference (the measure, the size, the layers, the network) tells all of them apart, it depends on that. Else they
    are counted: if none is against it, or none for it, what most of them say comes first; if some are for it and some
    against, it depends on several things.

    Examples
    --------
    >>> small, large = ({"size": size} for size in ("96 px", "160 px"))
    >>> decided([finding("edges", 1, 0.2, 0.1, 0.3, 12, small), finding("edges", 1, 0.1, -0.1, 0.3, 12, large)])
    'depends on the size: holds for 96 px; not decided for 160 px'
    """
    if not findings:
        return "not decided"
    words = {"for": "holds", "against": "does not hold", "undecided": "not decided"}
    sides = {each.side for each in findings}
    if len(sides) == 1:
        return words[sides.pop()]
    kinds = list(dict.fromkeys(kind for each in findings for kind in each.where))
    for kind in (*kinds, "measure"):
        groups: dict[str, set] = {}
        for each in findings:
            value = each.measure if kind == "measure" else each.where.get(kind, "the rest")
            groups.setdefault(value, set()).add(each.side)
        if all(len(inside) == 1 for inside in groups.values()):
            groups_in_words = [
                f"{words[side]} for {', '.join(value for value, inside in groups.items() if side in inside)}"
                for side in words
                if any(side in inside for inside in groups.values())
            ]
            return f"depends on the {kind}: {'; '.join(groups_in_words)}"
    counts = {side: sum(each.side == side for each in findings) for side in words}
    if not (counts["for"] and counts["against"]):
        most, fewest = sorted((side for side in words if counts[side]), key=counts.get, reverse=True)
        others = "the other" if counts[fewest] == 1 else "the others"
        return f"{words[most]} in {counts[most]} of {len(findings)} comparisons, {words[fewest]} in {others}"
    sides_in_words = [f"{words[side]} in {count}" for side, count in counts.items() if count]
    return f"depends on more than one thing: of {len(findings)} comparisons it {', '.join(sides_in_words)}"
