"""Trouble that managers were told of, so that they are told once."""

import logging
import traceback

from odoo import api, fields, models

from ...engine.status.alarms import check_connection
from ...tools.log_line import log_line

_logger = logging.getLogger(__name__)


class GhlConnection(models.Model):
    _inherit = "ghl.connection"

    alarm_ids = fields.One2many(
        "ghl.alarm", "connection_id", groups="ghl_contact_sync.group_manager"
    )


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
        ondelete="cascade",
        help="Empty: it concerns every location of the connection.",
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True)
    code = fields.Char(required=True, readonly=True)
    text = fields.Text(string="Trouble", readonly=True)
    seen_at = fields.Datetime(
        string="Since", required=True, readonly=True, default=fields.Datetime.now
    )
    notified_at = fields.Datetime(
        readonly=True, help="When the managers were told; empty: it may pass by itself."
    )
    closed_at = fields.Datetime(string="Over Since", readonly=True)

    _open_uniq = models.UniqueIndex(
        "(connection_id, COALESCE(location_id, 0), code) WHERE closed_at IS NULL",
        "This trouble is known already.",
    )

    @api.model
    def _cron_check(self) -> None:
        """Tell managers of new trouble, and close what is over."""
        # Archived ones too: what was wrong with them is over.
        connections = self.env["ghl.connection"].with_context(active_test=False)
        for connection in connections.search([("location_ids", "!=", False)]):
            try:
                with self.env.cr.savepoint():
                    check_connection(connection)
            # One connection's trouble must not keep the others' managers in the dark.
            except Exception:  # noqa: BLE001
                _logger.error(
                    log_line(
                        "alarms_not_checked",
                        traceback.format_exc(),
                        connection=connection.id,
                    )
                )
            self.env["ir.cron"]._commit_progress(1)
