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
TABLES = sorted(FOLDER.glob("*.json"))
SHEETS = {path.stem for path in FOLDER.glob("*.jpg")}


def means_of(name: str) -> dict[str, float]:
    rows = json.loads((FOLDER / f"{name}.json").read_text())
    return {column: np.mean([row[column] for row in rows]) for column in measuring.CARD_COLUMNS}


def test_the_card_holds_the_figures_of_the_tables():
    text = CARD.read_text(encoding="utf-8")
    assert TABLES
    assert measuring.card_figures(FOLDER) in text


def test_writing_the_card_again_changes_nothing(tmp_path):
    copy = tmp_path / "CARD.md"
    copy.write_text(CARD.read_text(encoding="utf-8"), encoding="utf-8")
    measuring.write_card(FOLDER, copy)
    assert copy.read_text(encoding="utf-8") == CARD.read_text(encoding="utf-8")


@pytest.mark.parametrize("sheet", sorted(FOLDER.glob("*.jpg")), ids=lambda path: path.stem)
def test_every_sheet_has_a_table_and_is_small_enough_for_the_page(sheet):
    assert sheet.with_suffix(".json") in TABLES
    assert sheet.stat().st_size < measuring.SHEET_BYTES
    with Image.open(sheet) as opened:
        assert opened.format == "JPEG"


@pytest.mark.parametrize("table", TABLES, ids=lambda path: path.stem)
def test_a_table_holds_each_pair_once_and_pictures_of_the_registry(table):
    pairs = [(row["content"], row["style"]) for row in json.loads(table.read_text())]
    assert len(set(pairs)) == len(pairs)
    assert {name for pair in pairs for name in pair} <= set(nst.pictures().names)


def test_only_pictures_that_are_carried_are_on_a_sheet():
    at_hand = [*measuring.carried(measuring.CONTENTS), *measuring.carried(measuring.STYLES)]
    assert {"harbor", "cat", "swirls"} <= set(at_hand)
    assert not {"tubingen", "bridge", "starry_night", "the_scream", "great_wave"} & set(at_hand)


def test_the_twin_of_vgg19_keeps_what_the_course_promises_of_it():
    mean, before = means_of("mini_vgg19_384"), means_of("scratch_vgg19_384")
    assert mean["judged_content"] >= 0.48
    assert mean["judged_style"] <= before["judged_style"]
    assert mean["style_gap_closed"] >= 0.72
    assert mean["edge_correlation"] >= 0.40
    assert mean["palette_distance"] <= 0.025


def test_the_card_names_every_sheet():
    linked = re.findall(r"\]\(\.\./\.\./docs/backbones/(\w+)\.jpg\)", CARD.read_text(encoding="utf-8"))
    assert set(linked) == SHEETS
