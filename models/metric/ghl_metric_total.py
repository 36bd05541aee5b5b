"""Counters of a location since the beginning, which only rise."""

from odoo import fields, models


class GhlMetricTotal(models.Model):
    _name = "ghl.metric.total"
    _description = "GoHighLevel Metrics since the Beginning"
    _rec_name = "location_id"
    # Written by SQL with the end of a run.
    _log_access = False

    location_id = fields.Many2one(
        "ghl.location", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="location_id.company_id", store=True, index=True
    )
    # Floats, since sums of years outgrow an integer of PostgreSQL.
    runs_done = fields.Float(readonly=True)
    runs_failed = fields.Float(readonly=True)
    runs_cancelled = fields.Float(readonly=True)
    contacts_seen = fields.Float(readonly=True)
    contacts_created = fields.Float(readonly=True)
    contacts_updated = fields.Float(readonly=True)
    contacts_unchanged = fields.Float(readonly=True)
    contacts_deleted = fields.Float(readonly=True)
    contacts_repaired = fields.Float(readonly=True)
    contacts_drifted = fields.Float(readonly=True)
    bad_records = fields.Float(readonly=True)
    requests_sent = fields.Float(readonly=True)
    retries = fields.Float(readonly=True)
    rate_limited = fields.Float(readonly=True)
    bytes_received = fields.Float(readonly=True)
    busy_seconds = fields.Float(readonly=True)

    _location_uniq = models.Constraint(
        "UNIQUE(location_id)", "A location has one row of totals."
    )
