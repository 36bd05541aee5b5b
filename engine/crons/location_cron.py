"""The cron of a location: its interval, and how it is woken in between.

Odoo refuses to change a cron while it runs, so its interval is fixed. What is due when
is decided by `engine/schedule/due.py`; triggers bring the worker on time.
"""

from datetime import datetime, timedelta
from typing import Any

from odoo import fields

HEARTBEAT_MINUTES = 10
# Odoo's workers take what is ready in this order, smaller numbers first.
FIRST, USUAL = 4, 5


def ensure_crons(locations: Any) -> None:
    """Give each location the cron that is its engine: one record, one worker."""
    locations = locations.sudo()
    env = locations.env
    for location in locations.filtered(lambda one: not one.cron_id):
        location.cron_id = env["ir.cron"].create(
            {
                "name": f"GoHighLevel: {location.name}",
                "model_id": env["ir.model"]._get_id(location._name),
                "state": "code",
                "code": f"model.browse({location.id})._cron_sync()",
                "interval_number": HEARTBEAT_MINUTES,
                "interval_type": "minutes",
                # Leaves time to look, and to order the first fill oneself.
                "nextcall": fields.Datetime.now()
                + timedelta(minutes=HEARTBEAT_MINUTES),
                "user_id": env.ref("base.user_root").id,
            }
        )


def plan_wake(location: Any, earliest: datetime, timestamp: datetime) -> None:
    """Wake the worker at `timestamp`, unless it wakes after `earliest` anyway."""
    planned = [
        ("cron_id", "=", location.sudo().cron_id.id),
        ("call_at", ">=", earliest),
        ("call_at", "<=", timestamp + timedelta(minutes=1)),
    ]
    if not location.env["ir.cron.trigger"].sudo().search_count(planned, limit=1):
        # Triggers have whole seconds: never a moment too early.
        location._trigger_cron(timestamp + timedelta(seconds=1))


def set_priority(location: Any, priority: int) -> None:
    """Have the location's cron taken before or with the others, unless it runs now."""
    cron = location.sudo().cron_id
    # One that is off tells by its last change who has switched it off.
    if cron.active and cron.priority != priority:
        cron.try_lock_for_update().write({"priority": priority})


def wake_next_slice(env: Any) -> None:
    """Have the workers look again as soon as this job is released.

    Odoo makes a job with work left ready again, but wakes nobody for it: the next slice
    would wait for the poll that comes once a minute.
    """
    cron = env["ir.cron"]
    env.cr.postcommit.add(cron._notifydb)
    cron._commit_progress(0, remaining=1)
