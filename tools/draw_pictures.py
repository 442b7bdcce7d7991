"""Draws the pictures that this project made itself: ``python tools/draw_pictures.py [NAME ...] [--into DIR]``.

The drawings are functions without arguments (``tools/drawing/styles.py`` and ``tools/drawing/contents.py``), seeded,
so that anybody can draw the files in ``data/pictures`` again. Nothing at run time depends on this tool.
"""

import argparse
import io
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run as a script, the checkout is not on the path

from nst_utils.base.files import DATA, written_whole
from tools.drawing.contents import CONTENTS
from tools.drawing.styles import STYLES

DRAWINGS: dict[str, Callable[[], np.ndarray]] = {**CONTENTS, **STYLES}
LARGEST = 260_000  # bytes: the pictures travel inside the package
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


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw what was asked for; 0 when all is written, 2 for a name nobody knows."""
    parser = argparse.ArgumentParser(description="Draw the pictures of this project.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of: {', '.join(DRAWINGS)} (default: all)")
    parser.add_argument("--into", type=Path, default=DATA / "pictures", metavar="DIR", help="folder to write to")
    options = parser.parse_args(arguments)
    if unknown := [name for name in options.names if name not in DRAWINGS]:
        print(f"No drawing is called {', '.join(unknown)}. Known: {', '.join(DRAWINGS)}.", file=sys.stderr)
        return 2
    for name in options.names or DRAWINGS:
        canvas = DRAWINGS[name]()
        path = options.into / f"{name}.jpg"
        with written_whole(path) as beside:
            beside.write_bytes(jpeg(canvas))
        print(f"{path}: {canvas.shape[1]} x {canvas.shape[0]}, {path.stat().st_size / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
