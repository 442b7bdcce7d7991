"""The one way to write a file: whole or not at all, through links, under any name, and a refusal in one sentence."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from nst_utils.base.errors import NSTError, PictureError, WriteError
from nst_utils.base.files import written_whole


def write(path, text: str = "new") -> None:
    with written_whole(path) as beside:
        beside.write_text(text)


def test_a_file_is_written_with_the_rights_of_an_ordinary_file(tmp_path):
    path = tmp_path / "new folder" / "a.txt"
    write(path)
    (tmp_path / "ordinary").touch()
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE((tmp_path / "ordinary").stat().st_mode)
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("failure", [ValueError("no"), PictureError("no"), KeyboardInterrupt()])
def test_what_fails_inside_leaves_the_old_file_and_comes_out_unchanged(failure, tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(type(failure)) as caught, written_whole(path) as beside:
        beside.write_text("half")
        raise failure
    assert caught.value is failure
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["x" * 251 + ".txt", "é" * 125 + ".txt", "a." + "x" * 253, ".hidden", "no ending"])
def test_every_name_that_the_system_allows_can_be_written(name, tmp_path):
    write(tmp_path / name)
    assert (tmp_path / name).read_text() == "new"


def test_the_temporary_file_has_the_ending_by_which_libraries_choose_a_format(tmp_path):
    with written_whole(tmp_path / "a.npz") as beside:
        assert beside.suffix == ".npz"
        assert beside.parent == tmp_path


def test_a_link_is_written_through(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    target, link = tmp_path / "elsewhere" / "a.txt", tmp_path / "link.txt"
    link.symlink_to(Path("elsewhere") / "a.txt")
    for text in ("first", "second"):  # to a file that is missing, and to one that is there
        write(link, text)
        assert link.is_symlink()
        assert target.read_text() == text
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize(
    "place, reason",
    [
        ("x" * 300, "shorter name"),
        ("file/a.txt", "another name or folder"),
        ("folder", "it is a folder"),
        ("/dev/full", "not an ordinary file"),
        ("/proc/a.txt", "cannot be written"),
        ("a\0b", "null character"),
    ],
)
def test_a_place_that_cannot_be_written_is_refused_in_one_sentence(place, reason, tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(WriteError, match=reason) as caught:
        write(tmp_path / place)
    assert "cannot be written" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


def test_a_folder_without_rights_is_refused():
    """In a process that gives up the rights of the superuser, whom nothing is forbidden."""
    program = """
import os, tempfile
from nst_utils.base.errors import WriteError
from nst_utils.base.files import written_whole
with tempfile.TemporaryDirectory() as folder:
    os.chmod(folder, 0o555)
    if os.geteuid() == 0:
        os.seteuid(65534)
    try:
        with written_whole(f"{folder}/a.txt"):
            pass
    except WriteError as error:
        print(error)
    os.seteuid(os.getuid())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("Permission denied. Choose a folder where you may write\n")


def test_a_full_disk_is_told_with_what_to_do_even_when_a_library_hides_it(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with (
        pytest.raises(
            NSTError, match=r"a\.txt: cannot be written: No space left on device\. Free some space"
        ) as caught,
        written_whole(path),
    ):
        try:
            with Path("/dev/full").open("w") as full:
                full.write("new")
        finally:
            None.close()  # as a library that stumbles over the failure
    assert isinstance(caught.value, OSError)
    assert path.read_text() == "old"


def test_what_a_killed_process_left_is_removed_by_the_next_write_and_nothing_else(tmp_path):
    program = f"""
import os
from nst_utils.base.files import written_whole
with written_whole({str(tmp_path / "a.txt")!r}) as beside:
    os._exit(9)
"""
    subprocess.run([sys.executable, "-c", program], check=False)
    (left,) = tmp_path.iterdir()
    foreign = tmp_path / left.name.replace(".nst-", ".nst-0")  # of another machine that shares the folder
    foreign.touch()
    with written_whole(tmp_path / "b.txt") as beside:
        beside.write_text("new")
        write(tmp_path / "c.txt")  # does not take away what is being written
        assert beside.exists()
    assert {path.name for path in tmp_path.iterdir()} == {"b.txt", "c.txt", foreign.name}
