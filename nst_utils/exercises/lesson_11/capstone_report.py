"""Lesson 11, capstone_report: a report whose verdict follows from its interval."""

import itertools
from collections.abc import Mapping

import numpy as np

from nst_utils.exercises.exercise import Exercise, Misfit, Variant, numbers
from nst_utils.exercises.verdict import value_text

_VERDICTS = ("contradicted", "undecided", "supported")
_GIVEN = ("claim", "unit", "would_change")  # as the hypothesis has them
_ENTRIES = (*_GIVEN, "n", "failed", "difference", "low", "high", "verdict")
LEAST_PAIRS = 6  # all on one side of the true median: 2 / 2^6, about 3 times in 100


def capstone_report(differences, runs, hypothesis):
    """The report on a hypothesis, as a dict with nine entries.

    ``differences`` is a dict of pairs to one number each, ``runs`` a list of dicts with the "status" of each painting.
    From the ``hypothesis`` come "claim", "unit" and "would_change", word for word. "n" is the number of pairs, "failed"
    that of the runs whose status is not "done". "difference" is the median over the pairs; "low" and "high" are the
    lowest and the highest of the pairs: with six pairs or more the true median lies between them in at least 95 of 100
    experiments. "verdict" is one of three words. If there are fewer than six pairs, or if 0 lies between low and high
    or on one of them, it is "undecided". Else it is "supported" if all pairs are on the side that
    ``hypothesis["expected"]`` names, "larger" (above 0) or "smaller" (below 0), and "contradicted" if on the other.

    >>> hypothesis = {"claim": "It helps.", "unit": "pair", "expected": "larger", "would_change": "A loss."}
    >>> report = capstone_report({("a", "b"): 2.0, ("a", "c"): 4.0}, 5 * [{"status": "done"}], hypothesis)
    >>> report["n"], float(report["difference"]), report["verdict"]
    (2, 3.0, 'undecided')
    """
    values = list(differences.values())
    low, high = min(values), max(values)
    side = {True: "larger", False: "smaller"}[low > 0]
    decided = len(values) >= LEAST_PAIRS and not low <= 0 <= high
    return {
        **{name: hypothesis[name] for name in _GIVEN},
        "n": len(values),
        "failed": sum(run["status"] != "done" for run in runs),
        "difference": float(np.median(values)),
        "low": low,
        "high": high,
        "verdict": _VERDICTS[1] if not decided else _VERDICTS[2 if side == hypothesis["expected"] else 0],
    }


def _with(change):
    """The right report with some entries of another."""

    def report(differences, runs, hypothesis):
        right = capstone_report(differences, runs, hypothesis)
        return {**right, **change(right, differences, runs, hypothesis)}

    return report


def _sign(number, hypothesis) -> str:
    return _VERDICTS[2 if (number > 0) == (hypothesis["expected"] == "larger") else 0]


def _without(name):
    def report(differences, runs, hypothesis):
        return {k: v for k, v in capstone_report(differences, runs, hypothesis).items() if k != name}

    return report


def _above_0_only(right, differences, *_):
    decided = right["verdict"] != _VERDICTS[1]
    return {"verdict": _VERDICTS[1] if not decided else _VERDICTS[2 if right["low"] > 0 else 0]}


def _crossing_contradicts(right, *_):
    return {"verdict": _VERDICTS[0] if right["low"] <= 0 <= right["high"] else right["verdict"]}


def _few_are_enough(right, differences, runs, hypothesis):
    crosses = right["low"] <= 0 <= right["high"]
    return {"verdict": right["verdict"] if crosses else _sign(right["low"], hypothesis)}


def _at_least(count):
    def changed(right, differences, runs, hypothesis):
        few = len(differences) < count or right["low"] <= 0 <= right["high"]
        return {"verdict": _VERDICTS[1] if few else _sign(right["low"], hypothesis)}

    return changed


def _touching_is_beyond(right, differences, runs, hypothesis):
    inside = len(differences) < LEAST_PAIRS or right["low"] < 0 < right["high"]
    return {"verdict": right["verdict"] if inside else _sign(right["low"] + right["high"], hypothesis)}


def _from_the_mean(right, differences, runs, hypothesis):
    return {"verdict": _sign(np.mean(list(differences.values())), hypothesis)}


def _only_strictly_inside(right, differences, runs, hypothesis):
    """``low <= 0 < high``, which misses a highest pair of 0."""
    few = len(differences) < LEAST_PAIRS or right["low"] <= 0 < right["high"]
    return {"verdict": _VERDICTS[1] if few else _sign(right["low"], hypothesis)}


def _of_the_median_from_six(right, differences, runs, hypothesis):
    return {"verdict": _VERDICTS[1] if len(differences) < LEAST_PAIRS else _sign(right["difference"], hypothesis)}


def _of_the_majority(least):
    def changed(right, differences, runs, hypothesis):
        balance = np.sign(list(differences.values())).sum()
        few = len(differences) < least or not balance
        return {"verdict": _VERDICTS[1] if few else _sign(balance, hypothesis)}

    return changed


