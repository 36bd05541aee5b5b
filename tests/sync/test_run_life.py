"""A run between its slices: pauses, cancels, follow-ups, successors."""

from collections import OrderedDict
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests.common import tagged
from odoo.tools import mute_logger

from ...engine import error_handling, location_job
from ...engine.checkpoint import ProofState, load_checkpoint, save_checkpoint
from ...engine.error_handling import handle_error
from ...engine.mirror.merge import Merger
from ...engine.pausing import MAX_ATTEMPTS, MAX_PAUSE, MAX_RETRY_AFTER
from ...engine.rate_limit import get_governor
from ...engine.runner import Runner
from ...engine.schedule.due import due_kind
from ...engine.slice import run_figures
from ...engine.slice.slice import SliceOver, SyncSlice
from ...tools.errors import GhlServerError
from ...tools.rate_limit import governor as rate_governor
from ..common import GhlCommon
from ..sandbox import SandboxCase

ENGINE = error_handling.__name__


def seconds_from_now(timestamp):
    return (timestamp - fields.Datetime.now()).total_seconds()


def other_process():
    """Return a patch under which governors are those of a process just started."""
    return patch.object(rate_governor, "_governors", OrderedDict())


@tagged("post_install", "-at_install")
class TestPauses(GhlCommon):
    def setUp(self):
        super().setUp()
        self.run_ = self.location._order_sync("full")[0].sudo()
        self.run_.write({"state": "running", "phase": "prove"})

    def pause(self, **kw):
        """Let the run meet a passing trouble; return for how long it waits."""
        error = GhlServerError("GoHighLevel failed (503).", **kw)
        with mute_logger(ENGINE):
            handle_error(self.run_, error)
        return self.run_.resume_at and seconds_from_now(self.run_.resume_at)

    def go_on_with_the_proof(self):
        checkpoint = load_checkpoint(self.run_)
        proof = ProofState(round=1)
        save_checkpoint(self.run_, replace(checkpoint, proof=proof))

    def test_a_pause_is_as_long_as_the_vendor_asks_for(self):
        self.assertLess(self.pause(), 30)
        self.assertGreaterEqual(self.pause(retry_after=300), 300)
        self.assertLess(self.pause(retry_after=86_400), MAX_RETRY_AFTER + 5)

    def test_a_short_retry_after_shortens_no_pause(self):
        self.run_.attempt = MAX_ATTEMPTS - 1
        self.assertGreater(self.pause(retry_after=1), 0.8 * MAX_PAUSE)

    def test_pauses_without_progress_grow_and_end(self):
        for attempt in range(MAX_ATTEMPTS):
            self.pause()
            self.assertEqual(
                (self.run_.state, self.run_.attempt), ("waiting", attempt + 1)
            )
        self.pause()
        self.assertEqual(
            (self.run_.state, self.run_.error_code), ("failed", "server_error")
        )

    def test_whatever_progress_there_was_begins_the_count_anew(self):
        candidate = self.env["ghl.deletion.candidate"].create(
            {
                "location_id": self.location.id,
                "run_id": self.run_.id,
                "ghl_id": "one",
                "origin": "run",
                "state": "unseen",
            }
        )
        for progress in (
            self.go_on_with_the_proof,
            lambda: self.run_.write({"contacts_deleted": 50}),
            lambda: candidate.write({"state": "not_in_index"}),
            lambda: self.run_.write({"phase": "done"}),
        ):
            for _trouble in range(4):
                self.pause()
            self.assertGreater(self.run_.attempt, 3)
            progress()
            self.assertLess(self.pause(), 30)
            self.assertEqual(self.run_.attempt, 1)


@tagged("post_install", "-at_install")
class TestDueKind(GhlCommon):
    def setUp(self):
        super().setUp()
        past = fields.Datetime.now() - timedelta(hours=30)
        self.location.write(
            {
                "last_full_at": past,
                "last_verify_at": past,
                "last_delta_at": past,
                "verify_interval": 24,
                "delta_interval": 15,
                # None: a verify would be moved there, at some times of the day.
                "quiet_from": 0,
                "quiet_to": 0,
            }
        )

    def end_verify(self, state="failed", minutes_ago=10):
        run = self.location._order_sync("verify", "cron")[0].sudo()
        run._finish(state, "Too many are gone.", "delete_brake")
        run.finished_at = fields.Datetime.now() - timedelta(minutes=minutes_ago)
        return run

    def test_changes_are_read_while_a_verify_that_failed_pauses(self):
        self.assertEqual(due_kind(self.location), "verify")
        self.end_verify()
        self.assertEqual(due_kind(self.location), "delta")
        self.location.last_delta_at = fields.Datetime.now()
        self.assertIsNone(due_kind(self.location))

    def test_it_is_tried_again_after_an_hour_then_after_two(self):
        first = self.end_verify(minutes_ago=65)
        self.assertEqual(due_kind(self.location), "verify")
        self.end_verify("cancelled", minutes_ago=65)
        self.assertEqual(due_kind(self.location), "delta")
        first.search([("location_id", "=", self.location.id)]).write(
            {"finished_at": fields.Datetime.now() - timedelta(minutes=125)}
        )
        self.assertEqual(due_kind(self.location), "verify")

    def test_failures_before_the_last_success_are_forgotten(self):
        self.location.verify_interval = 1
        for _failure in range(2):
            self.end_verify(minutes_ago=90)
        self.assertEqual(due_kind(self.location), "delta")
        self.end_verify("done", minutes_ago=70)
        succeeded = fields.Datetime.now() - timedelta(minutes=70)
        self.location.last_verify_at = succeeded
        self.assertEqual(due_kind(self.location), "verify")


