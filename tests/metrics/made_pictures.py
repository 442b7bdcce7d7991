"""Pictures made for the tests of measures, and how many of them a test tries."""

import itertools

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

few = settings(max_examples=15)
very_few = settings(max_examples=3)  # a patch distance takes a fifth of a second
seeds = st.integers(0, 2**32 - 1)


def noise(seed: int, shape: tuple[int, int] = (48, 64), blur: float = 0.0, contrast: float = 1.0) -> np.ndarray:
    """Blobs of random colors: larger with more blur, spread over the whole range, then drawn toward gray."""
    picture = np.random.default_rng(seed).random((*shape, 3), np.float32)
    picture = gaussian_filter(picture, (blur, blur, 0))
    picture = (picture - picture.min()) / np.ptp(picture)
    return (0.5 + contrast * (picture - 0.5)).astype(np.float32)


def falls(values: list[float]) -> bool:
    return all(later < earlier for earlier, later in itertools.pairwise(values))
