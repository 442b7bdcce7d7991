"""Films written frame by frame: MP4 with the sound of another film, GIF, or a folder of pictures.

GIF is put together here, from blocks that Pillow encodes: Pillow's own way to write one, which is imageio's as well,
holds all frames until the last.
"""

import itertools
import struct
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import GifImagePlugin, Image

from nst_utils.base.errors import PictureError, plain_reason
from nst_utils.base.files import written_whole
from nst_utils.film.reading import Clip, pyav
from nst_utils.images.saving import save_picture

TICKS = 90_000  # a second, of the times in a film
CODECS = ("libx264", "h264", "mpeg4")  # the first that this PyAV has
FRAME_NAME = "frame_{:06}.png"


class Shot(NamedTuple):
    """A frame as it is written: pixels (h, w, 3) of 8 bits, and the seconds at which it begins and ends."""

    pixels: np.ndarray
    begin: float
    end: float


Shots = Callable[[], Iterator[Shot]]  # the frames from the first, as often as they are asked for


def check_can_write(path: Path) -> None:
    """Refuse what could not be written, before anything is painted."""
    ending = path.suffix.lower()
    if ending not in WRITERS:
        raise PictureError(
            f"{path}: a film cannot be saved as {ending}; use {', '.join(filter(None, WRITERS))}, or a name without "
            "ending for a folder of pictures"
        )
    if ending in FILMS:
        pyav()
    if ending and path.is_dir():
        raise PictureError(f"{path}: this is a folder; choose another name")
    if not ending and path.exists() and (not path.is_dir() or any(map(_is_foreign, path.iterdir()))):
        raise PictureError(f"{path}: there are other files here; choose a new folder, or a name with an ending")


def write_film(path: Path, shots: Shots, clip: Clip | None = None) -> None:
    """Write frames in the format of the ending, with the sound of a clip where there is some and the format has any."""
    try:
        WRITERS[path.suffix.lower()](path, shots, clip)
    except PictureError:
        raise
    except Exception as error:  # OSError, and what a codec does not like
        raise PictureError(f"{path}: cannot save: {plain_reason(error)}") from error


def _is_foreign(path: Path) -> bool:
    return not path.match("frame_*.png") and not path.name.startswith(".")


# --- Pictures ---------------------------------------------------------------------------------------------------------


def _folder(folder: Path, shots: Shots, clip: Clip | None) -> None:
    count = 0
    for count, shot in enumerate(shots(), 1):
        save_picture(shot.pixels, folder / FRAME_NAME.format(count))
    for path in folder.glob("frame_*.png"):
        if path.name > FRAME_NAME.format(count):  # of a longer film that was here before
            path.unlink()


def _gif(path: Path, shots: Shots, clip: Clip | None) -> None:
    """One palette for all frames and no dithering: either would flicker."""
    palette = _palette([shot.pixels for shot in _some(shots)])
    colors = bytes(palette.getpalette("RGB")).ljust(768, b"\0")
    with written_whole(path) as beside, beside.open("wb") as file:
        for number, shot in enumerate(shots()):
            height, width = shot.pixels.shape[:2]
            if number == 0:
                file.write(b"GIF89a" + struct.pack("<HHBBB", width, height, 0xF7, 0, 0) + colors)
                file.write(b"!\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00")  # begin again at the end
            drawn = Image.fromarray(shot.pixels).quantize(palette=palette, dither=Image.Dither.NONE)
            hundredths = max(2, round(100 * shot.end) - round(100 * shot.begin))  # less is taken for 10
            for block in GifImagePlugin.getdata(drawn, duration=10 * hundredths):
                file.write(block)
        file.write(b";")


def _some(shots: Shots, most: int = 8) -> list[Shot]:
    """A few frames, spread over the film."""
    count = sum(1 for _ in shots())
    picked = {round(place) for place in np.linspace(0, count - 1, min(count, most))}
    return [shot for number, shot in enumerate(shots()) if number in picked]


