"""Make the notebooks of the course from their sources.

    python tools/build_notebooks.py                       all lessons
    python tools/build_notebooks.py 02_gram_matrices      one of them
    python tools/build_notebooks.py --words               only the sentences anew; code must be as it was executed
    python tools/build_notebooks.py --check               whether the notebooks are what the sources give
    python tools/build_notebooks.py --colab OWNER/NAME    address of the repository into badges and set-up cells
    python tools/build_notebooks.py --nbgrader FOLDER     the lessons as assignments of an nbgrader course in FOLDER

A lesson is edited in ``notebooks/source/NN_title.py`` (py:percent, solutions inside). Two notebooks come from it, each
executed in a fresh kernel from an empty folder: ``notebooks/NN_title.ipynb`` for students, whose solutions nbgrader
has cleared, and ``notebooks/solutions/NN_title.ipynb``. An output that holds an error, a warning, something written to
stderr, a path of this machine or a picture without description ends the build of the lesson, and nothing of it is
written. What the first cells say goes into the table of lessons in README.md.
"""

import argparse
import base64
import io
import math
import os
import re
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError
from nbformat import NotebookNode
from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions
from PIL import Image
from students_kernel import students_environment
from traitlets.config import Config

from nst_utils.base.files import written_whole

ROOT = Path(__file__).parents[1]
KINDS = {"student": Path(), "solution": Path("solutions")}  # and the folder of each, inside notebooks/
LARGEST = 1_500_000  # bytes of a notebook: what GitHub still shows
JPEG_QUALITY = 82
MANY_COLORS = 4096  # a drawing with its smoothed letters has fewer, a photograph more
CELL_SECONDS = 600
WIDGET = "application/vnd.jupyter.widget-view+json"

UNMEASURED = "measured by the build"  # stands in the source for the seconds
TIME = re.compile(r"(\*\*Seconds to compute:\*\* )(?P<seconds>\d+|measured by the build)")
SAID = {
    part: re.compile(rf"^\*\*{part}:\*\* (.+)$", re.M) for part in ("Question", "Minutes to read", "Seconds to compute")
}
ROW = re.compile(r"^\| \[\w+\]\(notebooks/\w+\.ipynb\) .*\n", re.M)  # of the table of lessons
ADDRESS = re.compile(r"[A-Za-z0-9-]+/[\w.-]+")
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
BADGE = (
    "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
    "(https://colab.research.google.com/github/{address}/blob/main/notebooks/{path})"
)
# What Colab lacks of the package's dependencies is installed without what these in turn ask for: TensorFlow and NumPy
# stay as they are. Colab has the large ones; where TensorFlow is missing, this is no Colab.
SETUP = """\
# On Colab this installs the package of the course; where it is installed already, nothing happens.
import importlib.util
import subprocess
import sys

PACKAGE = "{package}"
LIGHT = ["anywidget", "filelock", "imageio", "lazy_loader", "platformdirs", "pooch", "protego",
         "psutil", "psygnal", "tqdm"]
if importlib.util.find_spec("nst_utils") is None:
    if not PACKAGE or importlib.util.find_spec("tensorflow") is None:
        raise ModuleNotFoundError("{advice}")
    missing = [name for name in LIGHT if importlib.util.find_spec(name) is None]
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps"]
    subprocess.run([*pip, *missing, PACKAGE], check=True)
    importlib.invalidate_caches()"""
ADVICE = {
    True: "This kernel has no nst_utils: open the lesson with 'make lab', or on Colab.",
    False: "No nst_utils here: use 'make lab'; for Colab, 'make colab REPO=owner/name' first.",
}
ASSIGNMENTS = """\
# Settings of nbgrader for the lessons; they are written once and yours from then on.
c = get_config()
c.CourseDirectory.course_id = "neural_style_transfer"
c.ClearSolutions.code_stub = {stubs}
c.ClearSolutions.text_stub = "{text}"
c.Execute.timeout = {seconds}  # for a cell; some lessons paint for a while
"""
CODE_STUB, TEXT_STUB = {"python": "..."}, "*Your answer here.*"


class BuildError(Exception):
    """What keeps a notebook from being written."""


# From the source to a notebook ----------------------------------------------------------------------------------


def lessons(folder: Path) -> list[str]:
    """Names of the lessons that have a source, in order."""
    return sorted(path.stem for path in (folder / "source").glob("*.py"))


def repository(project: Path = ROOT / "pyproject.toml") -> str:
    """Address of the repository as pyproject.toml has it; empty where none is set."""
    urls = tomllib.loads(project.read_text(encoding="utf-8"))["project"].get("urls", {})
    return urls.get("Repository", "")


