"""Contents count as read only where GoHighLevel has shown them."""

from datetime import timedelta

from odoo import fields
from odoo.tests.common import tagged

from ...engine.content.pace import parts_of
from ...engine.deletion.deletions import Deletions
from ...engine.schedule.due import due_kind
from ..deletion.test_deletions import NOT_FOUND, DeletionCase
from .audit_case import AuditCase


@tagged("post_install", "-at_install", "ghl_engine")
class TestUnread(DeletionCase, AuditCase):
    def read_long_ago(self, size):
        """Return a location, and when its contents were read: days ago."""
        location = self.connect(size, clean=True)
        self.sync(location)
        self.pass_time(location, days=8)
        return location, location.contents_at

    def test_an_audit_that_is_shown_nothing_has_read_nothing(self):
        for size in (60, 300):
            with self.subTest(size=size):
                location, before = self.read_long_ago(size)
                self.empty_search()
                run = self.sync(location, "audit")
                self.assertEqual(
                    (run.state, run.error_code), ("failed", "contents_unread")
                )
                self.assertIn(f"{size} contacts", run.error)
                self.assertEqual(location.contents_at, before)
                self.assertTrue(location.audit_requested_at)
                # Neither at once nor for ever: a pause, which grows.
                self.assertNotEqual(due_kind(location), "audit")
                self.make_peace()
                self.sync(location, "verify")
                self.pass_time(location, hours=2)
                location.last_delta_at = fields.Datetime.now()
                run = self.sync(location, "audit")
                self.assertEqual(run.state, "done", run.error)
                self.assertGreaterEqual(location.contents_at, run.started_at)
                self.assertFalse(location.audit_requested_at)

    def test_one_contact_that_is_not_shown_keeps_back_its_part_alone(self):
        location, before = self.read_long_ago(700)
        self.sync(location, "audit")
        self.pass_time(location, days=1)
        before = location.contents_at
        contact = self.contacts(location).sorted("date_added_ms")[0]
        self.hide(location, contact)
        self.refuse(403, {"statusCode": 403, "message": "Forbidden"}, contact)
        run = self.sync(location, "audit")
        self.assertEqual((run.state, run.error_code), ("failed", "contents_unread"))
        self.assertEqual(run.contacts_seen, 699)
        old = parts_of(location).filtered(lambda part: part.read_at < run.started_at)
        self.assertEqual(len(old), 1)
        self.assertTrue(old._holds(contact.date_added_ms))
        self.assertEqual(location.contents_at, before)

    def test_one_contact_that_is_not_shown_keeps_nobody_else_waiting(self):
        location, _before = self.read_long_ago(900)
        self.sync(location, "audit")
        contact = self.contacts(location).sorted("date_added_ms")[0]
        self.hide(location, contact)
        self.refuse(403, {"statusCode": 403, "message": "Forbidden"}, contact)
        with self.subTest("of a schedule, what is not due is not read again and again"):
            stuck = parts_of(location).filtered(
                lambda part: part._holds(contact.date_added_ms)
            )
            stuck.read_at -= timedelta(days=8)
            with self.enter_registry_test_mode():
                run, _created = location._order_sync("audit", "cron")
                self.work(location)
            self.assertEqual((run.state, run.error_code), ("failed", "contents_unread"))
            self.assertLess(run.contacts_seen, 900)
            self.assertEqual(location.last_delta_at, run.started_at)
        with self.subTest("of an order, it ends when all others are read"):
            run = self.sync(location, "audit")
            self.assertEqual(run.contacts_seen, 899)
            self.assertEqual((run.state, run.error_code), ("failed", "contents_unread"))
            self.assertFalse(location.audit_requested_at)
            self.assertLess(location.contents_at, run.started_at)

    def test_a_full_sync_that_is_shown_nothing_has_read_nothing(self):
        location, before = self.read_long_ago(250)
        location.audit_requested_at = fields.Datetime.now()
        self.empty_search()
        self.refuse(404, NOT_FOUND)
        run = self.sync(location)
        self.assertEqual((run.state, run.proof_state), ("done", "not_proven"))
        self.assertEqual(location.contents_at, before)
        self.assertTrue(location.audit_requested_at)

    def test_a_verify_that_is_shown_nothing_has_read_nothing(self):
        location, before = self.read_long_ago(60)
        self.empty_search()
        run = self.sync(location, "verify")
        self.assertEqual(run.state, "done", run.error)
        self.assertEqual(location.contents_at, before)
        self.make_peace()
        self.assertProven(self.sync(location, "verify"))
        self.assertGreater(location.contents_at, before)

    def test_whom_no_search_was_asked_for_is_searched_before_it_is_called_hidden(self):
        """A page lacked one contact, which the search lists."""
        location = self.connect(60, clean=True)
        self.sync(location)
        contact = self.contacts(location)[0]
        self.hide(location, contact)
        real = Deletions.resolve

        def resolve(deletions, *args, **options):
            path = f"/locations/{location.ghl_id}/hidden"
            self.sandbox.control("DELETE", path, {"ids": contact.mapped("ghl_id")})
            return real(deletions, *args, **options)

        self.patch_in("deletion.deletions.Deletions", "resolve", resolve)
        run = self.sync(location)
        self.assertProven(run)
        self.assertFalse(run.issue_ids)
        self.assertFalse(self.states(location))

    def test_one_missing_and_one_too_many_are_no_proof(self):
        for kind in ("full", "verify"):
            with self.subTest(kind):
                location = self.connect(60, clean=True)
                self.sync(location)
                self.hide(location, self.contacts(location)[0])
                # Names another location: it is counted, and cannot be mirrored.
                path = f"/locations/{location.ghl_id}/contacts"
                body = {"contact": {"id": "other1", "locationId": "elsewhere"}}
                self.sandbox.control("POST", path, body)
                run = self.sync(location, kind)
                self.assertEqual(run.proof_local, run.proof_remote)
                self.assertEqual((run.state, run.proof_state), ("done", "not_proven"))
                self.assertIn("cannot be mirrored", run.proof_message)
                self.assertEqual(self.states(location), {"hidden": 1})
