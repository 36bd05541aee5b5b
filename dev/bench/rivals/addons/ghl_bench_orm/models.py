from odoo import fields, models


class BenchContact(models.Model):
    """A contact as a connector would model it: plain columns, one unique key."""

    _name = "bench.contact"
    _description = "Benchmark Contact"

    location = fields.Char(required=True)
    ghl_id = fields.Char(required=True)
    name = fields.Char()
    first_name = fields.Char()
    last_name = fields.Char()
    email = fields.Char()
    phone = fields.Char()
    company_name = fields.Char()
    address1 = fields.Char()
    city = fields.Char()
    state = fields.Char()
    country = fields.Char()
    postal_code = fields.Char()
    website = fields.Char()
    timezone = fields.Char()
    source = fields.Char()
    type = fields.Char()
    assigned_to = fields.Char()
    dnd = fields.Boolean()
    date_added = fields.Datetime()
    date_updated = fields.Datetime()
    tags = fields.Json()
    custom_fields = fields.Json()

    _key_uniq = models.Constraint("UNIQUE(location, ghl_id)", "One row per contact.")
