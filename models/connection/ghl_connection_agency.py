"""An agency's install: which locations it covers, and the daily comparison."""

from odoo import api, fields, models

from ...engine.connection.check import check_may_ask
from ...engine.crons.cron_job import cron_job


class GhlConnection(models.Model):
    _inherit = "ghl.connection"

    add_locations = fields.Boolean(
        string="Add New Locations by Themselves",
        default=True,
        help="A location on which the app is installed later is mirrored without "
        "anybody asking. Else it is added as archived, to be picked.",
    )
    reconciled_at = fields.Datetime(
        string="Locations Compared", readonly=True, copy=False
    )
    unpicked_count = fields.Integer(compute="_compute_unpicked_count")

    @api.depends("location_ids")
    def _compute_unpicked_count(self) -> None:
        counts = dict(
            self.env["ghl.location"]
            .with_context(active_test=False)
            ._read_group(
                [
                    ("connection_id", "in", self.ids),
                    ("active", "=", False),
                    ("is_installed", "=", True),
                ],
                ["connection_id"],
                ["__count"],
            )
        )
        for connection in self:
            connection.unpicked_count = counts.get(connection, 0)

    # === ACTIONS === #

    def action_refresh_locations(self) -> dict:
        """Have GoHighLevel asked where the app is installed (form button)."""
        self.ensure_one()
        self.check_access("write")
        check_may_ask(self)
        self._order_task("reconcile")
        return self._task_ordered()

    def action_pick_locations(self) -> dict:
        """Open the list in which the locations to be mirrored are switched on."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Pick Locations"),
            "res_model": "ghl.location",
            "views": [
                [
                    self.env.ref("ghl_contact_sync.ghl_location_view_list_pick").id,
                    "list",
                ]
            ],
            "domain": [("connection_id", "=", self.id)],
            "context": {"active_test": False, "create": False},
        }

    @api.model
    @cron_job
    def _cron_reconcile(self) -> None:
        """Order that the locations of every agency install are compared, once a day.

        Each is a task of its own: whatever is wrong with one is not that of the others.
        """
        agencies = self.search(
            [("auth_kind", "=", "oauth"), ("user_type", "=", "Company")]
        ).filtered(lambda c: c.has_token and not c.is_moved)
        for agency in agencies:
            agency._order_task("reconcile")


class GhlLocation(models.Model):
    _inherit = "ghl.location"

    is_installed = fields.Boolean(
        string="Installed",
        default=True,
        readonly=True,
        copy=False,
        help="Whether the app is installed on the location (OAuth connections).",
    )
