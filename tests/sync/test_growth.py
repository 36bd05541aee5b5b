"""No statement of the engine grows faster than what it is about.

Counted is work, not time: the rows that the nodes of each plan have handled, at three
sizes. A statement that compares each with each takes sixteen times the work for four
times the rows.
"""

import json
from unittest.mock import patch

from odoo.tests.common import tagged
from odoo.tools import SQL

from ...engine.checkpoint import ProofState
from ...engine.location.webhook_gaps import count_missed
from ...engine.mirror.ensure_references import store_references
from ...engine.mirror.merge import Merger
from ...engine.mirror.reference_sql import archive_others
from ...engine.proof.proof import Proof
from ...engine.proof.result import correct_count
from ...engine.reading.counting import MirrorCounter
from ...engine.reading.phases import count_seen
from ...engine.reading.watermark import latest_change
from ...engine.slice.slice import SyncSlice
from ...engine.webhook.inbox import due_events, plan_next
from ...models.sync.ghl_sync_run import MAX_ISSUES
from ...tools.mapping.batch import prepare_batch
from ...tools.sync.reconcile import Difference, Span
from ...tools.sync.window import DATED, UPDATED, Window
from ..common import GhlCommon

SIZES = (1_000, 4_000, 16_000)
# Work that is done alike for each size may vary by so many rows.
SLACK = 3_000
_READS = ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE")


def _handled(plan) -> float:
    """Return how many rows a plan's nodes have handled."""
    loops = plan.get("Actual Loops", 1)
    kinds = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Join Filter")
    rows = sum(plan.get(kind, 0) for kind in kinds)
    return loops * rows + sum(map(_handled, plan.get("Plans", ())))


class Work:
    """Counts the rows that statements handle while it is entered."""

    def __init__(self, cr):
        self.cr = cr
        self.rows = 0.0

    def __enter__(self):
        self._execute = execute = type(self.cr).execute

        def counted(cursor, query, *args, **kw):
            text = getattr(query, "code", query)
            if text.lstrip().upper().startswith(_READS):
                self.rows += self._explain(query, args)
            return execute(cursor, query, *args, **kw)

        self._patch = patch.object(type(self.cr), "execute", counted)
        self._patch.start()
        return self

    def __exit__(self, *_error):
        self._patch.stop()

    def _explain(self, query, args) -> float:
        if isinstance(query, SQL):
            query, args = query.code, [query.params]
        raw = self.cr._obj
        raw.execute("SAVEPOINT growth")
        raw.execute(
            "EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) " + query, *(args or [None])
        )
        (found,) = raw.fetchone()
        raw.execute("ROLLBACK TO SAVEPOINT growth")
        raw.execute("RELEASE SAVEPOINT growth")
        return _handled(found[0]["Plan"])


