"""Masks: which part of a painting a style is for, brought from a picture to the positions of a network's layer.

White says "here". A layer sees more than its own position, so near the edge of a region it sees what lies outside;
these positions are left out of the region's statistic (Gatys, Ecker, Bethge, Hertzmann, Shechtman: "Controlling
perceptual factors in neural style transfer", CVPR 2017, section 4.1, as far as enough of the region is left).
"""

from typing import Any

import numpy as np
from PIL import Image

from nst_utils.base.errors import PictureError, SettingError
from nst_utils.images.opening import picture

LEFT = 0.25  # share of a region that stays, however far a layer sees


def mask_of(given: Any, shape: tuple[int, int], name: str = "mask") -> np.ndarray:
    """A mask (height, width) from 0 to 1: a picture's brightness, in 256 steps as a PNG has them, fitted to the shape.

    Parameters
    ----------
    given : anything `picture` takes, an array (h, w) of truth values or numbers included
    shape : height and width of the painting
    name : of the setting, for the error

    Examples
    --------
    >>> left = np.arange(40)[None, :].repeat(20, axis=0) < 20
    >>> mask_of(left, (10, 20))[0, [0, 9, 10, 19]].tolist()
    [1.0, 1.0, 0.0, 0.0]
    """
    try:
        seen = np.round(picture(given) * 255).mean(axis=-1) / np.float32(255)
    except PictureError as error:
        raise SettingError(f"{name} is no picture of a mask, white where it holds: {error}.") from None
    return resampled(seen, shape)


def resampled(mask: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """A mask (h, w) at another size: each position the mean of what it covers, or between its neighbors."""
    if mask.shape == tuple(shape):
        return mask
    how = Image.Resampling.BOX if shape[0] <= mask.shape[0] else Image.Resampling.BILINEAR
    image = Image.fromarray(np.ascontiguousarray(mask, np.float32))
    return np.clip(np.asarray(image.resize(tuple(shape)[::-1], how)), 0, 1)


def eroded(mask: np.ndarray, radius: int, left: float = LEFT) -> np.ndarray:
    """A mask without the positions nearer than ``radius`` to its edge; by a smaller radius where too little is left.

    The border of the picture is no edge of the mask.

    Examples
    --------
    >>> mask = np.zeros((9, 9), np.float32)
    >>> mask[:, :6] = 1
    >>> eroded(mask, 2)[4].tolist()
    [1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    """
    from scipy import ndimage

    while radius >= 1:
        inner = ndimage.minimum_filter(mask, 2 * radius + 1, mode="nearest")
        if inner.sum() >= left * mask.sum():
            return inner
        radius //= 2
    return mask
