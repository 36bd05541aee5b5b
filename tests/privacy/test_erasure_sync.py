"""Syncs leave erased persons out, and their proofs still add up."""

from unittest.mock import patch

from odoo.tests.common import tagged

from ...engine.privacy.left_out import count_listed
from ...engine.proof import proof
from ...engine.reading import counting
from ..sandbox import SandboxCase
from ..webhook.webhook_common import WorkerMixin
from .whole_database import tables_with

SIZE = 60


@tagged("post_install", "-at_install", "ghl_privacy", "ghl_engine")
class TestErasureSync(SandboxCase):
    def erased(self, **options):
        """Return a location that was read, one of whose persons was then erased.

        :return: (location, GHL id, texts that only this person has)
        """
        location = self.connect(SIZE, clean=True, **options)
        self.assertProven(self.sync(location))
        contact = self.contacts(location).filtered("email")[7]
        ghl_id, traces = contact.ghl_id, [contact.email, contact.ghl_id]
        if contact.phone:
            traces.append(contact.phone)
        contact.with_user(self.manager)._erase()
        self.assertLeftOut(location, traces)
        return location, ghl_id, traces

    def assertLeftOut(self, location, traces):
        self.assertEqual(location.contact_count, SIZE - 1)
        # Odoo's own contact was not made, so that nothing at all is left.
        self.assertFalse(tables_with(self.env, traces))

    def edit(self, location, ghl_id):
        path = f"/locations/{location.ghl_id}/contacts/{ghl_id}"
        self.sandbox.control(
            "PATCH", path, {"set": {"city": "Elsewhere"}, "webhooks": False}
        )

    def delete(self, location, ghl_id):
        path = f"/locations/{location.ghl_id}/contacts/{ghl_id}"
        self.sandbox.control("DELETE", path, webhooks=0)

    def test_every_kind_of_sync_leaves_the_person_out_and_is_proven(self):
        location, ghl_id, traces = self.erased()
        for kind in ("full", "verify", "delta", "full"):
            with self.subTest(kind):
                run = self.sync(location, kind)
                self.assertEqual(run.state, "done", run.error)
                if kind != "delta":
                    self.assertProven(run)
                    self.assertIn("1 of them were erased", run.proof_message)
                    self.assertEqual((run.proof_local, run.proof_remote), (SIZE, SIZE))
                self.assertLeftOut(location, traces)
                self.assertEqual(location.ghl_total, SIZE - 1)
                self.assertEqual(location.known_gap, 0)
            self.edit(location, ghl_id)
        self.assertEqual(count_listed(location), 1)

    def test_a_person_whom_ghl_has_deleted_too_breaks_no_proof(self):
        location, ghl_id, traces = self.erased()
        self.delete(location, ghl_id)
        for kind in ("verify", "full"):
            self.assertProven(self.sync(location, kind))
            self.assertLeftOut(location, traces)
            self.assertEqual(location.ghl_total, SIZE - 1)
        self.assertEqual(count_listed(location), 0)
        self.assertMirrors(location)

    def test_a_large_location_is_counted_by_windows_all_the_same(self):
        with (
            patch.object(proof, "SMALL_LOCATION", 20),
            patch.object(counting, "SMALL_LOCATION", 20),
            patch.object(counting, "SMALL_LEAF", 20),
        ):
            location, ghl_id, traces = self.erased()
            run = self.sync(location, "verify")
            self.assertProven(run)
            self.assertEqual(run.contacts_updated, 0)
            self.edit(location, ghl_id)
            self.assertProven(self.sync(location, "verify"))
            self.delete(location, ghl_id)
            self.assertProven(self.sync(location, "verify"))
            self.assertProven(self.sync(location))
            self.assertLeftOut(location, traces)

    def test_dates_that_no_calendar_has_do_not_spoil_the_proof(self):
        location = self.connect(SIZE, bad="year_zero")
        self.assertProven(self.sync(location))
        contacts = self.contacts(location)
        odd = contacts.filtered(lambda contact: contact.date_added_ms < 0)
        (odd or contacts)[:1].with_user(self.manager)._erase()
        for kind in ("full", "verify"):
            self.assertProven(self.sync(location, kind))
            self.assertEqual(count_listed(location), 1)


@tagged("post_install", "-at_install", "ghl_privacy")
class TestErasureWebhooks(WorkerMixin, SandboxCase):
    def test_webhooks_leave_an_erased_person_out(self):
        contact = self.contacts(self.location).filtered("email")[3]
        ghl_id, traces = contact.ghl_id, [contact.email]
        self.tell(ghl_id)
        self.assertTrue(self.events())
        contact.with_user(self.manager)._erase()
        self.assertFalse(self.events().filtered(lambda e: e.contact_ghl_id == ghl_id))
        path = f"{self.path}/contacts/{ghl_id}"
        edit = {"set": {"city": "Elsewhere"}, "webhooks": False}
        self.sandbox.control("PATCH", path, edit)
        self.tell(ghl_id)
        self.work_off(2)
        # Handled, and gone: an event names the person by the id.
        self.assertFalse(self.events().filtered(lambda e: e.contact_ghl_id == ghl_id))
        self.assertFalse(tables_with(self.env, [*traces, ghl_id]))
        self.assertEqual(count_listed(self.location), 1)
        self.sandbox.control("DELETE", path, webhooks=0)
        self.tell(ghl_id, "ContactDelete")
        self.work_off(2)
        self.assertEqual(count_listed(self.location), 0)
        self.assertProven(self.sync(self.location, "verify"))
        self.assertMirrors(self.location)
