"""The lock that makes a process the one writer of a location's mirror."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2

from odoo.tools import SQL

from ...tools.log_line import log_line

_logger = logging.getLogger(__name__)

# First half of the advisory lock; the second is the location's id.
LOCK_SPACE = 0x47484C  # "GHL"


@contextmanager
def try_lock(location: Any) -> Iterator[bool]:
    """Hold the location's lock; yield False when another process has it.

    It belongs to the database session, so it outlives the commits of a slice and dies
    with a killed process.
    """
    location.ensure_one()
    cr = location.env.cr
    key = (LOCK_SPACE, location.id)
    cr.execute("SELECT pg_try_advisory_lock(%s, %s)", key)
    (acquired,) = cr.fetchone()
    try:
        yield acquired
    finally:
        if acquired:
            try:
                cr.rollback()
                cr.execute("SELECT pg_advisory_unlock(%s, %s)", key)
            except psycopg2.Error:
                _logger.info(log_line("lock_session_lost", lock=key))


def try_lock_until_commit(location: Any) -> bool:
    """Hold the location's lock until this transaction ends, if nobody else does."""
    location.ensure_one()
    cr = location.env.cr
    cr.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", (LOCK_SPACE, location.id))
    return bool(cr.fetchone()[0])


def has_writer(location: Any) -> bool:
    """Tell whether some process holds the location's lock just now."""
    location.ensure_one()
    return location.id in locations_with_writer(location.env)


def locations_with_writer(env: Any) -> set[int]:
    """Return the ids of all locations whose lock some process holds just now."""
    rows = env.execute_query(
        SQL(
            """
            SELECT l.objid
              FROM pg_locks l JOIN pg_database d ON d.oid = l.database
             WHERE l.locktype = 'advisory' AND l.granted
               AND l.classid = %s AND l.objsubid = 2
               AND d.datname = current_database()
            """,
            LOCK_SPACE,
        )
    )
    return {location_id for (location_id,) in rows}
