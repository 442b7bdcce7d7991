"""What a web page says: the pictures that it offers, its title and its license.

A page is a stranger's: its texts come out on one line and short, and its addresses whole and such as may be visited, or
refused with the reason.
"""

import contextlib
import itertools
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from PIL import Image

from nst_utils.base.errors import DownloadError, plain_reason
from nst_utils.images.addresses import tidy, whole_address
from nst_utils.images.decoding import readable_formats

MAX_PAGE = 4_000_000  # bytes of a page that are read
MAX_ADDRESSES = 1000  # of pictures on one page
_NEARBY = 50  # tags around, beside and inside a tag that are searched for what belongs to it

ENDINGS = {"PNG": ".png", "JPEG": ".jpg", "WEBP": ".webp", "GIF": ".gif", "TIFF": ".tif", "BMP": ".bmp", "PPM": ".ppm",
           "AVIF": ".avif", "JPEG2000": ".jp2", "MPO": ".jpg"}  # MPO: a JPEG that holds a second picture  # fmt: skip


class Candidate(NamedTuple):
    """A picture that a page offers."""

    address: str
    alt: str
    title: str


@dataclass(frozen=True)
class Refused:
    """An address that gave no picture, and why."""

    address: str
    reason: str


class Page(NamedTuple):
    url: str
    title: str
    license: str
    candidates: list[Candidate]
    refused: list[Refused]


def understood_page(url: str, body: bytes, content_type: str = "") -> Page:
    """What a page offers, in the order of the page."""
    soup = _soup(body, content_type)
    base = url
    if tag := soup.find("base", href=True):
        with contextlib.suppress(DownloadError):
            base = whole_address(url, tag["href"])
    candidates, refused = {}, []
    if len(body) >= MAX_PAGE:
        refused.append(Refused(url, f"only its first {MAX_PAGE:,} bytes were read"))
    offers = _offers(soup)
    for text, alt, title in itertools.islice(offers, MAX_ADDRESSES):
        try:
            address = whole_address(base, text)
        except DownloadError as error:
            refused.append(Refused(tidy(text), tidy(error)))
        else:  # of the same picture twice, the first description
            known = candidates.get(address, Candidate(address, "", ""))
            candidates[address] = known._replace(alt=known.alt or tidy(alt), title=known.title or tidy(title))
    if next(offers, None):
        refused.append(Refused(url, f"only its first {MAX_ADDRESSES:,} pictures were looked at"))
    title = tidy(soup.title.get_text(" ")) if soup.title else ""
    return Page(url, title, _license(soup, base), list(candidates.values()), list(dict.fromkeys(refused)))


def _soup(body: bytes, content_type: str) -> Any:
    """The tags of a page that matter here. UTF-8 proves itself, so it is tried before what server and page claim."""
    import bs4

    # A tag or comment that never ends is none, and keeps some versions of html.parser busy for hours
    before, end, after = body[: body.rfind(b">") + 1].rpartition(b"-->")
    body = before + end + after.partition(b"<!--")[0] + b"\n"  # Beautiful Soup complains about an empty text
    sent = re.search(r"charset=[\"']?([\w.:-]+)", content_type, re.IGNORECASE)
    written = bs4.dammit.EncodingDetector.find_declared_encoding(body[:4096], is_html=True)
    encodings = ["utf-8", sent and sent[1], written, "windows-1252", "latin-1"]
    tags = bs4.SoupStrainer(["title", "base", "meta", "link", "picture", "source", "img", "a"])
    try:
        with warnings.catch_warnings(action="ignore"):
            text = bs4.UnicodeDammit(body, user_encodings=encodings).unicode_markup
            return bs4.BeautifulSoup(text, "html.parser", parse_only=tags)
    except Exception as error:  # html.parser has no family of errors
        raise DownloadError(f"cannot be read as HTML: {plain_reason(error)}") from error


def _offers(soup: Any) -> Iterator[tuple[str, str, str]]:
    """Address, alternative text and title of whatever may be a picture."""
    import bs4

    for tag in soup.find_all(["meta", "img", "a"]):
        address, alt = "", tag.get("alt", "")
        if tag.name == "meta" and tag.get("property") == "og:image":  # the Open Graph protocol
            address = tag.get("content", "")
        elif tag.name == "img":  # a link around it leads to a larger one
            links = filter(_leads_to_picture, _around(tag))
            address = next((link["href"] for link in links), "") or _largest(tag)
        elif _leads_to_picture(tag):
            following = itertools.islice(tag.next_elements, _NEARBY)
            inside = [node for node in following if any(parent is tag for parent in _around(node))]
            if all(node.name != "img" for node in inside):  # else the image offers what the link leads to
                address, alt = tag["href"], " ".join(node for node in inside if type(node) is bs4.NavigableString)
        if address.strip():
            yield address, alt, tag.get("title", "")


def _around(node: Any) -> Iterator[Any]:
    return itertools.islice(node.parents, _NEARBY)


def _leads_to_picture(tag: Any) -> bool:
    if tag.name != "a":
        return False
    name = tag.get("href", "").partition("#")[0].partition("?")[0].lower().rpartition("/")[2]
    # A colon in the name: the page about a file in MediaWiki (File:Sea.jpg) ends like the file
    return name.endswith((*ENDINGS.values(), ".jpeg", ".tiff")) and ":" not in name


def _largest(image: Any) -> str:
    """The address of the largest version that an ``<img>`` and the ``<picture>`` around it offer; none as ``data:``.

    One with a width (``800w``) counts as larger than one with a density (``2x``), ``src`` as of density 1. Pages that
    load images late have the addresses in ``data-src`` and ``data-srcset``.
    """
    readable = {Image.MIME.get(name) for name in readable_formats()}
    before = itertools.islice(image.previous_siblings, _NEARBY) if image.parent.name == "picture" else ()
    sources = [tag for tag in before if tag.name == "source" and tag.get("type", "image/png") in readable]
    texts = [tag.get(name, "") for tag in (*sources[::-1], image) for name in ("srcset", "data-srcset")]
    versions = [version for text in texts for version in _srcset(text)]
    versions += [(image.get(name, ""), 0, 1.0) for name in ("src", "data-src")]
    versions = [version for version in versions if not re.match(r"\s*(data:|$)", version[0], re.IGNORECASE)]
    return max(versions, key=lambda version: version[1:], default=("",))[0]


def _srcset(text: str) -> list[tuple[str, int, float]]:
    """Address, width and density of each version; a comma may be inside an address (HTML standard, 4.8.4.2.1)."""
    versions = re.findall(r"([^\s,](?:\S*[^\s,])?)(?:\s+(?:(\d{1,9})w|(\d{0,6}\.?\d{1,9})x)?[^,]*|,|$)", text)
    return [(address, int(width or 0), float(density or 1)) for address, width, density in versions]


def _license(soup: Any, base: str) -> str:
    """The license that a page names: a link marked so (``rel="license"``), or one to Creative Commons."""
    links = soup.find_all(["a", "link"], rel="license", href=True)
    links += soup.find_all(["a", "link"], href=re.compile(r"creativecommons\.org/(licenses|publicdomain)/"))
    for link in links:
        with contextlib.suppress(DownloadError):
            return whole_address(base, link["href"])
    return ""
