"""Where runs work: the same table from every executor, whatever becomes of its processes."""

import concurrent.futures
import logging
import multiprocessing
import os
import signal
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from sweeps import FAST, QUIET, results, wait_for

import nst_utils as nst
from nst_utils.base.errors import SettingError
from nst_utils.study.job import Outcome
from nst_utils.study.tables import read_table, rows_of
from nst_utils.study.workers import _ended

AT_64 = {**FAST, "sizes": (32, 64), "content_weight": [0.1, 1.0], **QUIET}


def large(tiny_content, tiny_style):
    """Two contents of 64 px and a style."""
    disk, turned = (np.kron(tile, np.ones((2, 2, 1), np.float32)) for tile in (tiny_content, tiny_content[::-1]))
    return {"contents": {"disk": disk, "turned": turned}, "styles": {"stripes": tiny_style}}


@pytest.fixture(scope="module")
def in_order(tmp_path_factory, tiny_content, tiny_style):
    """What four runs at 64 px give one after the other."""
    folder = tmp_path_factory.mktemp("order")
    return nst.sweep(**large(tiny_content, tiny_style), **AT_64, into=folder)


def test_a_process_pool_gives_the_same_table_also_when_a_process_dies(in_order, tmp_path, tiny_content, tiny_style):
    """A pool of two, of whose processes one is killed as soon as the first run is saved."""
    spawned = multiprocessing.get_context("spawn")
    keywords = {**large(tiny_content, tiny_style), **AT_64}
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=spawned) as pool:
        killer = threading.Thread(target=kill_a_child_after_the_first_run, args=(tmp_path,))
        killer.start()
        table = nst.sweep(**keywords, into=tmp_path, executor=pool)
        killer.join()
    assert table["status"].tolist() == ["done"] * 4
    assert 2 in set(table["attempts"])
    for row in rows_of(table):
        told = None if row["attempts"] == 1 else "first attempt: its process died (a lack of memory?)"
        assert row["reason"] == told
    assert results(table, "attempts", "reason") == results(in_order, "attempts", "reason")
    assert all(Path(name).is_file() for name in table["picture"])


def kill_a_child_after_the_first_run(folder):
    wait_for(lambda: any((folder / "runs").glob("*.json")))
    next(child for child in multiprocessing.active_children() if child.is_alive()).kill()


def dying_pool(count=1):
    spawned = multiprocessing.get_context("spawn")
    return concurrent.futures.ProcessPoolExecutor(count, spawned, initializer=os._exit, initargs=(1,))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_run_whose_process_dies_twice_has_failed(pictures_of, tmp_path, monkeypatch):
    monkeypatch.setattr("nst_utils.study.workers._processes", dying_pool)
    with dying_pool() as pool:
        table = nst.sweep(**pictures_of, **FAST, **QUIET, into=tmp_path, executor=pool)
    assert table["status"].tolist() == ["failed"] * 2
    assert set(table["reason"]) == {"its process died (a lack of memory?), and again at the second attempt"}
    assert set(table["attempts"]) == {2}


class Breaking(concurrent.futures.Executor):
    """One process: the first run ends, the second is interrupted, the third breaks the pool."""

    _max_workers = 1

    def __init__(self):
        self.futures = []

    def submit(self, function, job, attempt):
        if self.futures and isinstance(self.futures[-1].exception(), concurrent.futures.BrokenExecutor):
            raise concurrent.futures.BrokenExecutor
        future = concurrent.futures.Future()
        endings = (lambda future: future.set_result(function(job, attempt)), interrupted, broken)
        endings[len(self.futures)](future)
        self.futures.append(future)
        return future


def test_when_a_pool_breaks_another_takes_over_and_only_suspects_have_been_tried(
    pictures_of, tmp_path, monkeypatch, pretends
):
    pools = []
    monkeypatch.setattr("nst_utils.study.workers._processes", lambda count: pools.append(Scripted()) or pools[-1])
    one = {"disk": pictures_of["contents"]["disk"]}
    keywords = {**FAST, **QUIET, "seeds": range(6), "into": tmp_path}
    table = nst.sweep(one, pictures_of["styles"], **keywords, executor=Breaking())
    assert table["status"].tolist() == ["done"] * 6
    # a run at work and the next in line are suspects; the last two had not begun
    assert table["attempts"].tolist() == [1, 2, 2, 2, 1, 1]
    assert [len(pool.turns) for pool in pools] == [2, 3]


