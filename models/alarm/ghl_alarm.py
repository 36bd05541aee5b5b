"""Trouble that people were told of, so that they are told once."""

from odoo import api, fields, models

from ...engine.alarm.alarms import check_all
from ...engine.crons.cron_job import cron_job
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
        "ghl.connection",
        readonly=True,
        index=True,
        # The row outlives its connection, so that the end of the trouble is posted.
        ondelete="set null",
        help="Empty: it was deleted since.",
    )
    location_id = fields.Many2one(
        "ghl.location",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="Empty: it concerns every location of the connection, or one that was "
        "deleted since.",
    )
    company_id = fields.Many2one(
        "res.company", compute="_compute_company_id", store=True
    )
    code = fields.Char(required=True, readonly=True)
    text = fields.Text(string="Trouble", readonly=True)
    seen_at = fields.Datetime(
        string="Since", required=True, readonly=True, default=fields.Datetime.now
    )
    notified_at = fields.Datetime(
        readonly=True, help="When people were told; empty: it may pass by itself."
    )
    relapsed_at = fields.Datetime(
        readonly=True,
        help="When it came back within an hour and nobody was told again; empty once "
        "it has lasted for an hour, and who had put it away is reminded.",
    )
    closed_at = fields.Datetime(string="Over Since", readonly=True)
    reminded_ids = fields.Many2many(
        "res.users",
        "ghl_alarm_reminded_rel",
        readonly=True,
        help="Whose reminder lists it.",
    )
    put_away_ids = fields.Many2many(
        "res.users",
        "ghl_alarm_put_away_rel",
        readonly=True,
        help="Who has put a reminder of it away, and is not reminded again.",
    )

    _open_uniq = models.UniqueIndex(
        "(connection_id, COALESCE(location_id, 0), code) WHERE closed_at IS NULL",
        "This trouble is known already.",
    )

    @api.depends("connection_id.company_id")
    def _compute_company_id(self) -> None:
        """Keep the company of a connection that was deleted."""
        for alarm in self:
            alarm.company_id = alarm.connection_id.company_id or alarm.company_id

    @api.model
    @cron_job
    def _cron_check(self) -> None:
        """Tell people of new trouble, and close what is over."""
        check_all(self.env)
