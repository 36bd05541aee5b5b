"""What a run has come to, in figures that graphs and pivot tables can show.

Those of runs of an older version, and what was unknown when a run ended, are empty.
"""

from odoo import fields, models


class GhlSyncRun(models.Model):
    _inherit = "ghl.sync.run"

    contacts_per_second = fields.Float(
        aggregator="avg", readonly=True, copy=False, help="Of the time worked."
    )
    latency_p50_ms = fields.Float(
        string="Median Answer (ms)", aggregator="max", readonly=True, copy=False
    )
    latency_p95_ms = fields.Float(
        string="95 % of Answers Within (ms)",
        aggregator="max",
        readonly=True,
        copy=False,
    )
    latency_p99_ms = fields.Float(
        string="99 % of Answers Within (ms)",
        aggregator="max",
        readonly=True,
        copy=False,
    )
    lag_seconds = fields.Float(
        string="Lag (s)",
        aggregator="max",
        readonly=True,
        copy=False,
        help="How old the oldest change may have been that it has read.",
    )
    coverage = fields.Float(
        string="Coverage (%)",
        aggregator="min",
        readonly=True,
        copy=False,
        help="When it ended; rounded down.",
    )
    quota_left = fields.Integer(
        aggregator="min",
        readonly=True,
        copy=False,
        help="Requests of the day that were left when it ended.",
    )
