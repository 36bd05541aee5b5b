"""Ordering syncs through the API: threshold, button, cancel, rate limit, failures."""

import time
from datetime import timedelta
from unittest.mock import patch

import psycopg2

from odoo import fields
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.tests.common import tagged
from odoo.tools import mute_logger

from ... import const
from ...controllers import sync_controller
from ...engine.api import smart_sync
from ...engine.api.sync_status import sync_status
from ...engine.mirror.merge import Merger
from ...engine.pausing import wait_until
from ...engine.vendor_access.connection_state import mark_state
from .api_case import ApiCase


@tagged("post_install", "-at_install")
class TestApiSync(ApiCase):
    def setUp(self):
        super().setUp()
        self.set_setting("page_wait", "0")
        self.headers = {"Authorization": f"Bearer {self.make_key(self.user)}"}

    def get(self, path, **params):
        params = {"location_id": self.location.ghl_id, **params}
        return self.url_open(path, params=params, headers=self.headers)

    def post(self, path, **params):
        body = {"location_id": self.location.ghl_id, **params}
        return self.url_open(path, json=body, headers=self.headers)

    def fill(self, count):
        self.location.contact_count = count
        self.env.flush_all()

    def end_runs(self, **values):
        """End what runs, as the engine does, and return it."""
        run = self.location.run_ids.sudo()[:1]
        now = fields.Datetime.now()
        run.write({"state": "done", "finished_at": now, **values})
        self.env.flush_all()
        return run

    def test_an_order_to_what_is_archived_says_the_way_out(self):
        self.connection.sudo().active = False
        self.env.flush_all()
        answer = self.post(const.ROUTE_SYNC)
        self.assertEqual(answer.status_code, 422)
        self.assertIn("Unarchive", answer.json()["error"])
        action = answer.json()["actions"][0]
        self.assertEqual(action["code"], "unarchive_connection")
        self.assertFalse(action["allowed"])
        self.assertTrue(action["ask"])

    # === SMART SYNC === #

    def test_threshold_decides(self):
        for mirrored, total, page, limit, started in (
            (11, 2431, 1, 10, True),
            (2431, 2431, 1, 10, False),
            (2431, 2431, 300, 10, False),
            (2432, 2431, 1, 10, False),
            # above the minimum of 100, but below 80 per cent
            (200, 2431, 1, 10, True),
            (1945, 2431, 1, 10, False),
            (1944, 2431, 1, 10, True),
            # 80 per cent are there, but not twice what the page needs
            (2000, 2431, 100, 10, False),
            (2000, 2431, 101, 10, True),
            (99, 100, 1, 10, True),
            (0, 0, 1, 10, False),
        ):
            with self.subTest(mirrored=mirrored, total=total, page=page, limit=limit):
                self.location.run_ids.sudo().unlink()
                self.fill(mirrored)
                self.set_total(total)
                answer = self.get(const.ROUTE_CONTACTS, page=page, limit=limit).json()
                self.assertIs(answer["background_sync_started"], started)
                self.assertEqual(len(self.location.run_ids), started)
                if started:
                    self.assertEqual(answer["sync"]["state"], "queued")
                    self.assertEqual(answer["sync"]["origin"], "threshold")
                    self.assertEqual(answer["sync"]["kind"], "full")

    def test_fresh_total_is_not_asked_for_again(self):
        self.vendor.total = 5
        self.get(const.ROUTE_CONTACTS)
        asked = len(self.vendor.requests)
        self.assertEqual(asked, 1)
        answer = self.get(const.ROUTE_CONTACTS).json()
        self.assertEqual(answer["ghl_total"], 5)
        self.assertEqual(len(self.vendor.requests), asked)

    def test_running_sync_is_joined(self):
        self.set_total(2431)
        self.assertTrue(
            self.get(const.ROUTE_CONTACTS).json()["background_sync_started"]
        )
        answer = self.get(const.ROUTE_CONTACTS).json()
        self.assertIs(answer["background_sync_started"], False)
        self.assertEqual(answer["sync"]["state"], "queued")
        self.assertEqual(len(self.location.run_ids), 1)

    @mute_logger("odoo.addons.ghl_contact_sync.tools.http.retry")
    def test_unreachable_vendor_leaves_the_mirror_readable(self):
        self.mirror([self.make_payload(1)])
        self.vendor.total = None
        answer = self.get(const.ROUTE_CONTACTS).json()
        self.assertEqual(len(answer["contacts"]), 1)
        self.assertIsNone(answer["ghl_total"])
        self.assertIsNone(answer["coverage"])
        self.assertIs(answer["background_sync_started"], True)
        # A silent vendor is left alone for a while.
        asked = len(self.vendor.requests)
        self.assertEqual(self.get(const.ROUTE_CONTACTS).status_code, 200)
        self.assertEqual(len(self.vendor.requests), asked)

    def test_needs_reauth_is_not_called(self):
        mark_state(self.connection, "needs_reauth", "Token revoked.")
        answer = self.get(const.ROUTE_CONTACTS).json()
        self.assertIs(answer["background_sync_started"], False)
        self.assertEqual(self.vendor.requests, [])

    def test_what_was_just_tried_is_not_ordered_again(self):
        self.fill(10)
        self.set_total(12)
        for values, started in (
            ({"state": "failed", "error": "Refused."}, False),
            ({"state": "cancelled"}, False),
            # It brought all that there was to bring.
            ({"contacts_expected": 12, "contacts_seen": 10}, False),
            # GoHighLevel has more by now.
            ({"contacts_expected": 11, "contacts_seen": 10}, True),
            # The mirror has lost some since.
            ({"contacts_expected": 12, "contacts_seen": 12}, True),
            ({"state": "failed", "finished_at": "2024-01-01 00:00:00"}, True),
        ):
            with self.subTest(values=values):
                self.location.run_ids.sudo().unlink()
                self.location._order_sync("full", "api")
                self.end_runs(**values)
                answer = self.get(const.ROUTE_CONTACTS).json()
                self.assertIs(answer["background_sync_started"], started)

    def test_no_sync_is_ordered_for_what_the_mirror_cannot_hold(self):
        self.fill(8)
        self.set_total(10)
        for proof, gap, started in (
            ("proven", 2, False),
            ("proven", 1, True),
            ("unknown", 2, True),
        ):
            with self.subTest(proof=proof, gap=gap):
                self.location.write({"proof_state": proof, "known_gap": gap})
                self.env.flush_all()
                answer = self.get(const.ROUTE_CONTACTS).json()
                self.assertIs(answer["background_sync_started"], started)
                self.location.run_ids.sudo().unlink()

    def test_page_waits_for_the_running_sync(self):
        self.set_total(50)
        self.set_setting("page_wait", "10")
        self.location._order_sync("full", "api")
        looks = []
        due = smart_sync.is_page_due

        def bring_it_at_the_third_look(location, page, limit):
            looks.append(True)
            if len(looks) == 3:
                with self.env.registry.cursor() as cr:
                    env = self.env(cr=cr)
                    payloads = [self.make_payload(number) for number in range(50)]
                    other = env["ghl.location"].browse(self.location.id)
                    Merger(other).merge_page(payloads, time.time())
                    other.contact_count = 50
            return due(location, page, limit)

        with patch.object(smart_sync, "is_page_due", bring_it_at_the_third_look):
            answer = self.get(const.ROUTE_CONTACTS, page=5, limit=10).json()
        self.assertEqual(len(looks), 3)
        self.assertEqual(len(answer["contacts"]), 10)
        self.assertEqual(answer["contact_count"], 50)

    def test_page_does_not_wait_for_nothing(self):
        self.set_setting("page_wait", "15")
        for mirrored, total, values in (
            (50, 50, {}),
            (20, 50, {"state": "waiting"}),
            (20, 50, {"state": "failed"}),
            (20, 50, {"heartbeat_at": "2024-01-01 00:00:00", "state": "running"}),
        ):
            with self.subTest(mirrored=mirrored, values=values):
                self.location.run_ids.sudo().unlink()
                self.fill(mirrored)
                self.set_total(total)
                self.location._order_sync("full", "api")
                if values:
                    now = fields.Datetime.now()
                    self.location.run_ids.sudo().write({"finished_at": now, **values})
                self.env.flush_all()
                with patch("time.sleep", side_effect=AssertionError("it waits")):
                    self.assertIs(
                        smart_sync.is_page_due(self.location, page=3, limit=10), False
                    )

    # === ORDER, STATUS, CANCEL === #

    def test_order_status_cancel(self):
        ordered = self.post(const.ROUTE_SYNC)
        self.assertEqual(ordered.status_code, 202)
        body = ordered.json()
        self.assertEqual(body["status"], "started")
        self.assertEqual(body["sync"]["run_id"], body["run_id"])
        self.assertEqual(body["sync"]["origin"], "api")
        run = self.env["ghl.sync.run"].browse(body["run_id"])
        self.assertEqual(run.user_id, self.user)

        again = self.post(const.ROUTE_SYNC).json()
        self.assertEqual(again["status"], "already_running")
        self.assertEqual(again["run_id"], body["run_id"])
        # Why it runs, so that nobody joins it unawares.
        self.assertIn("through the API by", again["message"])
        self.assertIn("through the API by", again["sync"]["origin_text"])

        status = self.get(const.ROUTE_STATUS).json()
        self.assertEqual(
            set(status),
            {
                "success",
                "location_id",
                "contact_count",
                "ghl_total",
                "coverage",
                "proven_complete_at",
                "content_as_of",
                "audit",
                "next_sync_at",
                "next_sync_kind",
                "next_sync_reason",
                "sync",
                "status",
                "plan",
            },
        )
        self.assertEqual(status["sync"]["state"], "queued")
        self.assertIsNone(status["next_sync_at"])
        self.assertEqual(status["next_sync_reason"], "A sync is under way.")

        cancelled = self.post(const.ROUTE_CANCEL)
        self.assertEqual(cancelled.status_code, 200)
        self.assertEqual(set(cancelled.json()), {"success", "status", "sync"})
        self.assertEqual(cancelled.json()["status"], "cancelling")
        self.assertEqual(cancelled.json()["sync"]["state"], "cancelled")
        self.assertEqual(self.post(const.ROUTE_CANCEL).json()["status"], "idle")

    def test_an_order_is_told_what_became_of_it(self):
        run = self.location._order_sync("delta", "threshold")[0].sudo()
        run.state = "running"
        told = self.post(const.ROUTE_SYNC, kind="full").json()
        self.assertEqual((told["status"], told["run_id"]), ("queued_after", run.id))
        self.assertIn("the mirror held too little", told["message"])
        self.assertIn("follows it", told["message"])
        told = self.post(const.ROUTE_SYNC, kind="delta").json()
        self.assertEqual(told["status"], "already_running")
        wait_until(run, fields.Datetime.now(), "The quota is used up.", "rate_limited")
        told = self.post(const.ROUTE_SYNC, kind="delta").json()
        self.assertEqual(told["status"], "joined")
        self.assertIn("The quota is used up.", told["message"])
        self.env.invalidate_all()
        self.assertTrue(run.probe_requested)

    def test_a_schedules_order_asks_for_no_request(self):
        run = self.location._order_sync("delta", "cron")[0].sudo()
        wait_until(run, fields.Datetime.now(), "The quota is used up.", "rate_limited")
        self.location._order_sync("delta", "cron")
        self.assertFalse(run.probe_requested)

    def test_what_waits_can_be_tried_now(self):
        told = self.post(const.ROUTE_RESUME)
        self.assertEqual(told.status_code, 202)
        self.assertEqual(
            told.json(),
            {"success": True, "status": "nothing_waits", "run_id": None, "sync": None},
        )
        run = self.location._order_sync("delta", "cron")[0].sudo()
        later = fields.Datetime.now() + timedelta(minutes=10)
        wait_until(run, later, "GoHighLevel failed.", "server_error", 503)
        told = self.post(const.ROUTE_RESUME).json()
        self.assertEqual((told["status"], told["run_id"]), ("resumed", run.id))
        self.env.invalidate_all()
        self.assertTrue(run.probe_requested)
        sync = told["sync"]
        # The reader's own clock says when it goes on.
        self.assertEqual(sync["message"], "GoHighLevel failed.")
        self.assertNotIn("UTC", str(sync))
        self.assertTrue(sync["resume_at"])
        activity = sync["activity"]
        self.assertEqual(activity["next_at"], sync["resume_at"])
        self.assertEqual((activity["status"], activity["attempt"]), (503, 1))
        self.assertIn("GoHighLevel answers 503, try 1 of", activity["text"])

    def test_every_kind_can_be_ordered(self):
        for kind in ("delta", "verify", "full"):
            with self.subTest(kind=kind):
                body = self.post(const.ROUTE_SYNC, kind=kind).json()
                self.assertEqual(body["sync"]["kind"], kind)
        self.assertEqual(self.post(const.ROUTE_SYNC, kind="all").status_code, 400)

    def test_order_from_the_page_says_so(self):
        self.authenticate(self.user.login, self.user.login)
        response = self.url_open(
            const.ROUTE_SYNC,
            json={"location_id": self.location.ghl_id},
            headers={"Origin": self.base_url()},
        )
        self.assertEqual(response.json()["sync"]["origin"], "page")

    def test_nothing_synced_yet(self):
        status = self.get(const.ROUTE_STATUS).json()
        self.assertIsNone(status["sync"])
        self.assertIsNone(status["ghl_total"])
        self.assertEqual(self.post(const.ROUTE_CANCEL).json()["status"], "idle")

    def test_queued_run_without_worker_says_why(self):
        self.location._order_sync("full", "api")
        run = self.location.run_ids
        old = fields.Datetime.now() - timedelta(minutes=2)
        self.env.cr.execute(
            "UPDATE ghl_sync_run SET create_date = %s WHERE id = %s", [old, run.id]
        )
        message = self.get(const.ROUTE_STATUS).json()["sync"]["message"]
        self.assertIn("cron", message)

    # === RATE LIMIT === #

    def test_orders_are_limited_per_user(self):
        self.set_setting("order_rate_limit", "3")
        for _order in range(3):
            self.assertEqual(self.post(const.ROUTE_SYNC).status_code, 202)
        refused = self.post(const.ROUTE_SYNC)
        self.assertEqual(refused.status_code, 429)
        self.assertEqual(refused.json()["code"], "rate_limited")
        self.assertIn(int(refused.headers["Retry-After"]), range(1, 21))
        # Others, and other calls, go on.
        self.assertEqual(self.get(const.ROUTE_STATUS).status_code, 200)
        self.headers = {"Authorization": f"Bearer {self.make_key(self.manager)}"}
        self.assertEqual(self.post(const.ROUTE_SYNC).status_code, 202)

    def test_rate_limit_comes_back_with_time(self):
        self.set_setting("order_rate_limit", "3")
        RateLimit = self.env["ghl.api.rate_limit"].with_user(self.user)
        self.assertEqual([RateLimit._take() for _order in range(3)], [0, 0, 0])
        self.assertGreater(RateLimit._take(), 0)
        self.env.cr.execute("UPDATE ghl_api_rate_limit SET tat = tat - 20")
        self.assertEqual(RateLimit._take(), 0)
        self.assertGreater(RateLimit._take(), 0)
        # However long nobody ordered, a minute's worth is all that is saved up.
        self.env.cr.execute("UPDATE ghl_api_rate_limit SET tat = 0")
        self.assertEqual([RateLimit._take() for _order in range(3)], [0, 0, 0])
        self.assertGreater(RateLimit._take(), 0)

    # === FAILURES INSIDE === #

    def fail_with(self, error):
        with patch.object(sync_controller, "sync_status", side_effect=error):
            return self.get(const.ROUTE_STATUS)

    @mute_logger("odoo.http", "odoo.service.model")
    def test_errors_become_json(self):
        secret = "personal detail"
        for error, status, code in (
            (AccessError("Not yours."), 403, "forbidden"),
            (MissingError("Gone."), 404, "not_found"),
            (UserError("Please do not."), 422, "refused"),
            (RuntimeError(secret), 500, "internal_error"),
            (KeyError(secret), 500, "internal_error"),
            (psycopg2.OperationalError(secret), 503, "busy"),
        ):
            with self.subTest(error=error):
                response = self.fail_with(error)
                self.assertEqual(response.status_code, status)
                self.assertEqual(response.json()["code"], code)
                self.assertNotIn(secret, response.text)
                self.assertNotIn("Traceback", response.text)
                self.assertEqual(response.headers["Cache-Control"], "no-store")

    @mute_logger("odoo.service.model", "odoo.sql_db")
    def test_lost_race_is_repeated_by_odoo(self):
        calls = []

        def lose_once(location):
            calls.append(location.id)
            if len(calls) == 1:
                raise psycopg2.errors.SerializationFailure
            return sync_status(location)

        race = patch("odoo.service.model.PG_CONCURRENCY_EXCEPTIONS_TO_RETRY", Exception)
        code = patch("odoo.service.model.errorcodes.lookup", return_value="race")
        pause = patch("odoo.service.model.random.uniform", return_value=0)
        with (
            patch.object(sync_controller, "sync_status", lose_once),
            race,
            code,
            pause,
        ):
            response = self.get(const.ROUTE_STATUS)
        self.assertEqual(response.status_code, 200)
        self.assertEqual(len(calls), 2)
