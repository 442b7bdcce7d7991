"""Pictures from a web page, with their credits: whose they are stays beside what they show.

Floor 5, beside the flow: `collect` reads one page and keeps its pictures in a folder, with a manifest that says where
each comes from. The page and its server are strangers. So every request asks robots.txt first, waits its turn, goes to
public addresses only and is cut at limits of bytes and seconds; what arrives becomes a file only after it has come
through the one door, `nst_utils.pictures.picture`; and no name, path or text of the page is ever used as one of ours.
"""

import codecs
import contextlib
import hashlib
import html
import html.parser
import io
import ipaddress
import itertools
import json
import math
import os
import re
import socket
import sys
import threading
import time
import types
import urllib.parse
import urllib.robotparser
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from numbers import Integral, Real
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from nst_utils.errors import DownloadError, NSTError, PictureError, SettingError
from nst_utils.pictures import (
    _USER_AGENT,
    CONNECT_SECONDS,
    MAX_DOWNLOAD,
    MIN_SIDE,
    _body,
    _formats,
    _reason,
    picture,
)
from nst_utils.storage import written_whole
from nst_utils.tables import Table

MANIFEST = "manifest.json"
MAX_PAGE = 4_000_000  # bytes of a page that are read
MAX_TAGS = 100_000  # of a page that are looked at: Beautiful Soup takes a kilobyte for each
MAX_ADDRESSES = 1000  # of pictures on one page
MAX_ROBOTS = 512_000  # bytes; RFC 9309 asks for at least 500 KiB
MAX_REDIRECTS = 5
MAX_LETTERS = 300  # of a text that a page writes about a picture
MAX_ADDRESS = 4000  # letters

PRESENTING = ("og:image", "og:image:url", "og:image:secure_url")  # the Open Graph protocol
AGENT = _USER_AGENT.split()[0]  # the name by which robots.txt knows us
ENDINGS = {
    "PNG": ".png",
    "JPEG": ".jpg",
    "MPO": ".jpg",  # what Pillow calls a JPEG of some cameras, which holds a second picture
    "WEBP": ".webp",
    "GIF": ".gif",
    "TIFF": ".tif",
    "BMP": ".bmp",
    "PPM": ".ppm",
    "AVIF": ".avif",
    "JPEG2000": ".jp2",
}

