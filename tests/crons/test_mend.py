"""Crons that are missing, switched off or asleep."""

from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ...engine.api.page_threshold import order_for_page
from ...engine.crons.mend import LATE, MISSING, OFF, OK, cron_state, mend_own
from ..common import GhlCommon


@tagged("post_install", "-at_install")
class TestWatchdog(GhlCommon):
    def watch(self):
        self.env.flush_all()
        self.env["ghl.sync.run"]._cron_watchdog()
        self.env.invalidate_all()

    def switch_off_as_odoo_does(self):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE ir_cron SET active = FALSE, lastcall = now() AT TIME ZONE 'UTC'"
            " + INTERVAL '1 second' WHERE id = %s",
            [self.location.cron_id.id],
        )
        self.env.invalidate_all()

    def test_a_cron_that_was_deleted_is_made_again(self):
        self.location.cron_id.unlink()
        self.location.invalidate_recordset()
        self.assertEqual(cron_state(self.location), MISSING)
        self.watch()
        self.assertEqual(cron_state(self.location), OK)

    def test_a_cron_that_was_switched_off_on_purpose_stays_so(self):
        self.location.cron_id.active = False
        self.watch()
        self.assertFalse(self.location.cron_id.active)
        self.assertEqual(cron_state(self.location), OFF)

    def test_a_cron_that_odoo_switched_off_works_again(self):
        self.switch_off_as_odoo_does()
        self.assertEqual(cron_state(self.location), LATE)
        self.watch()
        self.assertEqual(cron_state(self.location), OK)

    def test_an_order_is_worked_off_at_once_and_the_schedule_stays_off(self):
        cron = self.location.cron_id
        cron.active = False
        self.assertFalse(order_for_page(self.location, 1, 20))
        self.location.with_user(self.user).action_sync_all()
        self.assertTrue(cron.active)
        self.assertFalse(self.location.auto_sync)
        self.assertTrue(
            self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])
        )

    def test_a_cron_that_a_clock_put_to_sleep_is_woken(self):
        ahead = fields.Datetime.now() + timedelta(days=1)
        self.location.cron_id.nextcall = ahead
        self.assertEqual(cron_state(self.location), LATE)
        self.watch()
        self.assertEqual(cron_state(self.location), OK)
        own = self.env.ref("ghl_contact_sync.ir_cron_watchdog")
        own.nextcall = ahead
        mend_own(self.env)
        self.assertLess(own.nextcall, ahead)

    def test_an_interval_of_ones_own_is_no_sleep(self):
        self.location.cron_id.write(
            {
                "interval_number": 1,
                "interval_type": "days",
                "nextcall": fields.Datetime.now() + timedelta(hours=20),
            }
        )
        self.assertEqual(cron_state(self.location), OK)

    def test_what_is_archived_gets_no_cron(self):
        self.location.cron_id.unlink()
        self.connection.active = False
        self.watch()
        self.assertFalse(self.location.cron_id)

    def test_a_neutralized_copy_stays_switched_off(self):
        self.switch_off_as_odoo_does()
        self.env["ir.config_parameter"].set_param("database.is_neutralized", True)
        self.watch()
        self.assertFalse(self.location.cron_id.active)
