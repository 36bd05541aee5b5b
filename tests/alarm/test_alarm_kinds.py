"""Thirty troubles of all kinds: each told in time, once, and closed when over."""

import secrets
from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests.common import tagged

from ...engine.alarm.alarms import check_connections
from ..common import GhlCommon

START = datetime(2026, 5, 4, 12)
MINUTE = timedelta(minutes=1)


@tagged("post_install", "-at_install")
class TestAlarmKinds(GhlCommon):
    def setUp(self):
        super().setUp()
        self.clock = self.startPatcher(freeze_time(START))
        self.env["ghl.location"].search([]).active = False
        self.locations = self.env["ghl.location"]
        for number in range(12):
            self.locations += self.connect(number)
        self.posted = max(self.env["mail.message"].search([]).ids, default=0)
        self.env.flush_all()

    def connect(self, number):
        """Return three healthy locations of a connection of their own."""
        connection = self.env["ghl.connection"].create(
            {
                "name": f"Agency {number}",
                "private_token": "pit-" + secrets.token_hex(8),
                "company_id": self.company.id,
            }
        )
        connection.state = "connected"
        locations = self.env["ghl.location"].create(
            [
                {
                    "name": f"Location {number}.{part}",
                    "ghl_id": f"locKind{number:03d}{part}",
                    "connection_id": connection.id,
                }
                for part in range(3)
            ]
        )
        self.keep_fresh(locations)
        return locations

    def keep_fresh(self, locations):
        """Have these as the schedule leaves them when all goes well."""
        now = fields.Datetime.now()
        locations.write(
            {
                "contact_count": 2_000,
                "ghl_total": 2_000,
                "ghl_total_at": now,
                "last_full_at": now,
                "last_delta_at": now,
                "last_verify_at": now,
                "contents_at": now,
                "proof_state": "proven",
                "proven_complete_at": now,
            }
        )
        locations.sudo().cron_id.write({"nextcall": now + 10 * MINUTE})

    def run_of(self, location, **values):
        now = fields.Datetime.now()
        return self.env["ghl.sync.run"].create(
            {
                "location_id": location.id,
                "kind": "verify",
                "origin": "cron",
                "state": "done",
                "started_at": now,
                "heartbeat_at": now,
                "finished_at": now,
                **values,
            }
        )

    def check(self, after=MINUTE):
        self.clock.tick(after)
        self.env.flush_all()
        self.env.invalidate_all()
        check_connections(self.locations.connection_id)
        self.env.flush_all()

    def news(self):
        messages = self.env["mail.message"].search(
            [
                ("model", "=", "ghl.connection"),
                ("subtype_id", "=", self.env.ref("mail.mt_comment").id),
                ("id", ">", self.posted),
            ]
        )
        self.posted = max(messages.ids, default=self.posted)
        return messages

    def told(self):
        """Return {kind: how many are open and told}."""
        rows = self.env["ghl.alarm"]._read_group(
            [("closed_at", "=", False), ("notified_at", "!=", False)],
            ["code"],
            ["__count"],
        )
        return dict(rows)

    # === THE TROUBLES === #

    def inject(self):
        """Bring thirty troubles about, three of each kind."""
        kinds = (
            *(self.refuse, self.fail_run, self.ask, self.unprove, self.drift),
            *(self.age, self.lag, self.spend, self.gap),
        )
        for number, location in enumerate(self.locations[:27]):
            kinds[number % 9](location)
        # Each is of three locations, and one trouble all the same.
        self.locations[27:].connection_id.write({"state": "needs_reauth"})

    def refuse(self, location):
        location.trouble_code = "token_scope"

    def fail_run(self, location):
        self.run_of(
            location, state="failed", error="It broke.", error_code="internal_error"
        )

    def ask(self, location):
        run = self.run_of(location, state="failed", error_code="delete_brake")
        self.env["ghl.deletion.review"].create(
            {"location_id": location.id, "run_id": run.id}
        )

    def unprove(self, location):
        location.write({"proof_state": "not_proven", "proof_message": "Gap."})

    def drift(self, location):
        self.run_of(location, contacts_repaired=500)

    def age(self, location):
        location.contents_at = fields.Datetime.now() - timedelta(days=12)

    def lag(self, location):
        late = fields.Datetime.now() - timedelta(hours=5)
        location.write(
            {"last_delta_at": late, "last_verify_at": late, "last_full_at": late}
        )

    def spend(self, location):
        self.run_of(
            location,
            state="waiting",
            finished_at=False,
            error="The quota is spent.",
            error_code="daily_quota_spent",
            resume_at=fields.Datetime.now() + timedelta(hours=6),
        )

    def gap(self, location):
        location.write({"webhook_state": "gap", "webhook_message": "3 are missing."})

    def heal(self):
        self.env["ghl.deletion.review"].search([]).unlink()
        self.env["ghl.sync.run"].search([]).unlink()
        self.locations.connection_id.write({"state": "connected"})
        self.locations.write({"trouble_code": False, "webhook_state": "ok"})
        self.keep_fresh(self.locations)

    # === WHAT IS TOLD === #

    def test_thirty_troubles_are_told_once_and_closed_when_over(self):
        self.inject()
        self.check()
        kinds = (
            *("refused", "failed", "review", "not_proven", "drift", "contents_old"),
            *("lagging", "quota_spent", "webhook_gap", "connection"),
        )
        self.assertEqual(self.told(), dict.fromkeys(kinds, 3))
        self.assertEqual(len(self.news()), 12, "one message for each connection")
        for _again in range(5):
            self.check()
        self.assertFalse(self.news())
        self.assertEqual(self.told(), dict.fromkeys(kinds, 3))
        self.heal()
        self.check()
        self.assertFalse(self.told())
        self.assertFalse(self.news())
        self.assertFalse(self.locations.connection_id.activity_ids)

    def test_what_a_run_may_cure_is_neither_told_anew_nor_over(self):
        late, other = self.locations[0], self.locations[3]
        self.age(late)
        self.check()
        self.assertEqual(self.told(), {"contents_old": 1})
        self.news()
        self.age(other)
        runs = self.env["ghl.sync.run"]
        for location in (late, other):
            runs += self.run_of(location, state="running", finished_at=False)
        for _again in range(3):
            # A worker is at it.
            runs.heartbeat_at = fields.Datetime.now()
            self.check()
        self.assertEqual(self.told(), {"contents_old": 1})
        self.assertFalse(self.news())
        runs.write({"state": "done", "finished_at": fields.Datetime.now()})
        self.keep_fresh(late)
        self.check()
        # It is over where contents were read, and told where they still were not.
        self.assertEqual(self.told(), {"contents_old": 1})
        self.assertIn(other.name, self.news().body)

    def test_after_a_great_trouble_each_location_has_time_to_be_read(self):
        connection = self.locations[27:].connection_id[:1]
        mine = connection.location_ids
        others = self.locations[:9] - mine
        others.auto_sync = False
        self.check_later(MINUTE)
        connection.state = "needs_reauth"
        self.check_later(MINUTE, self.locations - mine - others)
        self.check_later(300 * MINUTE, self.locations - mine - others)
        self.assertEqual(self.told(), {"connection": 1})
        connection.state = "connected"
        others.auto_sync = True
        self.check_later(MINUTE)
        self.assertFalse(self.told(), "all are late, and are read now")
        self.check_later(20 * MINUTE, self.locations - mine[0] - others[0])
        self.assertEqual(self.told(), {"lagging": 2}, "nobody has read these")

    def test_a_short_stall_excuses_no_late_location(self):
        location = self.locations[0]
        self.check_later(MINUTE)
        for _again in range(30):
            location.auto_sync = False
            self.check_later(3 * MINUTE, self.locations - location)
            location.auto_sync = True
            self.check_later(3 * MINUTE, self.locations - location)
        self.assertEqual(self.told(), {"lagging": 1})

    def check_later(self, after, fresh=()):
        """Check when time has passed, crons were called and some locations read."""
        self.clock.tick(after)
        next_call = fields.Datetime.now() + 10 * MINUTE
        self.locations.sudo().cron_id.write({"nextcall": next_call})
        if fresh:
            self.keep_fresh(fresh)
        self.check()

    def test_edits_without_a_date_that_an_audit_found_are_told(self):
        self.locations[0].audit_drifted = 500
        self.check()
        self.assertEqual(self.told(), {"drift": 1})
        self.assertIn("without a new date", self.news().body)
        self.locations[0].audit_drifted = 3
        self.check()
        self.assertFalse(self.told())

    def test_workers_that_are_missing_are_one_trouble(self):
        for location in self.locations[:3]:
            self.run_of(location, state="queued", finished_at=False)
        self.check(2 * MINUTE)
        self.assertFalse(self.told(), "it may pass by itself")
        self.check(21 * MINUTE)
        self.assertEqual(self.told(), {"no_worker": 1})
        self.assertEqual(len(self.news()), 1)

    def test_refused_webhooks_are_told_where_they_were_in_use(self):
        self.locations[:2].write({"webhook_state": "ok"})
        self.env["ghl.webhook.refusal"].create(
            {
                "day": fields.Date.today(),
                "reason": "bad_signature",
                "count": 3,
                "last_at": fields.Datetime.now(),
            }
        )
        self.check()
        self.assertEqual(self.told(), {"webhooks_refused": 1})
        self.assertIn("signature", self.news().body)
        self.locations[:2].last_event_at = fields.Datetime.now()
        self.check()
        self.assertFalse(self.told())

    def test_the_responsible_is_told_and_nobody_else(self):
        location, other = self.locations[0], self.locations[1]
        location.connection_id.responsible_id = self.manager
        location.responsible_id = self.user
        self.refuse(location)
        self.refuse(other)
        self.check()
        told = {message.partner_ids: message.body for message in self.news()}
        self.assertEqual(set(told), {self.user.partner_id, self.manager.partner_id})
        self.assertIn(location.name, told[self.user.partner_id])
        self.assertNotIn(other.name, told[self.user.partner_id])
        activities = location.connection_id.activity_ids
        self.assertEqual(activities.user_id, self.user + self.manager)
        other.trouble_code = False
        self.check()
        self.assertEqual(location.connection_id.activity_ids.user_id, self.user)

    def test_whoever_may_not_look_cannot_be_responsible(self):
        for record in (self.locations[0], self.locations[0].connection_id):
            for user in (self.stranger, self.internal):
                with self.assertRaises(ValidationError):
                    record.responsible_id = user
        self.locations[0].responsible_id = self.user
        self.user.active = False
        self.refuse(self.locations[0])
        self.check()
        managers = self.locations[0].connection_id._get_managers()
        self.assertEqual(self.news().partner_ids, managers.partner_id)

    def test_three_quiet_days_tell_nothing(self):
        for hour in range(0, 72, 3):
            self.keep_fresh(self.locations)
            if hour % 24 == 3:
                for location in self.locations:
                    self.run_of(location, contacts_repaired=2)
            self.check()
            self.clock.tick(179 * MINUTE)
        self.assertFalse(self.env["ghl.alarm"].search([]))
        self.assertFalse(self.news())

    def test_connections_without_trouble_cost_no_statement_of_their_own(self):
        self.check()
        few, many = (
            self.count_statements(self.locations[:3].connection_id),
            self.count_statements(self.locations.connection_id),
        )
        self.assertEqual(few, many)

    def count_statements(self, connections):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        check_connections(connections)
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_the_standing_of_each_location_is_kept(self):
        self.refuse(self.locations[0])
        self.check()
        standing = self.env["ghl.standing"].search(
            [("location_id", "in", self.locations.ids)], order="severity desc"
        )
        self.assertEqual(len(standing), len(self.locations))
        self.assertEqual(standing[0].location_id, self.locations[0])
        self.assertEqual((standing[0].state, standing[0].tone), ("refused", "danger"))
        self.assertEqual(set(standing[1:].mapped("state")), {"complete"})
