"""Errors of a run: it waits, calibrates anew, or fails."""

from __future__ import annotations

import logging
from typing import Any

from ..tools.errors import GhlAuthError, GhlRateLimited, GhlScopeError
from ..tools.ghl.oauth_refusals import GhlNotInstalled
from ..tools.log_line import log_line
from .pausing import pause, wait_until
from .rate_limit import get_governor
from .run_calibration import recalibrate_on
from .vendor_access.refusals import handle_refused_location, handle_refused_token

_logger = logging.getLogger(__name__)


def handle_error(run: Any, err: Exception) -> None:
    """Park a `ghl.sync.run` when the error passes by itself, else fail it, in words.

    :param err: a `GhlError`, or Odoo's `UserError`
    """
    if recalibrate_on(run, err):
        return
    code, message = getattr(err, "code", "configuration"), str(err)
    if isinstance(err, GhlRateLimited) and (timestamp := err.resume_at_utc):
        if err.daily:
            code, message = get_governor(run.location_id).daily_reason()
        wait_until(run, timestamp, message, code, err.status)
    elif isinstance(err, GhlAuthError):
        _handle_refused_token(run, err)
    elif isinstance(err, (GhlScopeError, GhlNotInstalled)):
        handle_refused_location(run.location_id, err)
        run._finish("failed", message, code)
    elif getattr(err, "retryable", False):
        retry_after = getattr(err, "retry_after", None) or 0
        pause(run, message, code, retry_after, getattr(err, "status", None))
    else:
        run._finish("failed", message, code)
    _logger.info(
        log_line("run_trouble", run=run.id, state=run.state, code=code, error=message)
    )


def _handle_refused_token(run: Any, err: GhlAuthError) -> None:
    """Try a token that has worked again for some minutes, then take the refusal."""
    # A phase after the first one shows that the token has worked.
    worked = run.phase not in ("queued", "prepare") or bool(run.contacts_seen)
    seconds = handle_refused_token(run.location_id, err, worked)
    if seconds is None:
        run._finish("failed", str(err), err.code)
    else:
        pause(run, str(err), "token_refused", seconds, err.status)
