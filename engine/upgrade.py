"""An upgrade beside a running server: syncs come to rest before tables are altered."""

import logging
from typing import Any

from psycopg2 import errorcodes

from odoo.tools import SQL

from ..tools.log_line import log_line
from .transaction import retry_transaction

_logger = logging.getLogger(__name__)

# A slice ends within half a minute, and its last request within one.
REST_SECONDS = 150
# With their pauses, two minutes.
_TRIES = 30


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
    _logger.info(log_line("upgrade_waits", locations=len(ids)))
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

    def locked() -> None:
        cr.execute("SET LOCAL lock_timeout = '2s'")
        cr.execute(lock, log_exceptions=False)

    cr.execute("SAVEPOINT ghl_upgrade")
    retry_transaction(
        locked,
        # Takes the time-out back as well.
        undo=lambda: cr.execute("ROLLBACK TO SAVEPOINT ghl_upgrade"),
        tries=_TRIES,
        pause=0.5,
        more=(errorcodes.LOCK_NOT_AVAILABLE,),
    )
    cr.execute("SET LOCAL lock_timeout = DEFAULT")
    cr.execute("RELEASE SAVEPOINT ghl_upgrade")


def _table_exists(cr: Any, name: str) -> bool:
    cr.execute("SELECT to_regclass(%s)", [name])
    return cr.fetchone()[0] is not None
