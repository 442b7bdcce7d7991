"""Many runs as one experiment: a grid of pictures, networks, seeds and settings in, a tidy table out.

Floor 6: calls `stylize` once for each point of the grid, measures what it paints, and keeps every run in a file of its
own the moment it ends, so that a stopped sweep goes on where it was. Whole runs are handed to any
`concurrent.futures.Executor`; which of them runs when and where is the executor's business.
"""

import concurrent.futures
import contextlib
import dataclasses
import io
import itertools
import json
import multiprocessing
import os
import re
import signal
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from nst_utils import __version__
from nst_utils.base.errors import DivergedError, NSTError, SettingError
from nst_utils.base.files import written_whole
from nst_utils.base.tensorflow import hide_from_keras
from nst_utils.engine.run import Result, settings_of, stylize
from nst_utils.engine.settings import STARTS
from nst_utils.images.opening import as_image, fit, picture
from nst_utils.losses.statistics import chosen
from nst_utils.metrics import measure, measure_held_out
from nst_utils.networks.catalog import JUDGES, MINI, PRESETS, backbone_name, network_name, network_names
from nst_utils.networks.loading import default_layers, load_backbone, weights_kind
from nst_utils.networks.weights import mini_path
from nst_utils.study.tables import Table, plain

DIED = "its process died (a lack of memory?)"
LOST = {
    "KeyboardInterrupt": "interrupted",
    "KilledWorker": DIED,
}  # the second is what Dask says when several died of it
MANY = 1 << 20  # runs at work, where an executor does not tell
LOSSES = ("total", "content", "style", "tv")
OWN_KEYWORDS = {"backbone": "backbones", "seed": "seeds"}
DASK_SECONDS = 20  # for a scheduler to answer
LEAST = 16  # pixels of a run's longer side
SEQUENCES = ("content_layers", "style_layers", "sizes")  # settings whose one value is a list


def sweep(
    contents,
    styles,
    *,
    into: str | Path,
    backbones: str | Sequence[str] = "vgg19",
    seeds: int | Sequence[int] = 0,
    executor: "concurrent.futures.Executor | int | str | None" = None,
    judge: str = "auto",
    progress: bool = True,
    **grid,
) -> Table:
    """Paint every content in every style with every backbone, seed and combination of settings, and measure it all.

    Each run is saved as it ends: a file in ``into/runs`` and its painting in ``into/pictures``. The same call finds
    what is done and goes on with the rest, so a sweep may be stopped at any time, by Ctrl-C or by a crash. What decides
    that a run is done is all that decides how it looks: the pixels of both pictures, all settings, the weights, the
    judge and the version of this package. Runs that failed or were interrupted are tried again by the next call.

    Parameters
    ----------
    contents, styles : names, paths or addresses, or a mapping of names to anything `picture` takes
        What to paint, and how. A selection of the registry, as ``nst.pictures(kind="urban")``, stands for its names.
    into : path
        Folder for the runs, the pictures and ``table.csv``.
    backbones, seeds : one or several
        Networks that look, and seeds of the start, the shifts and random weights.
    executor : executor, int or str
        Where the runs work: in this process, one after the other (default); in any `concurrent.futures.Executor`, as
        a process pool that spawns (TensorFlow does not survive a fork) or ``Client(...).get_executor()`` of Dask; in so
        many processes of their own; or in the Dask cluster at an address. In a script, call `sweep` under
        ``if __name__ == "__main__":``, since new processes import it.
    judge : str
        The network that measures as one that took no part: auto (`JUDGES`), none, or a name.
    progress : bool
        Whether to show a progress bar.
    **grid
        Keywords of `stylize`, each with one value or a list of values to try. The value of content_layers,
        style_layers and sizes is a list itself: give a list of lists there. A tuple is one value.

    Returns
    -------
    Table
        One row a run, in the order of the grid: "content", "style", and the settings (where `stylize` had to choose,
        what it chose); "status" (done, failed or interrupted), "reason" and "attempts"; "seconds" of the painting; the
        last losses ("loss_total" and so on); the measures of `metrics.measure` and `metrics.measure_held_out`; "judge";
        and "picture", the path of the painting. The same is in ``table.csv``, with paths as seen from ``into``.

    Raises
    ------
    KeyboardInterrupt
        On Ctrl-C, when all that is done is saved; `saved` has it as a table.

    Examples
    --------
    >>> import tempfile
    >>> import nst_utils as nst
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     fast = {"size": 64, "steps": 3, "judge": "none", "progress": False}
    ...     table = nst.sweep("harbor", ["swirls", "mandala"], into=folder, content_weight=[0.1, 1.0], **fast)
    >>> len(table), table["style"], table["content_weight"]
    (4, ['swirls', 'mandala', 'swirls', 'mandala'], [0.1, 0.1, 1.0, 1.0])
    """
    jobs = _jobs(_named("contents", contents), _named("styles", styles), backbones, seeds, grid, judge)
    folder = _made(Path(into))
    rows = {job.name: row for job in jobs if (row := _read(folder, job.name)) and row["status"] == "done"}
    left = [job for job in jobs if job.name not in rows]
    try:
        with _bar(len(jobs), len(rows), progress) as bar, contextlib.closing(_finished(left, executor)) as finished:
            for job, outcome in finished:
                rows[job.name] = _save(folder, job, outcome)
                bar.update()
                bar.set_postfix_str(_failures(rows.values()))
    finally:
        told = [rows[job.name] for job in jobs if job.name in rows]
        if told:
            Table(told).to_csv(folder / "table.csv")
    return Table(_with_path(row, folder) for row in told)


