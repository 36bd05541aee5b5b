"""Runs that are killed, or meet a conflict, at each of their commits."""

from contextlib import suppress
from unittest.mock import patch

from odoo.tests.common import tagged

from ...engine.slice import slice as ghl_sync_slice
from ..sandbox import SandboxCase

# No run of so few contacts has more commits.
MOST_COMMITS = 60


class Killed(BaseException):
    """Not an Exception: nobody but the test catches it."""


class Trouble:
    """A fault at one commit of a run, in place of `commit_or_retry`."""

    def __init__(self, when: str, number: int):
        self.when, self.number = when, number
        self.commits = 0
        self.conflicts = 0
        self.real = ghl_sync_slice.commit_or_retry

    def __call__(self, env, work, processed=0, remaining=1):
        self.commits += 1
        if self.commits != self.number:
            return self.real(env, work, processed, remaining)
        if self.when == "after it":
            self.real(env, work, processed, remaining)
            raise Killed
        return self.real(env, lambda: self.disturb(env, work), processed, remaining)

    def disturb(self, env, work):
        result = work()
        if self.when == "before it":
            raise Killed
        if not self.conflicts:
            self.conflicts += 1
            env.cr.execute(
                "DO $$ BEGIN RAISE serialization_failure; END $$",
                log_exceptions=False,
            )
        return result


@tagged("post_install", "-at_install", "ghl_engine")
class TestRunCrashes(SandboxCase):
    def setUp(self):
        super().setUp()
        self.set_setting("page_limit", 100)

    def edit(self, location, seed):
        self.sandbox.control(
            "POST",
            f"/locations/{location.ghl_id}/edits",
            {"seed": seed, "delete": 2, "create": 3, "update": 4, "webhooks": 0},
        )

    def disturb(self, location, kind, trouble):
        """Begin a run, let it meet its trouble, and have others end it."""
        with (
            patch.object(ghl_sync_slice, "commit_or_retry", trouble),
            suppress(Killed),
        ):
            self.sync(location, kind, slices=1)
        self.env.invalidate_all()
        run = location.last_run_id
        with self.enter_registry_test_mode():
            for _slice in range(5):
                if run._is_active():
                    self.work(location)
        return run

    def check(self, kind, first):
        """Let every other commit go wrong, each in all ways, beginning with `first`."""
        for when in ("before it", "after it", "conflict"):
            location = self.connect(700, clean=True)
            self.sync(location)
            for number in range(first, MOST_COMMITS, 2):
                self.edit(location, f"{when}{number}")
                trouble = Trouble(when, number)
                run = self.disturb(location, kind, trouble)
                with self.subTest(when=when, commit=number):
                    self.assertEqual(run.state, "done", run.error)
                    if kind != "delta":
                        self.assertProven(run)
                        self.assertMirrors(location)
                if trouble.commits < number:
                    break
            else:
                self.fail("The run has more commits than were tried.")

    def test_a_full_sync_goes_on(self):
        self.check("full", 1)
        self.check("full", 2)

    def test_a_verify_goes_on(self):
        self.check("verify", 1)
        self.check("verify", 2)

    def test_a_delta_goes_on(self):
        self.check("delta", 1)
        self.check("delta", 2)
