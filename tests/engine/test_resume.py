"""Checkpoints: a stopped or killed run continues bit for bit, and no file is ever half-written or half-read."""

import contextlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys

import numpy as np
import pytest

import nst_utils as nst
from nst_utils import stylize
from nst_utils.base.errors import NSTError
from nst_utils.base.files import DATA
from nst_utils.engine.run import Run
from nst_utils.engine.settings import settings_of

SETTINGS = {
    "backbone": "vgg16",
    "weights": "mini-random",
    "content_layers": ["block2_conv1"],
    "style_layers": ["block1_conv1", "block2_conv1"],
    "sizes": (24, 32),
    "steps": (4, 10),
    "jitter": 2,
    "start": "noise",
    "snapshots": 5,
}
LBFGS = {"method": "lbfgs", "steps": (25, 45)}  # two stretches, then three


class Stopped(Exception):
    """Ends a run from inside, as a crash would."""


@pytest.fixture
def new_run(tiny_content, tiny_style):
    return lambda **changed: Run(tiny_content, tiny_style, settings_of(**{**SETTINGS, **changed}))


@pytest.fixture
def checkpoint(tmp_path):
    return tmp_path / "run.npz"


def stopped_at(run, step, checkpoint):
    """Take steps, with a checkpoint after each, until ``step``; then crash."""

    def crash(run):
        if run.step >= step:
            raise Stopped

    with contextlib.suppress(Stopped):
        run.finish(progress=False, callback=crash, checkpoint=checkpoint, every=0)


def assert_equal_results(one, other):
    """All but the seconds, to the bit."""
    np.testing.assert_array_equal(one.picture, other.picture)
    for name in one.history:
        if name != "seconds":
            np.testing.assert_array_equal(one.history[name], other.history[name])
    assert len(one.snapshots) == len(other.snapshots)
    for shot, again in zip(one.snapshots, other.snapshots, strict=True):
        np.testing.assert_array_equal(shot, again)


@pytest.mark.parametrize(
    ("settings", "stops"),
    [
        ({}, (1, 4, 5, 11, 13)),  # in the first scale, at its end, after it, before and among the quiet steps
        ({"average": False}, (13,)),
        (LBFGS, (20, 25, 45, 65)),
    ],
)
def test_a_stopped_run_continues_bit_for_bit(new_run, checkpoint, settings, stops):
    whole = new_run(**settings).finish(progress=False)
    for stop in stops:
        checkpoint.unlink(missing_ok=True)
        stopped_at(new_run(**settings), stop, checkpoint)
        again = new_run(**settings)
        assert again.load(checkpoint)
        assert again.step >= stop
        assert not again.done
        assert_equal_results(again.finish(progress=False), whole)


def test_a_run_may_be_stopped_many_times(new_run, checkpoint):
    whole = new_run().finish(progress=False)
    for stop in range(2, 14, 2):
        run = new_run()
        run.load(checkpoint)
        stopped_at(run, stop, checkpoint)
    run = new_run()
    assert run.load(checkpoint)
    assert_equal_results(run.finish(progress=False), whole)


KILLED = """
import os, signal, sys
import numpy as np
from nst_utils.engine.run import Run
from nst_utils.engine.settings import settings_of

stored = np.load(sys.argv[1])
settings = settings_of(**eval(sys.argv[3]))


def kill(run):
    if run.step == 9:
        os.kill(os.getpid(), signal.SIGKILL)


Run(stored["content"], stored["style"], settings).finish(progress=False, callback=kill, checkpoint=sys.argv[2], every=0)
"""


