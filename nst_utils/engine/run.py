"""From two pictures to a painting: `stylize`, the run it drives, and the result it returns.

Floor 5: takes pictures through the one door, builds the objective, and walks it from coarse to fine. A run can be
stopped, resumed, checkpointed, and it survives a loss that explodes. Departures from Gatys (2016), each for a reason
measured in data/backbones/CARD.md: average pooling, several scales instead of one, Adam beside L-BFGS, losses divided
by the target's own energy, the picture's own patches as layer zero, total variation, a random shift in each step.
"""

import contextlib
import copy
import dataclasses
import inspect
import json
import math
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from nst_utils.base.errors import DivergedError, MemoryBudgetError, NSTError, PictureError, SettingError
from nst_utils.base.files import written_whole
from nst_utils.base.tensorflow import tf
from nst_utils.engine.memory import affordable
from nst_utils.engine.objective import Objective, as_batch, compiled
from nst_utils.engine.optimizers import FIRST_STEP, Moments, lbfgs, no_moments, resized_moments
from nst_utils.engine.settings import STARTS, Plan, plan
from nst_utils.engine.tiles import Tiled, ways_to_look
from nst_utils.images.arrays import fit, resize
from nst_utils.images.opening import picture
from nst_utils.images.saving import moving, save_picture

HOLD = 4  # steps under one shift: the content's features are taken anew for each
STRETCH = 20  # iterations of L-BFGS under one shift
STILL_STRETCH = 100  # and without shifts: its memory begins anew with each stretch, so longer ones fall faster
LAST_RATE = 0.02  # share of the learning rate that is left at the end of a scale
AVERAGED_SHARE = 0.2  # the mean is taken over this last part of the last scale
EXPLODED = 1e3  # times the first loss of a scale


def stylize(
    content,
    style,
    *,
    size: int = 256,
    backbone: str = "vgg19",
    weights: str | None = None,
    preset: str | None = None,
    content_layers: Sequence[str] | Mapping[str, float] | None = None,
    style_layers: Sequence[str] | Mapping[str, float] | None = None,
    content_weight: float | None = None,
    style_weight: float | None = None,
    tv_weight: float | None = None,
    statistic: str = "gram",
    normalization: str = "energy",
    pooling: str = "avg",
    start="content",
    method: str = "adam",
    learning_rate: float | None = None,
    steps: int | Sequence[int] | None = None,
    sizes: Sequence[int] | None = None,
    jitter: int = 8,
    average: bool = True,
    precision: str = "auto",
    seed: int = 0,
    snapshots: int = 0,
    checkpoint: str | Path | None = None,
    memory: float | None = None,
    tile: int | None = None,
    progress: bool = True,
    callback: Callable[["Run"], None] | None = None,
) -> "Result":
    """Paint the content in the manner of the style.

    Parameters
    ----------
    content, style : anything `picture` takes
        What to paint, and how: a name, a path, an address, a PIL image or an array.
    size : int
        Longer side of the painting in pixels; a smaller content stays as it is.
    backbone : str
        The network that looks at the pictures: vgg16, vgg19, resnet50 or another of `keras.applications`; or several
        that look together, as vgg19+resnet50.
    weights : str
        Its weights: mini, imagenet, random, mini-random or a file; default: what `use` or NST_WEIGHTS says, else mini.
    preset : str
        Layers (and backbone) of a published system: gatys, tutorial, resnet-study or swag.
    content_layers, style_layers : names, or names with weights
        Layers that hold the content and the style; "picture", "picture_2" and "picture_4" are the picture's own
        3 x 3 patches, at its size, a half and a quarter of it.
    content_weight, style_weight, tv_weight : float
        How much the content, the style and a smooth surface count; default: what the normalization's source takes.
    statistic : str
        What of a layer is its style: gram, softmax_gram, mean_variance, covariance, histogram or sliced_wasserstein.
    normalization : str
        How the losses are scaled: energy, gatys, tutorial, torch, keras-io or deeplearning.ai.
    pooling : str
        avg or max.
    start : str or picture
        Where the picture starts: content, noise, gray, style, or a picture of your own.
    method : str
        adam or lbfgs.
    learning_rate : float
        Step of Adam in units of the picture's range; default .02.
    steps : int or several
        Steps in all, or for each scale from coarse to fine.
    sizes : several int
        Longer side at each scale, rising; the last one replaces size.
    jitter : int
        Largest random shift in pixels of each step; 0 for none.
    average : bool
        Whether the result is the mean of the last scale's quiet steps instead of the last step.
    precision : str
        Arithmetic of the network: auto, float32, bfloat16 or float16.
    seed : int
        Seed of the start, the shifts and the random directions.
    snapshots : int
        How many pictures of the way to keep, for a GIF.
    checkpoint : path
        File to write the run's state to while it works; the same call finds it and goes on.
    memory : float
        Gigabytes the run may take; default: what the machine has free.
    tile : int
        Side in pixels of the tiles in which a larger picture is looked at, in less memory and more time; default:
        tiles only where the whole picture does not fit into memory.
    progress : bool
        Whether to show a progress bar.
    callback : function
        Called with the `Run` after each step.

    Returns
    -------
    Result
        With the picture, the history of all losses, and `save` and `resume`.

    Examples
    --------
    >>> import nst_utils as nst
    >>> result = nst.stylize("harbor", "swirls", size=64, steps=3, progress=False)
    >>> result.picture.shape
    (48, 64, 3)
    """
    given = locals()
    settings = {name: given[name] for name in SETTINGS}
    run = Run(picture(content), picture(style), settings, memory=memory, tile=tile)
    if checkpoint is not None:
        run.load(checkpoint)
    return run.finish(progress=progress, callback=callback, checkpoint=checkpoint)


