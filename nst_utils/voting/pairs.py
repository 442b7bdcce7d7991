"""What people vote on: pairs of a content and a style, each painted by several methods.

One form, however the paintings are handed in: a mapping, a folder, or the table of a sweep.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from nst_utils.base.errors import PictureError, SettingError
from nst_utils.base.values import shown
from nst_utils.engine.result import Result
from nst_utils.engine.settings import SETTINGS
from nst_utils.images.opening import picture
from nst_utils.images.saving import SAVE_OPTIONS
from nst_utils.study.grid import saved
from nst_utils.study.tables import rows_of

REFERENCES = ("content", "style")  # what the paintings are of; no method can be called so
LONGEST = 200  # letters of a name


@dataclass(frozen=True)
class Pair:
    """Paintings of one content in one style.

    Attributes
    ----------
    paintings : mapping of a method's name to anything `picture` takes
    references : the "content" and the "style", as far as they are known
    """

    paintings: Mapping[str, Any]
    references: Mapping[str, Any] = field(default_factory=dict)

    def painting(self, method: str) -> np.ndarray:
        """What a method has painted."""
        return picture(self.paintings[method])

    def reference(self, kind: str) -> np.ndarray:
        """The content or the style."""
        return picture(self.references[kind])


def pairs_of(pictures) -> dict[str, Pair]:
    """The pairs in a mapping, a folder or the table of a sweep, by name.

    Parameters
    ----------
    pictures : mapping, path or pandas.DataFrame
        A mapping of a pair's name to a mapping of a method's name to its painting (a `Result`, or anything `picture`
        takes); two more names, "content" and "style", are the pictures that the paintings are of, and a `Result` brings
        them along. Or a folder with files PAIR/METHOD.png, PAIR/content.png and PAIR/style.png. Or what `sweep` gives,
        or its folder: a method is what tells the runs of one pair and one seed apart.

    Examples
    --------
    >>> gray = np.full((8, 8, 3), 0.5)
    >>> pairs = pairs_of({"harbor in swirls": {"vgg16": gray, "vgg19": gray, "style": "swirls"}})
    >>> [*pairs["harbor in swirls"].paintings], [*pairs["harbor in swirls"].references]
    (['vgg16', 'vgg19'], ['style'])
    """
    if isinstance(pictures, str | os.PathLike):
        pictures = _in_folder(Path(pictures))
    elif hasattr(pictures, "columns"):
        pictures = _in_table(pictures)
    if not isinstance(pictures, Mapping) or not all(isinstance(one, Mapping) for one in pictures.values()):
        raise SettingError(
            f"pictures is {shown(pictures)}; give a mapping of each pair to its paintings by method, as "
            '{"harbor in swirls": {"vgg16": painting, "vgg19": other}}, a folder, or the table of a sweep.'
        )
    pairs = {_named(name): _pair(name, inside) for name, inside in pictures.items()}
    if not any(len(pair.paintings) > 1 for pair in pairs.values()):
        raise SettingError("pictures has no pair with two paintings; there is nothing to choose between.")
    return pairs


def measures_of(table, *columns: str) -> dict[str, dict[tuple[str, str], float]]:
    """What a sweep has measured of each painting, as `rank` takes it.

    Parameters
    ----------
    table : pandas.DataFrame
        What `sweep` gives, as it was voted on.
    *columns : str
        Measures that are better when larger; with a minus sign before the name, when smaller.

    Examples
    --------
    >>> from nst_utils.study.tables import table_of
    >>> row = {"content": "harbor", "style": "swirls", "backbone": "vgg19", "picture": "harbor.png", "distance": 0.25}
    >>> measures_of(table_of([row]), "-distance")
    {'-distance': {('harbor in swirls', 'vgg19'): -0.25}}
    """
    runs = _runs_by_painting(table)
    found = {}
    for column in columns:
        name = column.removeprefix("-")
        if name not in table.columns:
            raise SettingError(f"There is no column {name!r}; the columns are {', '.join(table.columns)}.")
        sign = -1 if column != name else 1
        found[column] = {painting: sign * row[name] for painting, row in runs.items() if row[name] is not None}
    return found


def open_all(pairs: Mapping[str, Pair], kind: str | None) -> None:
    """Open everything that will be shown, so that what cannot be is told before anybody votes."""
    for name, pair in pairs.items():
        for method in pair.paintings:
            pair.painting(method)
        if kind is not None and kind not in pair.references:
            raise SettingError(
                f"{name} has no {kind} to show above its paintings; give one beside them: "
                f'pictures["{name}"]["{kind}"], or the file {name}/{kind}.png.'
            )
        if kind is not None:
            pair.reference(kind)


def _pair(name: str, inside: Mapping[str, Any]) -> Pair:
    found, paintings = {}, {}
    for method, given in inside.items():
        (found if method in REFERENCES else paintings)[_named(method)] = given
    for method, given in paintings.items():
        if isinstance(given, Result):
            paintings[method] = given.picture
            found = {"content": given.content, "style": given.style, **found}
    return Pair(paintings, found)


def _named(name: Any) -> str:
    """A name that fits into one cell of one line."""
    if not isinstance(name, str) or not name.isprintable() or not name.strip() or len(name) > LONGEST:
        raise SettingError(
            f"A pair or a method is called {shown(name)}; give it a name of letters, on one line, at most {LONGEST}."
        )
    return name


# Folders and tables


def _in_folder(folder: Path) -> dict[str, dict]:
    if not folder.is_dir():
        raise PictureError(f"{folder} is no folder; give one with files PAIR/METHOD.png, or the folder of a sweep.")
    if (folder / "runs").is_dir():
        return _in_table(saved(folder))
    found = {
        inside.name: {
            path.stem: path
            for path in sorted(inside.iterdir())
            if path.suffix.lower() in SAVE_OPTIONS and not path.name.startswith(".")
        }
        for inside in sorted(folder.iterdir())
        if inside.is_dir() and not inside.name.startswith(".")
    }
    found = {name: paintings for name, paintings in found.items() if paintings}
    if not found:
        raise PictureError(f"{folder} holds no files PAIR/METHOD.png, such as harbor_in_swirls/vgg19.png.")
    return found


def _in_table(table) -> dict[str, dict]:
    """The paintings of a sweep: pairs are contents, styles and seeds, methods what else its settings say."""
    found: dict[str, dict] = {}
    for (name, method), row in _runs_by_painting(table).items():
        found.setdefault(name, _openable(row))[method] = row["picture"]
    return found


def _runs_by_painting(table) -> dict[tuple[str, str], dict]:
    """The rows of a sweep by what pair and method they are called in a vote."""
    missing = [name for name in ("content", "style", "picture") if name not in table.columns]
    if missing:
        raise SettingError(f"The table lacks {', '.join(missing)}; give one as nst.sweep makes it.")
    rows = [row for row in rows_of(table) if row.get("status", "done") == "done" and row["picture"] is not None]
    seeds = len({row.get("seed") for row in rows})
    told_by = _telling_columns(rows)
    found: dict[tuple[str, str], dict] = {}
    for row in rows:
        seed = f", seed {row['seed']}" if seeds > 1 else ""
        pair = f"{_short(row['content'])} in {_short(row['style'])}{seed}"
        said = ", ".join(f"{column} {row[column]}" if column != "backbone" else row[column] for column in told_by)
        painting = pair, said or row.get("backbone", "painting")
        if painting in found:
            raise SettingError(f"{pair} was painted twice by {painting[1]}; take a part of the table.")
        found[painting] = row
    return found


def _telling_columns(rows: list[dict]) -> list[str]:
    """As few settings as tell the runs of a pair and a seed apart."""
    columns = [name for name in SETTINGS if name != "seed" and rows and name in rows[0]]
    # First the network, last the layers: what follows from another setting tells nothing more.
    columns.sort(key=lambda name: (name != "backbone", isinstance(rows[0][name], list)))
    chosen: list[str] = []

    def kinds(names: list[str]) -> int:
        return len({tuple(str(row[name]) for name in ("content", "style", *names)) for row in rows})

    for column in columns:
        if kinds([*chosen, column]) > kinds(chosen):
            chosen.append(column)
    return [name for name in chosen if kinds([one for one in chosen if one != name]) < kinds(chosen)]


def _openable(row: dict) -> dict[str, Any]:
    """The pictures that a row names, if they can be had by these names; a sweep may have called them otherwise."""
    found = {}
    for kind in REFERENCES:
        try:
            picture(row[kind])
        except PictureError:
            continue
        found[kind] = row[kind]
    return found


def _short(name: str) -> str:
    """A path or an address as a part of a name."""
    return Path(name).stem.replace("_", " ")
