"""The finished frames of a film that is being painted, in a folder beside it, from which the same call goes on.

The folder is named after the film, knows the settings it belongs to, and goes when the film is whole.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout

from nst_utils.base.errors import NSTError, PictureError, plain_reason
from nst_utils.base.files import written_whole
from nst_utils.images.opening import picture
from nst_utils.images.saving import save_picture

ABOUT, LOCK = "about.json", ".lock"


class KeptFrames:
    """Finished frames on disk; one process at a time, as a context.

    Parameters
    ----------
    film : where the film will be
    identity : what must be equal to go on, by name
    """

    def __init__(self, film: Path, identity: Mapping[str, Any]):
        self.folder = film.with_name(film.name + ".frames")
        self._film, self._identity = film, json.loads(json.dumps(identity))
        self.count = 0

    def __enter__(self) -> "KeptFrames":
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(self.folder / LOCK, timeout=0)
            self._lock.acquire()
        except Timeout:
            raise NSTError(
                f"{self._film} is being painted by another process; wait for it, or choose another name."
            ) from None
        except OSError as error:
            raise NSTError(f"{self.folder} cannot be written: {plain_reason(error)}. Choose another folder.") from None
        try:
            self._begin()
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(self, *_) -> None:
        if self.count == 0:
            self.remove()
        self._lock.release()

    def _begin(self) -> None:
        """Find what is finished; refuse what belongs to another film."""
        about = self.folder / ABOUT
        while self._path(self.count).exists():
            self.count += 1
        if self.count == 0:
            with written_whole(about) as beside:
                beside.write_text(json.dumps(self._identity, indent=2) + "\n", encoding="utf-8")
        try:
            theirs = dict(json.loads(about.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise NSTError(
                f"{about} cannot be read ({type(error).__name__}); remove {self.folder} to start anew."
            ) from None
        names = sorted({*self._identity, *theirs})
        if different := [name for name in names if self._identity.get(name) != theirs.get(name)]:
            raise NSTError(
                f"{self.folder} holds frames of a film with another {', '.join(different)}; remove it to start anew, "
                "or choose another name."
            )

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:06}.png"

    def add(self, painting: np.ndarray) -> None:
        """Keep the next frame."""
        save_picture(painting, self._path(self.count))
        self.count += 1

    def __getitem__(self, number: int) -> np.ndarray:
        """A finished frame (h, w, 3), as it was."""
        try:
            return picture(self._path(number))
        except PictureError as error:
            raise NSTError(f"{error}; remove {self.folder} to start anew.") from None

    def __iter__(self) -> Iterator[np.ndarray]:
        return (self[number] for number in range(self.count))

    def remove(self) -> None:
        """Remove the folder, when the film is whole."""
        for path in [*self.folder.glob("[0-9]*.png"), self.folder / ABOUT]:
            path.unlink(missing_ok=True)
        self._lock.release()
        (self.folder / LOCK).unlink(missing_ok=True)
        if not any(self.folder.iterdir()):
            self.folder.rmdir()
