"""The way from a run to the review of its deletions."""

from odoo import fields, models


class GhlSyncRun(models.Model):
    _inherit = "ghl.sync.run"

    review_ids = fields.One2many("ghl.deletion.review", "run_id")
    review_state = fields.Selection(
        related="review_ids.state", string="Deletion Review"
    )
    review_decided_by_id = fields.Many2one(
        related="review_ids.decided_by_id", string="Deletions Decided By"
    )
    review_decided_at = fields.Datetime(
        related="review_ids.decided_at", string="Deletions Decided On"
    )

    def action_review_deletions(self) -> dict:
        """Open the review of this run, else what there is for the location."""
        self.ensure_one()
        review = self.review_ids[:1]
        if not review:
            return self.location_id.action_review_deletions()
        return {
            "type": "ir.actions.act_window",
            "res_model": "ghl.deletion.review",
            "res_id": review.id,
            "view_mode": "form",
        }
