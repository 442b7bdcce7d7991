"""What the tests of the tools that train share."""

import pytest

from nst_utils.base.tensorflow import tf


@pytest.fixture(scope="module")
def eagerly():
    """Tracing a step takes seconds, and networks this small run few steps."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)
