"""`nst.video`: stopped, resumed, refused; and the command."""

import json

import numpy as np
import pytest
from films import film, gif, place

import nst_utils as nst
from nst_utils import cli
from nst_utils.film.fine import Fine
from nst_utils.film.kept import KeptFrames
from nst_utils.film.reading import open_clip

QUICK = {"size": 40, "progress": False}


def negative(frame: np.ndarray) -> np.ndarray:
    """A painter that takes no time."""
    return 1 - frame


def stopping_at(number: int, error=KeyboardInterrupt):
    """The same, which somebody stops at a frame."""
    count = 0

    def paint(frame: np.ndarray) -> np.ndarray:
        nonlocal count
        count += 1
        if count == number:
            raise error
        return negative(frame)

    paint.identity = negative.__qualname__
    return paint


@pytest.mark.parametrize("name", ["out.gif", "out.mp4", "out"])
def test_a_film_is_painted_and_nothing_else_is_left(name, tmp_path):
    painted = nst.video(gif(tmp_path / "a.gif"), tmp_path / name, "swirls", paint=negative, **QUICK)
    assert (painted.path, painted.frames, painted.interrupted) == (tmp_path / name, 4, False)
    assert painted.seconds == pytest.approx(0.32)
    assert {path.name for path in tmp_path.iterdir()} == {"a.gif", name}
    found = [one.picture for one in open_clip(tmp_path / name).frames(40)]
    assert [round(place(1 - one)) for one in found] == [0, 1, 2, 3]


def test_ctrl_c_leaves_what_is_painted_and_the_same_call_goes_on_to_the_bit(tmp_path):
    clip, output = gif(tmp_path / "a.gif"), tmp_path / "out.gif"
    stopped = nst.video(clip, output, "swirls", paint=stopping_at(3), **QUICK)
    assert (stopped.frames, stopped.interrupted) == (2, True)
    assert len(list(open_clip(output).frames(40))) == 2
    paint = stopping_at(3)  # two are left, so it is not stopped again
    whole = nst.video(clip, output, "swirls", paint=paint, **QUICK)
    assert (whole.frames, whole.interrupted) == (4, False)
    assert {path.name for path in tmp_path.iterdir()} == {"a.gif", "out.gif"}
    nst.video(clip, tmp_path / "at_once.gif", "swirls", paint=negative, **QUICK)
    assert output.read_bytes() == (tmp_path / "at_once.gif").read_bytes()


