"""Sweeps: every run once, saved as it ends, whatever becomes of the others and of the processes that paint them."""

import concurrent.futures
import itertools
import json
import logging
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import nst_utils as nst
from nst_utils.base.errors import BackboneError, NSTError, PictureError, SettingError
from nst_utils.engine.settings import SETTINGS
from nst_utils.engine.stylize import stylize
from nst_utils.images.opening import picture
from nst_utils.images.saving import save_picture
from nst_utils.metrics import measure
from nst_utils.study import grid as sweeping
from nst_utils.study.tables import Table

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
MEASURES = {"style_gap_closed", "palette_distance", "edge_correlation", "structural_similarity"}
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def pictures_of(tiny_content, tiny_style):
    """The keywords of two contents and one style, as arrays with names."""
    return {"contents": {"disk": tiny_content, "turned": tiny_content[::-1, ::-1]}, "styles": {"stripes": tiny_style}}


@pytest.fixture(scope="module")
def painted(pictures_of, tmp_path_factory):
    """A finished sweep of four runs: its keywords and its folder."""
    keywords = {**pictures_of, **FAST, **QUIET, "content_weight": [0.1, 1.0]}
    folder = tmp_path_factory.mktemp("sweep") / "runs of a day"
    nst.sweep(**keywords, into=folder)
    return keywords, folder


@pytest.fixture
def finished(painted, tmp_path):
    """A copy of it that a test may change."""
    keywords, folder = painted
    return keywords, Path(shutil.copytree(folder, tmp_path / "copy"))


@pytest.fixture
def paints(monkeypatch):
    """The settings of every painting that is begun in this process."""
    begun = []

    def counted(content, style, **settings):
        begun.append(settings)
        return stylize(content, style, **settings)

    monkeypatch.setattr("nst_utils.study.grid.stylize", counted)
    return begun


@pytest.fixture
def never_paints(monkeypatch):
    monkeypatch.setattr("nst_utils.study.grid.stylize", lambda *given, **settings: pytest.fail("painted"))


def results(table):
    """What a sweep measures, without what differs from one to the next."""
    return Table({name: value for name, value in row.items() if name not in ("seconds", "picture")} for row in table)


def planned(**keywords):
    """The names of the runs that a sweep would do."""
    given = {**FAST, "judge": "none", **keywords}
    own = [given.pop(name) for name in ("contents", "styles", "backbones")]
    return [job.name for job in sweeping._jobs(*own, given.pop("seeds", 0), judge=given.pop("judge"), grid=given)]


# The table


def test_every_content_style_backbone_seed_and_setting_is_a_row(painted):
    table = sweeping.saved(painted[1])
    assert sorted(zip(table["content"], table["content_weight"], strict=True)) == [
        *(("disk", weight) for weight in (0.1, 1.0)),
        *(("turned", weight) for weight in (0.1, 1.0)),
    ]
    assert set(table["status"]) == {"done"}
    assert set(table["attempts"]) == {1}
    assert table["reason"] == [None] * 4
    assert set(SETTINGS) | MEASURES | {"seconds", "loss_total", "loss_style"} <= set(table.columns)
    assert min(table["seconds"]) > 0


def test_a_row_holds_what_the_run_of_its_settings_gives(painted, pictures_of):
    row = sweeping.saved(painted[1]).where(content="turned", content_weight=0.1)[0]
    settings = {name: value for name, value in FAST.items() if name != "backbones"}
    content, style = pictures_of["contents"]["turned"], pictures_of["styles"]["stripes"]
    result = stylize(content, style, backbone="vgg16", **settings, content_weight=0.1, progress=False)
    expected = measure(result.picture, result.content, result.style)
    assert {name: row[name] for name in expected} == expected
    assert row["loss_total"] == result.run.losses["total"]
    with Image.open(row["picture"]) as saved:
        np.testing.assert_array_equal(np.asarray(saved), np.rint(result.picture * 255))


