"""Lesson 06: how activity is spread in a layer, how to spread it, and which layers of a residual network to take."""

from nst_utils.exercises.lesson_06.activation_entropy import ENTROPY
from nst_utils.exercises.lesson_06.resnet_layers import LAYERS
from nst_utils.exercises.lesson_06.softmax_smoothing import SMOOTHING

LESSON = "06_vgg_vs_resnet"
EXERCISES = (ENTROPY, SMOOTHING, LAYERS)
