"""Setting a connection up: entering the token, telling what a test found."""

from odoo import api, fields, models

from ...engine.access.refusals import forget_trouble
from ...engine.location.guards import check_company, check_no_locations
from ...engine.location.orders import try_new_credential
from ...engine.location.stopping import follow_archived


class GhlConnection(models.Model):
    _inherit = "ghl.connection"

    location_count = fields.Integer(compute="_compute_location_count")
    # An administrator of this app may replace a token that only system administrators
    # may read: this field goes in and never comes out.
    token_entry = fields.Char(
        string="New Token",
        compute="_compute_token_entry",
        inverse="_inverse_token_entry",
        groups="ghl_contact_sync.group_manager",
        copy=False,
        help="Replaces the stored token. The stored one is never shown again.",
    )
    has_token = fields.Boolean(string="Token Stored", compute="_compute_has_token")

    @api.depends("location_ids")
    def _compute_location_count(self):
        counts = dict(
            self.env["ghl.location"]._read_group(
                [("connection_id", "in", self.ids)], ["connection_id"], ["__count"]
            )
        )
        for connection in self:
            connection.location_count = counts.get(connection, 0)

    def _compute_token_entry(self):
        self.token_entry = False

    def _inverse_token_entry(self):
        for connection in self:
            if connection.token_entry:
                # sudo: writing without the right to read is the purpose.
                connection.sudo().private_token = connection.token_entry.strip()

    @api.depends("auth_kind", "private_token")
    def _compute_has_token(self):
        for connection in self:
            # sudo: that there is one is no secret, only which.
            held = connection.sudo().private_token
            if connection.auth_kind == "oauth":
                row = connection._token_row()
                held = row.refresh_token or row.access_token
            connection.has_token = bool(held)

    def write(self, vals):
        if "company_id" in vals:
            check_company(self, self.env["res.company"].browse(vals["company_id"]))
        result = super().write(vals)
        if "active" in vals:
            follow_archived(self)
        if "private_token" in vals:
            self._bind_to_database()
            # What GoHighLevel said of the old token says nothing of the new one.
            self.filtered(lambda c: c.state != "draft")._mark_state("draft")
            for location in self.location_ids:
                forget_trouble(location)
            try_new_credential(self.location_ids)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_locations(self):
        check_no_locations(self)

    def _holds_credential(self) -> bool:
        """Tell whether there is anything to ask GoHighLevel with."""
        self.ensure_one()
        return self.has_token

    def action_view_locations(self):
        """Open the locations that this connection reads."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "ghl_contact_sync.ghl_location_action"
        )
        return {
            **action,
            "domain": [("connection_id", "in", self.ids)],
            "context": {"default_connection_id": self[:1].id},
        }