def test_what_a_run_chose_for_itself_is_told(painted):
    row = sweeping.saved(painted[1])[0]
    assert (row["style_weight"], row["tv_weight"], row["learning_rate"]) == (1.0, 1.0, 0.02)
    assert row["precision"] in ("float32", "bfloat16", "float16")
    assert (row["sizes"], row["steps"]) == ([24, 32], [2, 3])
    assert row["style_layers"] == ["block1_conv1", "block2_conv1"]


def test_the_file_beside_the_pictures_holds_the_same_table(painted):
    keywords, folder = painted
    table = nst.sweep(**keywords, into=folder)
    stored = Table.read(folder / "table.csv")
    assert stored.without("picture") == table.without("picture")
    assert [folder / name for name in stored["picture"]] == [Path(name) for name in table["picture"]]


def test_a_folder_may_be_moved(finished, never_paints):
    keywords, folder = finished
    moved = folder.rename(folder.parent / "elsewhere")
    assert all(Path(name).is_file() and moved in Path(name).parents for name in sweeping.saved(moved)["picture"])
    assert len(nst.sweep(**keywords, into=moved)) == 4


def test_a_network_that_took_no_part_is_the_judge(pictures_of, tmp_path):
    contents = {"disk": pictures_of["contents"]["disk"]}
    (row,) = nst.sweep(contents, pictures_of["styles"], into=tmp_path, **FAST, progress=False)
    assert row["judge"] == "resnet50"
    settings = {name: value for name, value in FAST.items() if name != "backbones"}
    result = stylize(contents["disk"], pictures_of["styles"]["stripes"], backbone="vgg16", **settings, progress=False)
    expected = sweeping.judged(result.picture, result.content, result.style, "resnet50", "mini")
    assert {name: row[name] for name in expected} == pytest.approx(expected, rel=1e-6)
    assert row["held_out_gap_closed"] != 0


# The grid


GRID = {"contents": {"flat": np.full((16, 16, 3), 0.5)}, "styles": {"flat": np.full((16, 16, 3), 0.5)}}


@pytest.mark.parametrize(
    ("given", "count"),
    [
        ({"content_weight": 0.1}, 1),
        ({"content_weight": [0.1, 1, 10]}, 3),
        ({"content_weight": np.geomspace(0.1, 10, 5)}, 5),
        ({"jitter": range(4)}, 4),
        ({"seeds": range(3)}, 3),
        ({"backbones": ("vgg16", "vgg19")}, 2),
        ({"steps": (2, 3)}, 1),
        ({"steps": [4, 5]}, 2),
        ({"sizes": [24, 32]}, 1),
        ({"sizes": [[24, 32], [16, 32]]}, 2),
        ({"style_layers": ["block1_conv1", "block2_conv1"]}, 1),
        ({"style_layers": {"block1_conv1": 0.5}}, 1),
        ({"style_layers": [["block1_conv1"], {"block2_conv1": 1.0}, None]}, 3),
        ({"weights": ["mini", "mini-random"], "statistic": ["gram", "covariance"], "seeds": [0, 1]}, 8),
        ({"content_weight": [0.1, 0.1]}, 1),
    ],
)
def test_a_list_is_tried_value_by_value_and_a_tuple_is_one_value(given, count):
    assert len(planned(**GRID, **given)) == count


def test_a_preset_brings_its_backbone():
    given = {**FAST, **GRID, "preset": ["swag", "gatys"], "judge": "auto"}
    own = [given.pop(name) for name in ("contents", "styles", "backbones")]
    jobs = sweeping._jobs(*own, 0, judge=given.pop("judge"), grid=given)
    assert [job.told["backbone"] for job in jobs] == ["resnet50", "vgg19"]
    assert [job.judge[0] for job in jobs] == ["vgg16", "resnet50"]


def test_runs_see_the_pictures_as_stylize_fits_them(pictures_of, tmp_path, monkeypatch):
    large = picture("harbor")
    seen = []
    monkeypatch.setattr("nst_utils.study.grid._painted", lambda job: seen.append(job) or sweeping._Outcome("failed"))
    nst.sweep({"large": large}, {"large": large, **pictures_of["styles"]}, into=tmp_path, size=[48, 64], **QUIET)
    expected = {48: picture("harbor", 48).shape, 64: picture("harbor", 64).shape}
    assert {job.settings["size"]: job.content.shape for job in seen} == expected
    assert {job.style.shape for job in seen} == {*expected.values(), (32, 32, 3)}


