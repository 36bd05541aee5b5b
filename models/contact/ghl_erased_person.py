"""Persons who were erased: nothing is known of them but that they stay out."""

from odoo import fields, models


class GhlErasedPerson(models.Model):
    """A keyed hash of a contact's id, and the dates that GoHighLevel files it under.

    Rows are never deleted, not even with their location: the person would come back
    with the next sync.
    """

    _name = "ghl.erased.person"
    _description = "Erased Person"
    _order = "id desc"
    _rec_name = "create_date"

    location_id = fields.Many2one(
        "ghl.location",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="Empty while the location is not connected any more.",
    )
    location_ghl_id = fields.Char(
        string="Location ID",
        readonly=True,
        index=True,
        help="By it, a location that is connected again knows whom to leave out.",
    )
    company_id = fields.Many2one(
        related="location_id.company_id", store=True, index=True
    )
    person_hash = fields.Char(required=True, readonly=True)
    listed = fields.Boolean(
        string="Still at GoHighLevel",
        readonly=True,
        help="GoHighLevel listed the contact when it was last read.",
    )
    met = fields.Boolean(readonly=True, help="Met by the last proof.")
    closed = fields.Json(
        readonly=True,
        help="Hashes of what stays on a blacklist while an Odoo contact has it.",
    )
    # Counted in the same windows as contacts.
    date_added_ms = fields.Float(readonly=True)
    date_updated_ms = fields.Float(readonly=True)

    _hash_uniq = models.Constraint(
        "UNIQUE(location_id, person_hash)", "A person is erased once."
    )
