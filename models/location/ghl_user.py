"""Users of GoHighLevel, and whose customers their contacts are in Odoo."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...engine.partner.matching.owners import salespeople_of
from ..foreign_field import ForeignChar


class GhlUser(models.Model):
    """A manager chooses the salesperson; everything else is the sync's to write."""

    _name = "ghl.user"
    _description = "GoHighLevel User"
    _inherit = ["ghl.guarded.mixin", "ghl.reference.mixin"]

    active = fields.Boolean(default=True, readonly=True)
    ghl_id = ForeignChar(string="GoHighLevel ID", required=True, readonly=True)
    email = ForeignChar(readonly=True)
    is_listed = fields.Boolean(
        string="Listed",
        readonly=True,
        help="It stands in GoHighLevel's list of users. Others are known "
        "as owners of contacts only.",
    )
    odoo_user_id = fields.Many2one(
        "res.users",
        string="Salesperson Chosen",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        ondelete="set null",
        help="Whose Odoo contacts the contacts of this user become. Empty: those of "
        "the Odoo user with the same e-mail address.",
    )
    salesperson_id = fields.Many2one(
        "res.users",
        compute="_compute_salesperson_id",
        compute_sudo=True,
    )

    _ghl_id_uniq = models.Constraint(
        "UNIQUE(location_id, ghl_id)", "A user exists once per location."
    )

    @api.depends("email", "odoo_user_id", "company_id")
    def _compute_salesperson_id(self) -> None:
        found = salespeople_of(self)
        for user in self:
            user.salesperson_id = found.get(user.id)

    @api.constrains("odoo_user_id")
    def _check_odoo_user_id(self) -> None:
        for user in self.filtered("odoo_user_id"):
            chosen = user.odoo_user_id.sudo()
            if chosen.share or user.company_id not in chosen.company_ids:
                raise ValidationError(
                    self.env._(
                        "“%(name)s” is no user of the company %(company)s.",
                        name=chosen.name,
                        company=user.company_id.name,
                    )
                )
