from odoo import fields, models


class GhlSyncPage(models.Model):
    """Contacts that a run has seen.

    One row for the pages that were stored together: marking each contact instead would
    rewrite the whole table in every run. Contacts that a complete walk has not seen
    become rows of `ghl.deletion.candidate`.
    """

    _name = "ghl.sync.page"
    _description = "GoHighLevel Sync Page"
    _order = "run_id, id"

    run_id = fields.Many2one(
        "ghl.sync.run", required=True, readonly=True, index=True, ondelete="cascade"
    )
    contact_ids = fields.Json(readonly=True, help="Ids of ghl.contact.")
