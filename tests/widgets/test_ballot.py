"""The vote without a browser: what the page is sent, what it may send, and what becomes of it."""

import io
import json
import re

import numpy as np
import pytest
from PIL import Image

import nst_utils as nst
from nst_utils.base.errors import NSTError, PictureError, SettingError
from nst_utils.voting.box import read

SHADES = {"vgg16": 60, "vgg19": 180}


@pytest.fixture
def pictures():
    """Two pairs of plain paintings: the shade tells whose one is."""
    shades = {**SHADES, "style": 20, "content": 250}
    return {pair: {n: np.full((24, 32, 3), s, np.uint8) for n, s in shades.items()} for pair in ("harbor", "portrait")}


@pytest.fixture
def new_vote(pictures, tmp_path):
    """A function that opens a vote; all are closed when the test is over."""
    panels = []

    def opened(given=pictures, question="style", **settings):
        panels.append(nst.vote(given, question, into=tmp_path / "votes.csv", **settings))
        return panels[-1]

    yield opened
    for panel in panels:
        panel.close()


def press(panel, **what) -> None:
    """As a page does."""
    panel.ballot._handle_custom_msg(what, [])


def shade_of(data: bytes) -> int:
    with Image.open(io.BytesIO(data)) as image:
        return image.convert("RGB").getpixel((5, 5))[0]


def begun(panel):
    press(panel, do="begin", voter="")
    return panel


def test_the_page_is_sent_what_stands_where_and_no_name(new_vote):
    panel = begun(new_vote(repeats=1))
    for _ in range(3):
        ballot, duel = panel.ballot, panel.ballot.session.current
        assert (shade_of(ballot.left), shade_of(ballot.right)) == (SHADES[duel.left], SHADES[duel.right])
        assert shade_of(ballot.reference) == pytest.approx(20, abs=2)
        state = {name: value for name, value in ballot.get_state().items() if name != "_esm"}
        sent = json.dumps(state, default=lambda data: bytes(data).decode("latin-1"))
        assert not re.search("vgg|harbor|portrait|repeat", sent)
        press(panel, do="answer", number=ballot.state["done"], answer="left", seconds=1.0)
    assert panel.ballot.state["stage"] == "end"


def test_every_press_is_in_the_file_before_the_next_two_are_shown(new_vote, tmp_path):
    panel = begun(new_vote(repeats=1))
    for k, answer in enumerate(("left", "same", "right")):
        duel = panel.ballot.session.current
        press(panel, do="answer", number=k, answer=answer, seconds=1.25)
        vote = read(tmp_path / "votes.csv")[-1]
        assert (vote.duel, vote.answer, vote.seconds, vote.voter) == (duel, answer, 1.25, panel.voter)
        assert vote.question == "Which looks more like the style?"
    assert [*panel.votes] == read(tmp_path / "votes.csv")


def test_the_content_is_shown_where_it_is_asked_for_and_nothing_for_a_question_of_ones_own(new_vote):
    asked = begun(new_vote(question="content")).ballot
    assert asked.state["question"] == "Where is the content easier to see?"
    assert shade_of(asked.reference) == pytest.approx(250, abs=2)
    asked = begun(new_vote(question="Which would you hang?")).ballot
    assert (asked.state["question"], asked.reference) == ("Which would you hang?", b"")
    assert shade_of(begun(new_vote(question="Which would you hang?", show="style")).ballot.reference) < 25


def test_undo_asks_again_also_after_the_last(new_vote, tmp_path):
    panel = begun(new_vote(repeats=0))
    press(panel, do="answer", number=0, answer="left", seconds=1.0)
    first = panel.votes[0].duel
    press(panel, do="undo")
    assert panel.ballot.session.current == first
    assert read(tmp_path / "votes.csv") == []
    for k in range(2):
        press(panel, do="answer", number=k, answer="right", seconds=1.0)
    assert panel.ballot.state["stage"] == "end"
    press(panel, do="undo")
    assert (panel.ballot.state["stage"], panel.ballot.state["done"]) == ("vote", 1)


def test_the_next_voter_has_another_number_and_an_interrupted_one_goes_on(new_vote):
    panel = begun(new_vote(repeats=0))
    first = panel.voter
    press(panel, do="answer", number=0, answer="left", seconds=1.0)
    later = new_vote(repeats=0)
    press(later, do="begin", voter=f" {first} ")
    assert (later.voter, later.ballot.state["done"], later.ballot.state["stage"]) == (first, 1, "vote")
    press(later, do="answer", number=1, answer="left", seconds=1.0)
    press(later, do="next")
    assert later.ballot.state["stage"] == "begin"
    assert later.voter != first
    assert begun(later).ballot.state["done"] == 0
    assert new_vote(repeats=0, voter=first).ballot.session.current is None