@pytest.mark.parametrize(
    ("changed", "error", "told"),
    [
        ({"stepz": 3}, SettingError, r"no setting stepz"),
        ({"backbone": "vgg16"}, SettingError, r"backbones"),
        ({"seed": 1}, SettingError, r"give seeds"),
        ({"backbones": "vgg17"}, BackboneError, r"vgg17.*vgg19"),
        ({"backbones": []}, SettingError, r"backbones is empty"),
        ({"seeds": []}, SettingError, r"seeds is empty"),
        ({"content_weight": []}, SettingError, r"content_weight is empty"),
        ({"weights": "imagenot"}, BackboneError, r"'imagenot'.*imagenet"),
        ({"preset": "gatis"}, SettingError, r"'gatis'.*gatys"),
        ({"start": "nowhere"}, PictureError, r"nowhere"),
        ({"judge": "vgg17"}, BackboneError, r"vgg17"),
        ({"judge": "vgg16", "weights": ["mini-random", "mini"]}, SettingError, r"paints in this sweep itself"),
        ({"contents": []}, SettingError, r"contents is empty"),
        ({"contents": ["no_such_picture"]}, PictureError, r"no_such_picture"),
        ({"styles": np.zeros((16, 16, 3))}, SettingError, r'styles is ndarray.*styles=\{"mine": picture\}'),
        ({"styles": [np.zeros((16, 16, 3))]}, SettingError, r"styles is list"),
        ({"executor": 0}, SettingError, r"executor is 0"),
        ({"executor": True}, SettingError, r"executor is True"),
        ({"executor": object()}, SettingError, r"Executor, a number of processes"),
    ],
)
def test_a_users_mistake_is_told_before_anything_is_painted(pictures_of, tmp_path, never_paints, changed, error, told):
    with pytest.raises(error, match=told):
        nst.sweep(**{**pictures_of, **FAST, **QUIET, **changed}, into=tmp_path / "new")
    assert not list(tmp_path.rglob("*.*"))


def test_a_folder_that_cannot_be_is_told_before_anything_is_painted(pictures_of, tmp_path, never_paints):
    (tmp_path / "file.txt").write_text("in the way")
    with pytest.raises(SettingError, match=r"file\.txt.*cannot be a folder"):
        nst.sweep(**pictures_of, **FAST, **QUIET, into=tmp_path / "file.txt" / "runs")


def test_names_paths_and_selections_of_the_registry_are_contents(tmp_path, monkeypatch):
    save_picture(np.full((16, 16, 3), 0.5), tmp_path / "mine.png")
    monkeypatch.setattr("nst_utils.study.grid._painted", lambda job: sweeping._Outcome("failed"))
    contents = nst.pictures(role="content")[:2]
    table = nst.sweep(contents, tmp_path / "mine.png", into=tmp_path / "runs", size=16, **QUIET)
    assert table["content"] == contents.names
    assert set(table["style"]) == {str(tmp_path / "mine.png")}


# What is done is not done again


def test_a_second_call_paints_nothing_and_gives_the_same_table(painted, never_paints):
    keywords, folder = painted
    assert nst.sweep(**keywords, into=folder) == nst.sweep(**keywords, into=folder)
    assert len(nst.sweep(**keywords, into=folder)) == 4


def test_only_what_is_new_is_painted(finished, paints):
    keywords, folder = finished
    table = nst.sweep(**{**keywords, "content_weight": [0.1, 0.5, 1.0]}, into=folder)
    assert [settings["content_weight"] for settings in paints] == [0.5, 0.5]
    assert len(table) == 6
    assert len(sweeping.saved(folder)) == 6