def saved(into: str | Path) -> Table:
    """The runs that are saved in a folder, also while a sweep is at work on it or after it was stopped.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     len(saved(folder))
    0
    """
    folder = Path(into)
    names = sorted(path.stem for path in (folder / "runs").glob("*.json"))
    return Table(_with_path(row, folder) for name in names if (row := _read(folder, name)))


def judged(
    result: np.ndarray, content: np.ndarray, style: np.ndarray, judge: str, weights: str | None = None
) -> dict[str, float]:
    """`metrics.measure_held_out` by a backbone, at the layers that it would paint with.

    Examples
    --------
    >>> content, style = picture("harbor", 32), picture("swirls", 32)
    >>> judged(content, content, style, "vgg16", "mini-random")["held_out_gap_closed"]
    0.0
    """
    backbone = load_backbone(judge, weights)
    content_layers, style_layers = default_layers(backbone)
    look = backbone.features([*content_layers, *style_layers])
    return measure_held_out(result, content, style, look, content_layers, style_layers)


# The grid --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Job:
    """One run: all that the process needs that paints it, wherever that is."""

    name: str  # of its files; ends in a key made from everything that decides the run
    told: dict  # its columns: content, style and settings as they are named
    settings: dict  # as `stylize` takes them
    content: np.ndarray
    style: np.ndarray
    judge: tuple[str, str] | None  # name and weights


def _jobs(contents: dict, styles: dict, backbones, seeds, grid: dict, judge: str) -> list[_Job]:
    """The runs of the grid; what does not depend on a single run is checked here, before anything is painted."""
    combinations = _combinations(backbones, seeds, grid)
    judges = [_judge(judge, settings) for settings in combinations]
    sizes, seen, looks = set(), {}, {}
    for label, given in contents.items():  # one open at a time: photographs may be large
        whole = picture(given)
        ends = [_last_size(settings, max(whole.shape[:2])) for settings in combinations]
        sizes |= set(ends)
        seen[label] = {end: fit(whole, end) for end in set(ends)}, ends
    for label, given in styles.items():
        whole = picture(given)
        looks[label] = {end: fit(whole, end) for end in sizes}
    files = {}
    jobs = {}
    for k, (settings, chosen_judge) in enumerate(zip(combinations, judges, strict=True)):
        used = [(settings["backbone"], settings["weights"]), *([chosen_judge] if chosen_judge else [])]
        weights = [files.setdefault(each, _weights_identity(*each)) for each in used]
        for (label, (fitted, ends)), (look_label, look) in itertools.product(seen.items(), looks.items()):
            pixels = fitted[ends[k]], look[ends[k]]
            told = {"content": label, "style": look_label, **{n: _label(v) for n, v in settings.items()}}
            identity = [__version__, {n: _fingerprint(v) for n, v in settings.items()}, weights, used[1:]]
            key = _fingerprint([*identity, *map(_fingerprint, pixels)])[:12]
            words = (label, look_label, settings["backbone"], str(settings["seed"]))
            name = "-".join([*(re.sub(r"[^\w.]+", "_", word)[-40:] for word in words), key])
            jobs[name] = _Job(name, told, settings, *pixels, chosen_judge)
    return list(jobs.values())


