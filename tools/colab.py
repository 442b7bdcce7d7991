"""Run the lessons as Google Colab runs them: with its versions, and with the package that the set-up cell installs.

    python tools/colab.py                       with the first supported Python of: 3.13, as Colab has it, then others
    python tools/colab.py --python python3.12   with this one
    python tools/colab.py -- -k gram            further options for pytest

The environment is .venv-colab, made from tests/colab_versions.txt and kept while that file and the Python stay the
same. The package is installed into it anew each time, by the code of the set-up cell itself.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from build_notebooks import set_up
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
ENVIRONMENT = ROOT / ".venv-colab"
VERSIONS = ROOT / "tests" / "colab_versions.txt"
PYTHONS = ["python3.13", *sorted(map(str, Path.home().glob(".pyenv/versions/3.13.*/bin/python3.13"))), sys.executable]
SUPPORTED = ("3.11", "3.12", "3.13")
KERNEL = "colab"
NEVER_CHANGED = ("tensorflow", "numpy")


class ColabError(Exception):
    """What keeps the lessons from being run."""


def version_of(python: str) -> str:
    """Such as 3.13.2; empty where the command does not run."""
    program = shutil.which(python)
    if program is None:
        return ""
    asked = [program, "-c", "import platform; print(platform.python_version())"]
    return subprocess.run(asked, capture_output=True, text=True).stdout.strip()


def chosen_python(candidates: list[str]) -> str:
    """The first command that is a supported Python."""
    for python in candidates:
        if version_of(python).rpartition(".")[0] in SUPPORTED:
            return python
    raise ColabError(f"None of {', '.join(candidates)} is a Python {', '.join(SUPPORTED)}.")


def needed() -> list[str]:
    """The packages that Colab would have, by name: those this one depends on, and the kernel."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [*(Requirement(text).name for text in project["dependencies"]), "ipykernel"]


def made_of(python: str) -> str:
    """A mark that changes with whatever the environment is made from."""
    parts = [VERSIONS.read_text(encoding="utf-8"), *needed(), version_of(python), str(ENVIRONMENT)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def program(environment: Path) -> Path:
    """The Python of an environment."""
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def prepare(python: str) -> None:
    """Make the environment, unless it is there; the mark is written last."""
    mark = ENVIRONMENT / ".made_of"
    if mark.exists() and mark.read_text() == made_of(python):
        return
    print(f"Making .venv-colab with Python {version_of(python)}: 2 GB, some minutes ...", flush=True)
    if mark.exists():
        mark.unlink()
    _run([python, "-m", "venv", "--clear", str(ENVIRONMENT)])
    _run([*_pip(), "install", "--quiet", "--no-compile", "--constraint", str(VERSIONS), *needed()])
    mark.write_text(made_of(python))


def versions() -> dict[str, str]:
    """What is installed in the environment."""
    listed = subprocess.run([*_pip(), "list", "--format=json"], capture_output=True, text=True, check=True)
    return {package["name"]: package["version"] for package in json.loads(listed.stdout)}


def install_by_set_up_cell() -> None:
    """Let the set-up cell find no package and install it from this folder; nothing else may change."""
    _run([*_pip(), "uninstall", "-qq", "--yes", "nst-utils"])
    before = versions()
    with tempfile.TemporaryDirectory() as empty:
        _run([str(program(ENVIRONMENT)), "-c", set_up(ROOT.as_posix())], cwd=empty)
    after = versions()
    if "nst-utils" not in after:
        raise ColabError("The set-up cell has not installed nst-utils.")
    del after["nst-utils"]
    if changed := sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name)):
        said = ", ".join(f"{name} {before.get(name, '-')} -> {after.get(name, '-')}" for name in changed)
        raise ColabError(f"The set-up cell changed {said}.")
    print("The set-up cell installed nst-utils and left", *(f"{name} {after[name]}" for name in NEVER_CHANGED))


def run_lessons(options: list[str]) -> int:
    """The students' notebooks under nbval, in kernels of the environment."""
    lessons = sorted(str(path) for path in (ROOT / "notebooks").glob("*.ipynb"))
    if not lessons:
        raise ColabError("There are no notebooks; 'make notebooks' builds them.")
    with tempfile.TemporaryDirectory() as folder:
        spec = Path(folder, "kernels", KERNEL, "kernel.json")
        spec.parent.mkdir(parents=True)
        start = [str(program(ENVIRONMENT)), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        spec.write_text(json.dumps({"argv": start, "display_name": "Colab", "language": "python"}))
        pytest = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"--nbval-kernel-name={KERNEL}"]
        searched = os.pathsep.join(filter(None, [folder, os.environ.get("JUPYTER_PATH")]))
        return subprocess.run(
            [*pytest, *lessons, *options], cwd=ROOT, env=os.environ | {"JUPYTER_PATH": searched}
        ).returncode


def _pip() -> list[str]:
    return [str(program(ENVIRONMENT)), "-m", "pip", "--disable-pip-version-check"]


def _run(command: list[str], cwd: str | None = None) -> None:
    if subprocess.run(command, cwd=cwd).returncode:
        raise ColabError(f"This went wrong: {' '.join(command[:6])} ...")


def main(arguments: list[str] | None = None) -> int:
    """The command; what pytest returns, or 1 where it did not come so far."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", help="command of a Python 3.11, 3.12 or 3.13; default: 3.13 where there is one")
    parser.add_argument("pytest", nargs="*", help="options for pytest, after --")
    options = parser.parse_args(arguments)
    try:
        prepare(chosen_python([options.python] if options.python else PYTHONS))
        install_by_set_up_cell()
        return run_lessons(options.pytest)
    except ColabError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    raise SystemExit(main())
