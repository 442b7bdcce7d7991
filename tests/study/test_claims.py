"""What is kept of the claims: tables and verdicts that are read, and what is told where they cannot be."""

import math

import pytest

import nst_utils as nst
from nst_utils.base.errors import NSTError, SettingError
from nst_utils.study.claims import PREDICTORS, TABLES, VERDICTS, pair_outcomes


def test_all_claims_are_a_table_with_a_row_each():
    table = nst.claims().set_index("claim")
    assert {"A1", "A2", "A3", "A4", "A5", "A6", "B1", "C1", "C2", "D1", "D2", "R1", "R2"} <= set(table.index)
    for claim, row in table.iterrows():
        one = nst.verdict(claim)
        assert (one.id, one.statement, one.source, one.verdict) == (claim, *row[["statement", "source", "verdict"]])
        assert set(one.tables) <= set(TABLES)


def test_a_verdict_tells_its_comparisons():
    one = nst.verdict("C1")
    for finding, line in zip(one.findings, one.figures.splitlines(), strict=True):
        assert finding.p is not None and math.isnan(finding.low)
        assert line.startswith(f"{finding.measure}, {finding.place}: {finding.median:+.3f} ({finding.spread})")
        assert line.endswith(finding.side)
    assert str(one).startswith(f"C1. {one.statement}\n{one.verdict}\n")


def test_the_table_that_is_given_is_the_callers_own():
    table = nst.claims("pairs")
    table["seed"] = 9
    assert set(nst.claims("pairs")["seed"]) == {0, 1, 2}


def test_an_outcome_is_the_mean_over_the_seeds_of_a_pair():
    pairs, candidates = nst.claims("pairs"), nst.claims("predictors")
    outcome, known, contents, styles = pair_outcomes(pairs, candidates, "edge_correlation")
    means = pairs.groupby(["content", "style"])["edge_correlation"].mean()
    assert outcome == pytest.approx([means[pair] for pair in zip(contents, styles, strict=True)])
    by_pair = candidates.set_index(["content", "style"])
    assert known.tolist() == [list(by_pair.loc[pair, [*PREDICTORS]]) for pair in zip(contents, styles, strict=True)]


@pytest.mark.parametrize("ask", [lambda: nst.claims("colors"), lambda: nst.verdict("Z9")])
def test_an_unknown_name_is_answered_with_those_there_are(ask):
    with pytest.raises(
        SettingError, match=r"There is no (table|claim) .*; the (tables|claims) are (architecture|A1), "
    ):
        ask()


@pytest.mark.parametrize("content", [None, "[", "[{}]", "3", '[{"id": "A1", "findings": [{}], "tables": []}]'])
def test_verdicts_that_cannot_be_read_are_told_by_name(tmp_path, content):
    if content is not None:
        (tmp_path / VERDICTS).write_text(content)
    with pytest.raises(NSTError, match=r"verdicts\.json holds no verdicts that can be read"):
        nst.claims(folder=tmp_path)
