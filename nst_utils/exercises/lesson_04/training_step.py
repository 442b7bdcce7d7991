"""Lesson 04, training_step: how a picture learns."""

import numpy as np

from nst_utils.base.tensorflow import tf
from nst_utils.exercises.examples import Told
from nst_utils.exercises.exercise import Exercise, Variant
from nst_utils.exercises.readers import precise_numbers
from nst_utils.exercises.refusals import nothing_in_a_product


def training_step(picture, loss_function, learning_rate):
    """One step of plain gradient descent: the picture after it, clipped to [0, 1].

    ``picture`` is a tensor (n, h, w, 3), ``loss_function(picture)`` gives a scalar tensor, ``learning_rate`` is a
    number. Go against the gradient of the loss, learning_rate times its length. Return a picture of the same shape.

    >>> picture = tf.fill([1, 1, 2, 3], 0.5)
    >>> new = training_step(picture, lambda x: tf.reduce_sum(x**2), 0.25)  # the gradient is 2 x
    >>> new.numpy().min(), new.numpy().max()  # 0.5 - 0.25 * 2 * 0.5
    (np.float32(0.25), np.float32(0.25))
    """
    with tf.GradientTape() as tape:
        tape.watch(picture)
        loss = loss_function(picture)
    gradient = tape.gradient(loss, picture)
    return tf.clip_by_value(picture - learning_rate * gradient, 0.0, 1.0)


def _quarters(*shape: int) -> np.ndarray:
    """0, 1/4, 1/2, 3/4 and 1 without order, all exact."""
    return (np.arange(np.prod(shape)) * 7 % 5 / 4).reshape(shape).astype(np.float32)


def _slopes(picture):
    """-4, 0, 1, 2, 3 for each value in turn."""
    count = tf.size(picture)
    return tf.reshape(tf.gather(tf.constant([-4.0, 0.0, 1.0, 2.0, 3.0]), tf.range(count) % 5), tf.shape(picture))


_TO_GRAY = Told("sum of (x - 1/2)^2", lambda x: tf.reduce_sum((x - 0.5) ** 2))
_DOWN = Told("sum of 4 x", lambda x: 4 * tf.reduce_sum(x))
_UP = Told("sum of -4 x", lambda x: -4 * tf.reduce_sum(x))
_SLOPES = Told("sum of a x, with a = -4, 0, 1, 2, 3 in turn", lambda x: tf.reduce_sum(_slopes(x) * x))


_CURVED = Told("sum of x^4", lambda x: tf.reduce_sum(x**4))
_FINE = (1 + _quarters(3, 3, 2, 3)) / np.float32(2) + np.float32(2**-6)  # which float16 steps do not meet


def _gradient(picture, loss_function):
    with tf.GradientTape() as tape:
        tape.watch(picture)
        loss = loss_function(picture)
    return tape.gradient(loss, picture)


def _half_precision(picture, loss_function, learning_rate):
    return tf.cast(tf.cast(training_step(picture, loss_function, learning_rate), tf.float16), tf.float32)


def _clipped_to_its_own_ends(picture, loss_function, learning_rate):
    new = picture - learning_rate * _gradient(picture, loss_function)
    return tf.clip_by_value(new, tf.reduce_min(picture), tf.reduce_max(picture))


def _assigned(picture, loss_function, learning_rate):
    return picture.assign_sub(learning_rate * _gradient(picture, loss_function))


def _clipped(picture):
    return tf.clip_by_value(picture, 0.0, 1.0)


def _rescaled(picture):
    low, high = tf.reduce_min(picture), tf.reduce_max(picture)
    return tf.math.divide_no_nan(picture - low, high - low)


