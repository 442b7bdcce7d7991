"""What is on the pages, by the names that people read."""

import re

from playwright.sync_api import expect

from browser.servers import PATIENCE

expect.set_options(timeout=1000 * PATIENCE)
IS_RUN = """() => {
    const prompts = [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].map(one => one.textContent.trim());
    return prompts.length && !prompts.some(one => one.includes('*')) && /\\d/.test(prompts.at(-1));
}"""


def button(page, name):
    """A button by its name; before it may stand an icon or a mark."""
    return page.get_by_role("button", name=re.compile(rf"^\W*{re.escape(name)}$"))


def slider(page, name):
    """The handle of a slider, by the slider's name."""
    return page.locator(".widget-slider").filter(has=page.get_by_text(name, exact=True)).get_by_role("slider")


def painting(page):
    """The painting that is shown."""
    return page.get_by_role("img", name=re.compile(r"\bstep \d+ of"))


def status(page, text):
    """The sentence that has this in it."""
    return page.get_by_role("status").filter(has_text=text)


def set_up(page, steps: int) -> None:
    """A small painting: 64 pixels."""
    page.get_by_text("settings: none of them has to be changed").click()
    slider(page, "size").press("Home")
    expect(page.locator(".widget-slider").filter(has=page.get_by_text("size", exact=True))).to_contain_text("64")
    number = page.get_by_label("steps", exact=True)
    number.fill(str(steps))
    number.press("Tab")


def generate(page) -> None:
    """Paint to the end."""
    button(page, "Generate").click()
    expect(status(page, ": done")).to_be_visible()


def widget(page, title):
    """The live widget under its title."""
    return page.locator(".widget-vbox").filter(has=page.get_by_text(title, exact=True)).last
