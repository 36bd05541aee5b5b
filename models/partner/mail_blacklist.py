"""Blacklisted e-mail addresses: whose word an entry is."""

from typing import Any

from odoo import api, models, tools

from ...engine.partner.consent import disown
from ...tools.partner.consent import EMAIL


class MailBlacklist(models.Model):
    _inherit = "mail.blacklist"

    @api.model_create_multi
    def create(self, vals_list: list[dict[str, Any]]) -> Any:
        """Leave entries that are added once more to whoever adds them."""
        rows = super().create(vals_list)
        disown(self, EMAIL, rows.mapped("email"))
        return rows

    def write(self, vals: dict[str, Any]) -> bool:
        """Leave entries that somebody opens, closes or renames to them."""
        if "active" in vals or "email" in vals:
            disown(self, EMAIL, self.mapped("email"))
        return super().write(vals)

    def _add(self, email: str, message: Any = None) -> Any:
        """Leave an entry to whoever closes it, also where it was closed already."""
        disown(self, EMAIL, [tools.email_normalize(email)])
        return super()._add(email, message=message)

    def unlink(self) -> bool:
        """Leave deleted entries to whoever deletes them."""
        disown(self, EMAIL, self.mapped("email"))
        return super().unlink()
