"""Many runs as one experiment: a grid of pictures, networks, seeds and settings in, a tidy table out.

Calls `stylize` once for each point of the grid, measures what it paints, and keeps every run in a file of its own the
moment it ends, so that a stopped sweep goes on where it was. What a run does stands in `job`, where runs work in
`workers`.
"""

import contextlib
import itertools
import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nst_utils import __version__
from nst_utils.base.errors import NSTError, SettingError
from nst_utils.base.files import written_whole
from nst_utils.engine.carrying import PICTURES
from nst_utils.engine.settings import SETTINGS, SMALLEST_SIZE, STARTS, check_names, check_preset
from nst_utils.images.arrays import fit
from nst_utils.images.opening import picture
from nst_utils.networks.catalog import JUDGES, MINI, PRESETS, backbone_name, network_name, network_names
from nst_utils.networks.loading import weights_checksum, weights_kind
from nst_utils.study.job import Job, Outcome, Picture
from nst_utils.study.tables import plain_value, table_of, write_table
from nst_utils.study.workers import finished

if TYPE_CHECKING:
    import concurrent.futures

    from pandas import DataFrame

OWN_KEYWORDS = {"backbone": "backbones", "seed": "seeds"}
SEQUENCES = ("content_layers", "style_layers", "sizes")  # settings whose one value is a list
ROW_KEYS = ("content", "style", "status", "picture")  # that each saved row has


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
) -> "DataFrame":
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
        style_layers and sizes is a list itself: give a list of lists there. A tuple is one value. Masks and maps that
        are no files are told apart in the table by the first digits of their fingerprints.

    Returns
    -------
    pandas.DataFrame
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
    >>> table[["style", "content_weight", "status"]]
         style  content_weight status
    0   swirls             0.1   done
    1  mandala             0.1   done
    2   swirls             1.0   done
    3  mandala             1.0   done
    """
    jobs = _jobs(_named("contents", contents), _named("styles", styles), backbones, seeds, grid, judge)
    folder = _writable_folder(into)
    rows = {job.name: row for job in jobs if (row := _read(folder, job.name)) and row["status"] == "done"}
    left = [job for job in jobs if job.name not in rows]
    try:
        with _bar(len(jobs), len(rows), progress) as bar, contextlib.closing(finished(left, executor)) as ended:
            for job, outcome in ended:
                rows[job.name] = _save(folder, job, outcome)
                bar.update()
                bar.set_postfix_str(_failures(rows.values()))
    finally:
        in_order = [rows[job.name] for job in jobs if job.name in rows]
        if in_order:
            write_table(table_of(in_order), folder / "table.csv")
    return table_of(_with_path(row, folder) for row in in_order)


def saved(into: str | Path) -> "DataFrame":
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
    return table_of(_with_path(row, folder) for name in names if (row := _read(folder, name)))


# The grid --------------------------------------------------------------------------------------------------------


def _jobs(contents: dict, styles: dict, backbones, seeds, grid: dict, judge: str) -> list[Job]:
    """The runs of the grid; what does not depend on a single run is checked here, before anything is painted."""
    combinations = _combinations(backbones, seeds, grid)
    judges = [_judge(judge, settings) for settings in combinations]
    sizes, fitted_contents, fitted_styles = set(), {}, {}
    for label, given in contents.items():  # one open at a time: photographs may be large
        whole = picture(given)
        ends = [_last_size(settings, max(whole.shape[:2])) for settings in combinations]
        sizes |= set(ends)
        fitted_contents[label] = {end: fit(whole, end) for end in set(ends)}, ends
    for label, given in styles.items():
        whole = picture(given)
        fitted_styles[label] = {end: fit(whole, end) for end in sizes}
    files = {}
    jobs = {}
    for k, (settings, chosen_judge) in enumerate(zip(combinations, judges, strict=True)):
        used = [(settings["backbone"], settings["weights"]), *([chosen_judge] if chosen_judge else [])]
        weights = [files.setdefault(each, weights_checksum(*each)) for each in used]
        for (content, (contents_by_size, ends)), (style, styles_by_size) in itertools.product(
            fitted_contents.items(), fitted_styles.items()
        ):
            pixels = contents_by_size[ends[k]], styles_by_size[ends[k]]
            columns = {"content": content, "style": style, **{n: _label(v) for n, v in settings.items()}}
            identity = [__version__, {n: _fingerprint(v) for n, v in settings.items()}, weights, used[1:]]
            key = _fingerprint([*identity, *map(_fingerprint, pixels)])[:12]
            words = (content, style, settings["backbone"], str(settings["seed"]))
            name = "-".join([*(re.sub(r"[^\w.]+", "_", word)[-40:] for word in words), key])
            name = re.sub(r"^\.", "_", name)  # a file that begins with a dot is hidden
            jobs[name] = Job(name, columns, settings, *pixels, chosen_judge)
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
    check_names(grid)
    tried = {"backbone": _several("backbones", backbones)}
    tried |= {name: _tried(name, value) for name, value in grid.items()}
    tried |= {"seed": _several("seeds", seeds)}
    points = [{**SETTINGS, **dict(zip(tried, values, strict=True))} for values in itertools.product(*tried.values())]
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
    """The settings as they mean the same in another process: no defaults of this session, no files of pictures."""
    for name in ("preset", "weights"):
        if not isinstance(settings[name], str | os.PathLike | None):
            raise SettingError(f"{name} is {settings[name]!r:.80}; give a name.")
    preset, name = settings["preset"], settings["backbone"]
    check_preset(preset, name)
    name = PRESETS[preset].backbone if preset else name
    start = settings["start"]
    if not (isinstance(start, str) and start in STARTS):
        start = _picture_of(start)
    pictures = {name: _picture_of(settings[name]) for name in PICTURES if settings[name] is not None}
    weights = weights_kind(settings["weights"])
    return {**settings, **pictures, "backbone": backbone_name(name), "weights": weights, "start": start}


def _picture_of(given):
    """A setting that is a picture, with its pixels and what the table calls it."""
    pixels = picture(given)
    named = isinstance(given, str | os.PathLike)
    return Picture(os.fspath(given) if named else f"{type(given).__name__} {_fingerprint(pixels)[:6]}", pixels)


def _judge(judge: str, settings: dict) -> tuple[str, str] | None:
    """Name and weights of the network that measures a run; trained ones, even where random ones paint."""
    if judge == "none":
        return None
    painters, weights = network_names(settings["backbone"]), settings["weights"]
    name = _other_than(painters) if judge == "auto" else network_name(judge)
    ours = "scratch" if weights == "scratch" else "mini"
    kind = ours if name in MINI and weights != "imagenet" else "imagenet"
    if name in painters and kind == weights:
        raise SettingError(f"judge is {judge!r}, which paints in this sweep itself; choose another, auto or none.")
    return name, kind


def _other_than(painters: tuple[str, ...]) -> str:
    """The network that measures what these have painted."""
    if len(painters) == 1:
        return JUDGES[painters[0]]
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
    return size if size >= SMALLEST_SIZE else longest


def _label(value):
    try:
        return value.label if isinstance(value, Picture) else plain_value(value)
    except RecursionError:
        raise SettingError("A setting is nested too deeply; no setting needs more than three levels.") from None


def _fingerprint(value) -> str:
    """Equal for equal values, whatever process or day."""
    if isinstance(value, Picture):
        value = value.pixels
    if isinstance(value, np.ndarray) and value.ndim > 1:
        return sha256(repr((value.shape, value.dtype.str)).encode() + np.ascontiguousarray(value).tobytes()).hexdigest()
    return sha256(json.dumps(plain_value(value), sort_keys=True).encode()).hexdigest()


# What is kept ----------------------------------------------------------------------------------------------------


def _writable_folder(into: str | Path) -> Path:
    """The folder, which can be written into: better to hear otherwise before the first painting than after."""
    if not isinstance(into, str | os.PathLike):
        raise SettingError(f"into is {into!r:.80}; give the path of a folder.")
    folder = Path(into)
    try:
        for inside in ("runs", "pictures"):
            (folder / inside).mkdir(parents=True, exist_ok=True)
            if not os.access(folder / inside, os.W_OK):
                raise PermissionError(None, "nothing can be written there")
    except OSError as error:
        raise SettingError(f"into is {str(folder)!r}; this cannot be a folder for runs: {error.strerror}.") from None
    return folder


def _save(folder: Path, job: Job, outcome: Outcome) -> dict:
    """Write the painting, then the row, each whole or not at all; the row is what makes a run done."""
    row = {**job.columns, "status": outcome.status, "reason": outcome.reason, "attempts": outcome.attempts}
    row |= {**outcome.measured, "picture": None if outcome.png is None else f"pictures/{job.name}.png"}
    row = plain_value(row)
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
        row = plain_value(json.loads((folder / "runs" / f"{name}.json").read_text(encoding="utf-8")))
        _, _, status, shown = (row[key] for key in ROW_KEYS)
        whole = (folder / shown).is_file() if status == "done" else isinstance(shown, str | None)
    except (OSError, ValueError, LookupError, TypeError, RecursionError):  # cut, damaged, or none of ours
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
