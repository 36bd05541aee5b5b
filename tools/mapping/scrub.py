"""Make what the vendor sends storable: without what PostgreSQL refuses."""

from __future__ import annotations

import re
from typing import Any

# NUL, which PostgreSQL cannot store, and surrogate halves, in JSON text.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def scrub(value: Any) -> Any:
    """Return `value` with U+FFFD for what PostgreSQL cannot store, at any depth.

    NaN and infinities, which Python reads but JSON lacks, become texts.

    :raise RecursionError: when it is nested too deeply
    """
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {scrub(key): scrub(item) for key, item in value.items()}
    if isinstance(value, list):
        return [scrub(item) for item in value]
    if isinstance(value, float) and value - value != 0:
        return str(value)
    return value
