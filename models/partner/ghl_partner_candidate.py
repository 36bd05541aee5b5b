"""Odoo contacts that a GoHighLevel contact may be, for a person to choose from."""

from odoo import api, fields, models

from .ghl_partner_link import LINK_RULES
from .ghl_partner_sight import ReadableMany2one


class GhlPartnerCandidate(models.Model):
    _name = "ghl.partner.candidate"
    _inherit = ["ghl.partner.sight"]
    _description = "Candidate for a Link"
    _order = "score desc, id"
    _rec_name = "partner_id"

    link_id = fields.Many2one(
        "ghl.partner.link",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="link_id.company_id")
    partner_id = ReadableMany2one(
        "res.partner",
        string="Odoo Contact",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    rule = fields.Selection(LINK_RULES, readonly=True)
    score = fields.Float(readonly=True)
    # With the rights of whoever looks: empty for a contact that they may not read.
    email = fields.Char(compute="_compute_partner_values", compute_sudo=False)
    phone = fields.Char(compute="_compute_partner_values", compute_sudo=False)
    parent_name = fields.Char(
        string="Works For", compute="_compute_partner_values", compute_sudo=False
    )

    @api.depends("partner_id.email", "partner_id.phone", "partner_id.parent_id.name")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_partner_values(self) -> None:
        for candidate in self:
            partner = candidate.partner_id._filtered_access("read")
            candidate.email = partner.email
            candidate.phone = partner.phone
            parent = partner.parent_id._filtered_access("read")
            candidate.parent_name = parent.name

    @api.depends("partner_id.display_name")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_display_name(self) -> None:
        for candidate in self:
            partner = candidate.partner_id._filtered_access("read")
            unseen = self.env._("A contact that you may not see")
            candidate.display_name = partner.display_name or unseen

    def action_choose(self) -> bool:
        """Link the contact to this candidate (button in the review)."""
        self.ensure_one()
        self.link_id._choose(self.partner_id)
        return True
