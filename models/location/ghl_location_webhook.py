"""Whether webhooks arrive, and tell everything: `engine/location/webhook_gaps.py`."""

from odoo import fields, models

from ..client_action import open_list
from ..foreign_field import ForeignChar


class GhlLocation(models.Model):
    _inherit = "ghl.location"

    webhook_state = fields.Selection(
        [("none", "None Received"), ("ok", "Arriving"), ("gap", "Gap")],
        string="Webhooks",
        default="none",
        readonly=True,
        copy=False,
    )
    webhook_message = ForeignChar(readonly=True, copy=False)
    last_event_at = fields.Datetime(
        string="Last Webhook", readonly=True, copy=False, help="Last one received."
    )
    # Changes up to here have been compared with the events that told of them.
    webhook_judged_ms = fields.Float(readonly=True, copy=False)
    event_ids = fields.One2many("ghl.webhook.event", "location_id")

    def action_view_events(self) -> dict:
        """Open the location's webhook events (form button)."""
        domain = [("location_id", "in", self.ids)]
        return open_list(self.env, "ghl_webhook_event_action", domain)
