"""Tables of results: what goes into a file comes back, to the last digit."""

import json
import math
import resource
import signal
import struct

import numpy as np
import pandas
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nst_utils.base.errors import NSTError, SettingError
from nst_utils.study.tables import plain_value, read_table, rows_of, table_of, write_table

ROWS = [
    {"content": "harbor", "seed": 0, "loss": 0.1 + 0.2, "average": True, "layers": ["a", "b"]},
    {"content": "cat", "seed": 0, "loss": 1e-17, "average": False, "layers": {"a": 0.25}},
    {"content": "cat", "seed": 1, "average": True, "layers": None, "reason": 'no, it said\n"stop"'},
]


def test_rows_get_all_columns_in_the_order_in_which_they_appear_and_none_for_what_they_lack():
    table = table_of(ROWS)
    assert list(table.columns) == ["content", "seed", "loss", "average", "layers", "reason"]
    assert rows_of(table) == [{name: row.get(name) for name in table.columns} for row in ROWS]
    assert rows_of(ROWS) == ROWS


def test_numpy_values_and_tuples_become_plain_and_what_no_file_can_hold_is_refused():
    row = plain_value({"a": np.float32(0.1), "b": np.int64(3), "c": (1, np.bool_(True)), "d": np.arange(2)})
    assert row == {"a": float(np.float32(0.1)), "b": 3, "c": [1, True], "d": [0, 1]}
    assert [type(value) for value in row.values()] == [float, int, list, list]
    with pytest.raises(SettingError, match="not set"):
        table_of([{"a": {1, 2}}])


def bits(number: int) -> float:
    return struct.unpack("<d", number.to_bytes(8, "little"))[0]


floats = st.floats(allow_nan=False) | st.integers(0, 2**64 - 1).map(bits).filter(lambda value: value == value)
words = st.from_regex(r"[a-z]+[ ,;\"'\n]?[a-z_/.]*", fullmatch=True)  # words such as name pictures and layers
rows = st.fixed_dictionaries(
    {"name": words, "loss": floats, "seed": st.integers(-(2**63), 2**63 - 1), "average": st.booleans()}
)


@settings(max_examples=30)
@given(rows=st.lists(rows, min_size=1, max_size=4))
@example([{"loss": number} for number in (5e-324, 1.7976931348623157e308, -0.0, 0.1, 1e22, math.inf)])
@example([{"name": word} for word in ("NA", "null", "None", "nan")])
def test_a_table_comes_back_from_its_file_exactly(tmp_path_factory, rows):
    table = table_of(rows)
    again = read_table(write_table(table, tmp_path_factory.mktemp("table") / "table.csv"))
    pandas.testing.assert_frame_equal(again, table, check_exact=True)
    assert str(rows_of(again)) == str(rows_of(table))  # -0.0, too


def test_a_list_stands_in_the_file_as_json_and_what_is_missing_as_an_empty_cell(tmp_path):
    path = write_table(table_of(ROWS), tmp_path / "new" / "table.csv")
    again = read_table(path)
    assert [json.loads(cell) for cell in again["layers"][:2]] == [row["layers"] for row in ROWS[:2]]
    assert rows_of(again[["loss", "reason"]]) == rows_of(table_of(ROWS)[["loss", "reason"]])
    assert again["average"].tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("content", "message"), [(b"a,b\n1,2\n3,4,5\n", "line 3"), (b"\xff\xfe\x00", "no table"), (None, "No such file")]
)
def test_a_file_that_is_no_table_is_refused_by_name(tmp_path, content, message):
    path = tmp_path / "table.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(NSTError, match=rf"table\.csv.*{message}"):
        read_table(path)


def test_a_full_disk_leaves_the_last_whole_table(tmp_path):
    table = table_of(ROWS)
    path = write_table(table, tmp_path / "table.csv")
    before = path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
    try:
        with pytest.raises(NSTError, match=r"table\.csv cannot be written"):
            write_table(pandas.concat([table, table]), path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
