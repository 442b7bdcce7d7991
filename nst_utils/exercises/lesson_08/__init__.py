"""Lesson 08: what size costs, in memory and in time."""

from nst_utils.exercises.lesson_08.predict_memory import MEMORY
from nst_utils.exercises.lesson_08.sizes_for_budget import BUDGET

LESSON = "08_resolution"
EXERCISES = (MEMORY, BUDGET)
