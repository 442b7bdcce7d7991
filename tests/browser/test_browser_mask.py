"""A mask painted by hand in a real browser: the module alone on an empty page, in the Studio and in JupyterLab."""

import base64
import io
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

import nst_utils
from browser.pages import button, generate, set_up, widget
from nst_utils.images.arrays import fit

pytestmark = pytest.mark.browser
MODULE = (Path(nst_utils.__file__).parent / "widgets" / "mask_canvas.js").read_text(encoding="utf-8")
OPEN = """async ([source, jpeg, png]) => {
    const bytes = (code) => Uint8Array.from(atob(code), (letter) => letter.charCodeAt(0));
    const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    const { maskCanvas } = await import(address);
    window.sent = [];
    window.presses = [];
    window.canvas = maskCanvas(document.body, {
        label: "mask",
        painted: (png) => window.sent.push(btoa(String.fromCharCode(...png))),
        asked: (presses) => window.presses.push(presses),
    });
    await window.canvas.picture(bytes(jpeg));
    await window.canvas.mask(bytes(png), false);
}"""
SEEN = """() => {
    const ink = document.querySelector("canvas").getContext("2d");
    const row = (y) => {
        const pixels = ink.getImageData(100, y, 40, 1).data;
        return Array.from({ length: 40 }, (_, k) => [...pixels.slice(4 * k, 4 * k + 3)]);
    };
    return { painted: row(120), free: row(40) };
}"""
HEIGHT, WIDTH = 240, 320
CELL = """
import ipywidgets
import nst_utils as nst
painter, told = nst.widgets.mask_painter("harbor"), ipywidgets.Label()
painter.canvas.observe(lambda _: setattr(told, "value", f"{painter.mask.mean():.1%} here"), "painted")
display(painter, told)
"""


def file_of(levels: np.ndarray, kind: str) -> str:
    file = io.BytesIO()
    Image.fromarray(levels).save(file, kind)
    return base64.b64encode(file.getvalue()).decode()


@pytest.fixture
def open_module(visit):
    """A function that opens the module on an empty page, with a gray picture and perhaps a mask."""

    def opened(mask: np.ndarray | None = None, **options):
        page = visit("about:blank", **options)
        picture = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
        page.evaluate(OPEN, [MODULE, file_of(picture, "JPEG"), "" if mask is None else file_of(mask, "PNG")])
        return page

    return opened


def sent(page, count: int) -> np.ndarray:
    """The mask that was sent as the so manieth; black where nothing is painted."""
    page.wait_for_function("count => window.sent.length >= count", arg=count)
    codes = page.evaluate("window.sent")
    assert len(codes) == count
    if not codes[-1]:
        return np.zeros((HEIGHT, WIDTH), np.uint8)
    with Image.open(io.BytesIO(base64.b64decode(codes[-1]))) as image:
        pixels = np.asarray(image.convert("RGB"))
    assert (pixels == pixels[..., :1]).all()
    return pixels[..., 0]


def drag(page, *places: tuple[float, float]) -> None:
    """Draw a line through places, in shares of the canvas."""
    box = page.locator("canvas").last.bounding_box()
    at = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in places]
    page.mouse.move(*at[0])
    page.mouse.down()
    for place in at[1:]:
        page.mouse.move(*place, steps=5)
    page.mouse.up()


def test_the_mouse_paints_and_takes_away(open_module):
    page = open_module()
    drag(page, (0.25, 0.5), (0.75, 0.5))
    mask = sent(page, 1)
    assert mask.shape == (HEIGHT, WIDTH)
    assert (mask[118:122, 80:240] > 250).all()
    assert not mask[:90].any()
    assert not mask[150:].any()
    expect(page.get_by_role("status")).to_have_text("6 % of the picture is painted.")
    seen = page.evaluate(SEEN)
    painted, free = (np.array(seen[name], int) for name in ("painted", "free"))
    assert (painted[:, 0] - painted[:, 2] > 40).all()  # tinted with vermilion
    assert len(set(painted[:, 0])) > 1  # and hatched
    assert np.abs(free - 128).max() <= 2
    page.get_by_label("Eraser").check()
    drag(page, (0.5, 0.3), (0.5, 0.7))
    half = sent(page, 2)
    assert not half[118:122, 158:162].any()
    assert (half[118:122, 80:130] > 250).all()
    button(page, "Undo").click()
    np.testing.assert_array_equal(sent(page, 3), mask)
    button(page, "Invert").click()
    np.testing.assert_array_equal(sent(page, 4), 255 - mask)
    button(page, "Clear").click()
    assert not sent(page, 5).any()
    expect(page.get_by_role("status")).to_have_text("Nothing is painted.")


def test_a_larger_brush_paints_more_and_a_soft_one_has_a_soft_edge(open_module):
    page = open_module()
    drag(page, (0.5, 0.5), (0.5, 0.5))
    small = sent(page, 1)
    page.get_by_label("Brush size").press("End")
    drag(page, (0.5, 0.5), (0.5, 0.5))
    large = sent(page, 2)
    assert (large >= small).all()
    assert large.sum() > 10 * small.sum()
    button(page, "Clear").click()
    page.get_by_label("Soft edge").check()
    drag(page, (0.5, 0.5), (0.5, 0.5))
    soft = sent(page, 4)
    falling = soft[120, 160:240].astype(int)
    assert (np.diff(falling) <= 0).all()
    assert len(set(falling)) > 50
    drag(page, (0.5, 0.5), (0.5, 0.5))
    np.testing.assert_array_equal(sent(page, 5), soft)  # the same touch again adds nothing


