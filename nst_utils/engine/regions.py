"""Several styles, their regions, and a map of the content, as an objective sees them at the positions of its layers."""

import functools
from typing import Any

import numpy as np

from nst_utils.base.tensorflow import tf
from nst_utils.control.masks import eroded, resampled
from nst_utils.losses.layer_zero import PICTURE, PICTURES

Tensor = Any  # tf.Tensor, without importing TensorFlow for the name


def guided_targets(objective, content: Tensor, styles: list[Tensor], seed: Tensor = (0, 0)) -> dict:
    """What contents and several styles ask for: a target for the region of each style, or one, the mixture of all.

    A mixture is what a picture would show in which the styles hang side by side, each in its share of the wall.
    """
    means, last = [], content
    for style in styles:  # one after the other: memory for one
        with tf.control_dependencies(tf.nest.flatten(last)):
            seen = objective.view.see(tf.identity(style), (), objective.statistics)
            last = {name: seen.means(name) for name, _ in objective.style_layers}
        means.append(last)
    described = {}
    for name, statistic in objective.statistics.items():
        of_styles = [of_style[name] for of_style in means]
        if not objective.masked:
            of_styles = [tuple(_mixed(part, objective.shares) for part in zip(*of_styles, strict=True))]
        described[name] = [statistic.from_means(*parts) for parts in of_styles]
    return {"style": described, "content": objective.content_targets(content, seed)}


def guides(objective, masks: np.ndarray | None, content_map: np.ndarray | None, seed: Tensor) -> dict:
    """Where each style and the content count, at the positions of the layers, under the shift of ``seed``.

    Parameters
    ----------
    masks : (r, h, w), the region of each style, or None
    content_map : (h, w), how much the content counts, or None
    """
    found = objective.own_guides()
    if masks is not None:
        found["areas"] = tf.constant(masks.mean(axis=(1, 2)), tf.float32)
        moved = _moved(objective, masks, seed)
        names = [name for name, _ in objective.style_layers]
        found["regions"] = {name: _counts(objective, moved, name, is_eroded=True) for name in names}
    if content_map is not None:
        moved = _moved(objective, content_map[None], seed)
        found["content"] = {name: _counts(objective, moved, name, is_eroded=False) for name in objective.content_names}
    return found


def guide_specs(objective) -> dict:
    """What `guides` gives, up to the size of the picture."""
    any_size = functools.partial(tf.TensorSpec, dtype=tf.float32)
    found = {name: any_size([1, None, None, own.shape[-1]]) for name, own in objective.own_guides().items()}
    if objective.masked:
        regions = len(objective.shares)
        found["areas"] = any_size([regions])
        found["regions"] = {name: any_size([regions, None, None, 1]) for name, _ in objective.style_layers}
    if objective.mapped:
        found["content"] = {name: any_size([1, None, None, 1]) for name in objective.content_names}
    return found


def _moved(objective, masks: np.ndarray, seed: Tensor) -> np.ndarray:
    """Masks under the shift that the picture has."""
    return objective.shifted(tf.constant(masks[..., None], tf.float32), seed).numpy()[..., 0]


def _counts(objective, masks: np.ndarray, name: str, is_eroded: bool) -> Tensor:
    """Masks (r, h, w) at the positions of a layer, (r, h', w', 1)."""
    sides = masks.shape[1:]
    if name in PICTURES:
        stride = objective.stride if name == PICTURE else 1
        shape = tuple((side // PICTURES[name] - 3) // stride + 1 for side in sides)
        reach = float(PICTURES[name])
    else:
        shape, reach = objective.backbone.shapes([name], *sides)[name], objective.backbone.reaches[name]
    radius = int(reach * shape[0] / sides[0]) if is_eroded else 0
    return tf.constant(np.stack([eroded(resampled(mask, shape), radius) for mask in masks])[..., None])


def _mixed(parts: tuple, shares: tuple[float, ...]) -> Tensor:
    """The mean of several styles' parts, weighted by their shares."""
    return tf.add_n([share / sum(shares) * part for part, share in zip(parts, shares, strict=True)])
