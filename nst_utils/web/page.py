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
_NEAR = 50  # tags around and inside a tag that are searched for what belongs to it
_CHARSET = rb"charset=[\"']?((utf|iso|windows|cp|koi|shift|euc|gb|big5|mac)[\w.:-]*)"  # other codecs are no text

ENDINGS = {"PNG": ".png", "JPEG": ".jpg", "WEBP": ".webp", "GIF": ".gif", "TIFF": ".tif", "BMP": ".bmp", "PPM": ".ppm",
           "AVIF": ".avif", "JPEG2000": ".jp2", "MPO": ".jpg"}  # MPO: a JPEG that holds a second picture  # fmt: skip


class Candidate(NamedTuple):
    """A picture that a page offers: at the first of the addresses that has it."""

    addresses: tuple[str, ...]
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
    if told := soup.find("base", href=True):
        with contextlib.suppress(DownloadError):
            base = whole_address(url, told["href"])
    candidates, refused = {}, []
    if len(body) >= MAX_PAGE:
        refused.append(Refused(url, f"only its first {MAX_PAGE:,} bytes were read"))
    offers = _offers(soup)
    for addresses, alt, title in itertools.islice(offers, MAX_ADDRESSES):
        good = []
        for address in addresses:
            try:
                good.append(whole_address(base, address))
            except DownloadError as error:
                refused.append(Refused(tidy(address), tidy(error)))
        if good:  # of the same picture twice, the first that is described
            known = candidates.get(good[0], Candidate(tuple(dict.fromkeys(good)), "", ""))
            candidates[good[0]] = known._replace(alt=known.alt or tidy(alt), title=known.title or tidy(title))
    if next(offers, None):
        refused.append(Refused(url, f"only its first {MAX_ADDRESSES:,} pictures were looked at"))
    named = soup.find("title")
    title = tidy(" ".join(map(str, filter(_is_text, _inside(named))))) if named else ""
    return Page(url, title, _license(soup, base), list(candidates.values()), list(dict.fromkeys(refused)))


def _soup(body: bytes, content_type: str) -> Any:
    """The tags of a page that matter here. UTF-8 proves itself, so it is tried before what server and page claim."""
    import bs4

    named = bs4.SoupStrainer(["title", "base", "meta", "link", "picture", "source", "img", "a"])
    # A tag or comment that never ends is none, and keeps some versions of html.parser busy for hours
    before, end, after = body[: body.rfind(b">") + 1].rpartition(b"-->")
    body = before + end + after.partition(b"<!--")[0]
    told = re.search(_CHARSET, content_type.encode() + b";" + body[:4096], re.IGNORECASE)
    for name in ("utf-8-sig", told and told[1].decode()):
        with contextlib.suppress(LookupError, UnicodeError, TypeError):
            text = body.decode(name)
            break
    else:
        text = body.decode("cp1252", "replace")
    try:
        with warnings.catch_warnings(action="ignore"):
            return bs4.BeautifulSoup(text, "html.parser", parse_only=named)
    except Exception as error:  # html.parser has no family of errors
        raise DownloadError(f"cannot be read as HTML: {plain_reason(error)}") from error


def _offers(soup: Any) -> Iterator[tuple[list[str], str, str]]:
    """Addresses, alternative text and title of whatever may be a picture; data: addresses are left out."""
    for tag in soup.find_all(["meta", "img", "a"]):
        addresses, alt = [], tag.get("alt", "")
        if tag.name == "meta" and tag.get("property") == "og:image":  # the Open Graph protocol
            addresses = [tag.get("content")]
        elif tag.name == "img":
            around = [parent["href"] for parent in itertools.islice(tag.parents, _NEAR) if _links_to_picture(parent)]
            addresses = [*around[:1], _largest(tag)]
        elif _links_to_picture(tag):
            inside = _inside(tag)
            alone = all(node.name != "img" for node in inside)  # else the image offers what the link leads to
            addresses, alt = [tag["href"]] * alone, " ".join(map(str, filter(_is_text, inside)))
        addresses = [address for address in addresses if address and address.strip() and not _is_data(address)]
        if addresses:
            yield addresses, alt, tag.get("title", "")


def _links_to_picture(tag: Any) -> bool:
    if tag.name != "a":
        return False
    path = str(tag.get("href", "")).partition("#")[0].partition("?")[0].lower()
    # A colon in the name: the page about a file in MediaWiki (File:Sea.jpg) ends like the file
    return path.endswith((*ENDINGS.values(), ".jpeg", ".tiff")) and ":" not in path.rpartition("/")[2]


def _inside(tag: Any) -> list[Any]:
    """The first nodes inside a tag; Beautiful Soup's own walk looks for the last one before it starts."""
    found, waiting = [], [tag]
    while waiting and len(found) <= _NEAR:
        found.append(waiting.pop())
        waiting += getattr(found[-1], "contents", [])[:_NEAR][::-1]
    return found[1:]


def _is_text(node: Any) -> bool:
    import bs4

    return type(node) is bs4.NavigableString  # a comment is of another type


def _is_data(address: str) -> bool:
    return address.strip().lower().startswith("data:")


def _largest(image: Any) -> str:
    """The address of the largest version that an ``<img>`` and the ``<picture>`` around it offer.

    One with a width (``800w``) counts as larger than one with a density (``2x``), ``src`` as of density 1. Pages that
    load images late have the addresses in ``data-src`` and ``data-srcset``.
    """
    readable = {Image.MIME.get(name) for name in readable_formats()}
    around = [parent for parent in itertools.islice(image.parents, _NEAR) if parent.name == "picture"]
    sources = [node for parent in around[:1] for node in _inside(parent) if node.name == "source"]
    sources = [source for source in sources if source.get("type", "image/png") in readable]
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
    versions = re.findall(r"([^\s,](?:\S*[^\s,])?)(?:\s+(?:(\d{1,9})w|(\d{0,6}\.?\d{1,9})x)?[^,]*|,|$)", text)
    return [(address, int(width or 0), float(density or 1)) for address, width, density in versions]


def _license(soup: Any, base: str) -> str:
    """The license that a page names: a link marked so (``rel="license"``), or one to Creative Commons."""
    links = soup.find_all(["a", "link"], href=True)
    marked = [tag["href"] for tag in links if "license" in (tag.get("rel") or ())]
    common = [tag["href"] for tag in links if re.search(r"creativecommons\.org/(licenses|publicdomain)/", tag["href"])]
    for link in marked + common:
        with contextlib.suppress(DownloadError):
            return whole_address(base, link)
    return ""
