"""The quality of a location's data on one day."""

from odoo import api, fields, models

from ...engine.quality.figures import stale_days
from ...tools.quality.figures import describe


class GhlQualityDay(models.Model):
    _name = "ghl.quality.day"
    _description = "GoHighLevel Data Quality of a Day"
    _order = "day desc, location_id"
    _rec_name = "day"

    location_id = fields.Many2one(
        "ghl.location", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="location_id.company_id", store=True, index=True
    )
    day = fields.Date(required=True, readonly=True, index=True, help="UTC.")
    counted_at = fields.Datetime(string="Counted", readonly=True)
    contacts = fields.Integer(
        readonly=True, aggregator="avg", help="Contacts that were looked at."
    )
    score = fields.Float(
        readonly=True,
        aggregator="avg",
        help="0 to 100; the location's form tells how it is made.",
    )
    counts = fields.Json(readonly=True, help="Contacts behind each figure.")
    reachable = fields.Integer(readonly=True, aggregator="avg")
    email_reachable = fields.Integer(
        string="Reachable by Email", readonly=True, aggregator="avg"
    )
    sms_reachable = fields.Integer(
        string="Reachable by SMS", readonly=True, aggregator="avg"
    )
    call_reachable = fields.Integer(
        string="Reachable by Phone", readonly=True, aggregator="avg"
    )
    shared_emails = fields.Integer(readonly=True, aggregator="avg")
    shared_phones = fields.Integer(readonly=True, aggregator="avg")
    nameless = fields.Integer(string="Without a Name", readonly=True, aggregator="avg")
    stale = fields.Integer(readonly=True, aggregator="avg")
    owner_gone = fields.Integer(readonly=True, aggregator="avg")
    figures = fields.Json(compute="_compute_figures")

    _location_day_uniq = models.Constraint(
        "UNIQUE(location_id, day)", "A location has one row of quality for each day."
    )

    @api.depends("counts")
    def _compute_figures(self) -> None:
        labels = describe(stale_days(self.env))
        for row in self:
            counts = row.counts or {}
            row.figures = {label: counts.get(name, 0) for name, label, _text in labels}
