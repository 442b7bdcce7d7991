"""How a picture moves downhill: Adam, whose moments survive a change of scale, and L-BFGS by SciPy.

Plain functions on pictures (1, h, w, 3) and their gradients; `descent` holds the loop.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from nst_utils.base.tensorflow import tf
from nst_utils.base.threads import one_blas_thread

Tensor = Any  # tf.Tensor, without importing TensorFlow for the name

FIRST_STEP = 0.01  # root mean square of L-BFGS's first step, in units of the picture's range


class Moments(NamedTuple):
    """Adam's running mean of the gradient and of its square, and how many steps they have seen."""

    first: Tensor
    second: Tensor
    count: Tensor


def no_moments(picture: Tensor) -> Moments:
    """The moments before the first step."""
    return Moments(tf.zeros_like(picture), tf.zeros_like(picture), tf.zeros([], tf.float32))


def adam(
    picture: Tensor, gradient: Tensor, moments: Moments, learning_rate, beta1=0.9, beta2=0.99, epsilon=1e-12
) -> tuple[Tensor, Moments]:
    """One bias-corrected step of Adam, clipped to [0, 1].

    ``beta2`` is .99 and not .999: a run has a few hundred steps. Gradients of a mean over pixels are about 1e-5, so
    ``epsilon`` stays far below (the tutorial's .1 turns Adam into plain gradient descent).

    References
    ----------
    Kingma, Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015.
    """
    count = moments.count + 1
    first = beta1 * moments.first + (1 - beta1) * gradient
    second = beta2 * moments.second + (1 - beta2) * tf.square(gradient)
    mean, spread = first / (1 - beta1**count), second / (1 - beta2**count)
    picture = picture - learning_rate * mean / (tf.sqrt(spread) + epsilon)
    return tf.clip_by_value(picture, 0.0, 1.0), Moments(first, second, count)


def resized_moments(moments: Moments, height: int, width: int) -> Moments:
    """The moments carried to another scale.

    The losses are means over positions: with four times the pixels each gradient is a quarter. The first moment
    scales like the gradient, the second like its square.
    """
    old = moments.first.shape[1] * moments.first.shape[2]
    ratio = old / (height * width)
    first, second = (tf.image.resize(m, [height, width]) for m in moments[:2])  # bilinear keeps the second positive
    return Moments(first * ratio, second * ratio**2, moments.count)


def lbfgs(
    value_and_gradient: Callable[[np.ndarray], tuple[float, np.ndarray]],
    picture: np.ndarray,
    iterations: int,
    callback: Callable[[np.ndarray], None],
    first_step: float = FIRST_STEP,
) -> np.ndarray:
    """``iterations`` of L-BFGS within [0, 1], from ``picture``; ``callback`` sees each iterate.

    The first step has a root mean square of ``first_step``; where the next ones lead, the curvature decides.

    References
    ----------
    Zhu, Byrd, Lu, Nocedal, "L-BFGS-B", ACM TOMS 1997, as in `scipy.optimize.minimize`.
    """
    from scipy.optimize import Bounds, minimize

    scale = None

    def flat(values):
        nonlocal scale
        value, gradient = value_and_gradient(values.reshape(picture.shape).astype(np.float32))
        gradient = np.asarray(gradient, np.float64).ravel()
        if scale is None:  # within bounds the first step is the gradient itself: too short for float32 to notice
            scale = first_step / (np.sqrt(np.mean(np.square(gradient))) or 1.0)
        return scale * float(value), scale * gradient

    with one_blas_thread():  # its short products lose more by waiting for threads than they gain
        found = minimize(
            flat,
            np.asarray(picture, np.float64).ravel(),
            jac=True,
            method="L-BFGS-B",
            bounds=Bounds(0.0, 1.0),
            callback=lambda values: callback(values.reshape(picture.shape).astype(np.float32)),
            # no stopping by tolerance: gradients of a mean over pixels are tiny by nature
            options={"maxiter": iterations, "maxfun": 2 * iterations, "maxcor": 20, "ftol": 0.0, "gtol": 0.0},
        )
    return found.x.reshape(picture.shape).astype(np.float32)
