"""What loses to another transaction is done again: no job, task or request fails."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import monotonic
from unittest.mock import patch

from psycopg2 import errors

from odoo import fields
from odoo.exceptions import ConcurrencyError
from odoo.service import model as service
from odoo.tests.common import tagged
from odoo.tools import mute_logger

from ...engine.alarm import alarms, send_webhook
from ...engine.connection import tasks
from ...engine.crons import own_crons
from ...engine.crons.cron_job import cron_job
from ...engine.transaction import retry_transaction, roll_back
from ...tools.outgoing.delivery import Answer
from ..race_case import RaceCase

ERROR = 40


class LostRaces(RaceCase):
    def assert_calm(self, lines):
        """Nothing was logged as an error, and nothing with a traceback."""
        bad = [text for level, text in lines if level >= ERROR or "Traceback" in text]
        self.assertEqual(bad, [])


@tagged("post_install", "-at_install")
class TestCronJob(LostRaces):
    def run_job(self, body):
        with self.open() as env:
            return cron_job(body)(self.connection(env))

    def test_a_job_that_loses_begins_again_and_sees_what_others_did(self):
        seen = []

        def body(connection):
            seen.append(connection.name)
            if len(seen) == 1:
                with self.open() as other:
                    self.connection(other).name = "Theirs"
                self.lose(connection)
            connection.account_name = "Ours"
            return "done"

        self.assertEqual(self.run_job(body), "done")
        self.assertEqual(seen, ["Race", "Theirs"])
        with self.open() as env:
            self.assertEqual(self.connection(env).account_name, "Ours")

    def test_what_is_left_to_the_commit_may_lose_as_well(self):
        calls = []

        def body(connection):
            calls.append(connection.state)
            if len(calls) == 1:
                self.change(connection)
            connection.account_name = "Ours"

        with mute_logger("odoo.sql_db"):
            self.run_job(body)
        self.assertEqual(len(calls), 2)

    def test_one_that_always_loses_gives_way_and_is_called_again(self):
        with self.logged() as lines, self.open() as env:
            with patch.object(type(env["ir.cron"]), "_notifydb") as notified:
                cron_job(self.lose)(self.connection(env))
            notified.assert_called()
        self.assert_calm(lines)

    def test_it_is_not_begun_again_when_its_time_is_up(self):
        calls = []

        def body(connection):
            calls.append(connection)
            self.lose(connection)

        with self.open() as env, patch.object(type(env["ir.cron"]), "_notifydb"):
            own = self.connection(env).with_context(cron_end_time=monotonic())
            cron_job(body)(own)
        self.assertEqual(len(calls), 1)

    def test_other_errors_are_not_hidden(self):
        def body(_connection):
            raise errors.DiskFull("no space left")

        with self.assertRaises(errors.DiskFull):
            self.run_job(body)


@tagged("post_install", "-at_install")
class TestTasks(LostRaces):
    def order(self, kind="test"):
        with self.open() as env:
            self.connection(env)._order_task(kind)

    def states(self):
        with self.open() as env:
            rows = self.connection(env).task_ids
            return [(row.state, row.attempts, row.message) for row in rows]

    def work(self, env, handler):
        with patch.dict(tasks.HANDLERS, {"test": handler}), self.logged() as lines:
            env["ghl.connection.task"]._cron_work()
        self.assert_calm(lines)

    def test_two_jobs_at_once_share_the_tasks(self):
        self.order()
        done = []
        with self.begun() as env:
            with self.open() as other:
                other["ghl.connection.task"]._claim()
            self.work(env, lambda task: done.append(task) or (True, "fine"))
        self.assertEqual(done, [])
        self.assertEqual(self.states(), [("running", 1, False)])

    def test_a_task_that_loses_is_done_again_at_once(self):
        self.order()
        calls = []

        def handler(task):
            calls.append(task.attempts)
            if len(calls) == 1:
                self.lose(task.connection_id)
            return True, "fine"

        with self.open() as env:
            self.work(env, handler)
        self.assertEqual(calls, [1, 1])
        self.assertEqual(self.states(), [("done", 1, "fine")])

    def test_a_row_that_somebody_else_has_just_made_is_no_crash(self):
        self.order()
        calls = []

        def handler(task):
            calls.append(task)
            if len(calls) == 1:
                raise errors.UniqueViolation("somebody was quicker")
            return True, "fine"

        with self.open() as env:
            self.work(env, handler)
        self.assertEqual(self.states(), [("done", 1, "fine")])

    def test_a_task_that_always_loses_is_kept_and_does_not_count(self):
        self.order()
        with self.open() as env:
            task = env["ghl.connection.task"]._claim()
            env.cr.commit()  # pylint: disable=invalid-commit
            handler = lambda task: self.lose(task.connection_id)  # noqa: E731
            with patch.dict(tasks.HANDLERS, {"test": handler}):
                tasks._perform(task)
        self.assertEqual(self.states(), [("queued", 0, False)])

    def test_one_that_was_ordered_again_meanwhile_waits_once(self):
        self.order()

        def gone(_task):
            raise errors.DiskFull("no space left")

        with self.open() as env:
            task = env["ghl.connection.task"]._claim()
            env.cr.commit()  # pylint: disable=invalid-commit
            self.order()
            with patch.dict(tasks.HANDLERS, {"test": gone}):
                tasks._perform(task)
        self.assertEqual(self.states(), [("queued", 0, False)])

    def test_a_connection_that_is_deleted_meanwhile_is_no_trouble(self):
        self.order()

        def handler(task):
            task.env.cr.execute("SELECT 1")
            with self.open() as other:
                self.location(other).unlink()
                self.connection(other).unlink()
            task.connection_id.account_name = "Ours"
            return True, "fine"

        with self.open() as env, mute_logger("odoo.sql_db"):
            with patch.dict(tasks.HANDLERS, {"test": handler}):
                env["ghl.connection.task"]._cron_work()
            self.assertFalse(self.connection(env).exists())


@tagged("post_install", "-at_install")
class TestRequests(LostRaces):
    @mute_logger("odoo.sql_db")
    def test_two_who_press_sync_at_once_get_one_run(self):
        with self.begun() as env, patch.object(service.time, "sleep"):
            with self.open() as other:
                run, _created = self.location(other)._order_sync("full", "button")
                theirs = run.id
            # As Odoo calls a button.
            run, created = service.retrying(
                lambda: self.location(env)._order_sync("full", "button"), env
            )
            self.assertEqual((run.id, created), (theirs, False))

    def test_who_decides_while_a_run_has_the_review_in_hand_waits(self):
        with self.open() as env:
            review = env["ghl.deletion.review"].create(
                {"location_id": self.location_id, "contact_count": 1}
            )

        def decide():
            with self.open() as env:
                mine = review.with_env(env)
                service.retrying(mine.action_keep, env)

        with (
            self.open() as run,
            patch.object(service.time, "sleep"),
            ThreadPoolExecutor(1) as threads,
        ):
            run.cr.execute(
                "UPDATE ghl_deletion_review SET lost = 1 WHERE id = %s", [review.id]
            )
            person = threads.submit(decide)
            self.await_waiting(run)
            run.cr.commit()  # pylint: disable=invalid-commit
            person.result(60)
        with self.open() as env:
            self.assertEqual(review.with_env(env).state, "kept")

    def await_waiting(self, holder):
        """Wait until somebody waits for what a transaction holds."""
        pid = holder.cr.connection.info.backend_pid
        query = "SELECT 1 FROM pg_stat_activity WHERE %s = ANY(pg_blocking_pids(pid))"
        with self.open() as env:
            deadline = monotonic() + 60
            while monotonic() < deadline:
                env.cr.execute(query, [pid])
                if env.cr.rowcount:
                    return
                Event().wait(0.02)
                env.cr.commit()  # pylint: disable=invalid-commit
        self.fail("nobody has waited")

    @mute_logger("odoo.sql_db")
    def test_a_cron_that_two_make_again_is_made_once(self):
        name = "ir_cron_search_index"
        with self.open() as env:
            own_crons.find(env, name).unlink()
        with self.begun() as env:
            with self.open() as other:
                own_crons.restore(other)
            made = retry_transaction(
                lambda: own_crons.restore(env), undo=lambda: roll_back(env)
            )
            self.assertEqual(made, [])
            self.assertTrue(own_crons.find(env, name))


@tagged("post_install", "-at_install")
class TestAlarmRaces(LostRaces):
    def clean_up(self):
        with self.open() as env:
            key = [("connection_id", "=", self.connection_id)]
            env["ghl.alarm"].search(key).unlink()
        return super().clean_up()

    def test_a_look_that_loses_is_repeated_and_keeps_nobody_in_the_dark(self):
        look, calls = alarms._look, []

        def looking(connections, unattended):
            calls.append(len(connections))
            if len(calls) == 1:
                self.lose(self.connection(connections.env))
            return look(connections, unattended)

        with (
            patch.object(alarms, "_look", looking),
            self.logged() as lines,
            self.open() as env,
        ):
            env["ghl.alarm"]._cron_check()
        self.assertEqual(len(calls), 2)
        self.assert_calm(lines)

    def note(self, env):
        now = fields.Datetime.now()
        return alarms._note(self.connection(env), (None, "connection"), now)

    @mute_logger("odoo.sql_db")
    def test_a_trouble_that_two_note_at_once_is_no_error(self):
        with self.begun() as env:
            with self.open() as other:
                self.note(other)
            with self.assertRaises(ConcurrencyError):
                self.note(env)

    def make_delivery(self):
        with self.open() as env:
            parameters = env["ir.config_parameter"]
            parameters.set_param(
                "ghl_contact_sync.alarm_webhook_url", "https://alarms.example.com/"
            )
            alarm = self.note(env)
            delivery = env["ghl.alarm.delivery"].create(
                {"alarm_id": alarm.id, "event": "opened", "payload": {"event": "x"}}
            )
            self.addCleanup(self.forget_address)
            return delivery.id

    def forget_address(self):
        with self.open() as env:
            env["ir.config_parameter"].search(
                [("key", "in", ["ghl_contact_sync.alarm_webhook_url"])]
            ).unlink()

    def test_what_has_arrived_is_sent_once_whoever_changes_it_meanwhile(self):
        delivery_id, sent = self.make_delivery(), []
        with self.open() as env:
            delivery = env["ghl.alarm.delivery"].browse(delivery_id)

            def send(*_args):
                sent.append(1)
                env.cr.execute("SELECT 1")
                self.change(delivery)
                return Answer(200, None)

            with (
                patch.object(send_webhook, "send", send),
                mute_logger("odoo.sql_db"),
            ):
                env["ghl.alarm.delivery"]._cron_send()
        with self.open() as env:
            delivery = env["ghl.alarm.delivery"].browse(delivery_id)
            self.assertEqual((delivery.state, len(sent)), ("sent", 1))

    def test_two_senders_do_not_fail(self):
        delivery_id, sent = self.make_delivery(), []
        with (
            self.begun() as env,
            patch.object(send_webhook, "send", lambda *_args: sent.append(1)),
        ):
            with self.open() as other:
                self.assertEqual(send_webhook._take(other).id, delivery_id)
            with self.logged() as lines:
                env["ghl.alarm.delivery"]._cron_send()
        self.assert_calm(lines)
        self.assertEqual(sent, [])
