"""Comparisons at an equal operating point: what the interpolation, the intervals and the differences must obey."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nst_utils.base.errors import SettingError
from nst_utils.study.comparison import NotReachedError, compare, median_interval, value_at
from nst_utils.study.tables import rows_of, table_of

few = settings(max_examples=25, deadline=None)
numbers = st.floats(-100, 100).map(lambda value: round(value, 3))
curves = st.lists(st.tuples(numbers, numbers), min_size=2, max_size=8)


def trade_off(pace=1.0, lift=0.0, weights=(0.1, 0.2, 0.4, 0.8), **where):
    """Rows of a network that gives up style for edges as the content weight rises; ``pace`` is how fast it does."""
    return [
        {
            **where,
            "content_weight": weight,
            "style_gap_closed": 1 - pace * weight,
            "edge_correlation": (pace * weight) ** 2 + lift,
            "palette_distance": pace * weight / 10,
        }
        for weight in weights
    ]


def study(pairs=3, seeds=3, lift=0.0, pace=1.0):
    """Two networks on some pairs and seeds: one lifted above the other, one walking at another pace."""
    rows = []
    for pair in range(pairs):
        for seed in range(seeds):
            where = {"content": f"content {pair}", "style": "swirls", "seed": seed, "status": "done"}
            shift = 0.01 * pair + 0.001 * seed  # what a pair and a seed do to both networks alike
            rows += trade_off(backbone="vgg19", lift=lift + shift, **where)
            rows += trade_off(backbone="resnet50", lift=shift, pace=pace, **where)
    return rows


# Reading a value off a curve


@given(slope=numbers, offset=numbers, ends=st.tuples(numbers, numbers), share=st.floats(0, 1), points=st.integers(2, 9))
def test_the_interpolation_is_exact_on_a_line(slope, offset, ends, share, points):
    x = np.linspace(*ends, points)
    point = min(max(ends[0] + share * (ends[1] - ends[0]), min(x)), max(x))
    assert value_at(x, slope * x + offset, point) == pytest.approx(slope * point + offset, abs=1e-6)


@given(curve=st.dictionaries(numbers, numbers, min_size=2, max_size=8))
def test_a_point_of_the_curve_has_its_own_value(curve):
    x = sorted(curve)
    assert [value_at(x, [curve[place] for place in x], place) for place in x] == [curve[place] for place in x]


@given(curve=curves, point=numbers)
def test_the_direction_of_a_curve_does_not_matter(curve, point):
    x, y = map(list, zip(*curve, strict=True))
    if not min(x) <= point <= max(x):
        return
    assert value_at(x[::-1], y[::-1], point) == pytest.approx(value_at(x, y, point), abs=1e-6)


@given(curve=curves, point=numbers)
def test_a_value_lies_between_those_of_the_curve_and_beyond_it_there_is_none(curve, point):
    x, y = zip(*curve, strict=True)
    if min(x) <= point <= max(x):
        assert min(y) - 1e-9 <= value_at(x, y, point) <= max(y) + 1e-9
    else:
        with pytest.raises(NotReachedError, match=r"gap goes from .* and is never .*; nothing is extrapolated"):
            value_at(x, y, point, "gap")


def test_a_curve_that_passes_the_point_three_times_gives_the_mean_of_the_passages():
    assert value_at([0, 2, 1, 3], [0, 20, 40, 60], 1.5) == pytest.approx((15 + 30 + 45) / 3)


def test_a_point_between_two_pieces_counts_once():
    assert value_at([0, 1, 2, 1], [0, 10, 20, 40], 1) == pytest.approx((10 + 40) / 2)
    assert value_at([0, 1, 1, 2], [0, 10, 20, 30], 1) == pytest.approx((10 + 20) / 2)


def test_points_that_are_not_known_are_left_out():
    assert value_at([0, 1, 2], [0, math.nan, 8], 1) == 4
    assert value_at([0, None, 2], [0, 5, 8], 1) == 4
    with pytest.raises(NotReachedError, match="is not known"):
        value_at([0, 1], [math.nan, math.nan], 0.5)


# Medians and their intervals


@given(values=st.lists(numbers, min_size=2, max_size=9), seed=st.integers(0, 99))
@few
def test_the_interval_holds_the_median_and_lies_within_the_values(values, seed):
    median, low, high = median_interval(values, seed=seed)
    assert median == np.median(values)
    assert min(values) <= low <= median <= high <= max(values)
    assert (median, low, high) == median_interval(values, seed=seed)


def test_equal_values_have_no_spread_and_a_single_one_has_none_that_is_known():
    assert median_interval([0.0] * 5) == (0, 0, 0)
    median, low, high = median_interval([2.0])
    assert (median, math.isnan(low), math.isnan(high)) == (2, True, True)
    assert all(math.isnan(value) for value in median_interval([math.nan]))


def test_the_interval_covers_the_true_median_about_as_often_as_it_says():
    drawn = np.random.default_rng(0)
    hits = 0
    for trial in range(60):
        _, low, high = median_interval(list(drawn.normal(size=25)), level=0.8, seed=trial)
        hits += low <= 0 <= high
    assert 40 <= hits <= 58


def test_a_higher_level_gives_a_wider_interval():
    values = list(np.random.default_rng(1).normal(size=20))
    narrow, wide = (median_interval(values, level=level) for level in (0.5, 0.99))
    assert wide[1] < narrow[1] < narrow[2] < wide[2]


def test_units_may_have_different_numbers_of_values():
    median, low, high = median_interval([1.0, 2.0, 3.0, 10.0], ["a", "a", "b", "c"])
    assert (median, low, high) == (2.5, 1.5, 10)


def test_many_seeds_of_few_pairs_do_not_pass_for_many_observations():
    values = [pair + 0.001 * seed for pair in range(4) for seed in range(25)]
    pairs = [pair for pair in range(4) for seed in range(25)]
    (_, low, high), (_, low_apart, high_apart) = median_interval(values, pairs), median_interval(values)
    assert high - low > 1.5 * (high_apart - low_apart)


# Two networks


@given(lift=st.floats(0.001, 0.5), pace=st.floats(0.5, 2))
@few
def test_what_one_network_is_lifted_above_the_other_is_the_difference_whatever_their_weights(lift, pace):
    """The curve bends, so at unequal places of the points a little is left to the interpolation."""
    dense = tuple(np.geomspace(0.05, 1.6, 60))
    rows = trade_off(backbone="vgg19", lift=lift, weights=dense) + trade_off(
        backbone="resnet50", pace=pace, weights=dense
    )
    (row,) = rows_of(compare(table_of(rows), measures=["edge_correlation"]).rows)
    assert row["difference"] == pytest.approx(lift, abs=5e-3)
    assert row["difference"] == row["vgg19"] - row["resnet50"]


def test_equal_curves_give_no_difference_and_no_interval():
    for row in rows_of(compare(table_of(study())).summary):
        assert (row["difference"], row["low"], row["high"], row["larger"]) == (0, 0, 0, 0)
        assert (row["pairs"], row["comparisons"]) == (3, 9)


def test_equal_weights_would_have_told_another_story():
    """At equal weights the slower network seems to keep less content; at an equal style gap it does not."""
    table = table_of(study(pace=0.5))
    kept = table[table["content_weight"] == 0.4].groupby("backbone")["edge_correlation"].median()
    assert kept["vgg19"] > kept["resnet50"] + 0.1
    (row,) = rows_of(compare(table, point=0.8, measures=["edge_correlation"]).summary)
    assert abs(row["difference"]) < 1e-9


def test_the_other_way_round_all_signs_turn():
    table = table_of(study(lift=0.1, pace=0.7))
    one = compare(table, values=("vgg19", "resnet50"), point=0.75)
    other = compare(table, values=("resnet50", "vgg19"), point=0.75)
    assert one.rows["difference"].tolist() == (-other.rows["difference"]).tolist()
    for first, second in zip(rows_of(one.summary), rows_of(other.summary), strict=True):
        assert first["difference"] == pytest.approx(-second["difference"])
        assert (first["vgg19"], first["resnet50"]) == (second["vgg19"], second["resnet50"])


def test_another_measure_can_be_made_equal():
    found = compare(table_of(study(lift=0.1)), at="edge_correlation")
    assert found.summary["measure"].tolist() == ["palette_distance"]
    found = compare(table_of(study(lift=0.1)), at="edge_correlation", point=0.2, measures=["style_gap_closed"])
    assert set(found.rows["edge_correlation"]) == {0.2}
    assert min(found.rows["difference"]) > 0.05


def test_the_default_point_is_the_middle_of_what_both_reach():
    rows = trade_off(backbone="vgg19") + trade_off(backbone="resnet50", pace=2, weights=(0.1, 0.2, 0.3))
    (row,) = rows_of(compare(table_of(rows), measures=["edge_correlation"]).rows)
    assert row["style_gap_closed"] == pytest.approx((0.4 + 0.8) / 2)


def test_a_pair_that_does_not_reach_the_point_is_left_out_and_named():
    rows = study(lift=0.1)
    far = {"content": "far", "style": "swirls", "seed": 0, "status": "done"}
    rows += trade_off(backbone="vgg19", **far) + trade_off(backbone="resnet50", weights=(0.7, 0.8), **far)
    found = compare(table_of(rows), point=0.5)
    assert found.left_out["content"].tolist() == ["far"]
    assert "style_gap_closed of resnet50 goes from 0.2 to 0.3 and is never 0.5" in found.left_out["reason"][0]
    assert set(found.rows["content"]) == {"content 0", "content 1", "content 2"}
    assert "1 could not be compared" in str(found)
    assert "1 could not be compared" in found._repr_html_()


def test_where_no_pair_reaches_the_point_it_is_refused():
    with pytest.raises(NotReachedError, match=r"Nothing can be compared.*never 2; nothing is extrapolated"):
        compare(table_of(study()), point=2)


def test_curves_without_a_common_value_are_refused_with_both_ranges():
    rows = trade_off(backbone="vgg19", weights=(0.1, 0.2)) + trade_off(backbone="resnet50", weights=(0.5, 0.6))
    with pytest.raises(NotReachedError, match=r"0\.8 to 0\.9 with vgg19 and from 0\.4 to 0\.5 with resnet50"):
        compare(table_of(rows))


def test_a_single_run_is_no_curve():
    rows = trade_off(backbone="vgg19") + trade_off(backbone="resnet50", weights=(0.4,))
    with pytest.raises(NotReachedError, match="resnet50 has 1 runs along content_weight; a curve needs 2"):
        compare(table_of(rows))


def test_failed_runs_do_not_count():
    rows = study(lift=0.1)
    broken = {**rows[0], "content_weight": 9.0, "style_gap_closed": None, "edge_correlation": None, "status": "failed"}
    assert compare(table_of([*rows, broken])).summary.equals(compare(table_of(rows)).summary)


def test_two_runs_at_one_place_of_a_curve_are_refused():
    with pytest.raises(SettingError, match=r"two runs with content_weight 0\.1: name in by"):
        compare(table_of([*study(), *study()]))


def test_a_column_that_is_not_there_is_told_with_those_there_are():
    with pytest.raises(SettingError, match=r"no column 'edges'; the columns are backbone, content"):
        compare(table_of(study(pairs=1)), at="edges")


def test_what_tells_runs_apart_can_be_named():
    rows = [{**row, "method": method} for method in ("adam", "lbfgs") for row in study(pairs=1)]
    assert len(compare(table_of(rows), by=("seed", "method"), measures=["edge_correlation"]).rows) == 6


@pytest.mark.parametrize("values", [None, ("vgg19", "vgg16"), ("vgg19",), ("vgg19", "vgg19")])
def test_two_values_are_asked_for(values):
    rows = study(pairs=1) + trade_off(backbone="vgg13", content="content 0", style="swirls", seed=0, status="done")
    with pytest.raises(SettingError, match="give two of backbone: vgg19, resnet50, vgg13"):
        compare(table_of(rows), values=values)


def test_pairs_are_resampled_with_all_their_seeds():
    """With one pair the seeds are all there is; with several, seeds that agree do not narrow the interval."""
    rows = study(pairs=4, seeds=2)
    for row in rows:
        if row["backbone"] == "vgg19":
            row["edge_correlation"] += 0.1 * int(row["content"][-1]) + 0.001 * row["seed"]
    many = [{**row, "seed": seed} for row in rows for seed in (row["seed"], row["seed"] + 2, row["seed"] + 4)]
    one, other = (compare(table_of(each), measures=["edge_correlation"]).summary.loc[0] for each in (rows, many))
    assert other["comparisons"] == 3 * one["comparisons"]
    assert other["high"] - other["low"] == pytest.approx(one["high"] - one["low"], rel=0.1)
    alone = [row for row in rows if row["content"] == "content 2"]
    single = compare(table_of(alone), measures=["edge_correlation"]).summary.loc[0]
    assert single["pairs"] == 1
    assert single["low"] <= single["difference"] <= single["high"]
