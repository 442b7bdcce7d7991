"""When a picture is seen in tiles: which, what cannot be seen in them, and whether they leave seams."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from nst_utils.base.errors import SettingError
from nst_utils.base.values import is_whole, shown
from nst_utils.engine.objective import Objective
from nst_utils.engine.tiles import MARGIN, Tiles
from nst_utils.losses.statistics import STATISTICS, chosen_statistic
from nst_utils.networks.catalog import LOCAL, network_names

SIDES = (1024, 512, 256)  # of the tiles, where memory asks for some
SMALLEST = 64  # side of a tile that may be asked for


def unit_of(objective: Objective) -> int:
    """The largest stride of its layers, layer zero included."""
    strides = [objective.backbone.strides[name] for name in objective.layers()]
    return max([8, *strides])  # the neighborhoods of "picture_4" reach 8 pixels on


def in_tiles(objective: Objective, tile: int = 512, margin: int = MARGIN, moving: bool = True) -> Objective:
    """The same objective, with the picture in view tile by tile.

    Losses and gradient are those of the whole picture, but for what lies beyond the margin of a tile. A step looks
    twice, so it takes half as long again, and longer by what the margins add.

    Parameters
    ----------
    tile : side of the tiles in pixels; rounded to a multiple of the network's largest stride
    margin : how far a tile sees beyond what it counts; rounded up likewise
    moving : whether the borders move with the shift of each step; fixed ones leave seams where the margin is short
    """
    check_tiles(objective)
    unit = unit_of(objective)
    sides = max(1, tile // unit) * unit, -(-margin // unit) * unit
    return dataclasses.replace(objective, view=Tiles(objective.backbone, objective.precision, *sides, unit, moving))


def check_tiles(objective: Objective) -> None:
    """Refuse what needs the whole picture at once."""
    if not chosen_statistic(objective.statistic).in_parts:
        others = ", ".join(name for name, statistic in STATISTICS.items() if statistic.in_parts)
        raise SettingError(
            f"With statistic {objective.statistic!r} there are no tiles, as it needs all positions at once; "
            f"{others} do without."
        )
    unknown = [name for name in network_names(objective.backbone.name) if name not in LOCAL]
    if unknown:
        raise SettingError(f"With {unknown[0]} there are no tiles, as it looks beyond them; {', '.join(LOCAL)} do not.")
    padded = [name for name in objective.layers() if name.endswith("_pad")]
    if padded:
        raise SettingError(f"With layer {padded[0]} there are no tiles: it has positions outside the picture.")


def whole_or_tiled(objective: Objective, tile: int | None, method: str) -> tuple[Objective, ...]:
    """The objective with the whole in view and with tiles, the quickest first; with ``tile``, with these alone."""
    if tile is None:
        if method != "adam" or not _can_be_tiled(objective):
            return (objective,)
        return objective, *(in_tiles(objective, side) for side in SIDES)
    if not (is_whole(tile) and tile >= SMALLEST):
        raise SettingError(f"tile is {shown(tile)}; it is a whole number of pixels, {SMALLEST} or more.")
    if method != "adam":
        raise SettingError(f"tile is {tile} and method {method!r}; a picture in tiles is painted with method 'adam'.")
    return (in_tiles(objective, int(tile)),)


def _can_be_tiled(objective: Objective) -> bool:
    try:
        check_tiles(objective)
    except SettingError:
        return False
    return True


def seam_strength(picture: np.ndarray, boxes: Sequence[tuple[int, int, int, int]], reach: int = 6) -> float:
    """How far the colors along the borders between tiles are from those inside of the tiles: near 0 where no seam is.

    The distance of two mean colors, averaged over red, green and blue: that of the pixels nearer than ``reach`` to a
    border, and that of those farther than twice as much. What lies near the edge of the picture is left out.

    Examples
    --------
    >>> picture = np.zeros((40, 60, 3))
    >>> picture[:, 28:32] = 1.0  # a bright line along the border
    >>> seam_strength(picture, [(0, 40, 0, 30), (0, 40, 30, 60)], reach=2)
    1.0
    """
    borders = [sorted({box[k] for box in boxes} - {0}) for k in (0, 2)]
    sides = [np.arange(length) + 0.5 for length in picture.shape[:2]]
    near = [np.min([np.abs(at - b) for b in (*own, np.inf)], axis=0) for at, own in zip(sides, borders, strict=True)]
    inside = [np.minimum(at, len(at) - at) > 2 * reach for at in sides]
    distance = np.minimum(near[0][:, None], near[1][None, :])
    counted = inside[0][:, None] & inside[1][None, :]
    along, between = (picture[counted & part].mean(axis=0) for part in (distance < reach, distance > 2 * reach))
    return float(np.abs(along - between).mean())
