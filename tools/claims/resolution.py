"""How the claims on the resolution of pictures are decided: D1 and D2."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from nst_utils.study.claims import Verdict
from nst_utils.study.comparison import NotReachedError, value_at
from nst_utils.study.tables import rows_of
from tools.claims.comparisons import compared, only, paired, run_of, spelled
from tools.claims.findings import following

if TYPE_CHECKING:
    from pandas import DataFrame

NO_WORSE = 0.02  # of edge correlation or style gap closed: less is not seen with the eye


def _halves(rows: "DataFrame") -> Iterable[tuple[int, str, "DataFrame"]]:
    """By size of the painting, the name of its variant with a content of half the pixels, and its rows."""
    return [(size, f"content {size // 2}", only(rows, size=size, status="done")) for size in (128, 256)]


def _setting(rows: "DataFrame") -> float:
    """The content weight that all variants have in common: that of the blurred contents."""
    return only(rows, variant="blurred")["content_weight"].iloc[0]


def d1(tables) -> Verdict:
    findings, changes = [], []
    for size, half, rows in _halves(tables("resolution")):
        weight = _setting(rows)
        plain = only(rows, variant="as it is", content_weight=weight)
        for share, variant in {"half": half, "a quarter": f"content {size // 4}"}.items():
            shown = only(rows, variant=variant, content_weight=weight)
            for measure in ("high_frequency_energy", "total_variation"):
                first, second = ({run_of(row): row[measure] for row in rows_of(part)} for part in (shown, plain))
                where = {"size": f"{size} px", "pixels": f"{share} of them", "setting": "equal weights"}
                findings.append(paired(first, second, spelled(measure), -1, where))
                changes.append(abs(findings[-1].median) / np.median([*second.values()]))
        if len(set(only(rows, variant="as it is")["content_weight"])) == 1:  # no curve along which to compare
            continue
        for measure in ("high_frequency_energy", "total_variation"):
            where = {"size": f"{size} px", "pixels": "half of them", "setting": "equal style"}
            found = compared(rows, half, "as it is", "style_gap_closed", measure, -1, where, over="variant")
            findings.append(replace(found, measure=spelled(measure)))
    return following(
        "D1",
        "A content picture of low resolution gives a smoother result",
        "study 1",
        "6 pairs, three seeds, VGG19. A content of half or a quarter of the painting's pixels a side is enlarged to "
        "its size and painted; everything else is equal, and at 128 px once more at equal style.",
        findings,
        f"The effect is small: at equal weights the medians change by {min(changes):.1%} to "
        f"{max(changes):.1%} of what the plain paintings have. Most of the grain is the style's.",
    )


def d2(tables) -> Verdict:
    findings = []
    for size, half, rows in _halves(tables("resolution")):
        weight = _setting(rows)
        rows = only(rows, content_weight=weight)
        plain, coarse, blurred = (
            {run_of(row): row for row in rows_of(only(rows, variant=variant))}
            for variant in ("as it is", half, "blurred")
        )
        smoother = rows_of(rows[rows["variant"].isin(["as it is", "tv"])])
        curves = {run: [row for row in smoother if run_of(row) == run] for run in plain}
        heaviest = {run: max(curve, key=lambda row: row["tv_weight"]) for run, curve in curves.items()}
        grain = {
            name: {run: row["high_frequency_energy"] for run, row in painted.items()}
            for name, painted in {"coarse": coarse, "blurred": blurred, "tv": heaviest}.items()
        }
        for smoothing, words in {"blurred": "a blurred content", "tv": "more total variation weight"}.items():
            where = {"size": f"{size} px", "way": words}
            name = "high frequency energy, less that of a coarse content"
            findings.append(paired(grain[smoothing], grain["coarse"], name, -1, where))
        for measure in ("edge_correlation", "style_gap_closed"):
            at_equal = {}
            for run, curve in curves.items():
                x, y = ([row[column] for row in curve] for column in ("high_frequency_energy", measure))
                try:
                    at_equal[run] = value_at(x, y, coarse[run]["high_frequency_energy"])
                except NotReachedError:
                    continue
            name = f"{spelled(measure)} at equal grain, less that of a coarse content, plus {NO_WORSE}"
            reference = {run: row[measure] for run, row in coarse.items()}
            where = {"size": f"{size} px", "way": "more total variation weight"}
            findings.append(paired(at_equal, reference, name, 1, where, margin=NO_WORSE))
    return following(
        "D2",
        "Smoothing or blurring as regularization could do what a coarse content does",
        "study 1, as an idea",
        "The content blurred a little (Gaussian of 1 px), or total variation weighted 2 and 4 times, against a "
        "content of half the pixels. Do they make it as smooth? And where total variation makes it just as smooth, "
        f"does it keep as many edges of the sharp content and as much style (to within {NO_WORSE})?",
        findings,
    )
