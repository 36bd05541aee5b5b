from odoo import fields, models


class GhlSyncPage(models.Model):
    """A handful of contacts of a run: what it has seen, and what became of the others.

    A deletion is what a complete run has not seen. One row for the pages that were
    stored together: marking each contact instead would rewrite the whole table in
    every run. Contacts that were not seen are suspects; those that the vendor's search
    does not find either are absent (or blind, when the search proves nothing); those
    that the vendor denies are gone, and will be buried.
    """

    _name = "ghl.sync.page"
    _description = "GoHighLevel Sync Page"
    _order = "run_id, id"

    run_id = fields.Many2one(
        "ghl.sync.run", required=True, readonly=True, index=True, ondelete="cascade"
    )
    kind = fields.Selection(
        [
            ("seen", "Seen"),
            ("suspect", "Suspect"),
            ("absent", "Not Found"),
            ("blind", "Not Looked Up"),
            ("gone", "Gone"),
        ],
        default="seen",
        required=True,
        readonly=True,
    )
    contact_ids = fields.Json(readonly=True, help="Ids of ghl.contact.")
