"""Audits that are killed, or meet a conflict, at each of their commits."""

from contextlib import suppress
from unittest.mock import patch

from odoo.tests.common import tagged

from ...engine.slice import slice as ghl_sync_slice
from ..sync.test_run_crashes import MOST_COMMITS, Killed, Trouble
from .audit_case import AuditCase


@tagged("post_install", "-at_install", "ghl_engine")
class TestAuditCrashes(AuditCase):
    def audit_with(self, location, trouble):
        """Begin an audit, let it meet its trouble, and have others end it."""
        with (
            patch.object(ghl_sync_slice, "commit_or_retry", trouble),
            suppress(Killed),
        ):
            self.sync(location, "audit", slices=1)
        self.env.invalidate_all()
        run = self.audits(location)[0]
        with self.enter_registry_test_mode():
            for _slice in range(5):
                if run._is_active():
                    self.work(location)
        return run

    def check(self, when):
        location = self.connect(500, clean=True)
        self.sync(location)
        for number in range(1, MOST_COMMITS):
            drifted = self.edit_undated(location, 3, seed=number)
            trouble = Trouble(when, number)
            run = self.audit_with(location, trouble)
            with self.subTest(when=when, commit=number):
                self.assertEqual(run.state, "done", run.error)
                self.assertEqual(run.contacts_drifted, drifted)
                self.assert_same(location)
                self.assertFalse(location.audit_requested_at)
            if trouble.commits < number:
                break
        else:
            self.fail("The audit has more commits than were tried.")

    def test_killed_before_a_commit(self):
        self.check("before it")

    def test_killed_after_a_commit(self):
        self.check("after it")

    def test_conflicts(self):
        self.check("conflict")
