"""Records that cannot be matched, lists that shrink, rows that vanish: settled."""

from datetime import timedelta
from unittest.mock import patch

import psycopg2

from odoo import fields
from odoo.tests.common import tagged

from odoo.addons.base.models.ir_cron import IrCron

from ...engine.location.writer_lock import LOCK_SPACE
from ...engine.upgrade import bring_to_rest
from ..common import GhlCommon
from ..sandbox import SandboxCase


@tagged("post_install", "-at_install", "ghl_engine")
class TestOddRecords(SandboxCase):
    def test_ids_of_odd_lengths_and_signs_are_mirrored(self):
        location = self.connect(40, bad="odd_length_id,dots_id,long_id,number_id")
        self.assertProven(self.sync(location))
        self.assertMirrors(location)
        self.assertProven(self.sync(location, "verify"))

    def test_a_record_that_cannot_be_mirrored_is_named(self):
        for bad in ("very_long_id", "nul_id"):
            with self.subTest(bad):
                location = self.connect(30, bad=bad, clean=True)
                run = self.sync(location)
                self.assertEqual((run.state, run.proof_state), ("done", "not_proven"))
                self.assertIn("1 records of GoHighLevel", run.proof_message)
                self.assertEqual(len(run.issue_ids), 1)
                self.assertTrue(run.issue_ids.ghl_id)
                self.assertIn(run.issue_ids.ghl_id[:20], run.proof_message)
                self.assertMirrors(location)

    def test_what_is_gone_and_cannot_be_asked_for_is_named(self):
        location = self.connect(30, clean=True)
        self.sync(location)
        contact = self.contacts(location)[:1]
        self.env.cr.execute(
            "UPDATE ghl_contact SET ghl_id = '..' WHERE id = %s", [contact.id]
        )
        self.env.invalidate_all()
        run = self.sync(location)
        # What had that id before was read anew; `..` itself nobody can ask for.
        self.assertEqual(run.state, "done", run.error)
        if run.proof_state == "not_proven":
            self.assertIn("..", f"{run.proof_message} {run.issue_ids.mapped('ghl_id')}")
        self.assertIn(run.contacts_seen, (30, 31))

    def test_rows_removed_behind_the_addon_leave_no_wrong_counter(self):
        for kind in ("full", "verify"):
            location = self.connect(70, clean=True)
            self.sync(location)
            lost = self.contacts(location)[:25]
            self.env.cr.execute(
                "DELETE FROM ghl_contact WHERE id = ANY(%s)", [lost.ids]
            )
            self.env.invalidate_all()
            self.assertEqual(location.contact_count, 70)
            self.assertProven(self.sync(location, kind))
            self.assertMirrors(location)
            self.assertEqual(location.contact_count, 70)
            self.assertEqual(location.ghl_total, 70)

    def test_tags_fields_and_users_that_are_gone_upstream_are_archived(self):
        location = self.connect(20, clean=True)
        self.sync(location)
        for model, key in (
            ("ghl.tag", "name"),
            ("ghl.user", "ghl_id"),
            ("ghl.custom.field", "ghl_id"),
        ):
            row = {key: "gone upstream", "name": "gone upstream"}
            row.update({"location_id": location.id})
            if model != "ghl.tag":
                row["ghl_id"] = "gone upstream"
            gone = self.env[model].create(row)
            self.sync(location)
            self.assertFalse(gone.active, model)
        borne = self.contacts(location).tag_ids
        self.assertTrue(all(borne.mapped("active")))

    def work_with(self, location, error):
        """Work off a location's order while its run's first commit meets an error."""
        progress, calls = IrCron._commit_progress, []

        def fail_once(records, *args, **kw):
            calls.append(args)
            if len(calls) == 2:
                # The first commit of the run that was just ordered.
                raise error
            return progress(records, *args, **kw)

        with patch.object(IrCron, "_commit_progress", fail_once):
            self.work(location)
        self.assertGreater(len(calls), 2)

    def test_an_order_of_the_schedule_survives_a_conflict(self):
        location = self.connect(5)
        with self.enter_registry_test_mode():
            self.work_with(location, psycopg2.errors.SerializationFailure("lost"))
        run = location.run_ids
        self.assertEqual((len(run), run.state), (1, "done"), run.error)
        self.assertMirrors(location)

    def test_an_order_of_the_schedule_survives_a_full_disk(self):
        location = self.connect(5)
        with self.enter_registry_test_mode():
            self.work_with(location, psycopg2.errors.DiskFull("no space"))
            run = location.run_ids
            self.assertEqual((len(run), run.state), (1, "waiting"))
            run.resume_at = fields.Datetime.now() - timedelta(seconds=1)
            self.work(location)
        self.assertEqual(run.state, "done", run.error)
        self.assertMirrors(location)


@tagged("post_install", "-at_install")
class TestRest(GhlCommon):
    def test_an_upgrade_waits_for_whoever_has_a_location_in_hand(self):
        key = (LOCK_SPACE, self.location.id)
        with self.registry._db.cursor() as worker:
            worker.execute("SELECT pg_advisory_lock(%s, %s)", key)
            with (
                patch("odoo.addons.ghl_contact_sync.engine.upgrade.REST_SECONDS", 1),
                self.assertRaises(psycopg2.errors.LockNotAvailable),
                self.env.cr.savepoint(),
            ):
                bring_to_rest(self.env.cr, LOCK_SPACE)
            worker.execute("SELECT pg_advisory_unlock(%s, %s)", key)
        bring_to_rest(self.env.cr, LOCK_SPACE)
        with self.registry._db.cursor() as worker:
            worker.execute("SELECT pg_try_advisory_lock(%s, %s)", key)
            self.assertFalse(worker.fetchone()[0])
