"""Wakes Odoo's cron workers at the very moment at which a waiting run goes on.

They look for what is due once a minute only, also after Odoo was started. So the
process in which a run begins to wait sets a timer, which notifies the workers on time.
Timers die with their process: whichever process meets the run shortly before its
moment sets another, and so does each that is started.
"""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg2

from odoo import fields, sql_db

from odoo.addons.base.models.ir_cron import ODOO_NOTIFY_FUNCTION

from ...tools.log_line import log_line

_logger = logging.getLogger(__name__)

# For so long before its moment a run is looked at by each process whose workers poll:
# twice as long as they sleep.
AHEAD = timedelta(seconds=130)
# Between two such looks; more would cost, and tell nothing.
LOOK_EVERY = timedelta(seconds=20)
# Workers listen so soon after Odoo was started.
AFTER_START = timedelta(seconds=5)
_LONGEST = timedelta(hours=26)

_timers: dict[tuple[str, datetime], threading.Timer] = {}
_lock = threading.Lock()


def wake_at(location: Any, at: datetime) -> None:
    """Have a location's cron called at a time to come (UTC), and not a minute later.

    :param at: in whole seconds, as triggers are
    """
    cr, now = location.env.cr, fields.Datetime.now()
    location._trigger_cron(at)
    # A look before that, by whichever process: it comes back here, and sets its timer.
    look = max(at - AHEAD, now + LOOK_EVERY)
    if look < at:
        location._trigger_cron(look)
    dbname = cr.dbname
    cr.postcommit.add(lambda: set_timer(dbname, at))


def wake_after_start(env: Any) -> None:
    """Set timers for what waits, or was interrupted, when a process is started."""
    env.cr.execute(
        """
        SELECT DISTINCT CASE WHEN state = 'waiting' THEN resume_at END
          FROM ghl_sync_run
         WHERE state IN ('queued', 'running', 'waiting')
        """
    )
    soon = fields.Datetime.now().replace(microsecond=0) + AFTER_START
    for (resume_at,) in env.cr.fetchall():
        set_timer(env.cr.dbname, max(resume_at or soon, soon))


def set_timer(dbname: str, at: datetime) -> None:
    """Notify the cron workers of a database at a time (UTC), once."""
    # To the millisecond: Odoo's own now has whole seconds.
    left = at - datetime.now(UTC).replace(tzinfo=None)
    if not timedelta() < left < _LONGEST:
        return
    key = (dbname, at)
    with _lock:
        if key in _timers:
            return
        timer = threading.Timer(left.total_seconds(), _ring, key)
        timer.daemon = True
        timer.name = f"ghl-wake-{dbname}"
        _timers[key] = timer
        timer.start()


def _ring(dbname: str, at: datetime) -> None:
    with _lock:
        _timers.pop((dbname, at), None)
    try:
        _notify(dbname)
    except psycopg2.Error as err:
        # The workers look by themselves a little later.
        _logger.info(log_line("workers_not_notified", error=type(err).__name__))


def _notify(dbname: str) -> None:
    """Do as `ir.cron._notifydb`, by a connection that no process shares.

    Odoo's pool is handed on to processes that are forked later.
    """
    _name, info = sql_db.connection_info_for("postgres")
    connection = psycopg2.connect(**info)
    try:
        with connection.cursor() as cr:
            cr.execute(f"SELECT {ODOO_NOTIFY_FUNCTION}('cron_trigger', %s)", [dbname])
        connection.commit()
    finally:
        connection.close()
