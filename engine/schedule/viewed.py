"""Have a location that somebody looks at read first; calls that show contacts note it.

A call costs a look into this process's memory; once in a while one of them writes.
"""

import time
from datetime import timedelta
from typing import Any

import psycopg2

from odoo import fields

from ..crons.location_cron import FIRST, set_priority
from ..transaction import own_cursor
from .due import store_plan

# Seconds for which further looks at a location are not written.
NOTE_EVERY = 120
# (database, location id) → when a look is written again.
_noted_until: dict[tuple[str, int], float] = {}
_MAX_NOTED = 10_000


def note_view(location: Any) -> None:
    """Keep that somebody looks at a location, and plan its next read accordingly.

    Never waits and never fails: a look that is lost matters little.
    """
    key = (location.env.cr.dbname, location.id)
    now = time.monotonic()
    if _noted_until.get(key, 0.0) > now:
        return
    if len(_noted_until) > _MAX_NOTED:
        _noted_until.clear()
    _noted_until[key] = now + NOTE_EVERY
    try:
        with own_cursor(location.env) as cr:
            _note(location.with_env(location.env(cr=cr)).sudo())
    except psycopg2.Error:
        # A run has the location's row in hand just now; the next look is written.
        _noted_until.pop(key, None)


def _note(location: Any) -> None:
    cr = location.env.cr
    cr.execute(
        "SELECT FROM ghl_location WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED",
        [location.id],
    )
    if not cr.rowcount or location.env["ghl.sync.run"]._get_active(location):
        # A run that is on would lose its step to this one; it is read just now.
        return
    now = fields.Datetime.now()
    noted = location.viewed_at
    if noted and abs(now - noted) < timedelta(seconds=NOTE_EVERY / 2):
        return
    location.viewed_at = now
    set_priority(location, FIRST)
    store_plan(location)
