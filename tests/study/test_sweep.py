"""Sweeps: every run once, saved as it ends, whatever becomes of the others and of the processes that paint them."""

import functools
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sweeps import FAST, QUIET, results, wait_for

import nst_utils as nst
from nst_utils.base.errors import BackboneError, NSTError, PictureError, SettingError
from nst_utils.engine.settings import SETTINGS
from nst_utils.engine.stylize import stylize
from nst_utils.images.opening import picture
from nst_utils.images.saving import save_picture
from nst_utils.metrics import measure
from nst_utils.study import grid as sweeping
from nst_utils.study.job import judged
from nst_utils.study.tables import read_table, rows_of

MEASURES = {"style_gap_closed", "palette_distance", "edge_correlation", "structural_similarity"}
ROOT = Path(__file__).parents[2]


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

    monkeypatch.setattr("nst_utils.study.job.stylize", counted)
    return begun


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
    assert table["reason"].isna().all()
    assert set(SETTINGS) | MEASURES | {"seconds", "loss_total", "loss_style"} <= set(table.columns)
    assert min(table["seconds"]) > 0


def test_a_row_holds_what_the_run_of_its_settings_gives(painted, pictures_of):
    rows = rows_of(sweeping.saved(painted[1]))
    (row,) = (row for row in rows if (row["content"], row["content_weight"]) == ("turned", 0.1))
    settings = {name: value for name, value in FAST.items() if name != "backbones"}
    content, style = pictures_of["contents"]["turned"], pictures_of["styles"]["stripes"]
    result = stylize(content, style, backbone="vgg16", **settings, content_weight=0.1, progress=False)
    expected = measure(result.picture, result.content, result.style)
    assert {name: row[name] for name in expected} == expected
    assert row["loss_total"] == result.run.losses["total"]
    with Image.open(row["picture"]) as saved:
        np.testing.assert_array_equal(np.asarray(saved), np.rint(result.picture * 255))


def test_what_a_run_chose_for_itself_is_told(painted):
    row = rows_of(sweeping.saved(painted[1]))[0]
    assert (row["style_weight"], row["tv_weight"], row["learning_rate"]) == (1.0, 0.05, 0.02)
    assert row["precision"] in ("float32", "bfloat16", "float16")
    assert (row["sizes"], row["steps"]) == ([24, 32], [2, 3])
    assert row["style_layers"] == ["block1_conv1", "block2_conv1"]


def test_the_file_beside_the_pictures_holds_the_same_table(painted):
    keywords, folder = painted
    table = nst.sweep(**keywords, into=folder)
    stored = read_table(folder / "table.csv")
    for name in ("sizes", "steps", "content_layers", "style_layers"):
        stored[name] = stored[name].map(json.loads)
    assert rows_of(stored.drop(columns="picture")) == rows_of(table.drop(columns="picture"))
    assert [folder / name for name in stored["picture"]] == [Path(name) for name in table["picture"]]


def test_a_folder_may_be_moved(finished, never_paints):
    keywords, folder = finished
    moved = folder.rename(folder.parent / "elsewhere")
    assert all(Path(name).is_file() and moved in Path(name).parents for name in sweeping.saved(moved)["picture"])
    assert len(nst.sweep(**keywords, into=moved)) == 4


def test_a_network_that_took_no_part_is_the_judge(pictures_of, tmp_path):
    contents = {"disk": pictures_of["contents"]["disk"]}
    (row,) = rows_of(nst.sweep(contents, pictures_of["styles"], into=tmp_path, **FAST, progress=False))
    assert row["judge"] == "resnet50"
    settings = {name: value for name, value in FAST.items() if name != "backbones"}
    result = stylize(contents["disk"], pictures_of["styles"]["stripes"], backbone="vgg16", **settings, progress=False)
    expected = judged(result.picture, result.content, result.style, "resnet50", "mini")
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
    given = {**FAST, **GRID, "backbones": "vgg19", "preset": ["swag", "gatys"], "judge": "auto"}
    own = [given.pop(name) for name in ("contents", "styles", "backbones")]
    jobs = sweeping._jobs(*own, 0, judge=given.pop("judge"), grid=given)
    assert [job.columns["backbone"] for job in jobs] == ["resnet50", "vgg19"]
    assert [job.judge[0] for job in jobs] == ["vgg16", "resnet50"]


def test_a_preset_and_another_backbone_are_refused():
    with pytest.raises(
        SettingError, match="preset 'swag' looks with resnet50, and backbone is 'vgg16'; leave one away"
    ):
        planned(**GRID, preset="swag", backbones="vgg16")


def test_runs_see_the_pictures_as_stylize_fits_them(pictures_of, tmp_path, pretends):
    large = picture("harbor")
    nst.sweep({"large": large}, {"large": large, **pictures_of["styles"]}, into=tmp_path, size=[48, 64], **QUIET)
    expected = {48: picture("harbor", 48).shape, 64: picture("harbor", 64).shape}
    assert {job.settings["size"]: job.content.shape for job in pretends} == expected
    assert {job.style.shape for job in pretends} == {*expected.values(), (32, 32, 3)}


