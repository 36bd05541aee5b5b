"""All locations side by side: what the backend's list, board and graphs show."""

from odoo import api, fields, models
from odoo.tools import SQL

from ... import const
from ...engine.fleet.overview import fleet_totals
from ...engine.fleet.rows import DEPENDS, fleet_rows
from .ghl_standing import TONES


class GhlFleet(models.Model):
    """One row for each location that is read, computed by one statement."""

    _name = "ghl.fleet"
    _description = "GoHighLevel Fleet"
    _auto = False
    _log_access = False
    _order = "severity desc, lag_minutes desc, name, id"
    _depends = DEPENDS

    name = fields.Char(readonly=True)
    ghl_id = fields.Char(string="Location ID", readonly=True)
    location_id = fields.Many2one("ghl.location", readonly=True)
    connection_id = fields.Many2one("ghl.connection", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    responsible_id = fields.Many2one("res.users", readonly=True)

    state = fields.Char(string="State Code", readonly=True)
    tone = fields.Selection(TONES, readonly=True)
    severity = fields.Integer(
        readonly=True, aggregator="max", help="Higher is worse; 0 is complete."
    )
    needs_person = fields.Boolean(
        string="Needs You",
        readonly=True,
        help="It lasts until somebody does something.",
    )
    status_label = fields.Char(string="State", related="location_id.status_label")
    status_tone = fields.Selection(related="location_id.status_tone")
    status_title = fields.Char(
        string="What It Means", related="location_id.status_title"
    )
    alarm_count = fields.Integer(string="Troubles", readonly=True)

    contact_count = fields.Integer(string="Mirrored", readonly=True)
    ghl_total = fields.Integer(string="At GoHighLevel", readonly=True)
    coverage = fields.Float(
        string="Coverage (%)",
        readonly=True,
        aggregator="min",
        digits=(5, 2),
        help="Rounded down; empty when it is unknown, or more is here than there.",
    )
    has_coverage = fields.Boolean(readonly=True)
    proof_state = fields.Selection(
        [("unknown", "Unknown"), ("proven", "Proven"), ("not_proven", "Not Proven")],
        string="Nobody Is Missing",
        readonly=True,
    )
    proven_complete_at = fields.Datetime(string="Proven At", readonly=True)
    content_as_of = fields.Datetime(
        string="Contents Read Since",
        readonly=True,
        help="The oldest read of any contact's contents.",
    )
    content_days = fields.Float(
        string="Content Age (days)", readonly=True, aggregator="max", digits=(6, 1)
    )
    read_up_to = fields.Datetime(
        string="Changes Read Up To",
        readonly=True,
        help="Every change before that moment was read.",
    )
    lag_minutes = fields.Integer(
        string="Lag (minutes)",
        readonly=True,
        aggregator="max",
        help="Every change that is older was read.",
    )
    next_sync_at = fields.Datetime(string="Next Sync", readonly=True)
    next_sync_kind = fields.Selection(
        [*const.RUN_KINDS, ("probe", "Single Request")], readonly=True
    )
    contents_late = fields.Boolean(
        readonly=True, help="Not all contents were read within the promised time."
    )
    has_total = fields.Boolean(readonly=True)
    has_quota = fields.Boolean(
        readonly=True, help="How much of the day's quota is left is known."
    )
    quota_left = fields.Integer(readonly=True, aggregator="min")
    quota_limit = fields.Integer(readonly=True, aggregator="max")
    last_error = fields.Char(readonly=True)
    last_error_at = fields.Datetime(string="Last Failure", readonly=True)

    @property
    def _table_query(self) -> SQL:
        return fleet_rows()

    # === ACTION METHODS === #

    def action_sync_all(self) -> dict:
        """Order a full sync of these locations (list button)."""
        return self.location_id.action_sync_all()

    def action_sync_delta(self) -> dict:
        """Have changes of these locations read (list button)."""
        return self.location_id.action_sync_delta()

    def action_verify(self) -> dict:
        """Have these locations verified (list button)."""
        return self.location_id.action_verify()

    def action_open(self) -> dict:
        """Open the location (list button)."""
        self.ensure_one()
        return self.location_id.get_formview_action()

    # === THE LINE ABOVE === #

    @api.model
    def get_totals(self) -> dict:
        """Return how many locations are well, in figures and as a sentence."""
        self.check_access("read")
        return fleet_totals(self.env)
