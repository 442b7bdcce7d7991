"""How the notebooks are run by the tests: conftest.py of the whole repository, tried on a notebook of a few cells."""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
MARKED = ["nbval-check-output"]
CELLS = {  # source, stored output, tags
    "finds an empty folder": ("import os; assert os.listdir('.') == []", "", []),
    "finds none of our settings": ("assert not {'NST_WEIGHTS', 'TF_CPP_MIN_LOG_LEVEL'} & set(os.environ)", "", []),
    "leaves a file": ("open('left.txt', 'w').close()", "", []),
    "differs, unmarked": ("print(2)", "1\n", []),
    "agrees": ("print(1)", "1\n", MARKED),
    "differs": ("print(2)", "1\n", MARKED),
    "differs in an address": ("print('<object at 0x7f00000000aa>')", "<object at 0x7f00000000bb>\n", MARKED),
    "differs in times": ("print('3.5 s at 2.1 it/s')", "12 s at 40 it/s\n", MARKED),
    "differs in a path": ("print('in', '/' + 'some/where')", "in " + "/other/place\n", MARKED),
    "differs in a number": ("print('loss 0.5')", "loss 0.6\n", MARKED),
    "ends in an error": ("1 / 0", "", []),
}
FAIL = {"differs", "differs in a number", "ends in an error"}


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory) -> dict[str, str]:
    """What became of each cell, and what is in the folder of the notebook afterwards."""
    folder = tmp_path_factory.mktemp("notebooks")
    book = nbformat.v4.new_notebook()
    for source, said, tags in CELLS.values():
        cell = nbformat.v4.new_code_cell(source, execution_count=1, metadata={"tags": tags})
        cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=said)] if said else []
        book.cells.append(cell)
    nbformat.write(book, folder / "small.ipynb")
    command = [sys.executable, "-m", "pytest", "-p", "conftest", "-p", "no:cacheprovider", "-rA", "--nbval-lax"]
    ours = {"NST_WEIGHTS": "random", "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tools")])}
    done = subprocess.run(
        [*command, "--rootdir", str(folder), "-c", os.devnull, str(folder)],
        env=os.environ | ours,
        capture_output=True,
        text=True,
    )
    states = {int(cell): word for word, cell in re.findall(r"^(PASSED|FAILED) .*?Cell (\d+)", done.stdout, re.M)}
    assert len(states) == len(CELLS), done.stdout + done.stderr
    files = sorted(path.name for path in folder.rglob("*"))
    return {name: states[number] for number, name in enumerate(CELLS)} | {"files": files}


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_passes_or_fails_as_it_should(verdicts, name):
    assert verdicts[name] == ("FAILED" if name in FAIL else "PASSED")


def test_nothing_is_left_in_the_folder_of_the_notebook(verdicts):
    assert verdicts["files"] == ["small.ipynb"]
