"""The watch on transactions, as Odoo's tests need it."""

import threading
import weakref

from odoo.sql_db import Cursor
from odoo.tests.test_cursor import TestCursor

from .transaction_watch import TransactionWatch


class WatchInTests(TransactionWatch):
    """Knows the cursor that a test has to itself, and those that share it.

    A test's own cursor cannot be committed. So its transaction counts as ended by
    `end_own`, until the next statement; `broken` has the stacks of bad waits.

    :param own: that cursor, of the thread in which the watch is made
    """

    cursor_classes = (Cursor, TestCursor)

    def __init__(self, own):
        self.broken = []
        super().__init__(self.broken.append)
        self._own = own
        self._own_thread = threading.get_ident()
        self._own_statements = None

    def end_own(self):
        """Take the transaction of the test's own cursor for ended."""
        self._own_statements = self._own.sql_log_count

    def apart(self, work):
        """Do `work()` as if a thread of its own did it, which it is in real life."""
        before = self._cursors, self._own
        self._cursors, self._own = weakref.WeakKeyDictionary(), None
        try:
            return work()
        finally:
            self._cursors, self._own = before

    def is_in_transaction(self, thread):
        return self._is_own_open(thread) or super().is_in_transaction(thread)

    def is_open(self, cr):
        if isinstance(cr, TestCursor):
            # All of them share one connection; this is what stands for a transaction.
            return not cr._closed and cr._savepoint is not None
        return super().is_open(cr)

    def _is_own_open(self, thread):
        if self._own is None or thread != self._own_thread:
            return False
        if TestCursor._cursors_stack:
            # Code that works just now works on that, as if the test's own did not
            # exist.
            return False
        return self._own.sql_log_count != self._own_statements
