"""All locations at once: true, worst first, of own companies, whatever their number."""

import time
from datetime import timedelta

from odoo import fields
from odoo.tests.common import tagged

from ... import const
from ...engine.alarm.alarms import check_connections
from ...engine.fleet.overview import TROUBLES, Wanted, fleet
from ...tools.openapi.parameters import FLEET_TROUBLES
from ..api.api_case import ApiCase

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@tagged("post_install", "-at_install")
class TestFleet(ApiCase):
    def setUp(self):
        super().setUp()
        self.connection.state = "connected"
        self.env["ghl.location"].search([]).active = False
        self.location.active = True
        self.locations = self.location + self.make_locations(4)
        self.keep_fresh(self.locations)
        # The cron has just looked.
        self.cron = self.env.ref("ghl_contact_sync.ir_cron_alarms")
        self.look()

    def make_locations(self, count, connection=None):
        first = self.env["ghl.location"].with_context(active_test=False)
        first = first.search_count([])
        return self.env["ghl.location"].create(
            [
                {
                    "name": f"Location {first + number:04d}",
                    "ghl_id": f"locFleet{first + number:05d}",
                    "connection_id": (connection or self.connection).id,
                }
                for number in range(count)
            ]
        )

    def keep_fresh(self, locations):
        now = fields.Datetime.now()
        locations.write(
            {
                "contact_count": 10,
                "ghl_total": 10,
                "ghl_total_at": now,
                "last_full_at": now,
                "last_delta_at": now,
                "contents_at": now,
                "proof_state": "proven",
                "proven_complete_at": now,
            }
        )
        for location in locations:
            self.run_of(location)

    def run_of(self, location, **values):
        now = fields.Datetime.now()
        return self.env["ghl.sync.run"].create(
            {
                "location_id": location.id,
                "kind": "delta",
                "origin": "cron",
                "state": "done",
                "started_at": now - 2 * MINUTE,
                "finished_at": now - MINUTE,
                **values,
            }
        )

    def read_rarely(self, location):
        """Have changes read every two hours: they may be unread for eight."""
        location.write({"adaptive_sync": False, "delta_interval": 120})
        return location

    def look(self):
        """Let the alarm cron look, as if nothing had been written just before."""
        self.env.flush_all()
        check_connections(self.env["ghl.connection"].search([]))
        self.cron.lastcall = fields.Datetime.now() + 2 * MINUTE
        self.env.flush_all()
        self.env.invalidate_all()

    def call(self, user=None, **params):
        headers = {"Authorization": f"Bearer {self.make_key(user or self.user)}"}
        answer = self.url_open(const.ROUTE_FLEET, params=params, headers=headers)
        self.assertEqual(answer.status_code, 200, answer.text)
        return answer.json()

    def test_what_nobody_will_ever_read_needs_a_person(self):
        unread, planned = self.locations[:2]
        (unread + planned).write(
            {
                "last_full_at": False,
                "contents_at": False,
                "proof_state": "unknown",
                "proven_complete_at": False,
            }
        )
        unread.auto_sync = False
        self.look()
        places = {place["location_id"]: place for place in self.call()["locations"]}
        for location in (unread, planned):
            self.assertEqual(places[location.ghl_id]["status"]["code"], "partial")
        offered = places[unread.ghl_id]["status"]["actions"]
        self.assertEqual(
            [one["code"] for one in offered][:2], ["sync_full", "switch_on"]
        )
        found = self.call(trouble="needs_you")
        self.assertEqual(
            [one["location_id"] for one in found["locations"]], [unread.ghl_id]
        )
        totals = found["totals"]
        self.assertEqual((totals["need_you"], totals["well"]), (1, 3))
        rows = self.env["ghl.fleet"].search([("needs_person", "=", True)])
        self.assertEqual(rows.location_id, unread)

    def test_an_unknown_figure_is_told_apart_from_none_left(self):
        known, spent, over, untold = self.locations[:4]
        told = {"at": time.time(), "limit_today": 1_000, "remaining_today": 40}
        known.rate_snapshot = told
        spent.rate_snapshot = {**told, "remaining_today": 0}
        over.rate_snapshot = {**told, "at": time.time() - 90_000}
        untold.write({"ghl_total": 0, "ghl_total_at": False})
        self.env.flush_all()
        rows = self.env["ghl.fleet"].search([])
        rows = {row.location_id: row for row in rows}
        self.assertTrue(rows[known].has_quota)
        self.assertEqual((rows[spent].has_quota, rows[spent].quota_left), (True, 0))
        self.assertEqual((rows[over].has_quota, rows[over].quota_limit), (False, 1_000))
        self.assertFalse(rows[untold].has_quota)
        self.assertEqual([rows[known].has_total, rows[untold].has_total], [True, False])

    def test_the_worst_comes_first_with_its_figures(self):
        refused, lagging, failed = self.locations[2:5]
        refused.write({"trouble_code": "token_scope", "trouble_message": "No scope."})
        self.run_of(failed, state="failed", error="It broke.", error_code="timeout")
        lagging.last_delta_at = fields.Datetime.now() - 50 * MINUTE
        self.look()
        body = self.call()
        names = [place["location_id"] for place in body["locations"]]
        self.assertEqual(names[:2], [refused.ghl_id, failed.ghl_id])
        self.assertEqual(names[2], lagging.ghl_id, "of equals, the one that lags")
        first, second, third = body["locations"][:3]
        self.assertEqual(first["status"]["code"], "refused")
        self.assertEqual(first["last_error"], "No scope.")
        self.assertEqual(second["last_error"], "It broke.")
        self.assertGreaterEqual(third["lag_seconds"], 3_000)
        last = body["locations"][-1]
        self.assertEqual(last["status"]["code"], "complete")
        self.assertEqual((last["coverage"], last["proof"]), (100, "proven"))
        self.assertIn("next_sync_at", last)
        self.assertLessEqual(last["lag_seconds"], 300)
        self.assertEqual(body["totals"]["locations"], 5)
        self.assertEqual(body["totals"]["verified_today"], 5)
        self.assertEqual(body["totals"]["need_you"], 1)
        self.assertIn("5 of 5 verified today", body["totals"]["text"])

    def test_the_last_error_has_its_own_moment(self):
        old = fields.Datetime.now() - 30 * DAY
        refused, failed = self.locations[:2]
        for location in (refused, failed):
            self.run_of(location, state="failed", error="It broke.", finished_at=old)
        since = fields.Datetime.now() - MINUTE
        refused.write({"trouble_message": "No scope.", "trouble_at": since})

        def told():
            self.env.flush_all()
            self.env.invalidate_all()
            rows = self.env["ghl.fleet"].search([])
            return {
                row.location_id: (row.last_error, row.last_error_at) for row in rows
            }

        self.assertEqual(told()[refused], ("No scope.", since))
        self.assertEqual(told()[failed], ("It broke.", old))
        values = {"state": "needs_reauth", "state_message": "The token is refused."}
        self.connection.write({**values, "refused_at": since - MINUTE})
        self.assertEqual(told()[failed], ("The token is refused.", since - MINUTE))

    def test_a_run_that_has_waited_makes_no_lag(self):
        """It keeps its beginning, and has read changes at its end."""
        waited, unknown, ahead = self.locations[:3]
        started_at = fields.Datetime.now() - timedelta(hours=8)
        for location in (waited, unknown, ahead):
            self.run_of(location, started_at=started_at)
        unknown.last_delta_at = False
        ahead.last_delta_at = fields.Datetime.now() + timedelta(days=900)
        self.look()
        lag = {
            one["location_id"]: one["lag_seconds"] for one in self.call()["locations"]
        }
        self.assertLessEqual(lag[waited.ghl_id], 300)
        # Where nothing else is known, its beginning is what is certain.
        for location in (unknown, ahead):
            self.assertGreaterEqual(lag[location.ghl_id], 8 * 3_600)

    def test_what_changed_since_the_last_look_is_told_as_it_is(self):
        self.run_of(
            self.locations[1],
            state="running",
            finished_at=False,
            heartbeat_at=fields.Datetime.now(),
        )
        self.env.flush_all()
        found = {place["location_id"]: place for place in self.call()["locations"]}
        place = found[self.locations[1].ghl_id]
        self.assertEqual(place["status"]["code"], "syncing")
        self.assertGreater(place["severity"], 0)
        # Nor is a look of long ago believed, when crons are not called.
        self.cron.lastcall = fields.Datetime.now() - timedelta(hours=1)
        self.connection.state = "needs_reauth"
        self.env.cr.execute("UPDATE ghl_connection SET write_date = '2020-01-01'")
        self.env.cr.execute("UPDATE ghl_location SET write_date = '2020-01-01'")
        self.assertEqual(self.call()["totals"]["need_you"], 5)

    def test_filters_find_each_trouble(self):
        self.assertEqual(set(FLEET_TROUBLES), set(TROUBLES))
        unproven, lagging, old, low, refused = self.locations
        unproven.proof_state = "not_proven"
        past = fields.Datetime.now() - timedelta(hours=5)
        self.read_rarely(lagging).last_delta_at = past
        old.contents_at = fields.Datetime.now() - timedelta(days=20)
        low.rate_snapshot = {
            "at": time.time(),
            "limit_today": 1_000,
            "remaining_today": 3,
        }
        refused.trouble_code = "token_scope"
        self.look()
        for trouble, expected in (
            ("not_proven", unproven),
            ("lagging", lagging),
            ("contents_old", old),
            ("quota_low", low),
            ("refused", refused),
            ("failing", self.locations.browse()),
        ):
            with self.subTest(trouble):
                body = self.call(trouble=trouble)
                names = [place["location_id"] for place in body["locations"]]
                self.assertEqual(names, expected.mapped("ghl_id"))
                self.assertEqual(body["totals"]["locations"], 5)
        self.assertEqual(self.call(trouble="needs_you")["count"], 2)
        self.assertEqual(self.call(search=low.ghl_id.upper())["count"], 1)
        self.assertEqual(self.call(connection_id=self.connection.id)["count"], 5)
        self.assertEqual(self.call(connection_id=2**31 - 1)["count"], 0)

    def test_contents_are_late_by_what_was_promised(self):
        """A location too large for its share is promised more time than is wanted."""
        large, other = self.locations[:2]
        other.audit_days = 14
        self.locations.write({"contents_at": fields.Datetime.now() - 10 * DAY})
        large.write({"contact_count": 2_000_000, "ghl_total": 2_000_000})
        self.assertEqual(other.content_promise_days, 14)
        self.assertGreater(large.content_promise_days, 7)
        late = self.locations - large - other
        self.look()
        body = self.call(trouble="contents_old")
        names = {place["location_id"] for place in body["locations"]}
        self.assertEqual(names, set(late.mapped("ghl_id")))
        rows = self.env["ghl.fleet"].search([("contents_late", "=", True)])
        self.assertEqual(rows.location_id, late)
        self.assertEqual(
            {place["status"]["code"] for place in body["locations"]}, {"contents_old"}
        )
        # Where nothing is promised, nothing is late; nor is a time to come believed.
        late[0].audit_enabled = False
        late[1].contents_at = fields.Datetime.now() + 10 * DAY
        self.env.flush_all()
        rows = self.env["ghl.fleet"].search([("contents_late", "=", True)])
        self.assertEqual(rows.location_id, late[1:])

    def test_pages_follow_each_other(self):
        found = []
        for page in (1, 2, 3):
            body = self.call(page=page, limit=2)
            found += [place["location_id"] for place in body["locations"]]
            self.assertEqual(body["has_more"], page < 3)
        self.assertEqual(sorted(found), sorted(self.locations.mapped("ghl_id")))

    def test_other_companies_see_theirs_alone(self):
        connection = self.env["ghl.connection"].create(
            {"name": "Elsewhere", "company_id": self.other_company.id}
        )
        theirs = self.make_locations(1, connection)
        body = self.call(self.stranger)
        names = [place["location_id"] for place in body["locations"]]
        self.assertEqual(names, theirs.mapped("ghl_id"))
        rows = self.env["ghl.fleet"].with_user(self.stranger).search([])
        self.assertEqual(rows.location_id, theirs)
        self.assertEqual(self.call()["totals"]["locations"], 5)

    def test_the_number_of_statements_is_the_same_for_any_number(self):
        few = self.count_statements()
        many = self.make_locations(60)
        self.keep_fresh(many)
        for location in many[:10]:
            self.run_of(location, state="failed", error_code="delete_brake")
        self.look()
        self.assertLessEqual(self.count_statements(), few + 1)
        # And when nobody has looked, and each is looked at now.
        self.cron.lastcall = False
        self.assertLessEqual(self.count_statements(), few + 6)

    def count_statements(self):
        env = self.env(user=self.user)
        fleet(env, Wanted())
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        fleet(env, Wanted())
        return self.env.cr.sql_log_count - before

    def test_the_backend_sorts_filters_and_groups_by_the_same_figures(self):
        refused = self.locations[3]
        refused.trouble_code = "token_scope"
        rare = self.read_rarely(self.locations[1])
        rare.last_delta_at = fields.Datetime.now() - 200 * MINUTE
        self.look()
        Fleet = self.env["ghl.fleet"].with_user(self.user)
        rows = Fleet.search([])
        self.assertEqual(rows[0].location_id, refused)
        self.assertEqual(rows[0].status_label, "Refused")
        self.assertEqual(Fleet.search([("needs_person", "=", True)]), rows[0])
        by_lag = Fleet.search([], order="lag_minutes desc", limit=1)
        self.assertEqual(by_lag.location_id, self.locations[1])
        self.assertIn(by_lag.lag_minutes, (200, 201))
        [(connection, count, contacts)] = Fleet._read_group(
            [], ["connection_id"], ["__count", "contact_count:sum"]
        )
        self.assertEqual((connection, count, contacts), (self.connection, 5, 50))
        self.assertIn("1 need you", Fleet.get_totals()["text"])

    def test_many_are_ordered_at_once(self):
        rows = self.env["ghl.fleet"].with_user(self.user).search([])
        self.locations[0].rate_snapshot = {
            "at": time.time(),
            "limit_today": 1_000,
            "remaining_today": 2,
        }
        self.locations[1].ghl_total_at = False
        self.locations[1].last_full_at = False
        running = self.locations[2]._order_sync("full")[0].sudo()
        self.env.flush_all()
        action = rows.action_verify()
        runs = self.env["ghl.sync.run"].search([("state", "=", "queued")])
        self.assertEqual(runs, running, "nothing before it is confirmed")
        order = self.env[action["res_model"]].with_user(self.user)
        order = order.browse(action["res_id"])
        self.assertIn("5 locations: about ", order.text)
        self.assertIn("For 1 of them that is more than is left today.", order.text)
        self.assertIn("For 1 of them it is not known yet.", order.text)
        told = order.action_order()["params"]["message"]
        self.assertEqual(
            told, "4 ordered; they run in the background, 1 running already."
        )
        running._finish_cancelled()
        # Of one alone its form has told the cost.
        one = rows.filtered(lambda row: row.location_id == self.locations[2])
        self.assertEqual(one.action_verify()["tag"], "display_notification")
        runs = self.env["ghl.sync.run"].search([("state", "=", "queued")])
        self.assertEqual(runs.location_id, self.locations)
        self.assertEqual(set(runs.mapped("kind")), {"verify"})
        opened = rows[0].action_open()
        self.assertEqual(opened["res_model"], "ghl.location")
