"""The crons that the engine runs on: what is missing is made, what was lost is mended.

A location's cron is its engine. Somebody may delete it, or switch it off on purpose;
Odoo switches one off that has failed for a week; a clock that was ahead leaves one that
sleeps until then. What a person switched off stays so, and is shown.
"""

import logging
from datetime import datetime, timedelta
from typing import Any

from dateutil.relativedelta import relativedelta

from odoo import fields

from ...tools.log_line import log_line
from ..location.stopping import why_stopped
from . import own_crons
from .location_cron import FIRST, USUAL, ensure_crons

_logger = logging.getLogger(__name__)

OK, MISSING, OFF, LATE = "ok", "missing", "off", "late"
# A call that is due for longer than that finds no worker; one that comes so much
# later than usual was planned by a clock that was ahead.
SLACK = timedelta(minutes=30)
# A location that somebody looked at goes before the others for so long.
VIEWED = timedelta(minutes=10)
_PERSONS = ("button", "api", "page")


def cron_state(location: Any, now: datetime | None = None) -> str:
    """Return whether a location's cron works: ok, missing, off (on purpose) or late."""
    now = now or fields.Datetime.now()
    cron = location.sudo().cron_id
    if not cron:
        return MISSING
    if not cron.active:
        return OFF if is_off_on_purpose(cron) else LATE
    return LATE if cron.nextcall < now - SLACK or _sleeps(cron, now) else OK


def _sleeps(cron: Any, now: datetime) -> bool:
    """Tell whether a cron's next call was planned by a clock that was ahead."""
    interval = relativedelta(**{cron.interval_type: cron.interval_number})
    return bool(cron.nextcall > now + interval + SLACK)


def is_off_on_purpose(cron: Any) -> bool:
    """Tell whether a person switched a cron off, rather than Odoo after failures.

    Odoo does it by SQL at the end of a call, whose time it writes as well; a person's
    change is written by the ORM, which leaves its own time.
    """
    if cron.active:
        return False
    return not cron.lastcall or (cron.write_date or cron.lastcall) > cron.lastcall


def mend_location(location: Any, now: datetime | None = None) -> bool:
    """Make or mend the cron of a location; tell whether there was need."""
    now = now or fields.Datetime.now()
    state = cron_state(location, now)
    cron = location.sudo().cron_id
    if (
        state in (OK, OFF)
        or why_stopped(location)
        or own_crons.is_neutralized(location.env)
    ):
        return False
    if state == MISSING:
        ensure_crons(location)
        _tell(location, location.env._("Its scheduled action was missing; made again."))
    elif not cron.active:
        cron.try_lock_for_update().write({"active": True})
        _tell(
            location,
            location.env._(
                "Odoo had switched its scheduled action off after failures that went "
                "on for days; it works again."
            ),
        )
    elif _sleeps(cron, now):
        cron.try_lock_for_update().write({"nextcall": now})
    else:
        # No worker looks at it: another trigger would not bring one.
        return False
    location._trigger_cron()
    return True


def _tell(location: Any, message: str) -> None:
    _logger.warning(log_line("location_mended", location=location.id, reason=message))
    location.sudo().message_post(body=message)


def mend_all(env: Any) -> None:
    """Mend the crons of all locations that are to be read, and the module's own."""
    now = fields.Datetime.now()
    for location in env["ghl.location"].sudo().search([]):
        mend_location(location)
        cron, seen = location.cron_id, location.viewed_at
        is_watched = bool(seen) and now - seen < VIEWED
        if cron.active and cron.priority == FIRST and not is_watched:
            cron.try_lock_for_update().write({"priority": USUAL})
    mend_own(env)


def mend_own(env: Any) -> None:
    """Make and mend the module's own crons: what a person switched off stays so."""
    if own_crons.is_neutralized(env):
        return
    own_crons.restore(env)
    now = fields.Datetime.now()
    for cron in own_crons.find_all(env):
        if not cron.active and not is_off_on_purpose(cron):
            _logger.warning(log_line("cron_switched_on", cron=cron.id))
            cron.try_lock_for_update().write({"active": True, "nextcall": now})
        elif cron.active and _sleeps(cron, now):
            cron.try_lock_for_update().write({"nextcall": now})


def revive_for(location: Any, origin: str) -> None:
    """Have an order worked off at once, although the cron had been switched off.

    Only a person's order does so. What a person had switched off on purpose was the
    schedule: it stays off, by its own switch.
    """
    cron = location.sudo().cron_id
    if not cron or cron.active or origin not in _PERSONS:
        return
    if own_crons.is_neutralized(location.env):
        return
    if is_off_on_purpose(cron) and location.auto_sync:
        location.sudo().auto_sync = False
        location.sudo().message_post(
            body=location.env._(
                "%s ordered a sync. The scheduled action of this location had been "
                "switched off; it works again, and “Scheduled Sync” is off instead.",
                location.env.user.name,
            )
        )
    cron.try_lock_for_update().write({"active": True})
