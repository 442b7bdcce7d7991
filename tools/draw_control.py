"""One content, one object, six things done with it: ``python tools/draw_control.py``.

What lesson 09 is about, as one sheet for the README: where the style goes, in whose colors, how coarse, and how many
styles. Everything but these is as `stylize` has it.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run as a script, the checkout is not on the path

import nst_utils as nst
from nst_utils.base.files import written_whole

CONTENT, STYLE, OTHER = "flower", "stained_glass", "swirls"
ASKED = {  # what is said of each: the styles, the keywords
    "the flower alone": ("[glass]", "mask=flower"),
    "all but the flower": ("[glass]", "mask=1 - flower"),
    "a style for each": ("[glass, swirls]", "mask=[flower, 1 - flower]"),
    "both, mixed": ("[glass, swirls]", "shares=[.5, .5]"),
    "the content's colors": ("[glass]", 'colors="luminance"'),
    "twice as coarse": ("[glass]", "style_scale=2"),
}


def painted(size: int, **settings) -> dict[str, np.ndarray]:
    """The content, what was selected in it, and the six paintings."""
    content = nst.picture(CONTENT, size)
    height, width = content.shape[:2]
    names = {"glass": STYLE, "swirls": OTHER, "flower": nst.select(content, [(width / 2, height / 2)])}
    pictures = {"the content": content, "one click": np.repeat(names["flower"][..., None], 3, axis=-1)}
    for title, (styles, keywords) in ASKED.items():
        given = eval(f"dict({keywords})", dict(names))  # what stands under the picture is what was run
        styles = eval(styles, dict(names))
        pictures[title] = nst.stylize(content, styles, size=size, progress=False, **given, **settings).picture
        print(title, flush=True)
    return pictures


def sheet(pictures: Mapping[str, np.ndarray]):
    """Two rows of pictures, each under its name and over the keywords that made it."""
    under = {"one click": "nst.select", **{title: keywords for title, (_, keywords) in ASKED.items()}}
    figure = nst.plots.described_figure("", "Eight pictures in two rows.", figsize=(12.4, 5.4))
    for axes, (title, shown) in zip(figure.subplots(2, 4).flat, pictures.items(), strict=True):
        axes.imshow(shown, interpolation="hanning")
        axes.set_title(title, fontsize=13)
        axes.set_xlabel(under.get(title, ""), family="monospace", fontsize=9.5)
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
    return figure


def main(arguments: Sequence[str] | None = None) -> int:
    """Paint, lay out, save."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--size", type=int, default=256, help="longer side of each painting (default: %(default)s)")
    parser.add_argument("--steps", type=int, help="steps of each (default: those of stylize)")
    parser.add_argument("--into", type=Path, default=Path("docs/control.jpg"), metavar="FILE")
    options = parser.parse_args(arguments)
    given = {} if options.steps is None else {"steps": options.steps}
    figure = sheet(painted(options.size, **given))
    with written_whole(options.into) as beside:
        figure.savefig(beside, format="jpeg", dpi=110, pil_kwargs={"quality": 86, "optimize": True})
    return 0


if __name__ == "__main__":
    sys.exit(main())
