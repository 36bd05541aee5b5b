"""Transactions are begun again when they lose, and none is open during a wait."""

from unittest.mock import patch

from psycopg2 import errors

from odoo.tests.common import tagged

from ...engine import transaction
from ...engine.connection.client import call_ghl, make_client
from ...engine.transaction import own_cursor, retry_transaction
from ...engine.upgrade import take_tables
from ..common import GhlCommon


@tagged("post_install", "-at_install")
class TestRetryTransaction(GhlCommon):
    def setUp(self):
        super().setUp()
        self.tries = []

    def failing(self, *outcomes):
        """Return a transaction that meets these errors, one after the other."""
        left = list(outcomes)

        def work():
            self.tries.append("work")
            if left:
                raise left.pop(0)
            return "done"

        return work

    def undo(self):
        self.tries.append("undo")

    def test_what_loses_to_others_is_undone_and_begun_again(self):
        work = self.failing(
            errors.SerializationFailure(),
            errors.DeadlockDetected(),
            errors.UniqueViolation(),
        )
        self.assertEqual(retry_transaction(work, undo=self.undo, pause=0), "done")
        self.assertEqual(self.tries, ["work", "undo"] * 3 + ["work"])

    def test_it_is_given_up_after_so_many_tries(self):
        work = self.failing(*(errors.SerializationFailure() for _try in range(9)))
        with self.assertRaises(errors.SerializationFailure):
            retry_transaction(work, undo=self.undo, tries=3, pause=0)
        self.assertEqual(self.tries, ["work", "undo"] * 3)

    def test_pauses_grow_up_to_a_bound(self):
        work = self.failing(*(errors.DeadlockDetected() for _try in range(5)))
        with patch.object(transaction.time, "sleep") as sleep:
            retry_transaction(work, tries=9, pause=0.5)
        pauses = [call.args[0] for call in sleep.call_args_list]
        self.assertEqual(pauses, [0.5, 1.0, 2.0, 2.0, 2.0])

    def test_other_errors_are_not_tried_again(self):
        for error in (errors.LockNotAvailable(), errors.DataError(), KeyError("x")):
            with self.subTest(error), self.assertRaises(type(error)):
                retry_transaction(self.failing(error), pause=0)
        self.assertEqual(self.tries, ["work"] * 3)

    def test_a_caller_may_name_more_of_them(self):
        work = self.failing(errors.LockNotAvailable())
        self.assertEqual(retry_transaction(work, pause=0, more=("55P03",)), "done")


@tagged("post_install", "-at_install")
class TestTransactionWatch(GhlCommon):
    """The watch itself: what it lets pass, no other test would notice."""

    def setUp(self):
        super().setUp()
        # Before those of `GhlCommon` that look for broken rules.
        self.addCleanup(self.waits.broken.clear)

    def test_a_wait_beside_the_tests_own_transaction_is_seen(self):
        client = make_client(self.connection, self.location)
        self.env.cr.execute("SELECT 1")
        client.count()
        self.assertIn("test_transaction", self.waits.broken[0])

    def test_a_wait_beside_another_transaction_of_the_thread_is_seen(self):
        def call(client):
            with own_cursor(self.env) as cr:
                cr.execute("SELECT 1")
                return client.count()

        call_ghl(self.location, call)
        self.assertTrue(self.waits.broken)

    def test_what_ends_its_transaction_may_wait(self):
        self.env.cr.execute("SELECT 1")
        call_ghl(self.location, lambda client: client.count())
        self.assertFalse(self.waits.broken)


@tagged("post_install", "-at_install")
class TestTakeTables(GhlCommon):
    """An upgrade locks what it is going to alter, beside those who still write."""

    def setUp(self):
        super().setUp()
        self.other = self.env.registry.cursor()
        self.addCleanup(self.other.close)
        self.other.execute("LOCK TABLE ghl_tag IN ROW EXCLUSIVE MODE")

    def held(self):
        """Return how many of our tables this transaction has for itself."""
        self.env.cr.execute(
            "SELECT count(DISTINCT relation) FROM pg_locks l"
            " JOIN pg_class c ON c.oid = l.relation AND c.relkind = 'r'"
            " WHERE pid = pg_backend_pid() AND mode = 'AccessExclusiveLock'"
            "   AND c.relname LIKE 'ghl\\_%'"
        )
        return self.env.cr.fetchone()[0]

    def test_it_holds_none_while_it_waits_for_one(self):
        held = []

        def pause(_seconds):
            held.append(self.held())
            self.other.rollback()

        with patch.object(transaction.time, "sleep", pause):
            take_tables(self.env.cr)
        self.assertEqual(held, [0])
        self.assertGreater(self.held(), 10)
        self.env.cr.execute("SHOW lock_timeout")
        self.assertEqual(self.env.cr.fetchone()[0], "0")
