"""Watches a rule: nobody waits for GoHighLevel while holding a transaction.

An open one keeps a snapshot and row locks for as long as the vendor likes, and where
``idle_in_transaction_session_timeout`` is set the database ends its session.

Odoo's tests have it watched by `GhlCommon`; the servers of the end-to-end tests load it
by ``dev/stack/addons/ghl_watch``.
"""

import sys
import threading
import traceback
import weakref
from unittest.mock import patch

from odoo.sql_db import Cursor
from odoo.tests.test_cursor import TestCursor

from ..engine.transaction import has_transaction
from ..tools.http import transport
from ..tools.process.workers import Workers

# Odoo's own, which locks the job that a worker has in hand: no business of an addon.
_CRON_JOBS = "_process_jobs"


class TransactionWatch:
    """Notes every cursor with its thread, and every wait that breaks the rule.

    Cursors that were open before `start` are not watched, except a test's own: since
    that cannot be committed, its transaction counts as ended by `end_own`, until the
    next statement.

    :param own: the cursor of a test, in whose thread the watch is started
    :param on_break: called with the stack of each wait that breaks the rule
    """

    def __init__(self, own=None, on_break=None):
        self.broken = []
        self._on_break = on_break or self.broken.append
        self._own = own
        self._own_thread = threading.get_ident()
        self._own_statements = None
        self._cursors = weakref.WeakKeyDictionary()
        self._patchers = []

    def start(self):
        self._patch(Cursor, "__init__", self._note)
        self._patch(TestCursor, "__init__", self._note)
        self._patch(transport, "_exchange", lambda *_args: self.check())
        self._patch(Workers, "_next_for_caller", lambda *_args: self.check())
        return self

    def stop(self):
        for patcher in self._patchers:
            patcher.stop()

    def end_own(self):
        """Take the transaction of the test's own cursor for ended."""
        self._own_statements = self._own.sql_log_count

    def apart(self, work):
        """Do `work()` as if a thread of its own did it, which it is in real life."""
        before, own = self._cursors, self._own
        self._cursors, self._own = weakref.WeakKeyDictionary(), None
        try:
            return work()
        finally:
            self._cursors, self._own = before, own

    def check(self):
        """Note when this thread holds a transaction now."""
        me = threading.get_ident()
        if self._is_own_open(me) or any(
            thread == me and _is_open(cr) for cr, thread in list(self._cursors.items())
        ):
            self._on_break("".join(traceback.format_stack(limit=25)))

    def _is_own_open(self, thread):
        if self._own is None or thread != self._own_thread:
            return False
        if TestCursor._cursors_stack:
            # What works just now works on that, as if the test's own did not exist.
            return False
        return self._own.sql_log_count != self._own_statements

    def _note(self, cr, *_args, **_kw):
        if _opener() != _CRON_JOBS:
            self._cursors[cr] = threading.get_ident()

    def _patch(self, owner, name, before):
        original = getattr(owner, name)

        def wrapped(*args, **kw):
            before(*args, **kw)
            return original(*args, **kw)

        patcher = patch.object(owner, name, wrapped)
        patcher.start()
        self._patchers.append(patcher)


def _opener():
    """Return the name of the function that opens the cursor which is being noted."""
    # From `_note`, through `wrapped` and `Connection.cursor`.
    return sys._getframe(4).f_code.co_name


def _is_open(cr):
    if cr.closed if isinstance(cr, Cursor) else cr._closed:
        return False
    if isinstance(cr, TestCursor):
        # All of them share one connection; this is what stands for a transaction.
        return cr._savepoint is not None
    return has_transaction(cr)
