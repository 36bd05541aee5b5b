"""Trouble that people were told of, so that they are told once."""

from odoo import api, fields, models

from ...engine.status.alarms import check_all
from ...engine.vendor_access.recipients import check_responsible


class GhlConnection(models.Model):
    _inherit = "ghl.connection"

    responsible_id = fields.Many2one(
        "res.users",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Who is told of trouble. Empty: every GoHighLevel administrator of the "
        "company.",
    )
    alarm_ids = fields.One2many(
        "ghl.alarm", "connection_id", groups="ghl_contact_sync.group_manager"
    )

    @api.constrains("responsible_id", "company_id")
    def _check_responsible(self) -> None:
        check_responsible(self)


class GhlLocation(models.Model):
    _inherit = "ghl.location"

    responsible_id = fields.Many2one(
        "res.users",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Who is told of this location's trouble. Empty: the connection's.",
    )

    @api.constrains("responsible_id")
    def _check_responsible(self) -> None:
        check_responsible(self)


class GhlAlarm(models.Model):
    _name = "ghl.alarm"
    _description = "GoHighLevel Trouble"
    _order = "closed_at DESC NULLS FIRST, id DESC"
    _rec_name = "code"

    connection_id = fields.Many2one(
        "ghl.connection", required=True, readonly=True, index=True, ondelete="cascade"
    )
    location_id = fields.Many2one(
        "ghl.location",
        readonly=True,
        index="btree_not_null",
        # What is over stays known, and its end is posted.
        ondelete="set null",
        help="Empty: it concerns every location of the connection, or one that was "
        "deleted since.",
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True)
    code = fields.Char(required=True, readonly=True)
    text = fields.Text(string="Trouble", readonly=True)
    seen_at = fields.Datetime(
        string="Since", required=True, readonly=True, default=fields.Datetime.now
    )
    notified_at = fields.Datetime(
        readonly=True, help="When people were told; empty: it may pass by itself."
    )
    closed_at = fields.Datetime(string="Over Since", readonly=True)

    _open_uniq = models.UniqueIndex(
        "(connection_id, COALESCE(location_id, 0), code) WHERE closed_at IS NULL",
        "This trouble is known already.",
    )

    @api.model
    def _cron_check(self) -> None:
        """Tell people of new trouble, and close what is over."""
        check_all(self.env)
