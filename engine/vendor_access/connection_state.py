"""The state of a connection: what the last use of its credential told.

Its managers are told by a message and an activity when it stops working; a connection
that works again takes the activities back.
"""

from datetime import timedelta
from typing import Any

from odoo import fields

from ...tools.foreign_text import as_html, without_links
from .recipients import responsible_for

# Seconds between single tries of what was taken for good; the last one repeats.
PROBE_PAUSES = (120, 300, 900, 1_800, 3_600, 7_200, 14_400, 21_600)
#: what is written to a record whose refusal is over
NOT_REFUSED = {"refused_at": False, "probe_at": False, "probe_count": 0}
_REMINDER = "ghl_contact_sync.mail_activity_type_reconnect"


def mark_state(connections: Any, state: str, message: str | None = None) -> None:
    """Record what the last use of credentials told, if that is news.

    :param connections: `ghl.connection` records
    :param state: one of their states
    :param message: why, for people
    """
    for connection in connections.sudo():
        # A sync that ends well on the last access token heals no revoked install.
        if state == "connected" and is_revoked(connection):
            continue
        has_worked = connection.state == "connected"
        write_state(connection, state, message)
        # An OAuth install tells by itself, in a transaction of its own.
        if state == "needs_reauth" and has_worked and connection.auth_kind != "oauth":
            notify_managers(connection, message or "")
        elif state == "connected" and not has_worked:
            forget_reminders(connection)


def write_state(connection: Any, state: str, message: str | None) -> None:
    """Write a state and its reason, unless they are there already."""
    known = (connection.state, connection.state_message or None)
    if known != (state, message):
        was = connection.state
        timestamps = state_timestamps(connection, state)
        connection.write({"state": state, "state_message": message, **timestamps})
        if state == "connected" and was in ("needs_reauth", "error"):
            note_access_back(connection.location_ids)


def note_access_back(locations: Any) -> None:
    """Have what a refusal had stopped made up for, as that is over."""
    locations.sudo().access_back_at = fields.Datetime.now()
    for location in locations:
        location._trigger_cron()


def state_timestamps(connection: Any, state: str) -> dict[str, Any]:
    """Return since when a connection in this new state is refused, and its probe."""
    if state in ("connected", "draft"):
        return dict(NOT_REFUSED)
    if state != "needs_reauth" or connection.probe_at:
        return {}
    now = fields.Datetime.now()
    return {
        "refused_at": connection.refused_at or now,
        "probe_at": now + timedelta(seconds=PROBE_PAUSES[0]),
        "probe_count": 0,
    }


def is_revoked(connection: Any) -> bool:
    """Tell whether the connection's OAuth install has to be authorized anew."""
    return connection.auth_kind == "oauth" and bool(connection._token_row().revoked_at)


def notify_managers(connection: Any, message: str) -> None:
    """Tell whoever is responsible, by a message and an activity each.

    :param message: why; whatever the vendor said in it is shown as plain text
    """
    env = connection.env
    managers = responsible_for(connection)
    connection.message_post(
        body=as_html(message),
        subject=env._(
            "GoHighLevel: %s must be connected again", without_links(connection.name)
        ),
        partner_ids=managers.partner_id.ids,
        subtype_xmlid="mail.mt_comment",
    )
    for manager in managers:
        # Markup: a note is HTML, and what is in it the vendor's words.
        connection.activity_schedule(
            _REMINDER, user_id=manager.id, note=as_html(message)
        )


def forget_reminders(connection: Any) -> None:
    """Remove the activities that ask for a new connection."""
    connection.activity_unlink([_REMINDER])
