"""The state of a run on disk: written whole, read with suspicion.

On one machine, with the same number of cores and the same versions, a run goes on from its checkpoint bit for bit. With
another number of cores, or on another kind of processor, sums are taken in another order: the run goes on, the losses
differ in their last digits, and the painting after some hundred steps by a few thousandths in places. A checkpoint
knows what it belongs to, weights and start included, and goes on with nothing else.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from nst_utils import __version__
from nst_utils.base.errors import NSTError
from nst_utils.base.files import written_whole
from nst_utils.base.tensorflow import tf
from nst_utils.base.values import fingerprint, is_finite, is_whole, json_setting, shown
from nst_utils.engine.descent import State
from nst_utils.engine.optimizers import Moments
from nst_utils.networks.loading import weights_checksum

VERSION = 2  # of what is written here; 1 knew neither weights nor start by their numbers
NUMBERS = ("averaged", "scale", "step", "count", "retries", "rate")  # of a state, beside its arrays


class Saved(NamedTuple):
    """What a checkpoint holds."""

    state: State
    first_total: float | None
    rows: list[tuple]
    snapshots: list[np.ndarray]


def save(run, path: str | Path) -> None:
    """Write the state of a run beside ``path``, and rename it."""
    descent = run._descent
    state = descent.state
    about = {
        "version": VERSION,
        "package": __version__,
        "run": identity(run),
        "place": {name: getattr(state, name) for name in NUMBERS},
        "moments": state.moments is not None,
        "first_total": None if descent.targets is None else descent.first_total,  # each scale has its own
    }
    arrays = {"about": np.array(json.dumps(about)), "picture": state.picture, "rows": np.array(run.rows, dtype=float)}
    if state.mean is not None:
        arrays["mean"] = state.mean
    if state.moments is not None:
        arrays |= {f"moments_{k}": moment.numpy() for k, moment in enumerate(state.moments)}
    arrays |= {f"snapshot_{k:04}": shot for k, shot in enumerate(run.snapshots)}
    try:
        with written_whole(_with_ending(path)) as beside:
            np.savez(beside, **arrays)
    except OSError as error:
        raise NSTError(f"The checkpoint {path} cannot be written: {error.strerror or error}.") from None


def load(run, path: str | Path) -> bool:
    """Let a run go on from a checkpoint; False where there is none, an error where it is of another run."""
    path = _with_ending(path)
    if not path.exists():
        return False
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = dict(stored)
        about = json.loads(str(arrays["about"]))
        version, theirs = about["version"], dict(about["run"])
    except Exception as error:  # a damaged zip file has a dozen ways to say so
        raise _unreadable(path, error) from None
    if not is_whole(version) or not 1 <= version <= VERSION:
        raise NSTError(
            f"The checkpoint {path} has the version {shown(version)}, and this package knows 1 to {VERSION}; "
            "go on with the package that wrote it, or remove it to start anew."
        )
    ours = {name: value for name, value in identity(run).items() if name in theirs or version == VERSION}
    if version == 1 and theirs.get("weights") is None:
        ours.pop("weights", None)
    if different := sorted(name for name in ours if theirs.get(name) != ours[name]):
        raise NSTError(
            f"The checkpoint {path} belongs to a run with another {', '.join(different)}; "
            "remove it, or name another file."
        )
    try:
        saved = _saved(about, arrays)
        _check(saved, run)
    except Exception as error:
        raise _unreadable(path, error) from None
    run.continue_from(saved)
    return True


def identity(run) -> dict[str, Any]:
    """What must be equal for a checkpoint to continue a run."""
    return {
        **{name: json_setting(value) for name, value in run.settings.items()},
        **{name: None if values is None else fingerprint(values) for name, values in run.guides.items()},
        "content": fingerprint(run.content),
        "style": fingerprint(run.style) if len(run.styles) == 1 else [fingerprint(style) for style in run.styles],
        "set of weights": weights_checksum(run.objective.backbone),
        "start picture": run.start if isinstance(run.start, str) else fingerprint(run.start),
        "package version": __version__,
    }


def _saved(about: dict, arrays: dict) -> Saved:
    moments = Moments(*(tf.constant(arrays[f"moments_{k}"]) for k in range(3))) if about["moments"] else None
    place = {name: about["place"][name] for name in NUMBERS}
    mean = arrays["mean"] if place["averaged"] else None
    rows = [(int(row[0]), int(row[1]), *row[2:]) for row in arrays["rows"].tolist()]
    snapshots = [arrays[name] for name in sorted(arrays) if name.startswith("snapshot_")]
    return Saved(State(arrays["picture"], moments, mean, **place), about["first_total"], rows, snapshots)


def _check(saved: Saved, run) -> None:
    """Raise ValueError for a state in which this run can never be."""
    state, scales = saved.state, run.scales
    if not all(is_whole(getattr(state, name)) and getattr(state, name) >= 0 for name in NUMBERS[:-1]):
        raise ValueError("its place is no place")
    if not (
        is_finite(state.rate) and 0 < state.rate <= 1 and (saved.first_total is None or is_finite(saved.first_total))
    ):
        raise ValueError("its rate is none")
    if state.scale > len(scales) or state.count > sum(scale.steps for scale in scales):
        raise ValueError("it has more steps than the run")
    scale = scales[min(state.scale, len(scales) - 1)]
    if state.step > scale.steps or (state.scale < len(scales) and state.step == scale.steps):
        raise ValueError("it has more steps than the scale")
    shape = (scale.height, scale.width, 3)
    pictures = [state.picture, *([] if state.mean is None else [state.mean])]
    if any(one.shape != shape or one.dtype != np.float32 or not np.isfinite(one).all() for one in pictures):
        raise ValueError("its picture is none of this run")
    if any(one.ndim != 3 or one.shape[2] != 3 or one.dtype != np.float32 for one in saved.snapshots):
        raise ValueError("its snapshots are no pictures")
    if state.moments is not None:
        shapes = [tuple(moment.shape) for moment in state.moments]
        if shapes != [(1, *shape), (1, *shape), ()] or any(moment.dtype != tf.float32 for moment in state.moments):
            raise ValueError("its moments are none of this run")
    if any(len(row) != 3 + len(run.objective.names) for row in saved.rows) or len(saved.rows) > state.count:
        raise ValueError("its losses are none of this run")


def _unreadable(path: Path, error: Exception) -> NSTError:
    return NSTError(f"{path} is no checkpoint that can be read ({type(error).__name__}); remove it to start anew.")


def _with_ending(path: str | Path) -> Path:
    """NumPy appends .npz where it is missing; do it here, so that the name is known."""
    path = Path(path)
    if not path.name:
        raise NSTError(f"The checkpoint {shown(str(path))} is no name of a file.")
    return path if path.suffix == ".npz" else path.with_name(path.name + ".npz")
