"""Events end in deletions only on evidence, and a flood stops no sync."""

from unittest.mock import patch

from odoo import fields
from odoo.tests.common import tagged
from odoo.tools import mute_logger

from ...engine import location_job
from ...engine.slice.slice import SliceOver
from ...engine.webhook import change, worker
from ...engine.webhook.round import Round
from ...tools.webhook.pace import RECHECK_DELAYS
from ..sandbox import SandboxCase
from .webhook_common import WorkerMixin

TOOLS = "odoo.addons.ghl_contact_sync.tools"
# Seconds: more than any test takes; the vendor's clock is put forward.
LAG = 600


@tagged("post_install", "-at_install", "ghl_webhooks")
class TestWebhookDeletes(WorkerMixin, SandboxCase):
    def fault_lookups(self, fault, **more):
        """Have every read of a single contact go wrong."""
        match = {"path": "/contacts/*", "method": "GET"}
        body = {"match": match, "fault": fault, "count": 0, **more}
        self.sandbox.control("POST", "/faults", body)

    def set_lag(self, seconds):
        self.sandbox.control("PATCH", "/settings", {"lag": seconds})

    def let_lag_pass(self):
        settings = {"lag": 0, "clock_offset": LAG + 1}
        self.sandbox.control("PATCH", "/settings", settings)
        self.let_time_pass()

    def contact(self, ghl_id):
        return self.contacts(self.location).filtered(lambda c: c.ghl_id == ghl_id)

    def live(self):
        return self.contacts(self.location).filtered("active")

    def candidates(self):
        return self.env["ghl.deletion.candidate"].search(
            [("location_id", "=", self.location.id)]
        )

    def reasons(self):
        return set(self.events().mapped("reason"))

    def requests_sent(self):
        return self.sandbox.requests_sent(self.location.ghl_id)

    def delete_many(self, count):
        """Delete contacts upstream, and tell of each."""
        deleted = self.edit(seed=11, delete=count)["deleted"]
        for ghl_id in deleted:
            self.tell(ghl_id, "ContactDelete")
        return deleted

    def take_turns(self):
        """Have one event worked off between any two steps of a run."""
        self.startPatcher(patch.object(worker, "TURN_EVENTS", 1))
        self.startPatcher(patch.object(worker, "TURN_SECONDS", 0))

    # === WHAT PROVES NOTHING === #

    @mute_logger(f"{TOOLS}.http.retry")
    def test_an_empty_answer_deletes_nobody(self):
        self.sandbox.control("PATCH", "/settings", {"dialects": ["tags-keep-updated"]})
        self.addCleanup(self.sandbox.control, "PATCH", "/settings", {"dialects": []})
        # The date of the hit does not tell that it is as new as the event.
        self.trust_hits_for(0)
        [ghl_id] = self.edit(seed=1, retag=1)["retagged"]
        self.tell(ghl_id, "ContactTagUpdate")
        self.fault_lookups("empty_body", status=200)
        with patch(f"{TOOLS}.http.retry.RetryPolicy._wait", return_value=0):
            self.work_off()
        self.assertTrue(self.contact(ghl_id).active)
        event = self.events()
        self.assertEqual((event.state, event.attempts), ("new", 1))
        self.sandbox.control("DELETE", "/faults")
        self.let_time_pass()
        self.work_off()
        self.assertMirrors(self.location)
        self.assertEqual(self.states(), {"done"})

    def test_a_gateway_deletes_nobody(self):
        ghl_id = self.some_id()
        self.tell(ghl_id, "ContactDelete")
        self.fault_lookups(
            "status", status=404, body={"message": "no Route matched with those values"}
        )
        self.work_off()
        self.assertTrue(self.contact(ghl_id).active)
        self.assertEqual(self.states(), {"new"})
        # The search shows it alive, and nothing else speaks to the contrary.
        self.let_time_pass()
        self.work_off()
        self.assertMirrors(self.location)

    def test_a_deletion_behind_a_refusal_is_unconfirmed_until_it_is_denied(self):
        [ghl_id] = self.delete_many(1)
        for status, message in ((404, "Not Found"), (403, "Forbidden"), (409, "Busy")):
            body = {"statusCode": status, "message": message}
            self.fault_lookups("status", status=status, body=body)
            for _look in range(2):
                self.events().write({"state": "new"})
                self.let_time_pass()
                self.work_off()
            self.assertTrue(self.contact(ghl_id).active)
            self.assertEqual(self.candidates().state, "unconfirmed")
            self.assertEqual(self.location.proof_state, "not_proven")
            self.sandbox.control("DELETE", "/faults")
        self.events().write({"state": "new"})
        self.let_time_pass()
        self.work_off(2)
        self.assertMirrors(self.location)
        self.assertEqual(self.states(), {"done"})
        self.assertEqual(self.candidates().state, "tombstone")
        # The proof that was taken back is made again.
        self.assertEqual(self.location.last_run_id.kind, "verify")
        self.assertEqual(self.location.proof_state, "proven")

    def test_many_delete_events_of_contacts_that_the_search_has_lost(self):
        """Each of them is shown by itself: not one is archived."""
        lost = self.contacts(self.location).sorted("id")[:20].mapped("ghl_id")
        self.sandbox.control("POST", f"{self.path}/hidden", {"ids": lost})
        for ghl_id in lost:
            self.tell(ghl_id, "ContactDelete")
        self.work_off()
        self.assertEqual(len(self.live()), 60)
        self.assertFalse(self.candidates())

    def test_denials_while_the_search_is_empty_delete_nobody(self):
        """Neither of all contacts, nor of those alone that the events are about."""
        told = self.contacts(self.location).sorted("id")[:15].mapped("ghl_id")
        body = {"statusCode": 404, "message": "Contact not found", "traceId": "t"}
        empty = {"match": {"path": "/contacts/search"}, "fault": "empty_page"}
        for paths in (["/contacts/*"], [f"/contacts/{key}" for key in told]):
            for event_type in ("ContactUpdate", "ContactDelete"):
                with self.subTest(paths=len(paths), event=event_type):
                    self.sandbox.control("POST", "/faults", {**empty, "count": 0})
                    for path in paths:
                        rule = {"match": {"path": path, "method": "GET"}, "count": 0}
                        rule.update(fault="status", status=404, body=body)
                        self.sandbox.control("POST", "/faults", rule)
                    for ghl_id in told:
                        self.tell(ghl_id, event_type)
                    for _look in range(3):
                        self.work_off()
                        self.assertNotIn("it lists", str(self.reasons()))
                        self.let_time_pass()
                    self.assertEqual(len(self.live()), 60)
                    self.assertEqual(self.location.contact_count, 60)
                    self.sandbox.control("DELETE", "/faults")
                    for _look in range(3):
                        self.work_off()
                        self.let_time_pass()
                    self.assertMirrors(self.location)

    # === THE BRAKE === #

    def test_many_deletions_wait_for_a_person(self):
        deleted = self.delete_many(40)
        self.work_off(2)
        self.assertEqual(len(self.live()), 60)
        self.assertEqual(self.states(), {"done"})
        self.assertIn("Review Deletions", self.events()[0].reason)
        review = self.location.deletion_review_id
        self.assertEqual((review.contact_count, review.mirrored), (40, 60))
        self.assertEqual(set(review.candidate_ids.mapped("ghl_id")), set(deleted))
        self.assertEqual(self.location.proof_state, "not_proven")
        review.with_user(self.manager).action_accept()
        self.work_off(3)
        self.assertMirrors(self.location)
        self.assertEqual(self.location.proof_state, "proven")

    def test_a_question_follows_contacts_that_webhooks_bring_back(self):
        deleted = self.delete_many(40)
        self.work_off(2)
        review = self.location.deletion_review_id
        for back, left, state in (
            (deleted[:30], 10, "open"),
            (deleted[30:], 0, "void"),
        ):
            for ghl_id in back:
                told = {"contact": {"id": ghl_id, "firstName": "Back"}}
                path = f"{self.path}/contacts/{ghl_id}/restore"
                self.sandbox.control("POST", path, told)
                self.tell(ghl_id, "ContactCreate")
            self.work_off(2)
            self.assertEqual((review.contact_count, review.state), (left, state))
        self.assertFalse(self.location.deletion_review_id)
        self.work_off(2)
        self.assertMirrors(self.location)
        self.assertEqual(self.location.proof_state, "proven")

    def test_many_deletions_in_small_lots_wait_for_a_person_as_well(self):
        for _lot in range(8):
            deleted = self.sandbox.control(
                "POST", f"{self.path}/edits", {"seed": _lot, "delete": 5}
            )["deleted"]
            for ghl_id in deleted:
                self.tell(ghl_id, "ContactDelete")
            self.work_off(2)
        self.assertEqual(len(self.live()), 30)
        review = self.location.deletion_review_id
        self.assertEqual((review.contact_count, review.lost), (10, 30))

    def test_what_the_search_shows_alive_is_not_archived(self):
        self.trust_hits_for(0)
        ghl_id = self.some_id()
        self.tell(ghl_id)
        gone = {"statusCode": 404, "message": "Contact not found", "traceId": "t"}
        self.fault_lookups("status", status=404, body=gone)
        for rechecks in range(len(RECHECK_DELAYS)):
            self.work_off()
            event = self.events()
            self.assertEqual((event.state, event.rechecks), ("new", rechecks + 1))
            self.assertTrue(self.contact(ghl_id).active)
            self.let_time_pass()
        self.work_off()
        self.assertEqual(self.states(), {"done"})
        self.assertMirrors(self.location)

    def test_a_deletion_that_the_search_does_not_show_yet_waits(self):
        self.trust_hits_for(0)
        self.set_lag(LAG)
        [ghl_id] = self.edit(seed=2, delete=1)["deleted"]
        # No event of the deletion has come, only one of an edit before it.
        self.tell(ghl_id)
        self.work_off()
        self.assertTrue(self.contact(ghl_id).active)
        self.assertEqual(self.states(), {"new"})
        self.let_lag_pass()
        self.work_off()
        self.assertMirrors(self.location)
        self.assertEqual(self.states(), {"done"})

    def test_a_deletion_before_the_search_has_caught_up_only_waits(self):
        """It takes no proof away, and orders no verify."""
        self.trust_hits_for(0)
        proof, runs = self.location.proof_state, self.location.run_ids
        self.set_lag(LAG)
        [ghl_id] = self.edit(seed=2, delete=1)["deleted"]
        self.tell(ghl_id, "ContactDelete")
        self.work_off()
        self.assertEqual(self.states(), {"new"})
        self.assertFalse(self.candidates())
        self.assertEqual(self.location.proof_state, proof)
        self.let_lag_pass()
        self.work_off()
        self.assertFalse(self.contact(ghl_id).active)
        self.assertEqual(self.states(), {"done"})
        self.assertEqual(self.location.run_ids, runs)
        self.assertEqual(self.location.proof_state, proof)

    def test_a_deletion_that_the_search_always_contradicts_stays_open(self):
        self.trust_hits_for(0)
        for few in (change.FEW_DELETES, 0):
            with self.subTest(few=few), patch.object(change, "FEW_DELETES", few):
                self.set_lag(LAG)
                [ghl_id] = self.edit(seed=few, delete=1)["deleted"]
                self.tell(ghl_id, "ContactDelete")
                for _look in range(len(RECHECK_DELAYS) + 1):
                    self.work_off()
                    self.assertTrue(self.contact(ghl_id).active)
                    self.let_time_pass()
                self.assertEqual(self.states(), {"done"})
                self.assertIn("still shows it", self.events()[-1:].reason)
                states = {one.ghl_id: one.state for one in self.candidates()}
                self.assertEqual(states[ghl_id], "unconfirmed")
                self.assertEqual(self.location.proof_state, "not_proven")

    # === MANY AT ONCE === #

    def test_many_deletions_cost_a_read_each_and_a_few_more(self):
        deleted = self.delete_many(20)
        before = self.requests_sent()
        self.work_off()
        # Searched for, asked for, and the control: listed, read, searched for.
        self.assertLessEqual(self.requests_sent(), before + 1 + 20 + 3)
        self.assertMirrors(self.location)
        self.assertEqual(self.states(), {"done"})
        self.assertEqual(self.location.contact_count, 60 - len(deleted))

    def test_many_deletions_wait_for_the_search_and_spare_who_lives(self):
        self.startPatcher(patch.object(change, "FEW_DELETES", 0))
        alive = self.some_id()
        self.set_lag(LAG)
        self.delete_many(5)
        self.tell(alive, "ContactDelete")
        before = self.requests_sent()
        self.work_off()
        self.assertEqual(self.requests_sent(), before + 1)
        self.assertEqual(self.location.contact_count, 60)
        self.assertEqual(self.states(), {"new"})
        self.let_lag_pass()
        self.work_off()
        self.assertTrue(self.contact(alive).active)
        self.assertMirrors(self.location)
        self.assertEqual(self.states(), {"done"})

    def test_a_search_that_holds_back_hits_proves_no_deletion(self):
        self.startPatcher(patch.object(change, "FEW_DELETES", 0))
        alive = self.some_id()
        self.tell(alive, "ContactDelete")
        match = {"path": "/contacts/search"}
        self.sandbox.control("POST", "/faults", {"match": match, "fault": "empty_page"})
        self.work_off()
        self.assertTrue(self.contact(alive).active)
        self.assertMirrors(self.location)

    # === WHEN THE TIME IS UP === #

    def time_is_up_after_each_round(self):
        worked = Round.work

        def over(one_round, commit):
            worked(one_round, commit)
            raise SliceOver

        return patch.object(Round, "work", over)

    def test_what_is_left_when_the_time_is_up_goes_on_at_once(self):
        self.startPatcher(patch.object(worker, "ROUND", 3))
        for number in range(9):
            self.tell(self.some_id(number))
        with self.time_is_up_after_each_round():
            # Odoo calls a job again that says that something is left.
            self.work_off()
        self.assertEqual(self.states(), {"done"})

    def test_what_waits_when_the_time_is_up_is_planned(self):
        self.trust_hits_for(0)
        self.set_lag(LAG)
        for ghl_id in self.edit(seed=5, update=2)["updated"]:
            self.tell(ghl_id)
        Trigger = self.env["ir.cron.trigger"]
        mine = [("cron_id", "=", self.location.sudo().cron_id.id)]
        Trigger.search(mine).unlink()
        with self.time_is_up_after_each_round():
            self.work_off()
        waiting = self.events().mapped("next_try_at")
        self.assertTrue(all(waiting))
        planned = Trigger.search(mine).mapped("call_at")
        self.assertTrue([one for one in planned if one >= min(waiting)])

    def test_a_deletion_that_a_sync_has_to_decide_is_not_told_as_done(self):
        [ghl_id] = self.edit(seed=4, delete=1)["deleted"]
        contact = self.contact(ghl_id)
        self.env["ghl.deletion.candidate"].create(
            {
                "location_id": self.location.id,
                "run_id": self.location.last_run_id.id,
                "contact_id": contact.id,
                "ghl_id": ghl_id,
                "origin": "run",
                "state": "unseen",
            }
        )
        self.tell(ghl_id, "ContactDelete")
        with patch.object(location_job, "confirm_deletions"):
            self.work_off()
        self.assertTrue(contact.active)
        self.assertIn("says that it is deleted", self.events().reason)

    # === IN TURN WITH A RUN === #

    def test_a_flood_of_events_does_not_stop_a_run(self):
        """Not even when each round of events says that the slice is over."""
        self.take_turns()
        for number in range(40):
            self.tell(self.some_id(number))
        Cron = self.env.registry["ir.cron"]
        work, commit_progress = Round.work, Cron._commit_progress
        no_time = False

        def slow_round(one_round, *arguments):
            nonlocal no_time
            no_time = True
            try:
                work(one_round, *arguments)
            finally:
                no_time = False

        def time_left(cron, *arguments, **kw):
            left = commit_progress(cron, *arguments, **kw)
            return 0 if no_time else left

        with (
            patch.object(Round, "work", slow_round),
            patch.object(Cron, "_commit_progress", time_left),
        ):
            run = self.sync(self.location, "delta")
        self.assertEqual(run.state, "done", run.error)
        self.assertIn("new", self.states())

    def test_events_that_a_run_left_over_wake_the_worker(self):
        self.take_turns()
        for number in range(20):
            self.tell(self.some_id(number))
        Trigger = self.env["ir.cron.trigger"]
        cron = self.location.sudo().cron_id
        Trigger.search([("cron_id", "=", cron.id)]).unlink()
        run = self.sync(self.location, "delta")
        self.assertEqual(run.state, "done", run.error)
        self.assertIn("new", self.states())
        now = fields.Datetime.now()
        later = [("cron_id", "=", cron.id), ("call_at", ">", now)]
        self.assertEqual(Trigger.search_count(later), 1)
        self.work_off()
        self.assertEqual(self.states(), {"done"})
