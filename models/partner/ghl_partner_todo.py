"""Contacts that the job of links has to look at: the queue between mirror and Odoo."""

from odoo import fields, models
from odoo.tools import SQL


class GhlPartnerTodo(models.Model):
    """Filled by the merge with what it wrote, emptied by the job with its commits."""

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

    _contact_uniq = models.Constraint(
        "UNIQUE(contact_id)", "A contact waits in the queue once."
    )
    _location_idx = models.Index("(location_id, id)")

    def _add(self, location, contact_ids: list[int]) -> None:
        """Queue contacts of a location; those that wait already keep their place."""
        if not contact_ids:
            return
        self.env.cr.execute(
            SQL(
                "INSERT INTO ghl_partner_todo (location_id, contact_id)"
                " SELECT %s, unnest(%s) ON CONFLICT DO NOTHING",
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
                ON CONFLICT DO NOTHING
                """,
                location.id,
            )
        )
        self.invalidate_model()
        return self.env.cr.rowcount
