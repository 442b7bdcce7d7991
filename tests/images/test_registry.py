"""The named pictures: registry, files, README and what a student sees of them agree."""

import base64
import hashlib
import html.parser
import importlib.util
import io
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import nst_utils as nst
from nst_utils.base.files import DATA
from nst_utils.images.registry import Record, registry

RECORDS = list(nst.pictures())
BY_NAME = {record.name: record for record in RECORDS}
DRAWN = [record for record in RECORDS if record.source == "drawn here"]
COPIED = [record for record in RECORDS if record.source == "copied here"]
PACKAGED = [record for record in RECORDS if record.package]
LENT = [record for record in RECORDS if record.source == "download"]


def _names(records):
    return [record.name for record in records]


def test_the_registry_holds_what_the_course_needs():
    assert {"skyline", "canyon", "cartoon", "portrait", "harbor"} <= set(_names(DRAWN))
    styles = {"swirls", "honeycomb", "mandala", "crying_sky", "stained_glass", "pointillism", "woodcut"}
    assert styles <= set(_names(DRAWN))
    assert {"astronaut", "cat", "coffee", "rocket", "hubble"} == set(_names(PACKAGED))
    assert {"temple", "flower"} == set(_names(COPIED))
    paintings = {
        "starry_night",
        "the_scream",
        "great_wave",
        "composition_vii",
        "wheat_field",
        "water_lilies",
        "shipwreck",
    }
    assert paintings == {record.name for record in LENT if record.kind == "painting"}
    assert {"tubingen", "bridge", "beach_city", "columns", "flowers"} <= set(_names(LENT))


def test_every_record_is_complete():
    for record in RECORDS:
        assert re.fullmatch(r"[a-z_]+", record.name)
        assert record.role in ("content", "style")
        assert record.kind in ("natural", "urban", "drawn", "painting", "pattern")
        assert record.license in ("CC0", "public domain", "CC BY 2.0", "CC BY 3.0", "CC BY 4.0")
        assert record.title
        assert record.credit


def test_every_download_is_pinned_by_commit_size_and_checksum():
    for record in LENT:
        assert re.fullmatch(r"[\w.-]+/[\w.-]+", record.repository)
        assert re.fullmatch(r"[0-9a-f]{40}", record.commit)
        assert re.fullmatch(r"[0-9a-f]{64}", record.sha256)
        assert 10_000 < record.bytes < 1_000_000
        assert not record.file
        assert record.url == f"https://raw.githubusercontent.com/{record.repository}/{record.commit}/{record.path}"


