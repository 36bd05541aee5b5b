"""Other scheduled actions do not wait for a thousand locations."""

from unittest.mock import patch

from odoo import fields
from odoo.tests.common import tagged

from ...engine.location import courtesy
from ..common import GhlCommon


@tagged("post_install", "-at_install")
class TestCourtesy(GhlCommon):
    def setUp(self):
        super().setUp()
        self.startPatcher(patch.dict(courtesy._looks_at, clear=True))
        # The job of a location has nothing to do here.
        self.patch(self.registry["ghl.location"], "_cron_sync", lambda self: None)
        self.env["ir.cron"].search([]).active = False
        self.locations = self.location + self.env["ghl.location"].create(
            [
                {
                    "name": f"Location {number}",
                    "ghl_id": f"locPolite{number}",
                    "connection_id": self.connection.id,
                }
                for number in range(3)
            ]
        )
        self.locations.auto_sync = False
        self.crons = self.locations.sudo().cron_id
        self.crons.write({"active": True, "nextcall": self.past(5)})
        self.other = self.env["ir.cron"].create(
            {
                "name": "Somebody's",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "state": "code",
                "code": "model.search_count([])",
                "interval_number": 1,
                "interval_type": "days",
                "nextcall": self.past(1),
            }
        )

    def past(self, minutes):
        return fields.Datetime.subtract(fields.Datetime.now(), minutes=minutes)

    def process(self, crons):
        """Go through a list of jobs as a worker does that fetched it before."""
        self.env.flush_all()
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            self.registry["ir.cron"]._process_jobs_loop(cr, job_ids=crons.ids)
        self.env.invalidate_all()

    def test_what_is_due_meanwhile_is_done_after_the_location_in_hand(self):
        self.process(self.crons[0])
        self.assertTrue(self.other.lastcall)
        self.assertFalse(self.crons[1].lastcall, "other locations have their turn")

    def test_a_location_that_a_person_ordered_is_not_last(self):
        self.other.active = False
        self.locations[2].with_user(self.user).action_sync_delta()
        self.process(self.crons[0])
        self.assertTrue(self.crons[2].lastcall)
        self.assertFalse(self.crons[1].lastcall)

    def test_looking_is_rare(self):
        self.patch(courtesy, "LOOK_EVERY", 3_600)
        self.process(self.crons[0])
        self.other.write({"nextcall": self.past(1), "lastcall": False})
        self.process(self.crons[1])
        self.assertFalse(self.other.lastcall, "a look once in a while")

    def test_who_runs_a_job_by_hand_runs_no_other(self):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.crons[0].method_direct_trigger()
        self.env.invalidate_all()
        self.assertTrue(self.crons[0].lastcall)
        self.assertFalse(self.other.lastcall)

    def test_jobs_of_others_let_nobody_in(self):
        second = self.other.copy({"nextcall": self.past(1)})
        self.process(self.other)
        self.assertFalse(second.lastcall)
