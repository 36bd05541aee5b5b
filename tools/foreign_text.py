"""Text of others (the vendor, whoever stands in between) in our pages and mails.

A refusal's words reach activities, mails and chatter. They must bring neither markup
nor links: what a browser or a mail program would turn into a link is written so that
none does.
"""

from __future__ import annotations

import re

from markupsafe import Markup, escape

MAX_TEXT = 2_000

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


def without_links(text: object) -> str:
    """Return `text` without anything that a program would turn into a link.

    ``https://evil.example/x`` becomes ``evil[.]example/x``: still to be read, and
    nowhere to be clicked.

    :param object text: anything; it is turned into ``str`` and cut first
    """
    out = str(text)[:MAX_TEXT]
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
