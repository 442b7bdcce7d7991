"""Pictures from a web page, with their credits: whose they are stays beside what they show.

`collect` reads one page and keeps its pictures in a folder, with a manifest that says where each comes from. The page
and its server are strangers. So every request asks robots.txt first, waits its turn, goes to public addresses only and
is cut at limits of bytes and seconds; what arrives becomes a file only after it has come through the one door,
`picture`; and no name, path or text of the page is ever used as one of ours.
"""

import html
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from nst_utils.base.errors import DownloadError, PictureError, SettingError
from nst_utils.base.values import is_finite, is_whole
from nst_utils.images.addresses import tidy, whole_address
from nst_utils.images.arrays import MIN_SIDE
from nst_utils.images.download import MAX_DOWNLOAD
from nst_utils.web.folder import Collected, Folder
from nst_utils.web.page import Page, Refused, understood_page
from nst_utils.web.visitor import EnoughError, Visitor

if TYPE_CHECKING:
    import pandas


def collect(
    url: str,
    into: str | os.PathLike,
    limit: int = 20,
    *,
    smallest: int = 64,
    max_bytes: int = MAX_DOWNLOAD,
    total_bytes: int = 500_000_000,
    pause: float = 1.0,
    request_seconds: float = 30.0,
    total_seconds: float = 600.0,
    allow_private: bool = False,
    progress: bool = True,
) -> "Collection":
    """Gather the pictures that a web page shows or links to, and note where each comes from.

    Taken are images (the largest version that ``srcset`` and ``<picture>`` offer), the picture by which the page
    presents itself elsewhere (``og:image``), and links to pictures. The files get names of our own, and one
    that comes twice is kept once. ``manifest.json`` beside them says of each where it was found, what the page writes
    about it, and under which license the page stands, if it names one. Whether you may use a picture you still have to
    find out.

    Called again, it goes on: what is in the folder is not fetched a second time. Ctrl-C ends it, and the manifest is
    right for what has been saved by then.

    Parameters
    ----------
    url : str
        Address of the page, http or https. The site's robots.txt is respected.
    into : str or path
        Folder for the pictures and their manifest; made if it is not there. Several pages can share one.
    limit : int
        Most pictures to have from this page, those already in the folder included.
    smallest : int
        Pixels that each side must have at least; icons are smaller.
    max_bytes : int
        Most bytes of one picture.
    total_bytes : int
        Most bytes to download in all.
    pause : float
        Seconds between two requests to one host; more where its robots.txt asks for more.
    request_seconds : float
        Seconds after which one request is given up.
    total_seconds : float
        Seconds after which no more is fetched.
    allow_private : bool
        Whether addresses of this machine and of private networks may be visited, and proxies used.
    progress : bool
        Whether to show a progress bar.

    Returns
    -------
    Collection
        What was taken, and what was not with the reason.

    Raises
    ------
    DownloadError
        When the page cannot be had; `SettingError` for a wrong setting, `WriteError` when the folder cannot be
        written. A single picture that cannot be had is no error.

    Examples
    --------
    Not every page may be visited:

    >>> collect("http://127.0.0.1/gallery.html", into="found")
    Traceback (most recent call last):
    nst_utils.base.errors.DownloadError: http://127.0.0.1/gallery.html: 127.0.0.1 is not a public address; ...
    """
    whole = {"limit": (limit, 1), "smallest": (smallest, MIN_SIDE)}
    whole |= {"max_bytes": (max_bytes, 1), "total_bytes": (total_bytes, 1)}
    for name, (value, least) in whole.items():
        if not is_whole(value) or value < least:
            raise SettingError(f"{name} is {value!r}; it is a whole number, {least} or more.")
    seconds = {"pause": pause, "request_seconds": request_seconds, "total_seconds": total_seconds}
    for name, value in seconds.items():
        if not is_finite(value) or not 0 <= value <= threading.TIMEOUT_MAX:
            raise SettingError(f"{name} is {value!r}; it is a number of seconds, 0 or more.")
    if not isinstance(url, str):
        raise SettingError(f"url is {url!r}; give the address of a web page, as https://example.org/gallery.html.")
    folder = Folder(into)
    visitor = Visitor(max_bytes, total_bytes, pause, request_seconds, total_seconds, bool(allow_private))
    try:
        page = understood_page(*visitor.page(whole_address("", url)))
    except (DownloadError, EnoughError) as error:
        raise DownloadError(f"{tidy(url)}: {tidy(error)}") from error
    return _gathered(page, folder, visitor, limit, smallest, progress)


