"""A machine's clock that was wrong: nothing that it told stops or spoils anything."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests.common import tagged

from ...engine.clock import has_to_wait
from ...engine.crons.watchdog import is_stalled
from ...engine.location.figures import is_total_fresh
from ...engine.mirror.merge import Merger
from ...engine.runner import Runner
from ...engine.schedule.due import due_kind
from ...engine.schedule.verify_pause import is_verify_backing_off
from ...tools.dates import format_ms
from ...tools.ghl.client import GhlClient
from ..common import GhlCommon
from ..sandbox import SandboxCase

AHEAD = timedelta(days=1)


@tagged("post_install", "-at_install", "ghl_engine")
class TestRowsDatedAhead(SandboxCase):
    def date_ahead(self, location, by="1 day"):
        """Have the mirror look as if it had been filled by a clock that was ahead."""
        self.env.cr.execute(
            "UPDATE ghl_contact SET observed_at"
            " = now() AT TIME ZONE 'UTC' + %s::interval WHERE location_id = %s",
            [by, location.id],
        )
        self.env.invalidate_all()

    def spoil(self, location, count=20):
        """Have contacts miss an edit that moved no date."""
        contacts = self.contacts(location)[:count]
        self.env.cr.execute(
            "UPDATE ghl_contact SET email = 'stale', content_hash = 'stale'"
            " WHERE id = ANY(%s)",
            [contacts.ids],
        )
        self.env.invalidate_all()

    def test_a_delta_brings_edits_of_rows_that_are_dated_ahead(self):
        location = self.connect(120, clean=True)
        self.sync(location)
        for by in ("1 day", "3 hours", "10 seconds"):
            with self.subTest(by):
                self.date_ahead(location, by)
                edits = {"seed": len(by), "update": 20}
                self.sandbox.control(
                    "POST", f"/locations/{location.ghl_id}/edits", edits
                )
                self.assertEqual(self.sync(location, "delta").state, "done")
                self.assertMirrors(location)

    def test_a_full_sync_repairs_whatever_a_row_claims_of_when_it_was_seen(self):
        location = self.connect(120, clean=True)
        self.sync(location)
        for by in ("100 years", "1 day", "5 minutes", "10 seconds", "-1 second"):
            with self.subTest(by):
                self.spoil(location)
                self.date_ahead(location, by)
                self.assertProven(self.sync(location))
                self.assertMirrors(location)

    def test_a_full_sync_repairs_a_row_that_claims_a_later_edit(self):
        location = self.connect(120, clean=True)
        self.sync(location)
        for kind in ("full", "verify"):
            self.spoil(location)
            # As if seen just now, in a state that is edited later than the vendor's.
            self.env.cr.execute(
                "UPDATE ghl_contact SET date_updated_ms = date_updated_ms + 5000,"
                " observed_at = now() AT TIME ZONE 'UTC' WHERE content_hash = 'stale'"
            )
            self.env.invalidate_all()
            self.assertProven(self.sync(location, kind))
            self.assertMirrors(location)
            stale = self.contacts(location).filtered(lambda c: c.email == "stale")
            self.assertFalse(stale)

    def test_a_newer_state_than_the_search_shows_stays(self):
        location = self.connect(20, clean=True)
        self.sync(location)
        contact = self.contacts(location)[0]
        truth = self.sandbox.truth(location.ghl_id)[contact.ghl_id]
        ahead = contact.date_updated_ms + 60_000
        newer = {**truth, "city": "Newer", "dateUpdated": format_ms(int(ahead))}
        Merger(location).merge_page([newer])
        self.env.invalidate_all()

        def record(client, ghl_id):
            # The record is as new as ours: it is the search that lags.
            return {**newer, "id": ghl_id}

        with patch.object(GhlClient, "get_contact", record):
            run = self.sync(location)
        self.assertEqual(run.state, "done", run.error)
        self.assertEqual(contact.city, "Newer")

    def test_a_full_sync_finds_deletions_among_rows_that_are_dated_ahead(self):
        location = self.connect(120, clean=True)
        self.sync(location)
        self.date_ahead(location)
        self.sandbox.control(
            "POST",
            f"/locations/{location.ghl_id}/edits",
            {"seed": 2, "delete": 5, "create": 5},
        )
        self.assertProven(self.sync(location))
        self.assertMirrors(location)
        ahead = self.contacts(location).filtered(
            lambda c: (
                not c.active
                and c.observed_at > fields.Datetime.now() + timedelta(minutes=1)
            )
        )
        self.assertFalse(ahead)

    def test_a_watermark_beyond_now_hides_no_edit(self):
        location = self.connect(60, clean=True)
        self.sync(location)
        location.watermark_ms = 4_000_000_000_000
        for seed in (1, 2):
            edits = {"seed": seed, "update": 5}
            self.sandbox.control("POST", f"/locations/{location.ghl_id}/edits", edits)
            self.assertEqual(self.sync(location, "delta").state, "done")
            self.assertMirrors(location)
            now_ms = fields.Datetime.now().timestamp() * 1_000
            self.assertLess(location.watermark_ms, now_ms + 600_000)
            self.assertTrue(location.watermark_ms)


@tagged("post_install", "-at_install")
class TestMomentsAhead(GhlCommon):
    def setUp(self):
        super().setUp()
        self.now = fields.Datetime.now()
        self.location.write(
            {
                "last_full_at": self.now - timedelta(days=3),
                "last_verify_at": self.now - timedelta(minutes=1),
                "last_delta_at": self.now - timedelta(minutes=1),
            }
        )

    def test_what_was_last_done_in_time_to_come_is_due(self):
        self.assertIsNone(due_kind(self.location))
        for values, kind in (
            ({"last_delta_at": self.now + AHEAD}, None),
            ({"last_verify_at": self.now + AHEAD}, "verify"),
            (dict.fromkeys(("last_verify_at", "last_delta_at"), self.now + AHEAD),) * 2,
        ):
            kind = "verify" if isinstance(kind, dict) else kind
            with self.subTest(values), self.env.cr.savepoint() as savepoint:
                self.location.write(values)
                self.assertEqual(due_kind(self.location), kind)
                savepoint.rollback()
                self.env.invalidate_all()
        self.location.last_verify_at = self.now - timedelta(hours=2)
        self.location.last_delta_at = self.now + AHEAD
        self.assertEqual(due_kind(self.location), "delta")

    def test_a_verify_that_failed_in_time_to_come_is_tried_again(self):
        self.location.last_verify_at = False
        run = self.env["ghl.sync.run"].create(
            {
                "location_id": self.location.id,
                "kind": "verify",
                "origin": "cron",
                "state": "failed",
                "finished_at": self.now,
            }
        )
        self.assertTrue(is_verify_backing_off(self.location))
        run.finished_at = self.now + AHEAD
        self.assertFalse(is_verify_backing_off(self.location))

    def test_a_total_told_in_time_to_come_is_asked_for_again(self):
        self.location.ghl_total_at = self.now
        self.assertTrue(is_total_fresh(self.location))
        self.location.ghl_total_at = self.now + AHEAD
        self.assertFalse(is_total_fresh(self.location))

    def test_a_wait_ends_although_its_end_is_far_off(self):
        run = self.location._order_sync("full")[0].sudo()
        minute, hours = timedelta(minutes=1), timedelta(hours=20)
        for heartbeat, resume, code, waits in (
            (-minute, minute, "server_error", True),
            (-minute, -minute, "server_error", False),
            (-minute, hours, "daily_quota_spent", True),
            (-minute, hours, "server_error", False),
            (-minute, timedelta(days=30), "daily_quota_spent", False),
            (AHEAD, AHEAD + minute, "daily_quota_spent", False),
        ):
            run.write(
                {
                    "state": "waiting",
                    "heartbeat_at": self.now + heartbeat,
                    "resume_at": self.now + resume,
                    "error_code": code,
                }
            )
            with self.subTest(heartbeat=heartbeat, resume=resume, code=code):
                self.assertIs(has_to_wait(run), waits)
                self.assertIs(Runner(run)._may_go_on(), not waits)

    def test_a_run_heard_of_in_time_to_come_is_one_left_behind(self):
        run = self.location._order_sync("full")[0].sudo()
        run.write({"state": "running", "heartbeat_at": self.now + AHEAD})
        run.flush_recordset()
        self.env.cr.execute(
            "UPDATE ghl_sync_run SET create_date = %s WHERE id = %s",
            [self.now + AHEAD, run.id],
        )
        self.env.invalidate_all()
        self.assertTrue(is_stalled(run))
        triggers = self.env["ir.cron.trigger"].search_count
        domain = [("cron_id", "=", self.location.sudo().cron_id.id)]
        before = triggers(domain)
        self.env["ghl.sync.run"]._cron_watchdog()
        self.assertEqual(triggers(domain), before + 1)