SETTINGS = {  # the keywords that decide how the painting looks, with their defaults
    name: parameter.default
    for name, parameter in inspect.signature(stylize).parameters.items()
    if name not in ("content", "style", "checkpoint", "memory", "tile", "progress", "callback")
}


def settings_of(**given) -> dict:
    """All settings of a run: those given, and the defaults of `stylize`."""
    unknown = sorted(set(given) - set(SETTINGS))
    if unknown:
        raise SettingError(f"There is no setting {', '.join(unknown)}; the settings are {', '.join(SETTINGS)}.")
    return {**SETTINGS, **given}


@dataclass(frozen=True)
class Scale:
    """One level of the pyramid: its picture sizes and how many steps it gets."""

    height: int
    width: int
    steps: int


@dataclass
class _State:
    """All that a run needs to go on from where it is."""

    picture: np.ndarray
    moments: Moments | None = None
    mean: np.ndarray | None = None
    averaged: int = 0
    scale: int = 0
    step: int = 0  # within the scale
    count: int = 0  # over all scales
    retries: int = 0
    rate: float = 1.0


class Run:
    """A painting in progress: one call of `advance` is one step of Adam or one stretch of L-BFGS.

    ``content_weight``, ``style_weight``, ``tv_weight`` and ``learning_rate`` may be set while it runs. ``looks`` holds
    the objective of each scale; one that looks in tiles of its own kind (see `tiles.in_tiles`) may be put there.
    """

    def __init__(
        self,
        content: np.ndarray,
        style: np.ndarray,
        settings: dict,
        *,
        memory: float | None = None,
        tile: int | None = None,
    ):
        planned = plan(settings, max(content.shape[:2]))
        self.settings = settings
        self.objective: Objective = planned.objective
        self.method, self.seed, self.average = settings["method"], settings["seed"], settings["average"]
        self.content_weight, self.style_weight = planned.content_weight, planned.style_weight
        self.tv_weight, self.learning_rate = planned.tv_weight, planned.learning_rate
        self._content, self._style = fit(content, planned.sizes[-1]), fit(style, planned.sizes[-1])
        self._least = self.objective.smallest_side()
        self.scales = _scales(self._content, planned, self._least)
        self.looks = self._ways_to_look(tile, memory)
        first = self.scales[0]
        self._state = _State(_start(settings["start"], self._content, self._style, self.seed)(first))
        self._snapshot_at = _spread(settings["snapshots"], sum(scale.steps for scale in self.scales))
        self._rows: list[tuple] = []
        self._clock = time.perf_counter()
        self._seconds = 0.0
        self._first_total = None
        self._best: tuple | None = None
        self._targets = None
        self.snapshots: list[np.ndarray] = []

    def _ways_to_look(self, tile: int | None, memory: float | None) -> list[Objective]:
        """The objective of each scale: as it is where the whole picture fits, else in tiles."""
        ways = ways_to_look(self.objective, tile, self.method)
        finest = affordable(ways, self._content.shape[:2], memory)
        if not isinstance(finest, Tiled):
            return [finest for _ in self.scales]

        def look(shape):
            if max(shape) <= finest.tile:
                return self.objective
            return finest if tile else affordable((self.objective, finest), shape, memory)

        return [look((scale.height, scale.width)) for scale in self.scales]

    # What it shows

    @property
    def done(self) -> bool:
        """Whether the last step of the last scale has been taken."""
        return self._state.scale == len(self.scales)

    @property
    def picture(self) -> np.ndarray:
        """The picture as it stands, at the size of its scale; the mean of the quiet steps if it averages."""
        state = self._state
        return (state.mean if self.average and state.averaged else state.picture).copy()

    @property
    def step(self) -> int:
        """How many steps have been taken."""
        return self._state.count

    @property
    def losses(self) -> dict[str, float]:
        """The terms of the last step."""
        return dict(zip(self.objective.names, self._rows[-1][3:], strict=True)) if self._rows else {}

    @property
    def history(self) -> dict[str, np.ndarray]:
        """All terms by step: arrays under "step", "size", "seconds" and the names of the objective's terms."""
        names = ("step", "size", "seconds", *self.objective.names)
        columns = np.array(self._rows, dtype=float).reshape(-1, len(names)).T
        return dict(zip(names, columns, strict=True))

    @property
    def result(self) -> "Result":
        """What has been reached so far; it stays as it is when the run goes on."""
        return Result(
            self.picture, self._content, self._style, self.history, self.settings, tuple(self.snapshots), self._copy()
        )

    def _copy(self) -> "Run":
        """A run that goes on from here without moving this one; arrays are replaced in a run, never changed."""
        other = copy.copy(self)
        other._state, other.scales = dataclasses.replace(self._state), list(self.scales)
        other._rows, other.snapshots = list(self._rows), list(self.snapshots)
        other._targets = None if self._targets is None else dict(self._targets)
        return other

    # What it does

    def advance(self) -> None:
        """Take one step of Adam, or one stretch of L-BFGS; raise `DivergedError` if the loss explodes twice."""
        self._clock = time.perf_counter()
        state, scale = self._state, self.scales[self._state.scale]
        graphs = compiled(self.looks[state.scale])
        if self._targets is None:
            self._aim()
            self._first_total = self._best = None
        elif self._shift != self._seed():
            self._shift = self._seed()
            if self.objective.jitter:
                self._targets["content"] = graphs.content_targets(as_batch(self._content_here), self._shift)
        before = state.picture
        if self.method == "adam":
            picture = as_batch(state.picture)
            with _memory_named(scale):
                terms, after, moments = graphs.adam_step(
                    picture, self._targets, self._weights(), self._shift, state.moments or no_moments(picture)
                )
            if self._sound(terms.numpy(), before):
                state.picture, state.moments = after[0].numpy(), moments
                self._count(terms.numpy(), 1, time.perf_counter())
        else:
            self._lbfgs_stretch(graphs.value_and_gradient, before)
        if self._state.step >= scale.steps:
            self._next_scale()

    def finish(self, *, progress: bool = True, callback=None, checkpoint=None, every: float = 5.0) -> "Result":
        """Take all steps that are left; Ctrl-C returns what has been reached."""
        if checkpoint is not None:
            self.save(checkpoint)  # a place where nothing can be written is told before hours of painting
        saved = time.monotonic()
        with _bar(self, progress) as bar, contextlib.suppress(KeyboardInterrupt):
            while not self.done:
                self.advance()
                bar.show(self)
                if checkpoint is not None and time.monotonic() - saved > every:
                    self._save_or_warn(checkpoint)
                    saved = time.monotonic()
                if callback is not None:
                    callback(self)
        if checkpoint is not None:
            self._save_or_warn(checkpoint)
        return self.result

    def _save_or_warn(self, path) -> None:
        """A checkpoint is a convenience: a disk that has filled up does not end the run."""
        try:
            self.save(path)
        except NSTError as error:
            warnings.warn(str(error), stacklevel=3)

    def add(self, steps: int) -> None:
        """Append steps at the last scale, from the picture and the moments as they are."""
        last = self.scales[-1]
        state = self._state
        if self.done:
            state.scale, state.step = len(self.scales) - 1, 0
            self.scales[-1] = Scale(last.height, last.width, steps)
        else:
            self.scales[-1] = Scale(last.height, last.width, last.steps + steps)
        state.mean, state.averaged = None, 0

    def _aim(self) -> None:
        """Take the targets of the present scale."""
        scale = self.scales[self._state.scale]
        ratio = max(scale.height, scale.width) / max(self._content.shape[:2])
        sides = [max(8, self._least, round(side * ratio)) for side in self._style.shape[:2]]
        self._content_here = resize(self._content, (scale.height, scale.width))
        self._shift = self._seed()
        self._targets = compiled(self.looks[self._state.scale]).targets(
            as_batch(self._content_here), as_batch(resize(self._style, sides)), self._shift
        )

    def _weights(self):
        """The weights of this step; within a scale the learning rate falls along half a cosine."""
        done = self._state.step / self.scales[self._state.scale].steps
        rate = (
            self.learning_rate * self._state.rate * (LAST_RATE + (1 - LAST_RATE) * (1 + math.cos(math.pi * done)) / 2)
        )
        return tf.constant([self.content_weight, self.style_weight, self.tv_weight, rate], tf.float32)

    def _seed(self) -> tuple[int, int]:
        """What the shift and the random directions of this step are drawn from; it changes every `HOLD` steps."""
        return self.seed, self._state.count // HOLD

    def _lbfgs_stretch(self, value, before):
        """Some iterations under one shift; the next stretch starts with an empty memory and a new shift."""
        state, scale = self._state, self.scales[self._state.scale]
        seen, weights, seed = {}, self._weights(), tf.constant(self._shift)
        path, reached, stopped = [], before, None

        def look(values):
            terms, gradient = value(tf.constant(values), self._targets, weights, seed)
            seen[hash(values.tobytes())] = terms.numpy()
            return terms[0].numpy(), gradient.numpy()

        def note(values):
            nonlocal reached
            if (terms := seen.get(hash(values.tobytes()))) is not None:
                path.append((terms, time.perf_counter()))
                reached = values[0]

        iterations = min(STRETCH if self.objective.jitter else STILL_STRETCH, scale.steps - state.step)
        try:
            reached = lbfgs(look, state.picture[None], iterations, note, first_step=FIRST_STEP * state.rate)[0]
        except KeyboardInterrupt as stop:  # what has been reached is kept
            iterations, stopped = len(path), stop
        rows = path or [(terms, time.perf_counter()) for terms in list(seen.values())[:1]]
        if rows and self._sound(rows[-1][0], before):
            state.picture = reached
            for terms, now in rows:
                self._count(terms, 1, now)
            left = max(0, iterations - len(rows))  # a line search that gave up ends the stretch, not the run
            state.step += left
            state.count += left
        if stopped:
            raise stopped

    def _sound(self, terms: np.ndarray, before) -> bool:
        """Whether the loss is; on NaN or an explosion go back to the best picture once, at a tenth of the rate."""
        total = float(terms[0])
        if self._first_total is None and np.isfinite(total):
            self._first_total = total
        if np.isfinite(terms).all() and total <= EXPLODED * max(self._first_total, 1e-12):
            if self._best is None or total <= self._best[0]:
                self._best = (total, before)
            return True
        state = self._state
        good = self._best[1] if self._best else before
        sound = good if np.isfinite(good).all() else resize(self._content, good.shape[:2])
        state = dataclasses.replace(state, picture=sound, moments=None, mean=None, averaged=0)
        state.retries += 1
        state.rate *= 0.1
        self._state = state
        if state.retries > 1:
            raise DivergedError(
                f"The loss became {total:.3g} at step {state.count + 1} (it started at {self._first_total or 0:.3g}) "
                f"and again after one retry with a tenth of the learning rate {self.learning_rate:g}.\n"
                "Lower learning_rate or the weights; the best picture so far is in this error's .result.",
                result=self.result,
            )
        return False

    def _count(self, terms: np.ndarray, steps: int, now: float) -> None:
        """Note the losses of a step that was taken, and when."""
        state, scale = self._state, self.scales[self._state.scale]
        self._seconds, self._clock = self._seconds + now - self._clock, now
        state.step += steps
        state.count += steps
        self._rows.append((state.count, max(scale.height, scale.width), self._seconds, *map(float, terms)))
        if self.average and state.scale == len(self.scales) - 1 and state.step > (1 - AVERAGED_SHARE) * scale.steps:
            state.averaged += 1
            share = np.float32(1 / state.averaged)
            state.mean = state.picture if state.mean is None else state.mean + share * (state.picture - state.mean)
        if state.count in self._snapshot_at:
            self.snapshots.append(state.picture)

    def _next_scale(self) -> None:
        """Carry the picture and Adam's moments up; at the end of the last scale, stay."""
        state = self._state
        state.scale += 1
        self._targets = None
        if self.done:
            return
        state.step = 0
        scale = self.scales[state.scale]
        state.picture = resize(state.picture, (scale.height, scale.width))
        if state.moments is not None:
            state.moments = resized_moments(state.moments, scale.height, scale.width)

    # What it leaves on disk

    def save(self, path: str | Path) -> None:
        """Write the state, from which `load` continues bit for bit; written beside and renamed."""
        state = self._state
        arrays = {
            "about": np.array(json.dumps({"version": 1, "run": self._identity(), **self._place()})),
            "picture": state.picture,
            "rows": np.array(self._rows, dtype=float),
        }
        if state.mean is not None:
            arrays["mean"] = state.mean
        if state.moments is not None:
            arrays |= {f"moments_{k}": m.numpy() for k, m in enumerate(state.moments)}
        arrays |= {f"snapshot_{k:04}": shot for k, shot in enumerate(self.snapshots)}
        try:
            with written_whole(_with_ending(path)) as beside:
                np.savez(beside, **arrays)
        except OSError as error:
            raise NSTError(f"The checkpoint {path} cannot be written: {error.strerror or error}.") from None

    def load(self, path: str | Path) -> bool:
        """Go on from a checkpoint; False where there is none, an error where it belongs to another run."""
        path = _with_ending(path)
        if not path.exists():
            return False
        try:
            with np.load(path, allow_pickle=False) as stored:
                arrays = dict(stored)
            about = json.loads(str(arrays["about"]))
            run, first_total = about["run"], about["first_total"]
            moments = Moments(*(tf.constant(arrays[f"moments_{k}"]) for k in range(3))) if about["moments"] else None
            mean = arrays["mean"] if about["place"]["averaged"] else None
            state = _State(arrays["picture"], moments, mean, **about["place"])
            rows = [(int(row[0]), int(row[1]), *row[2:]) for row in arrays["rows"].tolist()]
            snapshots = [arrays[name] for name in sorted(arrays) if name.startswith("snapshot_")]
        except Exception as error:  # a damaged zip file has a dozen ways to say so
            raise NSTError(
                f"{path} is no checkpoint that can be read ({type(error).__name__}); remove it to start anew."
            ) from None
        ours = self._identity()
        different = sorted(name for name in ours if run.get(name) != ours[name])
        if different:
            raise NSTError(
                f"The checkpoint {path} belongs to a run with another {', '.join(different)}; "
                "remove it, or name another file."
            )
        self._state, self._rows, self.snapshots, self._first_total = state, rows, snapshots, first_total
        self._seconds = rows[-1][2] if rows else 0.0
        if not self.done:
            self._aim()
        return True

    def _place(self) -> dict:
        kept = ("averaged", "scale", "step", "count", "retries", "rate")
        return {
            "place": {name: getattr(self._state, name) for name in kept},
            "moments": self._state.moments is not None,
            "first_total": None if self._targets is None else self._first_total,  # each scale has its own
        }

    def _identity(self) -> dict:
        """What must be equal for a checkpoint to continue this run."""
        settings = {name: _plain(value) for name, value in self.settings.items()}
        return {**settings, "content": _fingerprint(self._content), "style": _fingerprint(self._style)}


