"""What votes say: how strong each method is, and how sure that is.

Davidson's model with ties, fitted by Newton's method to many sets of counts at once, so that the bootstrap is one call.
"""

import itertools
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nst_utils.base.errors import SettingError
from nst_utils.base.threads import one_blas_thread
from nst_utils.base.values import chosen, shown
from nst_utils.plots import Figure, strengths
from nst_utils.study.tables import rows_of, table_of
from nst_utils.voting.agreement import agreement_rows, voter_rows
from nst_utils.voting.box import COLUMNS, checked_vote, votes
from nst_utils.voting.session import QUESTIONS

if TYPE_CHECKING:
    from pandas import DataFrame

PRIOR = 3.0  # standard deviation of log strengths: odds of 20 to 1 are nothing strange
STEPS, LARGEST_STEP, CLOSE = 60, 2.0, 1e-9  # of Newton's method
DRAWS = 999
UNITS = ("voter", "pair", "vote")


@dataclass(frozen=True)
class Ranking:
    """What `rank` found; shows its table.

    Attributes
    ----------
    question : what was asked
    table : a row a method, the strongest first: "method", "strength" with "low" and "high", the share of votes "won"
        (half of them for a tie), "votes"
    duels : a row for each two methods: "preferred" is how often the first is, in decided votes, with "low" and "high"
    agreement : a row a measure, and one for another voter; "alike" is the share of decided votes that it orders alike,
        with "low" and "high"; empty without measures
    voters : a row a voter: how many "votes" and "repeats", how many repeats were answered "alike", the shares of ties
        ("same") and, of decided votes, of "left", the median "seconds"
    over : what the intervals are over, in words
    level : how often such intervals hold what they are for
    repeats : of all voters: the share answered alike, low, high, and how many
    """

    question: str
    table: "DataFrame"
    duels: "DataFrame"
    agreement: "DataFrame"
    voters: "DataFrame"
    over: str
    level: float
    repeats: tuple[float, float, float, int]

    def figure(self) -> Figure:
        """The strengths with their intervals."""
        rows = self.table[["method", "strength", "low", "high"]].itertuples(index=False, name=None)
        return strengths([*rows], f"{self.question} {self._finding()}", self.over, self.level)

    def _finding(self) -> str:
        best = self.table["method"].iloc[0]
        against = [
            row["low"] if row["first"] == best else 1 - row["high"]
            for row in rows_of(self.duels)
            if best in (row["first"], row["second"])
        ]
        return f"{best} is ahead of all others" if min(against) > 0.5 else "No method is ahead of all others"

    def _notes(self) -> list[str]:
        """What else should be known, a sentence each."""
        alike, low, high, count = self.repeats
        of_repeats = f"{alike:.0%} of {count} ({low:.0%} to {high:.0%})" if count else "there are none"
        return [
            f"{self._finding()}.",
            f"Strengths are log odds in decided votes, 0 the average; {self.level:.0%} intervals over {self.over}.",
            f"Repeats that a voter answered alike: {of_repeats}.",
        ]

    def __str__(self) -> str:
        parts = [self.question, _text(self.table), *self._notes()]
        return "\n".join([*parts, *([_text(self.agreement)] if len(self.agreement) else [])])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        tables = [table._repr_html_() for table in (self.table, self.agreement) if len(table)]
        return "".join([*tables, *(f"<p>{note}</p>" for note in self._notes())])


