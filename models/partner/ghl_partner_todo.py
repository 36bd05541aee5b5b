"""Contacts that the job of links has to look at: the queue between mirror and Odoo."""

from odoo import fields, models
from odoo.tools import SQL


class GhlPartnerTodo(models.Model):
    """Filled by the merge with what it wrote, emptied by the job with its commits.

    A contact may wait several times. Were there one row each, a merge that finds it
    would leave it to a job that cannot see yet what was merged, and that takes it away.
    """

    _name = "ghl.partner.todo"
    _description = "Contact to Look At"
    _log_access = False
    _order = "id"

    location_id = fields.Many2one(
        "ghl.location", required=True, readonly=True, ondelete="cascade"
    )
    contact_id = fields.Many2one(
        "ghl.contact", required=True, readonly=True, ondelete="cascade"
    )

    _contact_idx = models.Index("(contact_id)")
    _location_idx = models.Index("(location_id, id)")

    def _add(self, location, contact_ids: list[int]) -> None:
        """Queue contacts of a location."""
        if not contact_ids:
            return
        self.env.cr.execute(
            SQL(
                "INSERT INTO ghl_partner_todo (location_id, contact_id)"
                " SELECT %s, unnest(%s)",
                location.id,
                list(contact_ids),
            )
        )
        self.invalidate_model()

    def _add_all(self, location) -> int:
        """Queue every live contact of a location; return how many were added."""
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO ghl_partner_todo (location_id, contact_id)
                SELECT location_id, id FROM ghl_contact
                 WHERE location_id = %s AND active IS TRUE
                 ORDER BY id
                """,
                location.id,
            )
        )
        self.invalidate_model()
        return self.env.cr.rowcount
