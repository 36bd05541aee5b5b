"""What an order will cost is told beforehand, and compared afterwards."""

import threading
import time
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests.common import tagged

from ... import const
from ...engine.api.page_threshold import order_for_page
from ...engine.api.sync_plan import order_chosen, plan_entry
from ...engine.content.pace import promised_days, requests_left
from ...engine.crons import wake
from ...engine.plan.estimate import costs_of
from ...engine.plan.words import describe_plan
from ...engine.schedule.due import next_due
from ...engine.slice import vendor_calls
from ...engine.slice.vendor_calls import VendorCalls
from ..sandbox import SandboxCase

# Requests of a day that a first fill spends.
DAY = 14
# How far an estimate may be from what was sent.
NEAR = 0.1


@tagged("post_install", "-at_install", "ghl_engine")
class TestPlan(SandboxCase):
    def edit(self, location, **edits):
        path = f"/locations/{location.ghl_id}/edits"
        return self.sandbox.control("POST", path, edits)

    def miss(self, run, size):
        """Return by what a run cost something else than was estimated, else nothing."""
        self.assertEqual(run.state, "done", run.error)
        planned, sent = run.planned_requests, run.requests_sent
        if abs(planned - sent) <= NEAR * sent:
            return []
        return [f"{run.kind} of {size}: {planned} estimated, {sent} sent"]

    # === ESTIMATES === #

    def test_nothing_is_estimated_of_what_is_not_known(self):
        location = self.connect(30)
        self.assertEqual(
            {cost.requests for cost in costs_of(location).values()}, {None}
        )
        told = describe_plan(location)
        self.assertIn("one for every 500 contacts", told)
        self.assertIn("not known yet", told)
        self.assertEqual(plan_entry(location)["text"], told)
        run = self.sync(location)
        self.assertEqual((run.planned_requests, run.planned_seconds), (0, 0.0))
        costs = plan_entry(location)["costs"]
        self.assertEqual(set(costs), {kind for kind, _label in const.RUN_KINDS})
        self.assertNotIn(None, [costs[kind]["requests"] for kind in costs])
        told = describe_plan(location)
        self.assertIn("Verify: about", told)
        requests = costs["audit"]["requests"]
        self.assertIn(f"Read All Contents Now: about {requests} requests", told)

    def test_estimates_come_true(self):
        # Which answer comes first, and how soon, decides where windows are cut. So here
        # one answer comes after the other, and quickly.
        self.patch(VendorCalls, "_most_threads", lambda _calls: 0)
        self.patch(vendor_calls, "SLOW_ANSWER", 60)
        missed = []
        for size in (187, 2_431, 6_000):
            location = self.connect(size)
            self.sync(location)
            for kind in ("full", "verify", "delta", "full", "verify", "delta"):
                self.edit(location, update=5)
                missed += self.miss(self.sync(location, kind), size)
        self.assertFalse(missed)

    def test_what_changed_while_nothing_was_read_is_counted_in(self):
        location = self.connect(6_000)
        self.sync(location)
        self.sync(location, "delta")
        self.edit(location, update=3_000)
        location.change_rate = 30.0
        location.last_delta_at = fields.Datetime.now() - timedelta(hours=100)
        self.env.flush_all()
        self.assertGreaterEqual(costs_of(location)["delta"].requests, 7)
        run = self.sync(location, "delta")
        # By how many windows they are read depends on how fast answers come.
        missed = abs(run.planned_requests - run.requests_sent)
        self.assertLess(missed, run.requests_sent / 2)

    def test_more_than_is_left_is_told_as_that(self):
        location = self.connect(30)
        self.sync(location)
        location.rate_snapshot = {
            **location.rate_snapshot,
            "limit_today": 1_000,
            "remaining_today": 0,
        }
        self.assertIn("more than is left today", describe_plan(location))
        costs = plan_entry(location)["costs"]
        self.assertGreater(costs["full"]["quota_percent"], 100)

    def test_a_run_keeps_what_was_estimated_and_tells_it(self):
        location = self.connect(187)
        self.sync(location)
        cost = costs_of(location)["verify"]
        run = self.sync(location, "verify")
        self.assertEqual(run.planned_requests, cost.requests)
        self.assertAlmostEqual(run.planned_seconds, cost.seconds)
        self.assertGreater(run.planned_quota, 0)

    # === THE KIND IS CHOSEN === #

    def test_the_kind_follows_what_was_measured(self):
        location = self.connect(60)
        self.assertEqual(self.choice_of(location), ("full", "first"))
        self.sync(location)
        self.assertEqual(self.choice_of(location), ("delta", "nothing_known"))
        location.last_verify_at = fields.Datetime.subtract(
            fields.Datetime.now(), hours=location.verify_interval + 1
        )
        self.assertEqual(self.choice_of(location), ("verify", "verify_due"))
        location.last_verify_at = fields.Datetime.now()
        self.env.cr.execute(
            "DELETE FROM ghl_contact WHERE id = ANY(%s)",
            [self.contacts(location)[:30].ids],
        )
        location.contact_count -= 30
        location.ghl_total = 60
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self.choice_of(location), ("full", "much_lacks"))
        run = location.run_ids.sudo()[:1]
        self.assertIn("30 of 60", run.choice_text)

    def choice_of(self, location):
        """Return what an order of the kind `auto` leads to, and have it cancelled."""
        with self.enter_registry_test_mode():
            outcome = order_chosen(location, "api")
        self.env.invalidate_all()
        run = self.env["ghl.sync.run"].sudo().browse(outcome.run_id)
        run._finish_cancelled()
        self.env.flush_all()
        return run.kind, run.choice["reason"]

    def test_what_the_day_does_not_allow_is_replaced_by_less(self):
        location = self.connect(60)
        self.sync(location)
        location.write({"ghl_total": 600, "ghl_total_at": fields.Datetime.now()})
        location.rate_snapshot = {
            **location.rate_snapshot,
            "limit_today": 1_000,
            "remaining_today": 20,
        }
        self.env.flush_all()
        kind, reason = self.choice_of(location)
        self.assertEqual((kind, reason), ("delta", "much_lacks"))
        run = location.run_ids.sudo()[:1]
        self.assertIn("left today", run.choice_text)

    def test_a_page_does_not_order_the_same_again_and_again(self):
        location = self.connect(60)
        self.sync(location)
        location.write({"ghl_total": 62, "ghl_total_at": fields.Datetime.now()})
        run = self.sync(location, "verify")
        # GoHighLevel counts what it does not show.
        location.write({"ghl_total": 62, "ghl_total_at": fields.Datetime.now()})
        self.env.flush_all()
        self.assertEqual(run.state, "done")
        self.assertFalse(order_for_page(location, 1, 100))

    # === THE DAY'S QUOTA === #

    def limit(self, location, **limits):
        """Begin a day with these limits."""
        limits = {"enabled": True, "burst": 1_000, "interval": 10, **limits}
        self.sandbox.control("PATCH", "/settings", {"limits": limits})
        self.sandbox.control("DELETE", "/limits")

    def spent_run(self, location):
        """Return a run that waits since the day's quota is spent."""
        self.limit(location, daily=DAY, day=5_000)
        run = self.sync(location)
        # Persons who order get what is left for them, one request each.
        for _order in range(DAY):
            if run.error_code != "daily_reserve_reached":
                break
            with self.enter_registry_test_mode():
                location._order_sync("full", "button")
                self.assertTrue(run.probe_requested)
                self.work(location)
        self.assertEqual((run.state, run.error_code), ("waiting", "daily_quota_spent"))
        return run

    def test_a_spent_day_is_waited_for_as_told_without_a_request(self):
        location = self.connect(4_000)
        run = self.spent_run(location)
        left = (run.resume_at - fields.Datetime.now()).total_seconds()
        self.assertTrue(4_900 < left <= 5_003, left)
        self.assertEqual(run.rate_limited, 0)
        with self.enter_registry_test_mode():
            _run, created = location._order_sync("full", "button")
            self.work(location)
        self.assertFalse(created)
        self.assertFalse(run.probe_requested)
        self.assertEqual(run.state, "waiting")
        # What may be left is used; beyond the day's limit nothing is sent.
        self.assertLessEqual(self.sandbox.requests_sent(location.ghl_id), DAY)
        self.assertEqual(run.rate_limited, 0)
        quota = plan_entry(location)["quota"]
        self.assertEqual((quota["limit"], quota["for_background"]), (DAY, 0))
        self.assertTrue(quota["spent_until"])
        self.assertTrue(quota["resets_at"])

    def test_workers_are_notified_at_the_moment_itself(self):
        rung = threading.Event()
        soon = fields.Datetime.now() + timedelta(seconds=2)
        ring = self.startPatcher(patch.object(wake, "_notify"))
        ring.side_effect = lambda _name: rung.set()
        for _time in range(2):
            wake.set_timer(self.env.cr.dbname, soon)
        self.assertTrue(rung.wait(60))
        self.assertGreaterEqual(fields.Datetime.now(), soon)
        ring.assert_called_once_with(self.env.cr.dbname)
        # What is over, or further away than any wait can be, needs no timer.
        for timestamp in (soon, soon + timedelta(days=3)):
            wake.set_timer(self.env.cr.dbname, timestamp)
            self.assertNotIn((self.env.cr.dbname, timestamp), wake._timers)

    def test_a_new_order_sends_nothing_while_the_day_is_spent(self):
        location = self.connect(4_000)
        self.spent_run(location)._finish_cancelled()
        with self.enter_registry_test_mode():
            run, created = location._order_sync("full", "api")
            self.work(location)
        self.assertTrue(created)
        self.assertEqual((run.state, run.error_code), ("waiting", "daily_quota_spent"))
        # What may be left is used; beyond the day's limit nothing is sent.
        self.assertLessEqual(self.sandbox.requests_sent(location.ghl_id), DAY)
        self.assertEqual(run.rate_limited, 0)

    def test_an_audit_gets_its_share_of_the_day(self):
        location = self.connect(30)
        self.limit(location, daily=1_000)
        self.sync(location)
        self.assertEqual(requests_left(location), 50)
        self.sync(location, "audit")
        sent = location.last_run_id.requests_sent
        self.assertTrue(sent)
        self.assertEqual(requests_left(location), 50 - sent)
        snapshot = {**location.rate_snapshot, "remaining_today": 30}
        location.rate_snapshot = {**snapshot, "at": time.time()}
        self.assertEqual(requests_left(location), 20)

    def test_a_share_that_allows_no_page_promises_nothing(self):
        location = self.connect(30)
        self.limit(location, daily=60)
        self.sync(location)
        self.assertEqual((requests_left(location), promised_days(location)), (3, 7))
        location.audit_share = 4
        self.assertIsNone(promised_days(location))
        self.assertIn("too few to read a page", location.content_promise_text)
        location.contents_at = fields.Datetime.now() - timedelta(days=40)
        self.assertNotEqual(next_due(location).kind, "audit")
        location.action_read_contents()
        self.assertEqual(location.last_run_id.kind, "audit")

    def test_an_audit_by_schedule_is_priced_by_what_is_due(self):
        location = self.connect(30, clean=True)
        self.sync(location)
        location.contact_count = location.ghl_total = 100_000
        location.contents_at = fields.Datetime.now() - timedelta(days=1)
        whole = costs_of(location)["audit"].requests
        self.assertGreaterEqual(whole, 200)
        run, _created = location._order_sync("audit", "cron")
        self.assertLess(run.planned_requests, whole / 3)
        run.sudo()._finish_cancelled()
        run, _created = location._order_sync("audit", "button")
        self.assertEqual(run.planned_requests, whole)
