"""The table of the networks that there are, and of what needs no download."""

import html
import textwrap
from dataclasses import dataclass

from nst_utils.networks.catalog import CATALOG, FITTED, MINI
from nst_utils.networks.weights import MINI_WIDTH, OWN, imagenet_file, own_path


@dataclass(frozen=True)
class BackboneRow:
    """One line of `backbones`: a network in one width."""

    name: str
    width: float
    offline: tuple[str, ...]  # kinds of weights that need no download
    parameters: int
    megabytes: float  # of its weights as float32, in memory
    content_layers: tuple[str, ...]
    style_layers: tuple[str, ...]


class Backbones(tuple):
    """The networks of the course as a table; prints as text, shows as HTML in a notebook."""

    _HEAD = ("backbone", "width", "offline", "parameters", "MB", "content layers", "style layers")

    def _cells(self) -> list[tuple[str, ...]]:
        return [
            (
                row.name,
                f"{row.width:g}",
                " ".join(row.offline),
                f"{row.parameters / 1e6:.1f} M",
                f"{row.megabytes:.0f}",
                " ".join(row.content_layers) or "by stride",
                " ".join(row.style_layers) or "by stride",
            )
            for row in self
        ]

    def __str__(self) -> str:
        lines = [self._HEAD, *self._cells()]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        text = [
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
        ]
        return "\n".join([*text, *(line for note in _notes() for line in textwrap.wrap(note, 100))])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        def line(tag, cells):
            return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"

        body = "".join(line("td", cells) for cells in self._cells())
        notes = "".join(f"<p>{html.escape(note)}</p>" for note in _notes())
        return f"<table>{line('th', self._HEAD)}{body}</table>{notes}"


def _notes() -> tuple[str, str]:
    fitted, others = " and ".join(FITTED), ", ".join(name for name in MINI if name not in FITTED)
    unnamed = ", ".join(name for name, network in CATALOG.items() if not network.original)
    return (
        f"Mini: {fitted} are fitted to the originals, {others} is the one from scratch.",
        f"Also by name, in full width: {unnamed}",
    )


def backbones() -> Backbones:
    """The networks, the weights that are there without a download, and their default layers.

    Examples
    --------
    >>> [row.name for row in backbones() if row.width == 1]
    ['vgg16', 'vgg19', 'resnet50', 'inception_v3', 'efficientnet_b0']
    """
    forms = [
        (name, width, form)
        for name, network in CATALOG.items()
        for width, form in ((1.0, network.original), (MINI_WIDTH, network.mini))
        if form
    ]
    return Backbones(
        BackboneRow(
            name,
            width,
            _offline(name, width),
            form.parameters,
            form.parameters * 4 / 1e6,
            tuple(form.content_layers),
            tuple(form.style_layers),
        )
        for name, width, form in forms
    )


def _offline(name: str, width: float) -> tuple[str, ...]:
    """The kinds of weights that are there."""
    if width == 1:
        return ("imagenet", "random") if imagenet_file(name) else ("random",)
    return (*(kind for kind in OWN if own_path(name, kind).is_file()), "mini-random")
