"""What a run minimizes: the targets taken from the two pictures, and the weighted sum of the losses against them.

Binds a way to look at pictures (`views`) to the losses. Pictures come in batches (n, h, w, 3); every term is the mean
over the n, so that one objective serves a single painting, frames that are painted together, and a network that learns
to paint. Targets are computed once a scale; a step is one compiled function of tensors, traced once for all sizes.
"""

import functools
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from nst_utils.base.errors import SettingError
from nst_utils.base.tensorflow import tf
from nst_utils.engine.optimizers import Moments, adam
from nst_utils.engine.regions import guide_specs, guided_targets
from nst_utils.engine.views import View, Whole
from nst_utils.losses.layer_zero import PICTURES
from nst_utils.losses.normalizations import Layer, chosen_normalization
from nst_utils.losses.smoothness import total_variation
from nst_utils.losses.statistics import STATISTICS, TINY, Statistic, chosen_statistic, squares_of_each, sum_of_each
from nst_utils.losses.terms import TERMS, Weights
from nst_utils.networks.backbone import Backbone

Tensor = Any  # tf.Tensor, without importing TensorFlow for the name

LOSS_SCALE = {"float32": 1.0, "bfloat16": 1.0, "float16": 1024.0}  # keeps small gradients above float16's smallest


@dataclass(frozen=True)
class Objective:
    """The loss of one run, up to the two pictures and the weights.

    Parameters
    ----------
    view : how the network sees a picture, as a whole, in strips or in tiles (`views`); a backbone alone sees the whole
    content_layers, style_layers : pairs (layer name, weight); the style layers of `PICTURES` stand for the picture
        itself
    statistic : name in `losses.STATISTICS`
    normalization : name in `losses.NORMALIZATIONS`
    jitter : up to how many pixels the picture is shifted at random before the network looks, in each step
    shares : how much each style counts; one style counts 1
    masked : whether each style has a region of its own; else all have the whole, and what is asked for is their mixture
    mapped : whether the content counts more in one place than in another
    """

    view: View
    content_layers: tuple[tuple[str, float], ...]
    style_layers: tuple[tuple[str, float], ...]
    statistic: str = "gram"
    normalization: str = "energy"
    jitter: int = 0
    shares: tuple[float, ...] = (1.0,)
    masked: bool = False
    mapped: bool = False

    def __post_init__(self):
        if not hasattr(self.view, "see"):
            object.__setattr__(self, "view", Whole(self.view))
        if self.is_guided and chosen_statistic(self.statistic).sums is None:
            others = ", ".join(name for name, statistic in STATISTICS.items() if statistic.sums)
            raise SettingError(
                f"With statistic {self.statistic!r} there are neither masks nor several styles, as it is no mean over "
                f"positions; {others} are."
            )
        if not chosen_statistic(self.statistic).is_gram and self.normalization != "energy":
            raise SettingError(
                f"normalization {self.normalization!r} is defined for Gram matrices; "
                f"with statistic {self.statistic!r} use 'energy'."
            )
        chosen_normalization(self.normalization)

    @property
    def is_guided(self) -> bool:
        """Whether there is more than one style, or a region for it."""
        return self.masked or len(self.shares) > 1

    @property
    def backbone(self) -> Backbone:
        """The network that looks."""
        return self.view.backbone

    @property
    def precision(self) -> str:
        """The arithmetic of the network; the losses are always in float32."""
        return self.view.precision

    @property
    def names(self) -> tuple[str, ...]:
        """The terms of `terms`, in order."""
        layers = [f"content:{name}" for name, _ in self.content_layers] + [f"style:{n}" for n, _ in self.style_layers]
        return (*TERMS, *layers)

    def layers(self) -> tuple[str, ...]:
        """The layers of the network that are looked at."""
        names = [name for name, _ in (*self.style_layers, *self.content_layers) if name not in PICTURES]
        return tuple(dict.fromkeys(names))

    def smallest_side(self) -> int:
        """The fewest pixels a side of the picture may have."""
        layers = self.layers()
        own = [3 * PICTURES[name] for name, _ in (*self.style_layers, *self.content_layers) if name in PICTURES]
        return max(3, self.jitter, *own, self.backbone.smallest_side(layers) if layers else 0)

    def needed_memory(self, height: int, width: int) -> float:
        """Bytes that a step on a picture of this size takes beyond what is loaded."""
        return self.view.needed_memory(self.layers(), self.content_names, self.stride, height, width)

    @property
    def content_names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.content_layers)

    @functools.cached_property
    def statistics(self) -> dict[str, Statistic]:
        """The statistic of each style layer: layer zero has too few channels for a Gram matrix to see its texture."""
        chosen = chosen_statistic(self.statistic)
        of_picture = STATISTICS["covariance"] if chosen.is_gram else chosen
        return {name: of_picture if name in PICTURES else chosen for name, _ in self.style_layers}

    @property
    def stride(self) -> int:
        """Of layer zero at full size: with jitter every shift sees another quarter of the pixels, in half the time."""
        return 2 if self.jitter else 1

    @property
    def _smooth(self):
        return chosen_statistic(self.statistic).smooth

    def own_guides(self) -> dict:
        """Tensors (1, h, w, c) that come with the objective and whose numbers no graph holds, as `film.steady` has."""
        return {}

    def targets(self, content: Tensor, style: Tensor, seed: Tensor = (0, 0)) -> dict:
        """What the style (1, h, w, 3) and the contents (n, h, w, 3) ask of paintings of the contents' size.

        The style's part is computed once a scale; the content's moves with the shift that ``seed`` draws.
        """
        seen = self.view.see(style, (), self.statistics)
        described = {name: seen.described(name)[0] for name, _ in self.style_layers}
        with tf.control_dependencies(tf.nest.flatten(described)):  # one picture after the other: half the memory
            return {"style": described, "content": self.content_targets(tf.identity(content), seed)}

    def content_targets(self, content: Tensor, seed: Tensor = (0, 0)) -> dict:
        """The features of the contents under the shift of ``seed``."""
        if not self.content_layers:
            return {}
        seen = self.view.see(self.shifted(content, seed), self.content_names, {}, self.stride, seed)
        return {name: self._smooth(seen.map(name)) for name in self.content_names}

    def shifted(self, picture: Tensor, seed: Tensor) -> Tensor:
        """The picture moved by up to `jitter` pixels, mirrored at its borders: no filter meets the same grid twice."""
        if not self.jitter:
            return picture
        reach = tf.minimum(self.jitter, tf.reduce_min(tf.shape(picture)[1:3]))  # a mirror shows no more than there is
        padded = tf.pad(picture, reach * tf.constant([[0, 0], [1, 1], [1, 1], [0, 0]]), "SYMMETRIC")
        offset = tf.random.stateless_uniform([2], seed, 0, 2 * reach + 1, dtype=tf.int32)
        shifted = tf.slice(padded, tf.stack([0, offset[0], offset[1], 0]), tf.shape(picture))
        return tf.ensure_shape(shifted, [picture.shape[0], None, None, picture.shape[-1]])

    def terms(self, picture: Tensor, targets: dict, weights: Weights | Tensor, seed: Tensor) -> Tensor:
        """The values of `names` for pictures (n, h, w, 3); ``seed`` is the one that the targets were made with."""
        weights = Weights(*(weights[k] for k in range(len(Weights._fields))))
        content, style = self._content_and_style(picture, targets, seed)
        pixels = tf.cast(tf.shape(picture)[1] * tf.shape(picture)[2], tf.float32)
        content_loss = tf.add_n(content) if content else tf.zeros([])
        style_loss = tf.add_n(style) if style else tf.zeros([])
        tv_loss = total_variation(picture) * chosen_normalization(self.normalization).tv(pixels)
        total = weights.content_weight * content_loss + weights.style_weight * style_loss + weights.tv_weight * tv_loss
        return tf.stack([total, content_loss, style_loss, tv_loss, *content, *style])

    def _content_and_style(self, picture: Tensor, targets: dict, seed: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """The weighted distance of each layer from its target, the mean over the pictures."""
        normalization, guides = chosen_normalization(self.normalization), targets.get("guides", {})
        pixels = tf.cast(tf.shape(picture)[1] * tf.shape(picture)[2], tf.float32)
        shifted, regions = self.shifted(picture, seed), guides.get("regions")
        seen = self.view.see(shifted, self.content_names, self.statistics, self.stride, seed, regions)
        content, style = [], []
        for name, share in self.content_layers:
            current, target = self._smooth(seen.map(name)), targets["content"][name]
            layer = Layer(*seen.size(name), pixels, len(self.content_layers), squares_of_each(target) + TINY)
            squares = tf.square(current - target)
            if "content" in guides:
                squares = guides["content"][name] * squares
            content.append(_mean_of_pictures(share * normalization.content(layer) * sum_of_each(squares)))
        for name, share in self.style_layers:
            statistic, wanted, shown = self.statistics[name], targets["style"][name], seen.described(name)
            (channels, positions), counts, apart = seen.size(name), 1.0, []
            for region, (current, target) in enumerate(zip(shown, wanted if self.is_guided else [wanted], strict=True)):
                if regions:
                    positions = tf.reduce_sum(regions[name][region])
                    counts = guides["areas"][region] * self.shares[region]
                layer = Layer(channels, positions, pixels, len(self.style_layers), statistic.energy(target) + TINY)
                factor = 1 / layer.energy if name in PICTURES else normalization.style(layer)
                apart.append(share * counts * factor * statistic.distance(current, target, seed))
            style.append(_mean_of_pictures(tf.add_n(apart) if len(apart) > 1 else apart[0]))
        return content, style

    def value_and_gradient(self, picture: Tensor, targets: dict, weights: Tensor, seed: Tensor):
        """The terms, and the gradient of the total with respect to the pictures."""
        scale = LOSS_SCALE[self.precision]
        with tf.GradientTape() as tape:
            tape.watch(picture)
            terms = self.terms(picture, targets, weights, seed)
            scaled = terms[0] * scale
        return terms, tape.gradient(scaled, picture) / scale


def _mean_of_pictures(values: Tensor) -> Tensor:
    """The mean of (n,); of one it is itself, without another rounding of what is summed later."""
    return tf.reshape(values, []) if values.shape == (1,) else tf.reduce_mean(values)


class Graphs(NamedTuple):
    """The functions of an objective, compiled so that each serves every size."""

    targets: Any
    content_targets: Any
    value_and_gradient: Any
    adam_step: Any


@functools.lru_cache(maxsize=4)
def compiled(objective: Objective, batch: int = 1) -> Graphs:
    """The graphs of an objective for so many pictures at once; they are kept, so that the next run starts at once.

    Targets are a graph too: run layer by layer, Keras would hold every map of the network until the last.
    """
    picture, style = (tf.TensorSpec([count, None, None, 3]) for count in (batch, 1))
    style = [style] * len(objective.shares) if objective.is_guided else style
    seed, weights = tf.TensorSpec([2], tf.int32), tf.TensorSpec([len(Weights._fields)])
    graph = functools.partial(tf.function, autograph=False)  # no tensor decides: half of the wait for the first step
    wanted = functools.partial(guided_targets, objective) if objective.is_guided else objective.targets
    targets = graph(wanted, input_signature=[picture, style, seed])
    found = tf.nest.map_structure(_any_size, targets.get_concrete_function().structured_outputs)
    if guides := guide_specs(objective):
        found["guides"] = guides
    signature = [picture, found, weights, seed]

    def step(picture, targets, weights, seed, moments):
        terms, gradient = objective.value_and_gradient(picture, targets, weights, seed)
        return terms, *adam(picture, gradient, moments, Weights(*tf.unstack(weights)).learning_rate)

    return Graphs(
        targets,
        graph(objective.content_targets, input_signature=[picture, seed]),
        graph(objective.value_and_gradient, input_signature=signature),
        graph(step, input_signature=[*signature, Moments(picture, picture, tf.TensorSpec([]))]),
    )


def _any_size(tensor: Tensor):
    """The spec of a target whose positions may change from scale to scale and whose channels stay."""
    if tensor.shape.rank == 4:
        return tf.TensorSpec([tensor.shape[0], None, None, tensor.shape[-1]], tensor.dtype)
    if tensor.shape.rank == 3:
        return tf.TensorSpec([tensor.shape[0], None, tensor.shape[-1]], tensor.dtype)
    return tf.TensorSpec(tensor.shape, tensor.dtype)


def as_batch(picture: np.ndarray) -> Tensor:
    """A picture as the tensor (1, h, w, 3) that the network takes."""
    return tf.constant(picture[None], tf.float32)
