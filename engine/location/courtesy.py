"""Lets other scheduled actions in between those of many locations.

A worker of Odoo fetches all jobs that are due, goes through them to the end, and sees
nothing of what becomes due meanwhile. Where a thousand locations are due at once, mail
would wait for many minutes, and so would the location that a person ordered just now.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from weakref import WeakKeyDictionary

import psycopg2

from odoo.tools import SQL

from .orders import PERSONAL

# Seconds between two looks of one process.
LOOK_EVERY = 2.0
# Jobs that are let in at once.
MOST = 5
# One pass of a worker lets each job in once, and none after so many seconds: Odoo ends
# a process that goes through its list for too long.
PASS_SECONDS = 30.0
# database → when this process looks again.
_looks_at: dict[str, float] = {}

# A worker's cursor, one for each pass → the jobs let in, and until when.
_passes: WeakKeyDictionary[Any, tuple[set[int], float]] = WeakKeyDictionary()

# A person runs a job: the cursor is a request's, and so is the commit.
_by_hand: ContextVar[bool] = ContextVar("ghl_by_hand", default=False)

Process = Callable[[Any, dict[str, Any]], None]


@contextmanager
def run_by_hand() -> Iterator[None]:
    """Let nobody in meanwhile."""
    token = _by_hand.set(True)
    try:
        yield
    finally:
        _by_hand.reset(token)


def let_others_in(crons: Any, cr: Any, job: dict[str, Any], process: Process) -> None:
    """Work off what waits behind the jobs of locations, after one of these.

    :param crons: the class of `ir.cron`
    :param cr: the worker's cursor, which holds the job; it is committed, as Odoo does
        next
    :param process: Odoo's own way to process one job
    """
    if _by_hand.get():
        return
    now = time.monotonic()
    if _looks_at.get(cr.dbname, 0.0) > now or not _is_of_location(cr, job["id"]):
        return
    _looks_at[cr.dbname] = now + LOOK_EVERY
    # Releases the location's job; what others have committed since is seen.
    cr.commit()  # pylint: disable=invalid-commit
    done, until = _passes.setdefault(cr, (set(), now + PASS_SECONDS))
    for (other_id,) in _waiting(crons, cr, job["id"]) if now < until else ():
        if other_id in done:
            continue
        done.add(other_id)
        try:
            other = crons._acquire_one_job(cr, other_id)
        except psycopg2.extensions.TransactionRollbackError:
            # Another worker has just done it.
            cr.rollback()
            continue
        if other:
            process(cr, other)
        cr.commit()  # pylint: disable=invalid-commit


def _is_of_location(cr: Any, cron_id: int) -> bool:
    cr.execute("SELECT 1 FROM ghl_location WHERE cron_id = %s", [cron_id])
    return bool(cr.fetchone())


def _waiting(crons: Any, cr: Any, cron_id: int) -> list[tuple[int]]:
    """Return jobs that are due: of others, and of locations that a person ordered."""
    cr.execute(
        SQL(
            """
            SELECT id FROM ir_cron
             WHERE %(ready)s AND id <> %(own)s AND NOT EXISTS (
                   SELECT FROM ghl_location l
                    WHERE l.cron_id = ir_cron.id AND NOT EXISTS (
                          SELECT FROM ghl_sync_run r
                           WHERE r.location_id = l.id AND r.state = 'queued'
                             AND r.origin = ANY(%(personal)s)))
             ORDER BY failure_count, priority, id LIMIT %(most)s
            """,
            ready=crons._get_ready_sql_condition(cr),
            own=cron_id,
            personal=list(PERSONAL),
            most=MOST,
        )
    )
    found: list[tuple[int]] = cr.fetchall()
    return found
