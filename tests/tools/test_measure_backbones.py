"""What the card says of how the mini networks paint is what was measured."""

import json
import re

import measure_backbones as measuring
import numpy as np
import pytest
from PIL import Image

import nst_utils as nst
from nst_utils.base.files import DATA

FOLDER = measuring.ROOT / "docs" / "backbones"
CARD = DATA / "backbones" / "CARD.md"
TABLES = sorted(FOLDER.glob("mini_*.json"))


def test_the_card_holds_the_figures_of_the_tables():
    text = CARD.read_text(encoding="utf-8")
    assert TABLES
    assert measuring.card_figures(FOLDER) in text


def test_writing_the_card_again_changes_nothing(tmp_path):
    copy = tmp_path / "CARD.md"
    copy.write_text(CARD.read_text(encoding="utf-8"), encoding="utf-8")
    measuring.write_card(FOLDER, copy)
    assert copy.read_text(encoding="utf-8") == CARD.read_text(encoding="utf-8")


@pytest.mark.parametrize("table", TABLES, ids=lambda path: path.stem)
def test_every_table_has_a_sheet_small_enough_for_the_page(table):
    sheet = table.with_suffix(".jpg")
    assert sheet.stat().st_size < measuring.SHEET_BYTES
    with Image.open(sheet) as opened:
        assert opened.format == "JPEG"


@pytest.mark.parametrize("table", TABLES, ids=lambda path: path.stem)
def test_only_named_pictures_are_on_a_committed_sheet(table):
    rows = json.loads(table.read_text())
    assert {row["content"] for row in rows} <= set(measuring.CONTENTS)
    assert {row["style"] for row in rows} <= set(measuring.STYLES)


@pytest.mark.parametrize("name", ["mini_vgg16_384", "mini_vgg19_384"])
def test_the_vggs_keep_what_the_course_promises_of_them(name):
    rows = json.loads((FOLDER / f"{name}.json").read_text())
    mean = {column: np.mean([row[column] for row in rows]) for column in measuring.CARD_COLUMNS}
    assert len(rows) >= 36
    assert mean["style_gap_closed"] >= 0.65
    assert mean["edge_correlation"] >= 0.33
    assert mean["palette_distance"] <= 0.035
    assert max(row["high_frequency_ratio"] for row in rows) <= 1.25


@pytest.mark.parametrize("table", sorted((FOLDER / measuring.DOWNLOADS).glob("*.json")), ids=lambda path: path.stem)
def test_tables_with_downloads_hold_pictures_of_the_registry(table):
    rows = json.loads(table.read_text())
    assert len(rows) >= 36
    assert {name for row in rows for name in (row["content"], row["style"])} <= set(nst.pictures().names)


def test_the_card_names_every_sheet():
    linked = re.findall(r"\]\(\.\./\.\./docs/backbones/(\w+)\.jpg\)", CARD.read_text(encoding="utf-8"))
    assert set(linked) == {path.stem for path in TABLES}
