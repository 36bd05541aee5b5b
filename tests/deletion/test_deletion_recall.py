"""Who was denied, and is shown before anybody is archived, lives."""

from datetime import timedelta
from unittest.mock import patch

from odoo.tests.common import tagged
from odoo.tools import SQL

from odoo.addons.base.models import ir_cron

from ...engine.api.read_again import read_again
from ...engine.deletion.deletions import Deletions
from ...engine.deletion.store import candidates_of
from ...engine.slice.slice import SliceOver
from ..webhook.webhook_common import WorkerMixin
from .test_deletions import DeletionCase


@tagged("post_install", "-at_install", "ghl_engine")
class TestDeletionRecall(WorkerMixin, DeletionCase):
    def denied_by_a_run(self, gone):
        """Return the run that has the denials of these contacts, and waits."""
        self.delete_upstream(self.location, gone)
        with (
            patch.object(Deletions, "apply", side_effect=SliceOver),
            # A job whose work is never done is called again for that long.
            patch.object(ir_cron, "MIN_TIME_PER_JOB", 2),
        ):
            run = self.sync(self.location, slices=1)
        self.assertTrue(run._is_active())
        self.assertEqual(self.candidates(), {"confirmed_deleted": len(gone)}, run.error)
        return run

    def denied(self, *contacts, seconds_ago=5):
        """Have contacts that live wait to be archived, as denied by mistake."""
        store = candidates_of(self.location)
        store.announce({contact.ghl_id: None for contact in contacts})
        store.execute(
            SQL(
                "UPDATE ghl_deletion_candidate SET origin = 'run',"
                " checked_at = checked_at - %s",
                timedelta(seconds=seconds_ago),
            )
        )
        self.env.invalidate_all()

    def candidates(self):
        """Return {state: how many} of the location's candidates."""
        return candidates_of(self.location).count_by_state()

    def restore(self, contact):
        told = {"contact": {"firstName": "Back", "email": contact.email or "a@b.cc"}}
        path = f"{self.path}/contacts/{contact.ghl_id}/restore"
        self.sandbox.control("POST", path, told)

    def go_on(self, run):
        with self.enter_registry_test_mode():
            for _slice in range(5):
                self.work(self.location)
                if not run._is_active():
                    break

    def tombstones(self):
        return (
            self.env["ghl.deletion.candidate"]
            .search(
                [("location_id", "=", self.location.id), ("state", "=", "tombstone")]
            )
            .contact_id
        )

    def test_a_webhook_brings_back_whom_a_run_was_denied(self):
        gone = self.contacts(self.location)[:3]
        run = self.denied_by_a_run(gone)
        back = gone[0]
        self.restore(back)
        self.tell(back.ghl_id, "ContactCreate")
        self.go_on(run)
        self.assertProven(run)
        # Never archived, not even for a moment.
        self.assertEqual(self.tombstones(), gone - back)
        self.assertEqual(run.contacts_deleted, 2)
        self.assertMirrors(self.location)

    def test_a_page_of_another_run_brings_back_who_waits_to_be_archived(self):
        alive = self.contacts(self.location)[0]
        self.denied(alive)
        self.edit_one(alive)
        run = self.sync(self.location, "delta", slices=1)
        self.assertEqual(run.state, "done", run.error)
        self.assertFalse(self.candidates())
        self.assertFalse(self.tombstones())
        # The candidate that took the proof away is decided: it is made again.
        self.assertEqual(run.follow_up_kind, "verify")

    def test_a_page_that_was_asked_for_before_the_denial_brings_nobody_back(self):
        alive = self.contacts(self.location)[0]
        self.denied(alive, seconds_ago=-300)
        self.edit_one(alive)
        with patch.object(Deletions, "apply"):
            self.sync(self.location, "delta", slices=1)
        self.assertEqual(self.candidates(), {"confirmed_deleted": 1})

    def edit_one(self, contact):
        path = f"{self.path}/contacts/{contact.ghl_id}"
        body = {"set": {"city": "Oslo"}, "webhooks": False}
        self.sandbox.control("PATCH", path, body)

    def test_who_is_read_again_is_not_archived(self):
        alive, unlisted = self.contacts(self.location)[:2]
        self.hide(self.location, unlisted)
        self.denied(alive, unlisted)
        with self.enter_registry_test_mode():
            read_again(alive)
            self.assertEqual(self.candidates(), {"confirmed_deleted": 1})
            self.assertFalse(self.location.active_run_id)
            # The search does not show this one, GoHighLevel itself does.
            read_again(unlisted)
            self.env.invalidate_all()
            self.assertFalse(self.candidates())
            self.assertEqual(self.location.active_run_id.kind, "verify")
        self.assertTrue(alive.active and unlisted.active)

    def test_what_a_person_was_asked_about_stays_a_question(self):
        self.set_setting("delete_brake_minimum", 0)
        gone = self.contacts(self.location)[:30]
        self.delete_upstream(self.location, gone)
        run = self.sync(self.location)
        self.assertEqual(run.error_code, "delete_brake", run.error)
        self.restore(gone[0])
        self.tell(gone[0].ghl_id, "ContactCreate")
        self.work_off()
        self.assertEqual(self.candidates(), {"in_review": 30})
        self.assertTrue(gone[0].active)
