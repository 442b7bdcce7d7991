"""Every claim of the studies becomes a measurement: the experiments, their tables, and the report made from them.

    python tools/claims.py

paints and measures every experiment (each run is saved as it ends in out/claims; the same command goes on where it was
stopped), writes one table each into data/claims, and from these tables docs/claims.md with its figures.

    python tools/claims.py --only architecture smoothing    # some of the experiments, then the report
    python tools/claims.py --report                         # the report alone, from the tables as they are
    python tools/claims.py --trial                          # one picture pair, one seed: does everything work?
    python tools/claims.py --weights imagenet               # the original networks, into out/claims_imagenet

What is tested by which experiment, and how the verdicts are reached, stands in nst_utils/claims.py.
"""

import argparse
import contextlib
import functools
import io
import itertools
import json
import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
SEEDS = (0, 1, 2)
PAIRS = {"contents": ("harbor", "canyon", "portrait", "cat"), "styles": ("swirls", "woodcut", "stained_glass")}
LARGER = {"contents": ("harbor", "canyon", "portrait", "cat"), "styles": ("swirls", "woodcut")}  # at 160 px
FEWER = {"contents": ("harbor", "cat", "portrait"), "styles": ("swirls", "woodcut")}
ALL_CONTENTS = (
    *("canyon", "cat", "flower", "coffee"),  # natural
    *("skyline", "harbor", "rocket", "temple"),  # urban
    *("portrait", "cartoon", "swirls", "woodcut"),  # drawn
)
ALL_STYLES = ("swirls", "crying_sky", "woodcut", "pointillism", "stained_glass", "mandala", "honeycomb")
DEEP_SHARE = 1e-3  # of the deep layers, where they are weighted down: as in the public code of SWAG
DEEP = ("block4_conv1", "block5_conv1", "conv4_block6_out", "conv5_block3_out")
REFINED = (1, 25, 50, 100, 200, 400)  # steps after which a painting is looked at
JUDGE = "inception_v3"  # with random weights; of neither family that paints, see `JUDGED` below
COMMON = {"precision": "float32", "judge": "none"}  # one arithmetic on every machine; the judge comes later
STEPS = 100
WEIGHTS_ALONE = {"content_weight": [0.05, 0.5, 5.0], "tv_weight": 0.3}  # without layer zero, whose share is 12 to 1
WEIGHTS_ZERO = {"content_weight": [0.5, 2.0, 8.0]}
PAIRS_WEIGHT = 4.0
PRESET_LAYERS = {
    "vgg19": ("block1_conv1", "block2_conv1", "block3_conv1", "block4_conv1", "block5_conv1"),  # Gatys 2016
    "resnet50": ("conv1_relu", "conv2_block3_out", "conv3_block4_out", "conv4_block6_out", "conv5_block3_out"),  # SWAG
}
MEASURES = (
    *("style_gap_closed", "palette_distance", "edge_correlation", "structural_similarity", "high_frequency_energy"),
    *("total_variation", "held_out_style_distance", "held_out_content_distance", "held_out_gap_closed"),
    *("orientation_coherence", "fine_share"),
)
KEPT = (  # columns of the committed tables, where a table has them
    *("variant", "content", "style", "backbone", "weights", "seed", "size", "content_weight", "tv_weight", "step"),
    *("status", "loss_total", "loss_content", "loss_style", "way_left", *MEASURES),
    *("patch_distance", "spectrum_difference", "orientation_distance", "gram_distance"),
)
DIGITS = 5
REMEMBERED = 50  # pictures of which the judge keeps what it saw


@dataclass(frozen=True)
class Part:
    """One call of `nst.sweep`: what it varies has a name, the rest are its keywords."""

    variant: str
    contents: tuple[str, ...]
    styles: tuple[str, ...]
    backbone: str
    size: int
    settings: dict = field(default_factory=dict)
    shown: dict = field(default_factory=dict)  # how the pictures are changed before, see `shown_pictures`


