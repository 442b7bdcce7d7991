"""What votes say, tried on simulated voters whose strengths are known."""

import itertools
import re

import numpy as np
import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nst_utils as nst
from nst_utils.base.errors import SettingError
from nst_utils.study.tables import table_of
from nst_utils.voting.agreement import OTHERS, share_interval
from nst_utils.voting.box import COLUMNS, BallotBox, Vote
from nst_utils.voting.ranking import Fit, fitted, log_strengths
from nst_utils.voting.schedule import schedule

TRUTH = {"vgg19": 0.9, "vgg16": 0.3, "mixed": -0.2, "resnet50": -1.0}
PAIRS = {f"pair {k}": [*TRUTH] for k in range(6)}  # 36 twos


def chances(strengths: np.ndarray, ties: float) -> np.ndarray:
    """Davidson's chances of the first, the second and a tie for all twos: (..., m) to (..., twos, 3)."""
    first, second = np.moveaxis(strengths[..., [*itertools.combinations(range(strengths.shape[-1]), 2)]], -1, 0)
    odds = np.exp(np.stack([first, second, ties + (first + second) / 2], -1))
    return odds / odds.sum(-1, keepdims=True)


def simulated(voters: int, seed: int, *, ties=-0.7, fickle=0.0, left=0.0, taste=0.0, pairs=PAIRS) -> list[dict]:
    """The votes of people who judge by `TRUTH`, give or take their taste; some answer by chance or lean to a side."""
    rng = np.random.default_rng(seed)
    rows = []
    for voter in range(voters):
        own = {name: strength + rng.normal(0, taste) for name, strength in TRUTH.items()}
        for k, (pair, one, other, repeat) in enumerate(schedule(pairs, 36, 4, voter)):
            chance = chances(np.array([own[one] + left, own[other] - left]), ties)[0]
            answer = rng.choice(["left", "right", "same"], p=[1 / 3] * 3 if rng.random() < fickle else chance)
            row = {"time": f"2026-05-04T10:{k:02}:00+00:00", "question": "Which?", "pair": pair, "left": one}
            row |= {"right": other, "answer": str(answer), "seconds": 2.0, "voter": voter, "repeat": repeat}
            rows.append(row)
    return rows


def strengths_of(ranking) -> dict:
    return dict(zip(ranking.table["method"], ranking.table["strength"], strict=True))


# Strengths


def test_known_strengths_are_recovered_within_their_intervals():
    found = nst.rank(table_of(simulated(60, seed=1)))
    assert found.table["method"].tolist() == [*TRUTH]
    for row in found.table.itertuples():
        assert row.low < TRUTH[row.method] < row.high
        assert row.high - row.low < 0.5
    assert found.over == "60 voters"
    assert sum(found.table["strength"]) == pytest.approx(0, abs=1e-9)
    best = found.duels.iloc[0]
    assert (best["first"], best["second"]) == ("vgg19", "vgg16")
    assert best["low"] < 1 / (1 + np.exp(-0.6)) < best["high"]


def test_voters_who_lean_to_a_side_favor_no_method():
    """Each stands on both sides alike, so that leaning is noise: it can only bring strengths nearer to each other."""
    found = strengths_of(nst.rank(simulated(60, seed=1, left=0.7)))
    assert [*found] == [*TRUTH]
    for name, strength in found.items():
        assert 0.6 < strength / TRUTH[name] < 1.05


def coverage(voters: int, taste: float, times: int, seed: int) -> float:
    """How often an interval holds the strength that all voters of such a kind would give, over simulated classes."""
    rng = np.random.default_rng(seed)
    truth = np.array([*TRUTH.values()])
    crowd = chances(truth + taste * rng.normal(size=(20_000, 4)), -0.7).mean(axis=0)
    limit = log_strengths(crowd[None] * 1e6)[0, :-1]
    held = []
    for _ in range(times):
        own = chances(truth + taste * rng.normal(size=(voters, 4)), -0.7)
        fit = fitted(rng.multinomial(6, own).astype(float), 0.95, rng, draws=199)
        ends = [fit.interval(fit.strength[m], fit.draws[:, m]) for m in range(4)]
        held.append([low <= value <= high for (low, high), value in zip(ends, limit, strict=True)])
    return float(np.mean(held))


