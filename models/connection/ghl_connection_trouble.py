"""A credential that is refused: since when, and when it is tried again by itself."""

from odoo import fields, models


class GhlConnection(models.Model):
    _inherit = "ghl.connection"

    refused_at = fields.Datetime(
        readonly=True, copy=False, help="Since when the credential is refused."
    )
    probe_at = fields.Datetime(
        readonly=True,
        copy=False,
        help="When the next single request tries the refused credential again.",
    )
    probe_count = fields.Integer(readonly=True, copy=False)