def test_stopped_before_the_first_frame_nothing_is_there(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        nst.video(gif(tmp_path / "a.gif"), tmp_path / "out.gif", "swirls", paint=stopping_at(1), **QUICK)
    assert [path.name for path in tmp_path.iterdir()] == ["a.gif"]


def test_the_frames_may_be_painted_part_by_part(tmp_path):
    clip, output = gif(tmp_path / "a.gif"), tmp_path / "out.gif"
    assert nst.video(clip, output, "swirls", paint=negative, frames=2, **QUICK).frames == 2
    assert nst.video(clip, output, "swirls", paint=negative, **QUICK).frames == 4


@pytest.mark.parametrize(
    ("changed", "named"),
    [({"style": "mandala"}, "style"), ({"size": 32}, "size"), ({"blend": 0.5}, "blend"), ({"paint": np.copy}, "paint")],
)
def test_frames_of_other_settings_are_refused(changed, named, tmp_path):
    clip, output = gif(tmp_path / "a.gif"), tmp_path / "out.gif"
    nst.video(clip, output, **{"style": "swirls", "paint": stopping_at(3), **QUICK})
    with pytest.raises(nst.NSTError, match=rf"out\.gif\.frames holds frames of a film with another {named}; remove it"):
        nst.video(clip, output, **{"style": "swirls", "paint": negative, **QUICK, **changed})


def test_a_film_that_is_being_painted_is_left_alone(tmp_path):
    clip, output = gif(tmp_path / "a.gif"), tmp_path / "out.gif"
    with KeptFrames(output, {}), pytest.raises(nst.NSTError, match="is being painted by another process"):
        nst.video(clip, output, "swirls", paint=negative, **QUICK)


def test_damaged_notes_are_named(tmp_path):
    clip, output = gif(tmp_path / "a.gif"), tmp_path / "out.gif"
    nst.video(clip, output, "swirls", paint=stopping_at(3), **QUICK)
    (tmp_path / "out.gif.frames" / "about.json").write_text("{")
    with pytest.raises(nst.NSTError, match=r"about\.json cannot be read .* remove .*out\.gif\.frames to start anew"):
        nst.video(clip, output, "swirls", paint=negative, **QUICK)


def test_a_clip_that_breaks_off_leaves_what_was_readable(tmp_path):
    path = gif(tmp_path / "a.gif")
    data = path.read_bytes()
    third = [at for at in range(len(data)) if data.startswith(b"!\xf9\x04", at)][2]
    path.write_bytes(data[: third + 60])
    with pytest.raises(nst.PictureError, match=r"a\.gif, frame \d.*The \d frames before it are painted, in .*out\.gif"):
        nst.video(path, tmp_path / "out.gif", "swirls", paint=negative, **QUICK)
    assert len(list(open_clip(tmp_path / "out.gif").frames(40))) >= 2


def test_another_rate_changes_the_times_alone(tmp_path):
    painted = nst.video(gif(tmp_path / "a.gif"), tmp_path / "out.gif", "swirls", paint=negative, fps=25, **QUICK)
    assert (painted.frames, painted.seconds) == (4, pytest.approx(0.16))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"fps": 0}, "fps is 0; it is a number of frames a second"),
        ({"frames": 1}, "frames is 1; it is a whole number, 2 or more"),
        ({"blend": 1}, "blend is 1; it is a number from 0 to less than 1"),
        ({"temporal_weight": -1}, "temporal_weight is -1; it is a finite number"),
        ({"frame_steps": 0}, "frame_steps is 0; it is a whole number"),
        ({"sizes": [32, 64]}, "sizes is .*; a film decides that itself"),
        ({"start": np.zeros((27, 40, 3))}, r"start is array.*; a film decides that itself"),
        ({"sizes": np.array([32, 64])}, r"sizes is array.*; a film decides that itself"),
        ({"paint": 3}, "paint is 3; give a function"),
        ({"size": "large"}, "size is 'large'; it is a whole number"),
        ({"colour": 1}, "There is no setting colour"),
        ({"output": ""}, "output is ''; give the path"),
        ({"output": "a.gif"}, "is the clip itself"),
        ({"output": "out.txt"}, r"cannot be saved as \.txt"),
        ({"source": "none.gif"}, "no such file or folder"),
        ({"style": "mona_lisa"}, "no such file, and no picture of this name"),
        ({"paint": lambda frame: frame[:-1]}, r"paint made \(26, 40, 3\) of a frame of the shape \(27, 40, 3\)"),
        ({"paint": lambda frame: frame * np.nan}, "numbers that are not finite"),
    ],
)
def test_a_mistake_gets_a_sentence_and_leaves_nothing(wrong, sentence, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    asked = {"source": gif(tmp_path / "a.gif"), "output": "out.gif", "style": "swirls", "paint": negative, **QUICK}
    with pytest.raises(nst.NSTError, match=sentence):
        nst.video(**{**asked, **wrong})
    assert [path.name for path in tmp_path.iterdir()] == ["a.gif"]


# The command


COMMAND = ["--style", "swirls", "--size", "64", "--weights", "mini-random", "--steps", "2", "--frame-steps", "2"]


def test_the_command_paints_stops_and_goes_on(tmp_path, monkeypatch, capsys):
    source, output = film(tmp_path / "a.mp4", sound="aac"), tmp_path / "out.mp4"
    command = ["video", str(source), str(output), *COMMAND, "--style-layers", "block1_conv1", "--quiet"]
    paints, count = Fine.__call__, 0

    def interrupted(way, frame, earlier):
        nonlocal count
        count += 1
        if count == 3:
            raise KeyboardInterrupt
        return paints(way, frame, earlier)

    with monkeypatch.context() as patch:
        patch.setattr(Fine, "__call__", interrupted)
        assert cli.main(command) == 130
    said = capsys.readouterr().err
    assert "interrupted after 2 frames; they play in" in said
    assert "the same command goes on" in said
    assert len(list(open_clip(output).frames(64))) == 2
    assert json.loads((tmp_path / "out.mp4.frames" / "about.json").read_text())["steps"] == 2
    assert cli.main(command[:-1]) == 0
    assert "painted" in (said := capsys.readouterr()).out and "4 frames, 0.40 seconds" in said.out
    assert "4 of 4 frames" in said.err
    assert len(list(open_clip(output).frames(64))) == 4
    assert not (tmp_path / "out.mp4.frames").exists()


def test_the_command_tells_a_mistake_in_one_sentence(tmp_path, capsys):
    assert cli.main(["video", str(tmp_path / "none.mp4"), str(tmp_path / "a.mp4"), "--style", "swirls"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("nst: ") and said.count("\n") == 1
    assert "no such file or folder" in said