@dataclass(frozen=True)
class Result:
    """A painting, the content and the style at its size, how it was reached, and the run to go on with."""

    picture: np.ndarray
    content: np.ndarray
    style: np.ndarray
    history: dict[str, np.ndarray]
    settings: dict
    snapshots: tuple[np.ndarray, ...]
    run: Run

    @property
    def interrupted(self) -> bool:
        """Whether the run was stopped before its last step."""
        return not self.run.done

    def resume(self, steps: int = 0, *, progress: bool = True, callback=None) -> "Result":
        """Finish an interrupted run, and take ``steps`` more at the last scale, with Adam's moments as they were."""
        if steps < 0 or (self.run.done and steps == 0):
            raise SettingError(f"steps is {steps}; a finished run goes on for at least 1 more.")
        run = self.run._copy()
        if steps:
            run.add(steps)
        return run.finish(progress=progress, callback=callback)

    def save(self, path: str | Path, *, seconds: float = 4.0) -> Path:
        """Save the picture; a ``.gif`` shows the way there, a ``.json`` holds the settings."""
        path = Path(path)
        try:
            if path.suffix.lower() == ".gif":
                movie = self.gif(seconds)
                with written_whole(path) as beside:
                    beside.write_bytes(movie)
            elif path.suffix.lower() == ".json":
                with written_whole(path) as beside:
                    beside.write_text(json.dumps({n: _plain(v) for n, v in self.settings.items()}, indent=2) + "\n")
            else:
                save_picture(self.picture, path)
        except OSError as error:
            raise PictureError(f"{path}: cannot save: {error.strerror or error}") from error
        return path

    def gif(self, seconds: float = 4.0) -> bytes:
        """The snapshots and the picture as a GIF."""
        if not self.settings["snapshots"]:
            raise SettingError("There are no snapshots for a GIF; call stylize(..., snapshots=30) to keep some.")
        shape = self.picture.shape[:2]
        return moving([resize(shot, shape) for shot in (*self.snapshots, self.picture)], seconds)

    def show(self, title: str | None = None):
        """The content, the style and the painting side by side, under a title."""
        from nst_utils.plots import triptych

        return triptych(self.content, self.style, self.picture, *([title] if title else []))


