"""A part of a location's contacts, and since when its contents are known to be read."""

from odoo import fields, models

from ...tools.sync.reconcile import Span


class GhlAuditPart(models.Model):
    """A half-open range of dates on which contacts were added, or those without.

    One instant for thousands of contacts: a contact that was read and has not changed
    is not written.
    """

    _name = "ghl.audit.part"
    _description = "GoHighLevel Audit Part"
    _order = "location_id, id"
    # Written by every audit run, for nobody to look up who did it.
    _log_access = False

    location_id = fields.Many2one(
        "ghl.location", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="location_id.company_id", store=True, index=True
    )
    scope = fields.Selection(
        [("all", "All"), ("dated", "By Date Added"), ("undated", "Without Date Added")],
        required=True,
        readonly=True,
    )
    # Epoch milliseconds; floats because Odoo's Integer has 32 bits.
    lower_ms = fields.Float(readonly=True)
    upper_ms = fields.Float(readonly=True)
    has_lower = fields.Boolean(readonly=True)
    has_upper = fields.Boolean(readonly=True)
    contacts = fields.Integer(readonly=True, help="As counted when it was last read.")
    read_at = fields.Datetime(
        readonly=True, help="Nothing of it was read earlier; empty: never read."
    )
    begun_at = fields.Datetime(
        readonly=True, help="Since when it is being read again; empty: it is not."
    )
    drifted = fields.Integer(
        readonly=True,
        help="Contacts that differed, without a new date, when it was last read.",
    )
    drift = fields.Json(readonly=True, help="The same by kind of field.")
    level = fields.Integer(
        readonly=True, help="How often such contacts were found there lately."
    )

    def _to_span(self) -> Span:
        """Return the part as what is counted and read."""
        self.ensure_one()
        return Span(
            self.scope,
            int(self.lower_ms) if self.has_lower else None,
            int(self.upper_ms) if self.has_upper else None,
        )

    def _holds(self, added_ms: float | None) -> bool:
        """Tell whether a contact that was added then belongs to this part."""
        self.ensure_one()
        if self.scope != "dated":
            return self.scope == "all" or added_ms is None
        if added_ms is None:
            return False
        above = not self.has_lower or added_ms >= self.lower_ms
        return above and (not self.has_upper or added_ms < self.upper_ms)
