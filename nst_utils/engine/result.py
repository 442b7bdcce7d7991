"""What a run has reached: the painting, how it came about, and the run to go on with."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nst_utils.base.errors import PictureError, SettingError
from nst_utils.base.files import written_whole
from nst_utils.base.values import shown
from nst_utils.engine.carrying import carried_settings
from nst_utils.images.arrays import resize
from nst_utils.images.saving import moving, save_picture


@dataclass(frozen=True)
class Result:
    """A painting, the content and the style at its size, how it was reached, and the run to go on with."""

    picture: np.ndarray
    content: np.ndarray
    style: np.ndarray
    history: dict[str, np.ndarray]
    settings: Mapping[str, Any]
    snapshots: tuple[np.ndarray, ...]
    run: Any  # a Run

    @property
    def interrupted(self) -> bool:
        """Whether the run was stopped before its last step."""
        return not self.run.done

    def resume(self, steps: int = 0, *, progress: bool = True, callback=None) -> "Result":
        """Finish an interrupted run, and take ``steps`` more at the last scale, with Adam's moments as they were."""
        if steps < 0 or (self.run.done and steps == 0):
            raise SettingError(f"steps is {shown(steps)}; a finished run goes on for at least 1 more.")
        run = self.run.copy()
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
                settings = json.dumps(carried_settings(self.settings), indent=2) + "\n"
                with written_whole(path) as beside:
                    beside.write_text(settings)
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