@tagged("post_install", "-at_install", "ghl_engine")
class TestChosenRun(SandboxCase):
    """Between the choice of a run and its slice, webhooks are worked off."""

    def setUp(self):
        super().setUp()
        self.location = self.connect(10)
        self.run_ = self.location._order_sync("full")[0].sudo()
        self.park(-5)

    def park(self, seconds):
        now = fields.Datetime.now()
        resume_at = now + timedelta(seconds=seconds)
        self.run_.write({"state": "waiting", "resume_at": resume_at})

    def work_while(self, happens):
        """Let the cron do a slice; `happens` while it works off webhooks."""
        drained = location_job.drain

        def drain(location):
            happens()
            self.env.flush_all()
            return drained(location)

        with (
            self.enter_registry_test_mode(),
            patch.object(location_job, "drain", drain),
        ):
            self.work(self.location)

    def test_a_run_that_was_cancelled_stays_so(self):
        self.work_while(lambda: self.run_._finish("cancelled"))
        self.assertEqual(self.run_.state, "cancelled")
        self.assertFalse(self.sandbox.requests_sent(self.location.ghl_id))

    def test_a_new_run_is_left_for_its_own_slice(self):
        def replace():
            self.run_._finish("cancelled")
            self.location._order_sync("full")

        self.work_while(replace)
        self.assertEqual(self.run_.state, "cancelled")
        other = self.run_._get_active(self.location)
        self.assertEqual(other.state, "queued")
        with self.enter_registry_test_mode():
            self.work(self.location)
        self.assertEqual(other.state, "done", other.error)

    def test_a_run_that_was_told_to_wait_waits(self):
        self.work_while(lambda: self.park(600))
        self.assertEqual(self.run_.state, "waiting")
        self.assertFalse(self.sandbox.requests_sent(self.location.ghl_id))

    def test_otherwise_it_goes_on(self):
        self.work_while(lambda: None)
        self.assertEqual(self.run_.state, "done", self.run_.error)


@tagged("post_install", "-at_install", "ghl_engine")
class TestUnknownCheckpoint(SandboxCase):
    def test_a_run_of_a_later_version_begins_anew_and_says_so(self):
        location = self.connect(30, clean=True)
        run = location._order_sync("full")[0].sudo()
        window = self.env["ghl.sync.window"].create(
            {"run_id": run.id, "phase": "sweep", "scope": "all", "state": "done"}
        )
        run.write(
            {
                "state": "running",
                "phase": "deletions",
                "started_at": "2026-01-01",
                "checkpoint": {"version": 99, "listed": True},
            }
        )
        self.sync(location)
        self.assertProven(run)
        self.assertFalse(window.exists())
        self.assertIn("began anew", run.issue_ids.reason)
        self.assertMirrors(location)


@tagged("post_install", "-at_install", "ghl_engine")
class TestRateSnapshot(SandboxCase):
    """Knowledge of the rate limits survives the process of the run."""

    def test_a_run_that_ended_leaves_nothing_open(self):
        location = self.connect(10)
        run = self.sync(location)
        told = location.rate_snapshot
        self.assertIs(told["at_work"], False)
        self.assertEqual(told["sent"], run.requests_sent)
        (usage,) = told["usage"].values()
        self.assertEqual(sum(usage[2]), run.requests_sent)
        with other_process():
            known = get_governor(location).snapshot()
        self.assertEqual(known["remaining"], 1_000_000 - run.requests_sent)
        self.assertFalse(known["reserved"])

    def test_so_does_a_slice_whose_time_is_up(self):
        self.set_setting("page_limit", 100)
        location = self.connect(300)
        run, _created = location._order_sync("full")

        def commit(run_slice, work=None, processed=1):
            result = run_slice.save(work, processed)
            if run_slice.run.phase == "sweep":
                raise SliceOver
            return result

        self.env.flush_all()
        with (
            patch.object(SyncSlice, "commit", commit),
            self.enter_registry_test_mode(),
            self.registry.cursor() as cr,
        ):
            Runner(run.with_env(self.env(cr=cr))).process()
        self.env.invalidate_all()
        self.assertEqual((run.state, run.phase), ("running", "sweep"))
        told = location.rate_snapshot
        self.assertIs(told["at_work"], False)
        self.assertEqual(told["sent"], run.requests_sent)

    def test_a_killed_one_has_told_that_there_may_be_more(self):
        location = self.connect(10)
        kill = patch.object(Merger, "merge_batches", side_effect=KeyboardInterrupt)
        # No assertRaises: Odoo's undoes what was committed before.
        with kill, suppress(KeyboardInterrupt):
            self.sync(location, slices=1)
            self.fail("nothing was killed")
        self.env.invalidate_all()
        self.assertIs(location.rate_snapshot["at_work"], True)
        with other_process():
            self.assertTrue(get_governor(location).snapshot()["reserved"])
            with self.enter_registry_test_mode():
                self.work(location)
        run = location.last_run_id
        self.assertEqual((run.state, run.rate_limited), ("done", 0), run.error)
        self.assertMirrors(location)

    def test_many_small_commits_note_the_rates_once_in_a_while(self):
        location = self.connect(10)
        # However long five commits take here.
        self.patch(run_figures, "RATES_EVERY", 3_600)
        with patch.object(
            run_figures, "rate_snapshot", return_value={"at": 1.0}
        ) as told:
            run_slice = SyncSlice(self.env["ghl.sync.run"], location)
            self.addCleanup(run_slice.close)
            for _commit in range(5):
                run_slice.figures.store()
            told.assert_called_once_with(location, True)
            run_slice.stop.set()
            run_slice.figures.store()
            told.assert_called_with(location, False)
