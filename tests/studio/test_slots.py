"""How many paint at once: real locks on real files, a killed process, paintings that wait."""

import os
import subprocess
import sys
import threading
import time

import pytest

from nst_utils.base.errors import NSTError, SettingError
from nst_utils.studio import slots
from nst_utils.studio.slots import Slot
from nst_utils.widgets.painting import WAITING, Painting

PATIENCE = 120  # seconds: what takes longer hangs


def until(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.01)


class Counting:
    """As much of a run as a painting needs."""

    result, step = None, 0

    @property
    def done(self):
        return self.step == 3

    def advance(self, until):
        self.step += 1
        self.result = self.step


def test_only_so_many_have_a_slot_and_one_that_is_left_is_taken_by_another(tmp_path):
    first, second, third = (Slot(2, tmp_path) for _ in range(3))
    assert [slot.take() for slot in (first, second, third)] == [True, True, False]
    assert first.take()  # who has one keeps it
    second.leave()
    second.leave()
    assert third.take()
    assert not second.take()
    for slot in (first, third):
        slot.leave()


def test_a_slot_that_nobody_holds_any_more_is_free(tmp_path):
    dropped = Slot(1, tmp_path)
    assert dropped.take()
    del dropped
    assert Slot(1, tmp_path).take()


HOLDER = """
import sys, time
from nst_utils.studio.slots import Slot
slot = Slot(1, sys.argv[1])
print(slot.take(), flush=True)
time.sleep(600)
"""


def test_a_killed_kernel_frees_its_slot(tmp_path):
    ours = Slot(1, tmp_path)
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True) as other:
        try:
            assert other.stdout.readline() == "True\n"
            assert not ours.take()
        finally:
            other.kill()
    assert ours.take()
    ours.leave()


def test_many_kernels_never_exceed_the_limit(tmp_path):
    """Threads with a slot each; a lock belongs to the open file, so they are as foreign as processes."""
    at_once, most, lock = 0, 0, threading.Lock()

    def visit():
        nonlocal at_once, most
        slot = Slot(2, tmp_path)
        for _ in range(5):
            until(slot.take)
            with lock:
                at_once += 1
                most = max(most, at_once)
            time.sleep(0.002)
            with lock:
                at_once -= 1
            slot.leave()

    threads = [threading.Thread(target=visit) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert most == 2


def test_a_painting_waits_for_a_slot_and_says_so(tmp_path):
    other = Slot(1, tmp_path)
    assert other.take()
    notes = []
    job = Painting(Counting, lambda job: notes.append(job.note), slot=Slot(1, tmp_path))
    job.start()
    until(lambda: WAITING in notes)
    assert job.result is None
    other.leave()
    assert job.wait(PATIENCE)
    assert (job.state, job.note, job.result) == ("done", "", 3)
    assert other.take()


def test_a_paused_painting_lets_others_paint(tmp_path):
    job = Painting(Counting, slot=Slot(1, tmp_path))
    job.step()
    assert job.wait(PATIENCE)
    other = Slot(1, tmp_path)
    until(other.take)
    job.resume()
    until(lambda: job.note == WAITING)
    other.leave()
    assert job.wait(PATIENCE)
    assert (job.state, job.result) == ("done", 3)


def test_a_stopped_painting_asks_for_no_slot_any_more(tmp_path):
    other = Slot(1, tmp_path)
    assert other.take()
    job = Painting(Counting, slot=Slot(1, tmp_path))
    job.start()
    until(lambda: job.note == WAITING)
    job.stop()
    assert job.wait(PATIENCE)
    other.leave()
    assert Slot(1, tmp_path).take()


@pytest.mark.parametrize("text", ["0", "many", "-1", "1.5", "9" * 5000])
def test_a_wrong_limit_is_refused_in_a_short_sentence(monkeypatch, text):
    monkeypatch.setenv("NST_STUDIO_RUNS", text)
    with pytest.raises(SettingError, match="NST_STUDIO_RUNS") as caught:
        slots.usual_limit()
    assert len(str(caught.value)) < 120


def test_a_folder_that_others_can_write_to_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(slots.tempfile, "gettempdir", lambda: str(tmp_path))
    folder = tmp_path / f"nst-studio-{os.getuid()}"
    folder.mkdir()
    folder.chmod(0o777)
    with pytest.raises(NSTError, match="open to others"):
        Slot(1).take()
