"""Sends troubles to the address that Settings name, in the background.

Whoever finds a trouble only writes a row; a cron sends it, one by one, with no
transaction open. What does not arrive is sent again, with growing pauses.
"""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from functools import partial
from typing import Any

from odoo import fields
from odoo.tools import SQL

from ...tools.dates import iso_seconds
from ...tools.log_line import log_line
from ...tools.outgoing.delivery import send
from ...tools.redact import redact
from ..crons import own_crons
from ..transaction import commit_or_retry, seconds_left
from ..vendor_access.recipients import responsible_for

_logger = logging.getLogger(__name__)

# Pauses after each try that failed: some nine hours in all.
PAUSES_MINUTES = (1, 2, 5, 10, 30, 60, 120, 300)
# Rows that may wait; an address that never answers fills no table.
MAX_PENDING = 1_000
MAX_TEXT = 2_000
# Sent by one call of the cron, while this many seconds of it are left.
MAX_SENT = 50
LEAST_SECONDS = 2.0
# Deliveries that may be sent: the end of a trouble is told after its beginning.
_IN_TURN = SQL(
    """
    d.state = 'pending' AND NOT EXISTS (
        SELECT FROM ghl_alarm_delivery b
         WHERE b.alarm_id = d.alarm_id AND b.state = 'pending' AND b.id < d.id)
    """
)


def queue_deliveries(opened: Any, closed: Any) -> None:
    """Have these alarms sent, if Settings name an address.

    :param opened: rows of `ghl.alarm` that people were told of just now
    :param closed: rows that are over
    """
    env = opened.env
    if not (opened or closed) or not env["ghl.settings"]._raw("alarm_webhook_url"):
        return
    deliveries = env["ghl.alarm.delivery"]
    room = MAX_PENDING - deliveries.search_count([("state", "=", "pending")])
    wanted = [(row, "opened") for row in opened] + [(row, "closed") for row in closed]
    if len(wanted) > room:
        _logger.warning(log_line("alarms_not_sent", alarms=len(wanted) - room))
    deliveries.create(
        [
            {"alarm_id": row.id, "event": event, "payload": _payload(row, event)}
            for row, event in wanted[: max(room, 0)]
        ]
    )
    own_crons.trigger(env, "ir_cron_alarm_deliveries")


def _payload(row: Any, event: str) -> dict[str, Any]:
    connection, location = row.connection_id, row.location_id
    users = responsible_for(connection, location)
    return {
        "event": f"trouble.{event}",
        "trouble": row.code,
        "text": redact(row.text or row.code)[:MAX_TEXT],
        "connection": connection.name,
        "location": location.name or None,
        "location_id": location.ghl_id or None,
        "company": connection.company_id.name,
        "responsible": users.mapped("name"),
        "since": iso_seconds(row.seen_at),
        "over_since": iso_seconds(row.closed_at),
        "url": f"{connection.get_base_url()}/odoo/ghl-connections/{connection.id}",
    }


def send_due(env: Any) -> None:
    """Send what is due, oldest first (body of the cron)."""
    sent = 0
    while sent < MAX_SENT and seconds_left(env) > LEAST_SECONDS:
        delivery = _take(env)
        if not delivery:
            break
        _send(delivery)
        sent += 1
    _plan_next(env)


def _take(env: Any) -> Any:
    """Return the next delivery, noted as tried: a crash leaves it for the next try."""
    env["ghl.alarm.delivery"].flush_model()
    env.cr.execute(
        SQL(
            """
            SELECT d.id FROM ghl_alarm_delivery d
             WHERE %s AND d.next_at <= %s
             ORDER BY d.next_at, d.id LIMIT 1 FOR UPDATE SKIP LOCKED
            """,
            _IN_TURN,
            fields.Datetime.now(),
        ),
        # Another one takes it: no error, and not to be logged as one.
        log_exceptions=False,
    )
    row = env.cr.fetchone()
    delivery = env["ghl.alarm.delivery"].browse(row and row[0])
    if delivery:
        pause = PAUSES_MINUTES[min(delivery.attempts, len(PAUSES_MINUTES) - 1)]
        delivery.attempts += 1
        delivery.next_at = fields.Datetime.now() + timedelta(minutes=pause)
    return delivery


def _send(delivery: Any) -> None:
    env = delivery.env
    settings = env["ghl.settings"]
    url, secret = settings._raw("alarm_webhook_url"), settings._alarm_secret()
    private = settings._flag("alarm_webhook_private")
    body = {"id": delivery.uuid, **delivery.payload}
    text = json.dumps(body, ensure_ascii=False).encode()
    uuid, attempt = delivery.uuid, delivery.attempts
    # The address may keep us waiting: nothing is locked, and no snapshot held.
    env["ir.cron"]._commit_progress(0, remaining=1)
    if not url:
        delivery.write({"state": "failed", "answer": env._("No address is set.")})
        return
    answer = send(url, secret, text, uuid, private)
    over = attempt > len(PAUSES_MINUTES)
    values: dict[str, Any] = {
        "state": "sent",
        "sent_at": fields.Datetime.now(),
        "answer": str(answer.status),
    }
    if answer.trouble is not None:
        values = {"state": "failed" if over else "pending", "answer": answer.trouble}
        _logger.log(
            logging.WARNING if over else logging.INFO,
            log_line(
                "alarm_delivery_failed",
                delivery=uuid,
                error=answer.trouble,
                attempt=attempt,
            ),
        )
    # By itself: were it lost, what has arrived would be sent again.
    commit_or_retry(env, partial(delivery.write, values), 1, remaining=0)


def _plan_next(env: Any) -> None:
    """Wake the cron when the next try is due.

    What waits for its turn is looked for again when the one before it is done.
    """
    env["ghl.alarm.delivery"].flush_model()
    (row,) = env.execute_query(
        SQL("SELECT min(d.next_at) FROM ghl_alarm_delivery d WHERE %s", _IN_TURN)
    )
    if row[0]:
        own_crons.trigger(env, "ir_cron_alarm_deliveries", row[0])
