"""Takes the pictures of the Studio and of two widgets in docs/ again: ``make screenshots``."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from browser.pages import button, generate, slider, status, widget

pytestmark = pytest.mark.browser
DOCS = Path(__file__).parents[2] / "docs"
LARGEST = 300_000  # bytes


def taken(place, name: str) -> None:
    """A picture of a place on a page, for the README."""
    path = DOCS / name
    place.screenshot(path=path, type="jpeg", quality=88, animations="disabled")
    assert path.stat().st_size < LARGEST


def test_the_studio(open_studio):
    page = open_studio()
    button(page, "portrait").click()
    button(page, "stained glass").click()
    page.get_by_text("settings: none of them has to be changed").click()
    for _ in range(2):
        slider(page, "size").press("ArrowRight")  # 256, 384
    page.get_by_text("settings: none of them has to be changed").click()
    generate(page)
    for _ in range(4):
        slider(page, "before / after").press("PageUp")
    page.mouse.click(1200, 1400)  # nothing keeps the focus
    taken(widget(page, "Studio: choose a content and a style, press Generate"), "studio.jpg")


def test_the_heat_map(run_all):
    page = run_all("02_gram_matrices")
    taken(widget(page, "Gram heat map: pick two channels"), "widget_gram_heat_map.jpg")


def test_the_live_run(run_all):
    page = run_all("04_optimization")
    live = widget(page, "Live run: change the weights while it paints")
    button(live, "start").click()
    expect(status(live, re.compile(r"step 1[2-9]\d of"))).to_be_visible()
    button(live, "pause").click()
    expect(status(live, "(paused)")).to_be_visible()
    taken(live, "widget_live_run.jpg")
