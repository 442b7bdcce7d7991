"""The report on the claims: docs/claims.md, its figures, and sheets of some of the paintings."""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nst_utils.study.claims import Verdict
from tools.claims.comparisons import ALONE, FROM_CONTENT, SMOOTHED, SPELLED, ZERO, only
from tools.claims.experiments import SEEDS, STEPS, TV_SMOOTHED, WEIGHTS_ALONE, WEIGHTS_ZERO

ROOT = Path(__file__).resolve().parents[2]

# Some of the paintings -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sheet:
    """A contact sheet of some paintings of an experiment, for one claim."""

    claim: str
    title: str
    alt: str
    rows: str
    columns: str
    where: dict
    caption: str | None = "style_gap_closed"
    note: str = ""  # what stands below it


SHEETS = {
    "architecture": Sheet(
        "A1",
        "The harbor in the swirls by each network, at one content weight",
        "Paintings of the harbor in the swirls by VGG16, VGG19 and ResNet50: with the network's own layers from gray, "
        "from the content, from there smoothed more, and with layer zero; each with the style gap closed.",
        "variant",
        "backbone",
        {
            "variant": ("features", "from content", "smoothed", "default"),
            "size": (160,),
            "seed": (0,),
            "content": ("harbor",),
            "style": ("swirls",),
            "content_weight": (0.5,),
        },
    ),
    "smoothing": Sheet(
        "S1",
        "The harbor by ResNet50: plain, under a softmax, and with the deep layers weighted down",
        "Paintings of the harbor in the swirls by ResNet50 with trained weights in the first row and random weights in "
        "the second: plain, under a softmax, with deep layers weighted down.",
        "weights",
        "variant",
        {
            "backbone": ("resnet50",),
            "content": ("harbor",),
            "style": ("swirls",),
            "seed": (0,),
            "content_weight": (WEIGHTS_ALONE["content_weight"][1],),
        },
    ),
    "pairs": Sheet(
        "C2",
        "Every content in every style, one setting",
        "A sheet of 82 small paintings: twelve contents down the side, seven styles across the top.",
        "content",
        "style",
        {"seed": (0,)},
        caption=None,
        note="The temple is painted from a photograph by danielbuechele, the flower from one by vultilion (CC BY 2.0).",
    ),
    "resolution": Sheet(
        "D2",
        "A coarse content, a blurred one and a heavier total variation, each beside the plain painting",
        "Paintings of three contents in the swirls: as it is, from a content of half the pixels, from a blurred one, "
        "and with total variation weighted four times.",
        "content",
        "variant",
        {
            "size": (256,),
            "seed": (0,),
            "style": ("swirls",),
            "content_weight": (WEIGHTS_ZERO["content_weight"][1],),
            "variant": ("as it is", "content 128", "blurred", "tv"),
            "tv_weight": (1.0, 4.0),
        },
        caption="high_frequency_energy",
    ),
}
SHEET_BYTES = 120_000


def save_sheet(sheet: Sheet, rows: list[dict], path: Path) -> None:
    """As JPEG, in the best quality that stays under `SHEET_BYTES`."""
    from nst_utils.base.files import written_whole
    from nst_utils.plots import contact_sheet

    shown = [row for row in rows if all(row[name] in values for name, values in sheet.where.items())]
    figure = contact_sheet(shown, sheet.rows, sheet.columns, sheet.title, caption=sheet.caption)
    for dpi, quality in ((110, 85), (90, 80), (75, 75), (75, 60), (60, 50), (60, 35), (45, 35)):
        held = io.BytesIO()
        figure.savefig(held, format="jpg", dpi=dpi, pil_kwargs={"quality": quality, "optimize": True})
        if held.tell() < SHEET_BYTES:
            break
    with written_whole(path) as beside:
        beside.write_bytes(held.getvalue())


# The page ---------------------------------------------------------------------------------------------------------

