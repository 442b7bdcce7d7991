"""Downloads: one fetcher for the main door, the registry, the Studio and `collect`.

A server is a stranger. It is visited at public addresses only (`addresses`), each answer is cut at limits of bytes and
seconds, and whatever goes wrong is a `DownloadError` of one line. requests and urllib3 do the rest.
"""

import contextlib
import os
import socket
import threading
import time
import urllib.parse
import urllib.request
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

from nst_utils.base.errors import DownloadError, NSTError, plain_reason
from nst_utils.images.addresses import UnreachableError, looked_up, tidy, whole_address

USER_AGENT = "nst-utils (neural style transfer course)"
MAX_DOWNLOAD = 50_000_000  # bytes
CONNECT_SECONDS, SILENCE_SECONDS, DOWNLOAD_SECONDS = 5, 20, 120
MAX_REDIRECTS = 5


class LateError(DownloadError):
    """An answer that was not finished when its seconds were over."""


class TooLargeError(DownloadError):
    """A picture of more bytes than the limit."""


def private_allowed() -> bool:
    """Whether the user lets pictures be opened from private addresses: ``NST_ALLOW_PRIVATE`` is set, and not to 0."""
    return os.environ.get("NST_ALLOW_PRIVATE", "0") not in ("", "0")


def downloaded_picture(
    url: str, limit: int = MAX_DOWNLOAD, seconds: float = DOWNLOAD_SECONDS, **allowed: bool
) -> bytes:
    """The bytes at an http(s) address: a picture by its content type, within the limits of bytes and seconds in all.

    ``allowed`` is ``allow_private`` and ``proxies``, as `answered` takes them.

    Examples
    --------
    >>> downloaded_picture("http://127.0.0.1/a.png")
    Traceback (most recent call last):
    nst_utils.images.addresses.PrivateAddressError: http://127.0.0.1/a.png: 127.0.0.1 is not a public address
    """
    if not url.lower().startswith(("http://", "https://")):
        raise DownloadError(f"{tidy(url)}: only http and https addresses are fetched")
    deadline = time.monotonic() + seconds

    def visit(step: str) -> AbstractContextManager:
        return answered(step, "image/*", deadline - time.monotonic(), **allowed)

    try:
        with followed(url, visit) as (_, response):
            return picture_body(response, limit)
    except LateError as error:
        raise LateError(f"{tidy(url)}: not finished after {seconds:g} seconds") from error
    except DownloadError as error:
        raise type(error)(f"{tidy(url)}: {error}") from error


@contextlib.contextmanager
def followed(url: str, visit: Callable[[str], AbstractContextManager]) -> Iterator[tuple[str, Any]]:
    """Where an address leads, and the answer there; each step is a ``visit`` of its own."""
    step = url
    try:
        for _ in range(MAX_REDIRECTS + 1):
            with visit(step) as response:
                if not response.is_redirect:
                    yield step, response
                    return
                target = response.headers["location"].encode("latin-1").decode("utf-8", "replace")
            try:
                step = whole_address(step, target)
            except DownloadError as error:
                raise DownloadError(f"leads to {tidy(target)}: {error}") from error
        raise DownloadError(f"more than {MAX_REDIRECTS} redirects")
    except DownloadError as error:
        if step == url:
            raise
        raise type(error)(f"leads to {step}: {error}") from error


@contextlib.contextmanager
def answered(
    url: str, accept: str, seconds: float, *, allow_private: bool = False, proxies: bool = False
) -> Iterator[Any]:
    """The answer to one request, its body unread, redirects not followed; whatever goes wrong is a `DownloadError`.

    Behind a proxy only an address in digits can be checked: what a name leads to is the proxy's knowledge. So
    ``proxies`` is for addresses that the user has written; whoever allows private addresses uses them anyway.
    """
    import requests

    guard = _Guard(seconds, allow_private)
    headers = {"User-Agent": USER_AGENT, "Accept": accept, "Accept-Encoding": "identity", "Connection": "close"}
    request = {"headers": headers, "stream": True, "allow_redirects": False}
    request["timeout"] = (CONNECT_SECONDS, SILENCE_SECONDS)
    try:
        proxy = requests.utils.get_environ_proxies(url) if allow_private or proxies else {}
        guard.proxied = bool(requests.utils.select_proxy(url, proxy))
        if guard.proxied and not allow_private:
            with contextlib.suppress(UnreachableError):
                looked_up(urllib.parse.urlsplit(url).hostname, None, flags=socket.AI_NUMERICHOST)
        quiet = warnings.catch_warnings(action="ignore")
        with quiet, guard, _session(guard) as session, session.get(url, proxies=proxy, **request) as response:
            yield response
        if guard.late:
            raise TimeoutError
    except Exception as error:  # urllib3, http.client, sockets and codecs have their own families
        if guard.late:
            raise LateError(f"not finished after {seconds:g} seconds") from error
        if isinstance(error, NSTError):
            raise
        raise UnreachableError(f"cannot be fetched: {plain_reason(_innermost(error))}") from error


