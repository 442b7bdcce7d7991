"""What has been solved: as the checks of this process say it, as text and as a table."""

import re
import subprocess
import sys

import pytest

import nst_utils as nst
from nst_utils.exercises import EXERCISES, LESSONS, solved


@pytest.fixture(autouse=True)
def fresh_kernel(monkeypatch):
    monkeypatch.setattr(solved, "_verdicts", {})


def of_lesson(lesson: str) -> list[str]:
    return [exercise.name for exercise in LESSONS[lesson]]


def test_before_the_first_check_there_is_nothing_to_show():
    assert nst.progress().lessons == {}
    assert repr(nst.progress()) == "No check has been run since the kernel started."
    assert "No check has been run" in nst.progress()._repr_html_()


def test_a_check_brings_all_exercises_of_its_lesson():
    nst.check.gram_matrix(EXERCISES["gram_matrix"].reference)
    assert list(nst.progress().lessons) == ["02_gram_matrices"]
    assert list(nst.progress().lessons["02_gram_matrices"]) == of_lesson("02_gram_matrices")


def test_each_of_the_three_states_is_told():
    nst.check.gram_matrix(EXERCISES["gram_matrix"].reference)
    nst.check.gram_of_pattern([[1, 2], [3, 4]])
    nst.check.shuffled(lambda features, seed: ...)
    states = nst.progress().lessons["02_gram_matrices"]
    assert states == {"gram_matrix": "passed", "shuffled": "not attempted", "gram_of_pattern": "wrong"}
    assert nst.progress().solved == ["gram_matrix"]
    assert repr(nst.progress()).splitlines() == [
        "02_gram_matrices: 1 of 3 solved",
        "  ✓ gram_matrix: passed",
        "  ○ shuffled: not attempted",
        "  ✗ gram_of_pattern: wrong",
    ]


def test_the_table_says_the_same_with_a_sign_and_a_word():
    nst.check.gram_matrix(EXERCISES["gram_matrix"].reference)
    nst.check.gram_of_pattern([[1, 2], [3, 4]])
    page = nst.progress()._repr_html_()
    assert "<caption>02_gram_matrices: 1 of 3 solved</caption>" in page
    rows = re.findall(r"<tr><td[^>]*><code>(\w+)</code></td><td>(.+?)</td></tr>", page)
    assert rows == [("gram_matrix", "✓ passed"), ("shuffled", "○ not attempted"), ("gram_of_pattern", "✗ wrong")]


def test_the_last_check_counts():
    nst.check.gram_matrix(EXERCISES["gram_matrix"].reference)
    nst.check.gram_matrix(lambda features: features)
    assert nst.progress().lessons["02_gram_matrices"]["gram_matrix"] == "wrong"
    nst.check.gram_matrix(EXERCISES["gram_matrix"].reference)
    assert nst.progress().solved == ["gram_matrix"]


def test_lessons_come_in_the_order_of_the_course():
    nst.check.gram_matrix(...)
    nst.check.own_picture(...)
    assert list(nst.progress().lessons) == ["00_welcome", "02_gram_matrices"]


def test_a_new_process_knows_nothing_of_an_earlier_one():
    nst.check.gram_of_pattern([[1, 2], [3, 4]])
    assert "✗ gram_of_pattern: wrong" in repr(nst.progress())
    program = "import nst_utils as nst; print(nst.progress())"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "No check has been run since the kernel started."
