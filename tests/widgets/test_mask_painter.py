"""The mask painter without a browser: what a page may send it, what it finds, and what becomes of it."""

import io

import numpy as np
import pytest
from PIL import Image

import nst_utils as nst
from nst_utils.base.errors import NSTError, PictureError, SettingError
from nst_utils.engine.carrying import mask_png
from nst_utils.widgets.mask_canvas import MOST_BYTES, SIDE, MaskCanvas

pytestmark = pytest.mark.usefixtures("own_log")
PATIENCE = 60


@pytest.fixture
def new_painter():
    """A function that opens a painter; all are closed when the test is over."""
    painters = []

    def opened(*given):
        painters.append(nst.widgets.mask_painter(*given))
        return painters[-1]

    yield opened
    for painter in painters:
        painter.close()


@pytest.fixture
def disk():
    """A picture (48, 64, 3) of a bright disk on black."""
    y, x = np.mgrid[0:48, 0:64]
    return np.repeat(((y - 24) ** 2 + (x - 32) ** 2 < 150)[..., None], 3, axis=-1).astype(np.float32)


def send(painter, png: bytes) -> None:
    """As a page does after a stroke."""
    painter.canvas.set_state({"painted": memoryview(png)})


def press(painter, points, away=()) -> None:
    """As a page does after a press on an object."""
    painter.canvas._handle_custom_msg({"points": [*points], "away": [*away]}, [])
    assert painter.job is None or painter.job.wait(PATIENCE)


def in_color(mask: np.ndarray) -> bytes:
    """A PNG of four channels, as a browser makes it."""
    file = io.BytesIO()
    Image.fromarray(np.uint8(mask * 255)).convert("RGBA").save(file, "PNG")
    return file.getvalue()


def test_what_a_page_paints_is_the_mask(new_painter, disk):
    painter = new_painter(disk)
    assert not painter.mask.any()
    left = np.arange(64)[None, :].repeat(48, axis=0) < 32
    send(painter, in_color(left))
    np.testing.assert_array_equal(painter.mask, left)
    assert painter.mask.dtype == np.float32
    assert painter.figure().get_suptitle() == "Mask: 50% of the picture is painted"
    send(painter, b"")
    assert not painter.mask.any()
    assert painter.figure().get_suptitle() == "Mask: nothing is painted yet"


def test_a_mask_to_begin_with_is_painted_on_the_page(new_painter, disk):
    soft = np.linspace(0, 1, 256)[None, :].repeat(48, axis=0)
    painter = new_painter(disk, soft)
    np.testing.assert_allclose(painter.mask, nst.picture(soft)[:, 2::4, 0], atol=0.01)  # fitted
    painter.mask = disk[..., 0]
    np.testing.assert_array_equal(painter.mask, disk[..., 0])
    with Image.open(io.BytesIO(painter.canvas.painted)) as image:
        assert image.mode == "L"


def test_a_large_picture_is_painted_on_smaller_and_the_mask_is_as_large(new_painter):
    painter = new_painter(np.zeros((600, 900, 3), np.float32))
    with Image.open(io.BytesIO(painter.canvas.picture)) as image:
        assert image.size == (SIDE, round(SIDE * 600 / 900))
    assert painter.mask.shape == (600, 900)


def test_a_mask_paints_what_it_says(new_painter, disk):
    painter = new_painter(disk, disk[..., 0])
    quick = {"size": 64, "weights": "mini-random", "steps": 2, "style_layers": ["block1_conv1"], "progress": False}
    result = nst.stylize(disk, "swirls", mask=painter.mask, **quick)
    outside = painter.mask == 0
    np.testing.assert_array_equal(result.picture[outside], disk[outside])
    assert np.abs(result.picture[~outside] - disk[~outside]).max() > 0


# Presses on objects


def test_a_press_finds_the_object_and_adds_it_to_what_is_painted(new_painter, disk):
    corner = np.zeros((48, 64), np.float32)
    corner[:6, :6] = 1
    painter = new_painter(disk, corner)
    press(painter, [[32, 24]])
    assert (painter.mask[:6, :6] == 1).all()
    inside, outside = disk[..., 0] == 1, (disk[..., 0] == 0) & (corner == 0)
    assert painter.mask[inside].mean() > 0.9
    assert painter.mask[outside].mean() < 0.1
    assert painter.canvas.note == ""


