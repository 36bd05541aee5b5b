"""Addresses that the addon may call, and origins that may call it."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}


def is_loopback(host: str | None) -> bool:
    """Tell whether `host` is this machine, by its name alone: nothing is resolved."""
    host = (host or "").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def base_url_problem(url: str) -> str | None:
    """Return why `url` cannot be the API's base, or None when it can.

    :return: ``"malformed"`` (no absolute http or https address),
        ``"extras"`` (credentials, a query or a fragment in it) or
        ``"insecure"`` (plain http to another machine would show the token to the net)
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return "malformed"
    if (
        parts.scheme not in _DEFAULT_PORTS
        or not parts.hostname
        or port == 0
        or any(char.isspace() or not char.isprintable() for char in url.strip())
    ):
        return "malformed"
    if parts.username is not None or parts.query or parts.fragment:
        return "extras"
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        return "insecure"
    return None


def parse_origin(text: str) -> str | None:
    """Return `text` as a browser would send it in ``Origin``, or None if it is none.

    Lower case, without a path and without the scheme's own port. ``*`` and ``null``
    are no origins here: an answer with somebody's data names who may read it.
    """
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError:
        return None
    host = (parts.hostname or "").lower()
    if parts.scheme not in _DEFAULT_PORTS or not host or "*" in host:
        return None
    if parts.path not in ("", "/") or parts.query or parts.fragment or parts.username:
        return None
    if any(char.isspace() for char in host):
        return None
    host = f"[{host}]" if ":" in host else host
    if port in (None, _DEFAULT_PORTS[parts.scheme]):
        return f"{parts.scheme}://{host}"
    return f"{parts.scheme}://{host}:{port}"
