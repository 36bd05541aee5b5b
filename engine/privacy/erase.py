"""Remove a person from this database: everything of the mirror that names them.

An Odoo contact is never deleted here. It belongs to Odoo, whose own means (a deletion,
or `privacy_lookup`) remove it; what is left here then is nothing.
"""

from __future__ import annotations

from typing import Any

from odoo.tools import SQL

from ..feed.feed import forget as forget_changes
from .consent import forget_entries
from .left_out import keep_out, note_closed
from .run_state import forget_in_runs


def erase(contacts: Any) -> None:
    """Remove contacts and every trace of them, and keep them out from now on.

    No lock is needed: a sync that merges one of them meanwhile loses against this, or
    this against it, and whoever loses begins anew with what the other one left. For
    that a merge takes hold of the rows that it is about to change.

    :param contacts: `ghl.contact`, privileged
    """
    locations = contacts.location_id
    for location, some in contacts.grouped("location_id").items():
        keep_out(location, some.mapped("ghl_id"))
    kept = forget(contacts)
    if kept:
        note_closed(locations[0], kept)


def erase_unmirrored(location: Any, ghl_ids: list[str]) -> None:
    """Do the same for persons of whom no contact is left, but what was noted of it.

    :param location: a `ghl.location`, privileged
    """
    keep_out(location, ghl_ids)
    _forget_in_location(location, ghl_ids)
    # Shifts name contacts by rows that are gone: which are theirs cannot be known.
    for table in ("ghl_contact_ranking", "ghl_contact_shift"):
        location.env.cr.execute(
            SQL(
                "DELETE FROM %s WHERE location_id = %s",
                SQL.identifier(table),
                location.id,
            )
        )


def forget(contacts: Any) -> list[tuple[str, str]]:
    """Remove contacts and every trace of them.

    :param contacts: `ghl.contact`, privileged
    :return: (channel, address or number) of what stays on a blacklist of Odoo, as long
        as Odoo has a contact of that address or number
    """
    env = contacts.env
    if not contacts:
        return []
    _forget_orders(contacts)
    links = env["ghl.partner.link"].search([("contact_id", "in", contacts.ids)])
    kept = forget_entries(links.consent_ids)
    _forget_before(links)
    links.unlink()
    for model, column in (
        ("ghl.partner.todo", "contact_id"),
        ("ghl.deletion.candidate", "contact_id"),
    ):
        env[model].search([(column, "in", contacts.ids)]).unlink()
    for location, some in contacts.grouped("location_id").items():
        _forget_in_location(location, some.mapped("ghl_id"))
    contacts.unlink()
    return kept


def _forget_before(links: Any) -> None:
    """Have other links of the same Odoo contacts remember nothing of these persons.

    What one of them found there before it wrote may have come from an erased person:
    Undo would write that back. What stood there before that person takes its place.
    """
    for link in links:
        was, written = link.before or {}, link.written or {}
        for other in link.partner_id.ghl_link_ids - links:
            before = dict(other.before or {})
            for name, value in written.items():
                if name in before and before[name] == value:
                    del before[name]
                    if name in was:
                        before[name] = was[name]
            if before != (other.before or {}):
                other.before = before or False


def _forget_in_location(location: Any, ghl_ids: list[str]) -> None:
    """Remove what names contacts by GoHighLevel's id, or by name in an example."""
    env = location.env
    forget_changes(location, ghl_ids)
    forget_in_runs(location, ghl_ids)
    here = ("location_id", "=", location.id)
    for model, domain in (
        ("ghl.deletion.candidate", [here, ("ghl_id", "in", ghl_ids)]),
        ("ghl.webhook.event", [here, ("contact_ghl_id", "in", ghl_ids)]),
        # Issues of every location: another one may have been sent the record by
        # mistake.
        ("ghl.sync.issue", [("ghl_id", "in", ghl_ids)]),
        ("ghl.partner.preview", [here]),
    ):
        env[model].search(domain).unlink()


def _forget_orders(contacts: Any) -> None:
    """Have the orders of a large location counted anew where marks hold names.

    Without an order, triggers leave no shift of what is deleted next: a shift of a
    contact that lives would hold its name as well.
    """
    cr = contacts.env.cr
    cr.execute(
        SQL(
            """
            DELETE FROM ghl_contact_ranking
             WHERE location_id = ANY(%(living)s)
                OR id IN (SELECT ranking_id FROM ghl_contact_mark
                           WHERE contact_id = ANY(%(contacts)s))
            """,
            living=contacts.filtered("active").location_id.ids,
            contacts=contacts.ids,
        )
    )
    cr.execute(
        SQL(
            "DELETE FROM ghl_contact_shift"
            " WHERE location_id = ANY(%s) AND contact_id = ANY(%s)",
            contacts.location_id.ids,
            contacts.ids,
        )
    )
