"""What a run minimizes: the targets taken from the two pictures, and the weighted sum of the losses against them.

Floor 4: binds a backbone to the losses. Targets are computed once a scale; a step is one compiled function of tensors,
traced once for all sizes.
"""

import functools
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from nst_utils.base.errors import SettingError
from nst_utils.base.tensorflow import tf
from nst_utils.engine.optimizers import Moments, adam
from nst_utils.losses.statistics import (
    STATISTICS,
    Layer,
    chosen_normalization,
    chosen_statistic,
    content_distance,
    layer_zero,
    total_variation,
)
from nst_utils.networks.backbone import Backbone

Tensor = Any  # tf.Tensor, without importing TensorFlow for the name

PICTURE = "picture"  # the name of layer zero: the picture's own pixels, see `losses.layer_zero`
PICTURES = {PICTURE: 1, "picture_2": 2, "picture_4": 4}  # and those of the picture at a half and a quarter of its size
WEIGHTS = ("content_weight", "style_weight", "tv_weight", "learning_rate")
TINY = 1e-12  # keeps the energy of an all-zero layer out of the denominator
LOSS_SCALE = {"float32": 1.0, "bfloat16": 1.0, "float16": 1024.0}  # keeps small gradients above float16's smallest


@dataclass(frozen=True)
class Objective:
    """The loss of one run, up to the two pictures and the three weights.

    Parameters
    ----------
    backbone : the network that looks
    content_layers, style_layers : pairs (layer name, weight); the style layers of `PICTURES` stand for the picture
        itself
    statistic : name in `losses.STATISTICS`
    normalization : name in `losses.NORMALIZATIONS`
    jitter : up to how many pixels the picture is shifted at random before the network looks, in each step
    precision : "float32", "bfloat16" or "float16" for the network; the losses are always in float32
    strips : whether the first blocks work in strips, which saves memory on large pictures (see `strips`)
    """

    backbone: Backbone
    content_layers: tuple[tuple[str, float], ...]
    style_layers: tuple[tuple[str, float], ...]
    statistic: str = "gram"
    normalization: str = "energy"
    jitter: int = 0
    precision: str = "float32"
    strips: bool = False

    def __post_init__(self):
        if not chosen_statistic(self.statistic).is_gram and self.normalization != "energy":
            raise SettingError(
                f"normalization {self.normalization!r} is defined for Gram matrices; "
                f"with statistic {self.statistic!r} use 'energy'."
            )
        chosen_normalization(self.normalization)

    @property
    def names(self) -> tuple[str, ...]:
        """The terms of `terms`, in order."""
        layers = [f"content:{name}" for name, _ in self.content_layers] + [f"style:{n}" for n, _ in self.style_layers]
        return ("total", "content", "style", "tv", *layers)

    def layers(self) -> tuple[str, ...]:
        """The layers of the network that are looked at."""
        names = [name for name, _ in (*self.style_layers, *self.content_layers) if name not in PICTURES]
        return tuple(dict.fromkeys(names))

    def smallest_side(self) -> int:
        """The fewest pixels a side of the picture may have."""
        layers = self.layers()
        own = [3 * PICTURES[name] for name, _ in (*self.style_layers, *self.content_layers) if name in PICTURES]
        return max(3, self.jitter, *own, self.backbone.smallest_side(layers) if layers else 0)

    @functools.cached_property
    def _look(self):
        return self._eye(tuple(name for name, _ in (*self.style_layers, *self.content_layers)), self._stride)

    @functools.cached_property
    def _look_for_content(self):
        return self._eye(tuple(name for name, _ in self.content_layers), self._stride)

    @functools.cached_property
    def _look_for_style(self):
        return self._eye(tuple(name for name, _ in self.style_layers))

    @property
    def _stride(self) -> int:
        """Of layer zero at full size: with jitter every shift sees another quarter of the pixels, in half the time."""
        return 2 if self.jitter else 1

    def _eye(self, layers: tuple[str, ...], stride: int = 1):
        """The function from a picture to its features, layer zero included, and to the sums of early layers."""
        own = tuple(name for name in PICTURES if name in layers)
        seen = tuple(dict.fromkeys(name for name in layers if name not in PICTURES))
        if not seen:
            return lambda picture: (_layers_zero(picture, own, stride), {})
        if not self.strips:
            features = self.backbone.features(seen, dtype=self.precision)
            return lambda picture: ({**features(picture), **_layers_zero(picture, own, stride)}, {})
        network = self.backbone.features_in_strips(seen, dtype=self.precision)

        def look(picture):
            features, sums = network(picture)
            return {**features, **_layers_zero(picture, own, stride)}, sums

        return look

    @functools.cached_property
    def _smooth(self):
        return chosen_statistic(self.statistic).smooth

    def _statistic(self, layer: str):
        """Layer zero has too few channels for the Gram matrix to see texture beside the mean color."""
        chosen = chosen_statistic(self.statistic)
        return STATISTICS["covariance"] if layer in PICTURES and chosen.is_gram else chosen

    def targets(self, content: Tensor, style: Tensor, seed: Tensor = (0, 0)) -> dict:
        """What the two pictures (1, h, w, 3) ask of a painting of the content's size.

        The style's part is computed once a scale; the content's moves with the shift that ``seed`` draws.
        """
        features, sums = self._look_for_style(style)
        described = {name: self._described(name, features, sums) for name, _ in self.style_layers}
        with tf.control_dependencies(tf.nest.flatten(described)):  # one picture after the other: half the memory
            return {"style": described, "content": self.content_targets(tf.identity(content), seed)}

    def _described(self, layer: str, features: dict, sums: dict) -> tuple:
        """A layer's statistic."""
        if layer in sums:
            return (sums[layer].gram,)
        statistic = self._statistic(layer)
        return statistic.describe(statistic.smooth(features[layer]))

    def content_targets(self, content: Tensor, seed: Tensor = (0, 0)) -> dict:
        """The features of the content under the shift of ``seed``."""
        if not self.content_layers:
            return {}
        features, _ = self._look_for_content(self._shifted(content, seed))
        return {name: self._smooth(features[name]) for name, _ in self.content_layers}

    def _shifted(self, picture: Tensor, seed: Tensor) -> Tensor:
        """The picture moved by up to `jitter` pixels, mirrored at its borders: no filter meets the same grid twice."""
        if not self.jitter:
            return picture
        reach = tf.minimum(self.jitter, tf.reduce_min(tf.shape(picture)[1:3]))  # a mirror shows no more than there is
        padded = tf.pad(picture, reach * tf.constant([[0, 0], [1, 1], [1, 1], [0, 0]]), "SYMMETRIC")
        offset = tf.random.stateless_uniform([2], seed, 0, 2 * reach + 1, dtype=tf.int32)
        shifted = tf.slice(padded, tf.stack([0, offset[0], offset[1], 0]), tf.shape(picture))
        return tf.ensure_shape(shifted, [1, None, None, 3])

    def terms(self, picture: Tensor, targets: dict, weights: Tensor, seed: Tensor) -> Tensor:
        """The values of `names` for a picture (1, h, w, 3); ``seed`` is the one that the targets were made with."""
        normalization = chosen_normalization(self.normalization)
        pixels = tf.cast(tf.shape(picture)[1] * tf.shape(picture)[2], tf.float32)
        features, sums = self._look(self._shifted(picture, seed))

        def layer(name, count, energy):
            if name in sums:
                return Layer(float(sums[name].gram.shape[-1]), sums[name].positions, pixels, count, energy + TINY)
            height, width, channels = tf.unstack(tf.cast(tf.shape(features[name])[1:], tf.float32))
            return Layer(channels, height * width, pixels, count, energy + TINY)

        content, style = [], []
        for name, share in self.content_layers:
            wanted = targets["content"][name]
            factor = normalization.content(layer(name, len(self.content_layers), tf.reduce_sum(tf.square(wanted))))
            content.append(share * factor * content_distance(self._smooth(features[name]), wanted))
        for name, share in self.style_layers:
            statistic, wanted = self._statistic(name), targets["style"][name]
            own = self._described(name, features, sums)
            here = layer(name, len(self.style_layers), statistic.energy(wanted))
            factor = 1 / here.energy if name in PICTURES else normalization.style(here)
            style.append(share * factor * statistic.distance(own, wanted, seed))
        content_sum = tf.add_n(content) if content else tf.zeros([])
        style_sum = tf.add_n(style) if style else tf.zeros([])
        variation = total_variation(picture) * normalization.tv(pixels)
        total = weights[0] * content_sum + weights[1] * style_sum + weights[2] * variation
        return tf.stack([total, content_sum, style_sum, variation, *content, *style])

    def value_and_gradient(self, picture: Tensor, targets: dict, weights: Tensor, seed: Tensor):
        """The terms, and the gradient of the total with respect to the picture."""
        scale = LOSS_SCALE[self.precision]
        with tf.GradientTape() as tape:
            tape.watch(picture)
            terms = self.terms(picture, targets, weights, seed)
            scaled = terms[0] * scale
        return terms, tape.gradient(scaled, picture) / scale


