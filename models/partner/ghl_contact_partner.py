"""GoHighLevel contacts: the Odoo contact that each is linked to."""

from urllib.parse import quote

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine.api.read_again import read_again
from ..client_action import notify
from .ghl_partner_link import GhlPartnerLink
from .ghl_partner_sight import ReadableMany2one


class GhlContact(models.Model):
    _inherit = "ghl.contact"

    partner_link_ids = fields.One2many("ghl.partner.link", "contact_id")
    partner_link_id = fields.Many2one(
        "ghl.partner.link",
        string="Link",
        compute="_compute_partner_link_id",
        search="_search_partner_link_id",
    )
    partner_id = ReadableMany2one(
        "res.partner",
        string="Odoo Contact",
        compute="_compute_partner_link_id",
        search="_search_partner_id",
    )
    partner_link_state = fields.Selection(related="partner_link_id.state")

    partner_link_enabled = fields.Boolean(related="location_id.partner_link_enabled")

    @api.depends("partner_link_ids.partner_id")
    def _compute_partner_link_id(self) -> None:
        for contact in self:
            contact.partner_link_id = contact.partner_link_ids[:1]
            contact.partner_id = contact.partner_link_id.partner_id

    def action_read_again(self) -> dict:
        """Read this contact from GoHighLevel now (form button)."""
        self.ensure_one()
        self.check_access("read")
        message = read_again(self)
        return notify("info", message, refresh=True)

    def action_open_in_ghl(self) -> dict:
        """Open the contact in GoHighLevel's own app (form button)."""
        self.ensure_one()
        app = self.env["ghl.settings"]._app_base_url()
        location, contact = quote(self.location_id.ghl_id), quote(self.ghl_id)
        return {
            "type": "ir.actions.act_url",
            "url": f"{app}/v2/location/{location}/contacts/detail/{contact}",
            "target": "new",
        }

    def action_create_partner(self) -> bool:
        """Have an Odoo contact made for this one (form button)."""
        return self._link_of_button().action_create_partner()

    def action_unlink_partner(self) -> bool:
        """Take the link away and leave both contacts as they are (form button)."""
        return self._link_of_button().action_dissolve()

    def action_choose_partner(self) -> dict:
        """Ask for the Odoo contact that this one is (form button)."""
        return self._link_of_button().action_choose_partner()

    def _decide_partner(self, decision: str, partner_id: int | None = None) -> None:
        """Do what a person chose on the page.

        :param decision: link, create, unlink or ignore
        :raise AccessError: the user may not decide, or not see the Odoo contact
        :raise UserError: it does not fit
        """
        link = self._link_of_button()
        if decision == "link":
            partner = self.env["res.partner"].browse(partner_id).exists()
            if not partner:
                raise UserError(self.env._("There is no such Odoo contact."))
            link._choose(partner)
        elif decision == "create":
            link.action_create_partner()
        elif decision == "ignore":
            link.action_ignore()
        else:
            link.action_dissolve()

    def _link_of_button(self) -> GhlPartnerLink:
        """Return the contact's link, made if there is none yet.

        :raise AccessError: the user may not decide on links
        """
        self.ensure_one()
        self.check_access("read")
        Link = self.env["ghl.partner.link"]
        link = Link.search([("contact_id", "=", self.id)], limit=1)
        if not link:
            self.env["res.partner"].check_access("write")
            if not self.location_id.partner_link_enabled:
                raise UserError(
                    self.env._(
                        "Switch on “Link to Odoo Contacts” for this location first."
                    )
                )
            values = {"contact_id": self.id, "location_id": self.location_id.id}
            made = Link.sudo().create({**values, "doubt": "nobody"})
            link = made.with_env(self.env)
        return link

    @api.model
    def _search_partner_link_id(self, operator, value) -> list:
        return [("partner_link_ids", operator, value)]

    @api.model
    def _search_partner_id(self, operator, value) -> list:
        links = self.env["ghl.partner.link"]._search([("partner_id", operator, value)])
        return [("id", "in", links.subselect("contact_id"))]
