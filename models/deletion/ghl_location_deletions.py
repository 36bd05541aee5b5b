"""The way from a location to what is undecided about deletions."""

from odoo import fields, models

from ..client_action import open_list


class GhlLocation(models.Model):
    _inherit = "ghl.location"

    deletion_review_id = fields.Many2one(
        "ghl.deletion.review",
        string="Deletions to Review",
        compute="_compute_deletion_review_id",
        help="Waits for a person's decision.",
    )

    def _compute_deletion_review_id(self) -> None:
        Review = self.env["ghl.deletion.review"]
        found = Review.search(
            [
                ("location_id", "in", self.ids),
                ("state", "=", "open"),
                ("expires_at", ">", fields.Datetime.now()),
            ]
        )
        by_location = {review.location_id: review for review in found}
        for location in self:
            location.deletion_review_id = by_location.get(location, Review)

    def action_review_deletions(self) -> dict:
        """Open the review that waits, else the last one, else what is undecided."""
        self.ensure_one()
        mine = [("location_id", "=", self.id)]
        review = self.deletion_review_id or self.env["ghl.deletion.review"].search(
            mine, limit=1
        )
        if not review:
            action = "ghl_deletion_candidate_action"
            return open_list(self.env, action, mine, context={})
        return {
            "type": "ir.actions.act_window",
            "res_model": "ghl.deletion.review",
            "res_id": review.id,
            "view_mode": "form",
        }