def _scales(content: np.ndarray, planned: Plan, least: int) -> list[Scale]:
    """The sides and steps of each scale; the last is the content's own size.

    A coarse scale at which a narrow picture is too small for the network is left out.
    """
    height, width = content.shape[:2]
    if min(height, width) < least:
        raise SettingError(
            f"At size {planned.sizes[-1]} the content is {width} x {height}; the layers and a jitter of "
            f"{planned.objective.jitter} need {least} a side. Take a larger size or picture, or earlier layers."
        )
    scales = []
    for size, count in zip(planned.sizes[:-1], planned.steps[:-1], strict=True):
        ratio = min(1.0, size / max(height, width))
        scales.append(Scale(round(height * ratio), round(width * ratio), count))
    scales = [scale for scale in scales if min(scale.height, scale.width) >= least]
    return [*scales, Scale(height, width, planned.steps[-1])]


@contextlib.contextmanager
def _memory_named(scale: Scale):
    """A GPU that runs out of memory in the middle is a user's matter, not a traceback."""
    try:
        yield
    except tf.errors.ResourceExhaustedError:
        raise MemoryBudgetError(
            f"The device ran out of memory at {scale.width} x {scale.height}. Choose a smaller size, mini weights, "
            "or tiles, as tile=512."
        ) from None


