"""A painting in progress: a descent that can be watched, changed on its way, stopped, copied and resumed."""

import contextlib
import copy
import dataclasses
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from nst_utils.base.errors import DivergedError, NSTError, PictureError, SettingError
from nst_utils.base.values import shown
from nst_utils.control.colors import in_colors_of
from nst_utils.engine import checkpoint
from nst_utils.engine.descent import Descent
from nst_utils.engine.guidance import each, guidance
from nst_utils.engine.memory import affordable
from nst_utils.engine.objective import Objective
from nst_utils.engine.plan import Scale, plan, scales_of
from nst_utils.engine.result import Result
from nst_utils.engine.settings import STARTS, Settings, settings_of
from nst_utils.engine.tiles import Tiles
from nst_utils.engine.tiling import whole_or_tiled
from nst_utils.images.arrays import fit, resize
from nst_utils.images.opening import picture
from nst_utils.losses.terms import Weights
from nst_utils.networks.loading import weights_kind


class Run:
    """A painting in progress: one call of `advance` is one step of Adam or one stretch of L-BFGS.

    ``content_weight``, ``style_weight``, ``tv_weight`` and ``learning_rate`` may be set while it runs. ``objectives``
    holds the objective of each scale; one that sees in tiles of its own kind (see `tiling.in_tiles`) may be put there.

    Parameters
    ----------
    content, style : pictures; several styles as a list
    settings : keywords of `stylize`
    memory, tile : as of `stylize`
    """

    def __init__(
        self,
        content: np.ndarray,
        style: np.ndarray | Sequence[np.ndarray],
        settings: Mapping,
        *,
        memory: float | None = None,
        tile: int | None = None,
    ):
        settings = settings if isinstance(settings, Settings) else settings_of(**settings)
        self.settings = dataclasses.replace(settings, weights=weights_kind(settings.weights))
        styles = each(style)
        planned = plan(self.settings, max(content.shape[:2]), len(styles))
        self.content_weight, self.style_weight, self.tv_weight, self.learning_rate = planned.weights
        self.objective = planned.objective
        self.content = fit(content, planned.sizes[-1])
        asked = guidance(self.settings, self.content, styles, planned.sizes[-1])
        scales = scales_of(self.content, planned)
        self.start = _start(settings.start)
        self._descent = Descent(
            asked.content,
            asked.styles,
            scales,
            _objectives(self.objective, scales, settings.method, memory, tile),
            self._first_picture(scales[0], asked.content, asked.styles[0]),
            method=settings.method,
            seed=settings.seed,
            average=settings.average,
            masks=asked.masks,
            content_map=asked.content_map,
            keeps_outside=settings.outside == "content",
        )
        self._snapshot_at = _spread(settings.snapshots, sum(scale.steps for scale in scales))
        self.snapshots: list[np.ndarray] = []
        self.rows: list[tuple] = []  # a step each: its number, size and seconds, and its losses
        self._clock, self._seconds = time.perf_counter(), 0.0

    def _first_picture(self, scale: Scale, content: np.ndarray, style: np.ndarray) -> np.ndarray:
        """The picture that the run starts from."""
        shape = scale.height, scale.width
        if not isinstance(self.start, str):
            return resize(self.start, shape)
        if self.start == "gray":
            return np.full((*shape, 3), 0.5, np.float32)
        if self.start == "noise":
            drawn = np.random.default_rng(self.settings.seed).normal(0.5, 0.15, (*shape, 3))
            return np.clip(drawn, 0, 1).astype(np.float32)
        return resize(content if self.start == "content" else style, shape)

    # What it shows

    @property
    def style(self) -> np.ndarray:
        """The style, fitted to the size of the painting; of several the first."""
        return self.styles[0]

    @property
    def styles(self) -> list[np.ndarray]:
        """All styles, as the network sees them."""
        return self._descent.styles

    @property
    def guides(self) -> dict[str, np.ndarray | None]:
        """The masks and the map of the content, at the size of the painting, under the names of their settings."""
        return {"mask": self._descent.masks, "content_map": self._descent.content_map}

    @property
    def scales(self) -> list[Scale]:
        """The sizes from coarse to fine, with the steps of each."""
        return self._descent.scales

    @property
    def objectives(self) -> list[Objective]:
        """The objective of each scale."""
        return self._descent.objectives

    @objectives.setter
    def objectives(self, objectives: list[Objective]) -> None:
        self._descent.objectives = list(objectives)

    @property
    def weights(self) -> Weights:
        """The weights and the learning rate of the next step."""
        return Weights(self.content_weight, self.style_weight, self.tv_weight, self.learning_rate)

    @property
    def done(self) -> bool:
        """Whether the last step of the last scale has been taken."""
        return self._descent.done

    @property
    def picture(self) -> np.ndarray:
        """The picture as it stands, at the size of its scale; the mean of the quiet steps if it averages."""
        state = self._descent.state
        return self._colored(state.mean if self._descent.average and state.averaged else state.picture)

    def _colored(self, painted: np.ndarray) -> np.ndarray:
        """A copy of what has been painted; where only brightness is, in the colors of the content."""
        if self.settings.colors != "luminance":
            return painted.copy()
        return in_colors_of(painted, resize(self.content, painted.shape[:2]))

    @property
    def step(self) -> int:
        """How many steps have been taken."""
        return self._descent.state.count

    @property
    def share_done(self) -> float:
        """How much of the work is done: a step of a fine scale costs more than one of a coarse scale."""
        costs = [scale.steps * scale.height * scale.width for scale in self.scales]
        if self.done:
            return 1.0
        state, scale = self._descent.state, self.scales[self._descent.state.scale]
        return (sum(costs[: state.scale]) + state.step * scale.height * scale.width) / sum(costs)

    @property
    def losses(self) -> dict[str, float]:
        """The terms of the last step."""
        return dict(zip(self.objective.names, self.rows[-1][3:], strict=True)) if self.rows else {}

    @property
    def history(self) -> dict[str, np.ndarray]:
        """All terms by step: arrays under "step", "size", "seconds" and the names of the objective's terms."""
        names = ("step", "size", "seconds", *self.objective.names)
        columns = np.array(self.rows, dtype=float).reshape(-1, len(names)).T
        return dict(zip(names, columns, strict=True))

    @property
    def result(self) -> Result:
        """What has been reached so far; it stays as it is when the run goes on."""
        return Result(
            self.picture, self.content, self.style, self.history, self.settings, tuple(self.snapshots), self.copy()
        )

    def copy(self) -> "Run":
        """A run that goes on from here without moving this one; arrays are replaced in a run, never changed."""
        other = copy.copy(self)
        other.rows, other.snapshots = list(self.rows), list(self.snapshots)
        other._descent = copy.copy(self._descent)
        other._descent.state = dataclasses.replace(self._descent.state)
        other._descent.scales = list(self.scales)
        other._descent.targets = None if self._descent.targets is None else dict(self._descent.targets)
        return other

    # What it does

    def advance(self, until: Callable[[], bool] | None = None) -> None:
        """Take one step of Adam, or one stretch of L-BFGS; raise `DivergedError` if the loss explodes twice.

        A stretch ends early, after the step under way, when ``until`` gives True.
        """
        self._clock = time.perf_counter()
        try:
            self._descent.advance(self.weights, self._note, until)
        except DivergedError as error:
            error.result = self.result
            raise

    def _note(self, terms: np.ndarray, now: float) -> None:
        """Keep the losses of a step that was taken, and its picture if it is one for the GIF."""
        self._seconds, self._clock = self._seconds + now - self._clock, now
        state, scale = self._descent.state, self.scales[self._descent.state.scale]
        self.rows.append((state.count, max(scale.height, scale.width), self._seconds, *map(float, terms)))
        if state.count in self._snapshot_at:
            self.snapshots.append(self._colored(state.picture))

    def finish(
        self,
        *,
        progress: bool = True,
        callback: Callable[["Run"], None] | None = None,
        checkpoint: str | Path | None = None,
        every: float = 5.0,
    ) -> Result:
        """Take all steps that are left; Ctrl-C returns what has been reached."""
        if checkpoint is not None:
            self.save(checkpoint)  # a place where nothing can be written is told before hours of painting
        saved = time.monotonic()
        with _bar(self, progress) as bar, contextlib.suppress(KeyboardInterrupt):
            while not self.done:
                self.advance()
                bar(self)
                if checkpoint is not None and time.monotonic() - saved > every:
                    self._save_or_warn(checkpoint)
                    saved = time.monotonic()
                if callback is not None:
                    callback(self)
        if checkpoint is not None:
            self._save_or_warn(checkpoint)
        return self.result

    def add(self, steps: int) -> None:
        """Append steps at the last scale, from the picture and the moments as they are."""
        state, last = self._descent.state, self.scales[-1]
        if self.done:
            state.scale, state.step = len(self.scales) - 1, 0
            self.scales[-1] = last._replace(steps=steps)
        else:
            self.scales[-1] = last._replace(steps=last.steps + steps)
        state.mean, state.averaged = None, 0

    # What it leaves on disk

    def save(self, path: str | Path) -> None:
        """Write the state, from which `load` goes on; see `checkpoint`."""
        checkpoint.save(self, path)

    def load(self, path: str | Path) -> bool:
        """Go on from a checkpoint; False where there is none, an error where it belongs to another run."""
        return checkpoint.load(self, path)

    def continue_from(self, saved: checkpoint.Saved) -> None:
        """Go on from a state that fits this run."""
        self._descent.state, self._descent.first_total = saved.state, saved.first_total
        self.rows, self.snapshots = saved.rows, saved.snapshots
        self._seconds = saved.rows[-1][2] if saved.rows else 0.0
        if not self.done:
            self._descent.take_targets()

    def _save_or_warn(self, path: str | Path) -> None:
        """A checkpoint is a convenience: a disk that has filled up does not end the run."""
        try:
            self.save(path)
        except NSTError as error:
            warnings.warn(str(error), stacklevel=3)


