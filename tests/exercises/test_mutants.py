"""Every reference with one thing changed is rejected by its own check, unless it computes the same."""

import doctest

import mutate_exercises
import pytest

from nst_utils.exercises import EXERCISES

ARGUED = mutate_exercises.reasons()


@pytest.mark.parametrize("exercise", mutate_exercises.tried(), ids=lambda exercise: exercise.name)
def test_each_mutant_that_survives_computes_the_same(exercise):
    count, alive = mutate_exercises.trial(exercise)
    argued = ARGUED.get(exercise.name, {})
    assert [change for change in alive if change not in argued] == []
    assert sorted(argued.keys() - set(alive)) == []
    assert count - len(alive) >= 10


def test_each_survivor_is_argued_for():
    assert ARGUED.keys() <= EXERCISES.keys() - mutate_exercises.WITHOUT.keys()
    assert [(name, change) for name, its in ARGUED.items() for change, reason in its.items() if len(reason) < 20] == []


def test_every_exercise_is_mutated_or_it_is_said_why_not():
    tried = {exercise.name for exercise in mutate_exercises.tried()}
    assert tried | mutate_exercises.WITHOUT.keys() == EXERCISES.keys()
    assert not tried & mutate_exercises.WITHOUT.keys()


def test_the_examples_of_the_tool_are_right():
    assert doctest.testmod(mutate_exercises).failed == 0


def test_a_hole_is_found():
    """With its smallest case alone, a check lets mutants through."""
    whole = EXERCISES["predict_memory"]
    poor = type(whole)(whole.reference, whole.variants, whole.hints, whole.checked, cases=())
    _, alive = mutate_exercises.trial(poor)
    assert any("h // stride" in change for change in alive)
    assert mutate_exercises.trial(whole)[1] == []


def test_a_mutant_without_end_is_rejected():
    mutants = mutate_exercises.mutants(EXERCISES["sizes_for_budget"])
    endless = next(mutant for mutant in mutants if "finest //= 2" in mutant.change and "pass" in mutant.change)
    assert not mutate_exercises.survives(EXERCISES["sizes_for_budget"], endless)
