"""JSON in and out: fast by default, and able to carry what a fast codec refuses.

A real vendor stores whatever its users typed: lone surrogates, huge integers. orjson
refuses both, so the standard library takes over for those documents only.
"""

import json
from typing import Any

import orjson


def dumps(value: Any) -> bytes:
    """Compact JSON bytes; lone surrogates come out as ``\\udXXX`` escapes."""
    try:
        return orjson.dumps(value)
    except TypeError:
        text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
        return text.encode("ascii")


def loads(raw: bytes | str) -> Any:
    """Parse JSON; raises ``ValueError`` when it is none."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return json.loads(raw)