def _start(start, content: np.ndarray, style: np.ndarray, seed: int):
    """The function from a scale to the picture a run starts from."""
    drawn = np.random.default_rng(seed)
    sources = {
        "content": lambda shape: resize(content, shape),
        "style": lambda shape: resize(style, shape),
        "gray": lambda shape: np.full((*shape, 3), 0.5, np.float32),
        "noise": lambda shape: np.clip(drawn.normal(0.5, 0.15, (*shape, 3)), 0, 1).astype(np.float32),
    }
    if isinstance(start, str) and start in sources:
        source = sources[start]
    else:
        try:
            opened = picture(start)
        except PictureError as error:
            raise SettingError(
                f"start is {start!r}; choose one of {', '.join(STARTS)}, or give a picture ({error})."
            ) from None
        source = lambda shape: resize(opened, shape)  # noqa: E731
    return lambda scale: source((scale.height, scale.width))


def _spread(count: int, steps: int) -> frozenset[int]:
    """The steps after which a snapshot is kept, evenly spread."""
    return frozenset(int(s) for s in np.linspace(1, steps, min(count, steps)).round()) if count else frozenset()


def _fingerprint(values: np.ndarray) -> str:
    return sha256(np.ascontiguousarray(values).tobytes()).hexdigest()


def _plain(value):
    """A setting as JSON can hold it."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist() if value.ndim < 2 else _fingerprint(value)
    if isinstance(value, Mapping):
        return {str(name): float(weight) for name, weight in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _with_ending(path: str | Path) -> Path:
    """NumPy appends .npz where it is missing; do it here, so that the name is known."""
    path = Path(path)
    return path if path.suffix == ".npz" else path.with_name(path.name + ".npz")


class _bar:
    """A progress bar that counts pixels, since a step of a fine scale costs more than one of a coarse scale."""

    def __init__(self, run: Run, shown: bool):
        from tqdm import tqdm

        self._bar = tqdm(
            total=sum(s.steps * s.height * s.width for s in run.scales),
            disable=not shown,
            bar_format="{percentage:3.0f}% {bar} {elapsed} gone, {remaining} left{postfix}",
            ascii=" -=#",
            mininterval=0.5,
        )

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._bar.close()

    def show(self, run: Run) -> None:
        place = run._state.scale
        done = sum(s.steps * s.height * s.width for s in run.scales[:place])
        if not run.done:
            scale = run.scales[place]
            done += run._state.step * scale.height * scale.width
        if self._bar.n == 0:
            self._bar.unpause()  # the time left is told from steps alone, without what came before the first
        self._bar.set_postfix_str(f"loss {run.losses['total']:.4g}" if run.losses else "", refresh=False)
        self._bar.update(done - self._bar.n)
