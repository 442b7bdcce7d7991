"""Where, in which colors and how much of which style: what the Studio's controls say, paint, and write down."""

import base64
import io
import json
import re

import numpy as np
import pytest
from PIL import Image
from quick import QUICK

import nst_utils as nst
from nst_utils.base.errors import SettingError
from nst_utils.cli import main
from nst_utils.engine.carrying import mask_png
from nst_utils.studio.order import Order, from_file, from_gallery

pytestmark = pytest.mark.usefixtures("shared_networks", "own_folders")
PATIENCE = 120
LEFT = np.arange(64)[None, :].repeat(48, axis=0) < 32


def painted(studio) -> dict[str, bytes]:
    """Paint, and what the page offers to save: names and contents."""
    studio.generate_button.click()
    assert studio.wait(PATIENCE)
    assert studio.job.state == "done", studio.job.error
    found = re.findall(r'download="([^"]+)" href="data:[^;]+;base64,([^"]*)"', studio._downloads.value)
    return {name: base64.b64decode(data) for name, data in found}


def draw(studio, mask) -> None:
    """As the page does after a stroke."""
    studio.controls["mask"].set_state({"painted": memoryview(mask_png(mask))})


def pixels(png: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(png)) as image:
        return np.asarray(image)


def in_folder(tmp_path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)


@pytest.mark.parametrize("sent", ["mask.png", "mask_1.png", "the_mask.png"])
def test_a_mask_has_a_name_that_no_picture_which_was_sent_has(sent):
    content = from_file(sent, mask_png(LEFT))
    for mask in (mask_png(LEFT), [mask_png(LEFT), mask_png(1 - LEFT)]):
        order = Order(content, (from_gallery("swirls"), from_gallery("woodcut")), {"mask": mask})
        named = order.files()
        assert len(named) == (2 if isinstance(mask, list) else 1)
        assert sent not in named
        assert all(f"./{name}" in order.python() for name in (sent, *named))


def test_a_painted_mask_is_that_of_stylize_in_the_line_and_in_the_command(new_studio, tmp_path, monkeypatch):
    studio = new_studio()
    draw(studio, LEFT)
    files = painted(studio)
    assert set(files) == {"painting.png", "settings.json", "mask.png"}
    result = nst.stylize("harbor", "swirls", **QUICK, mask=files["mask.png"], progress=False)
    expected = result.picture
    np.testing.assert_array_equal(pixels(files["painting.png"]), np.rint(expected * 255))
    np.testing.assert_array_equal(expected[:, 26:], result.content[:, 26:])  # the free part stays
    in_folder(tmp_path, files)
    monkeypatch.chdir(tmp_path)
    line = studio.history[0].order.python()
    assert "mask='./mask.png'" in line
    again = eval(line.replace("size=48", "size=48, progress=False"), {"nst": nst})
    np.testing.assert_array_equal(again.picture, expected)
    (tmp_path / "mask.png").unlink()  # the settings hold it themselves
    assert main(["stylize", "--settings", "settings.json", "-o", "again.png", "--quiet"]) == 0
    assert (tmp_path / "again.png").read_bytes() == files["painting.png"]


def test_two_styles_are_mixed_in_their_shares(new_studio, tmp_path, monkeypatch):
    studio = new_studio("harbor", ["swirls", "woodcut"], shares=[0.75, 0.25])
    assert studio.second_button.value
    assert studio.controls["shares"].value == 0.25
    files = painted(studio)
    expected = nst.stylize("harbor", ["swirls", "woodcut"], **QUICK, shares=[0.75, 0.25], progress=False).picture
    np.testing.assert_array_equal(pixels(files["painting.png"]), np.rint(expected * 255))
    order = studio.history[0].order
    assert order.python().startswith("nst.stylize('harbor', ['swirls', 'woodcut'], ")
    assert "shares=[0.75, 0.25]" in order.python()
    assert order.command().startswith("nst stylize harbor swirls woodcut --settings")
    in_folder(tmp_path, files)
    monkeypatch.chdir(tmp_path)
    assert main(["stylize", "--settings", "settings.json", "-o", "again.png", "--quiet"]) == 0
    assert (tmp_path / "again.png").read_bytes() == files["painting.png"]


def test_with_a_mask_the_second_style_fills_the_rest(new_studio):
    studio = new_studio("harbor", ["swirls", "woodcut"])
    draw(studio, LEFT)
    files = painted(studio)
    first, second = (pixels(files[f"mask_{number}.png"]).astype(int) for number in (1, 2))
    np.testing.assert_array_equal(first + second, 255)
    masks = [files["mask_1.png"], files["mask_2.png"]]
    expected = nst.stylize("harbor", ["swirls", "woodcut"], **QUICK, mask=masks, progress=False).picture
    np.testing.assert_array_equal(pixels(files["painting.png"]), np.rint(expected * 255))
    assert "mask=['./mask_1.png', './mask_2.png']" in studio.history[0].order.python()
    studio.second_button.value = False
    assert studio.settings["mask"] == files["mask_1.png"]
    assert studio.settings["shares"] is None


