"""Runs that nobody works on: what a watcher and the watchdog do."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests.common import tagged

from odoo.addons.base.models.ir_cron import IrCron

from ... import const
from ...engine.activity import describe, waiting_facts
from ...engine.crons import watchdog
from ...engine.crons.watchdog import is_stalled
from ...engine.location.writer_lock import LOCK_SPACE
from ..api.api_case import ApiCase

# A run that is left alone for so long here, and one that was for longer, though not yet
# long enough to count as stalled. However long a test takes, it has time in between.
IDLE, LONGER = 25, 35


@tagged("post_install", "-at_install")
class TestWatchedRun(ApiCase):
    def setUp(self):
        super().setUp()
        self.headers = {"Authorization": f"Bearer {self.make_key(self.user)}"}
        self.run_ = self.location._order_sync("full", "api")[0].sudo()
        self.cron = self.location.sudo().cron_id
        self.forget_triggers()
        # Odoo would date the run back to when the tests of this class began.
        self.env.cr.execute(
            "UPDATE ghl_sync_run SET create_date = %s WHERE id = %s",
            [fields.Datetime.now(), self.run_.id],
        )
        self.run_.invalidate_recordset()
        self.startPatcher(patch.dict(watchdog._quiet_until, clear=True))
        self.patch(watchdog, "IDLE_SECONDS", IDLE)
        self.notify = self.startPatcher(patch.object(IrCron, "_notifydb"))

    def triggers(self):
        return self.env["ir.cron.trigger"].search([("cron_id", "=", self.cron.id)])

    def forget_triggers(self):
        self.triggers().unlink()
        self.env.flush_all()

    def set_run(self, **values):
        """Write on the run; dates are given as seconds from now."""
        now = fields.Datetime.now()
        for name in {"heartbeat_at", "resume_at"} & values.keys():
            values[name] = now + timedelta(seconds=values[name])
        self.run_.write(values)
        self.env.flush_all()

    def watch(self):
        params = {"location_id": self.location.ghl_id}
        answer = self.url_open(
            const.ROUTE_STATUS, params=params, headers=self.headers
        ).json()
        self.assertIs(answer["success"], True)
        return self.notify.call_count

    def test_workers_are_woken_only_for_what_could_go_on(self):
        for values, woken in (
            ({"state": "queued"}, 0),  # ordered just now
            ({"state": "running", "heartbeat_at": 0}, 0),
            ({"state": "running", "heartbeat_at": -LONGER}, 1),
            ({"state": "waiting", "heartbeat_at": -LONGER, "resume_at": 60}, 0),
            ({"state": "waiting", "heartbeat_at": -60, "resume_at": -LONGER}, 1),
            ({"state": "done", "heartbeat_at": -LONGER}, 0),
        ):
            with self.subTest(**values):
                watchdog._quiet_until.clear()
                self.notify.reset_mock()
                self.set_run(**values)
                self.assertEqual(self.watch(), woken)
                self.assertFalse(self.triggers())

    def test_many_watchers_wake_no_more_than_one(self):
        self.set_run(state="running", heartbeat_at=-LONGER)
        for _watcher in range(4):
            self.watch()
        self.assertEqual(self.notify.call_count, 1)

    def test_a_trigger_that_was_lost_is_made_again(self):
        self.set_run(state="running", heartbeat_at=-const.QUEUE_ALARM_SECONDS - 5)
        self.watch()
        self.watch()
        self.assertEqual(len(self.triggers()), 1)

    def test_a_worker_that_waits_for_the_vendor_is_no_stalled_run(self):
        key = (LOCK_SPACE, self.location.id)
        for idle in (LONGER, const.QUEUE_ALARM_SECONDS + 5):
            watchdog._quiet_until.clear()
            self.set_run(state="running", heartbeat_at=-idle)
            with self.registry._db.cursor() as worker:
                worker.execute("SELECT pg_advisory_lock(%s, %s)", key)
                self.assertEqual(self.watch(), 0)
                self.assertFalse(is_stalled(self.run_))
                worker.execute("SELECT pg_advisory_unlock(%s, %s)", key)
        self.assertFalse(self.triggers())
        self.assertTrue(is_stalled(self.run_))

    def test_a_wait_that_nobody_ends_is_not_told_as_one_that_ends_by_itself(self):
        late = -const.QUEUE_ALARM_SECONDS - 5
        self.set_run(
            state="waiting",
            heartbeat_at=late - 60,
            resume_at=late,
            error="HTTP 503",
            error_code="server_error",
            activity=waiting_facts(self.run_, "server_error", 503, 10),
        )
        self.assertIn("No worker has picked this up", self.run_.state_message)
        text = describe(self.run_)["text"]
        self.assertEqual(text, "GoHighLevel answers 503, try 1 of 10 is due")

    def test_the_watchdog_brings_a_worker_to_every_run_left_behind(self):
        for values, brought in (
            ({"state": "running", "heartbeat_at": -30}, 0),
            ({"state": "running", "heartbeat_at": -300}, 1),
            ({"state": "waiting", "heartbeat_at": -300, "resume_at": 60}, 0),
            ({"state": "waiting", "heartbeat_at": -300, "resume_at": -60}, 1),
            ({"state": "failed", "heartbeat_at": -300, "resume_at": -60}, 0),
        ):
            with self.subTest(**values):
                self.forget_triggers()
                self.set_run(**values)
                self.env["ghl.sync.run"]._cron_watchdog()
                self.assertEqual(len(self.triggers()), brought)

    def test_the_watchdog_revives_a_cron_that_odoo_switched_off(self):
        # As it does after a week of failures: by SQL, when the call has ended.
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE ir_cron SET active = FALSE, lastcall = now() AT TIME ZONE 'UTC'"
            " + INTERVAL '1 second' WHERE id = %s",
            [self.cron.id],
        )
        self.env.invalidate_all()
        self.set_run(state="running", heartbeat_at=-300)
        self.env["ghl.sync.run"]._cron_watchdog()
        self.assertTrue(self.cron.active)
        self.assertEqual(len(self.triggers()), 1)
