"""The one state of a location, for the backend's views and their buttons."""

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ...engine.status import show
from ...tools.actions import ACTIONS, describe

TONES = [
    ("success", "Good"),
    ("info", "Under Way"),
    ("warning", "Needs Attention"),
    ("danger", "Trouble"),
    ("neutral", "Idle"),
]


class GhlLocation(models.Model):
    _inherit = "ghl.location"

    status = fields.Json(
        compute="_compute_status", help="What the page shows: words and ways out."
    )
    status_tone = fields.Selection(TONES, compute="_compute_status")
    status_label = fields.Char(string="State", compute="_compute_status")
    status_title = fields.Char(string="What It Means", compute="_compute_status")
    status_progress = fields.Float(
        string="Progress", compute="_compute_status", help="Per cent."
    )
    has_progress = fields.Boolean(compute="_compute_status")

    @api.depends(
        *("active", "auto_sync", "contact_count", "ghl_total", "ghl_total_at"),
        *("proof_state", "last_full_at", "run_ids.state", "run_ids.contacts_seen"),
        *("connection_id.state", "connection_id.active", "trouble_code"),
    )
    @api.depends_context("uid", "lang", "tz")
    def _compute_status(self):
        stored = self.filtered(lambda location: isinstance(location.id, int))
        states = show.to_api(stored)
        for location in self:
            status = states.get(location.id)
            location.status = status or False
            location.status_tone = status and status["tone"]
            location.status_label = status and status["label"]
            location.status_title = status and status["title"]
            progress = status and status["progress"]
            location.has_progress = progress is not None and bool(status)
            location.status_progress = progress or 0.0

    def action_switch_on(self):
        """Read these locations by schedule again (button beside the state)."""
        self.check_access("write")
        self.write({"auto_sync": True})
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def take_status_action(self, code: str):
        """Do what a button beside the state says; return what the client does next.

        :param code: a key of `tools.actions.ACTIONS`
        :raise AccessError: whom to ask instead
        """
        self.ensure_one()
        self.check_access("read")
        return self._take_action(code, show.states_of(self)[self.id].run_id)

    def _take_action(self, code: str, run_id: int | None):
        target = show.make_target(self, run_id)
        viewer = show.make_viewer(self.env, self.company_id)
        action = describe(code, target, viewer) if code in ACTIONS else None
        if not action:
            return False
        if not action["allowed"]:
            raise AccessError(action["ask"])
        orders = {
            "sync_full": self.action_sync_all,
            "sync_delta": self.action_sync_delta,
            "verify": self.action_verify,
            "cancel": self.action_cancel_sync,
            "try_now": self.action_try_now,
            "switch_on": self.action_switch_on,
            "review_deletions": self.action_review_deletions,
            "test_connection": self.connection_id.action_test_connection,
            "reconnect": self.connection_id.action_connect,
            "confirm_move": self.connection_id.action_confirm_move,
        }
        if code in orders:
            return orders[code]()
        return {"type": "ir.actions.act_url", "url": action["url"], "target": "self"}
