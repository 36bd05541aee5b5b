"""The schedule of a location: its rules, and what they come to.

`tools/schedule/next_sync.py` decides; `engine/schedule/due.py` orders what is due.
"""

from odoo import api, fields, models

from ... import const
from ...engine.schedule.due import RULES
from ...tools.zones import find_zone
from ..client_action import reload_view
from ..foreign_field import ForeignChar

QUIET_READS = [
    ("usual", "As Usual"),
    ("longest", "At the Longest Interval"),
    ("none", "Not at All"),
]


class GhlLocation(models.Model):
    _inherit = "ghl.location"

    # Set by people
    auto_sync = fields.Boolean(
        string="Scheduled Sync",
        default=True,
        help="Read changes and verify the mirror by schedule, without anybody asking.",
    )
    delta_interval = fields.Integer(
        string="Read Changes Every",
        default=lambda self: self.env["ghl.settings"]._int("delta_interval"),
        aggregator=None,
        help="Minutes between two reads of what changed; where the interval adapts: "
        "until it is known how often the location changes.",
    )
    adaptive_sync = fields.Boolean(
        string="Adapt to Changes",
        default=lambda self: self.env["ghl.settings"]._flag("adaptive_sync"),
        help="Read a location that changes often more often, and one that does not "
        "less, within the bounds beside.",
    )
    delta_shortest = fields.Integer(
        string="Shortest Interval",
        default=lambda self: self.env["ghl.settings"]._int("delta_shortest"),
        aggregator=None,
        help="Minutes between two reads of changes, at least; while somebody looks at "
        "the location, it is read so often.",
    )
    delta_longest = fields.Integer(
        string="Longest Interval",
        default=lambda self: self._default_delta_longest(),
        aggregator=None,
        help="Minutes between two reads of changes, at most.",
    )
    verify_interval = fields.Integer(
        string="Verify Every",
        default=lambda self: self.env["ghl.settings"]._int("verify_interval"),
        aggregator=None,
        help="Hours between two proofs of completeness; moved into quiet hours where "
        "these are near enough.",
    )
    quiet_from = fields.Float(
        default=lambda self: self.env["ghl.settings"]._float("quiet_from"),
        aggregator=None,
        help="Hour of the location's own day, by its time zone, from which the mirror "
        "is verified best; the same hour twice: none is quiet.",
    )
    quiet_to = fields.Float(
        string="Quiet Until",
        default=lambda self: self.env["ghl.settings"]._float("quiet_to"),
        aggregator=None,
        help="Hour at which quiet hours end; before their beginning: the next day's.",
    )
    quiet_reads = fields.Selection(
        QUIET_READS,
        string="Changes in Quiet Hours",
        default="usual",
        required=True,
        help="How often changes are read in quiet hours. Whoever looks at the location "
        "has them read as usual.",
    )

    schedule_zone = fields.Char(
        string="Clock",
        compute="_compute_schedule_zone",
        help="The location's time zone; UTC while that is not known.",
    )

    # Derived from it
    next_sync_at = fields.Datetime(
        string="Next Sync",
        readonly=True,
        copy=False,
        index=True,
        help="When the schedule reads this location next, as it stands now.",
    )
    next_sync_kind = fields.Selection(
        [*const.RUN_KINDS, ("probe", "Single Request")], readonly=True, copy=False
    )
    next_sync_reason = ForeignChar(
        readonly=True, copy=False, help="A slug of `tools/schedule/reasons.py`."
    )
    change_rate = fields.Float(
        string="Changes per Hour",
        default=-1.0,
        readonly=True,
        copy=False,
        aggregator=None,
        help="As reads have found them lately; -1: not known yet.",
    )
    viewed_at = fields.Datetime(
        string="Last Looked At",
        readonly=True,
        copy=False,
        help="When somebody last read its contacts on the page or by the API.",
    )
    access_back_at = fields.Datetime(
        readonly=True, copy=False, help="When a refusal was last over."
    )

    _delta_interval_positive = models.Constraint(
        "CHECK(delta_interval > 0)", "Changes are read every minute at the most."
    )
    _delta_bounds = models.Constraint(
        "CHECK(delta_shortest > 0 AND delta_shortest <= delta_longest)",
        "The shortest interval is a minute at least, and not above the longest.",
    )
    _verify_interval_positive = models.Constraint(
        "CHECK(verify_interval > 0)", "The mirror is verified every hour at the most."
    )
    _quiet_hours = models.Constraint(
        "CHECK(quiet_from >= 0 AND quiet_from <= 24 AND quiet_to >= 0"
        " AND quiet_to <= 24)",
        "Quiet hours are hours of a day, from 0:00 to 24:00.",
    )

    @api.depends("timezone")
    def _compute_schedule_zone(self) -> None:
        for location in self:
            location.schedule_zone = find_zone(location.timezone)[1]

    @api.model
    def _default_delta_longest(self) -> int:
        """Return the setting, where it is not below the shortest interval's."""
        settings = self.env["ghl.settings"]
        return max(settings._int("delta_longest"), settings._int("delta_shortest"))

    def action_default_schedule(self) -> dict:
        """Give these locations the schedule that new ones begin with (list button)."""
        self.check_access("write")
        self.write(self.default_get(sorted(RULES - {"auto_sync"})))
        return reload_view()
