"""The build of the notebooks, tried on a lesson of a few lines: what it makes, and what it refuses to publish."""

import base64
import io
import re

import build_notebooks as build
import nbformat
import numpy as np
import pytest
from PIL import Image

FRONT = """\
# %% [markdown]
# # A small lesson
#
# **Question:** Does it build?
#
# **Seconds to compute:** measured by the build

# %% tags=["setup"]
# The build fills in this cell.

"""
ANSWER = '"grade": false, "grade_id": "double", "locked": false, "solution": true'
CHECK = '"grade": true, "grade_id": "double-check", "locked": true, "points": 1, "solution": false'
MIDDLE = f'''\
# %% tags=["nbval-check-output"]
import os

print(os.listdir("."), sorted(name for name in os.environ if name.startswith(("NST_", "TF_"))))

# %% [markdown]
# See [another](01_another.ipynb), [the code](../tools/tool.py), [a page](https://example.org/a), [here](#here) and the
# [solution](solutions/00_small.ipynb).


# %% nbgrader={{{ANSWER}, "schema_version": 3, "task": false}}
def double(x):
    """Twice as much."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION


# %% nbgrader={{{CHECK}, "schema_version": 3, "task": false}}
print("doubled:", double(4))
### BEGIN HIDDEN TESTS
assert double(4) == 8
### END HIDDEN TESTS
'''


def lesson(folder, middle=MIDDLE, name="00_small"):
    """A lesson's source in a folder of notebooks."""
    (folder / "source").mkdir(parents=True, exist_ok=True)
    path = folder / "source" / f"{name}.py"
    path.write_text(FRONT + middle)
    return path


def code_cell(*outputs, **metadata):
    return nbformat.v4.new_code_cell("...", id="small-01", outputs=list(outputs), metadata=metadata)


def shown(data, metadata=None):
    return nbformat.v4.new_output("display_data", data, metadata=metadata or {})


def printed(text, name="stdout"):
    return nbformat.v4.new_output("stream", name=name, text=text)


