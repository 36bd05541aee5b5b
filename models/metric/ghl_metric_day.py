"""One day of a location: what its syncs did and cost, and how it stood."""

from odoo import fields, models
from odoo.tools import SQL

# Rows that are removed by one transaction.


class GhlMetricDay(models.Model):
    _name = "ghl.metric.day"
    _description = "GoHighLevel Metrics of a Day"
    _order = "day desc, location_id"
    _rec_name = "day"
    # Written by SQL with the end of a run.
    _log_access = False

    location_id = fields.Many2one(
        "ghl.location", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="location_id.company_id", store=True, index=True
    )
    day = fields.Date(
        required=True,
        readonly=True,
        index=True,
        help="UTC. Runs count on the day on which they ended.",
    )

    # Counted
    runs_done = fields.Integer(readonly=True)
    runs_failed = fields.Integer(readonly=True)
    runs_cancelled = fields.Integer(readonly=True)
    contacts_seen = fields.Integer(string="Contacts Read", readonly=True)
    contacts_created = fields.Integer(readonly=True)
    contacts_updated = fields.Integer(readonly=True)
    contacts_unchanged = fields.Integer(readonly=True)
    contacts_deleted = fields.Integer(readonly=True)
    contacts_repaired = fields.Integer(
        string="Drift Repaired",
        readonly=True,
        help="Written or archived because a proof found that they differ.",
    )
    contacts_drifted = fields.Integer(
        string="Edits Without a Date",
        readonly=True,
        help="Contacts that audits, and verifies that read everything, found changed "
        "without a new date, and repaired.",
    )
    bad_records = fields.Integer(string="Issues", readonly=True)
    requests_sent = fields.Integer(
        string="Requests", readonly=True, help="Those for webhooks included."
    )
    retries = fields.Integer(string="Requests Repeated", readonly=True)
    rate_limited = fields.Integer(string="Requests Refused (429)", readonly=True)
    bytes_received = fields.Float(
        digits=(16, 0), readonly=True, help="Size of the answers, unpacked."
    )
    busy_seconds = fields.Float(string="Time Worked (s)", readonly=True)
    latency_counts = fields.Json(
        readonly=True, help="Answers by the classes of `tools/metrics/latency.py`."
    )

    # These follow from the counters; several days show the average, or the worst.
    contacts_per_second = fields.Float(aggregator="avg", readonly=True)
    latency_p50_ms = fields.Float(
        string="Median Answer (ms)", aggregator="max", readonly=True
    )
    latency_p95_ms = fields.Float(
        string="95 % Answered Within (ms)", aggregator="max", readonly=True
    )
    latency_p99_ms = fields.Float(
        string="99 % Answered Within (ms)", aggregator="max", readonly=True
    )
    lag_seconds = fields.Float(
        string="Longest Lag (s)",
        aggregator="max",
        readonly=True,
        help="How old the oldest change may have been when it was read: from the "
        "beginning of the good run before, to the end of the one that read it.",
    )

    # The figures at the time of the last write
    mirrored = fields.Integer(aggregator="avg", readonly=True)
    vendor_total = fields.Integer(
        string="GoHighLevel Total", aggregator="avg", readonly=True
    )
    coverage = fields.Float(
        string="Coverage (%)", aggregator="min", readonly=True, help="Rounded down."
    )
    gap = fields.Integer(
        string="Drift Left",
        aggregator="max",
        readonly=True,
        help="GoHighLevel's total less the mirror's count, as the last proof left it.",
    )
    # Odoo reads an empty number as 0, which is a figure of its own.
    has_total = fields.Boolean(compute="_compute_what_is_known")
    has_gap = fields.Boolean(compute="_compute_what_is_known")
    has_quota = fields.Boolean(compute="_compute_what_is_known")
    quota_limit = fields.Integer(aggregator="max", readonly=True)
    quota_left = fields.Integer(
        aggregator="min", readonly=True, help="The least of the day."
    )

    # The oldest, for the clean-up.
    _age_idx = models.Index("(day)")
    _location_day_uniq = models.Constraint(
        "UNIQUE(location_id, day)", "A location has one row of metrics for each day."
    )

    def _compute_what_is_known(self) -> None:
        """Tell which figures of the time of the last write were known."""
        self.flush_model(["vendor_total", "gap", "quota_left"])
        rows = self.env.execute_query(
            SQL(
                "SELECT id, vendor_total IS NOT NULL, gap IS NOT NULL,"
                " quota_left IS NOT NULL FROM ghl_metric_day WHERE id = ANY(%s)",
                self.ids,
            )
        )
        known = {row_id: told for row_id, *told in rows}
        for day in self:
            has_total, has_gap, has_quota = known.get(day.id, (False, False, False))
            day.has_total, day.has_gap, day.has_quota = has_total, has_gap, has_quota
