"""The figures behind the charts."""

from unittest.mock import patch

from odoo.tests.common import tagged

from ... import const
from ...engine.api import analytics
from ...tools.web.result_cache import CostAwareCache
from .api_case import ApiCase


@tagged("post_install", "-at_install")
class TestApiAnalytics(ApiCase):
    def setUp(self):
        super().setUp()
        # However slow the machine, each test reads what it has just written.
        never = CostAwareCache(min_cost=float("inf"))
        self.startPatcher(patch.object(analytics, "_kept", never))

    def get_figures(self, user=None):
        headers = {"Authorization": f"Bearer {self.make_key(user or self.user)}"}
        response = self.url_open(
            const.ROUTE_ANALYTICS,
            params={"location_id": self.location.ghl_id},
            headers=headers,
        )
        self.assertEqual(response.status_code, 200, response.text)
        return response.json()

    def test_empty_location(self):
        figures = self.get_figures()
        for key in ("growth", "sources", "tags", "owners", "types", "runs"):
            self.assertEqual(figures[key], [], key)
        self.assertEqual(set(figures["quality"].values()), {0})

    def test_figures_that_take_long_are_kept_until_the_next_run(self):
        kept = CostAwareCache(min_cost=0)
        self.startPatcher(patch.object(analytics, "_kept", kept))
        self.mirror([self.make_payload(1)])
        first = self.get_figures()
        self.assertEqual(first["quality"]["total"], 1)
        self.mirror([self.make_payload(2)])
        again = self.get_figures()
        self.assertEqual(again, first)
        # Users who see other contacts get other figures.
        self.env["ir.rule"].create(
            {
                "name": "Some see less",
                "model_id": self.env["ir.model"]._get_id("ghl.contact"),
                "groups": [(4, self.env.ref("ghl_contact_sync.group_manager").id)],
                "domain_force": "[('ghl_id', '=', 'none')]",
            }
        )
        self.assertEqual(self.get_figures(self.manager)["quality"]["total"], 0)
        self.location._order_sync("full")
        self.env.flush_all()
        fresh = self.get_figures()
        self.assertEqual(fresh["quality"]["total"], 2)
        self.assertEqual(len(fresh["runs"]), 1)

    def test_growth_fills_the_months_between(self):
        dates = (
            "2024-01-31T23:59:59.999Z",
            "2024-01-01T00:00:00Z",
            "2024-04-15T00:00:00Z",
        )
        self.mirror(
            [self.make_payload(n, dateAdded=date) for n, date in enumerate(dates)]
            + [{"id": "undated"}]
        )
        figures = self.get_figures()
        self.assertEqual(
            figures["growth"],
            [
                {"month": "2024-01", "added": 2, "total": 2},
                {"month": "2024-02", "added": 0, "total": 2},
                {"month": "2024-03", "added": 0, "total": 2},
                {"month": "2024-04", "added": 1, "total": 3},
            ],
        )
        self.assertEqual(figures["quality"]["without_date"], 1)

    def test_growth_has_the_months_of_the_location(self):
        dates = ("2025-02-01T06:30:00Z", "2025-02-01T08:00:00Z", "2024-12-31T23:00:00Z")
        self.mirror(
            [self.make_payload(n, dateAdded=date) for n, date in enumerate(dates)]
        )
        for zone, told, months in (
            ("America/Los_Angeles", "America/Los_Angeles", {1: 1, 2: 1}),
            ("US/Pacific", "US/Pacific", {1: 1, 2: 1}),
            ("Pacific/Auckland", "Pacific/Auckland", {1: 1, 2: 2}),
            ("Nowhere/Land", "UTC", {2: 2}),
            (False, "UTC", {2: 2}),
        ):
            with self.subTest(zone=zone):
                self.location.timezone = zone
                self.env.flush_all()
                figures = self.get_figures()
                self.assertEqual(figures["timezone"], told)
                for month, added in months.items():
                    [entry] = [
                        one
                        for one in figures["growth"]
                        if one["month"] == f"2025-{month:02d}"
                    ]
                    self.assertEqual(entry["added"], added)
                self.assertEqual(figures["growth"][-1]["total"], 3)

    def test_absurd_dates_do_not_stretch_the_chart(self):
        dates = (
            "0001-01-01T00:00:00Z",
            "1970-01-01T00:00:00Z",
            "2024-01-01T00:00:00Z",
            "9999-12-31T00:00:00Z",
            "30000-01-01T00:00:00Z",
        )
        self.mirror(
            [self.make_payload(n, dateAdded=date) for n, date in enumerate(dates)]
        )
        figures = self.get_figures()
        self.assertEqual(len(figures["growth"]), 120)
        self.assertEqual(
            figures["growth"][-1], {"month": "2024-01", "added": 1, "total": 3}
        )
        self.assertEqual(figures["quality"]["without_date"], 2)

    def test_rankings(self):
        payloads = [
            self.make_payload(
                number,
                source=f"source {number % 25:02d}" if number else None,
                type="lead" if number % 2 else "customer",
                assignedTo="owner1" if number < 3 else None,
                tags=["all"] + (["few"] if number < 2 else []),
            )
            for number in range(50)
        ]
        self.mirror(payloads)
        self.env["ghl.user"].search([("ghl_id", "=", "owner1")]).name = "Olga"
        self.env.flush_all()
        figures = self.get_figures()
        self.assertEqual(len(figures["sources"]), 20)
        self.assertEqual(figures["sources"][0], {"name": "source 01", "count": 2})
        beyond = figures["others"]["sources"]
        shown = sum(one["count"] for one in figures["sources"])
        self.assertEqual(shown + beyond["count"], 50)
        self.assertEqual(beyond["values"], 6)
        self.assertEqual(
            figures["types"],
            [{"name": "customer", "count": 25}, {"name": "lead", "count": 25}],
        )
        self.assertEqual(
            figures["owners"],
            [
                {"id": None, "name": None, "count": 47},
                {"id": "owner1", "name": "Olga", "count": 3},
            ],
        )
        self.assertEqual(
            figures["tags"], [{"name": "all", "count": 50}, {"name": "few", "count": 2}]
        )
        self.assertEqual(figures["others"]["tags"], {"values": 0, "count": 0})

    def test_quality(self):
        self.mirror(
            [
                self.make_payload(1, email="same@example.com"),
                self.make_payload(2, email="SAME@example.com", phone=None, dnd=True),
                self.make_payload(3, email=None),
                self.make_payload(4, email="", phone=""),
                {"id": "bare"},
            ]
        )
        self.assertEqual(
            self.get_figures()["quality"],
            {
                "total": 5,
                "with_email": 2,
                "with_phone": 2,
                "with_name": 4,
                "unreachable": 2,
                "dnd": 1,
                "duplicates_email": 2,
                "without_date": 1,
            },
        )

    def test_only_this_location_and_only_live_contacts(self):
        other = self.location.copy({"ghl_id": "other-location", "name": "Other"})
        self.mirror([self.make_payload(1, tags=["theirs"])], location=other)
        self.mirror([self.make_payload(2, tags=["ours"]), self.make_payload(3)])
        self.env.cr.execute(
            "UPDATE ghl_contact SET active = FALSE WHERE ghl_id = 'contact000003'"
        )
        figures = self.get_figures()
        self.assertEqual(figures["quality"]["total"], 1)
        self.assertEqual(figures["tags"], [{"name": "ours", "count": 1}])

    def test_history_is_newest_first_and_bounded(self):
        Run = self.env["ghl.sync.run"].sudo()
        values = {"location_id": self.location.id, "kind": "delta", "origin": "cron"}
        runs = Run.create([{**values, "state": "done"} for _run in range(25)])
        found = [run["run_id"] for run in self.get_figures()["runs"]]
        self.assertEqual(found, sorted(runs.ids, reverse=True)[:20])
