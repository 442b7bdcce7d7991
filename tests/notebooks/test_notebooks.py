"""The lessons as they are published: built from their sources, whole, and true to the contract of a lesson."""

import ast
import functools
import json
import re
from pathlib import Path

import build_notebooks as build
import nbformat
import pytest

import nst_utils as nst
from nst_utils.exercises import LESSONS as EXERCISES

ROOT = Path(__file__).parents[2]
NOTEBOOKS = ROOT / "notebooks"
LESSONS = build.lessons(NOTEBOOKS)
BOOKS = [(lesson, kind) for lesson in LESSONS for kind in build.KINDS]
IDS = [f"{lesson}-{kind}" for lesson, kind in BOOKS]
each_notebook = pytest.mark.parametrize(("lesson", "kind"), BOOKS, ids=IDS)
each_lesson = pytest.mark.parametrize("lesson", LESSONS)

LONGEST_CELL, LONGEST_LINE = 15, 120
MINUTES, SECONDS = range(5, 31), range(5, 91)
SECONDS_A_LESSON = 70  # on average: six lessons in seven minutes
ALL_TOGETHER = 25_000_000  # bytes
TAGS = {"setup", "nbval-check-output"}
NO_PYTHON = re.compile(r"^\s*[!%]|\bplt\.show\b|\binput\(|\bget_ipython\b", re.MULTILINE)
BRITISH = re.compile(
    r"\b(?:\w*colour|behaviour|favour|neighbour|honour|labour|harbour|centre|grey|programme|catalogue|analyse[sd]?\b|defence"
    r"|licence|artefact|whilst|amongst|learnt|labelled|labelling|modelled|modelling|travelled|judgement|fulfil\b)\w*"
    r"|\b\w+(?:tim|mal|cogn|sual|gan|mar|nim|xim|tial|lar|dard|cial|ner|phas|eal|tyl|til|met|tor|dom|tom)"
    r"is(?:e|es|ed|ing|ation)\b",
    re.IGNORECASE,
)


def path_of(lesson: str, kind: str) -> Path:
    return NOTEBOOKS / build.KINDS[kind] / f"{lesson}.ipynb"


@functools.cache
def read(lesson: str, kind: str):
    return nbformat.read(path_of(lesson, kind), 4)


def code_cells(lesson: str, kind: str) -> list:
    return [cell for cell in read(lesson, kind).cells if cell.cell_type == "code"]


def prose(lesson: str, kind: str = "student") -> str:
    return "\n\n".join(cell.source for cell in read(lesson, kind).cells if cell.cell_type == "markdown")


def of_exercise(cells: list, graded: bool) -> list:
    return [cell for cell in cells if cell.metadata.get("nbgrader", {}).get("grade") is graded]


# Built from the sources


def test_there_are_lessons_each_with_exercises():
    assert LESSONS
    assert all(re.fullmatch(r"\d\d_[a-z0-9_]+", lesson) for lesson in LESSONS)
    assert list(EXERCISES) == LESSONS


def test_no_notebook_is_without_source():
    assert build.strays(NOTEBOOKS) == []


@each_lesson
def test_the_notebooks_are_what_the_source_gives(lesson):
    assert build.differences(lesson, NOTEBOOKS, build.repository()) == []


@each_notebook
def test_every_cell_was_run_from_the_top(lesson, kind):
    counts = [cell.execution_count for cell in code_cells(lesson, kind)]
    assert counts == list(range(1, len(counts) + 1))


@each_notebook
def test_marked_cells_carry_outputs_to_compare(lesson, kind):
    """nbval compares nothing where a cell was not run, and never a picture."""
    marked = [cell for cell in code_cells(lesson, kind) if "nbval-check-output" in cell.metadata.get("tags", [])]
    assert marked
    for cell in marked:
        assert cell.execution_count
        assert any(said.strip() for output in cell.outputs for said in build.texts(output)), cell.id


@each_notebook
def test_no_output_holds_what_is_not_for_a_page(lesson, kind):
    assert [fault for cell in code_cells(lesson, kind) for fault in build.faults(cell)] == []


@each_notebook
def test_nothing_keeps_a_page_from_being_shown(lesson, kind):
    book = read(lesson, kind)
    assert "widgets" not in book.metadata
    kinds = {mime for cell in code_cells(lesson, kind) for output in cell.outputs for mime in output.get("data", {})}
    assert kinds <= {"text/plain", "text/html", "image/png", "image/jpeg", "image/gif"}


@each_notebook
def test_a_notebook_is_small_enough_to_be_shown(lesson, kind):
    assert path_of(lesson, kind).stat().st_size <= build.LARGEST


def test_all_notebooks_together_stay_small():
    assert sum(path_of(*book).stat().st_size for book in BOOKS) <= ALL_TOGETHER


# The contract of a lesson