def set_up(package: str) -> str:
    """The set-up cell that installs a package from wherever pip finds it; with none, it says what to do."""
    return SETUP.format(package=package, advice=ADVICE[bool(package)])


def made(source: Path, kind: str, address: str = "", seconds: str = UNMEASURED) -> NotebookNode:
    """The notebook that a source gives, not yet executed."""
    notebook = as_written(source, address, f"{(KINDS[kind] / source.stem).as_posix()}.ipynb")
    first = notebook.cells[0]
    if len(TIME.findall(first.source)) != 1:
        raise BuildError(f"{source.name}: the first cell has no line '**Seconds to compute:** {UNMEASURED}'.")
    first.source = TIME.sub(rf"\g<1>{seconds}", first.source)
    notebook, _ = ClearHiddenTests().preprocess(notebook, {})
    if kind == "student":
        stubs = Config({"ClearSolutions": {"code_stub": CODE_STUB, "text_stub": TEXT_STUB}})
        notebook, _ = ClearSolutions(config=stubs).preprocess(notebook, {})
    else:
        for cell in notebook.cells:
            cell.source = solved(cell.source) if cell.cell_type == "code" else one_folder_down(solved(cell.source))
        first.source = re.sub(r"^# (.+)", r"# \1: solutions", first.source, count=1)
    return notebook


def solved(source: str) -> str:
    """A cell with its solution and without the markers around it."""
    return re.sub(r"^ *### (BEGIN|END) SOLUTION\n?", "", source, flags=re.MULTILINE).rstrip()


def one_folder_down(text: str) -> str:
    """The text with its links to files as seen from the folder of the solutions."""
    return re.sub(r"\]\((?![a-z]+:|#|solutions/)", "](../", text).replace("](solutions/", "](")


def as_written(source: Path, address: str = "", path: str = "") -> NotebookNode:
    """The source as a notebook with everything in it, as nbgrader wants it from an instructor.

    The badge opens ``path``, inside notebooks/ of the repository at ``address``; without an address there is none.
    """
    notebook = jupytext.read(source, fmt="py:percent")
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.nbformat_minor = 5  # cells have ids
    for number, cell in enumerate(notebook.cells):
        cell.id = f"{source.stem}-{number:02}"
        cell.metadata.pop("lines_to_next_cell", None)  # how the source is laid out
        if "setup" in cell.metadata.get("tags", []):
            cell.source = set_up(f"{address}/archive/HEAD.zip" if address else "")
    if address:
        badge = BADGE.format(address=address.removeprefix("https://github.com/"), path=path)
        title, _, rest = notebook.cells[0].source.partition("\n")
        notebook.cells[0].source = f"{title}\n\n{badge}\n{rest}"
    return notebook


# Execution ------------------------------------------------------------------------------------------------------


def execute(notebook: NotebookNode, label: str) -> float:
    """Fill in the outputs from a fresh kernel in an empty folder; returns the seconds that the cells took."""
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder, "empty")
        empty.mkdir()
        client = NotebookClient(
            notebook,
            timeout=CELL_SECONDS,
            coalesce_streams=True,
            extra_arguments=["--log-level=ERROR"],
            resources={"metadata": {"path": str(empty)}},
        )
        with client.setup_kernel(env=students_environment(os.environ, folder) | {"PYTHONHASHSEED": "0"}):
            started = time.perf_counter()
            for index, cell in enumerate(notebook.cells):
                try:
                    client.execute_cell(cell, index)
                except (CellExecutionError, CellTimeoutError) as error:
                    raise BuildError(f"{label}, cell {cell.id}: {error}") from None
            return time.perf_counter() - started


PROGRESS = re.compile(r"\s*\d+% \|?[ =#-]*\|? [\d:?]+ gone, [^\r\n]* left[^\r\n]*\s*")
NOT_FOR_A_PAGE = {
    "a warning": re.compile(r"\b[A-Z]\w*Warning\b"),
    "a traceback": re.compile(r"Traceback \(most recent call last\)"),
    "a path of this machine": re.compile(
        r"(?<![\w.~/-])/(?:home|root|work|Users|tmp|opt|var|usr|private)/[\w.]+|[A-Z]:\\|" + re.escape(str(ROOT))
    ),
    "an address in memory": re.compile(r"\b0x[0-9a-f]{6,}\b"),
}


