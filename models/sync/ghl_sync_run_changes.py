"""From a run to the contacts that it changed."""

from odoo import models

from ..client_action import open_list


class GhlSyncRun(models.Model):
    _inherit = "ghl.sync.run"

    def action_view_changes(self) -> dict:
        """List what the run created, changed, deleted and refused (form button)."""
        domain = [("run_id", "in", self.ids)]
        return open_list(self.env, "ghl_contact_change_action", domain)
