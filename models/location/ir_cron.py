from odoo import models

from ...engine.location.courtesy import let_others_in, run_by_hand


class IrCron(models.Model):
    _inherit = "ir.cron"

    def method_direct_trigger(self) -> dict | bool:
        """Run the job here, and no other after it."""
        with run_by_hand():
            return super().method_direct_trigger()

    @classmethod
    def _process_job(cls, cron_cr, job) -> None:
        """Process a job, and let others in after that of a location."""
        process = super()._process_job
        result = process(cron_cr, job)
        let_others_in(cls, cron_cr, job, process)
        return result
