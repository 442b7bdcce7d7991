"""On Google Colab: the set-up cell, the address that stands in one place, and the environment of `make test-colab`."""

import json
import re
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

import build_notebooks as build
import colab
import nbformat
import pytest
from nbclient import NotebookClient
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LIGHT = json.loads(re.search(r"LIGHT = (\[.+?\])", build.SETUP, re.DOTALL)[1])
ON_COLAB = (ROOT / "tests" / "colab_versions.txt").read_text().split("\n\n")[0]


# The set-up cell


@pytest.fixture(scope="module")
def bare(tmp_path_factory) -> Path:
    """An environment that has everything this one has, but not our package."""
    folder = tmp_path_factory.mktemp("bare")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    others = tmp_path_factory.mktemp("others")
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        if "nst_utils" not in path.name and path.suffix != ".pth":
            (others / path.name).symlink_to(path)
    (site_packages(folder) / "others.pth").write_text(str(others))
    return folder


def site_packages(environment: Path) -> Path:
    return next(environment.glob("lib/python*/site-packages"))


@pytest.fixture
def run_on_colab(bare, tmp_path, monkeypatch):
    """A function that runs cells in a kernel of that environment, from an empty folder."""
    spec = tmp_path / "kernels" / "bare" / "kernel.json"
    spec.parent.mkdir(parents=True)
    start = [str(bare / "bin" / "python"), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec.write_text(json.dumps({"argv": start, "display_name": "bare", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    empty = tmp_path / "empty"
    empty.mkdir()

    def run(*sources: str) -> list:
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
        resources = {"metadata": {"path": str(empty)}}
        NotebookClient(book, kernel_name="bare", allow_errors=True, timeout=600, resources=resources).execute()
        return book.cells

    return run


def test_without_an_address_the_set_up_cell_says_what_to_do(run_on_colab):
    set_up, after = run_on_colab(build.set_up(""), "import sys; print({'tensorflow', 'numpy'} & set(sys.modules))")
    (error,) = set_up.outputs
    assert error.ename == "ModuleNotFoundError"
    assert "make lab" in error.evalue
    assert "make colab REPO=owner/name" in error.evalue
    assert after.outputs[0].text == "set()\n"


def test_with_an_address_the_set_up_cell_installs_our_package_and_leaves_all_others(run_on_colab, bare, tmp_path):
    built = ["wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(tmp_path), str(ROOT)]
    subprocess.run([sys.executable, "-m", "pip", "--disable-pip-version-check", *built], check=True)
    wheel = next(tmp_path.glob("*.whl"))
    before = {path.name for path in site_packages(bare).iterdir()}
    versions = "from importlib.metadata import version; print(version('numpy'), version('tensorflow'))"
    first, set_up, imported, last = run_on_colab(
        versions,
        build.set_up(str(wheel)),
        "import sys, nst_utils as nst; print(nst.picture('harbor', size=16).shape, nst.__file__)",
        versions,
    )
    assert set_up.outputs == []
    assert imported.outputs[0].text.startswith("(12, 16, 3) ")
    assert str(site_packages(bare)) in imported.outputs[0].text
    assert first.outputs[0].text == last.outputs[0].text
    new = {path.name for path in site_packages(bare).iterdir()} - before
    assert {re.sub(r"-.*\.dist-info", "", name) for name in new} == {"nst_utils"}


def test_the_set_up_cell_does_nothing_where_the_package_is():
    """Not even with an address, and without importing anything large."""
    program = f"""
import subprocess, sys
subprocess.run = None
{build.set_up("https://github.com/someone/course/archive/HEAD.zip")}
print(sorted({{"tensorflow", "numpy", "nst_utils"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_the_set_up_cell_does_not_install_where_there_is_no_tensorflow(tmp_path):
    """Without what a package depends on it would be of no use: this is no Colab."""
    program = f"""
import importlib.util, subprocess
subprocess.run = None
importlib.util.find_spec = lambda name: None
{build.set_up("https://github.com/someone/course/archive/HEAD.zip")}
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "ModuleNotFoundError: This kernel has no nst_utils: open the lesson with 'make lab'" in done.stderr


def test_what_is_missing_is_installed_without_what_it_asks_for():
    program = f"""
import importlib.util, subprocess
subprocess.run = lambda command, check: print(command[1:], check)
importlib.util.find_spec = lambda name: None if name in ("nst_utils", "pooch", "tqdm") else True
{build.set_up("https://github.com/someone/course/archive/HEAD.zip")}
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "'install', '--quiet', '--no-deps', 'pooch', 'tqdm', 'https://github.com/someone/course/arch" in done.stdout


def test_what_is_not_installed_by_the_set_up_cell_is_on_colab():
    def named(requirements):
        return {canonicalize_name(re.match(r"[\w.-]+", text)[0]) for text in requirements}

    dependencies = named(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"])
    light, listed = named(LIGHT), named(re.findall(r"^[\w.-]+==", ON_COLAB, re.M))
    with_it = {"threadpoolctl"} if "scikit-learn" in listed else set()  # which needs it: so there, listed or not
    assert light <= dependencies
    assert dependencies - light <= listed | with_it
    assert {"tensorflow", "numpy"} & light == set()


# The address


@pytest.fixture
def course(tmp_path) -> Path:
    """A folder with pyproject.toml and two notebooks that were built without an address."""
    (tmp_path / "notebooks" / "source").mkdir(parents=True)
    front = "# %% [markdown]\n# # A lesson\n#\n# **Seconds to compute:** measured by the build\n\n"
    cells = '# %% tags=["setup"]\n# The build fills in this cell.\n\n# %%\nprint(1)\n'
    (tmp_path / "notebooks" / "source" / "00_small.py").write_text(front + cells)
    plain = re.sub(r"\[project\.urls\]\n(?:\w+ = .+\n)+\n?", "", (ROOT / "pyproject.toml").read_text())
    (tmp_path / "pyproject.toml").write_text(plain)
    for kind, place in build.KINDS.items():
        notebook = build.made(tmp_path / "notebooks" / "source" / "00_small.py", kind, seconds="5")
        notebook.cells[2].outputs = [nbformat.v4.new_output("stream", name="stdout", text="1\n")]
        build.write(notebook, tmp_path / "notebooks" / place / "00_small.ipynb")
    return tmp_path


def stamp(course: Path, repository: str) -> int:
    return build.main(["--colab", repository], course / "notebooks", course / "pyproject.toml")


def check(course: Path) -> int:
    return build.main(["--check"], course / "notebooks", course / "pyproject.toml")


def notebooks(course: Path) -> dict[str, nbformat.NotebookNode]:
    return {
        kind: nbformat.read(course / "notebooks" / place / "00_small.ipynb", 4) for kind, place in build.KINDS.items()
    }


def test_the_address_comes_into_project_badges_and_set_up_cells(course):
    assert stamp(course, "someone/course") == 0
    project = tomllib.loads((course / "pyproject.toml").read_text())["project"]
    assert project["urls"] == {"Repository": "https://github.com/someone/course"}
    for kind, notebook in notebooks(course).items():
        path = (build.KINDS[kind] / "00_small.ipynb").as_posix()
        opened = f"https://colab.research.google.com/github/someone/course/blob/main/notebooks/{path}"
        assert f"({opened})" in notebook.cells[0].source
        assert 'PACKAGE = "https://github.com/someone/course/archive/HEAD.zip"' in notebook.cells[1].source
        assert notebook.cells[2].outputs[0].text == "1\n"
    assert check(course) == 0


def test_a_fork_writes_its_own_address_over_it(course):
    stamp(course, "someone/course")
    once = {path: path.read_text() for path in course.rglob("*") if path.is_file()}
    assert stamp(course, "someone/course") == 0
    assert {path: path.read_text() for path in once} == once
    assert stamp(course, "another-one/my.fork") == 0
    texts = [path.read_text() for path in course.rglob("*") if path.is_file()]
    assert not [text for text in texts if "someone" in text]
    assert sum("another-one/my.fork" in text for text in texts) == 3
    assert check(course) == 0


def test_the_rest_of_the_project_stays_as_it_is(course):
    before = tomllib.loads((course / "pyproject.toml").read_text())
    stamp(course, "someone/course")
    after = tomllib.loads((course / "pyproject.toml").read_text())
    del after["project"]["urls"]
    assert after == before


@pytest.mark.parametrize("wrong", ["", "course", "https://github.com/someone/course", "some one/course", "a/b/c"])
def test_what_is_no_address_is_refused_and_changes_nothing(course, wrong, capsys):
    before = {path: path.read_text() for path in course.rglob("*") if path.is_file()}
    assert stamp(course, wrong) == 1
    assert "make colab REPO=owner/name" in capsys.readouterr().err
    assert {path: path.read_text() for path in before} == before


def test_make_colab_hands_the_address_on():
    done = subprocess.run(
        ["make", "--no-print-directory", "-n", "colab", "REPO=someone/course"], cwd=ROOT, capture_output=True, text=True
    )
    assert 'tools/build_notebooks.py --colab "someone/course"' in done.stdout


# The environment of make test-colab


def test_a_supported_python_is_chosen_and_others_are_not(tmp_path, monkeypatch):
    known = {"old": "3.10.4", "fits": "3.12.1", "new": "3.14.0", "absent": ""}
    monkeypatch.setattr(colab, "version_of", known.__getitem__)
    assert colab.chosen_python(["absent", "old", "new", "fits"]) == "fits"
    with pytest.raises(colab.ColabError, match=r"None of old, new is a Python 3\.11, 3\.12, 3\.13"):
        colab.chosen_python(["old", "new"])


def test_the_version_of_a_python_is_asked_from_itself():
    assert colab.version_of(sys.executable) == "{}.{}.{}".format(*sys.version_info)
    assert colab.version_of("no-such-python") == ""


@pytest.fixture
def environment(tmp_path, monkeypatch):
    """A place for an environment, and the commands that would make it."""
    commands = []

    def run(command, cwd=None):
        commands.append(command)
        if command[1:3] == ["-m", "venv"]:
            Path(command[-1]).mkdir(exist_ok=True)

    monkeypatch.setattr(colab, "ENVIRONMENT", tmp_path / "environment")
    monkeypatch.setattr(colab, "_run", run)
    return commands


def test_the_environment_is_made_once_and_again_when_the_versions_change(environment, tmp_path, monkeypatch, capsys):
    colab.prepare(sys.executable)
    assert [command[1:3] for command in environment] == [["-m", "venv"], ["-m", "pip"]]
    assert str(ROOT / "tests" / "colab_versions.txt") in environment[1]
    colab.prepare(sys.executable)
    assert len(environment) == 2
    monkeypatch.setattr(colab, "VERSIONS", tmp_path / "versions.txt")
    colab.VERSIONS.write_text("numpy==2.1.3\n")
    colab.prepare(sys.executable)
    assert len(environment) == 4


def test_an_interrupted_installation_is_not_taken_for_a_whole_one(environment, monkeypatch):
    colab.prepare(sys.executable)
    monkeypatch.setattr(colab, "needed", lambda: ["numpy"])

    def fail(command, cwd=None):
        raise colab.ColabError

    with monkeypatch.context() as patch:
        patch.setattr(colab, "_run", fail)
        with pytest.raises(colab.ColabError):
            colab.prepare(sys.executable)
    colab.prepare(sys.executable)
    assert len(environment) == 4


@pytest.mark.parametrize(
    ("after", "complaint"),
    [
        ({"numpy": "2.4.6", "nst-utils": "0.1"}, r"The set-up cell changed numpy 2\.1\.3 -> 2\.4\.6"),
        ({"numpy": "2.1.3", "nst-utils": "0.1", "keras": "3"}, "The set-up cell changed keras - -> 3"),
        ({"numpy": "2.1.3"}, "has not installed nst-utils"),
    ],
)
def test_a_set_up_cell_that_changes_other_packages_is_refused(environment, monkeypatch, after, complaint):
    states = iter([{"numpy": "2.1.3"}, after])
    monkeypatch.setattr(colab, "versions", lambda: next(states))
    with pytest.raises(colab.ColabError, match=complaint):
        colab.install_by_set_up_cell()
