"""The one state of a location, its sync and its trouble, for the backend's views."""

from odoo import api, fields, models

from ... import const
from ...engine.plan.words import describe_plan
from ...engine.schedule.show import shown_next
from ...engine.state import show
from ...engine.state.act import take_action
from ...engine.state.rates import describe_rates
from ...tools.schedule.reasons import REASONS
from ..foreign_field import ForeignChar

TONES = [
    ("success", "Good"),
    ("info", "Under Way"),
    ("warning", "Needs Attention"),
    ("danger", "Trouble"),
    ("neutral", "Idle"),
]


class GhlLocation(models.Model):
    _inherit = "ghl.location"

    connection_state = fields.Selection(
        string="State of the Connection", related="connection_id.state"
    )
    connection_message = fields.Char(related="connection_id.state_message")

    # The one state, as the page shows it
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

    # The sync that runs now, or else the last one
    is_syncing = fields.Boolean(compute="_compute_sync_display")
    sync_state = fields.Selection(
        const.RUN_STATES,
        string="Sync",
        compute="_compute_sync_display",
        help="Of the sync that runs now, or else of the last one.",
    )
    sync_kind = fields.Selection(const.RUN_KINDS, compute="_compute_sync_display")
    sync_phase = fields.Selection(const.RUN_PHASES, compute="_compute_sync_display")
    sync_percent = fields.Float(
        string="Progress of the Sync", compute="_compute_sync_display"
    )
    sync_seen = fields.Integer(string="Read", compute="_compute_sync_display")
    sync_expected = fields.Integer(compute="_compute_sync_display")
    sync_message = fields.Char(
        compute="_compute_sync_display",
        help="What the sync waits for, or why the last one failed.",
    )
    run_count = fields.Integer(string="Runs", compute="_compute_run_count")

    # Trouble of this location alone, while its connection serves others
    refused_at = fields.Datetime(
        readonly=True,
        copy=False,
        help="Since when its token is refused; in passing, at first.",
    )
    trouble_code = ForeignChar(
        readonly=True,
        copy=False,
        help="Why GoHighLevel refuses this location to its connection; a slug of "
        "tools/troubles.py, empty while it answers.",
    )
    trouble_message = ForeignChar(readonly=True, copy=False)
    trouble_at = fields.Datetime(
        readonly=True, copy=False, help="Since when the location is refused."
    )
    probe_at = fields.Datetime(
        readonly=True,
        copy=False,
        help="When the next single request tries whether the trouble has passed.",
    )
    probe_count = fields.Integer(readonly=True, copy=False)
    next_sync_text = fields.Char(
        string="Next Sync and Why",
        compute="_compute_next_sync_text",
        help="When the schedule reads this location next, and why then.",
    )
    rate_text = fields.Char(
        string="Rate Limits",
        compute="_compute_rate_text",
        help="How many requests GoHighLevel allows, and how many are left.",
    )

    plan_text = fields.Char(
        string="What Syncs Would Cost",
        compute="_compute_plan_text",
        help="Requests, time and share of today's quota, estimated from former runs.",
    )

    @api.depends(
        *("active", "auto_sync", "contact_count", "ghl_total", "ghl_total_at"),
        *("proof_state", "last_full_at", "run_ids.state", "run_ids.contacts_seen"),
        *("connection_id.state", "connection_id.active", "trouble_code"),
    )
    @api.depends_context("uid", "lang", "tz")
    def _compute_status(self) -> None:
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

    @api.depends("run_ids.state", "run_ids.contacts_seen", "run_ids.error")
    def _compute_sync_display(self) -> None:
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
    def _compute_run_count(self) -> None:
        counts = dict(
            self.env["ghl.sync.run"]._read_group(
                [("location_id", "in", self.ids)], ["location_id"], ["__count"]
            )
        )
        for location in self:
            location.run_count = counts.get(location, 0)

    @api.depends("next_sync_at", "next_sync_reason", "auto_sync", "run_ids.state")
    @api.depends_context("uid", "lang", "tz")
    def _compute_next_sync_text(self) -> None:
        voice = show.make_voice(self.env)
        for location in self:
            due = shown_next(location, location.active_run_id)
            words = voice.say(REASONS[due.reason]) if due else False
            if due and due.at:
                words = f"{voice.timestamp(due.at)}: {words}"
            location.next_sync_text = words

    @api.depends("rate_snapshot")
    @api.depends_context("uid", "lang", "tz")
    def _compute_rate_text(self) -> None:
        for location in self:
            location.rate_text = describe_rates(location) or False

    @api.depends("rate_snapshot", "contact_count", "ghl_total", "run_ids.state")
    @api.depends_context("uid", "lang", "tz")
    def _compute_plan_text(self) -> None:
        for location in self:
            location.plan_text = bool(location.id) and describe_plan(location)

    def take_status_action(self, code: str) -> dict | bool:
        """Do what a button beside the state says; return what the client does next.

        :param code: a key of `tools.actions.ACTIONS`
        :raise AccessError: whom to ask instead
        """
        self.ensure_one()
        self.check_access("read")
        return take_action(self, code, show.states_of(self)[self.id].run_id)
