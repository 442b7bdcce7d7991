"""What must hold for the repository as a whole: clean files, one version, floors that stand on each other."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import nst_utils as nst

ROOT = Path(__file__).parents[1]
MODULES = {path.stem: path for path in sorted((ROOT / "nst_utils").glob("*.py")) if not path.stem.startswith("_")}
UPWARD = {
    ("transfer", "plots"),  # result.show() is the one convenience that looks up, when it is called
    ("backbones", "mixed"),  # load_backbone gives several networks, if it is asked for several
}


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


# Floors


def floor(module: str) -> int:
    """The floor that a module's first paragraph names."""
    told = re.search(r"^Floor (\d)", ast.get_docstring(ast.parse(MODULES[module].read_text(encoding="utf-8"))), re.M)
    assert told, f"{module}.py does not say on which floor it stands"
    return int(told[1])


def imported_modules(module: str) -> set[str]:
    """The modules of the package that one imports, anywhere in its code."""
    found = set()
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.level or (node.module or "").split(".")[0] == "nst_utils"):
            path = [part for part in (node.module or "").split(".") if part != "nst_utils"]
            found |= {path[0]} if path else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("nst_utils.")}
    return found & set(MODULES)


def reachable_modules(module: str) -> set[str]:
    """All that a module stands on, directly or not."""
    seen, ahead = set(), {module}
    while ahead:
        step = ahead.pop()
        below = {name for name in imported_modules(step) if (step, name) not in UPWARD}
        ahead |= below - seen
        seen |= below
    return seen


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_from_no_floor_above(module):
    above = {name for name in imported_modules(module) if floor(name) > floor(module)}
    assert {(module, name) for name in above} <= UPWARD


@pytest.mark.parametrize("module", MODULES)
def test_modules_of_one_floor_do_not_stand_on_each_other(module):
    assert module not in reachable_modules(module)


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
