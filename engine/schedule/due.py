"""Plan what the schedule of a location wants, and give the order for it.

`tools/schedule/next_sync.py` decides. What it says is ordered here, and what comes next
is stored with the location and brought about by a trigger of its cron.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from odoo import fields

from ...tools.schedule.facts import Due
from ...tools.schedule.next_sync import may_read_early
from ...tools.schedule.next_sync import next_due as decide
from ..crons.location_cron import plan_wake
from ..location.webhook_gaps import is_silent_too_long
from ..transaction import in_own_transaction, lock_rows
from .collect import known_of, rules_of

#: fields of `ghl.location` that people set
RULES = frozenset(
    (
        *("auto_sync", "delta_interval", "adaptive_sync", "delta_shortest"),
        *("delta_longest", "verify_interval", "quiet_from", "quiet_to"),
        "quiet_reads",
    )
)
# A job has just looked, and a sync is due all the same: the next job comes a bit later.
_SOON = timedelta(seconds=10)


def next_due(location: Any, now: datetime | None = None) -> Due:
    """Return what comes next for a `ghl.location`: when, which kind, why."""
    location.ensure_one()
    now = now or fields.Datetime.now()
    location = location.sudo()
    return decide(rules_of(location), known_of(location, now), now)


def due_kind(location: Any) -> str | None:
    """Return the kind of sync that the schedule asks for now, None for nothing."""
    now = fields.Datetime.now()
    due = next_due(location, now)
    return due.kind if due.kind != "probe" and due.is_due(now) else None


def order_what_is_due(location: Any) -> Any:
    """Order what the schedule or silent webhooks ask for; return the active run.

    The location's row is locked: whoever has just ended a run elsewhere has written it,
    and a snapshot from before is refused rather than believed.
    """
    lock_rows(location)
    Run = location.env["ghl.sync.run"]
    run = Run._get_active(location)
    if run:
        return run
    kind = due_kind(location)
    if kind:
        location._order_sync(kind, "cron")
    elif _may_read_early(location) and is_silent_too_long(location):
        location._order_sync("delta", "webhook")
    return Run._get_active(location)


def _may_read_early(location: Any) -> bool:
    now = fields.Datetime.now()
    location = location.sudo()
    return may_read_early(rules_of(location), known_of(location, now), now)


def store_plan(location: Any) -> None:
    """Keep what comes next with the location, and have its cron called on time."""
    location = location.sudo()
    if location.env["ghl.sync.run"]._get_active(location):
        # The end of the run tells what comes after it.
        return
    now = fields.Datetime.now()
    due = next_due(location, now)
    cron = location.cron_id
    if due.reason == "first_fill" and cron:
        # The cron's first call leaves time to order it oneself.
        due = replace(due, at=max(now, cron.nextcall))
    values = {
        "next_sync_at": due.at or False,
        "next_sync_kind": due.kind or False,
        "next_sync_reason": due.reason,
    }
    changed = {name: value for name, value in values.items() if location[name] != value}
    if changed:
        location.write(changed)
    if due.at is None or not cron or not location.active:
        return
    timestamp = max(due.at, now + _SOON)
    # Later than that the cron's own call comes first, and plans anew.
    if timestamp <= now + _interval_of(cron) and due.reason != "first_fill":
        plan_wake(location, now, timestamp)


def follow_rules(locations: Any) -> None:
    """Plan anew what comes next, after somebody has changed the rules of it."""
    for location in locations:
        store_plan(location)
        if location.active and location.last_full_at:
            # The next call of the cron looks again at what is due.
            location._trigger_cron()


def plan_next(location: Any) -> None:
    """Do `store_plan` in a transaction of its own."""
    in_own_transaction(location, store_plan)


def _interval_of(cron: Any) -> timedelta:
    unit = {"minutes": 1, "hours": 60}.get(cron.interval_type, 1_440)
    return timedelta(minutes=unit * cron.interval_number)
