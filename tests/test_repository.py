"""What must hold for the repository as a whole: clean files, one version, folders that stand on each other."""

import ast
import functools
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import nst_utils as nst

ROOT = Path(__file__).parents[1]


def shipped_files() -> list[Path]:
    """The files under version control; without git, all that .gitignore does not name."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
        names = listed.stdout.split("\0")
    except FileNotFoundError:
        names = []
    if "README.md" in names:
        return [ROOT / name for name in names if name and (ROOT / name).is_file()]
    ignored = [".git", *(line.strip("/") for line in (ROOT / ".gitignore").read_text().split())]
    found = []
    for folder, inside, files in os.walk(ROOT):
        inside[:] = [name for name in inside if not any(Path(name).match(pattern) for pattern in ignored)]
        found += [Path(folder, name) for name in files]
    return found


FILES = shipped_files()


def lines_matching(pattern: str, files: list[Path]) -> list[str]:
    found = []
    for path in files:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {match[0]}" for match in re.finditer(pattern, text, re.MULTILINE)]
    return found


def test_no_file_names_a_path_of_somebodys_machine():
    assert lines_matching(r"(?<![\w.~/-])/(?:home|root|work|Users|tmp|opt|var)/[\w.]+.*", FILES) == []


def test_no_file_names_a_package_index():
    assert lines_matching(r"pypi\.org|python[h]osted|index[-]url|find[-]links", FILES) == []


def test_the_pins_name_versions_and_nothing_else():
    pins = (ROOT / "constraints.txt").read_text().splitlines()
    assert [pin for pin in pins if not re.fullmatch(r"#.*|[a-z0-9-]+==[\w.]+(; .*)?", pin)] == []


def test_no_file_has_a_conflict_marker():
    assert lines_matching(r"^(<{7}|>{7})( .*)?$", FILES) == []


def test_no_file_is_larger_than_four_megabytes():
    assert [path.name for path in FILES if path.stat().st_size > 4_000_000] == []


def test_both_licenses_are_there():
    assert (ROOT / "LICENSE").read_text().startswith("MIT License")
    assert "Creative Commons Attribution 4.0 International Public License" in (ROOT / "LICENSE-lessons").read_text()


def test_changelog_and_citation_name_the_version():
    assert f"## {nst.__version__}" in (ROOT / "CHANGELOG.md").read_text()
    assert f'version: "{nst.__version__}"' in (ROOT / "CITATION.cff").read_text()


@pytest.mark.parametrize("name", nst.__all__)
def test_every_public_name_can_be_had(name):
    assert getattr(nst, name) is not None


# The house


FLOORS = (  # a folder imports only from those before it; fast is a room to come
    *("base", "images", "networks", "losses", "metrics", "plots", "control", "engine", "fast", "film", "study", "web"),
    *("voting", "widgets", "studio", "exercises", "cli"),
)


def module_of(path: Path) -> str:
    """The name of a file's module below the package, as ``"engine.run"``; of a folder for its ``__init__``."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


PACKAGE = ROOT / "nst_utils"
MODULES = {module_of(path): path for path in sorted(PACKAGE.rglob("*.py")) if path.parent != PACKAGE}
MODULES["cli"] = PACKAGE / "cli.py"


@functools.cache
def imported_modules(module: str) -> set[str]:
    """The modules of the package that one imports, anywhere in its code."""
    found = set()
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "nst_utils":
            inside = (node.module or "").partition(".")[2]
            found |= {f"{inside}.{alias.name}".strip(".") for alias in node.names} | {inside}
        elif isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[2] for alias in node.names if alias.name.startswith("nst_utils.")}
    return found & set(MODULES)


def reachable_modules(module: str) -> set[str]:
    """All that a module stands on, directly or not."""
    seen, ahead = set(), {module}
    while ahead:
        below = imported_modules(ahead.pop())
        ahead |= below - seen
        seen |= below
    return seen


def test_every_folder_has_its_floor():
    assert {module.partition(".")[0] for module in MODULES} <= set(FLOORS)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_from_no_floor_above(module):
    floor = FLOORS.index(module.partition(".")[0])
    assert [name for name in imported_modules(module) if FLOORS.index(name.partition(".")[0]) > floor] == []


def test_no_module_stands_on_itself():
    assert [module for module in MODULES if module in reachable_modules(module)] == []


def test_modules_import_each_other_by_their_whole_names():
    relative = [
        module
        for module, path in MODULES.items()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert relative == []


def test_the_names_of_the_package_stand_in_the_order_of_the_floors():
    rooms = re.findall(r"^from \.(\w+)", (PACKAGE / "__init__.pyi").read_text(), re.M)
    floors = [FLOORS.index(room) for room in rooms if room != "import"]
    assert floors == sorted(floors)


def test_no_file_of_the_package_has_more_than_four_hundred_lines():
    long = {module: len(path.read_text(encoding="utf-8").splitlines()) for module, path in MODULES.items()}
    assert {module: count for module, count in long.items() if count > 400} == {}


def test_the_path_through_the_engine_is_read_in_a_quarter_of_an_hour():
    path = ("stylize", "settings", "objective", "descent", "result")
    lines = [len((PACKAGE / "engine" / f"{name}.py").read_text(encoding="utf-8").splitlines()) for name in path]
    assert sum(lines) <= 950


def test_no_two_files_of_tests_have_one_name():
    names = [path.name for path in sorted((ROOT / "tests").rglob("test_*.py"))]
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_what_the_tests_leave_lies_in_a_folder_that_goes():
    """TensorFlow, kernels and killed processes leave files in the temporary folder."""
    assert any(folder.startswith("nst-tests-") for folder in Path(tempfile.gettempdir()).parts)
    assert os.environ["TMPDIR"] == tempfile.gettempdir()


# Imports that cost nothing


@pytest.mark.parametrize(
    "work",
    [
        "import nst_utils",
        "import nst_utils.cli",
        "import nst_utils.cli; nst_utils.cli.main(['--help'])",
        "import nst_utils.cli; nst_utils.cli.main(['stylize', '--help'])",
        "import nst_utils as nst; nst.picture; nst.pictures; nst.stylize; nst.NSTError",
    ],
)
def test_tensorflow_is_not_imported_before_there_is_something_to_paint(work):
    program = f"""
import atexit, os, sys
heavy = lambda: {{"tensorflow", "keras"}} & set(sys.modules)
atexit.register(lambda: heavy() and os._exit(7))
{work}
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
