"""Refused access: what passes, what it concerns, and how it ends by itself."""

from collections import OrderedDict
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests.common import tagged

from ...engine import probe
from ...engine.activity import describe
from ...engine.connection.check import check_locations
from ...engine.schedule.due import due_kind
from ...engine.vendor_access import refusals
from ...engine.vendor_access.connection_state import mark_state
from ...tools.errors import GhlScopeError
from ...tools.http.retry import RetryPolicy
from ...tools.rate_limit import governor
from ..common import GhlCommon
from ..sandbox import SandboxCase

SEARCH = {"path": "/contacts/search"}
FORBIDDEN = {"statusCode": 403, "message": "Forbidden"}


class RefusalCase(SandboxCase):
    def setUp(self):
        super().setUp()
        # Passing trouble is met by the run and not by the call: no test waits for it.
        self.startPatcher(patch.object(RetryPolicy, "_used_up", return_value=True))

    def fault(self, fault, match=SEARCH, count=0, **extra):
        rule = {"match": match, "fault": fault, "count": count, **extra}
        self.sandbox.control("POST", "/faults", rule)

    def heal(self):
        self.sandbox.control("DELETE", "/faults")

    def let_pass(self, *records, seconds=100_000):
        """Let so much time pass for the moments of these records."""
        span = timedelta(seconds=seconds)
        names = ("refused_at", "probe_at", "resume_at", "heartbeat_at")
        for record in records:
            record.invalidate_recordset()
            for name in names:
                if name in record._fields and record[name]:
                    record[name] -= span
        self.env.flush_all()

    def go_on(self, run):
        """Let a waiting run's time come, and its cron work."""
        self.let_pass(run, seconds=4_000)
        with self.enter_registry_test_mode():
            self.work(run.location_id)
        return run

    def sent(self, location):
        return self.sandbox.requests_sent(location.ghl_id)


