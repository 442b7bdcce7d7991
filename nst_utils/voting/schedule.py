"""What one voter is asked, in which order, and which painting stands on which side.

All of it follows from the names and the voter's number, so that a session that was cut short can be had back.
"""

import itertools
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple


class Duel(NamedTuple):
    """Two paintings of one pair, side by side; ``repeat`` where the voter has met them before, the other way around."""

    pair: str
    left: str
    right: str
    repeat: bool = False

    @property
    def turned(self) -> "Duel":
        """The same two the other way around, as a repeat."""
        return Duel(self.pair, self.right, self.left, True)


def schedule(methods: Mapping[str, Sequence[str]], count: int, repeats: int, voter: int) -> list[Duel]:
    """The duels of a voter, in their order.

    Parameters
    ----------
    methods : mapping of a pair's name to those of its paintings
    count : how many duels at most; where there are more, pairs and methods are met equally often, give or take little
    repeats : how many of the first half come again in the last third, with sides changed: at most half of them
    voter : the number that all chance follows from

    Returns
    -------
    list of Duel
        Over all of them each method stands on the left as often as on the right, give or take one. A pair does not
        follow itself, as far as the others reach.

    Examples
    --------
    >>> asked = schedule({"harbor": ["vgg16", "vgg19"], "portrait": ["vgg16", "vgg19"]}, 36, 1, voter=5)
    >>> [duel.pair for duel in asked], [duel.repeat for duel in asked]
    (['portrait', 'harbor', 'portrait'], [False, False, True])
    """
    chance = random.Random(voter)
    chosen = _chosen(methods, count, chance)
    repeated = set(chance.sample(chosen[: (len(chosen) + 1) // 2], min(repeats, len(chosen) // 2)))
    once = [duel for duel in chosen if duel not in repeated]
    sides = dict(zip(once, balanced_sides([(a, b) for _, a, b in once], chance), strict=True))
    # Turned when they come again, repeats balance themselves.
    sides |= {duel: chance.sample(duel[1:], 2) for duel in chosen if duel in repeated}
    duels = [Duel(duel[0], *sides[duel]) for duel in chosen]
    again = [first.turned for first, duel in zip(duels, chosen, strict=True) if duel in repeated]
    chance.shuffle(again)
    for duel in again:
        duels.insert(chance.randint(-(-2 * len(chosen) // 3), len(duels)), duel)
    return duels


def balanced_sides(edges: Sequence[tuple[str, str]], chance: random.Random) -> list[tuple[str, str]]:
    """The edges turned so that each end is first as often as second, give or take one.

    Each walk along edges that were not walked yet turns them into its direction: where it passes, one comes in for one
    that goes out. Walks begin at ends with an odd number of edges as long as there are any, so that at most one walk
    begins or ends there. (Euler's argument for the bridges of Königsberg.)

    Examples
    --------
    >>> sorted(balanced_sides([("a", "b"), ("a", "b")], random.Random(0)))
    [('a', 'b'), ('b', 'a')]
    """
    left = {k: set(edge) for k, edge in enumerate(edges)}
    turned = {}
    while left:
        degrees = Counter(itertools.chain(*left.values()))
        here = chance.choice(sorted([end for end in degrees if degrees[end] % 2] or degrees))
        while ways := [k for k, ends in left.items() if here in ends]:
            k = chance.choice(ways)
            (there,) = left.pop(k) - {here}
            turned[k] = (here, there)
            here = there
    return [turned[k] for k in range(len(edges))]


def _chosen(methods: Mapping[str, Sequence[str]], count: int, chance: random.Random) -> list[tuple[str, str, str]]:
    """So many duels without sides, of pairs and methods equally often, in an order in which pairs take turns."""
    left = [
        (pair, *two) for pair, painted in sorted(methods.items()) for two in itertools.combinations(sorted(painted), 2)
    ]
    chance.shuffle(left)
    met: Counter = Counter()
    chosen: list[tuple[str, str, str]] = []
    while left and len(chosen) < count:
        duel = min(left, key=lambda duel: (met[0, duel[0]], met[1, duel[1]] + met[1, duel[2]]))
        left.remove(duel)
        met.update([(0, duel[0]), (1, duel[1]), (1, duel[2])])
        chosen.append(duel)
    return _taking_turns(chosen, chance)


def _taking_turns(duels: Iterable[tuple[str, str, str]], chance: random.Random) -> list[tuple[str, str, str]]:
    """In random order, but from the pair that has most left, other than the last one."""
    waiting: dict[str, list] = {}
    for duel in duels:
        waiting.setdefault(duel[0], []).append(duel)
    for of_pair in waiting.values():
        chance.shuffle(of_pair)
    ordered: list[tuple[str, str, str]] = []
    while waiting:
        others = [pair for pair in waiting if not ordered or pair != ordered[-1][0]] or [*waiting]
        pair = max(others, key=lambda pair: (len(waiting[pair]), chance.random()))
        ordered.append(waiting[pair].pop())
        if not waiting[pair]:
            del waiting[pair]
    return ordered
