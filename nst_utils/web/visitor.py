"""Visits to a server, one address at a time: with manners, and within limits.

Every request asks robots.txt first, waits its turn and is cut at limits of bytes and seconds; whatever goes wrong with
one address is a `DownloadError`.
"""

import contextlib
import time
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from nst_utils.base.errors import DownloadError, NSTError
from nst_utils.images import download
from nst_utils.images.addresses import PrivateAddressError
from nst_utils.web.page import MAX_PAGE

PAGE_TYPES = ("text/html", "application/xhtml+xml")
MAX_ROBOTS = 512_000  # bytes; RFC 9309 asks for at least 500 KiB
AGENT = download.USER_AGENT.split()[0]  # the name by which robots.txt knows us


class EnoughError(NSTError):
    """The bytes or seconds of the whole call are used up."""


@dataclass
class Visitor:
    """Makes the requests of one call of `collect`, and keeps its limits."""

    max_bytes: int
    total_bytes: int
    pause: float
    request_seconds: float
    total_seconds: float
    allow_private: bool

    def __post_init__(self):
        self._deadline = time.monotonic() + self.total_seconds
        self._bytes_left = self.total_bytes
        self._rules: dict[str, Any] = {}  # by robots.txt: what it says, or in words why nothing is fetched
        self._next_request: dict[str, float] = {}  # of a host: when it may be asked again

    def page(self, url: str) -> tuple[str, bytes, str]:
        """Where ``url`` leads, the beginning of that page, and what the server calls it."""
        with download.followed(url, lambda step: self._allowed(step, ", ".join(PAGE_TYPES))) as (address, response):
            kind = download.content_type(response)
            if kind not in ("", *PAGE_TYPES):
                raise DownloadError(f"the server sends {kind}, not a web page; nst.picture opens pictures")
            return address, download.beginning(response, MAX_PAGE)[0], response.headers.get("Content-Type", "")

    def picture(self, url: str) -> bytes:
        """The bytes of a picture, by its content type."""
        with download.followed(url, lambda step: self._allowed(step, "image/*")) as (_, response):
            return download.picture_body(response, min(self.max_bytes, self._bytes_left))

    def _allowed(self, url: str, accept: str) -> contextlib.AbstractContextManager:
        """A visit, if robots.txt allows it."""
        robots = urllib.parse.urljoin(url, "/robots.txt")
        if robots not in self._rules:
            self._rules[robots] = self._understood_robots(robots)
        rules = self._rules[robots]
        if isinstance(rules, str):
            raise DownloadError(rules)
        if not rules.can_fetch(url, AGENT):
            raise DownloadError(f"robots.txt of {urllib.parse.urlsplit(url).hostname} forbids it")
        return self._visit(url, accept, rules.crawl_delay(AGENT) or 0)

    def _understood_robots(self, url: str) -> Any:
        """RFC 9309, 2.3.1: where there is none, everything is allowed; where it cannot be read, nothing."""
        from protego import Protego

        try:
            with download.followed(url, lambda step: self._visit(step, "text/plain, */*")) as (_, response):
                status = response.status_code
                if status in (401, 403) or status >= 500:  # stricter than the RFC, as urllib.robotparser is
                    raise DownloadError(f"the server answers {status}")
                text = download.beginning(response, MAX_ROBOTS)[0].decode("utf-8-sig", "replace")
                return Protego.parse(text if response.ok else "")
        except PrivateAddressError as error:
            return str(error)
        except DownloadError as error:
            return f"its robots.txt cannot be read: {error}"

    @contextlib.contextmanager
    def _visit(self, url: str, accept: str, delay: float = 0) -> Iterator[Any]:
        """The answer to one request, in its turn; the next one waits for the pause, or for the site's longer delay."""
        host = urllib.parse.urlsplit(url).hostname
        start = max(self._next_request.get(host, 0), time.monotonic())
        self._check_limits(start)
        time.sleep(max(start - time.monotonic(), 0))
        seconds, response = min(self.request_seconds, self._deadline - start), None
        try:
            with download.answered(url, accept, seconds, allow_private=self.allow_private) as response:
                if response.status_code == 429:
                    reason = f"{host} asks for fewer requests (429)"
                    self._rules[urllib.parse.urljoin(url, "/robots.txt")] = reason
                    raise DownloadError(reason)
                yield response
        except PrivateAddressError as error:
            raise PrivateAddressError(f"{error}; it is visited only with allow_private") from error
        except download.TooLargeError:
            self._check_limits(start, self.max_bytes)
            raise
        except download.LateError:
            self._check_limits(time.monotonic())
            raise
        finally:
            if response is not None:
                self._bytes_left -= response.raw.tell()
            self._next_request[host] = time.monotonic() + max(self.pause, delay)

    def _check_limits(self, moment: float, size: int = 1) -> None:
        """End the call if its seconds are over at that moment, or so many bytes do not fit any more."""
        if self._bytes_left < size:
            raise EnoughError(f"no more fits into the {self.total_bytes:,} bytes of total_bytes")
        if moment >= self._deadline:
            raise EnoughError(f"the {self.total_seconds:g} seconds of total_seconds are over")
