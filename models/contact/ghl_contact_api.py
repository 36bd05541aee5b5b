"""A contact as the JSON API shows it."""

from odoo import models

from ...tools.dates import format_ms
from ...tools.mapping.consent import consents
from ...tools.mapping.search import additional

TEXTS = (
    "name",
    "first_name",
    "last_name",
    "email",
    "phone",
    "company_name",
    "source",
    "type",
    "website",
    "timezone",
)
ADDRESS = ("address1", "city", "state", "postal_code", "country")
# What one page of contacts reads, in one query.
CONTACT_COLUMNS = [
    *TEXTS,
    *ADDRESS,
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


class GhlContact(models.Model):
    _inherit = "ghl.contact"

    def _to_api(self, location) -> list[dict]:
        """Return contacts of one location as the JSON API shows them."""
        names = location._get_custom_field_names()[location.id]
        # A tag that was archived is shown for as long as a contact bears it.
        tagged = self.with_context(active_test=False)
        return [
            {
                "id": contact.ghl_id,
                **{name: contact[name] or None for name in TEXTS},
                "additional_emails": contact._api_additional("Emails", "email"),
                "additional_phones": contact._api_additional("Phones", "phone"),
                "tags": with_tags.tag_ids.mapped("name"),
                "assigned_to": contact._api_owner(),
                "dnd": contact.dnd,
                "dnd_settings": consents(contact.dnd_settings),
                "address": {name: contact[name] or None for name in ADDRESS},
                **{name: contact[name] or None for name in ADDRESS},
                "date_added": _iso_ms(contact.date_added, contact.date_added_ms),
                "date_updated": _iso_ms(contact.date_updated, contact.date_updated_ms),
                "custom_fields": contact._named_custom_fields(names),
            }
            for contact, with_tags in zip(self, tagged, strict=True)
        ]

    def _api_additional(self, kind: str, key: str) -> list[str]:
        extra = self.extra if isinstance(self.extra, dict) else {}
        return additional(extra.get(f"additional{kind}"), key)

    def _api_owner(self) -> dict | None:
        if not self.assigned_to:
            return None
        return {"id": self.assigned_to, "name": self.owner_id.name or None}


def _iso_ms(moment, epoch_ms: float) -> str | None:
    """Return the exact moment; without a Datetime, 0 ms stands for an empty column."""
    return format_ms(int(epoch_ms)) if moment or epoch_ms else None
