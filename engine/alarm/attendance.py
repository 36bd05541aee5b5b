"""Tells of missing cron workers by whatever is at work: requests.

Crons notice and tell of all trouble but their own absence. So calls of the API, a web
client that loads, and whoever scrapes the metrics look once in a while whether the
crons are called, and mend and tell in their place when they are not.
"""

import logging
import time
from datetime import UTC, datetime
from typing import Any

import psycopg2
from dateutil.relativedelta import relativedelta

from odoo import SUPERUSER_ID, fields
from odoo.exceptions import ConcurrencyError
from odoo.tools import SQL

from ...tools.log_line import log_line
from ...tools.state.late import GRACE
from ..crons import own_crons
from ..crons.mend import mend_all
from ..transaction import own_cursor
from .alarms import check_connections, watched

_logger = logging.getLogger(__name__)

# Seconds for which a process that has looked does not look again.
LOOK_EVERY = 60
# One process at a time; it has told when the next one looks.
_LOCK = SQL("hashtext('ghl_contact_sync.attendance')")
# When this process began, or a server from which it was forked.
_started: datetime = fields.Datetime.now()
# database → when this process looks again.
_looks_at: dict[str, float] = {}


def look_after(env: Any) -> bool:
    """Mend and tell in place of crons that nobody calls; tell whether there was need.

    Never fails: the request has other work to do.
    """
    now = time.monotonic()
    if _looks_at.get(env.cr.dbname, 0.0) > now:
        return False
    _looks_at[env.cr.dbname] = now + LOOK_EVERY
    try:
        if own_crons.is_neutralized(env) or not is_unattended(env):
            return False
        with own_cursor(env) as cr:
            own = env(cr=cr, user=SUPERUSER_ID, su=True)
            cr.execute(SQL("SELECT pg_try_advisory_xact_lock(%s)", _LOCK))
            if cr.fetchone()[0]:
                _stand_in(own)
    except (psycopg2.Error, ConcurrencyError) as err:
        pgcode = getattr(err, "pgcode", None)
        _logger.info(log_line("workers_not_looked_after", pgcode=pgcode))
        return False
    return True


def is_unattended(env: Any) -> bool:
    """Tell whether the crons that notice trouble are gone, off or long overdue."""
    crons = [own_crons.find(env, name) for name in own_crons.ESSENTIAL]
    limit = fields.Datetime.now() - GRACE
    return any(not cron or not cron.active or cron.nextcall < limit for cron in crons)


def unattended_since(env: Any) -> datetime | None:
    """Return since when nobody calls the crons although they could be called.

    Counted from when they were due: whoever looks may be the only one who ever does.
    After a standstill of Odoo or PostgreSQL, from its end: workers come by within a
    minute.

    :return: None while none is overdue, or another one has been called since
    """
    found = [own_crons.find(env, name) for name in own_crons.ESSENTIAL]
    crons = [cron for cron in found if cron.active]
    now = fields.Datetime.now()
    due: list[datetime] = [
        cron.nextcall for cron in crons if cron.nextcall < now - GRACE
    ]
    if not due:
        return None
    # Odoo leaves the next call of a cron that still has work to do where it was: one
    # that is busy for long is overdue although workers call it.
    called = max((at for at in map(_called_at, crons) if at <= now), default=min(due))
    if called >= now - GRACE:
        return None
    return max(min(due), called, _up_since(env))


def _called_at(cron: Any) -> datetime:
    """Return when a cron was called last, or up to an interval before that."""
    interval = relativedelta(**{cron.interval_type: cron.interval_number})
    called: datetime = cron.nextcall - interval
    return called


def _up_since(env: Any) -> datetime:
    """Return since when this process and PostgreSQL have both been up."""
    [(up,)] = env.execute_query(SQL("SELECT pg_postmaster_start_time()"))
    began: datetime = up.astimezone(UTC).replace(tzinfo=None)
    return max(_started, began)


def _stand_in(env: Any) -> None:
    # Before crons are made again, or woken: these look as if they had been called.
    since = unattended_since(env)
    mend_all(env)
    check_connections(watched(env), since)
