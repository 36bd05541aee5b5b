"""The quality of one contact's data, as it was judged last."""

from odoo import api, fields, models

from ...engine.crons.cron_job import cron_job
from ...engine.quality import check
from ...engine.quality.store import set_up


class GhlContactQuality(models.Model):
    """Filled by SQL; its arrays stand in `engine/quality/store.py`."""

    _name = "ghl.contact.quality"
    _description = "Data Quality of a GoHighLevel Contact"
    _log_access = False

    contact_id = fields.Many2one(
        "ghl.contact", required=True, readonly=True, ondelete="cascade"
    )
    location_id = fields.Many2one(
        "ghl.location", required=True, readonly=True, ondelete="cascade", index=True
    )
    content_hash = fields.Char(
        readonly=True, help="Of the contact's content, as it was judged."
    )
    basis = fields.Char(
        required=True, readonly=True, help="Digest of what it was judged by."
    )

    _contact_uniq = models.Constraint("UNIQUE(contact_id)", "A contact is judged once.")

    def init(self) -> None:
        """Add what Odoo has no fields for."""
        set_up(self.env.cr)

    @api.model
    @cron_job
    def _cron_check(self) -> None:
        """Judge what has changed in locations that are due."""
        check.check_due(self.env)
