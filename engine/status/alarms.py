"""Tells a connection's managers of trouble: once, together, and until it is over.

Mail and activity name each trouble and link to its ways out. What the vendor says in
them is foreign text, shown without markup or links.
"""

from datetime import timedelta
from typing import Any

from markupsafe import Markup

from odoo import fields

from ...tools.actions import Viewer, describe_all
from ...tools.foreign_text import as_html, without_links
from ...tools.state.alarms import Alarm, find_alarms, is_frozen, is_silent
from .facts import collect_facts
from .show import make_target, make_voice, make_words

_ACTIVITY = "ghl_contact_sync.mail_activity_type_trouble"
_RECONNECT = "ghl_contact_sync.mail_activity_type_reconnect"
# Trouble that comes back so soon was not over: nobody is told again.
RELAPSE = timedelta(hours=1)
# More locations than that are counted rather than listed.
MAX_LISTED = 20
# Location id, None for the whole connection; and the kind of trouble.
Key = tuple[int | None, str]


def check_connection(connection: Any) -> None:
    """Compare what is wrong with a connection with what its managers were told."""
    connection = connection.sudo()
    wanted, frozen = _find_trouble(connection)
    alarms = connection.env["ghl.alarm"].sudo()
    known = {
        (row.location_id.id or None, row.code): row
        for row in alarms.search(
            [("connection_id", "=", connection.id), ("closed_at", "=", False)]
        )
    }
    now = fields.Datetime.now()
    over = alarms.browse(
        row.id
        for (location_id, code), row in known.items()
        if (location_id, code) not in wanted and location_id not in frozen
    )
    over.closed_at = now
    rows = {key: known.get(key) or _note(connection, key) for key in wanted}
    for key, row in rows.items():
        if row.text != wanted[key].text:
            row.text = wanted[key].text
    due = {
        key: row
        for key, row in rows.items()
        if not row.notified_at and row.seen_at + wanted[key].grace <= now
    }
    _tell(connection, {key: wanted[key] for key in due})
    for row in due.values():
        row.notified_at = now
    _update_reminders(connection, bool(due), bool(over))


def _find_trouble(connection: Any) -> tuple[dict[Key, Alarm], set[int]]:
    """Return {(location id or None, key): alarm} and the locations to leave alone."""
    locations = connection.with_context(active_test=False).location_ids
    facts = collect_facts(locations)
    voice = make_voice(_for_managers(connection).env)
    wanted: dict[Key, Alarm] = {}
    frozen: set[int] = set()
    for location_id, known in facts.items():
        alarms = find_alarms(known, voice)
        if is_frozen(alarms):
            frozen.add(location_id)
        for alarm in alarms:
            place = None if alarm.of_connection else location_id
            wanted.setdefault((place, alarm.key), alarm)
    frozen -= {one for one, known in facts.items() if is_silent(known)}
    return wanted, frozen


def _note(connection: Any, key: Key) -> Any:
    """Return a row for a trouble that is new, or that is back."""
    location_id, code = key
    rows = connection.env["ghl.alarm"].sudo()
    relapsed = rows.search(
        [
            ("connection_id", "=", connection.id),
            ("location_id", "=", location_id or False),
            ("code", "=", code),
            ("notified_at", "!=", False),
            ("closed_at", ">", fields.Datetime.now() - RELAPSE),
        ],
        limit=1,
    )
    if relapsed:
        relapsed.closed_at = False
        return relapsed
    return rows.create(
        {"connection_id": connection.id, "location_id": location_id, "code": code}
    )


def _for_managers(connection: Any) -> Any:
    """Return the connection in the language and zone of those who are told."""
    managers = connection._get_managers()
    manager = managers[:1]
    if not manager:
        return connection
    reader = connection.with_user(manager).sudo()
    return reader.with_context(lang=manager.lang, tz=manager.tz)


# === Telling ===


def _tell(connection: Any, alarms: dict[Key, Alarm]) -> None:
    """Post one message on all that is new."""
    told = connection.activity_ids.activity_type_id.filtered(
        lambda kind: kind == connection.env.ref(_RECONNECT)
    )
    if told:
        # The connection has told of this itself, as soon as it was refused.
        alarms = {
            key: one for key, one in alarms.items() if key != (None, "connection")
        }
    if not alarms:
        return
    reader = _for_managers(connection)
    managers = connection._get_managers()
    connection.message_post(
        body=_as_message(reader, alarms),
        subject=reader.env._(
            "GoHighLevel: %s needs attention", without_links(connection.name)
        ),
        partner_ids=managers.partner_id.ids,
        subtype_xmlid="mail.mt_comment",
    )


def _as_message(connection: Any, alarms: dict[Key, Alarm]) -> Markup:
    items = []
    for (location_id, _key), alarm in list(alarms.items())[:MAX_LISTED]:
        location = connection.env["ghl.location"].browse(location_id or ())
        text = as_html(f"{location.name}: {alarm.text}" if location else alarm.text)
        items.append(
            Markup("<li>%s<br/>%s</li>") % (text, _links(connection, location, alarm))
        )
    left = len(alarms) - len(items)
    if left > 0:
        more = connection.env._("%s more are listed on the connection.", left)
        items.append(Markup("<li>%s</li>") % more)
    return Markup("<ul>%s</ul>") % Markup().join(items)


def _links(connection: Any, location: Any, alarm: Alarm) -> Markup:
    """Return the ways out as links into this Odoo."""
    location = location or connection.location_ids[:1]
    target = make_target(location, alarm.run_id)
    base = connection.get_base_url()
    actions = describe_all(
        alarm.actions, target, Viewer(words=make_words(connection.env))
    )
    return Markup(" · ").join(
        Markup('<a href="%s">%s</a>') % (base + action["url"], action["label"])
        for action in actions
        if action["url"]
    )


def _update_reminders(connection: Any, is_news: bool, is_over: bool) -> None:
    """Keep one activity per manager that lists what is wrong, while anything is."""
    rows = connection.env["ghl.alarm"].search(
        [
            ("connection_id", "=", connection.id),
            ("closed_at", "=", False),
            ("notified_at", "!=", False),
        ]
    )
    if not rows:
        connection.activity_unlink([_ACTIVITY])
        return
    if not (is_news or is_over):
        # A person who has put the reminder away is not reminded again of the same.
        return
    note = Markup("<ul>%s</ul>") % Markup().join(
        Markup("<li>%s</li>") % as_html(_line(row)) for row in rows[:MAX_LISTED]
    )
    kind = connection.env.ref(_ACTIVITY)
    reminders = connection.activity_ids.filtered(lambda a: a.activity_type_id == kind)
    reminders.write({"note": note})
    if not is_news:
        return
    for manager in connection._get_managers() - reminders.user_id:
        connection.activity_schedule(_ACTIVITY, user_id=manager.id, note=note)


def _line(row: Any) -> str:
    text: str = row.text or row.code
    return f"{row.location_id.name}: {text}" if row.location_id else text
