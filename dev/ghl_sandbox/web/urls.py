"""Addresses that the sandbox may call or send a browser to."""

import ipaddress
from urllib.parse import urlsplit


def is_loopback(url: str) -> bool:
    """Does a URL stay on this machine?"""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return False
    if parts.hostname == "localhost":
        return True
    try:
        return ipaddress.ip_address(parts.hostname).is_loopback
    except ValueError:
        return False
