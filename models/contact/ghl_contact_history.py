"""From a contact to its changes."""

from odoo import models

from ...engine.feed.feed import note_removed
from ..client_action import open_list


class GhlContact(models.Model):
    _inherit = "ghl.contact"

    def action_view_changes(self) -> dict:
        """List who changed the contact when, and what was refused (form button)."""
        self.ensure_one()
        domain = [
            ("location_id", "=", self.location_id.id),
            ("ghl_id", "=", self.ghl_id),
        ]
        return open_list(self.env, "ghl_contact_change_action", domain)

    def _note_removed(self) -> None:
        """Note in the change feed that a person removes these contacts for good."""
        if not self.env.su:
            note_removed(self)
