"""Statistics that are fair: calibrated where nothing differs, and able to find what was planted."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nst_utils.base.errors import SettingError
from nst_utils.study import chance
from nst_utils.study.chance import cross_validated, means_by, permutation_test, predictability, variance_shares


def test_the_permutation_test_is_calibrated_where_nothing_differs():
    rng = np.random.default_rng(0)
    chosen = [True] * 4 + [False] * 8
    p = np.array([permutation_test(rng.normal(size=12), chosen)[1] for _ in range(120)])
    for level in (0.05, 0.2, 0.5, 0.8):
        assert np.mean(p <= level) == pytest.approx(level, abs=0.1)


@given(values=st.lists(st.integers(-50, 50), min_size=4, max_size=8), shift=st.integers(-5, 5))
def test_the_permutation_test_sees_differences_alone(values, shift):
    chosen = [k < 2 for k in range(len(values))]
    difference, p = permutation_test(values, chosen)
    moved, same = permutation_test([value + shift for value in values], chosen)
    turned, opposite = permutation_test([-value for value in values], chosen)
    assert moved == pytest.approx(difference) and turned == pytest.approx(-difference)
    assert same == pytest.approx(p) and opposite == pytest.approx(p)
    assert 0 < p <= 1


def test_random_permutations_agree_with_all_of_them(monkeypatch):
    values, chosen = np.random.default_rng(3).normal(size=14), [True] * 5 + [False] * 9
    exact = permutation_test(values, chosen)
    monkeypatch.setattr(chance, "EXACT", 10)
    assert permutation_test(values, chosen) == pytest.approx(exact, abs=0.02)


def test_a_group_of_all_or_none_is_refused():
    for chosen in ([True, True], [False, False]):
        with pytest.raises(SettingError, match="a comparison needs some on both sides"):
            permutation_test([1, 2], chosen)


def grid_of_pairs(contents=10, styles=6):
    return zip(*itertools.product(range(contents), range(styles)), strict=True)


def planted(rng, strength, contents=10, styles=6):
    """Pairs with two predictors of which the first moves the outcome; contents and styles have tempers of their own."""
    content, style = (np.array(names) for names in grid_of_pairs(contents, styles))
    predictors = rng.normal(size=(len(content), 2)) + rng.normal(size=(contents, 2))[content]
    tempers = rng.normal(0, 0.5, contents)[content] + rng.normal(0, 0.5, styles)[style]
    return strength * predictors[:, 0] + tempers + rng.normal(0, 0.3, len(content)), predictors, content, style


def test_a_planted_predictor_is_found():
    found = [predictability(*planted(np.random.default_rng(seed), 1.5), draws=99) for seed in range(4)]
    assert min(q2 for q2, _ in found) > 0.3
    assert max(p for _, p in found) <= 0.05


def test_in_noise_no_predictor_is_found_more_often_than_chance_has_it():
    found = [predictability(*planted(np.random.default_rng(seed), 0.0), draws=39) for seed in range(40)]
    p = np.array([p for _, p in found])
    assert np.mean(p <= 0.05) <= 0.15
    assert np.mean(p <= 0.5) == pytest.approx(0.5, abs=0.17)
    assert np.median([q2 for q2, _ in found]) < 0


def test_a_prediction_knows_neither_the_content_nor_the_style_of_its_pair():
    outcome, predictors, content, style = planted(np.random.default_rng(0), 1.0)
    k = 17
    before = [values[k] for values in cross_validated(outcome, predictors, content, style)]
    outcome[(content == content[k]) | (style == style[k])] = 1e6
    after = [values[k] for values in cross_validated(outcome, predictors, content, style)]
    assert after == pytest.approx(before)


def test_a_linear_outcome_is_predicted_exactly():
    _, predictors, content, style = planted(np.random.default_rng(0), 1.0)
    outcome = 3 + predictors @ [2.0, -1.0]
    assert cross_validated(outcome, predictors, content, style)[0] == pytest.approx(outcome, abs=1e-6)


def test_too_few_pairs_are_refused():
    content, style = (np.array(names) for names in grid_of_pairs(3, 2))
    with pytest.raises(SettingError, match="too few for 2 predictors"):
        cross_validated(np.arange(6.0), np.ones((6, 2)), content, style)


def test_the_shares_of_the_variance_add_up_on_a_full_grid():
    rng = np.random.default_rng(0)
    rows = [
        {"content": c, "style": s, "kept": rng.normal(0, 0.2) + c + 2 * s + c * s}
        for c, s, _ in itertools.product(range(4), range(3), range(3))
    ]
    shares = variance_shares(rows, "kept")
    assert sum(share for name, share in shares.items() if name != "p") == pytest.approx(1)
    assert shares["p"] < 1e-6


def test_a_pairing_is_seen_in_no_noise():
    rng = np.random.default_rng(1)
    grid = list(itertools.product(range(5), range(4), range(3)))
    p = [
        variance_shares([{"content": c, "style": s, "kept": c + rng.normal()} for c, s, _ in grid], "kept")["p"]
        for _ in range(100)
    ]
    assert np.mean(np.array(p) <= 0.05) <= 0.12
    assert np.median(p) == pytest.approx(0.5, abs=0.15)


def test_means_are_taken_by_group():
    rows = [{"content": c, "style": s, "kept": 10 * c + s} for c in (0, 1) for s in (0, 2)]
    assert means_by(rows, "kept", "content") == {0: 1, 1: 11}
    assert means_by(rows, "kept", "content", "style") == {(0, 0): 0, (0, 2): 2, (1, 0): 10, (1, 2): 12}