def faults(cell: NotebookNode) -> Iterator[str]:
    """What in the outputs of a cell must not be published."""
    for output in cell.get("outputs", []):
        if output.output_type == "error":
            yield f"cell {cell.id} ends in {output.ename}: {output.evalue}"
        if output.get("name") == "stderr":
            yield f"cell {cell.id} writes to stderr: {output.text.strip()[:200]}"
        text = "\n".join(texts(output))
        for what, pattern in NOT_FOR_A_PAGE.items():
            if found := pattern.search(text):
                around = text[max(0, found.start() - 80) : found.end() + 40]
                yield f"cell {cell.id} shows {what}: {found[0]} in {around!r}"
        yield from (f"cell {cell.id} shows {fault}" for fault in undescribed(output))


def undescribed(output: NotebookNode) -> Iterator[str]:
    """Pictures of an output that have no title, or nothing for a reader who does not see them.

    nbconvert, and with it nbviewer and Voila, writes a picture's "alt" of the metadata into the page.
    """
    for kind in output.get("data", {}):
        if kind.startswith("image/"):
            about = output.metadata.get(kind, {})
            yield from (f"a picture without {part}" for part in ("title", "alt") if not about.get(part))
    for tag in re.findall(r"<img\b[^>]*>", "".join(output.get("data", {}).get("text/html", ""))):
        if not re.search(r'\balt="[^"]+"', tag):
            yield "a picture without alt in its HTML"


def texts(output: NotebookNode) -> list[str]:
    """What an output says in words; pictures inside HTML left out."""
    said = [output.text] if "text" in output else []
    said += [value for kind, value in output.get("data", {}).items() if kind.startswith("text/")]
    return [re.sub(r"data:image/\w+;base64,[\w+/=]+", "", text) for text in said]


# Small enough to publish ----------------------------------------------------------------------------------------


def tidy(notebook: NotebookNode) -> None:
    """Drop what is no result (progress bars, times, the state of widgets) and make the pictures small."""
    notebook.metadata = nbformat.from_dict(METADATA)  # without "widgets", which keep a page from being shown
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if not _is_progress(output)]
            still(cell)
            for output in cell.outputs:
                shrink(output)


def still(cell: NotebookNode) -> None:
    """Leave of live widgets what a page can show without them: a cell that shows one must also leave a picture."""
    widgets = [output for output in cell.outputs if WIDGET in output.get("data", {})]
    for output in widgets:
        del output.data[WIDGET]
    cell.outputs = [output for output in cell.outputs if output not in widgets or set(output.data) - {"text/plain"}]
    kinds = {kind for output in cell.outputs for kind in output.get("data", {})}
    if widgets and not any(kind.startswith("image/") for kind in kinds):
        raise BuildError(f"cell {cell.id} shows a widget and no picture beside it: the published page would be empty.")


def _is_progress(output: NotebookNode) -> bool:
    """Whether it is the bar of a painting at work, which says nothing once it is done."""
    shown = [line for line in re.split(r"[\r\n]", output.get("text", "")) if line.strip()]
    return output.get("name") == "stderr" and all(map(PROGRESS.fullmatch, shown))


def shrink(output: NotebookNode) -> None:
    """Write a picture of many colors as JPEG if that is smaller, every other one as PNG at its best."""
    png = output.get("data", {}).get("image/png")
    if png is None:
        return
    picture = Image.open(io.BytesIO(base64.b64decode(png)))
    picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture.convert("RGBA")).convert("RGB")
    best, kind = _encoded(picture, "PNG"), "image/png"
    if picture.getcolors(MANY_COLORS) is None:
        jpeg = _encoded(picture, "JPEG", quality=JPEG_QUALITY)
        if len(jpeg) < len(best):
            best, kind = jpeg, "image/jpeg"
    del output.data["image/png"]
    output.data[kind] = base64.b64encode(best).decode()
    if "image/png" in output.metadata:
        output.metadata[kind] = output.metadata.pop("image/png")


def _encoded(picture: Image.Image, form: str, **options) -> bytes:
    encoded = io.BytesIO()
    picture.save(encoded, form, optimize=True, **options)
    return encoded.getvalue()


# What the command does ------------------------------------------------------------------------------------------


