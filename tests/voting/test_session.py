"""A voter's session: asked in order, taken back, and gone on with after the machine was switched off."""

import signal
import subprocess
import sys

import pytest

from nst_utils.base.errors import SettingError
from nst_utils.voting.box import BallotBox
from nst_utils.voting.session import QUESTIONS, Session, question_of

METHODS = {"harbor": ["vgg16", "vgg19", "resnet50"], "portrait": ["vgg16", "vgg19", "resnet50"]}
VOTER = """
import sys
from nst_utils.voting.session import Session
from nst_utils.voting.box import BallotBox
session = Session({"harbor": [f"m{k}" for k in range(40)]}, "Which?", BallotBox(sys.argv[1]), count=700, voter=5)
while session.current:
    session.answer("left", 1.5)
    print(session.done, flush=True)
"""


@pytest.fixture
def new_session(tmp_path):
    def opened(**given):
        return Session(METHODS, "Which?", BallotBox(tmp_path / "votes.csv"), **given)

    return opened


def test_answers_are_kept_of_what_was_shown(new_session):
    session = new_session(repeats=1)
    shown = []
    for answer in ("left", "right", "same", "left", "same", "right", "left"):
        shown.append((*session.current, answer))
        session.answer(answer, 2.0)
    assert session.current is None
    assert [(*vote.duel, vote.answer) for vote in session.box.votes()] == shown
    assert {vote.voter for vote in session.box.votes()} == {session.voter}
    with pytest.raises(SettingError, match="Everything has been answered"):
        session.answer("left", 1.0)


def test_undo_takes_back_one_after_the_other_and_asks_again(new_session):
    session = new_session()
    session.undo()
    asked = []
    for answer in ("left", "right", "same"):
        asked.append(session.current)
        session.answer(answer, 2.0)
    for k in (2, 1):
        session.undo()
        assert session.current == asked[k]
        assert [vote.answer for vote in session.box.votes()] == ["left", "right"][:k]
    session.answer("left", 1.0)
    assert [(vote.duel, vote.answer) for vote in session.box.votes()] == [(asked[0], "left"), (asked[1], "left")]


def test_no_vote_is_lost_when_the_session_is_killed(tmp_path):
    path = tmp_path / "votes.csv"
    with subprocess.Popen([sys.executable, "-c", VOTER, path], stdout=subprocess.PIPE, text=True) as voter:
        for _ in range(25):
            said = voter.stdout.readline()
        voter.send_signal(signal.SIGKILL)
        said = int((voter.stdout.read().split() or [said])[-1])
    session = Session({"harbor": [f"m{k}" for k in range(40)]}, "Which?", BallotBox(path), count=700, voter=5)
    assert 25 <= said <= session.done <= said + 1  # the last may have been killed before it could be told
    assert session.done < len(session.duels)
    assert [vote.duel for vote in session.votes] == session.duels[: session.done]
    session.answer("same", 1.0)
    assert len(BallotBox(path).votes()) == session.done


def test_a_session_goes_on_where_it_was_among_those_of_others(new_session):
    first, other = new_session(), new_session()
    for session in (first, other, first):
        session.answer("left", 1.0)
    again = new_session(voter=first.voter)
    assert (again.done, again.current) == (2, first.current)
    again.undo()
    assert again.done == 1
    assert len(again.box.votes()) == 2


def test_a_session_of_other_paintings_is_not_gone_on_with(new_session, tmp_path):
    session = new_session(voter=1)
    session.answer("left", 1.0)
    box = BallotBox(tmp_path / "votes.csv")
    with pytest.raises(SettingError, match=r"Voter 1 has votes in votes\.csv that are of other paintings"):
        Session({"canyon": ["vgg16", "vgg19"]}, "Which?", box, voter=1)
    assert Session({"canyon": ["vgg16", "vgg19"]}, "Another?", box, voter=1).done == 0


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"count": 0}, "count is 0"),
        ({"count": 2.5}, "count is 2.5"),
        ({"repeats": -1}, "repeats is -1"),
        ({"voter": "Ann"}, "voter is 'Ann'"),
    ],
)
def test_a_wrong_setting_is_refused(given, says, new_session):
    with pytest.raises(SettingError, match=says):
        new_session(**given)


def test_an_answer_that_is_none_is_refused_and_not_kept(new_session):
    session = new_session()
    for answer, seconds in (("up", 1.0), (None, 1.0), ("left", float("nan")), ("left", -1), ("left", "soon")):
        with pytest.raises(SettingError, match=r"answer is|seconds is"):
            session.answer(answer, seconds)
    assert session.done == 0
    assert session.box.votes() == []


def test_questions_are_ready_made_or_ones_own():
    assert question_of("content") == QUESTIONS["content"] == question_of("Where is the content easier to see?")
    assert question_of("Which would you hang?", "style").shows == "style"
    for asked, shows in (("", None), ("Which\nof them?", None), (3, None), ("x" * 300, None), ("Which?", "swirls")):
        with pytest.raises(SettingError, match=r"question is|show is"):
            question_of(asked, shows)
