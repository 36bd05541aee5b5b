"""The dialog that tells what syncs of many locations cost, before they are ordered."""

from odoo import api, fields, models

from ... import const
from ...engine.fleet.many_orders import describe_many, order_many
from ..client_action import notify


class GhlSyncOrder(models.TransientModel):
    _name = "ghl.sync.order"
    _description = "Order of GoHighLevel Syncs"

    kind = fields.Selection(const.RUN_KINDS, required=True, readonly=True)
    # Archived ones are told as left out.
    location_ids = fields.Many2many(
        "ghl.location", readonly=True, context={"active_test": False}
    )
    text = fields.Char(compute="_compute_text")

    @api.depends("kind", "location_ids")
    @api.depends_context("lang")
    def _compute_text(self) -> None:
        for order in self:
            order.text = describe_many(order.location_ids, order.kind)

    def action_order(self) -> dict:
        """Order them, and tell how many orders came out in which way."""
        self.ensure_one()
        self.location_ids.check_access("read")
        message = order_many(self.location_ids, self.kind)
        told = notify("info", message)
        # The list behind the dialog is read again when it closes.
        told["params"]["next"] = {"type": "ir.actions.act_window_close"}
        return told

    def _open(self) -> dict:
        """Return the action that shows it."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Order Syncs"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [[False, "form"]],
            "target": "new",
        }