@tagged("post_install", "-at_install", "ghl_engine")
class TestGrowth(GhlCommon):
    def fill(self, size):
        """Fill the location with contacts, and a run with what it has read."""
        run = self.location._order_sync("full")[0].sudo()
        run.write({"state": "running", "started_at": "2020-01-01 00:00:00"})
        self.env.flush_all()
        cr = self.env.cr
        cr.execute(
            """
            INSERT INTO ghl_contact (location_id, ghl_id, active, content_hash,
                   date_added_ms, date_updated_ms, observed_at)
            SELECT %(location)s, 'c' || n, TRUE, 'x', 1.6e12 + n * 1000.0,
                   1.7e12 + n * 1000.0, now() AT TIME ZONE 'UTC'
              FROM generate_series(1, %(size)s) AS n
            """,
            {"location": self.location.id, "size": size},
        )
        cr.execute(
            """
            INSERT INTO ghl_sync_page (run_id, contact_ids)
            SELECT %s, jsonb_agg(id) FROM (
                SELECT id, row_number() OVER (ORDER BY id) AS n FROM ghl_contact
                 WHERE location_id = %s) found GROUP BY n / 100
            """,
            [run.id, self.location.id],
        )
        cr.execute(
            """
            INSERT INTO ghl_sync_issue (run_id, ghl_id, severity, reason)
            SELECT %s, 'c' || n, 'altered', 'odd' FROM generate_series(1, %s) AS n
            """,
            # More are not kept of a run.
            [run.id, min(size, MAX_ISSUES)],
        )
        cr.execute(
            """
            INSERT INTO ghl_sync_window (run_id, phase, scope, state)
            SELECT %s, 'sweep', 'dated', 'done' FROM generate_series(1, %s) AS n
            """,
            [run.id, size],
        )
        cr.execute(
            """
            INSERT INTO ghl_webhook_event (webhook_id, event_type, connection_id,
                   location_id, contact_ghl_id, event_ms, received_at, state)
            SELECT 'w' || n, 'ContactUpdate', %s, %s, 'c' || n, 1.7e12 + n * 1000.0,
                   now() AT TIME ZONE 'UTC', 'new' FROM generate_series(1, %s) AS n
            """,
            [self.connection.id, self.location.id, size],
        )
        for table in ("contact", "sync_page", "sync_issue", "sync_window"):
            cr.execute(SQL("ANALYZE %s", SQL.identifier(f"ghl_{table}")))
        cr.execute("ANALYZE ghl_webhook_event")
        self.location.contact_count = size
        self.env.flush_all()
        self.env.invalidate_all()
        return run

    def work_of(self, size, act):
        with self.env.cr.savepoint() as savepoint:
            run = self.fill(size)
            with Work(self.env.cr) as work:
                act(run, size)
                self.env.flush_all()
            savepoint.rollback()
            self.env.invalidate_all()
        return work.rows

    def assertGrowth(self, act, linear=True):
        """Assert that the work grows with the size at the most, or not at all."""
        small, middle, large = (self.work_of(size, act) for size in SIZES)
        for less, more in ((small, middle), (middle, large)):
            factor = 4 if linear else 1
            self.assertLessEqual(more, 1.3 * factor * less + SLACK, (small, middle))

    def merge(self, run, _size):
        page = [
            self.make_payload(n, id=f"c{n}", tags=["a", f"t{n % 7}"])
            for n in range(1, 1_000, 2)
        ]
        batch = prepare_batch(page, self.location.ghl_id)
        Merger(self.location).merge_batches([(batch, None)])

    def test_what_a_page_costs_does_not_depend_on_the_mirror(self):
        self.assertGrowth(self.merge, linear=False)

    def test_bookkeeping_of_a_page_does_not_depend_on_the_run(self):
        def act(run, size):
            issues = [
                {"ghl_id": f"c{n}", "severity": "altered", "reason": "odd"}
                for n in range(10)
            ]
            run._add_issues(issues)
            windows = [Window(DATED, lower=n) for n in range(12)]
            self.env["ghl.sync.window"]._store(run, windows)
            latest_change(self.location)
            due_events(self.location, limit=20)
            plan_next(self.location)

        self.assertGrowth(act, linear=False)

    def test_counting_grows_with_the_contacts(self):
        def act(run, size):
            count_seen(run)
            correct_count(self.location)
            counter = MirrorCounter(self.location)
            cuts = counter.dates_at(DATED, max(1, size // 24), 0)
            counter.count([Span(DATED, low, None) for low in cuts[-2:]])
            counter.middle(Span(DATED, None, None))
            counter.middle(Span(UPDATED, None, None))

        self.assertGrowth(act)

    def test_the_judgement_of_webhooks_grows_with_the_changes(self):
        def act(run, size):
            count_missed(self.location, run, 0, 1e13)

        self.assertGrowth(act)

    def test_the_end_of_a_run_grows_with_its_rows(self):
        def act(run, size):
            run._drop_work_rows()
            store_references(self.location, {"tags": [{"id": "1", "name": "a"}]})

        self.assertGrowth(act)

    def fill_tags(self, size):
        """Fill the location with contacts of three tags each, of a hundred in use."""
        cr, ids = self.env.cr, {"location": self.location.id, "size": size}
        cr.execute(
            """
            INSERT INTO ghl_contact (location_id, ghl_id, active)
            SELECT %(location)s, 'c' || n, TRUE FROM generate_series(1, %(size)s) AS n
            """,
            ids,
        )
        cr.execute(
            """
            INSERT INTO ghl_tag (location_id, name, active)
            SELECT %(location)s, 't' || n, TRUE FROM generate_series(1, 110) AS n
            """,
            ids,
        )
        cr.execute(
            """
            INSERT INTO ghl_contact_ghl_tag_rel (ghl_contact_id, ghl_tag_id)
            SELECT c.id, t.id FROM ghl_contact c JOIN ghl_tag t
                ON substr(t.name, 2)::int IN (
                   c.id %% 100 + 1, (c.id + 1) %% 100 + 1, (c.id + 2) %% 100 + 1)
             WHERE c.location_id = %(location)s AND t.location_id = %(location)s
            """,
            ids,
        )

    def test_tags_in_use_are_found_quickly_whatever_statistics_say(self):
        """A vacuum before a first fill leaves the tables empty in statistics."""
        cr = self.env.cr
        with cr.savepoint() as savepoint:
            self.fill_tags(2_000)
            savepoint.rollback()
        cr.execute("ANALYZE ghl_contact, ghl_tag, ghl_contact_ghl_tag_rel")
        self.fill_tags(1_000)
        with Work(cr) as work:
            archive_others(self.env["ghl.tag"], self.location, ["t1"], "name")
        self.assertLess(work.rows, 20_000)
        live = self.env["ghl.tag"].search_count(
            [("location_id", "=", self.location.id)]
        )
        self.assertEqual(live, 100)

    def test_what_is_left_to_repair_is_bounded(self):
        run = self.fill(1_000)
        leaves = tuple(Difference(Span(DATED, n, n + 1), 1, 2) for n in range(400))
        state = ProofState(pending=(), leaves=leaves)
        run_slice = SyncSlice(run)
        self.addCleanup(run_slice.close)
        found = Proof(run_slice)._read_everything(state)
        self.assertEqual(len(found.leaves), 1)
        self.assertLess(len(json.dumps(found.to_json())), 1_000)
