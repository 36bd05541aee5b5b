"""The account's API as calibration found it to be."""

from odoo import api, fields, models

from ...engine.connection.check import check_may_ask
from ...engine.connection.stored_calibration import describe, find_location
from ...tools.ghl.dialect import Capabilities


class GhlConnection(models.Model):
    _inherit = "ghl.connection"

    capabilities = fields.Json(
        readonly=True, copy=False, help="What calibration found out of the API."
    )
    calibrated_at = fields.Datetime(string="Calibrated", readonly=True, copy=False)
    calibration_due = fields.Boolean(
        readonly=True, copy=False, help="Something was not as expected: ask again."
    )
    calibration_summary = fields.Text(
        string="What This Account's API Does", compute="_compute_calibration_summary"
    )

    @api.depends("capabilities")
    def _compute_calibration_summary(self) -> None:
        for connection in self:
            sentences = connection.capabilities and describe(
                self.env, connection._get_capabilities()
            )
            connection.calibration_summary = "\n".join(sentences or []) or False

    def _get_capabilities(self) -> Capabilities:
        """Return what is known of the account's API; the likely before calibration."""
        self.ensure_one()
        return Capabilities.from_json(self.sudo().capabilities)

    def action_calibrate(self) -> dict:
        """Have it found out what the account's API does (form button).

        :raise UserError: when there is no location to ask for
        """
        self.ensure_one()
        self.check_access("write")
        check_may_ask(self)
        find_location(self)
        self._order_task("calibrate")
        return self._task_ordered()
