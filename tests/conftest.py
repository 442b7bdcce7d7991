"""What all tests share: a quiet TensorFlow, figures without a screen, no timing, no weights or cache of the user's."""

import functools
import os
import signal

import numpy as np
import pytest
from hypothesis import settings

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
os.environ["MPLBACKEND"] = "Agg"
for ours in ("NST_WEIGHTS", "NST_CACHE"):
    os.environ.pop(ours, None)

# No deadline: slow machines are welcome. Derandomized: the same commit always gives the same verdict.
settings.register_profile("course", deadline=None, derandomize=True)
settings.load_profile("course")


@pytest.fixture(autouse=True)
def ctrl_c_interrupts():
    """Before each test: a shell starts what it runs in the background with Ctrl-C ignored; nbclient leaves it so."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory):
    """Downloads of the tests go to a folder of their own."""
    os.environ["NST_CACHE"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def shared_networks():
    """Each network is made once for all tests of a file, so that equal objectives share their compiled graphs."""
    from nst_utils.engine import plan as ours

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ours, "load_backbone", functools.cache(ours.load_backbone))
        yield


@pytest.fixture(scope="session")
def tiny_content() -> np.ndarray:
    """A picture (24, 32, 3): a bright disk on a gradient."""
    y, x = np.mgrid[0:1:24j, 0:1:32j]
    disk = (x - 0.5) ** 2 + (y - 0.5) ** 2 < 0.1
    return np.stack([x, y, np.where(disk, 1.0, 0.2)], axis=-1).astype(np.float32)


@pytest.fixture(scope="session")
def tiny_style() -> np.ndarray:
    """A picture (32, 32, 3): stripes in two colors, with a little grain."""
    stripes = (np.add.outer(np.arange(32), np.arange(32)) // 4 % 2)[..., None]
    colors = stripes * np.array([0.9, 0.5, 0.1]) + (1 - stripes) * np.array([0.1, 0.2, 0.6])
    grain = np.random.default_rng(0).normal(0, 0.02, colors.shape)
    return np.clip(colors + grain, 0, 1).astype(np.float32)
