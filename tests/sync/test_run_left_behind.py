"""Runs that cannot be worked on for a while: locked out, or refused by the database."""

from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

import psycopg2

from odoo import fields
from odoo.tests.common import tagged
from odoo.tools import mute_logger

from ...engine import pausing, runner
from ...engine.location.writer_lock import LOCK_SPACE
from ..sandbox import SandboxCase


@tagged("post_install", "-at_install", "ghl_engine")
class TestRunLeftBehind(SandboxCase):
    def test_a_location_that_is_still_locked_is_tried_again(self):
        """The session of a killed process may outlive it, and holds the lock."""
        location = self.connect(10)
        key = (LOCK_SPACE, location.id)
        with self.registry._db.cursor() as killed:
            killed.execute("SELECT pg_advisory_lock(%s, %s)", key)
            run = self.sync(location, slices=1)
            killed.execute("SELECT pg_advisory_unlock(%s, %s)", key)
        self.assertEqual(run.state, "queued")
        self.assertTrue(
            self.env["ir.cron.trigger"].search(
                [
                    ("cron_id", "=", location.sudo().cron_id.id),
                    ("call_at", ">", fields.Datetime.now()),
                ]
            )
        )
        with self.enter_registry_test_mode():
            self.work(location)
        self.assertEqual(run.state, "done", run.error)

    @contextmanager
    def full_disk(self):
        """Have the database refuse each slice."""
        full = psycopg2.errors.DiskFull("no space left")
        with (
            patch.object(runner.SyncSlice, "__init__", side_effect=full),
            mute_logger(runner.__name__),
        ):
            yield

    def test_a_database_that_refuses_for_a_while_parks_the_run(self):
        location = self.connect(10)
        with self.full_disk():
            run = self.sync(location)
        self.assertEqual((run.state, run.error_code), ("waiting", "database_error"))
        self.assertEqual(run.attempt, 1)
        self.assertNotIn("space", run.error)
        run.resume_at = fields.Datetime.now() - timedelta(seconds=1)
        with self.enter_registry_test_mode():
            self.work(location)
        self.assertEqual((run.state, run.error), ("done", False))

    def test_a_slice_that_loses_to_another_transaction_just_goes_on(self):
        location = self.connect(10)
        make, lost = runner.SyncSlice.__init__, []

        def lose_first(run_slice, *args, **kwargs):
            if not lost:
                lost.append(True)
                raise psycopg2.errors.SerializationFailure("somebody was quicker")
            make(run_slice, *args, **kwargs)

        with (
            patch.object(runner.SyncSlice, "__init__", lose_first),
            self.assertNoLogs(runner.__name__, "WARNING"),
        ):
            run = self.sync(location, slices=1)
            self.assertEqual((run.state, run.attempt, run.error), ("running", 0, False))
            with self.enter_registry_test_mode():
                self.work(location)
        self.assertEqual((run.state, run.error), ("done", False))

    def test_a_database_that_never_recovers_fails_the_run(self):
        location = self.connect(10)
        run, _created = location._order_sync("full")
        run.attempt = pausing.MAX_ATTEMPTS
        with self.full_disk():
            self.sync(location)
        self.assertEqual((run.state, run.error_code), ("failed", "database_error"))