def test_all_that_decides_a_run_is_in_its_key(pictures_of, tmp_path, monkeypatch, tiny_content):
    save_picture(tiny_content, tmp_path / "start.png")
    weights = tmp_path / "weights.npz"
    weights.write_bytes(b"one")
    base = {**pictures_of, "contents": {"disk": tiny_content}, "weights": str(weights), "start": "content"}
    names = [planned(**base)]
    brighter = np.clip(tiny_content + np.float32(1e-3), 0, 1)
    for changed in (
        {"contents": {"disk": brighter}},
        {"styles": {"stripes": brighter}},
        {"seeds": 1},
        {"tv_weight": 0.5},
        {"content_weight": 0.3},
        {"style_layers": ["block1_conv1"]},
        {"start": "noise"},
        {"start": str(tmp_path / "start.png")},
        {"judge": "resnet50"},
        {"weights": "mini-random"},
    ):
        names.append(planned(**{**base, **changed}))
    save_picture(tiny_content[::-1], tmp_path / "start.png")
    names.append(planned(**{**base, "start": str(tmp_path / "start.png")}))
    weights.write_bytes(b"two")
    names.append(planned(**base))
    monkeypatch.setattr("nst_utils.study.grid.__version__", "9.9.9")
    names.append(planned(**base))
    keys = {name.rsplit("-", 1)[1] for each in names for name in each}
    assert len(keys) == len(names)
    assert planned(**base) == names[-1]


def test_the_weights_of_the_session_are_part_of_the_key_and_of_the_table(pictures_of, monkeypatch):
    given = {name: value for name, value in FAST.items() if name not in ("weights", "backbones")}
    names = []
    for kind in ("mini", "mini-random"):
        monkeypatch.setenv("NST_WEIGHTS", kind)
        jobs = sweeping._jobs(*pictures_of.values(), "vgg16", 0, grid=given, judge="none")
        assert {job.told["weights"] for job in jobs} == {job.settings["weights"] for job in jobs} == {kind}
        names += [job.name for job in jobs]
    assert len(set(names)) == 4


@pytest.mark.parametrize("harm", ["cut", "empty", "no row", "no picture"])
def test_a_run_that_is_not_whole_is_painted_again(finished, paints, harm):
    keywords, folder = finished
    row = next((folder / "runs").glob("turned-*.json"))
    if harm == "no picture":
        (folder / "pictures" / f"{row.stem}.png").unlink()
    else:
        row.write_text({"cut": row.read_text()[:200], "empty": "", "no row": "[]"}[harm])
    table = nst.sweep(**keywords, into=folder)
    assert len(paints) == 1
    assert set(table["status"]) == {"done"}
    assert all(Path(name).is_file() for name in table["picture"])


# Runs that fail


def test_a_run_that_fails_is_told_with_its_reason_and_the_others_go_on(pictures_of, tmp_path, paints):
    keywords = {**pictures_of, **FAST, **QUIET, "statistic": ["grams", "gram"], "into": tmp_path}
    table = nst.sweep(**keywords)
    assert table["status"] == ["failed", "failed", "done", "done"]
    assert "'grams'; choose one of gram" in table[0]["reason"]
    assert table["picture"][:2] == [None, None]
    assert Table.read(tmp_path / "table.csv").without("picture") == table.without("picture")
    paints.clear()
    assert results(nst.sweep(**keywords)) == results(table)
    assert len(paints) == 2  # a failure may have been the disk's or the memory's: it gets another chance


def test_an_error_that_is_none_of_ours_is_told_by_its_kind(pictures_of, tmp_path, monkeypatch):
    monkeypatch.setattr("nst_utils.study.grid.stylize", lambda *given, **settings: 1 / 0)
    table = nst.sweep(**pictures_of, **FAST, **QUIET, into=tmp_path)
    assert table["reason"] == ["ZeroDivisionError: division by zero"] * 2


def test_a_run_that_diverges_keeps_its_best_picture(pictures_of, tmp_path):
    explosive = {"content_weight": 0, "style_weight": 3e38, "normalization": "keras-io", "steps": 4}
    table = nst.sweep(**pictures_of, **{**FAST, **QUIET, **explosive}, into=tmp_path)
    assert table["status"] == ["failed", "failed"]
    assert "learning_rate" in table[0]["reason"]
    with Image.open(table[0]["picture"]) as saved:
        assert saved.width in (24, 32)
        assert np.asarray(saved).std() > 1


# Ctrl-C and crashes


