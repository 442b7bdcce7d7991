"""A real browser before real servers. Every test leaves screenshots and what the page said in out/browser.

No page may log an error, miss a file, or ask anybody but this machine.
"""

import json
import re
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
import pytest
from playwright.sync_api import sync_playwright

from browser.pages import IS_RUN, button
from browser.servers import HOST, OUT, PATIENCE, free_port, served, until

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
BROWSERS = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge"),
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


@pytest.fixture(scope="session")
def chromium():
    """The browser of this machine; without one there is nothing to try."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.exit("No Chromium or Chrome is installed here, so nothing was tried in a browser.", returncode=0)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium, request):
    """A function that opens an address as a visitor of its own; what all visitors met is looked at in the end."""
    visitors = []

    def opened(address: str, **options):
        context = chromium.new_context(viewport={"width": 1280, "height": 1500}, **options)
        context.set_default_timeout(1000 * PATIENCE)
        page = context.new_page()
        visitors.append((page, *listened_to(page)))
        page.goto(address)
        return page

    yield opened
    name = re.sub(r"\W+", "_", request.node.name).strip("_")
    OUT.mkdir(parents=True, exist_ok=True)
    wrong = []
    for number, (page, said, errors) in enumerate(visitors, 1):
        wrong += errors
        beside = OUT / f"{name}_{number}"
        page.screenshot(path=beside.with_suffix(".png"), full_page=True)
        beside.with_suffix(".txt").write_text("\n".join(said) + "\n", encoding="utf-8")
        page.context.close()
    assert not wrong, "\n".join(wrong)


def listened_to(page) -> tuple[list[str], list[str]]:
    """What a page says, and what of it is an error; both grow while it is open."""
    said, errors = [], []

    def hear(kind: str, text: str, wrong: bool = True) -> None:
        said.append(f"{kind}: {text}")
        if wrong:
            errors.append(said[-1])

    page.on("console", lambda message: hear(message.type, message.text, message.type == "error"))
    page.on("pageerror", lambda error: hear("uncaught", str(error)))
    page.on("dialog", lambda dialog: (hear("dialog", dialog.message), dialog.dismiss()))
    page.on(
        "response", lambda answer: hear("answer", f"{answer.status} {answer.url}") if answer.status >= 400 else None
    )
    page.on("request", lambda asked: hear("asked", asked.url) if is_elsewhere(asked.url) else None)
    return said, errors


def is_elsewhere(url: str) -> bool:
    """Whether an address is that of another machine."""
    parts = urlsplit(url)
    return parts.scheme in ("http", "https", "ws", "wss") and parts.hostname != HOST


@pytest.fixture(scope="session")
def studio(tmp_path_factory):
    """The Studio as an app, where one visitor paints at a time: its process and its address."""
    command = ["nst_utils", "studio", "--no-browser", "--port", str(free_port())]
    limits = {"NST_STUDIO_RUNS": "1", "NST_STUDIO_VISITORS": "20"}  # a page that a test closes says no word of it
    with served("studio", command, tmp_path_factory.mktemp("studio"), **limits) as running:
        yield running


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """JupyterLab in a folder with copies of the student notebooks: the folder and its address."""
    folder = tmp_path_factory.mktemp("lab")
    course = folder / "course"
    course.mkdir()
    for path in NOTEBOOKS.glob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.execution_count = None  # so that one can see what has been run
        nbformat.write(notebook, course / path.name)
    write_settings(folder)
    address = (f"--ServerApp.ip={HOST}", f"--ServerApp.port={free_port()}", f"--ServerApp.root_dir={course}")
    command = ["jupyterlab", "--no-browser", "--allow-root", *address]
    with served("lab", command, folder) as (_, address):
        yield course, address


def write_settings(folder, theme: str = "JupyterLab Light") -> None:
    """JupyterLab asks nobody for news, and keeps every cell in the page, where a test can find it."""
    for name, settings in {
        "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True},
        "apputils-extension/themes": {"theme": theme},
        "notebook-extension/tracker": {"windowingMode": "none"},
    }.items():
        path = folder / "jupyter_config_dir" / "lab" / "user-settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(settings))


@pytest.fixture
def open_studio(studio, visit):
    """A function that opens the Studio and waits until it can be used."""

    def opened(**options):
        page = visit(studio[1], **options)
        button(page, "Generate").wait_for()
        return page

    return opened


@pytest.fixture
def run_all(lab, visit):
    """A function that opens a notebook, runs all of its cells, and gives the page."""
    folder, address = lab
    root, token = re.match(r"(http://[^/]+/)lab\?(token=\w+)", address).groups()

    def ran(name: str):
        page = visit(f"{root}lab/tree/{name}.ipynb?{token}&reset")
        page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
        page.locator(".jp-Cell").first.click()  # before, the menu knows of no notebook
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        path = folder / f"{name}.ipynb"
        page.wait_for_function(IS_RUN)
        page.keyboard.press("Control+s")
        until(lambda: is_run(path), f"all cells of {name}")
        return page

    return ran


def is_run(path) -> bool:
    """Whether a saved notebook has been run in this visit, in order; that a cell failed is no answer to wait for."""
    try:
        notebook = nbformat.read(path, as_version=4)
    except nbformat.reader.NotJSONError:  # half written
        return False
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    failed = [out.evalue for cell in cells for out in cell.outputs if out.output_type == "error"]
    assert not failed, failed
    return [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
