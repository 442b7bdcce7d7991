"""Visits to a server, one address at a time: with manners, and within limits.

Floor 5, the second step of `collect`. Every request asks robots.txt first, waits its turn and is cut at limits of bytes
and seconds; whatever goes wrong is a `DownloadError`.
"""

import contextlib
import math
import threading
import time
import urllib.parse
import urllib.robotparser
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, NamedTuple

from nst_utils.base.errors import DownloadError, NSTError, SettingError, plain_reason
from nst_utils.images.addresses import Line, PrivateAddressError, session_through
from nst_utils.images.arrays import MIN_SIDE
from nst_utils.images.opening import CONNECT_SECONDS, USER_AGENT, picture_body
from nst_utils.web.page import MAX_PAGE, decoded_page, tidy, whole_address

MAX_ROBOTS = 512_000  # bytes; RFC 9309 asks for at least 500 KiB
MAX_REDIRECTS = 5
AGENT = USER_AGENT.split()[0]  # the name by which robots.txt knows us


@dataclass(frozen=True)
class Bounds:
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


class EnoughError(DownloadError):
    """The bytes or seconds of the whole call are used up."""


class _Robots(NamedTuple):
    """What a host's robots.txt says; ``closed`` is the reason why nothing at all is fetched from it."""

    text: str = ""
    closed: str = ""


class Visitor:
    """Fetches one address at a time: with manners, and within limits."""

    def __init__(self, bounds: Bounds):
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
                raise DownloadError(f"the server answers {response.status_code} {tidy(response.reason)}")
            told = response.headers.get("Content-Type", "")
            kind = told.split(";")[0].strip().lower()
            if kind.startswith("image/"):
                raise DownloadError("this is a picture, not a page: nst.picture opens it")
            if kind not in ("", "text/html", "application/xhtml+xml"):
                raise DownloadError(f"the server sends {tidy(kind)}, not a web page")
            body, whole = _beginning(response, MAX_PAGE)
            return decoded_page(body, told), whole

        url, (text, whole) = self._answer(url, "text/html, application/xhtml+xml", read)
        return url, text, whole

    def picture(self, url: str) -> bytes:
        """The bytes of a picture, by its content type."""
        left = self._bytes_left
        limit = min(self._bounds.max_bytes, left)
        try:
            return self._answer(url, "image/*", lambda at, response: picture_body(at, response, limit, math.inf))[1]
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
                    at = whole_address(at, there)
                except DownloadError as error:
                    raise DownloadError(f"leads to {tidy(there)}: {error}") from error
            raise DownloadError(f"more than {MAX_REDIRECTS} redirects")
        except EnoughError:
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
        except EnoughError:
            raise
        except PrivateAddressError as error:
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
        line, response = Line(seconds, self._bounds.allow_private), None
        request = {
            "stream": True,
            "allow_redirects": False,
            "timeout": (min(CONNECT_SECONDS, seconds), seconds + 1),  # the line is cut before
            "headers": {
                "User-Agent": USER_AGENT,
                "Accept": accept,
                "Accept-Encoding": "identity",
                "Connection": "close",  # the next request is checked anew
            },
            # Behind a proxy no address can be checked
            "proxies": requests.utils.get_environ_proxies(url) if self._bounds.allow_private else {},
        }
        try:
            with warnings.catch_warnings(action="ignore"), line, session_through(line) as session:
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
            raise DownloadError(f"cannot be fetched: {plain_reason(_innermost(error))}") from error
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

    def _full(self) -> EnoughError:
        return EnoughError(f"no more fits into the {self._bounds.total_bytes:,} bytes of total_bytes")

    def _over(self) -> EnoughError:
        return EnoughError(f"the {self._bounds.total_seconds:g} seconds of total_seconds are over")


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


# --- robots.txt ---------------------------------------------------------------------------------------------------


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
