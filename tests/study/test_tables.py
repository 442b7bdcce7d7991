"""Tables of results: what goes into a file comes back, to the last digit and with its kind."""

import csv
import math
import re
import resource
import signal
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nst_utils.base.errors import NSTError, SettingError
from nst_utils.study.tables import SHOWN_ROWS, Table

ROWS = [
    {"content": "harbor", "seed": 0, "size": 64, "loss": 0.1 + 0.2, "layers": ["a", "b"]},
    {"content": "cat", "seed": 0, "size": 64, "loss": 1e-17, "layers": {"a": 0.25}},
    {"content": "cat", "seed": 1, "size": 64, "loss": math.nan, "reason": "no, it said\n\"stop\""},
]  # fmt: skip


@pytest.fixture
def table():
    return Table(ROWS)


# In memory


def test_rows_get_all_columns_in_the_order_in_which_they_appear(table):
    assert table.columns == ("content", "seed", "size", "loss", "layers", "reason")
    assert table[0]["reason"] is None
    assert table[-1]["layers"] is None
    assert len(table) == 3


def test_a_column_is_a_list_and_a_slice_is_a_table(table):
    assert table["content"] == ["harbor", "cat", "cat"]
    assert table[1:] == Table([{name: row[name] for name in table.columns} for row in table][1:])
    assert isinstance(table[:0], Table)


def test_rows_are_found_by_their_values(table):
    assert table.where(content="cat", seed=1)["reason"] == ['no, it said\n"stop"']
    assert len(table.where(layers=("a", "b"))) == 1
    assert len(table.where(loss=math.nan)) == 1
    assert len(table.where(seed=True)) == 0


@pytest.mark.parametrize("ask", [lambda t: t["sead"], lambda t: t.where(sead=1), lambda t: t.without("sead")])
def test_an_unknown_column_is_told_with_those_there_are(table, ask):
    with pytest.raises(SettingError, match=r"'sead'.*content, seed"):
        ask(table)


def test_a_row_taken_out_does_not_change_the_table(table):
    table[0]["seed"] = 9
    next(iter(table))["seed"] = 9
    assert table["seed"] == [0, 0, 1]


def test_tables_add_up_and_lose_columns(table):
    both = table + Table([{"extra": 1}])
    assert len(both) == 4
    assert both[3]["content"] is None
    assert "loss" not in table.without("loss", "seed").columns


@pytest.mark.parametrize(("one", "other"), [(1, 1.0), (1, True), ("1", 1), (None, ""), (0.0, -0.0), ("nan", math.nan)])
def test_values_of_two_kinds_are_not_equal(one, other):
    assert Table([{"a": one}]) != Table([{"a": other}])


def test_numpy_values_paths_and_tuples_become_plain():
    row = Table([{"a": np.float32(0.1), "b": np.int64(3), "c": (1, np.bool_(True)), "d": Path("out") / "x.png"}])[0]
    assert row == {"a": float(np.float32(0.1)), "b": 3, "c": [1, True], "d": "out/x.png"}
    assert type(row["a"]) is float
    assert type(row["b"]) is int


def test_what_no_file_can_hold_is_refused_with_its_kind():
    with pytest.raises(SettingError, match="not set"):
        Table([{"a": {1, 2}}])


# In a file


def bits(number: int) -> float:
    return struct.unpack("<d", number.to_bytes(8, "little"))[0]


every_float = st.integers(0, 2**64 - 1).map(bits).map(lambda value: value if value == value else math.nan)
leaves = st.none() | st.booleans() | st.integers() | st.floats() | every_float | st.text()
values = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=5)
names = st.from_regex(r"[a-z_]{1,6}", fullmatch=True)
tables = st.lists(names, min_size=1, max_size=4, unique=True).flatmap(
    lambda columns: st.lists(st.fixed_dictionaries(dict.fromkeys(columns, values)), min_size=1, max_size=4)
)


@given(rows=tables)
@example(
    [
        {"a": word}
        for word in ("", "12", "1.50", "nan", "-inf", "true", "[1]", '"', "{", " 1 ", "1_0", "٣", "\r", "NULL")
    ]
)
@example([{"a": number} for number in (5e-324, 1.7976931348623157e308, -0.0, 0.1, 2**53 + 1, 10**30, 1e22)])
def test_a_table_comes_back_from_its_file_exactly(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("table") / "table.csv"
    again = Table.read(Table(rows).to_csv(path))
    assert again == Table(rows)
    for row, expected in zip(again, Table(rows), strict=True):
        assert [type(value) for value in row.values()] == [type(value) for value in expected.values()]
        assert str(row) == str(expected)  # -0.0, and the kinds inside lists


def test_other_programs_read_the_file(table, tmp_path):
    with table.to_csv(tmp_path / "new" / "table.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["content"] for row in rows] == table["content"]
    assert float(rows[0]["loss"]) == 0.1 + 0.2
    assert rows[2]["reason"] == ROWS[2]["reason"]


def test_what_other_programs_write_is_read(tmp_path):
    path = tmp_path / "table.csv"
    path.write_bytes(b'\xef\xbb\xbfa,b,c\r\n+1,1.50,"x, y"\r\n,.5E3,"[1, ""a""]"\r\n')
    assert Table.read(path) == Table([{"a": 1, "b": 1.5, "c": "x, y"}, {"a": None, "b": 500.0, "c": [1, "a"]}])


def test_a_table_without_rows_keeps_no_columns(tmp_path):
    assert Table.read(Table().to_csv(tmp_path / "table.csv")) == Table()


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"a,b\n1,2\n3\n", "row 2 has 1 cells"), (b"\xff\xfe\x00", "no table"), (None, "No such file")],
)
def test_a_file_that_is_no_table_is_refused_by_name(tmp_path, content, told):
    path = tmp_path / "table.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(NSTError, match=rf"table\.csv.*{told}"):
        Table.read(path)


def test_a_full_disk_leaves_the_last_whole_table(table, tmp_path):
    path = table.to_csv(tmp_path / "table.csv")
    before = path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
    try:
        with pytest.raises(NSTError, match=r"table\.csv cannot be written"):
            (table + table).to_csv(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


# Shown


def test_what_is_equal_in_all_rows_is_told_once_below(table):
    heading, *_, note = str(table).splitlines()
    assert heading.split() == ["content", "seed", "loss", "layers", "reason"]
    assert note == "the same in all 3 rows: size 64"
    assert "size" in str(table[:1]).splitlines()[0]


def test_numbers_are_shown_short_and_mappings_as_pairs(table):
    assert re.search(r"harbor +0 +0\.3 +a b", str(table))
    assert "a=0.25" in str(table)


def test_a_notebook_shows_the_table_with_its_text_escaped():
    shown = Table([{"reason": "<b>&", "seed": 0, "size": 8}, {"reason": "", "seed": 1, "size": 8}])._repr_html_()
    assert "&lt;b&gt;&amp;" in shown
    assert shown.count("<tr>") == 3
    assert "<p>the same in all 2 rows: size 8</p>" in shown


def test_a_long_table_is_cut_where_it_is_shown_and_says_so():
    long = Table({"number": number} for number in range(SHOWN_ROWS + 7))
    assert "and 7 more rows" in str(long)
    assert "and 7 more rows" in long._repr_html_()
    assert long._repr_html_().count("<td>") == SHOWN_ROWS
