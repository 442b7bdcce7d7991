"""What is shipped, and that it works alone: the bounds, the pins, the wheel, the environment files."""

import os
import re
import shlex
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from PIL import Image

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NEEDED = [Requirement(text) for text in PROJECT["dependencies"]]
DEVELOPMENT = [Requirement(text) for text in PROJECT["optional-dependencies"]["dev"]]


def pins(path: Path) -> dict[str, str]:
    """The versions that a file of lines ``name==version`` names."""
    return dict(re.findall(r"^([\w.-]+)==([\w.]+)", path.read_text(), re.MULTILINE))


COLAB = pins(ROOT / "tests" / "colab_versions.txt")
PINNED = pins(ROOT / "constraints.txt")


# Bounds and pins


@pytest.mark.parametrize("requirement", NEEDED, ids=str)
def test_the_bounds_admit_what_colab_has(requirement):
    name = canonicalize_name(requirement.name)
    assert name not in COLAB or requirement.specifier.contains(COLAB[name])


@pytest.mark.parametrize("requirement", NEEDED + DEVELOPMENT, ids=str)
def test_the_bounds_admit_what_is_pinned(requirement):
    assert requirement.specifier.contains(PINNED[canonicalize_name(requirement.name)])


@pytest.mark.parametrize("requirement", NEEDED + DEVELOPMENT, ids=str)
def test_no_bound_excludes_newer_versions(requirement):
    assert [limit.operator for limit in requirement.specifier] == [">="]


@pytest.mark.parametrize("python", ["3.11.0", "3.12.1", "3.13.9"])
def test_the_supported_pythons_are_admitted(python):
    assert SpecifierSet(PROJECT["requires-python"]).contains(python)


def test_conda_gets_the_same_environment():
    python, _, nested = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    assert SpecifierSet(PROJECT["requires-python"]).contains(python.removeprefix("python="))
    assert nested["pip"] == ["--constraint constraints.txt", "--editable .[dev]"]


# The wheel


def pip(*arguments: str, python: Path | str = sys.executable) -> None:
    run = subprocess.run(
        [python, "-m", "pip", "--disable-pip-version-check", *arguments], capture_output=True, text=True, cwd=ROOT
    )
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel that ``pip wheel .`` builds from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", ".", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder))
    return next(folder.glob("*.whl"))


def contents(wheel: Path) -> dict[str, int]:
    """Names and checksums of what a wheel holds, without the record of its own build."""
    with zipfile.ZipFile(wheel) as archive:
        return {item.filename: item.CRC for item in archive.infolist() if not item.filename.endswith("RECORD")}


def shipped_data() -> set[str]:
    """What data/ holds, at its place inside the package."""
    inside = {path.relative_to(ROOT).as_posix() for path in (ROOT / "data").rglob("*") if path.is_file()}
    return {f"nst_utils/{name}" for name in inside if "/." not in name}


def test_the_wheel_holds_the_pictures_their_registry_and_the_backbones(wheel):
    names = contents(wheel).keys()
    assert shipped_data() <= names
    assert "nst_utils/data/pictures.toml" in names
    assert any(re.fullmatch(r"nst_utils/data/pictures/\w+\.(jpg|png)", name) for name in names)
    assert any(re.fullmatch(r"nst_utils/data/backbones/\w+\.npz", name) for name in names)


def test_the_wheel_holds_the_code_the_names_and_the_licenses(wheel):
    names = contents(wheel).keys()
    code = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "nst_utils").rglob("*")
        if path.suffix in (".py", ".pyi", ".js")
    }
    assert code <= names
    assert {Path(name).name for name in names if "/licenses/" in name} == {"LICENSE", "LICENSE-lessons"}


def test_the_wheel_holds_nothing_else(wheel):
    folders = {name.split("/")[0] for name in contents(wheel)}
    assert {re.sub(r"^nst_utils-.*\.dist-info$", "dist-info", folder) for folder in folders} == {
        "nst_utils",
        "dist-info",
    }
    assert not [name for name in contents(wheel) if re.search(r"/(tests|tools|__pycache__)/|/\.", name)]


def test_the_source_distribution_builds_the_same_wheel(wheel, tmp_path):
    """`build` packs the sdist first and makes the wheel from what it holds."""
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    assert contents(next(tmp_path.glob("*.whl"))) == contents(wheel)
    with tarfile.open(next(tmp_path.glob("*.tar.gz"))) as archive:
        folders = {Path(name).parts[1] for name in archive.getnames()}
    assert not folders & {".venv", "out", "tests", "tools", "notebooks", ".git"}


def test_the_wheel_alone_paints_in_an_empty_folder(wheel, tmp_path):
    """In an environment without the checkout. What it depends on lies in this one; `make test-colab` installs it."""
    environment, folder = tmp_path / "environment", tmp_path / "empty"
    folder.mkdir()
    venv.create(environment, symlinks=os.name != "nt")
    script = "Scripts" if os.name == "nt" else "bin"
    packages = sysconfig.get_path("purelib", vars={"base": str(environment)})
    pip("install", "-q", "--no-compile", "--no-deps", "--target", packages, str(wheel))
    # A folder that a .pth names is searched, but its own .pth files, such as that of the checkout, are not read.
    dependencies = [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")]
    Path(packages, "dependencies.pth").write_text("\n".join(dependencies))

    run = subprocess.run(
        [
            environment / script / "python",
            *shlex.split("-m nst_utils stylize harbor swirls -o painted.png --size 64 --steps 3"),
        ],
        cwd=folder,
        env={"PATH": os.defpath, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
    )

    assert run.returncode == 0, run.stderr
    with Image.open(folder / "painted.png") as painting:
        assert painting.size == (64, 48)
    assert [path.name for path in folder.iterdir()] == ["painted.png"]