def test_ctrl_c_leaves_what_is_done_and_the_next_call_goes_on(pictures_of, tmp_path, monkeypatch, paints):
    keywords = {**pictures_of, **FAST, **QUIET, "into": tmp_path}
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("nst_utils.study.grid.stylize", interrupted_at(2))
        nst.sweep(**keywords)
    stopped = sweeping.saved(tmp_path)
    assert sorted(stopped["status"]) == ["done", "interrupted"]
    assert len(Table.read(tmp_path / "table.csv")) == 2
    paints.clear()
    table = nst.sweep(**keywords)
    assert len(paints) == 1
    assert table["status"] == ["done", "done"]


def interrupted_at(turn):
    """`stylize`, during whose so-manieth call somebody presses Ctrl-C."""
    turns = itertools.count(1)

    def one(content, style, **settings):
        press = (lambda run: signal.raise_signal(signal.SIGINT)) if next(turns) == turn else None
        return stylize(content, style, **settings, callback=press)

    return one


KILLED = """
import json, sys
import nst_utils as nst
nst.sweep(**json.loads(sys.argv[1]))
"""


def test_a_sweep_that_is_killed_goes_on_where_it_was(tmp_path, tiny_content, tiny_style, paints):
    save_picture(tiny_content, tmp_path / "content.png")
    save_picture(tiny_style, tmp_path / "style.png")
    pair = {"contents": [str(tmp_path / "content.png")], "styles": [str(tmp_path / "style.png")]}
    keywords = {**pair, **FAST, **QUIET, "sizes": [24, 32], "steps": [[2, 3], [3, 4], [1, 999999]]}
    told = json.dumps({**keywords, "into": str(tmp_path / "runs")})
    with subprocess.Popen([sys.executable, "-c", KILLED, told], env={**os.environ, "PYTHONPATH": str(ROOT)}) as process:
        wait_for(lambda: len(list((tmp_path / "runs" / "runs").glob("*.json"))) == 2 or process.poll() is not None)
        process.kill()
    assert sweeping.saved(tmp_path / "runs")["status"] == ["done", "done"]
    keywords["steps"] = [(2, 3), (3, 4), (4, 5)]
    table = nst.sweep(**{**keywords, "sizes": (24, 32)}, into=tmp_path / "runs")
    assert table["status"] == ["done"] * 3
    assert [settings["steps"] for settings in paints] == [(4, 5)]


def wait_for(condition, seconds=300):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_full_disk_ends_the_sweep_and_costs_no_run_that_is_done(finished, monkeypatch):
    keywords, folder = finished

    def full(path, *given):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("nst_utils.study.grid.written_whole", full)
        with pytest.raises(NSTError, match=r"cannot be saved.*No space left.*goes on from there"):
            nst.sweep(**{**keywords, "content_weight": [0.1, 0.5]}, into=folder)
    assert len(sweeping.saved(folder)) == 4


# Executors

AT_64 = {**FAST, "sizes": (32, 64), "content_weight": [0.1, 1.0], **QUIET}


def large(tiny_content, tiny_style):
    """Two contents of 64 px and a style."""
    disk, turned = (np.kron(tile, np.ones((2, 2, 1), np.float32)) for tile in (tiny_content, tiny_content[::-1]))
    return {"contents": {"disk": disk, "turned": turned}, "styles": {"stripes": tiny_style}}


@pytest.fixture(scope="module")
def in_order(tmp_path_factory, tiny_content, tiny_style):
    """What four runs at 64 px give one after the other."""
    folder = tmp_path_factory.mktemp("order")
    return results(nst.sweep(**large(tiny_content, tiny_style), **AT_64, into=folder))


