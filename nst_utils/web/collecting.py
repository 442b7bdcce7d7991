"""Pictures from a web page, with their credits: whose they are stays beside what they show.

Floor 5, beside the flow: `collect` reads one page and keeps its pictures in a folder, with a manifest that says where
each comes from. The page and its server are strangers. So every request asks robots.txt first, waits its turn, goes to
public addresses only and is cut at limits of bytes and seconds; what arrives becomes a file only after it has come
through the one door, `picture`; and no name, path or text of the page is ever used as one of ours.
"""

import html
import os
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from nst_utils.base.errors import DownloadError, PictureError, SettingError
from nst_utils.images.opening import MAX_DOWNLOAD
from nst_utils.study.tables import table_of
from nst_utils.web.folder import Collected, Shelf, seen
from nst_utils.web.page import Candidate, Page, Refused, tidy, understood_page, whole_address
from nst_utils.web.visitor import Bounds, EnoughError, Visitor

if TYPE_CHECKING:
    from pandas import DataFrame


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
    shelf = Shelf(into)
    visitor = Visitor(bounds)
    try:
        page = understood_page(*visitor.page(whole_address("", url)))
    except DownloadError as error:
        raise DownloadError(f"{tidy(url)}: {tidy(error)}") from error
    return _gathered(page, shelf, visitor, bounds, progress)


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
    def credits(self) -> "DataFrame":
        """The table of what was taken; ``credits.to_csv(path, index=False)`` writes it down."""
        return table_of(
            {
                "file": record.file,
                "pixels": f"{record.width} x {record.height}",
                "bytes": record.bytes,
                "license": record.license or None,
                "address": record.address,
                "alt": record.alt or None,
            }
            for record in self.records
        )

    def __str__(self) -> str:
        parts = [self._summary(), self.credits.to_string(index=False) if self.records else ""]
        if self.refused:
            parts.append(f"Not taken:\n{table_of(map(asdict, self.refused)).to_string(index=False)}")
        return "\n\n".join(filter(None, parts))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        told = f"<p>{html.escape(self._summary())}</p>"
        if self.records:
            told += self.credits.to_html(index=False)
        if self.refused:
            told += f"<p>Not taken:</p>{table_of(map(asdict, self.refused)).to_html(index=False)}"
        return told

    def _summary(self) -> str:
        interrupted = "Interrupted; the same call goes on. " if self.interrupted else ""
        return (
            f"{interrupted}{len(self)} {'picture' if len(self) == 1 else 'pictures'} of {self.page} "
            f"in {self.folder}, {self.new} of them new; {len(self.refused)} not taken"
        )


def _gathered(page: Page, shelf: Shelf, visitor: Visitor, bounds: Bounds, progress: bool) -> Collection:
    """Fetch one candidate after the other until there are enough."""
    from tqdm import tqdm

    before = set(shelf.records)
    waiting, taken, refused = deque(page.candidates), {}, list(page.refused)
    interrupted, why = False, f"the limit of {bounds.limit} is reached"
    bar = tqdm(total=bounds.limit, disable=not progress, bar_format="{n} of at most {total} pictures, {elapsed} gone")
    with bar:
        try:
            while waiting and len(taken) < bounds.limit:
                record = _fetched(waiting[0], page, shelf, visitor, bounds.smallest, taken, refused)
                waiting.popleft()
                if record:
                    taken[record.file] = record
                    bar.update()
        except KeyboardInterrupt:
            interrupted, why = True, "interrupted"
        except EnoughError as enough:
            why = str(enough)
        finally:
            shelf.write()  # drops what has no file: Ctrl-C may come between the record and the file
    for candidate in waiting:
        known = shelf.known(candidate.addresses)
        if known and known.file in taken:
            refused.append(Refused(candidate.addresses[0], f"the same picture as {known.file}"))
        elif known and len(taken) < bounds.limit:
            taken[known.file] = known
        else:
            refused.append(Refused(candidate.addresses[0], f"not tried: {why}"))
    records = tuple(shelf.records[file] for file in taken if file in shelf.records)
    new = sum(file not in before for file in taken)
    return Collection(page.url, shelf.folder, records, tuple(refused), new, interrupted)


def _fetched(
    candidate: Candidate, page: Page, shelf: Shelf, visitor: Visitor, smallest: int, taken: dict, refused: list
) -> Collected | None:
    """The record of a candidate, or None with the reason in ``refused``."""

    def once(record: Collected, address: str) -> Collected | None:
        if record.file not in taken:
            return record
        refused.append(Refused(address, f"the same picture as {record.file}"))
        return None

    if known := shelf.known(candidate.addresses):
        return once(known, candidate.addresses[0])
    for address in candidate.addresses:
        try:
            data = visitor.picture(address)
            look = seen(data, smallest)
        except EnoughError:
            raise
        except PictureError as error:
            refused.append(Refused(address, tidy(str(error).removeprefix("the bytes: "))))
            continue
        if twin := shelf.twin(look, address):
            return once(twin, address)
        return shelf.put(data, look, address, candidate, page)
    return None
