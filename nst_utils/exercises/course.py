"""All exercises of the course, gathered from the lessons' modules, with the hints and what has been solved.

A lesson's exercises are in ``lesson_NN``, which belongs to ``notebooks/source/NN_title.py``: one module or, where that
would be long, a folder with a module an exercise. It is found by its name, and gives the lesson's name and its
exercises, in their order.
"""

import difflib
import importlib
import pkgutil
from pathlib import Path

from nst_utils.base.errors import SettingError
from nst_utils.exercises import solved
from nst_utils.exercises.exercise import Exercise
from nst_utils.exercises.solved import Progress
from nst_utils.exercises.verdict import Hint, value_text

_MODULES = [
    importlib.import_module(f"{__package__}.{module.name}")
    for module in sorted(pkgutil.iter_modules([str(Path(__file__).parent)]), key=lambda module: module.name)
    if module.name.startswith("lesson_")
]
LESSONS: dict[str, tuple[Exercise, ...]] = {module.LESSON: module.EXERCISES for module in _MODULES}
EXERCISES: dict[str, Exercise] = {exercise.name: exercise for its in LESSONS.values() for exercise in its}


def hint(exercise: str, step: int = 1) -> Hint:
    """Help with an exercise, in steps from 1 to 3; the last names the place of the solution.

    Examples
    --------
    >>> hint("gram_matrix", 1)
    Look at one place ...
    """
    if not isinstance(exercise, str) or exercise not in EXERCISES:
        raise SettingError(f"exercise is {value_text(exercise)}; {suggestion(exercise)}")
    chosen = EXERCISES[exercise]
    if step not in range(1, len(chosen.hints) + 1):
        raise SettingError(f"step is {value_text(step)}; the hints are 1 to {len(chosen.hints)}.")
    text = chosen.hints[int(step) - 1]
    if step < len(chosen.hints):
        return Hint(f'{text}\nNext: nst.hint("{exercise}", {step + 1})')
    lesson = next(name for name, its in LESSONS.items() if chosen in its)
    return Hint(f"{text}\nThe solution: notebooks/solutions/{lesson}.ipynb, under {exercise}.")


def progress() -> Progress:
    """What has been solved since the kernel started: the exercises of each lesson in which a check was run.

    Examples
    --------
    >>> verdict = EXERCISES["shuffled"].check(...)
    >>> progress().lessons["02_gram_matrices"]["shuffled"]
    'not attempted'
    """
    return solved.progress({lesson: [exercise.name for exercise in its] for lesson, its in LESSONS.items()})


def suggestion(name: str) -> str:
    """The exercise that was probably meant, or all of them."""
    close = difflib.get_close_matches(value_text(name).strip("'"), EXERCISES, n=1)
    return f"did you mean {close[0]!r}?" if close else f"choose one of {', '.join(EXERCISES)}."
