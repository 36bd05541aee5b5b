"""A bound on requests that wait for something; the others are answered at once.

A request that waits keeps a thread and a connection, or, with `--workers`, one of a few
processes that serve everybody. So only a handful may, and nobody queues for that.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from odoo.tools import SQL, config

# Requests that may wait in one process.
PLACES = 2
# One in so many workers (`--workers`) may be kept waiting, over all processes.
WORKERS_EACH = 3
_LOCK_SPACE = SQL("hashtext('ghl_contact_sync.waiting')")
_places = threading.BoundedSemaphore(PLACES)


@contextmanager
def waiting_place(cr: Any) -> Iterator[bool]:
    """Yield whether the request of this cursor may wait for a while.

    Ends its transaction, as nothing may be open while it waits.
    """
    if not _places.acquire(blocking=False):
        yield False
        return
    try:
        if not config["workers"]:
            cr.commit()  # pylint: disable=invalid-commit
            yield True
            return
        with _place_among_workers(cr, config["workers"]) as granted:
            yield granted
    finally:
        _places.release()


@contextmanager
def _place_among_workers(cr: Any, workers: int) -> Iterator[bool]:
    """Hold one of the places that all worker processes of a database share.

    By session locks: they take no transaction, and end with a process that is killed.
    """
    for place in range(min(PLACES, workers // WORKERS_EACH)):
        key = SQL("%s, %s", _LOCK_SPACE, place)
        cr.execute(SQL("SELECT pg_try_advisory_lock(%s)", key))
        if cr.fetchone()[0]:
            cr.commit()  # pylint: disable=invalid-commit
            try:
                yield True
            finally:
                cr.rollback()
                cr.execute(SQL("SELECT pg_advisory_unlock(%s)", key))
                cr.commit()  # pylint: disable=invalid-commit
            return
    yield False
