"""The dialog that moves a location to another connection."""

from odoo import fields, models

from ...engine.connection.move import check_move


class GhlLocationMove(models.TransientModel):
    _name = "ghl.location.move"
    _description = "Move a GoHighLevel Location"

    location_id = fields.Many2one("ghl.location", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="location_id.company_id")
    source_id = fields.Many2one(related="location_id.connection_id", string="From")
    target_id = fields.Many2one(
        "ghl.connection", string="To", required=True, ondelete="cascade"
    )

    def action_move(self) -> dict:
        """Have GoHighLevel asked with the other credential, and move then.

        :raise UserError: what stands in the way already
        """
        self.ensure_one()
        check_move(self.location_id, self.target_id)
        self.source_id._order_task("move", self.location_id, self.target_id)
        return self.source_id._task_ordered()


class GhlLocation(models.Model):
    _inherit = "ghl.location"

    def action_move_to_connection(self) -> dict:
        """Open the dialog (form button)."""
        self.ensure_one()
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Move to Connection"),
            "res_model": "ghl.location.move",
            "views": [[False, "form"]],
            "target": "new",
            "context": {"default_location_id": self.id},
        }
