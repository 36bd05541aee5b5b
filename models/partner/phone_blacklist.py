"""Blacklisted phone numbers: whose word an entry is."""

from typing import Any

from odoo import api, models

from ...engine.partner.consent import disown
from ...tools.partner.consent import PHONE


class PhoneBlacklist(models.Model):
    _inherit = "phone.blacklist"

    @api.model_create_multi
    def create(self, vals_list: list[dict[str, Any]]) -> Any:
        """Leave entries that are added once more to whoever adds them."""
        rows = super().create(vals_list)
        disown(self, PHONE, rows.mapped("number"))
        return rows

    def write(self, vals: dict[str, Any]) -> bool:
        """Leave entries that somebody opens, closes or renames to them."""
        if "active" in vals or "number" in vals:
            disown(self, PHONE, self.mapped("number"))
        return super().write(vals)

    def unlink(self) -> bool:
        """Leave deleted entries to whoever deletes them."""
        disown(self, PHONE, self.mapped("number"))
        return super().unlink()
