"""Lesson 11, pair_differences: one number for each independent unit."""

import itertools
from collections.abc import Mapping

import numpy as np

from nst_utils.exercises.exercise import Exercise, Misfit, Variant, numbers
from nst_utils.exercises.verdict import value_text


def pair_differences(runs, hypothesis):
    """What a setting does to each pair of pictures: a dict of (content, style) to one number.

    ``runs`` is a list of dicts, a painting each, with "content", "style", "seed", "status" and two entries more, whose
    names the hypothesis tells: the value that was tried is ``run[hypothesis["setting"]]``, what was measured is
    ``run[hypothesis["measure"]]``. For one content, style and seed take the measure at the first of
    ``hypothesis["values"]`` less that at the second, if the "status" of both runs is "done": another one has measured
    nothing. The number of a pair is the median over its seeds. A pair without any such difference is left out.

    >>> common = {"content": "harbor", "style": "swirls", "seed": 0, "status": "done"}
    >>> runs = [{**common, "tv": 4, "grain": 2}, {**common, "tv": 1, "grain": 5}]
    >>> found = pair_differences(runs, {"setting": "tv", "values": (4, 1), "measure": "grain"})
    >>> {pair: float(number) for pair, number in found.items()}
    {('harbor', 'swirls'): -3.0}
    """
    return {pair: float(np.median(each)) for pair, each in _by_pair(runs, hypothesis).items() if each}


def _measured(runs, hypothesis, alive=lambda run: run["status"] == "done") -> dict:
    """Pair to seed to value of the setting to what was measured."""
    found: dict = {}
    for run in runs:
        seeds = found.setdefault((run["content"], run["style"]), {})
        if alive(run):
            seeds.setdefault(run["seed"], {})[run[hypothesis["setting"]]] = run[hypothesis["measure"]]
    return found


def _by_pair(runs, hypothesis) -> dict[tuple, list]:
    """The differences of each pair, a seed each, in the order of the seeds."""
    first, second = hypothesis["values"]
    return {
        pair: [values[first] - values[second] for _, values in sorted(seeds.items()) if {first, second} <= set(values)]
        for pair, seeds in _measured(runs, hypothesis).items()
    }


def _summed_up(average):
    """One number a pair by another average of its seeds."""
    return lambda runs, hypothesis: {pair: average(each) for pair, each in _by_pair(runs, hypothesis).items() if each}


def _sides(runs, hypothesis) -> dict[tuple, tuple[list, list]]:
    """What each pair measured at the first value and at the second, whatever the seed."""
    return {
        pair: tuple([seed[value] for seed in seeds.values() if value in seed] for value in hypothesis["values"])
        for pair, seeds in _measured(runs, hypothesis).items()
    }


def _unpaired(runs, hypothesis):
    sides = _sides(runs, hypothesis)
    return {pair: np.median(one) - np.median(other) for pair, (one, other) in sides.items() if one and other}


def _every_seed_with_every_other(runs, hypothesis):
    sides = _sides(runs, hypothesis)
    return {
        pair: np.median([a - b for a, b in itertools.product(one, other)])
        for pair, (one, other) in sides.items()
        if one and other
    }


def _failed_are_0(runs, hypothesis):
    measure = hypothesis["measure"]
    return pair_differences([{**run, "status": "done", measure: run[measure] or 0} for run in runs], hypothesis)


def _whatever_the_status(runs, hypothesis):
    return pair_differences([{**run, "status": "done"} for run in runs], hypothesis)


def _renamed(key_of):
    """The right numbers under other keys."""
    return lambda runs, hypothesis: {key_of(pair): each for pair, each in pair_differences(runs, hypothesis).items()}


def _any_other_value(runs, hypothesis):
    name, (first, second) = hypothesis["setting"], hypothesis["values"]
    return pair_differences([{**run, name: first if run[name] == first else second} for run in runs], hypothesis)


def _zero_is_nothing(runs, hypothesis):
    return pair_differences([run for run in runs if run[hypothesis["measure"]]], hypothesis)


def _all_but_failed(runs, hypothesis):
    return pair_differences([{**run, "status": "done"} for run in runs if run["status"] != "failed"], hypothesis)


def _by_place(runs, hypothesis):
    """The first finished run at one value with the first at the other, and so on."""
    sides = _sides(runs, hypothesis)
    return {
        pair: np.median([a - b for a, b in zip(one, other, strict=False)])
        for pair, (one, other) in sides.items()
        if one and other
    }


