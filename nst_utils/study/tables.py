"""Tables of results: rows with named columns, kept in CSV files from which every number comes back exactly.

Floor 1: knows nothing of pictures or runs. A `Table` is a list of dicts that shows itself in a notebook; more is not
needed here, and pandas reads the same files. `sweep` makes tables, `comparison` and `plots` take them.
"""

import csv
import html
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from nst_utils.base.errors import NSTError, SettingError
from nst_utils.base.files import written_whole

SHOWN_ROWS = 60  # of a longer table only so many are shown; the file holds all
_INTEGER = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?|nan|[+-]?inf")
_WORDS = {"": None, "true": True, "false": False}


class Table(Sequence):
    """Rows with named columns: ``table[0]`` is a row, ``table["seconds"]`` the values of a column.

    Parameters
    ----------
    rows : mappings of column name to value
        Values are numbers, strings, True and False, None, or lists and mappings of such; tuples become lists and NumPy
        scalars numbers. What a row lacks is None.

    Examples
    --------
    >>> table = Table([{"style": "swirls", "loss": 0.5}, {"style": "mandala", "loss": 0.25}])
    >>> table["loss"], table.where(style="mandala")[0]["loss"]
    ([0.5, 0.25], 0.25)
    >>> print(table + table[:1])
    style    loss
    swirls   0.5
    mandala  0.25
    swirls   0.5
    """

    def __init__(self, rows: Iterable[Mapping[str, Any]] = ()):
        rows = [{str(name): plain(value) for name, value in row.items()} for row in rows]
        self.columns: tuple[str, ...] = tuple(dict.fromkeys(name for row in rows for name in row))
        self._rows = tuple({name: row.get(name) for name in self.columns} for row in rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, key: int | slice | str):
        if isinstance(key, str):
            self._check(key)
            return [row[key] for row in self._rows]
        return Table(self._rows[key]) if isinstance(key, slice) else dict(self._rows[key])

    def __iter__(self) -> Iterator[dict]:
        return (dict(row) for row in self._rows)

    def __add__(self, other: "Table") -> "Table":
        return Table([*self, *other]) if isinstance(other, Table) else NotImplemented

    def __eq__(self, other) -> bool:
        """Equal columns, values and kinds of values; NaN equals NaN."""
        return isinstance(other, Table) and self.columns == other.columns and self._texts() == other._texts()

    __hash__ = None

    def where(self, **values) -> "Table":
        """The rows that have these values in these columns."""
        for name in values:
            self._check(name)
        return Table(row for row in self if all(_text(row[name]) == _text(plain(v)) for name, v in values.items()))

    def without(self, *columns: str) -> "Table":
        """The table without these columns."""
        for name in columns:
            self._check(name)
        return Table({name: value for name, value in row.items() if name not in columns} for row in self)

    def to_csv(self, path: str | os.PathLike) -> Path:
        """Write a CSV file, whole or not at all, from which `read` makes an equal table.

        None is an empty cell, lists and mappings are JSON, floats have all digits that tell them apart. A string that
        would be read as something else, as ``12``, is in the quotes of JSON.
        """
        path = Path(path)
        try:
            with written_whole(path) as beside, beside.open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerows([self.columns, *self._texts()] if self.columns else [])
        except OSError as error:
            raise NSTError(f"The table {path} cannot be written: {error.strerror or error}.") from None
        return path

    @classmethod
    def read(cls, path: str | os.PathLike) -> "Table":
        """The table in a CSV file that `to_csv` or another program wrote."""
        try:
            with Path(path).open(encoding="utf-8-sig", newline="") as file:
                lines = list(csv.reader(file))
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise NSTError(
                f"{path} is no table that can be read: {getattr(error, 'strerror', None) or error}."
            ) from None
        heading, *lines = lines or [[]]
        for number, line in enumerate(lines, start=1):
            if len(line) != len(heading):
                raise NSTError(f"{path}: row {number} has {len(line)} cells, the heading has {len(heading)}.")
        return cls(dict(zip(heading, map(_value, line), strict=True)) for line in lines)

    def __str__(self) -> str:
        varying, same = self._shown()
        rows = [varying, *([_short(row[name]) for name in varying] for row in self._rows[:SHOWN_ROWS])]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows]
        return "\n".join([*lines, *self._notes(same)])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        varying, same = self._shown()
        head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in varying)
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(_short(row[name]))}</td>" for name in varying) + "</tr>"
            for row in self._rows[:SHOWN_ROWS]
        )
        notes = "".join(f"<p>{html.escape(note)}</p>" for note in self._notes(same))
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{notes}"

    def _shown(self) -> tuple[list[str], list[str]]:
        """The columns that differ between rows, and those that do not: each of them is told once, below."""
        same = [c for c in self.columns if len(self) > 1 and len({_text(row[c]) for row in self._rows}) == 1]
        return [name for name in self.columns if name not in same], same

    def _notes(self, same: list[str]) -> list[str]:
        told = [f"{name} {_short(self._rows[0][name])}" for name in same if self._rows[0][name] is not None]
        more = len(self) - SHOWN_ROWS
        return [
            *([f"and {more} more rows"] if more > 0 else []),
            *([f"the same in all {len(self)} rows: {', '.join(told)}"] if told else []),
        ]

    def _check(self, column: str) -> None:
        if column not in self.columns:
            raise SettingError(f"There is no column {column!r}; the columns are {', '.join(self.columns)}.")

    def _texts(self) -> list[list[str]]:
        return [[_text(value) for value in row.values()] for row in self._rows]


def plain(value: Any) -> Any:
    """A value as a table and JSON can hold it.

    Examples
    --------
    >>> import numpy as np
    >>> plain({"weights": (np.float32(0.5), 1), "into": Path("out/runs")})
    {'weights': [0.5, 1], 'into': 'out/runs'}
    """
    if isinstance(value, Mapping):
        return {str(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, os.PathLike):
        return Path(value).as_posix()
    if hasattr(value, "tolist"):  # a NumPy scalar or array
        return plain(value.tolist())
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise SettingError(
        f"A table holds numbers, strings, lists and mappings, not {type(value).__name__} ({value!r:.80})."
    )


def _text(value: Any) -> str:
    """A plain value as a cell, from which `_value` makes it again."""
    if value is None:
        return ""
    if isinstance(value, str):
        as_it_is = _value(value) == value and "\r" not in value  # which a CSV writer leaves without quotes
        return value if as_it_is else json.dumps(value, ensure_ascii=False)
    return repr(value) if isinstance(value, float) else json.dumps(value, ensure_ascii=False)


def _value(text: str) -> Any:
    """What a cell holds."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text):
        return float(text)
    if text[0] in '[{"':
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _short(value: Any) -> str:
    """A value as a table shows it."""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return " ".join(map(_short, value))
    if isinstance(value, dict):
        return " ".join(f"{name}={_short(inner)}" for name, inner in value.items())
    return "" if value is None else str(value)
