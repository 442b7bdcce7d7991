"""Addresses: in the one form by which they are compared, and whether they belong to the public internet.

A page, a server or a file of settings may name any address, and it is *this* machine that would visit it: its own
services, and whatever its network keeps from strangers. The fetcher in `download` asks here first.
"""

import ipaddress
import socket
import urllib.parse
from typing import Any

from nst_utils.base.errors import DownloadError, plain_reason

MAX_ADDRESS = 4000  # letters
MAX_LETTERS = 300  # of a text by a stranger
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: the last 32 bits are the real, older address
_PROTOCOLS = ipaddress.ip_network("192.0.0.0/24")  # not global (RFC 6890), which Python knows in part


class UnreachableError(DownloadError):
    """A server that does not answer, or not in a way that can be understood."""


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


def looked_up(host: str, port: int | None, allow_private: bool = False, flags: int = 0) -> list[str]:
    """The IP addresses of a host; unless they are allowed, one private address among them is enough to refuse it."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    except (OSError, UnicodeError) as error:
        raise UnreachableError(f"{host} cannot be found: {plain_reason(error)}") from error
    addresses = list(dict.fromkeys(entry[4][0] for entry in found))
    for address in addresses:
        if not allow_private and not is_public(address):
            subject = host if host == address else f"{host} is at {address}, which"
            raise PrivateAddressError(f"{subject} is not a public address")
    return addresses


def whole_address(base: str, text: str) -> str:
    """The whole address of a link ``text`` at ``base``, if it is one that may be visited.

    Examples
    --------
    >>> whole_address("http://example.org/a/page.html", "../brücke.png#top")
    'http://example.org/br%C3%BCcke.png'
    """
    import requests

    if len(text) > MAX_ADDRESS:
        raise DownloadError(f"an address of {len(text):,} letters is not visited")
    try:
        joined = urllib.parse.urldefrag(urllib.parse.urljoin(base, text.strip())).url
        parts = urllib.parse.urlsplit(joined)
        if parts.scheme not in ("http", "https"):
            raise DownloadError("only http and https addresses are visited")
        if parts.username is not None or parts.password is not None:
            raise DownloadError("an address with a user name in it is not visited")
        return requests.Request("GET", joined).prepare().url
    except (ValueError, requests.exceptions.RequestException) as error:
        raise DownloadError(f"not an address: {plain_reason(error)}") from error


def tidy(text: Any) -> str:
    """Text of a stranger on one line: no control characters, no changes of direction, of bounded length."""
    start = str(text)[: 10 * MAX_LETTERS]
    printable = (letter if letter.isprintable() or letter in "\u200c\u200d" else " " for letter in start)
    return " ".join("".join(printable).split())[:MAX_LETTERS]
