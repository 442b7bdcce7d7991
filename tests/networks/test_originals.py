"""The lessons with networks of full width, as after ``nst.use("imagenet")``: random weights stand in for the originals.

What is tried is that every cell runs where layers have four times the channels and the content is seen one block
deeper. Pictures, sizes and calls are those of the lesson. A loop turns as often as the lesson says, but only its first
two steps, and the first of each further size, look through the network: the others repeat what was found there. What
is seen in such pictures means nothing, so no cell's output is compared.
"""

from pathlib import Path

import build_notebooks as build
import nbformat
import pytest

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
AT_THE_TOP = """
import nst_utils as nst

nst.use("random")
assert nst.load_backbone("vgg19").width == 1
"""
# In a function, for all cells share one space of names.
SHORTENED = """
def shortened():
    import functools

    from nst_utils.engine import descent, objective

    whole = objective.compiled
    assert descent.compiled is whole  # what is replaced below is what a run takes

    @functools.cache
    def compiled(asked, by_hand=False):
        graphs, last = whole(asked), {}

        def adam_step(picture, targets, weights, seed, moments):
            if int(moments.count) < 2 or last["step"][1].shape != picture.shape:
                last["step"] = graphs.adam_step(picture, targets, weights, seed, moments)
            return last["step"]

        def content_targets(content, seed):
            if content.shape not in last:
                last[content.shape] = graphs.content_targets(content, seed)
            return last[content.shape]

        def value_and_gradient(picture, targets, weights, seed):
            if last.get("targets") is not targets:
                last.update(targets=targets, looks=[])
            if len(last["looks"]) < 2:
                last["looks"].append(graphs.value_and_gradient(picture, targets, weights, seed))
            return last["looks"][-1]

        short = graphs._replace(adam_step=adam_step, content_targets=content_targets)
        return short._replace(value_and_gradient=value_and_gradient) if by_hand else short

    descent.compiled = compiled
    objective.compiled = functools.partial(compiled, by_hand=True)  # whoever takes it has written a loop with it


shortened()
"""


@pytest.mark.slow
@pytest.mark.wide
@pytest.mark.parametrize("lesson", build.lessons(NOTEBOOKS))
def test_every_cell_runs_with_networks_of_full_width(lesson):
    notebook = build.made(NOTEBOOKS / "source" / f"{lesson}.py", "student")
    notebook.cells[:0] = [nbformat.v4.new_code_cell(source) for source in (SHORTENED, AT_THE_TOP)]
    build.execute(notebook, lesson)
    assert all(cell.execution_count for cell in notebook.cells if cell.cell_type == "code")