def test_further_presses_change_what_was_found_and_not_what_was_painted_before(new_painter, disk):
    corner = np.zeros((48, 64), np.float32)
    corner[:6, :6] = 1
    painter = new_painter(disk, corner)
    press(painter, [[32, 24]])
    assert painter.mask[24, 32] > 0.9
    press(painter, [[3, 40]], [[32, 24]])  # all but the disk
    assert painter.mask[24, 32] < 0.1
    assert painter.mask[40, 10] > 0.9
    assert (painter.mask[:6, :6] == 1).all()


def test_a_press_that_names_no_object_is_told_what_to_do(new_painter, disk):
    painter = new_painter(disk)
    press(painter, [], [[3, 3]])
    assert painter.canvas.note == "Press on an object first, then on what is not of it."
    assert painter.job is None


def test_a_stroke_is_not_wiped_away_by_an_older_press(new_painter, disk):
    painter = new_painter(disk)
    painter.canvas._handle_custom_msg({"points": [[32, 24]], "away": []}, [])
    search = painter.job
    stroke = np.zeros((48, 64), np.float32)
    stroke[:, :8] = 1
    send(painter, in_color(stroke))
    assert search.wait(PATIENCE)
    assert search.state == "stopped"
    np.testing.assert_array_equal(painter.mask, stroke)


# What a page may send


@pytest.mark.parametrize(
    "presses",
    [None, 3, {}, {"points": 3, "away": []}, {"points": [[1, 1]] * 500, "away": []}],
    ids=["none", "number", "empty", "no list", "endless"],
)
def test_presses_that_make_no_sense_are_no_presses(presses, new_painter, disk):
    painter = new_painter(disk)
    painter.canvas._handle_custom_msg(presses, [])
    assert painter.job is None
    assert painter.canvas.note == ""


def test_a_press_outside_is_told_in_a_sentence(new_painter, disk):
    painter = new_painter(disk)
    press(painter, [[1e9, 2]])
    assert "outside of the picture" in painter.canvas.note
    assert not painter.mask.any()


def test_what_is_no_mask_is_told_when_it_is_used(new_painter, disk):
    painter = new_painter(disk)
    send(painter, b"no picture")
    with pytest.raises(SettingError, match="mask is no picture of a mask"):
        painter.mask  # noqa: B018
    press(painter, [[32, 24]])
    assert "mask is no picture of a mask" in painter.canvas.note


def test_a_page_cannot_send_what_it_likes(disk):
    canvas = MaskCanvas(disk)
    with pytest.raises(SettingError, match="mask has 4,000,001 bytes"):
        canvas.set_state({"painted": memoryview(bytes(MOST_BYTES + 1))})
    canvas.close()


def test_the_value_is_a_small_gray_png_or_nothing(disk):
    canvas = MaskCanvas(disk)
    assert canvas.value is None
    canvas.set_state({"painted": memoryview(in_color(np.zeros((48, 64))))})  # black everywhere
    assert canvas.value is None
    canvas.set_state({"painted": memoryview(in_color(disk[..., 0]))})
    assert canvas.value == mask_png(disk[..., 0])
    canvas.value = None
    assert canvas.painted == b""
    canvas.close()


def test_a_picture_or_a_mask_that_is_none_is_refused():
    with pytest.raises(PictureError):
        nst.widgets.mask_painter("nowhere.png")
    with pytest.raises(SettingError, match="mask is no picture of a mask"):
        nst.widgets.mask_painter("harbor", "nowhere.png")


def test_a_closed_painter_keeps_its_mask_and_takes_no_other(disk):
    painter = nst.widgets.mask_painter(disk, disk[..., 0])
    painter.close()
    np.testing.assert_array_equal(painter.mask, disk[..., 0])
    with pytest.raises(NSTError, match="has been closed"):
        painter.mask = disk[..., 0]
