"""Calibration of an account's API, and the engine that adapts to it."""

import time
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ...engine.connection.page_limit import page_limit
from ...engine.connection.stored_calibration import doubt_counts
from ...engine.schedule.due import due_kind
from ...engine.vendor_access import refusals
from ...engine.vendor_access.connection_state import mark_state
from ...tools.ghl.dialect import Capabilities
from ..sandbox import SandboxCase

SIZE = 700


@tagged("post_install", "-at_install")
class TestCalibration(SandboxCase):
    def setUp(self):
        super().setUp()
        self.set_setting("page_limit", 100)
        self.speak()

    def speak(self, *dialects):
        self.sandbox.control("PATCH", "/settings", {"dialects": list(dialects)})

    def sync_out(self, location, kind="full"):
        """Sync, and wait where the run waits for a moment."""
        run = self.sync(location, kind)
        for _more in range(3):
            if run.state != "waiting":
                break
            time.sleep(1.5)
            run = self.sync(location, kind)
        return run

    def edit(self, location):
        body = {"seed": 3, "update": 40, "create": 5, "delete": 4, "webhooks": False}
        path = f"/locations/{location.ghl_id}/edits"
        self.sandbox.control("POST", path, body)

    def assertFollows(self, *dialects, proven=True):
        """Assert that full, delta and verify mirror a location under dialects."""
        location = self.connect(SIZE)
        self.speak(*dialects)
        run = self.sync_out(location)
        self.assertEqual(run.state, "done", run.error)
        self.assertMirrors(location)
        self.assertEqual(location.proof_state == "proven", proven, run.proof_message)
        self.edit(location)
        run = self.sync_out(location, "delta")
        self.assertEqual(run.state, "done", run.error)
        run = self.sync_out(location, "full")
        self.assertEqual(run.state, "done", run.error)
        self.assertMirrors(location)
        return location

    def test_usual_account(self):
        location = self.assertFollows()
        caps = location.connection_id._get_capabilities()
        self.assertTrue(caps.can_split)

    def test_one_plain_walk_without_filters(self):
        location = self.assertFollows("filters-unsupported")
        self.assertIn("one strand", location.connection_id.calibration_summary)
        self.assertIn("one count", location.proof_message)

    def test_no_cursor_with_filters(self):
        self.assertFollows("cursor-no-filters")

    def test_bounds_to_the_second(self):
        self.assertFollows("range-seconds")

    def test_inclusive_upper_bounds(self):
        self.assertFollows("range-inclusive")

    def test_crowd_in_one_second(self):
        """However ranges behave, a crowd in one second is read, and not for long."""
        for dialects in (("range-seconds",), ("range-inclusive",), ()):
            with self.subTest(dialects):
                self.speak(*dialects)
                location = self.connect(SIZE, clean=True)
                self.crowd(location, "2024-05-06T07:08:09", 600)
                before = self.sandbox.requests_sent(location.ghl_id)
                run = self.sync_out(location)
                self.assertEqual(run.state, "done", run.error)
                self.assertMirrors(location)
                self.assertEqual(location.proof_state, "proven", run.proof_message)
                sent = self.sandbox.requests_sent(location.ghl_id) - before
                self.assertLess(sent, 120)

    def crowd(self, location, second, count):
        """Move that many contacts into one second."""
        path = f"/locations/{location.ghl_id}/contacts"
        for number, key in enumerate([*self.sandbox.truth(location.ghl_id)][:count]):
            added = f"{second}.{number % 1000:03}Z"
            body = {"set": {"dateAdded": added}, "webhooks": False}
            self.sandbox.control("PATCH", f"{path}/{key}", body)

    def test_one_plain_walk_where_ranges_are_ignored(self):
        for dialects in (
            ("range-ignored",),
            ("range-lower-ignored",),
            ("range-upper-ignored",),
            ("filters-ignored",),
            ("range-ignored", "not-exists-ignored"),
        ):
            with self.subTest(dialects):
                location = self.assertFollows(*dialects)
                caps = location.connection_id._get_capabilities()
                self.assertFalse(caps.can_split)
                self.assertIn("one count", location.proof_message)
                sent = self.sandbox.requests_sent(location.ghl_id)
                self.assertLess(sent, 150)

    def test_one_strand_where_not_exists_is_ignored(self):
        self.assertFollows("not-exists-ignored")

    def test_pages_are_refused_in_any_words(self):
        self.set_setting("page_limit", 500)
        for dialects, size in (
            (("page-limit-50",), 50),
            (("page-limit-50", "page-limit-unexplained"), 50),
            (("page-limit-200", "page-limit-unnamed"), 200),
            (("page-limit-100", "page-limit-reworded", "page-limit-400"), 100),
            (("page-limit-50", "page-limit-unexplained", "filters-unsupported"), 50),
            (("page-limit-clamped",), 500),
        ):
            with self.subTest(dialects):
                location = self.assertFollows(*dialects)
                connection = location.connection_id
                self.assertEqual(connection.page_limit_accepted, size)
                self.assertEqual(page_limit(location), size)

    def test_typing_error_in_the_year_9999(self):
        location = self.connect(SIZE)
        contact = {"dateAdded": "9999-12-31T23:59:59.999Z", "firstName": "Typo"}
        path = f"/locations/{location.ghl_id}/contacts"
        self.sandbox.control("POST", path, {"contact": contact, "webhooks": False})
        run = self.sync_out(location)
        self.assertEqual(run.state, "done", run.error)
        self.assertMirrors(location)
        self.assertEqual(location.proof_state, "proven", run.proof_message)
        self.assertTrue(location.connection_id._get_capabilities().can_split)

    def test_counts_are_doubted_where_they_may_end(self):
        connection = self.connection
        for before, total, doubted in (
            (9_000, 9_999, False),
            (9_000, 10_000, True),
            (None, 10_000, True),
            (9_000, 12_000, True),
            (None, 12_000, False),
            (12_000, 12_001, False),
        ):
            with self.subTest(before=before, total=total):
                connection.write({"calibration_due": False, "capabilities": False})
                doubt_counts(connection, before, total)
                self.assertEqual(connection.calibration_due, doubted)
        connection.capabilities = Capabilities(count_limit=10_000).to_json()
        connection.calibration_due = False
        doubt_counts(connection, 9_000, 10_000)
        self.assertFalse(connection.calibration_due)

    def test_location_outgrows_capped_counts(self):
        self.set_setting("page_limit", 500)
        self.speak("total-capped")
        location = self.connect(9_900, clean=True)
        self.sync_out(location)
        connection = location.connection_id
        self.assertFalse(connection._get_capabilities().count_limit)
        body = {"seed": 5, "create": 300, "webhooks": False}
        path = f"/locations/{location.ghl_id}/edits"
        self.sandbox.control("POST", path, body)
        run = self.sync_out(location, "delta")
        self.assertEqual(run.state, "done", run.error)
        run = self.sync_out(location, "full")
        self.assertEqual(run.state, "done", run.error)
        self.assertEqual(location.contact_count, 10_200)
        self.assertEqual(connection._get_capabilities().count_limit, 10_000)
        self.assertFalse(connection.calibration_due)
        run = self.sync_out(location, "delta")
        self.assertFalse(location.active_run_id)

    def test_exclusive_bounds_as_numbers(self):
        self.assertFollows("range-exclusive", "range-epoch-only")

    def test_no_total_means_not_proven(self):
        location = self.assertFollows("total-missing", proven=False)
        self.assertIn("how many", location.proof_message)

    def test_surprise_leads_to_calibration(self):
        location = self.connect(SIZE)
        self.sync_out(location)
        before = location.connection_id.calibrated_at
        self.speak("filters-unsupported")
        self.edit(location)
        run = self.sync_out(location)
        self.assertEqual(run.state, "done", run.error)
        self.assertMirrors(location)
        self.assertGreater(location.connection_id.calibrated_at, before)
        self.assertFalse(location.connection_id._get_capabilities().filters)

    def test_button(self):
        location = self.connect(20)
        connection = location.connection_id
        connection.action_calibrate()
        self.assertFalse(connection.calibrated_at)
        self.do_tasks()
        self.assertTrue(connection.calibrated_at)
        self.assertTrue(connection.calibration_summary)
        self.assertEqual(connection.page_limit_accepted, 500)
        self.speak("page-limit-100")
        connection.action_calibrate()
        self.do_tasks()
        self.assertEqual(connection.page_limit_accepted, 100)
        with self.assertRaises(UserError):
            connection.copy({"private_token": "x"}).action_calibrate()

    def test_damaged_storage_means_the_usual(self):
        self.connection.capabilities = {"filters": "perhaps", "page_limit": "x"}
        self.assertEqual(self.connection._get_capabilities(), Capabilities())