def _named(kind: str, given) -> dict[str, Any]:
    """Pictures by the name they have in the table."""
    given = getattr(given, "names", given)
    if isinstance(given, str | os.PathLike):
        given = [given]
    if not isinstance(given, Mapping):
        if not isinstance(given, Sequence) or not all(isinstance(each, str | os.PathLike) for each in given):
            raise SettingError(
                f"{kind} is {type(given).__name__}; give names or paths, or pictures with a name each: "
                f'{kind}={{"mine": picture}}.'
            )
        given = {str(each): each for each in given}
    if not given:
        raise SettingError(f"{kind} is empty; give at least one picture.")
    return dict(given)


def _combinations(backbones, seeds, grid: dict) -> list[dict]:
    """The settings of every point of the grid but for the pictures; runs that share a network lie side by side."""
    for name, ours in OWN_KEYWORDS.items():
        if name in grid:
            raise SettingError(f"There is no keyword {name}; give {ours}, one or several.")
    settings_of(**grid)  # refuses what is no setting
    tried = {"backbone": _several("backbones", backbones)}
    tried |= {name: _tried(name, value) for name, value in grid.items()}
    tried |= {"seed": _several("seeds", seeds)}
    points = [settings_of(**dict(zip(tried, values, strict=True))) for values in itertools.product(*tried.values())]
    return [_resolved(settings) for settings in points]


def _several(name: str, given) -> list:
    values = list(given) if isinstance(given, Iterable) and not isinstance(given, str) else [given]
    if not values:
        raise SettingError(f"{name} is empty; give at least one value.")
    return values


def _tried(name: str, value) -> list:
    """The values of a setting: those of a list, or the one given."""
    if isinstance(value, range) or (isinstance(value, np.ndarray) and value.ndim == 1):
        value = list(value)
    if not isinstance(value, list):
        return [value]
    if name in SEQUENCES and not any(isinstance(each, list | tuple | Mapping | None) for each in value):
        return [value]
    return _several(name, value)


def _resolved(settings: dict) -> dict:
    """The settings as they mean the same in another process: no defaults of this session, no file of a start."""
    preset = settings["preset"]
    name = chosen("preset", preset, PRESETS).backbone if preset else settings["backbone"]
    start = settings["start"]
    if not (isinstance(start, str) and start in STARTS):
        start = _Picture(start if isinstance(start, str) else type(start).__name__, picture(start))
    weights = weights_kind(settings["weights"])
    return {**settings, "backbone": backbone_name(name), "weights": weights, "start": start}


@dataclass(frozen=True, eq=False)
class _Picture:
    """A picture to start from, and what the table calls it."""

    label: str
    pixels: np.ndarray


def _judge(judge: str, settings: dict) -> tuple[str, str] | None:
    """Name and weights of the network that measures a run; trained ones, even where random ones paint."""
    if judge == "none":
        return None
    painters, weights = network_names(settings["backbone"]), settings["weights"]
    name = _other_than(painters) if judge == "auto" else network_name(judge)
    kind = "mini" if name in MINI and weights != "imagenet" else "imagenet"
    if name in painters and kind == weights:
        raise SettingError(f"judge is {judge!r}, which paints in this sweep itself; choose another, auto or none.")
    return name, kind


def _other_than(painters: tuple[str, ...]) -> str:
    """The network that measures what these have painted."""
    if len(painters) == 1:
        return JUDGES.get(painters[0], "vgg16")
    left = [name for name in MINI if name not in painters]
    if not left:
        raise SettingError(f"judge is 'auto', but all of {', '.join(MINI)} paint together; name another, or none.")
    return left[0]


