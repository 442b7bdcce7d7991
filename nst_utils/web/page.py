"""What a web page says: the pictures that it offers, its title and its license.

Floor 5, the first step of `collect`. A page is a stranger's: whatever it holds is read to an end, its texts come out on
one line and short, and its addresses whole and such as may be visited, or refused with the reason.
"""

import codecs
import contextlib
import html.parser
import itertools
import re
import urllib.parse
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from PIL import Image

from nst_utils.base.errors import DownloadError, plain_reason
from nst_utils.images.decoding import readable_formats

MAX_PAGE = 4_000_000  # bytes of a page that are read
MAX_TAGS = 100_000  # of a page that are looked at: Beautiful Soup takes a kilobyte for each
MAX_ADDRESSES = 1000  # of pictures on one page
MAX_LETTERS = 300  # of a text that a page writes about a picture
MAX_ADDRESS = 4000  # letters

PRESENTING = ("og:image", "og:image:url", "og:image:secure_url")  # the Open Graph protocol
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


def understood_page(url: str, text: str, whole: bool) -> Page:
    """What a page offers, in the order of the page."""
    soup, all_tags = _soup(text)
    base = url
    if told := soup.find("base", href=True):
        with contextlib.suppress(DownloadError):
            base = whole_address(url, told["href"])
    candidates, refused = {}, []
    if not (whole and all_tags):
        refused.append(Refused(url, f"only its beginning was read: {MAX_PAGE:,} bytes, or {MAX_TAGS:,} tags"))
    offers = _offers(soup)
    for addresses, alt, title in itertools.islice(offers, MAX_ADDRESSES):
        good = []
        for address in addresses:
            try:
                good.append(whole_address(base, address))
                if good[-1] == url:
                    raise DownloadError("this is the page itself")
            except DownloadError as error:
                refused.append(Refused(tidy(address), tidy(error)))
        good = [address for address in dict.fromkeys(good) if address != url]
        if good:  # of the same picture twice, the first that is described
            candidate = Candidate(tuple(good), tidy(alt), tidy(title))
            known = candidates.get(good[0], candidate)
            candidates[good[0]] = known._replace(alt=known.alt or candidate.alt, title=known.title or candidate.title)
    if next(offers, None):
        refused.append(Refused(url, f"only its first {MAX_ADDRESSES:,} pictures were looked at"))
    named = soup.find("title")
    title = _words(_inside(named)) if named else ""
    return Page(url, tidy(title), _license(soup, base), list(candidates.values()), list(dict.fromkeys(refused)))


def _soup(text: str) -> tuple[Any, bool]:
    """The tags of a page that matter here, and whether they are all."""
    import bs4

    sound, whole = _sound_part(text)
    named = bs4.SoupStrainer(["title", "base", "meta", "link", "picture", "source", "img", "a"])
    try:
        with warnings.catch_warnings(action="ignore"):
            return bs4.BeautifulSoup(sound, "html.parser", parse_only=named), whole
    except Exception as error:  # html.parser has no family of errors
        raise DownloadError(f"cannot be read as HTML: {plain_reason(error)}") from error


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
    readable = {Image.MIME.get(name) for name in readable_formats()}
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
            return whole_address(base, link)
    return ""


def whole_address(base: str, text: str) -> str:
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
        raise DownloadError(f"not an address: {plain_reason(error)}") from error
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


def decoded_page(body: bytes, content_type: str) -> str:
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


def tidy(text: Any) -> str:
    """Text of a stranger on one line: no control characters, no changes of direction, of bounded length."""
    start = str(text)[: 10 * MAX_LETTERS]
    printable = (letter if letter.isprintable() or letter in "\u200c\u200d" else " " for letter in start)
    return " ".join("".join(printable).split())[:MAX_LETTERS]
