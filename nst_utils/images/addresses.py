"""Connections of one request each: to public addresses only, and cut when their seconds are over.

Floor 5, under `visits`. What requests and urllib3 leave open is closed here: where a name really leads, and how long a
server may take in all.
"""

import contextlib
import ipaddress
import os
import socket
import threading
from typing import Any

from nst_utils.base.errors import DownloadError, plain_reason

_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: the last 32 bits are the real, older address
_PROTOCOLS = ipaddress.ip_network("192.0.0.0/24")  # not global (RFC 6890), which Python knows in part


class PrivateAddressError(DownloadError):
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


class Line:
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

    def __enter__(self) -> "Line":
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
            raise DownloadError(f"{host} cannot be found: {plain_reason(error)}") from error
        addresses = list(dict.fromkeys(entry[4][0] for entry in found))
        for address in addresses:
            if not self._allow_private and not is_public(address):
                told = host if host == address else f"{host} is at {address}, which"
                raise PrivateAddressError(f"{told} is not a public address; it is visited only with allow_private")
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
        raise DownloadError(f"{host} cannot be reached: {plain_reason(failure)}{_proxy_hint(self._allow_private)}")


def _proxy_hint(allow_private: bool) -> str:
    import urllib.request

    if allow_private or not urllib.request.getproxies():
        return ""
    return ". A proxy is set; behind it no address can be checked, so it is used only with allow_private"


def session_through(line: Line) -> Any:
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