class Scripted(concurrent.futures.Executor):
    """Runs in this process; the first so many attempts of each run end as the script says."""

    def __init__(self, *script):
        self.script, self.turns, self.closed = script, {}, False

    def shutdown(self, wait=True, *, cancel_futures=False):
        self.closed = True

    def submit(self, function, job, attempt):
        future, turn = concurrent.futures.Future(), self.turns.get(job.name, 0)
        self.turns[job.name] = turn + 1
        if turn < len(self.script):
            self.script[turn](future)
        else:
            future.set_result(function(job, attempt))
        return future


def broken(future):
    future.set_exception(concurrent.futures.BrokenExecutor())


def killed(future):
    from distributed import KilledWorker

    future.set_exception(KilledWorker("run", None, 3))


def interrupted(future):
    future.set_result(Outcome("interrupted", "interrupted", lost=True))


def pressed(future):
    future.set_exception(KeyboardInterrupt())


def given_up(future):
    future.cancel()
    future.set_running_or_notify_cancel()


LOST = {killed: "its process died", interrupted: "interrupted", pressed: "interrupted", given_up: "gave it up"}


@pytest.mark.parametrize("ending", LOST, ids=lambda ending: ending.__name__)
def test_a_run_that_is_lost_is_recorded_and_tried_once_more(pictures_of, tmp_path, ending, pretends):
    executor, one = Scripted(ending), {"disk": pictures_of["contents"]["disk"]}
    (row,) = rows_of(nst.sweep(one, pictures_of["styles"], **FAST, **QUIET, into=tmp_path, executor=executor))
    assert (row["status"], row["attempts"]) == ("done", 2)
    assert row["reason"].startswith("first attempt: ") and LOST[ending] in row["reason"]
    assert set(executor.turns.values()) == {2}
    assert not executor.closed  # it is the caller's


@pytest.mark.parametrize("ending", LOST, ids=lambda ending: ending.__name__)
def test_a_run_that_is_lost_twice_has_failed_and_the_others_go_on(pictures_of, tmp_path, ending):
    executor = Scripted(ending, ending)
    table = nst.sweep(**pictures_of, **FAST, **QUIET, into=tmp_path, executor=executor)
    assert table["status"].tolist() == ["failed"] * 2
    assert all(LOST[ending] in reason and "again at the second attempt" in reason for reason in table["reason"])
    assert set(executor.turns.values()) == {2}


def press_ctrl_c():
    """From another thread; only a signal to the main thread wakes it where it waits."""
    signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)


def main_thread_waits() -> bool:
    """Whether it rests in `threading`, as a sweep does until the next run ends."""
    at = sys._current_frames()[threading.main_thread().ident].f_code
    return at.co_name == "wait" and at.co_filename == threading.__file__


class Interrupting(concurrent.futures.Executor):
    """Of four runs one ends, one is at work and two wait when Ctrl-C is pressed."""

    def __init__(self, folder):
        self.futures = []
        threading.Thread(target=self.press, args=(folder,)).start()

    def press(self, folder):
        wait_for(lambda: any((folder / "runs").glob("*.json")) and len(self.futures) == 4 and main_thread_waits())
        press_ctrl_c()

    def submit(self, function, job, attempt):
        future = concurrent.futures.Future()
        self.futures.append(future)
        if len(self.futures) == 1:
            future.set_result(function(job, attempt))
        elif len(self.futures) == 2:
            future.set_running_or_notify_cancel()
        return future


