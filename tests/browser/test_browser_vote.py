"""A vote as a voter meets it: the page that ``nst vote`` serves, in a real browser, on the keyboard alone."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

import nst_utils as nst
from browser.pages import button
from browser.servers import free_port, served, until
from nst_utils.voting.box import read

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SHADES = {"fauve": 60, "cubist": 180}
LEFT = """() => {
    const ink = document.createElement("canvas").getContext("2d");
    ink.drawImage(document.querySelector("[aria-label='the left painting'] img"), 0, 0);
    return ink.getImageData(3, 3, 1, 1).data[0];
}"""


@pytest.fixture(scope="module")
def vote(tmp_path_factory):
    """The page of a vote on four pairs of plain paintings: its address, and the file of votes."""
    folder = tmp_path_factory.mktemp("vote")
    for pair in ("harbor", "meadow", "canyon", "flower"):
        for name, shade in {**SHADES, "style": 20}.items():
            picture = np.full((120, 160, 3), shade / 255, np.float32)
            nst.save_picture(picture, folder / "paintings" / pair / f"{name}.png")
    command = ["nst_utils", "vote", "paintings", "--repeats", "1", "--no-browser", "--port", str(free_port())]
    with served("vote", command, folder) as (_, address):
        yield address, folder / "votes.csv"


def test_a_voter_needs_the_keyboard_alone_and_learns_no_name(vote, visit):
    address, path = vote
    page = visit(address)
    button(page, "Begin").press("Enter")
    shades = []
    for k, key in enumerate(("ArrowLeft", "ArrowRight", "ArrowDown", "s", "ArrowLeft")):
        expect(page.get_by_role("status")).to_have_text(f"{k + 1} of 5")
        expect(button(page, "Same")).to_be_enabled()
        shades.append(page.evaluate(LEFT))
        page.keyboard.press(key)
        if k == 1:  # the second is taken back, and answered otherwise
            expect(page.get_by_role("status")).to_have_text("3 of 5")
            expect(button(page, "Same")).to_be_enabled()
            page.keyboard.press("u")
            expect(page.get_by_role("status")).to_have_text("2 of 5")
            until(lambda: len(read(path)) == 1, "the vote is taken back")
            expect(button(page, "Same")).to_be_enabled()
            page.keyboard.press("ArrowLeft")
    expect(page.get_by_text("All 5 answers are stored")).to_be_visible()
    cast = read(path)
    assert [vote.answer for vote in cast] == ["left", "left", "same", "same", "left"]
    assert [SHADES[vote.left] for vote in cast] == shades
    assert all(0.2 < vote.seconds < 600 for vote in cast)
    assert not re.search("fauve|cubist|harbor|meadow|canyon|flower", page.content())
    button(page, "Next voter").click()
    page.set_viewport_size({"width": 390, "height": 844})
    button(page, "Begin").click()
    expect(button(page, "Same")).to_be_enabled()
    boxes = [page.get_by_label(f"the {side} painting").bounding_box() for side in ("left", "right")]
    assert boxes[0]["y"] == boxes[1]["y"]
    assert all(box["width"] > 150 for box in boxes)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_label("the right painting").click()
    expect(page.get_by_role("status")).to_have_text("2 of 5")
    assert read(path)[-1].answer == "right"
    expect(button(page, "Same")).to_be_enabled()
    page.keyboard.press("ArrowLeft")  # keys are heard after a click as well
    expect(page.get_by_role("status")).to_have_text("3 of 5")
    assert len({vote.voter for vote in read(path)}) == 2
