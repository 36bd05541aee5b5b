"""The envelope of a webhook, and all that we take from it: who, what, when.

An event is a hint that something changed. The data in it is left alone: it lacks empty
fields and has no `dateUpdated`, so that nothing can be merged from it exactly.
https://marketplace.gohighlevel.com/docs/webhook/ContactUpdate
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Any

from ..dates import parse_ms

CONTACT = "contact"
LOCATION = "location"
APP = "app"
OTHER = "other"

_APP_TYPES = frozenset(("INSTALL", "UNINSTALL"))
_LOCATION_TYPES = frozenset(("LocationUpdate",))
# Identifiers of the vendor's are short and printable; PostgreSQL takes no NUL.
_IDENTIFIER = re.compile(r"[\x21-\x7e]{1,100}")
# Keys of an install event; none of them is personal.
_DETAILS = ("installType", "companyId", "locationId", "versionId")


class MalformedEvent(Exception):
    """The body is no event; the text says why, without data."""


@dataclass(frozen=True)
class WebhookEvent:
    """One delivery; ids are `None` where the vendor sent none that is usable."""

    webhook_id: str
    type: str
    kind: str
    app_id: str | None
    location_id: str | None
    contact_id: str | None
    timestamp_ms: int | None
    details: dict[str, str] = field(default_factory=dict)


def parse_event(body: bytes) -> WebhookEvent:
    """Return the event of a body whose signature has been verified.

    Payloads are flat; the guide's sample code puts them under `data`, so both are read.

    :raise MalformedEvent: no JSON object, or one without a type
    """
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError) as err:
        raise MalformedEvent("it is no JSON") from err
    if not isinstance(payload, dict):
        raise MalformedEvent("it is no JSON object")
    inner = payload.get("data")
    if isinstance(inner, dict):
        payload = {**inner, **{k: v for k, v in payload.items() if k != "data"}}
    event_type = _identifier(payload.get("type"))
    if not event_type:
        raise MalformedEvent("it has no type")
    kind = _kind(event_type)
    own_id = _identifier(payload.get("id"))
    location_id = _identifier(payload.get("locationId"))
    return WebhookEvent(
        webhook_id=_identifier(payload.get("webhookId")) or _digest(body),
        type=event_type,
        kind=kind,
        app_id=_identifier(payload.get("appId")),
        location_id=location_id or (own_id if kind == LOCATION else None),
        contact_id=own_id if kind == CONTACT else None,
        timestamp_ms=parse_ms(payload.get("timestamp")),
        details=_details(payload) if kind == APP else {},
    )


def _kind(event_type: str) -> str:
    if event_type in _APP_TYPES:
        return APP
    if event_type in _LOCATION_TYPES:
        return LOCATION
    # Also those that are not documented (merges): the contact is read again.
    return CONTACT if event_type.startswith("Contact") else OTHER


def _identifier(value: Any) -> str | None:
    if isinstance(value, str) and _IDENTIFIER.fullmatch(value):
        return value
    return None


def _digest(body: bytes) -> str:
    return "sha256:" + hashlib.sha256(body).hexdigest()


def _details(payload: dict[str, Any]) -> dict[str, str]:
    found = {key: _identifier(payload.get(key)) for key in _DETAILS}
    return {key: value for key, value in found.items() if value}