@pytest.mark.parametrize(("voters", "taste"), [(5, 0.7), (12, 0.0), (12, 0.7)])
def test_intervals_hold_what_they_are_for(voters, taste):
    """A class of 12, or a table of 5, with 36 questions each, whether they are of one taste or of several."""
    assert coverage(voters, taste, times=300, seed=2) >= 0.93


def test_a_single_voter_has_intervals_over_votes_that_hold():
    rng = np.random.default_rng(3)
    truth = np.array([*TRUTH.values()])
    held = []
    for _ in range(100):
        answers = rng.multinomial(1, np.repeat(chances(truth, -0.7), 20, axis=0))  # 120 votes
        counts = np.zeros((120, 6, 3))
        counts[np.arange(120), np.arange(120) // 20] = answers
        fit = fitted(counts, 0.95, rng, draws=199)
        ends = [fit.interval(fit.strength[m], fit.draws[:, m]) for m in range(4)]
        held.append([low <= value <= high for (low, high), value in zip(ends, truth, strict=True)])
    assert np.mean(held) >= 0.93
    assert nst.rank(table_of(simulated(1, seed=1))).over == "36 votes"


def test_ties_do_not_shrink_the_odds_of_what_is_decided():
    for ties in (-3.0, 1.5):  # few and most of the votes
        counts = chances(np.array([*TRUTH.values()]), ties)[None] * 1e5
        np.testing.assert_allclose(log_strengths(counts)[0], [*TRUTH.values(), ties], atol=0.001)


counted = st.integers(0, 30)


@given(st.lists(st.tuples(counted, counted, counted), min_size=3, max_size=3))
def test_strengths_are_where_the_slope_is_zero(counts):
    """Expected wins and half ties equal those that were counted, but for the prior; the strengths add up to 0."""
    counts = np.array(counts, float)
    found = log_strengths(counts[None])[0]
    expected = counts.sum(-1, keepdims=True) * chances(found[:3], found[3])

    def scores(table):
        won = np.zeros(3)
        for (i, j), (first, second, same) in zip(itertools.combinations(range(3), 2), table, strict=True):
            won[i] += first + same / 2
            won[j] += second + same / 2
        return won

    np.testing.assert_allclose(scores(counts) - scores(expected), found[:3] / 9, atol=1e-6)
    assert counts[:, 2].sum() - expected[:, 2].sum() == pytest.approx(found[3] / 9, abs=1e-6)
    assert found[:3].sum() == pytest.approx(0, abs=1e-6)


def test_a_method_that_never_lost_is_ahead_and_not_infinitely():
    rows = [row for row in simulated(10, seed=4) if "vgg19" in (row["left"], row["right"])]
    rows = [{**row, "answer": "left" if row["left"] == "vgg19" else "right"} for row in rows]
    found = nst.rank(table_of(rows))
    assert found.table["method"][0] == "vgg19"
    assert found.table["won"][0] == 1
    assert 2 < found.table["strength"][0] < 10
    assert np.isfinite(found.table[["low", "high"]].to_numpy()).all()
    assert "vgg19 is ahead of all others" in str(found)


def test_equal_methods_are_not_told_apart():
    rows = simulated(12, seed=5, fickle=1.0)
    found = nst.rank(rows)
    assert "No method is ahead of all others" in str(found)
    assert (found.table["low"] < 0).all()
    assert (found.table["high"] > 0).all()


def test_what_the_intervals_are_over_can_be_chosen():
    table = table_of(simulated(8, seed=6, taste=1.0))
    widths = {over: nst.rank(table, over=over).table for over in ("voter", "pair", "vote")}
    np.testing.assert_allclose(*(widths[over]["strength"] for over in ("voter", "vote")))
    width = {over: float((found["high"] - found["low"]).mean()) for over, found in widths.items()}
    assert width["voter"] > 1.3 * width["vote"]  # voters of different tastes say less than as many votes
    assert nst.rank(table, over="pair").over == "6 pairs"


def test_repeats_do_not_count_twice():
    rows = simulated(8, seed=7)
    once = [row for row in rows if not row["repeat"]]
    assert len(once) < len(rows)
    assert strengths_of(nst.rank(rows)) == strengths_of(nst.rank(once))
    assert nst.rank(rows).table["votes"].sum() == 2 * len(once)


# Voters with themselves


def test_steady_voters_repeat_themselves_and_fickle_ones_do_not():
    steady = nst.rank(simulated(12, seed=8, ties=-9.0, pairs={"harbor": [*TRUTH]}))
    sure = [
        {**row, "answer": max(("left", "right"), key=lambda side: TRUTH[row[side]])} for row in simulated(12, seed=8)
    ]
    alike, low, high, count = nst.rank(sure).repeats
    assert (alike, count) == (1, 48)
    assert 0.9 < low < high == pytest.approx(1)
    fickle = nst.rank(simulated(12, seed=8, fickle=1.0)).repeats
    assert fickle[1] < 1 / 3 < fickle[2]  # three answers by chance
    assert fickle[2] < alike
    assert steady.voters["repeats"].tolist() == [3] * 12


def test_who_always_answers_left_is_seen():
    rows = [{**row, "answer": "left"} if row["voter"] == 2 else row for row in simulated(4, seed=9)]
    about = nst.rank(rows).voters.set_index("voter")
    assert about.loc[2, "left"] == 1
    assert about.loc[2, "alike"] == 0  # since a repeat has its sides changed
    assert about.loc[2, "same"] == 0
    assert (about.drop(2)["left"] < 0.8).all()


# Measures


def measures_of(noise: float, seed=0) -> dict:
    rng = np.random.default_rng(seed)
    return {(pair, name): TRUTH[name] + rng.normal(0, noise) for pair in PAIRS for name in TRUTH}


def test_a_measure_that_sees_what_voters_see_agrees_more_than_one_that_does_not():
    rows = simulated(12, seed=10)
    good = measures_of(0.0)
    bad = {painting: -value for painting, value in good.items()}
    blind = dict.fromkeys(good, 1.0)
    found = nst.rank(rows, {"good": good, "bad": bad, "blind": blind}).agreement.set_index("measure")
    decided = [row for row in rows if row["answer"] != "same" and not row["repeat"]]
    expected = np.mean([TRUTH[row[row["answer"]]] == max(TRUTH[row["left"]], TRUTH[row["right"]]) for row in decided])
    assert found.loc["good", "alike"] == pytest.approx(expected)
    assert found.loc["bad", "alike"] == pytest.approx(1 - expected)
    assert found.loc["blind", "alike"] == 0.5
    assert set(found["votes"]) == {len(decided)}
    assert found.loc["good", "low"] > 0.5 > found.loc["bad", "high"]
    other = found.loc[OTHERS]
    assert other["low"] < other["alike"] < found.loc["good", "alike"]  # nobody else is as sure as the truth
    assert ((found["low"] <= found["alike"]) & (found["alike"] <= found["high"])).all()


def test_the_interval_of_an_agreement_holds_what_it_is_for():
    """Voters and pairs both differ in how often they agree; the interval is for other voters and other pairs."""
    rng = np.random.default_rng(11)
    limit = float(np.mean(1 / (1 + np.exp(-0.6 - np.sqrt(2 * 0.6**2) * rng.normal(size=10**6)))))
    held = []
    for _ in range(300):
        logits = 0.6 + rng.normal(0, 0.6, (12, 1, 1)) + rng.normal(0, 0.6, (1, 8, 1)) + np.zeros((12, 8, 6))
        hits = (rng.random(logits.shape) < 1 / (1 + np.exp(-logits))).ravel()
        voter, pair, _ = (axis.ravel() for axis in np.indices(logits.shape))
        low, high = share_interval(hits.astype(float), [voter, pair], 0.95, seed=0, draws=199)
        held.append(low <= limit <= high)
    assert np.mean(held) >= 0.93


def test_a_share_of_all_has_an_interval_that_is_no_point():
    low, high = share_interval(np.ones(20), [np.arange(20) % 4, np.arange(20) % 5], 0.95, 0)
    assert low == pytest.approx(0.839, abs=0.001)
    assert high == 1


@pytest.mark.parametrize(
    ("measures", "says"),
    [
        ({"gap": 3}, "give a mapping of each measure's name"),
        ({"gap": {("pair 0", "vgg19"): 1.0}}, "measure gap says nothing of ('pair "),
        ({"gap": {**measures_of(0), ("pair 0", "vgg19"): float("nan")}}, "measure gap says nan of ('pair 0', 'vgg19')"),
    ],
    ids=["number", "missing", "nan"],
)
def test_a_measure_that_does_not_say_something_of_every_painting_is_refused(measures, says):
    with pytest.raises(SettingError, match=re.escape(says)):
        nst.rank(simulated(3, seed=12), measures)


# What cannot be ranked


def test_votes_on_several_questions_are_told_apart():
    rows = simulated(4, seed=13)
    both = [*rows, *({**row, "question": "Where is the content easier to see?"} for row in rows)]
    with pytest.raises(SettingError, match="Several questions have been asked"):
        nst.rank(both)
    assert nst.rank(both, question="content").question == "Where is the content easier to see?"
    assert nst.rank(both, question="Which?").table.equals(nst.rank(rows).table)
    with pytest.raises(SettingError, match="question is 'style'; choose one of content, Which"):
        nst.rank(both, question="style")


def test_methods_that_never_met_are_not_ranked_together():
    rows = [row for row in simulated(4, seed=14) if ("vgg" in row["left"]) == ("vgg" in row["right"])]
    with pytest.raises(SettingError, match="vgg16, vgg19 and mixed, resnet50 were never compared"):
        nst.rank(rows)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"over": "people"}, "over is 'people'; choose one of voter, pair, vote"),
        ({"level": 95}, "level is 95"),
        ({"question": "Who?"}, "question is 'Who?'"),
    ],
)
def test_a_wrong_setting_is_refused(given, says):
    with pytest.raises(SettingError, match=re.escape(says)):
        nst.rank(simulated(3, seed=15), **given)


