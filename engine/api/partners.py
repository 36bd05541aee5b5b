"""The Odoo contact of one contact, as the JSON API shows it."""

from __future__ import annotations

from typing import Any

from odoo.fields import Domain

# Odoo contacts that a search offers.
MAX_CHOICES = 10


def partner_entry(location: Any, contact: Any, search: str | None) -> dict[str, Any]:
    """Return the link of a `ghl.contact`, and whom it may be linked to.

    :param search: words by which further Odoo contacts are offered
    """
    env = contact.env
    link = env["ghl.partner.link"].search([("contact_id", "=", contact.id)], limit=1)
    may_decide = env["res.partner"].has_access("write")
    partner = link.partner_id
    readable = partner._filtered_access("read")
    waiting = env["ghl.partner.todo"].sudo()
    waits = waiting.search_count([("contact_id", "=", contact.id)], limit=1)
    return {
        "contact_id": contact.ghl_id,
        "enabled": location.partner_link_enabled,
        "may_decide": bool(location.partner_link_enabled and may_decide),
        "may_erase": contact.has_access("unlink"),
        "state": link.state or "none",
        "reason": _reason(link),
        "partner": _entry(readable) if readable else None,
        "hidden": bool(partner and not readable),
        "waiting": bool(waits),
        "not_taken": link._describe_skipped() if link else [],
        "candidates": [
            {**_entry(one.partner_id), "score": one.score}
            for one in link.candidate_ids
            if one.partner_id._filtered_access("read")
        ],
        "choices": _choices(location, search) if may_decide else [],
    }


def _reason(link: Any) -> str | None:
    """Return why the link is as it is, in words."""
    if not link:
        return None
    name = "doubt" if link.state == "review" else "rule"
    if link.state == "refused":
        return link.error or None
    words = dict(link._fields[name]._description_selection(link.env))
    return words.get(link[name])


def _choices(location: Any, search: str | None) -> list[dict[str, Any]]:
    if not search:
        return []
    within = Domain("company_id", "in", (False, location.company_id.id))
    found = location.env["res.partner"].search(
        within & Domain("display_name", "ilike", search), limit=MAX_CHOICES
    )
    return [_entry(partner) for partner in found]


def _entry(partner: Any) -> dict[str, Any]:
    return {
        "id": partner.id,
        "name": partner.display_name,
        "email": partner.email or None,
        "url": f"/odoo/res.partner/{partner.id}",
    }
