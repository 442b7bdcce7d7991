"""What a voter is asked: everything once, both sides alike, some again, and the same after an interruption."""

import itertools
import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from nst_utils.voting.schedule import balanced_sides, schedule

NAMES = ["vgg16", "vgg19", "resnet50", "mixed"]
methods = st.dictionaries(
    st.text("abc", min_size=1, max_size=3), st.sets(st.sampled_from(NAMES), min_size=1), min_size=1
)
numbers = st.integers(0, 10**6)


def two_of(duel):
    return duel.pair, frozenset((duel.left, duel.right))


def twos_in(pairs):
    return {(pair, frozenset(two)) for pair, names in pairs.items() for two in itertools.combinations(names, 2)}


def imbalance(duels):
    """By method, how often it stands left more than right."""
    sides = Counter(duel.left for duel in duels)
    sides.subtract(duel.right for duel in duels)
    return sides


@given(methods, st.integers(1, 30), st.integers(0, 8), numbers)
def test_two_paintings_are_met_once_but_for_repeats_with_sides_changed_later(pairs, count, repeats, voter):
    duels = schedule(pairs, count, repeats, voter)
    first = [duel for duel in duels if not duel.repeat]
    assert len({two_of(duel) for duel in first}) == len(first) == min(count, len(twos_in(pairs)))
    assert {two_of(duel) for duel in first} <= twos_in(pairs)
    again = [duel for duel in duels if duel.repeat]
    assert len(set(again)) == len(again) == min(repeats, len(first) // 2)
    for duel in again:
        (before,) = [one for one in first if two_of(one) == two_of(duel)]
        assert (before.left, before.right) == (duel.right, duel.left)
        assert duels.index(before) < duels.index(duel)


@given(methods, st.integers(1, 30), st.integers(0, 8), numbers)
def test_each_method_is_left_as_often_as_right_give_or_take_one(pairs, count, repeats, voter):
    duels = schedule(pairs, count, repeats, voter)
    assert max(map(abs, imbalance(duels).values()), default=0) <= 1


@given(st.lists(st.sampled_from([*itertools.combinations(NAMES, 2)])), numbers)
def test_balanced_sides_are_the_same_edges(edges, seed):
    turned = balanced_sides(edges, random.Random(seed))
    assert [*map(frozenset, turned)] == [*map(frozenset, edges)]


@given(methods, numbers)
def test_an_order_can_be_had_back_from_the_number_alone(pairs, voter):
    assert schedule(pairs, 20, 3, voter) == schedule(dict(reversed(pairs.items())), 20, 3, voter)


def test_a_part_of_many_twos_is_of_all_pairs_and_methods_alike():
    pairs = {f"pair {k}": NAMES for k in range(8)}  # 48 twos
    for voter in range(20):
        duels = schedule(pairs, 16, 0, voter)
        assert set(Counter(duel.pair for duel in duels).values()) == {2}
        met = Counter(name for duel in duels for name in (duel.left, duel.right))
        assert max(met.values()) - min(met.values()) <= 2
        assert all(one.pair != other.pair for one, other in itertools.pairwise(duels))


def test_voters_differ_and_no_place_belongs_to_a_method():
    pairs = {"harbor": NAMES[:2], "portrait": NAMES[:2]}
    orders = [schedule(pairs, 36, 0, voter) for voter in range(200)]
    assert len({tuple(duels) for duels in orders}) == 4  # two orders, and two of four ways to stand that are balanced
    assert 70 < sum(duels[0].left == "vgg16" for duels in orders) < 130
    assert 70 < sum(duels[0].pair == "harbor" for duels in orders) < 130
