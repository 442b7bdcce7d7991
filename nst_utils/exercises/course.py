"""All exercises of the course, gathered from the lessons' modules, with the hints and what has been solved.

Floor 6. ``nst.check`` has a function for each of them, `hint` gives help in steps. TensorFlow is imported by the first
check that needs it.
"""

import difflib
import importlib
import pkgutil

from nst_utils import exercises
from nst_utils.base.errors import SettingError
from nst_utils.exercises import record
from nst_utils.exercises.exercise import Exercise
from nst_utils.exercises.record import Progress
from nst_utils.exercises.verdict import Hint

LESSONS = tuple(  # found by their names, in the order of the lessons
    importlib.import_module(f"{exercises.__name__}.{module.name}")
    for module in sorted(pkgutil.iter_modules(exercises.__path__), key=lambda module: module.name)
    if module.name.startswith("lesson_")
)
EXERCISES: dict[str, Exercise] = {exercise.name: exercise for lesson in LESSONS for exercise in lesson.EXERCISES}


def hint(exercise: str, step: int = 1) -> Hint:
    """Help with an exercise, in steps from 1 to 3; the last names the place of the solution.

    Examples
    --------
    >>> hint("gram_matrix", 1)
    Look at one place ...
    """
    if exercise not in EXERCISES:
        raise SettingError(f"exercise is {exercise!r}; {suggestion(exercise)}")
    chosen = EXERCISES[exercise]
    if step not in range(1, len(chosen.hints) + 1):
        raise SettingError(f"step is {step!r}; the hints are 1 to {len(chosen.hints)}.")
    text = chosen.hints[step - 1]
    if step < len(chosen.hints):
        return Hint(f'{text}\nNext: nst.hint("{exercise}", {step + 1})')
    return Hint(f"{text}\nThe solution: notebooks/solutions/{chosen.lesson}.ipynb, under {exercise}.")


def progress() -> Progress:
    """What has been solved since the kernel started: the exercises of each lesson in which a check was run.

    Examples
    --------
    >>> verdict = EXERCISES["shuffled"].check(...)
    >>> progress().lessons["02_gram_matrices"]["shuffled"]
    'not attempted'
    """
    return record.progress({exercise.name: exercise.lesson for exercise in EXERCISES.values()})


def suggestion(name: str) -> str:
    """The exercise that was probably meant, or all of them."""
    close = difflib.get_close_matches(str(name), EXERCISES, n=1)
    return f"did you mean {close[0]!r}?" if close else f"choose one of {', '.join(EXERCISES)}."
