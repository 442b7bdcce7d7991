"""`nst.video`: a clip in, a film painted in the manner of a style out."""

import contextlib
import inspect
import itertools
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nst_utils import __version__
from nst_utils.base.errors import PictureError, SettingError
from nst_utils.base.values import fingerprint, is_finite, is_whole, json_setting, shown
from nst_utils.engine.guidance import each
from nst_utils.engine.settings import Settings, settings_of
from nst_utils.film.blended import BLEND, Blended, Paint
from nst_utils.film.fine import STEPS, TEMPORAL_WEIGHT, Fine
from nst_utils.film.flicker import warp_error
from nst_utils.film.frames import painted_frames
from nst_utils.film.kept import KeptFrames
from nst_utils.film.reading import Clip, open_clip
from nst_utils.film.writing import check_can_write, shots_of, write_film
from nst_utils.images.opening import picture
from nst_utils.networks.loading import weights_kind

OWN = ("start", "sizes", "snapshots")  # settings of a painting that a film decides for itself


@dataclass(frozen=True)
class Film:
    """A painted film: where it is, and what is known of it.

    ``frames`` is how many were painted, ``seconds`` how long they take, ``interrupted`` whether frames are missing, and
    ``flicker`` the mean `warp_error` of the frames that this call painted, along the flow that was found; NaN if none
    followed another.
    """

    path: Path
    frames: int
    seconds: float
    flicker: float
    interrupted: bool


def video(
    source,
    output: str | Path,
    style,
    *,
    fps: float | None = None,
    frames: int | None = None,
    paint: Paint | None = None,
    blend: float = BLEND,
    temporal_weight: float = TEMPORAL_WEIGHT,
    frame_steps: int = STEPS,
    memory: float | None = None,
    tile: int | None = None,
    progress: bool = True,
    **settings,
) -> Film:
    """Paint a film in the manner of the style, so that it does not flicker.

    Each frame is optimized from the last painting, brought along by the optical flow, and stays near to it where it is
    seen. With ``paint`` each frame is painted by that function instead, and blended with the last painting. Finished
    frames lie in a folder beside the output until all are done: after Ctrl-C the output plays as far as it is painted,
    and the same call goes on.

    Parameters
    ----------
    source : path
        The film (MP4 and the like, through PyAV), animation (GIF, WebP) or folder of pictures; or balloon, the clip of
        this project.
    output : path
        Where to save it: .mp4, .mov or .mkv with the sound of the source, .gif, or without ending a folder.
    style : anything `picture` takes
        How to paint it; several as a list, as in `stylize`.
    fps : float
        *The film.* Frames a second, and then no sound; default: the times of the source, or 12 for a folder.
    frames : int
        How many frames to paint at most, from the first.
    paint : function
        Paints a frame (h, w, 3) between 0 and 1, quickly; None for the optimization.
    blend : float
        With paint: the share of the last painting in the next, where it is seen.
    temporal_weight : float
        How much likeness to the last painting counts in the loss.
    frame_steps : int
        Steps of each frame but the first.
    size : int
        Longer side of the film in pixels. All other keywords of `stylize` that say how a painting looks are taken, too;
        with paint, of those none counts.
    memory : float
        *The work.* Gigabytes it may take; default: what the machine has free.
    tile : int
        Side in pixels of the tiles in which a larger frame is looked at.
    progress : bool
        Whether to show a progress bar.

    Returns
    -------
    Film
        Where it is, how long, and how much it flickers.

    References
    ----------
    Ruder, Dosovitskiy, Brox, "Artistic style transfer for videos", GCPR 2016.

    Examples
    --------
    >>> import tempfile
    >>> few = {"size": 32, "frames": 3, "progress": False}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     film = video("balloon", f"{folder}/negative.gif", "swirls", paint=lambda frame: 1 - frame, **few)
    >>> film.frames, film.seconds, film.interrupted
    (3, 0.24, False)
    """
    asked = _checked(settings, fps, frames, blend, temporal_weight, frame_steps)
    if paint is not None and not callable(paint):
        raise SettingError(f"paint is {shown(paint)}; give a function from a frame to its painting, or leave it away.")
    clip, output = open_clip(source), _path_of(output)
    check_can_write(output)
    if output.exists() and output.resolve() == clip.path.resolve():
        raise SettingError(f"{output} is the clip itself; choose another name for the film.")
    styles = [picture(one) for one in each(style)]
    if paint is None:
        way = Fine(styles, asked, temporal_weight, frame_steps, memory, tile)
        own = {**_identity(asked), "temporal_weight": float(temporal_weight), "frame_steps": int(frame_steps)}
    else:
        way = Blended(paint, blend)
        own = {"size": int(asked.size), "paint": _name_of(paint), "blend": float(blend)}
    identity = {**own, "style": [fingerprint(one) for one in styles], "clip": _about(clip), "package": __version__}
    with KeptFrames(output, identity) as kept:
        return _painted(clip, output, way, kept, asked.size, fps, frames, progress)


