"""Lesson 07: whether two pictures share their edges, and whether two groups differ by more than chance."""

from nst_utils.exercises.lesson_07.edge_correlation import EDGES
from nst_utils.exercises.lesson_07.permutation_test import PERMUTATION

LESSON = "07_which_pictures"
EXERCISES = (EDGES, PERMUTATION)
