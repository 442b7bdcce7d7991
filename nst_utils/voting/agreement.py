"""Who agrees with whom: voters with themselves on repeats, voters with each other, measures with voters."""

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from nst_utils.base.errors import SettingError
from nst_utils.base.values import is_finite, shown

DRAWS = 999
OTHERS = "another voter"  # the row that measures are to be compared with


def voter_rows(rows: Sequence[Mapping], level: float) -> tuple[list[dict], tuple[float, float, float, int]]:
    """What is to be known of each voter, and how many repeats all of them answered alike: share, low, high, count.

    A repeat is answered alike if it names the same method, or the same. Its interval is Wilson's.

    Examples
    --------
    >>> first = {"voter": 1, "pair": "harbor", "left": "a", "right": "b", "answer": "left", "seconds": 2}
    >>> first["repeat"] = False
    >>> again = {**first, "left": "b", "right": "a", "answer": "right", "repeat": True}
    >>> about, alike = voter_rows([first, again], 0.95)
    >>> about[0]["repeats"], about[0]["alike"], about[0]["left"]
    (1, 1, 0.5)
    """
    by_voter: dict = {}
    for row in rows:
        by_voter.setdefault(row["voter"], []).append(row)
    table = []
    for voter, mine in by_voter.items():
        first = {_two(row): choice(row) for row in mine if not row["repeat"]}
        again = [first[_two(row)] == choice(row) for row in mine if row["repeat"] and _two(row) in first]
        decided = [row["answer"] for row in mine if row["answer"] != "same"]
        table.append(
            {
                "voter": voter,
                "votes": len(mine),
                "repeats": len(again),
                "alike": sum(again),
                "same": 1 - len(decided) / len(mine),
                "left": decided.count("left") / len(decided) if decided else math.nan,
                "seconds": float(np.median([row["seconds"] for row in mine])),
            }
        )
    alike, count = sum(row["alike"] for row in table), sum(row["repeats"] for row in table)
    return table, (alike / count if count else math.nan, *wilson(alike, count, level), count)


def agreement_rows(rows: Sequence[Mapping], measures: Mapping[str, Mapping], level: float, seed: int) -> list[dict]:
    """Of each measure, and of another voter, which share of the decided votes it orders alike.

    Ties are left out; where a measure has two paintings equal, half of the vote counts. Another voter is each of the
    others who decided between the same two paintings. Intervals draw voters and pairs independently and weight a vote
    by both (Owen, Eckles, "Bootstrapping Data Arrays of Arbitrary Order", Annals of Applied Statistics 6, 2012), with
    Student's t for the smaller number of both; they are never shorter than Wilson's, which takes votes as independent.
    """
    decided = [row for row in rows if row["answer"] != "same"]
    if not decided:
        return []
    if not isinstance(measures, Mapping) or not all(isinstance(one, Mapping) for one in measures.values()):
        raise SettingError(
            f"measures is {shown(measures)}; give a mapping of each measure's name to its numbers by painting: "
            '{"style kept": {("harbor in swirls", "vgg19"): 0.4, ...}}.'
        )
    found = {name: [_ordered_alike(name, numbers, row) for row in decided] for name, numbers in measures.items()}
    found[OTHERS] = _as_others(decided)
    return [{"measure": name, **_share(np.array(alike, float), decided, level, seed)} for name, alike in found.items()]


def choice(row: Mapping) -> str | None:
    """The method that a vote is for; None for a tie."""
    return None if row["answer"] == "same" else row[row["answer"]]


def wilson(hits: float, count: float, level: float) -> tuple[float, float]:
    """Wilson's interval of a share, 1927.

    Examples
    --------
    >>> [round(end, 2) for end in wilson(9, 10, 0.95)]
    [0.6, 0.98]
    """
    from scipy.stats import norm

    if not count:
        return math.nan, math.nan
    z, share = float(norm.ppf((1 + level) / 2)), hits / count
    middle = (share + z * z / 2 / count) / (1 + z * z / count)
    width = z * math.sqrt(share * (1 - share) / count + z * z / 4 / count**2) / (1 + z * z / count)
    return middle - width, middle + width


def _two(row: Mapping) -> tuple:
    """Which two paintings a vote is about, whatever their sides."""
    return row["pair"], *sorted((row["left"], row["right"]))


def _ordered_alike(name: str, numbers: Mapping, row: Mapping) -> float:
    """1 where a measure has the chosen painting above the other, 0 where below."""
    values = []
    for side in ("left", "right"):
        painting = row["pair"], row[side]
        if painting not in numbers or not is_finite(numbers[painting]):
            given = shown(numbers[painting]) if painting in numbers else "nothing"
            raise SettingError(f"measure {name} says {given} of {painting}; give a number for every painting.")
        values.append(float(numbers[painting]))
    left, right = values if row["answer"] == "left" else values[::-1]
    return 0.5 * (1 + np.sign(left - right))


def _as_others(decided: Sequence[Mapping]) -> list[float]:
    """Of each vote, the share of other voters who chose the same of the same two; NaN where there are none."""
    by_two: dict = {}
    for row in decided:
        by_two.setdefault(_two(row), []).append(row)
    shares = []
    for row in decided:
        others = [choice(one) == choice(row) for one in by_two[_two(row)] if one["voter"] != row["voter"]]
        shares.append(float(np.mean(others)) if others else math.nan)
    return shares


def _share(alike: np.ndarray, rows: Sequence[Mapping], level: float, seed: int) -> dict:
    """The mean of what is known, with its interval, and of how many votes."""
    known = ~np.isnan(alike)
    count = int(known.sum())
    if not count:
        return {"alike": math.nan, "low": math.nan, "high": math.nan, "votes": 0}
    kept = [row for row, there in zip(rows, known, strict=True) if there]
    low, high = share_interval(alike[known], [[row[unit] for row in kept] for unit in ("voter", "pair")], level, seed)
    return {"alike": float(alike[known].mean()), "low": low, "high": high, "votes": count}


def share_interval(
    hits: np.ndarray, units: Iterable[Sequence], level: float, seed: int, draws: int = DRAWS
) -> tuple[float, float]:
    """The interval of a mean over votes that belong to units of several kinds, as voters and pairs."""
    from scipy.stats import t

    rng = np.random.default_rng(seed)
    weights, fewest = np.ones((draws, len(hits))), math.inf
    for kind in units:
        _, place = np.unique(np.array([str(unit) for unit in kind]), return_inverse=True)
        several = int(place.max()) + 1
        if several > 1:
            drawn = rng.multinomial(several, np.full(several, 1 / several), size=draws)
            weights *= drawn[:, place]
            fewest = min(fewest, several)
    middle = float(np.mean(hits))
    low, high = wilson(middle * len(hits), len(hits), level)
    if fewest is math.inf:
        return low, high
    total = weights.sum(axis=1)
    means = (weights @ hits)[total > 0] / total[total > 0]
    width = float(t.ppf((1 + level) / 2, fewest - 1) * np.sqrt(fewest / (fewest - 1)) * np.std(means, ddof=1))
    return max(0.0, min(low, middle - width)), min(1.0, max(high, middle + width))