def _layers_zero(picture: Tensor, names: tuple[str, ...], stride: int) -> dict[str, Tensor]:
    """The picture itself as a layer, at the sizes that these names of `PICTURES` stand for."""
    shrunk = {name: tf.nn.avg_pool2d(picture, PICTURES[name], PICTURES[name], "VALID") for name in names}
    return {name: layer_zero(shrunk[name], stride if name == PICTURE else 1) for name in names}


class Graphs(NamedTuple):
    """The functions of an objective, compiled so that each serves every size."""

    targets: Any
    content_targets: Any
    value_and_gradient: Any
    adam_step: Any


@functools.lru_cache(maxsize=4)
def compiled(objective: Objective) -> Graphs:
    """The graphs of an objective; they are kept, so that the next run with the same one starts at once.

    Targets are a graph too: run layer by layer, Keras would hold every map of the network until the last.
    """
    picture, seed = tf.TensorSpec([1, None, None, 3]), tf.TensorSpec([2], tf.int32)
    targets = tf.function(objective.targets, input_signature=[picture, picture, seed])
    found = tf.nest.map_structure(_any_size, targets.get_concrete_function().structured_outputs)
    signature = [picture, found, tf.TensorSpec([len(WEIGHTS)]), seed]

    def step(picture, targets, weights, seed, moments):
        terms, gradient = objective.value_and_gradient(picture, targets, weights, seed)
        return terms, *adam(picture, gradient, moments, weights[3])

    return Graphs(
        targets,
        tf.function(objective.content_targets, input_signature=[picture, seed]),
        tf.function(objective.value_and_gradient, input_signature=signature),
        tf.function(step, input_signature=[*signature, Moments(picture, picture, tf.TensorSpec([]))]),
    )


def _any_size(tensor: Tensor):
    """The spec of a target whose positions may change from scale to scale and whose channels stay."""
    if tensor.shape.rank == 4:
        return tf.TensorSpec([1, None, None, tensor.shape[-1]], tensor.dtype)
    if tensor.shape.rank == 3:
        return tf.TensorSpec([1, None, tensor.shape[-1]], tensor.dtype)
    return tf.TensorSpec(tensor.shape, tensor.dtype)


def as_batch(picture: np.ndarray) -> Tensor:
    """A picture as the tensor (1, h, w, 3) that the network takes."""
    return tf.constant(picture[None], tf.float32)
