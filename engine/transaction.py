"""Transactions: how they end, are begun again, and are made beside the caller's."""

from __future__ import annotations

import functools
import logging
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg2
from psycopg2 import errorcodes
from psycopg2.errors import UniqueViolation
from psycopg2.extensions import TRANSACTION_STATUS_IDLE, TransactionRollbackError
from psycopg2.pool import PoolError

from odoo.exceptions import ConcurrencyError
from odoo.sql_db import Connection, ConnectionPool, connection_info_for
from odoo.tools import SQL, config

from ..tools.log_line import log_line

_logger = logging.getLogger(__name__)
Result = TypeVar("Result")

# Codes by which PostgreSQL says that another transaction was in the way. The same work
# has another outcome when it is begun again.
RETRYABLE_PGCODES = (
    errorcodes.SERIALIZATION_FAILURE,
    errorcodes.DEADLOCK_DETECTED,
    # Somebody wrote a row that the snapshot does not show.
    errorcodes.UNIQUE_VIOLATION,
)
# Seconds between two tries of a transaction that lost to others.
LONGEST_PAUSE = 2.0
# It lost to another transaction: nothing is wrong, and it is begun again. psycopg2 has
# these among `DATABASE_GONE`, so that they are caught before.
LOST_RACE = (TransactionRollbackError, ConcurrencyError)
# Nothing can be written now: a trigger or the watchdog brings the next attempt.
DATABASE_GONE = (psycopg2.OperationalError, psycopg2.InterfaceError)
# Connections that a process may have on top of those of Odoo's pool (db_maxconn).
SPARE = 4
# Own cursors of a process: at most this share of Odoo's pool.
OWN_SHARE = 4
SPARE_SECONDS = 30
_spare = threading.BoundedSemaphore(SPARE)
_thread = threading.local()
# Told by an error of the kind that Odoo, the engine and the API take for passing.
_NONE_FREE = "no connection to the database is free"


def retry_transaction(
    work: Callable[[], Result],
    *,
    undo: Callable[[], object] | None = None,
    tries: int = 5,
    pause: float = 0.05,
    more: tuple[str, ...] = (),
) -> Result:
    """Return `work()`, which is a transaction; begin it again when it loses to others.

    :param undo: called after each error of the database, also after the last; not
        needed where `work` has a cursor of its own
    :param pause: seconds before the second try, twice as many before each further
        one (up to `LONGEST_PAUSE`); none with 0
    :param more: codes that this caller may retry besides `RETRYABLE_PGCODES`
    :raise psycopg2.Error: the last conflict, or at once any other error
    """
    codes = map(psycopg2.errors.lookup, (*RETRYABLE_PGCODES, *more))
    conflicts = (ConcurrencyError, *codes)
    attempt = 1
    while True:
        try:
            return work()
        except (psycopg2.Error, ConcurrencyError) as err:
            if undo is not None:
                undo()
            if not isinstance(err, conflicts) or attempt == tries:
                raise
            pgcode = getattr(err, "pgcode", None)
            _logger.info(log_line("transaction_repeated", pgcode=pgcode))
        if pause:
            time.sleep(min(LONGEST_PAUSE, pause * 2 ** (attempt - 1)))
        attempt += 1


@contextmanager
def race_to_make() -> Iterator[None]:
    """Make a row that others may be making as well: whoever comes second begins again.

    Odoo takes such a row for a mistake of a person, and repeats no request for it.

    :raise ConcurrencyError: a new transaction sees the row of whoever was quicker
    """
    try:
        yield
    except UniqueViolation as err:
        raise ConcurrencyError("Somebody has made the same row just now.") from err


def lock_rows(records: Any) -> None:
    """Hold rows until the commit, so that what is written to them cannot lose a race.

    Odoo logs a statement that fails, and its values with it. This one tells nothing.

    :raise psycopg2.Error: somebody has changed one meanwhile: begin again
    """
    if not records:
        return
    records.env.cr.execute(
        SQL(
            "SELECT FROM %s WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
            SQL.identifier(records._table),
            list(records.ids),
        ),
        log_exceptions=False,
    )


def in_own_transaction(
    records: Any, work: Callable[[Any], Result], pause: float = 0.05
) -> Result:
    """Return `work(records)`, done in a transaction of its own that is committed.

    A request's snapshot cannot see what another one has just written; a new transaction
    can, so a lost race is simply tried again.

    :param pause: as for `retry_transaction`
    """

    def transaction() -> Result:
        with own_cursor(records.env) as cr:
            return work(records.with_env(records.env(cr=cr)))

    return retry_transaction(transaction, pause=pause)


def seconds_left(env: Any) -> float:
    """Return what `_commit_progress` would tell of the time, without a commit."""
    end: float = env.context.get("cron_end_time", math.inf)
    return max(end - time.monotonic(), 0.0)


