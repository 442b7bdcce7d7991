"""Lesson 04: how a picture learns, and when to stop."""

from nst_utils.exercises.lesson_04.stop_step import STOP
from nst_utils.exercises.lesson_04.training_step import STEP

LESSON = "04_optimization"
EXERCISES = (STEP, STOP)
