"""Draws the pictures that this project made itself: ``python tools/draw_pictures.py [NAME ...] [--into DIR]``.

The drawings are functions without arguments (``tools/drawing/styles``, ``tools/drawing/contents`` and, one frame after
the other, ``tools/drawing/clips``), seeded, so that anybody can draw the files in ``data/pictures`` and ``data/clips``
again. Nothing at run time depends on this tool.
"""

import argparse
import io
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run as a script, the checkout is not on the path

from nst_utils.base.files import DATA, written_whole
from nst_utils.film.drawn import SECONDS_A_FRAME
from nst_utils.images.arrays import as_image
from tools.drawing.clips import CLIPS
from tools.drawing.contents import CONTENTS
from tools.drawing.styles import STYLES

DRAWINGS: dict[str, Callable[[], np.ndarray]] = {**CONTENTS, **STYLES}
KNOWN = (*DRAWINGS, *CLIPS)
LARGEST = 260_000  # bytes: the pictures travel inside the package
LARGEST_CLIP = 300_000
SETTINGS = [(92, 0), (90, 0), (88, 0), (90, 2), (88, 2)]  # JPEG quality and chroma subsampling, best first


def jpeg(canvas: np.ndarray) -> bytes:
    """The canvas (h, w, 3) in [0, 1] as a JPEG file, with the best settings that keep it under ``LARGEST``."""
    image = Image.fromarray(np.uint8(np.rint(np.clip(canvas, 0, 1) * 255)))
    for quality, subsampling in SETTINGS:
        packed = io.BytesIO()
        image.save(packed, "JPEG", quality=quality, subsampling=subsampling, optimize=True)
        if packed.tell() <= LARGEST:
            break
    return packed.getvalue()


def webp(canvases: Iterable[np.ndarray]) -> bytes:
    """The frames of a clip as a moving WebP that begins again."""
    images = [as_image(canvas) for canvas in canvases]
    packed = io.BytesIO()
    options = {"duration": round(1000 * SECONDS_A_FRAME), "loop": 0, "quality": 80, "method": 6}
    images[0].save(packed, "WEBP", save_all=True, append_images=images[1:], **options)
    return packed.getvalue()


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw what was asked for; 0 when all is written, 2 for a name nobody knows."""
    parser = argparse.ArgumentParser(description="Draw the pictures of this project.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of: {', '.join(KNOWN)} (default: all)")
    parser.add_argument("--into", type=Path, metavar="DIR", help="folder to write to (default: their places in data)")
    options = parser.parse_args(arguments)
    if unknown := [name for name in options.names if name not in KNOWN]:
        print(f"No drawing is called {', '.join(unknown)}. Known: {', '.join(KNOWN)}.", file=sys.stderr)
        return 2
    for name in options.names or KNOWN:
        is_clip = name in CLIPS
        folder = options.into or DATA / ("clips" if is_clip else "pictures")
        path = folder / f"{name}{'.webp' if is_clip else '.jpg'}"
        packed = webp(CLIPS[name]()) if is_clip else jpeg(DRAWINGS[name]())
        with written_whole(path) as beside:
            beside.write_bytes(packed)
        width, height = Image.open(io.BytesIO(packed)).size
        print(f"{path}: {width} x {height}, {len(packed) / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
