"""Turn the bytes of an answer into JSON values, however odd the contacts inside are.

One record that cannot be read must not cost its page: what breaks the parser is
replaced by a marker, and the caller is told.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

# Deeper than any genuine contact, shallow enough for every later stage (Python's own
# parser gives up near 1,000).
MAX_DEPTH = 200
# Python refuses to convert longer digit strings (sys.set_int_max_str_digits).
MAX_DIGITS = 4_000
TOO_DEEP = '"[nested too deeply, left out]"'

_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)
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


def _no_constant(_name: str) -> None:
    # NaN and Infinity are not JSON; PostgreSQL would refuse the whole page for them.
    return None


# `strict=False` lets control characters inside strings pass.
_DECODER = json.JSONDecoder(parse_constant=_no_constant, strict=False)


def parse(body: bytes, *, replace: bool = False) -> Parsed:
    """Parse `body`.

    `repairs` of the result may hold ``"invalid_utf8"`` (replacement characters stand
    in), ``"number_too_long"`` (such an integer is kept as text) and ``"too_deep"`` (a
    marker stands in for what is nested beyond `MAX_DEPTH`).

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
    try:
        return Parsed(_DECODER.decode(text), tuple(repairs))
    except json.JSONDecodeError:
        raise
    except (RecursionError, ValueError) as err:
        # The only other ValueError is an integer beyond Python's limit for conversion,
        # with which the patient decoder below copes.
        if isinstance(err, RecursionError):
            text = _flatten(text)
            repairs.append("too_deep")
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
    def bounded_int(digits: str) -> int | str:
        if len(digits) <= MAX_DIGITS:
            return int(digits)
        if "number_too_long" not in repairs:
            repairs.append("number_too_long")
        return digits

    decoder = json.JSONDecoder(
        parse_constant=_no_constant, parse_int=bounded_int, strict=False
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
