"""The way down: from coarse to fine, one step of Adam or one stretch of L-BFGS at a time.

`Descent.advance` is the method as it is told in lesson 04. Departures from Gatys (2016), each for a reason measured in
data/backbones/CARD.md: several scales instead of one, Adam beside L-BFGS, a random shift in each step, and the mean of
the last quiet steps as the painting.
"""

import contextlib
import dataclasses
import math
import time
from collections.abc import Callable, Sequence

import numpy as np

from nst_utils.base.errors import DivergedError, MemoryBudgetError
from nst_utils.base.tensorflow import tf
from nst_utils.control.masks import resampled
from nst_utils.engine.objective import Objective, as_batch, compiled
from nst_utils.engine.optimizers import FIRST_STEP, Moments, lbfgs, no_moments, resized_moments
from nst_utils.engine.plan import Scale
from nst_utils.engine.regions import guides
from nst_utils.images.arrays import resize
from nst_utils.losses.terms import Weights

STEPS_PER_SHIFT = 4  # the content's features are taken anew for each shift
STRETCH = 20  # iterations of L-BFGS under one shift
STILL_STRETCH = 100  # and without shifts: its memory begins anew with each stretch, so longer ones fall faster
LAST_RATE = 0.02  # share of the learning rate that is left at the end of a scale
AVERAGED_SHARE = 0.2  # the mean is taken over this last part of the last scale
EXPLODED = 1e3  # times the first loss of a scale

Note = Callable[[np.ndarray, float], None]  # takes the terms of a step, and when it was taken


class _Enough(Exception):
    """A stretch of L-BFGS ends before its last iteration, as it is not wanted any more."""


@dataclasses.dataclass
class State:
    """All that a descent needs to go on from where it is."""

    picture: np.ndarray
    moments: Moments | None = None
    mean: np.ndarray | None = None
    averaged: int = 0
    scale: int = 0
    step: int = 0  # within the scale
    count: int = 0  # over all scales
    retries: int = 0
    rate: float = 1.0


