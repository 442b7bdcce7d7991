"""The Studio as a visitor meets it: a real Voila, a real browser."""

import io
import json
import re
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from browser.pages import button, generate, painting, set_up, slider, status
from browser.servers import kernels_of, private_environment, until

pytestmark = [pytest.mark.browser, pytest.mark.slow]
NAME_OF_HTML = "<img src=x onerror=alert(1)>.png"


def step_of(page) -> int:
    return int(re.search(r"step (\d+) of", status(page, "step").inner_text())[1])


def downloaded(page, link: str, path):
    with page.expect_download() as download:
        page.get_by_role("link", name=link).click()
    download.value.save_as(path)
    return path


def send(page, *files) -> None:
    """Send files with the first upload button, that of the content."""
    with page.expect_file_chooser() as chooser:
        button(page, "files (0)").first.click()
    chooser.value.set_files([{"name": name, "mimeType": "image/png", "buffer": data} for name, data in files])


def file_of(pixels: np.ndarray, kind: str) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind)
    return file.getvalue()


def noise(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


def bomb() -> bytes:
    """144 megapixels in a few kilobytes."""
    file = io.BytesIO()
    Image.new("1", (12_000, 12_000)).save(file, "PNG")
    return file.getvalue()


BAD = {
    "text.png": lambda: b"Dear diary, this is no picture.",
    "half.jpg": lambda: file_of(noise(200, 300), "JPEG")[:5000],
    "bomb.png": bomb,
    "dot.png": lambda: file_of(noise(1, 1), "PNG"),
    NAME_OF_HTML: lambda: b"<b>no picture either</b>",
}


def test_a_painting_and_its_settings_are_saved_and_painted_again_by_the_command(open_studio, tmp_path):
    page = open_studio()
    set_up(page, steps=8)
    generate(page)
    picture = downloaded(page, "save the picture", tmp_path / "painting.png")
    settings = downloaded(page, "save the settings", tmp_path / "settings.json")
    assert json.loads(settings.read_text())["settings"]["size"] == 64
    button(page, "GIF").click()
    with Image.open(downloaded(page, "save the GIF", tmp_path / "painting.gif")) as moving:
        assert moving.n_frames > 1
    again = ["stylize", "--settings", str(settings), "-o", "again.png", "--quiet"]
    environment = private_environment(tmp_path)
    subprocess.run([sys.executable, "-m", "nst_utils", *again], cwd=tmp_path, env=environment, check=True)
    assert (tmp_path / "again.png").read_bytes() == picture.read_bytes()


def test_the_slider_shows_the_content_over_the_painting(open_studio):
    page = open_studio()
    set_up(page, steps=4)
    generate(page)
    seen = [painting(page).get_attribute("src")]
    for key in ("PageUp", "End"):
        slider(page, "before / after").press(key)
        expect(painting(page)).not_to_have_attribute("src", seen[-1])
        seen.append(painting(page).get_attribute("src"))
    slider(page, "before / after").press("Home")
    expect(painting(page)).to_have_attribute("src", seen[0])
    assert len(set(seen)) == 3


def test_a_run_is_watched_stopped_and_resumed(open_studio):
    page = open_studio()
    set_up(page, steps=200)
    button(page, "Generate").click()
    first = painting(page).get_attribute("src")
    expect(painting(page)).not_to_have_attribute("src", first)
    button(page, "Stop").click()
    expect(status(page, ": stopped; Resume goes on")).to_be_visible()
    expect(button(page, "Stop")).to_be_disabled()
    rested = step_of(page)
    assert 0 < rested < 200
    button(page, "Resume").click()
    expect(status(page, ": done")).to_be_visible()
    assert step_of(page) == 200
    assert button(page, "✓ 1").count() == 1  # the whole run is the only result of the session


def test_a_picture_of_ones_own_is_painted(open_studio):
    page = open_studio()
    send(page, ("mine.png", file_of(noise(60, 90), "PNG")))
    expect(button(page, "✓ mine.png")).to_be_visible()
    set_up(page, steps=4)
    generate(page)
    expect(page.get_by_text("nst.stylize('./mine.png', 'swirls'")).to_be_visible()


def test_what_is_no_good_picture_is_told_in_a_sentence_and_the_studio_goes_on(open_studio):
    page = open_studio()
    for name, data in BAD.items():
        send(page, (name, data()))
        expect(page.get_by_role("alert")).to_have_count(1)
        expect(page.get_by_role("alert")).to_contain_text(f"That did not work: {name}: ")
        message = page.get_by_role("alert").inner_text()
        assert "\n" not in message and "Traceback" not in message
    address = page.get_by_label("address", exact=True).first
    address.fill("ftp://elsewhere/picture.png")
    address.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("'ftp://elsewhere/picture.png'")
    send(page, (NAME_OF_HTML, file_of(noise(60, 90), "PNG")))  # a good picture under a bad name
    expect(button(page, f"✓ {NAME_OF_HTML}")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
    set_up(page, steps=4)
    generate(page)
    assert page.locator("img[src='x']").count() == 0


def test_two_visitors_paint_one_after_the_other(open_studio):
    first, second = open_studio(), open_studio()
    set_up(first, steps=20_000)
    set_up(second, steps=4)
    button(first, "Generate").click()
    expect(status(first, "step")).to_be_visible()
    button(second, "Generate").click()
    expect(status(second, "waiting: others are painting")).to_be_visible()
    button(first, "Stop").click()
    expect(status(first, ": stopped; Resume goes on")).to_be_visible()
    expect(status(second, ": done")).to_be_visible()


def test_reloading_the_page_ends_the_work_and_begins_anew(open_studio, studio):
    before = kernels_of(studio[0])
    page = open_studio()
    until(lambda: kernels_of(studio[0]) - before, "a kernel for the visitor")
    (old,) = kernels_of(studio[0]) - before
    set_up(page, steps=20_000)
    button(page, "Generate").click()
    expect(status(page, "step")).to_be_visible()
    page.reload()
    expect(button(page, "Generate")).to_be_enabled()
    until(lambda: old not in kernels_of(studio[0]), "the end of the work of the page that was left")
    set_up(page, steps=4)
    generate(page)
