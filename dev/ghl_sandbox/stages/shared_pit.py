"""The dialect ``shared-pit``: the agency's private integration token reads everything.

Against a real account such a token reads no contacts. With it, one connection is enough
to show several locations, which is what a demonstration wants.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from .tokens import Token

if TYPE_CHECKING:
    from ..pipeline import Call


def narrowed(token: Token, call: "Call") -> Token:
    """The agency's token as if it were that of the location which the call names."""
    if token.kind != "pit" or token.location_id:
        return token
    location_id = _named(call)
    if location_id not in call.sandbox.world.locations:
        return token
    return replace(token, user_type="Location", location_id=location_id)


def _named(call: "Call") -> str | None:
    """The location that a call is about: in its path, its query or its body."""
    request = call.request
    named = request.match_info.get("location") or request.query.get("locationId")
    if named:
        return named
    contact = request.match_info.get("contact")
    if contact:
        for location in call.sandbox.world.locations.values():
            if contact in location.store.records:
                return location.id
        # A request for a contact that is gone gets the answer of some location.
        return next(iter(call.sandbox.world.locations), None)
    body = call.json() if call.raw else None
    return body.get("locationId") if isinstance(body, dict) else None