def _objectives(objective: Objective, scales: list[Scale], method: str, memory, tile) -> list[Objective]:
    """The objective of each scale: with the whole picture in view where it fits, else in tiles."""
    candidates = whole_or_tiled(objective, tile, method)
    finest = affordable(candidates, (scales[-1].height, scales[-1].width), memory)
    if not isinstance(finest.view, Tiles):
        return [finest for _ in scales]

    def of_scale(scale: Scale) -> Objective:
        if max(scale.height, scale.width) <= finest.view.tile:
            return objective
        return finest if tile else affordable((objective, finest), (scale.height, scale.width), memory)

    return [of_scale(scale) for scale in scales]


def _start(start) -> str | np.ndarray:
    """Where a run starts: one of `STARTS`, or a picture."""
    if isinstance(start, str) and start in STARTS:
        return start
    try:
        return picture(start)
    except PictureError as error:
        raise SettingError(
            f"start is {shown(start)}; choose one of {', '.join(STARTS)}, or give a picture ({error})."
        ) from None


def _spread(count: int, steps: int) -> frozenset[int]:
    """The steps after which a snapshot is kept, evenly spread."""
    return frozenset(int(s) for s in np.linspace(1, steps, min(count, steps)).round()) if count else frozenset()


@contextlib.contextmanager
def _bar(run: Run, is_shown: bool):
    """A progress bar; gives the function that brings it up to a run."""
    from tqdm import tqdm

    form = "{percentage:3.0f}% {bar} {elapsed} gone, {remaining} left{postfix}"
    with tqdm(total=1.0, disable=not is_shown, bar_format=form, ascii=" -=#", mininterval=0.5) as bar:

        def show(run: Run) -> None:
            if bar.n == 0:
                bar.unpause()  # the time left is told from steps alone, without what came before the first
            bar.set_postfix_str(f"loss {run.losses['total']:.4g}" if run.losses else "", refresh=False)
            bar.update(run.share_done - bar.n)

        yield show
