"""Watches a rule: nobody waits for GoHighLevel while holding a transaction.

An open one keeps a snapshot and row locks for as long as the vendor likes, and where
``idle_in_transaction_session_timeout`` is set the database ends its session.

The servers of the end-to-end tests load this by ``dev/stack/addons/ghl_watch``, so that
nothing of Odoo's test framework may be imported here; Odoo's own tests are watched by
`watch_in_tests`.
"""

import sys
import threading
import traceback
import weakref
from unittest.mock import patch

from odoo.sql_db import Cursor

from ..engine.transaction import has_transaction
from ..tools.http import transport
from ..tools.process.workers import Workers

# Odoo's own, which locks the job that a worker has in hand: no business of an addon.
_CRON_JOBS = "_process_jobs"


class TransactionWatch:
    """Notes every cursor with its thread, and every wait that breaks the rule.

    Cursors that were open before `start` are not watched.

    :param on_break: called with the stack of each wait that breaks the rule
    """

    cursor_classes = (Cursor,)

    def __init__(self, on_break):
        self._on_break = on_break
        self._cursors = weakref.WeakKeyDictionary()
        self._patchers = []

    def start(self):
        for cursor_class in self.cursor_classes:
            self._patch(cursor_class, "__init__", self._note)
        self._patch(transport, "_exchange", lambda *_args: self.check())
        self._patch(Workers, "_next_for_caller", lambda *_args: self.check())
        return self

    def stop(self):
        for patcher in self._patchers:
            patcher.stop()

    def check(self):
        """Tell of the wait that begins now, if this thread holds a transaction."""
        if self.is_in_transaction(threading.get_ident()):
            self._on_break("".join(traceback.format_stack(limit=25)))

    def is_in_transaction(self, thread):
        """Tell whether one of the cursors that a thread has opened is in one."""
        return any(
            opener == thread and self.is_open(cr)
            for cr, opener in list(self._cursors.items())
        )

    def is_open(self, cr):
        """Tell whether a cursor is in a transaction."""
        return not cr.closed and has_transaction(cr)

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
