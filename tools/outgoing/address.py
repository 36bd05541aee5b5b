"""Tell to which addresses this server may send on somebody's behalf.

An address that an administrator enters could name what only this server can reach: the
database, a cloud's metadata, a printer. Only public addresses are allowed unless a
setting says otherwise.
"""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}
# An IPv4 address inside of an IPv6 one, as networks without IPv4 translate it.
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")


def url_problem(url: str, private: bool = False) -> str | None:
    """Return why nothing can be sent to `url`, None when it can.

    :param private: addresses of the own network are allowed, and plain http to them
    :return: ``"malformed"``, ``"extras"`` (credentials or a fragment in it) or
        ``"insecure"`` (plain http)
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return "malformed"
    odd = any(char.isspace() or not char.isprintable() for char in url.strip())
    if parts.scheme not in _PORTS or not parts.hostname or port == 0 or odd:
        return "malformed"
    if parts.username is not None or parts.fragment:
        return "extras"
    if parts.scheme == "http" and not private:
        return "insecure"
    return None


def is_public(address: str) -> bool:
    """Tell whether an IP address belongs to the public net."""
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo and ip.teredo[1])
        if ip in _TRANSLATED:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast


def resolve(url: str) -> list[str]:
    """Return the IP addresses of an address's host.

    :raise OSError: it has none
    """
    parts = urlsplit(url)
    port = parts.port or _PORTS[parts.scheme]
    found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