def _last_size(settings: dict, longest: int) -> int:
    """The longer side at which a run ends; where the settings are wrong, the run will say so itself."""
    try:
        size = int(settings["sizes"][-1] if settings["sizes"] is not None else min(settings["size"], longest))
    except (TypeError, ValueError, LookupError, OverflowError):
        return longest
    return size if size >= LEAST else longest


def _weights_identity(name: str, weights: str) -> str:
    """What tells weights from others of the same kind: the checksum of their file, where they have one."""
    if len(names := network_names(name)) > 1:
        return " ".join(_weights_identity(each, weights) for each in names)
    path = mini_path(name) if weights == "mini" else Path(weights)
    return sha256(path.read_bytes()).hexdigest() if path.is_file() else weights


def _label(value):
    return value.label if isinstance(value, _Picture) else plain(value)


def _fingerprint(value) -> str:
    """Equal for equal values, whatever process or day."""
    if isinstance(value, _Picture):
        value = value.pixels
    if isinstance(value, np.ndarray) and value.ndim > 1:
        return sha256(repr((value.shape, value.dtype.str)).encode() + np.ascontiguousarray(value).tobytes()).hexdigest()
    return sha256(json.dumps(plain(value), sort_keys=True).encode()).hexdigest()


# One run ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Outcome:
    """How a run ended. ``lost``: without a word, since its process died or was interrupted."""

    status: str  # done, failed, interrupted
    reason: str | None = None
    attempts: int = 1
    measured: dict = dataclasses.field(default_factory=dict)
    png: bytes | None = None
    lost: bool = False


def _painted(job: _Job, attempt: int = 1) -> _Outcome:
    """Paint and measure, in whatever process this is; what goes wrong is an outcome, too."""
    settings = {name: value.pixels if isinstance(value, _Picture) else value for name, value in job.settings.items()}
    try:
        began = time.perf_counter()
        result = stylize(job.content, job.style, **settings, progress=False)
        seconds = time.perf_counter() - began
        if result.interrupted:
            return _Outcome("interrupted", "interrupted", attempt, lost=True)
        measured = {
            **_chosen_settings(job, result),
            "seconds": seconds,
            **{f"loss_{name}": result.run.losses[name] for name in LOSSES},
            **measure(result.picture, result.content, result.style),
        }
        if job.judge:
            name, weights = job.judge
            measured |= {**judged(result.picture, result.content, result.style, name, weights), "judge": name}
        return _Outcome("done", None, attempt, measured, _png(result.picture))
    except KeyboardInterrupt:
        return _Outcome("interrupted", "interrupted", attempt, lost=True)
    except DivergedError as error:
        png = _png(error.result.picture) if error.result is not None else None
        return _Outcome("failed", _sentence(error), attempt, png=png)
    except Exception as error:  # whatever it is, the other runs go on
        return _Outcome("failed", _sentence(error), attempt)


def _chosen_settings(job: _Job, result: Result) -> dict:
    """What the run took for each setting that was left to it."""
    run, objective = result.run, result.run.objective
    taken = {
        "content_layers": dict(objective.content_layers),
        "style_layers": dict(objective.style_layers),
        "content_weight": run.content_weight,
        "style_weight": run.style_weight,
        "tv_weight": run.tv_weight,
        "learning_rate": run.learning_rate,
        "sizes": [max(scale.height, scale.width) for scale in run.scales],
        "steps": [scale.steps for scale in run.scales],
    }
    return {
        **{name: value for name, value in taken.items() if job.settings[name] is None},
        "precision": objective.precision,
    }


def _png(painting: np.ndarray) -> bytes:
    file = io.BytesIO()
    as_image(painting).save(file, "PNG")
    return file.getvalue()


def _sentence(error: BaseException) -> str:
    """What an error says, in one line; its kind goes first where it is not one of ours."""
    told = str(error) if isinstance(error, NSTError) else f"{type(error).__name__}: {error}"
    return " ".join(told.split())[:300]


# Where runs work -------------------------------------------------------------------------------------------------


