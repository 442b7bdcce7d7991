"""The temporal loss: a painting that also has to look like the last one of its film, where that is seen.

Ruder, Dosovitskiy, Brox, "Artistic style transfer for videos", GCPR 2016, section 4.2. Here it is a mean over what is
seen, not over all pixels: a frame of which little is known does not have less of a say in that little.
"""

import dataclasses
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nst_utils.base.tensorflow import tf
from nst_utils.engine.objective import Objective, as_batch

Tensor = Any  # tf.Tensor, without importing TensorFlow for the name


def temporal_loss(picture: Tensor, last: Tensor, seen: Tensor) -> Tensor:
    """The mean of ``(picture - last)^2`` over colors and pixels, each pixel counted as far as it is seen.

    Parameters
    ----------
    picture, last : (1, h, w, 3)
    seen : (1, h, w, 1), from 0 to 1

    Examples
    --------
    >>> picture, seen = tf.ones([1, 2, 2, 3]), tf.constant([[[[1.0], [0.0]], [[0.0], [0.0]]]])
    >>> float(temporal_loss(picture, 0.5 * picture, seen))
    0.25
    """
    squares = tf.reduce_mean(tf.square(picture - last), axis=-1, keepdims=True)
    return tf.reduce_sum(seen * squares) / tf.maximum(tf.reduce_sum(seen), 1.0)


@dataclass(frozen=True)
class Steady(Objective):
    """An objective with the temporal loss as its last term.

    Parameters
    ----------
    temporal_weight : how much it counts in the total
    last : the last painting as it is seen from this frame (h, w, 3); no part of what makes two objectives equal, so
        that one graph serves all frames
    seen : where it is (h, w), from 0 to 1
    """

    temporal_weight: float = 0.0
    last: np.ndarray | None = field(default=None, compare=False, repr=False)
    seen: np.ndarray | None = field(default=None, compare=False, repr=False)

    @property
    def names(self) -> tuple[str, ...]:
        return *super().names, "temporal"

    def own_guides(self) -> dict:
        return {"last": as_batch(self.last), "seen": as_batch(self.seen[..., None])}

    def terms(self, picture: Tensor, targets: dict, weights, seed: Tensor) -> Tensor:
        guides = targets["guides"]
        temporal = temporal_loss(picture, guides["last"], guides["seen"])
        terms = super().terms(picture, targets, weights, seed)
        total = terms[0] + self.temporal_weight * temporal
        return tf.concat([[total], terms[1:], [temporal]], axis=0)


def steady(objective: Objective, temporal_weight: float, last: np.ndarray, seen: np.ndarray) -> Steady:
    """An objective with the temporal loss added."""
    own = {each.name: getattr(objective, each.name) for each in dataclasses.fields(Objective)}
    return Steady(**own, temporal_weight=float(temporal_weight), last=last, seen=seen)
