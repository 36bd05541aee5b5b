"""POST /api/ghl/webhook: what is let in, and what everybody else is told."""

import json
import time
from types import SimpleNamespace
from unittest.mock import patch

import psycopg2

from odoo.tests.common import HttpCase, tagged
from odoo.tools import mute_logger

from ... import const
from ...controllers import webhook_controller
from ...tools.webhook.refusals import WRITES_A_MINUTE, RefusalBook
from ..common import GhlCommon
from .webhook_common import APP_ID, Signer, WebhookMixin

CONTROLLER = "odoo.addons.ghl_contact_sync.controllers.webhook_controller"
EVENT = "odoo.addons.ghl_contact_sync.models.webhook.ghl_webhook_event.GhlWebhookEvent"
MUTED = (CONTROLLER, "odoo.http", "odoo.sql_db")


@tagged("post_install", "-at_install")
class TestWebhookDelivery(WebhookMixin, GhlCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.startPatcher(
            patch.object(
                webhook_controller, "refusals", webhook_controller.RefusalLog()
            )
        )
        self.startPatcher(patch.object(webhook_controller, "book", RefusalBook()))
        self.env.flush_all()

    def post(self, body, headers=None, method="POST"):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if headers is None:
            headers = self.signer.headers(body)
        answer = self.url_open(
            const.ROUTE_WEBHOOK, data=body, headers=headers, method=method
        )
        self.env.invalidate_all()
        return answer

    def assertAnswer(self, answer, status):
        self.assertEqual(answer.status_code, status)
        self.assertEqual(answer.content, b"")
        self.assertNotIn("Set-Cookie", answer.headers)
        # So that a proxy can tell our answers from Odoo's without a database.
        self.assertEqual(answer.headers["X-GHL-Contact-Sync"], "1")
        self.assertEqual("Retry-After" in answer.headers, status == 429)

    def assertRefused(self, body, status=401, headers=None):
        with mute_logger(*MUTED):
            self.assertAnswer(self.post(body, headers), status)
        self.assertFalse(self.env["ghl.webhook.event"].search([]))

    # === LET IN === #

    def test_event_is_stored_without_its_data_and_wakes_the_worker(self):
        triggers = self.env["ir.cron.trigger"].search([])
        payload = self.make_event()
        self.assertAnswer(self.post(payload), 200)
        event = self.events()
        self.assertRecordValues(
            event,
            [
                {
                    "webhook_id": payload["webhookId"],
                    "event_type": "ContactUpdate",
                    "contact_ghl_id": "contact000001",
                    "location_id": self.location.id,
                    "connection_id": self.connection.id,
                    "company_id": self.company.id,
                    "app_id": APP_ID,
                    "state": "new",
                    "details": False,
                }
            ],
        )
        self.assertAlmostEqual(event.event_ms / 1_000, time.time(), delta=30)
        self.assertAlmostEqual(
            event.event_at.timestamp(), event.event_ms / 1_000, delta=1
        )
        self.env.cr.execute(
            "SELECT to_jsonb(e)::text FROM ghl_webhook_event e WHERE id = %s",
            [event.id],
        )
        self.assertNotIn("ada@example.com", self.env.cr.fetchone()[0])
        woken = self.env["ir.cron.trigger"].search([]) - triggers
        self.assertEqual(woken.cron_id, self.location.sudo().cron_id)

    def test_worker_is_woken_once_while_events_wait(self):
        for _number in range(5):
            self.assertAnswer(self.post(self.make_event()), 200)
        self.assertEqual(len(self.events()), 5)
        triggers = self.env["ir.cron.trigger"].search(
            [("cron_id", "=", self.location.sudo().cron_id.id)]
        )
        self.assertEqual(len(triggers), 1)

    def test_either_signature_will_do(self):
        for name in ("X-GHL-Signature", "X-WH-Signature"):
            with self.subTest(name=name):
                body = json.dumps(self.make_event()).encode()
                headers = {"X-GHL-Signature": "N/A", "X-WH-Signature": "N/A"}
                headers[name] = self.signer.headers(body)[name]
                self.assertAnswer(self.post(body, headers), 200)
        self.assertEqual(len(self.events()), 2)

    def test_any_content_type_is_read_raw(self):
        for kind in (
            "application/json; charset=utf-8",
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
        ):
            with self.subTest(kind=kind):
                body = json.dumps(self.make_event()).encode()
                headers = {**self.signer.headers(body), "Content-Type": kind}
                self.assertAnswer(self.post(body, headers), 200)
        self.assertEqual(len(self.events()), 4)

    def test_duplicates_are_answered_and_dropped(self):
        payload = self.make_event()
        for _delivery in range(3):
            self.assertAnswer(self.post(payload), 200)
        # Signed anew with another timestamp, as a repetition may be.
        again = self.make_event(webhookId=payload["webhookId"])
        self.assertAnswer(self.post(again), 200)
        self.assertEqual(len(self.events()), 1)

    def test_events_without_an_id_are_told_apart_by_their_body(self):
        payload = self.make_event(webhookId=None)
        for _delivery in range(2):
            self.assertAnswer(self.post(payload), 200)
        self.assertEqual(len(self.events()), 1)

    # === REFUSED === #

    def test_what_is_not_proven_is_refused(self):
        body = json.dumps(self.make_event()).encode()
        good = self.signer.headers(body)
        wrong = Signer().headers(body)
        for headers in (
            {},
            {"X-GHL-Signature": "N/A"},
            wrong,
            {**good, "X-GHL-Signature": wrong["X-GHL-Signature"]},
            {"X-WH-Signature": wrong["X-WH-Signature"]},
            {"X-GHL-Signature": "junk"},
            self.signer.headers(body + b"\n"),
        ):
            with self.subTest(headers=list(headers)):
                self.assertRefused(body, headers=headers)

    def test_without_a_key_everything_is_refused(self):
        self.env["ir.config_parameter"].search(
            [("key", "=", "ghl_contact_sync.webhook_public_keys")]
        ).unlink()
        # Now only the vendor's own keys count.
        self.assertRefused(self.make_event())
        with patch.object(const, "WEBHOOK_PUBLIC_KEYS", ""):
            self.assertRefused(self.make_event())

    def test_rsa_can_be_switched_off(self):
        self.set_setting("webhook_rsa_enabled", "False")
        body = json.dumps(self.make_event()).encode()
        older = {"X-WH-Signature": self.signer.sign_rsa(body)}
        self.assertRefused(body, headers=older)
        self.assertAnswer(self.post(body), 200)

    def test_everything_can_be_switched_off(self):
        self.set_setting("webhook_enabled", "False")
        self.assertRefused(self.make_event())

    def test_replay_window(self):
        now = time.time()
        for age, stored in ((89, True), (91, False), (-9, True), (-11, False)):
            with self.subTest(age=age):
                payload = self.make_event(at=now - age * 60)
                if stored:
                    self.assertAnswer(self.post(payload), 200)
                    self.events().unlink()
                    self.env.flush_all()
                else:
                    self.assertRefused(payload)
        self.assertRefused(self.make_event(timestamp=None))
        self.assertRefused(self.make_event(timestamp="soon"))

    def test_signed_junk_is_refused(self):
        for body in (b"", b"junk", b"[]", b"null", b"\xff", b"{}", b"[" * 100_000):
            with self.subTest(body=body[:10]):
                self.assertRefused(body, 400)

    def test_large_bodies_are_refused_unread(self):
        body = b'{"type":"' + b"x" * 10_000_000 + b'"}'
        with patch.object(webhook_controller, "verify", side_effect=AssertionError):
            self.assertRefused(body, 413, headers={"X-GHL-Signature": "N/A"})

    def test_other_methods_are_refused(self):
        for method in ("GET", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"):
            with self.subTest(method=method):
                answer = self.post(self.make_event(), method=method)
                self.assertAnswer(answer, 405)
                self.assertEqual(answer.headers["Allow"], "POST")
        self.assertFalse(self.events())

    def test_refusals_are_logged_once_a_minute_without_detail(self):
        payload = self.make_event()
        with self.assertLogs(CONTROLLER, "WARNING") as logs:
            for _delivery in range(5):
                self.post(payload, headers={"X-GHL-Signature": "junk"})
        self.assertEqual(len(logs.output), 1)
        self.assertNotIn("ada@example.com", logs.output[0])
        self.assertNotIn(payload["webhookId"], logs.output[0])

    # === COUNTED === #

    def counted(self):
        self.env.invalidate_all()
        found = self.env["ghl.webhook.refusal"].search([])
        return {one.reason: one.count for one in found}

    def test_refusals_are_counted_by_reason(self):
        now = time.time()
        event = self.make_event()
        body = json.dumps(event).encode()
        good = self.signer.headers(body)
        for reason, payload, headers in (
            ("bad_signature", body, {**good, "X-GHL-Signature": "AAAA"}),
            ("unsigned", body, {"X-GHL-Signature": "N/A"}),
            ("too_old", self.make_event(at=now - 7 * 3_600), None),
            ("too_new", self.make_event(at=now + 7 * 3_600), None),
            ("no_timestamp", self.make_event(timestamp=None), None),
            ("malformed", b"{}", None),
            ("too_large", b"x" * 2_000_000, None),
            ("unknown_location", self.make_event(locationId="not-ours"), None),
            ("unknown_app", self.make_event(appId="not-ours"), None),
            ("unknown_app", self.make_event("INSTALL", appId="not-ours"), None),
        ):
            before = self.counted().get(reason, 0)
            with self.subTest(reason=reason), mute_logger(*MUTED):
                self.post(payload, headers)
                self.assertEqual(self.counted()[reason], before + 1)
        self.set_setting("webhook_rsa_enabled", "False")
        with mute_logger(*MUTED):
            self.post(body, {"X-WH-Signature": good["X-WH-Signature"]})
            self.set_setting("webhook_enabled", "False")
            self.post(body)
        self.assertEqual(self.counted()["no_key"], 1)
        self.assertEqual(self.counted()["switched_off"], 1)
        self.assertEqual(self.env["ghl.webhook.event"].search_count([]), 1)

    def test_refusals_are_shown_in_words(self):
        with mute_logger(*MUTED):
            self.post(self.make_event(at=time.time() - 7 * 3_600))
        [told] = self.env["ghl.webhook.refusal"].with_user(self.user)._recent()
        self.assertEqual((told["code"], told["count"]), ("too_old", 1))
        self.assertIn("7 hours", told["text"])
        self.assertIn("clock", self.connection.webhook_refusals)
        # What an agency's app tells of others alarms nobody.
        self.env["ghl.webhook.refusal"].search([]).unlink()
        self.post(self.make_event(locationId="not-ours"))
        self.assertFalse(self.connection.webhook_refusals)
        self.assertTrue(self.env["ghl.webhook.refusal"]._recent(telling=False))

    def test_flood_of_refusals_is_no_flood_of_writes(self):
        headers = {"X-GHL-Signature": "AAAA"}
        Refusals = type(self.env["ghl.webhook.refusal"])
        add = Refusals._add
        stored = []
        with (
            mute_logger(*MUTED),
            patch.object(webhook_controller.book, "clock", lambda: 0.0),
            patch.object(Refusals, "_add", lambda s, r: (stored.append(r), add(s, r))),
        ):
            for _number in range(WRITES_A_MINUTE + 5):
                self.post(b"x", headers)
            self.assertEqual(self.counted(), {"bad_signature": WRITES_A_MINUTE})
            webhook_controller.book.clock = lambda: 61.0
            self.post(b"x", headers)
        self.assertEqual(self.counted(), {"bad_signature": WRITES_A_MINUTE + 6})
        self.assertEqual(len([one for one in stored if one]), WRITES_A_MINUTE + 1)
        self.assertEqual(self.env["ghl.webhook.refusal"].search_count([]), 1)

    @mute_logger(*MUTED)
    def test_counting_never_changes_the_answer(self):
        error = psycopg2.errors.SerializationFailure
        Refusals = type(self.env["ghl.webhook.refusal"])
        with patch.object(Refusals, "_add", side_effect=error):
            self.assertAnswer(self.post(b"x", {"X-GHL-Signature": "AAAA"}), 401)
        self.assertAnswer(self.post(b"x", {"X-GHL-Signature": "AAAA"}), 401)
        self.assertEqual(self.counted(), {"bad_signature": 2})

    # === IGNORED === #

    def test_what_is_not_ours_leaves_no_trace(self):
        for payload in (
            self.make_event(locationId="somebody-elses"),
            self.make_event(locationId=None),
            self.make_event("NoteCreate"),
            self.make_event("INSTALL", appId="another-app"),
        ):
            with self.subTest(payload=payload["type"]):
                self.assertAnswer(self.post(payload), 200)
        self.assertFalse(self.env["ghl.webhook.event"].search([]))

    def test_archived_location_takes_nothing_in(self):
        self.location.active = False
        self.env.flush_all()
        self.assertAnswer(self.post(self.make_event()), 200)
        self.connection.active = False
        self.location.active = True
        self.env.flush_all()
        self.assertAnswer(self.post(self.make_event()), 200)
        self.assertFalse(self.events())

    def test_wrong_app_is_ignored_and_says_so(self):
        for app_id in ("another-app", None):
            with self.subTest(app_id=app_id):
                self.assertAnswer(self.post(self.make_event(appId=app_id)), 200)
        self.assertEqual(set(self.events().mapped("state")), {"ignored"})
        self.assertIn("another-app", self.events()[0].reason)
        self.assertFalse(
            self.env["ir.cron.trigger"].search(
                [("cron_id", "=", self.location.sudo().cron_id.id)]
            )
        )

    # === TRANSIENT === #

    @mute_logger(*MUTED)
    def test_trouble_of_our_own_asks_for_another_delivery(self):
        for error in (
            psycopg2.OperationalError("gone"),
            psycopg2.errors.DiskFull("full"),
            psycopg2.errors.ReadOnlySqlTransaction("standby"),
            RuntimeError("bug"),
            KeyError("bug"),
        ):
            with self.subTest(error=error), patch(f"{EVENT}._store", side_effect=error):
                self.assertAnswer(self.post(self.make_event()), 429)
        self.assertFalse(self.events())

    @mute_logger(*MUTED)
    def test_lost_race_is_tried_again_at_once(self):
        Event = type(self.env["ghl.webhook.event"])
        store, calls = Event._store, []

        def lose(events, event, times):
            calls.append(event)
            if len(calls) <= times:
                raise psycopg2.errors.SerializationFailure
            return store(events, event)

        with patch(
            "odoo.service.model.time.sleep", side_effect=AssertionError("waits")
        ):
            with patch.object(Event, "_store", lambda s, e: lose(s, e, 2)):
                self.assertAnswer(self.post(self.make_event()), 200)
            self.assertEqual(len(calls), 3)
        self.assertEqual(len(self.events()), 1)

    def test_copy_of_a_database_asks_for_another_delivery(self):
        self.connection.database_key = '{"name": "the original"}'
        self.env.flush_all()
        with mute_logger(*MUTED):
            self.assertAnswer(self.post(self.make_event()), 429)
        self.assertFalse(self.events())
        self.connection.action_confirm_move()
        self.env.flush_all()
        self.assertAnswer(self.post(self.make_event()), 200)
        self.assertTrue(self.events())

    def test_without_a_database_another_delivery_is_asked_for(self):
        request = SimpleNamespace(db=None)
        with patch.object(webhook_controller, "request", request):
            fallback = webhook_controller.WebhookWithoutDatabase()
            self.assertEqual(fallback.not_ready("webhook").status_code, 429)
            for db, name in ((None, "other"), ("some_db", "webhook")):
                request.db = db
                with self.assertRaises(webhook_controller.NotFound):
                    fallback.not_ready(name)
        self.assertEqual(self.url_open("/api/ghl/nothing").status_code, 404)
        self.assertEqual(self.url_open(const.ROUTE_OPENAPI).status_code, 200)
