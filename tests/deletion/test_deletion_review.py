"""The brake: when a person is asked, what each decision does, and for how long."""

import json
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import tagged
from odoo.tools import mute_logger

from ...engine.api.reviews import review_entry
from ...engine.api.sync_status import location_status
from ...engine.deletion import deletions
from ...engine.deletion.brake import Brake
from ..common import GhlCommon
from .test_deletions import ENGINE, NOT_FOUND, DeletionCase


@tagged("post_install", "-at_install", "ghl_engine")
class TestBrake(GhlCommon):
    def test_what_passes_and_what_asks(self):
        """(limit, minimum), gone now, lost in the week, mirrored → asks."""
        usual = (20, 50)
        for settings, gone, lost, mirrored, asks in (
            (usual, 0, 0, 1_000, False),
            (usual, 200, 0, 1_000, False),
            (usual, 201, 0, 1_000, True),
            # Little by little, a little every day.
            (usual, 100, 101, 899, True),
            (usual, 0, 500, 500, False),
            # Small locations: all, or most.
            (usual, 1, 0, 1, True),
            (usual, 11, 0, 11, True),
            (usual, 6, 0, 11, True),
            (usual, 5, 0, 11, False),
            (usual, 3, 5, 6, True),
            (usual, 50, 0, 99, True),
            (usual, 50, 0, 100, False),
            # Settings that ask never still ask about all.
            ((100, 1_000_000), 999, 0, 1_000, False),
            ((100, 1_000_000), 1_000, 0, 1_000, True),
            ((80, 0), 700, 0, 1_000, False),
            ((80, 0), 801, 0, 1_000, True),
            # A counter that went wrong.
            (usual, 5, 0, 0, True),
        ):
            with self.subTest(gone=gone, lost=lost, mirrored=mirrored):
                verdict = Brake(*settings).evaluate(gone, lost, mirrored)
                self.assertEqual(verdict.beyond, asks)


