from odoo import fields, models

from ..foreign_field import ForeignChar


class GhlSyncIssue(models.Model):
    """One record of a run that could not be kept as it came, with the reason."""

    _name = "ghl.sync.issue"
    _description = "GoHighLevel Sync Issue"
    _order = "run_id desc, id"
    _rec_name = "reason"

    run_id = fields.Many2one(
        "ghl.sync.run", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="run_id.company_id", store=True, index=True)
    ghl_id = ForeignChar(string="GoHighLevel ID", readonly=True)
    severity = fields.Selection(
        [("altered", "Kept, altered"), ("rejected", "Not kept")],
        required=True,
        readonly=True,
    )
    reason = ForeignChar(required=True, readonly=True)
