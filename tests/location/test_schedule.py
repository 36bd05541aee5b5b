"""The schedule of locations: what is stored, shown and ordered, and by whom changed."""

import secrets
from datetime import timedelta
from unittest.mock import patch

import psycopg2

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ...engine.api.sync_status import location_status
from ...engine.checkpoint import Checkpoint, save_checkpoint
from ...engine.crons.location_cron import FIRST, USUAL
from ...engine.schedule import due as due_module
from ...engine.schedule.change_rate import followed_rate
from ...engine.schedule.collect import is_read_due
from ...engine.schedule.due import (
    due_kind,
    next_due,
    order_what_is_due,
    store_plan,
)
from ...engine.schedule.viewed import note_view
from ...engine.vendor_access.connection_state import mark_state
from ..common import GhlCommon

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class ScheduleCase(GhlCommon):
    def setUp(self):
        super().setUp()
        self.now = fields.Datetime.now()
        self.have_read(self.location)

    def have_read(self, location, ago=timedelta(minutes=1)):
        """Have a location look as if all had been read and verified lately."""
        read = self.now - ago
        location.write(
            {"last_full_at": read, "last_verify_at": read, "last_delta_at": read}
        )
        self.env.flush_all()

    def end_run(self, kind="delta", state="failed", code="server_error"):
        run = self.location._order_sync(kind, "cron")[0].sudo()
        run._finish(state, "In words.", code if state == "failed" else None)
        self.env.flush_all()
        return run

    def minutes(self):
        """Return in how many minutes the next sync comes, and why."""
        due = next_due(self.location)
        return round((due.at - self.now).total_seconds() / 60), due.reason


