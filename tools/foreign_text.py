"""Text of others (the vendor, whoever stands in between) in our rows, logs and mails.

`clean` makes any text one that PostgreSQL stores and a screen shows: `GhlError` and the
fields of `models.foreign_field` use it, so that nothing else has to think of it.

A refusal's words reach activities, mails and chatter. They must bring neither markup
nor links: what a browser or a mail program would turn into a link is written so that
none does.
"""

from __future__ import annotations

import re

from markupsafe import Markup, escape

MAX_TEXT = 2_000

# A text that has to be cut keeps so much.
MAX_LINE, MAX_LINES = 1_000, 20_000
# NUL and surrogate halves, which PostgreSQL refuses; control characters, which forge
# lines of logs; what turns the direction of a text, or hides it.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff"
    "\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]"
)
_LINE_BREAKS = re.compile(r"[\t\r\n]")

# Every quantifier has an end, so that no text takes longer than its length.
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,15}:/{1,9}", re.IGNORECASE)
_HOST = re.compile(
    r"(?<![\w.])(?:[\w-]{1,63}\.){1,9}(?:[^\W\d_]{2,24}|xn--[\w-]{1,59})\b"
)
_ADDRESS = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?=[:/]|$|\s)")
_MAILTO = re.compile(r"\b(mailto|tel|sms|javascript|data):", re.IGNORECASE)
# Last parts of names that look like hosts and are none: scopes, fields, files.
_NO_DOMAINS = frozenset(
    ("readonly", "write", "json", "html", "php", "py", "js", "md", "txt", "sql", "conf")
)
# Named in our own sentences; without a scheme they lead nowhere else.
_OURS = frozenset(
    (
        "marketplace.gohighlevel.com",
        "app.gohighlevel.com",
        "services.leadconnectorhq.com",
    )
)


def clean(text: object, most: int = MAX_LINE, *, lines: bool = False) -> str:
    """Return `text` as it can be stored, logged and shown.

    :param object text: anything; bytes are read as UTF-8
    :param int most: characters that are kept
    :param bool lines: whether it may have more than one line
    """
    if isinstance(text, bytes):
        text = text[: 4 * most].decode(errors="replace")
    out = text if isinstance(text, str) else str(text)
    if len(out) > most:
        out = out[: most - 1] + "…"
    out = _UNSEEN.sub("\ufffd", out)
    return out if lines else _LINE_BREAKS.sub(" ", out)


def clean_json(value: object, most: int = MAX_LINES, depth: int = 20) -> object:
    """Return a JSON value of others with its texts cleaned; too deep ones as text."""
    if isinstance(value, str):
        return clean(value, most, lines=True)
    if depth <= 0:
        return clean(value, most)
    if isinstance(value, dict):
        return {
            clean(key, 200): clean_json(item, most, depth - 1)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [clean_json(item, most, depth - 1) for item in value]
    if isinstance(value, float) and value - value != 0:
        return str(value)
    return value


def without_links(text: object) -> str:
    """Return `text` without anything that a program would turn into a link.

    ``https://evil.example/x`` becomes ``evil[.]example/x``: still to be read, and
    nowhere to be clicked.

    :param object text: anything; it is turned into ``str`` and cut first
    """
    out = clean(text, MAX_TEXT, lines=True)
    out = _SCHEME.sub("", out).replace("//", "/ /")
    out = _MAILTO.sub(r"\1 ", out)
    out = _ADDRESS.sub(_broken, out)
    return _HOST.sub(_broken_host, out)


def as_html(text: object) -> Markup:
    """Return `text` as markup that shows it as it is: no tags, no links, its lines."""
    lines = without_links(text).splitlines() or [""]
    return Markup("<br/>").join(escape(line) for line in lines)


def _broken(match: re.Match[str]) -> str:
    return match[0].replace(".", "[.]")


def _broken_host(match: re.Match[str]) -> str:
    host = match[0].lower()
    if host in _OURS or host.rpartition(".")[2] in _NO_DOMAINS:
        return match[0]
    return _broken(match)
