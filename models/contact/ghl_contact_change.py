from odoo import api, fields, models

from ... import const
from ...engine.feed.history import describe, field_labels, origin_text
from ..foreign_field import ForeignChar
from .ghl_integrity import Many2oneBySets


class GhlContactChange(models.Model):
    """An event in the life of a mirrored contact, and its cause; written by SQL only.

    It names the contact by GoHighLevel's id, so that it outlives the contact.
    """

    _name = "ghl.contact.change"
    _description = "GoHighLevel Contact Change"
    _order = "id desc"
    _rec_name = "ghl_id"
    # Written by the statement that changes the contact.
    _log_access = False

    location_id = Many2oneBySets(
        "ghl.location", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="location_id.company_id")
    ghl_id = fields.Char(
        string="GoHighLevel ID",
        readonly=True,
        help="Empty when a record was refused that has none.",
    )
    contact_id = fields.Many2one("ghl.contact", compute="_compute_contact_id")
    action = fields.Selection(const.CHANGE_ACTIONS, required=True, readonly=True)
    changes = fields.Json(readonly=True, help="{field: [before, after]}")
    reason = ForeignChar(readonly=True)
    payload = fields.Text(
        string="What Was Sent", readonly=True, help="Of a record that was refused."
    )
    origin = fields.Selection(
        const.CHANGE_ORIGINS, string="Changed By", required=True, readonly=True
    )
    run_id = Many2oneBySets("ghl.sync.run", readonly=True, ondelete="set null")
    user_id = fields.Many2one("res.users", string="Person", readonly=True)
    event_id = fields.Integer(string="Webhook Event", readonly=True)
    changed_at = fields.Datetime(required=True, readonly=True)
    description = fields.Text(compute="_compute_description")
    origin_text = fields.Char(string="Why", compute="_compute_origin_text")

    _contact_idx = models.Index("(location_id, ghl_id, id DESC)")
    _location_idx = models.Index("(location_id, id DESC)")
    _run_idx = models.Index("(run_id, id DESC) WHERE run_id IS NOT NULL")
    _age_idx = models.Index("(changed_at)")

    @api.depends("location_id", "ghl_id")
    def _compute_contact_id(self) -> None:
        for location, changes in self.grouped("location_id").items():
            contacts = (
                self.env["ghl.contact"]
                .with_context(active_test=False)
                .search(
                    [
                        ("location_id", "=", location.id),
                        ("ghl_id", "in", changes.mapped("ghl_id")),
                    ]
                )
            )
            by_id = {contact.ghl_id: contact for contact in contacts}
            for change in changes:
                change.contact_id = by_id.get(change.ghl_id)

    @api.depends("changes")
    def _compute_description(self) -> None:
        labels = field_labels(self)
        for change in self:
            change.description = describe(change, labels)

    @api.depends("origin", "run_id", "user_id", "event_id")
    def _compute_origin_text(self) -> None:
        for change in self:
            change.origin_text = origin_text(change)
