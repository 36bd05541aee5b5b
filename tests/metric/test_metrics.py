"""Metrics by day and since the beginning: what runs have recorded, counted once."""

import importlib.util
import time
from datetime import timedelta

from odoo import fields
from odoo.modules.module import get_module_path
from odoo.tests.common import tagged

from ...engine.deletion.store import CandidateStore
from ...engine.metrics.daily import count_runs
from ...engine.slice.slice import SyncSlice
from ...tools.metrics import latency
from ...tools.metrics.counters import COUNTERS, RUN_COUNTERS
from ..common import GhlCommon
from ..sandbox import SandboxCase

SCRIPT = "/migrations/19.0.3.0.0/post-metrics.py"


def load_script():
    path = get_module_path("ghl_contact_sync") + SCRIPT
    spec = importlib.util.spec_from_file_location("post_metrics", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Counted:
    """Helpers of both kinds of tests."""

    def days(self, location):
        self.env.invalidate_all()
        return self.env["ghl.metric.day"].search([("location_id", "=", location.id)])

    def total(self, location):
        self.env.invalidate_all()
        return self.env["ghl.metric.total"].search([("location_id", "=", location.id)])


@tagged("post_install", "-at_install", "ghl_engine")
class TestMetricsOfRuns(SandboxCase, Counted):
    def test_a_day_is_the_sum_of_its_runs(self):
        location = self.connect(230, clean=True)
        runs = self.sync(location)
        self.sandbox.control(
            "POST", f"/locations/{location.ghl_id}/edits", {"seed": 3, "update": 7}
        )
        for kind, minutes in (("delta", 10), ("verify", 5)):
            location.last_delta_at = fields.Datetime.now() - timedelta(minutes=minutes)
            runs |= self.sync(location, kind)
        self.assertEqual(runs.mapped("state"), ["done"] * 3)
        (day,) = self.days(location)
        for row in (day, self.total(location)):
            for name in COUNTERS:
                self.assertAlmostEqual(row[name], sum(runs.mapped(name)), 3, name)
            self.assertEqual([row[name] for name in RUN_COUNTERS], [3, 0, 0])
        self.assertEqual(day.company_id, location.company_id)
        # What the first one read may be of any age.
        first, *later = runs.mapped("lag_seconds")
        self.assertFalse(first)
        for lag, minutes in zip(later, (10, 5), strict=True):
            self.assertTrue(60 * minutes <= lag < 60 * minutes + 60, later)
        self.assertAlmostEqual(day.lag_seconds, max(later), 3)
        self.assertEqual(day.contacts_created, 230)
        sent = self.sandbox.requests_sent(location.ghl_id)
        self.assertEqual(day.requests_sent, sent)
        # Every answer has its time, and some hundred bytes for each contact.
        self.assertEqual(sum(day.latency_counts), sent)
        self.assertGreater(day.bytes_received, 230 * 100)
        self.assertGreater(day.latency_p50_ms, 0)
        self.assertLessEqual(day.latency_p50_ms, day.latency_p95_ms)
        self.assertLessEqual(day.latency_p95_ms, day.latency_p99_ms)
        self.assertAlmostEqual(
            day.contacts_per_second, day.contacts_seen / day.busy_seconds, 3
        )
        self.assertEqual((day.mirrored, day.vendor_total), (230, 230))
        self.assertEqual((day.coverage, day.gap), (100, 0))
        self.assertEqual(day.quota_limit, 1_000_000_000)
        self.assertLess(day.quota_left, day.quota_limit)

    def test_what_a_proof_repairs_is_drift(self):
        location = self.connect(60, clean=True)
        self.assertFalse(self.sync(location).contacts_repaired)
        lost = self.contacts(location)[:3]
        self.env.cr.execute("DELETE FROM ghl_contact WHERE id = ANY(%s)", [lost.ids])
        self.env.invalidate_all()
        run = self.sync(location, "verify")
        self.assertProven(run)
        self.assertEqual(run.contacts_repaired, 3)
        self.assertEqual(self.days(location).contacts_repaired, 3)

    def test_repeated_requests_are_counted(self):
        location = self.connect(40, clean=True)
        fault = {"match": {"path": "/contacts/search"}, "fault": "status", "count": 2}
        self.sandbox.control("POST", "/faults", {**fault, "status": 503})
        run = self.sync(location)
        self.assertEqual(run.state, "done", run.error)
        self.assertGreater(run.retries, 0)
        self.assertEqual(self.days(location).retries, run.retries)


@tagged("post_install", "-at_install")
class TestMetricsByDay(GhlCommon, Counted):
    def make_run(self, **values):
        now = fields.Datetime.now()
        return self.env["ghl.sync.run"].create(
            {
                "location_id": self.location.id,
                "kind": "delta",
                "origin": "cron",
                "state": "running",
                "started_at": now - timedelta(minutes=1),
                **values,
            }
        )

    def test_a_run_is_counted_once_however_often_it_is_looked_at(self):
        run = self.make_run(requests_sent=5)
        self.assertFalse(self.days(self.location))
        run._finish("failed", "no", "internal_error")
        count_runs(self.env, run)
        count_runs(self.env)
        day = self.days(self.location)
        self.assertEqual((day.runs_failed, day.requests_sent), (1, 5))
        self.assertTrue(run.is_counted)

    def test_a_figure_that_was_not_known_is_told_apart_from_none(self):
        self.location.rate_snapshot = {"limit_today": 1_000}
        self.make_run()._finish("done")
        day = self.days(self.location)
        self.assertEqual((day.has_total, day.has_gap, day.has_quota), (False,) * 3)
        self.location.write(
            {
                "ghl_total": 0,
                "ghl_total_at": fields.Datetime.now(),
                "proof_state": "proven",
                "known_gap": 0,
                "rate_snapshot": {"limit_today": 1_000, "remaining_today": 0},
            }
        )
        self.make_run()._finish("done")
        day = self.days(self.location)
        self.assertEqual((day.has_total, day.has_gap, day.has_quota), (True,) * 3)
        self.assertEqual((day.vendor_total, day.gap, day.quota_left), (0, 0, 0))

    def test_what_ended_past_the_orm_is_counted_before_it_is_forgotten(self):
        self.set_setting("metric_retention", 3_650)
        run = self.make_run(requests_sent=5)
        self.env.flush_all()
        # As the boundary of the engine does, when nothing else can be written.
        self.env.cr.execute(
            "UPDATE ghl_sync_run SET state = 'failed', finished_at = '2020-02-01 23:59'"
            " WHERE id = %s",
            [run.id],
        )
        self.env.invalidate_all()
        self.make_run(state="done")
        self.clean_up_old()
        self.assertFalse(run.exists())
        day = self.days(self.location)
        self.assertEqual(str(day.day), "2020-02-01")
        self.assertEqual(self.total(self.location).requests_sent, 5)

    def test_many_runs_of_earlier_versions_are_counted_by_days(self):
        self.make_run(state="cancelled", finished_at="2026-01-01 10:00:00")
        for hour, seen in ((1, 10), (2, 20)):
            self.make_run(
                state="done",
                contacts_seen=seen,
                busy_seconds=2,
                started_at=f"2026-01-02 0{hour}:00:00",
                finished_at=f"2026-01-02 0{hour}:05:00",
                latency_counts=[hour, 1],
            )
        self.env["ghl.sync.run"].flush_model()
        load_script().migrate(self.env.cr, "19.0.2.0.0")
        later, earlier = self.days(self.location)
        self.assertEqual((earlier.runs_cancelled, earlier.latency_p95_ms), (1, 0))
        self.assertEqual((later.runs_done, later.contacts_seen), (2, 30))
        self.assertEqual(later.latency_counts, [3, 2])
        self.assertEqual(later.contacts_per_second, 7.5)
        # From the beginning of the first to the end of the second.
        self.assertEqual(later.lag_seconds, 65 * 60)
        total = self.total(self.location)
        self.assertEqual((total.runs_done, total.runs_cancelled), (2, 1))

    def test_requests_without_a_run_are_counted_too(self):
        own = SyncSlice(self.env["ghl.sync.run"], self.location)
        self.addCleanup(own.close)
        own.vendor.tally.on_request("search", 429, 0.2, 70)
        own.vendor.tally.on_request("search", 200, 0.02, 30)
        own.figures.store()
        own.figures.committed()
        own.figures.store()
        day = self.days(self.location)
        self.assertEqual((day.requests_sent, day.rate_limited), (2, 1))
        self.assertEqual((day.bytes_received, day.runs_done), (100, 0))
        self.assertEqual(sum(day.latency_counts), 2)
        self.assertGreater(day.latency_p99_ms, 100)

    def test_deletions_that_come_after_their_run_are_counted(self):
        run = self.make_run(kind="full")
        run._finish("done")
        store = CandidateStore(self.env, self.location, self.env["ghl.sync.run"])
        store._count_tombstones([(1, 1, run.id), (2, 2, run.id)], 2)
        self.assertEqual(run.contacts_deleted, 2)
        self.assertEqual(self.days(self.location).contacts_deleted, 2)

    def test_what_is_unknown_is_no_figure(self):
        self.make_run()._finish("failed", "no", "internal_error")
        day = self.days(self.location)
        self.env.cr.execute(
            """
            SELECT vendor_total, coverage, gap, quota_left, quota_limit, lag_seconds,
                   latency_p50_ms, contacts_per_second
              FROM ghl_metric_day WHERE id = %s
            """,
            [day.id],
        )
        self.assertEqual(set(self.env.cr.fetchone()), {None})

    def test_a_run_keeps_its_figures_for_graphs_and_none_that_is_unknown(self):
        self.make_run()._finish("failed", "no", "internal_error")
        self.location.write(
            {
                "contact_count": 999,
                "ghl_total": 1_000,
                "ghl_total_at": fields.Datetime.now(),
                "rate_snapshot": {
                    "at": time.time(),
                    "limit_today": 500,
                    "remaining_today": 40,
                },
            }
        )
        counts = [0] * latency.CLASSES
        counts[latency.class_of(0.2)], counts[latency.class_of(4.0)] = 99, 1
        run = self.make_run(contacts_seen=300, busy_seconds=2, latency_counts=counts)
        run._finish("done")
        self.env.flush_all()
        measures = [
            *("contacts_per_second:avg", "coverage:min", "quota_left:min"),
            *("latency_p50_ms:max", "latency_p99_ms:max"),
        ]
        [told] = self.env["ghl.sync.run"]._read_group(
            [("location_id", "=", self.location.id)], [], measures
        )
        speed, coverage, left, median, slowest = told
        # The other run tells of none of them: it takes no part.
        self.assertEqual((speed, coverage, left), (150, 99.9, 40))
        self.assertLess(0, median)
        self.assertLess(median, slowest)

    def test_days_are_forgotten_after_a_time_and_totals_are_not(self):
        today = fields.Date.today()
        self.set_setting("metric_retention", 10)
        self.make_run(requests_sent=4)._finish("done")
        self.env["ghl.metric.day"].create(
            [
                {"location_id": self.location.id, "day": today - timedelta(days=age)}
                for age in (10, 11, 500)
            ]
        )
        self.clean_up_old()
        left = self.days(self.location)
        self.assertEqual((today - min(left.mapped("day"))).days, 10)
        self.assertEqual(len(left), 2)
        self.assertEqual(self.total(self.location).requests_sent, 4)

    def test_absurd_figures_of_the_vendor_stop_nothing(self):
        for told in (1e30, -5, "many", None, True, [1]):
            self.location.rate_snapshot = {"remaining_today": told, "limit_today": told}
            self.make_run()._finish("done")
        self.assertEqual(self.days(self.location).runs_done, 6)

    def test_figures_follow_a_location_to_another_company(self):
        self.make_run()._finish("done")
        day, total = self.days(self.location), self.total(self.location)
        self.connection.company_id = self.other_company
        self.env.flush_all()
        for row in (day, total):
            self.assertFalse(row.with_user(self.user).has_access("read"))
            self.assertTrue(row.with_user(self.stranger).has_access("read"))
