"""What a run tells the log, and by which id it is followed."""

import logging
import re

from odoo.tests.common import tagged

from ...engine.slice import run_log
from ...tools.correlation import HEADER, correlated
from ..sandbox import SandboxCase

FACT = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|\S+)')


def facts(lines):
    """Return the facts of each line of ours."""
    return [dict(FACT.findall(line)) for line in lines if "event=" in line]


@tagged("post_install", "-at_install", "ghl_engine")
class TestRunLog(SandboxCase):
    sent: list

    @classmethod
    def _request_handler(cls, session, request, /, **options):
        if "/_sandbox" not in request.url:
            cls.sent.append(request.headers.get(HEADER))
        return super()._request_handler(session, request, **options)

    def setUp(self):
        super().setUp()
        type(self).sent = []

    def test_a_line_at_the_start_after_each_slice_and_at_the_end(self):
        location = self.connect(30)
        with self.assertLogs(run_log.__name__, logging.INFO) as logs:
            run = self.sync(location)
        told = facts(logs.output)
        events = [line["event"] for line in told]
        self.assertEqual(events[0], "run_started")
        self.assertEqual(events[-2:], ["run_slice", "run_ended"])
        self.assertEqual(events.count("run_started"), 1)
        self.assertEqual(events.count("run_ended"), 1)
        for line in told:
            self.assertEqual(line["run"], str(run.id))
            self.assertEqual(line["correlation_id"], run.correlation_id)
        ended = told[-1]
        self.assertEqual((ended["state"], ended["created"]), ("done", "30"))
        self.assertEqual(ended["requests"], str(run.requests_sent))
        self.assertEqual(logs.records[-1].levelname, "INFO")

    def test_a_failed_run_is_a_warning(self):
        location = self.connect(30)
        location.connection_id.private_token = "pit-refused"
        with self.assertLogs(run_log.__name__, logging.INFO) as logs:
            run = self.sync(location)
        self.assertEqual(run.state, "failed")
        self.assertEqual(logs.records[-1].levelname, "WARNING")
        self.assertEqual(facts(logs.output)[-1]["code"], run.error_code)

    def test_every_request_carries_the_id_of_the_order(self):
        location = self.connect(600)
        with correlated("order-9"):
            run = location._order_sync("full")[0]
        self.assertEqual(run.correlation_id, "order-9")
        self.sync(location)
        self.assertEqual(run.state, "done")
        self.assertEqual(len(self.sent), run.requests_sent)
        self.assertEqual(set(self.sent), {"order-9"})
