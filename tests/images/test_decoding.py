"""The work that a file may make: any file is decoded within seconds or refused, and ordinary ones notice nothing."""

import io
import struct
import sys
import zlib

import numpy as np
import pytest
from PIL import Image

import nst_utils as nst
from nst_utils.images import decoding


def file_of(kind: str, size: tuple[int, int] = (24, 20), **options) -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(file, kind, **options)
    return file.getvalue()


def segment(marker: int, data: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(data) + 2) + data


def scans(number: int) -> bytes:
    """A progressive JPEG of 4 megapixels whose last scan, a few bytes, is repeated."""
    file = io.BytesIO()
    Image.new("L", (2000, 2000)).save(file, "JPEG", progressive=True)
    whole = file.getvalue()
    return whole[:-2] + whole[whole.rindex(b"\xff\xda") : -2] * number + b"\xff\xd9"


def filled_up(number: int) -> bytes:
    whole = file_of("JPEG")
    return whole[:2] + b"\xff" * number + whole[2:]


def commented(number: int) -> bytes:
    whole = file_of("GIF")
    at = whole.index(b",\0\0\0\0")
    return whole[:at] + b"\x21\xfe" + b"\x01x" * number + b"\0" + whole[at:]


def in_chunks(number: int) -> bytes:
    whole = file_of("PNG")
    at = whole.index(b"IDAT") - 4
    return whole[:at] + (bytes(4) + b"abCd" + struct.pack(">I", zlib.crc32(b"abCd"))) * number + whole[at:]


def in_runs(side: int) -> bytes:
    """A BMP of runs of one pixel, which Pillow decodes one by one."""
    data = (b"\x01\x07" * side + b"\0\0") * side + b"\0\1"
    header = struct.pack("<IiiHHIIiiII", 40, side, side, 1, 8, 1, len(data), 0, 0, 256, 0) + bytes(1024)
    return b"BM" + struct.pack("<IHHI", 14 + len(header) + len(data), 0, 0, 14 + len(header)) + header + data


@pytest.mark.parametrize(
    "data",
    [
        filled_up(400_000),
        commented(200_000),
        in_chunks(50_000),
        in_runs(500),
        b"P6 #" + b"x" * 400_000 + b"\n9 9 255\n" + bytes(243),
    ],
    ids=["fill bytes", "comments", "chunks", "runs", "a header without end"],
)
def test_a_small_file_that_makes_much_work_is_refused(data, monkeypatch):
    monkeypatch.setattr(decoding, "MAX_SECONDS", 0.02)
    with pytest.raises(nst.PictureError, match=r"takes more than 0\.02 seconds.* save it anew as PNG or JPEG"):
        nst.picture(data)


def test_a_decoder_that_cannot_be_stopped_runs_where_it_is_ended(monkeypatch):
    monkeypatch.setattr(decoding, "MAX_SECONDS", 0.5)
    data = scans(4_000)  # ten seconds or more
    assert len(data) < 400_000
    with pytest.raises(nst.PictureError, match=r"takes more than 0\.5 seconds"):
        nst.picture(data)


def test_a_process_of_its_own_gives_the_same_picture_and_the_same_reasons(monkeypatch):
    exif = Image.Exif()
    exif[0x0112] = 6
    sound = file_of("JPEG", (240, 200), progressive=True, exif=exif)
    here = nst.picture(sound, 48)
    monkeypatch.setitem(decoding.ALONE, "JPEG", 0)
    np.testing.assert_array_equal(nst.picture(sound, 48), here)
    with pytest.raises(nst.PictureError, match="the bytes: cannot be read: image file is truncated"):
        nst.picture(sound[:-500])


def test_several_exif_segments_are_still_a_picture():
    whole = file_of("JPEG")
    exif = segment(0xE1, b"Exif\0\0" + Image.Exif().tobytes()[6:])
    assert nst.picture(whole[:2] + 20 * exif + whole[2:]).shape == (20, 24, 3)


@pytest.mark.parametrize("pixels, alone", [(23_000_000, 200), (100_000_000, 40)])
def test_only_a_jpeg_of_very_many_scans_is_extraordinary(pixels, alone):
    def reads(scans: int) -> None:
        metered = decoding._Metered(io.BytesIO(b"\xff\xda" * scans), alone=False)
        metered.pixels_a_scan = pixels
        metered.read()

    reads(20)  # twice what progressive files have
    with pytest.raises(decoding._Extraordinary):
        reads(alone)


def test_ordinary_files_need_no_process(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere")
    for kind, options in [
        ("JPEG", {"progressive": True, "exif": b"Exif\0\0" + bytes(60_000)}),
        ("JPEG", {"icc_profile": bytes(500_000), "comment": b"x" * 60_000}),
        ("PNG", {"exif": bytes(60_000)}),
        ("WEBP", {}),
        ("GIF", {}),
        ("TIFF", {"compression": "jpeg"}),
        ("BMP", {}),
        ("PPM", {}),
    ]:
        assert nst.picture(file_of(kind, (1200, 800), **options), 64).shape == (43, 64, 3)
