"""Slices that end at a bad moment, and single refusals: nothing is lost by them."""

from unittest.mock import patch

from odoo.tests.common import tagged

from odoo.addons.base.models import ir_cron

from ...engine.reading import phases as reading
from ...engine.slice import slice as ghl_sync_slice
from ...engine.slice.slice import SliceOver, SyncSlice
from ...tools.sync.window import ALL, Window
from ..sandbox import SandboxCase


@tagged("post_install", "-at_install", "ghl_engine")
class TestSliceEnds(SandboxCase):
    def slow_down(self, seconds):
        self.sandbox.control(
            "POST",
            "/faults",
            {"match": {}, "fault": "delay", "seconds": seconds, "count": 0},
        )

    def hurry(self, seconds):
        """Give each job (and slice) only so many seconds."""
        self.startPatcher(patch.object(ir_cron, "MIN_TIME_PER_JOB", seconds))
        self.startPatcher(patch.object(ghl_sync_slice, "MAX_SECONDS", seconds))
        self.startPatcher(patch.object(ghl_sync_slice, "REST_PATIENCE", 0))

    def test_a_job_whose_time_is_up_leaves_nothing_at_work(self):
        self.set_setting("page_limit", 100)
        location = self.connect(3_000, clean=True)
        self.slow_down(0.2)
        self.hurry(1.0)
        with self.enter_registry_test_mode():
            run, _created = location._order_sync("full")
            for _slice in range(3):
                self.work(location)
                if run.requests_sent:
                    break
        self.assertEqual(run.state, "running")
        self.assertTrue(run.requests_sent)
        self.assertIs(location.rate_snapshot["at_work"], False)

    def test_an_empty_slow_location_comes_to_an_end(self):
        location = self.connect(0)
        self.slow_down(0.3)
        self.hurry(0.6)
        run = self.sync(location, slices=25)
        self.assertEqual((run.state, run.phase), ("done", "done"))

    def test_a_window_comes_back_as_short_as_its_last_page_was(self):
        run, _created = self.connect(1)._order_sync("full")
        windows = [Window(ALL, fell_short=short) for short in (True, False)]
        self.env["ghl.sync.window"]._store(run.sudo(), windows)
        self.env.invalidate_all()
        rows = self.env["ghl.sync.window"].browse([window.key for window in windows])
        self.assertEqual([row._to_window() for row in rows], windows)

    def test_storing_the_proof_ends_no_slice(self):
        location = self.connect(30)
        self.slow_down(0.15)
        commit = SyncSlice.commit

        def ends_at_once(run_slice, work=None, processed=1):
            result = commit(run_slice, work, processed)
            if run_slice.run.phase == "prove":
                raise SliceOver
            return result

        self.startPatcher(patch.object(ir_cron, "MIN_TIME_PER_JOB", 1))
        with patch.object(SyncSlice, "commit", ends_at_once):
            run = self.sync(location, slices=12)
        self.assertEqual(run.state, "done")

    def test_a_single_refusal_between_pages_loses_no_window(self):
        self.set_setting("page_limit", 100)
        for status in (401, 403):
            with self.subTest(status=status):
                location = self.connect(1_500, clean=True)
                self.sync(location)
                self.assertMirrors(location)
                # What a search shows of it has changed, its dates and the counts not.
                contact = self.contacts(location)[700]
                self.env.cr.execute(
                    "UPDATE ghl_contact SET content_hash = repeat('0', 32),"
                    " first_name = 'stale' WHERE id = %s",
                    [contact.id],
                )
                self.env.invalidate_all()
                self.sandbox.control(
                    "POST",
                    "/faults",
                    {
                        "match": {"path": "/contacts/search", "probe": True},
                        "fault": "status",
                        "status": status,
                        "body": {"statusCode": status, "message": "Forbidden"},
                        "after": 1,
                        "count": 1,
                    },
                )
                run = self.sync(location, "verify")
                self.sandbox.control("DELETE", "/faults")
                self.assertEqual(run.state, "done", run.error)
                self.assertNotEqual(
                    (run.proof_state, contact.first_name), ("proven", "stale")
                )
                self.assertFalse(run.issue_ids.mapped("reason"))
                self.assertMirrors(location)

    def test_a_conflict_loses_no_details_of_the_location(self):
        location = self.connect(30)
        details = {"name": "Renamed", "timezone": "Europe/Oslo"}
        count_seen = reading.count_seen
        failures = []

        def conflicting(run):
            count_seen(run)
            if not failures:
                failures.append(1)
                run.env.cr.execute(
                    "DO $$ BEGIN RAISE serialization_failure; END $$",
                    log_exceptions=False,
                )

        Client = type(SyncSlice(self.env["ghl.sync.run"], location).client)
        with (
            patch.object(Client, "get_location", return_value=details),
            patch.object(reading, "count_seen", conflicting),
        ):
            run = self.sync(location)
        self.assertEqual((len(failures), run.state), (1, "done"))
        told = (location.ghl_name, location.timezone)
        self.assertEqual(told, ("Renamed", "Europe/Oslo"))

    def test_a_contact_that_is_refused_stops_no_run(self):
        location = self.connect(40, clean=True)
        self.sync(location)
        contact = self.contacts(location)[5]
        path = f"/locations/{location.ghl_id}/contacts/{contact.ghl_id}"
        self.sandbox.control("DELETE", path, webhooks=0)
        message = "The token does not have access to this location."
        self.sandbox.control(
            "POST",
            "/faults",
            {
                "match": {"path": f"/contacts/{contact.ghl_id}"},
                "fault": "status",
                "status": 403,
                "body": {"statusCode": 403, "message": message},
                "count": 0,
            },
        )
        run = self.sync(location)
        self.assertEqual(run.state, "done", run.error)
        self.assertEqual(location.connection_id.state, "connected")
