"""A preview of linking a location, for a look before it is switched on."""

from typing import Self

from odoo import fields, models

from ...engine.partner.preview import preview
from .ghl_partner_link import DOUBTS, LINK_RULES


class GhlPartnerPreview(models.TransientModel):
    _name = "ghl.partner.preview"
    _description = "Preview of Links"

    location_id = fields.Many2one("ghl.location", required=True, readonly=True)
    total = fields.Integer(string="Contacts", readonly=True)
    looked_at = fields.Integer(readonly=True)
    link_count = fields.Integer(string="To Link", readonly=True)
    create_count = fields.Integer(string="To Create", readonly=True)
    ask_count = fields.Integer(string="To Review", readonly=True)
    leave_count = fields.Integer(string="To Leave Alone", readonly=True)
    settled_count = fields.Integer(string="Linked or Decided Already", readonly=True)
    seconds = fields.Float(readonly=True)
    cost = fields.Char(readonly=True)
    samples = fields.Json(readonly=True)

    def _make(self, location) -> Self:
        """Return the preview of a location; nothing but itself is written."""
        result = preview(location.sudo())
        return self.create(
            {
                "location_id": location.id,
                "total": result.total,
                "looked_at": result.looked_at,
                "link_count": result.link,
                "create_count": result.create,
                "ask_count": result.ask,
                "leave_count": result.leave,
                "settled_count": result.settled,
                "seconds": result.seconds,
                "cost": self._describe_cost(result),
                "samples": self._describe_samples(result.samples),
            }
        )

    def _describe_cost(self, result) -> str:
        if result.looked_at < result.total:
            return self.env._(
                "The first %(some)s of %(all)s contacts were looked at. Linking asks "
                "nothing of GoHighLevel.",
                some=result.looked_at,
                all=result.total,
            )
        return self.env._(
            "Looking took %(seconds).1f s. Linking asks nothing of GoHighLevel; it "
            "makes %(count)s Odoo contacts.",
            seconds=result.seconds,
            count=result.create,
        )

    def _describe_samples(self, samples: dict) -> dict[str, str]:
        """Return {heading with a number: example in words}."""
        words = {**dict(LINK_RULES), **dict(DOUBTS)}
        headings = {
            "link": self.env._("Link"),
            "create": self.env._("Create"),
            "ask": self.env._("Review"),
            "leave": self.env._("Leave"),
        }
        described = {}
        for what, some in samples.items():
            for number, (name, partner_id, why) in enumerate(some, 1):
                partner = self.env["res.partner"].browse(partner_id or [])
                text = f"{name} → {partner.display_name}" if partner else name
                key = f"{headings[what]} {number}"
                described[key] = f"{text} ({words.get(why, why)})"
        return described

    def action_switch_on(self) -> dict:
        """Begin to link the location that was looked at (dialog button)."""
        self.ensure_one()
        self.location_id.check_access("write")
        self.location_id.partner_link_enabled = True
        return {"type": "ir.actions.act_window_close"}