def _finished(jobs: list[_Job], executor) -> Iterator[tuple[_Job, _Outcome]]:
    """The outcomes of all runs, as they end; a run that was lost with its process has been tried twice."""
    if executor is None or not jobs:
        for job in jobs:
            outcome = _painted(job)
            yield job, outcome
            if outcome.status == "interrupted":
                raise KeyboardInterrupt
        return
    with contextlib.ExitStack() as held:
        pool, width = _pool(executor, held)
        left, again = jobs, []
        while left:
            broken = {}
            for job, outcome in _ended(pool, left):
                if outcome is None:
                    broken[job.name] = job
                elif outcome.lost:
                    again.append((job, outcome))
                else:
                    yield job, outcome
            # A pool that breaks takes all its runs along. Those at work or next in line, one of which broke it, are
            # tried again one by one; the others, which never began, go to a new pool.
            unfinished = [job for job in left if job.name in broken]
            yield from _one_by_one(unfinished[: width + 1])
            left = unfinished[width + 1 :]
            if broken and (left or again):
                pool = held.enter_context(_processes(min(width, os.cpu_count() or 1)))
        reasons = {job.name: outcome.reason for job, outcome in again}
        for job, outcome in _ended(pool, [job for job, _ in again], attempt=2):
            yield job, _second(outcome, reasons[job.name])


def _pool(executor, held: contextlib.ExitStack) -> tuple[concurrent.futures.Executor, int]:
    """The executor that is meant, and how many runs it has at work at a time at most, as far as is known."""
    if isinstance(executor, str):
        return held.enter_context(_dask(executor)), MANY
    if isinstance(executor, concurrent.futures.Executor):
        context = getattr(executor, "_mp_context", None)
        if context is not None and context.get_start_method() == "fork":
            raise SettingError(
                "executor forks its processes, which TensorFlow does not survive; give a number of processes, or "
                'ProcessPoolExecutor(..., mp_context=multiprocessing.get_context("spawn")).'
            )
        return executor, getattr(executor, "_max_workers", MANY)
    if isinstance(executor, int) and not isinstance(executor, bool) and executor >= 1:
        return held.enter_context(_processes(executor)), executor
    raise SettingError(
        f"executor is {executor!r}; give a concurrent.futures.Executor, a number of processes, 1 or more, "
        "or the address of a Dask scheduler."
    )


@contextlib.contextmanager
def _processes(count: int) -> Iterator[concurrent.futures.Executor]:
    """A process pool of our own; on Ctrl-C, or when nothing can be saved, its processes end at once."""
    others = set(multiprocessing.active_children())
    spawned = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(count, spawned, initializer=_begin_process) as pool:
        try:
            yield pool
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in set(multiprocessing.active_children()) - others:
                process.terminate()
            raise


