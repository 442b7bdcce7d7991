"""The codebook of the tool that measures what 8 bits a weight do."""

import check_originals as tool
import numpy as np
import pytest


def test_the_error_of_normal_values_is_that_of_the_best_codebook():
    """Panter and Dite, "Quantization distortion in pulse-count modulation", 1951: pi sqrt(3) / 2 over the square."""
    values = np.random.default_rng(0).normal(size=1_000_000).astype(np.float32)
    error = np.sqrt(np.mean((tool.quantized(values) - values) ** 2))
    assert error == pytest.approx(np.sqrt(np.pi * np.sqrt(3) / 2) / tool.VALUES, rel=0.03)


def test_quantized_values_are_the_nearest_of_the_codebook():
    values = np.random.default_rng(1).standard_t(3, size=(3, 3, 5, 7)).astype(np.float32)
    table, found = tool.codebook(values, 16), tool.quantized(values)
    assert found.shape == values.shape
    assert len(np.unique(found)) <= tool.VALUES
    nearest = table[np.abs(values[..., None] - table).argmin(-1)]
    assert np.mean((found - values) ** 2) < np.mean((nearest - values) ** 2)
