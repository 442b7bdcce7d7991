"""Checks of the exercises: ``nst.check.gram_matrix(my_function)`` says whether it is right, and if not, where.

One function for each of `course.EXERCISES`; each takes the student's function (or value) and returns a `Verdict` with
``passed``, ``state``, and what to see as text or in a notebook. A student's mistake never raises.
"""

from nst_utils.exercises.course import EXERCISES, suggestion

__all__ = list(EXERCISES)


def __getattr__(name: str):
    raise AttributeError(f"there is no exercise {name!r}; {suggestion(name)}")


globals().update({name: exercise.check for name, exercise in EXERCISES.items()})
