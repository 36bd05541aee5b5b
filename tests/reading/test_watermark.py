"""The watermark passes over nothing that a walk has not read."""

import time
from datetime import timedelta
from unittest.mock import patch

from odoo.tests.common import tagged

from ...engine.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from ...engine.reading import watermark
from ...engine.reading.watermark import advance_watermark
from ...engine.state.facts import collect_facts
from ...tools.sync.window import RECENT, UPDATED, Window
from ..common import GhlCommon
from ..sandbox import SandboxCase

NOW = int(time.time() * 1_000) - 1_000_000


@tagged("post_install", "-at_install", "ghl_engine")
class TestWatermark(GhlCommon):
    def advanced(self, before, *windows):
        run = self.env["ghl.sync.run"].create(
            {
                "location_id": self.location.id,
                "kind": "delta",
                "state": "done",
                "origin": "api",
            }
        )
        save_checkpoint(run, Checkpoint(watermark_ms=before))
        advance_watermark(run, windows)
        return load_checkpoint(run).watermark_ms

    def test_it_is_where_the_last_walk_has_ended(self):
        first = Window(UPDATED, NOW, NOW + 500, position=NOW + 400, done=True)
        second = Window(UPDATED, NOW + 500, position=NOW + 900, done=True)
        self.assertEqual(self.advanced(None, first, second), NOW + 900)
        self.assertEqual(self.advanced(NOW + 950, first, second), NOW + 950)

    def test_a_part_that_broke_off_holds_it_back(self):
        second = Window(UPDATED, NOW + 500, position=NOW + 900, done=True)
        for before in (None, NOW + 950):
            for position, expected in ((NOW + 100, NOW + 100), (None, NOW)):
                with self.subTest(before=before, position=position):
                    first = Window(UPDATED, NOW, NOW + 500, position=position)
                    first.done = first.short = True
                    self.assertEqual(self.advanced(before, first, second), expected)

    def test_nothing_is_known_where_a_walk_from_the_beginning_broke_off(self):
        first = Window(UPDATED, upper=NOW + 500, done=True, short=True)
        second = Window(UPDATED, NOW + 500, position=NOW + 900, done=True)
        self.assertIsNone(self.advanced(NOW + 950, first, second))

    def test_the_newest_first_say_nothing_of_older_ones(self):
        walk = Window(RECENT, NOW, NOW + 900, position=NOW + 400, done=True)
        self.assertEqual(self.advanced(None, walk), NOW + 900)
        walk.short = True
        # What a verify was told to be the latest change is not read either.
        self.assertEqual(self.advanced(NOW + 950, walk), NOW)
        self.assertIsNone(self.advanced(None, walk))


@tagged("post_install", "-at_install", "ghl_engine")
class TestChangesRead(SandboxCase):
    def read_hours_ago(self, kind):
        """Have the changes of a run be read hours before its end; return that run."""
        real = watermark.note_changes_asked

        def note(run, at, anew=False):
            real(run, at - 36_000, anew)

        for module in ("reading.phases", "proof.proof"):
            path = f"odoo.addons.ghl_contact_sync.engine.{module}.note_changes_asked"
            self.startPatcher(patch(path, note))
        return self.sync(self.location, kind)

    def test_a_run_has_read_changes_when_it_asked_for_them(self):
        self.location = self.connect(60, clean=True)
        run = self.read_hours_ago("full")
        self.assertProven(run)
        asked = self.location.last_delta_at
        self.assertLess(asked, run.started_at - timedelta(hours=9))
        facts = collect_facts(self.location)[self.location.id]
        self.assertEqual(facts.read_at, asked)
        self.assertGreaterEqual(self.location.last_full_at, run.started_at)
        # A proof along dates of change tells that nothing has changed since.
        run = self.sync(self.location, "verify")
        self.assertProven(run)
        self.assertGreaterEqual(self.location.last_delta_at, run.started_at)

    def test_the_moment_is_that_of_the_first_request(self):
        self.location = self.connect(300, clean=True)
        self.set_setting("page_limit", 100)
        run = self.sync(self.location)
        self.assertProven(run)
        self.assertGreaterEqual(self.location.last_delta_at, run.started_at)
        self.assertLessEqual(self.location.last_delta_at, run.finished_at)
