"""Colors kept: the style's colors moved to the content's before a run, or its brightness alone painted.

Gatys, Ecker, Bethge, Hertzmann, Shechtman: "Controlling perceptual factors in neural style transfer", CVPR 2017,
section 5: a linear map that gives every pixel x of the style as ``A (x - m_S) + m_C``, so that mean and covariance of
its colors become the content's; of the many maps A that do, three have names.
"""

import numpy as np

from nst_utils.base.values import chosen

FLAT = 1e-10  # added to variances: a picture of one color has none, and maps divide by them
LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # of red, green and blue (ITU-R BT.601)


def color_map(style: np.ndarray, content: np.ndarray, how: str = "content") -> tuple[np.ndarray, np.ndarray]:
    """The matrix A and the shift b with which ``A x + b`` has the content's mean and covariance of colors.

    Parameters
    ----------
    style, content : pictures (h, w, 3)
    how : name in `MAPS`

    Examples
    --------
    >>> drawn = np.random.default_rng(0)
    >>> style, content = drawn.random((8, 9, 3)), drawn.random((7, 8, 3)) ** 2
    >>> matrix, shift = color_map(style, content, "monge")
    >>> moved = style.reshape(-1, 3) @ matrix.T + shift
    >>> bool(np.allclose(np.cov(moved.T), np.cov(content.reshape(-1, 3).T), rtol=1e-2))
    True
    """
    (of_style, style_mean), (of_content, content_mean) = _moments(style), _moments(content)
    matrix = chosen("colors", how, MAPS)(of_style, of_content)
    return matrix, content_mean - matrix @ style_mean


def recolored(style: np.ndarray, content: np.ndarray, how: str = "content") -> np.ndarray:
    """The style in the content's colors; what leaves the range is clipped."""
    matrix, shift = color_map(style, content, how)
    return np.clip(style @ matrix.T + shift, 0, 1).astype(np.float32)


def gray(picture: np.ndarray) -> np.ndarray:
    """A picture's brightness in all three colors."""
    return np.repeat((picture @ LUMA)[..., None], 3, axis=-1)


def gray_like(style: np.ndarray, content: np.ndarray) -> np.ndarray:
    """The style's brightness, with the mean and the spread of the content's."""
    own, other = gray(style), gray(content)
    return np.clip((own - own.mean()) * (other.std() / max(own.std(), 1e-6)) + other.mean(), 0, 1).astype(np.float32)


def in_colors_of(painting: np.ndarray, content: np.ndarray) -> np.ndarray:
    """The painting's brightness in the content's colors, both of one size."""
    return np.clip(content + ((painting - content) @ LUMA)[..., None], 0, 1)


def _moments(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Covariance and mean of the colors, in float64."""
    colors = picture.reshape(-1, 3).astype(np.float64)
    return np.cov(colors.T) + FLAT * np.eye(3), colors.mean(axis=0)


def _root(matrix: np.ndarray, power: float = 0.5) -> np.ndarray:
    """A power of a symmetric positive matrix."""
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * values**power) @ vectors.T


def _by_roots(of_style: np.ndarray, of_content: np.ndarray) -> np.ndarray:
    return _root(of_content) @ _root(of_style, -0.5)


def _by_triangles(of_style: np.ndarray, of_content: np.ndarray) -> np.ndarray:
    return np.linalg.cholesky(of_content) @ np.linalg.inv(np.linalg.cholesky(of_style))


def _nearest(of_style: np.ndarray, of_content: np.ndarray) -> np.ndarray:
    """Of all such maps the one that moves colors least (Monge)."""
    root, back = _root(of_style), _root(of_style, -0.5)
    return back @ _root(root @ of_content @ root) @ back


MAPS = {"content": _by_roots, "cholesky": _by_triangles, "monge": _nearest}
COLORS = ("style", *MAPS, "luminance")  # what `stylize` may be asked for
