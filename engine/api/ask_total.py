"""GoHighLevel's total, asked for beside the request that wants to know it.

A page must not depend on the vendor: a token that is renewed first, or an answer that
does not come, may take a minute. So a thread asks, and the page waits for it no longer
than it promises. One question for each location at a time in a process (whoever wants
to know meanwhile joins it), and one over all processes.
"""

import logging
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from typing import Any

import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.tools import SQL

from ...tools.errors import GhlError
from ...tools.http.retry import RetryPolicy
from ...tools.http.session import Timeouts
from ...tools.log_line import log_line
from ..connection.client import call_ghl
from ..location.figures import is_total_fresh, store_total
from ..transaction import in_own_transaction
from .page_threshold import order_for_page

_logger = logging.getLogger(__name__)

# Seconds that the vendor may take for one answer.
TIMEOUT = 3.0
# Seconds for which a vendor that did not tell its total is not asked again by pages.
PAUSE = 30.0
# Questions of a process under way at once: each has a thread and a connection.
MAX_ASKING = 4
_LOCK_SPACE = SQL("hashtext('ghl_contact_sync.total')")

_lock = threading.Lock()
# (database, location id) → the question under way, and when the vendor, who did not
# answer the last one, may be asked again.
_asking: dict[tuple[str, int], "Question"] = {}
_silent_until: dict[tuple[str, int], float] = {}


class Question:
    """A question to the vendor that is under way."""

    def __init__(self) -> None:
        self._done = threading.Event()
        self._late: list[tuple[int, int, int]] = []

    def wait(self, seconds: float) -> bool:
        """Wait for its end; tell whether it came."""
        return self._done.wait(seconds)

    def leave(self, uid: int, page: int, limit: int) -> bool:
        """Go on without the answer; whoever brings it orders what the page lacks.

        :return: False when it has just come
        """
        with _lock:
            if self._done.is_set():
                return False
            self._late.append((uid, page, limit))
            return True

    def close(self) -> list[tuple[int, int, int]]:
        """End the question; return who has gone on without an answer."""
        with _lock:
            self._done.set()
            return self._late


def is_silent(location: Any) -> bool:
    """Tell whether the vendor did not tell this total a moment ago."""
    return _silent_until.get(_key_of(location), 0.0) > time.monotonic()


def ask(location: Any) -> Question | None:
    """Have the total asked for; return the question, None when too many are under way.

    The location must be committed: the thread reads it in a transaction of its own.
    """
    key = _key_of(location)
    with _lock:
        if key in _asking:
            return _asking[key]
        if len(_asking) >= MAX_ASKING:
            return None
        question = _asking[key] = Question()
    try:
        _start(lambda: _work(key, question))
    except RuntimeError as err:  # no thread is to be had
        _logger.info(log_line("total_thread_failed", error=err))
        _forget(key)
        return None
    return question


def _start(work: Callable[[], None]) -> None:
    # In the caller's context, whose id its request carries.
    threading.Thread(
        target=copy_context().run,
        args=(work,),
        name="ghl_contact_sync.total",
        daemon=True,
    ).start()


def _key_of(location: Any) -> tuple[str, int]:
    return location.env.cr.dbname, location.id


def _forget(key: tuple[str, int]) -> None:
    with _lock:
        _asking.pop(key, None)


def _work(key: tuple[str, int], question: Question) -> None:
    """Ask, store the answer, and order what those lack who did not wait for it."""
    dbname, location_id = key
    # Odoo writes it before each line of the log.
    setattr(threading.current_thread(), "dbname", dbname)  # noqa: B010
    try:
        with Registry(dbname).cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            location = env["ghl.location"].browse(location_id).exists()
            if location:
                _ask_vendor(location, key)
                cr.commit()  # pylint: disable=invalid-commit
                env.invalidate_all()
                # One of them is enough: whatever is ordered reads everything.
                for uid, page, limit in question.close()[:1]:
                    order_for_page(location.with_user(uid), page, limit)
    except psycopg2.Error as err:
        _silent_until[key] = time.monotonic() + PAUSE
        _logger.info(log_line("total_not_asked", location=location_id, error=err))
    # The end of a thread: nobody else would tell of what was not foreseen.
    except Exception:  # noqa: BLE001
        _silent_until[key] = time.monotonic() + PAUSE
        trace = traceback.format_exc()
        _logger.error(log_line("total_failed", trace, location=location_id))
    finally:
        _forget(key)
        question.close()


def _ask_vendor(location: Any, key: tuple[str, int]) -> None:
    with _claim(location.env.cr, location.id) as acquired:
        # Else another process asks just now, and stores what it hears; or has just.
        if acquired and not is_total_fresh(location):
            total = _fetch(location)
            if total is None:
                _silent_until[key] = time.monotonic() + PAUSE
            else:
                in_own_transaction(location, lambda own: store_total(own, total))


def _fetch(location: Any) -> int | None:
    """Return what the vendor tells, None when it does not."""
    # A thread that may end with its process renews no token: the new one could be lost.
    # It uses what is there, and has the renewal done in the background.
    deadline = time.monotonic() + TIMEOUT
    try:
        total: int | None = call_ghl(
            location,
            lambda client: client.count(),
            deadline=deadline,
            priority="interactive",
            timeouts=Timeouts(connect=TIMEOUT, read=TIMEOUT, total=TIMEOUT),
            acquire_timeout=TIMEOUT,
            retry_policy=RetryPolicy(attempts=1),
        )
        return total
    except (GhlError, UserError) as err:
        _logger.info(log_line("total_unknown", location=location.id, error=err))
        return None


@contextmanager
def _claim(cr: Any, location_id: int) -> Iterator[bool]:
    """Yield whether no other process asks for this total."""
    key = SQL("%s, %s", _LOCK_SPACE, location_id)
    cr.execute(SQL("SELECT pg_try_advisory_lock(%s)", key))
    (acquired,) = cr.fetchone()
    cr.commit()  # pylint: disable=invalid-commit
    try:
        yield acquired
    finally:
        if acquired:
            cr.rollback()
            cr.execute(SQL("SELECT pg_advisory_unlock(%s)", key))
            cr.commit()  # pylint: disable=invalid-commit
