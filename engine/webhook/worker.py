"""The worker behind the inbox of webhooks: the location's one writer, in batches.

An event says that a contact changed. The contact is read again, many by one search, so
that whatever order events come in, what is merged is never older than the event. A
deletion needs the same evidence, and passes the same brake, as one that a sync finds.
"""

from __future__ import annotations

import logging
import math
import time
import traceback
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from odoo import fields
from odoo.exceptions import UserError

from ...tools.correlation import correlated
from ...tools.errors import GhlAuthError, GhlError, GhlRateLimited, GhlScopeError
from ...tools.log_line import log_line
from ...tools.webhook.pace import ROUND
from ..slice.own_slice import work_without_run
from ..slice.slice import SliceCancelled, SliceOver, SyncSlice
from ..transaction import DATABASE_GONE, roll_back
from ..vendor_access.connection_state import PROBE_PAUSES
from ..vendor_access.refusals import handle_refused_location, handle_refused_token
from .inbox import due_events, plan_next, plan_rest, postpone, postpone_due
from .round import Round

_logger = logging.getLogger(__name__)

# A run that is being worked on gets its turn after so many seconds of events, which are
# taken in rounds that are small enough not to use up a slice even at a slow account.
# Should the run end before it is back, the rest of them wakes the worker.
TURN_SECONDS = 3
TURN_EVENTS = 20


def drain(location: Any) -> bool:
    """Handle the events that are due, while no run is worked on.

    Called by the location's cron only.

    :return: whether the time was up before all were handled
    """
    location = location.sudo().with_context(tracking_disable=True)
    first = due_events(location, limit=1)
    if not first:
        return False
    with correlated(first.correlation_id or None):
        time_is_up = work_without_run(
            location,
            work=_drain,
            on_error=lambda err, worked: _postpone(location, err, worked),
            priority="interactive",
        )
    if time_is_up:
        # The next slice may find nothing that is due, and would then plan nothing.
        plan_next(location)
    return time_is_up


def drain_in_turn(run_slice: SyncSlice) -> None:
    """Handle events that are due between two steps of a run.

    The run goes on after a few seconds: else a flood of events would stop it.
    """
    if due_events(run_slice.location, limit=1):
        _drain(run_slice, in_turn=True)


def _drain(run_slice: SyncSlice, in_turn: bool = False) -> None:
    """Work through the inbox; trouble postpones events, and stops nothing else.

    :raise SliceOver: the time is up, and nobody else is waiting for a turn
    :raise GhlAuthError: the token is refused, and there is no other
    """
    location = run_slice.location
    events = location.env["ghl.webhook.event"]
    deadline = time.monotonic() + TURN_SECONDS if in_turn else math.inf
    commit = run_slice.save if in_turn else run_slice.commit
    try:
        while events := due_events(location, TURN_EVENTS if in_turn else ROUND):
            Round(run_slice, events).work(commit)
            if time.monotonic() > deadline and due_events(location, limit=1):
                run_slice.save(lambda: plan_rest(location))
                break
    except (SliceOver, SliceCancelled, GhlAuthError, *DATABASE_GONE):
        raise
    except GhlRateLimited as err:
        reason, resume_at = str(err), err.resume_at_utc if err.resume_at else None
        # As long as nothing may be asked, all of them wait.
        _handle_error(run_slice, lambda: postpone_due(location, reason, resume_at))
    except GhlError as err:
        reason = str(err)
        if isinstance(err, GhlScopeError):
            run_slice.save(partial(handle_refused_location, location, err))
        _handle_error(run_slice, lambda: postpone(location, events, reason))
    # The boundary of the worker: an event that nobody foresaw must neither stop the
    # sync nor be tried for ever.
    except Exception:  # noqa: BLE001
        # Masked: a database error quotes values, and those are personal data.
        trace = traceback.format_exc()
        _logger.error(log_line("webhooks_failed", trace, location=location.id))
        reason = _unexpected(location)
        _handle_error(run_slice, lambda: postpone(location, events, reason))
    plan_next(location)


def _handle_error(run_slice: SyncSlice, work: Callable[[], None]) -> None:
    roll_back(run_slice.env)
    run_slice.save(work)


def _postpone(location: Any, err: Exception, has_worked: bool) -> None:
    """Note a refused token, or none; try the events again later.

    A refused token is no failure of theirs.
    """
    resume_at = None
    if isinstance(err, GhlAuthError):
        pause = handle_refused_token(location, err, has_worked)
        if pause is None:
            pause = PROBE_PAUSES[0]
        resume_at = fields.Datetime.now() + timedelta(seconds=pause)
    known = isinstance(err, (GhlError, UserError))
    reason = str(err) if known else _unexpected(location)
    postpone_due(location, reason, resume_at)


def _unexpected(location: Any) -> str:
    text: str = location.env._("An unexpected error; the server's log has details.")
    return text
