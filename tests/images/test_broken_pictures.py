"""Whatever is not a picture gets a PictureError in plain words: damaged files, wrong arrays."""

import contextlib
import io
import os
import resource
import struct
import subprocess
import sys
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import nst_utils as nst
from nst_utils.images import arrays

MUTANTS = 40  # of each sound file below


def _sound_files() -> dict[str, bytes]:
    """Small whole files, one for each decoder and compression."""
    rng = np.random.default_rng(7)
    y, x = np.mgrid[0:20, 0:24]
    pixels = np.stack([x * 10, y * 12, (x + y) * 5], axis=-1) + rng.integers(0, 15, (20, 24, 3))
    color = Image.fromarray(pixels.astype(np.uint8))
    moved = color.rotate(90)
    exif = Image.Exif()
    exif[0x0112] = 6
    glass = color.copy()
    glass.putalpha(color.convert("L"))
    deep = Image.fromarray((pixels[..., 0] * 250).astype(np.uint16))
    kinds = {
        "plain.png": (color, {}),
        "clear.png": (glass, {}),
        "palette.png": (color.quantize(16), {"transparency": 3}),
        "deep.png": (deep, {}),
        "animated.png": (color, {"save_all": True, "append_images": [moved]}),
        "baseline.jpg": (color, {"exif": exif}),
        "progressive.jpg": (color, {"progressive": True, "icc_profile": b"not a profile"}),
        "ink.jpg": (color.convert("CMYK"), {}),
        "still.gif": (color, {}),
        "animated.gif": (color, {"save_all": True, "append_images": [moved]}),
        "lossy.webp": (color, {}),
        "lossless.webp": (glass, {"lossless": True}),
        "animated.webp": (color, {"save_all": True, "append_images": [moved]}),
        "raw.tif": (color, {}),
        "deflate.tif": (color, {"compression": "tiff_deflate"}),
        "lzw.tif": (deep, {"compression": "tiff_lzw"}),
        "jpeg.tif": (color, {"compression": "jpeg"}),
        "fax.tif": (color.convert("1"), {"compression": "group4"}),
        "color.bmp": (color, {}),
        "palette.bmp": (color.quantize(16), {}),
    }
    files = {}
    for name, (image, options) in kinds.items():
        file = io.BytesIO()
        image.save(file, {"jpg": "JPEG", "tif": "TIFF"}.get(name[-3:], name.rpartition(".")[2]), **options)
        files[name] = file.getvalue()
    return files


SOUND = _sound_files()


