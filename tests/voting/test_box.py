"""The file of votes: nothing is lost, nothing counts twice, and what is broken is refused with its line."""

import re
import resource
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nst_utils as nst
from nst_utils.base.errors import NSTError
from nst_utils.voting.box import COLUMNS, BallotBox, merged, new_vote, read
from nst_utils.voting.schedule import Duel

DUEL = Duel("harbor in swirls", "vgg16", "vgg19")
HEAD = ",".join(COLUMNS)
GOOD = "2026-05-04T10:30:00.000+00:00,Which?,harbor,vgg16,vgg19,left,2.50,123456,no"


def a_vote(k=0, answer="left", voter=123456, **duel):
    return new_vote("Which?", DUEL._replace(pair=f"pair {k}", **duel), answer, 2.5, voter)


def written(path, text):
    path.write_bytes(text.encode())
    return path


def test_what_is_added_is_a_line_of_the_file_at_once(tmp_path):
    box = BallotBox(tmp_path / "class" / "votes.csv")
    assert not box.path.exists()
    cast = [a_vote(0), a_vote(1, "same", repeat=True), a_vote(2, "right")]
    for k, vote in enumerate(cast, 1):
        box.add(vote)
        assert box.path.read_text().splitlines() == [HEAD, *(one.line.strip() for one in cast[:k])]
    assert read(box.path) == cast == BallotBox(box.path).votes()


@given(st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=20), st.booleans())
def test_any_printable_name_comes_back_from_its_line(tmp_path_factory, name, repeat):
    vote = new_vote(name, Duel(f'{name}, "b"', name, f"{name}'", repeat), "left", 1 / 3, 7)
    path = written(tmp_path_factory.getbasetemp() / "named.csv", f"{HEAD}\n{vote.line}")
    assert read(path) == [vote]


def test_a_vote_that_is_taken_back_is_gone_and_the_others_stay(tmp_path):
    box = BallotBox(tmp_path / "votes.csv")
    cast = [a_vote(0), a_vote(0, voter=9), a_vote(1)]
    for vote in cast:
        box.add(vote)
    box.take_back(cast[0])
    assert box.votes() == cast[1:]


def test_many_write_at_once(tmp_path):
    def work(voter):
        box = BallotBox(tmp_path / "votes.csv")
        for k in range(8):
            box.add(a_vote(k, voter=voter))
        box.take_back(a_vote(3, voter=voter))

    threads = [threading.Thread(target=work, args=[voter]) for voter in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = nst.votes(tmp_path / "votes.csv")
    assert len(found) == 4 * 7
    assert not (found["pair"] == "pair 3").any()


def test_half_a_line_of_somebody_killed_is_taken_away_and_a_whole_one_is_ended(tmp_path):
    path = tmp_path / "votes.csv"
    for end in range(1, len(GOOD) + 1):
        whole = end == len(GOOD)
        written(path, f"{HEAD}\n{GOOD}\n{GOOD.replace('harbor', 'other')[: end - 1 + whole]}")
        box = BallotBox(path)
        box.add(a_vote(5))
        assert [vote.pair for vote in box.votes()][:1] == ["harbor"]
        assert len(box.votes()) == (3 if path.read_text().count("other") else 2)
    assert path.read_text().count("\n") == 4


def test_a_full_disk_is_told_and_leaves_no_half_a_line(tmp_path):
    box = BallotBox(tmp_path / "votes.csv")
    box.add(a_vote(0))
    before = box.path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 20, hard))  # Python ignores the signal
    try:
        with pytest.raises(NSTError, match="the votes cannot be kept there: File too large"):
            box.add(a_vote(1))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert box.path.read_bytes() == before
    box.add(a_vote(1))
    assert len(box.votes()) == 2


# Reading and merging


