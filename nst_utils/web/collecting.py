"""Pictures from a web page, with their credits: whose they are stays beside what they show.

`collect` reads one page and keeps its pictures in a folder, with a manifest that says where each comes from. The page
and its server are strangers. So every request asks robots.txt first, waits its turn, goes to public addresses only and
is cut at limits of bytes and seconds; what arrives becomes a file only after it has come through the one door,
`picture`; and no name, path or text of the page is ever used as one of ours.
"""

import html
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from nst_utils.base.errors import DownloadError, PictureError, SettingError
from nst_utils.images.addresses import tidy, whole_address
from nst_utils.images.download import MAX_DOWNLOAD
from nst_utils.web.folder import Collected, Folder, seen
from nst_utils.web.page import Candidate, Page, Refused, understood_page
from nst_utils.web.visitor import Bounds, EnoughError, Visitor

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
    presents itself elsewhere (``og:image``), and links to pictures. The files get names of our own, and the same
    picture is kept once. ``manifest.json`` beside them says of each where it was found, what the page writes about it,
    and under which license the page stands, if it names one. Whether you may use a picture you still have to find out.

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
        When the page cannot be had; `SettingError` for a wrong setting, `PictureError` when the folder cannot be
        written. A single picture that cannot be had is no error.

    Examples
    --------
    Not every page may be visited:

    >>> collect("http://127.0.0.1/gallery.html", into="found")
    Traceback (most recent call last):
    nst_utils.base.errors.DownloadError: http://127.0.0.1/gallery.html: 127.0.0.1 is not a public address; ...
    """
    bounds = Bounds(limit, smallest, max_bytes, total_bytes, pause, request_seconds, total_seconds, bool(allow_private))
    if not isinstance(url, str):
        raise SettingError(f"url is {url!r}; give the address of a web page, as https://example.org/gallery.html.")
    folder = Folder(into)
    visitor = Visitor(bounds)
    try:
        at, (body, kind) = visitor.page(whole_address("", url))
        page = understood_page(at, body, kind)
    except (DownloadError, EnoughError) as error:
        raise DownloadError(f"{tidy(url)}: {tidy(error)}") from error
    return _Gathering(page, folder, visitor, bounds).collection(progress)


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
        told = [table.to_string(index=False) for table in self._tables()]
        return "\n\n".join([self._summary(), *told])

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


class _Gathering:
    """One candidate of a page after the other, until there are enough."""

    def __init__(self, page: Page, folder: Folder, visitor: Visitor, bounds: Bounds):
        self.page, self.folder, self.visitor, self.bounds = page, folder, visitor, bounds
        self.taken: dict[str, None] = {}  # the files, in the order of the page
        self.refused = list(page.refused)

    def collection(self, progress: bool) -> Collection:
        from tqdm import tqdm

        before, waiting = set(self.folder.records), self.page.candidates[::-1]
        interrupted, why = False, f"the limit of {self.bounds.limit} is reached"
        told = "{n} of at most {total} pictures, {elapsed} gone"
        with tqdm(total=self.bounds.limit, disable=not progress, bar_format=told) as bar:
            try:
                while waiting and len(self.taken) < self.bounds.limit:
                    self.try_to_take(waiting[-1])
                    waiting.pop()
                    bar.update(len(self.taken) - bar.n)
            except KeyboardInterrupt:
                interrupted, why = True, "interrupted"
            except EnoughError as enough:
                why = str(enough)
            finally:
                self.folder.write()  # drops what has no file: Ctrl-C may come between the record and the file
        for candidate in reversed(waiting):
            known = self.folder.known(candidate.addresses)
            if known and (known.file in self.taken or len(self.taken) < self.bounds.limit):
                self.take(known, candidate.addresses[0])
            else:
                self.refuse(candidate.addresses[0], f"not tried: {why}")
        files = [file for file in self.taken if file in self.folder.records]
        records = tuple(self.folder.records[file] for file in files)
        new = sum(file not in before for file in files)
        return Collection(self.page.url, self.folder.path, records, tuple(self.refused), new, interrupted)

    def try_to_take(self, candidate: Candidate) -> None:
        """Take a candidate from the folder, or from the first of its addresses that has a picture."""
        if known := self.folder.known(candidate.addresses):
            self.take(known, candidate.addresses[0])
            return
        for address in candidate.addresses:
            try:
                data = self.visitor.picture(address)
                look = seen(data, self.bounds.smallest)
            except PictureError as error:
                self.refuse(address, tidy(str(error).removeprefix("the bytes: ")))
                continue
            twin = self.folder.twin(look, address)
            self.take(twin or self.folder.put(data, look, address, candidate, self.page), address)
            return

    def take(self, record: Collected, address: str) -> None:
        if record.file in self.taken:
            self.refuse(address, f"the same picture as {record.file}")
        self.taken[record.file] = None

    def refuse(self, address: str, reason: str) -> None:
        self.refused.append(Refused(address, reason))
