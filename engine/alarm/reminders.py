"""Activities that remind people of trouble, until it is over or they put them away."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from ...tools.foreign_text import as_html
from ..vendor_access.recipients import responsible_for

_ACTIVITY = "ghl_contact_sync.mail_activity_type_trouble"
# More troubles than that are counted rather than listed, or left out.
MAX_LISTED = 20


def update_reminders(connection: Any) -> None:
    """Keep one activity per responsible that lists what is wrong, while anything is.

    A person who has put a reminder away is not reminded again of what it listed,
    whatever else comes or goes.
    """
    rows = connection.env["ghl.alarm"].search(
        [
            ("connection_id", "=", connection.id),
            ("closed_at", "=", False),
            ("notified_at", "!=", False),
        ]
    )
    note_put_away(rows)
    reminders = _reminders(connection)
    lists: dict[Any, list[Any]] = {}
    for row in rows:
        users = responsible_for(connection, row.location_id) - row.put_away_ids
        reminded = row.with_context(active_test=False)
        if reminded.reminded_ids != users:
            reminded.reminded_ids = users
        for user in users:
            lists.setdefault(user, []).append(row)
    for user, theirs in lists.items():
        reminder = reminders.filtered(lambda a, user=user: a.user_id == user)
        note = _as_note(theirs)
        if reminder:
            reminder.write({"note": note})
        else:
            connection.activity_schedule(_ACTIVITY, user_id=user.id, note=note)
    reminders.filtered(lambda a: a.user_id not in lists).unlink()


def are_others_due(connection: Any, rows: list[Any]) -> bool:
    """Tell whether other persons are to be reminded of these troubles than are.

    Somebody who has left takes his reminders along; another one is responsible since.
    """
    due: dict[int, Any] = {}
    for row in rows:
        if not row.notified_at:
            continue
        mine = row.location_id.responsible_id.id
        if mine not in due:
            due[mine] = responsible_for(connection, row.location_id)
        if row.reminded_ids != due[mine] - row.put_away_ids:
            return True
    return False


def note_put_away(rows: Any) -> None:
    """Note whose reminder of these troubles is gone without our doing.

    Of somebody who was archived, Odoo has deleted it: he has put nothing away.
    """
    for connection, theirs in rows.grouped("connection_id").items():
        reminded = _reminders(connection).user_id
        for row in theirs.with_context(active_test=False):
            gone = row.reminded_ids - reminded
            if gone:
                row.put_away_ids |= gone.filtered("active")
                row.reminded_ids -= gone


def end_reminders(rows: Any) -> None:
    """Have nobody reminded of these by their connection; who put them away is kept."""
    note_put_away(rows)
    reminded = rows.filtered("reminded_ids")
    reminded.reminded_ids = False


def _reminders(connection: Any) -> Any:
    kind = connection.env.ref(_ACTIVITY)
    return connection.activity_ids.filtered(lambda a: a.activity_type_id == kind)


def _as_note(rows: list[Any]) -> Markup:
    return Markup("<ul>%s</ul>") % Markup().join(
        Markup("<li>%s</li>") % as_html(_line(row)) for row in rows[:MAX_LISTED]
    )


def _line(row: Any) -> str:
    text: str = row.text or row.code
    return f"{row.location_id.name}: {text}" if row.location_id else text
