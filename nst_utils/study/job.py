"""One run of a sweep: what it needs, how it is painted and measured, and how it ended.

A `Job` goes to whatever process has a hand free, an `Outcome` comes back: between `engine`, which paints, and
`workers`, who hand jobs out.
"""

import dataclasses
import io
import time
from dataclasses import dataclass

import numpy as np

from nst_utils.base.errors import DivergedError, NSTError
from nst_utils.engine.result import Result
from nst_utils.engine.stylize import stylize
from nst_utils.images.arrays import as_image
from nst_utils.losses.terms import TERMS
from nst_utils.metrics import measure, measure_held_out
from nst_utils.networks.loading import default_layers, load_backbone


@dataclass(frozen=True, eq=False)
class Job:
    """One run: all that the process needs that paints it, wherever that is."""

    name: str  # of its files; ends in a key made from everything that decides the run
    columns: dict  # of its row: content, style and settings as they are named
    settings: dict  # as `stylize` takes them
    content: np.ndarray
    style: np.ndarray
    judge: tuple[str, str] | None  # name and weights


@dataclass(frozen=True, eq=False)
class Picture:
    """A setting that is a picture, as a start or a mask, and what the table calls it."""

    label: str
    pixels: np.ndarray


@dataclass(frozen=True)
class Outcome:
    """How a run ended. ``lost``: without a word, since its process died or was interrupted."""

    status: str  # done, failed, interrupted
    reason: str | None = None
    attempts: int = 1
    measured: dict = dataclasses.field(default_factory=dict)
    png: bytes | None = None
    lost: bool = False


def painted(job: Job, attempt: int = 1) -> Outcome:
    """Paint and measure, in whatever process this is; what goes wrong is an outcome, too."""
    settings = {name: value.pixels if isinstance(value, Picture) else value for name, value in job.settings.items()}
    try:
        began = time.perf_counter()
        result = stylize(job.content, job.style, **settings, progress=False)
        seconds = time.perf_counter() - began
        if result.interrupted:
            return Outcome("interrupted", "interrupted", attempt, lost=True)
        measured = {
            **_chosen_settings(job, result),
            "seconds": seconds,
            **{f"loss_{name}": result.run.losses[name] for name in TERMS},
            **measure(result.picture, result.content, result.style),
        }
        if job.judge:
            name, weights = job.judge
            measured |= {**judged(result.picture, result.content, result.style, name, weights), "judge": name}
        return Outcome("done", None, attempt, measured, _png(result.picture))
    except KeyboardInterrupt:
        return Outcome("interrupted", "interrupted", attempt, lost=True)
    except DivergedError as error:
        png = _png(error.result.picture) if error.result is not None else None
        return Outcome("failed", reason_of(error), attempt, png=png)
    except Exception as error:  # whatever it is, the other runs go on
        return Outcome("failed", reason_of(error), attempt)


def _chosen_settings(job: Job, result: Result) -> dict:
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


def reason_of(error: BaseException) -> str:
    """What an error says, in one line; its kind goes first where it is not one of ours."""
    text = str(error) if isinstance(error, NSTError) else f"{type(error).__name__}: {error}"
    return " ".join(text.split())[:300]


def judged(
    result: np.ndarray, content: np.ndarray, style: np.ndarray, judge: str, weights: str | None = None
) -> dict[str, float]:
    """`metrics.measure_held_out` by a backbone, at the layers that it would paint with.

    Examples
    --------
    >>> from nst_utils.images.opening import picture
    >>> content, style = picture("harbor", 32), picture("swirls", 32)
    >>> judged(content, content, style, "vgg16", "mini-random")["held_out_gap_closed"]
    0.0
    """
    backbone = load_backbone(judge, weights)
    content_layers, style_layers = default_layers(backbone)
    features_of = backbone.features([*content_layers, *style_layers])
    return measure_held_out(result, content, style, features_of, content_layers, style_layers)