def test_a_process_pool_gives_the_same_table_also_when_a_process_dies(in_order, tmp_path, tiny_content, tiny_style):
    """A pool of two; in a second sweep one of its processes is killed as soon as the first run is saved."""
    spawned = multiprocessing.get_context("spawn")
    keywords = {**large(tiny_content, tiny_style), **AT_64}
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=spawned) as pool:
        half = {**keywords, "content_weight": 0.1, "executor": pool}
        whole = nst.sweep(**half, into=tmp_path / "whole")
        assert results(whole) == in_order.where(content_weight=0.1)
        assert all(Path(name).is_file() for name in whole["picture"])
        assert pool.submit(os.getpid).result() != os.getpid()  # it is the caller's, and still at work
        killer = threading.Thread(target=kill_a_child_after_the_first_run, args=(tmp_path / "killed",))
        killer.start()
        table = nst.sweep(**keywords, into=tmp_path / "killed", executor=pool)
        killer.join()
    assert table["status"] == ["done"] * 4
    assert 2 in table["attempts"]
    for row in table:
        told = None if row["attempts"] == 1 else "first attempt: its process died (a lack of memory?)"
        assert row["reason"] == told
    assert results(table).without("attempts", "reason") == in_order.without("attempts", "reason")


def kill_a_child_after_the_first_run(folder):
    wait_for(lambda: any((folder / "runs").glob("*.json")))
    next(child for child in multiprocessing.active_children() if child.is_alive()).kill()


def dying_pool(count=1):
    spawned = multiprocessing.get_context("spawn")
    return concurrent.futures.ProcessPoolExecutor(count, spawned, initializer=os._exit, initargs=(1,))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_run_whose_process_dies_twice_has_failed(pictures_of, tmp_path, monkeypatch):
    monkeypatch.setattr("nst_utils.study.grid._processes", dying_pool)
    with dying_pool() as pool:
        table = nst.sweep(**pictures_of, **FAST, **QUIET, into=tmp_path, executor=pool)
    assert table["status"] == ["failed"] * 2
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


def test_when_a_pool_breaks_another_takes_over_and_only_suspects_have_been_tried(pictures_of, tmp_path, monkeypatch):
    pools = []
    monkeypatch.setattr("nst_utils.study.grid._processes", lambda count: pools.append(Scripted()) or pools[-1])
    monkeypatch.setattr("nst_utils.study.grid._painted", lambda job, turn: sweeping._Outcome("done", None, turn))
    one = {"disk": pictures_of["contents"]["disk"]}
    keywords = {**FAST, **QUIET, "seeds": range(6), "into": tmp_path}
    table = nst.sweep(one, pictures_of["styles"], **keywords, executor=Breaking())
    assert table["status"] == ["done"] * 6
    # a run at work and the next in line are suspects; the last two had not begun
    assert table["attempts"] == [1, 2, 2, 2, 1, 1]
    assert [len(pool.turns) for pool in pools] == [2, 3]


class Scripted(concurrent.futures.Executor):
    """Runs in this process; the first so many attempts of each run end as the script says."""

    def __init__(self, *script):
        self.script, self.turns = script, {}

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
    future.set_result(sweeping._Outcome("interrupted", "interrupted", lost=True))


def pressed(future):
    future.set_exception(KeyboardInterrupt())


def given_up(future):
    future.cancel()
    future.set_running_or_notify_cancel()


LOST = {killed: "its process died", interrupted: "interrupted", pressed: "interrupted", given_up: "gave it up"}


@pytest.mark.parametrize("ending", LOST, ids=lambda ending: ending.__name__)
def test_a_run_that_is_lost_is_recorded_and_tried_once_more(pictures_of, tmp_path, ending):
    executor, one = Scripted(ending), {"disk": pictures_of["contents"]["disk"]}
    (row,) = nst.sweep(one, pictures_of["styles"], **FAST, **QUIET, into=tmp_path, executor=executor)
    assert (row["status"], row["attempts"]) == ("done", 2)
    assert row["reason"].startswith("first attempt: ") and LOST[ending] in row["reason"]
    assert set(executor.turns.values()) == {2}


@pytest.mark.parametrize("ending", LOST, ids=lambda ending: ending.__name__)
def test_a_run_that_is_lost_twice_has_failed_and_the_others_go_on(pictures_of, tmp_path, ending):
    executor = Scripted(ending, ending)
    table = nst.sweep(**pictures_of, **FAST, **QUIET, into=tmp_path, executor=executor)
    assert table["status"] == ["failed"] * 2
    assert all(LOST[ending] in reason and "again at the second attempt" in reason for reason in table["reason"])
    assert set(executor.turns.values()) == {2}