@tagged("post_install", "-at_install")
class TestSchedule(ScheduleCase):
    def test_what_comes_next_is_stored_and_the_cron_called_in_time(self):
        self.location.delta_interval = 8
        store_plan(self.location)
        self.location.invalidate_recordset()
        at = self.location.next_sync_at
        self.assertLess(abs(at - self.now - timedelta(minutes=7)), timedelta(minutes=1))
        self.assertEqual(self.location.next_sync_reason, "usual")
        self.assertTrue(
            self.env["ir.cron.trigger"].search(
                [
                    ("cron_id", "=", self.location.cron_id.id),
                    ("call_at", ">=", at),
                    ("call_at", "<=", at + timedelta(minutes=1)),
                ]
            )
        )

    def test_a_change_of_the_rules_is_followed_at_once(self):
        self.location.auto_sync = False
        self.assertFalse(self.location.next_sync_at)
        self.assertEqual(self.location.next_sync_reason, "off")
        self.location.write({"auto_sync": True, "adaptive_sync": False})
        self.assertEqual(self.location.next_sync_reason, "fixed")
        before = self.location.next_sync_at
        self.location.delta_interval = 120
        self.assertGreater(self.location.next_sync_at, before + HOUR)

    def test_a_change_of_what_is_read_again_is_followed_at_once(self):
        """In whole days first, then in fewer than have passed."""
        self.location.write({"contact_count": 10, "contents_at": self.now - 5 * DAY})
        store_plan(self.location)
        self.assertEqual(self.location.next_sync_kind, "delta")
        self.location.audit_days = 4
        self.assertEqual(self.location.next_sync_kind, "audit")
        self.location.audit_enabled = False
        self.assertEqual(self.location.next_sync_kind, "delta")

    def test_many_are_changed_at_once(self):
        others = self.location.create(
            [
                {
                    "name": str(number),
                    "ghl_id": secrets.token_hex(8),
                    "connection_id": self.connection.id,
                }
                for number in range(5)
            ]
        )
        self.have_read(others)
        rules = {
            "adaptive_sync": False,
            "delta_interval": 30,
            "verify_interval": 48,
            "quiet_from": 22.0,
            "quiet_to": 6.0,
        }
        all_of_them = self.location | others
        all_of_them.with_user(self.manager).write(rules)
        for location in all_of_them:
            self.assertEqual({name: location[name] for name in rules}, rules)
            self.assertTrue(location.next_sync_at)
        with self.assertRaises(AccessError):
            all_of_them.with_user(self.user).write(rules)

    def test_many_take_the_settings(self):
        self.location.write({"delta_interval": 99, "adaptive_sync": False})
        self.set_setting("delta_interval", "20")
        with self.assertRaises(AccessError):
            self.location.with_user(self.user).action_default_schedule()
        self.location.with_user(self.manager).action_default_schedule()
        self.assertEqual(self.location.delta_interval, 20)
        self.assertTrue(self.location.adaptive_sync)
        self.assertTrue(self.location.auto_sync)

    def test_new_locations_take_the_settings(self):
        for name, value in (
            ("delta_shortest", 90),
            ("quiet_from", 23.0),
            ("adaptive_sync", False),
        ):
            self.set_setting(name, str(value))
        location = self.location.create(
            {"name": "New", "ghl_id": "new", "connection_id": self.connection.id}
        )
        self.assertEqual((location.delta_shortest, location.delta_longest), (90, 90))
        self.assertEqual(location.quiet_from, 23.0)
        self.assertFalse(location.adaptive_sync)
        # Nothing is read before its cron's first call.
        self.assertEqual(location.next_sync_reason, "first_fill")
        self.assertGreaterEqual(location.next_sync_at, location.cron_id.nextcall)
        self.assertFalse(
            self.env["ir.cron.trigger"].search([("cron_id", "=", location.cron_id.id)])
        )

    @mute_logger("odoo.sql_db")
    def test_rules_that_cannot_be_are_refused(self):
        for values in (
            {"delta_shortest": 61},
            {"delta_shortest": 0},
            {"quiet_from": 24.5},
            {"quiet_to": -1.0},
        ):
            with (
                self.subTest(values),
                self.assertRaises(psycopg2.errors.CheckViolation),
                self.env.cr.savepoint(),
            ):
                self.location.write(values)
                self.env.flush_all()

    def test_a_zone_that_nobody_knows_is_utc(self):
        for zone in ("Mars/Olympus", "../passwd", False):
            self.env.cr.execute(
                "UPDATE ghl_location SET timezone = %s WHERE id = %s",
                [zone or None, self.location.id],
            )
            self.env.invalidate_all()
            self.assertEqual(self.location.schedule_zone, "UTC")
            self.assertTrue(next_due(self.location).at)
        self.location.timezone = "America/New_York"
        self.assertEqual(self.location.schedule_zone, "America/New_York")

    def test_one_that_changes_often_is_read_more_often(self):
        for rate, minutes, reason in (
            (30.0, 4, "often"),
            (2.0, 29, "sometimes"),
            (0.0, 58, "idle"),
        ):
            self.location.change_rate = rate
            found, why = self.minutes()
            self.assertEqual(why, reason)
            self.assertAlmostEqual(found, minutes, delta=2)

    def test_runs_find_how_often_it_changes(self):
        self.have_read(self.location, HOUR)
        run = self.location._order_sync("delta", "cron")[0].sudo()
        run.write({"contacts_created": 10, "contacts_updated": 2})
        rate = followed_rate(run, fields.Datetime.now())["change_rate"]
        self.assertAlmostEqual(rate, 12, delta=1)
        for kind in ("full", "verify", "audit"):
            run.kind = kind
            self.assertEqual(followed_rate(run, self.now), {})
        # An audit reads changes first, and knows how many they were.
        save_checkpoint(run, Checkpoint(changes_read=6))
        rate = followed_rate(run, fields.Datetime.now())["change_rate"]
        self.assertAlmostEqual(rate, 6, delta=1)

    def test_changes_are_due_as_the_schedule_has_it(self):
        """Not by the usual interval, where it follows how often a location changes."""
        for rate, minutes in ((30.0, 6), (None, 16), (0.0, 61)):
            self.location.change_rate = -1.0 if rate is None else rate
            for passed, due in ((minutes, True), (minutes - 5, False)):
                with self.subTest(rate=rate, passed=passed):
                    read_at = fields.Datetime.now() - timedelta(minutes=passed)
                    self.assertIs(is_read_due(self.location, read_at), due)

    def test_failures_make_it_rare(self):
        self.end_run()
        first, why = self.minutes()
        self.assertEqual(why, "failing")
        for _failure in range(3):
            self.end_run()
        later, _why = self.minutes()
        self.assertGreater(later, 4 * first)
        self.end_run(state="done")
        self.assertEqual(self.minutes()[1], "usual")

    def test_what_a_refusal_had_stopped_is_made_up_for(self):
        self.end_run("full", code="token_invalid")
        self.assertIsNone(due_kind(self.location))
        mark_state(self.connection, "needs_reauth", "Refused.")
        self.assertEqual(next_due(self.location).kind, "probe")
        mark_state(self.connection, "connected")
        self.assertEqual(due_kind(self.location), "full")
        # Once: what fails anew has failed.
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE ghl_location SET access_back_at = access_back_at"
            " - interval '1 minute'"
        )
        self.env.invalidate_all()
        self.end_run("full", code="token_invalid")
        self.assertIsNone(due_kind(self.location))

    def test_two_that_look_at_once_order_one(self):
        self.have_read(self.location, 3 * HOUR)
        run = order_what_is_due(self.location)
        self.assertEqual(order_what_is_due(self.location), run)
        self.assertEqual(run.origin, "cron")
        self.assertEqual(self.location.run_count, 1)

    def test_nothing_comes_in_a_copy(self):
        with patch.object(type(self.connection), "is_moved", True):
            self.assertEqual(next_due(self.location).reason, "moved")
            self.assertIsNone(due_kind(self.location))
            with patch.object(due_module, "is_silent_too_long", return_value=True):
                self.assertFalse(order_what_is_due(self.location))
        self.assertFalse(self.location.run_ids)

    def test_silent_webhooks_order_nothing_that_the_schedule_forbids(self):
        silent = patch.object(due_module, "is_silent_too_long", return_value=True)
        hour = self.now.hour + self.now.minute / 60
        night = {"quiet_from": (hour - 2) % 24, "quiet_to": (hour + 2) % 24}
        for values in ({"auto_sync": False}, {**night, "quiet_reads": "none"}):
            self.location.write({"timezone": "UTC", **values})
            with silent, self.subTest(**values):
                self.assertFalse(order_what_is_due(self.location))
            self.location.write({"auto_sync": True, "quiet_reads": "usual"})
        with silent:
            run = order_what_is_due(self.location)
        self.assertEqual((run.kind, run.origin), ("delta", "webhook"))