@tagged("post_install", "-at_install")
class TestConnectionCheck(SandboxCase):
    """Words for a person when the token, the scope or the location is wrong."""

    def test_good_token_is_named(self):
        location = self.connect(3)
        location.name = "Typed by hand"
        connection = location.connection_id
        connection.action_test_connection()
        self.do_tasks()
        self.assertEqual(connection.task_tone, "success")
        self.assertEqual(connection.state, "connected")
        # The name that a person gave stays; GoHighLevel's name is kept beside it.
        self.assertEqual(location.name, "Typed by hand")
        self.assertTrue(location.ghl_name)
        self.assertEqual(connection.account_name, location.name)

    def check(self, location, token):
        connection = location.connection_id
        connection.private_token = token
        connection.action_test_connection()
        self.do_tasks()
        message = connection.task_message
        self.assertEqual(connection.task_tone, "danger")
        self.assertNotIn(token, message)
        return connection.state, message

    def token(self, **body):
        return self.sandbox.control("POST", "/tokens", body)["token"]

    def test_wrong_token(self):
        state, message = self.check(self.connect(3), "pit-" + "0" * 12)
        self.assertEqual(state, "needs_reauth")
        self.assertIn("Copy it again", message)

    def test_token_that_stops_working_is_told_once(self):
        # Else it would be tried again for some minutes first.
        self.startPatcher(patch.object(refusals, "PATIENCE", 0))
        location = self.connect(3)
        connection = location.connection_id
        mark_state(connection, "connected")
        self.sandbox.control("POST", "/tokens/revoke", {"location": location.ghl_id})
        for _again in range(2):
            run = self.sync(location)
            self.assertEqual(run.state, "failed")
        self.assertEqual(connection.state, "needs_reauth")
        managers = connection._get_managers()
        self.assertTrue(managers)
        self.assertEqual(len(connection.activity_ids), len(managers))
        long_ago = fields.Datetime.now() - timedelta(days=9)
        location.write({"last_full_at": long_ago, "last_verify_at": long_ago})
        self.assertIsNone(due_kind(location))
        token = self.token(kind="pit", location=location.ghl_id)
        connection.private_token = token
        connection.action_test_connection()
        self.do_tasks()
        self.assertFalse(connection.activity_ids)
        self.assertEqual(due_kind(location), "verify")

    def test_token_of_another_location(self):
        other = self.sandbox.add_location(2)
        _state, message = self.check(self.connect(3), other["pit"])
        self.assertIn("another sub-account", message)

    def test_missing_scope(self):
        location = self.connect(3)
        token = self.token(
            kind="pit", location=location.ghl_id, scopes=["locations.readonly"]
        )
        _state, message = self.check(location, token)
        self.assertIn("contacts.readonly", message)

    def test_agency_token(self):
        _state, message = self.check(self.connect(3), self.token(kind="agency_pit"))
        self.assertIn("agency", message)

    def test_entry_in_the_form_is_tested(self):
        location = self.connect(3)
        connection = location.connection_id
        wrong = {"private_token": "pit-" + "1" * 12}
        told = connection.web_save(wrong, {"state": {}, "is_busy": {}})
        # Stored at once, whatever GoHighLevel does; asked later.
        self.assertEqual(told[0]["state"], "draft")
        self.assertTrue(told[0]["is_busy"])
        self.assertEqual(self.sandbox.requests_sent(location.ghl_id), 0)
        self.do_tasks()
        self.assertEqual(connection.state, "needs_reauth")
        right = self.token(kind="pit", location=location.ghl_id)
        connection.web_save({"private_token": right}, {"state": {}})
        self.do_tasks()
        self.assertEqual(connection.state, "connected")
