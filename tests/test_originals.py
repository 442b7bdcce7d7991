"""The lessons with networks of full width, as after ``nst.use("imagenet")``: random weights stand in for the originals.

What is tried is that every cell runs where layers have four times the channels. For the time that takes, pictures are
small and paintings have one step a scale; what is seen in them means nothing.
"""

from pathlib import Path

import build_notebooks as build
import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
FULL_WIDTH = """
import nst_utils as nst
from nst_utils import pictures, settings

SIDE = 64
whole = pictures.picture


def small(x, size=None, **options):
    return whole(x, min(size or SIDE, SIDE), **options)


nst.use("random")
nst.use = lambda weights: None  # a lesson that goes back to mini stays here
nst.picture = pictures.picture = small
settings._sizes = lambda size, sizes: (SIDE,)
settings._steps = lambda steps, sizes: (1,) * len(sizes)
assert nst.load_backbone("vgg19").width == 1
"""


@pytest.mark.slow
@pytest.mark.parametrize("lesson", build.lessons(NOTEBOOKS))
def test_every_cell_runs_with_networks_of_full_width(lesson, tmp_path):
    notebook = build.made(NOTEBOOKS / "source" / f"{lesson}.py", "student")
    notebook.cells.insert(0, nbformat.v4.new_code_cell(FULL_WIDTH))
    resources = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=600, resources=resources).execute()
    names = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in names)
