"""Verdicts from findings: what all comparisons of a claim say together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.claims.findings import decided, finding

sides = st.sampled_from(["for", "against", "undecided"])


def found(side, units=12, **where):
    low, high = {"for": (0.1, 0.3), "against": (-0.3, -0.1), "undecided": (-0.1, 0.1)}[side]
    return finding("edges", 1, (low + high) / 2, low, high, units, where)


@given(chosen=sides, claimed=st.sampled_from([1, -1]), count=st.integers(1, 5))
def test_findings_of_one_side_decide(chosen, claimed, count):
    one = found(chosen)
    turned = finding("edges", claimed, claimed * one.median, *sorted((claimed * one.low, claimed * one.high)), 12)
    words = {"for": "holds", "against": "does not hold", "undecided": "not decided"}
    assert decided([turned] * count) == words[chosen]


@given(chosen=st.lists(sides, min_size=2, max_size=6))
def test_a_mixed_verdict_names_every_side_that_occurs(chosen):
    verdict = decided([found(side, size=f"{k} px") for k, side in enumerate(chosen)])
    assert ("holds" in verdict.split()) == ("for" in chosen)
    assert ("not hold" in verdict) == ("against" in chosen)
    assert ("not decided" in verdict) == ("undecided" in chosen)
    assert verdict.startswith("depends on the size") == (len(set(chosen)) > 1)


def test_what_no_single_difference_explains_depends_on_several():
    chessboard = [
        found("for" if (size == "96") == (layers == "a") else "against", size=size, layers=layers)
        for size in ("96", "160")
        for layers in ("a", "b")
    ]
    assert decided(chessboard) == ("depends on more than one thing: of 4 comparisons it holds in 2, does not hold in 2")


@pytest.mark.parametrize(
    ("chosen", "verdict"),
    [
        (["for", "for", "undecided"], "holds in 2 of 3 comparisons, not decided in the other"),
        (
            ["undecided", "against", "undecided", "undecided"],
            "not decided in 3 of 4 comparisons, does not hold in the other",
        ),
        (["against"] * 3 + ["undecided"] * 2, "does not hold in 3 of 5 comparisons, not decided in the others"),
    ],
)
def test_what_is_nowhere_contradicted_is_told_with_what_most_comparisons_say(chosen, verdict):
    assert decided([found(side, place="one") for side in chosen]) == verdict


def test_few_pairs_decide_nothing():
    assert found("for", units=3).side == "undecided"
    assert finding("edges", 1, float("nan"), units=12).side == "undecided"


def test_a_p_value_decides_where_there_is_one():
    assert [finding("edges", 1, 0.2, units=12, p=p).side for p in (0.01, 0.2)] == ["for", "undecided"]
    assert finding("edges", -1, 0.2, units=12, p=0.01).side == "against"