@tagged("post_install", "-at_install", "ghl_engine")
class TestPassingRefusals(RefusalCase):
    def test_a_token_that_has_worked_may_be_refused_for_a_while(self):
        location = self.connect(20)
        self.sync(location)
        connection = location.connection_id
        self.fault("expired_token", match={})
        run = self.sync(location, "delta")
        self.assertEqual((run.state, run.error_code), ("waiting", "token_refused"))
        self.assertEqual(connection.state, "connected")
        self.go_on(run)
        self.assertEqual((run.state, connection.state), ("waiting", "connected"))
        self.heal()
        self.go_on(run)
        self.assertEqual((run.state, connection.state), ("done", "connected"))
        self.assertFalse(connection.refused_at)

    def test_a_new_token_is_tried_at_once(self):
        location = self.connect(20)
        self.sync(location)
        connection = location.connection_id
        good = connection.private_token
        self.fault("expired_token", match={})
        run = self.sync(location, "delta")
        self.assertEqual((run.state, run.error_code), ("waiting", "token_refused"))
        self.heal()
        connection.token_entry = good
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.work(location)
        run.invalidate_recordset()
        self.assertEqual(run.state, "done", run.error)

    def test_also_in_the_middle_of_a_first_fill(self):
        self.set_setting("page_limit", 100)
        location = self.connect(400, clean=True)
        self.fault("expired_token", match={**SEARCH, "cursor": True})
        run = self.sync(location)
        self.assertEqual((run.state, run.error_code), ("waiting", "token_refused"))
        self.heal()
        self.go_on(run)
        self.assertEqual(run.state, "done", run.error)
        self.assertMirrors(location)

    def test_a_token_that_never_worked_is_refused_at_once(self):
        location = self.connect(5)
        location.connection_id.private_token = "pit-wrong"
        run = self.sync(location)
        self.assertEqual((run.state, run.error_code), ("failed", "token_invalid"))
        self.assertEqual(location.connection_id.state, "needs_reauth")

    def test_what_lasts_is_believed_and_ends_by_a_probe(self):
        location = self.connect(20)
        self.sync(location)
        connection = location.connection_id
        self.fault("expired_token", match={})
        run = self.sync(location, "delta")
        self.let_pass(connection, seconds=refusals.PATIENCE + 1)
        self.go_on(run)
        self.assertEqual((run.state, connection.state), ("failed", "needs_reauth"))
        before = self.sent(location)
        pauses = []
        for _probe in range(10):
            with self.enter_registry_test_mode():
                # Not due yet: nothing is sent.
                self.work(location)
                self.let_pass(connection, seconds=50_000)
                self.work(location)
            connection.invalidate_recordset()
            wait = connection.probe_at - fields.Datetime.now()
            pauses.append(round(wait.total_seconds(), -1))
        self.assertEqual(pauses[:4], [300, 900, 1800, 3600])
        self.assertEqual(pauses[-1], 21_600)
        # A single request each; the token is tried once more at the most.
        self.assertLessEqual(self.sent(location) - before, 20)
        self.heal()
        past = fields.Datetime.now() - timedelta(hours=5)
        location.write(
            {"last_delta_at": past, "last_verify_at": past, "last_full_at": past}
        )
        with self.enter_registry_test_mode():
            self.let_pass(connection, seconds=50_000)
            self.work(location)
            self.work(location)
        self.assertEqual(connection.state, "connected")
        self.assertFalse(connection.probe_at)
        self.assertEqual(location.last_run_id.state, "done")
        self.assertNotEqual(location.last_run_id, run)

    def test_an_order_meanwhile_sends_one_honest_request(self):
        location = self.connect(20)
        self.sync(location)
        self.fault("expired_token", match={})
        mark_state(location.connection_id, "needs_reauth", "Refused.")
        before = self.sent(location)
        run = self.sync(location)
        self.assertEqual((run.state, run.error_code), ("failed", "token_invalid"))
        self.assertIn("Invalid JWT", run.error)
        self.assertLessEqual(self.sent(location) - before, 1)
        self.heal()
        run = self.sync(location)
        self.assertEqual(run.state, "done", run.error)
        self.assertEqual(location.connection_id.state, "connected")

    def test_an_edge_in_the_way_passes_whatever_its_status(self):
        for status, kind in ((403, "text"), (404, "html"), (401, "aws"), (302, "html")):
            with self.subTest(status=status, kind=kind):
                location = self.connect(20)
                self.fault("edge", match={}, status=status, kind=kind)
                run = self.sync(location)
                self.assertEqual(
                    (run.state, run.error_code), ("waiting", "edge_answer"), run.error
                )
                self.assertIn("Something between Odoo and GoHighLevel", run.error)
                self.assertEqual(location.connection_id.state, "draft")
                self.heal()
                self.go_on(run)
                self.assertEqual(run.state, "done", run.error)
                self.assertMirrors(location)


