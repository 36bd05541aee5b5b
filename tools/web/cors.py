"""Cross-origin requests: whose page asks, and what a foreign page may.

The origin is told by headers that browsers alone may set.

Pages cannot forge ``Origin`` and ``Sec-Fetch-Site``. The latter tells what we cannot
know behind a proxy that hides the address that people use; but it is sent to https
addresses and to localhost only, and not by old browsers.
https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import Enum

from ..correlation import HEADER
from ..urls import parse_origin

# Seconds for which a browser remembers what a preflight allowed.
MAX_AGE = 600


class Origin(Enum):
    """The verdict on one request."""

    ABSENT = "absent"  # no page speaks: a program, or an address typed by a person
    SAME = "same"  # a page of this Odoo
    LISTED = "listed"  # a page of an origin that the settings name
    FOREIGN = "foreign"  # any other page


def classify_origin(
    origin: str | None,
    site: str | None,
    own: Collection[str | None],
    listed: Collection[str],
) -> tuple[Origin, str | None]:
    """Return the verdict, and the origin as it may be echoed when it is listed.

    :param origin: the header ``Origin``, None when absent
    :param site: the header ``Sec-Fetch-Site``, None when absent
    :param own: addresses of this Odoo: that which the request was sent to, as far as a
        proxy passes it on, and that which Odoo is known by
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
    # Before the list: somebody may have listed our own address there.
    if site == "same-origin":
        return Origin.SAME, None
    if site is None and parsed in {parse_origin(address or "") for address in own}:
        return Origin.SAME, None
    if parsed in listed:
        return Origin.LISTED, parsed
    return Origin.FOREIGN, None


def shared_with(origin: str | None) -> dict[str, str]:
    """Return the headers that let a page of a listed origin read an answer.

    :param origin: as `classify_origin` returns it; None: nobody's
    """
    if not origin:
        return {}
    # Allow-Credentials stays away: listed pages use keys, never cookies.
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Expose-Headers": f"Retry-After, {HEADER}",
    }


def preflight(methods: Iterable[str], origin: str | None) -> dict[str, str]:
    """Return the headers of the answer to a preflight.

    :param methods: that the address takes
    :param origin: as `classify_origin` returns it
    """
    allowed = ", ".join(methods)
    if not origin:
        return {"Allow": allowed}
    return {
        "Allow": allowed,
        "Access-Control-Allow-Methods": allowed,
        "Access-Control-Allow-Headers": f"Authorization, Content-Type, {HEADER}",
        "Access-Control-Max-Age": str(MAX_AGE),
    }