def _more_than_half(least):
    def changed(right, differences, runs, hypothesis):
        if len(differences) < least:
            return {"verdict": _VERDICTS[1]}
        expected = [(number > 0) == (hypothesis["expected"] == "larger") for number in differences.values()]
        return {"verdict": _VERDICTS[2 if sum(expected) > len(expected) / 2 else 0]}

    return changed


def _bell_curve(right, differences, *_):
    values = list(differences.values())
    reach = 1.96 * np.std(values, ddof=min(1, len(values) - 1)) / np.sqrt(len(values))
    return {"low": np.mean(values) - reach, "high": np.mean(values) + reach}


def _quartiles(right, differences, *_):
    low, high = np.percentile(list(differences.values()), [25, 75])
    return {"low": low, "high": high}


def _entries(answer, function, differences, runs, hypothesis):
    """The numbers of a report and its verdict; its words must be those of the hypothesis."""
    if not isinstance(answer, Mapping):
        raise Misfit("no dict", f"The report is a {type(answer).__name__}, not a dict.")
    if missing := [name for name in _ENTRIES if name not in answer]:
        raise Misfit(f"without {missing}", f"The report has no entry {', '.join(map(repr, missing))}.")
    if extra := [value_text(name) for name in answer if name not in _ENTRIES]:
        raise Misfit("more entries", f"The report has more than nine entries: {', '.join(extra[:3])}.")
    for name in _GIVEN:
        if not isinstance(answer[name], str) or answer[name] != hypothesis[name]:
            raise Misfit(f"other {name}", f"The entry {name!r} is not, word for word, that of the hypothesis.")
    if answer["verdict"] not in _VERDICTS:
        raise Misfit("words", f"The verdict is {value_text(answer['verdict'])}; it is one of {', '.join(_VERDICTS)}.")
    measured = [answer[name] for name in _ENTRIES if name not in (*_GIVEN, "verdict")]
    return numbers([*measured, _VERDICTS.index(answer["verdict"])])


def _case(expected: str, failed: int, *values: float) -> tuple:
    """Differences of so many pairs, three runs a side for each pair, some of which failed."""
    pairs = itertools.product(("harbor", "flower", "temple"), ("swirls", "woodcut", "honeycomb"))
    claim = {"claim": f"It makes the grain {expected}.", "unit": "pair", "expected": expected}
    runs = [{"status": "failed" if k < failed else "done"} for k in range(6 * len(values))]
    runs += [{"status": "stopped"}] * (failed > 2)
    return dict(zip(pairs, values, strict=False)), runs, {**claim, "would_change": "Pairs on the other side of 0."}