@dataclass(frozen=True, repr=False)
class Collection(Sequence):
    """The pictures of one page that are in the folder, in the order of the page, and what was not taken."""

    page: str
    folder: Path
    records: tuple[Collected, ...]
    refused: tuple[Refused, ...] = ()
    new: int = 0
    interrupted: bool = False

    def __len__(self) -> int:
        return len(self.records)

    def __getitem__(self, index):
        return replace(self, records=self.records[index]) if isinstance(index, slice) else self.records[index]

    @property
    def paths(self) -> list[Path]:
        """The files, each one good for `nst_utils.images.opening.picture`."""
        return [self.folder / record.file for record in self.records]

    @property
    def credits(self) -> "pandas.DataFrame":
        """The table of what was taken; ``credits.to_csv(path, index=False)`` writes it down."""
        import pandas

        rows = [(r.file, f"{r.width} x {r.height}", r.bytes, r.license, r.address, r.alt) for r in self.records]
        return pandas.DataFrame(rows, columns=["file", "pixels", "bytes", "license", "address", "alt"])

    def __str__(self) -> str:
        return "\n\n".join([self._summary(), *(table.to_string(index=False) for table in self._tables())])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        import pandas

        with pandas.option_context("display.max_colwidth", None):
            tables = [table.to_html(index=False, border=0) for table in self._tables()]
        return "".join([f"<p>{html.escape(self._summary())}</p>", *tables])

    def _tables(self) -> list["pandas.DataFrame"]:
        import pandas

        refused = [(refused.address, refused.reason) for refused in self.refused]
        tables = self.credits, pandas.DataFrame(refused, columns=["not taken", "reason"])
        return [table for table in tables if len(table)]

    def _summary(self) -> str:
        interrupted = "Interrupted; the same call goes on. " if self.interrupted else ""
        return (
            f"{interrupted}{len(self)} {'picture' if len(self) == 1 else 'pictures'} of {self.page} "
            f"in {self.folder}, {self.new} of them new; {len(self.refused)} not taken"
        )


def _gathered(page: Page, folder: Folder, visitor: Visitor, limit: int, smallest: int, progress: bool) -> Collection:
    """One candidate of a page after the other, until there are enough."""
    from tqdm import tqdm

    before, taken, refused, stopped = set(folder.records), [], list(page.refused), ""
    with tqdm(total=limit, disable=not progress, bar_format="{n} of at most {total} pictures, {elapsed} gone") as bar:
        for candidate in page.candidates:
            address = candidate.address
            if len(taken) == limit:
                stopped = stopped or f"the limit of {limit} is reached"
            try:
                if not stopped and address not in folder.origins():
                    folder.add(visitor.picture(address), smallest, candidate, page)
            except PictureError as error:
                refused.append(Refused(address, tidy(str(error).removeprefix("the bytes: "))))
                continue
            except EnoughError as enough:
                stopped = str(enough)
            except KeyboardInterrupt:
                stopped = "interrupted"
                folder.write_manifest()
            record = folder.origins().get(address)
            if record and record.file in taken:
                refused.append(Refused(address, f"the same picture as {record.file}"))
            elif record and len(taken) < limit:
                taken.append(record.file)
                bar.update()
            else:
                refused.append(Refused(address, f"not tried: {stopped}"))
    records = tuple(folder.records[file] for file in taken if file in folder.records)
    new = len(set(taken) - before)
    return Collection(page.url, folder.path, records, tuple(refused), new, interrupted=stopped == "interrupted")