def _signature() -> inspect.Signature:
    """The keywords of `Settings` in place of ``**settings``, as `stylize` has them."""
    given = inspect.signature(video)
    source, output, style, *own = (one for one in given.parameters.values() if one.kind is not one.VAR_KEYWORD)
    settings = [one for name, one in inspect.signature(Settings).parameters.items() if name not in OWN]
    return given.replace(parameters=[source, output, style, *own[:6], *settings, *own[6:]])


video.__signature__ = _signature()


def _painted(clip: Clip, output: Path, way, kept: KeptFrames, size: int, fps, frames, progress: bool) -> Film:
    """Paint what is not yet, and put together what is."""
    seconds: list[float] = []
    errors: list[float] = []
    stopped: BaseException | None = None

    def timed(limit: int | None = None) -> Iterator[np.ndarray]:
        for frame in itertools.islice(incoming, limit):
            seconds.append(1 / fps if fps else frame.seconds)
            yield frame.picture

    incoming = itertools.islice(clip.frames(size), frames)
    known = [number for number in (clip.count, frames) if number is not None]
    try:
        with _bar(min(known, default=None), progress) as bar:
            last = None
            for frame in timed(kept.count):
                last = frame, kept[len(seconds) - 1]
                bar.update()
            bar.unpause()  # the time left is told from frames that were painted
            for painted in painted_frames(timed(), way, last):
                kept.add(painted.painting)
                if painted.earlier is not None:
                    errors.append(warp_error(painted.painting, *painted.earlier))
                bar.update()
    except (KeyboardInterrupt, PictureError) as error:
        stopped = error
    done = min(kept.count, len(seconds))
    if done == 0:
        raise stopped or PictureError(f"{clip.path}: there are no frames")
    write_film(output, shots_of(lambda: itertools.islice(kept, done), seconds[:done]), None if fps else clip)
    if isinstance(stopped, PictureError):
        raise PictureError(f"{stopped}. The {done} frames before it are painted, in {output}") from stopped
    if stopped is None:
        kept.remove()
    flicker = float(np.mean(errors)) if errors else np.nan
    return Film(output, done, sum(seconds[:done]), flicker, stopped is not None)


def _path_of(output: Any) -> Path:
    if not isinstance(output, str | os.PathLike) or not Path(output).name:
        raise SettingError(f"output is {shown(output)}; give the path of a film, of a GIF or of a new folder.")
    return Path(output).expanduser()


def _checked(settings: Mapping, fps, frames, blend, temporal_weight, frame_steps) -> Settings:
    """The settings of the paintings, and a sentence for what a film cannot have."""
    for name in OWN:
        given = settings.get(name)
        if given is not None and (np.size(given) > 1 or given):  # of an array is no truth
            raise SettingError(f"{name} is {shown(given)}; a film decides that itself, leave it away.")
    if fps is not None and not (is_finite(fps) and 0 < fps <= 240):
        raise SettingError(f"fps is {shown(fps)}; it is a number of frames a second, above 0 and at most 240.")
    if frames is not None and not (is_whole(frames) and frames >= 2):
        raise SettingError(f"frames is {shown(frames)}; it is a whole number, 2 or more.")
    if not (is_finite(blend) and 0 <= blend < 1):
        raise SettingError(f"blend is {shown(blend)}; it is a number from 0 to less than 1.")
    if not (is_finite(temporal_weight) and temporal_weight >= 0):
        raise SettingError(f"temporal_weight is {shown(temporal_weight)}; it is a finite number, 0 or more.")
    if not (is_whole(frame_steps) and frame_steps >= 1):
        raise SettingError(f"frame_steps is {shown(frame_steps)}; it is a whole number, 1 or more.")
    return settings_of(**settings)


def _identity(settings: Settings) -> dict[str, Any]:
    found = {name: json_setting(value) for name, value in settings.items() if name not in OWN}
    return {**found, "weights": weights_kind(settings.weights)}


def _name_of(paint: Paint) -> str:
    """What tells one function that paints from another: what it says itself, else its name."""
    return str(getattr(paint, "identity", None) or getattr(paint, "__qualname__", None) or type(paint).__qualname__)


def _about(clip: Clip) -> list:
    """What tells one clip from another, without reading all of it."""
    return [[path.name, path.stat().st_size, path.stat().st_mtime_ns] for path in clip.files]


@contextlib.contextmanager
def _bar(total: int | None, is_shown: bool):
    from tqdm import tqdm

    form = "{n_fmt} of {total_fmt} frames {bar} {elapsed} gone, {remaining} left" if total else None
    with tqdm(total=total, disable=not is_shown, bar_format=form, ascii=" -=#", unit="frame") as bar:
        yield bar
