"""Installs and removals of an app concern the connections of that app."""

import time
from unittest.mock import patch

from psycopg2.errors import LockNotAvailable, UniqueViolation

from odoo.tests.common import tagged
from odoo.tools import mute_logger

from ...engine.connection import agency
from ...models.webhook import ghl_webhook_event_state as event_state
from ...tools.errors import GhlServerError
from ..sandbox import SandboxCase
from .webhook_common import APP_ID, WebhookMixin

STATE = "odoo.addons.ghl_contact_sync.models.webhook.ghl_webhook_event_state"


@tagged("post_install", "-at_install", "ghl_webhooks")
class TestInstallEvents(WebhookMixin, SandboxCase):
    def setUp(self):
        super().setUp()
        self.set_setting("webhook_app_ids", "another")
        self.connection.write({"auth_kind": "oauth", "client_id": f"{APP_ID}-1"})

    def test_an_app_that_only_sends_webhooks_ends_nobody_s_install(self):
        """It stands in Settings, and another app's install reads the location."""
        for kind in ("UNINSTALL", "INSTALL"):
            payload = self.make_event(kind, id=None, appId="another")
            self.assertEqual(self.take_in(payload), "ignored")
        Event = self.env["ghl.webhook.event"]
        self.assertFalse(Event.search([]))

    def test_users_of_another_account_do_not_see_the_event(self):
        other = self.connection.copy({"name": "Aaa, first by its name"})
        other.write({"client_id": f"{APP_ID}-1", "ghl_company_id": "theirs"})
        self.connection.ghl_company_id = "ours"
        self.take_in(self.make_event("INSTALL", id=None, companyId="ours"))
        events = self.env["ghl.webhook.event"].search([])
        self.assertEqual(events.connection_id, self.connection)

    def test_connections_of_the_app_are_told_in_the_order_of_what_happened(self):
        told = []
        connection = self.connection
        applied = patch.object(
            agency,
            "apply_install_event",
            lambda apps, kind, details: told.append((apps.ids, kind, details)),
        )
        now = time.time()
        here = {"id": None, "locationId": "place-1", "companyId": "agency"}
        there = {"id": None, "locationId": "place-2", "companyId": "agency"}
        Event = self.env["ghl.webhook.event"]
        with applied, self.enter_registry_test_mode():
            # Removed and installed again, delivered the wrong way round.
            self.take_in(self.make_event("INSTALL", at=now, **here))
            self.take_in(self.make_event("UNINSTALL", at=now - 60, **here))
            self.take_in(self.make_event("UNINSTALL", at=now, **there))
            self.env.ref("ghl_contact_sync.ir_cron_webhooks").method_direct_trigger()
        self.assertEqual(
            [(kind, details["locationId"]) for _ids, kind, details in told],
            [("INSTALL", "place-1"), ("UNINSTALL", "place-2")],
        )
        self.assertIn(connection.id, told[0][0])
        self.assertEqual(
            sorted(Event.search([]).mapped("state")), ["done", "done", "ignored"]
        )

    def test_one_that_waited_for_a_token_in_vain_is_put_off(self):
        calls = []

        def apply(_apps, _kind, details):
            calls.append(details["locationId"])
            if details["locationId"] == "place-1":
                raise LockNotAvailable

        Event = self.env["ghl.webhook.event"]
        with (
            patch.object(agency, "apply_install_event", apply),
            self.enter_registry_test_mode(),
        ):
            for place in ("place-1", "place-2"):
                self.take_in(self.make_event("UNINSTALL", id=None, locationId=place))
            self.env.ref("ghl_contact_sync.ir_cron_webhooks").method_direct_trigger()
        # Not waited for again at once.
        self.assertEqual(calls, ["place-1", "place-2"])
        put_off, done = Event.search([], order="id")
        self.assertEqual((put_off.state, done.state), ("new", "done"))
        self.assertTrue(put_off.next_try_at)
        self.assertIn("token", put_off.reason)

    @mute_logger(STATE)
    def test_trouble_with_one_leaves_the_others(self):
        def apply(_connections, _kind, details):
            if details["locationId"] == "place-1":
                raise GhlServerError("They are down.")

        with (
            patch.object(agency, "apply_install_event", apply),
            self.enter_registry_test_mode(),
        ):
            for place in ("place-1", "place-2"):
                self.take_in(self.make_event("INSTALL", id=None, locationId=place))
            self.env.ref("ghl_contact_sync.ir_cron_webhooks").method_direct_trigger()
        events = self.env["ghl.webhook.event"].search([], order="id")
        self.assertEqual(events.mapped("state"), ["new", "done"])
        self.assertEqual(events[0].reason, "They are down.")

    def test_a_location_that_another_job_has_just_added_is_no_trouble(self):
        tries = []

        def apply(_connections, _kind, _details):
            tries.append(1)
            if len(tries) == 1:
                raise UniqueViolation("somebody was quicker")

        with (
            patch.object(agency, "apply_install_event", apply),
            self.enter_registry_test_mode(),
            self.assertNoLogs(STATE, "ERROR"),
        ):
            self.take_in(self.make_event("INSTALL", id=None, locationId="place-1"))
            self.env.ref("ghl_contact_sync.ir_cron_webhooks").method_direct_trigger()
        event = self.env["ghl.webhook.event"].search([])
        self.assertEqual((event.state, event.attempts, len(tries)), ("done", 0, 2))

    def test_what_is_left_when_the_time_is_up_brings_the_worker_back(self):
        """Others count on it: they wake nobody while an earlier event waits."""
        told, cron = [], self.env["ir.cron"]
        ends = [10.0, 0.0]
        with (
            patch.object(
                agency, "apply_install_event", lambda *args: told.append(args)
            ),
            patch.object(event_state, "ROUND", 1),
            patch.object(event_state, "seconds_left", lambda _env: ends.pop(0)),
            patch.object(type(cron), "_commit_progress", autospec=True) as progress,
        ):
            for place in ("place-1", "place-2"):
                self.take_in(self.make_event("INSTALL", id=None, locationId=place))
            self.env["ghl.webhook.event"]._drain_app_events()
        self.assertEqual(len(told), 1)
        self.assertEqual(progress.call_args.kwargs["remaining"], 1)

    def test_what_arrives_while_others_are_told_is_told_as_well(self):
        """It counts on the worker that is at work, and wakes none."""
        told = []

        def apply(_connections, _kind, details):
            told.append(details["locationId"])
            if len(told) == 1:
                late = self.make_event("INSTALL", id=None, locationId="place-2")
                self.take_in(late)

        with (
            patch.object(agency, "apply_install_event", apply),
            self.enter_registry_test_mode(),
        ):
            self.take_in(self.make_event("INSTALL", id=None, locationId="place-1"))
            self.env.ref("ghl_contact_sync.ir_cron_webhooks").method_direct_trigger()
        self.assertEqual(told, ["place-1", "place-2"])
        states = self.env["ghl.webhook.event"].search([]).mapped("state")
        self.assertEqual(set(states), {"done"})
