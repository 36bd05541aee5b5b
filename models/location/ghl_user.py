from odoo import fields, models


class GhlUser(models.Model):
    _name = "ghl.user"
    _description = "GoHighLevel User"
    _inherit = "ghl.reference.mixin"

    ghl_id = fields.Char(string="GoHighLevel ID", required=True, readonly=True)
    email = fields.Char(readonly=True)

    _ghl_id_uniq = models.Constraint(
        "UNIQUE(location_id, ghl_id)", "A user exists once per location."
    )
