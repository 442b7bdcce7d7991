"""A content and a style for all measures."""

import numpy as np
import pytest
from made_pictures import noise


@pytest.fixture(scope="module")
def content() -> np.ndarray:
    return noise(1, (96, 128), blur=6)


@pytest.fixture(scope="module")
def style() -> np.ndarray:
    """Diagonal stripes of two colors on a canvas of another shape."""
    y, x = np.mgrid[:120, :100]
    stripes = (np.sin((x + 2 * y) / 4)[..., None] + 1) / 2
    return (stripes * [0.9, 0.7, 0.2] + (1 - stripes) * [0.1, 0.2, 0.5]).astype(np.float32)