def _begin_process() -> None:
    """Leave Ctrl-C to the parent, and start faster."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    hide_from_keras("sklearn", "matplotlib")


@contextlib.contextmanager
def _dask(address: str) -> Iterator[concurrent.futures.Executor]:
    """The executor of the Dask cluster at an address."""
    try:
        from distributed import Client
    except ImportError:
        raise SettingError(
            f"executor is {address!r}, an address of a Dask scheduler; install Dask first: "
            'pip install "nst-utils[cluster]".'
        ) from None
    try:
        client = Client(address, timeout=DASK_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise SettingError(f"executor is {address!r}; no Dask scheduler answers there: {_sentence(error)}") from None
    with client:
        yield client.get_executor()


def _ended(pool, jobs: list[_Job], attempt: int = 1) -> Iterator[tuple[_Job, _Outcome | None]]:
    """The outcomes of runs in an executor as they end; None where the pool broke."""
    waiting = {}
    try:
        for job in jobs:
            try:
                waiting[pool.submit(_painted, job, attempt)] = job
            except concurrent.futures.BrokenExecutor:
                yield job, None
        for future in concurrent.futures.as_completed(list(waiting)):
            yield waiting.pop(future), _outcome(future, attempt)
    except KeyboardInterrupt:
        for future, job in waiting.items():
            if future.done():
                yield job, _outcome(future, attempt)
            elif not future.cancel():  # it is at work
                yield job, _Outcome("interrupted", "interrupted", attempt)
        raise
    finally:
        for future in waiting:
            future.cancel()


def _outcome(future: concurrent.futures.Future, attempt: int) -> _Outcome | None:
    """What a future has become."""
    if future.cancelled():
        return _Outcome("failed", "its executor gave it up", attempt, lost=True)
    error = future.exception()
    if error is None:
        return future.result()
    if isinstance(error, concurrent.futures.BrokenExecutor):
        return None
    kind = type(error).__name__
    return _Outcome("failed", LOST.get(kind) or _sentence(error), attempt, lost=kind in LOST)


def _one_by_one(jobs: list[_Job]) -> Iterator[tuple[_Job, _Outcome]]:
    """The second attempts of runs whose pool broke: alone in a process, so that a run can only harm itself."""
    left = list(jobs)
    while left:
        with _processes(1) as pool:
            outcome = _Outcome("done")
            while left and outcome is not None:
                ((job, outcome),) = _ended(pool, [left.pop(0)], attempt=2)
                yield job, _second(outcome, DIED)


def _second(outcome: _Outcome | None, first: str) -> _Outcome:
    """The outcome of a second attempt, which tells what happened to the first."""
    if outcome is None or outcome.lost:
        again = "again" if outcome is None or outcome.reason == first else outcome.reason
        return _Outcome("failed", f"{first}, and {again} at the second attempt", 2)
    told = f"first attempt: {first}" if outcome.status == "done" else f"{outcome.reason} (first attempt: {first})"
    return dataclasses.replace(outcome, reason=told)


# What is kept ----------------------------------------------------------------------------------------------------


def _made(folder: Path) -> Path:
    """The folder, which can be written into: better to hear otherwise before the first painting than after."""
    try:
        for inside in ("runs", "pictures"):
            (folder / inside).mkdir(parents=True, exist_ok=True)
            if not os.access(folder / inside, os.W_OK):
                raise PermissionError(None, "nothing can be written there")
    except OSError as error:
        raise SettingError(f"into is {str(folder)!r}; this cannot be a folder for runs: {error.strerror}.") from None
    return folder


def _save(folder: Path, job: _Job, outcome: _Outcome) -> dict:
    """Write the painting, then the row, each whole or not at all; the row is what makes a run done."""
    row = {**job.told, "status": outcome.status, "reason": outcome.reason, "attempts": outcome.attempts}
    row |= {**outcome.measured, "picture": None if outcome.png is None else f"pictures/{job.name}.png"}
    row = plain(row)
    try:
        if outcome.png is not None:
            with written_whole(folder / row["picture"]) as beside:
                beside.write_bytes(outcome.png)
        with written_whole(folder / "runs" / f"{job.name}.json") as beside:
            beside.write_text(json.dumps(row, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise NSTError(
            f"A run cannot be saved in {folder}: {error.strerror or error}. "
            "What was saved before is kept; the same call goes on from there."
        ) from None
    return row


def _read(folder: Path, name: str) -> dict | None:
    """The row of a run that is saved whole, with its painting; None otherwise."""
    try:
        row = json.loads((folder / "runs" / f"{name}.json").read_text(encoding="utf-8"))
        whole = row["status"] != "done" or (folder / row["picture"]).is_file()
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return row if whole else None


def _with_path(row: dict, folder: Path) -> dict:
    """The row with the path of its picture as it is seen from here, so that a folder may be moved."""
    return row if row["picture"] is None else {**row, "picture": (folder / row["picture"]).as_posix()}


def _failures(rows: Iterable[dict]) -> str:
    failed = sum(row["status"] != "done" for row in rows)
    return f"{failed} failed" if failed else ""


def _bar(total: int, done: int, shown: bool):
    from tqdm import tqdm

    return tqdm(
        total=total,
        initial=done,
        disable=not shown,
        bar_format="{percentage:3.0f}% {bar} {n_fmt} of {total_fmt} runs, {elapsed} gone, {remaining} left{postfix}",
        ascii=" -=#",
    )
