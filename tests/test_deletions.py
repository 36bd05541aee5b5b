"""Deletions: nobody who lives is buried, nothing is looked up twice."""

from unittest.mock import patch

from odoo.tests.common import tagged
from odoo.tools import SQL

from ..engine.slice import SliceOver, SyncSlice
from ..models.sync import ghl_sync_run_close, ghl_sync_run_count, ghl_sync_run_prove
from .sandbox import SandboxCase

SEARCH = {"path": "/contacts/search"}


@tagged("post_install", "-at_install", "ghl_engine")
class TestDeletions(SandboxCase):
    def delete_upstream(self, location, contacts):
        for contact in contacts:
            path = f"/locations/{location.ghl_id}/contacts/{contact.ghl_id}"
            self.sandbox.control("DELETE", path, webhooks=0)

    def short_slices(self, commits=5):
        """Have every slice end after so many commits."""
        commit, count = SyncSlice.commit, []

        def impatient(run_slice, work=None, processed=1):
            result = commit(run_slice, work, processed)
            count.append(1)
            if len(count) % commits == 0:
                raise SliceOver
            return result

        return patch.object(SyncSlice, "commit", impatient)

    def lose_from_search(self, location, contacts):
        """Have the mirror hold contacts that no search shows, and that GET does.

        They are renamed in the mirror to contacts that exist, but whose index entry is
        yet to come: the sandbox's index lags behind what was just created.
        """
        self.sandbox.control("PATCH", "/settings", {"lag": 3_600})
        path = f"/locations/{location.ghl_id}/contacts"
        for contact in contacts:
            made = self.sandbox.control("POST", path, {"contact": {"firstName": "New"}})
            made = made.get("contact", made)
            self.env.cr.execute(
                "UPDATE ghl_contact SET ghl_id = %s WHERE id = %s",
                [made["id"], contact.id],
            )
        self.env.invalidate_all()

    def test_many_suspects_are_looked_up_once_however_short_the_slices(self):
        self.set_setting("page_limit", 100)
        location = self.connect(1_200, clean=True)
        self.sync(location)
        gone = self.contacts(location)[:150]
        self.delete_upstream(location, gone)
        before = self.sandbox.requests_sent(location.ghl_id)
        with (
            self.short_slices(),
            patch.object(ghl_sync_run_close, "BATCHES_AT_ONCE", 1),
        ):
            run = self.sync(location, slices=120)
        self.assertEqual((run.state, run.proof_state), ("done", "proven"), run.error)
        self.assertEqual(run.contacts_deleted, 150)
        self.assertMirrors(location)
        # 12 pages, 4 lookups, each of 150 asked for once, and what surrounds a run.
        spent = self.sandbox.requests_sent(location.ghl_id) - before
        self.assertLess(spent, 150 + 90)

    def test_what_the_index_has_lost_is_not_buried_however_many(self):
        location = self.connect(600, clean=True)
        self.sync(location)
        lost = self.contacts(location)[:60]
        with (
            patch.object(ghl_sync_run_close, "CONFIRM_SINGLY", 20),
            patch.object(ghl_sync_run_close, "SAMPLE", 10),
        ):
            self.lose_from_search(location, lost)
            run = self.sync(location)
        self.assertEqual((run.state, run.contacts_deleted), ("done", 0), run.error)
        self.assertEqual(set(lost.mapped("active")), {True})
        self.assertIn(
            "does not find 60 contacts", " ".join(run.issue_ids.mapped("reason"))
        )

    def test_more_than_are_asked_for_singly_are_buried_when_a_sample_is_gone(self):
        location = self.connect(600, clean=True)
        self.sync(location)
        self.delete_upstream(location, self.contacts(location)[:60])
        with (
            patch.object(ghl_sync_run_close, "CONFIRM_SINGLY", 20),
            patch.object(ghl_sync_run_close, "SAMPLE", 10),
        ):
            run = self.sync(location)
        self.assertEqual(run.contacts_deleted, 60)
        self.assertMirrors(location)

    def test_a_verify_asks_a_person_as_a_full_sync_does(self):
        location = self.connect(400, clean=True)
        self.sync(location)
        self.delete_upstream(location, self.contacts(location)[:160])
        with (
            patch.object(ghl_sync_run_prove, "SMALL_LOCATION", 10),
            patch.object(ghl_sync_run_count, "SMALL_LOCATION", 10),
            patch.object(ghl_sync_run_count, "SMALL_LEAF", 20),
        ):
            run = self.sync(location, "verify")
        self.assertEqual((run.state, run.error_code), ("failed", "delete_brake"))
        self.assertEqual(location.contact_count, 400)
        self.assertIn("160 of 400", run.error)

    def test_refusals_in_any_words_are_denials_beside_a_witness(self):
        for status, body in (
            (400, {"statusCode": 400, "message": "Bad Request"}),
            (422, {"statusCode": 422, "message": ["id is invalid"]}),
            (410, {"statusCode": 410, "message": "Gone"}),
        ):
            with self.subTest(status=status, body=body):
                location = self.connect(60, clean=True)
                self.sync(location)
                gone = self.contacts(location)[:6]
                self.delete_upstream(location, gone)
                for contact in gone:
                    fault = {
                        "match": {"path": f"/contacts/{contact.ghl_id}"},
                        "fault": "status",
                        "status": status,
                        "body": body,
                        "count": 0,
                    }
                    self.sandbox.control("POST", "/faults", fault)
                run = self.sync(location)
                self.assertEqual((run.state, run.contacts_deleted), ("done", 6))
                self.assertMirrors(location)
                self.sandbox.control("DELETE", "/faults")

    def test_a_contact_that_is_neither_shown_nor_denied_stays(self):
        location = self.connect(60, clean=True)
        self.sync(location)
        (gone,) = self.contacts(location)[:1]
        self.delete_upstream(location, gone)
        fault = {"match": {"path": "/contacts/*", "method": "GET"}, "count": 0}
        body = {"statusCode": 400, "message": "Bad Request"}
        fault.update(fault="status", status=400, body=body)
        self.sandbox.control("POST", "/faults", fault)
        run = self.sync(location)
        self.assertEqual((run.state, run.proof_state), ("done", "not_proven"))
        self.assertTrue(gone.active)
        self.assertIn(gone.ghl_id, run.issue_ids.mapped("ghl_id"))

    def test_an_empty_index_buries_nobody_and_looks_nobody_up(self):
        location = self.connect(900, clean=True)
        self.sync(location)
        fault = {"match": SEARCH, "fault": "empty_page", "count": 0}
        self.sandbox.control("POST", "/faults", fault)
        before = self.sandbox.requests_sent(location.ghl_id)
        run = self.sync(location)
        self.assertFalse(run.contacts_deleted)
        self.assertEqual(location.contact_count, 900)
        self.assertLess(self.sandbox.requests_sent(location.ghl_id) - before, 200)

    def test_contacts_are_never_compared_each_with_each(self):
        """Whatever PostgreSQL takes the number of contacts for: so it is in a new
        mirror, until its statistics are brought up to date."""
        location = self.connect(30)
        run = self.sync(location)
        self.env.cr.execute("ANALYZE ghl_contact")
        self.env.cr.execute(
            SQL("EXPLAIN %s", run._suspects_sql(SQL("observed_at < now()"), since=0))
        )
        plan = "\n".join(line for (line,) in self.env.cr.fetchall())
        self.assertIn("SetOp", plan)
        self.assertNotIn("Nested Loop", plan)
        self.assertNotIn("SubPlan", plan)
