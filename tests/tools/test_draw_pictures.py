"""The tool that draws the project's own pictures, and the files it is said to have drawn."""

import numpy as np
import pytest
from PIL import Image

from nst_utils.base.files import DATA
from tools.draw_pictures import DRAWINGS, LARGEST, main

FAST_STYLE, FAST_CONTENT = "woodcut", "skyline"
DRAWN = DATA / "pictures"


def opened(path):
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"), dtype=float) / 255


@pytest.fixture(scope="module")
def canvas():
    return DRAWINGS[FAST_STYLE]()


def test_a_drawing_is_the_same_twice(canvas):
    assert np.array_equal(canvas, DRAWINGS[FAST_STYLE]())


def test_a_drawing_is_a_canvas(canvas):
    assert canvas.ndim == 3 and canvas.shape[2] == 3
    assert canvas.min() >= 0 and canvas.max() <= 1


@pytest.mark.parametrize("name", [FAST_STYLE, FAST_CONTENT])
def test_the_kept_file_is_what_the_tool_draws(name, tmp_path, capsys):
    assert main([name, "--into", str(tmp_path)]) == 0
    assert str(tmp_path / f"{name}.jpg") in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == [f"{name}.jpg"]
    assert np.abs(opened(tmp_path / f"{name}.jpg") - opened(DRAWN / f"{name}.jpg")).mean() < 0.02


def test_an_unknown_name_is_refused_and_nothing_is_drawn(tmp_path, capsys):
    assert main([FAST_STYLE, "mona_lisa", "--into", str(tmp_path)]) == 2
    message = capsys.readouterr().err
    assert "mona_lisa" in message
    assert all(name in message for name in DRAWINGS)
    assert not any(tmp_path.iterdir())


def test_every_drawing_has_its_file_and_every_file_its_drawing():
    assert {path.stem for path in DRAWN.glob("*.jpg")} == set(DRAWINGS)


def test_the_pictures_are_small_files_of_large_pictures():
    sizes = {name: (DRAWN / f"{name}.jpg").stat().st_size for name in DRAWINGS}
    assert max(sizes.values()) <= LARGEST
    assert sum(sizes.values()) < 4_000_000
    for name in DRAWINGS:
        with Image.open(DRAWN / f"{name}.jpg") as image:
            assert 512 <= max(image.size) <= 640, name
