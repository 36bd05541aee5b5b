"""The index by which contacts are found by a part of what they have.

To keep it costs a fill half as much again, and some ten thousand contacts are searched
in a moment without. So it is made when there are more, beside all other work. Trigrams
are an extension of PostgreSQL that Odoo makes with each new database; where it is
missing, searches go through the contacts of their location.
"""

import logging
import threading
from typing import Any

import psycopg2

from odoo.modules.db import has_trigram
from odoo.sql_db import db_connect
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

INDEX = "ghl_contact__search_text_trgm_idx"
# Contacts from which on an index is worth its upkeep.
LARGE = 50_000
_CREATE = f"""
    CREATE INDEX %s IF NOT EXISTS {INDEX} ON ghl_contact
     USING gin (search_text gin_trgm_ops) WHERE active IS TRUE
"""
_TRY_LOCK = "SELECT pg_try_advisory_lock(hashtext('ghl_contact_sync.search_index'))"
_UNLOCK = "SELECT pg_advisory_unlock(hashtext('ghl_contact_sync.search_index'))"
_STATE = """
    SELECT c.reltuples, (SELECT indisvalid FROM pg_index WHERE indexrelid = i.oid)
      FROM pg_class c
      LEFT JOIN pg_class i ON i.relname = %s AND i.relnamespace = c.relnamespace
     WHERE c.oid = 'ghl_contact'::regclass
"""


def is_wanted(cr: Any) -> bool:
    """Tell whether the index is worth its upkeep, and not there."""
    cr.execute(_STATE, (INDEX,))
    contacts, valid = cr.fetchone()
    return not valid and contacts >= LARGE and bool(has_trigram(cr))


def make(cr: Any) -> None:
    """Make the index in a transaction (while nobody writes: at an upgrade)."""
    cr.execute(SQL(_CREATE, SQL()))  # pylint: disable=sql-injection


def make_in_background(dbname: str) -> None:
    """Have the index made by a thread.

    It waits for whatever transaction is open, and a cron's own is as long as its job.
    """
    threading.Thread(
        target=make_concurrently, args=(dbname,), name="ghl_search_index", daemon=True
    ).start()


def make_concurrently(dbname: str) -> None:
    """Make the index while others read and write, in a session of its own."""
    with db_connect(dbname).cursor() as cr:
        # Not possible inside of a transaction.
        cr._cnx.autocommit = True
        try:
            cr.execute(_TRY_LOCK)
            if cr.fetchone()[0]:
                _make_alone(cr)
        except psycopg2.Error as err:
            # The cron comes back to it.
            _logger.warning("the index for searches cannot be made: %s", err)
        finally:
            cr._cnx.autocommit = False


def _make_alone(cr: Any) -> None:
    try:
        # What an attempt that was cut short has left is of no use.
        cr.execute(SQL("DROP INDEX CONCURRENTLY IF EXISTS %s", SQL.identifier(INDEX)))
        cr.execute("SET maintenance_work_mem = '256MB'")
        cr.execute(SQL(_CREATE, SQL("CONCURRENTLY")))  # pylint: disable=sql-injection
        _logger.info("contacts are found by an index from now on")
    finally:
        cr.execute("RESET maintenance_work_mem")
        cr.execute(_UNLOCK)


def drop(cr: Any) -> None:
    """Drop the index: to fill it row by row takes longer than to make it anew."""
    cr.execute(SQL("DROP INDEX IF EXISTS %s", SQL.identifier(INDEX)))
