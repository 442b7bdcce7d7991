"""Small clips for the tests: frames of a gradient with a square that goes from left to right."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

SIDES = 30, 45  # odd, as those of photographs are


def frame(number: int, sides=SIDES) -> np.ndarray:
    """Frame (h, w, 3) of 8 bits: the place of the square tells its number."""
    y, x = np.mgrid[0 : sides[0], 0 : sides[1]]
    pixels = np.stack([4 * x, 6 * y, np.full(sides, 90)], axis=-1).clip(0, 255).astype(np.uint8)
    pixels[10:20, 2 + 3 * number : 12 + 3 * number] = (250, 240, 200)
    return pixels


def place(picture: np.ndarray) -> float:
    """The number of a frame, as its square tells it."""
    bright = np.argwhere(np.asarray(picture, float).mean(axis=-1) > 0.75 * np.max(picture))
    return (bright[:, 1].mean() * SIDES[1] / picture.shape[1] - 6.5) / 3


def gif(path: Path, count=4, durations=80) -> Path:
    images = [Image.fromarray(frame(number)) for number in range(count)]
    images[0].save(path, save_all=True, append_images=images[1:], duration=durations, loop=0)
    return path


def folder(path: Path, names: list[str]) -> Path:
    path.mkdir()
    for number, name in enumerate(names):
        Image.fromarray(frame(number)).save(path / name)
    return path


def film(path: Path, times=(0, 1, 2, 3), rate=10, sound="") -> Path:
    """A film whose frames begin at ``times``, in units of 1/rate seconds; with a tone of a codec from 0 to its end."""
    with av.open(str(path), "w") as output:
        video = output.add_stream("libx264", rate=rate)
        video.width, video.height, video.pix_fmt = 46, 30, "yuv420p"
        video.codec_context.time_base = Fraction(1, rate)
        audio = output.add_stream(sound, rate=8000, layout="mono") if sound else None
        for number, time in enumerate(times):
            shown = av.VideoFrame.from_ndarray(np.pad(frame(number), ((0, 0), (0, 1), (0, 0)), mode="edge"), "rgb24")
            shown.pts, shown.time_base = time, Fraction(1, rate)
            output.mux(video.encode(shown))
        output.mux(video.encode())
        if sound:
            _add_tone(output, audio, seconds=(times[-1] + 1) / rate)
    return path


def _add_tone(output, audio, seconds: float) -> None:
    tone = (8000 * np.sin(np.arange(int(8000 * seconds)) / 3)).astype(np.int16)[None]
    for begin in range(0, tone.shape[1], 1024):
        part = av.AudioFrame.from_ndarray(np.ascontiguousarray(tone[:, begin : begin + 1024]), "s16", "mono")
        part.sample_rate, part.pts = 8000, begin
        output.mux(audio.encode(part))
    output.mux(audio.encode())
