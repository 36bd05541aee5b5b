"""`GET /api/ghl/metrics`: true, of own companies alone, cheap for many locations."""

import secrets
import time
from datetime import timedelta

from prometheus_client.openmetrics.parser import text_string_to_metric_families

from odoo import fields
from odoo.tests.common import tagged

from ... import const
from ...engine.metrics.scrape import metrics_text
from ...tools.metrics.families import FAMILIES
from ..api.api_case import ApiCase

STATEMENTS = 14


@tagged("post_install", "-at_install")
class TestMetricsCall(ApiCase):
    def scrape(self, user=None):
        """Return {sample's name: {location id: value}} as Prometheus reads it."""
        headers = {"Authorization": f"Bearer {self.make_key(user or self.user)}"}
        answer = self.url_open(const.ROUTE_METRICS, headers=headers)
        self.assertEqual(answer.status_code, 200)
        self.assertIn("application/openmetrics-text", answer.headers["Content-Type"])
        return self.parse(answer.content.decode())

    def parse(self, text):
        found = {}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                self.assertEqual(set(sample.labels), {"location_id"})
                told = found.setdefault(sample.name, {})
                told[sample.labels["location_id"]] = sample.value
        return found

    def make_run(self, location=None, **values):
        return self.env["ghl.sync.run"].create(
            {
                "location_id": (location or self.location).id,
                "kind": "delta",
                "origin": "cron",
                "state": "running",
                "started_at": fields.Datetime.now() - timedelta(seconds=90),
                **values,
            }
        )

    def of_location(self, user=None):
        ghl_id = self.location.ghl_id
        return {
            name: told[ghl_id]
            for name, told in self.scrape(user).items()
            if ghl_id in told
        }

    def test_figures_are_those_of_the_database(self):
        now = fields.Datetime.now()
        self.mirror([self.make_payload(number) for number in range(3)])
        self.set_total(4)
        self.location.write(
            {
                "proven_complete_at": now - timedelta(hours=2),
                "contents_at": now - timedelta(days=2),
                "proof_state": "proven",
                "known_gap": 1,
                "rate_snapshot": {
                    "at": time.time(),
                    "limit_today": 1_000,
                    "remaining_today": 400,
                },
            }
        )
        self.make_run(
            contacts_seen=3, busy_seconds=1.5, bytes_received=900, latency_counts=[4]
        )._finish("done")
        self.env["ghl.alarm"].create(
            {"connection_id": self.connection.id, "code": "failed"}
        )
        told = self.of_location()
        self.assertEqual(told["odoo_ghl_read_contacts_total"], 3)
        self.assertEqual(told["odoo_ghl_busy_seconds_total"], 1.5)
        self.assertEqual(told["odoo_ghl_received_bytes_total"], 900)
        self.assertEqual(told["odoo_ghl_done_runs_total"], 1)
        self.assertEqual(told["odoo_ghl_mirrored_contacts"], 3)
        self.assertEqual(told["odoo_ghl_vendor_contacts"], 4)
        self.assertEqual(told["odoo_ghl_coverage_ratio"], 0.75)
        self.assertEqual(told["odoo_ghl_gap_contacts"], 1)
        self.assertGreaterEqual(told["odoo_ghl_proof_age_seconds"], 7_200)
        self.assertGreaterEqual(told["odoo_ghl_content_age_seconds"], 172_800)
        self.assertGreaterEqual(told["odoo_ghl_lag_seconds"], 90)
        self.assertLess(told["odoo_ghl_lag_seconds"], 600)
        self.assertLessEqual(told["odoo_ghl_latency_p95_seconds"], 0.01)
        self.assertEqual(told["odoo_ghl_quota_limit_requests"], 1_000)
        self.assertEqual(told["odoo_ghl_quota_left_requests"], 400)
        self.assertEqual(told["odoo_ghl_open_alarms"], 1)
        self.assertEqual(told["odoo_ghl_active_runs"], 0)
        self.assertEqual(told["odoo_ghl_refused_connections"], 0)

    def test_a_run_that_has_waited_makes_no_lag(self):
        """It keeps its beginning, and has read changes at its end."""
        now = fields.Datetime.now()
        self.make_run(started_at=now - timedelta(hours=8))._finish("done")
        lag = self.of_location()["odoo_ghl_lag_seconds"]
        self.assertGreaterEqual(lag, 8 * 3_600, "nothing else is known")
        self.location.last_delta_at = now
        self.assertLess(self.of_location()["odoo_ghl_lag_seconds"], 600)

    def test_contents_that_were_never_read_are_as_old_as_the_last_full_sync(self):
        self.mirror([self.make_payload(1)])
        self.location.last_full_at = fields.Datetime.now() - timedelta(days=9)
        age = self.of_location()["odoo_ghl_content_age_seconds"]
        self.assertGreaterEqual(age, 9 * 86_400)

    def test_what_is_unknown_is_left_out(self):
        told = self.of_location()
        for name in (
            *("vendor_contacts", "coverage_ratio", "gap_contacts", "lag_seconds"),
            *("proof_age_seconds", "content_age_seconds", "latency_p95_seconds"),
            *("quota_left_requests", "quota_limit_requests"),
        ):
            self.assertNotIn(f"odoo_ghl_{name}", told)
        self.assertEqual(told["odoo_ghl_sent_requests_total"], 0)

    def test_counters_never_fall(self):
        """Not when a run ends, is forgotten, nor when its day is."""
        run = self.make_run(requests_sent=7)
        seen = []

        def look():
            self.env.flush_all()
            seen.append(self.of_location()["odoo_ghl_sent_requests_total"])

        look()
        self.assertEqual(self.of_location()["odoo_ghl_active_runs"], 1)
        run.requests_sent = 9
        look()
        run._finish("failed", "no", "internal_error")
        look()
        run.unlink()
        self.env["ghl.metric.day"].search([]).unlink()
        look()
        self.make_run(requests_sent=1)
        look()
        self.assertEqual(seen, [7, 9, 9, 9, 10])

    def test_what_a_run_counts_anew_in_the_end_comes_with_its_end(self):
        """Pages that show a contact twice count it twice, until the run ends."""
        names = ("read_contacts", "unchanged_contacts", "busy_seconds")
        seen = []

        def look():
            self.env.flush_all()
            told = self.of_location()
            seen.append([told[f"odoo_ghl_{name}_total"] for name in names])

        counted = {"contacts_seen": 5, "contacts_unchanged": 4, "busy_seconds": 1}
        self.make_run(**counted)._finish("done")
        look()
        run = self.make_run(
            contacts_seen=90, contacts_unchanged=80, busy_seconds=6, latency_counts=[4]
        )
        look()
        run.write({"contacts_seen": 60, "contacts_unchanged": 50})
        look()
        run._finish("done")
        look()
        self.assertEqual(seen, [[5, 4, 1], [5, 4, 1], [5, 4, 1], [65, 54, 7]])

    def test_nothing_is_told_of_a_connection_that_is_put_away(self):
        self.connection.active = False
        self.env.flush_all()
        self.assertTrue(self.location.active)
        self.assertFalse(self.of_location())

    def test_a_quota_of_yesterday_is_not_told(self):
        for snapshot, expected in (
            ({"at": time.time() - 90_000}, None),
            ({"at": time.time() - 3_600}, 5),
            ({"at": time.time(), "daily": {"reset_at": time.time() - 1}}, None),
            ({"at": time.time(), "daily": {"reset_at": time.time() + 60}}, 5),
            ({"daily": None}, None),
        ):
            with self.subTest(snapshot=snapshot):
                self.location.rate_snapshot = {"remaining_today": 5, **snapshot}
                self.env.flush_all()
                told = self.parse(metrics_text(self.env(user=self.user)))
                left = told.get("odoo_ghl_quota_left_requests", {})
                self.assertEqual(left.get(self.location.ghl_id), expected)

    def test_each_sees_own_companies_alone(self):
        self.make_run(requests_sent=7)._finish("done")
        for user in (self.user, self.manager):
            self.assertEqual(self.of_location(user)["odoo_ghl_sent_requests_total"], 7)
        self.assertFalse(self.scrape(self.stranger))
        self.connection.company_id = self.other_company
        self.env.flush_all()
        self.assertFalse(self.of_location(self.user))
        self.assertEqual(
            self.of_location(self.stranger)["odoo_ghl_sent_requests_total"], 7
        )

    def test_many_locations_take_no_more_statements(self):
        user_env = self.env(user=self.user)

        def statements():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            told = self.parse(metrics_text(user_env))
            return self.env.cr.sql_log_count - before, told

        self.make_run(requests_sent=1)._finish("done")
        few, _told = statements()
        others = self.env["ghl.location"].create(
            [
                {
                    "name": f"Location {number}",
                    "ghl_id": secrets.token_hex(10),
                    "connection_id": self.connection.id,
                }
                for number in range(40)
            ]
        )
        for location in others:
            self.make_run(location, requests_sent=2)._finish("done")
        many, told = statements()
        self.assertLessEqual(many, few)
        self.assertLessEqual(many, STATEMENTS)
        self.assertEqual(told["odoo_ghl_sent_requests_total"][others[7].ghl_id], 2)

    def test_every_family_is_named_even_without_locations(self):
        text = metrics_text(self.env(user=self.stranger))
        names = {family.name for family in text_string_to_metric_families(text)}
        self.assertEqual(names, {one.full_name for one in FAMILIES})
