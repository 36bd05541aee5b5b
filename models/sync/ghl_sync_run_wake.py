"""Runs that could go on while nobody works on them: when Odoo looks for them."""

from odoo import api, models

from ...engine.crons.cron_job import cron_job
from ...engine.crons.wake import wake_after_start
from ...engine.crons.watchdog import wake_left_behind


class GhlSyncRun(models.Model):
    _inherit = "ghl.sync.run"

    def _register_hook(self) -> None:
        """Have what waited or was interrupted go on soon after Odoo is started."""
        super()._register_hook()
        wake_after_start(self.env)

    @api.model
    @cron_job
    def _cron_watchdog(self) -> None:
        wake_left_behind(self.env)
