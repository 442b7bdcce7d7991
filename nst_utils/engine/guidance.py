"""What a painter asks beyond a content and a style, brought to the size of the painting: where, in which colors, how
coarsely, how much of which style."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from nst_utils.base.errors import SettingError
from nst_utils.base.values import shown
from nst_utils.control.colors import MAPS, gray, gray_like, recolored
from nst_utils.control.masks import mask_of
from nst_utils.engine.settings import as_list
from nst_utils.images.arrays import fit


@dataclass(frozen=True)
class Guidance:
    """Content and styles as the network sees them, and where they count.

    ``masks`` (r, h, w) holds the region of each style, ``content_map`` (h, w) how much the content counts; None where
    everything counts alike.
    """

    content: np.ndarray
    styles: tuple[np.ndarray, ...]
    masks: np.ndarray | None
    content_map: np.ndarray | None


def each(given: Any) -> list:
    """Several pictures as a list, and one as a list of one; a list of numbers is an array, and so one picture.

    Examples
    --------
    >>> each("swirls"), each(["swirls", "mandala"]), len(each([[0.0, 1.0], [1.0, 0.0]]))
    (['swirls'], ['swirls', 'mandala'], 1)
    """
    if isinstance(given, list | tuple) and given and all(map(_is_picture_like, given)):
        return list(given)
    return [given]


def _is_picture_like(one: Any) -> bool:
    return isinstance(one, str | bytes | os.PathLike | Image.Image) or getattr(one, "ndim", 0) >= 2


def shares_of(given: Sequence[float] | None, count: int) -> tuple[float, ...]:
    """How much each of so many styles counts; 1 each, where nothing is said."""
    if given is None:
        return (1.0,) * count
    picked = as_list(given)
    if picked is None or len(picked) != count:
        raise SettingError(f"shares is {shown(given)}; give one number for each of the {count} styles.")
    if sum(picked) == 0:
        raise SettingError(f"shares is {shown(given)}; at least one is above 0.")
    return tuple(map(float, picked))


def guidance(settings: Mapping, content: np.ndarray, styles: Sequence[np.ndarray], size: int) -> Guidance:
    """What the settings ask for, at the size of the painting."""
    shape = content.shape[:2]
    masks = settings["mask"]
    if masks is not None:
        given = each(masks)
        if len(given) != len(styles):
            raise SettingError(f"mask has {len(given)} and style {len(styles)} pictures; give a mask for each style.")
        masks = np.stack([mask_of(one, shape) for one in given])
        if empty := [k for k, mask in enumerate(masks, 1) if not mask.any()]:
            which = f" {empty[0]}" if len(masks) > 1 else ""
            raise SettingError(f"mask{which} is black everywhere, so its style has no place; white says where it is.")
    content_map = settings["content_map"]
    if content_map is not None:
        content_map = mask_of(content_map, shape, "content_map")
    styles = [fit(style, max(8, round(size * settings["style_scale"]))) for style in styles]
    if settings["colors"] in MAPS:
        styles = [recolored(style, content, settings["colors"]) for style in styles]
    elif settings["colors"] == "luminance":
        styles = [gray_like(style, content) for style in styles]
        content = gray(content)
    return Guidance(content, tuple(styles), masks, content_map)