def test_a_killed_process_leaves_a_run_that_continues_bit_for_bit(
    new_run, checkpoint, tmp_path, tiny_content, tiny_style
):
    np.savez(tmp_path / "pictures.npz", content=tiny_content, style=tiny_style)
    command = [sys.executable, "-c", KILLED, str(tmp_path / "pictures.npz"), str(checkpoint), repr(SETTINGS)]
    killed = subprocess.run(command, capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    continued = stylize(tiny_content, tiny_style, **SETTINGS, progress=False, checkpoint=checkpoint)
    assert continued.history["step"].tolist() == list(range(1, 15))
    assert_equal_results(continued, new_run().finish(progress=False))


def test_stylize_goes_on_from_the_checkpoint_it_finds(new_run, checkpoint, tiny_content, tiny_style):
    stopped_at(new_run(), 6, checkpoint)
    seen = []
    result = stylize(
        tiny_content,
        tiny_style,
        **SETTINGS,
        progress=False,
        checkpoint=checkpoint,
        callback=lambda r: seen.append(r.step),
    )
    assert seen == list(range(7, 15))
    assert_equal_results(result, new_run().finish(progress=False))


def test_a_finished_checkpoint_gives_its_result_at_once(new_run, checkpoint, tiny_content, tiny_style):
    kept = {"progress": False, "checkpoint": checkpoint}
    first = stylize(tiny_content, tiny_style, **SETTINGS, **kept)
    again = stylize(tiny_content, tiny_style, **SETTINGS, **kept, callback=lambda run: pytest.fail("took a step"))
    assert_equal_results(first, again)
    assert not again.interrupted


def test_an_interrupted_run_can_be_continued_from_its_checkpoint(new_run, checkpoint, tiny_content, tiny_style):
    def interrupt(run):
        if run.step == 7:
            raise KeyboardInterrupt

    kept = {"progress": False, "checkpoint": checkpoint}
    assert stylize(tiny_content, tiny_style, **SETTINGS, **kept, callback=interrupt).interrupted
    seen = []
    result = stylize(tiny_content, tiny_style, **SETTINGS, **kept, callback=lambda run: seen.append(run.step))
    assert seen == list(range(8, 15))
    assert_equal_results(result, new_run().finish(progress=False))


def test_a_run_whose_loss_exploded_once_continues_bit_for_bit(new_run, checkpoint):
    def run_on(run, stop=None):
        broken = []

        def callback(run):
            run.style_weight = float("nan") if run.step == 6 and not broken else 1.0
            broken.extend([True] if run.step == 6 else [])
            if stop is not None and run.step >= stop:
                raise Stopped

        with contextlib.suppress(Stopped):
            return run.finish(progress=False, callback=callback, checkpoint=checkpoint if stop else None, every=0)

    whole = run_on(new_run())
    run_on(new_run(), stop=8)
    again = new_run()
    assert again.load(checkpoint)
    assert_equal_results(again.finish(progress=False), whole)


def test_without_a_file_there_is_nothing_to_load(new_run, checkpoint):
    run = new_run()
    assert run.load(checkpoint) is False
    assert run.step == 0


def test_a_checkpoint_may_be_named_without_an_ending(new_run, tmp_path):
    stopped_at(new_run(), 3, tmp_path / "mine")
    assert new_run().load(tmp_path / "mine")
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"style_weight": 2.0}, "style_weight"),
        ({"statistic": "mean_variance"}, "statistic"),
        ({"steps": (4, 11)}, "steps"),
        ({"seed": 1}, "seed"),
        ({"method": "lbfgs"}, "method"),
        ({"style_layers": ["block1_conv1"]}, "style_layers"),
        ({"start": np.zeros((24, 32, 3), np.float32)}, "start"),
    ],
)
def test_a_checkpoint_of_other_settings_is_refused_by_their_name(new_run, checkpoint, changed, name):
    stopped_at(new_run(), 2, checkpoint)
    before = checkpoint.read_bytes()
    with pytest.raises(NSTError, match=rf"run\.npz.*another {name}[;,]"):
        new_run(**changed).load(checkpoint)
    assert checkpoint.read_bytes() == before


@pytest.mark.parametrize("name", ["content", "style"])
def test_a_checkpoint_of_another_picture_is_refused(new_run, checkpoint, tiny_content, tiny_style, name):
    stopped_at(new_run(), 2, checkpoint)
    given = {"content": tiny_content, "style": tiny_style}
    given[name] = given[name][::-1].copy()
    with pytest.raises(NSTError, match=rf"another {name}[;,]"):
        stylize(**given, **SETTINGS, progress=False, checkpoint=checkpoint)


def test_equal_settings_in_another_form_are_no_other_run(new_run, checkpoint):
    stopped_at(new_run(), 2, checkpoint)
    assert new_run(sizes=[24, 32], steps=np.array([4, 10]), style_layers=("block1_conv1", "block2_conv1")).load(
        checkpoint
    )


