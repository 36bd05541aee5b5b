from odoo import models

from ..foreign_field import ForeignChar


class GhlTag(models.Model):
    _name = "ghl.tag"
    _description = "GoHighLevel Tag"
    _inherit = "ghl.reference.mixin"

    ghl_id = ForeignChar(
        string="GoHighLevel ID", readonly=True, help="Contacts name tags, not ids."
    )

    _USED_SQL = """EXISTS (
        SELECT FROM ghl_contact_ghl_tag_rel r JOIN ghl_contact c
                 ON c.id = r.ghl_contact_id AND c.active
         WHERE r.ghl_tag_id = t.id)"""

    _name_uniq = models.Constraint(
        "UNIQUE(location_id, name)", "A tag exists once per location."
    )
