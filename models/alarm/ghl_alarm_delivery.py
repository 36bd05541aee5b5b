"""Troubles that are sent to the address that Settings name."""

import uuid

from odoo import api, fields, models

from ...engine.alarm.send_webhook import send_due
from ...engine.crons import own_crons
from ...engine.crons.cron_job import cron_job


class GhlAlarmDelivery(models.Model):
    _name = "ghl.alarm.delivery"
    _description = "GoHighLevel Trouble, Sent"
    _order = "id desc"
    _rec_name = "event"

    alarm_id = fields.Many2one(
        "ghl.alarm", required=True, readonly=True, index=True, ondelete="cascade"
    )
    connection_id = fields.Many2one(related="alarm_id.connection_id")
    location_id = fields.Many2one(related="alarm_id.location_id")
    company_id = fields.Many2one(related="alarm_id.company_id", store=True)
    text = fields.Text(related="alarm_id.text")
    event = fields.Selection(
        [("opened", "Told"), ("closed", "Over")], required=True, readonly=True
    )
    uuid = fields.Char(
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: str(uuid.uuid4()),
        help="The receiver knows by it what it has had before.",
    )
    payload = fields.Json(readonly=True)
    state = fields.Selection(
        [("pending", "Waiting"), ("sent", "Sent"), ("failed", "Given Up")],
        default="pending",
        required=True,
        readonly=True,
    )
    attempts = fields.Integer(readonly=True)
    next_at = fields.Datetime(
        string="Next Try", readonly=True, default=fields.Datetime.now
    )
    sent_at = fields.Datetime(readonly=True)
    answer = fields.Char(readonly=True, help="A status, or why it did not arrive.")

    _pending_idx = models.Index("(next_at) WHERE state = 'pending'")

    def action_send_again(self) -> bool:
        """Have these sent again, now (list button)."""
        self.check_access("read")
        self.sudo().write(
            {"state": "pending", "attempts": 0, "next_at": fields.Datetime.now()}
        )
        own_crons.trigger(self.env, "ir_cron_alarm_deliveries")
        return True

    @api.model
    @cron_job
    def _cron_send(self) -> None:
        """Send what is due."""
        send_due(self.env)
