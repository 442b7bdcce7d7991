"""The widget of lesson 08: the size of the painting, and the size of the strokes on it."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from nst_utils.base.errors import SettingError
from nst_utils.engine.memory import needed_memory
from nst_utils.engine.plan import plan
from nst_utils.engine.settings import settings_of
from nst_utils.images.arrays import fit
from nst_utils.images.opening import picture
from nst_utils.plots import Figure
from nst_utils.widgets.painter import Painter, known_paintings, paintings_view
from nst_utils.widgets.painting import new_run
from nst_utils.widgets.panel import steps


def resolution_slider(
    content="harbor",
    style="swirls",
    sizes=(64, 96, 128, 192, 256),
    scales=(0.25, 0.5, 1.0, 2.0, 4.0),
    painted: Mapping[tuple[int, float], Any] | None = None,
    **settings,
) -> Painter:
    """The size of the painting, and the size of the strokes on it (lesson 08).

    Parameters
    ----------
    content, style : anything `picture` takes
    sizes : longer sides of the painting to choose from
    scales : how large the style's strokes are shown, 1 being as large as the style's own on a picture of that size
    painted : mapping of (size, scale) to a picture, a `Result` or `Measured`
        Paintings that are there at once; the first of them is shown.
    settings : further keywords of `stylize`
    """
    opened, manner = picture(content), picture(style)
    usual = sizes[1], 1.0 if 1.0 in scales else scales[0]
    size, scale = next(iter(painted or ()), usual)
    controls = {
        "size": steps("size", sizes, size, "longer side of the painting in pixels"),
        "scale": steps("style scale", scales, scale, "how large the strokes are shown"),
    }

    def styled(size: int, scale: float) -> np.ndarray:
        return scaled_style(manner, size, scale)

    def plan(values: dict) -> dict:
        size, seen = values["size"], styled(values["size"], values["scale"])
        return {(size, values["scale"]): lambda: new_run(opened, seen, **settings, size=size)}

    def draw(values: dict, known: Mapping) -> Figure:
        size, scale = values["size"], values["scale"]
        cost = cost_of(opened, size, **settings)
        pixels = f"{cost['width']} x {cost['height']} pixels, a step needs about {cost['bytes'] / 1e9:.2g} GB"
        one = known.get((size, scale))
        title = f"{pixels}: press Paint" if one is None else f"{pixels}; strokes at {scale:g}"
        return paintings_view(fit(opened, size), styled(size, scale), {"painting": one}, title)

    known = known_paintings(painted, lambda key: (fit(opened, key[0]), styled(*key)))
    return Painter("Resolution and style scale", controls, plan, draw, known)


def scaled_style(style: np.ndarray, size: int, scale: float) -> np.ndarray:
    """A style whose strokes become ``scale`` times as large on a painting of this size.

    Below 1 the whole style is shown smaller; above 1 its middle is shown larger, as there are no pixels beyond it.

    Examples
    --------
    >>> style = np.zeros((60, 80, 3), np.float32)
    >>> scaled_style(style, 80, 0.5).shape, scaled_style(style, 80, 2.0).shape
    ((30, 40, 3), (60, 80, 3))
    """
    if not scale > 0:
        raise SettingError(f"style scale is {scale!r}; it is a number above 0.")
    if scale > 1:
        height, width = (max(8, round(side / scale)) for side in style.shape[:2])
        top, left = (style.shape[0] - height) // 2, (style.shape[1] - width) // 2
        return fit(style[top : top + height, left : left + width], size, enlarge=True)
    return fit(style, max(8, round(size * scale)), enlarge=True)


def cost_of(content, size: int, **settings) -> dict[str, Any]:
    """What a painting of this size takes: its pixels and the bytes of a step, from the same estimate as `stylize`'s."""
    shown = fit(picture(content), size)
    planned = plan(settings_of(size=size, **settings), max(shown.shape[:2]))
    height, width = shown.shape[:2]
    return {"height": height, "width": width, "bytes": needed_memory(planned.objective, height, width)}