def damaged_files(whole):
    """Ways in which a file can be broken: cut, emptied, overwritten, and single bytes turned over."""
    yield b""
    yield b"no checkpoint at all"
    yield b"\x80\x04pickle"
    yield b"PK\x03\x04" + bytes(500)
    for share in (0.01, 0.3, 0.7, 0.99):
        yield whole[: int(share * len(whole))]
    drawn = np.random.default_rng(0)
    # the end of a zip file is its directory, where a flipped bit can mean anything
    for place in (*drawn.integers(0, len(whole), 60), *drawn.integers(len(whole) - 1200, len(whole), 120)):
        flipped = bytearray(whole)
        flipped[place] ^= 1 << drawn.integers(8)
        yield bytes(flipped)


def test_a_damaged_checkpoint_is_refused_or_harmless(new_run, checkpoint):
    run = new_run()
    stopped_at(run, 6, checkpoint)
    whole, fresh, refused = checkpoint.read_bytes(), new_run(), 0
    for content in damaged_files(whole):
        checkpoint.write_bytes(content)
        try:
            fresh.load(checkpoint)
        except NSTError as error:
            assert "run.npz" in str(error)
            refused += 1
        else:  # a bit that carries nothing, such as a date
            np.testing.assert_array_equal(fresh.picture, run.picture)
    assert refused > 50


def test_a_checkpoint_that_lacks_an_array_is_refused(new_run, checkpoint):
    stopped_at(new_run(), 6, checkpoint)
    with np.load(checkpoint) as stored:
        arrays = dict(stored)
    for name in arrays:
        if name.startswith("snapshot"):
            continue
        np.savez(checkpoint, **{other: values for other, values in arrays.items() if other != name})
        with pytest.raises(NSTError, match=r"run\.npz"):
            new_run().load(checkpoint)


def rewritten(path, about=None, **arrays):
    """Write a checkpoint again with some of its values changed."""
    with np.load(path) as stored:
        kept = {**stored, **arrays}
    written = json.loads(str(kept["about"]))
    for name, value in (about or {}).items():
        written[name] = {**written[name], **value} if isinstance(value, dict) else value
    np.savez(path, **{**kept, "about": np.array(json.dumps(written))})


@pytest.mark.parametrize(
    "changed",
    [
        {"about": {"place": {"scale": 99}}},
        {"about": {"place": {"scale": -1}}},
        {"about": {"place": {"scale": 0.5}}},
        {"about": {"place": {"step": 12}}},
        {"about": {"place": {"count": 10**30}}},
        {"about": {"place": {"rate": float("nan")}}},
        {"about": {"place": {"rate": "fast"}}},
        {"about": {"place": []}},
        {"about": {"first_total": "much"}},
        {"picture": np.zeros((3, 3, 3), np.float32)},
        {"picture": np.full((24, 32, 3), np.nan, np.float32)},
        {"picture": np.zeros((24, 32, 3))},
        {"moments_0": np.zeros((1, 3, 3, 3), np.float32)},
        {"moments_2": np.zeros((5,), np.float32)},
        {"rows": np.zeros((2, 3))},
        {"snapshot_0000": np.zeros(7, np.float32)},
        {"about": {"run": {"weights": ["mini"]}}},
    ],
    ids=str,
)
def test_a_checkpoint_in_which_no_run_can_be_is_refused(new_run, checkpoint, changed):
    stopped_at(new_run(), 6, checkpoint)
    rewritten(checkpoint, **changed)
    run = new_run()
    with pytest.raises(NSTError, match=r"run\.npz (is no checkpoint that can be read|belongs to a run with another)"):
        run.load(checkpoint)
    assert run.step == 0


def test_a_checkpoint_of_a_version_to_come_is_refused(new_run, checkpoint):
    stopped_at(new_run(), 2, checkpoint)
    rewritten(checkpoint, about={"version": 99})
    with pytest.raises(NSTError, match=r"version 99, and this package knows 1 to 2"):
        new_run().load(checkpoint)


def test_a_checkpoint_of_another_package_is_refused(new_run, checkpoint):
    stopped_at(new_run(), 2, checkpoint)
    rewritten(checkpoint, about={"run": {"package version": "0.0.1"}})
    with pytest.raises(NSTError, match="another package version"):
        new_run().load(checkpoint)


