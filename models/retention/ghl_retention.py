from odoo import api, models

from ...engine.crons.cron_job import cron_job
from ...engine.retention.purge import purge


class GhlRetention(models.AbstractModel):
    """Has Odoo's daily clean-up forget what is older than the settings say."""

    _name = "ghl.retention"
    _description = "GoHighLevel Retention"

    @api.autovacuum
    @cron_job
    def _gc(self) -> tuple[int, bool]:
        """Forget one batch; Odoo commits, and calls again while there is more."""
        return purge(self.env)
