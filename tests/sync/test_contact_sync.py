from datetime import timedelta
from unittest.mock import patch

import psycopg2

from odoo import fields
from odoo.tests.common import tagged
from odoo.tools import mute_logger

from ...engine.mirror.merge import Merger
from ...engine.slice.slice import SliceOver, SyncSlice
from ..sandbox import SandboxCase

ENGINE = "odoo.addons.ghl_contact_sync.engine.runner"


@tagged("post_install", "-at_install", "ghl_engine")
class TestContactSync(SandboxCase):
    def test_full_sync_mirrors_every_contact_and_proves_it(self):
        location = self.connect(230)
        run = self.sync(location)
        self.assertEqual((run.state, run.error), ("done", False))
        self.assertMirrors(location)
        self.assertEqual(run.contacts_seen, 230)
        self.assertEqual(run.contacts_created, 230)
        self.assertEqual(run.contacts_unchanged, 0)
        self.assertEqual(run.proof_state, "proven")
        self.assertEqual(location.ghl_total, 230)
        self.assertTrue(location.proven_complete_at)
        self.assertTrue(location.last_full_at)
        self.assertFalse(run.window_ids)
        self.assertFalse(run.page_ids)

    def test_many_windows_cover_everything_once(self):
        self.set_setting("page_limit", 100)
        location = self.connect(2_431)
        run = self.sync(location)
        self.assertEqual(run.state, "done", run.error)
        self.assertEqual(run.contacts_created, 2_431)
        self.assertEqual(run.contacts_seen, 2_431)
        self.assertMirrors(location)

    def test_the_same_again_rewrites_nothing(self):
        location = self.connect(120)
        self.sync(location)
        before = {c.id: c.observed_at for c in self.contacts(location)}
        run = self.sync(location)
        self.assertEqual(run.contacts_unchanged, 120)
        self.assertEqual(run.contacts_created + run.contacts_updated, 0)
        after = {c.id: c.observed_at for c in self.contacts(location)}
        self.assertEqual(before, after)

    def test_delta_reads_only_what_changed(self):
        location = self.connect(600, clean=True)
        self.sync(location)
        changes = {"seed": 3, "update": 7, "create": 2}
        self.sandbox.control("POST", f"/locations/{location.ghl_id}/edits", changes)
        before = self.sandbox.requests_sent(location.ghl_id)
        run = self.sync(location, "delta")
        self.assertEqual(run.state, "done", run.error)
        self.assertEqual((run.contacts_created, run.contacts_updated), (2, 7))
        self.assertLessEqual(self.sandbox.requests_sent(location.ghl_id) - before, 10)
        self.assertMirrors(location)

    def test_deleted_contacts_become_tombstones_and_come_back(self):
        location = self.connect(60)
        self.sync(location)
        contact = self.contacts(location).filtered("tag_ids")[:1]
        path = f"/locations/{location.ghl_id}/contacts/{contact.ghl_id}"
        whole = self.sandbox.control("GET", path)
        whole = whole.get("contact", whole)
        self.sandbox.control("DELETE", path, webhooks=0)
        run = self.sync(location)
        self.assertEqual(run.contacts_deleted, 1)
        self.assertFalse(contact.active)
        self.assertTrue(contact.deleted_at)
        self.assertEqual(location.contact_count, 59)
        whole.pop("searchAfter", None)
        self.sandbox.control(
            "POST", f"/locations/{location.ghl_id}/contacts", {"contact": whole}
        )
        self.sync(location)
        self.assertTrue(contact.active)
        self.assertFalse(contact.deleted_at)
        self.assertMirrors(location)

    def test_brake_asks_a_person_before_many_are_deleted(self):
        location = self.connect(200)
        self.sync(location)
        self.sandbox.control(
            "POST", f"/locations/{location.ghl_id}/edits", {"seed": 1, "delete": 90}
        )
        run = self.sync(location)
        self.assertEqual((run.state, run.error_code), ("failed", "delete_brake"))
        self.assertEqual(location.contact_count, 200)
        with self.enter_registry_test_mode():
            run.review_ids.action_accept()
            self.work(location)
        self.assertEqual(location.contact_count, 110)
        self.assertMirrors(location)

    def test_unconfirmed_absence_deletes_nothing(self):
        location = self.connect(40)
        self.sync(location)
        # The walk misses half of a page; the contacts themselves are still there.
        fault = {
            "match": {"path": "/contacts/search", "probe": False},
            "fault": "short_page",
            "fraction": 0.5,
            "count": 1,
        }
        self.sandbox.control("POST", "/faults", fault)
        self.sync(location)
        self.assertEqual(location.contact_count, 40)
        self.assertMirrors(location)

    def test_verify_finds_and_repairs_what_is_missing_stale_and_gone(self):
        location = self.connect(900, clean=True)
        self.sync(location)
        contacts = self.contacts(location)
        # Silently: no run and no event tells of any of it.
        missing, stale = contacts[10], contacts[20]
        self.env.cr.execute("DELETE FROM ghl_contact WHERE id = %s", [missing.id])
        self.env.cr.execute(
            """
            UPDATE ghl_contact SET email = 'stale', content_hash = 'stale',
                   date_updated_ms = date_updated_ms - 86400000
             WHERE id = %s
            """,
            [stale.id],
        )
        location.contact_count -= 1
        self.env.invalidate_all()
        self.sandbox.control(
            "POST", f"/locations/{location.ghl_id}/edits", {"seed": 2, "delete": 3}
        )
        run = self.sync(location, "verify")
        self.assertEqual((run.state, run.proof_state), ("done", "proven"), run.error)
        self.assertEqual(run.contacts_deleted, 3)
        self.assertMirrors(location)

    def test_verify_finds_what_cancels_in_every_window(self):
        """As many missing as too many, all among each other: no sum tells."""
        location = self.connect(2_600, clean=True)
        self.sync(location)
        contacts = self.contacts(location)
        missing = contacts[100:2_500:200]
        self.env.cr.execute("DELETE FROM ghl_contact WHERE id = ANY(%s)", [missing.ids])
        location.contact_count -= len(missing)
        self.env.invalidate_all()
        self.sandbox.control(
            "POST",
            f"/locations/{location.ghl_id}/edits",
            {"seed": 4, "delete": len(missing)},
        )
        run = self.sync(location, "verify")
        self.assertEqual((run.state, run.proof_state), ("done", "proven"), run.error)
        self.assertMirrors(location)

    def test_a_bad_record_never_stops_its_page(self):
        location = self.connect(50, bad="all", surrogates=True)
        run = self.sync(location)
        self.assertEqual(run.state, "done", run.error)
        self.assertTrue(run.bad_records)
        self.assertTrue(run.issue_ids)
        mirrored = set(self.contacts(location).mapped("ghl_id"))
        truth = self.sandbox.truth(location.ghl_id)
        self.assertEqual(mirrored, set(truth))

    def test_passing_trouble_parks_the_run_and_the_next_slice_goes_on(self):
        location = self.connect(30)
        fault = {"match": {"path": "/contacts/search"}, "fault": "status", "count": 0}
        self.sandbox.control("POST", "/faults", {**fault, "status": 503})
        with patch("odoo.addons.ghl_contact_sync.tools.http.retry.time.sleep"):
            with patch(
                "odoo.addons.ghl_contact_sync.tools.http.retry.RetryPolicy._wait",
                return_value=0,
            ):
                run = self.sync(location)
        self.assertEqual((run.state, run.error_code), ("waiting", "server_error"))
        self.assertGreater(run.resume_at, fields.Datetime.now())
        self.assertTrue(run.retries)
        self.sandbox.control("DELETE", "/faults")
        run.resume_at = fields.Datetime.now() - timedelta(seconds=1)
        with self.enter_registry_test_mode():
            self.work(location)
        self.assertEqual((run.state, run.error), ("done", False))
        self.assertMirrors(location)

    def test_a_dead_token_fails_the_run_in_words_and_marks_the_connection(self):
        location = self.connect(10)
        self.sandbox.control("POST", "/tokens/revoke", {"location": location.ghl_id})
        run = self.sync(location)
        self.assertEqual((run.state, run.error_code), ("failed", "token_invalid"))
        self.assertEqual(location.connection_id.state, "needs_reauth")
        self.assertNotIn(location.connection_id.private_token, run.error)

    def test_single_refusals_of_a_good_token_fail_no_run(self):
        self.set_setting("page_limit", 100)
        for status in (401, 403):
            with self.subTest(status=status):
                location = self.connect(1_500, clean=True)
                match = {"path": "/contacts/search", "cursor": True}
                for after in (3, 8):
                    fault = {"match": match, "fault": "status", "status": status}
                    fault["body"] = {"statusCode": status, "message": "Forbidden"}
                    self.sandbox.control("POST", "/faults", {**fault, "after": after})
                run = self.sync(location)
                self.assertEqual(run.state, "done", run.error)
                self.assertMirrors(location)
                self.sandbox.control("DELETE", "/faults")

    def test_a_page_limit_that_is_refused_is_lowered_and_remembered(self):
        self.set_setting("page_limit", 500)
        location = self.connect(250)
        fault = {"match": {"path": "/contacts/search"}, "fault": "page_limit"}
        self.sandbox.control("POST", "/faults", {**fault, "max": 100, "count": 0})
        run = self.sync(location)
        self.assertEqual(run.state, "done", run.error)
        self.assertEqual(location.connection_id.page_limit_accepted, 100)
        self.assertMirrors(location)

    def test_names_that_cannot_be_read_keep_no_contact_away(self):
        location = self.connect(40)
        for path in ("/users/", "/locations/*/customFields", "/locations/*/tags"):
            fault = {"match": {"path": path}, "fault": "status", "status": 500}
            self.sandbox.control("POST", "/faults", {**fault, "count": 0})
        with patch(
            "odoo.addons.ghl_contact_sync.tools.http.retry.RetryPolicy._wait",
            return_value=0,
        ):
            run = self.sync(location)
        self.assertEqual(run.state, "done", run.error)
        self.assertMirrors(location)
        reasons = " ".join(run.issue_ids.mapped("reason"))
        self.assertIn("users could not be read", reasons)

    def test_two_orders_make_one_run(self):
        location = self.connect(10)
        first, created = location._order_sync("full")
        second, again = location._order_sync("full", "api")
        self.assertEqual((first, created, again), (second, True, False))

    def test_a_stronger_order_follows_a_weaker_run(self):
        location = self.connect(10)
        run, _created = location._order_sync("delta")
        location._order_sync("full")
        self.assertEqual(run.kind, "full")
        run.state = "running"
        run.kind = "delta"
        location._order_sync("verify")
        location._order_sync("full")
        self.assertEqual(run.follow_up_kind, "full")
        run._finish("done")
        follower = self.env["ghl.sync.run"]._get_active(location)
        self.assertEqual((follower.kind, follower.state), ("full", "queued"))

    def test_cancel_stops_the_run(self):
        location = self.connect(10)
        run, _created = location._order_sync("full")
        location._cancel_sync()
        self.assertEqual(run.state, "cancelled")

    def test_a_slice_that_ends_goes_on_from_the_checkpoint(self):
        self.set_setting("page_limit", 100)
        location = self.connect(1_000)
        commit = SyncSlice.commit
        pages = []

        def ends_at_once(run_slice, work=None, processed=1):
            result = commit(run_slice, work, processed)
            pages.append(processed)
            if len(pages) % 3 == 0:
                raise SliceOver
            return result

        with patch.object(SyncSlice, "commit", ends_at_once):
            run = self.sync(location, slices=60)
        self.assertEqual(run.state, "done", run.error)
        self.assertEqual(run.contacts_created, 1_000)
        self.assertMirrors(location)

    def test_a_conflict_is_tried_again_and_nothing_is_lost(self):
        location = self.connect(150)
        merge = Merger.merge_batches
        failures = []

        def conflicting(records, *args, **kwargs):
            result = merge(records, *args, **kwargs)
            if len(failures) < 2:
                failures.append(1)
                # A real one: the server itself raises it.
                records.env.cr.execute(
                    "DO $$ BEGIN RAISE serialization_failure; END $$",
                    log_exceptions=False,
                )
            return result

        with patch.object(Merger, "merge_batches", conflicting):
            run = self.sync(location)
        self.assertEqual(len(failures), 2)
        self.assertEqual((run.state, run.contacts_created), ("done", 150), run.error)
        self.assertMirrors(location)

    def test_an_unexpected_error_is_told_and_ends_the_run(self):
        location = self.connect(10)
        with (
            patch.object(Merger, "merge_batches", side_effect=ZeroDivisionError),
            mute_logger(ENGINE),
        ):
            run = self.sync(location)
        self.assertEqual((run.state, run.error_code), ("failed", "internal_error"))
        self.assertNotIn("ZeroDivision", run.error)

    def test_one_location_has_one_active_run_whatever_happens(self):
        location = self.connect(10)
        Run = self.env["ghl.sync.run"]
        values = {"location_id": location.id, "kind": "full", "origin": "api"}
        Run.create(values)
        with (
            self.assertRaises(psycopg2.errors.UniqueViolation),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            Run.create(values)
