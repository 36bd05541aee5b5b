from odoo import models

from ..foreign_field import ForeignChar


class GhlUser(models.Model):
    _name = "ghl.user"
    _description = "GoHighLevel User"
    _inherit = "ghl.reference.mixin"

    ghl_id = ForeignChar(string="GoHighLevel ID", required=True, readonly=True)
    email = ForeignChar(readonly=True)

    # One look at the contacts, however many users there are.
    _USED_SQL = """t.id IN (
        SELECT c.owner_id FROM ghl_contact c
         WHERE c.location_id = %(location)s AND c.active AND c.owner_id IS NOT NULL)"""

    _ghl_id_uniq = models.Constraint(
        "UNIQUE(location_id, ghl_id)", "A user exists once per location."
    )