@tagged("post_install", "-at_install", "ghl_engine")
class TestWaiting(RefusalCase):
    """A run that waits has a reason, a time, and a button that tries once."""

    DAY = {"remaining": 0, "reset_ms": 30_000_000}

    def wait(self, location, **fault):
        self.fault("rate_limit", match={}, **(fault or self.DAY))
        run = self.sync(location, "delta")
        self.assertEqual(run.state, "waiting", run.error)
        return run

    def try_now(self, run, times=1):
        before = self.sent(run.location_id)
        run.location_id.action_try_now()
        with self.enter_registry_test_mode():
            for _slice in range(times):
                self.work(run.location_id)
        return self.sent(run.location_id) - before

    def new_process(self):
        """Forget what this process knows of the rate limits, not what is stored."""
        self.startPatcher(patch.object(governor, "_governors", OrderedDict()))

    def test_the_day_is_waited_for_as_the_vendor_tells(self):
        location = self.connect(20)
        self.sync(location)
        run = self.wait(location)
        self.assertEqual(run.error_code, "daily_quota_spent")
        left = (run.resume_at - fields.Datetime.now()).total_seconds()
        self.assertAlmostEqual(left, 30_000, delta=60)
        # By the reader's own clock.
        self.env.user.tz = "America/Los_Angeles"
        shown = run.with_context(tz=False).state_message
        self.assertNotIn("UTC", shown)
        self.assertRegex(shown, r"It goes on by itself at .+ P[SD]T\.$")
        self.assertIn("next try in 8 h", describe(run)["text"])

    def test_trying_now_sends_one_request_and_tells_its_answer(self):
        location = self.connect(20)
        self.sync(location)
        run = self.wait(location)
        resume_at = run.resume_at
        self.assertEqual(self.try_now(run), 1)
        self.assertEqual((run.state, run.probe_requested), ("waiting", False))
        self.assertAlmostEqual(run.resume_at, resume_at, delta=timedelta(seconds=30))
        self.heal()
        self.fault("status", match={}, status=503)
        self.assertEqual(self.try_now(run), 1)
        self.assertEqual((run.state, run.error_code), ("waiting", "server_error"))
        self.assertIn("503", run.error)
        self.assertAlmostEqual(run.resume_at, resume_at, delta=timedelta(seconds=30))
        self.heal()
        self.assertGreater(self.try_now(run), 1)
        self.assertEqual(run.state, "done", run.error)

    def test_a_request_under_way_is_told(self):
        location = self.connect(20)
        self.sync(location)
        run = self.wait(location)
        seen = []

        def look(_location):
            run.invalidate_recordset()
            seen.append(describe(run)["text"])

        with patch.object(probe, "send_probe", look):
            self.try_now(run)
        self.assertIn("One request is under way", seen[0])

    def test_nothing_is_sent_while_nobody_asks(self):
        location = self.connect(20)
        self.sync(location)
        self.wait(location)
        before = self.sent(location)
        self.new_process()
        with self.enter_registry_test_mode():
            for _slice in range(3):
                self.work(location)
        self.assertEqual(self.sent(location), before)

    def test_an_order_of_a_person_joins_and_tries(self):
        location = self.connect(20)
        self.sync(location)
        run = self.wait(location, remaining=-1, retry_after=86_400)
        self.assertLess(run.resume_at - fields.Datetime.now(), timedelta(hours=1.1))
        self.heal()
        self.new_process()
        joined, created = location._order_sync("delta", "button")
        self.assertEqual((joined, created), (run, False))
        with self.enter_registry_test_mode():
            self.work(location)
        self.assertEqual(run.state, "done", run.error)

    def test_an_order_after_a_cancel_waits_for_the_told_end_of_the_day(self):
        """Or for a person who tries all the same."""
        location = self.connect(20)
        self.sync(location)
        run = self.wait(location)
        run._request_cancel()
        before = self.sent(location)
        run = self.sync(location, "delta")
        self.assertEqual(run.state, "waiting")
        self.assertEqual(self.sent(location) - before, 0)
        self.heal()
        self.new_process()
        self.assertTrue(self.try_now(run, 2))
        self.assertEqual(run.state, "done", run.error)


