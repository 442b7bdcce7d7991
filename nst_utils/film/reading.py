"""Clips read frame by frame: a film, an animation, or a folder of pictures.

Films come through PyAV itself, which keeps what imageio's plugin for it drops: the time of each frame, and the sound.
Animations (GIF, WebP, APNG) and pictures come through Pillow, as all pictures of this package. No more than two frames
are held at a time.
"""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, UnidentifiedImageError

from nst_utils.base.errors import PictureError
from nst_utils.base.values import shown
from nst_utils.film.drawn import BALLOON
from nst_utils.images.arrays import check_sides, checked_array, fit, resize
from nst_utils.images.decoding import pixels_of, readable_formats
from nst_utils.images.opening import picture, plainly
from nst_utils.images.saving import SAVE_OPTIONS

CLIPS = {"balloon": BALLOON}  # that have a name
PICTURES = (*SAVE_OPTIONS, ".gif", ".avif")  # endings of files that Pillow reads, or nobody
RATE = 12.0  # frames a second of a folder, and of a film that does not say
UNTIMED = 0.1  # seconds of a frame of an animation that says 0, as browsers take it
MOST_FRAMES = 100_000


class Frame(NamedTuple):
    """A picture (h, w, 3), and how many seconds it is shown."""

    picture: np.ndarray
    seconds: float


@dataclass(frozen=True)
class Clip:
    """A clip on disk.

    ``kind`` is film, animation or folder; ``count`` the number of frames, None where the file does not tell.
    """

    path: Path
    kind: str
    count: int | None

    @property
    def files(self) -> list[Path]:
        """The files that it is in."""
        return _pictures_in(self.path) if self.kind == "folder" else [self.path]

    def frames(self, size: int) -> Iterator[Frame]:
        """The frames, one after the other, their longer side at most ``size``.

        Raise `PictureError` at the first that cannot be read.
        """
        raw, shape = _READERS[self.kind](self.path, size), None
        for number in itertools.count(1):
            with plainly(f"{self.path}, frame {number}"):
                found = next(raw, None)
                if found is None:
                    return
                pixels, seconds = found
                seen = fit(checked_array(pixels), size)
                shape = shape or seen.shape[:2]
            yield Frame(resize(seen, shape), seconds)


def open_clip(source: Any) -> Clip:
    """The clip in a file or folder, or that of a name.

    Raise `PictureError` if there is none, or if it has one frame only.

    Examples
    --------
    >>> clip = open_clip("balloon")
    >>> clip.kind, clip.count, next(clip.frames(64)).picture.shape
    ('animation', 24, (40, 64, 3))
    """
    if not isinstance(source, str | Path) or not str(source):
        raise PictureError(f"{shown(source)} is no clip: give the path of a film, of an animation or of a folder")
    if "://" in str(source):
        raise PictureError(f"{shown(str(source))} is an address; download the film, and give its path")
    path = Path(CLIPS.get(str(source), source)).expanduser()
    with plainly(path):
        if path.is_dir():
            kind, count = "folder", len(_pictures_in(path))
        elif not path.is_file():
            raise PictureError(f"no such file or folder. Clips that have a name: {', '.join(CLIPS)}")
        elif path.stat().st_size == 0:
            raise PictureError("the file is empty")
        else:
            kind, count = _kind_and_count(path)
        if count == 0:
            raise PictureError(f"there are no pictures in this folder ({', '.join(PICTURES)})")
        if count == 1:
            raise PictureError("this is one picture and no clip; nst stylize paints it")
        if count is not None and count > MOST_FRAMES:
            raise PictureError(f"{count:,} frames are more than {MOST_FRAMES:,}; cut it into parts")
    return Clip(path, kind, count)


def _kind_and_count(path: Path) -> tuple[str, int | None]:
    try:
        with Image.open(path, formats=readable_formats()) as image:
            check_sides(image.height, image.width)
            return "animation", _count(image)
    except UnidentifiedImageError:
        if path.suffix.lower() in PICTURES:
            raise
    with _opened(path) as container:
        stream = container.streams.video[0]
        check_sides(stream.height, stream.width)
        readable = sum(1 for _ in itertools.islice(container.decode(stream), 2))
        if readable == 0:
            raise PictureError("damaged: not one frame can be read")
        return "film", 1 if readable == 1 else stream.frames or None


def _count(image: Image.Image) -> int | None:
    try:
        return getattr(image, "n_frames", 1)
    except Exception:  # of one that breaks off: what comes before can be read
        return None


# --- Folders and animations -------------------------------------------------------------------------------------------


def _pictures_in(folder: Path) -> list[Path]:
    """The pictures of a folder, in the order of the numbers in their names."""
    found = [path for path in folder.iterdir() if path.suffix.lower() in PICTURES and not path.name.startswith(".")]
    return sorted(found, key=lambda path: [int(part) if part.isdecimal() else part for part in _parts(path)])


def _parts(path: Path) -> list[str]:
    return re.split(r"(\d+)", path.name.lower())


def _of_folder(folder: Path, size: int) -> Iterator[tuple[np.ndarray, float]]:
    shape = None
    for path in _pictures_in(folder):
        seen = picture(path, size)
        shape = shape or seen.shape
        if seen.shape != shape:
            raise PictureError(
                f"{path.name} is {seen.shape[1]} x {seen.shape[0]} at size {size}, and the first picture is "
                f"{shape[1]} x {shape[0]}; all have one shape"
            )
        yield seen, 1 / RATE


def _of_animation(path: Path, size: int) -> Iterator[tuple[np.ndarray, float]]:
    with Image.open(path, formats=readable_formats()) as image:
        for number in itertools.count():
            try:
                image.seek(number)
            except EOFError:
                return
            pixels = pixels_of(image.copy(), size)
            yield pixels, image.info.get("duration", 0) / 1000 or UNTIMED


# --- Films ------------------------------------------------------------------------------------------------------------


def pyav() -> ModuleType:
    """PyAV, or a sentence that says how to get it."""
    try:
        import av
    except ImportError:
        raise PictureError(
            "films need PyAV, which is not installed: pip install 'av>=14.2'; GIF and folders do without"
        ) from None
    av.logging.set_level(av.logging.PANIC)  # what is wrong with a file is said once, by us
    return av


def _opened(path: Path):
    av = pyav()
    try:
        container = av.open(str(path))
    except av.FFmpegError:
        raise PictureError("damaged, or not a film or picture in a known format") from None
    if not container.streams.video:
        container.close()
        raise PictureError("there is no picture in this file, only sound")
    return container


def _of_film(path: Path, size: int) -> Iterator[tuple[np.ndarray, float]]:
    """Frames with the seconds until the next; the last lasts as long as the one before."""
    with _opened(path) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        usual = 1 / float(stream.average_rate or RATE)
        waiting, seconds = None, usual
        for frame in container.decode(stream):
            if waiting is not None:
                seconds = _between(waiting, frame, usual)
                yield _upright(waiting), seconds
            waiting = frame
        if waiting is not None:
            yield _upright(waiting), seconds


def _between(frame, following, usual: float) -> float:
    if frame.time is None or following.time is None or following.time <= frame.time:
        return usual
    return following.time - frame.time


def _upright(frame) -> np.ndarray:
    """The pixels of a frame as it was filmed: telephones write how they were held beside it."""
    pixels = frame.to_ndarray(format="rgb24")
    return np.rot90(pixels, round(getattr(frame, "rotation", 0) / 90))


_READERS = {"film": _of_film, "animation": _of_animation, "folder": _of_folder}
