from odoo import models

from ..foreign_field import ForeignChar


class GhlTag(models.Model):
    _name = "ghl.tag"
    _description = "GoHighLevel Tag"
    _inherit = "ghl.reference.mixin"

    ghl_id = ForeignChar(
        string="GoHighLevel ID", readonly=True, help="Contacts name tags, not ids."
    )

    _name_uniq = models.Constraint(
        "UNIQUE(location_id, name)", "A tag exists once per location."
    )
