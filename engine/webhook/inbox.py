"""The events of a location that wait: which are due, and when the next ones are."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from odoo import fields
from odoo.fields import Domain

from ...tools.webhook.pace import ROUND
from ..crons.location_cron import plan_wake

# Seconds after which the worker is woken for events that were left to its next turn.
REST_SECONDS = 10


def due_events(location: Any, limit: int) -> Any:
    """Return events (`ghl.webhook.event`) to be handled now, in order of arrival."""
    domain = Domain("location_id", "=", location.id) & Domain("state", "=", "new")
    due = Domain("next_try_at", "=", False) | Domain(
        "next_try_at", "<=", fields.Datetime.now()
    )
    events = location.env["ghl.webhook.event"]
    return events.search(domain & due, order="id", limit=limit)


def postpone(location: Any, events: Any, reason: str) -> None:
    """Try again later what failed (`ghl.webhook.event`); others are not held up."""
    events._postpone(reason)
    if due_events(location, limit=1):
        plan_rest(location)
    plan_next(location)


def postpone_due(location: Any, reason: str, resume_at: datetime | None = None) -> None:
    """Try the events in hand again later, or give them up after many times.

    :param resume_at: when the vendor answers again; such a wait is no failure
    """
    due_events(location, ROUND)._postpone(reason, resume_at)
    plan_next(location)


def plan_next(location: Any) -> None:
    """Wake the worker when the first event that waits is due."""
    waiting = location.env["ghl.webhook.event"].search(
        [
            ("location_id", "=", location.id),
            ("state", "=", "new"),
            ("next_try_at", "!=", False),
        ],
        order="next_try_at",
        limit=1,
    )
    if waiting:
        plan_wake(location, waiting.next_try_at, waiting.next_try_at)


def plan_rest(location: Any) -> None:
    """Wake the worker for events that are due and were left to the next turn."""
    now = fields.Datetime.now()
    # A trigger of this very second is the one that has woken the worker now.
    earliest = now + timedelta(seconds=1)
    plan_wake(location, earliest, now + timedelta(seconds=REST_SECONDS))