@pytest.mark.parametrize(
    ("number", "says"), [("12", "There is no session 12 in votes.csv"), ("Ann", "'Ann' is no number")]
)
def test_a_number_of_no_session_is_told(number, says, new_vote):
    panel = new_vote()
    press(panel, do="begin", voter=number)
    assert panel.ballot.state["stage"] == "begin"
    assert says in panel.ballot.state["wrong"]


@pytest.mark.parametrize(
    "what",
    [
        {},
        {"do": "answer", "number": 1, "answer": "left", "seconds": 1.0},  # of the two that come next
        {"do": "answer", "number": 0, "answer": "up", "seconds": 1.0},
        {"do": "answer", "number": 0, "answer": ["left"], "seconds": 1.0},
        {"do": "answer", "number": 0, "answer": "left", "seconds": None},
        {"do": "answer", "number": 0, "answer": "left", "seconds": float("inf")},
        {"do": "next"},
        {"do": "undo"},
    ],
    ids=range(8),
)
def test_what_makes_no_sense_is_no_vote(what, new_vote, tmp_path):
    panel = begun(new_vote())
    press(panel, **what)
    panel.ballot._handle_custom_msg("left", [])
    assert panel.ballot.state["done"] == 0
    assert panel.ballot.state["stage"] == "vote"
    assert not (tmp_path / "votes.csv").exists()


def test_a_vote_that_cannot_be_kept_is_told_and_the_question_stays(new_vote, tmp_path):
    panel = begun(new_vote())
    (tmp_path / "votes.csv").mkdir()
    press(panel, do="answer", number=0, answer="left", seconds=1.0)
    assert "cannot be kept there" in panel.ballot.state["wrong"]
    assert panel.ballot.state["done"] == 0
    told = panel.ballot.state
    press(panel, do="answer", number=0, answer="left", seconds=1.0)
    assert panel.ballot.state != told  # or the page would wait for ever
    (tmp_path / "votes.csv").rmdir()
    press(panel, do="answer", number=0, answer="left", seconds=1.0)
    assert (panel.ballot.state["done"], panel.ballot.state["wrong"]) == (1, "")


def test_nobody_votes_on_a_painting_that_has_gone(new_vote, tmp_path):
    for name, shade in SHADES.items():
        nst.save_picture(
            np.full((24, 32, 3), shade / 255, np.float32), tmp_path / "paintings" / "harbor" / f"{name}.png"
        )
    panel = new_vote(tmp_path / "paintings", "Which?")
    (tmp_path / "paintings" / "harbor" / "vgg16.png").unlink()
    begun(panel)
    assert panel.ballot.state["stage"] == "begin"
    assert "vgg16.png" in panel.ballot.state["wrong"]
    press(panel, do="answer", number=0, answer="left", seconds=1.0)
    assert panel.votes == ()


def test_what_cannot_be_voted_on_is_refused_at_once(new_vote, pictures, tmp_path):
    with pytest.raises(PictureError, match="nowhere is no folder"):
        new_vote("nowhere")
    del pictures["harbor"]["style"]
    with pytest.raises(SettingError, match="harbor has no style to show above its paintings"):
        new_vote(pictures)
    pictures["harbor"]["vgg16"] = "nowhere.png"
    with pytest.raises(PictureError, match=r"nowhere\.png"):
        new_vote(pictures, "Which?")
    pictures["harbor"]["vgg16"] = "harbor"
    (tmp_path / "votes.csv").write_text("dear diary\n")
    with pytest.raises(NSTError, match="the columns are not"):
        new_vote(pictures, "Which?")


def test_a_large_painting_is_shown_smaller_and_a_small_one_loses_nothing(new_vote):
    noise = np.random.default_rng(0).integers(0, 256, (16, 24, 3), np.uint8)
    wide = np.zeros((10, 2000, 3), np.uint8)
    ballot = begun(new_vote({"noise": {"small": noise, "wide": wide}}, "Which?")).ballot
    for name, data in (("left", ballot.left), ("right", ballot.right)):
        with Image.open(io.BytesIO(data)) as image:
            if getattr(ballot.session.current, name) == "small":
                np.testing.assert_array_equal(np.asarray(image), noise)
            else:
                assert image.size == (1024, 5)


def test_it_is_shown_as_a_figure_where_widgets_are_not(new_vote):
    figure = new_vote().figure()
    assert figure.get_suptitle() == "Which looks more like the style?"
    assert [axes.get_title() for axes in figure.axes] == ["style", "left", "right"]
