"""A sync tells what it waits for: counters, words, and that it can be stopped."""

import time
from datetime import timedelta

from odoo import fields
from odoo.tests.common import tagged

from ...engine.activity import describe, span
from ...engine.api.runs import run_entry
from ...engine.slice import slice as slice_module
from ...engine.slice.slice import SliceCancelled, SyncSlice
from ...tools.errors import GhlEdgeError, GhlServerError, GhlTransportError
from ..common import GhlCommon


@tagged("post_install", "-at_install")
class TestPulse(GhlCommon):
    def setUp(self):
        super().setUp()
        self.run_ = self.location._order_sync("full", "button")[0].sudo()
        self.run_.write({"state": "running", "heartbeat_at": fields.Datetime.now()})
        self.env.flush_all()
        self.enterContext(self.enter_registry_test_mode())
        # As a cron has it: one that may commit.
        cr = self.enterContext(self.registry.cursor())
        self.run_ = self.run_.with_env(self.env(cr=cr))
        self.slice = SyncSlice(self.run_)
        self.addCleanup(self.slice.close)

    def text(self):
        told = describe(self.run_)
        return told and told["text"]

    def test_counters_and_reason_are_written_while_nothing_arrives(self):
        self.assertIsNone(describe(self.run_))
        self.slice.vendor.tally.on_request("search", 503, 0.1)
        self.slice.vendor.tally.on_retry(GhlServerError("x", status=503))
        self.slice.watch.retrying(1, GhlServerError("x", status=503), 4, 7, 8.4)
        self.slice.pulse(at_once=True)
        self.assertEqual((self.run_.requests_sent, self.run_.retries), (1, 1))
        self.assertIn("GoHighLevel answers 503, try 4 of 7, next in", self.text())
        told = run_entry(self.run_)
        self.assertEqual((told["requests_sent"], told["retries"]), (1, 1))
        self.assertEqual(told["activity"]["status"], 503)
        self.assertEqual(told["activity"]["attempts"], 7)
        self.assertTrue(told["activity"]["next_at"])
        self.slice.watch.ended(1)
        self.slice.pulse(at_once=True)
        self.assertIsNone(self.text())
        # Counted once, however often it was told.
        self.assertEqual((self.run_.requests_sent, self.run_.retries), (1, 1))

    def test_once_in_a_while_is_enough(self):
        self.patch(slice_module, "PULSE_EVERY", 3_600)
        self.slice.vendor.tally.on_request("search", 503, 0.1)
        self.slice.pulse()
        self.assertEqual(self.run_.requests_sent, 0)
        self.slice._pulsed_at -= 3_600
        self.slice.pulse()
        self.assertEqual(self.run_.requests_sent, 1)

    def test_each_reason_has_its_words(self):
        watch = self.slice.watch
        for error, words in (
            (GhlEdgeError("x", status=403), "Something between Odoo and GoHighLevel"),
            (GhlTransportError("x", code="timeout"), "does not answer in time"),
            (GhlTransportError("x", code="refused"), "cannot be reached"),
            (GhlTransportError("x", code="truncated"), "breaks off"),
        ):
            watch.retrying(1, error, 2, 7, 3.0)
            self.slice.pulse(at_once=True)
            self.assertIn(words, self.text())
            self.assertIn("try 2 of 7", self.text())
        watch.ended(1)
        watch.limited(2, 30)
        self.slice.pulse(at_once=True)
        self.assertIn("request limit is used up for the moment, next in", self.text())
        # Our own pace is no limit.
        watch.limited(2, 30, pacing=True)
        self.slice.pulse(at_once=True)
        self.assertNotIn("used up", self.text())
        self.assertIn("are sent more slowly for a while, next in", self.text())
        watch.renewing(True)
        self.slice.pulse(at_once=True)
        self.assertIn("token is being renewed", self.text())
        watch.renewing(False)
        watch.ended(2)
        watch.sending(3)
        watch._calls[3].since = time.time() - 12
        self.slice.pulse(at_once=True)
        self.assertRegex(self.text(), "No answer from GoHighLevel for 1[1-3] s")

    def test_what_a_killed_process_left_is_not_told_for_ever(self):
        self.slice.watch.retrying(1, GhlServerError("x", status=503), 4, 7, 8.0)
        self.slice.pulse(at_once=True)
        self.run_.heartbeat_at = fields.Datetime.now() - timedelta(minutes=5)
        self.assertIsNone(describe(self.run_))
        self.run_.heartbeat_at = fields.Datetime.now()
        self.run_._finish("failed", "It failed.", "server_error")
        self.assertIsNone(describe(self.run_))

    def test_a_cancel_is_met_while_nothing_arrives(self):
        self.run_.cancel_requested = True
        self.run_.env.flush_all()
        # No assertRaises: Odoo's wants to undo what was committed.
        met = False
        try:
            self.slice.pulse(at_once=True)
        except SliceCancelled:
            met = True
        self.assertTrue(met)
        # Whoever ends the slice waits for what is under way without a second one.
        self.slice.stop.set()
        self.slice.pulse(at_once=True)

    def test_spans_are_told_as_people_do(self):
        for seconds, words in (
            (0.2, "1 s"),
            (90, "90 s"),
            (130, "3 min"),
            (30_005, "8 h 21 min"),
        ):
            self.assertEqual(span(self.env, seconds), words)
