"""Tables of results: data frames of pandas, made from rows and kept in CSV files from which every number comes back.

Owns what pandas leaves open: what a cell may hold, and how a list stands in a file. `sweep` and `compare` give such
tables, `claims` reads them. pandas is imported when the first table is made.
"""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nst_utils.base.errors import NSTError, SettingError
from nst_utils.base.files import written_whole

if TYPE_CHECKING:
    from pandas import DataFrame


def table_of(rows: Iterable[Mapping[str, Any]]) -> "DataFrame":
    """The table of some rows, with their columns in the order in which they appear.

    Examples
    --------
    >>> table_of([{"style": "swirls", "sizes": (64, 128)}, {"style": "mandala", "sizes": (64,)}])
         style      sizes
    0   swirls  [64, 128]
    1  mandala       [64]
    """
    from pandas import DataFrame

    return DataFrame([plain_value(row) for row in rows])


def rows_of(table: "DataFrame | Iterable[Mapping[str, Any]]") -> list[dict[str, Any]]:
    """The rows of a table (or rows as they are), with None for what is missing.

    Examples
    --------
    >>> rows_of(table_of([{"style": "swirls", "loss": 0.5}, {"style": "mandala"}]))
    [{'style': 'swirls', 'loss': 0.5}, {'style': 'mandala', 'loss': None}]
    """
    if not hasattr(table, "notna"):
        return list(table)
    return table.astype(object).where(table.notna(), None).to_dict("records")


def write_table(table: "DataFrame", path: str | os.PathLike) -> Path:
    """Write a CSV file, whole or not at all: with empty cells for what is missing, JSON for lists, and all digits."""
    path = Path(path)
    try:
        with written_whole(path) as beside:
            table.map(_cell).to_csv(beside, index=False, lineterminator="\n")
    except OSError as error:
        raise NSTError(f"The table {path} cannot be written: {error.strerror or error}.") from None
    return path


def read_table(path: str | os.PathLike) -> "DataFrame":
    """The table in a CSV file; lists stand in it as their JSON."""
    import pandas

    older = tuple(map(int, pandas.__version__.split(".")[:2])) < (3, 1)  # which do not read every digit by themselves
    exact = {"float_precision": "round_trip"} if older else {}
    try:
        return pandas.read_csv(path, **exact, keep_default_na=False, na_values=[""])
    except (OSError, ValueError) as error:  # what a parser of pandas raises is a ValueError, too
        raise NSTError(f"{path} is no table that can be read: {getattr(error, 'strerror', None) or error}.") from None


def plain_value(value: Any) -> Any:
    """A value as a table and JSON can hold it.

    Examples
    --------
    >>> import numpy as np
    >>> plain_value({"weights": (np.float32(0.5), 1), "into": Path("out/runs")})
    {'weights': [0.5, 1], 'into': 'out/runs'}
    """
    if isinstance(value, Mapping):
        return {str(name): plain_value(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain_value(inner) for inner in value]
    if isinstance(value, os.PathLike):
        return Path(value).as_posix()
    if hasattr(value, "tolist"):  # a NumPy scalar or array
        return plain_value(value.tolist())
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise SettingError(
        f"A table holds numbers, strings, lists and mappings, not {type(value).__name__} ({value!r:.80})."
    )


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, bool | list | dict) else value
