"""Fair comparisons: two networks at an equal operating point of their trade-offs, never at equal raw weights.

Takes a table of runs along a trade-off (as `sweep` makes it) and gives another. A content weight of .3 means
one thing to VGG19 and another to ResNet50: at equal weights one keeps more content and the other takes on more style,
which says nothing of either. Here each network's own curve is followed to the point where both have reached the same,
for instance half of the style gap closed, and what they differ in is read off there.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nst_utils.base.errors import SettingError
from nst_utils.study.tables import rows_of, table_of

if TYPE_CHECKING:
    from pandas import DataFrame

BY = ("content", "style", "seed", "size")
MEASURES = ("palette_distance", "edge_correlation", "structural_similarity", "high_frequency_energy")


@dataclass(frozen=True)
class Comparison:
    """What `compare` found; shows its summary.

    Attributes
    ----------
    summary : one row a measure, with medians and the interval of the difference
    rows : one row for each pair of pictures, seed and measure
    left_out : the pairs and seeds that could not be compared, each with its reason
    """

    summary: "DataFrame"
    rows: "DataFrame"
    left_out: "DataFrame"

    def __str__(self) -> str:
        return "\n".join([self.summary.to_string(), *self._warning()])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return self.summary._repr_html_() + "".join(f"<p>{line}</p>" for line in self._warning())

    def _warning(self) -> list[str]:
        return [f"{len(self.left_out)} could not be compared; .left_out says why"] if len(self.left_out) else []


def compare(
    table: "DataFrame",
    *,
    over: str = "backbone",
    values: Sequence | None = None,
    at: str = "style_gap_closed",
    point: float | None = None,
    measures: Sequence[str] | None = None,
    along: str = "content_weight",
    by: Sequence[str] = BY,
    level: float = 0.95,
    seed: int = 0,
) -> Comparison:
    """Two networks (or two values of another column) compared at an equal operating point.

    For each pair of pictures and each seed, each of the two has a curve: its rows in the order of ``along``. On each
    curve the place is found where ``at`` equals ``point``, and the measures are read off there, both by linear
    interpolation between neighboring rows (see `value_at`). Nothing is extrapolated: where one of the curves does not
    reach the point, the pair and seed are left out and listed.

    Parameters
    ----------
    table : pandas.DataFrame
        With a row a run; rows whose "status" is not done are ignored.
    over, values
        The column that tells the two apart, and its two values; default: the only two it has.
    at, point : str and float
        The measure that is made equal, and its value; default: for each pair and seed the middle of what both curves
        reach.
    measures
        Columns that are compared; default: those of `MEASURES` but for ``at``, as far as the table has them.
    along : str
        The setting whose values make a curve.
    by
        Columns that are equal within one comparison, as far as the table has them.
    level : float
        Of the intervals.
    seed : int
        Of their random draws.

    Returns
    -------
    Comparison
        In ``rows``: the columns of ``by``, "measure", ``at``, the two values under their names and their "difference",
        first minus second. In ``summary``, for each measure: the two medians, the median "difference" with the interval
        from "low" to "high" (see `median_interval`; the pairs are resampled, each with all its seeds), the share of
        comparisons in which the first is "larger", and how many "pairs" and "comparisons" there are.

    Examples
    --------
    Two networks with one trade-off between style and edges, which they walk at different weights:

    >>> rows = [
    ...     {"backbone": name, "content_weight": w, "style_gap_closed": w * pace, "edge_correlation": 1 - w * pace}
    ...     for name, pace in {"vgg19": 0.25, "resnet50": 0.125}.items()
    ...     for w in (1, 2, 4)
    ... ]
    >>> found = compare(table_of(rows), point=0.375)
    >>> found.rows["vgg19"].tolist(), found.rows["resnet50"].tolist()
    ([0.625], [0.625])
    """
    if "status" in table.columns:
        table = table[table["status"] == "done"]
    by = [name for name in by if name in table.columns and name not in (over, along)]
    measures = [m for m in MEASURES if m != at and m in table.columns] if measures is None else list(measures)
    for name in (over, along, at, *measures):
        if name not in table.columns:
            raise SettingError(f"There is no column {name!r}; the columns are {', '.join(table.columns)}.")
    first, second = _compared_values(table, over, values)
    rows, left_out = [], []
    for place, inside in _groups(rows_of(table[[*by, over, along, at, *measures]]), by).items():
        where = dict(zip(by, place, strict=True))
        try:
            curves = {value: _curve(inside, over, value, along) for value in (first, second)}
            common = _common_point(curves, at) if point is None else point
            rows += [{**where, **_difference(curves, at, common, measure)} for measure in measures]
        except NotReachedError as error:
            left_out.append({**where, "reason": str(error)})
    if not rows:
        raise NotReachedError(
            f"Nothing can be compared. {left_out[0]['reason'] if left_out else 'The table is empty.'}"
        )
    unit = [name for name in by if name != "seed"]
    names = str(first), str(second)
    summary = [_summary(_groups(rows, ["measure"])[m,], m, at, names, unit, level, seed) for m in measures]
    return Comparison(table_of(summary), table_of(rows), table_of(left_out))


class NotReachedError(SettingError):
    """A curve that does not reach the operating point."""


def value_at(x: Sequence[float], y: Sequence[float], point: float, name: str = "x") -> float:
    """The ``y`` of a curve where its ``x`` is ``point``, by linear interpolation between neighboring points.

    The points are in the order of the curve, for instance of rising content weight; ``x`` may rise or fall. Where the
    curve passes the point several times, as measures with a little noise do, it is the mean of all passages. Points
    with NaN are left out.

    Raises
    ------
    NotReachedError
        Where the curve does not pass the point: nothing is extrapolated.

    Examples
    --------
    >>> value_at([0.25, 0.5, 1.0], [1.0, 0.5, 0.25], 0.75)
    0.375
    >>> value_at([0.25, 0.5, 1.0], [1.0, 0.5, 0.25], 1.25, "style_gap_closed")
    Traceback (most recent call last):
    ...
    nst_utils.study.comparison.NotReachedError: style_gap_closed goes from 0.25 to 1 and is never 1.25; ...
    """
    known = [(a, b) for a, b in zip(x, y, strict=True) if not (_is_nan(a) or _is_nan(b))]
    passages = {}  # by the place on the curve, so that a point between two pieces counts once
    for k, ((x0, y0), (x1, y1)) in enumerate(itertools.pairwise(known)):
        if x0 == x1 == point:
            passages |= {k: y0, k + 1: y1}
        elif min(x0, x1) <= point <= max(x0, x1):
            share = (point - x0) / (x1 - x0)
            passages[k + share] = (1 - share) * y0 + share * y1
    if not passages:
        ends = [a for a, _ in known]
        reached = f"goes from {min(ends):.3g} to {max(ends):.3g}" if known else "is not known"
        raise NotReachedError(
            f"{name} {reached} and is never {point:.3g}; nothing is extrapolated. Take another point or further runs."
        )
    return float(np.mean(list(passages.values())))


def median_interval(
    values: Sequence[float], units: Sequence | None = None, *, level: float = 0.95, seed: int = 0
) -> tuple[float, float, float]:
    """The median of some values, and the bootstrap interval around it.

    Parameters
    ----------
    values
        Numbers, NaN left out.
    units
        What each value belongs to, for instance its pair of pictures. Values of one unit are drawn together, since they
        are no independent observations; with a single unit, or none given, each value is drawn alone.
    level, seed
        Coverage of the interval, and the seed of the draws.

    Returns
    -------
    median, low, high
        The interval holds the share ``level`` of the medians of 9999 resamples (percentile bootstrap). With a single
        value low and high are NaN: one observation tells nothing of the spread.

    References
    ----------
    Efron, Tibshirani, "An Introduction to the Bootstrap", 1993; Davison, Hinkley, "Bootstrap Methods and their
    Application", 1997, section 3.8 for units; drawn by `scipy.stats.bootstrap`.

    Examples
    --------
    >>> median_interval([3.0, 3.0, 3.0])
    (3.0, 3.0, 3.0)
    """
    from scipy.stats import bootstrap

    units = range(len(values)) if units is None or len(set(units)) == 1 else units
    together: dict = {}
    for value, unit in zip(values, units, strict=True):
        if not _is_nan(value):
            together.setdefault(unit, []).append(value)
    drawn = list(together.values())
    if not drawn:
        return (math.nan,) * 3
    median = float(np.median(list(itertools.chain(*drawn))))
    if len(drawn) == 1:
        return median, math.nan, math.nan

    most = max(map(len, drawn))
    padded = np.array([[*of_unit, *[math.nan] * (most - len(of_unit))] for of_unit in drawn])
    middle = np.nanmedian if np.isnan(padded).any() else np.median  # the second is faster

    def median_of(picked, axis):
        return middle(padded[picked], axis=(-2, -1))

    interval = bootstrap(
        (np.arange(len(drawn)),),
        median_of,
        vectorized=True,
        batch=500,
        method="percentile",
        confidence_level=level,
        random_state=np.random.default_rng(seed),
    ).confidence_interval
    return median, float(interval.low), float(interval.high)


# Parts -----------------------------------------------------------------------------------------------------------


def _compared_values(table: "DataFrame", over: str, values: Sequence | None) -> tuple:
    there = list(table[over].unique())
    values = there if values is None else list(values)
    if len(values) != 2 or values[0] == values[1] or any(value not in there for value in values):
        raise SettingError(f"values is {values}; give two of {over}: {', '.join(map(str, there))}.")
    return tuple(values)


def _groups(rows: list[dict], by: Sequence[str]) -> dict[tuple, list[dict]]:
    """The rows by their values in these columns."""
    found: dict[tuple, list] = {}
    for row in rows:
        found.setdefault(tuple(row[name] for name in by), []).append(row)
    return found


def _curve(rows: list[dict], over: str, value, along: str) -> list[dict]:
    """The rows of one network in the order of the trade-off."""
    mine = [row for row in rows if row[over] == value]
    if len(mine) < 2:
        raise NotReachedError(f"{over} {value} has {len(mine)} runs along {along}; a curve needs 2.")
    ordered = sorted(mine, key=lambda row: row[along])
    for before, after in itertools.pairwise(ordered):
        if before[along] == after[along]:
            raise SettingError(
                f"{over} {value} has two runs with {along} {after[along]}: name in by the columns that tell them "
                "apart, or take a part of the table."
            )
    return ordered


def _common_point(curves: dict, at: str) -> float:
    """The middle of what both curves reach."""
    known = {name: [row[at] for row in curve if not _is_nan(row[at])] for name, curve in curves.items()}
    if not all(known.values()):
        raise NotReachedError(
            f"{at} is not known of {' and '.join(str(n) for n, values in known.items() if not values)}."
        )
    low, high = max(min(values) for values in known.values()), min(max(values) for values in known.values())
    if low > high:
        ranges = " and ".join(f"from {min(values):.3g} to {max(values):.3g} with {n}" for n, values in known.items())
        raise NotReachedError(f"{at} goes {ranges}: they have no value in common, and nothing is extrapolated.")
    return (low + high) / 2


def _difference(curves: dict, at: str, point: float, measure: str) -> dict:
    """A measure of both where they are at the point, and what they differ by."""
    values = {
        str(name): value_at([row[at] for row in curve], [row[measure] for row in curve], point, f"{at} of {name}")
        for name, curve in curves.items()
    }
    one, other = values.values()
    return {"measure": measure, at: point, **values, "difference": one - other}


def _summary(rows: list[dict], measure: str, at: str, names: tuple, unit: list[str], level: float, seed: int) -> dict:
    pairs = [tuple(str(row[name]) for name in unit) for row in rows]
    apart = [row["difference"] for row in rows]
    median, low, high = median_interval(apart, pairs, level=level, seed=seed)
    return {
        "measure": measure,
        at: float(np.median([row[at] for row in rows])),
        **{name: float(np.nanmedian([row[name] for row in rows])) for name in names},
        "difference": median,
        "low": low,
        "high": high,
        "larger": float(np.mean(np.array(apart) > 0)),
        "pairs": len(set(pairs)),
        "comparisons": len(rows),
    }


def _is_nan(value) -> bool:
    return value is None or math.isnan(value)
