"""Figures of pictures: side by side, on a map, on a contact sheet."""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nst_utils.base.errors import SettingError
from nst_utils.plots.base import OKABE_ITO, Figure, described_figure


def triptych(
    content: np.ndarray, style: np.ndarray, painting: np.ndarray, title: str = "One picture in the manner of another"
) -> Figure:
    """Content, style and painting side by side, at equal height.

    Examples
    --------
    >>> flat = np.full((8, 12, 3), 0.5, np.float32)
    >>> [axes.get_title() for axes in triptych(flat, flat, flat).axes]
    ['content', 'style', 'painting']
    """
    return picture_row({"content": content, "style": style, "painting": painting}, title)


def picture_row(pictures: Mapping[str, np.ndarray], title: str) -> Figure:
    """Pictures side by side, at equal height, each under its name.

    Examples
    --------
    >>> figure = picture_row({"before": np.zeros((8, 8, 3)), "after": np.ones((8, 12, 3))}, "It brightens")
    >>> figure.alt
    'It brightens. Pictures from left to right: before, after.'
    """
    from matplotlib.patches import Rectangle

    widths = [shown.shape[1] / shown.shape[0] for shown in pictures.values()]
    height = min(4.0, 12 / sum(widths))
    figure = described_figure(
        title,
        f"Pictures from left to right: {', '.join(pictures)}.",
        figsize=(height * sum(widths) + 0.4, height + 0.6),
    )
    rows = figure.subplots(1, len(pictures), squeeze=False, gridspec_kw={"width_ratios": widths})
    for axes, (name, shown) in zip(rows[0], pictures.items(), strict=True):
        axes.imshow(shown, interpolation="hanning")
        frame = ((0, 0), 1, 1)
        axes.add_patch(Rectangle(*frame, transform=axes.transAxes, fill=False, edgecolor="0.6", linewidth=1))
        axes.set_title(name)
        axes.set_axis_off()
    return figure


def tile_borders(
    pictures: Mapping[str, np.ndarray], boxes: Mapping[str, Sequence[tuple[int, int, int, int]]], title: str
) -> Figure:
    """Pictures side by side, with ticks at their edges where the borders of tiles (top, bottom, left, right) lie.

    The borders themselves stay free, so that a seam can be seen.

    Examples
    --------
    >>> halves = [(0, 8, 0, 6), (0, 8, 6, 12)]
    >>> figure = tile_borders({"whole": np.zeros((8, 12, 3))}, {"whole": halves}, "No seam")
    >>> figure.axes[0].get_xticks().tolist()
    [5.5]
    """
    figure = picture_row(pictures, title)
    counts = []
    for axes, (name, shown) in zip(figure.axes, pictures.items(), strict=True):
        rows, columns = (sorted({box[k] - 0.5 for box in boxes.get(name, []) if box[k]}) for k in (0, 2))
        axes.set_axis_on()
        axes.spines[:].set_visible(False)
        axes.set_xticks(columns, [])
        axes.set_yticks(rows, [])
        axes.tick_params(right=True, length=7, width=1.5, color=OKABE_ITO[5])
        axes.set(xlim=(-0.5, shown.shape[1] - 0.5), ylim=(shown.shape[0] - 0.5, -0.5))
        counts.append(f"{name} {len(rows)} down, {len(columns)} across")
    figure.alt += f" Ticks at the edges show where borders between tiles lie: {'; '.join(counts)}."
    return figure


def picture_map(places: np.ndarray, pictures: Sequence[np.ndarray], names: Sequence[str], title: str) -> Figure:
    """Pictures at places of the plane (count, 2); those of one name share a frame color and are joined by a line.

    Examples
    --------
    >>> flat = np.zeros((8, 8, 3))
    >>> figure = picture_map(np.eye(3)[:, :2], [flat] * 3, ["waves", "waves", "dots"], "Waves and dots lie apart")
    >>> [text.get_text() for text in figure.legends[0].get_texts()]
    ['waves', 'dots']
    """
    from matplotlib.offsetbox import AnnotationBbox, OffsetImage

    groups = list(dict.fromkeys(names))
    figure = described_figure(
        title, f"A map on which pictures that are alike lie near: {', '.join(groups)}.", figsize=(10, 6.5)
    )
    axes = figure.subplots()
    colors = {name: OKABE_ITO[k % len(OKABE_ITO)] for k, name in enumerate(groups)}
    for name in groups:
        mine = places[[other == name for other in names]]
        axes.plot(*mine.T, color=colors[name], linewidth=2, label=name)
    for place, shown, name in zip(places, pictures, names, strict=True):
        thumbnail = OffsetImage(shown, zoom=46 / max(shown.shape[:2]), interpolation="hanning")
        frame = {"edgecolor": colors[name], "linewidth": 2.5}
        axes.add_artist(AnnotationBbox(thumbnail, place, pad=0.1, bboxprops=frame))
    axes.set(xlabel="first direction", ylabel="second direction", xticks=[], yticks=[])
    axes.margins(0.1)
    figure.legend(loc="outside right center", frameon=False)
    return figure


