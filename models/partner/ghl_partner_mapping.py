"""The rules by which fields of GoHighLevel fill fields of an Odoo contact."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools.partner.policy import FILL

POLICIES = [
    ("leads", "GoHighLevel Leads"),
    ("fill", "Fill When Empty"),
    ("first", "First Time Only"),
    ("never", "Never"),
]
SOURCES = [
    ("name", "Name"),
    ("email", "E-mail"),
    ("phone", "Phone"),
    ("company_name", "Company"),
    ("address1", "Street"),
    ("city", "City"),
    ("state", "State / Province"),
    ("postal_code", "Postal Code"),
    ("country", "Country"),
    ("website", "Website"),
    ("timezone", "Time Zone"),
    ("date_of_birth", "Date of Birth"),
    ("source", "Source"),
    ("utm_source", "Attribution: Source"),
    ("utm_medium", "Attribution: Medium"),
    ("utm_campaign", "Attribution: Campaign"),
    ("type", "Type"),
    ("owner", "Owner"),
    ("tags", "Tags"),
    ("custom", "Custom Field"),
]
# Types that a value of the vendor's can be converted to; records are found by name.
FILLABLE = (
    *("char", "text", "html", "integer", "float", "monetary", "boolean"),
    *("date", "datetime", "selection", "many2one"),
)
# Sources that fill a relation, which is worked out and not converted.
RELATIONS = {
    "company_name": "parent_id",
    "state": "state_id",
    "country": "country_id",
    "owner": "user_id",
    "tags": "category_id",
}
# Fields that nothing foreign may fill.
PROTECTED = frozenset(
    "id active company_id user_ids create_uid write_uid create_date write_date"
    " commercial_partner_id is_company partner_share signup_type".split()
)


class GhlPartnerMapping(models.Model):
    """Rows without a location are the template that a new location is given."""

    _name = "ghl.partner.mapping"
    _description = "Mapping onto Odoo Contacts"
    _order = "sequence, id"

    location_id = fields.Many2one("ghl.location", index=True, ondelete="cascade")
    company_id = fields.Many2one(related="location_id.company_id")
    sequence = fields.Integer(default=10)
    source = fields.Selection(SOURCES, string="GoHighLevel Field", required=True)
    custom_field_id = fields.Many2one(
        "ghl.custom.field",
        domain="[('location_id', '=', location_id)]",
        ondelete="cascade",
    )
    field_id = fields.Many2one(
        "ir.model.fields",
        string="Odoo Field",
        required=True,
        ondelete="cascade",
        domain=[("model", "=", "res.partner"), ("readonly", "=", False)],
    )
    field_name = fields.Char(related="field_id.name")
    policy = fields.Selection(POLICIES, required=True, default=FILL)

    _target_uniq = models.UniqueIndex(
        "(COALESCE(location_id, 0), field_id)", "An Odoo field is filled by one field."
    )

    @api.constrains("source", "custom_field_id", "field_id")
    def _check_target(self) -> None:
        for row in self:
            row._check_source()
            field = row.field_id.sudo()
            wanted = RELATIONS.get(row.source)
            if field.model != "res.partner" or field.name in PROTECTED:
                raise ValidationError(
                    self.env._("“%s” cannot be filled.", field.field_description)
                )
            if wanted and field.name != wanted:
                raise ValidationError(
                    self.env._(
                        "“%(source)s” fills the field “%(field)s” and no other.",
                        source=dict(SOURCES)[row.source],
                        field=wanted,
                    )
                )
            if not wanted and field.ttype not in FILLABLE:
                raise ValidationError(
                    self.env._(
                        "“%(field)s” is of a type (%(type)s) that cannot be filled.",
                        field=field.field_description,
                        type=field.ttype,
                    )
                )

    def _check_source(self) -> None:
        self.ensure_one()
        if (self.source == "custom") != bool(self.custom_field_id):
            raise ValidationError(
                self.env._("A custom field is named where one is the source.")
            )
        field = self.custom_field_id
        if field and field.location_id != self.location_id:
            raise ValidationError(
                self.env._("The custom field belongs to another location.")
            )

    @api.model
    def _copy_template(self, location) -> None:
        """Give a location the rows of the template, as its own to change."""
        for row in self.sudo().search([("location_id", "=", False)]):
            row.copy({"location_id": location.id})
