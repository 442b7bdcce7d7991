"""Comparisons from which a claim is decided: networks at equal operating points, runs with the same pictures and seed.

The unit is the pair of pictures, with all its seeds (see `nst_utils.study.comparison`). Only NumPy and SciPy compute
here, so that every machine reads the same verdict off the same table.
"""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from nst_utils.study.claims import Finding
from nst_utils.study.comparison import NotReachedError, compare, median_interval
from nst_utils.study.tables import rows_of
from tools.claims.findings import LEVEL, finding

if TYPE_CHECKING:
    from pandas import DataFrame

SPELLED = {
    "vgg16": "VGG16",
    "vgg19": "VGG19",
    "resnet50": "ResNet50",
    "vgg19+resnet50": "the mix",
    "held_out_gap_closed": "held-out gap closed",
    "held_out_content_distance": "held-out content distance",
}
ALONE, ZERO, STUDY = "the network's alone", "with layer zero", "ResNet50's of study 3"
FROM_CONTENT = f"{ALONE} from the content"
SMOOTHED = f"{FROM_CONTENT} and smoothed"
BLOCKS = (  # variant, size, and what it says of layers and start
    ("features", 96, ALONE),
    ("features", 160, ALONE),
    ("from content", 160, FROM_CONTENT),
    ("smoothed", 160, SMOOTHED),
    ("default", 160, ZERO),
)


def only(table: "DataFrame", **values) -> "DataFrame":
    """The rows that have these values in these columns."""
    for name, value in values.items():
        table = table[table[name] == value]
    return table


def spelled(name: str) -> str:
    """A network or a measure as the report writes it."""
    return SPELLED.get(name, name.replace("_", " "))


def block(size: int, layers: str) -> dict[str, str]:
    """What tells the comparisons of one block of the table from those of another."""
    return {"size": f"{size} px", "layers": layers}


def compared(
    table: "DataFrame",
    first: str,
    second: str,
    at: str,
    measure: str,
    claimed: int,
    where: Mapping,
    over: str = "backbone",
) -> Finding:
    """Two networks at an equal operating point, first less second."""
    name = f"{spelled(measure)} at equal {'edges' if at == 'edge_correlation' else 'style'}"
    if over == "backbone":
        where = {"networks": f"{spelled(first)} less {spelled(second)}", **where}
    try:
        found = compare(table, over=over, values=(first, second), at=at, measures=[measure], level=LEVEL)
    except NotReachedError:
        return finding(name, claimed, math.nan, where=where)
    (summary,) = rows_of(found.summary)
    interval = summary["difference"], summary["low"], summary["high"]
    return finding(name, claimed, *interval, summary["pairs"], where)


def run_of(row: Mapping) -> tuple:
    """The pictures and the seed of a row, which runs that are compared have in common."""
    return row["content"], row["style"], row["seed"]


def paired(first: Mapping, second: Mapping, name: str, claimed: int, where: Mapping, margin: float = 0.0) -> Finding:
    """First less second (plus a margin) of runs with the same pictures and seed."""
    runs = [run for run in first if run in second]
    pairs = [run[:2] for run in runs]
    differences = [first[run] - second[run] + margin for run in runs]
    if not runs:
        return finding(name, claimed, math.nan, where=where)
    return finding(name, claimed, *median_interval(differences, pairs, level=LEVEL), len(set(pairs)), where)


def change(rows: "DataFrame", along: str, measure: str, name: str, claimed: int, where: Mapping) -> Finding:
    """A measure at the largest value of a setting less that at the smallest, pair by pair and seed by seed."""
    ends = min(rows[along]), max(rows[along])
    low, high = ({run_of(row): row[measure] for row in rows_of(only(rows, **{along: end}))} for end in ends)
    return paired(high, low, name, claimed, where)