@each_lesson
def test_the_first_cell_says_what_a_lesson_is_about(lesson):
    first = read(lesson, "student").cells[0]
    assert first.cell_type == "markdown"
    front = first.source
    assert re.match(r"# \S.+\n", front)
    assert re.search(r"^\*\*Question:\*\* [A-Z].+\?$", front, re.M)
    objectives = re.search(r"^\*\*Objectives:\*\* You will be able to\n((?:- .+\n|  .+\n)+)", front, re.M)
    assert objectives
    assert len(re.findall(r"^- [a-z]", objectives[1], re.M)) == objectives[1].count("\n- ") + 1 >= 3
    assert re.search(r"^\*\*Prerequisites:\*\* \S", front, re.M)
    assert int(re.search(r"^\*\*Minutes to read:\*\* (\d+)$", front, re.M)[1]) in MINUTES
    assert int(re.search(r"^\*\*Seconds to compute:\*\* (\d+)$", front, re.M)[1]) in SECONDS


def test_the_seconds_of_all_lessons_keep_to_the_budget():
    seconds = [int(build.TIME.search(read(lesson, "student").cells[0].source)["seconds"]) for lesson in LESSONS]
    assert sum(seconds) <= SECONDS_A_LESSON * len(seconds)


@each_lesson
def test_the_set_up_comes_first(lesson):
    first, *others = code_cells(lesson, "student")
    address = build.repository()
    assert first.source == build.set_up(f"{address}/archive/HEAD.zip" if address else "")
    assert first.metadata.tags == ["setup"]
    assert first.outputs == []
    assert not [cell.id for cell in others if "setup" in cell.metadata.get("tags", [])]


@each_notebook
def test_the_badge_opens_this_very_notebook(lesson, kind):
    address = build.repository().removeprefix("https://github.com/")
    badges = re.findall(r"\(https://colab\.research\.google\.com/github/(.+?)\)", prose(lesson, kind))
    path = (Path("notebooks") / build.KINDS[kind] / f"{lesson}.ipynb").as_posix()
    assert badges == ([f"{address}/blob/main/{path}"] if address else [])


@each_lesson
def test_a_lesson_ends_with_three_things_seen_and_further_reading(lesson):
    headings = re.findall(r"^## (.+)$", prose(lesson), re.M)
    assert headings[-2:] == ["In this lesson you have seen", "Further reading"]
    seen, reading = re.split(
        r"^## Further reading$", prose(lesson).split("## In this lesson you have seen")[1], flags=re.M
    )
    assert len(re.findall(r"^- ", seen, re.M)) == 3
    references = re.findall(r"^- .+(?:\n  .+)*", reading, re.M)
    assert references
    assert [reference for reference in references if not re.search(r"\b(?:19|20)\d\d\b", reference)] == []


@each_lesson
def test_results_are_guessed_before_they_are_shown(lesson):
    assert len(re.findall(r"\*\*Guess first[:.]\*\*", prose(lesson))) >= 2


@each_notebook
def test_code_cells_are_short(lesson, kind):
    long = {cell.id: len(cell.source.splitlines()) for cell in code_cells(lesson, kind)}
    assert {name: lines for name, lines in long.items() if lines > LONGEST_CELL} == {}


@each_notebook
def test_lines_are_short_and_code_is_python_alone(lesson, kind):
    for cell in code_cells(lesson, kind):
        assert max(map(len, cell.source.splitlines())) <= LONGEST_LINE, cell.id
        assert not NO_PYTHON.search(cell.source), cell.id
        ast.parse(cell.source)


@each_notebook
def test_cells_carry_known_tags_alone(lesson, kind):
    assert {tag for cell in read(lesson, kind).cells for tag in cell.metadata.get("tags", [])} <= TAGS
    assert not re.search(r"# *(?:NBVAL|PYTEST)_", "".join(cell.source for cell in code_cells(lesson, kind)))


@each_notebook
def test_every_figure_has_a_title_and_is_described(lesson, kind):
    figures = [
        output.metadata[mime]
        for cell in code_cells(lesson, kind)
        for output in cell.outputs
        for mime in output.get("data", {})
        if mime.startswith("image/")
    ]
    assert figures
    for about in figures:
        assert len(about["title"].split()) >= 3
        assert len(about["alt"].split()) > len(about["title"].split())


