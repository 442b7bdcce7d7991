"""The named pictures as a student sees them: a selection by role and kind, a table, a contact sheet."""

import base64
import html
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from nst_utils.base.errors import PictureError
from nst_utils.images.arrays import as_image, checked_array
from nst_utils.images.opening import picture
from nst_utils.images.registry import Record, registry


def pictures(role: str | None = None, kind: str | None = None) -> "Pictures":
    """The registry: every named picture, or those of a role (content, style) or a kind.

    Kinds: natural, urban, drawn, painting, pattern.

    Examples
    --------
    >>> "harbor" in pictures(role="content").names
    True
    """
    records = tuple(registry().values())
    for field, wanted in (("role", role), ("kind", kind)):
        known = sorted({getattr(record, field) for record in registry().values()})
        if wanted is not None and wanted not in known:
            raise PictureError(f"{field} is {wanted!r}; choose one of {', '.join(known)}")
        records = tuple(record for record in records if wanted in (None, getattr(record, field)))
    return Pictures(records)


@dataclass(frozen=True, repr=False)
class Pictures(Sequence):
    """Records of named pictures, shown as a table and, in a notebook, as a contact sheet."""

    records: tuple[Record, ...]

    def __len__(self) -> int:
        return len(self.records)

    def __getitem__(self, index):
        return Pictures(self.records[index]) if isinstance(index, slice) else self.records[index]

    @property
    def names(self) -> list[str]:
        """The names, each one good for `picture`."""
        return [record.name for record in self.records]

    def rows(self) -> list[tuple[str, ...]]:
        """The table, its heading first."""
        heading = ("name", "role", "kind", "source", "license", "credit", "offline")
        return [heading] + [
            (r.name, r.role, r.kind, r.source, r.license, r.credit, "yes" if r.offline else "no") for r in self.records
        ]

    def __str__(self) -> str:
        rows = self.rows()
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
        )

    __repr__ = __str__

    def _repr_html_(self) -> str:
        heading, *rows = self.rows()
        head = "".join(f'<th scope="col">{cell}</th>' for cell in heading)
        body = "".join(f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        shown = [record.name for record in self.records if record.offline]
        if not shown:
            return table
        jpeg = io.BytesIO()
        as_image(self.sheet()).save(jpeg, "JPEG", quality=85)
        data = base64.b64encode(jpeg.getvalue()).decode()
        return f'{table}<img alt="Contact sheet: {", ".join(shown)}" src="data:image/jpeg;base64,{data}">'

    def sheet(self, columns: int = 6, size: int = 160) -> np.ndarray:
        """A contact sheet (h, w, 3) of the pictures that are available offline, names below, ``size`` pixels a cell."""
        shown = [record for record in self.records if record.offline]
        if not shown:
            raise PictureError("none of these pictures is available offline")
        columns = min(columns, len(shown))
        margin, letters = max(2, size // 20), max(9, size // 12)
        cell = size + 2 * margin
        rows = math.ceil(len(shown) / columns)
        sheet = Image.new("RGB", (columns * cell, rows * (cell + letters + margin)), "white")
        draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(letters)
        for position, record in enumerate(shown):
            row, column = divmod(position, columns)
            left, top = column * cell, row * (cell + letters + margin)
            thumbnail = as_image(picture(record.name, size))
            sheet.paste(thumbnail, (left + (cell - thumbnail.width) // 2, top + (cell - thumbnail.height) // 2))
            draw.text((left + cell // 2, top + size + margin), record.name, "black", font, anchor="ma")
        return checked_array(np.asarray(sheet))
