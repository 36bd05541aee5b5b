"""The module's own crons: deleted, switched off, or called by nobody."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...engine.alarm import attendance, send_webhook
from ...engine.alarm.alarms import check_connections
from ...engine.alarm.attendance import is_unattended, look_after
from ...engine.alarm.send_webhook import queue_deliveries, send_due
from ...engine.crons import own_crons
from ...engine.crons.mend import mend_own
from ...engine.quality.check import look_soon
from ...engine.state.facts import collect_facts
from ...engine.state.show import states_of
from ..common import GhlCommon

QUIET = "odoo.addons.ghl_contact_sync.engine.crons"


class OwnCronsCase(GhlCommon):
    def setUp(self):
        super().setUp()
        for cron in own_crons.find_all(self.env) | self.location.cron_id:
            cron.nextcall = fields.Datetime.now() + timedelta(minutes=5)
        self.env.flush_all()

    def switch_off_as_odoo_does(self, crons):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE ir_cron SET active = FALSE, lastcall = now() AT TIME ZONE 'UTC'"
            " + INTERVAL '1 second' WHERE id = ANY(%s)",
            [crons.ids],
        )
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestOwnCrons(OwnCronsCase):
    @mute_logger(f"{QUIET}.own_crons")
    def test_each_that_is_deleted_is_made_again(self):
        self.assertGreaterEqual(set(own_crons.names()), set(own_crons.ESSENTIAL))
        before = {name: own_crons.find(self.env, name) for name in own_crons.names()}
        self.assertTrue(all(before.values()))
        for name in own_crons.names():
            before[name].unlink()
            mend_own(self.env)
            self.assertTrue(own_crons.find(self.env, name).active, name)
        own_crons.find_all(self.env).unlink()
        mend_own(self.env)
        self.assertEqual(len(own_crons.find_all(self.env)), len(own_crons.names()))

    @mute_logger(f"{QUIET}.own_crons")
    def test_a_run_ends_although_the_crons_are_gone(self):
        own_crons.find_all(self.env).unlink()
        run = self.location._order_sync("full")[0].sudo()
        run._finish("failed", "In words.", "server_error")
        self.assertEqual(run.state, "failed")
        self.assertTrue(own_crons.find(self.env, "ir_cron_alarms"))

    @mute_logger(f"{QUIET}.own_crons")
    def test_alarms_and_quality_find_their_crons_although_they_are_gone(self):
        self.set_setting("alarm_webhook_url", "https://alarms.example.com/hook")
        alarm = self.env["ghl.alarm"].create(
            {"connection_id": self.connection.id, "code": "failed"}
        )
        for name, call in (
            ("alarm_deliveries", lambda: queue_deliveries(alarm, alarm.browse())),
            ("alarm_deliveries", lambda: send_due(self.env)),
            ("alarm_deliveries", self.env["ghl.alarm.delivery"].action_send_again),
            ("quality", lambda: look_soon(self.location, timedelta(minutes=1))),
        ):
            own_crons.find(self.env, f"ir_cron_{name}").unlink()
            with patch.object(
                send_webhook, "_take", lambda env: env["ghl.alarm.delivery"]
            ):
                call()
            cron = own_crons.find(self.env, f"ir_cron_{name}")
            self.assertTrue(cron, name)
            triggers = [("cron_id", "=", cron.id)]
            self.assertTrue(self.env["ir.cron.trigger"].search(triggers), name)

    @mute_logger(f"{QUIET}.mend")
    def test_what_odoo_switched_off_works_again_and_what_a_person_did_stays(self):
        crons = own_crons.find_all(self.env)
        self.switch_off_as_odoo_does(crons)
        off = own_crons.find(self.env, "ir_cron_partners")
        off.write({"active": False})
        self.env.cr.execute(
            "UPDATE ir_cron SET lastcall = NULL WHERE id = %s", [off.id]
        )
        self.env.invalidate_all()
        mend_own(self.env)
        self.assertEqual(crons.filtered("active"), crons - off)

    def test_a_person_who_switches_one_off_is_told_what_it_means(self):
        cron = own_crons.find(self.env, "ir_cron_alarms")
        cron.active = False
        facts = collect_facts(self.location)[self.location.id]
        self.assertEqual(facts.crons_off, (cron.cron_name,))
        state = states_of(self.location)[self.location.id]
        [text] = [note.text for note in state.notes if note.code == "crons_off"]
        self.assertIn(cron.cron_name, text)

    def test_a_neutralized_copy_gets_nothing_back(self):
        crons = own_crons.find_all(self.env)
        self.switch_off_as_odoo_does(crons)
        own_crons.find(self.env, "ir_cron_alarms").unlink()
        self.env["ir.config_parameter"].set_param("database.is_neutralized", True)
        mend_own(self.env)
        own_crons.trigger(self.env, "ir_cron_alarms")
        self.assertFalse(own_crons.find_all(self.env).filtered("active"))


@tagged("post_install", "-at_install")
class TestAttendance(OwnCronsCase):
    """Requests tell of cron workers that are missing."""

    def look(self):
        self.env.flush_all()
        looked = patch.dict(attendance._looks_at, clear=True)
        with looked, self.enter_registry_test_mode():
            answer = look_after(self.env)
        self.env.invalidate_all()
        return answer

    def up_since(self, moment):
        self.startPatcher(patch.object(attendance, "_up_since", lambda _env: moment))

    def test_crons_that_are_called_need_nobody(self):
        self.assertFalse(is_unattended(self.env))
        self.assertFalse(self.look())

    def test_managers_are_told_when_no_worker_calls_them(self):
        late = fields.Datetime.now() - timedelta(hours=2)
        (own_crons.find_all(self.env) | self.location.cron_id).nextcall = late
        self.location.last_full_at = late
        self.up_since(late)
        self.assertTrue(self.look())
        [alarm] = self.location.connection_id.alarm_ids
        self.assertEqual((alarm.code, alarm.seen_at), ("no_worker", late))
        self.assertTrue(alarm.notified_at, "one visitor is enough")
        self.assertTrue(self.connection.activity_ids)
        self.assertIn("max-cron-threads", alarm.text)

    def test_a_location_whose_own_cron_is_not_due_yet_is_told_as_well(self):
        late = fields.Datetime.now() - timedelta(minutes=21)
        own_crons.find_all(self.env).nextcall = late
        self.location.last_full_at = late
        self.up_since(late - timedelta(hours=1))
        self.assertTrue(self.look())
        [alarm] = self.location.connection_id.alarm_ids
        self.assertEqual(alarm.code, "no_worker")
        self.assertTrue(alarm.notified_at)
        # A worker is there again.
        check_connections(self.connection)
        self.assertTrue(alarm.closed_at)

    def test_a_cron_that_is_busy_for_long_is_no_missing_worker(self):
        """Odoo plans it anew only once it has nothing left to do."""
        now = fields.Datetime.now()
        late = now - timedelta(hours=2)
        self.location.last_full_at = now
        self.up_since(late)
        busy = own_crons.find(self.env, "ir_cron_connection_tasks")
        busy.nextcall = late
        self.look()
        self.assertIsNone(attendance.unattended_since(self.env))
        self.assertFalse(self.location.connection_id.alarm_ids)
        # Nor does one that a clock put to sleep, or that is called once a day, tell
        # of workers that are there.
        own_crons.find_all(self.env).nextcall = late
        own_crons.find(self.env, "ir_cron_alarms").nextcall = now + timedelta(days=2)
        own_crons.find(self.env, "ir_cron_watchdog").write(
            {"interval_type": "days", "nextcall": late + timedelta(days=1)}
        )
        self.assertEqual(attendance.unattended_since(self.env), late)

    def test_after_a_restart_workers_get_time_to_come(self):
        now = fields.Datetime.now()
        late = now - timedelta(hours=2)
        (own_crons.find_all(self.env) | self.location.cron_id).nextcall = late
        self.location.last_full_at = late
        self.assertLessEqual(attendance._up_since(self.env), now)
        self.up_since(now - timedelta(minutes=1))
        self.assertTrue(self.look())
        [alarm] = self.location.connection_id.alarm_ids
        self.assertFalse(alarm.notified_at)
        self.assertEqual(alarm.seen_at, now - timedelta(minutes=1))

    @mute_logger(f"{QUIET}.own_crons")
    def test_all_crons_that_are_deleted_come_back_by_a_request(self):
        (own_crons.find_all(self.env) | self.location.cron_id).unlink()
        self.assertTrue(self.look())
        self.assertEqual(len(own_crons.find_all(self.env)), len(own_crons.names()))
        self.location.invalidate_recordset()
        self.assertTrue(self.location.cron_id)
        self.assertFalse(self.look())
