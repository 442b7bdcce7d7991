"""Lesson 03: how far apart two pictures are, in content and in style, how rough one is, and what a weight is worth."""

from nst_utils.exercises.lesson_03.content_loss import CONTENT
from nst_utils.exercises.lesson_03.convert_weight import CONVERT
from nst_utils.exercises.lesson_03.style_loss import STYLE
from nst_utils.exercises.lesson_03.total_variation import TOTAL_VARIATION

LESSON = "03_content_and_style_loss"
EXERCISES = (CONTENT, STYLE, TOTAL_VARIATION, CONVERT)
