"""Lesson 03: numbers on which its exercises are tried."""

import numpy as np


def small_integers(*shape: int, turn: int = 7) -> np.ndarray:
    """Whole numbers from -4 to 4 without order; another ``turn``, other numbers."""
    return (np.arange(np.prod(shape)) * turn % 9 - 4).reshape(shape).astype(np.float32)
