"""What several measures are made of: sizes, luminance, slopes and the pyramid."""

import numpy as np

PATCH_LEVELS = 4
_LUMINANCE = np.array([0.2125, 0.7154, 0.0721], np.float32)  # ITU-R BT.709, as in scikit-image
_BINOMIAL = np.array([1, 4, 6, 4, 1], np.float32) / 16  # the pyramid's filter (Burt and Adelson)
ROUNDING = 1e-6  # distributions nearer than this differ by float32 rounding only


def laplacian_pyramid(picture: np.ndarray) -> list[np.ndarray]:
    """Details from fine to coarse, then what remains (Burt and Adelson 1983)."""
    levels = []
    for _ in range(PATCH_LEVELS - 1):
        half = smoothed(picture)[::2, ::2]
        spread = np.zeros_like(picture)
        spread[::2, ::2] = 4 * half
        levels.append(picture - smoothed(spread))
        picture = half
    return [*levels, picture]


def smoothed(picture: np.ndarray) -> np.ndarray:
    """The picture under the pyramid's filter."""
    from scipy.ndimage import convolve1d

    return convolve1d(convolve1d(picture, _BINOMIAL, axis=0, mode="mirror"), _BINOMIAL, axis=1, mode="mirror")


def slopes(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sobel derivatives of the luminance, down and across."""
    from scipy.ndimage import sobel

    lights = luminance(picture)
    return sobel(lights, axis=0), sobel(lights, axis=1)


def luminance(picture: np.ndarray) -> np.ndarray:
    """How light each pixel is, (h, w)."""
    return picture @ _LUMINANCE


def resized(picture: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """The picture at (h, w), by an antialiased bicubic filter; itself if it has that shape."""
    if picture.shape[:2] == shape:
        return picture
    from PIL import Image

    height, width = shape
    channels = [
        Image.fromarray(np.ascontiguousarray(picture[..., c])).resize((width, height), Image.Resampling.BICUBIC)
        for c in range(3)
    ]
    return np.clip(np.stack([np.asarray(channel) for channel in channels], axis=-1), 0, 1)
