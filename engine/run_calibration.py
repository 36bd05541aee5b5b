"""Calibration as part of a run: before the first one, and when something surprises."""

import logging
from dataclasses import replace
from typing import Any

from odoo import fields

from ..tools.calibration.calibrate import calibrate
from ..tools.errors import GhlRequestError
from ..tools.ghl.dialect import Capabilities
from ..tools.log_line import log_line
from .checkpoint import load_checkpoint, save_checkpoint
from .connection.page_limit import page_limit
from .connection.stored_calibration import store_capabilities
from .pausing import wait_until
from .slice.slice import SyncSlice

_logger = logging.getLogger(__name__)

# Refusals that say nothing of the dialect.
_NO_SURPRISE = ("bad_address", "bad_id", "redirected")


def calibrate_if_due(run: Any, run_slice: SyncSlice) -> None:
    """Find out what the account's API does, if that is not known or in doubt.

    A full sync that begins does so beside its first pages (`opening`).

    :param run: the `ghl.sync.run` that is worked on
    """
    connection = run.location_id.connection_id
    known = connection.calibrated_at
    if not known and run.kind == "full" and run.phase in ("queued", "prepare"):
        return
    due = connection.calibration_due and run.kind not in ("delta", "audit")
    if known and (not due or load_checkpoint(run).calibration_incomplete):
        return
    caps = run_slice.call(calibrate)
    before = connection._get_capabilities()
    changed = caps != before if known else not caps.reads_like(before)
    run_slice.save(lambda: _adopt(run, caps, changed))
    run_slice.page_limit = page_limit(run.location_id)


def recalibrate_on(run: Any, err: Exception) -> bool:
    """Have the run calibrate again at once when a refusal may be the dialect's fault.

    Once in each run: a refusal that comes back is no surprise any more.

    :return: whether the run does so; else the error has to be handled as usual
    """
    checkpoint = load_checkpoint(run)
    if not isinstance(err, GhlRequestError) or err.code in _NO_SURPRISE:
        return False
    if checkpoint.recalibrated:
        return False
    _logger.info(log_line("run_calibrates_again", run=run.id, error=err))
    doubt_calibration(run)
    checkpoint = replace(checkpoint, recalibrated=True, calibration_incomplete=False)
    save_checkpoint(run, checkpoint)
    wait_until(run, fields.Datetime.now(), str(err), err.code)
    return True


def doubt_calibration(run: Any) -> None:
    """Have what is known of the account's API found out again by a later run."""
    connection = run.location_id.connection_id
    if not connection.calibration_due:
        connection.calibration_due = True


def _adopt(run: Any, caps: Capabilities, changed: bool) -> None:
    store_capabilities(run.location_id.connection_id, caps)
    # The next slice would learn no more of an empty location than this one, and might
    # get to nothing else.
    checkpoint = load_checkpoint(run)
    checkpoint = replace(checkpoint, calibration_incomplete=not caps.complete)
    save_checkpoint(run, checkpoint)
    if changed:
        # Windows that were cut by what is known to be wrong prove nothing.
        begin_anew(run)


def is_unknown(connection: Any) -> bool:
    """Tell whether nothing was found out yet of what an account can do."""
    return not connection.calibrated_at


def adopt_for_now(run: Any, calibration: Any) -> None:
    """Keep what the first round of a calibration made likely, or what it found out."""
    connection = run.location_id.connection_id
    if isinstance(calibration, Capabilities):
        _adopt(run, calibration, changed=False)
    elif is_unknown(connection):
        # The account is not calibrated yet: a run that goes on without the rest
        # calibrates again. What another run, or the setup of the connection, has found
        # out meanwhile stays.
        connection.capabilities = calibration.likely.to_json()


def settle(run: Any, caps: Capabilities, likely: Capabilities) -> bool:
    """Keep what was found out while contacts were read by what was likely.

    :return: whether that was right; else the run begins anew
    """
    right = caps.reads_like(likely)
    _adopt(run, caps, changed=not right)
    return right


def begin_anew(run: Any) -> None:
    """Have a run read everything from its first phase on, as if it just began."""
    run.env["ghl.sync.window"].search([("run_id", "=", run.id)]).unlink()
    save_checkpoint(run, load_checkpoint(run).anew())
    run.phase = "queued"
