"""The verdicts on all claims, each decided from the tables by the module of its subject, and how they are stored.

Each decision makes `comparisons`, from which `findings` draws the verdict; `store` writes the verdicts beside the
tables, where the package reads them.
"""

import functools
import json
import math
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path

from nst_utils.base.errors import SettingError
from nst_utils.base.files import written_whole
from nst_utils.study import claims
from nst_utils.study.claims import Verdict
from tools.claims import architecture, content_or_style, pairs, resolution, smoothing

VERDICTS = {  # how each claim is decided, and the tables that it is decided on
    "A1": (architecture.a1, ("architecture",)),
    "A2": (architecture.a2, ("architecture",)),
    "A3": (architecture.a3, ("architecture",)),
    "A4": (architecture.a4, ("architecture",)),
    "A5": (architecture.a5, ("architecture",)),
    "A6": (architecture.a6, ("architecture",)),
    "S1": (smoothing.s1, ("smoothing",)),
    "B1": (content_or_style.b1, ("architecture",)),
    "C1": (pairs.c1, ("pairs",)),
    "C2": (pairs.c2, ("pairs", "predictors")),
    "D1": (resolution.d1, ("resolution",)),
    "D2": (resolution.d2, ("resolution",)),
    "R1": (content_or_style.r1, ("refinement",)),
    "R2": (architecture.r2, ("architecture",)),
}


def verdict(claim: str, folder: str | Path | None = None) -> Verdict:
    """The verdict on one claim, decided from the tables in a folder; default: those of the package."""
    if claim not in VERDICTS:
        raise SettingError(f"There is no claim {claim!r}; the claims are {', '.join(VERDICTS)}.")
    decide, names = VERDICTS[claim]
    return replace(decide(functools.partial(claims.claims, folder=folder)), tables=names)


def verdicts(folder: str | Path | None = None) -> list[Verdict]:
    """The verdicts on all claims."""
    return [verdict(claim, folder) for claim in VERDICTS]


def store(found: Iterable[Verdict], folder: Path) -> Path:
    """Write the verdicts beside the tables that they were decided from; null stands for NaN."""
    path = folder / claims.VERDICTS
    with written_whole(path) as beside:
        beside.write_text(json.dumps(_without_nan([*map(asdict, found)]), indent=1) + "\n", encoding="utf-8")
    return path


def _without_nan(value):
    if isinstance(value, dict):
        return {name: _without_nan(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(inner) for inner in value]
    return None if isinstance(value, float) and math.isnan(value) else value
