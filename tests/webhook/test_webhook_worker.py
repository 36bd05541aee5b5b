"""From the inbox to the mirror: against the sandbox, as the location's cron does it."""

import time
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests.common import tagged
from odoo.tools import mute_logger

from ...engine.location.webhook_gaps import is_silent_too_long
from ...engine.mirror.merge import Merger
from ...engine.schedule.due import order_what_is_due
from ...engine.vendor_access import refusals
from ...models.webhook.ghl_webhook_event_state import MAX_ATTEMPTS
from ...tools.errors import GhlServerError
from ..sandbox import SandboxCase
from .webhook_common import WorkerMixin

DRAIN = "odoo.addons.ghl_contact_sync.engine.webhook.worker"
RETRY = "odoo.addons.ghl_contact_sync.tools.http.retry"


@tagged("post_install", "-at_install", "ghl_webhooks")
class TestWebhookWorker(WorkerMixin, SandboxCase):
    # === WHAT EVENTS BRING === #

    def test_edits_of_every_kind_reach_the_mirror(self):
        done = self.edit(seed=5, update=6, create=3, delete=4, merge=2, retag=2, dnd=2)
        for kind, event_type in (
            ("updated", "ContactUpdate"),
            ("created", "ContactCreate"),
            ("deleted", "ContactDelete"),
            ("retagged", "ContactTagUpdate"),
            ("dnd", "ContactDndUpdate"),
        ):
            for ghl_id in done.get(kind, []):
                self.tell(ghl_id, event_type)
        for pair in done["merged"]:
            self.tell(pair["gone"], "ContactDelete")
            self.tell(pair["kept"], "ContactUpdate")
        runs = len(self.location.run_ids)
        self.work_off()
        self.assertMirrors(self.location)
        self.assertEqual(self.states(), {"done"})
        self.assertTrue(all(self.events().mapped("handled_at")))
        self.assertEqual(len(self.location.run_ids), runs)
        self.assertEqual(self.location.webhook_state, "ok")
        self.assertEqual(
            self.location.last_event_at, max(self.events().mapped("received_at"))
        )

    def test_many_events_of_one_contact_cost_one_search(self):
        ids = self.contacts(self.location).sorted("id")[:40].mapped("ghl_id")
        self.edit(seed=1, update=40, ids=ids)
        for _round in range(3):
            for ghl_id in reversed(ids):
                self.tell(ghl_id)
        before = self.sandbox.requests_sent(self.location.ghl_id)
        self.work_off()
        self.assertEqual(self.sandbox.requests_sent(self.location.ghl_id), before + 1)
        self.assertMirrors(self.location)
        self.assertEqual(len(self.events()), 120)
        self.assertEqual(self.states(), {"done"})

    def test_late_delete_does_not_undo_what_lives(self):
        ghl_id = self.some_id()
        # The contact was put back, or the event was wrong: upstream it lives.
        self.tell(ghl_id, at=time.time() - 10)
        self.tell(ghl_id, "ContactDelete")
        self.work_off()
        self.assertMirrors(self.location)
        self.let_time_pass()
        self.work_off()
        self.assertMirrors(self.location)
        self.assertEqual(self.states(), {"done"})

    def test_delete_wins_over_late_updates(self):
        [ghl_id] = self.edit(seed=2, delete=1)["deleted"]
        now = time.time()
        self.tell(ghl_id, "ContactDelete", at=now - 5)
        # An update from before arrives after it, and one with a wrong clock.
        self.tell(ghl_id, at=now - 60)
        self.tell(ghl_id, at=now + 60)
        self.work_off()
        self.assertMirrors(self.location)
        contact = self.contacts(self.location).filtered(lambda c: c.ghl_id == ghl_id)
        self.assertTrue(contact.deleted_at)
        self.assertEqual(self.states(), {"done"})
        self.assertEqual(self.location.contact_count, 59)

    def test_events_of_contacts_that_never_were_mirrored(self):
        self.tell("nobody-knows-this-one", "ContactDelete")
        self.tell("nor-this-one")
        self.work_off()
        self.assertMirrors(self.location)
        self.assertEqual(self.states(), {"done"})

    def test_location_update_refreshes_details(self):
        # The vendor's name, not one that somebody gave it here.
        self.location.write({"name": "Old Name", "ghl_name": "Old Name"})
        self.take_in(self.make_event("LocationUpdate", id=self.location.ghl_id))
        self.work_off()
        self.assertNotEqual(self.location.name, "Old Name")
        self.assertEqual(self.states(), {"done"})

    def test_details_that_cannot_be_read_hold_up_no_contact(self):
        match = {"path": self.path}
        for status in (403, 404, 422, 500):
            fault = {"match": match, "fault": "status", "status": status, "count": 0}
            self.sandbox.control("POST", "/faults", fault)
            [ghl_id] = self.edit(seed=status, update=1)["updated"]
            self.take_in(self.make_event("LocationUpdate", id=self.location.ghl_id))
            self.tell(ghl_id)
            with self.subTest(status=status), mute_logger(RETRY):
                self.work_off()
                self.assertMirrors(self.location)
                self.assertFalse(self.location.trouble_code)
                told = self.events().filtered("contact_ghl_id")
                self.assertEqual(set(told.mapped("state")), {"done"})
                details = (self.events() - told).sorted("id")[-1:]
                self.assertIn(details.state, ("new", "dead"))
            self.sandbox.control("DELETE", "/faults")
            self.events().unlink()

    def test_lagging_search_is_overtaken_and_followed(self):
        self.trust_hits_for(0)
        self.sandbox.control("PATCH", "/settings", {"lag": 600})
        done = self.edit(seed=9, update=3, create=2)
        for ghl_id in done["updated"] + done["created"]:
            self.tell(ghl_id)
        self.work_off()
        live = self.contacts(self.location).filtered("active")
        self.assertLessEqual(set(done["created"]), set(live.mapped("ghl_id")))
        for ghl_id in done["updated"]:
            [truth] = [
                contact
                for key, contact in self.sandbox.truth(self.location.ghl_id).items()
                if key == ghl_id
            ]
            mirrored = live.filtered(lambda c, key=ghl_id: c.ghl_id == key)
            self.assertEqual(
                mirrored.first_name or None, truth.get("firstName") or None
            )
        self.assertIn("new", self.states())
        settings = {"lag": 0, "clock_offset": 601}
        self.sandbox.control("PATCH", "/settings", settings)
        self.let_time_pass()
        self.work_off()
        self.assertMirrors(self.location)
        self.let_time_pass()
        self.work_off()
        self.assertEqual(self.states(), {"done"})

    def test_vendor_that_ignores_the_filter_is_asked_one_by_one(self):
        done = self.edit(seed=3, update=4, delete=2)
        for ghl_id in done["updated"]:
            self.tell(ghl_id)
        for ghl_id in done["deleted"]:
            self.tell(ghl_id, "ContactDelete")
        search = "odoo.addons.ghl_contact_sync.tools.ghl.client.GhlClient.search_by_ids"

        def everybody(client, ids):
            sort = [{"field": "dateAdded", "direction": "asc"}]
            return client.search(sort=sort, page_limit=20)

        with patch(search, everybody):
            self.work_off()
        live = self.contacts(self.location).filtered("active")
        self.assertEqual(
            set(live.mapped("ghl_id")), set(self.sandbox.truth(self.location.ghl_id))
        )
        self.assertEqual(self.location.contact_count, len(live))

    def test_events_are_drained_between_the_pages_of_a_sync(self):
        self.set_setting("page_limit", 100)
        self.edit(seed=4, update=3, create=300)
        [deleted] = self.edit(seed=5, delete=1)["deleted"]
        self.tell(deleted, "ContactDelete")
        run = self.sync(self.location)
        self.assertEqual(run.state, "done", run.error)
        self.assertMirrors(self.location)
        self.assertEqual(self.states(), {"done"})

    # === TROUBLE === #

    @mute_logger(RETRY)
    def test_passing_trouble_is_tried_again_later(self):
        done = self.edit(seed=6, update=2)
        for ghl_id in done["updated"]:
            self.tell(ghl_id)
        failing = patch(
            "odoo.addons.ghl_contact_sync.tools.ghl.client.GhlClient.search_by_ids",
            side_effect=GhlServerError("They are down.", status=503),
        )
        with failing:
            self.work_off()
        self.assertEqual(self.states(), {"new"})
        self.assertEqual(set(self.events().mapped("attempts")), {1})
        self.assertEqual(set(self.events().mapped("reason")), {"They are down."})
        self.assertGreater(
            min(self.events().mapped("next_try_at")), fields.Datetime.now()
        )
        self.assertTrue(
            self.env["ir.cron.trigger"].search(
                [
                    ("cron_id", "=", self.location.sudo().cron_id.id),
                    ("call_at", ">", fields.Datetime.now()),
                ]
            )
        )
        # Nothing is asked before it is due.
        before = self.sandbox.requests_sent(self.location.ghl_id)
        self.work_off()
        self.assertEqual(self.sandbox.requests_sent(self.location.ghl_id), before)
        self.let_time_pass()
        self.work_off()
        self.assertMirrors(self.location)
        self.assertEqual(self.states(), {"done"})

    def test_hopeless_events_end_with_a_reason_and_can_be_replayed(self):
        [ghl_id] = self.edit(seed=7, update=1)["updated"]
        self.tell(ghl_id)
        failing = patch(
            "odoo.addons.ghl_contact_sync.tools.ghl.client.GhlClient.search_by_ids",
            side_effect=GhlServerError("They are down.", status=503),
        )
        with failing:
            for _try in range(MAX_ATTEMPTS):
                self.let_time_pass()
                self.work_off()
        event = self.events()
        self.assertEqual((event.state, event.reason), ("dead", "They are down."))
        with self.assertRaises(AccessError):
            event.with_user(self.user).action_replay()
        event.with_user(self.manager).action_replay()
        self.assertEqual((event.state, event.reason, event.attempts), ("new", False, 0))
        self.work_off()
        self.assertEqual(event.state, "done")
        self.assertMirrors(self.location)

    @mute_logger(DRAIN)
    def test_unforeseen_error_stops_neither_the_cron_nor_the_sync(self):
        self.tell(self.some_id())
        with patch.object(Merger, "merge_batch", side_effect=ZeroDivisionError):
            self.work_off()
        self.assertEqual(self.states(), {"new"})
        self.assertNotIn("Zero", self.events().reason)
        run = self.sync(self.location, "delta")
        self.assertEqual(run.state, "done")
        self.let_time_pass()
        self.work_off()
        self.assertEqual(self.states(), {"done"})

    @mute_logger(
        "odoo.addons.ghl_contact_sync.tools.http.retry",
        "odoo.addons.ghl_contact_sync.tools.ghl.send_request",
    )
    def test_refused_token_waits_until_it_is_accepted(self):
        self.startPatcher(patch.object(refusals, "PATIENCE", 0))
        self.tell(self.some_id())
        token = self.location.connection_id.sudo().private_token
        self.sandbox.control("POST", "/tokens/revoke", {"token": token})
        self.work_off()
        self.assertEqual(self.location.connection_id.state, "needs_reauth")
        self.assertEqual(self.states(), {"new"})
        before = self.sandbox.requests_sent(self.location.ghl_id)
        self.let_time_pass()
        self.work_off()
        self.assertEqual(self.sandbox.requests_sent(self.location.ghl_id), before)

    def test_a_refusal_that_passes_costs_an_event_nothing(self):
        self.tell(self.some_id())
        fault = {"match": {}, "fault": "expired_token", "count": 0}
        self.sandbox.control("POST", "/faults", fault)
        for _again in range(12):
            self.work_off()
            self.let_time_pass()
        self.assertEqual(self.location.connection_id.state, "connected")
        self.assertEqual(self.states(), {"new"})
        self.assertEqual(self.events().attempts, 0)
        self.sandbox.control("DELETE", "/faults")
        self.work_off()
        self.assertEqual(self.states(), {"done"})

    # === LEFT BEHIND === #

    def test_events_that_slept_through_are_found(self):
        self.tell(self.some_id())
        Trigger = self.env["ir.cron.trigger"]
        domain = [("cron_id", "=", self.location.sudo().cron_id.id)]
        Trigger.search(domain).unlink()
        self.env["ghl.webhook.event"]._cron_look_after()
        self.assertFalse(Trigger.search(domain))
        self.events().received_at = fields.Datetime.now() - timedelta(minutes=2)
        self.env["ghl.webhook.event"]._cron_look_after()
        self.assertTrue(Trigger.search(domain))

    def test_old_events_are_forgotten_but_not_within_the_replay_window(self):
        self.tell(self.some_id(0))
        self.tell(self.some_id(1))
        self.set_setting("event_retention", 1)
        self.set_setting("webhook_replay_window", 10_080)
        young, old = self.events()
        young.received_at = fields.Datetime.now() - timedelta(days=7)
        old.received_at = fields.Datetime.now() - timedelta(days=9)
        self.env.flush_all()
        self.clean_up_old()
        self.assertEqual(self.events(), young)

    # === GAPS === #

    def test_missed_changes_are_shown_until_webhooks_come_again(self):
        self.tell(self.some_id(), at=time.time() - 3_000)
        self.work_off()
        self.assertEqual(self.location.webhook_state, "ok")
        # One change is told of, two are not; all are older than what may be under way.
        told, *missed = self.edit(seed=8, update=3)["updated"]
        self.tell(told)
        self.work_off()
        self.location.webhook_judged_ms = (time.time() - 1_000) * 1_000
        with patch(
            "odoo.addons.ghl_contact_sync.engine.location.webhook_gaps.GRACE_MS",
            -60_000,
        ):
            run = self.sync(self.location, "delta")
        self.assertEqual(run.contacts_updated, len(missed))
        self.assertMirrors(self.location)
        self.assertEqual(self.location.webhook_state, "gap")
        self.assertIn("2 changes", self.location.webhook_message)
        # Dead webhooks: later runs bring nothing, which is no sign of life.
        self.events().received_at = fields.Datetime.now() - timedelta(hours=1)
        message = self.location.webhook_message
        for _again in range(3):
            self.judge_later()
            self.assertEqual(self.location.webhook_state, "gap")
            self.assertEqual(self.location.webhook_message, message)
        # One that comes is.
        self.tell(told)
        self.events()[-1:].received_at = fields.Datetime.now()
        self.judge_later()
        self.assertEqual(self.location.webhook_state, "ok")
        self.assertFalse(self.location.webhook_message)

    def judge_later(self):
        """Read changes: of the last ten minutes, none was brought by a run before."""
        self.location.webhook_judged_ms = (time.time() - 600) * 1_000
        # A run's start has whole seconds: what the last one wrote lies before it.
        self.env.cr.execute(
            "UPDATE ghl_contact SET observed_at = observed_at - INTERVAL '5 seconds'"
        )
        self.env.invalidate_all()
        self.sync(self.location, "delta")
        self.assertGreater(self.location.webhook_judged_ms, (time.time() - 500) * 1_000)

    def test_silence_is_unusual_by_the_rhythm_of_the_week(self):
        self.tell(self.some_id())
        self.work_off()
        # One event in a week: ten weeks are usual. Fifty: one in three hours.
        for hours, read, rhythm, unusual in (
            (0.5, 3, 0, False),
            (100, 3, 0, False),
            (200, 250, 50, True),
            (200, 1, 0, False),
        ):
            with self.subTest(hours=hours, read=read):
                self.be_silent(hours, read)
                self.make_rhythm(rhythm)
                self.assertIs(is_silent_too_long(self.location), unusual)

    def be_silent(self, hours, read):
        """Have the last event come, and changes be read, so many hours ago."""
        now = fields.Datetime.now()
        self.location.last_event_at = now - timedelta(hours=hours)
        self.events().received_at = self.location.last_event_at
        self.location.last_delta_at = now - timedelta(hours=read)

    def test_unusual_silence_orders_a_read_before_its_time(self):
        # Nothing else is due: all was compared just now, changes were read long ago.
        self.location.write({"adaptive_sync": False, "delta_interval": 1_440})
        self.location.last_verify_at = fields.Datetime.now()
        self.be_silent(8, 6)
        self.make_rhythm(500)
        runs = self.location.run_ids
        run = order_what_is_due(self.location)
        self.assertEqual((run.kind, run.origin), ("delta", "webhook"))
        run._finish("failed", "In words.", "server_error")
        self.assertFalse(order_what_is_due(self.location), "not at each look")
        self.assertEqual(self.location.run_ids - runs, run)

    def make_rhythm(self, count):
        for _event in range(count):
            self.tell(self.some_id())
        self.events().received_at = self.location.last_event_at
        self.env.flush_all()