def press_ctrl_c():
    """From another thread; only a signal to the main thread wakes it where it waits."""
    signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)


class Interrupting(concurrent.futures.Executor):
    """Of four runs one ends, one is at work and two wait when Ctrl-C is pressed."""

    def __init__(self, folder):
        self.futures = []
        threading.Thread(target=self.press, args=(folder,)).start()

    def press(self, folder):
        wait_for(lambda: any((folder / "runs").glob("*.json")) and len(self.futures) == 4)
        time.sleep(0.5)  # the sweep waits for the next run to end
        press_ctrl_c()

    def submit(self, function, job, attempt):
        future = concurrent.futures.Future()
        self.futures.append(future)
        if len(self.futures) == 1:
            future.set_result(function(job, attempt))
        elif len(self.futures) == 2:
            future.set_running_or_notify_cancel()
        return future


def test_ctrl_c_leaves_what_an_executor_has_done_and_gives_up_the_rest(pictures_of, tmp_path):
    executor = Interrupting(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        nst.sweep(**{**pictures_of, **FAST, **QUIET, "seeds": [0, 1]}, into=tmp_path, executor=executor)
    assert sorted(sweeping.saved(tmp_path)["status"]) == ["done", "interrupted"]
    assert [future.cancelled() for future in executor.futures] == [False, False, True, True]
    assert len(Table.read(tmp_path / "table.csv")) == 2


def test_ctrl_c_keeps_what_has_ended_meanwhile():
    """Between the end of a run and the moment when the sweep hears of it, too."""
    futures = [concurrent.futures.Future() for _ in range(4)]
    for future in futures[:2]:
        future.set_result(sweeping._Outcome("done"))
    futures[2].set_running_or_notify_cancel()

    class Pool:
        submit = staticmethod(lambda function, job, attempt: futures[job])

    ending = sweeping._ended(Pool(), range(4))
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
    assert table["status"] == ["done"] * 4
    assert results(table) == in_order


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


def test_the_address_of_a_dask_cluster_is_an_executor(cluster, painted, tmp_path):
    keywords, folder = painted
    one = {**keywords, "content_weight": 1.0, "contents": {"disk": keywords["contents"]["disk"]}}
    table = nst.sweep(**one, into=tmp_path, executor=cluster.scheduler_address)
    expected = sweeping.saved(folder).where(content="disk", content_weight=1.0)
    assert results(table) == results(expected)


def test_a_dask_cluster_that_does_not_answer_is_told(pictures_of, tmp_path, monkeypatch, never_paints):
    monkeypatch.setattr("nst_utils.study.grid.DASK_SECONDS", 0.5)
    with pytest.raises(SettingError, match=r"tcp://127\.0\.0\.1:9.*no Dask scheduler answers"):
        nst.sweep(**pictures_of, **FAST, **QUIET, into=tmp_path, executor="tcp://127.0.0.1:9")


def test_without_dask_an_address_says_what_to_install(pictures_of, tmp_path, monkeypatch, never_paints):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(SettingError, match=r"nst-utils\[cluster\]"):
        nst.sweep(**pictures_of, **FAST, **QUIET, into=tmp_path, executor="tcp://127.0.0.1:9")


# Progress and the public face


def test_the_bar_counts_runs_and_failures(pictures_of, tmp_path, capfd):
    keywords = {**pictures_of, **FAST, "judge": "none", "statistic": ["grams", "gram"], "into": tmp_path}
    nst.sweep(**keywords)
    told = capfd.readouterr().err
    assert "4 of 4 runs" in told
    assert "2 failed" in told
    nst.sweep(**keywords)
    assert "2 of 4 runs" in capfd.readouterr().err


def test_the_module_can_be_called_whichever_was_imported_first():
    code = "import nst_utils.study.grid, nst_utils as nst; print(callable(nst.sweep), nst.sweep.saved.__name__)"
    for first in ("", "import nst_utils as nst; nst.sweep; "):
        done = subprocess.run([sys.executable, "-c", first + code], capture_output=True, text=True, check=True)
        assert done.stdout.split() == ["True", "saved"]
