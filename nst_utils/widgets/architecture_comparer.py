"""The widget of lesson 06: one pair of pictures, two networks, side by side."""

from collections.abc import Callable, Mapping
from typing import Any

from nst_utils.images.opening import picture
from nst_utils.networks.loading import default_layers, load_backbone
from nst_utils.plots import Figure
from nst_utils.widgets.painter import Painter, known_paintings, paintings_view
from nst_utils.widgets.painting import new_run
from nst_utils.widgets.panel import choice, log_slider


def architecture_comparer(
    content="harbor",
    style="swirls",
    backbones=("vgg19", "resnet50", "vgg16"),
    painted: Mapping[tuple[str, float], Any] | None = None,
    *,
    content_weight: float = 1.0,
    **settings,
) -> Painter:
    """One pair of pictures, two networks, side by side (lesson 06).

    The style is held by the own layers of each network alone, unless ``style_layers`` says otherwise.

    Parameters
    ----------
    content, style : anything `picture` takes
    backbones : names of networks to choose from; the first two begin
    painted : mapping of (backbone, content weight) to a picture, a `Result` or `Measured`
        Paintings that are there at once.
    content_weight : the one to begin with
    settings : further keywords of `stylize`; default: 128 pixels
    """
    settings = {"size": 128, **settings}
    opened, manner = (picture(one, settings["size"]) for one in (content, style))
    controls = {}
    for side, backbone in zip(("left", "right"), backbones, strict=False):
        controls[side] = choice(
            f"backbone, {side}", backbones, backbone, f"the network that looks for the {side} painting"
        )
        controls[f"{side}_weight"] = log_slider(
            f"content_weight, {side}", content_weight, (-2, 2), f"how much the content counts in the {side} one", 0.25
        )

    def keys(values: dict) -> list[tuple[str, float]]:
        return [(values[side], values[f"{side}_weight"]) for side in ("left", "right")]

    def run(backbone: str, weight: float) -> Callable:
        def made():
            own = default_layers(load_backbone(backbone, settings.get("weights")))[1]
            given = {"style_layers": own, **settings, "backbone": backbone, "content_weight": weight}
            return new_run(opened, manner, **given)

        return made

    def plan(values: dict) -> dict:
        return {key: run(*key) for key in keys(values)}

    def draw(values: dict, known: Mapping) -> Figure:
        left, right = keys(values)
        names = ["{} at weight {:g}".format(*key) for key in (left, right)]
        names[1] += " again" if left == right else ""
        paintings = dict(zip(names, map(known.get, (left, right)), strict=True))
        if all(paintings.values()):
            kept, gained = (
                getattr(known[left], measure) - getattr(known[right], measure) for measure in ("kept", "gained")
            )
            title = f"{left[0]} less {right[0]}: {kept:+.2f} of the edges, {gained:+.2f} of the style"
        else:
            title = f"{names[0]} beside {names[1]}: press Compare"
        return paintings_view(opened, manner, paintings, title)

    known = known_paintings(painted, lambda key: (opened, manner))
    return Painter("Architecture comparer", controls, plan, draw, known, "Compare")