@each_notebook
def test_links_lead_somewhere(lesson, kind):
    text = prose(lesson, kind)
    links = re.findall(r"\]\(([^)\s]+)\)", text)
    headings = {heading.replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", text, re.M)}
    for link in links:
        if link.startswith("#"):
            assert link[1:] in headings, link
        elif not re.match(r"https?://", link):
            assert (path_of(lesson, kind).parent / link.partition("#")[0]).is_file(), link


# Exercises


@each_lesson
def test_every_exercise_of_a_lesson_is_there_with_its_check(lesson):
    cells = code_cells(lesson, "student")
    names = [exercise.name for exercise in EXERCISES[lesson]]
    assert [cell.metadata.nbgrader.grade_id for cell in of_exercise(cells, graded=False)] == names
    assert [cell.metadata.nbgrader.grade_id for cell in of_exercise(cells, graded=True)] == [
        f"{n}-check" for n in names
    ]


@each_lesson
def test_checks_are_locked_and_answers_are_not(lesson):
    cells = code_cells(lesson, "student")
    for cell in of_exercise(cells, graded=False):
        assert cell.metadata.nbgrader.solution and not cell.metadata.nbgrader.locked
        assert re.search(r"^\s*\.\.\.$", cell.source, re.M), cell.id
    for cell in of_exercise(cells, graded=True):
        name = cell.metadata.nbgrader.grade_id.removesuffix("-check")
        assert cell.metadata.nbgrader.locked and not cell.metadata.nbgrader.solution
        assert cell.metadata.nbgrader.points > 0
        assert cell.source == f"nst.check.{name}({name})"
        assert "nbval-check-output" in cell.metadata.tags


@each_lesson
def test_the_grader_asks_what_the_check_asks(lesson):
    """The hidden tests are in the source alone."""
    for cell in of_exercise(build.as_written(NOTEBOOKS / "source" / f"{lesson}.py").cells, graded=True):
        name = cell.metadata.nbgrader.grade_id.removesuffix("-check")
        hidden = re.search(r"### BEGIN HIDDEN TESTS\n(.*?)\n### END HIDDEN TESTS", cell.source, re.DOTALL)
        assert hidden[1] == f"assert nst.check.{name}({name}).passed"


@each_notebook
def test_checks_pass_in_the_solution_and_wait_in_the_students_notebook(lesson, kind):
    state = {"student": "○ {}: not attempted", "solution": "✓ {}: passed"}[kind]
    for cell in of_exercise(code_cells(lesson, kind), graded=True):
        (output,) = cell.outputs
        name = cell.metadata.nbgrader.grade_id.removesuffix("-check")
        assert output.data["text/plain"].splitlines()[0] == state.format(name)


@each_lesson
def test_the_solution_is_out_of_the_students_sight(lesson):
    solutions = code_cells(lesson, "solution")
    text = json.dumps(read(lesson, "student"))
    for cell in of_exercise(solutions, graded=False):
        lines = set(cell.source.splitlines())
        student = next(c for c in code_cells(lesson, "student") if c.id == cell.id)
        only = [line.strip() for line in lines - set(student.source.splitlines())]
        assert only
        assert [line for line in only if len(line) > 25 and json.dumps(line)[1:-1] in text] == []


# The students' notebook beside its solution: the tests run the solution alone


@each_lesson
def test_the_students_notebook_is_the_solution_but_for_the_answers(lesson):
    student, solution = read(lesson, "student").cells, read(lesson, "solution").cells
    assert [(cell.id, cell.cell_type, cell.metadata) for cell in student] == [
        (cell.id, cell.cell_type, cell.metadata) for cell in solution
    ]
    assert [build.one_folder_down(cell.source) for cell in student if cell.cell_type == "markdown"][1:] == [
        cell.source for cell in solution if cell.cell_type == "markdown"
    ][1:]
    student, solution = code_cells(lesson, "student"), code_cells(lesson, "solution")
    differing = [own.id for own, other in zip(student, solution, strict=True) if own.source != other.source]
    assert differing == [cell.id for cell in of_exercise(student, graded=False)]


@each_lesson
def test_what_both_compute_is_the_same(lesson):
    """Of cells whose output is compared, but for the checks and the table of what is solved."""
    student, solution = code_cells(lesson, "student"), code_cells(lesson, "solution")
    for own, other in zip(student, solution, strict=True):
        if "nbval-check-output" in own.metadata.get("tags", []) and "nbgrader" not in own.metadata:
            said = [[text for output in cell.outputs for text in build.texts(output)] for cell in (own, other)]
            assert said[0] == said[1] or own.source == "nst.progress()", own.id


@each_lesson
def test_a_lesson_goes_on_without_answers(lesson):
    """Each stub can be run, leaves its name behind, and its check waits."""
    names = {"nst": nst}
    for cell in of_exercise(code_cells(lesson, "student"), graded=False):
        exec(cell.source, names)
        name = cell.metadata.nbgrader.grade_id
        assert getattr(nst.check, name)(names[name]).state == "not attempted"


# Spelling


def written() -> dict[str, str]:
    """Everything that is written for readers: lessons with what they say, pages, and the words of the package."""
    texts = {"/".join(book): (prose(*book) + "\n" + said(*book)) for book in BOOKS}
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("data/*.md"), *ROOT.glob("nst_utils/**/*.py")]
    return texts | {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in pages}


def said(lesson: str, kind: str) -> str:
    cells = code_cells(lesson, kind)
    return "\n".join([*(cell.source for cell in cells), *(t for c in cells for o in c.outputs for t in build.texts(o))])


def test_spelling_is_american():
    found = {name: BRITISH.findall(text) for name, text in written().items()}
    assert {name: words for name, words in found.items() if words} == {}


@pytest.mark.parametrize("word", ["colour", "colourful", "Grey", "optimise", "normalisation", "stylised", "labelled"])
def test_british_forms_are_known(word):
    assert BRITISH.search(f"so {word} it")


@pytest.mark.parametrize("word", ["color", "gray", "optimize", "otherwise", "precise", "promise", "noise", "comprised"])
def test_american_forms_are_let_through(word):
    assert not BRITISH.search(f"so {word} it")
