"""Addresses and numbers that a GoHighLevel contact has closed."""

from odoo import fields, models


class GhlConsentEntry(models.Model):
    """One row per link and value; `made` when the blacklist's entry came from us.

    An entry that was there before is never taken away: it is somebody else's word.
    """

    _name = "ghl.consent.entry"
    _description = "Consent from GoHighLevel"
    _order = "id desc"
    _rec_name = "value"

    link_id = fields.Many2one(
        "ghl.partner.link",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="link_id.company_id")
    channel = fields.Selection(
        [("email", "E-mail"), ("phone", "Phone")], required=True, readonly=True
    )
    value = fields.Char(required=True, readonly=True)
    made = fields.Boolean(
        string="Blacklisted by This", readonly=True, help="The entry came from here."
    )

    _value_uniq = models.Constraint(
        "UNIQUE(link_id, channel, value)", "A link closes a value once."
    )
    _value_idx = models.Index("(channel, value)")
