"""``nst vote`` and ``nst rank``: what is served, what is told, what is refused."""

import ast
import re

import nbformat
import numpy as np
import pytest

import nst_utils as nst
from nst_utils.cli import main
from nst_utils.studio.polling import vote_page
from nst_utils.studio.server import notebook
from nst_utils.voting.box import BallotBox
from nst_utils.voting.session import QUESTIONS, Session


@pytest.fixture
def paintings(tmp_path):
    for name in ("vgg16", "vgg19", "style"):
        nst.save_picture(np.full((16, 24, 3), 0.5, np.float32), tmp_path / "paintings" / "harbor" / f"{name}.png")
    return tmp_path / "paintings"


@pytest.fixture
def votes_file(tmp_path):
    """A class of nine that prefers the left method of the alphabet, in two files."""
    for voter in range(9):
        session = Session(
            {"harbor": ["vgg16", "vgg19"], "cat": ["vgg16", "vgg19"]},
            QUESTIONS["style"].text,
            BallotBox(tmp_path / f"{voter % 2}.csv"),
            voter=voter,
        )
        while session.current:
            prefers = "vgg19" if session.done == voter % 4 else "vgg16"
            session.answer("left" if session.current.left == prefers else "right", 2.0)
    return [str(tmp_path / f"{k}.csv") for k in range(2)]


@pytest.mark.parametrize("folder", ["paintings", 'it\'s a "folder"\\with\nmarks'])
def test_the_page_calls_vote_with_what_was_given(folder):
    page = vote_page(folder, "Which would you hang?", show=None, count=8, into="votes.csv")
    nbformat.validate(nbformat.from_dict(notebook(page)))
    _, statement, shown = ast.parse(page.cell).body
    assert ast.unparse(shown) == "panel.ballot"
    assert ast.unparse(statement.value.func) == "vote"
    assert [one.value for one in statement.value.args] == [folder, "Which would you hang?"]
    assert {one.arg: one.value.value for one in statement.value.keywords} == {
        "show": None,
        "count": 8,
        "into": "votes.csv",
    }


def test_rank_prints_the_table_and_saves_the_figure(votes_file, tmp_path, capsys):
    assert main(["rank", *votes_file, "--figure", str(tmp_path / "strengths.png")]) == 0
    said = capsys.readouterr().out
    assert said.splitlines()[0] == "Which looks more like the style?"
    assert re.search(r"^\s*vgg16\s+0\.\d\d\s", said, re.M)
    assert "95% intervals over 9 voters" in said
    assert (tmp_path / "strengths.png").stat().st_size > 5000


def test_rank_tells_of_every_question_that_was_asked(votes_file, tmp_path, capsys):
    both = (tmp_path / "0.csv").read_text()
    (tmp_path / "0.csv").write_text(
        both + "".join(line.replace(QUESTIONS["style"].text, "Which?") + "\n" for line in both.splitlines()[1:])
    )
    assert main(["rank", *votes_file]) == 0
    assert re.findall(r"^(Which.*\?)$", capsys.readouterr().out, re.M) == ["Which looks more like the style?", "Which?"]
    assert main(["rank", *votes_file, "--question", "style"]) == 0
    assert "Which?" not in capsys.readouterr().out
    assert main(["rank", *votes_file, "--figure", str(tmp_path / "x.png")]) == 2
    assert "A figure is of one question; name it" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["rank", "nowhere.csv"], "nowhere.csv cannot be read"),
        (["rank", "{paintings}/harbor/style.png"], "cannot be read"),
        (["rank", "{votes}", "--figure", "x.doc"], "x.doc cannot be saved"),
        (["rank", "{votes}", "--question", "content"], "question is 'content'"),
        (["vote", "nowhere"], "nowhere is no folder"),
        (["vote", "{paintings}", "--question", "content"], "harbor has no content to show"),
        (["vote", "{paintings}", "--count", "0"], "count is 0"),
        (["vote", "{paintings}", "--into", "{paintings}"], "a folder; give the path of a CSV file"),
        (["vote", "{paintings}", "--port", "0"], "port is 0"),
    ],
    ids=range(9),
)
def test_a_mistake_is_one_sentence_and_leaves_with_two(
    arguments, says, paintings, votes_file, tmp_path, capsys, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    given = [one.format(paintings=paintings, votes=votes_file[0]) for one in arguments]
    assert main([*given, *(["--no-browser"] if given[0] == "vote" else [])]) == 2
    said = capsys.readouterr()
    assert says in said.err
    assert len(said.err.splitlines()) == 1
    assert said.out == ""
