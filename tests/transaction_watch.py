"""Watches a rule: nobody waits for GoHighLevel while holding a transaction.

An open one keeps a snapshot and row locks for as long as the vendor likes, and where
``idle_in_transaction_session_timeout`` is set the database ends its session.
"""

import threading
import traceback
import weakref
from unittest.mock import patch

from odoo.sql_db import Cursor
from odoo.tests.test_cursor import TestCursor

from ..engine.transaction import has_transaction
from ..tools.http import transport
from ..tools.process.workers import Workers


class TransactionWatch:
    """Notes every cursor with its thread, and every wait that breaks the rule.

    Cursors that were open before `start` (the test's own, for one) are not watched.
    """

    def __init__(self):
        self.broken = []
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

    def apart(self, work):
        """Do `work()` as if a thread of its own did it, which it is in real life."""
        before = self._cursors
        self._cursors = weakref.WeakKeyDictionary()
        try:
            return work()
        finally:
            self._cursors = before

    def check(self):
        """Note when this thread holds a transaction now."""
        me = threading.get_ident()
        if any(
            thread == me and _is_open(cr) for cr, thread in list(self._cursors.items())
        ):
            self.broken.append("".join(traceback.format_stack(limit=25)))

    def _note(self, cr, *_args, **_kw):
        self._cursors[cr] = threading.get_ident()

    def _patch(self, owner, name, before):
        original = getattr(owner, name)

        def wrapped(*args, **kw):
            before(*args, **kw)
            return original(*args, **kw)

        patcher = patch.object(owner, name, wrapped)
        patcher.start()
        self._patchers.append(patcher)


def _is_open(cr):
    if cr.closed if isinstance(cr, Cursor) else cr._closed:
        return False
    if isinstance(cr, TestCursor):
        # All of them share one connection; this is what stands for a transaction.
        return cr._savepoint is not None
    return has_transaction(cr)
