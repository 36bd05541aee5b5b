"""Troubles are posted to an address: signed, in the background, again if need be."""

import hashlib
import hmac
import http.server
import json
import logging
import threading

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests.common import tagged

from ...engine.alarm import send_webhook
from ...engine.alarm.alarms import check_connections
from ...tools.outgoing.delivery import SIGNATURE
from ..common import GhlCommon

SECRET = "a secret of both"


class Receiver(http.server.ThreadingHTTPServer):
    """Keeps what it is sent, and answers with `status`."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 200
        self.received = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/hook?key=of-the-receiver"

    def close(self):
        self.shutdown()
        self.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((dict(self.headers), body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_args):
        pass


@tagged("post_install", "-at_install")
class TestAlarmDelivery(GhlCommon):
    def setUp(self):
        super().setUp()
        self.receiver = Receiver()
        self.addCleanup(self.receiver.close)
        self.connection.state = "connected"
        self.set_setting("alarm_webhook_private", "True")
        self.set_setting("alarm_webhook_url", self.receiver.url)
        self.set_setting("alarm_webhook_secret", SECRET)

    def check(self):
        self.env.flush_all()
        self.env.invalidate_all()
        check_connections(self.connection)

    def send(self):
        """Let the cron work."""
        self.env.flush_all()
        with self.enter_registry_test_mode():
            cron = self.env.ref("ghl_contact_sync.ir_cron_alarm_deliveries")
            cron.method_direct_trigger()
        self.env.invalidate_all()

    def deliveries(self):
        return self.env["ghl.alarm.delivery"].search([], order="id")

    def bodies(self):
        return [json.loads(body) for _headers, body in self.receiver.received]

    def test_trouble_and_its_end_are_sent_once_each_and_signed(self):
        self.location.trouble_code = "token_scope"
        self.location.trouble_message = "pit-0123456789abcdef of ada@example.com"
        self.check()
        self.assertFalse(self.receiver.received, "nothing leaves in a transaction")
        self.send()
        self.check()
        self.send()
        self.location.trouble_code = False
        self.check()
        self.send()
        opened, closed = self.bodies()
        self.assertEqual(opened["event"], "trouble.opened")
        self.assertEqual(opened["trouble"], "refused")
        self.assertEqual(opened["location_id"], self.location.ghl_id)
        self.assertNotIn("0123456789abcdef", opened["text"])
        self.assertNotIn("ada@example.com", opened["text"])
        self.assertEqual(closed["event"], "trouble.closed")
        self.assertTrue(closed["over_since"])
        self.assertNotEqual(opened["id"], closed["id"])
        for headers, body in self.receiver.received:
            timestamp, signature = headers[SIGNATURE].split(",")
            signed = timestamp.removeprefix("t=").encode() + b"." + body
            expected = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
            self.assertEqual(signature, f"v1={expected}")
            self.assertNotIn(SECRET, body.decode())
            self.assertNotIn(self.connection.private_token, body.decode())
        self.assertEqual(set(self.deliveries().mapped("state")), {"sent"})

    def test_the_end_of_a_deleted_location_s_trouble_is_sent(self):
        self.location.trouble_code = "token_scope"
        self.check()
        self.send()
        ghl_id = self.location.ghl_id
        self.location.unlink()
        self.send()
        opened, closed = self.bodies()
        self.assertEqual(opened["event"], "trouble.opened")
        self.assertEqual(closed["event"], "trouble.closed")
        self.assertEqual(closed["location_id"], ghl_id)

    def test_the_end_of_a_deleted_connection_s_trouble_is_sent(self):
        self.location.trouble_code = "token_scope"
        self.check()
        self.location.unlink()
        self.connection.state = "error"
        alarm = self.env["ghl.alarm"].create(
            {
                "connection_id": self.connection.id,
                "code": "connection",
                "text": "Refused.",
                "notified_at": fields.Datetime.now(),
            }
        )
        send_webhook.queue_deliveries(alarm, alarm.browse())
        name, company = self.connection.name, self.connection.company_id
        self.connection.unlink()
        self.send()
        told = [(body["event"], body["trouble"]) for body in self.bodies()]
        for event in ("trouble.opened", "trouble.closed"):
            self.assertEqual(told.count((event, "refused")), 1)
            self.assertEqual(told.count((event, "connection")), 1)
        self.assertEqual({body["connection"] for body in self.bodies()}, {name})
        self.assertTrue(alarm.closed_at)
        self.assertEqual(alarm.company_id, company)
        self.assertEqual(alarm.text, f"{name}: Refused.")
        seen = self.deliveries().with_user(self.manager)
        self.assertEqual(set(seen.mapped("state")), {"sent"})

    def test_what_does_not_arrive_is_sent_again_in_order(self):
        self.receiver.status = 503
        self.location.trouble_code = "token_scope"
        self.check()
        with self.assertLogs(send_webhook.__name__, logging.INFO) as logged:
            self.send()
        self.assertNotIn("of-the-receiver", "".join(logged.output))
        self.location.trouble_code = False
        self.check()
        self.send()
        opened, closed = self.deliveries()
        self.assertEqual(len(self.receiver.received), 1, "not before its time")
        self.assertEqual((opened.state, opened.attempts), ("pending", 1))
        self.assertGreater(opened.next_at, fields.Datetime.now())
        self.assertEqual(opened.answer, "answered 503")
        self.receiver.status = 204
        opened.next_at = fields.Datetime.now()
        self.send()
        self.assertEqual(
            [body["event"] for body in self.bodies()],
            ["trouble.opened", "trouble.opened", "trouble.closed"],
        )
        self.assertEqual(self.bodies()[0]["id"], self.bodies()[1]["id"])
        self.assertEqual((opened + closed).mapped("state"), ["sent", "sent"])

    def test_what_waits_for_its_turn_calls_the_cron_no_earlier(self):
        self.receiver.status = 503
        self.location.trouble_code = "token_scope"
        self.check()
        with self.assertLogs(send_webhook.__name__, logging.INFO):
            self.send()
        self.location.trouble_code = False
        self.check()
        opened, closed = self.deliveries()
        self.assertLessEqual(closed.next_at, fields.Datetime.now(), "due, by itself")
        cron = self.env.ref("ghl_contact_sync.ir_cron_alarm_deliveries")
        calls = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        calls.unlink()
        self.send()
        self.assertEqual(len(self.receiver.received), 1)
        calls = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        self.assertEqual(calls.mapped("call_at"), [opened.next_at])

    def test_tries_come_to_an_end_and_a_person_begins_them_anew(self):
        self.receiver.status = 500
        self.location.trouble_code = "token_scope"
        self.check()
        delivery = self.deliveries()
        for _try in range(len(send_webhook.PAUSES_MINUTES) + 2):
            delivery.next_at = fields.Datetime.now()
            if delivery.state == "pending":
                with self.assertLogs(send_webhook.__name__, logging.INFO):
                    self.send()
        self.assertEqual(delivery.state, "failed")
        self.assertEqual(
            len(self.receiver.received), len(send_webhook.PAUSES_MINUTES) + 1
        )
        self.receiver.status = 200
        delivery.with_user(self.manager).action_send_again()
        self.send()
        self.assertEqual(delivery.state, "sent")

    def test_private_addresses_are_refused_unless_allowed(self):
        self.set_setting("alarm_webhook_private", "False")
        self.location.trouble_code = "token_scope"
        self.check()
        with self.assertLogs(send_webhook.__name__, logging.INFO):
            self.send()
        self.assertFalse(self.receiver.received)
        self.assertEqual(self.deliveries().state, "pending")
        for url in (
            self.receiver.url + "2",
            "ftp://example.com",
            "https://a:b@example.com",
        ):
            with self.assertRaises(ValidationError):
                self.set_setting("alarm_webhook_url", url)

    def test_without_an_address_nothing_waits(self):
        self.set_setting("alarm_webhook_url", False)
        self.location.trouble_code = "token_scope"
        self.check()
        self.assertFalse(self.deliveries())

    def test_a_secret_is_made_when_none_was_given(self):
        self.set_setting("alarm_webhook_secret", False)
        self.location.trouble_code = "token_scope"
        self.check()
        self.send()
        self.assertEqual(len(self.receiver.received), 1)
        self.assertGreaterEqual(len(self.env["ghl.settings"]._alarm_secret()), 32)