def _mutants(name: str) -> list[bytes]:
    """Seeded damages of one file: cut, bits flipped, headers overwritten or borrowed, stretches lost or inserted."""
    whole = SOUND[name]
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    mutants = []
    for number in range(MUTANTS):
        data = bytearray(whole)
        at = int(rng.integers(len(data)))
        match number % 8:
            case 0:
                del data[at:]
            case 1 | 2:
                for bit in rng.integers(8 * len(data), size=int(rng.integers(1, 6))):
                    data[bit // 8] ^= 1 << int(bit % 8)
            case 3:  # near the start, where sizes, offsets and counts stand
                data[int(rng.integers(min(80, len(data))))] = int(rng.integers(256))
            case 4:
                start = int(rng.integers(min(64, len(data) - 4)))
                data[start : start + 4] = b"\xff\xff\xff\x7f"
            case 5:
                other = SOUND[str(rng.choice(sorted(SOUND)))]
                head = int(rng.integers(2, 40))
                data[:head] = other[:head]
            case 6:
                del data[at : at + int(rng.integers(1, 40))]
            case 7:
                data[at:at] = rng.bytes(int(rng.integers(1, 40)))
        mutants.append(bytes(data))
    return mutants


def _assert_picture(pixels) -> None:
    assert isinstance(pixels, np.ndarray)
    assert pixels.dtype == np.float32
    assert pixels.ndim == 3
    assert pixels.shape[2] == 3
    assert np.isfinite(pixels).all()
    assert pixels.min() >= 0
    assert pixels.max() <= 1


def test_at_least_200_damaged_files_are_tried():
    assert len({mutant for name in SOUND for mutant in _mutants(name)}) >= 200


@pytest.mark.parametrize("name", SOUND)
def test_a_damaged_file_is_a_picture_or_a_picture_error_and_nothing_else(name, tmp_path, capfd):
    refused = 0
    for number, mutant in enumerate(_mutants(name)):
        path = tmp_path / f"{number}-{name}"
        path.write_bytes(mutant)
        with warnings.catch_warnings(record=True, action="always") as leaked:
            try:
                pixels = nst.picture(path, size=None if number % 2 else 12)
            except nst.PictureError as error:
                refused += 1
                assert str(path) in str(error)
                assert "\n" not in str(error)
            else:
                _assert_picture(pixels)
        assert leaked == []
    assert refused  # the damage is real
    if not name.endswith(".tif"):  # libtiff complains to the error stream past Python
        assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", SOUND)
def test_the_sound_files_themselves_are_pictures(name):
    _assert_picture(nst.picture(SOUND[name]))


@pytest.mark.parametrize("name", ["plain.png", "baseline.jpg", "lossy.webp", "raw.tif", "color.bmp"])
def test_half_a_file_is_refused(name):
    with pytest.raises(nst.PictureError):
        nst.picture(SOUND[name][: len(SOUND[name]) // 2])


def _png_header(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("width, height", [(10_001, 10_000), (20_000, 20_000), (2**31 - 1, 2**31 - 1)])
def test_a_decompression_bomb_is_refused_by_its_header(width, height):
    # the file holds no pixels at all: only a refusal before decoding can name the megapixels
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(nst.PictureError, match="more than 100 megapixels"):
            nst.picture(_png_header(width, height))


@pytest.mark.parametrize("width, height", [(1, 300), (300, 1), (7, 7)])
def test_a_picture_one_pixel_wide_is_refused(width, height):
    with pytest.raises(nst.PictureError, match=f"{width} x {height} pixels is too small"):
        nst.picture(Image.new("RGB", (width, height)))


def test_a_strip_that_its_size_makes_too_thin_is_refused():
    with pytest.raises(nst.PictureError, match="at size 64 it is 64 x 1 pixels"):
        nst.picture(np.zeros((10, 640, 3), np.uint8), size=64)


def test_a_misspelled_name_gets_the_nearest_names():
    with pytest.raises(nst.PictureError, match=r"harbour.*harbor.*nst\.pictures\(\)"):
        nst.picture("harbour")


def test_files_that_are_no_pictures_are_named_with_the_reason(tmp_path):
    empty, text = tmp_path / "empty.png", tmp_path / "letter.jpg"
    empty.touch()
    text.write_text("Dear student, this is not a picture. " * 20)
    page = tmp_path / "page.ps"
    page.write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 99 99\n")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path, reason in [
        (empty, "empty"),
        (text, "not a picture in a known format"),
        (page, "not a picture in a known format"),
        (tmp_path, "folder"),
        (pipe, "not an ordinary file"),
        (tmp_path / "missing.png", "no such file"),
    ]:
        for x in (path, str(path)):
            with pytest.raises(nst.PictureError, match=reason) as caught:
                nst.picture(x)
            assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    "x", ["", "a\0b", "x" * 5000, "~nobody-of-this-name/x.png", b"", None, 7, {"a": 1}, object(), [[1], [2, 3]]]
)
def test_things_that_are_no_pictures_are_refused(x):
    with pytest.raises(nst.PictureError):
        nst.picture(x)


@pytest.mark.parametrize(
    "name, reason", [("x" * 256, "longer than"), ("~nobody-of-this-name/x.png", "no user of this name")]
)
def test_a_name_that_no_file_can_have_is_told_from_a_missing_file(name, reason):
    for x in (name, Path(name)):
        with pytest.raises(nst.PictureError, match=reason):
            nst.picture(x)


def test_a_folder_without_rights_is_told_from_a_missing_file():
    """In a process that gives up the rights of the superuser, whom nothing is forbidden."""
    program = """
import os, tempfile
from nst_utils import PictureError, picture
with tempfile.TemporaryDirectory() as folder:
    os.mkdir(f"{folder}/locked", 0o600)
    if os.geteuid() == 0:
        os.chmod(folder, 0o755)
        os.seteuid(65534)
    try:
        picture(f"{folder}/locked/a.png")
    except PictureError as error:
        print(error)
    os.seteuid(os.getuid())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "the right is missing for the file, or for a folder on the way to it" in done.stdout


def test_a_closed_image_is_refused(tmp_path):
    path = tmp_path / "plain.png"
    path.write_bytes(SOUND["plain.png"])
    with Image.open(path) as image:
        pass
    with pytest.raises(nst.PictureError):
        nst.picture(image)


@pytest.mark.parametrize(
    "array, reason",
    [
        (np.full((9, 9, 3), np.nan), "NaN"),
        (np.full((9, 9, 3), np.inf, np.float32), "infinity"),
        (np.full((9, 9, 3), 1.01), "0 to 1"),
        (np.full((9, 9, 3), -0.01), "0 to 1"),
        (np.full((9, 9, 3), 255.0), "from 255 to 255"),
        (np.zeros((9, 9, 3), np.int64), "int64"),
        (np.zeros((9, 9, 3), np.complex64), "complex64"),
        (np.zeros((9, 9, 3), object), "object"),
        (np.zeros(9), r"\(9,\)"),
        (np.zeros(()), "shape"),
        (np.zeros((0, 0, 3)), "too small"),
        (np.zeros((9, 9, 2)), r"\(9, 9, 2\)"),
        (np.zeros((3, 9, 9)), "moveaxis"),
        (np.zeros((1, 9, 9, 3)), r"x\[0\]"),
        (np.zeros((2, 9, 9, 3)), r"\(2, 9, 9, 3\)"),
        (np.broadcast_to(np.float32(0), (10_001, 10_000, 3)), "megapixels"),
    ],
)
def test_a_wrong_array_is_refused_with_the_value(array, reason):
    with pytest.raises(nst.PictureError, match=reason):
        nst.picture(array)


@pytest.mark.parametrize("size", [0, -5, 12.5, "large", None])
def test_a_wrong_size_is_refused(size):
    pixels = np.zeros((9, 9, 3), np.float32)
    with pytest.raises(nst.PictureError, match="size is"):
        arrays.fit(pixels, size)


# --- Saving -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["picture", "picture.gif", "picture.txt", "picture.png.", ".png"])
def test_an_ending_that_cannot_be_saved_gets_the_endings_that_can(name, tmp_path):
    with pytest.raises(nst.PictureError, match=r"\.png, \.jpg"):
        nst.save_picture(np.zeros((9, 9, 3), np.float32), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_saving_where_nothing_can_be_saved_is_refused(tmp_path):
    pixels = np.zeros((9, 9, 3), np.float32)
    (tmp_path / "file").touch()
    (tmp_path / "folder.png").mkdir()
    for path in (tmp_path / "file" / "a.png", tmp_path / "folder.png", tmp_path / ("x" * 300 + ".png")):
        with pytest.raises(nst.PictureError, match="cannot save"):
            nst.save_picture(pixels, path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder.png"]


def test_a_picture_wider_than_its_format_can_hold_is_refused(tmp_path):
    with pytest.raises(nst.PictureError, match="cannot save"):
        nst.save_picture(np.zeros((8, 17_000, 3), np.float32), tmp_path / "wide.webp")
    assert list(tmp_path.iterdir()) == []


@contextlib.contextmanager
def _disk_with_room_for(size: int):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("ending", [".png", ".jpg", ".webp", ".tif", ".bmp"])
def test_a_full_disk_keeps_the_file_that_was_there(ending, tmp_path):
    path = tmp_path / f"mine{ending}"
    path.write_bytes(b"before")
    noise = np.random.default_rng(0).random((64, 64, 3)).astype(np.float32)
    with _disk_with_room_for(500), pytest.raises(nst.PictureError, match="cannot save"):
        nst.save_picture(noise, path)
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("pixels", [np.full((9, 9, 3), np.nan), np.zeros((9, 9, 5)), None, "harbor"])
def test_what_is_no_picture_is_not_saved(pixels, tmp_path):
    with pytest.raises(nst.PictureError):
        nst.save_picture(pixels, tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []
