"""A person's choice of the Odoo contact that a GoHighLevel contact is."""

from odoo import fields, models


class GhlPartnerChoice(models.TransientModel):
    _name = "ghl.partner.choice"
    _description = "Choice of an Odoo Contact"

    link_id = fields.Many2one("ghl.partner.link", required=True, readonly=True)
    company_id = fields.Many2one(related="link_id.company_id")
    contact_id = fields.Many2one(related="link_id.contact_id")
    partner_id = fields.Many2one(
        "res.partner",
        string="Odoo Contact",
        domain="[('company_id', 'in', (company_id, False))]",
    )

    def action_link(self) -> dict:
        """Link the contact to the one that was chosen (dialog button)."""
        self.ensure_one()
        if self.partner_id:
            self.link_id._choose(self.partner_id)
        return {"type": "ir.actions.act_window_close"}
