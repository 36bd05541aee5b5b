"""Mask credentials and personal data in text that leaves the program.

Masking errs on the side of hiding too much: a log line that lost a harmless number is
cheaper than one that kept a customer's.
"""

from __future__ import annotations

import re

# Names under which credentials travel, in headers, queries, forms and JSON alike.
_SECRET_KEYS = (
    r"access_?token|refresh_?token|private_?token|id_?token|client_?secret|api_?key"
    r"|authorization|password|passwd|secret|token"
)

# More of a text is not looked at, and not shown.
MAX_TEXT = 100_000
# Characters of an address before the "@".
_LOCAL = r"\w.!#$%&'*+/=?^`{|}~-"

# Each takes time in proportion to the text, whatever it is: what repeats without an end
# begins where nothing that it could have taken stands before it.
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    # "Authorization: Bearer x" needs its own rule: the scheme is not the secret.
    (re.compile(r"(?i)\b(bearer|basic)(\s+|%20|\+)[^\s\"',;\\]+"), r"\1 ***"),
    (
        re.compile(
            rf"(?i)([\"']?\b(?:{_SECRET_KEYS})\\?[\"']?\s*[:=]\s*)"
            r"(\\?\"[^\"]*(?:\"|\Z)|'[^']*(?:'|\Z)|(?!bearer\b|basic\b)[^\s&\"',;}\]]+)"
        ),
        r"\1***",
    ),
    # An authorization code, but not our own `code` slugs or "code 429".
    (
        re.compile(
            r"(?i)((?:[?&]|\b)[\"']?code[\"']?\s*[:=]\s*)[\"']?"
            r"(?=[\w%.~-]*[\d%])[\w%.~-]{10,}[\"']?"
        ),
        r"\1***",
    ),
    (re.compile(r"([?&]code=)[^&\s\"']+"), r"\1***"),
    (re.compile(r"\bpit-[\w-]{4,}"), "pit-***"),
    (re.compile(r"\beyJ[\w-]{5,}(?:\.[\w-]*){0,4}"), "[jwt]"),
    (
        re.compile(
            rf"(?<![{_LOCAL}])[{_LOCAL}]+(?:@|%40)"
            # The end may be cut off.
            r"(?:[\w-]+(?:\.[\w-]+)+|[\w.-]*…)"
        ),
        "[email]",
    ),
    # International form, then national forms with separators, then bare digits.
    # Dates (4-2-2 digits) and millisecond time stamps (13 digits) fit none of them.
    (
        re.compile(r"(?<![\w+])(?:\+|%2B)\d(?:[ ().\-]{0,2}\d){6,14}(?!\d)"),
        "[phone]",
    ),
    (
        re.compile(r"(?<![\w.-])\(?\d{3}\)?[ .-]{1,2}\d{3}[ .-]\d{4}(?![\w-])"),
        "[phone]",
    ),
    (re.compile(r"(?<![\w.:/-])\d{10,12}(?![\w-]|\.\d)"), "[phone]"),
)


def redact(text: object) -> str:
    """Return `text` with tokens, e-mail addresses and phone numbers masked.

    :param object text: anything; it is turned into ``str`` first, and cut
    """
    out = text if isinstance(text, str) else str(text)
    if len(out) > MAX_TEXT:
        out = out[:MAX_TEXT] + "…"
    for pattern, replacement in _RULES:
        out = pattern.sub(replacement, out)
    return out