def encoded(picture, **options):
    data = io.BytesIO()
    picture.save(data, "PNG", **options)
    return base64.b64encode(data.getvalue()).decode()


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A folder of notebooks in which the small lesson was built, and what the build said."""
    folder = tmp_path_factory.mktemp("notebooks")
    lesson(folder)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("NST_WEIGHTS", "TF_CPP_MIN_LOG_LEVEL"):
            patch.setenv(name, "set")
        return folder, build.build("00_small", folder, "")


@pytest.fixture
def notebooks(built):
    folder, _ = built
    return {kind: nbformat.read(folder / place / "00_small.ipynb", 4) for kind, place in build.KINDS.items()}


# What it makes


def test_students_get_stubs_and_the_solution_its_lines(notebooks):
    student, solution = (notebooks[kind].cells[4].source for kind in ("student", "solution"))
    assert student == 'def double(x):\n    """Twice as much."""\n    ...'
    assert solution == 'def double(x):\n    """Twice as much."""\n    return 2 * x'


@pytest.mark.parametrize("kind", build.KINDS)
def test_no_marker_and_no_hidden_test_is_left(notebooks, kind):
    text = "".join(cell.source for cell in notebooks[kind].cells)
    assert "###" not in text
    assert "assert" not in text


@pytest.mark.parametrize(("kind", "said"), [("student", "doubled: None\n"), ("solution", "doubled: 8\n")])
def test_both_are_executed_from_the_top(notebooks, kind, said):
    cells = [cell for cell in notebooks[kind].cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == [1, 2, 3, 4]
    assert cells[-1].outputs[0].text == said


@pytest.mark.parametrize("kind", build.KINDS)
def test_a_lesson_runs_in_an_empty_folder_and_without_our_settings(notebooks, kind):
    assert notebooks[kind].cells[2].outputs[0].text == "[] ['NST_CACHE']\n"


def test_both_tell_the_same_measured_seconds(notebooks, built):
    seconds = [re.search(r"Seconds to compute:\*\* (\d+)\b", book.cells[0].source)[1] for book in notebooks.values()]
    assert seconds[0] == seconds[1]
    assert int(seconds[0]) % 5 == 0
    assert re.fullmatch(r"00_small: student \d+ s, \d+ kB; solution \d+ s, \d+ kB", built[1])


def test_the_solution_says_that_it_is_one(notebooks):
    assert notebooks["student"].cells[0].source.startswith("# A small lesson\n")
    assert notebooks["solution"].cells[0].source.startswith("# A small lesson: solutions\n")


def test_links_of_the_solution_start_one_folder_further_down(notebooks):
    assert re.findall(r"\]\((.*?)\)", notebooks["solution"].cells[3].source) == [
        "../01_another.ipynb",
        "../../tools/tool.py",
        "https://example.org/a",
        "#here",
        "00_small.ipynb",
    ]


def test_the_table_of_lessons_in_the_readme_says_what_the_lessons_say(built, tmp_path):
    readme, row = tmp_path / "README.md", "| [{}](notebooks/{}.ipynb) | {} | 10 | 20 |\n"
    readme.write_text("# A course\n\n| lesson |\n|---|\n" + row.format(*2 * ["07_old"], "Is it old?") + "\nSeconds.\n")
    build.write_syllabus(readme, built[0])
    seconds = build.TIME.search(nbformat.read(built[0] / "00_small.ipynb", 4).cells[0].source)["seconds"]
    new = f"| [00_small](notebooks/00_small.ipynb) | Does it build? |  | {seconds} |\n"
    assert readme.read_text() == f"# A course\n\n| lesson |\n|---|\n{new}\nSeconds.\n"
    build.write_syllabus(tmp_path / "no README here.md", built[0])


def test_cells_have_the_ids_that_their_places_give_and_no_other_metadata_than_the_sources(notebooks):
    for book in notebooks.values():
        assert [cell.id for cell in book.cells] == [f"00_small-{number:02}" for number in range(6)]
        assert book.metadata == build.METADATA
        assert {key for cell in book.cells for key in cell.metadata} == {"tags", "nbgrader"}


def test_another_build_gives_the_same_files(built, tmp_path):
    folder, _ = built
    lesson(tmp_path)
    build.build("00_small", tmp_path, "")
    for place in build.KINDS.values():
        texts = [(base / place / "00_small.ipynb").read_text() for base in (folder, tmp_path)]
        assert build.TIME.sub("", texts[0]) == build.TIME.sub("", texts[1])


@pytest.mark.parametrize(
    ("seconds", "before", "expected"),
    [
        (3.2, build.UNMEASURED, "5"),
        (5.1, build.UNMEASURED, "10"),
        (31, "30", "30"),  # what was told stays while it is about right
        (26, "40", "40"),
        (29, "60", "30"),
        (62, "30", "65"),
        (1, "10", "10"),
    ],
)
def test_seconds_are_told_in_fives_and_do_not_flicker(seconds, before, expected):
    assert build.rounded(seconds, before) == expected


# What it refuses


@pytest.mark.parametrize(
    ("cell", "complaint"),
    [
        ("1 / 0", r"ZeroDivisionError"),
        ("import sys; print('so', file=sys.stderr)", "cell 00_small-02 writes to stderr: so"),
        ("print('/' + 'home/somebody/lesson.py')", "cell 00_small-02 shows a path of this machine"),
    ],
)
def test_a_cell_that_must_not_be_published_ends_the_build_and_nothing_is_written(tmp_path, capsys, cell, complaint):
    lesson(tmp_path, f"# %%\n{cell}\n")
    kept = tmp_path / "00_small.ipynb"
    kept.write_text("as it was")
    assert build.main([], tmp_path) == 1
    assert re.search(complaint, capsys.readouterr().err)
    assert kept.read_text() == "as it was"
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["00_small.ipynb", "00_small.py"]


def test_a_cell_that_does_not_end_ends_the_build(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(build, "CELL_SECONDS", 5)
    lesson(tmp_path, "# %%\nwhile True:\n    pass\n")
    assert build.main([], tmp_path) == 1
    assert "timed out" in capsys.readouterr().err
    assert not list(tmp_path.rglob("*.ipynb"))


def test_a_solution_that_fails_keeps_the_students_notebook_back_too(tmp_path, capsys):
    lesson(tmp_path, MIDDLE.replace("return 2 * x", "return 2 * y"))
    assert build.main([], tmp_path) == 1
    assert "00_small (solution), cell 00_small-05" in capsys.readouterr().err
    assert not list(tmp_path.rglob("*.ipynb"))


def without_a_kernel(notebook, label):
    """In place of an execution, where it does not matter."""
    if any("1 / 0" in cell.source for cell in notebook.cells):
        raise build.BuildError(f"{label}: ZeroDivisionError")
    return 1.0


def test_one_lesson_that_fails_does_not_keep_the_others_from_being_built(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(build, "execute", without_a_kernel)
    lesson(tmp_path, "# %%\n1 / 0\n", "00_broken")
    lesson(tmp_path, "# %%\n1 + 1\n", "01_whole")
    assert build.main([], tmp_path) == 1
    said = capsys.readouterr()
    assert said.out.startswith("01_whole: ")
    assert "ZeroDivisionError" in said.err
    assert [path.name for path in tmp_path.glob("*.ipynb")] == ["01_whole.ipynb"]


@pytest.mark.parametrize(
    ("output", "fault"),
    [
        (nbformat.v4.new_output("error", ename="ValueError", evalue="no", traceback=[]), "ends in ValueError: no"),
        (printed("UserWarning: old"), "a warning"),
        (printed("Traceback (most recent call last):"), "a traceback"),
        (shown({"text/html": f"<a href='{build.ROOT}/x'>x</a>"}), "a path of this machine"),
        (printed("C:" + "\\lessons"), "a path of this machine"),
        (shown({"text/plain": "<object object at 0x7f1234567890>"}), "an address in memory"),
        (shown({"image/png": "AAAA"}, {"image/png": {"alt": "words"}}), "a picture without title"),
        (shown({"image/gif": "AAAA"}, {"image/gif": {"title": "words"}}), "a picture without alt"),
        (shown({"text/html": '<img src="data:image/png;base64,AAAA">'}), "a picture without alt in its HTML"),
    ],
)
def test_faults_are_named(output, fault):
    assert fault in "\n".join(build.faults(code_cell(output)))


def test_pictures_with_words_and_plain_text_are_faultless():
    about = {"title": "It falls", "alt": "A falling line."}
    outputs = [
        printed("loss 0.5 at /2, see data/pictures\n"),
        shown({"image/png": "AAAA", "text/plain": "It falls"}, {"image/png": about}),
        shown({"text/html": '<img alt="A harbor" src="data:image/jpeg;base64,' + "/tree/x" * 9 + '">'}),
    ]
    assert list(build.faults(code_cell(*outputs))) == []


def test_a_notebook_that_is_too_large_is_refused(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(build, "LARGEST", 1000)
    monkeypatch.setattr(build, "execute", without_a_kernel)
    lesson(tmp_path)
    assert build.main([], tmp_path) == 1
    assert re.search(r"00_small \(student\) has [\d,]+ bytes, at most 1,000", capsys.readouterr().err)
    assert not list(tmp_path.rglob("*.ipynb"))


def test_a_lesson_without_a_line_for_its_seconds_is_refused(tmp_path):
    path = lesson(tmp_path)
    path.write_text(path.read_text().replace("Seconds to compute", "Seconds"))
    with pytest.raises(build.BuildError, match="has no line"):
        build.made(path, "student")


def test_an_unknown_lesson_is_named_with_those_there_are(tmp_path, capsys):
    lesson(tmp_path)
    assert build.main(["00_smal"], tmp_path) == 1
    assert capsys.readouterr().err == "No lesson 00_smal; there are 00_small.\n"


# Small enough to publish


def test_a_photograph_becomes_a_jpeg_and_keeps_its_words():
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (200, 300, 3), np.uint8))
    output = shown({"image/png": encoded(noise), "text/plain": "noise"}, {"image/png": {"alt": "Noise."}})
    before = len(output.data["image/png"])
    build.shrink(output)
    assert set(output.data) == {"image/jpeg", "text/plain"}
    assert output.metadata == {"image/jpeg": {"alt": "Noise."}}
    assert len(output.data["image/jpeg"]) < before / 2
    with Image.open(io.BytesIO(base64.b64decode(output.data["image/jpeg"]))) as small:
        assert (small.format, small.size) == ("JPEG", (300, 200))


def test_a_drawing_stays_a_png_without_loss():
    drawing = np.zeros((100, 100, 3), np.uint8)
    drawing[30:60, 20:80] = 200, 100, 50
    output = shown({"image/png": encoded(Image.fromarray(drawing), compress_level=0)})
    before = len(output.data["image/png"])
    build.shrink(output)
    assert len(output.data["image/png"]) < before / 10
    np.testing.assert_array_equal(Image.open(io.BytesIO(base64.b64decode(output.data["image/png"]))), drawing)


def test_what_is_transparent_becomes_white():
    output = shown({"image/png": encoded(Image.new("RGBA", (8, 8), (10, 20, 30, 0)))})
    build.shrink(output)
    small = Image.open(io.BytesIO(base64.b64decode(output.data["image/png"])))
    assert small.getpixel((4, 4)) == (255, 255, 255)


def test_the_bar_of_a_painting_is_dropped_and_other_words_to_stderr_are_not():
    bar = "  0%            00:00 gone, ? left\r 13% #-         00:02 gone, 00:20 left, loss 0.0799\r" + 60 * " " + "\r"
    book = nbformat.v4.new_notebook(cells=[code_cell(printed(bar, "stderr"), printed("done\n"))])
    build.tidy(book)
    assert book.cells[0].outputs == [printed("done\n")]
    book = nbformat.v4.new_notebook(cells=[code_cell(printed(bar + "\nmemory is short", "stderr"))])
    build.tidy(book)
    assert len(book.cells[0].outputs) == 1


def test_the_state_of_widgets_and_times_are_dropped():
    book = nbformat.v4.new_notebook(cells=[code_cell(execution={"iopub.status.idle": "now"})])
    book.metadata = {"widgets": {"application/vnd.jupyter.widget-state+json": {}}}
    build.tidy(book)
    assert book.metadata == build.METADATA
    assert book.cells[0].metadata == {}


def test_of_a_widget_its_picture_is_left():
    widget = shown({build.WIDGET: {"model_id": "1"}, "text/plain": "HBox(children=())"})
    both = shown({build.WIDGET: {"model_id": "2"}, "image/png": "AAAA", "text/plain": "A slider"})
    cell = code_cell(widget, both, printed("3\n"))
    build.still(cell)
    assert cell.outputs == [shown({"image/png": "AAAA", "text/plain": "A slider"}), printed("3\n")]


def test_a_widget_without_a_picture_is_refused():
    widget = shown({build.WIDGET: {"model_id": "1"}, "text/plain": "HBox(children=())"})
    with pytest.raises(build.BuildError, match="small-01 shows a widget and no picture"):
        build.still(code_cell(widget, printed("3\n")))


# Whether the notebooks are what the sources give


@pytest.fixture
def copy(built, tmp_path):
    """The built lesson, to be changed."""
    for path in built[0].rglob("*"):
        if path.is_file():
            (tmp_path / path.relative_to(built[0])).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path.relative_to(built[0])).write_bytes(path.read_bytes())
    return tmp_path


def test_what_was_built_is_what_the_source_gives(copy):
    assert build.differences("00_small", copy, "") == []
    assert build.strays(copy) == []
    assert build.main(["--check"], copy) == 0


def change_source(book):
    book.cells[2].source += "\nprint(1)"


def change_metadata(book):
    book.cells[2].metadata.tags = []


def change_id(book):
    book.cells[2].id = "other"


def change_kernel(book):
    book.metadata.kernelspec.name = "python2"


def drop_a_cell(book):
    del book.cells[3:]


@pytest.mark.parametrize("place", build.KINDS.values(), ids=build.KINDS)
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (change_source, "cell 00_small-02: source"),
        (change_metadata, "cell 00_small-02: metadata"),
        (change_id, "cell 00_small-02: id"),
        (change_kernel, "the notebook's metadata"),
        (drop_a_cell, "3 cells, the source has 6"),
    ],
)
def test_a_notebook_that_was_edited_by_hand_is_told(copy, place, change, message):
    path = copy / place / "00_small.ipynb"
    book = nbformat.read(path, 4)
    change(book)
    nbformat.write(book, path)
    (found,) = build.differences("00_small", copy, "")
    assert message in found
    assert str(place / "00_small.ipynb") in found


def test_a_source_that_has_moved_on_is_told(copy, capsys):
    lesson(copy, MIDDLE.replace("Twice as much", "Two times as much"))
    assert build.main(["--check"], copy) == 1
    said = capsys.readouterr().err
    assert "00_small.ipynb, cell 00_small-04: source" in said
    assert "Run 'make notebooks'" in said


def test_other_sentences_keep_the_outputs_and_other_code_is_refused(copy, capsys):
    source, paths = copy / "source" / "00_small.py", [copy / "00_small.ipynb", copy / "solutions" / "00_small.ipynb"]
    before = [nbformat.read(path, 4) for path in paths]
    source.write_text(source.read_text().replace("a page", "a better page"))
    assert build.main(["--words"], copy) == 0
    assert build.main(["--check"], copy) == 0
    for old, path in zip(before, paths, strict=True):
        new = nbformat.read(path, 4)
        assert "a better page" in new.cells[3].source
        assert [cell.get("outputs") for cell in new.cells] == [cell.get("outputs") for cell in old.cells]
        assert new.cells[0].source == old.cells[0].source

    written = [path.read_bytes() for path in paths]
    source.write_text(source.read_text().replace("double(4))", "double(5))"))
    assert build.main(["--words"], copy) == 1
    assert "00_small.ipynb: the source has other code than was executed" in capsys.readouterr().err
    assert [path.read_bytes() for path in paths] == written


def test_a_notebook_that_is_missing_and_one_without_source_are_told(copy, capsys):
    (copy / "solutions" / "00_small.ipynb").rename(copy / "solutions" / "07_other.ipynb")
    assert build.main(["--check"], copy) == 1
    said = capsys.readouterr().err
    assert "00_small.ipynb is missing" in said
    assert "07_other.ipynb has no source" in said
