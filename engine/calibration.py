"""Calibration as part of a run: before the first one, and when something surprises."""

import logging

from odoo import fields, models

from ..tools.calibration.probe import calibrate
from ..tools.errors import GhlRequestError

_logger = logging.getLogger(__name__)

# Refusals that say nothing of the dialect.
_NO_SURPRISE = ("bad_address", "bad_id", "redirected")
# What a run that begins anew remembers.
_KEPT = ("recalibrated", "incomplete")


class GhlSyncRun(models.Model):
    _inherit = "ghl.sync.run"

    def _calibrate_if_due(self, run_slice) -> None:
        """Find out what the account's API does, if that is not known or in doubt."""
        connection = self.location_id.connection_id
        known = connection.calibrated_at
        due = connection.calibration_due and self.kind != "delta"
        if known and (not due or (self.checkpoint or {}).get("incomplete")):
            return
        able = run_slice.ask(calibrate)
        changed = known and able != connection._get_capabilities()
        run_slice.save(lambda: self._adopt(connection, able, changed))
        run_slice.page_limit = self.location_id._get_page_limit()

    def _adopt(self, connection, able, changed: bool) -> None:
        connection._store_capabilities(able)
        # What an empty location's API does not tell, it does not tell the next slice
        # either: that might get to nothing else.
        self._save_checkpoint(incomplete=not able.complete)
        if changed:
            # Windows that were cut by what is known to be wrong prove nothing.
            self.env["ghl.sync.window"].search([("run_id", "=", self.id)]).unlink()
            kept = {name: self.checkpoint.get(name) for name in _KEPT}
            self.write({"checkpoint": kept, "phase": "queued"})

    def _meet_trouble(self, err: Exception) -> None:
        asked = (self.checkpoint or {}).get("recalibrated")
        surprise = isinstance(err, GhlRequestError) and err.code not in _NO_SURPRISE
        if asked or not surprise:
            super()._meet_trouble(err)
            return
        _logger.info("run %s: calibrates, being surprised by: %s", self.id, err)
        self._doubt_calibration()
        self._save_checkpoint(recalibrated=True, incomplete=False)
        self._wait_until(fields.Datetime.now(), str(err), err.code)

    def _store_proof(self, state: dict) -> None:
        result = super()._store_proof(state)
        if self.proof_state == "not_proven":
            # Perhaps the ranges are not what they are taken for.
            self._doubt_calibration()
        return result

    def _doubt_calibration(self) -> None:
        connection = self.location_id.connection_id
        if not connection.calibration_due:
            connection.calibration_due = True