def picture_body(response: Any, limit: int) -> bytes:
    """What a server sends, if it is to be a picture and keeps to the limit."""
    kind = content_type(response)
    if kind and not kind.startswith("image/") and not kind.endswith("/octet-stream"):
        raise DownloadError(f"the server sends {kind}, not a picture")
    announced = response.headers.get("Content-Length", "")
    if not (announced.isdecimal() and int(announced) > limit):
        body, whole = beginning(response, limit)
        if whole:
            return body
    raise TooLargeError(f"larger than {limit:,} bytes")


def content_type(response: Any) -> str:
    """What a server says that it sends, if it sends anything."""
    if not response.ok:
        raise DownloadError(f"the server answers {response.status_code} {tidy(response.reason)}")
    return tidy(response.headers.get("Content-Type", "").partition(";")[0].lower())


def beginning(response: Any, limit: int) -> tuple[bytes, bool]:
    """The first ``limit`` bytes of a body, and whether they are all."""
    read = getattr(response.raw, "read1", response.raw.read)  # small pieces: a compressed one may become large
    body = bytearray()
    while len(body) <= limit and (chunk := read(1024, decode_content=True)):
        body += chunk
    announced, got = response.headers.get("Content-Length", ""), response.raw.tell()
    if len(body) <= limit and announced.isdecimal() and got < int(announced):  # urllib3 1 does not mind
        raise DownloadError(f"the connection ended after {got} of {announced} bytes")
    return bytes(body[:limit]), len(body) <= limit


class _Guard:
    """Watches the connection of one request: only to an address that may be visited, and cut when its seconds are over.

    The address is checked where it is used, after the name has been looked up and before anything is sent: a name that
    points elsewhere a moment later gains nothing. And the timeout of a socket counts from byte to byte, so that a
    server which drips would never meet it; hence the timer.
    """

    def __init__(self, seconds: float, allow_private: bool):
        self.late = self.proxied = False
        self._allow_private = allow_private
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(max(seconds, 0), self._cut)
        self._timer.daemon = True

    def __enter__(self) -> "_Guard":
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

    def watched(self, opened: socket.socket) -> socket.socket:
        """The socket, within reach of the timer."""
        self._socket = opened.dup()  # outlives what TLS makes of the first
        if self.late:
            self._cut()
        return opened

    def opened(self, host: str, port: int, *options: Any) -> socket.socket:
        """A socket to the first address of a host that answers, if all may be visited."""
        from urllib3.util.connection import create_connection

        failure = OSError("no address")
        for address in looked_up(host, port, self._allow_private):
            try:
                if not self.late:
                    return create_connection((address, port), *options)
            except OSError as error:
                failure = error
        unused = not self._allow_private and urllib.request.getproxies()
        hint = ". A proxy is set; behind it no address can be checked, so it is used only with allow_private"
        raise UnreachableError(f"{host} cannot be reached: {plain_reason(failure)}{hint if unused else ''}")


def _session(guard: _Guard) -> Any:
    """A session of requests that opens its connections through ``guard``, and knows nothing of cookies or .netrc."""
    import requests

    class Adapter(requests.adapters.HTTPAdapter):
        def get_connection_with_tls_context(self, *arguments, **options):
            pool = super().get_connection_with_tls_context(*arguments, **options)

            class Connection(pool.ConnectionCls):
                def _new_conn(self):
                    if guard.proxied:
                        return guard.watched(super()._new_conn())
                    return guard.watched(guard.opened(self.host, self.port, self.timeout, None, self.socket_options))

            pool.ConnectionCls = Connection
            return pool

    session = requests.Session()
    session.trust_env = False
    session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True
    session.mount("http://", Adapter())
    session.mount("https://", Adapter())
    return session


def _innermost(error: BaseException) -> BaseException:
    """The error at the root; those that requests and urllib3 lay around it repeat it at length."""
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__
    return error
