"""Work in the background: real threads, without a run or a widget in sight."""

import gc
import subprocess
import sys
import threading
import time

import pytest

from nst_utils.base.errors import SettingError
from nst_utils.widgets.jobs import Job, Later, Newest, process_ends

pytestmark = pytest.mark.usefixtures("own_log")
PATIENCE = 120  # seconds: what takes longer hangs


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
    time.sleep(0.1)
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


def test_a_running_job_is_told_of_again_and_again_while_a_piece_takes_its_time():
    heard, enough = [], threading.Event()

    def pieces():
        yield enough.wait(PATIENCE)  # one long piece

    def tell(job):
        heard.append(job.state)
        if heard.count("running") == 3:
            enough.set()

    job = Job(pieces, tell)
    job.start()
    assert job.wait(PATIENCE)
    assert job.value is True
    assert heard[-1] == "done"


def test_a_job_that_waits_lets_others_go_first_and_asks_again():
    order, free = [], threading.Event()

    def waiting():
        while not free.is_set():
            order.append("asks")
            yield Later(0.05, "waiting")
        yield order.append("had it")

    def working():
        yield order.append("works")
        yield free.set()

    first, second = Job(waiting), Job(working)
    first.start()
    until(lambda: first.note == "waiting")
    second.start()
    assert first.wait(PATIENCE) and second.wait(PATIENCE)
    assert order.index("asks") < order.index("works") < order.index("had it")
    assert first.note == ""


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


# Newest


def test_of_many_requests_only_the_newest_is_computed():
    computed, news = [], []
    newest = Newest(lambda k: computed.append(k) or k, lambda job: news.append((job.state, job.value)), delay=0.2)
    for k in range(20):
        newest.ask(k)
    assert newest.job.wait(PATIENCE)
    assert computed == [19]
    assert news[-1] == ("done", 19)


def test_a_request_under_way_is_cancelled_between_its_pieces():
    reached, gate = [], threading.Event()

    def compute(k):
        for piece in range(3):
            reached.append((k, piece))
            gate.wait(PATIENCE)
            yield k

    news = []
    newest = Newest(compute, lambda job: news.append(job.value), delay=0.0)
    newest.ask("old")
    until(lambda: reached)
    newest.ask("new")
    gate.set()
    assert newest.job.wait(PATIENCE)
    assert reached == [("old", 0), ("new", 0), ("new", 1), ("new", 2)]
    assert news[-1] == "new"
    assert "old" not in news[news.index("new") :]


# The end of the process

LONG_PIECE = """
import time
from nst_utils.widgets.jobs import Job, process_ends

def pieces():
    while not process_ends():
        time.sleep(0.01)
    print("it has ended")
    yield "one piece"
    print("never")

job = Job(pieces)
job.start()
"""


def test_a_piece_learns_that_the_process_ends_and_is_the_last():
    assert not process_ends()
    ended = subprocess.run([sys.executable, "-c", LONG_PIECE], capture_output=True, text=True, timeout=PATIENCE)
    assert (ended.returncode, ended.stdout) == (0, "it has ended\n"), ended.stderr
