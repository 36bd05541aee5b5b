"""Calibration as part of a run: before the first one, and when something surprises."""

import logging

from odoo import fields

from ..tools.calibration.probe import calibrate
from ..tools.errors import GhlRequestError
from ..tools.ghl.dialect import Capabilities
from .connection.calibration import store_capabilities
from .location.rate_limit import page_limit
from .slice import SyncSlice

_logger = logging.getLogger(__name__)

# Refusals that say nothing of the dialect.
_NO_SURPRISE = ("bad_address", "bad_id", "redirected")
# What a run that begins anew remembers.
_KEPT = ("recalibrated", "incomplete")


def calibrate_if_due(run, run_slice: SyncSlice) -> None:
    """Find out what the account's API does, if that is not known or in doubt.

    :param run: the `ghl.sync.run` that is worked on
    """
    connection = run.location_id.connection_id
    known = connection.calibrated_at
    due = connection.calibration_due and run.kind != "delta"
    if known and (not due or (run.checkpoint or {}).get("incomplete")):
        return
    caps = run_slice.call(calibrate)
    changed = known and caps != connection._get_capabilities()
    run_slice.save(lambda: _adopt(run, caps, changed))
    run_slice.page_limit = page_limit(run.location_id)


def recalibrate_on(run, err: Exception) -> bool:
    """Have the run calibrate again at once when a refusal may be the dialect's fault.

    Once in each run: a refusal that comes back is no surprise any more.

    :return: whether the run does so; else the error has to be handled as usual
    """
    asked = (run.checkpoint or {}).get("recalibrated")
    surprise = isinstance(err, GhlRequestError) and err.code not in _NO_SURPRISE
    if asked or not surprise:
        return False
    _logger.info("run %s: calibrates, being surprised by: %s", run.id, err)
    doubt_calibration(run)
    run._save_checkpoint(recalibrated=True, incomplete=False)
    run._wait_until(fields.Datetime.now(), str(err), err.code)
    return True


def doubt_calibration(run) -> None:
    """Have what is known of the account's API found out again by a later run."""
    connection = run.location_id.connection_id
    if not connection.calibration_due:
        connection.calibration_due = True


def _adopt(run, caps: Capabilities, changed: bool) -> None:
    store_capabilities(run.location_id.connection_id, caps)
    # What an empty location's API does not tell, it does not tell the next slice
    # either: that might get to nothing else.
    run._save_checkpoint(incomplete=not caps.complete)
    if changed:
        # Windows that were cut by what is known to be wrong prove nothing.
        run.env["ghl.sync.window"].search([("run_id", "=", run.id)]).unlink()
        kept = {name: run.checkpoint.get(name) for name in _KEPT}
        run.write({"checkpoint": kept, "phase": "queued"})
