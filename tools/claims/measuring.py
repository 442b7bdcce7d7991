"""The experiments are painted and measured here, and become the tables in data/claims; each run is saved as it ends."""

import contextlib
import functools
import itertools
import json
import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np

from tools.claims.experiments import (
    FEWER,
    REFINED,
    SEEDS,
    STEPS,
    Part,
    architecture,
    layers_with_zero,
    pairs,
    resolution,
    shown_pictures,
    smoothing,
    style_layers,
)

JUDGE = "inception_v3"  # with random weights; of neither family that paints, see `JUDGED` of the report
COMMON = {"precision": "float32", "judge": "none"}  # one arithmetic on every machine; the judge comes later
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


# Painting and measuring ------------------------------------------------------------------------------------------


def swept(parts: Callable[[str], Iterator[Part]], folder: Path, options) -> list[dict]:
    """The rows of all parts of an experiment: whatever is not done yet is painted and measured."""
    import nst_utils as nst
    from nst_utils.study.tables import rows_of

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
                    executor=pool,
                    progress=options.progress,
                    **{"start": faint_noise(seed), **settings},
                )
                rows += [{"variant": part.variant, **row} for row in rows_of(table)]
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
    work = functools.partial(stages_of, folder=folder, weights=options.weights)
    with workers(options.processes) as pool:
        stages_of_runs = list((pool.map if pool else map)(work, runs))
    rows = []
    for (content, style, seed), stages in zip(runs, stages_of_runs, strict=True):
        last = nst.picture(stages[-1]["picture"])
        about = {"variant": "default", "content": content, "style": style, "backbone": "vgg19", "seed": seed}
        about |= {"weights": options.weights, "size": 160, "status": "done"}
        for row in stages:
            rows.append({**about, **row, "way_left": float(np.abs(nst.picture(row["picture"]) - last).mean())})
    return measured(rows, folder, options.processes)


def stages_of(pictures_and_seed: tuple[str, str, int], folder: Path, weights: str) -> list[dict]:
    """Losses and pictures of one run after each of `REFINED`; painted if that is not done."""
    import nst_utils as nst

    content, style, seed = pictures_and_seed
    mine = folder / f"{content}-{style}-{seed}"
    done = mine / "way.json"
    if not done.exists():
        stages = []

        def keep(run):
            if run.step in REFINED:
                losses = {f"loss_{name}": run.losses[name] for name in ("total", "content", "style")}
                nst.save_picture(run.picture, mine / f"{mine.name}-{run.step}.png")
                stages.append({"step": run.step, **losses})

        settings = {"size": 160, "sizes": [160], "steps": max(REFINED), "average": False, "precision": "float32"}
        objective = {"style_layers": layers_with_zero("vgg19", weights), "content_weight": 0.45, "tv_weight": 1.0}
        start = {"start": faint_noise(seed), "seed": seed}
        nst.stylize(content, style, **settings, **objective, **start, weights=weights, progress=False, callback=keep)
        write_json(done, stages)
    rows = json.loads(done.read_text())
    return [{**row, "picture": str(mine / f"{mine.name}-{row['step']}.png")} for row in rows]


def predicted(folder: Path, options) -> list[dict]:
    """C2: what can be measured of a pair before anything is painted."""
    import nst_utils as nst
    from nst_utils import metrics

    layers = style_layers("vgg19", options.weights)
    features_of = nst.load_backbone("vgg19", options.weights).features(list(layers))
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
                    "gram_distance": metrics.style_distance(a, b, features_of),
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
    fresh = [row for row in done if not set(MEASURES) <= set(known.get(name_of(row), ()))]
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

    from nst_utils.networks.loading import default_layers, load_backbone

    judge = load_backbone(JUDGE, "imagenet" if imagenet else "random")
    content_layers, style_layers = default_layers(judge)
    features_of = tf.function(judge.features([*content_layers, *style_layers]), reduce_retracing=True)
    seen = {}

    def remembered(pictures: np.ndarray) -> dict[str, np.ndarray]:
        """A content or a style is looked at once for many paintings."""
        key = pictures.shape, pictures.tobytes()
        if key not in seen:
            if len(seen) >= REMEMBERED:
                seen.clear()
            seen[key] = {name: maps.numpy() for name, maps in features_of(tf.constant(pictures)).items()}
        return seen[key]

    return remembered, [*content_layers], [*style_layers]


def write_json(path: Path, values) -> None:
    from nst_utils.base.files import written_whole

    with written_whole(path) as beside:
        beside.write_text(json.dumps(values) + "\n", encoding="utf-8")


# Tables -----------------------------------------------------------------------------------------------------------


def kept_table(name: str, rows: list[dict], into: Path) -> Path:
    """Write the columns that are used, in five digits, without a path of this machine."""
    from nst_utils.study.tables import table_of, write_table

    kept = [{column: rounded(row[column]) for column in KEPT if column in row} for row in rows]
    return write_table(table_of(kept), into / f"{name}.csv")


def rounded(value):
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value