def build(lesson: str, folder: Path, address: str) -> str:
    """Make and write both notebooks of a lesson; says how long they took and how large they are."""
    notebooks, seconds, sizes = {}, {}, {}
    for kind in KINDS:
        notebook = notebooks[kind] = made(folder / "source" / f"{lesson}.py", kind, address)
        seconds[kind] = execute(notebook, f"{lesson} ({kind})")
        tidy(notebook)
        if complaints := [complaint for cell in notebook.cells for complaint in faults(cell)]:
            raise BuildError("\n".join(f"{lesson} ({kind}), {complaint}" for complaint in complaints))
    paths = {kind: folder / place / f"{lesson}.ipynb" for kind, place in KINDS.items()}
    written = rounded(min(seconds.values()), before=_seconds(paths["student"]))  # the longer run was disturbed
    for kind, notebook in notebooks.items():
        notebook.cells[0].source = TIME.sub(rf"\g<1>{written}", notebook.cells[0].source)
        sizes[kind] = len(as_text(notebook).encode())
        if sizes[kind] > LARGEST:
            raise BuildError(
                f"{lesson} ({kind}) has {sizes[kind]:,} bytes, at most {LARGEST:,}: show fewer or smaller pictures."
            )
    for kind, notebook in notebooks.items():
        write(notebook, paths[kind])
    return f"{lesson}: " + "; ".join(f"{kind} {seconds[kind]:.0f} s, {sizes[kind] / 1e3:.0f} kB" for kind in KINDS)


def reword(lesson: str, folder: Path, address: str) -> None:
    """Write the sentences of a lesson anew around the outputs that are there; its code must be what was executed."""
    for kind, place in KINDS.items():
        path = folder / place / f"{lesson}.ipynb"
        if not path.exists():
            raise BuildError(f"{place / path.name} is missing: build the lesson.")
        executed = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
        notebook = made(folder / "source" / f"{lesson}.py", kind, address, _seconds(path))
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        if _executed(code) != _executed(executed):
            raise BuildError(f"{place / path.name}: the source has other code than was executed: build the lesson.")
        for cell, before in zip(code, executed, strict=True):
            cell.outputs, cell.execution_count = before.outputs, before.execution_count
        write(notebook, path)


def _executed(code: list[NotebookNode]) -> list[str]:
    """The code of a lesson; the set-up cell, which does nothing where the package is installed, is not of it."""
    return [cell.source for cell in code if "setup" not in cell.metadata.get("tags", [])]


def write_syllabus(readme: Path, folder: Path) -> None:
    """Write what the first cell of each lesson says into the table of lessons of a README that has one."""
    text = readme.read_text(encoding="utf-8") if readme.exists() else ""
    there = ROW.search(text)
    if not there:
        return
    rows = []
    for lesson in lessons(folder):
        path = folder / f"{lesson}.ipynb"
        if path.exists():
            first = nbformat.read(path, as_version=4).cells[0].source
            said = [found[1] if (found := pattern.search(first)) else "" for pattern in SAID.values()]
            rows.append(f"| {' | '.join([f'[{lesson}](notebooks/{lesson}.ipynb)', *said])} |\n")
    new = text[: there.start()] + "".join(rows) + ROW.sub("", text[there.start() :])
    if new != text:
        with written_whole(readme) as beside:
            beside.write_text(new, encoding="utf-8")


def rounded(seconds: float, before: str) -> str:
    """Seconds in fives, rounded up; what was written before stays as long as it is right within a third or so."""
    written = 5 * math.ceil(seconds / 5)
    if before.isdigit() and abs(int(before) - written) <= max(5, written / 3):
        return before
    return str(written)


def as_text(notebook: NotebookNode) -> str:
    """The notebook as its file holds it."""
    nbformat.validate(notebook)
    return nbformat.writes(notebook, indent=1, sort_keys=True).rstrip("\n") + "\n"


