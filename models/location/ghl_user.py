from odoo import fields, models

from ..foreign_field import ForeignChar


class GhlUser(models.Model):
    _name = "ghl.user"
    _description = "GoHighLevel User"
    _inherit = "ghl.reference.mixin"

    ghl_id = ForeignChar(string="GoHighLevel ID", required=True, readonly=True)
    email = ForeignChar(readonly=True)
    is_listed = fields.Boolean(
        string="Listed",
        readonly=True,
        help="It stands in GoHighLevel's list of users. Others are known "
        "as owners of contacts only.",
    )

    _ghl_id_uniq = models.Constraint(
        "UNIQUE(location_id, ghl_id)", "A user exists once per location."
    )
