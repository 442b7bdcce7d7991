"""Work in the background: real threads and real runs, without a widget in sight."""

import gc
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from nst_utils.base.errors import NSTError, SettingError
from nst_utils.engine.run import Run
from nst_utils.engine.settings import settings_of
from nst_utils.studio import queue as turns
from nst_utils.studio.queue import Turn
from nst_utils.widgets import jobs
from nst_utils.widgets.jobs import Job, Later, Newest
from nst_utils.widgets.painting import Painting

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


@pytest.fixture(autouse=True)
def own_log(tmp_path, monkeypatch):
    monkeypatch.setenv("NST_CACHE", str(tmp_path))
    return tmp_path / "widgets.log"


def counted(upto, seen=None):
    def pieces():
        for k in range(upto):
            if seen is not None:
                seen.append(k)
            yield k

    return pieces


def until(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.01)


# States


def test_a_job_runs_to_its_end_on_a_thread_of_its_own():
    threads = []

    def pieces():
        threads.append(threading.current_thread())
        yield "first"
        yield "last"

    job = Job(pieces)
    assert job.state == "new"
    job.start()
    assert job.wait(PATIENCE)
    assert (job.state, job.value, job.error) == ("done", "last", "")
    assert threads[0] is not threading.main_thread()


def test_step_does_one_piece_and_rests_resume_does_the_rest():
    seen = []
    job = Job(counted(5, seen))
    for done in (1, 2):
        job.step()
        assert job.wait(PATIENCE)
        assert (job.state, len(seen)) == ("paused", done)
    job.resume()
    assert job.wait(PATIENCE)
    assert (job.state, seen) == ("done", [0, 1, 2, 3, 4])


def test_what_is_not_done_yet_is_no_step():
    def pieces():
        yield Later(0.0, "opening", value="start picture")
        yield 1
        yield 2

    job = Job(pieces)
    job.step()
    assert job.wait(PATIENCE)
    assert (job.state, job.value) == ("paused", 1)
    job.stop()


def test_pause_holds_it_and_resume_goes_on_where_it_was():
    go_on, seen = threading.Event(), []

    def pieces():
        for k in range(4):
            seen.append(k)
            go_on.wait(PATIENCE)
            yield k

    job = Job(pieces)
    job.start()
    until(lambda: seen)
    job.pause()
    go_on.set()
    assert job.wait(PATIENCE)
    assert (job.state, seen) == ("paused", [0])
    time.sleep(0.3)
    assert seen == [0]
    job.resume()
    assert job.wait(PATIENCE)
    assert (job.state, seen) == ("done", [0, 1, 2, 3])


def test_stop_ends_it_for_good_and_lets_go_of_what_it_held():
    closed = threading.Event()

    def pieces():
        try:
            while True:
                yield "so far"
        finally:
            closed.set()

    job = Job(pieces)
    job.start()
    until(lambda: job.value)
    job.stop()
    assert job.wait(PATIENCE)
    assert closed.wait(PATIENCE)
    assert (job.state, job.value) == ("stopped", "so far")
    job.start()
    assert job.state == "stopped"


def test_two_jobs_take_turns():
    order = []

    def named(name):
        def pieces():
            for _ in range(5):
                order.append(name)
                yield name

        return pieces

    gate = threading.Event()
    blocker = Job(lambda: iter([gate.wait(PATIENCE)]))  # the others are queued behind it
    blocker.start()
    both = [Job(named("a")), Job(named("b"))]
    for job in both:
        job.start()
    gate.set()
    assert all(job.wait(PATIENCE) for job in both)
    assert order == ["a", "b"] * 5


def test_a_foreseen_error_is_one_sentence_and_the_log_keeps_the_rest(own_log):
    def pieces():
        yield 1
        raise SettingError("size is 3; it is\na whole number from 16.")

    job = Job(pieces)
    job.start()
    assert job.wait(PATIENCE)
    assert (job.state, job.error, job.value) == ("failed", "size is 3; it is a whole number from 16.", 1)
    assert isinstance(job.cause, SettingError)
    assert "Traceback" in own_log.read_text()


def test_an_unforeseen_error_is_told_in_a_sentence_too(own_log):
    def pieces():
        raise ZeroDivisionError("by zero")
        yield

    job = Job(pieces)
    job.start()
    assert job.wait(PATIENCE)
    assert job.state == "failed"
    assert job.error.startswith("This should not have happened: ZeroDivisionError: by zero")
    assert str(own_log) in job.error
    assert "\n" not in job.error
    assert "in pieces" in own_log.read_text()


def test_an_error_while_telling_does_not_end_the_telling():
    heard = []

    def tell(job):
        heard.append(job.state)
        raise ValueError("no widget here")

    first, second = Job(counted(1), tell), Job(counted(1), tell)
    for job in (first, second):
        job.start()
        assert job.wait(PATIENCE)
    assert heard.count("done") >= 2


def test_a_running_job_is_told_of_at_least_twice_a_second():
    times, going = [], threading.Event()

    def pieces():
        going.wait(2.0)  # one long piece
        yield 1

    job = Job(pieces, lambda job: times.append(time.monotonic()))
    job.start()
    assert job.wait(PATIENCE)
    assert len(times) >= 4


def test_a_dropped_job_ends_by_itself():
    seen = []

    def pieces():
        while True:
            seen.append(1)
            yield

    job = Job(pieces)
    job.start()
    until(lambda: seen)
    del job
    gc.collect()
    until(lambda: time.sleep(0.1) or seen.clear() or time.sleep(0.1) or not seen)


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


# Newest


