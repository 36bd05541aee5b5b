"""Syncs of many locations by one press: each by itself, none left out unsaid."""

import secrets
from unittest.mock import patch

from odoo.tests.common import tagged

from ...engine.fleet import many_orders
from ..race_case import RaceCase


@tagged("post_install", "-at_install")
class TestManyOrders(RaceCase):
    def setUp(self):
        super().setUp()
        self.ids = []
        self.addCleanup(self.remove)
        with self.open() as env:
            others = env["ghl.location"].create(
                [
                    {
                        "name": f"Race {number}",
                        "ghl_id": "loc" + secrets.token_hex(8),
                        "connection_id": self.connection_id,
                    }
                    for number in range(2)
                ]
            )
            self.ids = [self.location_id, *others.ids]

    def remove(self):
        with self.open() as env:
            env["ghl.sync.order"].search([]).unlink()
            self.locations(env).exists().unlink()

    def locations(self, env):
        return env["ghl.location"].browse(self.ids)

    def runs(self):
        """Return of how many locations a run is there, as others see it."""
        with self.open() as env:
            domain = [("location_id", "in", self.ids)]
            return len(env["ghl.sync.run"].search(domain).location_id)

    def dialog(self, env):
        """Return the dialog that a list of locations opens; its context has nothing."""
        action = self.locations(env(context={})).action_verify()
        return env(context={})[action["res_model"]].browse(action["res_id"])

    def press(self, order):
        return order.action_order()["params"]["message"]

    # === EACH BY ITSELF === #

    def test_a_lost_race_undoes_no_other_order(self):
        with self.begun() as env:
            with self.open() as cron:
                self.location(cron)._order_sync("verify", "cron")
            message = many_orders.order_many(self.locations(env), "verify")
            env.cr.rollback()
        self.assertEqual(
            message, "2 ordered; they run in the background, 1 running already."
        )
        self.assertEqual(self.runs(), 3)

    def test_what_was_ordered_stays_when_a_later_one_fails(self):
        Location = self.registry["ghl.location"]
        order, last = Location._order_sync, self.ids[-1]

        def ordered(location, *args):
            if location.id == last:
                raise ValueError("broken")
            return order(location, *args)

        with self.begun() as env, patch.object(Location, "_order_sync", ordered):
            with self.assertRaises(ValueError):
                many_orders.order_many(self.locations(env), "verify")
        self.assertEqual(self.runs(), 2)

    def test_no_order_is_made_in_the_transaction_of_another(self):
        Location = self.registry["ghl.location"]
        order, seen = Location._order_sync, []

        def ordered(location, *args):
            seen.append(self.runs())
            return order(location, *args)

        with self.begun() as env, patch.object(Location, "_order_sync", ordered):
            many_orders.order_many(self.locations(env), "verify")
        self.assertEqual(seen, [0, 1, 2])

    def test_what_is_archived_or_removed_meanwhile_is_left_out(self):
        with self.begun() as env:
            locations = self.locations(env)
            self.assertEqual(locations.mapped("active"), [True] * 3)
            with self.open() as other:
                self.locations(other)[1].active = False
                self.locations(other)[2].unlink()
            message = many_orders.order_many(locations, "verify")
        self.assertEqual(
            message,
            "1 ordered; they run in the background, "
            "2 left out, as they are archived or removed.",
        )

    # === ARCHIVED ONES === #

    def test_the_dialog_tells_of_archived_ones(self):
        with self.open() as env:
            self.locations(env)[1:].active = False
        with self.begun() as env:
            order = self.dialog(env)
            self.assertEqual(len(order.location_ids), 3)
            self.assertIn("1 locations", order.text)
            self.assertIn("2 are archived", order.text)
            message = self.press(order)
        self.assertEqual(
            message,
            "1 ordered; they run in the background, "
            "2 left out, as they are archived or removed.",
        )

    def test_the_dialog_of_archived_ones_alone_tells_that(self):
        with self.open() as env:
            self.locations(env).active = False
        with self.begun() as env:
            order = self.dialog(env)
            self.assertEqual(
                order.text,
                "3 are archived, or their connection is: they are left out.",
            )
            message = self.press(order)
        self.assertEqual(message, "3 left out, as they are archived or removed.")
        self.assertEqual(self.runs(), 0)
