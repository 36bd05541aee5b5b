"""Deletions cost the database never more than their number."""

import itertools
import json

from odoo.tests.common import tagged
from odoo.tools import SQL

from ...engine.deletion.store import CandidateStore
from ...engine.deletion.unread import count_unread
from ...engine.deletion.unseen import Listing
from ...engine.feed.feed import Feed
from ..common import GhlCommon

SIZES = (1_000, 4_000, 16_000)
# Rows that a statement may touch for each contact of the location, whatever the size.
MOST_PER_CONTACT = 12
# The cost of a statement whatever the size.
FIXED = 2_000
# Ways that PostgreSQL may believe to be too dear, wherever there is another one.
WAYS = (
    *("enable_seqscan", "enable_indexscan", "enable_bitmapscan"),
    *("enable_hashagg", "enable_hashjoin", "enable_mergejoin", "enable_nestloop"),
)
ALL = SQL("TRUE")
TAKEN = 392
TABLES = (
    *("ghl_contact", "ghl_deletion_candidate", "ghl_deletion_review"),
    *("ghl_sync_page", "ghl_contact_change", "ghl_webhook_event"),
)


def rows_touched(plan):
    """Return how many rows the nodes of a plan have read, kept or thrown away.

    What an index tells is counted where its rows are read, as with any other scan of
    an index; a bitmap's node counts those too that this very transaction has replaced.
    """
    rows = 0 if plan["Node Type"] == "Bitmap Index Scan" else plan["Actual Rows"]
    rows += sum(value for key, value in plan.items() if key.startswith("Rows Removed"))
    own = rows * plan["Actual Loops"]
    return own + sum(rows_touched(child) for child in plan.get("Plans", ()))


@tagged("post_install", "-at_install", "ghl_engine")
class TestDeletionCost(GhlCommon):
    """PostgreSQL tells what it did; its statistics are those of an empty table.

    That it was never analysed, or that it was when nothing was in it.
    """

    def setUp(self):
        super().setUp()
        self.costs = {}
        execute = CandidateStore.execute

        def measured(store, query):
            store.model.flush_model()
            self.measure(query)
            return execute(store, query)

        self.patch(CandidateStore, "execute", measured)
        archive = Feed._execute

        def archived(feed, query):
            self.measure(query)
            return archive(feed, query)

        self.patch(Feed, "_execute", archived)

    def measure(self, query):
        cr = self.env.cr
        with cr.savepoint(flush=False) as savepoint:
            # A plan that compares each with each would take many minutes.
            cr.execute("SET LOCAL statement_timeout = '60s'")
            cr.execute(SQL("EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) %s", query))
            plan = cr.fetchone()[0][0]["Plan"]
            savepoint.rollback()
        name = " ".join(query.code.split())
        self.costs.setdefault(name, []).append(rows_touched(plan))

    def pretend_analysed(self, pages):
        """Have PostgreSQL believe that tables of so many pages hold nothing."""
        self.env.cr.execute(
            "UPDATE pg_class SET reltuples = 0, relpages = %s WHERE relname = ANY(%s)",
            [pages, list(TABLES)],
        )

    def fill(self, size):
        """Return the store of a run of a new location, none of whose contacts was seen
        but one."""
        location = self.env["ghl.location"].create(
            {
                "name": f"Of {size}",
                "ghl_id": f"of-{size}",
                "connection_id": self.connection.id,
            }
        )
        run = self.env["ghl.sync.run"].create(
            {"location_id": location.id, "kind": "full", "origin": "api"}
        )
        self.env.flush_all()
        self.env.cr.execute(
            """
            INSERT INTO ghl_contact (location_id, ghl_id, active, date_updated_ms)
            SELECT %s, %s || '-' || n, TRUE, n FROM generate_series(1, %s) n
            RETURNING id
            """,
            [location.id, size, size],
        )
        ids = [row[0] for row in self.env.cr.fetchall()]
        self.env["ghl.sync.page"].create({"run_id": run.id, "contact_ids": ids[-1:]})
        location.contact_count = size
        self.env.flush_all()
        return CandidateStore(self.env, location, run), ids

    def play(self, store, ids):
        """Do what runs, webhooks and the background do."""
        listing = Listing(store)
        self.assertTrue(listing.has_unseen(ALL, 0))
        self.assertEqual(listing.list_unseen(ALL, 0), len(ids) - 1)
        self.assertFalse(listing.has_unseen(ALL, 0))
        self.assertEqual(count_unread(store.location, ALL), len(ids) - 1)
        store.sample("unseen", 50)
        self.assertTrue(store.seen_contact())
        self.assertTrue(store.other_contact([]))
        after = 0
        while rows := store.take("unseen", TAKEN, after):
            after = rows[-1][0]
            store.set_state([row[0] for row in rows], "not_in_index")
        for count in (store.count_live, store.count_doomed, store.count_lost):
            count()
        store.count_by_state()
        store.set_all("not_in_index", "confirmed_deleted")
        self.assertEqual(store.tombstone(accepted=False), len(ids) - 1)
        self.assertFalse(store.has_open())
        store.announce({f"{len(ids)}-{len(ids)}": None})
        listing.drop_seen()
        listing.adopt()
        store.drop_orphans()
        store.drop_hidden()
        store.drop_unfinished()

    def test_no_statement_grows_faster_than_the_number_of_contacts(self):
        whole = [self.play_and_measure(size) for size in SIZES]
        # All of them together: what is done in steps is linear as well.
        for smaller, larger in zip(whole, whole[1:], strict=False):
            self.assertLess(larger, 1.5 * 4 * smaller, json.dumps(whole))

    def test_old_statistics_make_no_statement_slow(self):
        for pages, size in itertools.product((1, 3_000), SIZES[1:]):
            with self.env.cr.savepoint() as savepoint:
                self.pretend_analysed(pages)
                self.play_and_measure(size)
                savepoint.rollback()

    def test_statements_are_cheap_in_whatever_way_they_are_executed(self):
        """What PostgreSQL believes of tables decides which way it takes."""
        for way in WAYS:
            with self.subTest(without=way), self.env.cr.savepoint() as savepoint:
                self.env.cr.execute(SQL("SET LOCAL %s TO off", SQL.identifier(way)))
                self.play_and_measure(SIZES[1])
                savepoint.rollback()

    def play_and_measure(self, size):
        """Return what all statements cost together."""
        self.costs.clear()
        self.play(*self.fill(size))
        for statement, costs in self.costs.items():
            with self.subTest(size=size, statement=statement):
                self.assertLess(max(costs), FIXED + MOST_PER_CONTACT * size)
        return sum(map(sum, self.costs.values()))
