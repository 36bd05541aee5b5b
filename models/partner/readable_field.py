"""References to Odoo contacts that show nobody more than they may read anyway."""

from typing import Any

from odoo import fields


class ReadableMany2one(fields.Many2one):
    """A reference that is told as empty to whoever may not read what it refers to.

    Odoo shows the name of a record that is referred to with the rights of a superuser:
    a link would let everybody see whom it leads to.
    """

    def convert_to_read(self, value, record, use_display_name=True) -> Any:
        """Return the reference as the web client and other programs read it."""
        if value and not record.env.su:
            value = value.with_env(record.env)._filtered_access("read")
        return super().convert_to_read(value, record, use_display_name)