def test_keys_paint_alone(open_module):
    page = open_module()
    canvas = page.get_by_role("application", name="mask")
    canvas.focus()
    page.keyboard.press("Space")  # in the middle
    middle = sent(page, 1)
    assert middle[120, 160] == 255
    page.keyboard.down("Space")
    for _ in range(8):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.up("Space")
    line = sent(page, 2)
    assert (line[120, 160:250] > 250).all()
    page.keyboard.press("+")
    expect(page.get_by_label("Brush size")).to_have_value("9")
    page.keyboard.press("z")
    np.testing.assert_array_equal(sent(page, 3), middle)


def test_a_finger_paints(open_module):
    page = open_module(has_touch=True)
    box = page.locator("canvas").bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 4, box["y"] + box["height"] / 4)
    assert sent(page, 1)[60, 80] == 255


def test_presses_on_objects_are_asked_for_until_the_next_stroke(open_module):
    page = open_module()
    page.get_by_label("Find an object").check()
    drag(page, (0.25, 0.5), (0.25, 0.5))
    page.get_by_label("Not this").check()
    drag(page, (0.75, 0.5), (0.75, 0.5))
    page.get_by_label("Brush", exact=True).check()
    drag(page, (0.5, 0.5), (0.5, 0.5))
    page.get_by_label("Find an object").check()
    drag(page, (0.5, 0.25), (0.5, 0.25))
    page.wait_for_function("window.presses.length === 3")
    first, second, third = page.evaluate("window.presses")
    assert first == {"points": [[80, 120]], "away": []}
    assert second == {"points": [[80, 120]], "away": [[240, 120]]}
    assert third == {"points": [[160, 60]], "away": []}


def test_a_mask_from_outside_is_shown_and_can_be_painted_on(open_module):
    left = np.zeros((HEIGHT, WIDTH), np.uint8)
    left[:, : WIDTH // 2] = 255
    page = open_module(left)
    expect(page.get_by_role("status")).to_have_text("50 % of the picture is painted.")
    drag(page, (0.75, 0.5), (0.75, 0.5))
    mask = sent(page, 1)
    np.testing.assert_array_equal(mask[:, : WIDTH // 2], 255)
    assert mask[120, 240] == 255


# With a kernel behind it


def downloaded(page, link: str) -> bytes:
    with page.expect_download() as download:
        page.get_by_role("link", name=link).click()
    return Path(download.value.path()).read_bytes()


@pytest.mark.slow
def test_a_mask_is_painted_in_the_studio_and_generated(open_studio):
    page = open_studio()
    set_up(page, steps=8)
    button(page, "Mask").click()
    canvas = page.get_by_role("application", name="where the style is painted")
    expect(canvas).to_be_visible()
    page.get_by_label("Brush size").press("End")
    canvas.scroll_into_view_if_needed()
    drag(page, (0.1, 0.2), (0.1, 0.8))  # the left quarter or so
    expect(button(page, "✓ Mask")).to_be_visible()
    generate(page)
    expect(page.get_by_text("mask='./mask.png'")).to_be_visible()
    with Image.open(io.BytesIO(downloaded(page, "save mask.png"))) as image:
        mask = np.asarray(image.resize((64, 48), Image.Resampling.BOX))
    with Image.open(io.BytesIO(downloaded(page, "save the picture"))) as image:
        painted = np.asarray(image).astype(int)
    content = np.rint(fit(nst_utils.picture("harbor"), 64) * 255).astype(int)
    assert painted.shape == (48, 64, 3)
    changed = np.abs(painted - content).max(axis=-1)
    assert not changed[mask == 0].any()
    assert changed[mask == 255].mean() > 3
    assert (mask == 0).sum() > 1000
    assert (mask == 255).sum() > 200


@pytest.mark.slow
def test_an_object_is_found_in_a_notebook_and_the_kernel_has_the_mask(lab, run_all):
    folder, _ = lab
    cell = nbformat.v4.new_code_cell(CELL.strip())
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=[cell], metadata=kernel), folder / "mask.ipynb")
    page = run_all("mask")
    painter = widget(page, "Mask: paint where the style is for")
    painter.get_by_label("Find an object").check()
    drag(page, (0.5, 0.2), (0.5, 0.2))
    expect(painter.get_by_role("status")).to_contain_text("of the picture is painted")
    told = page.get_by_text(re.compile(r"^[\d.]+% here$"))
    expect(told).to_be_visible()
    found = told.inner_text()
    painter.get_by_label("Eraser").check()
    drag(page, (0.5, 0.2), (0.6, 0.2))
    expect(told).not_to_have_text(found)
    page.keyboard.press("b")  # in JupyterLab this would make another cell
    assert page.locator(".jp-CodeCell").count() == 1
