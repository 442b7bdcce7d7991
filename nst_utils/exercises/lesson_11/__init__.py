"""Lesson 11: one number for each independent unit, and a report whose verdict follows from its interval."""

from nst_utils.exercises.lesson_11.capstone_report import REPORT
from nst_utils.exercises.lesson_11.pair_differences import DIFFERENCES

LESSON = "11_studio"
EXERCISES = (DIFFERENCES, REPORT)