_NEAR = 50  # tags around an image that are searched for what belongs to it
_PIECE = 1 << 16  # letters of a page that are counted at a time
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: the last 32 bits are the real, older address
_PROTOCOLS = ipaddress.ip_network("192.0.0.0/24")  # not global (RFC 6890), which Python knows in part


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
    nst_utils.errors.DownloadError: http://127.0.0.1/gallery.html: 127.0.0.1 is not a public address; ...
    """
    bounds = _Bounds(
        limit, smallest, max_bytes, total_bytes, pause, request_seconds, total_seconds, bool(allow_private)
    )
    if not isinstance(url, str):
        raise SettingError(f"url is {url!r}; give the address of a web page, as https://example.org/gallery.html.")
    shelf = _Shelf(into)
    visitor = _Visitor(bounds)
    try:
        page = _understood(*visitor.page(_address("", url)))
    except DownloadError as error:
        raise DownloadError(f"{_tidy(url)}: {_tidy(error)}") from error
    return _gathered(page, shelf, visitor, bounds, progress)


@dataclass(frozen=True)
class _Bounds:
    """The limits of one call, checked."""

    limit: int
    smallest: int
    max_bytes: int
    total_bytes: int
    pause: float
    request_seconds: float
    total_seconds: float
    allow_private: bool

    def __post_init__(self):
        for name, least in {"limit": 1, "smallest": MIN_SIDE, "max_bytes": 1, "total_bytes": 1}.items():
            value = getattr(self, name)
            if not isinstance(value, Integral) or isinstance(value, bool) or value < least:
                raise SettingError(f"{name} is {value!r}; it is a whole number, {least} or more.")
        for name in ("pause", "request_seconds", "total_seconds"):
            value = getattr(self, name)
            if not isinstance(value, Real) or isinstance(value, bool) or not 0 <= value <= threading.TIMEOUT_MAX:
                raise SettingError(f"{name} is {value!r}; it is a number of seconds, 0 or more.")
            if value == 0 and name != "pause":
                raise SettingError(f"{name} is 0; nothing could be fetched.")


# --- What was collected -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Collected:
    """One picture in the folder, as the manifest has it.

    ``license`` is the link that the *page* names, ``also`` holds further addresses of the same picture, and ``pixels``
    is the SHA-256 of what it shows, whatever the format of the file.
    """

    file: str
    address: str
    page: str
    page_title: str
    alt: str
    title: str
    license: str
    width: int
    height: int
    bytes: int
    sha256: str
    pixels: str
    collected: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refused:
    """An address that gave no picture, and why."""

    address: str
    reason: str


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
        """The files, each one good for `nst_utils.pictures.picture`."""
        return [self.folder / record.file for record in self.records]

    @property
    def credits(self) -> Table:
        """The table of what was taken; ``credits.to_csv(path)`` writes it down."""
        return Table(
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
        parts = [self._summary(), str(self.credits) if self.records else ""]
        if self.refused:
            parts.append(f"Not taken:\n{Table(map(asdict, self.refused))}")
        return "\n\n".join(filter(None, parts))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        told = f"<p>{html.escape(self._summary())}</p>"
        if self.records:
            told += self.credits._repr_html_()
        if self.refused:
            told += f"<p>Not taken:</p>{Table(map(asdict, self.refused))._repr_html_()}"
        return told

    def _summary(self) -> str:
        interrupted = "Interrupted; the same call goes on. " if self.interrupted else ""
        return (
            f"{interrupted}{len(self)} {'picture' if len(self) == 1 else 'pictures'} of {self.page} "
            f"in {self.folder}, {self.new} of them new; {len(self.refused)} not taken"
        )


def _tidy(text: Any) -> str:
    """Text of a stranger on one line: no control characters, no changes of direction, of bounded length."""
    start = str(text)[: 10 * MAX_LETTERS]
    printable = (letter if letter.isprintable() or letter in "\u200c\u200d" else " " for letter in start)
    return " ".join("".join(printable).split())[:MAX_LETTERS]


# --- From a page to files ---------------------------------------------------------------------------------------------


class _Candidate(NamedTuple):
    """A picture that a page offers: at the first of the addresses that has it."""

    addresses: tuple[str, ...]
    alt: str
    title: str


class _Page(NamedTuple):
    url: str
    title: str
    license: str
    candidates: list[_Candidate]
    refused: list[Refused]


class _Look(NamedTuple):
    """What a picture is, beyond its bytes."""

    ending: str
    width: int
    height: int
    sha256: str
    pixels: str


def _gathered(page: _Page, shelf: "_Shelf", visitor: "_Visitor", bounds: _Bounds, progress: bool) -> Collection:
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
        except _EnoughError as enough:
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
    candidate: _Candidate, page: _Page, shelf: "_Shelf", visitor: "_Visitor", smallest: int, taken: dict, refused: list
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
            look = _seen(data, smallest)
        except _EnoughError:
            raise
        except PictureError as error:
            refused.append(Refused(address, _tidy(str(error).removeprefix("the bytes: "))))
            continue
        if twin := shelf.twin(look, address):
            return once(twin, address)
        return shelf.put(data, look, address, candidate, page)
    return None


def _seen(data: bytes, smallest: int) -> _Look:
    """What the bytes show, if they come through the one door."""
    shown = picture(data)
    height, width = shown.shape[:2]
    if min(height, width) < smallest:
        raise PictureError(f"{width} x {height} pixels; each side needs at least {smallest} (smallest)")
    with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(data), formats=_formats()) as image:
        ending = ENDINGS[image.format]
    digest = hashlib.sha256(f"{width} x {height}".encode())
    for top in range(0, height, 256):  # in strips: large pictures as bytes beside their floats would need memory
        digest.update(np.rint(shown[top : top + 256] * 255).astype(np.uint8).tobytes())
    return _Look(ending, width, height, hashlib.sha256(data).hexdigest(), digest.hexdigest())


class _Shelf:
    """The folder and its manifest."""

    def __init__(self, into: str | os.PathLike):
        if not isinstance(into, str | os.PathLike) or not str(into):
            raise SettingError(f"into is {into!r}; give the folder in which to keep the pictures.")
        self.folder = Path(into).expanduser()
        there = next(path for path in (self.folder, *self.folder.absolute().parents) if path.exists())
        if not there.is_dir() or not os.access(there, os.W_OK):
            raise SettingError(f"into is {self.folder}; nothing can be written into {there}. Choose another folder.")
        self.records: dict[str, Collected] = {}
        self._by_address: dict[str, str] = {}
        self._changed = False
        for record in self._read():
            if self._sound(record):
                self._enter(record)

    def _read(self) -> list[Collected]:
        path = self.folder / MANIFEST
        if not path.exists():
            return []
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            return [_record(entry) for entry in content["pictures"]]
        except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise SettingError(
                f"{path} is not a manifest that nst.collect wrote ({_reason(error)}). Move it away, or choose another "
                "folder with into."
            ) from error

    def _sound(self, record: Collected) -> bool:
        """Whether a record's file is one of ours and still the same; a manifest from elsewhere may name anything."""
        if not re.fullmatch(r"[0-9a-f]{12,64}\.[a-z0-9]{3,4}", record.file):
            return False
        path = self.folder / record.file
        return path.is_file() and path.stat().st_size == record.bytes and _sha256(path) == record.sha256

    def _enter(self, record: Collected) -> None:
        self.records[record.file] = record
        self._by_address |= dict.fromkeys((record.address, *record.also), record.file)

    def known(self, addresses: Iterable[str]) -> Collected | None:
        """The picture that came from one of the addresses before."""
        files = (self._by_address.get(address) for address in addresses)
        return next((self.records[file] for file in files if file in self.records), None)

    def twin(self, look: _Look, address: str) -> Collected | None:
        """The picture with the same bytes or the same pixels; ``address`` is noted with it."""
        for record in self.records.values():
            if look.sha256 == record.sha256 or look.pixels == record.pixels:
                self._enter(replace(record, also=(*record.also, address)))
                self._changed = True
                return self.records[record.file]
        return None

    def put(self, data: bytes, look: _Look, address: str, candidate: _Candidate, page: _Page) -> Collected:
        """Save a picture and its record."""
        record = Collected(
            file=self._free_name(look),
            address=address,
            page=page.url,
            page_title=page.title,
            alt=candidate.alt,
            title=candidate.title,
            license=page.license,
            width=look.width,
            height=look.height,
            bytes=len(data),
            sha256=look.sha256,
            pixels=look.pixels,
            collected=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        self._enter(record)
        self._changed = True
        with self._writing(), written_whole(self.folder / record.file) as beside:
            beside.write_bytes(data)
        self.write()
        return record

    def _free_name(self, look: _Look) -> str:
        """A name made from the bytes, so that nothing else is ever overwritten by it."""
        for letters in (12, 24, 64):
            path = self.folder / f"{look.sha256[:letters]}{look.ending}"
            if not os.path.lexists(path) or (path.is_file() and _sha256(path) == look.sha256):
                return path.name
        raise PictureError(
            f"{self.folder}: other files have the names of this picture. Choose another folder with into"
        )

    def write(self) -> None:
        """Write the manifest, if it has changed, for the files that are there."""
        if not self._changed:
            return
        self.records = {file: record for file, record in self.records.items() if (self.folder / file).is_file()}
        content = {
            "about": "Pictures gathered by nst.collect. A license is the one their page names: check it before use.",
            "pictures": [asdict(record) for record in self.records.values()],
        }
        with self._writing(), written_whole(self.folder / MANIFEST) as beside:
            beside.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        self._changed = False

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise PictureError(
                f"{self.folder}: cannot be written: {_reason(error)}. Choose another folder with into"
            ) from error


def _record(entry: dict) -> Collected:
    """The record in an entry of a manifest, if each value is of its kind."""
    record = Collected(**entry)
    for name, kind in Collected.__annotations__.items():
        value = getattr(record, name)
        if type(value) is not (list if name == "also" else kind):
            raise TypeError(f"{name} is {value!r:.80}")
    if not all(isinstance(address, str) for address in record.also):
        raise TypeError(f"also is {record.also!r:.80}")
    return replace(record, also=tuple(record.also))


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# --- Reading a page ---------------------------------------------------------------------------------------------------


def _understood(url: str, text: str, whole: bool) -> _Page:
    """What a page offers, in the order of the page."""
    soup, all_tags = _soup(text)
    base = url
    if told := soup.find("base", href=True):
        with contextlib.suppress(DownloadError):
            base = _address(url, told["href"])
    candidates, refused = {}, []
    if not (whole and all_tags):
        refused.append(Refused(url, f"only its beginning was read: {MAX_PAGE:,} bytes, or {MAX_TAGS:,} tags"))
    offers = _offers(soup)
    for addresses, alt, title in itertools.islice(offers, MAX_ADDRESSES):
        good = []
        for address in addresses:
            try:
                good.append(_address(base, address))
                if good[-1] == url:
                    raise DownloadError("this is the page itself")
            except DownloadError as error:
                refused.append(Refused(_tidy(address), _tidy(error)))
        good = [address for address in dict.fromkeys(good) if address != url]
        if good:  # of the same picture twice, the first that is described
            candidate = _Candidate(tuple(good), _tidy(alt), _tidy(title))
            known = candidates.get(good[0], candidate)
            candidates[good[0]] = known._replace(alt=known.alt or candidate.alt, title=known.title or candidate.title)
    if next(offers, None):
        refused.append(Refused(url, f"only its first {MAX_ADDRESSES:,} pictures were looked at"))
    named = soup.find("title")
    title = _words(_inside(named)) if named else ""
    return _Page(url, _tidy(title), _license(soup, base), list(candidates.values()), list(dict.fromkeys(refused)))


def _soup(text: str) -> tuple[Any, bool]:
    """The tags of a page that matter here, and whether they are all."""
    import bs4

    sound, whole = _sound_part(text)
    named = bs4.SoupStrainer(["title", "base", "meta", "link", "picture", "source", "img", "a"])
    try:
        with warnings.catch_warnings(action="ignore"):
            return bs4.BeautifulSoup(sound, "html.parser", parse_only=named), whole
    except Exception as error:  # html.parser has no family of errors
        raise DownloadError(f"cannot be read as HTML: {_reason(error)}") from error


def _offers(soup: Any) -> Iterator[tuple[list[str], str, str]]:
    """Addresses, alternative text and title of whatever may be a picture; data: addresses are left out."""
    described = soup.find("meta", attrs={"property": "og:image:alt"})
    for tag in soup.find_all(["meta", "img", "a"]):
        if tag.name == "meta":
            kind = str(tag.get("property") or tag.get("name") or "").lower()
            addresses = [tag.get("content")] if kind in PRESENTING else []
            alt = described.get("content", "") if described else ""
        elif tag.name == "img":
            around = (parent for parent in itertools.islice(tag.parents, _NEAR) if _links_to_picture(parent))
            addresses = [*(parent["href"] for parent in itertools.islice(around, 1)), _largest(tag)]
            alt = tag.get("alt", "")
        else:
            inside = _inside(tag) if _links_to_picture(tag) else []
            alone = not any(node.name == "img" for node in inside)  # else the image offers what the link leads to
            addresses = [tag["href"]] if _links_to_picture(tag) and alone else []
            alt = _words(inside)
        addresses = [address for address in addresses if address and address.strip() and not _is_data(address)]
        if addresses:
            yield addresses, alt, tag.get("title", "")


def _inside(tag: Any) -> list[Any]:
    """The first nodes inside a tag; Beautiful Soup's own walk looks for the last one before it starts."""
    found, waiting = [], tag.contents[:_NEAR][::-1]
    while waiting and len(found) < _NEAR:
        node = waiting.pop()
        found.append(node)
        waiting += getattr(node, "contents", [])[:_NEAR][::-1]
    return found


def _words(nodes: Iterable[Any]) -> str:
    """What is to be read of some nodes; comments are not."""
    import bs4

    return " ".join(node for node in nodes if type(node) is bs4.NavigableString)


def _links_to_picture(tag: Any) -> bool:
    if tag.name != "a":
        return False
    path = str(tag.get("href", "")).partition("#")[0].partition("?")[0].lower()
    # A colon in the name: the page about a file in MediaWiki (File:Sea.jpg) ends like the file
    return path.endswith((*ENDINGS.values(), ".jpeg", ".tiff")) and ":" not in path.rpartition("/")[2]


def _is_data(address: str) -> bool:
    return address.strip().lower().startswith("data:")


def _largest(image: Any) -> str:
    """The address of the largest version that an ``<img>`` and the ``<picture>`` around it offer.

    One with a width (``800w``) counts as larger than one with a density (``2x``), ``src`` as of density 1. Pages that
    load images late have the addresses in ``data-src`` and ``data-srcset``.
    """
    readable = {Image.MIME.get(name) for name in _formats()}
    around = (parent for parent in itertools.islice(image.parents, _NEAR) if parent.name == "picture")
    inside = itertools.chain.from_iterable(map(_inside, around))
    sources = [node for node in inside if node.name == "source" and node.get("type", "image/png") in readable]
    texts = [tag.get(name, "") for tag in [*sources, image] for name in ("srcset", "data-srcset")]
    offers = [offer for text in texts for offer in _srcset(text)]
    offers += [(image.get(name, ""), 0, 1.0) for name in ("src", "data-src")]
    offers = [offer for offer in offers if offer[0] and not _is_data(offer[0])]
    return max(offers, key=lambda offer: offer[1:], default=("",))[0]


def _srcset(text: str) -> list[tuple[str, int, float]]:
    """Address, width and density of each version; a comma inside an address does not end it (HTML standard, 4.8.4.2.1).

    Examples
    --------
    >>> _srcset("small.jpg 320w, w_800,h_600/large.jpg 800w, plain.jpg, sharp.jpg 2x")
    [('small.jpg', 320, 1.0), ('w_800,h_600/large.jpg', 800, 1.0), ('plain.jpg', 0, 1.0), ('sharp.jpg', 0, 2.0)]
    """
    start, rest = re.compile(r"[\s,]*([^\s,]\S*)"), re.compile(r"[^,]*")
    offers, at = [], 0
    while found := start.match(text, at):
        address, at, told = found[1], found.end(), ""
        if not address.endswith(","):
            told = rest.match(text, at)[0]
            at += len(told)
        width = re.search(r"(?:^|\s)(\d{1,9})w(?!\S)", told)
        density = re.search(r"(?:^|\s)(\d{0,6}\.?\d{1,9})x(?!\S)", told)
        offers.append((address.rstrip(","), int(width[1]) if width else 0, float(density[1]) if density else 1.0))
    return offers


def _license(soup: Any, base: str) -> str:
    """The license that a page names: a link marked so (``rel="license"``), or one to Creative Commons."""
    links = [tag for tag in soup.find_all(["a", "link"]) if tag.get("href")]
    marked = [tag["href"] for tag in links if "license" in (tag.get("rel") or ())]
    common = (
        tag["href"] for tag in links if re.search(r"creativecommons\.org/(licenses|publicdomain)/", tag["href"][:200])
    )
    for link in [*marked[:_NEAR], *itertools.islice(common, 1)]:
        with contextlib.suppress(DownloadError):
            return _address(base, link)
    return ""


def _address(base: str, text: str) -> str:
    """The whole address, in the one form by which addresses are compared, if it is one that may be visited."""
    import requests

    text = text.strip()
    if len(text) > MAX_ADDRESS:
        raise DownloadError(f"an address of {len(text):,} letters is not visited")
    try:
        joined = urllib.parse.urldefrag(urllib.parse.urljoin(base, text)).url
        parts = urllib.parse.urlsplit(joined)
        if parts.scheme not in ("http", "https"):
            raise DownloadError("only http and https addresses are visited")
        if parts.username is not None or parts.password is not None:
            raise DownloadError("an address with a user name in it is not visited")
        address = requests.Request("GET", joined).prepare().url
        if not urllib.parse.urlsplit(address).hostname:
            raise DownloadError("the address names no host")
        parts.port  # noqa: B018 raises for one that is no number
    except (ValueError, requests.exceptions.RequestException) as error:
        raise DownloadError(f"not an address: {_reason(error)}") from error
    return address


class _Counter(html.parser.HTMLParser):
    """Counts the tags of what it is fed."""

    def __init__(self):
        super().__init__(convert_charrefs=False)
        self.tags = 0

    def handle_starttag(self, tag, attributes):
        self.tags += 1


def _sound_part(text: str) -> tuple[str, bool]:
    """A page without what html.parser cannot bear, and whether that holds all its tags.

    An end that never becomes a tag goes, as in a browser: the parser of many a Python tries it again from each "<" in
    it, and 50 KB can take minutes. A declaration or a character number that nobody knows would cost the whole page.
    """
    text = re.sub(r"<!(?!--|doctype\b)|&#(?=\w{8})", " ", text, flags=re.IGNORECASE)
    counter, fed = _Counter(), 0
    while fed < len(text) and counter.tags <= MAX_TAGS:
        piece = text[fed : fed + max(_PIECE, len(counter.rawdata))]  # what is unfinished is read again: not too often
        counter.feed(piece)
        fed += len(piece)
    return text[: fed - len(counter.rawdata)], fed == len(text)


def _decoded(body: bytes, content_type: str) -> str:
    """The text of a page. UTF-8 proves itself, so it is tried before what server and page claim."""
    from bs4.dammit import EncodingDetector

    body, marked = EncodingDetector.strip_byte_order_mark(body)
    told = re.search(r"charset=[\"']?([\w.:-]+)", content_type, re.IGNORECASE)
    told = told[1] if told else None
    written = EncodingDetector.find_declared_encoding(body[:4096], is_html=True, search_entire_document=False)
    tried = [marked, told, "utf-8"] if b"\0" in body[:64] else [marked, "utf-8", told, written]
    for name in filter(None, tried):
        with contextlib.suppress(LookupError, ValueError):
            codec = codecs.lookup(name)  # some of Python's codecs are no encodings of text, or take forever
            if re.match(r"utf-(8|16|32)|iso|cp|koi|shift|euc|gb|big5|tis|mac|ascii", codec.name):
                return codec.incrementaldecoder().decode(body)  # does not mind an end that is cut
    return body.decode("cp1252", "replace")


# --- Visiting ---------------------------------------------------------------------------------------------------------


class _EnoughError(DownloadError):
    """The bytes or seconds of the whole call are used up."""


class _Robots(NamedTuple):
    """What a host's robots.txt says; ``closed`` is the reason why nothing at all is fetched from it."""

    text: str = ""
    closed: str = ""


class _Visitor:
    """Fetches one address at a time: with manners, and within limits."""

    def __init__(self, bounds: _Bounds):
        self._bounds = bounds
        self._deadline = time.monotonic() + bounds.total_seconds
        self._bytes_left = bounds.total_bytes
        self._robots: dict[str, _Robots] = {}
        self._delay: dict[str, float] = {}
        self._turn: dict[str, float] = {}  # when a host may be asked again
        self._shut: dict[str, str] = {}

    def page(self, url: str) -> tuple[str, str, bool]:
        """The address to which ``url`` leads, its text, and whether that is all of it."""

        def read(_: str, response: Any) -> tuple[str, bool]:
            if not response.ok:
                raise DownloadError(f"the server answers {response.status_code} {_tidy(response.reason)}")
            told = response.headers.get("Content-Type", "")
            kind = told.split(";")[0].strip().lower()
            if kind.startswith("image/"):
                raise DownloadError("this is a picture, not a page: nst.picture opens it")
            if kind not in ("", "text/html", "application/xhtml+xml"):
                raise DownloadError(f"the server sends {_tidy(kind)}, not a web page")
            body, whole = _beginning(response, MAX_PAGE)
            return _decoded(body, told), whole

        url, (text, whole) = self._answer(url, "text/html, application/xhtml+xml", read)
        return url, text, whole

    def picture(self, url: str) -> bytes:
        """The bytes of a picture, by its content type."""
        left = self._bytes_left
        limit = min(self._bounds.max_bytes, left)
        try:
            return self._answer(url, "image/*", lambda at, response: _body(at, response, limit, math.inf))[1]
        except DownloadError as error:
            if limit == left and "larger than" in str(error):
                raise self._full() from error
            raise

    def _answer(self, url: str, accept: str, read: Callable[[str, Any], Any], *, ask: bool = True) -> tuple[str, Any]:
        """Where ``url`` leads, and what ``read`` makes of the response; ``ask`` is whether robots.txt is."""
        at = url
        try:
            for _ in range(MAX_REDIRECTS + 1):
                if ask:
                    self._ask_robots(at)
                with self._response(at, accept) as response:
                    if response.status_code == 429:
                        host = urllib.parse.urlsplit(at).hostname
                        self._shut[host] = f"{host} asks for fewer requests (429)"
                        raise DownloadError(self._shut[host])
                    if not response.is_redirect:
                        return at, read(at, response)
                    there = response.headers["location"].encode("latin-1").decode("utf-8", "replace")
                try:
                    at = _address(at, there)
                except DownloadError as error:
                    raise DownloadError(f"leads to {_tidy(there)}: {error}") from error
            raise DownloadError(f"more than {MAX_REDIRECTS} redirects")
        except _EnoughError:
            raise
        except DownloadError as error:
            reason = str(error).removeprefix(f"{at}: ")
            raise type(error)(reason if at == url else f"leads to {at}: {reason}") from error

    def _ask_robots(self, url: str) -> None:
        """Raise when the host's robots.txt forbids the address."""
        parts = urllib.parse.urlsplit(url)
        site = f"{parts.scheme}://{parts.netloc}"
        if site not in self._robots:
            self._robots[site] = self._fetched_robots(site)
        robots = self._robots[site]
        if robots.closed:
            raise DownloadError(robots.closed)
        rules = urllib.robotparser.RobotFileParser()
        rules.parse(_applying(robots.text, url))
        self._delay[parts.hostname] = float(rules.crawl_delay(AGENT) or 0)
        if not rules.can_fetch(AGENT, url):
            raise DownloadError(f"robots.txt of {parts.hostname} forbids it")

    def _fetched_robots(self, site: str) -> _Robots:
        """RFC 9309, 2.3.1: where there is none, everything is allowed; where it cannot be read, nothing."""

        def read(_: str, response: Any) -> _Robots:
            status = response.status_code
            if response.ok:
                return _Robots(_beginning(response, MAX_ROBOTS)[0].decode("utf-8-sig", "replace"))
            if status in (401, 403):  # stricter than the RFC, as urllib.robotparser is
                return _Robots(closed=f"the site forbids to read its robots.txt ({status})")
            if status < 500:
                return _Robots()
            return _Robots(closed=f"its robots.txt cannot be read: the server answers {status}")

        try:
            return self._answer(f"{site}/robots.txt", "text/plain, */*", read, ask=False)[1]
        except _EnoughError:
            raise
        except _PrivateError as error:
            return _Robots(closed=str(error))
        except DownloadError as error:
            return _Robots(closed=f"its robots.txt cannot be read: {error}")

    @contextlib.contextmanager
    def _response(self, url: str, accept: str) -> Iterator[Any]:
        """The answer to one request, its body unread; whatever goes wrong is a `DownloadError`."""
        import requests

        host = urllib.parse.urlsplit(url).hostname
        if host in self._shut:
            raise DownloadError(self._shut[host])
        self._wait_for(host)
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise self._over()
        seconds = min(self._bounds.request_seconds, left)
        line, response = _Line(seconds, self._bounds.allow_private), None
        request = {
            "stream": True,
            "allow_redirects": False,
            "timeout": (min(CONNECT_SECONDS, seconds), seconds + 1),  # the line is cut before
            "headers": {
                "User-Agent": _USER_AGENT,
                "Accept": accept,
                "Accept-Encoding": "identity",
                "Connection": "close",  # the next request is checked anew
            },
            # Behind a proxy no address can be checked
            "proxies": requests.utils.get_environ_proxies(url) if self._bounds.allow_private else {},
        }
        try:
            with warnings.catch_warnings(action="ignore"), line, _session(line) as session:
                response = session.get(url, **request)
                with response:
                    yield response
            if line.late:
                raise TimeoutError
        except Exception as error:  # urllib3, http.client, sockets and codecs have their own families
            if line.late and left <= self._bounds.request_seconds:
                raise self._over() from error
            if line.late:
                raise DownloadError(f"not finished after {seconds:g} seconds") from error
            if isinstance(error, NSTError):
                raise
            raise DownloadError(f"cannot be fetched: {_reason(_innermost(error))}") from error
        finally:
            if response is not None:
                self._bytes_left -= response.raw.tell()
            self._turn[host] = time.monotonic() + max(self._bounds.pause, self._delay.get(host, 0))

    def _wait_for(self, host: str) -> None:
        if self._bytes_left <= 0:
            raise self._full()
        turn = self._turn.get(host, 0)
        if max(turn, time.monotonic()) >= self._deadline:
            raise self._over()
        if (wait := turn - time.monotonic()) > 0:
            time.sleep(wait)

    def _full(self) -> _EnoughError:
        return _EnoughError(f"no more fits into the {self._bounds.total_bytes:,} bytes of total_bytes")

    def _over(self) -> _EnoughError:
        return _EnoughError(f"the {self._bounds.total_seconds:g} seconds of total_seconds are over")


def _beginning(response: Any, limit: int) -> tuple[bytes, bool]:
    """The first ``limit`` bytes of a body, and whether they are all."""
    read = getattr(response.raw, "read1", response.raw.read)  # small pieces: a compressed one may become large
    body = bytearray()
    while len(body) <= limit and (chunk := read(1024, decode_content=True)):
        body += chunk
    announced, got = response.headers.get("Content-Length", ""), response.raw.tell()
    if len(body) <= limit and announced.isdecimal() and got < int(announced):  # urllib3 1 does not mind
        raise DownloadError(f"the connection ended after {got} of {announced} bytes")
    return bytes(body[:limit]), len(body) <= limit


def _innermost(error: BaseException) -> BaseException:
    """The error at the root; those that requests and urllib3 lay around it repeat it at length."""
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__
    return error


def _applying(robots: str, url: str) -> list[str]:
    """What a robots.txt says of one address, in the form that urllib.robotparser understands as RFC 9309 means it.

    The parser of the standard library knows no wildcards, takes the first rule that fits where the longest counts, and
    of two groups for one agent only the first.

    Examples
    --------
    >>> _applying("User-agent: *\\nAllow: /\\nDisallow: /*.jpg$", "http://example.org/sea.jpg")
    ['User-agent: *', 'Disallow: /']
    """
    path = "/" + urllib.parse.unquote(url.split("/", 3)[3])
    rules, delays, agents, naming = {}, {}, [], False
    for line in robots.splitlines():
        key, _, value = line.partition("#")[0].partition(":")
        key, value = key.strip().lower(), value.strip()
        if key == "user-agent":
            agents, naming = [*(agents if naming else []), value.lower()], True
            rules.setdefault(value.lower(), [])
        elif key in ("allow", "disallow"):
            naming = False
            if value and _fits(value, path):
                for agent in agents:
                    rules[agent].append((len(value), key == "allow"))
        elif key == "crawl-delay":
            naming = False
            delays |= dict.fromkeys(agents, value)
    lines = []
    for agent, fitting in rules.items():
        allowed = max(fitting, default=(0, True))[1]  # of two as long, the one that allows
        lines += [f"User-agent: {agent}", f"{'Allow' if allowed else 'Disallow'}: /"]
        lines += [f"Crawl-delay: {delays[agent]}"] if agent in delays else []
    return lines


def _fits(pattern: str, path: str) -> bool:
    """Whether a rule of robots.txt covers a path: * stands for anything, $ for the end.

    Examples
    --------
    >>> _fits("/*.jpg$", "/sea.jpg"), _fits("/*.jpg$", "/sea.jpg?large")
    (True, False)
    """
    ends = pattern.endswith("$")
    first, *rest = map(urllib.parse.unquote, pattern.removesuffix("$").split("*"))
    if not path.startswith(first):
        return False
    if not rest:
        return not ends or path == first
    at = len(first)
    for part in rest[:-1] if ends else rest:
        at = path.find(part, at) + len(part)
        if at < len(part):
            return False
    return not ends or (len(path) - at >= len(rest[-1]) and path.endswith(rest[-1]))


# --- Connections ------------------------------------------------------------------------------------------------------


class _PrivateError(DownloadError):
    """An address that is not public."""


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet.

    Not public are private, loopback, link-local, multicast, reserved and unspecified addresses, in whatever form they
    are wrapped (IPv4 in IPv6, 6to4, NAT64).

    Examples
    --------
    >>> [is_public(address) for address in ("93.184.216.34", "10.0.0.1", "::1", "::ffff:127.0.0.1")]
    [True, False, False, False]
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if ip.version == 6:
        last = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        ip = ip.ipv4_mapped or ip.sixtofour or (last if ip in _NAT64 else ip)
    other = ip.is_multicast or ip.is_reserved or ip.is_link_local or ip.is_loopback or ip.is_unspecified
    return ip.is_global and not other and not getattr(ip, "is_site_local", False) and ip not in _PROTOCOLS


class _Line:
    """The connection of one request: to an address that may be visited, and cut when its seconds are over.

    The address is checked where it is used, after the name has been looked up and before anything is sent: a name that
    points elsewhere a moment later gains nothing. And the timeout of a socket counts from byte to byte, so that a
    server which drips would never meet it; hence the timer.
    """

    def __init__(self, seconds: float, allow_private: bool):
        self.late = False
        self._allow_private = allow_private
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(max(seconds, 0), self._cut)
        self._timer.daemon = True

    def __enter__(self) -> "_Line":
        self._timer.start()
        return self

    def __exit__(self, *_) -> None:
        self._timer.cancel()
        if self._socket:
            self._socket.close()

    def _cut(self) -> None:
        self.late = True
        if self._socket:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def opened(self, connection: Any) -> socket.socket:
        """The socket for a connection of urllib3."""
        from urllib3.util.connection import create_connection

        host, failure = connection.host, OSError("no address")
        try:
            found = socket.getaddrinfo(host, connection.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise DownloadError(f"{host} cannot be found: {_reason(error)}") from error
        addresses = list(dict.fromkeys(entry[4][0] for entry in found))
        for address in addresses:
            if not self._allow_private and not is_public(address):
                told = host if host == address else f"{host} is at {address}, which"
                raise _PrivateError(f"{told} is not a public address; it is visited only with allow_private")
        for address in addresses:
            if self.late:
                break
            try:
                opened = create_connection(
                    (address, connection.port), connection.timeout, socket_options=connection.socket_options
                )
            except OSError as error:
                failure = error
            else:
                self._socket = opened.dup()  # outlives what TLS makes of the first
                if self.late:
                    self._cut()
                return opened
        raise DownloadError(f"{host} cannot be reached: {_reason(failure)}{_proxy_hint(self._allow_private)}")


def _proxy_hint(allow_private: bool) -> str:
    import urllib.request

    if allow_private or not urllib.request.getproxies():
        return ""
    return ". A proxy is set; behind it no address can be checked, so it is used only with allow_private"


def _session(line: _Line) -> Any:
    """A session of requests that opens its connections through ``line``, and knows nothing of cookies or .netrc."""
    import requests
    import urllib3

    class Plain(urllib3.connection.HTTPConnection):
        def _new_conn(self):
            return line.opened(self)

    class Secure(urllib3.connection.HTTPSConnection):
        def _new_conn(self):
            return line.opened(self)

    class PlainPool(urllib3.HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(urllib3.HTTPSConnectionPool):
        ConnectionCls = Secure

    class Adapter(requests.adapters.HTTPAdapter):
        def init_poolmanager(self, *arguments, **options):
            super().init_poolmanager(*arguments, **options)
            self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}

        def proxy_manager_for(self, *arguments, **options):
            manager = super().proxy_manager_for(*arguments, **options)
            manager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}
            return manager

    session = requests.Session()
    session.trust_env = False
    session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True
    session.mount("http://", Adapter())
    session.mount("https://", Adapter())
    return session


class _Callable(types.ModuleType):
    """This module, which is `collect` when called: ``nst.collect`` is both, whichever was imported first."""

    def __call__(self, *arguments, **options) -> Collection:
        return collect(*arguments, **options)


sys.modules[__name__].__class__ = _Callable
