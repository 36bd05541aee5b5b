from odoo import fields, models

TONES = [
    ("success", "Good"),
    ("info", "Under Way"),
    ("warning", "Needs Attention"),
    ("danger", "Trouble"),
    ("neutral", "Idle"),
]


class GhlStanding(models.Model):
    """The last known state of each location; the alarm cron looks every minute.

    Not on the location itself, whose row syncs write: neither waits for the other.
    """

    _name = "ghl.standing"
    _description = "GoHighLevel Location's Standing"
    _rec_name = "location_id"
    # Written by SQL, when a state is another one.
    _log_access = False

    location_id = fields.Many2one(
        "ghl.location", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="location_id.company_id")
    state = fields.Char(required=True, readonly=True)
    tone = fields.Selection(TONES, required=True, readonly=True)
    severity = fields.Integer(readonly=True)
    needs_person = fields.Boolean(readonly=True)
    since = fields.Datetime(readonly=True)
    is_hindered = fields.Boolean(
        readonly=True, help="Changes are not read: by a trouble, or as is wished."
    )
    hindered_since = fields.Datetime(readonly=True)
    free_since = fields.Datetime(
        readonly=True,
        help="When what had kept reads away for long was seen to be over.",
    )

    _location_uniq = models.Constraint(
        "UNIQUE(location_id)", "A location has one standing."
    )
