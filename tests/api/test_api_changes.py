"""The change feed over the API, and the id by which a call is followed."""

import logging
import time

from odoo import fields
from odoo.tests.common import tagged

from ... import const
from ...engine.mirror.merge import Merger
from .api_case import ApiCase

ORDERS = "odoo.addons.ghl_contact_sync.models.location.ghl_location_sync"


@tagged("post_install", "-at_install")
class TestApiChanges(ApiCase):
    def setUp(self):
        super().setUp()
        self.location.last_full_at = fields.Datetime.now()
        self.headers = {"Authorization": f"Bearer {self.make_key(self.user)}"}

    def ask(self, headers=None, **params):
        query = "&".join(f"{name}={value}" for name, value in params.items())
        return self.url_open(
            f"{const.ROUTE_CHANGES}?location_id={self.location.ghl_id}&{query}",
            headers={**self.headers, **(headers or {})},
        )

    def merge(self, *payloads):
        Merger(self.location).merge_page(list(payloads), time.time())
        self.env.invalidate_all()

    def test_why_a_contact_is_so(self):
        old = self.make_payload(1)
        self.merge(old, self.make_payload(2))
        self.merge({**old, "city": "Graz"})
        self.merge({"id": old["id"], "locationId": "elsewhere"})
        answer = self.ask(contact_id=old["id"]).json()
        refused, changed, created = answer["changes"]
        self.assertEqual(refused["action"], "refused")
        self.assertIn("elsewhere", refused["payload"])
        self.assertEqual(
            changed["fields"],
            [{"field": "city", "label": "City", "before": None, "after": "Graz"}],
        )
        self.assertEqual(created["action"], "created")
        self.assertIsNone(answer["next_before"])

    def test_page_after_page(self):
        self.merge(*[self.make_payload(number) for number in range(5)])
        seen, before = [], None
        for size in (2, 2, 1):
            page = self.ask(limit=2, **({"before": before} if before else {})).json()
            self.assertEqual(len(page["changes"]), size)
            seen += [change["contact_id"] for change in page["changes"]]
            before = page["next_before"]
        self.assertIsNone(before)
        self.assertEqual(len(set(seen)), 5)

    def test_a_call_is_followed_by_its_id_or_gets_one(self):
        for header in ("X-Request-ID", "X-Correlation-ID"):
            answer = self.ask({header: "order-7"})
            self.assertEqual(answer.headers["X-Request-ID"], "order-7")
        made = self.ask({"X-Request-ID": "not an id"}).headers["X-Request-ID"]
        self.assertRegex(made, "^[0-9a-f]{16}$")
        refused = self.url_open(const.ROUTE_CHANGES, headers={"X-Request-ID": "a1"})
        self.assertEqual(refused.headers["X-Request-ID"], "a1")

    def test_a_run_keeps_the_id_of_the_call_that_ordered_it(self):
        def order(request_id):
            return self.url_open(
                const.ROUTE_SYNC,
                json={"location_id": self.location.ghl_id},
                headers={**self.headers, "X-Request-ID": request_id},
                method="POST",
            )

        with self.assertLogs(ORDERS, logging.INFO) as logs:
            first, second = order("order-1"), order("order-2")
        self.assertEqual((first.status_code, second.status_code), (202, 202))
        run = self.env["ghl.sync.run"]._get_active(self.location)
        self.assertEqual(run.correlation_id, "order-1")
        joined = logs.output[-1]
        for part in ("created=false", "=order-1", "correlation_id=order-2"):
            self.assertIn(part, joined)
