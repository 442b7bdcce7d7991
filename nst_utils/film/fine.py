"""The fine way: each frame is optimized, from the last painting as it is seen there, and stays near to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nst_utils.base.errors import DivergedError
from nst_utils.control.colors import gray, recolored
from nst_utils.engine.run import Run
from nst_utils.engine.settings import METHODS, Settings
from nst_utils.film.frames import Earlier
from nst_utils.film.steady import steady

TEMPORAL_WEIGHT = 30.0
SOFT = 1.0  # pixels
STEPS = 40  # of a frame that begins with the last painting
CALM = 0.5  # share of Adam's learning rate there: its first steps move every pixel, those as well that are right


@dataclass(frozen=True)
class Fine:
    """A way to paint frames: `stylize` with the temporal loss.

    The first frame of a scene is painted as any picture. The others begin with the last painting, at full size; what is
    not seen in it begins with the frame, in the painting's colors.

    Parameters
    ----------
    styles : pictures
    settings : of the paintings
    temporal_weight : how much likeness to the last painting counts
    steps : of all frames but the first
    memory, tile : as of `stylize`
    """

    styles: Sequence[np.ndarray]
    settings: Settings
    temporal_weight: float = TEMPORAL_WEIGHT
    steps: int = STEPS
    memory: float | None = None
    tile: int | None = None

    def __call__(self, frame: np.ndarray, earlier: Earlier | None) -> np.ndarray:
        if earlier is None:
            run = self._run(frame, self.settings)
        else:
            if self.settings["colors"] == "luminance":  # then brightness alone is painted
                earlier = earlier._replace(painting=gray(earlier.painting))
            rate = CALM * (self.settings["learning_rate"] or METHODS[self.settings["method"]])
            start = filled(frame, earlier)
            own = {"sizes": [max(frame.shape[:2])], "steps": self.steps, "start": start, "learning_rate": rate}
            run = self._run(frame, {**self.settings, **own})
            run.objective = steady(run.objective, self.temporal_weight, *earlier)
            run.objectives = [steady(one, self.temporal_weight, *earlier) for one in run.objectives]
        try:
            while not run.done:
                run.advance()
        except DivergedError as error:
            error.result = None  # a picture, and no film
            raise
        return run.picture

    def _run(self, frame: np.ndarray, settings: Mapping[str, Any]) -> Run:
        return Run(frame, self.styles, settings, memory=self.memory, tile=self.tile)


def filled(frame: np.ndarray, earlier: Earlier) -> np.ndarray:
    """The last painting, and what it does not show as the frame does, in the painting's colors; with a soft edge."""
    from scipy import ndimage

    shown = ndimage.gaussian_filter((earlier.visible > 0).astype(np.float32), SOFT)[..., None]
    return shown * earlier.painting + (1 - shown) * recolored(frame, earlier.painting)
