"""Hide what must not stand in Odoo's log of requests."""

from __future__ import annotations

import re

# The whole query goes: it holds codes and tickets.
_OAUTH = re.compile(r"(/ghl/oauth/\w+)\?[^\s\"]*")
# Searches are for names and addresses, more often than not.
_SEARCH = re.compile(r"([?&]search=)[^\s\"&]*")
# The same in an address within an address, as the login page is sent back from.
_QUOTED_SEARCH = re.compile(
    r"((?:%3F|%26|%253F|%2526)search(?:%3D|%253D))(?:(?!%26|%2526)[^\s\"&])*",
    re.IGNORECASE,
)
_OURS = ("/ghl/", "/api/", "%2Fghl%2F", "%2fghl%2f", "%252Fghl")


def hide(line: str) -> str:
    """Return a line of the log of requests without codes, and without searches."""
    if not any(one in line for one in _OURS):
        return line
    line = _OAUTH.sub(r"\1?…", line)
    return _QUOTED_SEARCH.sub(r"\1…", _SEARCH.sub(r"\1…", line))
