from odoo import api, fields, models


class GhlSyncRun(models.Model):
    _inherit = "ghl.sync.run"

    is_active = fields.Boolean(
        compute="_compute_is_active", help="Queued, running or waiting."
    )

    @api.depends("state")
    def _compute_is_active(self):
        for run in self:
            run.is_active = run._is_active()