REPORT = Exercise(
    capstone_report,
    read=_entries,
    cases=(
        _case("larger", 0, 2, 4, 3, 1, 16, 5),
        _case("larger", 1, 2, 4, -3, 8, 16, 5),
        _case("smaller", 0, -2, -4, -3, -1, -16, -5, -6),
        _case("smaller", 2, 3, 2, 4, 9, 5, 7, 16),
        _case("larger", 3, 2, 4, 3, 8, 5),
        _case("larger", 0, 0, 4, 3, 8, 5, 6),
        _case("larger", 1, -2, -5, 40, -3, -7, -9, -2, -4),
        _case("smaller", 1, -2, -5, -1),
        _case("smaller", 4, 0, -4, -3, -8, -5, -6),
        _case("larger", 0, 0.0625, 0.001953125, 0.03125, 0.25, 0.015625, 512),
        _case("smaller", 5, -0.0078125, -0.25, 0.001953125, -0.5, -4, -8, -16),
        _case("larger", 0, 1, 2, 3, 4, 5, 6, 7, 8, -1),
        _case("smaller", 0, -3),
        _case("larger", 1, -2, -5, -3, -7, -9, -4),
        _case("larger", 2, -2, -5, -3, -7, -9),
        _case("smaller", 0, 2, 5, 3, 7, 9),
        _case("smaller", 2, -0.25, -0.5, -0.0078125, -0.125, -0.0625, -0.75),
        _case("smaller", 0, 0.25, 0.5, 0.0078125, 0.125, 0.0625, 0.75),
        _case("larger", 0, -1, -2, -1, 5, 5, 8),  # no majority, and a median above 0
    ),
    variants=(
        Variant(
            "paintings as n",
            _with(lambda right, differences, runs, hypothesis: {"n": len(runs)}),
            "n counts paintings. All paintings of one pair show the same two pictures and are no independent "
            "witnesses: count the pairs.",
        ),
        Variant(
            "finished paintings as n",
            _with(lambda right, differences, runs, hypothesis: {"n": len(runs) - right["failed"]}),
            "n counts the paintings that came to their end. The unit is the pair: count the differences you are given.",
        ),
        Variant(
            "failed runs kept quiet",
            _with(lambda right, differences, runs, hypothesis: {"failed": 0}),
            "The failed runs are not in the report. Whoever reads it must be able to ask why they failed: count them.",
        ),
        Variant(
            "mean",
            _with(lambda right, differences, *_: {"difference": np.mean(list(differences.values()))}),
            "The difference is the mean over the pairs, which a single odd pair can move; asked for is the median.",
        ),
        Variant(
            "verdict from the difference alone",
            _with(lambda right, differences, runs, hypothesis: {"verdict": _sign(right["difference"], hypothesis)}),
            "The verdict follows from the median alone: a median is always on one side. What counts is whether all of "
            "the interval is.",
        ),
        Variant(
            "verdict from the mean alone",
            _with(_from_the_mean),
            "The verdict follows from the mean alone, and a single odd pair can carry a mean to the other side. What "
            "counts is whether all of the interval is on one side.",
        ),
        Variant(
            "undecided taken for contradicted",
            _with(_crossing_contradicts),
            "Where the interval holds 0 the verdict says contradicted. Not to know is not the same as to know the "
            "opposite: that is undecided.",
        ),
        Variant(
            "direction forgotten",
            _with(_above_0_only),
            "Everything above 0 is taken for support. If the hypothesis expects smaller numbers, it is the other way "
            "round.",
        ),
        Variant(
            "few pairs are enough",
            _with(_few_are_enough),
            "The verdict is sure with fewer than six pairs. Five on one side are not rare enough: 2 of 32 times by "
            "chance.",
        ),
        Variant(
            "six pairs are not enough",
            _with(_at_least(LEAST_PAIRS + 1)),
            "Six pairs are taken for too few. They are just enough: fewer than six are not.",
        ),
        Variant(
            "an end at 0",
            _with(_touching_is_beyond),
            "An interval that ends exactly at 0 does not lie on one side of it: undecided.",
        ),
        Variant(
            "above 0 at its high end",
            _with(_only_strictly_inside),
            "Where the highest pair is exactly 0 the verdict is sure. 0 on either end is not on one side: undecided.",
        ),
        Variant(
            "sign of the median, six pairs or more",
            _with(_of_the_median_from_six),
            "With six pairs or more the verdict follows from the sign of the median, which is always on one side. All "
            "of the interval has to be.",
        ),
        Variant(
            "majority",
            _with(_of_the_majority(1)),
            "The verdict is that of most pairs. Most is not all: while one pair is on the other side, it is undecided.",
        ),
        Variant(
            "majority, six pairs or more",
            _with(_of_the_majority(LEAST_PAIRS)),
            "With six pairs or more the verdict is that of most of them. All have to be on one side.",
        ),
        Variant(
            "most or not",
            _with(_more_than_half(1)),
            "The verdict asks only whether more than half of the pairs are on the expected side. All have to be.",
        ),
        Variant(
            "most or not, six pairs or more",
            _with(_more_than_half(LEAST_PAIRS)),
            "With six pairs or more the verdict asks whether more than half are on the expected side. All have to be.",
        ),
        Variant(
            "only those that failed",
            _with(lambda right, differences, runs, hypothesis: {"failed": [r["status"] for r in runs].count("failed")}),
            "Only runs with the word failed were counted. Whatever is not done has not come to its end.",
        ),
        Variant(
            "all of the hypothesis",
            lambda *given: {**given[2], **capstone_report(*given)},
            "The report holds all of the hypothesis. Three entries come from it, which makes nine in all.",
        ),
        Variant(
            "rounded",
            _with(lambda right, *_: {name: round(right[name], 2) for name in ("difference", "low", "high")}),
            "The numbers were rounded. Differences may be far below 1, and a low of 0.001 is not 0.",
        ),
        Variant(
            "never contradicted",
            _with(lambda right, *_: {"verdict": right["verdict"].replace(_VERDICTS[0], _VERDICTS[1])}),
            "Where all pairs are on the other side the verdict says undecided. That is a finding, too: contradicted.",
        ),
        Variant(
            "numbers as texts",
            _with(lambda right, *_: {name: f"{right[name]:.2f}" for name in ("difference", "low", "high")}),
            "The numbers are texts. Format them when you print; here they stay numbers.",
        ),
        Variant(
            "bell curve",
            _with(_bell_curve),
            "Low and high are those of a bell curve around the mean. Here they are the lowest and the highest pair.",
        ),
        Variant(
            "quartiles",
            _with(_quartiles),
            "Low and high hold the middle half of the pairs. Here they are the lowest and the highest pair.",
        ),
        Variant(
            "no claim",
            _without("claim"),
            "The report does not say what was claimed. A reader must see that the claim was there before the numbers.",
        ),
        Variant(
            "nothing would change it",
            _without("would_change"),
            "The report does not say what would change your mind. If nothing would, it was no hypothesis.",
        ),
    ),
    hints=(
        "Write the numbers down first and the verdict last: it may look at nothing but n, low, high and what was "
        "expected.",
        "Ask in this order: are there fewer than six pairs, or does the interval hold 0? Then you are done. If not, on "
        "which side of 0 is it, and is that the expected one?",
        "One comparison of low with 0 tells the side, as the interval does not hold 0 any more. A dict can be made "
        "from three entries of another one and then be joined with | to a second.",
    ),
    checked=(
        "claim, unit and what would change your mind, word for word",
        "pairs as n, and the failed runs told",
        "a verdict that follows from the interval, in both directions",
        "undecided with five pairs, with 0 inside, and with 0 at an end",
    ),
)
