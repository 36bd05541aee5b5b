"""Tells people of trouble: once, together, by message.

The message names each trouble and links to its ways out. What the vendor says in it is
foreign text, shown without markup or links.
"""

from collections.abc import Iterable
from typing import Any

from markupsafe import Markup

from ...tools.actions import Viewer, describe_all
from ...tools.foreign_text import as_html, without_links
from ...tools.state.alarms import Alarm
from ..state.show import make_target, make_words
from ..vendor_access.recipients import in_words_of, responsible_for
from .reminders import MAX_LISTED

_RECONNECT = "ghl_contact_sync.mail_activity_type_reconnect"


def tell(connection: Any, alarms: dict[Any, Alarm]) -> None:
    """Post one message on all that is new to each who is responsible.

    :param alarms: {row of `ghl.alarm`: what is to be told of it}
    """
    told = connection.activity_ids.activity_type_id.filtered(
        lambda kind: kind == connection.env.ref(_RECONNECT)
    )
    if told:
        # The connection has told of this itself, as soon as it was refused.
        alarms = {row: one for row, one in alarms.items() if row.code != "connection"}
    for users, rows in _by_responsible(connection, alarms).items():
        reader = in_words_of(users, connection)
        connection.message_post(
            body=_as_message(reader, {row: alarms[row] for row in rows}),
            subject=reader.env._(
                "GoHighLevel: %s needs attention", without_links(connection.name)
            ),
            partner_ids=users.partner_id.ids,
            subtype_xmlid="mail.mt_comment",
        )


def _by_responsible(connection: Any, rows: Iterable[Any]) -> dict[Any, list[Any]]:
    """Return {users: the rows that concern them}."""
    found: dict[Any, list[Any]] = {}
    for row in rows:
        users = responsible_for(connection, row.location_id)
        found.setdefault(users, []).append(row)
    return found


def _as_message(connection: Any, alarms: dict[Any, Alarm]) -> Markup:
    items = []
    for row, alarm in list(alarms.items())[:MAX_LISTED]:
        location = row.location_id
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