def contact_sheet(
    table: Iterable[Mapping[str, Any]],
    rows: str,
    columns: str,
    title: str,
    *,
    picture: str = "picture",
    caption: str | None = None,
    heads: Mapping[Any, Any] | None = None,
) -> Figure:
    """The pictures of a table, laid out by two of its columns: one down the side, one across the top.

    Parameters
    ----------
    table : pandas.DataFrame, or rows of column name to value
        As `sweep` gives; at most one row for each cell of the sheet.
    rows, columns : str
        The columns of the table whose values become rows and columns of the sheet, in the order of the table.
    title : str
    picture : str
        The column that holds paths, or pictures; where it holds None, the cell says what "status" holds.
    caption : str
        A column whose value stands below each picture.
    heads : mapping of values of rows or columns to anything `picture` takes
        Pictures to show beside them, as the contents down the side and the styles along the top.

    Examples
    --------
    >>> flat = np.full((8, 12, 3), 0.5, np.float32)
    >>> runs = [{"content": "harbor", "weight": w, "picture": flat, "gap": w / 2} for w in (0.1, 1.0)]
    >>> figure = contact_sheet(runs, "content", "weight", "More weight", caption="gap")
    >>> [axes.get_title() for axes in figure.axes], [axes.get_xlabel() for axes in figure.axes]
    (['weight 0.1', 'weight 1'], ['gap 0.05', 'gap 0.50'])
    """
    from nst_utils.images.opening import picture as opened

    if hasattr(table, "notna"):  # a data frame
        table = table.astype(object).where(table.notna(), None).to_dict("records")
    table = list(table)
    down, across = (list({str(row[name]): row[name] for row in table}.values()) for name in (rows, columns))
    cells = {}
    for row in table:
        place = str(row[rows]), str(row[columns])
        if place in cells:
            raise SettingError(
                f"Several rows have {rows} {row[rows]} and {columns} {row[columns]}; take a part of the table, as "
                "table[table.seed == 0]."
            )
        cells[place] = row
    heads = {str(value): opened(shown) for value, shown in (heads or {}).items()}
    side, top = (any(str(value) in heads for value in values) for values in (down, across))
    grid: list[list] = [[cells.get((str(r), str(c))) for c in across] for r in down]
    shown = [[None if cell is None or cell[picture] is None else opened(cell[picture]) for cell in row] for row in grid]
    pictures = [each for row in shown for each in row if each is not None]
    shape = np.median([np.shape(each)[0] / np.shape(each)[1] for each in pictures]) if pictures else 1.0
    cell = min(1.9, 12 / (len(across) + side))
    tall = cell * shape + (0.25 if caption else 0)
    summary = f"{len(pictures)} pictures: {rows} down ({', '.join(map(_named_value, down))}), {columns} across "
    figure = described_figure(
        title,
        f"{summary}({', '.join(map(_named_value, across))}).",
        figsize=(max(5, cell * (len(across) + side) + 0.6), tall * (len(down) + top) + 0.9),
    )
    axes = figure.subplots(len(down) + top, len(across) + side, squeeze=False)
    for (i, j), place in np.ndenumerate(axes):
        place.set(xticks=[], yticks=[])
        place.spines[:].set_visible(False)
        place.set_anchor({(True, False): "N", (False, True): "W", (True, True): "NW"}.get((i == 0, j == 0), "C"))
        r, c = i - top, j - side
        if r >= 0 and c >= 0:
            _fill_cell(place, grid[r][c], shown[r][c], caption)
        else:
            value = down[r] if r >= 0 else across[c] if c >= 0 else None
            if str(value) in heads:
                place.imshow(heads[str(value)], interpolation="hanning")
        if i == 0 and c >= 0:
            place.set_title(_label(columns, across[c]), fontsize=10)
        if j == 0 and r >= 0:
            place.set_ylabel(_label(rows, down[r]), fontsize=10)
    return figure


def _fill_cell(axes, row: Mapping[str, Any] | None, shown: np.ndarray | None, caption: str | None) -> None:
    """One picture of a sheet with its caption, or the reason why there is none."""
    if shown is not None:
        axes.imshow(shown, interpolation="hanning")
    else:
        axes.text(0.5, 0.5, "" if row is None else row.get("status") or "", ha="center", va="center", color="0.4")
    if caption and row is not None and row.get(caption) is not None:
        value = row[caption]
        number = f"{value:.2f}" if isinstance(value, float) and 0.01 <= abs(value) < 100 else _named_value(value)
        axes.set_xlabel(f"{caption.replace('_', ' ')} {number}", fontsize=8)


def _label(name: str, value) -> str:
    """A value as a row or column is headed: words as they are, numbers with what they are of."""
    text = _named_value(value) if isinstance(value, str) else f"{name.replace('_', ' ')} {_named_value(value)}"
    return textwrap.fill(text, 18, max_lines=3, placeholder=" ...")


def _named_value(value) -> str:
    """A value in a label: a path is told by its name."""
    if isinstance(value, str) and "/" in value:
        value = Path(value).stem
    return f"{value:.3g}" if isinstance(value, float) else str(value).replace("_", " ")
