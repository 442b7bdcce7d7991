"""A lesson as an assignment of nbgrader: handed out, solved or left alone, graded."""

import copy
import os
import subprocess
import sys
from pathlib import Path

import build_notebooks as build
import nbformat
import pytest
from nbgrader.api import Gradebook

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
LESSON = "02_gram_matrices"
POINTS = {"gram_matrix-check": 2, "shuffled-check": 1, "gram_of_pattern-check": 1}


def nbgrader(course: Path, *arguments: str) -> None:
    """One of its commands, in a course of its own."""
    own = {name: str(course / "home") for name in ("JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR")}
    own["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])  # where its alembic is
    command = [sys.executable, "-m", "nbgrader", *arguments]
    done = subprocess.run(command, cwd=course, env=os.environ | own, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Path:
    """The folder of a course, in which the lesson is ready to be handed out."""
    folder = tmp_path_factory.mktemp("course")
    assert build.main([LESSON, "--nbgrader", str(folder)]) == 0
    nbgrader(folder, "generate_assignment", LESSON)
    return folder


@pytest.fixture(scope="module")
def handed_out(course) -> nbformat.NotebookNode:
    return nbformat.read(course / "release" / LESSON / f"{LESSON}.ipynb", 4)


def cells_of_exercises(notebook) -> dict[str, nbformat.NotebookNode]:
    return {cell.metadata.nbgrader.grade_id: cell for cell in notebook.cells if "nbgrader" in cell.metadata}


def is_needed(cell) -> bool:
    """For the exercises: a student who throws all else away gets the same points, and sooner."""
    return "nbgrader" in cell.metadata or cell.source.startswith("import ")


def test_what_is_handed_out_has_the_stubs_of_the_published_lesson(handed_out):
    published = build.made(NOTEBOOKS / "source" / f"{LESSON}.py", "student")
    assert [cell.source for cell in handed_out.cells][1:] == [cell.source for cell in published.cells][1:]


def test_the_settings_are_the_instructors_once_they_are_there(course):
    settings = course / "nbgrader_config.py"
    assert f"c.Execute.timeout = {build.CELL_SECONDS}" in settings.read_text()
    mine = settings.read_text() + "# mine\n"
    settings.write_text(mine)
    build.main([LESSON, "--nbgrader", str(course)])
    assert settings.read_text() == mine


@pytest.mark.slow
def test_the_solution_gets_all_points_and_the_untouched_lesson_none(course, handed_out):
    answers = cells_of_exercises(build.made(NOTEBOOKS / "source" / f"{LESSON}.py", "solution"))
    assert cells_of_exercises(handed_out).keys() == answers.keys()
    submitted = copy.deepcopy(handed_out)
    submitted.cells = [cell for cell in submitted.cells if is_needed(cell)]
    for student in ("untouched", "solved"):
        if student == "solved":
            for name, cell in cells_of_exercises(submitted).items():
                cell.source = answers[name].source
        build.write(submitted, course / "submitted" / student / LESSON / f"{LESSON}.ipynb")
    nbgrader(course, "autograde", LESSON)
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        points = {
            student: {
                grade.name: grade.auto_score
                for grade in gradebook.find_submission_notebook(LESSON, LESSON, student).grades
            }
            for student in ("untouched", "solved")
        }
    assert points == {"untouched": dict.fromkeys(POINTS, 0), "solved": POINTS}