def _alone(role):
    """Units that are contents, or styles, and no pairs."""

    def differences(runs, hypothesis):
        pairs = _by_pair(runs, hypothesis)
        names = dict.fromkeys(pair[role] for pair in pairs)
        joined = {name: [d for pair in pairs if pair[role] == name for d in pairs[pair]] for name in names}
        return {name: np.median(each) for name, each in joined.items() if each}

    return differences


def _a_number_a_seed(runs, hypothesis):
    return {
        (*pair, seed): each
        for pair, differences in _by_pair(runs, hypothesis).items()
        for seed, each in enumerate(differences)
    }


def _relative(runs, hypothesis):
    first, second = hypothesis["values"]
    return {
        pair: np.median([(v[first] - v[second]) / v[second] for v in seeds.values() if {first, second} <= set(v)])
        for pair, seeds in _measured(runs, hypothesis).items()
        if any({first, second} <= set(v) for v in seeds.values())
    }


def _differences(answer, function, runs, *_):
    """By pair, in the order of the runs: whether it is there, and its number."""
    if not isinstance(answer, Mapping):
        raise Misfit("no dict", f"The answer is a {type(answer).__name__}, not a dict.")
    pairs = dict.fromkeys((run["content"], run["style"]) for run in runs)
    for key in answer:
        if not isinstance(key, tuple):
            named = [name for name in ("content", "style") if any(str(run[name]) in str(key) for run in runs)]
            raise Misfit(f"keys that name {named}", f"The key {value_text(key)} is no pair (content, style).")
        if key not in pairs:
            raise Misfit(f"keys of {len(key)}", f"The key {value_text(key)} is no pair (content, style) of the runs.")
    return numbers([[float(pair in answer), answer.get(pair, 0)] for pair in pairs])


_STOPPED = 1000.5  # measured of a run that somebody stopped on its way


def _runs(setting: str, measure: str, pairs: Mapping) -> list[dict]:
    """A table as `sweep` makes it: for each pair and seed what was measured at each value, None for a failed run."""
    return [
        {
            "content": content,
            "style": style,
            "seed": seed,
            setting: value,
            "status": {None: "failed", _STOPPED: "stopped"}.get(measured, "done"),
            measure: measured,
        }
        for (content, style), seeds in pairs.items()
        for seed, values in enumerate(seeds)
        for value, measured in values.items()
    ]


