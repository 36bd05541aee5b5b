"""Compares what is wrong with what people were told of, for many locations at once.

Facts of all locations are read by a handful of statements. A connection with nothing
new costs no statement of its own.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from odoo import fields
from odoo.fields import Command

from ...tools.log_line import log_line
from ...tools.state.alarms import (
    HIDING,
    Alarm,
    find_alarms,
    is_frozen,
    is_hindered,
    is_silent,
)
from ...tools.state.evaluate import evaluate
from ...tools.state.facts import Facts
from ...tools.state.words import Voice
from ..crons.mend import LATE, OK
from ..state.facts import collect_facts
from ..state.show import make_voice
from ..state.standing import free_since, store_standing
from ..transaction import LOST_RACE, race_to_make
from ..vendor_access.recipients import in_words_of, responsible_for
from .reminders import are_others_due, end_reminders, update_reminders
from .send_message import tell
from .send_webhook import queue_deliveries

_logger = logging.getLogger(__name__)

# Trouble that comes back so soon was not over: nobody is told again.
RELAPSE = timedelta(hours=1)
# Connections whose facts are read together.
BATCH = 200
# Location id, None for the whole connection; and the kind of trouble.
Key = tuple[int | None, str]


@dataclass
class Found:
    """The troubles of one connection.

    :param set frozen: ids of locations of which nothing can be said meanwhile
    """

    wanted: dict[Key, Alarm] = field(default_factory=dict)
    frozen: set[int] = field(default_factory=set)


def watched(env: Any) -> Any:
    """Return the connections that trouble may be told of, or is over for.

    Archived ones too, and those that have lost their last location.
    """
    connections = env["ghl.connection"].with_context(active_test=False)
    still_open = [("closed_at", "=", False)]
    found = connections.search(
        ["|", ("location_ids", "!=", False), ("alarm_ids", "any", still_open)]
    )
    # Users who are archived are told nothing, and what was done reminds nobody.
    return found.with_context(active_test=True)


def check_all(env: Any) -> None:
    """Tell people of new trouble of every connection, and close what is over."""
    found = watched(env)
    for start in range(0, len(found), BATCH):
        check_connections(found[start : start + BATCH])
        env["ir.cron"]._commit_progress(1)


def check_connections(connections: Any, unattended: datetime | None = None) -> None:
    """Check these connections; one's failure keeps nobody else in the dark.

    :param unattended: since when no cron at all is called
    """
    connections = connections.sudo()
    try:
        with connections.env.cr.savepoint():
            facts, troubles = _look(connections, unattended)
            known = _open_alarms(connections)
    except LOST_RACE:
        # Another process looks as well: nothing is wrong, and the caller begins again.
        raise
    except Exception:  # noqa: BLE001
        if len(connections) == 1:
            trace = traceback.format_exc()
            _logger.error(
                log_line("alarms_not_checked", trace, connection=connections.id)
            )
            return
        for connection in connections:
            check_connections(connection, unattended)
        return
    for connection in connections:
        found = troubles[connection.id]
        rows = known.get(connection.id, {})
        if not found.wanted and not rows:
            continue
        try:
            with connection.env.cr.savepoint():
                told = _in_words(connection, facts, found)
                _settle(connection, told, rows, unattended)
        except LOST_RACE:
            raise
        except Exception:  # noqa: BLE001
            trace = traceback.format_exc()
            _logger.error(log_line("alarms_not_told", trace, connection=connection.id))


def _look(
    connections: Any, unattended: datetime | None
) -> tuple[dict[int, Facts], dict[int, Found]]:
    """Return the facts of all locations, and what is wrong with each connection."""
    locations = connections.env["ghl.location"].with_context(active_test=False)
    # One search for all: a field of the connections would take one for each.
    locations = locations.search([("connection_id", "in", connections.ids)])
    facts = collect_facts(locations)
    if unattended:
        # Whenever their own crons are due: nobody will call them.
        for one, known in facts.items():
            cron = LATE if known.cron == OK else known.cron
            facts[one] = replace(known, cron=cron, no_workers=True)
    plain = Voice()
    store_standing(
        connections.env,
        {one: evaluate(known, plain) for one, known in facts.items()},
        {one for one, known in facts.items() if is_hindered(known)},
    )
    # Read after this is stored: trouble that has ended since counts as well.
    for one, since in free_since(connections.env, facts).items():
        facts[one] = replace(facts[one], free_since=since)
    troubles = {connection.id: Found() for connection in connections}
    for location in locations:
        _add(troubles[location.connection_id.id], location.id, facts, plain)
    return facts, troubles


def _add(
    found: Found, location_id: int, facts: Mapping[int, Facts], voice: Voice
) -> None:
    known = facts[location_id]
    alarms = find_alarms(known, voice)
    if is_frozen(alarms) and not is_silent(known):
        found.frozen.add(location_id)
    for alarm in alarms:
        place = None if alarm.of_connection else location_id
        found.wanted.setdefault((place, alarm.key), alarm)


def _in_words(connection: Any, facts: Mapping[int, Facts], found: Found) -> Found:
    """Return the same in the language and zone of those who are told."""
    if not found.wanted:
        return found
    told = Found()
    voice = make_voice(in_words_of(responsible_for(connection), connection).env)
    for location in connection.with_context(active_test=False).location_ids:
        _add(told, location.id, facts, voice)
    return told


def _open_alarms(connections: Any) -> dict[int, dict[Key, Any]]:
    """Return {connection id: {key: open alarm}}."""
    rows = connections.env["ghl.alarm"].search(
        [
            *("&", ("closed_at", "=", False)),
            *("|", ("connection_id", "in", connections.ids)),
            ("location_id.connection_id", "in", connections.ids),
        ]
    )
    rows = _follow_moves(rows)
    known: dict[int, dict[Key, Any]] = {}
    for row in rows:
        key = (row.location_id.id or None, row.code)
        known.setdefault(row.connection_id.id, {})[key] = row
    return known


def _follow_moves(rows: Any) -> Any:
    """Have each trouble stand with the connection that its location has moved to.

    It is the same trouble: only who is reminded of it may have changed, and whoever has
    put it away is not.

    :return: the rows that are open still
    """
    moved = rows.filtered(
        lambda row: row.location_id
        and row.location_id.connection_id != row.connection_id
    )
    if not moved:
        return rows
    there = rows.search(
        [
            *("&", ("closed_at", "=", False)),
            ("location_id", "in", moved.location_id.ids),
        ]
    )
    known = {(row.location_id.id, row.code) for row in there - moved}
    twins = moved.filtered(lambda row: (row.location_id.id, row.code) in known)
    twins.closed_at = fields.Datetime.now()
    old = moved.connection_id
    end_reminders(moved)
    for row in moved - twins:
        row.connection_id = row.location_id.connection_id
    for connection in old | moved.location_id.connection_id:
        update_reminders(connection)
    return rows - twins


def note_unlinked(locations: Any) -> Any:
    """Close the troubles of locations that are about to be deleted.

    Their rows stay, for the post that tells of the end, and name the location.

    :return: the connections whose reminders have to be updated afterwards
    """
    rows = locations.env["ghl.alarm"].search([("location_id", "in", locations.ids)])
    over = rows.filtered(lambda row: not row.closed_at)
    over.closed_at = fields.Datetime.now()
    queue_deliveries(over.browse(), over.filtered("notified_at"))
    for row in rows:
        row.text = f"{row.location_id.name}: {row.text or row.code}"
    return over.connection_id


def note_connections_unlinked(connections: Any) -> None:
    """Close the troubles of connections that are about to be deleted.

    Their rows stay, for the post that tells of the end, and name the connection.
    """
    rows = connections.env["ghl.alarm"].search(
        [("connection_id", "in", connections.ids)]
    )
    over = rows.filtered(lambda row: not row.closed_at)
    over.closed_at = fields.Datetime.now()
    queue_deliveries(over.browse(), over.filtered("notified_at"))
    for row in rows:
        row.text = f"{row.connection_id.name}: {row.text or row.code}"


def _settle(
    connection: Any,
    found: Found,
    known: dict[Key, Any],
    unattended: datetime | None = None,
) -> None:
    """Close what is over, and tell of what is new."""
    now = fields.Datetime.now()
    wanted = {
        key: alarm
        for key, alarm in found.wanted.items()
        if key in known or not alarm.explained
    }
    alarms = connection.env["ghl.alarm"]
    over = alarms.browse(
        row.id
        for key, row in known.items()
        if key not in wanted and not _is_hidden(key, found)
    )
    end_reminders(over)
    over.closed_at = now
    rows = {
        key: known.get(key) or _note(connection, key, now, unattended) for key in wanted
    }
    for key, row in rows.items():
        if row.text != wanted[key].text:
            row.text = wanted[key].text
    due = {
        key: row
        for key, row in rows.items()
        if not row.notified_at and row.seen_at + wanted[key].grace <= now
    }
    tell(connection, {row: wanted[key] for key, row in due.items()})
    for row in due.values():
        row.notified_at = now
    fresh = {key for key in rows if key in due or key not in known}
    news = alarms.browse(rows[key].id for key in fresh).filtered("notified_at")
    queue_deliveries(news, over.filtered("notified_at"))
    still_open = [row for row in {**known, **rows}.values() if not row.closed_at]
    _remind_anew(still_open)
    if news or over or are_others_due(connection, still_open):
        update_reminders(connection)


def _is_hidden(key: Key, found: Found) -> bool:
    """Tell whether it cannot be known if trouble is over, behind a greater one."""
    location_id, code = key
    if location_id is None:
        # A trouble of all locations is known as soon as one of them can be seen.
        return bool(found.frozen) and code not in HIDING
    return location_id in found.frozen


def _remind_anew(rows: list[Any]) -> None:
    """Have whoever put a trouble away be reminded of one that came back and stays.

    Once: a reminder that is put away after that stays away.
    """
    limit = fields.Datetime.now() - RELAPSE
    for row in rows:
        if row.relapsed_at and row.relapsed_at <= limit:
            row.write({"relapsed_at": False, "put_away_ids": [Command.clear()]})


def _note(
    connection: Any, key: Key, now: datetime, unattended: datetime | None = None
) -> Any:
    """Return a row for a trouble that is new, or that is back and was told before.

    :param now: when it was looked for: a second later it would be a trouble to come
    :param unattended: since when no cron is called
    """
    location_id, code = key
    rows = connection.env["ghl.alarm"]
    relapsed = rows.search(
        [
            ("connection_id", "=", connection.id),
            ("location_id", "=", location_id or False),
            ("code", "=", code),
            ("notified_at", "!=", False),
            ("closed_at", ">", now - RELAPSE),
        ],
        limit=1,
    )
    if relapsed:
        relapsed.write({"closed_at": False, "relapsed_at": now})
        return relapsed
    values = {
        "connection_id": connection.id,
        "location_id": location_id,
        "code": code,
        "seen_at": unattended if unattended and code == "no_worker" else now,
    }
    with race_to_make():
        return rows.create(values)
