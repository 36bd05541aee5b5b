"""The base of tags, custom fields and users: small lists of a location, by GHL id."""

from odoo import fields, models

from ..foreign_field import ForeignChar


class GhlReferenceMixin(models.AbstractModel):
    _name = "ghl.reference.mixin"
    _description = "GoHighLevel Reference List"
    _order = "name, id"

    name = ForeignChar(required=True, readonly=True)
    active = fields.Boolean(default=True)
    location_id = fields.Many2one(
        "ghl.location", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="location_id.company_id", store=True, index=True
    )
