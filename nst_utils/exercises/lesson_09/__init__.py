"""Lesson 09: the style of a region, the colors of another picture, the target of a mixture, and a smaller mask."""

from nst_utils.exercises.lesson_09.blend_target import BLEND
from nst_utils.exercises.lesson_09.color_map import COLORS
from nst_utils.exercises.lesson_09.eroded_mask import ERODED
from nst_utils.exercises.lesson_09.guided_gram import GUIDED

LESSON = "09_control"
EXERCISES = (GUIDED, ERODED, COLORS, BLEND)
