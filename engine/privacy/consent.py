"""Entries of Odoo's blacklists that came from a person who is erased."""

from __future__ import annotations

from typing import Any

from ...tools.partner.consent import EMAIL, PHONE

# In the context of our own writes: whoever else writes to a blacklist takes it over.
OURS = "ghl_consent"

# Channel: (blacklist, its column, the stored field by which records hold a value).
_PLACES = {
    EMAIL: ("mail.blacklist", "email", "email_normalized"),
    PHONE: ("phone.blacklist", "number", "phone_sanitized"),
}


def forget_entries(entries: Any) -> list[tuple[str, str]]:
    """Forget what contacts have closed.

    The blacklist's own row goes too when it came from here and nothing in Odoo has that
    address or number any more. As long as something has, it stays: whoever did not want
    to be written to must not be written to because they wanted to be forgotten.

    :return: (channel, address or number) of the rows that came from here and stay
    """
    env = entries.env
    Entry = env["ghl.consent.entry"]
    kept = []
    for entry in entries:
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
        elif not remove_unheld(env, entry.channel, entry.value):
            kept.append((entry.channel, entry.value))
    entries.unlink()
    return kept


def remove_unheld(env: Any, channel: str, value: str) -> bool:
    """Remove a row of a blacklist if nothing in Odoo has its address or number."""
    model, column, holder = _PLACES[channel]
    if _is_held(env, model, holder, value):
        return False
    rows = env[model].with_context(active_test=False, **{OURS: True})
    rows.search([(column, "=", value)]).unlink()
    return True


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