def architecture(weights: str) -> Iterator[Part]:
    """A1 to A5, B1: three networks along the same content weights, with and without the picture itself as a layer."""
    networks = ("vgg16", "vgg19", "resnet50")
    for size, variant, pictures in ((96, "features", PAIRS), (160, "features", LARGER), (160, "default", LARGER)):
        for network in networks:
            alone = {"style_layers": [style_layers(network, weights)], **WEIGHTS_ALONE}
            settings = {"weights": weights, **(WEIGHTS_ZERO if variant == "default" else alone)}
            yield Part(variant, **pictures, backbone=network, size=size, settings=settings)
    study = {"content_layers": [study_layers()[0]], "style_layers": [study_layers()[1]], **WEIGHTS_ALONE}
    yield Part("study", **LARGER, backbone="resnet50", size=160, settings={"weights": weights, **study})
    mixed = {"style_layers": [mixed_layers(weights)], "content_layers": [mixed_content(weights)], **WEIGHTS_ALONE}
    yield Part("mixed", **LARGER, backbone="vgg19+resnet50", size=160, settings={"weights": weights, **mixed})


def smoothing(weights: str) -> Iterator[Part]:
    """SWAG's softmax against weighting the deep layers down against nothing, on trained and on random weights."""
    random = "mini-random" if weights == "mini" else "random"
    for network, names in PRESET_LAYERS.items():
        share = 1 / len(names)
        plain = dict.fromkeys(names, share)
        reweighted = {name: share * (DEEP_SHARE if name in DEEP else 1) for name in names}
        for kind in (weights, random):
            for variant, styled in {
                "plain": {"style_layers": [plain]},
                "softmax": {"style_layers": [plain], "statistic": "softmax_gram"},
                "reweighted": {"style_layers": [reweighted]},
            }.items():
                settings = {"weights": kind, **WEIGHTS_ALONE, **styled}
                yield Part(variant, **FEWER, backbone=network, size=96, settings=settings)


def pairs(weights: str) -> Iterator[Part]:
    """C1, C2: every content in every style but itself."""
    both = [name for name in ALL_CONTENTS if name in ALL_STYLES]
    others = tuple(name for name in ALL_CONTENTS if name not in both)
    settings = {"weights": weights, "content_weight": PAIRS_WEIGHT}
    yield Part("default", others, ALL_STYLES, "vgg19", 128, settings)
    for name in both:
        yield Part("default", (name,), tuple(style for style in ALL_STYLES if style != name), "vgg19", 128, settings)


