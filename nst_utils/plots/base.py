"""What every figure shares: colors, a title, a description in words, and how it is saved.

Figures are static; each takes arrays and results and returns a Matplotlib figure. Colors are safe for color-blind
readers (Okabe-Ito, viridis); each figure carries a title that says what there is to see, and ``alt``, the same in words
for readers who do not see it.
"""

import base64
import functools
import io
from pathlib import Path
from typing import Any

from nst_utils.base.files import written_whole

# Okabe, Ito, "Color Universal Design", 2008: black, orange, sky blue, green, blue, vermilion, purple
OKABE_ITO = ("#000000", "#E69F00", "#56B4E9", "#009E73", "#0072B2", "#D55E00", "#CC79A7")
Figure = Any  # matplotlib.figure.Figure, without importing Matplotlib for the name


def described_figure(title: str, says: str, **options) -> Figure:
    """An empty figure with a title and, as ``alt``, the title and in words what it shows; ``options`` are Matplotlib's.

    It is a figure of its own, outside pyplot's list: a notebook shows it once, and nothing has to be closed.

    Examples
    --------
    >>> described_figure("It falls", "One line.", figsize=(4, 3)).alt
    'It falls. One line.'
    """
    figure = _described_figure()(layout="constrained", **options)
    figure.suptitle(title, weight="bold", wrap=True)
    figure.alt = f"{title}. {says}"
    return figure


@functools.cache
def _described_figure() -> type:
    """Matplotlib's figure that shows itself in a notebook with its description, whether pyplot is loaded or not."""
    from matplotlib.figure import Figure

    class DescribedFigure(Figure):
        def _ipython_display_(self):
            from IPython.display import display

            png = io.BytesIO()
            self.savefig(png, format="png", dpi=96)
            about = {"title": self.get_suptitle(), "alt": self.alt}
            data = {"image/png": base64.b64encode(png.getvalue()).decode(), "text/plain": self.get_suptitle()}
            display(data, metadata={"image/png": about}, raw=True)

    return DescribedFigure


def save_figure(figure: Figure, path: str | Path) -> None:
    """Write a figure beside its target and rename it."""
    with written_whole(path) as beside:
        figure.savefig(beside, dpi=120)