@pytest.mark.parametrize(
    ("changed", "error", "message"),
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
        ({"into": 3}, SettingError, r"into is 3; give the path of a folder"),
        ({"weights": {"a": 1}}, SettingError, r"weights is \{'a': 1\}; give a name"),
        (
            {"content_weight": [functools.reduce(lambda inside, _: [inside], range(5000), 1)]},
            SettingError,
            r"too deeply",
        ),
        ({"preset": [["gatys"]]}, SettingError, r"preset is \['gatys'\]; give a name"),
    ],
)
def test_a_users_mistake_is_told_before_anything_is_painted(
    pictures_of, tmp_path, never_paints, changed, error, message
):
    with pytest.raises(error, match=message):
        nst.sweep(**{**pictures_of, **FAST, **QUIET, "into": tmp_path / "new", **changed})
    assert not list(tmp_path.rglob("*.*"))


def test_a_folder_that_cannot_be_is_told_before_anything_is_painted(pictures_of, tmp_path, never_paints):
    (tmp_path / "file.txt").write_text("in the way")
    with pytest.raises(SettingError, match=r"file\.txt.*cannot be a folder"):
        nst.sweep(**pictures_of, **FAST, **QUIET, into=tmp_path / "file.txt" / "runs")


def test_names_paths_and_selections_of_the_registry_are_contents(tmp_path, pretends):
    save_picture(np.full((16, 16, 3), 0.5), tmp_path / "mine.png")
    contents = nst.pictures(role="content")[:2]
    table = nst.sweep(contents, tmp_path / "mine.png", into=tmp_path / "runs", size=16, **QUIET)
    assert table["content"].tolist() == contents.names
    assert set(table["style"]) == {str(tmp_path / "mine.png")}


def test_no_file_of_a_run_is_hidden(tmp_path, monkeypatch, pretends):
    monkeypatch.chdir(tmp_path)
    save_picture(np.full((16, 16, 3), 0.5), "mine.png")
    table = nst.sweep(["./mine.png", "mine.png"], "./mine.png", into="runs", size=16, **QUIET)
    assert table["content"].tolist() == ["./mine.png", "mine.png"]
    assert not [path for path in Path("runs").rglob("*") if path.name.startswith(".")]


# What is done is not done again


def test_a_second_call_paints_nothing_and_gives_the_same_table(painted, never_paints):
    keywords, folder = painted
    table, again = (nst.sweep(**keywords, into=folder) for _ in range(2))
    assert len(table) == 4
    assert rows_of(again) == rows_of(table)


def test_only_what_is_new_is_painted(finished, pretends):
    keywords, folder = finished
    table = nst.sweep(**{**keywords, "content_weight": [0.1, 0.5, 1.0]}, into=folder)
    assert [job.settings["content_weight"] for job in pretends] == [0.5, 0.5]
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
        {"mask": tiny_content[..., 0]},
        {"content_map": tiny_content[..., 0]},
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


def test_masks_are_axes_of_a_grid_and_told_apart(pictures_of, tmp_path):
    left = np.tri(16, 20, dtype=np.float32)
    save_picture(left[::-1], tmp_path / "low.png")
    masks = [None, left, 1 - left, str(tmp_path / "low.png")]
    quick = {"size": 24, "steps": 1, "judge": "none", "weights": "mini-random"}
    contents = {"disk": pictures_of["contents"]["disk"]}
    table = nst.sweep(contents, pictures_of["styles"], into=tmp_path / "runs", mask=masks, **quick, progress=False)
    assert table["status"].tolist() == 4 * ["done"]
    assert table["mask"].nunique() == 3 and table["mask"].iloc[3] == str(tmp_path / "low.png")
    paintings = [nst.picture(path) for path in table["picture"]]
    assert all(np.abs(one - other).max() > 0 for one, other in itertools.combinations(paintings, 2))


def test_the_weights_of_the_session_are_part_of_the_key_and_of_the_table(pictures_of, monkeypatch):
    given = {name: value for name, value in FAST.items() if name not in ("weights", "backbones")}
    names = []
    for kind in ("mini", "mini-random"):
        monkeypatch.setenv("NST_WEIGHTS", kind)
        jobs = sweeping._jobs(*pictures_of.values(), "vgg16", 0, grid=given, judge="none")
        assert {job.columns["weights"] for job in jobs} == {job.settings["weights"] for job in jobs} == {kind}
        names += [job.name for job in jobs]
    assert len(set(names)) == 4


