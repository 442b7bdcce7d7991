"""From comparisons to a verdict: each is for a claim, against it or undecided, and a claim holds if all are for it.

Floor 1. Whether a comparison is for a claim is decided by its interval: the whole of it lies on the claimed side of
zero (for), or on the other side (against), else it is undecided.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

LEVEL = 0.95
ALPHA = 1 - LEVEL
FEWEST = 4  # pairs of pictures; with fewer nothing is decided


@dataclass(frozen=True)
class Finding:
    """One comparison: a median with its interval, or an effect with the p-value of a test, and what was claimed of it.

    Attributes
    ----------
    measure : what was measured, as "style gap closed at equal edges"
    claimed : 1 where the claim says that it is above 0, -1 where it says below
    median, low, high : with the bootstrap interval; low and high are NaN where ``p`` decides
    units : how many pairs of pictures (or pictures) it rests on
    where : what tells it from the other comparisons of the claim, by kind: networks, size, layers
    p : of a permutation test
    """

    measure: str
    claimed: int
    median: float
    low: float = math.nan
    high: float = math.nan
    units: int = 0
    where: Mapping[str, str] = field(default_factory=dict)
    p: float | None = None

    @property
    def side(self) -> str:
        """for, against or undecided.

        >>> Finding("edges", -1, -0.2, -0.3, -0.1, units=12).side, Finding("edges", 1, -0.2, -0.3, 0.1, units=12).side
        ('for', 'undecided')
        """
        if self.units < FEWEST or math.isnan(self.median):
            return "undecided"
        if self.p is not None:
            sign = 0 if self.p >= ALPHA else np.sign(self.median)
        else:
            sign = 1 if self.low > 0 else -1 if self.high < 0 else 0
        return {0: "undecided", self.claimed: "for"}.get(int(sign), "against")

    @property
    def place(self) -> str:
        """What tells it from the others, in words."""
        return ", ".join(self.where.values())

    @property
    def spread(self) -> str:
        """The interval, or the p-value."""
        if self.p is not None:
            return "p < 0.001" if self.p < 0.001 else f"p = {self.p:.3f}"
        return f"{self.low:+.3f} to {self.high:+.3f}"

    def __str__(self) -> str:
        told = "nothing to compare" if math.isnan(self.median) else f"{self.median:+.3f} ({self.spread})"
        return f"{self.measure}{f', {self.place}' if self.where else ''}: {told}, n = {self.units}: {self.side}"


@dataclass(frozen=True)
class Verdict:
    """A claim, how it was tested, what was found, and what follows.

    Attributes
    ----------
    id, statement, source : the claim, and which study made it
    tested : how
    findings : the comparisons that decide
    verdict : "holds", "does not hold", "not decided", or "depends on ..."
    remark : what else should be known, in plain words
    tables : the experiments that it rests on, names in `TABLES`
    """

    id: str
    statement: str
    source: str
    tested: str
    findings: tuple[Finding, ...]
    verdict: str
    remark: str = ""
    tables: tuple[str, ...] = ()

    @classmethod
    def following(
        cls, id: str, statement: str, source: str, tested: str, findings: Sequence[Finding], remark: str = ""
    ):
        """The verdict that `decided` draws from the findings."""
        return cls(id, statement, source, tested, tuple(findings), decided(findings), remark)

    @property
    def figures(self) -> str:
        """The findings in words, one a line."""
        return "\n".join(map(str, self.findings))

    def __str__(self) -> str:
        return f"{self.id}. {self.statement}\n{self.verdict}\n{self.figures}"


def decided(findings: Sequence[Finding]) -> str:
    """What follows from all comparisons of a claim.

    All for it: it holds; all against: it does not; all undecided: not decided. Where they differ and one kind of
    difference (the measure, the size, the layers, the network) tells all of them apart, it depends on that. Else they
    are counted: if none is against it, or none for it, what most of them say comes first; if some are for it and some
    against, it depends on several things.

    Examples
    --------
    >>> small, large = ({"size": size} for size in ("96 px", "160 px"))
    >>> decided([Finding("edges", 1, 0.2, 0.1, 0.3, 12, small), Finding("edges", 1, 0.1, -0.1, 0.3, 12, large)])
    'depends on the size: holds for 96 px; not decided for 160 px'
    """
    if not findings:
        return "not decided"
    words = {"for": "holds", "against": "does not hold", "undecided": "not decided"}
    sides = {finding.side for finding in findings}
    if len(sides) == 1:
        return words[sides.pop()]
    kinds = list(dict.fromkeys(kind for finding in findings for kind in finding.where))
    for kind in (*kinds, "measure"):
        groups: dict[str, set] = {}
        for finding in findings:
            value = finding.measure if kind == "measure" else finding.where.get(kind, "the rest")
            groups.setdefault(value, set()).add(finding.side)
        if all(len(inside) == 1 for inside in groups.values()):
            told = [
                f"{words[side]} for {', '.join(value for value, inside in groups.items() if side in inside)}"
                for side in words
                if any(side in inside for inside in groups.values())
            ]
            return f"depends on the {kind}: {'; '.join(told)}"
    counts = {side: sum(finding.side == side for finding in findings) for side in words}
    if not (counts["for"] and counts["against"]):
        most, fewest = sorted((side for side in words if counts[side]), key=counts.get, reverse=True)
        others = "the other" if counts[fewest] == 1 else "the others"
        return f"{words[most]} in {counts[most]} of {len(findings)} comparisons, {words[fewest]} in {others}"
    told = [f"{words[side]} in {count}" for side, count in counts.items() if count]
    return f"depends on more than one thing: of {len(findings)} comparisons it {', '.join(told)}"
