"""Visits to a server, one address at a time: with manners, and within limits.

Every request asks robots.txt first, waits its turn and is cut at limits of bytes and seconds; whatever goes wrong with
one address is a `DownloadError`.
"""

import contextlib
import threading
import time
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

from nst_utils.base.errors import DownloadError, NSTError, SettingError
from nst_utils.images.addresses import PrivateAddressError
from nst_utils.images.arrays import MIN_SIDE
from nst_utils.images.download import USER_AGENT, LateError, answered, beginning, content_type, followed, picture_body
from nst_utils.web.page import MAX_PAGE

MAX_ROBOTS = 512_000  # bytes; RFC 9309 asks for at least 500 KiB
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
        for name, least in {"pause": 0, "request_seconds": 0.001, "total_seconds": 0.001}.items():
            value = getattr(self, name)
            if not isinstance(value, Real) or isinstance(value, bool) or not least <= value <= threading.TIMEOUT_MAX:
                raise SettingError(f"{name} is {value!r}; it is a number of seconds, {least} or more.")


class EnoughError(NSTError):
    """The bytes or seconds of the whole call are used up."""


class Visitor:
    """Fetches one address at a time: with manners, and within limits."""

    def __init__(self, bounds: Bounds):
        self._bounds = bounds
        self._deadline = time.monotonic() + bounds.total_seconds
        self._bytes_left = bounds.total_bytes
        self._rules: dict[str, Any] = {}  # of a site: its robots.txt, or in words why nothing is fetched from it
        self._pause: dict[str, float] = {}  # of a host, if longer than ours
        self._turn: dict[str, float] = {}  # when a host may be asked again
        self._shut: set[str] = set()

    def page(self, url: str) -> tuple[str, tuple[bytes, str]]:
        """Where ``url`` leads: the beginning of that page, and what the server calls it."""

        def read(response: Any) -> tuple[bytes, str]:
            kind = content_type(response)
            if kind not in ("", "text/html", "application/xhtml+xml"):
                raise DownloadError(f"the server sends {kind}, not a web page; nst.picture opens pictures")
            return beginning(response, MAX_PAGE)[0], response.headers.get("Content-Type", "")

        return followed(url, lambda at: self._allowed(at, "text/html, application/xhtml+xml"), read)

    def picture(self, url: str) -> bytes:
        """The bytes of a picture, by its content type."""

        def read(response: Any) -> bytes:
            limit = min(self._bounds.max_bytes, self._bytes_left)
            try:
                return picture_body(response, limit)
            except DownloadError as error:
                if limit < self._bounds.max_bytes and "larger than" in str(error):
                    raise self._full() from error
                raise

        return followed(url, lambda at: self._allowed(at, "image/*"), read)[1]

    def _allowed(self, url: str, accept: str) -> contextlib.AbstractContextManager:
        """A visit, if robots.txt allows it."""
        parts = urllib.parse.urlsplit(url)
        site = f"{parts.scheme}://{parts.netloc}"
        if site not in self._rules:
            self._rules[site] = self._robots(site)
        rules = self._rules[site]
        if isinstance(rules, str):
            raise DownloadError(rules)
        self._pause[parts.hostname] = rules.crawl_delay(AGENT) or 0
        if not rules.can_fetch(url, AGENT):
            raise DownloadError(f"robots.txt of {parts.hostname} forbids it")
        return self._visit(url, accept)

    def _robots(self, site: str) -> Any:
        """RFC 9309, 2.3.1: where there is none, everything is allowed; where it cannot be read, nothing."""
        from protego import Protego

        def read(response: Any) -> Any:
            status = response.status_code
            if status in (401, 403) or status >= 500:  # stricter than the RFC, as urllib.robotparser is
                return f"its robots.txt cannot be read: the server answers {status}"
            text = beginning(response, MAX_ROBOTS)[0].decode("utf-8-sig", "replace")
            return Protego.parse(text if response.ok else "")

        try:
            return followed(f"{site}/robots.txt", lambda at: self._visit(at, "text/plain, */*"), read)[1]
        except PrivateAddressError as error:
            return str(error)
        except DownloadError as error:
            return f"its robots.txt cannot be read: {error}"

    @contextlib.contextmanager
    def _visit(self, url: str, accept: str) -> Iterator[Any]:
        """The answer to one request, in its turn."""
        host = urllib.parse.urlsplit(url).hostname
        if host in self._shut:
            raise DownloadError(f"{host} asks for fewer requests (429)")
        turn = max(self._turn.get(host, 0), time.monotonic())
        if self._bytes_left <= 0:
            raise self._full()
        if turn >= self._deadline:
            raise self._over()
        time.sleep(max(turn - time.monotonic(), 0))
        left, response = self._deadline - turn, None
        seconds = min(self._bounds.request_seconds, left)
        try:
            with answered(url, accept, seconds, allow_private=self._bounds.allow_private) as response:
                if response.status_code == 429:
                    self._shut.add(host)
                    raise DownloadError(f"{host} asks for fewer requests (429)")
                yield response
        except PrivateAddressError as error:
            raise PrivateAddressError(f"{error}; it is visited only with allow_private") from error
        except LateError as error:
            if seconds == left:
                raise self._over() from error
            raise
        finally:
            if response is not None:
                self._bytes_left -= response.raw.tell()
            self._turn[host] = time.monotonic() + max(self._bounds.pause, self._pause.get(host, 0))

    def _full(self) -> EnoughError:
        return EnoughError(f"no more fits into the {self._bounds.total_bytes:,} bytes of total_bytes")

    def _over(self) -> EnoughError:
        return EnoughError(f"the {self._bounds.total_seconds:g} seconds of total_seconds are over")