def test_ctrl_c_leaves_what_an_executor_has_done_and_gives_up_the_rest(pictures_of, tmp_path, pretends):
    executor = Interrupting(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        nst.sweep(**{**pictures_of, **FAST, **QUIET, "seeds": [0, 1]}, into=tmp_path, executor=executor)
    assert sorted(nst.saved(tmp_path)["status"]) == ["done", "interrupted"]
    assert [future.cancelled() for future in executor.futures] == [False, False, True, True]
    assert len(read_table(tmp_path / "table.csv")) == 2


def test_ctrl_c_keeps_what_has_ended_meanwhile():
    """Between the end of a run and the moment when the sweep hears of it, too."""
    futures = [concurrent.futures.Future() for _ in range(4)]
    for future in futures[:2]:
        future.set_result(Outcome("done"))
    futures[2].set_running_or_notify_cancel()

    class Pool:
        submit = staticmethod(lambda function, job, attempt: futures[job])

    ending = _ended(Pool(), range(4))
    statuses = [next(ending)[1].status, ending.throw(KeyboardInterrupt())[1].status, next(ending)[1].status]
    with pytest.raises(KeyboardInterrupt):
        next(ending)
    assert statuses == ["done", "done", "interrupted"]
    assert futures[3].cancelled()


def test_ctrl_c_ends_processes_of_our_own(pictures_of, tmp_path):
    def press():
        wait_for(lambda: len(multiprocessing.active_children()) == 2)
        press_ctrl_c()

    threading.Thread(target=press).start()
    endless = {**FAST, **QUIET, "steps": (1, 999999)}
    with pytest.raises(KeyboardInterrupt):
        nst.sweep(**pictures_of, **endless, into=tmp_path, executor=2)
    wait_for(lambda: not multiprocessing.active_children())


def test_a_pool_that_forks_is_refused_with_the_way_out(pictures_of, tmp_path, never_paints):
    forked = multiprocessing.get_context("fork")
    with (
        concurrent.futures.ProcessPoolExecutor(1, mp_context=forked) as pool,
        pytest.raises(SettingError, match=r"forks.*get_context"),
    ):
        nst.sweep(**pictures_of, **FAST, **QUIET, into=tmp_path, executor=pool)


# Dask


@pytest.fixture(scope="module")
def cluster():
    """A Dask cluster of two worker processes on this machine, without a dashboard."""
    import dask
    from distributed import LocalCluster

    quiet = {"distributed.comm.timeouts.connect": "60s", "distributed.admin.log-format": "%(message)s"}
    with (
        dask.config.set(quiet),
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,
            silence_logs=logging.CRITICAL,
        ) as cluster,
    ):
        yield cluster


def test_a_dask_cluster_of_which_one_worker_is_killed_gives_the_same_table(
    cluster, in_order, tmp_path, tiny_content, tiny_style
):
    from distributed import Client

    with Client(cluster) as client:
        killer = Killer(client, tmp_path)
        killer.start()
        keywords = large(tiny_content, tiny_style)
        table = nst.sweep(**keywords, **AT_64, into=tmp_path, executor=client.get_executor())
        killer.join()
    assert killer.at_work, "the worker had nothing to do when it was killed"
    assert table["status"].tolist() == ["done"] * 4
    assert results(table) == results(in_order)


class Killer(threading.Thread):
    """Kills the process of a worker with a run at work, once the first run is saved."""

    def __init__(self, client, folder):
        super().__init__()
        self.client, self.folder, self.at_work = client, folder, ()

    def run(self):
        processes = self.client.run(os.getpid)
        wait_for(lambda: any((self.folder / "runs").glob("*.json")))
        busy = {worker: runs for worker, runs in self.client.processing().items() if runs}
        worker, self.at_work = next(iter(busy.items()), (next(iter(processes)), ()))
        os.kill(processes[worker], signal.SIGKILL)


def test_the_address_of_a_dask_cluster_is_an_executor(cluster, in_order, tmp_path, tiny_content, tiny_style):
    keywords = {**large(tiny_content, tiny_style), **AT_64, "content_weight": 1.0}
    keywords["contents"] = {"disk": keywords["contents"]["disk"]}
    table = nst.sweep(**keywords, into=tmp_path, executor=cluster.scheduler_address)
    assert results(table) == results(in_order[(in_order["content"] == "disk") & (in_order["content_weight"] == 1.0)])


def test_a_dask_cluster_that_does_not_answer_is_told(pictures_of, tmp_path, monkeypatch, never_paints):
    monkeypatch.setattr("nst_utils.study.workers.DASK_SECONDS", 0.5)
    with pytest.raises(SettingError, match=r"tcp://127\.0\.0\.1:9.*no Dask scheduler answers"):
        nst.sweep(**pictures_of, **FAST, **QUIET, into=tmp_path, executor="tcp://127.0.0.1:9")


def test_without_dask_an_address_says_what_to_install(pictures_of, tmp_path, monkeypatch, never_paints):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(SettingError, match=r"nst-utils\[cluster\]"):
        nst.sweep(**pictures_of, **FAST, **QUIET, into=tmp_path, executor="tcp://127.0.0.1:9")
