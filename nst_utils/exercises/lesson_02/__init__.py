"""Lesson 02: Gram matrices, what they keep and what they forget."""

from nst_utils.exercises.lesson_02.gram_matrix import GRAM
from nst_utils.exercises.lesson_02.gram_of_pattern import PATTERN
from nst_utils.exercises.lesson_02.shuffled import SHUFFLED

LESSON = "02_gram_matrices"
EXERCISES = (GRAM, SHUFFLED, PATTERN)
