"""The claims of the studies that this course grew from: what was measured of each, and the verdict on it.

A reader of ``data/claims``: tables of paintings, and the verdicts that follow from them. Both are written by
``tools/claims``, which paints, measures and decides; here nothing is decided.
"""

import functools
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nst_utils.base.errors import NSTError, SettingError
from nst_utils.base.files import DATA
from nst_utils.study.chance import means_by
from nst_utils.study.tables import read_table, rows_of, table_of

if TYPE_CHECKING:
    from pandas import DataFrame

TABLES = {
    "architecture": "VGG16, VGG19, ResNet50 and two of them mixed, along three content weights, at two sizes",
    "smoothing": "softmax, weighting down and neither, with VGG19 and ResNet50, on trained and random weights",
    "pairs": "every content in every style, one setting",
    "predictors": "what can be measured of a pair of pictures before anything is painted",
    "resolution": "contents and styles shown at other resolutions, and other ways to a smooth painting",
    "refinement": "paintings on their way, after up to 400 steps",
}
VERDICTS = "verdicts.json"  # beside the tables
PREDICTORS = ("palette_distance", "patch_distance", "spectrum_difference", "orientation_distance", "gram_distance")


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
    side : for, against or undecided
    """

    measure: str
    claimed: int
    median: float
    low: float = math.nan
    high: float = math.nan
    units: int = 0
    where: Mapping[str, str] = field(default_factory=dict)
    p: float | None = None
    side: str = "undecided"

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
        value = "nothing to compare" if math.isnan(self.median) else f"{self.median:+.3f} ({self.spread})"
        return f"{self.measure}{f', {self.place}' if self.where else ''}: {value}, n = {self.units}: {self.side}"


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

    @property
    def figures(self) -> str:
        """The findings in words, one a line."""
        return "\n".join(map(str, self.findings))

    def __str__(self) -> str:
        return f"{self.id}. {self.statement}\n{self.verdict}\n{self.figures}"


def claims(name: str | None = None, folder: str | Path | None = None) -> "DataFrame":
    """All claims with their verdicts, or the table of one experiment that they rest on.

    Parameters
    ----------
    name : str
        One of `TABLES`; without it, the claims.
    folder : path
        Where the tables lie; default: those of the package.

    Returns
    -------
    pandas.DataFrame
        A row a claim; or a row a painting (of "refinement": a row for each look at one; of "predictors": a row a pair
        of pictures).

    Examples
    --------
    >>> claims()["claim"].tolist()[:3], claims("pairs")["content"].nunique()
    (['A1', 'A2', 'A3'], 12)
    """
    folder = Path(folder or DATA / "claims")
    if name is None:
        return table_of(
            {"claim": v.id, "statement": v.statement, "source": v.source, "verdict": v.verdict}
            for v in _verdicts(folder).values()
        )
    if name not in TABLES:
        raise SettingError(f"There is no table {name!r}; the tables are {', '.join(TABLES)}.")
    return _read(name, folder).copy()


def verdict(claim: str, folder: str | Path | None = None) -> Verdict:
    """The verdict on one claim, as "A1".

    Examples
    --------
    >>> verdict("A1").statement
    'VGG16 and VGG19 catch style far better than ResNet50'
    """
    found = _verdicts(Path(folder or DATA / "claims"))
    if claim not in found:
        raise SettingError(f"There is no claim {claim!r}; the claims are {', '.join(found)}.")
    return found[claim]


def pair_outcomes(
    pairs: "DataFrame", predictors: "DataFrame", measure: str
) -> tuple[np.ndarray, np.ndarray, list, list]:
    """The outcome of each pair (mean over its seeds), its predictors (n, k), its content and its style."""
    outcome = means_by(pairs[pairs["status"] == "done"], measure, "content", "style")
    known = {(row["content"], row["style"]): [row[name] for name in PREDICTORS] for row in rows_of(predictors)}
    contents, styles = zip(*outcome, strict=True)
    return np.array(list(outcome.values())), np.array([known[pair] for pair in outcome]), [*contents], [*styles]


@functools.lru_cache(maxsize=16)
def _read(name: str, folder: Path) -> "DataFrame":
    return read_table(folder / f"{name}.csv")


@functools.lru_cache(maxsize=4)
def _verdicts(folder: Path) -> dict[str, Verdict]:
    """The verdicts that are stored beside the tables."""
    try:
        stored = json.loads((folder / VERDICTS).read_text(encoding="utf-8"))
        return {entry["id"]: _verdict(entry) for entry in stored}
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise NSTError(f"{folder / VERDICTS} holds no verdicts that can be read: {error}.") from None


def _verdict(entry: dict) -> Verdict:
    """A verdict from what JSON holds of it, where null stands for NaN."""
    findings = [
        Finding(**{**finding, **{name: math.nan for name in ("median", "low", "high") if finding[name] is None}})
        for finding in entry["findings"]
    ]
    return Verdict(**{**entry, "findings": tuple(findings), "tables": tuple(entry["tables"])})