def test_files_are_merged_and_doubled_lines_count_once(tmp_path):
    first, second = BallotBox(tmp_path / "a.csv"), BallotBox(tmp_path / "b.csv")
    for vote in (a_vote(0), a_vote(1)):
        first.add(vote)
    second.path.write_bytes(first.path.read_bytes())
    second.add(a_vote(0, voter=7))
    found = nst.votes(first.path, second.path, str(first.path))
    assert list(found.columns) == [*COLUMNS]
    assert found[["pair", "voter"]].to_numpy().tolist() == [["pair 0", 123456], ["pair 1", 123456], ["pair 0", 7]]
    assert found["repeat"].dtype == bool
    assert found["seconds"].tolist() == [2.5] * 3


def test_a_vote_that_was_changed_counts_as_it_was_given_last():
    old, new = a_vote(0, "left")._replace(time="2026-05-04T10:00:00+00:00"), a_vote(0, "right")
    assert merged([new, old]) == merged([old, new]) == [new]


def test_a_mark_that_some_programs_put_before_is_no_mistake(tmp_path):
    assert len(nst.votes(written(tmp_path / "votes.csv", f"\ufeff{HEAD}\r\n{GOOD}\r\n"))) == 1


@pytest.mark.parametrize(
    ("text", "says"),
    {
        "empty": ("", "the columns are not time,question"),
        "other columns": ("time,who\n", "the columns are not time,question"),
        "semicolons": (f"{HEAD}\n{GOOD}\n".replace(",", ";"), "the columns are not"),
        "cut": (f"{HEAD}\n{GOOD}\n{GOOD[:40]}", "line 3: there are 3 cells, not 9"),
        "answer": (
            f"{HEAD}\n{GOOD.replace(',left,', ',lefft,')}\n",
            "line 2: answer is 'lefft'; it is one of left, right",
        ),
        "time": (f"{HEAD}\n{GOOD.replace('2026', 'May')}\n", "line 2: time is 'May-05"),
        "no zone": (f"{HEAD}\n{GOOD.replace('+00:00', '')}\n", "line 2: time is"),
        "seconds": (f"{HEAD}\n{GOOD.replace('2.50', 'nan')}\n", "line 2: seconds is 'nan'"),
        "voter": (f"{HEAD}\n{GOOD.replace('123456', 'Ann')}\n", "line 2: voter is 'Ann'; it is a whole number"),
        "repeat": (f"{HEAD}\n{GOOD[:-2]}perhaps\n", "line 2: repeat is 'perhaps'; it is yes or no"),
        "itself": (f"{HEAD}\n{GOOD.replace('vgg19', 'vgg16')}\n", "line 2: left and right are both 'vgg16'"),
        "no name": (f"{HEAD}\n{GOOD.replace('harbor', ' ')}\n", "line 2: pair is ' '"),
        "quote": (f'{HEAD}\n"{GOOD}\n', "line 2: unexpected end of data"),
    }.values(),
)
def test_a_broken_file_is_refused_with_its_line_and_what_to_do(text, says, tmp_path):
    path = written(tmp_path / "votes.csv", text)
    with pytest.raises(NSTError, match=re.escape(says)) as error:
        nst.votes(path)
    assert str(path) in str(error.value)
    assert "Mend this line, or take it away" in str(error.value)
    assert "\n" not in str(error.value)


def test_what_is_no_file_of_votes_is_refused(tmp_path):
    with pytest.raises(NSTError, match="cannot be read: No such file"):
        nst.votes(tmp_path / "nowhere.csv")
    (tmp_path / "picture.csv").write_bytes(b"\x89PNG\xff\xfe")
    with pytest.raises(NSTError, match="cannot be read"):
        nst.votes(tmp_path / "picture.csv")
    with pytest.raises(NSTError, match="was given no file"):
        nst.votes()
    with pytest.raises(NSTError, match=r"a folder; give the path of a CSV file"):
        BallotBox(tmp_path)
    with pytest.raises(NSTError, match="into is 3"):
        BallotBox(3)
    before = (tmp_path / "picture.csv").read_bytes()
    with pytest.raises(NSTError):
        BallotBox(tmp_path / "picture.csv")
    assert (tmp_path / "picture.csv").read_bytes() == before  # nobody's file is mended that is none of votes