class Descent:
    """A picture on its way down through the scales.

    Parameters
    ----------
    content : at the size of the painting
    styles : fitted to the size of the painting
    scales : from coarse to fine
    objectives : one for each scale
    start : the picture to begin with, at the first scale
    method : adam or lbfgs
    seed : of the shifts and the random directions
    average : whether the painting is the mean of the quiet steps at the end
    masks : (r, h, w), the region of each style, at the size of the painting; None: each has the whole
    content_map : (h, w), how much the content counts; None: everywhere the same
    keeps_outside : whether the content stays as it is where all masks are 0
    """

    def __init__(
        self,
        content: np.ndarray,
        styles: Sequence[np.ndarray],
        scales: Sequence[Scale],
        objectives: Sequence[Objective],
        start: np.ndarray,
        *,
        method: str,
        seed: int,
        average: bool,
        masks: np.ndarray | None = None,
        content_map: np.ndarray | None = None,
        keeps_outside: bool = True,
    ):
        self.content, self.styles = content, list(styles)
        self.masks, self.content_map = masks, content_map
        self.keeps_outside = keeps_outside and masks is not None
        self.scales, self.objectives = list(scales), list(objectives)
        self.method, self.seed, self.average = method, seed, average
        self.state = State(start)
        self._guides_here = self._outside = None  # masks and map at the present scale, and where the content stays
        self.targets: dict | None = None
        self.shift = (seed, 0)
        self.first_total: float | None = None  # of the scale
        self._best: tuple[float, np.ndarray] | None = None

    @property
    def done(self) -> bool:
        """Whether the last step of the last scale has been taken."""
        return self.state.scale == len(self.scales)

    def advance(self, weights: Weights, note: Note, until: Callable[[], bool] | None = None) -> None:
        """Take one step of Adam, or one stretch of L-BFGS, and ``note`` each step that was taken.

        A stretch ends early, after the step under way, when ``until`` gives True.
        Raise `DivergedError` if the loss explodes twice.
        """
        scale, objective = self.scales[self.state.scale], self.objectives[self.state.scale]
        graphs = compiled(objective)
        if self.targets is None:
            self.take_targets()
            self.first_total = self._best = None
        elif self.shift != self._shift_of_step():
            self.shift = self._shift_of_step()
            if objective.jitter:
                self.targets["content"] = graphs.content_targets(as_batch(self._content_here), self.shift)
                self._take_guides(objective)
        here = tf.constant(weights._replace(learning_rate=self._rate_of_step(weights.learning_rate)), tf.float32)
        with _memory_named(scale):
            if self.method == "adam":
                self._adam_step(graphs.adam_step, here, weights.learning_rate, note)
            else:
                self._lbfgs_stretch(graphs.value_and_gradient, here, weights.learning_rate, note, until)
        if self.state.step >= scale.steps:
            self._next_scale()

    def take_targets(self) -> None:
        """Take the targets of the present scale."""
        scale, objective = self.scales[self.state.scale], self.objectives[self.state.scale]
        ratio = max(scale.height, scale.width) / max(self.content.shape[:2])
        least, shape = max(8, objective.smallest_side()), (scale.height, scale.width)
        styles = [
            as_batch(resize(style, [max(least, round(side * ratio)) for side in style.shape[:2]]))
            for style in self.styles
        ]
        self._content_here = resize(self.content, shape)
        self.shift = self._shift_of_step()
        self.targets = compiled(objective).targets(
            as_batch(self._content_here), styles if objective.is_guided else styles[0], self.shift
        )
        masks, content_map = self.masks, self.content_map
        masks = None if masks is None else np.stack([resampled(mask, shape) for mask in masks])
        self._guides_here = masks, None if content_map is None else resampled(content_map, shape)
        self._outside = (masks.max(axis=0) == 0)[..., None] if self.keeps_outside else None
        self._take_guides(objective)

    def _take_guides(self, objective: Objective) -> None:
        """Where the styles and the content count, under the present shift."""
        if found := guides(objective, *self._guides_here, self.shift):
            self.targets["guides"] = found

    def _shift_of_step(self) -> tuple[int, int]:
        """What the shift and the random directions of this step are drawn from, for `STEPS_PER_SHIFT` steps."""
        return self.seed, self.state.count // STEPS_PER_SHIFT

    def _rate_of_step(self, learning_rate: float) -> float:
        """Within a scale the learning rate falls along half a cosine."""
        done = self.state.step / self.scales[self.state.scale].steps
        return learning_rate * self.state.rate * (LAST_RATE + (1 - LAST_RATE) * (1 + math.cos(math.pi * done)) / 2)

    def _adam_step(self, step, weights, learning_rate: float, note: Note) -> None:
        state, picture = self.state, as_batch(self.state.picture)
        terms, after, moments = step(picture, self.targets, weights, self.shift, state.moments or no_moments(picture))
        if self._is_sound(terms.numpy(), state.picture, learning_rate):
            state.picture, state.moments = self._kept(after[0].numpy()), moments
            self._count(terms.numpy(), time.perf_counter(), note)

    def _lbfgs_stretch(self, value_and_gradient, weights, learning_rate: float, note: Note, until) -> None:
        """Some iterations under one shift; the next stretch starts with an empty memory and a new shift."""
        state, scale = self.state, self.scales[self.state.scale]
        jitter, shift = self.objectives[self.state.scale].jitter, tf.constant(self.shift)
        evaluated, path, reached, stopped = [], [], state.picture, None

        def loss_and_gradient(values):
            terms, gradient = value_and_gradient(tf.constant(values), self.targets, weights, shift)
            evaluated.append(terms.numpy())
            return terms[0].numpy(), gradient.numpy()

        def arrived(values):  # a line search ends where it has looked last
            nonlocal reached
            path.append((evaluated[-1], time.perf_counter()))
            reached = values[0]
            if until is not None and until():
                raise _Enough

        iterations = min(STRETCH if jitter else STILL_STRETCH, scale.steps - state.step)
        try:
            start, first_step = state.picture[None], FIRST_STEP * state.rate
            reached = lbfgs(loss_and_gradient, start, iterations, arrived, first_step)[0]
        except _Enough:
            iterations = len(path)
        except KeyboardInterrupt as stop:  # what has been reached is kept
            iterations, stopped = len(path), stop
        rows = path or [(terms, time.perf_counter()) for terms in evaluated[:1]]
        if rows and self._is_sound(rows[-1][0], state.picture, learning_rate):
            state.picture = self._kept(reached)
            for terms, now in rows:
                self._count(terms, now, note)
            left = max(0, iterations - len(rows))  # a line search that gave up ends the stretch, not the run
            state.step += left
            state.count += left
        if stopped:
            raise stopped

    def _kept(self, picture: np.ndarray) -> np.ndarray:
        """The picture with the content where no style has a part in it."""
        return picture if self._outside is None else np.where(self._outside, self._content_here, picture)

    def _is_sound(self, terms: np.ndarray, before: np.ndarray, learning_rate: float) -> bool:
        """Whether the loss is; on NaN or an explosion go back to the best picture once, at a tenth of the rate."""
        total = float(terms[0])
        if self.first_total is None and np.isfinite(total):
            self.first_total = total
        if np.isfinite(terms).all() and total <= EXPLODED * max(self.first_total, 1e-12):
            if self._best is None or total <= self._best[0]:
                self._best = (total, before)
            return True
        good = self._best[1] if self._best else before
        sound = good if np.isfinite(good).all() else resize(self.content, good.shape[:2])
        state = dataclasses.replace(self.state, picture=sound, moments=None, mean=None, averaged=0)
        state.retries += 1
        state.rate *= 0.1
        self.state = state
        if state.retries > 1:
            raise DivergedError(
                f"The loss became {total:.3g} at step {state.count + 1} (it started at {self.first_total or 0:.3g}) "
                f"and again after one retry with a tenth of the learning rate {learning_rate:g}.\n"
                "Lower learning_rate or the weights; the best picture so far is in this error's .result."
            )
        return False

    def _count(self, terms: np.ndarray, now: float, note: Note) -> None:
        """Count a step that was taken, with its picture in the mean if it is one of the quiet ones."""
        state, scale = self.state, self.scales[self.state.scale]
        state.step += 1
        state.count += 1
        if self.average and state.scale == len(self.scales) - 1 and state.step > (1 - AVERAGED_SHARE) * scale.steps:
            state.averaged += 1
            share = np.float32(1 / state.averaged)
            state.mean = state.picture if state.mean is None else state.mean + share * (state.picture - state.mean)
        note(terms, now)

    def _next_scale(self) -> None:
        """Carry the picture and Adam's moments up; at the end of the last scale, stay."""
        state = self.state
        state.scale += 1
        self.targets = None
        if self.done:
            return
        state.step = 0
        scale = self.scales[state.scale]
        state.picture = resize(state.picture, (scale.height, scale.width))
        if state.moments is not None:
            state.moments = resized_moments(state.moments, scale.height, scale.width)


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
