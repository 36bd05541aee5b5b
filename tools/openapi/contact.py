"""A contact as the JSON API shows it: one table, a row for each key.

The document takes the schema of each key from it, the page of contacts the columns that
one query reads, and the answer what the key holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, NamedTuple

from ..dates import format_ms
from ..mapping.consent import consents
from ..mapping.search import additional
from .parts import FLAG, TEXT, Schema, array, nullable, obj


class Key(NamedTuple):
    """What the API says of a contact under one key.

    :param schema: of its value
    :param columns: fields of `ghl.contact` that are read for it
    :param get: its value, from a `ghl.contact` and the names of custom fields by id
    """

    schema: Schema
    columns: tuple[str, ...]
    get: Callable[[Any, Mapping[str, str]], Any]


def _text(column: str) -> Key:
    """Return the key of a text that is shown as it stands in its column."""
    read = attrgetter(column)
    return Key(nullable(TEXT), (column,), lambda contact, _names: read(contact) or None)


def _additional(kind: str, key: str) -> Key:
    """Return the key of what the contact has besides its first address or number."""

    def get(contact: Any, _names: Mapping[str, str]) -> list[str]:
        extra = contact.extra if isinstance(contact.extra, dict) else {}
        return additional(extra.get(f"additional{kind}"), key)

    return Key(array(TEXT), ("extra",), get)


def _date(column: str) -> Key:
    """Return the key of a date, exact to the millisecond."""
    read, read_ms = attrgetter(column), attrgetter(f"{column}_ms")

    def get(contact: Any, _names: Mapping[str, str]) -> str | None:
        epoch_ms = read_ms(contact)
        # Without a Datetime, 0 ms stands for an empty column.
        return format_ms(int(epoch_ms)) if read(contact) or epoch_ms else None

    # No format: imports upstream hold years that RFC 3339 does not know.
    return Key(nullable(TEXT), (column, f"{column}_ms"), get)


def _owner(contact: Any, _names: Mapping[str, str]) -> dict[str, str | None] | None:
    if not contact.assigned_to:
        return None
    return {"id": contact.assigned_to, "name": contact.owner_id.name or None}


ADDRESS = ("address1", "city", "state", "postal_code", "country")
_ADDRESS = {name: _text(name) for name in ADDRESS}
# In this order they stand in the document and in answers.
KEYS: dict[str, Key] = {
    "id": Key(
        {**TEXT, "description": "GoHighLevel's id of the contact."},
        ("ghl_id",),
        lambda contact, _names: contact.ghl_id,
    ),
    "name": _text("name"),
    "first_name": _text("first_name"),
    "last_name": _text("last_name"),
    "email": _text("email"),
    "phone": _text("phone"),
    "company_name": _text("company_name"),
    "source": _text("source"),
    "type": _text("type"),
    "website": _text("website"),
    "timezone": _text("timezone"),
    "additional_emails": _additional("Emails", "email"),
    "additional_phones": _additional("Phones", "phone"),
    "tags": Key(
        array(TEXT),
        ("tag_ids",),
        lambda contact, _names: contact.tag_ids.mapped("name"),
    ),
    "assigned_to": Key(
        nullable(obj({"id": TEXT, "name": nullable(TEXT)})),
        ("assigned_to", "owner_id"),
        _owner,
    ),
    "dnd": Key(
        {
            **FLAG,
            "description": "GoHighLevel's own switch. It counts where `dnd_settings` "
            "say nothing; else they decide, whatever it says.",
        },
        ("dnd",),
        lambda contact, _names: contact.dnd,
    ),
    "dnd_settings": Key(
        array(
            obj(
                {
                    "channel": TEXT,
                    "blocked": nullable(FLAG),
                    "text": {**TEXT, "description": "The same in words."},
                    "reason": nullable(TEXT),
                },
                description="Whether the contact may be contacted by one channel.",
            )
        ),
        ("dnd_settings",),
        lambda contact, _names: consents(contact.dnd_settings),
    ),
    "address": Key(
        obj({name: key.schema for name, key in _ADDRESS.items()}),
        ADDRESS,
        lambda contact, names: {
            name: key.get(contact, names) for name, key in _ADDRESS.items()
        },
    ),
    **_ADDRESS,
    "date_added": _date("date_added"),
    "date_updated": _date("date_updated"),
    "custom_fields": Key(
        {
            "type": "object",
            "description": "Values by the name of their field.",
            "additionalProperties": True,
        },
        ("custom_fields",),
        lambda contact, names: contact._named_custom_fields(names),
    ),
}
CONTACT = obj({name: key.schema for name, key in KEYS.items()})
# Columns that a page of contacts reads, in one query.
COLUMNS = list(dict.fromkeys(c for key in KEYS.values() for c in key.columns))


def contact_entry(contact: Any, names: Mapping[str, str]) -> dict[str, Any]:
    """Return a contact as the JSON API shows it.

    :param contact: a `ghl.contact`
    :param names: {id: name} of its location's custom fields
    """
    return {name: key.get(contact, names) for name, key in KEYS.items()}