INKS = {"for": "#0072B2", "against": "#D55E00", "undecided": "#999999"}  # Okabe and Ito's blue and vermilion
MEANINGS = {"for": "for the claim", "against": "against it", "undecided": "undecided"}
HEAD = """# The claims of the studies, measured

Written by `python tools/claims --report` from the tables in `{tables}`; no figure in it is typed by hand.
`make claims` paints, measures and writes all of it again.

Five student studies made claims about neural style transfer, mostly from one run each and by eye. Here each claim is
put to a test with three seeds and several pairs of pictures, most of them at two sizes. {networks}

## What was found

| claim | | verdict |
|---|---|---|
{summary}

## How to read this

- **An interval** holds 95 % of the medians of resampled pairs of pictures (bootstrap); a pair is drawn with all its
  seeds, since runs of one pair are no independent observations. A comparison is *for* a claim if its whole interval
  lies on the claimed side of zero, *against* it if it lies on the other, else *undecided*. A claim holds if all its
  comparisons are for it. No correction is made for their number: where nothing differs, one comparison in twenty is
  decided by chance.
- **Equal operating points.** The same content weight means different things to two networks. So they are never
  compared at equal weights: each one's own curve is followed to where both keep the same edges of the content, or have
  closed the same share of the style gap, in the middle of what both reach for that pair and seed. Nothing is
  extrapolated: n counts the pairs of pictures that could be compared.
- **The judges.** Style gap closed, palette distance, edge correlation and the like are plain functions of pictures
  (`nst_utils/metrics`). The held-out network is an Inception V3 with {judge} weights: it took no part in any
  painting. A trained VGG16 would not do, since the VGG19 was grown out of it; nor would ResNet50 or any VGG,
  since each would judge with the architecture of one side. {judge_note}
- **Starts.** Paintings start from gray with a faint noise of their seed, so that nothing of the content is there before
  a network has asked for it. Those "{from_content}" start as the studies did; their seeds are other
  random shifts of the picture. {steps} steps in two scales are few: the paintings are rougher than in the lessons.
- **Layers.** "{alone}" are style layers as the studies had them. "{zero}" adds the picture itself at three
  sizes, as layer zero: it holds the colors, which the few first filters of such a network cannot. It
  weighs 12 times as much as the network's own, so without it the total variation is weighted {tv} instead of 1, but
  for those "{smoothed}", where it is {smooth:g}.
- **Arithmetic.** All runs are in float32, which every machine has, two at a time with one thread each.
"""
JUDGED = {
    "scratch": "What such a network with random weights sees is texture at several scales, not things: Gram matrices "
    "of random filters tell textures apart (He, Wang, Hopcroft, NeurIPS 2016).",
    "imagenet": "",
}
NETWORKS = {
    "scratch": "The networks are a quarter as wide as the originals, and this project trained them from scratch, all "
    "alike: **what holds for them need not hold for the originals**. Under each claim stands the command that tests it "
    "with these.",
    "imagenet": "The networks are the originals with their ImageNet weights.",
}


def page(found: list[Verdict], tables: Path, into: Path, weights: str) -> str:
    """The report on the claims, whose figures lie in ``into``."""
    head = HEAD.format(
        tables=tables.relative_to(ROOT).as_posix() if tables.is_relative_to(ROOT) else tables.name,
        networks=NETWORKS[weights],
        summary="\n".join(f"| [{one.id}](#{one.id.lower()}) | {one.statement} | {one.verdict} |" for one in found),
        judge="random" if weights == "scratch" else "ImageNet",
        judge_note=JUDGED[weights],
        steps=STEPS,
        alone=ALONE,
        from_content=FROM_CONTENT,
        smoothed=SMOOTHED,
        smooth=TV_SMOOTHED,
        zero=ZERO,
        tv=WEIGHTS_ALONE["tv_weight"],
    )
    return head + "".join(section(one, into, weights) for one in found)


