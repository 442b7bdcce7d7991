"""Lesson 04: how a picture learns, and when to stop."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from nst_utils.base.tensorflow import tf
from nst_utils.exercises.exercise import Exercise, Variant

LESSON = "04_optimization"


@dataclass(frozen=True)
class Loss:
    """A loss that says in words what it computes."""

    text: str
    of: Callable[[Any], Any]

    def __call__(self, picture):
        return self.of(picture)

    def __repr__(self) -> str:
        return self.text


# training_step ----------------------------------------------------------------------------------------------------


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


_TO_GRAY = Loss("sum of (x - 1/2)^2", lambda x: tf.reduce_sum((x - 0.5) ** 2))
_DOWN = Loss("sum of 4 x", lambda x: 4 * tf.reduce_sum(x))
_UP = Loss("sum of -4 x", lambda x: -4 * tf.reduce_sum(x))
_SLOPES = Loss("sum of a x, with a = -4, 0, 1, 2, 3 in turn", lambda x: tf.reduce_sum(_slopes(x) * x))


def _gradient(picture, loss_function):
    with tf.GradientTape() as tape:
        tape.watch(picture)
        loss = loss_function(picture)
    return tape.gradient(loss, picture)


def _unwatched(picture, loss_function, learning_rate):
    with tf.GradientTape() as tape:
        loss = loss_function(picture)
    return _clipped(picture - learning_rate * tape.gradient(loss, picture))


def _clipped(picture):
    return tf.clip_by_value(picture, 0.0, 1.0)


def _rescaled(picture):
    low, high = tf.reduce_min(picture), tf.reduce_max(picture)
    return tf.math.divide_no_nan(picture - low, high - low)


STEP = Exercise(
    training_step,
    tensors=True,
    cases=(
        (np.array([[[[0, 0.25, 0.5], [0.75, 1, 1]]]], np.float32), _TO_GRAY, 0.25),
        (_quarters(1, 1, 2, 3), _DOWN, 0.125),
        (_quarters(1, 1, 2, 3), _UP, 0.125),
        (_quarters(2, 2, 3, 3), _SLOPES, 0.125),
        (_quarters(2, 2, 3, 3), _TO_GRAY, 0.5),
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
            _unwatched,
            "The gradient is None: a tape follows variables by itself, a tensor only after tape.watch.",
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


# stop_step --------------------------------------------------------------------------------------------------------


def stop_step(losses, patience, least):
    """The index of the first step at which it no longer pays.

    ``losses[t]`` is the loss after step t, above zero. At step t, compare the best (smallest) of the last ``patience``
    losses, the one of step t included, with the best of all losses before those. It no longer pays when the former is
    smaller by less than the share ``least`` of the latter; exactly that share still pays. Steps with nothing before
    those ``patience`` losses are not judged. If it pays to the end, return len(losses).

    >>> stop_step([8.0, 4.0, 2.0, 2.0, 2.0], patience=2, least=0.25)
    4
    >>> stop_step([8.0, 4.0, 2.0, 1.0], patience=2, least=0.25)  # pays to the end
    4

    In the first one, step 3 compares min(2, 2) with min(8, 4): half is gained. Step 4 compares min(2, 2) with
    min(8, 4, 2): nothing is.
    """
    for step in range(patience, len(losses)):
        before = min(losses[: step - patience + 1])
        recent = min(losses[step - patience + 1 : step + 1])
        if before - recent < least * before:
            return step
    return len(losses)


def _stopping(judged, start=lambda patience: patience, found=lambda step, patience: step, never=len):
    """As the reference, with one part exchanged."""

    def stop(losses, patience, least):
        for step in range(start(patience), len(losses)):
            if judged(losses, step, patience, least):
                return found(step, patience)
        return never(losses)

    return stop


def _before(losses, step, patience):
    return min(losses[: step - patience + 1])


def _recent(losses, step, patience):
    return min(losses[step - patience + 1 : step + 1])


def _gain(losses, step, patience):
    return _before(losses, step, patience) - _recent(losses, step, patience)


def _right(losses, step, patience, least):
    return _gain(losses, step, patience) < least * _before(losses, step, patience)


STOP = Exercise(
    stop_step,
    cases=(
        ([8.0, 8.0], 1, 0.25),
        ([8.0, 6.0, 6.0], 1, 0.25),
        ([8.0, 4.0, 2.0], 1, 0.25),
        ([16.0, 12.5, 8.0], 1, 0.25),
        ([8.0, 8.0, 4.0, 2.0, 1.0], 1, 0.25),
        ([8.0, 4.0, 2.0, 2.0, 2.0], 2, 0.25),
        ([16.0, 8.0, 12.0, 4.0, 8.0, 2.0, 8.0, 8.0, 8.0], 2, 0.25),
        ([2.0, 1.0, 0.5, 0.25, 0.25, 0.25], 2, 0.5),
        ([1.0, 4.0, 2.0, 1.0], 2, 0.25),
        ([64.0, 32.0, 31.0, 30.0, 29.0, 28.0, 27.0], 3, 0.25),
        ([4.0, 2.0], 3, 0.25),
    ),
    variants=(
        Variant(
            "one step late",
            _stopping(_right, found=lambda step, patience: step + 1),
            "One step late: return the index of the step itself; the first index is 0.",
        ),
        Variant(
            "start of the window",
            _stopping(_right, found=lambda step, patience: step - patience),
            "That is where the standstill begins. You know of it only patience steps later.",
        ),
        Variant(
            "the loss itself",
            lambda losses, patience, least: losses[min(stop_step(losses, patience, least), len(losses) - 1)],
            "That is the loss at this step; asked for is the step.",
        ),
        Variant(
            "one step back",
            _stopping(
                lambda losses, step, patience, least: losses[step - 1] - losses[step] < least * losses[step - 1],
                start=lambda patience: 1,
            ),
            "Each loss is compared with the one before it: patience plays no part, and one bad step ends the run.",
        ),
        Variant(
            "last, not best",
            _stopping(
                lambda losses, step, patience, least: (
                    losses[step - patience] - losses[step] < least * losses[step - patience]
                )
            ),
            "Two single losses are compared. Losses jump: take the best before and the best of the last ones.",
        ),
        Variant(
            "amount, not share",
            _stopping(lambda losses, step, patience, least: _gain(losses, step, patience) < least),
            "least is taken as an amount: it is a share of the best loss before.",
        ),
        Variant(
            "share of the new loss",
            _stopping(
                lambda losses, step, patience, least: (
                    _gain(losses, step, patience) < least * _recent(losses, step, patience)
                )
            ),
            "The gain is divided by the new loss; a share is taken of what was there before.",
        ),
        Variant(
            "equal stops",
            _stopping(
                lambda losses, step, patience, least: (
                    _gain(losses, step, patience) <= least * _before(losses, step, patience)
                )
            ),
            "A gain of exactly that share still pays: less than, not less or equal.",
        ),
        Variant(
            "window too long",
            _stopping(
                lambda losses, step, patience, least: _right(losses, step, patience + 1, least),
                start=lambda patience: patience + 1,
            ),
            "The window is one loss too long: the last patience losses include the one of this step.",
        ),
        Variant(
            "window one step early",
            lambda losses, patience, least: next(
                (
                    step
                    for step in range(patience, len(losses))
                    if min(losses[: step - patience]) - min(losses[step - patience : step])
                    < least * min(losses[: step - patience])
                ),
                len(losses),
            ),
            "Both slices end one loss early: a slice leaves out its end, and the loss of the step itself belongs in.",
        ),
        Variant(
            "last such step",
            lambda losses, patience, least: max(
                (step for step in range(patience, len(losses)) if _right(losses, step, patience, least)),
                default=len(losses),
            ),
            "The search goes on after the first such step: return at once.",
        ),
        Variant(
            "minus one",
            _stopping(_right, never=lambda losses: -1),
            "-1 when it pays to the end: as an index that is the last step. Return len(losses).",
        ),
        Variant(
            "last index",
            _stopping(_right, never=lambda losses: len(losses) - 1),
            "The last index when it pays to the end; nobody could tell this from stopping there.",
        ),
        Variant(
            "max for min",
            _stopping(
                lambda losses, step, patience, least: (
                    max(losses[: step - patience + 1]) - max(losses[step - patience + 1 : step + 1])
                    < least * max(losses[: step - patience + 1])
                )
            ),
            "max where min belongs: the best loss is the smallest.",
        ),
    ),
    hints=(
        "Do the worked example with a pencil: for each step, underline the last patience losses, circle the best of "
        "them, and circle the best of what lies left of them.",
        "A loop over steps, two slices, two times min. The first step that has anything left of its window is step "
        "patience.",
        "The window ends with losses[t], so its slice ends at t + 1. Where does it begin, if it holds patience losses? "
        "What lies before goes up to the same index.",
    ),
    checked=(
        "losses that jump up and down",
        "patience of 1, 2 and 3",
        "a gain of exactly the least share",
        "runs that pay to the end, or are shorter than patience",
    ),
)

EXERCISES = (STEP, STOP)
