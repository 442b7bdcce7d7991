"""All measures of a painting at once, under the names of their functions.

How much style a result has taken on and how much content it has kept. A network would judge its own work, so these
look at patches, colors, edges and neighboring pixels only; `network` has those that look through one. All are plain
functions of finished pictures (float32, (h, w, 3), [0, 1]) without TensorFlow, applied in lessons, sweeps and the
benchmark, never inside the optimization.

A distance is 0 for equal pictures. Where a measure is not defined (no edges to correlate, no gap to close) it is NaN.
Two pictures that are compared pixel by pixel are first brought to the shape of the first.
"""

import numpy as np

from nst_utils.base.threads import one_blas_thread
from nst_utils.metrics.content import edge_correlation, structural_similarity
from nst_utils.metrics.parts import resized
from nst_utils.metrics.style import palette_distance, style_gap_closed
from nst_utils.metrics.texture import high_frequency_energy, total_variation


@one_blas_thread()
def measure(result: np.ndarray, content: np.ndarray, style: np.ndarray, seed: int = 0) -> dict[str, float]:
    """All measures of a result, under the names of their functions.

    Parameters
    ----------
    result, content, style : ndarray, float32, (h, w, 3), [0, 1]
        Of any shapes.
    seed : int
        Chooses the random directions and samples of the first two measures.

    Returns
    -------
    dict of str to float
        `style_gap_closed` from content to style, `palette_distance` to the style, `edge_correlation` and
        `structural_similarity` with the content; `high_frequency_energy` and `total_variation` of the result itself.

    Examples
    --------
    A result that is the content has kept all of it and taken nothing:

    >>> rng = np.random.default_rng(0)
    >>> content, style = rng.random((32, 48, 3), np.float32), rng.random((32, 32, 3), np.float32) / 2
    >>> for name, value in measure(content, content, style).items():
    ...     print(f"{name:22} {value:.2f}")
    style_gap_closed       0.00
    palette_distance       0.25
    edge_correlation       1.00
    structural_similarity  1.00
    high_frequency_energy  1.00
    total_variation        0.66
    """
    content_as_result = resized(content, result.shape[:2])
    return {
        "style_gap_closed": style_gap_closed(result, content, style, seed),
        "palette_distance": palette_distance(result, style, seed),
        "edge_correlation": edge_correlation(result, content_as_result),
        "structural_similarity": structural_similarity(result, content_as_result),
        "high_frequency_energy": high_frequency_energy(result),
        "total_variation": total_variation(result),
    }