STEP = Exercise(
    training_step,
    tensors=True,
    read=precise_numbers,
    cases=(
        (np.array([[[[0, 0.25, 0.5], [0.75, 1, 1]]]], np.float32), _TO_GRAY, 0.25),
        (_quarters(1, 1, 2, 3), _DOWN, 0.125),
        (_quarters(1, 1, 2, 3), _UP, 0.125),
        (_quarters(2, 2, 3, 3), _SLOPES, 0.125),
        (_quarters(2, 2, 3, 3), _TO_GRAY, 0.5),
        (0.25 + _quarters(3, 4, 2, 3) / 2, _SLOPES, 0.25),  # a picture that reaches neither 0 nor 1
        (_FINE, _CURVED, 0.375),
        (_quarters(1, 2, 5, 3), _TO_GRAY, 0.0),
    ),
    variants=(
        Variant(
            "uphill",
            lambda picture, loss_function, learning_rate: training_step(picture, loss_function, -learning_rate),
            "The loss grows: the gradient points uphill, so it is subtracted.",
        ),
        Variant(
            "not clipped",
            lambda picture, loss_function, learning_rate: picture - learning_rate * _gradient(picture, loss_function),
            "The step is right, but values leave [0, 1], where there are no colors: clip them.",
        ),
        Variant(
            "clipped below only",
            lambda picture, loss_function, learning_rate: tf.nn.relu(
                picture - learning_rate * _gradient(picture, loss_function)
            ),
            "Only the lower end is clipped: values above 1 are left.",
        ),
        Variant(
            "clipped to 255",
            lambda picture, loss_function, learning_rate: 255 * training_step(picture, loss_function, learning_rate),
            "The values go up to 255: a picture here ends at 1.",
        ),
        Variant(
            "gradient clipped",
            lambda picture, loss_function, learning_rate: (
                picture - learning_rate * _clipped(_gradient(picture, loss_function))
            ),
            "The gradient was clipped in place of the picture, so nothing can become brighter.",
        ),
        Variant(
            "gradient shortened",
            lambda picture, loss_function, learning_rate: (
                picture - learning_rate * tf.clip_by_value(_gradient(picture, loss_function), -1.0, 1.0)
            ),
            "The gradient was clipped to -1 to 1. It keeps its length; it is the picture that is clipped.",
        ),
        Variant(
            "rescaled",
            lambda picture, loss_function, learning_rate: _rescaled(
                picture - learning_rate * _gradient(picture, loss_function)
            ),
            "All values were stretched to [0, 1]; clipping changes only those that lie outside.",
        ),
        Variant(
            "rate forgotten",
            lambda picture, loss_function, learning_rate: _clipped(picture - _gradient(picture, loss_function)),
            "The learning rate is not used: the step is the gradient times it.",
        ),
        Variant(
            "sign only",
            lambda picture, loss_function, learning_rate: _clipped(
                picture - learning_rate * tf.sign(_gradient(picture, loss_function))
            ),
            "Every value moves by the same amount. In plain gradient descent a steep slope moves it farther.",
        ),
        Variant(
            "unit length",
            lambda picture, loss_function, learning_rate: _clipped(
                picture - learning_rate * tf.math.l2_normalize(_gradient(picture, loss_function))
            ),
            "The gradient was brought to length 1; plain descent takes it as it is.",
        ),
        Variant(
            "loss for gradient",
            lambda picture, loss_function, learning_rate: _clipped(picture - learning_rate * loss_function(picture)),
            "The loss itself was subtracted, one number from all. Each value has a slope of its own: the gradient.",
        ),
        Variant(
            "gradient returned",
            lambda picture, loss_function, learning_rate: _gradient(picture, loss_function),
            "That is the gradient. Return the picture that the step leads to.",
        ),
        Variant(
            "step returned",
            lambda picture, loss_function, learning_rate: _clipped(-learning_rate * _gradient(picture, loss_function)),
            "That is the step alone: it starts from the picture.",
        ),
        Variant(
            "unchanged",
            lambda picture, loss_function, learning_rate: picture,
            "The picture comes back as it was: return the new one.",
        ),
        Variant(
            "not watched",
            nothing_in_a_product,
            "The gradient is None, for the tape saw no way from the picture to the loss. Three things have to hold: "
            "tape.watch comes first, the loss is computed inside of the with block, and gradient takes first the loss, "
            "then the picture.",
        ),
        Variant(
            "methods of an array",
            lambda picture, loss_function, learning_rate: (
                picture - learning_rate * _gradient(picture, loss_function)
            ).clip(0, 1),
            "A tensor lacks what NumPy's arrays have behind a dot, such as .clip(): tf.clip_by_value does it.",
        ),
        Variant(
            "assigned",
            _assigned,
            "The picture is a tensor, which nothing can change: assign_sub is for a tf.Variable. Compute a new one.",
        ),
        Variant(
            "clipped to its own ends",
            _clipped_to_its_own_ends,
            "The new picture was clipped to the darkest and brightest value of the old one: the ends are 0 and 1.",
        ),
        Variant(
            "half precision",
            _half_precision,
            "The numbers went through float16, which keeps three digits. Stay in float32.",
        ),
        Variant(
            "float16 returned",
            lambda *given: tf.cast(training_step(*given), tf.float16),
            "The new picture has numbers of 16 bits. Small steps are lost in them: stay in float32.",
        ),
        Variant(
            "clipped above only",
            lambda picture, loss_function, learning_rate: tf.minimum(
                picture - learning_rate * _gradient(picture, loss_function), 1.0
            ),
            "Only the upper end is clipped: values below 0 are left.",
        ),
        Variant(
            "clipped first",
            lambda picture, loss_function, learning_rate: (
                _clipped(picture) - learning_rate * _gradient(picture, loss_function)
            ),
            "The old picture was clipped, which changes nothing. It is the new one that may leave [0, 1].",
        ),
        Variant(
            "gradient averaged",
            lambda picture, loss_function, learning_rate: _clipped(
                picture - learning_rate * _gradient(picture, loss_function) / len(picture)
            ),
            "The step was divided by the number of pictures. Each has the gradient that the loss gives it.",
        ),
    ),
    hints=(
        "Two halves: first find out where downhill is, then take a step and stay inside [0, 1].",
        "tf.GradientTape writes down what happens inside its with block; a tensor has to be watched first. "
        "Afterwards the tape gives the gradient of the loss by the picture.",
        "The new picture is the old one, minus something. Which two things are multiplied there? tf.clip_by_value "
        "comes last.",
    ),
    checked=(
        "against the gradient, times the learning rate",
        "clipped at 0 and at 1, and only there",
        "batches, h != w",
    ),
)