def _palette(pictures: Sequence[np.ndarray]) -> Image.Image:
    return Image.fromarray(np.concatenate(pictures)).quantize(256, method=Image.Quantize.MEDIANCUT)


# --- Films ------------------------------------------------------------------------------------------------------------


def _film(path: Path, shots: Shots, clip: Clip | None) -> None:
    """A film with the sound of a clip, or a warning that it cannot be copied."""
    try:
        _encode(path, shots, clip)
    except (ValueError, pyav().FFmpegError) as error:
        if clip is None or clip.kind != "film":
            raise
        _encode(path, shots, None)
        warnings.warn(f"{path}: without sound, which cannot be copied: {plain_reason(error)}", stacklevel=2)


def _encode(path: Path, shots: Shots, clip: Clip | None) -> None:
    """H.264 with the times of the frames as they are; sides are made even, as it asks for."""
    av = pyav()
    with written_whole(path) as beside, av.open(str(beside), "w") as output:
        taken = iter(shots())
        first = next(taken)
        stream = output.add_stream(next(name for name in CODECS if name in av.codecs_available))
        stream.height, stream.width = (side + side % 2 for side in first.pixels.shape[:2])
        stream.pix_fmt, stream.options = "yuv420p", {"crf": "18"}
        stream.time_base = stream.codec_context.time_base = Fraction(1, TICKS)
        with _Sound(clip, output) as sound:
            for shot in itertools.chain([first], taken):
                for packet in stream.encode(_video_frame(av, shot)):
                    output.mux(packet)
                sound.until(shot.end)
            for packet in stream.encode():
                output.mux(packet)


def _video_frame(av, shot: Shot) -> Any:
    height, width = shot.pixels.shape[:2]
    frame = av.VideoFrame.from_ndarray(
        np.pad(shot.pixels, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge"), format="rgb24"
    )
    frame.pts, frame.time_base = round(shot.begin * TICKS), Fraction(1, TICKS)
    return frame


class _Sound:
    """The sound of a clip, copied as it is beside the frames that it belongs to."""

    def __init__(self, clip: Clip | None, output):
        self._output, self._source, self._packets = output, None, iter(())
        self._waiting = None
        if clip is None or clip.kind != "film":
            return
        self._source = pyav().open(str(clip.path))
        if not self._source.streams.audio:
            return
        sound = self._source.streams.audio[0]
        self._stream = output.add_stream_from_template(sound)
        first = self._source.streams.video[0]
        begin = round((first.start_time or 0) * first.time_base / sound.time_base)
        heard = (packet for packet in self._source.demux(sound) if packet.dts is not None)
        self._packets = (_earlier(packet, begin) for packet in heard if begin == 0 or packet.pts >= begin)

    def __enter__(self) -> "_Sound":
        return self

    def until(self, second: float) -> None:
        """Copy what is heard before this second."""
        self._waiting = self._waiting or next(self._packets, None)
        while self._waiting is not None and self._waiting.pts * self._waiting.time_base < second:
            self._waiting.stream = self._stream
            self._output.mux(self._waiting)
            self._waiting = next(self._packets, None)

    def __exit__(self, *_) -> None:
        if self._source is not None:
            self._source.close()


def _earlier(packet, ticks: int):
    """A packet of sound, on the clock of the film, which begins with the first frame."""
    packet.pts, packet.dts = packet.pts - ticks, packet.dts - ticks
    return packet


FILMS = (".mp4", ".mov", ".mkv")
WRITERS: dict[str, Callable[[Path, Shots, Clip | None], None]] = {
    **dict.fromkeys(FILMS, _film),
    ".gif": _gif,
    "": _folder,
}


def shots_of(pictures: Callable[[], Iterable[np.ndarray]], seconds: Sequence[float]) -> Shots:
    """Pictures (h, w, 3) in [0, 1] with the times at which they begin and end."""
    ends = list(itertools.accumulate(seconds))

    def shots() -> Iterator[Shot]:
        pixels = (np.rint(picture * 255).astype(np.uint8) for picture in pictures())
        return map(Shot, pixels, [0.0, *ends], ends)

    return shots