_TV = {"setting": "tv_weight", "values": (4, 1), "measure": "grain"}
_TEXTS = {"setting": "seed_of_noise", "values": ("y", "x"), "measure": "seconds"}
_SHIFTS = {"setting": "jitter", "values": (0, 8), "measure": "edges"}
DIFFERENCES = Exercise(
    pair_differences,
    read=_differences,
    cases=(
        (_runs("tv_weight", "grain", {("harbor", "swirls"): [{4: 2, 1: 5}]}), _TV),
        (_runs("tv_weight", "grain", {("harbor", "swirls"): [{1: 2, 4: 10}, {1: 8, 4: 4}, {1: 4, 4: 5}]}), _TV),
        (_runs("tv_weight", "grain", {("harbor", "swirls"): [{1: 2, 4: 9}, {1: 8, 4: None}, {1: 4, 4: 7}]}), _TV),
        (
            _runs(
                "jitter",
                "edges",
                {
                    ("harbor", "swirls"): [{0: 4, 8: 2}, {0: 1, 8: 8}, {0: None, 8: 3}, {0: 16, 8: 5}],
                    ("harbor", "woodcut"): [{0: 5, 8: None}, {0: None, 8: 1}],
                    ("flower", "swirls"): [{0: 9, 8: 1}, {0: 2, 8: 4}],
                    ("flower", "woodcut"): [{0: 3, 8: 3}],
                },
            )[::-1],
            _SHIFTS,
        ),
        (  # a third value, a measured 0, runs that somebody stopped
            _runs(
                "jitter",
                "edges",
                {
                    ("harbor", "swirls"): [{0: 0, 8: 0.25}, {4: 512, 0: 0.5, 8: 0}, {0: 3, 4: 7, 8: 0.125}],
                    ("flower", "swirls"): [{4: 2, 8: 0.5}, {0: 1.5, 4: 64}],
                    ("harbor", "honeycomb"): [{0: 0, 8: 0}, {0: _STOPPED, 8: 1}, {0: 7, 8: _STOPPED}],
                    ("flower", "honeycomb"): [{0: _STOPPED, 8: _STOPPED}],
                },
            ),
            _SHIFTS,
        ),
        (_runs("seed_of_noise", "seconds", {("a", "b"): [{"x": 0.5, "y": 4097.25, "z": 8}]}), _TEXTS),
        ([], _TV),
    ),
    variants=(
        Variant(
            "second less first",
            lambda runs, hypothesis: {pair: -number for pair, number in pair_differences(runs, hypothesis).items()},
            "The signs are turned round: it is the measure at the first value less that at the second.",
        ),
        Variant(
            "mean over seeds",
            _summed_up(np.mean),
            "The mean over the seeds was taken; asked for is the median, which one odd seed does not move.",
        ),
        Variant(
            "sum over seeds",
            _summed_up(np.sum),
            "The seeds were added up. A pair with more seeds would count for more: take their median.",
        ),
        Variant(
            "one seed",
            _summed_up(lambda each: each[-1]),
            "Only one seed of each pair is left; each new one has overwritten the last. Collect them, then take the "
            "median.",
        ),
        Variant(
            "the first seed",
            _summed_up(lambda each: each[0]),
            "Only the first seed of each pair was used. Take the median over all of them.",
        ),
        Variant(
            "medians first",
            _unpaired,
            "The medians of each side were subtracted. Subtract first, seed by seed: the two runs of one seed begin "
            "alike, and what they have in common drops out.",
        ),
        Variant(
            "every seed with every other",
            _every_seed_with_every_other,
            "Runs of different seeds were subtracted from each other. Only runs that share content, style and seed "
            "belong together.",
        ),
        Variant(
            "failed counts as 0",
            _failed_are_0,
            "A failed run was counted as 0. It has measured nothing: leave its seed out.",
        ),
        Variant(
            "failed is used",
            _whatever_the_status,
            "A failed run was used, whose measure is None. Look at its status first.",
        ),
        Variant(
            "a third value",
            _any_other_value,
            "Whatever is not at the first value was taken for the second. A table may hold a third one: compare with "
            "both.",
        ),
        Variant(
            "a measured 0 dropped",
            _zero_is_nothing,
            "Runs that measured 0 were left out. 0 is a measurement like any other, and only None is none: ask for the "
            "status.",
        ),
        Variant(
            "all but failed ones",
            _all_but_failed,
            "Runs with other words than failed were used. Only those whose status is done have been measured to their "
            "end.",
        ),
        Variant(
            "texts as keys",
            _renamed(lambda pair: " in ".join(pair)),
            "The keys are texts that hold both names. A key is a tuple of two, (content, style).",
        ),
        Variant(
            "style first",
            _renamed(lambda pair: pair[::-1]),
            "The keys have the style first; it is (content, style).",
        ),
        Variant(
            "only the first pair",
            lambda runs, hypothesis: dict([*pair_differences(runs, hypothesis).items()][:1]),
            "Only one pair is left: is there a return inside of the loop?",
        ),
        Variant(
            "whatever the seed",
            _by_place,
            "The runs were matched by their order in the table. It is content, style and seed that must agree.",
        ),
        Variant(
            "contents",
            _alone(0),
            "There is one number for each content. Asked for is one for each pair: the key is (content, style).",
        ),
        Variant(
            "styles",
            _alone(1),
            "There is one number for each style. Asked for is one for each pair: the key is (content, style).",
        ),
        Variant(
            "a number a seed",
            _a_number_a_seed,
            "Each seed has a number of its own. Seeds of one pair are repeats, no further witnesses: take their "
            "median.",
        ),
        Variant(
            "absolute",
            lambda runs, hypothesis: {pair: abs(number) for pair, number in pair_differences(runs, hypothesis).items()},
            "The sign is lost. A claim has a direction, so keep it.",
        ),
        Variant(
            "relative",
            _relative,
            "The differences were divided by the second measurement; asked for are plain differences.",
        ),
        Variant(
            "empty pairs are 0",
            lambda runs, hypothesis: {
                pair: np.median(each) if each else 0.0 for pair, each in _by_pair(runs, hypothesis).items()
            },
            "A pair of which nothing is known got a 0, as if the setting had done nothing to it. Leave it out.",
        ),
    ),
    hints=(
        "Which two runs differ in nothing but the setting? Only these may be subtracted.",
        "Keep what is done in a dict under content, style, seed and value. Then go through it, look for the partner of "
        "each run at the first value, and collect the differences of a pair in a list.",
        "A list in a dict is begun with setdefault. When all are collected, one more pass takes the median of each.",
    ),
    checked=(
        "only runs that share content, style and seed are subtracted, the first value less the second",
        "failed runs leave their seed out, and a pair without any seed is gone",
        "the median over seeds, in whatever order the runs are",
    ),
)