@tagged("post_install", "-at_install", "ghl_engine")
class TestWhomItConcerns(RefusalCase):
    def test_a_location_that_is_refused_leaves_the_others_alone(self):
        one, two, three = (self.connect(10) for _each in range(3))
        connection = one.connection_id
        # They belong to one connection, as the locations of an agency do.
        for other in (two, three):
            self.env.cr.execute(
                "UPDATE ghl_location SET connection_id = %s WHERE id = %s",
                [connection.id, other.id],
            )
        self.env.invalidate_all()
        mark_state(connection, "connected")
        error = refused("The token does not have access to this location.")
        refusals.handle_refused_location(one, error)
        self.assertEqual(connection.state, "connected")
        self.assertEqual((one.trouble_code, two.trouble_code), ("token_scope", False))
        self.assertIn("does not have access", one.trouble_message)
        self.assertTrue(one.trouble_at)
        refusals.handle_refused_location(two, error)
        self.assertEqual(connection.state, "connected")
        refusals.handle_refused_location(three, error)
        self.assertEqual(connection.state, "error")
        self.assertIn("all 3 locations", connection.state_message)
        refusals.note_accepted(two)
        self.assertEqual((connection.state, two.trouble_code), ("connected", False))
        self.assertTrue(one.trouble_code)

    def test_a_refused_location_comes_back_by_a_probe(self):
        location = self.connect(20)
        self.sync(location)
        self.fault("status", match={}, status=403, body=FORBIDDEN)
        run = self.sync(location, "delta")
        self.assertEqual((run.state, run.error_code), ("failed", "token_scope"))
        self.assertEqual(location.trouble_code, "token_scope")
        self.assertIsNone(due_kind(location))
        before = self.sent(location)
        with self.enter_registry_test_mode():
            self.work(location)
        self.assertEqual(self.sent(location), before)
        with self.enter_registry_test_mode():
            self.let_pass(location)
            self.work(location)
        self.assertEqual(self.sent(location), before + 1)
        self.assertTrue(location.trouble_code)
        self.heal()
        with self.enter_registry_test_mode():
            self.let_pass(location)
            self.work(location)
        self.assertFalse(location.trouble_code)
        self.assertEqual(location.connection_id.state, "connected")

    def test_a_new_token_is_tried_at_once(self):
        location = self.connect(20)
        self.sync(location)
        connection = location.connection_id
        refusals.handle_refused_location(location, refused("Forbidden"))
        self.assertEqual(connection.state, "error")
        connection.private_token = connection.private_token
        self.assertEqual((connection.state, location.trouble_code), ("draft", False))
        run = self.sync(location)
        self.assertEqual((run.state, connection.state), ("done", "connected"))

    def test_only_one_of_many_locations_probes(self):
        location = self.connect(5)
        connection = location.connection_id
        mark_state(connection, "needs_reauth", "Refused.")
        self.let_pass(connection)
        with self.enter_registry_test_mode():
            self.assertTrue(probe._claim(connection))
            self.assertFalse(probe._claim(connection))


def refused(message):
    return GhlScopeError(message, status=403)


@tagged("post_install", "-at_install", "ghl_engine")
class TestConnectionOfMany(RefusalCase):
    """Testing a connection tells of each location, and judges the token by all."""

    def pair(self):
        one, two = self.connect(5), self.connect(5)
        self.env.cr.execute(
            "UPDATE ghl_location SET connection_id = %s WHERE id = %s",
            [one.connection_id.id, two.id],
        )
        self.env.invalidate_all()
        return one, two

    def test_one_that_is_refused_makes_the_connection_no_error(self):
        one, two = self.pair()
        connection = one.connection_id
        # The token is the first one's own.
        troubles, refused = check_locations(connection)
        self.assertEqual((len(troubles), refused), (1, False))
        self.assertIn(two.name, troubles[0])
        self.assertEqual(connection.state, "connected")
        self.assertEqual((one.trouble_code, two.trouble_code), (False, "token_scope"))

    def test_trouble_that_passes_says_nothing_of_the_token(self):
        one, _two = self.pair()
        connection = one.connection_id
        mark_state(connection, "connected")
        self.fault("edge", match={}, status=403, kind="html")
        troubles, refused = check_locations(connection)
        self.assertEqual((len(troubles), refused), (2, False))
        self.assertEqual(connection.state, "connected")


@tagged("post_install", "-at_install")
class TestRateWords(GhlCommon):
    def test_people_read_sentences(self):
        self.assertFalse(self.location.rate_text)
        self.location.rate_snapshot = {
            "limit": 100,
            "interval_ms": 10_000,
            "limit_today": 200_000,
            "remaining_today": 199_812,
            "by": "99c3034d",
            "at": 1795636897.54,
            "daily": {"reset_at": 1795640000},
            "rate_limited": 3,
        }
        text = self.location.rate_text
        for words in ("100 requests in 10 seconds", "199,812 of 200,000", "3 requests"):
            self.assertIn(words, text)
        for raw in ("99c3034d", "1795636897", "None"):
            self.assertNotIn(raw, text)

    def test_what_the_engine_keeps_is_shown_to_its_developers_only(self):
        for user, shown in ((self.user, False), (self.manager, False)):
            arch = (
                self.env["ghl.location"]
                .with_user(user)
                .get_view(view_type="form")["arch"]
            )
            self.assertIs('rate_snapshot" widget' in arch, shown)
            self.assertIn("rate_text", arch)
