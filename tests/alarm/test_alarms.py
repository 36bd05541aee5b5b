"""Managers are told of trouble: once, together, in time, and until it is over."""

import itertools
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests.common import tagged

from ...engine.alarm.alarms import check_connections
from ...engine.vendor_access.connection_state import mark_state
from ..common import GhlCommon

TROUBLE = "ghl_contact_sync.mail_activity_type_trouble"


@tagged("post_install", "-at_install")
class TestAlarms(GhlCommon):
    def setUp(self):
        super().setUp()
        self.connection.state = "connected"
        self.managers = self.connection._get_managers()
        self.env.flush_all()
        self.posted = max(self.env["mail.message"].search([]).ids)

    def fail(self, code="internal_error", error="It broke.", **values):
        location = values.pop("location", self.location)
        return self.env["ghl.sync.run"].create(
            {
                "location_id": location.id,
                "kind": "full",
                "origin": "cron",
                "state": "failed",
                "error": error,
                "error_code": code,
                "finished_at": fields.Datetime.now(),
                **values,
            }
        )

    def check(self):
        self.env.flush_all()
        self.env.invalidate_all()
        check_connections(self.connection)

    def news(self):
        """Return the messages since the last call."""
        self.env.flush_all()
        messages = self.env["mail.message"].search(
            [
                ("model", "=", "ghl.connection"),
                ("res_id", "=", self.connection.id),
                ("subtype_id", "=", self.env.ref("mail.mt_comment").id),
                ("id", ">", self.posted),
            ]
        )
        self.posted = max(messages.ids, default=self.posted)
        return messages

    def reminders(self):
        return self.connection.activity_ids.filtered(
            lambda a: a.activity_type_id == self.env.ref(TROUBLE)
        )

    def test_a_failure_is_told_once_and_closed_when_over(self):
        run = self.fail()
        self.check()
        message = self.news()
        self.assertEqual(len(message), 1)
        self.assertIn("It broke.", message.body)
        self.assertIn(f"/odoo/ghl-sync-runs/{run.id}", message.body)
        self.assertEqual(message.partner_ids, self.managers.partner_id)
        self.assertEqual(self.reminders().user_id, self.managers)
        for _again in range(3):
            self.check()
        self.assertFalse(self.news())
        self.assertEqual(len(self.reminders()), len(self.managers))
        self.fail(state="done", error=False, code=False)
        self.check()
        self.assertFalse(self.reminders())
        self.assertFalse(self.news())

    def test_nobody_else_is_told(self):
        self.fail()
        self.check()
        self.assertIn(self.manager, self.managers)
        for other in (self.user, self.stranger, self.internal):
            self.assertNotIn(other, self.managers)

    def test_whoever_has_left_is_told_nothing(self):
        gone = self.manager.copy({"login": "gone", "active": False})
        self.fail()
        self.check_all()
        self.assertEqual(self.news().partner_ids, self.managers.partner_id)
        self.assertEqual(self.reminders().user_id, self.managers)
        self.assertNotIn(gone, self.managers)

    def test_many_locations_make_one_message(self):
        for number in range(30):
            self.fail(
                location=self.env["ghl.location"].create(
                    {
                        "name": f"Location {number}",
                        "ghl_id": f"locAlarm{number:03d}",
                        "connection_id": self.connection.id,
                    }
                )
            )
        self.check()
        message = self.news()
        self.assertEqual(len(message), 1)
        self.assertIn("10 more are listed", message.body)
        self.assertEqual(len(self.reminders()), len(self.managers))

    def test_a_run_under_way_is_no_end_of_the_trouble(self):
        self.fail(kind="verify")
        self.check()
        self.news()
        self.fail(kind="delta", state="done", error=False, code=False)
        self.check()
        run = self.fail(kind="verify", state="running", finished_at=False)
        self.check()
        run.write({"state": "failed", "finished_at": fields.Datetime.now()})
        self.check()
        self.assertFalse(self.news())
        self.assertEqual(len(self.reminders()), len(self.managers))

    def test_what_passes_by_itself_is_told_to_nobody(self):
        self.fail("server_error")
        self.check()
        self.assertFalse(self.news())
        self.fail(state="done", error=False, code=False)
        self.check()
        self.assertFalse(self.env["ghl.alarm"].search([("closed_at", "=", False)]))
        self.fail("server_error")
        self.check()
        self.env["ghl.alarm"].search([]).seen_at = fields.Datetime.now() - timedelta(
            hours=1
        )
        self.check()
        self.assertEqual(len(self.news()), 1)

    def test_a_run_that_waits_is_no_trouble(self):
        resume = fields.Datetime.now() + timedelta(hours=2)
        self.fail("server_error", state="waiting", resume_at=resume)
        self.check()
        self.assertFalse(self.news())

    def test_trouble_behind_trouble_is_not_told_twice(self):
        self.location.write({"proof_state": "not_proven", "proof_message": "Gap."})
        self.check()
        self.assertEqual(len(self.news()), 1)
        self.connection.state = "error"
        self.check()
        self.assertEqual(len(self.news()), 1)
        self.connection.state = "connected"
        self.check()
        self.assertFalse(self.news())
        self.assertEqual(len(self.reminders()), len(self.managers))

    def test_what_comes_back_at_once_was_not_over(self):
        self.location.trouble_code = "token_scope"
        self.check()
        self.news()
        self.location.trouble_code = False
        self.check()
        self.assertFalse(self.reminders())
        self.location.trouble_code = "token_scope"
        self.check()
        self.assertFalse(self.news().mapped("body"))

    def test_what_came_back_and_stays_is_put_before_whoever_put_it_away(self):
        self.location.trouble_code = "token_scope"
        self.check()
        self.reminders().unlink()
        self.check()
        for trouble in (False, "token_scope"):
            self.location.trouble_code = trouble
            self.check()
        alarm = self.connection.alarm_ids
        self.assertEqual(alarm.put_away_ids, self.managers)
        self.assertFalse(self.reminders(), "it may pass again")
        alarm.relapsed_at = fields.Datetime.now() - timedelta(hours=2)
        self.news()
        self.check()
        self.assertEqual(self.reminders().user_id, self.managers)
        self.assertFalse(self.news().mapped("body"))
        # Once: what is put away now stays away.
        self.reminders().unlink()
        self.check()
        self.check()
        self.assertFalse(self.reminders())

    def test_a_dead_connection_is_told_by_itself_alone(self):
        mark_state(self.connection, "needs_reauth", "Gone.")
        self.assertEqual(len(self.news()), 1)
        self.check()
        self.assertFalse(self.news())

    def test_a_reminder_that_was_done_does_not_come_back(self):
        self.fail()
        self.check()
        self.reminders().action_done()
        self.check()
        self.assertFalse(self.reminders())

    def test_what_was_put_away_is_in_no_later_reminder(self):
        self.fail(error="An old one.")
        self.check_all()
        self.reminders().action_done()
        self.location.trouble_code = "token_scope"
        self.check_all()
        self.assertEqual(self.reminders().user_id, self.managers)
        for reminder in self.reminders():
            self.assertNotIn("An old one.", reminder.note)
        self.location.trouble_code = False
        self.check_all()
        self.assertFalse(self.reminders(), "the old one was put away")

    def test_what_was_put_away_stays_away_when_the_database_has_moved(self):
        self.fail(error="An old one.")
        self.check_all()
        self.reminders().action_done()
        key = self.connection.database_key
        self.connection.database_key = '{"name": "the original"}'
        self.check_all()
        self.assertEqual(self.reminders().user_id, self.managers)
        for reminder in self.reminders():
            self.assertNotIn("An old one.", reminder.note)
        self.connection.database_key = key
        self.check_all()
        self.assertEqual(len(self.open_alarms()), 1)
        self.assertFalse(self.reminders())

    def test_what_was_put_away_stays_away_when_its_location_moves(self):
        self.connection.responsible_id = self.manager
        self.fail()
        self.check_all()
        self.reminders().action_done()
        target = self.make_target()
        self.location.connection_id = target
        self.check_all()
        self.assertFalse(self.reminded_of(target))
        back = self.connection
        back.responsible_id = self.managers - self.manager
        self.location.connection_id = back
        self.check_all()
        self.assertEqual(self.reminded_of(back), back.responsible_id, "somebody else")

    def test_whoever_is_responsible_since_is_reminded(self):
        first, second = self.user, self.managers - self.manager
        self.location.responsible_id = first
        self.connection.responsible_id = second
        self.fail()
        self.check_all()
        self.assertEqual(self.reminders().user_id, first)
        # Odoo deletes his activities, and the trouble goes on.
        first.action_archive()
        self.check_all()
        self.assertEqual(self.reminders().user_id, second)
        first.action_unarchive()
        self.check_all()
        self.assertEqual(self.reminders().user_id, first)
        self.location.responsible_id = False
        self.check_all()
        self.assertEqual(self.reminders().user_id, second)
        self.connection.responsible_id = self.manager
        self.check_all()
        self.assertEqual(self.reminders().user_id, self.manager)
        self.reminders().action_done()
        self.check_all()
        self.assertFalse(self.reminders(), "it was put away")
        self.assertEqual(len(self.news()), 1, "and is told once")

    def test_a_second_that_ends_during_the_look_delays_nothing(self):
        began, looks = fields.Datetime.now(), itertools.count()

        def now():
            return began + timedelta(seconds=next(looks))

        self.location.trouble_code = "token_scope"
        with patch.object(fields.Datetime, "now", now):
            self.check()
        self.assertEqual(self.reminders().user_id, self.managers)

    def test_what_comes_back_at_once_stays_away(self):
        self.location.trouble_code = "token_scope"
        self.check_all()
        mine = self.reminders().filtered(lambda one: one.user_id == self.manager)
        mine.action_done()
        for code in (False, "token_scope"):
            self.location.trouble_code = code
            self.check_all()
        self.assertEqual(self.reminders().user_id, self.managers - self.manager)

    def test_what_is_archived_is_no_trouble(self):
        self.fail()
        self.location.active = False
        self.check()
        self.assertFalse(self.news())

    def check_all(self):
        """Look for trouble as the cron does."""
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref("ghl_contact_sync.ir_cron_alarms").method_direct_trigger()
        self.env.invalidate_all()

    def make_target(self):
        target = self.connection.copy({"name": "Target", "private_token": "pit-other"})
        target.write({"state": "connected", "responsible_id": self.manager.id})
        return target

    def reminded_of(self, connection):
        kind = self.env.ref(TROUBLE)
        found = connection.activity_ids.filtered(lambda a: a.activity_type_id == kind)
        return found.user_id

    def open_alarms(self):
        return self.env["ghl.alarm"].search([("closed_at", "=", False)])

    def test_a_trouble_moves_with_its_location(self):
        self.fail()
        self.check_all()
        row = self.open_alarms()
        self.assertEqual(len(self.news()), 1)
        target = self.make_target()
        self.location.connection_id = target
        for _again in range(2):
            self.check_all()
            self.assertEqual(self.open_alarms(), row, "once per trouble")
            self.assertEqual(row.connection_id, target)
        self.assertFalse(self.news())
        self.assertFalse(self.reminded_of(self.connection))
        self.assertEqual(self.reminded_of(target), self.manager)
        self.fail(state="done", error=False, code=False)
        self.check_all()
        self.assertFalse(self.open_alarms())
        self.assertFalse(self.reminded_of(target))

    def test_without_locations_a_connection_has_no_trouble(self):
        self.connection.state = "error"
        self.check_all()
        self.assertEqual(self.open_alarms().code, "connection")
        self.assertTrue(self.reminders())
        self.location.connection_id = self.make_target()
        # One that nothing is read by any more is often put away at once.
        self.connection.active = False
        self.check_all()
        self.assertFalse(self.open_alarms())
        self.assertFalse(self.reminders())

    def test_the_trouble_of_a_deleted_location_is_over(self):
        other = self.location.copy({"ghl_id": "locGone", "name": "Gone Office"})
        self.fail(location=other)
        self.fail()
        self.check_all()
        row = self.open_alarms().filtered(lambda one: one.location_id == other)
        self.assertIn("Gone Office", str(self.reminders()[0].note))
        other.unlink()
        self.assertTrue(row.closed_at)
        self.assertIn("Gone Office", row.text)
        self.assertNotIn("Gone Office", str(self.reminders()[0].note))
        self.location.unlink()
        self.assertFalse(self.reminders())
        self.assertFalse(self.open_alarms())

    def test_words_of_the_vendor_bring_neither_markup_nor_links(self):
        evil = '<a href="https://evil.example/x">click</a> www.evil.example'
        self.fail("request_refused", evil)
        self.location.name = '<img src="https://evil.example/i.png"/>'
        self.check()
        texts = [self.news().body, *self.reminders().mapped("note")]
        for text in texts:
            self.assertNotIn("evil.example", str(text))
            self.assertNotIn("<img", str(text))
            self.assertIn("click", str(text))

    def test_one_connection_does_not_keep_others_in_the_dark(self):
        self.fail()
        self.env["ghl.connection"].create(
            {"name": "Other", "company_id": self.other_company.id}
        )
        with self.enter_registry_test_mode():
            self.env.ref("ghl_contact_sync.ir_cron_alarms").method_direct_trigger()
        self.assertTrue(self.reminders())
