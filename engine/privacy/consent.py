"""Entries of Odoo's blacklists that came from a person who is erased."""

from __future__ import annotations

from typing import Any

from ...tools.partner.consent import EMAIL, PHONE

# Channel: (blacklist, its column, the stored field by which records hold a value).
_PLACES = {
    EMAIL: ("mail.blacklist", "email", "email_normalized"),
    PHONE: ("phone.blacklist", "number", "phone_sanitized"),
}


def forget_entries(entries: Any) -> None:
    """Forget what contacts have closed.

    The blacklist's own row goes too when it came from here and nothing in Odoo has that
    address or number any more. As long as something has, it stays: whoever did not want
    to be written to must not be written to because they wanted to be forgotten.
    """
    env = entries.env
    Entry = env["ghl.consent.entry"]
    for entry in entries:
        model, column, holder = _PLACES[entry.channel]
        other = Entry.search(
            [
                ("channel", "=", entry.channel),
                ("value", "=", entry.value),
                ("id", "not in", entries.ids),
            ],
            limit=1,
        )
        if not entry.made:
            continue
        if other:
            other.made = True
        elif not _is_held(env, model, holder, entry.value):
            rows = env[model].with_context(active_test=False)
            rows.search([(column, "=", entry.value)]).unlink()
    entries.unlink()


def _is_held(env: Any, blacklist: str, name: str, value: str) -> bool:
    """Tell whether any record of Odoo has an address or a number."""
    for model in env.registry.values():
        field = model._fields.get(name)
        if model._name == blacklist or model._abstract or not model._auto:
            continue
        if field and field.store and not field.inherited:
            Model = env[model._name].with_context(active_test=False)
            if Model.search_count([(name, "=", value)], limit=1):
                return True
    return False