def section(found, into: Path, weights: str) -> str:
    """One claim: what it says, how it was tested, the figures, the verdict."""
    lines = [
        "",
        f"## {found.id}",
        "",
        f"> {found.statement} ({found.source})",
        "",
        f"**Verdict: {found.verdict}.**",
        "",
        f"*How it was tested.* {found.tested}",
        "",
        f"![Medians and intervals of the comparisons in the table below: {found.verdict}.](claims/{found.id}.png)",
        "",
    ]
    kinds = list(dict.fromkeys(kind for finding in found.findings for kind in finding.where))
    lines += [
        f"| measure | {''.join(f'{kind} | ' for kind in kinds)}difference | 95 % interval | n | |",
        f"|---|{'---|' * len(kinds)}---|---|---|---|",
    ]
    for finding in found.findings:
        places = "".join(f"{finding.where.get(kind, '')} | " for kind in kinds)
        lines.append(f"| {finding.measure} | {places}{numbers(finding)} | {finding.units} | {finding.side} |")
    if found.remark:
        lines += ["", found.remark]
    if found.id == "B1":
        alt = "Style gap closed against edge correlation: a curve for each network, from the lightest content weight"
        lines += ["", f"![{alt} to the heaviest](claims/trade_offs.png)"]
    for name, sheet in SHEETS.items():
        if sheet.claim == found.id and (into / "claims" / f"{name}.jpg").exists():
            lines += ["", f"![{sheet.alt}](claims/{name}.jpg)", *(["", sheet.note] if sheet.note else [])]
    if weights == "scratch":
        command = f"python tools/claims --weights imagenet --only {' '.join(found.tables)}"
        lines += ["", f"*What only the ImageNet weights can tell* is the same of the original networks: `{command}`."]
    return "\n".join(lines) + "\n"


def numbers(finding) -> str:
    """Median and interval, or effect and p-value, as two cells."""
    return "nothing to compare | " if np.isnan(finding.median) else f"{finding.median:+.3f} | {finding.spread}"


def figure_of(found):
    """All intervals of a claim, a panel for each measure; the title is the verdict."""
    from nst_utils.plots import intervals

    groups, colors = {}, {}
    for finding in found.findings:
        label = finding.place or "all runs"
        groups.setdefault(finding.measure, []).append((label, finding.median, finding.low, finding.high))
        colors.setdefault(finding.measure, []).append(INKS[finding.side])
    title = f"{found.statement}: {found.verdict.split(':')[0]}"
    return intervals(groups, title, colors, {MEANINGS[side]: ink for side, ink in INKS.items()})


def trade_offs(tables: Path):
    """The curves of the three networks along their content weights, at 160 px with layer zero; means over the pairs."""
    from nst_utils.plots import trade_off
    from nst_utils.study.claims import claims

    rows = only(claims("architecture", tables), variant="default", size=160)
    curves = {}
    for network in dict.fromkeys(rows["backbone"]):
        mine = only(rows, backbone=network)
        tried = sorted(set(mine["content_weight"]))
        runs = [[only(mine, content_weight=weight, seed=seed) for seed in SEEDS] for weight in tried]
        places = [[[np.mean(run[m]) for m in ("edge_correlation", "style_gap_closed")] for run in row] for row in runs]
        curves[SPELLED[network]] = np.array(places)
    gained = {name: curve[-1, :, 0].mean() - curve[0, :, 0].mean() for name, curve in curves.items()}
    gains = ", ".join(f"{gain:.2f} with {name}" for name, gain in gained.items())
    return trade_off(curves, f"From the lightest to the heaviest content, the edge correlation grows by {gains}")


def write_report(found: list[Verdict], tables: Path, into: Path, weights: str) -> None:
    """The page and a figure for each claim."""
    from nst_utils.base.files import written_whole
    from nst_utils.plots import save_figure

    for one in found:
        save_figure(figure_of(one), into / "claims" / f"{one.id}.png")
    save_figure(trade_offs(tables), into / "claims" / "trade_offs.png")
    with written_whole(into / "claims.md") as beside:
        beside.write_text(page(found, tables, into, weights), encoding="utf-8")
