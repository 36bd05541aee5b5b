"""What is wrong with one location alone, while its connection serves the others."""

from odoo import api, fields, models

from ...engine.status.rates import describe_rates
from ..foreign_field import ForeignChar


class GhlLocation(models.Model):
    _inherit = "ghl.location"

    refused_at = fields.Datetime(
        readonly=True,
        copy=False,
        help="Since when its token is refused; in passing, at first.",
    )
    trouble_code = ForeignChar(
        readonly=True,
        copy=False,
        help="Why GoHighLevel refuses this location to its connection; a slug of "
        "tools/troubles.py, empty while it answers.",
    )
    trouble_message = ForeignChar(readonly=True, copy=False)
    trouble_at = fields.Datetime(
        readonly=True, copy=False, help="Since when the location is refused."
    )
    probe_at = fields.Datetime(
        readonly=True,
        copy=False,
        help="When the next single request tries whether the trouble has passed.",
    )
    probe_count = fields.Integer(readonly=True, copy=False)
    rate_text = fields.Char(
        string="Rate Limits",
        compute="_compute_rate_text",
        help="How many requests GoHighLevel allows, and how many are left.",
    )

    @api.depends("rate_snapshot")
    @api.depends_context("uid", "lang", "tz")
    def _compute_rate_text(self):
        for location in self:
            location.rate_text = describe_rates(location) or False
