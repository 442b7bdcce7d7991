"""The commands and lines of README.md, taken from there and run as they stand, but for the number of steps."""

import itertools
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
# A block after <!-- not run: reason --> is shown only.
BLOCKS = re.findall(r"^(<!-- not run: [^\n]+ -->\n)?```(\w+)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
SHOWN_ONLY = {"python3", "source", "pip", "jupyter", "conda"}  # set-up, tried by other tests

COMMANDS = [
    line
    for skip, language, block in BLOCKS
    if language in ("sh", "console") and not skip
    for line in block.replace("\\\n", " ").splitlines()
    if line and not line.startswith("#")
]
PAINTINGS = [line for line in COMMANDS if line.startswith("nst ")]
OUTPUTS = ("-o", "--output", "--triptych", "--sheet")
PYTHON = "\n".join(block for skip, language, block in BLOCKS if language == "python" and not skip)
FEW = 9  # steps


def run(arguments: list[str], folder: Path) -> subprocess.CompletedProcess:
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    arguments = [shutil.which(arguments[0], path=programs) or arguments[0], *arguments[1:]]
    return subprocess.run(arguments, cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL)


def test_every_command_is_of_a_known_kind():
    assert {shlex.split(line)[0] for line in COMMANDS} <= {"nst", "make", *SHOWN_ONLY}
    assert {language for _, language, _ in BLOCKS} <= {"sh", "console", "python", "bibtex"}
    assert len(BLOCKS) == len(re.findall("^```", README, re.MULTILINE)) / 2  # none is taken for a part of another


@pytest.mark.parametrize("command", [line for line in COMMANDS if line.startswith("make")])
def test_every_make_target_exists_and_is_listed(command):
    target = shlex.split(command)[1]
    makefile = (ROOT / "Makefile").read_text()
    assert re.search(rf"^{target}:", makefile, re.MULTILINE)
    assert target == "help" or f"make {target} " in makefile


@pytest.mark.parametrize("command", PAINTINGS)
def test_every_nst_command_runs(command, tmp_path):
    arguments = shlex.split(command, comments=True)
    for picture in re.findall(r"\bmy_\w+\.jpg", command):
        shutil.copy(next((ROOT / "data" / "pictures").glob("*.jpg")), tmp_path / picture)
    done = run([*arguments, "--steps", str(FEW)] if arguments[1] in ("stylize", "video") else arguments, tmp_path)
    assert done.returncode == 0, done.stderr
    assert not re.search("Traceback|oneDNN|cuda|absl|WARNING|tensorflow", done.stderr)
    made = [argument for option, argument in itertools.pairwise(arguments) if option in OUTPUTS]
    assert all((tmp_path / name).stat().st_size for name in made)


def test_the_python_lines_run(tmp_path):
    for picture in re.findall(r"\bmy_\w+\.jpg", PYTHON):
        shutil.copy(next((ROOT / "data" / "pictures").glob("*.jpg")), tmp_path / picture)
    few = re.sub(
        r"\bsteps=\d+", f"steps={FEW}", re.sub(r"(nst\.stylize\((?!.*steps=).*)\)", rf"\1, steps={FEW})", PYTHON)
    )
    done = run([sys.executable, "-c", few], tmp_path)
    assert done.returncode == 0, done.stderr
    assert {path.name for path in tmp_path.iterdir()} >= set(re.findall(r'\.save\("(.+?)"\)', PYTHON))


def test_every_file_that_the_readme_links_exists():
    links = [link for link in re.findall(r"\]\(([^)#]+?)\)", README) if "://" not in link]
    assert [link for link in links if not (ROOT / link).exists()] == []
    assert links


def test_every_path_of_the_readme_that_is_named_in_code_exists():
    named = re.findall(r"`((?:data|docs|notebooks|nst_utils|tests|tools)/[\w./]*)`", README)
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_table_of_lessons_says_what_the_lessons_say():
    rows = re.findall(r"^\| \[(.+?)\]\((notebooks/\w+\.ipynb)\) \| (.+?) \| (\d+) \| (\d+) \|$", README, re.MULTILINE)
    assert [path for _, path, *_ in rows] == sorted(f"notebooks/{p.name}" for p in (ROOT / "notebooks").glob("*.ipynb"))
    for name, path, question, minutes, seconds in rows:
        first = "".join(json.loads((ROOT / path).read_text(encoding="utf-8"))["cells"][0]["source"])
        assert name == Path(path).stem
        assert f"**Question:** {question}\n" in first
        assert f"**Minutes to read:** {minutes}\n" in first
        assert first.endswith(f"**Seconds to compute:** {seconds}")