@one_blas_thread()
def rank(
    votes,
    measures: Mapping[str, Mapping] | None = None,
    *,
    question: str | None = None,
    over: str | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> Ranking:
    """How strong each method is in the eyes of the voters, and how far measures agree with them.

    Of two paintings, the one of method i is chosen with a probability that is proportional to ``exp(s_i)``, the other
    to ``exp(s_j)``, and they are called the same in proportion to ``exp(n + (s_i + s_j) / 2)``: Bradley and Terry's
    model with Davidson's ties. There a tie says that two methods are close, while among decided votes the odds remain
    ``exp(s_i - s_j)``; counted as half a win for each, ties would shrink these odds the more the more there are. Log
    strengths have a normal prior of mean 0 and standard deviation 3, so that a method that never lost has a finite one.
    Repeats are not counted again; they tell how far voters agree with themselves.

    Parameters
    ----------
    votes : pandas.DataFrame or path
        As `votes` gives it.
    measures : mapping
        Of a measure's name to what it says of each painting, larger for better: a mapping of (pair, method) to a
        number, as `measures_of` takes them from the table of a sweep. Give the negative of what is better when smaller.
    question : str
        Which votes are meant, where several questions have been asked: the sentence, or style or content.
    over : str
        What is drawn anew in the bootstrap: voter (default where there are several: what would other voters say of
        these paintings?), vote (default for a single voter), or pair (what would these voters say of other pairs?).
    level, seed
        Of the intervals: how often they hold what they are for, and the seed of their 999 draws.

    Returns
    -------
    Ranking
        Intervals are the estimate and, up and down, Student's t with one degree of freedom less than there are units,
        times the bootstrap's standard error. Those of measures draw voters and pairs both, since a measure is meant for
        other paintings, too.

    References
    ----------
    Bradley, Terry, "Rank Analysis of Incomplete Block Designs", Biometrika 39, 1952; Davidson, "On Extending the
    Bradley-Terry Model to Accommodate Ties in Paired Comparison Experiments", Journal of the American Statistical
    Association 65, 1970; Efron, Tibshirani, "An Introduction to the Bootstrap", 1993.

    Examples
    --------
    >>> cast = [{"time": f"2026-05-04T10:{k}:00+00:00", "question": "Which?", "pair": "harbor in swirls",
    ...          "left": "vgg16", "right": "vgg19", "answer": "left" if k % 3 else "right", "seconds": 2.0,
    ...          "voter": k, "repeat": False} for k in range(10, 40)]
    >>> found = rank(table_of(cast))
    >>> found.table["method"].tolist(), found.duels["preferred"].round(2).tolist()
    (['vgg16', 'vgg19'], [0.67])
    """
    rows = _rows(votes, question)
    if not 0 < level < 1:
        raise SettingError(f"level is {shown(level)}; it lies between 0 and 1.")
    once = [row for row in rows if not row["repeat"]]
    if not once:
        raise SettingError("All of these votes are repeats; there is nothing to rank.")
    methods = sorted({row[side] for row in once for side in ("left", "right")})
    _check_connected(once, methods)
    voters = len({row["voter"] for row in once})
    over = ("voter" if voters > 1 else "vote") if over is None else chosen("over", over, {n: n for n in UNITS})
    counts = counts_by([(k if over == "vote" else row[over]) for k, row in enumerate(once)], once, methods)
    if len(counts) < 2:
        raise SettingError(f"There is a single {over}; the bootstrap over it has nothing to draw from.")
    fit = fitted(counts, level, np.random.default_rng(seed))
    table = _table(fit, once, methods)
    duels = [
        {"first": methods[i], "second": methods[j], **_preferred(fit, i, j)}
        for i, j in itertools.combinations(sorted(range(len(methods)), key=lambda m: -fit.strength[m]), 2)
    ]
    about, repeats = voter_rows(rows, level)
    return Ranking(
        rows[0]["question"],
        table_of(table),
        table_of(duels),
        table_of(agreement_rows(once, measures, level, seed) if measures is not None else []),
        table_of(about),
        f"{len(counts)} {over}s",
        level,
        repeats,
    )


# The model


class Fit(NamedTuple):
    """Log strengths (m,), their draws (draws, m), and by what the spread of draws is multiplied for an interval."""

    strength: np.ndarray
    draws: np.ndarray
    reach: float

    def interval(self, value: float, draws: np.ndarray) -> tuple[float, float]:
        """Around a value that is linear in the strengths, from that of each draw."""
        width = self.reach * float(np.std(draws, ddof=1))
        return value - width, value + width


def counts_by(units: Sequence, rows: Iterable[Mapping], methods: Sequence[str]) -> np.ndarray:
    """How often each unit gave which answer to which two methods: (units, two of them, 3).

    Twos are in the order of `itertools.combinations`; the three are: the first, the second, the same.

    Examples
    --------
    >>> cast = {"left": "b", "right": "a", "answer": "left"}
    >>> counts_by([5, 5, 7], [cast, cast, {**cast, "answer": "same"}], ["a", "b"]).tolist()
    [[[0.0, 2.0, 0.0]], [[0.0, 0.0, 1.0]]]
    """
    unit_place = {unit: k for k, unit in enumerate(dict.fromkeys(units))}
    two_place = {two: k for k, two in enumerate(itertools.combinations(sorted(methods), 2))}
    counts = np.zeros((len(unit_place), len(two_place), 3))
    for unit, row in zip(units, rows, strict=True):
        two = tuple(sorted((row["left"], row["right"])))
        answer = 2 if row["answer"] == "same" else two.index(row[row["answer"]])
        counts[unit_place[unit], two_place[two], answer] += 1
    return counts


def fitted(counts: np.ndarray, level: float, rng: np.random.Generator, draws: int = DRAWS) -> Fit:
    """The strengths from counts (units, twos, 3), and those of resamples of the units."""
    from scipy.stats import t

    units = len(counts)
    weights = rng.multinomial(units, np.full(units, 1 / units), size=draws)
    resampled = np.tensordot(weights.astype(float), counts, 1)
    found = log_strengths(np.concatenate([counts.sum(axis=0)[None], resampled]))[:, :-1]
    return Fit(found[0], found[1:], float(t.ppf((1 + level) / 2, units - 1)) * np.sqrt(units / (units - 1)))


def log_strengths(counts: np.ndarray) -> np.ndarray:
    """The log strengths of methods, and last the log of Davidson's ties, for each set of counts.

    Parameters
    ----------
    counts : (sets, twos, 3)
        Of all m (m - 1) / 2 twos of m methods: how often the first was chosen, the second, neither.

    Returns
    -------
    array (sets, m + 1)
        The strengths of a set add up to 0.

    Examples
    --------
    >>> np.exp(np.diff(log_strengths(np.array([[[200.0, 100.0, 50.0]]]))[0, :2])).round(2)
    array([0.5])
    """
    methods = round((1 + np.sqrt(1 + 8 * counts.shape[1])) / 2)
    design = _design(methods)
    flat = design.reshape(-1, methods + 1)
    squares = np.einsum("rm,rn->rmn", flat, flat).reshape(len(flat), -1)
    asked = counts.sum(axis=-1)
    at = np.zeros((len(counts), methods + 1))
    for _ in range(STEPS):
        scores = (at @ flat.T).reshape(counts.shape)
        odds = np.exp(scores - scores.max(axis=-1, keepdims=True))
        chance = odds / odds.sum(axis=-1, keepdims=True)
        expected = asked[..., None] * chance
        slope = (counts - expected).reshape(len(counts), -1) @ flat - at / PRIOR**2
        mean = np.einsum("skc,kcm->skm", chance, design)
        curve = (expected.reshape(len(counts), -1) @ squares).reshape(-1, methods + 1, methods + 1)
        curve -= np.swapaxes(mean * asked[..., None], 1, 2) @ mean
        curve += np.eye(methods + 1) / PRIOR**2
        step = np.clip(np.linalg.solve(curve, slope[..., None])[..., 0], -LARGEST_STEP, LARGEST_STEP)
        at += step
        if np.abs(step).max() < CLOSE:
            break
    return at


def _design(methods: int) -> np.ndarray:
    """How scores follow from strengths and ties: (twos, 3, methods + 1)."""
    twos = list(itertools.combinations(range(methods), 2))
    design = np.zeros((len(twos), 3, methods + 1))
    for k, (i, j) in enumerate(twos):
        design[k, 0, i] = design[k, 1, j] = design[k, 2, methods] = 1
        design[k, 2, [i, j]] = 0.5
    return design


# Parts


def _rows(given, question: str | None) -> list[dict]:
    """The votes on one question."""
    rows = rows_of(votes(given) if isinstance(given, str | os.PathLike) else given)
    missing = [name for name in COLUMNS if rows and name not in rows[0]]
    if not rows or missing:
        reason = f"lack {', '.join(missing)}" if missing else "are none"
        raise SettingError(f"The votes {reason}; give what nst.votes reads from files that nst.vote has written.")
    asked = {row["question"]: row["question"] for row in rows}
    if question is None and len(asked) > 1:
        raise SettingError(f"Several questions have been asked; name one: question={' or '.join(map(repr, asked))}.")
    known = {**{name: ready.text for name, ready in QUESTIONS.items() if ready.text in asked}, **asked}
    wanted = rows[0]["question"] if question is None else chosen("question", question, known)
    asked_of = [row for row in rows if row["question"] == wanted]
    return [checked_vote([row[name] for name in COLUMNS])._asdict() for row in asked_of]


def _check_connected(rows: list[dict], methods: list[str]) -> None:
    """Whether all methods have been compared with each other, if only through others."""
    reached, ahead = set(), {methods[0]}
    while ahead:
        reached |= ahead
        met = {frozenset((row["left"], row["right"])) for row in rows}
        ahead = set().union(*(two for two in met if two & reached)) - reached
    if others := [name for name in methods if name not in reached]:
        raise SettingError(
            f"{', '.join(others)} and {', '.join(sorted(reached))} were never compared, not even through others; "
            "rank them apart, or collect votes between them."
        )


def _table(fit: Fit, rows: list[dict], methods: list[str]) -> list[dict]:
    table = []
    for k in np.argsort(-fit.strength, kind="stable"):
        low, high = fit.interval(float(fit.strength[k]), fit.draws[:, k])
        mine = [row for row in rows if methods[k] in (row["left"], row["right"])]
        won = [0.5 if row["answer"] == "same" else float(row[row["answer"]] == methods[k]) for row in mine]
        table.append(
            {
                "method": methods[k],
                "strength": float(fit.strength[k]),
                "low": low,
                "high": high,
                "won": float(np.mean(won)),
                "votes": len(mine),
            }
        )
    return table


def _preferred(fit: Fit, i: int, j: int) -> dict[str, float]:
    """How often one is preferred to another in decided votes."""
    apart = float(fit.strength[i] - fit.strength[j])
    values = apart, *fit.interval(apart, fit.draws[:, i] - fit.draws[:, j])
    return {name: float(1 / (1 + np.exp(-v))) for name, v in zip(("preferred", "low", "high"), values, strict=True)}


def _text(table: "DataFrame") -> str:
    return table.to_string(index=False, float_format=lambda value: f"{value:.2f}")
