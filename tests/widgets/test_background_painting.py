"""A run in the background is that of the foreground, to the bit, whatever is done to it on the way."""

import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from nst_utils.base.errors import NSTError
from nst_utils.engine.run import Run
from nst_utils.engine.settings import settings_of
from nst_utils.widgets.painting import Painting

pytestmark = pytest.mark.usefixtures("shared_networks", "own_log")
PATIENCE = 120  # seconds: what takes longer hangs
SETTINGS = {
    "backbone": "vgg16",
    "weights": "mini-random",
    "content_layers": ["block2_conv1"],
    "style_layers": ["block1_conv1", "block2_conv1"],
    "size": 64,
    "jitter": 2,
    "start": "noise",
    "snapshots": 3,
}


@pytest.fixture
def make(tiny_content, tiny_style):
    """A function that makes a small run: 32 pixels, 12 steps."""
    return lambda **changed: Run(tiny_content, tiny_style, settings_of(**{**SETTINGS, "steps": 12, **changed}))


def until(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.01)


def test_the_main_thread_stays_free_and_can_be_interrupted(make):
    job = Painting(lambda: make(steps=100_000))
    job.start()
    until(lambda: job.result is not None and job.result.run.step > 2)
    timer = threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        while True:  # what a cell of the notebook does
            time.sleep(0.01)
    before = job.result.run.step
    until(lambda: job.result.run.step > before)  # the painting did not notice
    job.stop()
    assert job.wait(PATIENCE)


def assert_same_painting(one, other):
    np.testing.assert_array_equal(one.picture, other.picture)
    np.testing.assert_array_equal(one.history["total"], other.history["total"])


@pytest.mark.parametrize("method", ["adam", "lbfgs"])
def test_a_painting_in_the_background_is_that_of_the_foreground_to_the_bit(make, method):
    job = Painting(lambda: make(method=method))
    job.start()
    assert job.wait(PATIENCE)
    assert (job.state, job.error) == ("done", "")
    assert_same_painting(job.result, make(method=method).finish(progress=False))


def test_pauses_and_steps_do_not_change_the_painting(make):
    job = Painting(make)
    for done in (1, 2, 3):
        job.step()
        assert job.wait(PATIENCE)
        assert (job.state, job.result.run.step) == ("paused", done)
    job.resume()
    job.pause()
    assert job.wait(PATIENCE)
    job.resume()
    assert job.wait(PATIENCE)
    assert_same_painting(job.result, make().finish(progress=False))


def test_weights_can_be_changed_while_it_paints(make):
    job = Painting(make)
    job.step()
    assert job.wait(PATIENCE)
    job.change(content_weight=7.0, learning_rate=0.05)
    job.resume()
    assert job.wait(PATIENCE)
    run = make()
    run.advance()
    run.content_weight, run.learning_rate = 7.0, 0.05
    assert_same_painting(job.result, run.finish(progress=False))


def test_only_weights_and_the_learning_rate_can_be_changed(make):
    with pytest.raises(NSTError, match="size cannot be changed while it runs"):
        Painting(make).change(size=32)


def test_a_wrong_setting_fails_in_a_sentence(make):
    job = Painting(lambda: make(size=3))
    job.start()
    assert job.wait(PATIENCE)
    assert job.state == "failed"
    assert job.error.startswith("size is 3")


def test_a_loss_that_explodes_fails_and_keeps_the_best_picture(make):
    job = Painting(make)
    job.step()
    assert job.wait(PATIENCE)
    job.change(style_weight=float("nan"))
    job.resume()
    assert job.wait(PATIENCE)
    assert job.state == "failed"
    assert "The loss became nan" in job.error
    assert np.isfinite(job.result.picture).all()


def test_what_else_is_to_be_known_is_found_out_in_the_background(make):
    job = Painting(make, finish=lambda result: (result.run.done, threading.current_thread().name))
    job.start()
    assert job.wait(PATIENCE)
    assert job.extra == (True, "nst-worker_0")


FIRST_USE = """
import threading
import nst_utils as nst
from nst_utils.widgets.painting import Painting, new_run

quick = dict(size=32, steps=2, backbone="vgg16", weights="mini-random", style_layers=["block1_conv1"])
quick["content_layers"] = ["block1_conv2"]
job = Painting(lambda: new_run("harbor", "swirls", **quick))
job.start()  # the worker imports TensorFlow ...
result = nst.stylize("harbor", "swirls", **quick, progress=False)  # ... and so do we
assert job.wait(200), job.state
print(job.state, job.error, result.run.step, (job.result.picture == result.picture).mean())
job = Painting(lambda: new_run("harbor", "swirls", **{**quick, "steps": 10**6}))
job.start()  # and the process ends in the middle of it
"""


def test_both_threads_may_be_the_first_to_need_tensorflow_and_the_process_ends_well():
    ended = subprocess.run([sys.executable, "-c", FIRST_USE], capture_output=True, text=True, timeout=400)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == "done  2 1.0\n"
    assert "Traceback" not in ended.stderr