def test_too_few_votes_are_refused():
    rows = simulated(2, seed=16)
    with pytest.raises(SettingError, match="The votes are none"):
        nst.rank([])
    with pytest.raises(SettingError, match="The votes lack time"):
        nst.rank([{"answer": "left"}])
    with pytest.raises(SettingError, match="All of these votes are repeats"):
        nst.rank([row for row in rows if row["repeat"]])
    with pytest.raises(SettingError, match="There is a single vote"):
        nst.rank(rows[:1])
    with pytest.raises(SettingError, match="There is a single pair"):
        nst.rank([row for row in rows if row["pair"] == "pair 0"], over="pair")


# What is shown


def test_a_ranking_says_what_it_found_and_draws_it():
    found = nst.rank(simulated(12, seed=17), {"good": measures_of(0.3)})
    text = str(found)
    assert text.splitlines()[0] == "Which?"
    assert "95% intervals over 12 voters" in text
    assert re.search(r"Repeats that a voter answered alike: \d+% of 48 \(\d+% to \d+%\)", text)
    assert OTHERS in text
    assert found._repr_html_().count("<table") == 2
    figure = found.figure()
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == found.table["method"].tolist()
    middles = [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "o"]
    np.testing.assert_allclose(middles, found.table["strength"])
    assert "12 voters" in figure.alt


def test_the_same_votes_give_the_same_intervals():
    rows = simulated(5, seed=18)
    assert nst.rank(rows).table.equals(nst.rank(rows).table)
    assert not nst.rank(rows).table.equals(nst.rank(rows, seed=1).table)
    assert isinstance(fitted(np.ones((2, 1, 3)), 0.95, np.random.default_rng(0)), Fit)


def test_votes_that_pandas_has_read_are_votes_and_broken_rows_are_none(tmp_path):
    rows = simulated(3, seed=19)
    box = BallotBox(tmp_path / "votes.csv")
    box.path.write_text("".join([",".join(COLUMNS) + "\n", *(Vote(**row).line for row in rows)]))
    expected = nst.rank(nst.votes(box.path)).table
    assert nst.rank(pandas.read_csv(box.path)).table.equals(expected)
    assert nst.rank(box.path).table.equals(expected)
    assert nst.rank(rows).table.equals(expected)
    with pytest.raises(SettingError, match="answer is 'lefft'"):
        nst.rank([*rows, {**rows[0], "answer": "lefft"}])
