"""The row of an OAuth token: changed by one at a time, committed by itself.

A refresh token works once. So whoever renews holds an advisory lock for as long as that
takes, over threads, processes and servers; it belongs to the session, and no
transaction is open while GoHighLevel answers.
"""

import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

import psycopg2

from odoo.tools import SQL

from ..transaction import (
    DATABASE_GONE,
    end_transaction,
    own_cursor,
    retry_transaction,
    session_lock,
)
from .app import busy, seconds_until

T = TypeVar("T")

# First half of the advisory lock of a token's row.
TOKEN_LOCKS = 0x47484F  # "GHO"
# Seconds between tries to store a token pair while the database is away: GoHighLevel
# gives it once.
GONE_PAUSES = (0.5, 1, 2, 5, 10, 20)
# One thread of a process at a time waits in the database, whatever their number: each
# waiter there costs a connection of its own.
_process_locks: dict[tuple[str, int, int | None], threading.Lock] = {}


class NewPair:
    """A new pair of tokens in hand: the refresh token that it cost works no more.

    Should storing it fail, the next try stores it, and calls nobody.
    """

    def __init__(self) -> None:
        self._spent: str | None = None
        self._tokens: Any = None

    def take(self, spent: str, tokens: Any) -> None:
        """Keep what GoHighLevel gave for a refresh token."""
        self._spent, self._tokens = spent, tokens

    def is_taken(self) -> bool:
        """Tell whether there is a pair that must not be lost."""
        return self._tokens is not None

    def store(self, row: Any) -> bool:
        """Store the pair in hand, if the row still holds the token that it cost."""
        if self._tokens is None or row.refresh_token != self._spent:
            return False
        row._store(self._tokens)
        return True


def with_token_row(
    connection: Any,
    location: Any,
    work: Callable[[Any], T],
    deadline: float | None = None,
    keep_on: Callable[[], bool] = lambda: False,
) -> T:
    """Return `work(row)`, done by one at a time and committed by itself.

    The lock outlives transactions: `work` ends its own before it calls upstream. So
    does this one with the caller's, since it may have to wait for others that call.

    :param location: whose token; None: that of the install itself
    :param work: gets the locked `ghl.oauth.token`, in a transaction of its own; an
        empty one for a location that is not committed yet
    :param deadline: until when to wait, by `time.monotonic`; None: as long as it takes
    :param keep_on: tells whether to begin again although the database was lost
    :raise GhlTokenBusy: others held the row until the deadline
    """
    owner = location.id if location else None
    key = (connection.env.cr.dbname, connection.id, owner)
    end_transaction(connection.env)
    lock = _process_locks.setdefault(key, threading.Lock())
    if not lock.acquire(timeout=seconds_until(deadline)):
        raise busy()
    try:
        return _with_locked_row(connection, owner, work, deadline, keep_on)
    finally:
        lock.release()


def _with_locked_row(
    connection: Any,
    owner: int | None,
    work: Callable[[Any], T],
    deadline: float | None,
    keep_on: Callable[[], bool],
) -> T:
    def transaction() -> T:
        seconds = seconds_until(deadline)
        with (
            own_cursor(connection.env) as cr,
            session_lock(cr, TOKEN_LOCKS, f"{connection.id}/{owner}", seconds),
        ):
            env = connection.env(cr=cr, su=True)
            return work(lock_token_row(connection.with_env(env), owner, seconds))

    pauses = iter(GONE_PAUSES)
    while True:
        try:
            # Races happen while one waits for the lock, and hardly any once it is held.
            return retry_transaction(transaction, tries=8, pause=0.01)
        except psycopg2.errors.LockNotAvailable as err:
            if deadline is None:
                raise
            raise busy() from err
        except DATABASE_GONE:
            pause = next(pauses, None)
            if pause is None or not keep_on():
                raise
            time.sleep(pause)


def lock_token_row(connection: Any, owner: int | None, seconds: float) -> Any:
    """Return the row of a token, locked; made if need be.

    Empty for an owner that is not committed yet: nothing is inserted that refers to
    what this transaction cannot see.

    :param owner: id of the location; None: the install itself
    :param seconds: how long to wait for the lock
    :raise psycopg2.Error: it was changed while this waited: begin again
    """
    find = SQL(
        """
        SELECT id FROM ghl_oauth_token
         WHERE connection_id = %s AND location_id IS NOT DISTINCT FROM %s
           FOR UPDATE
        """,
        connection.id,
        owner,
    )
    cr = connection.env.cr
    cr.execute(SQL("SET LOCAL lock_timeout = %s", f"{max(1, int(seconds * 1_000))}ms"))
    # A race is no error, and not to be logged as one.
    cr.execute(find, log_exceptions=False)
    if not cr.rowcount:
        cr.execute(
            SQL(
                """
                INSERT INTO ghl_oauth_token (connection_id, location_id)
                SELECT %(connection)s, %(owner)s
                 WHERE EXISTS (SELECT FROM ghl_connection WHERE id = %(connection)s)
                   AND (%(owner)s IS NULL OR EXISTS (
                       SELECT FROM ghl_location WHERE id = %(owner)s))
                ON CONFLICT DO NOTHING
                """,
                connection=connection.id,
                owner=owner,
            )
        )
        cr.execute(find, log_exceptions=False)
    rows = connection.env["ghl.oauth.token"]
    row = rows.browse(found for (found,) in cr.fetchall())
    row.invalidate_recordset()
    return row
