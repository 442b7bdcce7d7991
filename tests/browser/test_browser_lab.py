"""Lessons as a student meets them: a real JupyterLab, a real browser, all cells run, the widgets moved."""

import re

import pytest
from playwright.sync_api import expect

from browser.pages import button, widget
from browser.servers import until

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_lesson_02_runs_and_its_heat_map_follows_the_slider(run_all):
    page = run_all("02_gram_matrices")
    heat_map = widget(page, "Gram heat map: pick two channels")
    picture = heat_map.get_by_role("img")
    slider = heat_map.locator(".widget-slider").filter(has_text="channel i").get_by_role("slider")
    seen = picture.get_attribute("src")
    slider.press("End")
    expect(picture).not_to_have_attribute("src", seen)


def test_lesson_04_runs_and_its_live_run_starts_pauses_resumes_and_stops(run_all):
    page = run_all("04_optimization")
    live = widget(page, "Live run: change the weights while it paints")

    def press(name):
        button(live, name).click()

    def step():
        return int(re.search(r"step (\d+) of", live.get_by_role("status").first.inner_text())[1])

    press("start")
    expect(live.get_by_role("status").first).to_contain_text("(running)")
    picture = live.get_by_role("img", name="The painting at")
    seen = picture.get_attribute("src")
    expect(picture).not_to_have_attribute("src", seen)
    press("pause")
    expect(live.get_by_role("status").first).to_contain_text("(paused)")
    rested = step()
    press("resume")
    expect(button(live, "pause")).to_be_enabled()
    until(lambda: step() > rested, "a step after the pause")
    press("stop")
    expect(live.get_by_role("status").first).to_contain_text("(stopped)")


def test_lesson_11_runs_and_its_studio_paints(run_all):
    page = run_all("11_studio")
    studio = widget(page, "Studio: choose a content and a style, press Generate")
    button(studio, "Generate").click()
    expect(studio.get_by_role("status").filter(has_text=": done")).to_be_visible()
    expect(studio.get_by_role("link", name="save the picture")).to_be_visible()
