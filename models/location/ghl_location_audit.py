"""The audit of contents: what is promised, what was found, and ordering it."""

from odoo import api, fields, models

from ...engine.content.pace import days_to_promise, pace_of
from ...engine.content.words import describe_drift, describe_promise


# No method: the one figure that fleet, alarms, page and API judge contents by.
@api.depends(
    *("audit_enabled", "auto_sync", "audit_days", "audit_share", "contact_count"),
    *("rate_snapshot", "connection_id.page_limit_accepted"),
)
def _compute_promise(locations: models.Model) -> None:
    for location in locations:
        location.content_promise_days = days_to_promise(location) or 0


class GhlLocation(models.Model):
    _inherit = "ghl.location"

    audit_enabled = fields.Boolean(
        string="Read Contents Again",
        default=lambda self: self.env["ghl.settings"]._flag("audit_enabled"),
        help="Not every edit at GoHighLevel gets a new date (opportunities and "
        "workflows do not): those are only found by reading every contact again.",
    )
    audit_days = fields.Integer(
        string="Every Contact Within",
        default=lambda self: self.env["ghl.settings"]._int("audit_days"),
        help="Days within which every contact is read again.",
    )
    audit_share = fields.Integer(
        string="Share of the Quota",
        default=lambda self: self.env["ghl.settings"]._int("audit_share"),
        help="Per cent of the day's requests that this may take.",
    )
    audit_requested_at = fields.Datetime(
        readonly=True,
        copy=False,
        help="When a person asked for all contents; empty once they were read.",
    )
    audit_due_at = fields.Datetime(
        string="Next Reading of Contents", readonly=True, copy=False
    )
    last_audit_at = fields.Datetime(
        string="Last Reading of Contents", readonly=True, copy=False
    )
    audit_drifted = fields.Integer(
        string="Edits Without a Date",
        readonly=True,
        copy=False,
        help="Contacts that differed, without a new date, when their contents were "
        "last read. They were repaired.",
    )
    audit_drift = fields.Json(
        readonly=True, copy=False, help="The same by kind of field."
    )
    audit_drift_text = fields.Char(compute="_compute_audit_texts")
    content_promise_days = fields.Integer(
        string="Contents Promised Within (days)",
        compute=_compute_promise,
        store=True,
        help="Days within which every contact is read again; 0: no promise.",
    )
    content_promise_text = fields.Char(compute="_compute_audit_texts")

    _audit_days_positive = models.Constraint(
        "CHECK(audit_days > 0)", "Every contact is read once a day at the most."
    )
    _audit_share_valid = models.Constraint(
        "CHECK(audit_share > 0 AND audit_share <= 50)",
        "Reading contents again may take 1 to 50 per cent of the quota.",
    )

    @api.depends(
        *("content_promise_days", "audit_enabled", "audit_days", "audit_share"),
        *("audit_drift", "rate_snapshot"),
    )
    @api.depends_context("lang")
    def _compute_audit_texts(self) -> None:
        for location in self:
            location.content_promise_text = describe_promise(
                location, pace_of(location).requests
            )
            location.audit_drift_text = describe_drift(
                location.env, location.audit_drift or {}
            )

    def action_read_contents(self) -> dict:
        """Have the contents of every contact read now (form button)."""
        return self._action_order("audit")
