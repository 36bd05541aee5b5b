"""Where a request comes from, by the headers that browsers alone may set.

Pages cannot forge ``Origin`` and ``Sec-Fetch-Site``. The latter is sent to https
addresses and to localhost only, so both are needed.
https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site
"""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum

from ..urls import parse_origin


class Origin(Enum):
    """The verdict on one request."""

    ABSENT = "absent"  # no page speaks: a program, or an address typed by a person
    SAME = "same"  # a page of this Odoo
    LISTED = "listed"  # a page of an origin that the settings name
    FOREIGN = "foreign"  # any other page


def judge_origin(
    origin: str | None, site: str | None, own: str, listed: Collection[str]
) -> tuple[Origin, str | None]:
    """Return the verdict, and the origin as it may be echoed when it is listed.

    :param origin: the header ``Origin``, None when absent
    :param site: the header ``Sec-Fetch-Site``, None when absent
    :param own: scheme and host that the request was sent to
    :param listed: foreign origins that are allowed, as `parse_origin` writes them
    """
    site = (site or "").strip().lower() or None
    if origin is None:
        if site == "same-origin":
            return Origin.SAME, None
        return (Origin.ABSENT if site in (None, "none") else Origin.FOREIGN), None
    # "null" (sandboxed frames, data: pages) and browser extensions parse to None.
    parsed = parse_origin(origin)
    if parsed is None:
        return Origin.FOREIGN, None
    if parsed in listed:
        return Origin.LISTED, parsed
    if site is None:
        return (Origin.SAME if parsed == parse_origin(own) else Origin.FOREIGN), None
    # Behind a proxy that ends TLS, Odoo may take its own scheme for http: the browser
    # has compared the schemes already, so the hosts decide.
    same = site == "same-origin" and _host(parsed) == _host(parse_origin(own))
    return (Origin.SAME if same else Origin.FOREIGN), None


def _host(origin: str | None) -> str | None:
    return origin.partition("://")[2] if origin else None
