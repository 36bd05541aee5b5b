"""What the backend's views show of a location's sync, in one place and in words."""

from odoo import api, fields, models

from ... import const


class GhlLocation(models.Model):
    _inherit = "ghl.location"

    connection_state = fields.Selection(related="connection_id.state")
    connection_message = fields.Char(related="connection_id.state_message")
    is_syncing = fields.Boolean(compute="_compute_sync_display")
    sync_state = fields.Selection(
        const.RUN_STATES,
        string="Sync",
        compute="_compute_sync_display",
        help="Of the sync that runs now, or else of the last one.",
    )
    sync_kind = fields.Selection(const.RUN_KINDS, compute="_compute_sync_display")
    sync_phase = fields.Selection(const.RUN_PHASES, compute="_compute_sync_display")
    sync_percent = fields.Float(string="Progress", compute="_compute_sync_display")
    sync_seen = fields.Integer(string="Read", compute="_compute_sync_display")
    sync_expected = fields.Integer(compute="_compute_sync_display")
    sync_message = fields.Char(
        compute="_compute_sync_display",
        help="What the sync waits for, or why the last one failed.",
    )
    run_count = fields.Integer(string="Runs", compute="_compute_run_count")

    @api.depends("run_ids.state", "run_ids.contacts_seen", "run_ids.error")
    def _compute_sync_display(self):
        for location in self:
            run = location.active_run_id or location.last_run_id
            location.is_syncing = bool(location.active_run_id)
            location.sync_state = run.state
            location.sync_kind = run.kind
            location.sync_phase = run.phase
            location.sync_percent = run.percent
            location.sync_seen = run.contacts_seen
            location.sync_expected = run.contacts_expected
            location.sync_message = run.state_message

    @api.depends("run_ids")
    def _compute_run_count(self):
        counts = dict(
            self.env["ghl.sync.run"]._read_group(
                [("location_id", "in", self.ids)], ["location_id"], ["__count"]
            )
        )
        for location in self:
            location.run_count = counts.get(location, 0)
