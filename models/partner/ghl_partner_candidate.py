"""Odoo contacts that a GoHighLevel contact may be, for a person to choose from."""

from odoo import fields, models

from .ghl_partner_link import LINK_RULES


class GhlPartnerCandidate(models.Model):
    _name = "ghl.partner.candidate"
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
    partner_id = fields.Many2one(
        "res.partner",
        string="Odoo Contact",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    rule = fields.Selection(LINK_RULES, readonly=True)
    score = fields.Float(readonly=True)
    email = fields.Char(related="partner_id.email")
    phone = fields.Char(related="partner_id.phone")
    parent_name = fields.Char(related="partner_id.parent_id.name", string="Company")

    def action_choose(self) -> bool:
        """Link the contact to this candidate (button in the review)."""
        self.ensure_one()
        link = self.link_id
        link._check_may_decide()
        self.partner_id.check_access("write")
        link.sudo()._link_to(self.partner_id, "manual")
        return True
