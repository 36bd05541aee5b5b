"""Contacts as the JSON API shows them."""

from typing import Any

from ...tools.dates import format_ms
from ...tools.mapping.consent import consents
from ...tools.mapping.search import additional
from ...tools.openapi.schemas import ADDRESS_KEYS, CONTACT_TEXTS

# Columns that one page of contacts reads, in one query.
CONTACT_COLUMNS = [
    *CONTACT_TEXTS,
    *ADDRESS_KEYS,
    "ghl_id",
    "assigned_to",
    "owner_id",
    "dnd",
    "tag_ids",
    "date_added",
    "date_added_ms",
    "date_updated",
    "date_updated_ms",
    "custom_fields",
    "dnd_settings",
    "extra",
]


def contact_entries(location: Any, contacts: Any) -> list[dict[str, Any]]:
    """Return contacts of one location as the JSON API shows them."""
    names = location._get_custom_field_names()[location.id]
    # A tag that was archived is shown for as long as a contact bears it.
    tagged = contacts.with_context(active_test=False)
    return [
        {
            "id": contact.ghl_id,
            **{name: contact[name] or None for name in CONTACT_TEXTS},
            "additional_emails": _additional(contact, "Emails", "email"),
            "additional_phones": _additional(contact, "Phones", "phone"),
            "tags": with_tags.tag_ids.mapped("name"),
            "assigned_to": _owner(contact),
            "dnd": contact.dnd,
            "dnd_settings": consents(contact.dnd_settings),
            "address": {name: contact[name] or None for name in ADDRESS_KEYS},
            **{name: contact[name] or None for name in ADDRESS_KEYS},
            "date_added": _iso_ms(contact.date_added, contact.date_added_ms),
            "date_updated": _iso_ms(contact.date_updated, contact.date_updated_ms),
            "custom_fields": contact._named_custom_fields(names),
        }
        for contact, with_tags in zip(contacts, tagged, strict=True)
    ]


def _additional(contact: Any, kind: str, key: str) -> list[str]:
    extra = contact.extra if isinstance(contact.extra, dict) else {}
    return additional(extra.get(f"additional{kind}"), key)


def _owner(contact: Any) -> dict[str, str | None] | None:
    if not contact.assigned_to:
        return None
    return {"id": contact.assigned_to, "name": contact.owner_id.name or None}


def _iso_ms(timestamp: Any, epoch_ms: float) -> str | None:
    """Return the exact moment; without a Datetime, 0 ms stands for an empty column."""
    return format_ms(int(epoch_ms)) if timestamp or epoch_ms else None
