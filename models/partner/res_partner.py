"""Odoo contacts: which GoHighLevel contacts are behind them."""

from typing import Any

from odoo import api, fields, models

from ...engine.privacy.left_out import remove_orphans


class ResPartner(models.Model):
    _inherit = "res.partner"

    ghl_link_ids = fields.One2many(
        "ghl.partner.link",
        "partner_id",
        string="GoHighLevel Contacts",
        groups="ghl_contact_sync.group_user",
    )
    ghl_link_count = fields.Integer(
        compute="_compute_ghl_link_count", groups="ghl_contact_sync.group_user"
    )
    in_ghl = fields.Boolean(
        string="In GoHighLevel",
        compute="_compute_in_ghl",
        search="_search_in_ghl",
        groups="ghl_contact_sync.group_user",
    )

    # Links are matched by these; core stores the values and indexes neither.
    _ghl_email_idx = models.Index(
        "(email_normalized) WHERE email_normalized IS NOT NULL"
    )
    _ghl_phone_idx = models.Index("(phone_sanitized) WHERE phone_sanitized IS NOT NULL")
    _ghl_name_idx = models.Index("(lower(name)) WHERE active IS TRUE")

    @api.depends("ghl_link_ids")
    def _compute_ghl_link_count(self) -> None:
        counts = dict(
            self.env["ghl.partner.link"]._read_group(
                [("partner_id", "in", self.ids)], ["partner_id"], ["__count"]
            )
        )
        for partner in self:
            partner.ghl_link_count = counts.get(partner, 0)

    @api.depends("ghl_link_ids")
    def _compute_in_ghl(self) -> None:
        for partner in self:
            partner.in_ghl = bool(partner.ghl_link_count)

    @api.model
    def _search_in_ghl(self, operator: str, value) -> Any:
        if operator != "in":
            return NotImplemented
        links = self.env["ghl.partner.link"]._search([("partner_id", "!=", False)])
        linked = [("id", "in", links.subselect("partner_id"))]
        return linked if True in value else ["!", *linked]

    def unlink(self) -> bool:
        """Dissolve the links of contacts that a person deletes."""
        links = self.env["ghl.partner.link"].sudo()
        links = links.search([("partner_id", "in", self.ids)])
        partners = self.sudo()
        values = [("email", one) for one in partners.mapped("email_normalized") if one]
        values += [("phone", one) for one in partners.mapped("phone_sanitized") if one]
        result = super().unlink()
        links.exists()._dissolve()
        remove_orphans(links.env, values)
        return result

    def action_view_ghl_contacts(self) -> dict:
        """Open the GoHighLevel contacts behind an Odoo contact (smart button)."""
        self.ensure_one()
        contacts = self.ghl_link_ids.contact_id
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "ghl_contact_sync.ghl_contact_action"
        )
        if len(contacts) == 1:
            return {
                **action,
                "view_mode": "form",
                "views": [(False, "form")],
                "res_id": contacts.id,
            }
        domain = [("id", "in", contacts.ids)]
        return {**action, "domain": domain, "context": {"active_test": False}}
