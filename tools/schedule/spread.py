"""Spreads what would fall due at one time, the same way every time."""

from __future__ import annotations

import zlib


def share_of(key: str) -> float:
    """Return a share from 0 to 1 that is a key's own."""
    return zlib.crc32(key.encode("utf-8", "surrogatepass")) / 2**32