def test_a_run_that_is_not_whole_is_no_row_and_is_painted_again(finished, pretends):
    keywords, folder = finished
    cut, keyless, unpainted, whole = sorted((folder / "runs").glob("*.json"))
    cut.write_text(cut.read_text()[:200])
    keyless.write_text('{"status": "failed"}')
    (folder / "pictures" / f"{unpainted.stem}.png").unlink()
    (folder / "runs" / "nested.json").write_text("[" * 100_000)
    (folder / "runs" / "empty.json").touch()
    (folder / "runs" / "list.json").write_text("[]")
    assert [Path(name).stem for name in sweeping.saved(folder)["picture"]] == [whole.stem]
    table = nst.sweep(**keywords, into=folder)
    assert {job.name for job in pretends} == {cut.stem, keyless.stem, unpainted.stem}
    assert set(table["status"]) == {"done"}
    assert all(Path(name).is_file() for name in table["picture"])


# Runs that fail


def test_a_run_that_fails_is_told_with_its_reason_and_the_others_go_on(pictures_of, tmp_path, paints):
    one = {**pictures_of, "contents": {"disk": pictures_of["contents"]["disk"]}}
    keywords = {**one, **FAST, **QUIET, "statistic": ["grams", "gram"], "into": tmp_path}
    table = nst.sweep(**keywords)
    assert table["status"].tolist() == ["failed", "done"]
    assert "'grams'; choose one of gram" in table["reason"][0]
    assert table["picture"].isna().tolist() == [True, False]
    assert read_table(tmp_path / "table.csv")["reason"][0] == table["reason"][0]
    paints.clear()
    assert results(nst.sweep(**keywords)) == results(table)
    assert len(paints) == 1  # a failure may have been the disk's or the memory's: it gets another chance


def test_an_error_that_is_none_of_ours_is_told_by_its_kind(pictures_of, tmp_path, monkeypatch):
    monkeypatch.setattr("nst_utils.study.job.stylize", lambda *given, **settings: 1 / 0)
    table = nst.sweep(**pictures_of, **FAST, **QUIET, into=tmp_path)
    assert table["reason"].tolist() == ["ZeroDivisionError: division by zero"] * 2


def test_a_run_that_diverges_keeps_its_best_picture(pictures_of, tmp_path):
    explosive = {"content_weight": 0, "style_weight": 3e38, "normalization": "keras-io", "steps": 4}
    one = {"disk": pictures_of["contents"]["disk"]}
    (row,) = rows_of(nst.sweep(one, pictures_of["styles"], **{**FAST, **QUIET, **explosive}, into=tmp_path))
    assert row["status"] == "failed"
    assert "learning_rate" in row["reason"]
    with Image.open(row["picture"]) as saved:
        assert saved.width in (24, 32)
        assert np.asarray(saved).std() > 1


# Ctrl-C and crashes


def test_ctrl_c_leaves_what_is_done_and_the_next_call_goes_on(pictures_of, tmp_path, monkeypatch, paints):
    keywords = {**pictures_of, **FAST, **QUIET, "into": tmp_path}
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("nst_utils.study.job.stylize", interrupted_at(2))
        nst.sweep(**keywords)
    stopped = sweeping.saved(tmp_path)
    assert sorted(stopped["status"]) == ["done", "interrupted"]
    assert len(read_table(tmp_path / "table.csv")) == 2
    paints.clear()
    table = nst.sweep(**keywords)
    assert len(paints) == 1
    assert table["status"].tolist() == ["done", "done"]


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
    keywords_as_json = json.dumps({**keywords, "into": str(tmp_path / "runs")})
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, keywords_as_json], env={**os.environ, "PYTHONPATH": str(ROOT)}
    ) as process:
        wait_for(lambda: len(list((tmp_path / "runs" / "runs").glob("*.json"))) == 2 or process.poll() is not None)
        process.kill()
    assert sweeping.saved(tmp_path / "runs")["status"].tolist() == ["done", "done"]
    keywords["steps"] = [(2, 3), (3, 4), (4, 5)]
    table = nst.sweep(**{**keywords, "sizes": (24, 32)}, into=tmp_path / "runs")
    assert table["status"].tolist() == ["done"] * 3
    assert [settings["steps"] for settings in paints] == [(4, 5)]


def test_a_full_disk_ends_the_sweep_and_costs_no_run_that_is_done(finished, monkeypatch):
    keywords, folder = finished

    def full(path, *given):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("nst_utils.study.grid.written_whole", full)
        with pytest.raises(NSTError, match=r"cannot be saved.*No space left.*goes on from there"):
            nst.sweep(**{**keywords, "content_weight": [0.1, 0.5]}, into=folder)
    assert len(sweeping.saved(folder)) == 4


# Progress


def test_the_bar_counts_runs_and_failures(pictures_of, tmp_path, capfd, pretends):
    keywords = {**pictures_of, **FAST, "judge": "none", "statistic": ["grams", "gram"], "into": tmp_path}
    nst.sweep(**keywords)
    errors = capfd.readouterr().err
    assert "4 of 4 runs" in errors
    assert "2 failed" in errors
    nst.sweep(**keywords)
    assert "2 of 4 runs" in capfd.readouterr().err