def test_of_many_requests_only_the_newest_is_computed():
    computed, told = [], []
    newest = Newest(lambda k: computed.append(k) or k, lambda job: told.append((job.state, job.value)), delay=0.2)
    for k in range(20):
        newest.ask(k)
    assert newest.job.wait(PATIENCE)
    assert computed == [19]
    assert told[-1] == ("done", 19)


def test_a_request_under_way_is_cancelled_between_its_pieces():
    reached, gate = [], threading.Event()

    def compute(k):
        for piece in range(3):
            reached.append((k, piece))
            gate.wait(PATIENCE)
            yield k

    told = []
    newest = Newest(compute, lambda job: told.append(job.value), delay=0.0)
    newest.ask("old")
    until(lambda: reached)
    newest.ask("new")
    gate.set()
    assert newest.job.wait(PATIENCE)
    assert reached == [("old", 0), ("new", 0), ("new", 1), ("new", 2)]
    assert told[-1] == "new"
    assert "old" not in told[told.index("new") :]


# Paintings


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
    assert job.extra == (True, "nst-worker")


FIRST_USE = """
import threading
import nst_utils as nst
from nst_utils.widgets.painting import Painting
from nst_utils.engine.run import Run
from nst_utils.engine.settings import settings_of

job = Painting(lambda: Run(nst.picture("harbor", 64), nst.picture("swirls", 64),
                           settings_of(size=64, steps=2, weights="mini-random")))
job.start()  # the worker imports TensorFlow ...
result = nst.stylize("harbor", "swirls", size=64, steps=2, weights="mini-random", progress=False)  # ... and so do we
assert job.wait(200), job.state
print(job.state, job.error, result.run.step, (job.result.picture == result.picture).mean())
job = Painting(lambda: Run(nst.picture("harbor"), nst.picture("swirls"), settings_of(size=64, steps=10**6)))
job.start()  # and the process ends in the middle of it
"""


def test_both_threads_may_be_the_first_to_need_tensorflow_and_the_process_ends_well():
    ended = subprocess.run([sys.executable, "-c", FIRST_USE], capture_output=True, text=True, timeout=400)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("done  2")
    assert "Traceback" not in ended.stderr


# Turns


def test_first_come_first_served(tmp_path):
    queue = [Turn(2, tmp_path) for _ in range(5)]
    assert [turn.before() for turn in queue] == [0, 0, 1, 2, 3]
    queue[1].leave()
    assert [turn.before() for turn in queue[2:]] == [0, 1, 2]
    queue[3].leave()  # who leaves the queue makes it shorter
    assert queue[4].before() == 1
    for turn in queue:
        turn.leave()
    assert not list(tmp_path.glob("ticket-*"))


HOLDER = """
import sys, time
from nst_utils.studio.queue import Turn
turn = Turn(1, sys.argv[1])
print(turn.before(), flush=True)
time.sleep(600)
"""


def test_a_killed_kernel_leaves_the_queue(tmp_path):
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True) as other:
        try:
            assert other.stdout.readline() == "0\n"
            ours = Turn(1, tmp_path)
            assert ours.before() == 1
        finally:
            other.kill()
    assert ours.before() == 0
    ours.leave()


def test_many_kernels_never_exceed_the_limit(tmp_path):
    """Threads with a turn each; a lock belongs to the open file, so they are as foreign as processes."""
    at_once, most, lock = 0, 0, threading.Lock()

    def visit():
        nonlocal at_once, most
        turn = Turn(2, tmp_path)
        for _ in range(5):
            while turn.before():
                time.sleep(0.001)
            with lock:
                at_once += 1
                most = max(most, at_once)
            time.sleep(0.002)
            with lock:
                at_once -= 1
            turn.leave()

    threads = [threading.Thread(target=visit) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert most == 2


def test_a_painting_waits_for_its_turn_and_says_so(make, tmp_path):
    other = Turn(1, tmp_path)
    assert other.before() == 0
    notes = []
    job = Painting(make, lambda job: notes.append(job.note), turn=Turn(1, tmp_path))
    job.start()
    until(lambda: "waiting: 1 is before you" in notes)
    assert job.result is None
    other.leave()
    assert job.wait(PATIENCE)
    assert (job.state, job.note) == ("done", "")
    assert not list(tmp_path.glob("ticket-*"))


def test_a_paused_painting_lets_others_have_their_turn(make, tmp_path):
    job = Painting(make, turn=Turn(1, tmp_path))
    job.step()
    assert job.wait(PATIENCE)
    job.pause()
    other = Turn(1, tmp_path)
    until(lambda: other.before() == 0)
    job.resume()
    until(lambda: job.note)
    other.leave()
    assert job.wait(PATIENCE)
    assert_same_painting(job.result, make().finish(progress=False))


@pytest.mark.parametrize("told", ["0", "many", "-1", "1.5"])
def test_a_wrong_limit_is_refused(monkeypatch, told):
    monkeypatch.setenv("NST_STUDIO_RUNS", told)
    with pytest.raises(SettingError, match="NST_STUDIO_RUNS"):
        turns.usual_limit()


def test_a_queue_that_others_can_write_to_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(turns.tempfile, "gettempdir", lambda: str(tmp_path))
    (tmp_path / f"nst-studio-{os.getuid()}").mkdir()
    (tmp_path / f"nst-studio-{os.getuid()}").chmod(0o777)
    with pytest.raises(NSTError, match="open to others"):
        Turn(1).before()


def test_idle_threads_end_and_come_back(monkeypatch):
    monkeypatch.setattr(jobs, "IDLE_SECONDS", 0.0)
    until(lambda: not any(thread.name.startswith("nst-") for thread in threading.enumerate()))
    job = Job(counted(2))
    job.start()
    assert job.wait(PATIENCE)
    assert job.state == "done"