@tagged("post_install", "-at_install", "ghl_engine")
class TestDeletionReview(DeletionCase):
    def setUp(self):
        super().setUp()
        self.set_setting("delete_brake_minimum", 0)

    # === WHEN A PERSON IS ASKED === #

    def test_small_locations_are_guarded(self):
        for gone in (11, 8):
            with self.subTest(gone=gone):
                location = self.connect(11, clean=True)
                self.sync(location)
                lost = self.contacts(location)[:gone]
                self.hide(location, lost)
                self.refuse(404, NOT_FOUND, lost)
                run = self.sync(location)
                self.make_peace()
                self.assertEqual(run.error_code, "delete_brake", run.error)
                self.assertEqual(len(self.live(location)), 11)
                self.assertNotEqual(location.proof_state, "proven")
                self.assertIn(f"{gone} of 11", run.error)

    def test_a_verify_asks_as_a_full_sync_does(self):
        self.verify_by_windows()
        location, run = self.ask(400, 160, "verify")
        self.assertEqual(location.contact_count, 400)
        self.assertIn("160 of 400", run.error)
        self.assertEqual(run.review_ids.contact_count, 160)
        self.assertEqual(location.deletion_review_id, run.review_ids)

    def test_who_is_asked_sees_how_many_there_are_now(self):
        location, _run = self.ask(100, 40, "verify")
        self.assertEqual(location.ghl_total, 60)
        status = location_status(location)["status"]
        self.assertEqual(status["counts"]["ghl_total"], 60)
        self.assertNotIn("as many as", str(status["notes"]))

    def test_what_was_decided_is_not_asked_again(self):
        location, run = self.ask(100, 40, "verify")
        run.review_ids.action_keep()
        status = location_status(location)["status"]
        self.assertEqual(status["label"], "Contacts Kept")
        self.assertNotIn("review", [note["code"] for note in status["notes"]])
        # All that is offered yet is to have them looked at again.
        self.assertIn("review_deletions", [a["code"] for a in status["actions"]])
        told = review_entry(run.review_ids.with_user(self.manager), 1, 1)
        self.assertEqual((told["can_decide"], told["decisions"]), (False, ["verify"]))

    def test_a_loss_every_day_adds_up(self):
        location = self.connect(200, clean=True)
        self.sync(location)
        runs = []
        for _day in range(4):
            living = set(self.sandbox.truth(location.ghl_id))
            left = self.live(location).filtered(lambda c, ids=living: c.ghl_id in ids)
            self.delete_upstream(location, left[: len(left) * 19 // 100])
            runs.append(self.sync(location))
        self.assertEqual(runs[0].state, "done")
        self.assertEqual(runs[1].error_code, "delete_brake")
        self.assertEqual(len(self.live(location)), 162)
        # Each later question takes the earlier one over.
        last = location.deletion_review_id
        self.assertEqual((last.lost, last.contact_count), (38, 30 + 25 + 20))
        self.assertEqual(runs[1].review_ids.state, "superseded")
        with self.assertRaises(UserError):
            runs[1].review_ids.action_accept()

    def test_nothing_new_asks_nothing_anew(self):
        location, run = self.ask()
        review = run.review_ids
        before = self.sandbox.requests_sent(location.ghl_id)
        again = self.sync(location, "verify")
        self.assertEqual((again.state, again.proof_state), ("done", "not_proven"))
        self.assertIn("Review Deletions", location.proof_message)
        self.assertEqual(location.deletion_review_id, review)
        # Nobody is asked for once more meanwhile.
        spent = self.sandbox.requests_sent(location.ghl_id) - before
        self.assertLess(spent, 30)

    def test_very_many_are_asked_about_before_each_is_read(self):
        self.startPatcher(patch.object(deletions, "CONFIRM_IN_RUN", 20))
        self.startPatcher(patch.object(deletions, "HEALTH_CHECK_FROM", 20))
        self.startPatcher(patch.object(deletions, "HEALTH_SAMPLE", 5))
        location = self.connect(200, clean=True)
        self.sync(location)
        contacts = self.contacts(location)
        alive = contacts[:4]
        self.hide(location, alive)
        self.delete_upstream(location, contacts[4:100])
        before = self.sandbox.requests_sent(location.ghl_id)
        run = self.sync(location)
        self.assertEqual(run.error_code, "delete_brake", run.error)
        self.assertLess(self.sandbox.requests_sent(location.ghl_id) - before, 60)
        self.assertEqual(run.review_ids.contact_count, 100)
        run.review_ids.action_accept()
        self.work_off(location, 8)
        # Accepted or not: who lives, stays.
        self.assertTrue(all(alive.mapped("active")))
        self.assertEqual(len(self.live(location)), 104)

    # === ACCEPT === #

    def test_accepted_contacts_are_confirmed_again_and_archived(self):
        location, run = self.ask()
        review = run.review_ids.with_user(self.manager)
        before = len(location.message_ids)
        asked = self.sandbox.requests_sent(location.ghl_id)
        review.action_accept()
        self.assertEqual(len(self.live(location)), 100)
        self.work_off(location)
        self.assertMirrors(location)
        self.assertGreaterEqual(self.sandbox.requests_sent(location.ghl_id) - asked, 40)
        self.assertEqual(location.proof_state, "proven")
        self.assertEqual(
            (review.state, review.decided_by_id), ("accepted", self.manager)
        )
        self.assertTrue(review.decided_at)
        self.assertEqual(run.review_decided_by_id, self.manager)
        self.assertEqual(run.contacts_deleted, 40)
        message = location.message_ids[0]
        self.assertGreater(len(location.message_ids), before)
        self.assertEqual(message.author_id, self.manager.partner_id)
        self.assertIn("40 contacts", message.body)

    def test_a_run_that_comes_first_archives_what_is_accepted(self):
        location, run = self.ask()
        run.review_ids.action_accept()
        follower = self.sync(location, "verify")
        self.assertProven(follower)
        self.assertMirrors(location)

    @mute_logger(ENGINE)
    def test_an_acceptance_binds_to_the_contacts_of_the_list(self):
        location, run = self.ask()
        gone = self.contacts(location)[:40]
        run.review_ids.action_accept()
        # An outage in which nobody exists.
        self.empty_search()
        self.refuse(404, NOT_FOUND)
        self.sync(location)
        self.assertGreaterEqual(len(self.live(location)), 60)
        self.assertFalse(
            set((self.contacts(location) - gone).mapped("active")) - {True}
        )
        self.make_peace()
        self.env["ghl.sync.run"]._get_active(location)._request_cancel()
        self.work_off(location)
        self.sync(location, "verify")
        self.assertMirrors(location)

    def test_others_need_a_decision_of_their_own(self):
        location, run = self.ask()
        run.review_ids.action_accept()
        # Meanwhile many more go: nobody agreed to those.
        more = self.contacts(location)[40:80]
        self.delete_upstream(location, more)
        follower = self.sync(location)
        self.assertEqual(follower.error_code, "delete_brake", follower.error)
        self.assertEqual(set(more.mapped("active")), {True})
        self.assertEqual(len(self.live(location)), 60)
        self.assertEqual(
            set(follower.review_ids.candidate_ids.contact_id.ids), set(more.ids)
        )

    def test_what_came_back_stays_in_spite_of_an_acceptance(self):
        location, run = self.ask()
        back = self.contacts(location)[:3]
        run.review_ids.action_accept()
        for contact in back:
            path = f"/locations/{location.ghl_id}/contacts/{contact.ghl_id}/restore"
            told = {"id": contact.ghl_id, "firstName": "Back"}
            self.sandbox.control("POST", path, {"contact": told})
        self.work_off(location)
        self.assertTrue(all(back.mapped("active")))
        self.assertMirrors(location)

    def test_a_review_expires_and_so_does_an_acceptance(self):
        for accepted in (False, True):
            with self.subTest(accepted=accepted):
                location, run = self.ask()
                review = run.review_ids
                if accepted:
                    review.action_accept()
                review.expires_at = fields.Datetime.now() - timedelta(days=365)
                if not accepted:
                    with self.assertRaises(UserError):
                        review.action_accept()
                self.work_off(location)
                self.assertEqual(len(self.live(location)), 100)
                # A new run asks anew.
                again = self.sync(location)
                self.assertEqual(again.error_code, "delete_brake", again.error)
                self.assertEqual(len(self.live(location)), 100)
                self.assertEqual(again.review_ids.contact_count, 40)

    # === KEEP AND VERIFY AGAIN === #

    def test_kept_contacts_stay_and_nobody_is_asked_again(self):
        location, run = self.ask()
        run.review_ids.action_keep()
        again = self.sync(location)
        self.assertEqual((again.state, again.proof_state), ("done", "not_proven"))
        self.assertEqual(len(self.live(location)), 100)
        self.assertIn("40 contacts", location.proof_message)
        self.assertIn("kept", location.proof_message)
        self.assertFalse(location.deletion_review_id)
        # The way back is offered still.
        status = location_status(location.with_user(self.manager))["status"]
        self.assertEqual(status["code"], "not_proven")
        self.assertEqual(status["actions"][0]["code"], "review_deletions")
        # Fewer than the brake allows go on as ever.
        self.delete_upstream(location, self.contacts(location)[40:45])
        self.sync(location)
        self.assertEqual(len(self.live(location)), 95)
        run.review_ids.action_verify_again()
        self.work_off(location)
        self.assertEqual(location.deletion_review_id.contact_count, 40)

    def test_verify_again_finds_what_was_lost_for_a_while(self):
        location = self.connect(100, clean=True)
        self.sync(location)
        lost = self.contacts(location)[:60]
        self.hide(location, lost)
        self.refuse(404, NOT_FOUND, lost)
        run = self.sync(location)
        self.make_peace()
        self.assertEqual(run.error_code, "delete_brake")
        path = f"/locations/{location.ghl_id}/hidden"
        self.sandbox.control("DELETE", path, {"ids": lost.mapped("ghl_id")})
        run.review_ids.action_verify_again()
        self.assertEqual(run.review_ids.state, "verify")
        self.work_off(location)
        self.assertEqual(location.proof_state, "proven")
        self.assertMirrors(location)
        self.assertFalse(self.states(location))

    # === WHO === #

    def test_administrators_decide_once_and_others_learn_whom_to_ask(self):
        location, run = self.ask()
        review = run.review_ids
        for action in ("action_accept", "action_keep", "action_verify_again"):
            with self.assertRaisesRegex(AccessError, "Ask .*[a-z]"):
                getattr(review.with_user(self.user), action)()
        self.assertFalse(review.with_user(self.user).can_decide)
        self.assertIn(self.manager.name, review.with_user(self.user).whom_to_ask)
        self.assertTrue(review.with_user(self.manager).can_decide)
        action = run.with_user(self.user).action_review_deletions()
        self.assertEqual(
            (action["res_model"], action["res_id"]), (review._name, review.id)
        )
        self.assertEqual(location.action_review_deletions()["res_id"], review.id)
        review.with_user(self.manager).action_keep()
        with self.assertRaisesRegex(UserError, "decided already"):
            review.with_user(self.manager).action_accept()
        self.assertEqual(self.states(location), {"kept": 40})

    def test_the_list_is_searchable_and_exportable(self):
        _location, run = self.ask(kind="full")
        candidates = run.review_ids.candidate_ids.with_user(self.user)
        one = candidates[0]
        found = candidates.search(
            [("review_id", "=", run.review_ids.id), ("email", "ilike", one.email)]
        )
        self.assertEqual(found, one)
        self.user.group_ids += self.env.ref("base.group_allow_export")
        rows = candidates.export_data(["name", "email", "phone", "reason"])["datas"]
        self.assertEqual(len(rows), 40)
        self.assertIn(one.email, json.dumps(rows))
