"""Users of GoHighLevel as salespeople of Odoo: as chosen, or by e-mail."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from .keys import email_key


def salespeople_of(owners: Any) -> dict[int, int]:
    """Return {id of a `ghl.user`: id of the `res.users`} of those who have one.

    A chosen user of the location's company counts; else the one of the same e-mail, if
    there is just one.
    """
    people = owners.sudo()
    keys = {owner.id: email_key(owner.email) for owner in people}
    by_email = defaultdict(list)
    for user in people.env["res.users"].search(
        [
            ("email_normalized", "in", sorted({key for key in keys.values() if key})),
            ("share", "=", False),
        ]
    ):
        by_email[user.email_normalized].append(user)
    found: dict[int, int] = {}
    for owner in people:
        company = owner.company_id
        chosen = owner.odoo_user_id.filtered(
            lambda user, company=company: user.active and company in user.company_ids
        )
        same = [u for u in by_email[keys[owner.id]] if company in u.company_ids]
        if chosen:
            found[owner.id] = chosen.id
        elif len(same) == 1:
            found[owner.id] = same[0].id
    return found


def salespeople_at(location: Any) -> dict[int, int]:
    """Return what `salespeople_of` does, of all users of a `ghl.location`."""
    owners = location.env["ghl.user"].with_context(active_test=False)
    return salespeople_of(owners.search([("location_id", "=", location.id)]))
