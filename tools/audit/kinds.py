"""Kinds of fields, by which an audit counts what it found to differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Column of the mirror → kind. What stands in none of these tables is “other”.
_OF_COLUMN = {
    "name": "names",
    "first_name": "names",
    "last_name": "names",
    "email": "email",
    "valid_email": "email",
    "phone": "phone",
    "phone_label": "phone",
    "company_name": "company",
    "business_name": "company",
    "business_ghl_id": "company",
    "website": "company",
    **dict.fromkeys(("address1", "city", "state", "country", "postal_code"), "address"),
    "source": "source",
    "type": "source",
    "assigned_to": "owner",
    "dnd": "dnd",
    "dnd_settings": "dnd",
    "inbound_dnd_settings": "dnd",
    "custom_fields": "custom_fields",
    "tags": "tags",
    "timezone": "other",
    "date_of_birth": "other",
    "date_added_ms": "other",
}
# GoHighLevel's own key → kind, of what has no column.
_OF_KEY = {
    "additionalEmails": "email",
    "bounceEmail": "email",
    "unsubscribeEmail": "email",
    "additionalPhones": "phone",
    "followers": "owner",
    "opportunities": "opportunities",
    "activeWorkflows": "workflows",
    "finishedWorkflows": "workflows",
    "workflows": "workflows",
    "attributionSource": "source",
    "lastAttributionSource": "source",
}
KINDS = (
    *dict.fromkeys((*_OF_COLUMN.values(), *_OF_KEY.values())),
)  # fmt: skip

# A contact of the mirror: column → value; `extra` is an object.
Row = Mapping[str, Any]


def kinds_that_differ(before: Row, after: Row) -> set[str]:
    """Return the kinds of fields in which two states of a contact differ."""
    found = {
        kind
        for column, kind in _OF_COLUMN.items()
        if before.get(column) != after.get(column)
    }
    old, new = before.get("extra") or {}, after.get("extra") or {}
    found |= {
        _OF_KEY.get(key, "other")
        for key in old.keys() | new.keys()
        if old.get(key) != new.get(key)
    }
    return found
