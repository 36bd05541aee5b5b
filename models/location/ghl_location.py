"""One GoHighLevel sub-account: its identity, its figures and its own cron."""

from typing import Self

from odoo import api, fields, models

from ...engine.alarm.alarms import note_unlinked
from ...engine.alarm.reminders import update_reminders
from ...engine.content.pace import AUDIT_RULES
from ...engine.content.pace import refresh as refresh_audit
from ...engine.crons.location_cron import ensure_crons
from ...engine.location.figures import coverage_of, follow_count
from ...engine.location.guards import check_ghl_id, check_move, check_not_syncing
from ...engine.location.stopping import end_stopped_runs
from ...engine.partner.queue import enable_links
from ...engine.privacy.left_out import keep_out_again
from ...engine.schedule.due import RULES, follow_rules, store_plan
from ...engine.transaction import lock_rows
from ..foreign_field import ForeignChar

# Columns that nobody should read in a log.
PERSONAL = {"email", "phone", "address"}


class GhlLocation(models.Model):
    _name = "ghl.location"
    _description = "GoHighLevel Location"
    _inherit = ["ghl.guarded.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "name, id"

    name = ForeignChar(required=True)
    ghl_id = fields.Char(
        string="Location ID",
        required=True,
        copy=False,
        help="Settings › Business Profile in the GoHighLevel sub-account.",
    )
    active = fields.Boolean(default=True)
    connection_id = fields.Many2one(
        "ghl.connection", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        related="connection_id.company_id", store=True, index=True
    )
    cron_id = fields.Many2one(
        "ir.cron",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups="base.group_system",
    )

    # The sub-account, as the vendor tells of it
    ghl_name = ForeignChar(
        string="Name at GoHighLevel",
        readonly=True,
        copy=False,
        help="The location's own name follows it, unless somebody gave it another one.",
    )
    timezone = ForeignChar(readonly=True)
    address1 = ForeignChar(string="Street", readonly=True)
    city = ForeignChar(readonly=True)
    state = ForeignChar(string="State / Province", readonly=True)
    country = ForeignChar(readonly=True)
    email = ForeignChar(readonly=True)
    phone = ForeignChar(readonly=True)
    website = ForeignChar(readonly=True)

    # Figures of the mirror, kept by the sync
    ghl_total = fields.Integer(
        string="GoHighLevel Total", readonly=True, copy=False, help="As last told."
    )
    ghl_total_at = fields.Datetime(
        readonly=True, copy=False, help="When GoHighLevel told its total; empty: never."
    )
    contact_count = fields.Integer(string="Mirrored", readonly=True, copy=False)
    erased_count = fields.Integer(
        string="Erased Persons",
        readonly=True,
        copy=False,
        help="Persons who were erased here, and whom syncs leave out.",
    )
    mirror_changed_at = fields.Datetime(
        readonly=True,
        copy=False,
        help="When the number of mirrored contacts last changed.",
    )
    contents_at = fields.Datetime(
        string="Contents Read Since",
        readonly=True,
        copy=False,
        help="Since when the contents of every contact were read, and not only "
        "counted: the oldest read of any contact.",
    )
    coverage = fields.Float(compute="_compute_coverage", help="Per cent of the total.")
    watermark_ms = fields.Float(
        readonly=True, copy=False, help="Largest dateUpdated mirrored, epoch ms."
    )
    last_sync_at = fields.Datetime(
        string="Last Sync", readonly=True, copy=False, help="End of the last good run."
    )
    last_delta_at = fields.Datetime(readonly=True, copy=False)
    last_verify_at = fields.Datetime(readonly=True, copy=False)
    last_full_at = fields.Datetime(readonly=True, copy=False)
    proven_complete_at = fields.Datetime(
        readonly=True,
        copy=False,
        help="When the counts of both sides were last equal, window by window.",
    )
    proof_state = fields.Selection(
        [("unknown", "Unknown"), ("proven", "Proven"), ("not_proven", "Not Proven")],
        default="unknown",
        readonly=True,
        copy=False,
    )
    proof_message = ForeignChar(readonly=True, copy=False)
    known_gap = fields.Integer(
        readonly=True,
        copy=False,
        help="GoHighLevel's total less the mirror's count, as the last proof left it.",
    )
    rate_snapshot = fields.Json(
        readonly=True, copy=False, help="What was learnt of the rate limits."
    )

    run_ids = fields.One2many("ghl.sync.run", "location_id")
    active_run_id = fields.Many2one("ghl.sync.run", compute="_compute_run_ids")
    last_run_id = fields.Many2one("ghl.sync.run", compute="_compute_run_ids")

    _ghl_id_uniq = models.Constraint(
        "UNIQUE(ghl_id)", "This GoHighLevel location is connected already."
    )

    # === COMPUTE METHODS === #

    @api.depends("contact_count", "ghl_total", "ghl_total_at")
    def _compute_coverage(self) -> None:
        for location in self:
            location.coverage = coverage_of(location) or 0.0

    @api.depends("run_ids.state")
    def _compute_run_ids(self) -> None:
        Run = self.env["ghl.sync.run"].sudo()
        for location in self:
            runs = Run.search([("location_id", "in", location.ids)], limit=1)
            location.last_run_id = runs
            location.active_run_id = runs if runs._is_active() else Run
            if runs and not runs._is_active():
                location.active_run_id = Run._get_active(location)

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list) -> Self:
        """Give each location the scheduled action that syncs it."""
        for vals in vals_list:
            if vals.get("ghl_id"):
                vals["ghl_id"] = vals["ghl_id"].strip()
        locations = super().create(vals_list)
        ensure_crons(locations)
        keep_out_again(locations)
        for location in locations:
            store_plan(location)
        return locations

    def write(self, vals) -> bool:
        """Write, after what may not be done is refused, and do what follows from it."""
        vals = self._checked(vals)
        if "contact_count" in vals and len(self) == 1:
            vals = {**follow_count(self, vals["contact_count"]), **vals}
        if PERSONAL & vals.keys():
            self.check_access("write")
            lock_rows(self)
        result = super().write(vals)
        if vals.get("active") is False:
            end_stopped_runs(self)
        if vals.keys() & {"auto_sync", *AUDIT_RULES}:
            for location in self:
                refresh_audit(location)
        if vals.keys() & {"active", *RULES, *AUDIT_RULES}:
            follow_rules(self)
        if vals.get("partner_link_enabled"):
            enable_links(self)
        return result

    def _checked(self, vals: dict) -> dict:
        """Return values that may be written.

        :raise UserError: they would give the contacts to somebody else
        """
        if "ghl_id" in vals:
            vals = {**vals, "ghl_id": (vals["ghl_id"] or "").strip()}
            check_ghl_id(self, vals["ghl_id"])
        if "connection_id" in vals:
            connection = self.env["ghl.connection"].browse(vals["connection_id"])
            check_move(self, connection)
        return vals

    def unlink(self) -> bool:
        """Take along the scheduled actions of these locations."""
        crons = self.sudo().cron_id
        check_not_syncing(self, crons)
        actions = crons.ir_actions_server_id
        self.check_access("unlink")
        connections = note_unlinked(self.sudo())
        result = super().unlink()
        for connection in connections:
            update_reminders(connection)
        crons.unlink()
        actions.exists().unlink()
        return result

    # === BUSINESS METHODS === #

    def _trigger_cron(self, at=None) -> None:
        """Wake the location's cron now, or at a moment (UTC) to come."""
        self.ensure_one()
        ensure_crons(self)
        self.sudo().cron_id._trigger(at)

    def _get_custom_field_names(self) -> dict[int, dict[str, str]]:
        """Return {location id: {custom field's GHL id: name}}."""
        names: dict[int, dict[str, str]] = {location.id: {} for location in self}
        # Values of a field that is gone upstream keep their name.
        definitions = self.env["ghl.custom.field"].with_context(active_test=False)
        rows = definitions.search_fetch(
            [("location_id", "in", self.ids)], ["location_id", "ghl_id", "name"]
        )
        for row in rows:
            names[row.location_id.id][row.ghl_id] = row.name
        return names
