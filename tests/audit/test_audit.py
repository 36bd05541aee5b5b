"""Audits: edits that no date tells of are found, repaired and counted."""

from datetime import timedelta

from odoo import fields
from odoo.tests.common import tagged

from ...engine.alarm.alarms import check_connections
from ...engine.api.visible_locations import location_entries
from ...engine.content import pace
from ...engine.mirror.merge import Merger
from ...engine.reading import window_reader
from ...engine.schedule.due import due_kind
from .audit_case import AuditCase


@tagged("post_install", "-at_install", "ghl_engine")
class TestAudit(AuditCase):
    # === WHAT IS FOUND === #

    def test_500_edits_without_a_date_among_21000_contacts(self):
        """What a verify of a large location cannot find, one cycle repairs."""
        self.set_setting("page_limit", 500)
        self.size_parts(5_000)
        location = self.connect(21_000, clean=True, seed="undated")
        self.assertProven(self.sync(location))
        self.assertEqual(self.edit_undated(location, 100), 500)
        run = self.sync(location, "verify")
        self.assertProven(run)
        self.assertFalse(run.contacts_updated)
        before = self.sandbox.requests_sent(location.ghl_id)
        run = self.sync(location, "audit")
        spent = self.sandbox.requests_sent(location.ghl_id) - before
        self.assertEqual(run.state, "done", run.error)
        self.assertEqual((run.contacts_updated, run.contacts_drifted), (500, 500))
        self.assertEqual(run.contacts_seen, 21_000)
        self.assertEqual(run.contacts_unchanged, 20_500)
        self.assertEqual(run.drift["opportunities"], 100)
        self.assertEqual(run.drift["workflows"], 100)
        self.assertEqual(run.drift["dnd"], 100)
        self.assertGreaterEqual(run.drift["tags"], 100)
        # 42 full pages, and the read of changes before them.
        self.assertLessEqual(spent, 55)
        self.assert_same(location)
        self.assertEqual(location.audit_drifted, 500)
        self.assertGreaterEqual(location.contents_at, run.started_at)
        self.assertFalse(location.audit_requested_at)

    def test_1000_random_edits_of_every_kind(self):
        """With and without a date, contacts that come, go and merge among them."""
        location = self.connect(2_400, seed="every kind")
        self.sync(location)
        undated = self.edit_undated(location, 100)
        self.edit(
            location,
            seed=1,
            update=300,
            retag=80,
            dnd=60,
            create=30,
            delete=20,
            merge=10,
        )
        run = self.sync(location, "audit")
        self.assertEqual(run.state, "done", run.error)
        self.assert_same(location)
        # What had a date as well was on its way: no drift.
        self.assertGreater(run.contacts_drifted, undated // 2)
        self.assertLessEqual(run.contacts_drifted, undated)

    def test_a_verify_that_reads_everything_counts_them_by_kind_as_well(self):
        location = self.connect(300, clean=True)
        self.sync(location)
        edited = self.edit_undated(location, 10)
        run = self.sync(location, "verify")
        self.assertProven(run)
        self.assertEqual(run.contacts_drifted, edited)
        self.assertEqual(run.drift["opportunities"], 10)
        self.assert_same(location)
        again = self.sync(location, "verify")
        self.assertEqual((again.contacts_drifted, again.drift), (0, False))

    def test_unchanged_contacts_are_not_written(self):
        location = self.connect(500, clean=True)
        self.sync(location)
        self.env.cr.execute(
            "SELECT id, xmin::text, ctid::text FROM ghl_contact WHERE location_id = %s",
            [location.id],
        )
        before = set(self.env.cr.fetchall())
        run = self.sync(location, "audit")
        self.assertEqual((run.contacts_seen, run.contacts_unchanged), (500, 500))
        self.env.cr.execute(
            "SELECT id, xmin::text, ctid::text FROM ghl_contact WHERE location_id = %s",
            [location.id],
        )
        self.assertEqual(set(self.env.cr.fetchall()), before)

    def test_where_edits_are_found_it_is_read_more_often(self):
        location = self.connect(1_000, clean=True)
        self.sync(location)
        self.sync(location, "audit")
        first = self.parts(location)[0]
        ghl_id = self.contacts(location).sorted("date_added_ms")[0].ghl_id
        path = f"/locations/{location.ghl_id}/contacts/{ghl_id}"
        changes = {"set": {"opportunities": [{"id": "o"}]}, "webhooks": False}
        self.sandbox.control("PATCH", path, changes)
        self.sync(location, "audit")
        self.assertEqual((first.level, first.drifted), (1, 1))
        self.assertEqual(first.drift, {"opportunities": 1})
        self.assertFalse(any((self.parts(location) - first).mapped("level")))
        self.assertEqual(location.audit_drift, {"opportunities": 1})
        # Once it was read without any, it is read as rarely as the others again.
        self.sync(location, "audit")
        self.assertEqual((first.level, first.drifted), (0, 0))
        self.assertFalse(location.audit_drift)

    # === THE SCHEDULE === #

    def test_a_cycle_by_schedule_keeps_its_promise_and_its_share(self):
        """Twenty days, six hours at a time, between verifies that only count."""
        self.patch_in("reading.counting", "SMALL_LOCATION", 100)
        self.patch_in("proof.proof", "SMALL_LOCATION", 100)
        self.allow(12)
        location = self.connect(2_000, clean=True)
        self.sync(location)
        self.edit_undated(location, 10)
        self.assertEqual(location.content_promise_days, 7)
        with self.enter_registry_test_mode():
            for _step in range(80):
                self.pass_time(location, hours=6)
                while due_kind(location):
                    self.work(location)
                age = fields.Datetime.now() - location.contents_at
                self.assertLess(age.total_seconds(), 7 * 86_400)
                self.assertLessEqual(self.sent_today(location), 12)
        self.assert_same(location)
        self.assertEqual(sum(self.audits(location).mapped("contacts_drifted")), 50)
        self.assertEqual(set(self.audits(location).mapped("state")), {"done"})

    def test_nothing_is_due_right_after_everything_was_read(self):
        location = self.connect(300, clean=True)
        self.sync(location)
        self.assertIsNone(due_kind(location))
        self.assertGreater(location.audit_due_at, fields.Datetime.now())
        self.pass_time(location, days=6, hours=12)
        now = fields.Datetime.now()
        location.write({"last_verify_at": now, "last_delta_at": now})
        self.assertEqual(due_kind(location), "audit")
        location.audit_enabled = False
        self.assertIsNone(due_kind(location))
        self.assertFalse(location.content_promise_days)

    def test_a_small_location_is_read_by_one_request_of_contacts(self):
        location = self.connect(60, clean=True)
        self.sync(location)
        before = self.sandbox.requests_sent(location.ghl_id)
        run = self.sync(location, "audit")
        self.assertEqual(run.contacts_seen, 60)
        # What has changed, and the one page.
        spent = self.sandbox.requests_sent(location.ghl_id) - before
        self.assertEqual(spent, 2)

    def test_an_empty_location_needs_no_reading(self):
        location = self.connect(0)
        self.sync(location)
        self.pass_time(location, days=30)
        self.assertNotEqual(due_kind(location), "audit")
        run = self.sync(location, "audit")
        self.assertEqual(run.state, "done", run.error)
        self.assertFalse(location.audit_requested_at)

    def test_a_location_too_large_for_its_share_is_told_so_beforehand(self):
        location = self.connect(60, clean=True)
        self.sync(location)
        self.allow(10)
        location.contact_count = 20_000
        self.assertEqual(location.content_promise_days, 26)
        self.assertIn("within 26 days", location.content_promise_text)
        self.assertIn("10 requests a day", location.content_promise_text)
        self.assertIn("7 days wanted", location.content_promise_text)

    # === BESIDE OTHERS === #

    def test_the_share_ends_a_run_in_the_midst_of_a_part(self):
        """The next run goes on there: no page is read twice."""
        self.size_parts(2_000)
        location = self.connect(1_500, clean=True)
        self.sync(location)
        self.edit_undated(location, 20)
        self.pass_time(location, days=8)
        self.allow(8)
        before = self.sandbox.requests_sent(location.ghl_id)
        with self.enter_registry_test_mode():
            for _day in range(10):
                location._order_sync("audit", "cron")
                self.work(location)
                if not pace.has_half_read(location):
                    break
                self.assertEqual(self.audits(location)[0].state, "done")
                self.pass_time(location, days=1, hours=1)
        runs = len(self.audits(location))
        self.assertGreater(runs, 1)
        spent = self.sandbox.requests_sent(location.ghl_id) - before
        self.assertLessEqual(spent, 15 + 4 * runs)
        self.assertLessEqual(max(self.audits(location).mapped("requests_sent")), 10)
        self.assert_same(location)
        self.assertEqual(sum(self.audits(location).mapped("contacts_drifted")), 100)
        windows = self.env["ghl.sync.window"].search([("run_id.kind", "=", "audit")])
        self.assertFalse(windows)

    def test_an_audit_makes_room_for_what_is_ordered_meanwhile(self):
        location = self.connect(1_500, clean=True)
        self.sync(location)
        self.edit_undated(location, 20)
        real = window_reader.store_pages

        def store(run_slice, *args):
            real(run_slice, *args)
            if run_slice.run.kind == "audit" and run_slice.run.phase == "audit":
                run_slice.location._order_sync("verify", "button")

        with self.enter_registry_test_mode():
            run, _created = location._order_sync("audit", "button")
            self.patch_in("reading.window_reader", "store_pages", store)
            self.work(location)
            self.assertEqual(run.state, "done")
            self.assertLess(run.contacts_seen, 1_500)
            self.patch_in("reading.window_reader", "store_pages", real)
            self.assertEqual(location.active_run_id.kind, "verify")
            self.assertTrue(location.audit_requested_at)
            for _slice in range(10):
                self.work(location)
                if not location.audit_requested_at:
                    break
        self.assertFalse(location.audit_requested_at)
        self.assert_same(location)

    def test_what_a_person_asked_for_while_a_verify_runs_follows_it(self):
        self.patch_in("reading.counting", "SMALL_LOCATION", 100)
        self.patch_in("proof.proof", "SMALL_LOCATION", 100)
        location = self.connect(300, clean=True)
        self.sync(location)
        with self.enter_registry_test_mode():
            location._order_sync("verify", "button")
            told = location.action_read_contents()
            self.assertIn("follows it", str(told))
            self.work(location)
            self.assertEqual(location.last_run_id.kind, "verify")
            self.work(location)
        self.assertEqual(location.last_run_id.kind, "audit")
        self.assertEqual(location.last_run_id.contacts_seen, 300)

    def test_a_first_fill_reads_what_was_asked_for_once(self):
        """The order has microseconds, the beginning of a run whole seconds."""
        location = self.connect(60, clean=True)
        with self.enter_registry_test_mode():
            location._order_sync("audit", "button")
            self.assertTrue(location.audit_requested_at)
            self.work(location)
        self.assertEqual(location.last_run_id.kind, "full")
        self.assertFalse(location.audit_requested_at)
        self.assertIsNone(due_kind(location))

    def test_an_order_by_a_clock_that_is_ahead_is_read_once(self):
        location = self.connect(300, clean=True)
        self.sync(location)
        with self.enter_registry_test_mode():
            run, _created = location._order_sync("audit", "button")
            location.audit_requested_at += timedelta(minutes=4)
            self.work(location)
            self.assertEqual(run.state, "done", run.error)
            self.assertEqual(run.contacts_seen, 300)
            self.assertFalse(location.audit_requested_at)
            # One that comes while nothing runs does not wait for that clock.
            location.audit_requested_at = pace.exact_now() + timedelta(minutes=4)
            self.assertEqual(due_kind(location), "audit")

    def test_one_that_is_cancelled_is_not_asked_for_any_more(self):
        location = self.connect(300, clean=True)
        self.sync(location)
        location.action_read_contents()
        self.assertTrue(location.audit_requested_at)
        location.action_cancel_sync()
        self.assertEqual(location.last_run_id.state, "cancelled")
        self.assertFalse(location.audit_requested_at)

    def test_an_older_read_never_overwrites(self):
        """A webhook brings an edit while the page that lacks it is on its way."""
        location = self.connect(60, clean=True)
        self.sync(location)
        contact = self.contacts(location)[0]
        path = f"/locations/{location.ghl_id}/contacts/{contact.ghl_id}"
        real = window_reader.store_pages
        done = []

        def store(run_slice, *args):
            if run_slice.run.phase == "audit" and not done:
                done.append(True)
                changes = {"set": {"city": "Newer"}, "keep_updated": True}
                told = self.sandbox.control("PATCH", path, changes)
                newer = {**told.get("contact", told), "city": "Newer"}
                Merger(run_slice.location).merge_page([newer])
            real(run_slice, *args)

        self.patch_in("reading.window_reader", "store_pages", store)
        run = self.sync(location, "audit")
        self.assertEqual(run.state, "done", run.error)
        self.assertEqual(done, [True])
        self.assertEqual(contact.city, "Newer")

    def test_a_denied_token_loses_nothing(self):
        location = self.connect(600, clean=True)
        self.sync(location)
        read = location.contents_at
        self.edit_undated(location, 10)
        self.pass_time(location, days=8)
        read = location.contents_at
        self.sandbox.control("POST", "/tokens/revoke", {"location": location.ghl_id})
        run = self.sync(location, "audit")
        self.assertIn(run.state, ("failed", "waiting"))
        self.assertEqual(location.contents_at, read)
        entry = location_entries(location)[0]
        self.assertEqual(entry["audit"]["promised_days"], 7)

    # === WHAT IS TOLD === #

    def test_the_two_promises_are_told_apart(self):
        location = self.connect(300, clean=True)
        self.sync(location)
        self.edit_undated(location, 2)
        self.sync(location, "audit")
        entry = location_entries(location)[0]
        self.assertTrue(entry["proven_complete_at"])
        self.assertGreaterEqual(entry["content_as_of"], entry["proven_complete_at"])
        self.assertEqual(entry["audit"]["drifted"], 10)
        self.assertEqual(entry["audit"]["drift"]["workflows"], 2)
        self.assertIn("workflows: 2", location.audit_drift_text)
        self.assertEqual(entry["status"]["code"], "complete")

    def test_contents_that_are_older_than_promised_are_told(self):
        location = self.connect(300, clean=True)
        self.sync(location)
        self.pass_time(location, days=8)
        now = fields.Datetime.now()
        location.write(dict.fromkeys(("last_delta_at", "last_verify_at"), now))
        location.write({"proven_complete_at": now, "ghl_total_at": now})
        entry = location_entries(location)[0]
        self.assertEqual(entry["status"]["code"], "contents_old")
        codes = [action["code"] for action in entry["status"]["actions"]]
        self.assertIn("read_contents", codes)
        self.sync(location, "audit")
        self.assertEqual(location_entries(location)[0]["status"]["code"], "complete")

    def test_a_verify_that_reads_everything_counts_as_reading(self):
        location = self.connect(300, clean=True)
        self.sync(location)
        self.sync(location, "audit")
        self.pass_time(location, days=3)
        run = self.sync(location, "verify")
        self.assertProven(run)
        self.assertEqual(location.contents_at, run.started_at)
        self.assertEqual(set(self.parts(location).mapped("read_at")), {run.started_at})

    def test_what_an_audit_found_is_over_once_a_verify_has_read_it_again(self):
        location = self.connect(300, clean=True)
        self.sync(location)
        self.edit_undated(location, 4)
        self.sync(location, "audit")
        self.assertEqual(location.audit_drifted, 20)
        levels = sum(self.parts(location).mapped("level"))
        check_connections(location.connection_id)
        mine = [("location_id", "=", location.id), ("code", "=", "drift")]
        alarm = self.env["ghl.alarm"].search(mine)
        self.assertEqual(len(alarm), 1)
        self.assertFalse(alarm.closed_at)
        # The verify begins later than the audit did, also by whole seconds.
        for part in self.parts(location):
            part.read_at -= timedelta(minutes=1)
        self.assertProven(self.sync(location, "verify"))
        self.assertEqual(location.audit_drifted, 0)
        self.assertFalse(location.audit_drift)
        self.assertLess(sum(self.parts(location).mapped("level")), levels)
        check_connections(location.connection_id)
        self.assertTrue(alarm.closed_at)

    def test_parts_follow_a_location_that_grows(self):
        location = self.connect(300, clean=True)
        self.sync(location)
        self.sync(location, "audit")
        few = len(self.parts(location))
        self.edit(location, create=700)
        self.sync(location, "audit")
        self.assertGreater(len(self.parts(location)), few)
        self.assertEqual(sum(self.parts(location).mapped("contacts")), 1_000)
        self.edit_undated(location, 20, seed=3)
        self.sync(location, "audit")
        self.assert_same(location)
        self.assertEqual(location.audit_drifted, 100)


@tagged("post_install", "-at_install", "ghl_engine")
class TestAuditDialects(AuditCase):
    def test_accounts_whose_ranges_do_not_select(self):
        for dialect in ("range-ignored", "filters-unsupported", "total-missing"):
            with self.subTest(dialect):
                self.sandbox.control("PATCH", "/settings", {"dialects": [dialect]})
                location = self.connect(500, clean=True)
                self.sync(location)
                self.edit_undated(location, 10)
                run = self.sync(location, "audit")
                self.assertEqual(run.state, "done", run.error)
                self.assert_same(location)
                # Where no date selects, a read of changes meets some of them.
                self.assertGreater(run.contacts_drifted, 0)

    def test_contacts_of_odd_dates_and_of_none(self):
        bad = "year_zero,year_30000,huge_epoch,epoch_dates,text_dates"
        location = self.connect(800, bad=bad)
        self.sync(location)
        self.edit_undated(location, 30)
        run = self.sync(location, "audit")
        self.assertEqual(run.state, "done", run.error)
        self.assert_same(location)
        self.assertGreaterEqual(location.contents_at, run.started_at)
