"""How much content a picture has kept: where its edges are, and how alike two pictures are pixel by pixel."""

import numpy as np

from nst_utils.base.errors import PictureError
from nst_utils.base.threads import one_blas_thread
from nst_utils.metrics.parts import ROUNDING, luminance, resized, slopes

_SSIM_WINDOW = 11


@one_blas_thread()
def edge_correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Whether two pictures have their edges in the same places.

    The Pearson correlation of ``sqrt(gx^2 + gy^2)`` over all pixels, where ``gx`` and ``gy`` are the Sobel derivatives
    of the luminance. Nothing is smoothed beyond Sobel's own 1 2 1.

    Parameters
    ----------
    a, b : ndarray, float32, (h, w, 3), [0, 1]
        ``b`` is resized to the shape of ``a``.

    Returns
    -------
    float
        -1 to 1; 1 for equal pictures, near 0 for unrelated ones, NaN if one has no edges. Symmetric for equal shapes.
        Neither contrast, brightness nor inversion of a picture changes it.

    References
    ----------
    Sobel, Feldman, "A 3x3 Isotropic Gradient Operator for Image Processing", 1968.

    Examples
    --------
    >>> picture = np.random.default_rng(0).random((32, 48, 3), np.float32)
    >>> round(edge_correlation(picture, 1 - picture / 2), 3)
    1.0
    """
    edges = [_edges(picture) for picture in (a, resized(b, a.shape[:2]))]
    if any(np.ptp(strength) < ROUNDING for strength in edges):
        return float("nan")
    return float(np.corrcoef(*(strength.ravel() for strength in edges))[0, 1])


@one_blas_thread()
def structural_similarity(a: np.ndarray, b: np.ndarray) -> float:
    """The structural similarity index (SSIM) of two pictures' luminance.

    ``(2 ma mb + c1) (2 cab + c2) / ((ma^2 + mb^2 + c1) (va + vb + c2))`` from the means, variances and covariance in a
    Gaussian window (sigma 1.5, 11 px), ``c1 = .01^2``, ``c2 = .03^2``, averaged over the picture, as in the paper.

    Parameters
    ----------
    a, b : ndarray, float32, (h, w, 3), [0, 1]
        ``b`` is resized to the shape of ``a``, at least 11 px a side.

    Returns
    -------
    float
        -1 to 1; 1 for equal pictures only. Symmetric for equal shapes.

    References
    ----------
    Wang, Bovik, Sheikh, Simoncelli, "Image Quality Assessment: From Error Visibility to Structural Similarity", IEEE
    Transactions on Image Processing 13, 2004.

    Examples
    --------
    >>> black, white = np.zeros((16, 16, 3), np.float32), np.ones((16, 16, 3), np.float32)
    >>> round(structural_similarity(black, white), 4), structural_similarity(white, white)
    (0.0001, 1.0)
    """
    from skimage.metrics import structural_similarity as ssim

    height, width = a.shape[:2]
    if min(height, width) < _SSIM_WINDOW:
        raise PictureError(
            f"Structural similarity looks through a window of {_SSIM_WINDOW} px, but the picture has {width}x{height}. "
            "Use a larger one."
        )
    a, b = luminance(a), luminance(resized(b, (height, width)))
    return float(ssim(a, b, data_range=1.0, gaussian_weights=True, sigma=1.5, use_sample_covariance=False))


def _edges(picture: np.ndarray) -> np.ndarray:
    return np.hypot(*slopes(picture))
