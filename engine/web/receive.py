"""What is known of a call of the JSON API before anybody's credentials matter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ...tools.web.cors import Origin, classify_origin
from .api_error import ApiError

# The largest body of ours is one id; this leaves room for whatever forms add.
MAX_BODY = 64 * 1024
_SAFE = ("GET", "HEAD")


class Received(NamedTuple):
    """A call: whose page makes it, what its address takes, whether it only reads.

    :param listed_origin: the origin as it may be echoed, when it is a listed one
    """

    origin: Origin = Origin.ABSENT
    listed_origin: str | None = None
    methods: tuple[str, ...] = ()
    reads: bool = False


def receive(env: Any, httprequest: Any, routing: Mapping[str, Any]) -> Received:
    """Return what is known of a call.

    :param routing: of the route, as `api_route` made it
    """
    settings = env["ghl.settings"]
    origin, listed = classify_origin(
        httprequest.headers.get("Origin"),
        httprequest.headers.get("Sec-Fetch-Site"),
        settings._own_addresses(httprequest.host_url),
        settings._allowed_origins(),
    )
    # A browser proves no origin when it reads a page of its own by plain http.
    is_safe = httprequest.method in _SAFE and "GET" in routing["ghl_methods"]
    return Received(
        origin,
        listed,
        (*routing["ghl_methods"], "OPTIONS"),
        routing["ghl_reads"] or is_safe,
    )


def refuse_unfit(httprequest: Any, received: Received) -> None:
    """Refuse a call that no caller may make.

    :raise ApiError: 405, 411 or 413
    """
    if httprequest.method not in received.methods:
        raise ApiError(
            405,
            "method_not_allowed",
            f"This address takes {' and '.join(received.methods)} only.",
            {"Allow": ", ".join(received.methods)},
        )
    if "chunked" in httprequest.headers.get("Transfer-Encoding", "").lower():
        raise ApiError(411, "length_required", "Send the body with its length.")
    if (httprequest.content_length or 0) > MAX_BODY:
        raise ApiError(
            413, "body_too_large", f"A body may have at most {MAX_BODY} bytes."
        )