def write(notebook: NotebookNode, path: Path) -> None:
    """Write beside and rename."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as beside:
        beside.write_text(as_text(notebook), encoding="utf-8")


def differences(lesson: str, folder: Path, address: str) -> list[str]:
    """In what the notebooks of a lesson differ from what the source gives; outputs and seconds are not compared."""
    found = []
    for kind, place in KINDS.items():
        path = folder / place / f"{lesson}.ipynb"
        if not path.exists():
            found.append(f"{place / path.name} is missing")
            continue
        there = nbformat.read(path, as_version=4)
        wanted = made(folder / "source" / f"{lesson}.py", kind, address, _seconds(path))
        if there.metadata != wanted.metadata:
            found.append(f"{place / path.name}: the notebook's metadata")
        if len(there.cells) != len(wanted.cells):
            found.append(f"{place / path.name}: {len(there.cells)} cells, the source has {len(wanted.cells)}")
        for own, other in zip(there.cells, wanted.cells, strict=False):
            for part in ("id", "cell_type", "source", "metadata"):
                if own.get(part) != other.get(part):
                    found.append(f"{place / path.name}, cell {other.id}: {part}")
    return found


def strays(folder: Path) -> list[str]:
    """Notebooks that no source gives."""
    known = lessons(folder)
    there = [path for place in KINDS.values() for path in sorted((folder / place).glob("*.ipynb"))]
    return [f"{path.relative_to(folder)} has no source" for path in there if path.stem not in known]


def _seconds(path: Path) -> str:
    """What a notebook tells its reader; a word where there is no notebook yet."""
    cells = nbformat.read(path, as_version=4).cells if path.exists() else []
    written = TIME.search(cells[0].source) if cells else None
    return written["seconds"] if written else UNMEASURED


def stamp(folder: Path, project: Path, address: str) -> None:
    """Write the repository's address into pyproject.toml, and into the badge and set-up cell of every notebook."""
    if not ADDRESS.fullmatch(address):
        raise BuildError(f"The repository is {address!r}; give it as owner/name: make colab REPO=owner/name")
    text = project.read_text(encoding="utf-8")
    urls = f'[project.urls]\nRepository = "https://github.com/{address}"\n'
    if "[project.urls]" in text:
        text = re.sub(r"\[project\.urls\]\nRepository = .*\n", urls, text)
    else:
        text = text.replace("[project.scripts]", f"{urls}\n[project.scripts]")
    with written_whole(project) as beside:
        beside.write_text(text, encoding="utf-8")
    for lesson in lessons(folder):
        for kind, place in KINDS.items():
            path = folder / place / f"{lesson}.ipynb"
            if not path.exists():
                continue
            notebook = nbformat.read(path, as_version=4)
            wanted = made(folder / "source" / f"{lesson}.py", kind, repository(project), _seconds(path))
            sources = {cell.id: cell.source for cell in wanted.cells}
            for cell in [notebook.cells[0], *_set_up_cells(notebook)]:
                cell.source = sources[cell.id]
            write(notebook, path)


def assignments(names: list[str], folder: Path, course: Path) -> None:
    """Write lessons into the source folder of an nbgrader course, with its settings where there are none yet."""
    for lesson in names:
        write(as_written(folder / "source" / f"{lesson}.py"), course / "source" / lesson / f"{lesson}.ipynb")
    settings = course / "nbgrader_config.py"
    if not settings.exists():
        with written_whole(settings) as beside:
            text = ASSIGNMENTS.format(stubs=CODE_STUB, text=TEXT_STUB, seconds=CELL_SECONDS)
            beside.write_text(text, encoding="utf-8")


def _set_up_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if "setup" in cell.metadata.get("tags", [])]


def main(arguments: list[str] | None = None, folder: Path = ROOT / "notebooks", project: Path | None = None) -> int:
    """The command; 1 if something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lessons", nargs="*", metavar="LESSON", help="as 02_gram_matrices; default: all")
    others = parser.add_mutually_exclusive_group()
    others.add_argument("--words", action="store_true", help="write the sentences anew, keep the outputs")
    others.add_argument("--check", action="store_true", help="compare the notebooks with the sources, execute nothing")
    others.add_argument("--colab", metavar="OWNER/NAME", help="write this repository into badges and set-up cells")
    others.add_argument("--nbgrader", metavar="FOLDER", type=Path, help="write assignments into this nbgrader course")
    options = parser.parse_args(arguments)
    project = project or ROOT / "pyproject.toml"
    known = lessons(folder)
    wanted = options.lessons or known
    complaints = []
    try:
        if unknown := sorted(set(wanted) - set(known)):
            raise BuildError(f"No lesson {', '.join(unknown)}; there are {', '.join(known)}.")
        if options.colab is not None:
            stamp(folder, project, options.colab)
        elif options.nbgrader:
            assignments(wanted, folder, options.nbgrader)
        elif options.check:
            found = [line for lesson in wanted for line in differences(lesson, folder, repository(project))]
            if found := found + strays(folder):
                raise BuildError("\n".join([*found, "Run 'make notebooks'; edit notebooks/source only."]))
        elif options.words:
            for lesson in wanted:
                reword(lesson, folder, repository(project))
            write_syllabus(folder.parent / "README.md", folder)
        else:
            for lesson in wanted:
                try:
                    print(build(lesson, folder, repository(project)), flush=True)
                except BuildError as error:
                    complaints.append(str(error))
            write_syllabus(folder.parent / "README.md", folder)
    except BuildError as error:
        complaints.append(str(error))
    print("\n".join(complaints), end="\n" * bool(complaints), file=sys.stderr)
    return int(bool(complaints))


if __name__ == "__main__":
    raise SystemExit(main())