def test_colors_stroke_size_and_the_outside_reach_the_painting(new_studio):
    studio = new_studio()
    said = {"colors": "monge", "style_scale": 2.0, "outside": "free"}
    for name, value in said.items():
        studio.controls[name].value = value
    draw(studio, LEFT)
    files = painted(studio)
    assert {name: json.loads(files["settings.json"])["settings"][name] for name in said} == said
    expected = nst.stylize("harbor", "swirls", **QUICK, **said, mask=files["mask.png"], progress=False).picture
    np.testing.assert_array_equal(pixels(files["painting.png"]), np.rint(expected * 255))


def test_a_result_comes_back_with_its_mask_and_its_styles(new_studio):
    studio = new_studio("harbor", ["swirls", "woodcut"], shares=[0.25, 0.75])
    draw(studio, LEFT)
    first = painted(studio)
    studio.content.take(from_gallery("portrait"))
    studio.second_button.value = False
    painted(studio)
    studio._reload(f"r{id(studio.history[1])}")
    assert studio.second_button.value
    assert studio.controls["shares"].value == 0.75
    assert [source.name for source in studio.styles] == ["swirls", "woodcut"]
    assert studio.controls["mask"].value == first["mask_1.png"]
    assert painted(studio) == first


def test_another_content_has_no_mask_yet(new_studio):
    studio = new_studio()
    draw(studio, LEFT)
    assert studio.mask_button.description == "✓ Mask"
    studio.style.take(from_gallery("woodcut"))
    assert studio.settings["mask"] is not None
    studio.content.take(from_gallery("portrait"))
    assert studio.settings["mask"] is None
    assert studio.mask_button.description == "Mask"
    shown = nst.picture("portrait", 512).shape[:2]
    assert studio.controls["mask"].content.shape[:2] == shown


def test_the_canvas_is_shown_when_it_is_asked_for(new_studio):
    studio = new_studio()
    assert studio._of_mask.layout.display == "none"
    studio.mask_button.value = True
    assert studio._of_mask.layout.display == "flex"
    assert studio.second is None  # made when it is asked for
    studio.second_button.value = True
    assert studio.second.source.name != studio.style.source.name
    assert studio._of_second.layout.display == "flex"
    studio.second_button.value = False
    assert studio._of_second.layout.display == "none"


def test_what_is_wrong_with_a_mask_is_told_beside_it(new_studio):
    studio = new_studio()
    studio.controls["mask"].set_state({"painted": memoryview(b"no picture")})
    studio.generate_button.click()
    assert "mask is no picture of a mask" in studio.errors["mask"].value
    assert studio.job is None
    studio = new_studio("harbor", ["swirls", "woodcut"], mask=np.ones((12, 16)))
    studio.generate_button.click()
    assert studio.wait(PATIENCE)
    assert "mask 2 is black everywhere" in studio.errors["mask"].value


def test_a_studio_begins_with_a_mask_and_a_map_of_the_content(new_studio, tmp_path):
    studio = new_studio(mask=LEFT, content_map=LEFT)
    files = painted(studio)
    assert set(files) == {"painting.png", "settings.json", "mask.png", "content_map.png"}
    expected = nst.stylize(
        "harbor", "swirls", **QUICK, mask=files["mask.png"], content_map=files["content_map.png"], progress=False
    )
    np.testing.assert_array_equal(pixels(files["painting.png"]), np.rint(expected.picture * 255))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"mask": [LEFT, ~LEFT]}, "mask has 2 pictures; the Studio has one"),
        ({"mask": "nowhere.png"}, "mask is no picture of a mask"),
        ({"content_map": np.zeros((2, 2))}, "content_map is no picture"),
        ({"style": ["swirls", "woodcut", "mandala"]}, "style has 3 pictures; the Studio takes one or two"),
    ],
    ids=["two masks", "no file", "tiny map", "three styles"],
)
def test_what_the_studio_cannot_begin_with_is_refused(given, message, new_studio):
    with pytest.raises(SettingError, match=message):
        new_studio(**given)


def test_names_in_the_line_are_those_of_the_files_that_are_saved():
    png = mask_png(LEFT)
    style = from_file("mine.png", mask_png(np.tri(16)))
    order = Order(from_gallery("harbor"), style, {"mask": png, "content_map": "map.png"})
    assert order.files() == {"mask.png": png}
    assert order.python() == "nst.stylize('harbor', './mine.png', mask='./mask.png', content_map='map.png')"
