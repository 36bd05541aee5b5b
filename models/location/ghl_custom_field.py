from odoo import models

from ..foreign_field import ForeignChar


class GhlCustomField(models.Model):
    _name = "ghl.custom.field"
    _description = "GoHighLevel Custom Field"
    _inherit = "ghl.reference.mixin"

    ghl_id = ForeignChar(string="GoHighLevel ID", required=True, readonly=True)
    field_key = ForeignChar(readonly=True)
    data_type = ForeignChar(
        readonly=True, help="As the vendor names it; the list of types is not closed."
    )

    _ghl_id_uniq = models.Constraint(
        "UNIQUE(location_id, ghl_id)", "A custom field exists once per location."
    )