@pytest.mark.parametrize("record", PACKAGED + COPIED, ids=_names(PACKAGED + COPIED))
def test_a_photograph_opens_without_network(record, monkeypatch, tmp_path):
    monkeypatch.setenv("NST_CACHE", str(tmp_path))
    for protocol in ("HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(protocol, "http://127.0.0.1:9")
    assert record.offline
    assert min(nst.picture(record.name).shape[:2]) >= 300
    assert list(tmp_path.iterdir()) == []


def test_a_photograph_is_the_one_its_package_shows():
    with Image.open(Path(importlib.util.find_spec("skimage").origin).with_name("data") / "chelsea.png") as image:
        np.testing.assert_allclose(nst.picture("cat"), np.asarray(image) / 255, atol=1.01 / 255)


@pytest.mark.parametrize(
    "name, checksum",
    [
        ("temple", "8378025ad2519d649d02e32bd98990db4ab572357d9f09841c2fbfbb4fefad29"),
        ("flower", "a77f6ec41e353afdf8bdff2ea981b2955535d8d83294f8cfa49cf4e423dd5638"),
    ],
)
def test_a_copied_photograph_is_unchanged(name, checksum):
    assert hashlib.sha256(BY_NAME[name].location.read_bytes()).hexdigest() == checksum


def test_a_package_without_its_picture_is_named(monkeypatch):
    record = Record("lost", "", "content", "natural", "CC0", "nobody", "skimage/data/lost.png", "scikit-image")
    monkeypatch.setitem(registry(), "lost", record)
    with pytest.raises(nst.PictureError, match=r"lost\.png is missing from scikit-image"):
        nst.picture("lost")


@pytest.mark.parametrize("folder, records", [("pictures", DRAWN), ("photographs", COPIED)])
def test_every_file_of_the_data_folder_is_registered(folder, records):
    there = {f"{folder}/{path.name}" for path in (DATA / folder).iterdir() if not path.name.startswith(".")}
    assert there == {record.file for record in records}


def test_a_drawn_picture_is_large_enough_and_licensed():
    for record in DRAWN:
        with Image.open(record.location) as image:
            assert max(image.size) >= 512
        assert nst.picture(record.name, 128).std() > 0.05
        assert (record.license, record.credit) == ("CC BY 4.0", "this project")


def test_the_pictures_take_less_than_four_megabytes():
    assert sum(record.location.stat().st_size for record in DRAWN + COPIED) < 4_000_000


# --- README -----------------------------------------------------------------------------------------------------------


def test_readme_and_registry_agree():
    readme = (DATA / "README.md").read_text(encoding="utf-8")
    table = {}
    for line in readme.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if cells[0].startswith("`") and len(cells) == 7:
            table[cells[0].strip("`")] = cells[1:]
    assert list(table) == _names(RECORDS)
    for record in RECORDS:
        title, role, kind, source, license, credit = table[record.name]
        assert (title, role, kind, license, credit) == (
            record.title,
            record.role,
            record.kind,
            record.license,
            record.credit,
        )
        if record.repository:
            address = f"https://github.com/{record.repository}/blob/{record.commit}/{record.path}"
            assert source == f"[{record.repository}]({address})"
        else:
            assert source == f"{record.source}, `{record.file}`"


def test_readme_speaks_of_everything_in_the_data_folder():
    readme = (DATA / "README.md").read_text(encoding="utf-8")
    for path in DATA.iterdir():
        assert path.name in readme or path.name == "README.md"
    assert "\n## Backbones\n" in readme


def test_the_registry_repeats_no_name_and_no_file():
    text = (DATA / "pictures.toml").read_text(encoding="utf-8")
    assert list(tomllib.loads(text)) == _names(RECORDS)
    places = [record.url or record.file for record in RECORDS]
    assert len(set(places)) == len(places)


# --- What a student sees ----------------------------------------------------------------------------------------------


def test_a_selection_is_by_role_and_kind():
    assert {record.role for record in nst.pictures(role="style")} == {"style"}
    both = nst.pictures("content", "natural")
    assert {(record.role, record.kind) for record in both} == {("content", "natural")}
    assert len(nst.pictures("content")) + len(nst.pictures("style")) == len(nst.pictures())
    assert nst.pictures()[:3].names == nst.pictures().names[:3]


@pytest.mark.parametrize("wanted", [{"role": "contents"}, {"kind": "Painting"}])
def test_an_unknown_role_or_kind_gets_the_known_ones(wanted):
    with pytest.raises(nst.PictureError, match=r"choose one of .*(content|painting)"):
        nst.pictures(**wanted)


def test_the_table_is_aligned_and_tells_everything():
    heading, *lines = str(nst.pictures()).splitlines()
    columns = ("name", "role", "kind", "source", "license", "credit", "offline")
    assert tuple(heading.split()) == columns
    starts = [heading.index(column) for column in columns]
    assert len(lines) == len(RECORDS)
    for line, record in zip(lines, RECORDS, strict=True):
        cells = [line[start:end].strip() for start, end in zip(starts, [*starts[1:], None], strict=True)]
        assert cells[:6] == [getattr(record, column) for column in columns[:6]]
        assert cells[6] == ("yes" if record.offline else "no")
    assert repr(nst.pictures()) == str(nst.pictures())


def test_downloads_are_offline_only_once_they_are_there(monkeypatch, tmp_path):
    monkeypatch.setenv("NST_CACHE", str(tmp_path))
    record = BY_NAME["starry_night"]
    assert not record.offline
    record.location.parent.mkdir(parents=True)
    record.location.write_bytes(b"half of it")
    assert not record.offline


class _Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.cells, self.images = 0, []

    def handle_starttag(self, tag, attributes):
        if tag == "td":
            self.cells += 1
        if tag == "img":
            self.images.append(dict(attributes))


def test_a_notebook_shows_the_table_and_a_contact_sheet():
    some = nst.pictures("content")
    page = _Page()
    page.feed(some._repr_html_())
    assert page.cells == 7 * len(some)
    (image,) = page.images
    offline = [record.name for record in some if record.offline]
    assert image["alt"] == f"Contact sheet: {', '.join(offline)}"
    head, data = image["src"].split(",")
    assert head == "data:image/jpeg;base64"
    with Image.open(io.BytesIO(base64.b64decode(data))) as sheet:
        assert sheet.size == some.sheet().shape[1::-1]


def test_credits_are_escaped_in_html():
    record = Record("x", "", "style", "drawn", "CC0", "<b>Tom & Jerry</b>", "pictures/none.png")
    shown = nst.Pictures((record,))._repr_html_()
    assert "&lt;b&gt;Tom &amp; Jerry&lt;/b&gt;" in shown
    assert "<img" not in shown


def test_the_contact_sheet_shows_what_is_available_offline():
    there = PACKAGED + COPIED
    shown = nst.Pictures(tuple(there))
    sheet = shown.sheet(columns=3, size=60)
    assert sheet.dtype == np.float32
    height, width = sheet.shape[0] // 3, sheet.shape[1] // 3
    for position in range(9):
        row, column = divmod(position, 3)
        cell = sheet[row * height : (row + 1) * height, column * width : (column + 1) * width]
        if position < len(there):
            assert cell.std() > 0.1
            assert cell[-height // 6 :].min() < 0.5  # the name is written below
        else:
            assert (cell == 1).all()
    with pytest.raises(nst.PictureError, match="offline"):
        nst.Pictures(()).sheet()
