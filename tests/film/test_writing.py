"""Films written frame by frame: their times, their sides, their sound; and nothing half-written."""

import sys
from pathlib import Path

import av
import numpy as np
import pytest
from films import film, frame, gif, place
from PIL import Image

from nst_utils.base.errors import NSTError, PictureError
from nst_utils.film.reading import open_clip
from nst_utils.film.writing import check_can_write, shots_of, write_film

SECONDS = [0.1, 0.3, 0.1, 0.25]


def written(path: Path, clip=None, seconds=SECONDS) -> Path:
    pictures = [frame(number) / np.float32(255) for number in range(len(seconds))]
    write_film(path, shots_of(lambda: pictures, seconds), clip)
    return path


def test_a_film_has_the_times_and_the_pictures_it_was_given(tmp_path):
    found = list(open_clip(written(tmp_path / "a.mp4")).frames(100))
    assert [one.seconds for one in found][:3] == pytest.approx(SECONDS[:3], abs=1e-3)
    assert [round(place(one.picture)) for one in found] == [0, 1, 2, 3]
    assert found[0].picture.shape == (30, 46, 3)  # made even
    assert np.abs(found[0].picture[:, :45] * 255 - frame(0)).mean() < 8


def test_a_gif_has_the_times_and_the_pictures_it_was_given(tmp_path):
    path = written(tmp_path / "a.gif")
    found = list(open_clip(path).frames(100))
    assert [one.seconds for one in found] == pytest.approx(SECONDS, abs=0.006)
    assert max(np.abs(one.picture * 255 - frame(number)).mean() for number, one in enumerate(found)) < 3
    with Image.open(path) as image:
        assert image.info["loop"] == 0


def test_a_gif_does_not_flicker_by_its_palette(tmp_path):
    still = [np.float32(frame(0)) / 255] * 3
    write_film(tmp_path / "a.gif", shots_of(lambda: still, [0.1] * 3))
    first, *others = (one.picture for one in open_clip(tmp_path / "a.gif").frames(100))
    assert all(np.array_equal(first, other) for other in others)


def test_hundredths_of_a_gif_add_up(tmp_path):
    found = open_clip(written(tmp_path / "a.gif", seconds=[1 / 30] * 12)).frames(100)
    assert sum(one.seconds for one in found) == pytest.approx(12 / 30, abs=0.006)


def test_a_folder_holds_the_frames_and_none_of_a_longer_film_before(tmp_path):
    written(tmp_path / "a", seconds=[0.1] * 4)
    written(tmp_path / "a", seconds=[0.1] * 2)
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert names == ["frame_000001.png", "frame_000002.png"]
    assert np.array_equal(np.asarray(Image.open(tmp_path / "a" / names[1])), frame(1))


def sound_of(path: Path) -> float:
    """Seconds of sound in a film."""
    with av.open(str(path)) as container:
        if not container.streams.audio:
            return 0.0
        frames = list(container.decode(audio=0))
        return sum(one.samples for one in frames) / frames[0].sample_rate


@pytest.mark.parametrize("ending", [".mp4", ".mov", ".mkv"])
def test_the_sound_comes_along(ending, tmp_path):
    clip = open_clip(film(tmp_path / "source.mp4", times=range(10), sound="aac"))
    path = written(tmp_path / f"a{ending}", clip, seconds=[0.1] * 10)
    assert sound_of(path) == pytest.approx(sound_of(clip.path), abs=0.15)


def test_the_sound_ends_with_the_film(tmp_path):
    clip = open_clip(film(tmp_path / "source.mp4", times=range(20), sound="aac"))
    assert sound_of(written(tmp_path / "a.mp4", clip, seconds=[0.1] * 5)) == pytest.approx(0.5, abs=0.3)


def test_the_sound_begins_with_the_first_frame(tmp_path):
    clip = open_clip(film(tmp_path / "source.mp4", times=range(5, 15), sound="aac"))  # half a second of sound before it
    path = written(tmp_path / "a.mkv", clip, seconds=[0.1] * 10)
    assert sound_of(path) == pytest.approx(1.0, abs=0.3)


def test_a_sound_that_the_format_cannot_hold_is_left_away_with_a_warning(tmp_path):
    clip = open_clip(film(tmp_path / "source.mkv", sound="wavpack"))
    with pytest.warns(UserWarning, match=r"a\.mp4: without sound, which cannot be copied: .*wavpack"):
        path = written(tmp_path / "a.mp4", clip)
    assert sound_of(path) == 0
    assert len(list(open_clip(path).frames(100))) == 4
    assert {one.name for one in tmp_path.iterdir()} == {"source.mkv", "a.mp4"}


def test_a_film_of_what_has_no_sound_has_none(tmp_path):
    assert sound_of(written(tmp_path / "a.mp4", open_clip(film(tmp_path / "b.mp4")))) == 0
    assert sound_of(written(tmp_path / "c.mp4", open_clip(gif(tmp_path / "b.gif")))) == 0


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("a.avi", r"cannot be saved as \.avi; use \.mp4, \.mov, \.mkv, \.gif"),
        ("folder.gif", "this is a folder"),
        ("folder", "there are other files here"),
        ("file", "there are other files here"),
    ],
)
def test_what_could_not_be_written_is_refused_before_the_work(name, sentence, tmp_path):
    (tmp_path / "folder.gif").mkdir()
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "letter.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    with pytest.raises(PictureError, match=sentence):
        check_can_write(tmp_path / name)


def test_without_pyav_a_film_is_refused_before_the_work_and_a_gif_is_not(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(PictureError, match="films need PyAV"):
        check_can_write(tmp_path / "a.mp4")
    check_can_write(tmp_path / "a.gif")


@pytest.mark.parametrize("name", ["a.mp4", "a.gif"])
def test_what_fails_while_it_is_written_leaves_the_old_file(name, tmp_path):
    (tmp_path / name).write_text("old")

    def failing():
        yield frame(0) / np.float32(255)
        raise NSTError("a frame is lost")

    with pytest.raises(NSTError, match="a frame is lost"):
        write_film(tmp_path / name, shots_of(failing, [0.1, 0.1]))
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "old"
