"""Records of Odoo that were made on the way: companies, tags, sources and so on."""

from odoo import fields, models


class GhlPartnerMade(models.Model):
    """A record that **Undo** removes again, unless somebody has changed or uses it."""

    _name = "ghl.partner.made"
    _description = "Record Made for Odoo Contacts"
    _order = "id desc"
    _rec_name = "res_model"

    location_id = fields.Many2one(
        "ghl.location", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="location_id.company_id")
    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(
        model_field="res_model", required=True, readonly=True
    )
    record_date = fields.Datetime(
        readonly=True, help="The record's date of change when it was made."
    )
