"""Lesson 06, softmax_smoothing: how to spread it."""

import numpy as np

from nst_utils.base.tensorflow import tf
from nst_utils.exercises.exercise import Exercise, Variant, tensor


def softmax_smoothing(features):
    """The softmax of each picture's features over all channels and positions together.

    ``features`` is a tensor (n, h, w, N). Return a tensor of the same shape with s_ik = exp F_ik divided by the sum of
    exp F_mn over all N channels m and all M = h w positions n. Where activations reach hundreds, exp leaves the range
    of float32: the answer must be right there, too. A gradient must flow back.

    >>> softmax_smoothing(tf.constant([[[[500.0, 500.0], [500.0, 500.0]]]])).numpy().tolist()
    [[[[0.25, 0.25], [0.25, 0.25]]]]
    """
    rows = tf.reshape(features, [features.shape[0], -1])
    return tf.reshape(tf.nn.softmax(rows), features.shape)


def _quarters(*shape: int) -> np.ndarray:
    """From -1 to 1 in quarters, without order."""
    return (np.arange(np.prod(shape)) * 7 % 9 / 4 - 1).reshape(shape).astype(np.float32)


def _over_positions(features):
    n, h, w, channels = features.shape
    return tf.reshape(tf.nn.softmax(tf.reshape(features, [n, h * w, channels]), axis=1), features.shape)


def _over_two_axes(features, axes):
    return _shares_of_exponentials(features, tf.reduce_max(features, axes, keepdims=True), axes)


def _shares_of_exponentials(features, shift, axes):
    raised = tf.exp(features - shift)
    return raised / tf.reduce_sum(raised, axes, keepdims=True)


def _log_softmax(features):
    return tf.reshape(tf.nn.log_softmax(tf.reshape(features, [features.shape[0], -1])), features.shape)


SMOOTHING = Exercise(
    softmax_smoothing,
    tensors=True,
    read=tensor,
    cases=(
        (np.array([[[[1, 2], [3, 0]]]], np.float32),),
        (np.array([[[[1, 2], [0, 1]], [[2, 0], [1, 3]], [[0, 2], [2, 1]]]], np.float32),),
        (np.array([[[[200, 201], [199, 200]]], [[[2, 0], [1, 2]]]], np.float32),),
        (np.array([[[[-200, -201], [-200, -199]]]], np.float32),),
        (np.array([[[[300, 0], [0, 0]]]], np.float32),),
        (np.array([[[[-300, 0], [0, 0.5]]], [[[0, 0], [0, 0]]], [[[0.25, 0], [-0.5, 300]]]], np.float32),),
        (_quarters(3, 5, 2, 3),),
    ),
    gradient_at=(np.array([[[[1, 2], [0, 1], [2, 2]]], [[[3, 1], [2, 0], [1, 1]]]], np.float32),),
    variants=(
        Variant(
            "channels only",
            lambda features: tf.nn.softmax(features),
            "Each position has a softmax of its own: tf.nn.softmax works along the last axis. Make one axis of h, w "
            "and N first.",
        ),
        Variant(
            "positions only",
            lambda features: _shares_of_exponentials(features, 0.0, [1, 2]),
            "Each channel has a softmax of its own, so strong channels count no more than weak ones. Sum over "
            "channels, too.",
        ),
        Variant(
            "positions only, in range",
            _over_positions,
            "Each channel has a softmax of its own, over the positions: strong channels count no more than weak ones. "
            "All three axes compete.",
        ),
        Variant(
            "rows only",
            lambda features: _over_two_axes(features, [2, 3]),
            "Each row of the picture adds up to 1 by itself: h is an axis of positions, too.",
        ),
        Variant(
            "mean taken off",
            lambda features: _shares_of_exponentials(
                features, tf.reduce_mean(features, [1, 2, 3], keepdims=True), [1, 2, 3]
            ),
            "The mean was taken off before exp. A single large activation still is too large for it then: take off the "
            "largest.",
        ),
        Variant(
            "base 2",
            lambda features: softmax_smoothing(features * float(np.log(2))),
            "Powers of 2 were taken; exp has the base e.",
        ),
        Variant(
            "largest of each position taken off",
            lambda features: _shares_of_exponentials(features, tf.reduce_max(features, 3, keepdims=True), [1, 2, 3]),
            "From each position another number was taken off, which changes what they are to each other. Take off the "
            "same one in the whole picture.",
        ),
        Variant(
            "the whole batch",
            lambda features: tf.reshape(tf.nn.softmax(tf.reshape(features, [-1])), features.shape),
            "All pictures of the batch share one sum: each is to add up to 1 by itself.",
        ),
        Variant(
            "overflow",
            lambda features: _shares_of_exponentials(features, 0.0, [1, 2, 3]),
            "Right for small activations, but exp(200) is too large for float32. A softmax does not change when the "
            "same number is taken off everywhere: take off the largest first.",
        ),
        Variant(
            "maximum of the batch",
            lambda features: _shares_of_exponentials(features, tf.reduce_max(features), [1, 2, 3]),
            "The largest activation of the whole batch was taken off: a weak picture then has nothing but zeros. Each "
            "picture has its own largest.",
        ),
        Variant(
            "clipped",
            lambda features: _shares_of_exponentials(tf.minimum(features, 80.0), 0.0, [1, 2, 3]),
            "Large activations were cut off before exp: then they are all alike. Take off the largest instead.",
        ),
        Variant(
            "no exponential",
            lambda features: features / tf.reduce_sum(features, [1, 2, 3], keepdims=True),
            "Activations were divided by their sum. A softmax takes exp of each first.",
        ),
        Variant(
            "mean 1",
            lambda features: softmax_smoothing(features) * features[0].shape.num_elements(),
            "These have mean 1; asked for are shares, which add up to 1. (The package's own has mean 1.)",
        ),
        Variant(
            "axis by axis",
            lambda features: tf.nn.softmax(tf.nn.softmax(tf.nn.softmax(features, axis=1), axis=2), axis=3),
            "A softmax of a softmax flattens again and again. One over all axes but the first is asked for.",
        ),
        Variant(
            "logarithm",
            _log_softmax,
            "These are logarithms of the shares: they lie below 0.",
        ),
        Variant(
            "still flat",
            lambda features: tf.nn.softmax(tf.reshape(features, [features.shape[0], -1])),
            "The numbers are right, their shape is not: bring back h, w and N.",
        ),
        Variant(
            "sigmoid",
            lambda features: tf.sigmoid(features),
            "Each number was squeezed by itself. In a softmax all of them compete: they add up to 1.",
        ),
        Variant(
            "stop_gradient",
            lambda features: softmax_smoothing(tf.stop_gradient(features)),
            "Something holds the gradient back: no stop_gradient, and no tf.constant made from the features.",
        ),
        Variant(
            "numpy",
            lambda features: softmax_smoothing(features).numpy(),
            "NumPy is outside the network: stay with tf, and no .numpy() on the way.",
        ),
    ),
    hints=(
        "What competes with what? In a classifier it is the classes. Here it is every number of one picture's layer "
        "with every other one of it, and nothing of another picture.",
        "tf.nn.softmax knows how to stay in range; it works along one axis. So make one axis of three, keep the first, "
        "and undo it at the end.",
        "Two reshapes and a softmax between them. -1 in a shape means: whatever is left.",
    ),
    checked=(
        "each picture adds up to 1, over channels and positions",
        "activations of 200 and of -200",
        "two pictures in a batch stay apart",
        "a gradient reaches the features",
    ),
)
