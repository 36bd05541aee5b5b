"""An upgrade beside a running server: syncs come to rest before tables are altered."""

import logging
import time
from typing import Any

import psycopg2

from odoo.tools import SQL

_logger = logging.getLogger(__name__)

# A slice ends within half a minute, and its last request within one.
REST_SECONDS = 150
_TRIES = 60
_PAUSE = 0.5


def bring_to_rest(cr: Any, lock_space: int) -> None:
    """Wait until no worker has a location in hand, and let none begin until the end.

    By the lock that each worker of a location holds; what is in flight is stored first,
    and the run goes on from there after the upgrade.

    :raise psycopg2.Error: a sync did not come to rest in time
    """
    if not _table_exists(cr, "ghl_location"):
        return
    cr.execute("SELECT id FROM ghl_location ORDER BY id")
    ids = [location_id for (location_id,) in cr.fetchall()]
    if not ids:
        return
    _logger.info("waiting for syncs to come to rest")
    cr.execute("SELECT current_setting('lock_timeout')")
    (usual,) = cr.fetchone()
    cr.execute("SELECT set_config('lock_timeout', %s, true)", [f"{REST_SECONDS}s"])
    for location_id in ids:
        cr.execute("SELECT pg_advisory_xact_lock(%s, %s)", [lock_space, location_id])
    cr.execute("SELECT set_config('lock_timeout', %s, true)", [usual])


def take_tables(cr: Any) -> None:
    """Lock all tables that are going to be altered, at once or not at all.

    Webhooks and orders hold one and wait for another, as an upgrade does that takes
    them one by one: whoever gives way here does so before it has done anything.
    """
    cr.execute(
        "SELECT c.relname FROM pg_class c"
        " WHERE c.relkind = 'r' AND c.relname LIKE 'ghl\\_%%'"
        "   AND c.relnamespace = current_schema::regnamespace ORDER BY c.relname"
    )
    tables = [SQL.identifier(name) for (name,) in cr.fetchall()]
    if not tables:
        return
    lock = SQL("LOCK TABLE %s IN ACCESS EXCLUSIVE MODE", SQL(", ").join(tables))
    for attempt in range(1, _TRIES + 1):
        cr.execute("SAVEPOINT ghl_upgrade")
        try:
            cr.execute("SET LOCAL lock_timeout = '2s'")
            cr.execute(lock, log_exceptions=False)
        except psycopg2.errors.OperationalError:
            # Taken back together with the time-out.
            cr.execute("ROLLBACK TO SAVEPOINT ghl_upgrade")
            if attempt == _TRIES:
                raise
            time.sleep(_PAUSE)
            continue
        cr.execute("SET LOCAL lock_timeout = DEFAULT")
        cr.execute("RELEASE SAVEPOINT ghl_upgrade")
        return


def _table_exists(cr: Any, name: str) -> bool:
    cr.execute("SELECT to_regclass(%s)", [name])
    return cr.fetchone()[0] is not None
