"""The one door: whatever a picture comes as, it becomes float32 (h, w, 3) in [0, 1], upright, on white, in sRGB."""

import io
import struct
import subprocess
import sys
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import nst_utils as nst
from nst_utils.images.arrays import fit, resize

HALF_STEP = 0.5 / 255 + 1e-6


def colors(height: int = 20, width: int = 24) -> np.ndarray:
    """Bytes (h, w, 3), smooth and different in every corner."""
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    return np.rint(np.stack([x, y, 1 - x * y], axis=-1) * 255).astype(np.uint8)


def file_of(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


# --- Ways in ----------------------------------------------------------------------------------------------------------


def test_every_way_in_gives_the_same_picture(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pixels = colors()
    image = Image.fromarray(pixels)
    path = tmp_path / "photo.png"
    image.save(path)
    expected = pixels.astype(np.float32) / 255
    data = path.read_bytes()
    for x in [path, str(path), "photo.png", data, bytearray(data), memoryview(data), image, Image.open(path), pixels]:
        actual = nst.picture(x)
        assert actual.dtype == np.float32
        np.testing.assert_array_equal(actual, expected)
    np.testing.assert_array_equal(nst.picture(expected.tolist()), expected)


def test_a_file_whose_ending_lies_is_opened_by_its_content(tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(file_of(Image.fromarray(colors()), "BMP"))
    np.testing.assert_array_equal(nst.picture(path), nst.picture(colors()))


def test_a_home_folder_is_expanded(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    Image.fromarray(colors()).save(tmp_path / "photo.png")
    assert nst.picture("~/photo.png").shape == (20, 24, 3)


def test_anything_that_numpy_can_read_is_an_array():
    class Tensor:
        def __array__(self, dtype=None, copy=None):
            return np.full((9, 9, 3), 0.25, np.float16)

    assert (nst.picture(Tensor()) == 0.25).all()


@pytest.mark.parametrize(
    "array, value",
    [
        (np.full((9, 10), 51, np.uint8), 0.2),
        (np.full((9, 10, 1), 51, np.uint8), 0.2),
        (np.full((9, 10), 13107, np.uint16), 0.2),
        (np.full((9, 10), 13107, ">u2"), 0.2),
        (np.ones((9, 10), bool), 1),
        (np.full((9, 10, 3), 0.2, np.float64), 0.2),
        (np.full((9, 10, 3), 1.0005), 1),
        (np.full((9, 10, 3), -0.0005), 0),
        (np.dstack([np.zeros((9, 10, 3)), np.full((9, 10), 0.8)]), 0.2),
        (np.full((9, 10, 4), (255, 255, 255, 7), np.uint8), 1),
    ],
)
def test_an_array_of_any_sensible_kind_is_a_picture(array, value):
    pixels = nst.picture(array)
    assert pixels.shape == (9, 10, 3)
    assert pixels.dtype == np.float32
    np.testing.assert_allclose(pixels, value, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.uint8])
@pytest.mark.parametrize("order", ["C", "F"])
def test_the_array_of_the_user_is_never_shared_nor_changed(dtype, order):
    array = np.zeros((9, 10, 3), dtype, order)
    array.flags.writeable = False
    pixels = nst.picture(array)
    assert pixels.flags.writeable
    assert pixels.flags.c_contiguous
    pixels[:] = 1
    assert (array == 0).all()


def test_an_image_of_the_user_is_not_changed():
    image = Image.fromarray(colors(40, 60)).quantize(8)
    before = image.tobytes()
    nst.picture(image, size=20)
    assert (image.mode, image.size, image.tobytes()) == ("P", (60, 40), before)


# --- Modes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "mode", ["L", "LA", "P", "RGB", "RGBA", "RGBX", "RGBa", "La", "PA", "CMYK", "YCbCr", "HSV", "F"]
)
def test_a_gray_stays_gray_in_every_mode(mode):
    image = Image.new("L", (9, 9), 51).convert("RGB")
    for step in {"La": ["LA"], "PA": ["P"], "RGBa": ["RGBA"]}.get(mode, []):
        image = image.convert(step)
    image = image.convert(mode)
    if mode == "F":
        image = image.point(lambda value: value * (1 / 255) + 0)
    np.testing.assert_allclose(nst.picture(image), 0.2, atol=1.01 / 255)


def test_one_bit_is_black_and_white():
    bits = np.indices((9, 9)).sum(axis=0) % 2 == 0
    for image in (Image.fromarray(bits), file_of(Image.fromarray(bits), "TIFF", compression="group4")):
        np.testing.assert_array_equal(nst.picture(image)[..., 0], bits)


@pytest.mark.parametrize("name", ["white", "black", "gray", "firebrick", "steelblue", "orchid"])
def test_lab_colors_are_converted(name):
    from PIL import ImageCms

    srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    image = Image.new("RGB", (9, 9), name)
    converted = ImageCms.profileToProfile(image, srgb, lab, outputMode="LAB")
    np.testing.assert_allclose(nst.picture(converted), nst.picture(image), atol=0.03)


def test_a_cmyk_jpeg_is_not_inverted():
    for ink, color in [((0, 255, 255, 0), (1, 0, 0)), ((0, 0, 0, 0), (1, 1, 1)), ((0, 0, 0, 255), (0, 0, 0))]:
        data = file_of(Image.new("CMYK", (16, 16), ink), "JPEG", quality=95)
        assert b"Adobe" in data  # the marker by which readers know that the inks are stored inverted
        np.testing.assert_allclose(nst.picture(data)[8, 8], color, atol=0.03)


def test_sixteen_bits_keep_their_depth():
    ramp = np.linspace(0, 65535, 20 * 24).round().astype(np.uint16).reshape(20, 24)
    png, tiff = file_of(Image.fromarray(ramp)), file_of(Image.fromarray(ramp), "TIFF")
    big_endian = file_of(Image.frombytes("I;16B", (24, 20), ramp.astype(">u2").tobytes()), "TIFF")
    pgm = b"P5 24 20 65535\n" + ramp.astype(">u2").tobytes()
    for data in (png, tiff, big_endian, pgm, Image.fromarray(ramp.astype(np.int32))):
        np.testing.assert_allclose(nst.picture(data)[..., 1], ramp / 65535, atol=1e-6)


def _sixteen_bit_png(pixels: np.ndarray, *extra: tuple[bytes, bytes]) -> bytes:
    """A PNG of 16 bits a channel, which Pillow reads but does not write in color."""
    height, width, channels = pixels.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", width, height, 16, {1: 0, 2: 4, 3: 2, 4: 6}[channels], 0, 0, 0)
    chunks = [(b"IHDR", header), *extra, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_sixteen_bit_png_is_read_with_any_number_of_channels(channels):
    opaque = np.full((9, 10, 1), 65535)
    values = np.linspace(0, 65535, 90).reshape(9, 10, 1) * np.ones({1: 1, 2: 1, 3: 3, 4: 3}[channels])
    data = _sixteen_bit_png(np.dstack([values, opaque]) if channels in (2, 4) else values)
    np.testing.assert_allclose(nst.picture(data)[..., 0], values[..., 0] / 65535, atol=1.01 / 255)


def test_the_transparent_gray_of_a_sixteen_bit_png_is_white():
    data = _sixteen_bit_png(np.full((9, 10, 1), 700), (b"tRNS", struct.pack(">H", 700)))
    assert (nst.picture(data) == 1).all()


def test_float_tiff_is_taken_as_it_is():
    values = np.linspace(0, 1, 90, dtype=np.float32).reshape(9, 10)
    np.testing.assert_array_equal(nst.picture(file_of(Image.fromarray(values), "TIFF"))[..., 2], values)


@pytest.mark.parametrize("values", [np.full((9, 9), 255, np.float32), np.full((9, 9), np.nan, np.float32)])
def test_float_tiff_out_of_range_is_refused(values):
    with pytest.raises(nst.PictureError):
        nst.picture(file_of(Image.fromarray(values), "TIFF"))


@pytest.mark.parametrize("value", [-1, 70_000])
def test_integers_that_are_no_sixteen_bits_are_refused(value):
    with pytest.raises(nst.PictureError, match="0 to 65535"):
        nst.picture(Image.new("I", (9, 9), value))


# --- Transparency, orientation, profiles, animation -------------------------------------------------------------------


def test_transparency_is_laid_on_white():
    image = Image.new("RGBA", (20, 10), (255, 0, 0, 255))
    image.paste((0, 0, 255, 0), (10, 0, 20, 10))
    opaque = image.convert("RGB")
    gray = Image.new("LA", (20, 10), (0, 255))
    gray.paste((0, 0), (10, 0, 20, 10))
    palette = Image.new("P", (20, 10), 0)
    palette.putpalette([255, 0, 0, 0, 0, 255])
    palette.paste(1, (10, 0, 20, 10))
    for data in [
        image,
        gray,
        file_of(image),
        file_of(gray),
        file_of(image, "WEBP", lossless=True),
        file_of(palette, transparency=1),
        file_of(palette, transparency=b"\xff\x00"),
        file_of(palette, "GIF", transparency=1),
        file_of(image, "TIFF"),
        file_of(opaque, transparency=(0, 0, 255)),
    ]:
        pixels = nst.picture(data)
        np.testing.assert_array_equal(pixels[:, 10:], 1)
        assert (pixels[:, :10, 1] == 0).all()


def test_half_transparent_red_is_pink():
    pixels = nst.picture(Image.new("RGBA", (9, 9), (255, 0, 0, 102)))
    np.testing.assert_allclose(pixels[0, 0], (1, 0.6, 0.6), atol=1.01 / 255)


STORED_BY_ORIENTATION = {  # how a camera stores an upright picture under each value of the EXIF tag
    1: lambda upright: upright,
    2: np.fliplr,
    3: lambda upright: np.rot90(upright, 2),
    4: np.flipud,
    5: lambda upright: upright.swapaxes(0, 1),
    6: np.rot90,
    7: lambda upright: np.rot90(upright.swapaxes(0, 1), 2),
    8: lambda upright: np.rot90(upright, -1),
}


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", STORED_BY_ORIENTATION)
def test_a_picture_is_upright(orientation, kind):
    upright = colors()
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = Image.fromarray(np.ascontiguousarray(STORED_BY_ORIENTATION[orientation](upright)))
    data = file_of(stored, kind, exif=exif, **({"lossless": True} if kind == "WEBP" else {}))
    np.testing.assert_array_equal(nst.picture(data), nst.picture(upright))


def test_damaged_exif_is_ignored():
    data = file_of(Image.fromarray(colors()), "JPEG", exif=b"Exif\0\0MM\0\x2a\xff\xff\xff\xff")
    assert nst.picture(data).shape == (20, 24, 3)


def _profile(space: bytes) -> bytes:
    """An ICC profile (version 2) of linear light, gray or with the primaries of sRGB."""

    def xyz(*values: float) -> bytes:
        return b"XYZ " + bytes(4) + b"".join(struct.pack(">i", round(value * 65536)) for value in values)

    linear = b"curv" + bytes(8)
    tags = {
        b"desc": b"desc" + bytes(4) + struct.pack(">I", 5) + b"test\0" + bytes(79),
        b"cprt": b"text" + bytes(4) + b"none\0\0\0\0",
        b"wtpt": xyz(0.9642, 1, 0.8249),
    }
    if space == b"GRAY":
        tags[b"kTRC"] = linear
    else:
        tags |= {b"rTRC": linear, b"gTRC": linear, b"bTRC": linear, b"rXYZ": xyz(0.4361, 0.2225, 0.0139)}
        tags |= {b"gXYZ": xyz(0.3851, 0.7169, 0.0971), b"bXYZ": xyz(0.1431, 0.0606, 0.7141)}
    table, body, start = struct.pack(">I", len(tags)), b"", 132 + 12 * len(tags)
    for name, data in tags.items():
        table += name + struct.pack(">II", start + len(body), len(data))
        body += data
    header = struct.pack(">I4sI4s4s4s", start + len(body), b"lcms", 0x02400000, b"mntr", space, b"XYZ ")
    header += struct.pack(">6H", 2020, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + struct.pack(">3i", 63190, 65536, 54061)
    return header.ljust(128, b"\0") + table + body


def _encoded(linear: float) -> float:
    """The transfer curve of sRGB (IEC 61966-2-1)."""
    return 12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055


@pytest.mark.parametrize(
    "image, space",
    [
        (Image.new("RGB", (9, 9), (55, 55, 55)), b"RGB "),
        (Image.new("RGBA", (9, 9), (55, 55, 55, 255)), b"RGB "),
        (Image.new("L", (9, 9), 55), b"RGB "),
        (Image.new("L", (9, 9), 55), b"GRAY"),
        (Image.new("LA", (9, 9), (55, 255)), b"GRAY"),
        (Image.fromarray(np.full((9, 9), 55 * 257, np.uint16)), b"GRAY"),
    ],
)
def test_colors_come_to_srgb_by_the_profile(image, space):
    pixels = nst.picture(file_of(image, icc_profile=_profile(space)))
    np.testing.assert_allclose(pixels, _encoded(55 / 255), atol=1.01 / 255)


@pytest.mark.parametrize("profile", [b"not a profile", _profile(b"RGB ")[:200], _profile(b"GRAY"), _profile(b"CMYK")])
def test_a_profile_that_is_broken_or_of_another_space_is_ignored(profile):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_array_equal(
            nst.picture(file_of(Image.fromarray(colors()), icc_profile=profile)), nst.picture(colors())
        )


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_of_an_animation_the_first_frame_is_taken(kind):
    frames = [Image.new("RGB", (9, 9), color) for color in ("red", "lime", "blue")]
    options = {"lossless": True} if kind == "WEBP" else {}
    data = file_of(frames[0], kind, save_all=True, append_images=frames[1:], **options)
    assert (nst.picture(data) == (1, 0, 0)).all()


# --- Sizes ------------------------------------------------------------------------------------------------------------

sides = st.integers(8, 80)


@settings(max_examples=30)
@given(sides, sides, st.integers(8, 100), st.booleans())
def test_fit_bounds_the_longer_side_and_keeps_the_proportions(height, width, size, enlarge):
    fitted = fit(np.zeros((height, width, 3), np.float32), size, enlarge)
    longer = max(height, width)
    expected = size if enlarge else min(size, longer)
    assert max(fitted.shape[:2]) == expected
    assert abs(fitted.shape[0] - height * expected / longer) <= 0.5
    assert abs(fitted.shape[1] - width * expected / longer) <= 0.5


@settings(max_examples=30)
@given(st.tuples(sides, sides), st.tuples(sides, sides), st.floats(0, 1, width=32))
def test_a_flat_picture_stays_flat_at_every_size(before, after, value):
    resized = resize(np.full((*before, 3), value, np.float32), after)
    assert resized.shape == (*after, 3)
    assert resized.dtype == np.float32
    np.testing.assert_allclose(resized, value, atol=1e-6)


@settings(max_examples=30)
@given(st.tuples(sides, sides), st.tuples(sides, sides), st.integers(0, 2**32 - 1))
def test_resizing_stays_within_the_range(before, after, seed):
    sharp = np.random.default_rng(seed).integers(0, 2, (*before, 3)).astype(np.float32)
    resized = resize(sharp, after)
    assert resized.min() >= 0
    assert resized.max() <= 1


def test_resizing_commutes_with_turning_the_picture():
    pixels = nst.picture(colors(40, 60))
    np.testing.assert_allclose(resize(pixels, (13, 17))[::-1, ::-1], resize(pixels[::-1, ::-1], (13, 17)), atol=1e-6)


def test_making_smaller_averages_fine_patterns_away():
    board = np.repeat((np.indices((128, 128)).sum(axis=0) % 2)[..., None], 3, axis=2).astype(np.float32)
    np.testing.assert_allclose(fit(board, 32)[4:-4, 4:-4], 0.5, atol=0.02)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("size", [20, 50, 100])
def test_the_short_way_to_a_small_picture_agrees_with_the_long_one(kind, size):
    data = file_of(Image.fromarray(colors(300, 400)), kind)
    np.testing.assert_allclose(nst.picture(data, size), fit(nst.picture(data), size), atol=0.02)


def test_a_picture_is_enlarged_only_when_asked():
    assert nst.picture(colors(), 48).shape == (20, 24, 3)
    assert nst.picture(colors(), 48, enlarge=True).shape == (40, 48, 3)


# --- Saving -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", [".png", ".PNG", ".tif", ".tiff", ".bmp"])
def test_a_saved_picture_comes_back_within_half_a_step(ending, tmp_path):
    pixels = np.random.default_rng(0).random((20, 24, 3)).astype(np.float32)
    path = nst.save_picture(pixels, tmp_path / "new folder" / f"mine{ending}")
    np.testing.assert_allclose(nst.picture(path), pixels, atol=HALF_STEP)


@pytest.mark.parametrize("ending", [".jpg", ".jpeg", ".webp"])
def test_a_compressed_picture_comes_back_nearly(ending, tmp_path):
    pixels = nst.picture(colors())
    path = nst.save_picture(pixels, str(tmp_path / f"mine{ending}"))
    assert path.exists()
    assert np.abs(nst.picture(path) - pixels).mean() < 0.01


def test_saving_replaces_the_file_and_leaves_nothing_beside(tmp_path):
    path = tmp_path / "mine.png"
    path.write_bytes(b"before")
    nst.save_picture(colors(), path)
    assert list(tmp_path.iterdir()) == [path]
    np.testing.assert_array_equal(nst.picture(path), nst.picture(colors()))


# --- The module -------------------------------------------------------------------------------------------------------


def test_pillows_settings_and_the_warning_filters_stay_as_they_were():
    before = Image.MAX_IMAGE_PIXELS, list(warnings.filters)
    nst.picture(file_of(Image.fromarray(colors())))
    with pytest.raises(nst.PictureError):
        nst.picture(b"no picture")
    assert (Image.MAX_IMAGE_PIXELS, list(warnings.filters)) == before


def test_importing_the_module_imports_nothing_heavy():
    program = "import sys, nst_utils.images.opening; print(*sys.modules)"
    root = Path(nst.__file__).parents[1]
    answer = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)
    loaded = set(answer.stdout.split())
    assert "PIL.Image" in loaded
    assert not loaded & {"skimage", "sklearn", "scipy", "requests", "pooch", "matplotlib", "tensorflow", "keras"}
