"""Guards of locations and connections: what nobody may do to them, and why in words."""

from typing import Any

from odoo.exceptions import AccessError, LockError, UserError

from .writer_lock import has_writer

_MAIL = ("mail.thread", "mail.activity.mixin")


def kept_fields(model: Any) -> set[str]:
    """Return the stored fields of a model that only the engine writes."""
    foreign = set().union(*(model.env[name]._fields for name in _MAIL))
    return {
        name
        for name, field in model._fields.items()
        if field.store and field.readonly and name not in foreign
    }


def has_history(locations: Any) -> bool:
    """Tell whether anything was read for one of these locations."""
    env = locations.sudo().env
    domain = [("location_id", "in", locations.ids)]
    return any(
        env[model].with_context(active_test=False).search_count(domain, limit=1)
        for model in ("ghl.contact", "ghl.sync.run")
    )


def check_ghl_id(locations: Any, ghl_id: str | None) -> None:
    """Refuse another GHL id for a location that has been read.

    Its contacts are the other sub-account's: a sync would delete them all and read
    those of the new one in their place.

    :raise UserError: with the way out
    """
    changed = locations.filtered(lambda location: location.ghl_id != ghl_id)
    if changed and has_history(changed):
        raise UserError(
            locations.env._(
                "The Location ID of “%(name)s” cannot be changed any more: its "
                "contacts are those of %(id)s. Add the other sub-account as a location "
                "of its own, and archive or delete this one if it is not needed.",
                name=changed[0].name,
                id=changed[0].ghl_id,
            )
        )


def check_move(locations: Any, connection: Any) -> None:
    """Refuse to move locations to a connection that they may not go to.

    The user must be allowed to change both connections. Contacts do not go along to
    another company. What GoHighLevel has confirmed (`connection.move`) is written as
    superuser, with checks of its own.

    :raise AccessError: no right to one of the connections
    :raise UserError: contacts would change their company
    """
    moved = locations.filtered(lambda location: location.connection_id != connection)
    if not moved or locations.env.su:
        return
    connection.check_access("write")
    moved.connection_id.check_access("write")
    for location in moved:
        old, new = location.sudo().company_id, connection.sudo().company_id
        if old != new:
            _check_leaves(location, old, new)


def check_company(connections: Any, company: Any) -> None:
    """Refuse to give connections to a company that they may not go to.

    :raise AccessError: the user does not belong to both companies
    :raise UserError: contacts would change their company
    """
    moved = connections.filtered(lambda connection: connection.company_id != company)
    if not moved or connections.env.su:
        return
    allowed = connections.env.user.company_ids
    if company not in allowed or moved.company_id - allowed:
        raise AccessError(
            connections.env._(
                "A connection goes from one company to another only by somebody who "
                "works for both."
            )
        )
    for connection in moved:
        locations = connection.sudo().with_context(active_test=False).location_ids
        for location in locations:
            _check_leaves(location, connection.company_id, company)


def check_not_syncing(locations: Any, crons: Any) -> None:
    """Refuse to delete locations that are being synced just now.

    :raise UserError: with the way out
    """
    try:
        crons.lock_for_update()
    except LockError:
        busy = locations.filtered(has_writer)
        raise UserError(
            locations.env._(
                "“%(name)s” is being synced just now. Press “Cancel Sync” on it, wait "
                "until the sync has stopped, and delete it then.",
                name=(busy or locations)[0].name,
            )
        ) from None


def check_no_locations(connections: Any) -> None:
    """Refuse to delete connections that locations are read by.

    :raise UserError: with their number and the way out
    """
    for connection in connections:
        locations = connection.sudo().with_context(active_test=False).location_ids
        if locations:
            raise UserError(
                connections.env._(
                    "“%(name)s” reads %(count)s locations, archived ones included, and "
                    "their contacts would be lost. Delete or move these locations "
                    "first (“%(first)s”, for one), or archive the connection: then "
                    "nothing is read any more and everything stays.",
                    name=connection.name,
                    count=len(locations),
                    first=locations[0].name,
                )
            )


def check_no_connections(companies: Any) -> None:
    """Refuse to delete companies that have connections.

    :raise UserError: with their names and the way out
    """
    connections = (
        companies.env["ghl.connection"]
        .sudo()
        .with_context(active_test=False)
        .search([("company_id", "in", companies.ids)])
    )
    if connections:
        raise UserError(
            companies.env._(
                "%(company)s has GoHighLevel connections (%(names)s). Delete them and "
                "their locations first, or archive the company instead.",
                company=connections[0].company_id.name,
                names=", ".join(connections[:3].mapped("name")),
            )
        )


def _check_leaves(location: Any, old: Any, new: Any) -> None:
    if has_history(location):
        raise UserError(
            location.env._(
                "“%(name)s” holds contacts of %(old)s, which do not go along to "
                "%(new)s. Make a connection in %(new)s and delete the location here "
                "first: its contacts are read again there.",
                name=location.name,
                old=old.name,
                new=new.name,
            )
        )