def resolution(weights: str) -> Iterator[Part]:
    """D1, D2: contents and styles at other resolutions than the painting, and what else makes it smooth."""
    once = {"weights": weights, "content_weight": WEIGHTS_ZERO["content_weight"][1]}
    for size in (128, 256):
        along = {**once, **(WEIGHTS_ZERO if size == 128 else {})}  # the whole curve at the size that costs less
        half, quarter = f"content {size // 2}", f"content {size // 4}"
        yield Part("as it is", **FEWER, backbone="vgg19", size=size, settings=along)
        yield Part(half, **FEWER, backbone="vgg19", size=size, settings=along, shown={"content": size // 2})
        yield Part(quarter, **FEWER, backbone="vgg19", size=size, settings=once, shown={"content": size // 4})
        yield Part("blurred", **FEWER, backbone="vgg19", size=size, settings=once, shown={"blur": 1.0})
        yield Part("tv", **FEWER, backbone="vgg19", size=size, settings={**once, "tv_weight": [2.0, 4.0]})
    for side in (128, 512):
        yield Part(f"style {side}", **FEWER, backbone="vgg19", size=256, settings=once, shown={"style": side})


# Layers ----------------------------------------------------------------------------------------------------------


def style_layers(network: str, weights: str) -> dict[str, float]:
    """The network's own style layers, without the picture itself as a layer: as the studies had them."""
    from nst_utils.backbones import default_layers, load_backbone

    return default_layers(load_backbone(network, weights))[1]


def study_layers() -> tuple[list[str], list[str]]:
    """Content and style layers that the study of VGG19 and ResNet50 took from ResNet50."""
    from nst_utils import PRESETS

    preset = PRESETS["resnet-study"]
    return list(preset.content_layers), list(preset.style_layers)


def mixed_layers(weights: str) -> dict[str, float]:
    """Half of the style from each of two networks."""
    return {
        f"{network}/{layer}": weight / 2
        for network in ("vgg19", "resnet50")
        for layer, weight in style_layers(network, weights).items()
    }


def mixed_content(weights: str) -> list[str]:
    """Content layers of both networks."""
    from nst_utils.backbones import default_layers, load_backbone

    return [
        f"{network}/{layer}"
        for network in ("vgg19", "resnet50")
        for layer in default_layers(load_backbone(network, weights))[0]
    ]


# Pictures --------------------------------------------------------------------------------------------------------


def shown_pictures(part: Part) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Contents and styles as a part shows them to the network, at the size of its paintings.

    A content of fewer pixels is enlarged again, so that only its detail is lost. A style of fewer pixels stays small,
    one of more is cut down to its middle: their strokes are smaller or larger than they would be.
    """
    from scipy.ndimage import gaussian_filter

    import nst_utils as nst
    from nst_utils.pictures import fit

    contents, styles = ({name: nst.picture(name) for name in names} for names in (part.contents, part.styles))
    contents = {name: fit(shown, part.size) for name, shown in contents.items()}
    if side := part.shown.get("content"):
        contents = {name: fit(fit(shown, side), part.size, enlarge=True) for name, shown in contents.items()}
    if sigma := part.shown.get("blur"):
        contents = {name: gaussian_filter(shown, (sigma, sigma, 0)) for name, shown in contents.items()}
    side = part.shown.get("style", part.size)
    styles = {name: middle(fit(shown, side), part.size) for name, shown in styles.items()}
    return contents, styles


def middle(picture: np.ndarray, side: int) -> np.ndarray:
    """The middle of a picture, at most ``side`` pixels each way."""
    corner = [max(0, (length - side) // 2) for length in picture.shape[:2]]
    return picture[corner[0] : corner[0] + side, corner[1] : corner[1] + side]


# Painting and measuring ------------------------------------------------------------------------------------------


def swept(parts: Callable[[str], Iterator[Part]], folder: Path, options) -> list[dict]:
    """The rows of all parts of an experiment: whatever is not done yet is painted and measured."""
    import nst_utils as nst

    rows = []
    with workers(options.processes) as pool:
        for part in parts(options.weights):
            part = on_trial(part) if options.trial else part
            contents, styles = shown_pictures(part)
            print(f"{folder.name}: {part.variant}, {part.backbone}, {part.size} px", flush=True)
            sizes = [[max(32, part.size // 2), part.size]]
            settings = {**COMMON, "size": part.size, "sizes": sizes, "steps": STEPS, **part.settings}
            for seed in SEEDS[:1] if options.trial else SEEDS:
                table = nst.sweep(
                    contents,
                    styles,
                    into=folder,
                    backbones=part.backbone,
                    seeds=seed,
                    start=faint_noise(seed),
                    executor=pool,
                    progress=options.progress,
                    **settings,
                )
                rows += [{"variant": part.variant, **row} for row in table]
    return measured(rows, folder, options.processes)


@contextlib.contextmanager
def workers(processes: int) -> Iterator[ProcessPoolExecutor | None]:
    """Processes that stay for all parts of an experiment; None for a single one."""
    if processes == 1:
        yield None
        return
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        yield pool


def faint_noise(seed: int) -> np.ndarray:
    """Where a painting starts: gray with a little noise of its seed, coarse enough to leave no grain behind."""
    return (0.5 + 0.3 * (np.random.default_rng(seed).random((32, 32, 3)) - 0.5)).astype(np.float32)


def on_trial(part: Part) -> Part:
    """The part with one pair and the first value of every setting that it varies."""
    settings = {name: value[:1] if isinstance(value, list) else value for name, value in part.settings.items()}
    return replace(part, contents=part.contents[:1], styles=part.styles[:1], settings=settings)


def refined(folder: Path, options) -> list[dict]:
    """R1: what a painting measures on its way; one run gives a row for each of `REFINED`."""
    import nst_utils as nst

    contents, styles = (FEWER[kind][:1] if options.trial else FEWER[kind] for kind in ("contents", "styles"))
    runs = list(itertools.product(contents, styles, SEEDS[:1] if options.trial else SEEDS))
    print(f"refinement: {len(runs)} runs of {max(REFINED)} steps", flush=True)
    work = functools.partial(on_its_way, folder=folder, weights=options.weights)
    with workers(options.processes) as pool:
        ways = list((pool.map if pool else map)(work, runs))
    rows = []
    for (content, style, seed), way in zip(runs, ways, strict=True):
        last = nst.picture(way[-1]["picture"])
        about = {"variant": "default", "content": content, "style": style, "backbone": "vgg19", "seed": seed}
        about |= {"weights": options.weights, "size": 160, "status": "done"}
        for row in way:
            rows.append({**about, **row, "way_left": float(np.abs(nst.picture(row["picture"]) - last).mean())})
    return measured(rows, folder, options.processes)


def on_its_way(pictures_and_seed: tuple[str, str, int], folder: Path, weights: str) -> list[dict]:
    """Losses and pictures of one run after each of `REFINED`; painted if that is not done."""
    import nst_utils as nst

    content, style, seed = pictures_and_seed
    mine = folder / f"{content}-{style}-{seed}"
    done = mine / "way.json"
    if not done.exists():
        way = []

        def look(run):
            if run.step in REFINED:
                losses = {f"loss_{name}": run.losses[name] for name in ("total", "content", "style")}
                nst.save_picture(run.picture, mine / f"{mine.name}-{run.step}.png")
                way.append({"step": run.step, **losses})

        settings = {"size": 160, "sizes": [160], "steps": max(REFINED), "average": False, "precision": "float32"}
        start = {"start": faint_noise(seed), "seed": seed}
        nst.stylize(content, style, **settings, **start, weights=weights, progress=False, callback=look)
        write_json(done, way)
    rows = json.loads(done.read_text())
    return [{**row, "picture": str(mine / f"{mine.name}-{row['step']}.png")} for row in rows]


def predicted(folder: Path, options) -> list[dict]:
    """C2: what can be measured of a pair before anything is painted."""
    import nst_utils as nst
    from nst_utils import metrics

    layers = style_layers("vgg19", options.weights)
    look = nst.load_backbone("vgg19", options.weights).features(list(layers))
    rows = []
    for part in pairs(options.weights):
        for content, style in itertools.product(part.contents, part.styles):
            a, b = (nst.picture(name, part.size) for name in (content, style))
            rows.append(
                {
                    "content": content,
                    "style": style,
                    "palette_distance": metrics.palette_distance(a, b),
                    "patch_distance": float(metrics.patch_distance(a, b).mean()),
                    "spectrum_difference": abs(metrics.spectrum_slope(a) - metrics.spectrum_slope(b)),
                    "orientation_distance": metrics.orientation_distance(a, b),
                    "gram_distance": metrics.style_distance(a, b, look),
                }
            )
    return rows


EXPERIMENTS = {
    "predictors": predicted,
    "pairs": functools.partial(swept, pairs),
    "resolution": functools.partial(swept, resolution),
    "refinement": refined,
    "smoothing": functools.partial(swept, smoothing),
    "architecture": functools.partial(swept, architecture),
}


def measured(rows: list[dict], folder: Path, processes: int) -> list[dict]:
    """The rows with the measures of their paintings; they are kept beside the paintings, too."""
    store = folder / "measures.json"
    known = json.loads(store.read_text()) if store.exists() else {}
    done = [row for row in rows if row["status"] == "done"]
    fresh = [row for row in done if set(known.get(name_of(row), ())) != set(MEASURES)]
    if fresh:
        print(f"{folder.name}: measuring {len(fresh)} paintings", flush=True)
        with workers(processes) as pool:
            found = map(measures_of, fresh) if pool is None else pool.map(measures_of, fresh, chunksize=8)
            known |= dict(zip(map(name_of, fresh), found, strict=True))
        write_json(store, known)
    return [{**row, **known.get(name_of(row), {})} for row in rows]


def name_of(row: dict) -> str:
    return Path(row["picture"] or "").stem


def measures_of(row: dict) -> dict[str, float]:
    """What a painting measures against content and style as they are, at its size."""
    import nst_utils as nst
    from nst_utils import metrics

    painting = nst.picture(row["picture"])
    content, style = (nst.picture(row[kind], row["size"]) for kind in ("content", "style"))
    return {
        **metrics.measure(painting, content, style),
        **metrics.measure_held_out(painting, content, style, *judging(row["weights"] == "imagenet")),
        "orientation_coherence": metrics.orientation_coherence(painting),
        "fine_share": metrics.fine_share(painting),
    }


@functools.cache
def judging(imagenet: bool) -> tuple[Callable, list[str], list[str]]:
    """How the judge looks, and the layers at which it compares contents and styles."""
    import tensorflow as tf

    from nst_utils.backbones import default_layers, load_backbone

    judge = load_backbone(JUDGE, "imagenet" if imagenet else "random")
    content_layers, style_layers = default_layers(judge)
    look = tf.function(judge.features([*content_layers, *style_layers]), reduce_retracing=True)
    seen = {}

    def remembered(pictures: np.ndarray) -> dict[str, np.ndarray]:
        """A content or a style is looked at once for many paintings."""
        key = pictures.shape, pictures.tobytes()
        if key not in seen:
            if len(seen) >= REMEMBERED:
                seen.clear()
            seen[key] = {name: maps.numpy() for name, maps in look(tf.constant(pictures)).items()}
        return seen[key]

    return remembered, [*content_layers], [*style_layers]


def write_json(path: Path, values) -> None:
    from nst_utils.storage import written_whole

    with written_whole(path) as beside:
        beside.write_text(json.dumps(values) + "\n", encoding="utf-8")


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
        "At one and the same content weight the networks stand at different places of their trade-offs",
        "Paintings of four contents in the swirls by VGG16, VGG19, ResNet50 and the mix of two, all at one content "
        "weight, each with the share of the style gap that it has closed.",
        "content",
        "backbone",
        {
            "variant": ("features", "mixed"),
            "size": (160,),
            "seed": (0,),
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
    from nst_utils.plots import contact_sheet
    from nst_utils.storage import written_whole

    shown = [row for row in rows if all(row[name] in values for name, values in sheet.where.items())]
    figure = contact_sheet(shown, sheet.rows, sheet.columns, sheet.title, caption=sheet.caption)
    for dpi, quality in ((110, 85), (90, 80), (75, 75), (75, 60), (60, 50), (60, 35), (45, 35)):
        held = io.BytesIO()
        figure.savefig(held, format="jpg", dpi=dpi, pil_kwargs={"quality": quality, "optimize": True})
        if held.tell() < SHEET_BYTES:
            break
    with written_whole(path) as beside:
        beside.write_bytes(held.getvalue())


# The tables and the report -----------------------------------------------------------------------------------------


def write_table(name: str, rows: list[dict], into: Path) -> Path:
    """The columns that are used, in five digits, without a path of this machine."""
    from nst_utils import Table

    kept = [{column: rounded(row[column]) for column in KEPT if column in row} for row in rows]
    return Table(kept).to_csv(into / f"{name}.csv")


def rounded(value):
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value


INKS = {"for": "#0072B2", "against": "#D55E00", "undecided": "#999999"}  # Okabe and Ito's blue and vermilion
MEANINGS = {"for": "for the claim", "against": "against it", "undecided": "undecided"}
HEAD = """# The claims of the studies, measured

Written by `python tools/claims.py --report` from the tables in `{tables}`; no figure in it is typed by hand.
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
  (`nst_utils/metrics.py`). The held-out network is an Inception V3 with {judge} weights: it took no part in any
  painting. A trained mini VGG16 would not do, since the mini VGG19 was grown out of it; nor would ResNet50 or any VGG,
  since each would judge with the architecture of one side. {judge_note}
- **Starts.** Every painting starts from gray with a faint noise of its seed, so that nothing of the content is there
  before a network has asked for it. {steps} steps in two scales are few: the paintings are rougher than those of
  the lessons.
- **Layers.** "{alone}" are style layers as the studies had them. "{zero}" adds the picture itself at three sizes, as
  `nst.stylize` does by default: it holds the colors, which the few first filters of a mini network cannot.
"""
JUDGED = {
    "mini": "What such a network with random weights sees is texture at several scales, not things: Gram matrices of "
    "random filters tell textures apart (He, Wang, Hopcroft, NeurIPS 2016).",
    "imagenet": "",
}
NETWORKS = {
    "mini": "The networks are the mini twins, a quarter as wide, which this project trained: **what holds for them "
    "need not hold for the originals**. Under each claim stands the command that tests it with these.",
    "imagenet": "The networks are the originals with their ImageNet weights.",
}


def page(found: list, tables: Path, into: Path, weights: str) -> str:
    """The report on the claims, whose figures lie in ``into``."""
    from nst_utils.claims import ALONE, ZERO

    head = HEAD.format(
        tables=tables.relative_to(ROOT).as_posix() if tables.is_relative_to(ROOT) else tables.name,
        networks=NETWORKS[weights],
        summary="\n".join(f"| [{one.id}](#{one.id.lower()}) | {one.statement} | {one.verdict} |" for one in found),
        judge="random" if weights == "mini" else "ImageNet",
        judge_note=JUDGED[weights],
        steps=STEPS,
        alone=ALONE,
        zero=ZERO,
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
    if weights == "mini":
        command = f"python tools/claims.py --weights imagenet --only {' '.join(found.tables)}"
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


def main() -> None:
    """Paint, measure, report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=EXPERIMENTS, default=list(EXPERIMENTS))
    parser.add_argument("--report", action="store_true", help="write the report alone, from the tables as they are")
    parser.add_argument("--trial", action="store_true", help="one pair and one seed of everything; no table, no report")
    parser.add_argument("--weights", choices=("mini", "imagenet"), default="mini")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--without-report", action="store_true", help="write the tables alone")
    parser.add_argument("--progress", action="store_true", help="show a progress bar")
    options = parser.parse_args()
    ours = options.weights == "mini"
    options.into = ROOT / "out" / "_".join(["claims", *["imagenet"] * (not ours), *["trial"] * options.trial])
    tables, pages = (ROOT / "data" / "claims", ROOT / "docs") if ours else (options.into / "tables", options.into)
    if options.processes > 1:  # each with one thread, so that they do not wait for each other
        os.environ |= {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1", "OMP_NUM_THREADS": "1"}
    for name in () if options.report else options.only:
        rows = EXPERIMENTS[name](folder=options.into / name, options=options)
        if options.trial:
            print(f"{name}: {len(rows)} rows, {sorted({row.get('status', 'done') for row in rows})}", flush=True)
            continue
        print(write_table(name, rows, tables), flush=True)
        if name in SHEETS:
            save_sheet(SHEETS[name], rows, pages / "claims" / f"{name}.jpg")
    if not options.trial and not options.without_report:
        write_report(tables, pages, options.weights)


def trade_offs(tables: Path):
    """The curves of the three networks along their content weights, at 160 px with layer zero; means over the pairs."""
    from nst_utils.claims import SPELLED, claims
    from nst_utils.plots import trade_off

    rows = claims("architecture", tables).where(variant="default", size=160)
    curves = {}
    for network in dict.fromkeys(rows["backbone"]):
        mine = rows.where(backbone=network)
        tried = sorted(set(mine["content_weight"]))
        runs = [[mine.where(content_weight=weight, seed=seed) for seed in SEEDS] for weight in tried]
        places = [[[np.mean(run[m]) for m in ("edge_correlation", "style_gap_closed")] for run in row] for row in runs]
        curves[SPELLED[network]] = np.array(places)
    gained = {name: curve[-1, :, 0].mean() - curve[0, :, 0].mean() for name, curve in curves.items()}
    told = ", ".join(f"{gain:.2f} with {name}" for name, gain in gained.items())
    return trade_off(curves, f"From the lightest to the heaviest content, the edge correlation grows by {told}")


def write_report(tables: Path, into: Path, weights: str) -> None:
    """The page and a figure for each claim."""
    from nst_utils.claims import verdicts
    from nst_utils.plots import save_figure
    from nst_utils.storage import written_whole

    found = verdicts(tables)
    for one in found:
        save_figure(figure_of(one), into / "claims" / f"{one.id}.png")
    save_figure(trade_offs(tables), into / "claims" / "trade_offs.png")
    with written_whole(into / "claims.md") as beside:
        beside.write_text(page(found, tables, into, weights), encoding="utf-8")


if __name__ == "__main__":
    main()
