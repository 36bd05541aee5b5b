"""The log lines of a run: when it starts, after each slice, and when it ends."""

from __future__ import annotations

import logging
from typing import Any

from ...tools.correlation import current_id
from ...tools.log_line import log_line

_logger = logging.getLogger(__name__)


def log_start(run: Any) -> None:
    """Tell that a run begins to work."""
    _logger.info(
        log_line(
            "run_started",
            run=run.id,
            location=run.location_id.id,
            kind=run.kind,
            origin=run.origin,
        )
    )


def log_slice(run: Any, seconds: float) -> None:
    """Tell how far a run is after a slice.

    :param seconds: what the slice took
    """
    _logger.info(
        log_line(
            "run_slice",
            run=run.id,
            location=run.location_id.id,
            state=run.state,
            phase=run.phase,
            seconds=seconds,
            **_figures(run),
        )
    )


def log_end(run: Any) -> None:
    """Tell how a run ended, once that is committed: whoever ends it, and wherever."""
    # A run that failed needs a look; one that waits goes on by itself.
    level = logging.WARNING if run.state == "failed" else logging.INFO
    facts = {
        "run": run.id,
        "location": run.location_id.id,
        "kind": run.kind,
        "state": run.state,
        "code": run.error_code or None,
        "proof": run.proof_state,
        "seconds": run.busy_seconds,
        **_figures(run),
        "created": run.contacts_created,
        "updated": run.contacts_updated,
        "deleted": run.contacts_deleted,
        "issues": run.bad_records,
        # The call that cancels a run has another id.
        "correlation_id": run.correlation_id or current_id(),
    }
    run.env.cr.postcommit.add(
        lambda: _logger.log(level, log_line("run_ended", **facts))
    )


def _figures(run: Any) -> dict[str, Any]:
    return {
        "seen": run.contacts_seen,
        "requests": run.requests_sent,
        "retries": run.retries,
        "refused": run.rate_limited,
    }