def commit_or_retry(
    env: Any, work: Callable[[], Result], processed: int = 0, remaining: int = 1
) -> tuple[Result, float]:
    """Do `work()` and commit it; a conflict with others undoes it and tries again.

    :return: (what `work` returned, seconds left of the cron's time)
    """

    def committed() -> tuple[Result, float]:
        result = work()
        return result, env["ir.cron"]._commit_progress(processed, remaining=remaining)

    return retry_transaction(
        committed,
        undo=lambda: roll_back(env),
        tries=8,
        pause=0.04,
        more=(errorcodes.LOCK_NOT_AVAILABLE,),
    )


def roll_back(env: Any) -> None:
    """Undo what is not committed, in the database and in the cache."""
    env.cr.rollback()
    env.invalidate_all(flush=False)


def end_transaction(env: Any) -> None:
    """Commit what is pending, so that no transaction is open during a wait.

    Rule: nobody waits for the network in one. It would keep a snapshot and maybe row
    locks for as long as the vendor likes, and a database with a limit on idle
    transactions ends the session.
    """
    if has_transaction(env.cr):
        # pylint: disable-next=invalid-commit
        env.cr.commit()


def has_transaction(cr: Any) -> bool:
    """Tell whether a transaction is open on the cursor's connection."""
    return bool(cr.connection.info.transaction_status != TRANSACTION_STATUS_IDLE)


@contextmanager
def session_lock(cr: Any, space: int, name: str, seconds: float) -> Iterator[None]:
    """Hold an advisory lock that belongs to the session, not to a transaction.

    What is done under it may end the transaction, and wait for the network after that;
    at the end it is committed, or undone after an error.

    :param seconds: how long to wait for it
    :raise psycopg2.errors.LockNotAvailable: somebody else had it for that long
    """
    key = (space, name)
    cr.execute(SQL("SET LOCAL lock_timeout = %s", f"{max(1, int(seconds * 1_000))}ms"))
    lock = SQL("SELECT pg_advisory_lock(%s, hashtext(%s))", *key)
    # Waiting in vain is no error, and not to be logged as one.
    cr.execute(lock, log_exceptions=False)
    cr.commit()  # pylint: disable=invalid-commit
    try:
        yield
        cr.commit()  # pylint: disable=invalid-commit
    except BaseException:
        cr.rollback()
        raise
    finally:
        if not cr.connection.closed:
            cr.execute(SQL("SELECT pg_advisory_unlock(%s, hashtext(%s))", *key))
            cr.commit()  # pylint: disable=invalid-commit


@contextmanager
def own_cursor(env: Any) -> Iterator[Any]:
    """Yield a cursor that is committed and closed at the end, rolled back on errors.

    Whoever needs one holds a cursor already. Were there Odoo's pool alone, then as many
    callers as it has connections would all want one more at the same time, and all be
    refused. So that one of them can go on, and with it the others that wait for what
    it does, there are a few connections outside of the pool; and all own cursors of a
    process together leave most of the pool to everybody else.

    :raise psycopg2.OperationalError: even those are in use, for a long time
    """
    with _own_place(), _cursor_or_spare(env) as cr:
        yield cr


@functools.cache
def _own_places() -> threading.BoundedSemaphore:
    return threading.BoundedSemaphore(max(2, int(config["db_maxconn"]) // OWN_SHARE))


@contextmanager
def _own_place() -> Iterator[None]:
    """Hold one of the places that this process has for own cursors.

    A thread that holds one already needs no other: it would wait for itself.
    """
    if getattr(_thread, "holds_place", False):
        yield
        return
    places = _own_places()
    if not places.acquire(timeout=SPARE_SECONDS):
        raise psycopg2.OperationalError(_NONE_FREE)
    _thread.holds_place = True
    try:
        yield
    finally:
        _thread.holds_place = False
        places.release()


@contextmanager
def _cursor_or_spare(env: Any) -> Iterator[Any]:
    try:
        cr = env.registry.cursor()
    except PoolError:
        _logger.info(log_line("connections_used_up"))
        with _spare_cursor(env.cr.dbname) as cr:
            yield cr
        return
    with cr:
        yield cr


@contextmanager
def _spare_cursor(dbname: str) -> Iterator[Any]:
    if not _spare.acquire(timeout=SPARE_SECONDS):
        raise psycopg2.OperationalError(_NONE_FREE)
    # A pool of its own, so that the connection is not kept.
    pool = ConnectionPool(maxconn=1)
    try:
        with Connection(pool, *connection_info_for(dbname)).cursor() as cr:
            yield cr
    finally:
        pool.close_all()
        _spare.release()
