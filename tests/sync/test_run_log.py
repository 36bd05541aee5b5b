"""What a run tells the log, and by which id it is followed."""

import logging
import re
from unittest.mock import patch

from odoo.tests.common import tagged
from odoo.tests.test_cursor import TestCursor

from ...engine.boundary import end_at_all_costs
from ...engine.crons import wake
from ...engine.slice import run_log
from ...tools.correlation import HEADER, correlated
from ..sandbox import SandboxCase

FACT = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|\S+)')


def facts(lines):
    """Return the facts of each line of ours."""
    return [dict(FACT.findall(line)) for line in lines if "event=" in line]


_commit = TestCursor.commit


def committed_with_hooks(cursor):
    """Commit as a cursor does outside of tests: with what is to follow."""
    hooks = cursor.postcommit
    cursor.flush()
    hooks.run()
    _commit(cursor)


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
        self.startPatcher(patch.object(TestCursor, "commit", committed_with_hooks))
        self.startPatcher(patch.object(wake, "set_timer"))

    def ends_told(self, logs):
        """Return (run, state, level) of each line that tells of an end."""
        return [
            (line["run"], line["state"], record.levelname)
            for line, record in zip(facts(logs.output), logs.records, strict=True)
            if line["event"] == "run_ended"
        ]

    def test_a_line_at_the_start_after_each_slice_and_at_the_end(self):
        location = self.connect(30)
        with self.assertLogs(run_log.__name__, logging.INFO) as logs:
            run = self.sync(location)
        told = facts(logs.output)
        events = [line["event"] for line in told]
        self.assertEqual(events[0], "run_started")
        self.assertEqual(events[-2:], ["run_ended", "run_slice"])
        self.assertEqual(events.count("run_started"), 1)
        self.assertEqual(events.count("run_ended"), 1)
        for line in told:
            self.assertEqual(line["run"], str(run.id))
            self.assertEqual(line["correlation_id"], run.correlation_id)
        ended = told[-2]
        self.assertEqual((ended["state"], ended["created"]), ("done", "30"))
        self.assertEqual(ended["requests"], str(run.requests_sent))
        self.assertEqual(logs.records[-2].levelname, "INFO")

    def test_a_failed_run_is_a_warning(self):
        location = self.connect(30)
        location.connection_id.private_token = "pit-refused"
        with self.assertLogs(run_log.__name__, logging.INFO) as logs:
            run = self.sync(location)
        self.assertEqual(run.state, "failed")
        self.assertEqual(self.ends_told(logs), [(str(run.id), "failed", "WARNING")])
        ended = next(f for f in facts(logs.output) if f["event"] == "run_ended")
        self.assertEqual(ended["code"], run.error_code)

    def test_an_order_that_is_refused_before_it_begins_is_told(self):
        location = self.connect(30)
        location.connection_id.private_token = "pit-refused"
        self.sync(location)
        with self.assertLogs(run_log.__name__, logging.INFO) as logs:
            run = self.sync(location)
        self.assertFalse(run.started_at)
        self.assertEqual(self.ends_told(logs), [(str(run.id), "failed", "WARNING")])

    def test_an_end_that_no_slice_brings_is_told_once_it_is_committed(self):
        location = self.connect(30)
        run = location._order_sync("full")[0].sudo()
        told = [(str(run.id), "cancelled", "INFO")]
        with self.assertLogs(run_log.__name__, logging.INFO) as logs:
            with correlated("whoever-cancels"):
                run._request_cancel()
            run_log._logger.info("event=none run=0 state=none")
            self.env.cr.postcommit.run()
        self.assertEqual(self.ends_told(logs), told)
        self.assertIn("event=none", logs.output[0])
        self.assertEqual(facts(logs.output)[1]["correlation_id"], run.correlation_id)

    def test_an_end_that_could_not_be_written_is_told_once(self):
        location = self.connect(30)
        told = []
        with self.enter_registry_test_mode(), self.env.registry.cursor() as cr:
            own = location.with_env(self.env(cr=cr))
            run = own._order_sync("full")[0].sudo()
            cr.commit()  # pylint: disable=invalid-commit
            with self.assertLogs(run_log.__name__, logging.INFO) as logs:
                end_at_all_costs(run)
                end_at_all_costs(run)
            told = [(str(run.id), "failed", "WARNING")]
        self.assertEqual(self.ends_told(logs), told)

    def test_every_request_carries_the_id_of_the_order(self):
        location = self.connect(600)
        with correlated("order-9"):
            run = location._order_sync("full")[0]
        self.assertEqual(run.correlation_id, "order-9")
        self.sync(location)
        self.assertEqual(run.state, "done")
        self.assertEqual(len(self.sent), run.requests_sent)
        self.assertEqual(set(self.sent), {"order-9"})
