"""The widget of lesson 00: choose a content and a style, press the button."""

from collections.abc import Mapping
from typing import Any

from nst_utils.images.opening import picture
from nst_utils.plots import Figure
from nst_utils.widgets.painter import Painter, known_paintings, paintings_view, pair_controls, pair_plan


def first_stylize(
    content: str = "harbor", style: str = "swirls", painted: Mapping[tuple[str, str], Any] | None = None, **settings
) -> Painter:
    """The first painting (lesson 00): choose a content and a style, press the button.

    Parameters
    ----------
    content, style : names of pictures
    painted : mapping of (content, style) to a picture, a `Result` or `Measured`
        Paintings that are there at once.
    settings : further keywords of `stylize`; default: 192 pixels
    """
    settings = {"size": 192, **settings}

    def opened(pair: tuple[str, str]) -> tuple:
        return tuple(picture(name, settings["size"]) for name in pair)

    def draw(values: dict, known: Mapping) -> Figure:
        pair = values["content"], values["style"]
        one = known.get(pair)
        title = f"{pair[0]} in the manner of {pair[1]}"
        return paintings_view(*opened(pair), {"painting": one}, title if one else f"{title}: press Paint")

    known = known_paintings(painted, opened)
    return Painter("First painting", pair_controls(content, style), pair_plan(settings), draw, known)
