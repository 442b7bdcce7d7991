"""What the tests of sweeps share: the smallest runs there are, and what of their tables is the same each time."""

import time

from nst_utils.study.tables import rows_of

FAST = {
    "backbones": "vgg16",
    "weights": "mini-random",
    "content_layers": ["block2_conv1"],
    "style_layers": ["block1_conv1", "block2_conv1"],
    "sizes": (24, 32),
    "steps": (2, 3),
    "jitter": 2,
}
QUIET = {"judge": "none", "progress": False}


def results(table, *besides):
    """What a sweep measures, without what differs from one to the next."""
    return rows_of(table.drop(columns=["seconds", "picture", *besides]))


def wait_for(condition, seconds=300):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)