def test_a_checkpoint_knows_its_weights_under_the_same_name(new_run, checkpoint, tmp_path):
    """A file of weights that was written over, and a default that this session changed."""
    file = tmp_path / "mine.npz"
    shutil.copy(DATA / "backbones" / "mini_vgg16.npz", file)
    stopped_at(new_run(weights=str(file)), 2, checkpoint)
    assert new_run(weights=str(file)).load(checkpoint)
    with np.load(file) as stored:
        arrays = {name: 1.01 * values if values.dtype == np.float32 else values for name, values in stored.items()}
    np.savez(file, **arrays)
    os.utime(file, ns=(1, 1))  # another moment, whatever the clock of the disk
    with pytest.raises(NSTError, match="another set of weights"):
        new_run(weights=str(file)).load(checkpoint)


def test_a_checkpoint_knows_which_weights_were_the_default(new_run, checkpoint):
    stopped_at(new_run(weights=None), 2, checkpoint)
    nst.use("mini-random")
    try:
        with pytest.raises(NSTError, match="another set of weights, weights"):
            new_run(weights=None).load(checkpoint)
    finally:
        nst.use(None)
    assert new_run(weights=None).load(checkpoint)


def test_a_checkpoint_knows_the_picture_it_started_from(new_run, checkpoint, tmp_path):
    file = tmp_path / "start.png"
    for gray in (0.25, 0.75):
        nst.save_picture(np.full((24, 32, 3), gray, np.float32), file)
        run = new_run(start=str(file))
        if gray == 0.25:
            stopped_at(run, 2, checkpoint)
    with pytest.raises(NSTError, match="another start picture"):
        run.load(checkpoint)


def test_a_checkpoint_of_the_first_version_goes_on(new_run, checkpoint):
    """It knew neither weights nor start by their numbers, and left a default unnamed."""
    run = new_run(weights=None)
    stopped_at(run, 6, checkpoint)
    with np.load(checkpoint) as stored:
        arrays = dict(stored)
    about = json.loads(str(arrays["about"]))
    for name in ("set of weights", "start picture", "package version"):
        del about["run"][name]
    about["run"]["weights"] = None
    del about["package"]
    np.savez(checkpoint, **{**arrays, "about": np.array(json.dumps({**about, "version": 1}))})
    again = new_run(weights=None)
    assert again.load(checkpoint)
    assert again.step == 6


@contextlib.contextmanager
def full_disk(size):
    """No file may grow beyond ``size`` bytes: writing fails as on a full disk, in earnest."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)


def test_a_full_disk_leaves_the_last_whole_checkpoint(new_run, checkpoint):
    run = new_run()
    stopped_at(run, 5, checkpoint)
    before = checkpoint.read_bytes()
    run.advance()
    with full_disk(2000), pytest.raises(NSTError, match=r"run\.npz cannot be written"):
        run.save(checkpoint)
    assert checkpoint.read_bytes() == before
    assert list(checkpoint.parent.iterdir()) == [checkpoint]
    again = new_run()
    assert again.load(checkpoint)
    assert again.step == 5


def test_a_full_disk_leaves_no_half_painting(new_run, tmp_path):
    result = new_run(steps=(2, 2)).finish(progress=False)
    for name in ("painting.png", "painting.jpg", "way.gif", "settings.json"):
        with full_disk(50), pytest.raises(NSTError, match=name):
            result.save(tmp_path / name)
        assert not list(tmp_path.iterdir())


def test_a_disk_that_fills_up_does_not_cost_the_painting(checkpoint, tiny_content, tiny_style):
    """A checkpoint is a convenience: where it cannot be written any more, the run warns and paints on."""
    with contextlib.ExitStack() as stack, pytest.warns(UserWarning, match=r"run\.npz cannot be written"):

        def fill_up(run):
            if run.step == 3:
                stack.enter_context(full_disk(2000))

        result = stylize(tiny_content, tiny_style, **SETTINGS, progress=False, checkpoint=checkpoint, callback=fill_up)
    assert not result.interrupted
    assert set(checkpoint.parent.iterdir()) <= {checkpoint}


def test_a_checkpoint_that_can_never_be_written_is_told_before_painting(tmp_path, tiny_content, tiny_style):
    (tmp_path / "file.txt").write_text("in the way")
    with pytest.raises(NSTError, match=r"run\.npz cannot be written"):
        stylize(
            *(tiny_content, tiny_style),
            **SETTINGS,
            progress=False,
            checkpoint=tmp_path / "file.txt" / "run.npz",
            callback=lambda run: pytest.fail("painted first"),
        )
