"""Turn the bytes of an answer into JSON values, however odd the contacts inside are.

One record that cannot be read must not cost its page: what breaks the parser is
replaced by a marker, and the caller is told.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import Any

# Deeper than any genuine contact, shallow enough for every later stage (Python's own
# parser gives up near 1,000).
MAX_DEPTH = 200
# Python refuses to convert longer digit strings (sys.set_int_max_str_digits).
MAX_DIGITS = 4_000
TOO_DEEP = '"[nested too deeply, left out]"'

# A text without its end reaches to the end of all: not to be tried from inside again.
_BRACKETS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)
# NUL and surrogates, raw or escaped. PostgreSQL's jsonb refuses NUL and lone halves.
_SUSPECT = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_PAIR = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")


@dataclass(frozen=True, slots=True)
class Parsed:
    """A parsed answer and what had to be bent to parse it (see `parse`)."""

    value: Any
    repairs: tuple[str, ...] = ()


class BadEncoding(ValueError):
    """The bytes are not UTF-8."""


class _Odd(ValueError):
    """A number that Python or PostgreSQL cannot hold."""


def _refuse(_constant: str) -> None:
    raise _Odd


def _finite(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise _Odd
    return value


_DECODER = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite)


def parse(body: bytes, *, replace: bool = False) -> Parsed:
    """Parse `body`.

    Without `repairs` in the result, `body` is flawless JSON. Else they say what is not:

    - ``"byte_order_mark"``, ``"control_characters"`` inside strings: read all the same
    - ``"invalid_utf8"``: replacement characters stand in
    - ``"too_deep"``: a marker stands in for what is nested beyond `MAX_DEPTH`
    - ``"number_too_long"``: such a number is kept as text
    - ``"not_a_number"``: NaN and Infinity are read as null

    :param bool replace: accept bytes that are not UTF-8
    :raise BadEncoding: they are not, and `replace` is not set
    :raise ValueError: not JSON
    """
    repairs: list[str] = []
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        if not replace:
            raise BadEncoding("The answer is not valid UTF-8.") from None
        text = body.decode("utf-8", "replace")
        repairs.append("invalid_utf8")
    if text.startswith("\ufeff"):
        text = text[1:]
        repairs.append("byte_order_mark")
    try:
        return Parsed(_DECODER.decode(text), tuple(repairs))
    except RecursionError:
        text = _flatten(text)
        repairs.append("too_deep")
    except ValueError as err:
        # Other ValueErrors are numbers: `_Odd`, or an integer beyond Python's limit.
        if isinstance(err, json.JSONDecodeError):
            repairs.append("control_characters")
    return Parsed(_decode_patiently(text, repairs), tuple(repairs))


def has_bad_escapes(body: bytes) -> bool:
    """Tell whether `body` holds NUL or half a surrogate pair, raw or escaped.

    Cheap for the usual page, which holds neither. May say yes for an escaped backslash
    followed by such a text; never says no wrongly.
    """
    if b"\x00" in body:
        return True
    if _SUSPECT.search(body) is None:
        return False
    # Emoji arrive as whole pairs from servers that escape all but ASCII.
    return b"\\\\u" in body or _SUSPECT.search(_PAIR.sub(b" ", body)) is not None


def _decode_patiently(text: str, repairs: list[str]) -> Any:
    def note(repair: str) -> None:
        if repair not in repairs:
            repairs.append(repair)

    def constant(_name: str) -> None:
        # PostgreSQL would refuse the whole page for it.
        note("not_a_number")

    def whole(digits: str) -> int | str:
        if len(digits) <= MAX_DIGITS:
            return int(digits)
        note("number_too_long")
        return digits

    def fraction(digits: str) -> float | str:
        value = float(digits)
        if not math.isinf(value):
            return value
        note("number_too_long")
        return digits

    decoder = json.JSONDecoder(
        parse_constant=constant, parse_int=whole, parse_float=fraction, strict=False
    )
    return decoder.decode(text)


def _flatten(text: str) -> str:
    """Replace what is nested beyond `MAX_DEPTH` by a marker."""
    out: list[str] = []
    depth = kept_to = 0
    for match in _BRACKETS.finditer(text):
        token = match.group()
        if token in "[{":
            depth += 1
            if depth == MAX_DEPTH + 1:
                out.append(text[kept_to : match.start()])
                out.append(TOO_DEEP)
        elif token in "]}":
            if depth == MAX_DEPTH + 1:
                kept_to = match.end()
            depth -= 1
    out.append(text[kept_to:])
    return "".join(out)