@tagged("post_install", "-at_install")
class TestShownSchedule(ScheduleCase):
    def shown(self):
        self.env.flush_all()
        self.env.invalidate_all()
        entry = location_status(self.location)
        return entry["next_sync_at"], entry["next_sync_kind"], entry["next_sync_reason"]

    def test_the_next_sync_is_told_with_its_reason(self):
        store_plan(self.location)
        at, kind, reason = self.shown()
        self.assertTrue(at.endswith("Z"))
        self.assertEqual(kind, "delta")
        self.assertIn("usual interval", reason)
        self.assertIn("usual interval", self.location.next_sync_text)

    def test_a_run_that_is_on_is_told_instead(self):
        run = self.location._order_sync("verify", "cron")[0].sudo()
        self.assertEqual(self.shown(), (None, "verify", "A sync is under way."))
        run.write({"state": "waiting", "resume_at": self.now + HOUR})
        self.assertTrue(self.shown()[0])

    def test_what_is_stopped_tells_so(self):
        store_plan(self.location)
        self.connection.active = False
        at, _kind, reason = self.shown()
        self.assertIsNone(at)
        self.assertIn("archived", reason)

    def test_the_form_shows_the_rules(self):
        with Form(self.location.with_user(self.manager)) as form:
            form.quiet_from = 2.5
            form.delta_longest = 240
        self.assertEqual(self.location.quiet_from, 2.5)

    def test_whoever_looks_has_it_read_first(self):
        self.location.change_rate = 0.0
        with self.enter_registry_test_mode():
            self.env.flush_all()
            note_view(self.location)
        self.env.invalidate_all()
        self.assertEqual(self.location.next_sync_reason, "viewed")
        self.assertEqual(self.location.cron_id.priority, FIRST)
        viewed = self.location.viewed_at
        # Further looks cost nothing.
        with self.assertQueryCount(0):
            note_view(self.location)
        self.assertEqual(self.location.viewed_at, viewed)
        self.location.viewed_at = self.now - HOUR
        self.env["ghl.sync.run"]._cron_watchdog()
        self.assertEqual(self.location.cron_id.priority, USUAL)
