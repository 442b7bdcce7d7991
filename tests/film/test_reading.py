"""Clips read frame by frame, and a sentence for what is none."""

import sys

import numpy as np
import pytest
from films import SIDES, film, folder, frame, gif, place
from PIL import Image

from nst_utils.base.errors import PictureError
from nst_utils.film.reading import open_clip


def test_a_gif_keeps_the_time_of_each_frame(tmp_path):
    clip = open_clip(gif(tmp_path / "a.gif", durations=[80, 200, 40, 80]))
    found = list(clip.frames(100))
    assert (clip.kind, clip.count) == ("animation", 4)
    assert [one.seconds for one in found] == [0.08, 0.2, 0.04, 0.08]
    assert [round(place(one.picture)) for one in found] == [0, 1, 2, 3]
    assert found[0].picture.shape == (*SIDES, 3)
    assert found[0].picture.dtype == np.float32


def test_a_film_keeps_the_time_of_each_frame(tmp_path):
    clip = open_clip(film(tmp_path / "a.mp4", times=(0, 1, 4, 5)))
    found = list(clip.frames(100))
    assert (clip.kind, clip.count) == ("film", 4)
    assert [one.seconds for one in found] == pytest.approx([0.1, 0.3, 0.1, 0.1])
    assert [round(place(one.picture)) for one in found] == [0, 1, 2, 3]


def test_a_folder_is_read_in_the_order_of_its_numbers(tmp_path):
    clip = open_clip(folder(tmp_path / "many", ["p1.png", "p2.jpg", "p10.png", "p11.png"]))
    (tmp_path / "many" / "notes.txt").write_text("not a picture")
    found = list(clip.frames(100))
    assert [round(place(one.picture)) for one in found] == [0, 1, 2, 3]
    assert {one.seconds for one in found} == {1 / 12}


def test_frames_are_fitted_to_the_size(tmp_path):
    shapes = {one.picture.shape for one in open_clip(gif(tmp_path / "a.gif")).frames(24)}
    assert shapes == {(16, 24, 3)}


def test_transparency_lies_on_white(tmp_path):
    clear = Image.new("RGBA", (20, 16), (0, 0, 0, 0))
    clear.save(tmp_path / "a.webp", save_all=True, append_images=[Image.new("RGBA", (20, 16), "red")], lossless=True)
    first, second = (one.picture for one in open_clip(tmp_path / "a.webp").frames(20))
    assert np.allclose(first, 1)
    assert np.allclose(second, (1, 0, 0), atol=0.02)


def with_bytes(path, content: bytes):
    path.write_bytes(content)
    return path


WRONG = {
    "missing": (lambda at: at / "none.mp4", "no such file or folder. Clips that have a name: balloon"),
    "empty": (lambda at: with_bytes(at / "a.mp4", b""), "the file is empty"),
    "noise": (lambda at: with_bytes(at / "a.mp4", bytes(range(256)) * 40), "damaged, or not a film"),
    "broken gif": (lambda at: with_bytes(at / "a.gif", b"GIF89a"), "damaged, or not a picture in a known format"),
    "header only": (lambda at: with_bytes(at / "b.mp4", film(at / "a.mp4").read_bytes()[:60]), "damaged"),
    "one frame": (lambda at: gif(at / "a.gif", count=1), "this is one picture and no clip; nst stylize paints it"),
    "one frame of film": (lambda at: film(at / "a.mp4", times=(0,)), "this is one picture and no clip"),
    "a picture": (lambda at: folder(at / "f", ["a.png"]) / "a.png", "this is one picture and no clip"),
    "no pictures": (lambda at: folder(at / "f", []), "there are no pictures in this folder"),
    "an address": (lambda at: "https://example.org/a.mp4", "download the film, and give its path"),
    "an array": (lambda at: np.zeros((4, 8, 8, 3)), "is no clip: give the path"),
    "enormous": (
        lambda at: with_bytes(at / "b.gif", b"GIF89a\xff\xff\xff\xff" + gif(at / "a.gif").read_bytes()[10:]),
        "more than 100 megapixels",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_clip_gets_a_sentence(name, tmp_path):
    make, sentence = WRONG[name]
    with pytest.raises(PictureError) as caught:
        open_clip(make(tmp_path))
    assert sentence in str(caught.value)


def test_sound_alone_is_no_film(tmp_path):
    import wave

    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(4000))
    with pytest.raises(PictureError, match=r"no picture in this file, only sound"):
        open_clip(tmp_path / "a.wav")


def test_pictures_of_several_shapes_are_no_clip(tmp_path):
    path = folder(tmp_path / "f", ["a.png", "b.png"])
    Image.fromarray(frame(2, (20, 45))).save(path / "c.png")
    with pytest.raises(PictureError, match=r"c\.png is 45 x 20 at size 100, and the first picture is 45 x 30"):
        list(open_clip(path).frames(100))


def test_without_pyav_a_film_says_what_to_install_and_others_are_read(tmp_path, monkeypatch):
    path = film(tmp_path / "a.mp4")
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(PictureError, match=r"a\.mp4: films need PyAV, .* pip install 'av>=14\.2'"):
        open_clip(path)
    assert len(list(open_clip(gif(tmp_path / "a.gif")).frames(24))) == 4
