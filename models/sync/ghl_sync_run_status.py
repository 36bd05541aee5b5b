"""The state of a run for its form, with its ways out."""

from odoo import api, fields, models

from ...engine.state import show
from ...engine.state.act import take_action


class GhlSyncRun(models.Model):
    _inherit = "ghl.sync.run"

    connection_id = fields.Many2one(related="location_id.connection_id")
    status = fields.Json(compute="_compute_status")

    @api.depends("state", "phase", "contacts_seen", "resume_at", "error", "proof_state")
    @api.depends_context("uid", "lang", "tz")
    def _compute_status(self) -> None:
        for run in self:
            run.status = show.run_to_api(run) if isinstance(run.id, int) else False

    def take_status_action(self, code: str) -> dict | bool:
        """Do what a button beside the state says; return what the client does next.

        :param code: a key of `tools.actions.ACTIONS`
        :raise AccessError: whom to ask instead
        """
        self.ensure_one()
        self.check_access("read")
        return take_action(self.location_id, code, self.id)
