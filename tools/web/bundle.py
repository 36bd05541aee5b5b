"""The built analytics page that this server has."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

_DIST = Path(__file__).parents[2] / "static" / "dist"
# Tells a page that is open which one the server has by now.
VERSION_HEADER = "X-Ghl-Page"


@functools.cache
def bundle_version() -> str:
    """Return a digest of the built page: `/static/` is cached for a week by address."""
    digest = hashlib.sha256()
    for name in ("analytics.js", "analytics.css"):
        path = _DIST / name
        digest.update(path.read_bytes() if path.exists() else b"")
    return digest.hexdigest()[:16]
