"""Another location's records in an answer are nobody's here."""

from odoo.tests.common import tagged

from ..sandbox import SandboxCase


@tagged("post_install", "-at_install", "ghl_engine")
class TestForeignRecords(SandboxCase):
    def mix_up(self, other, **match):
        """Have searches answer what another location holds."""
        self.sandbox.control(
            "POST",
            "/faults",
            {
                "match": {"path": "/contacts/search", **match},
                "fault": "other_location",
                "location": other.ghl_id,
                "count": 0,
            },
        )

    def test_another_locations_answer_ends_the_run_and_changes_nothing(self):
        other = self.connect(300, clean=True)
        location = self.connect(11, clean=True)
        self.assertProven(self.sync(location))
        proven_at = location.proven_complete_at
        self.mix_up(other)
        for kind in ("full", "verify", "delta"):
            run = self.sync(location, kind)
            with self.subTest(kind):
                self.assertEqual(
                    (run.state, run.error_code), ("failed", "foreign_records")
                )
                self.assertIn("another location", run.error)
                self.assertFalse(run.contacts_created or run.contacts_deleted)
                self.assertEqual(location.proven_complete_at, proven_at)
        self.sandbox.control("DELETE", "/faults")
        self.assertMirrors(location)
        self.assertProven(self.sync(location))

    def test_a_foreign_record_is_an_issue_and_the_sync_goes_on(self):
        location = self.connect(50, bad="other_location", clean=True)
        run = self.sync(location)
        self.assertEqual((run.state, run.proof_state), ("done", "not_proven"))
        self.assertIn("another location", run.issue_ids.reason)
        self.assertEqual(run.issue_ids.severity, "rejected")
        self.assertTrue(run.issue_ids.ghl_id)
        self.assertMirrors(location)
        run = self.sync(location, "delta")
        self.assertEqual(run.state, "done", run.error)
