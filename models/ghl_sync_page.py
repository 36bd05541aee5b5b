from odoo import fields, models


class GhlSyncPage(models.Model):
    """The contacts that one page of a run brought: what the run has seen.

    A deletion is what a complete run has not seen. One row per page, never updated:
    marking each contact instead would rewrite the whole table in every run.
    """

    _name = "ghl.sync.page"
    _description = "GoHighLevel Sync Page"
    _order = "run_id, id"

    run_id = fields.Many2one(
        "ghl.sync.run", required=True, readonly=True, index=True, ondelete="cascade"
    )
    contact_ids = fields.Json(readonly=True, help="Ids of ghl.contact.")
