"""Deletions of a location between its runs: what is undecided, and who goes on.

Deltas, verifies and webhooks come first; what a run has left is confirmed here over as
many slices, or days of quota, as it takes.
"""

from datetime import datetime, timedelta
from typing import Any

from odoo import fields

from ...tools.errors import GhlAuthError, GhlRateLimited
from ..crons.location_cron import plan_wake
from ..slice.own_slice import work_without_run
from ..slice.slice import SyncSlice
from ..vendor_access.refusals import handle_refused_token
from .deletions import Deletions
from .store import NEEDS_GET, candidates_of
from .words import note_undecided

# Pause after trouble, and while the quota is short.
PAUSE = timedelta(minutes=10)


def confirm_deletions(location: Any) -> None:
    """Ask for candidates one by one; called by the location's cron only."""
    location.ensure_one()
    location = location.sudo().with_context(tracking_disable=True)
    if candidates_of(location).count(*NEEDS_GET, "confirmed_deleted"):
        work_without_run(
            location,
            work=_confirm_within,
            on_error=lambda err, worked: _postpone(location, err, worked),
        )


def _postpone(location: Any, err: Exception, has_worked: bool) -> None:
    """Go on after a pause, or when the vendor says so.

    :param has_worked: whether the token has worked in this slice
    """
    timestamp = fields.Datetime.now() + PAUSE
    if isinstance(err, GhlAuthError):
        handle_refused_token(location, err, has_worked)
    elif isinstance(err, GhlRateLimited) and err.resume_at:
        timestamp = err.resume_at_utc
    plan_confirming(location, timestamp)


def _confirm_within(own_slice: SyncSlice) -> None:
    location = own_slice.location
    own_slice.save(lambda: _begin(location))
    if Deletions(own_slice).go_on():
        timestamp = fields.Datetime.now() + PAUSE
        own_slice.save(lambda: plan_confirming(location, timestamp))
    else:
        own_slice.save(lambda: _end(location))


def _begin(location: Any) -> None:
    location.env["ghl.deletion.review"]._expire(location)
    note_undecided(location)


def _end(location: Any) -> None:
    note_undecided(location)
    if candidates_of(location).has_tombstones(location.last_run_id.finished_at):
        # Else a verify would only find again what is not clear.
        location._order_sync("verify", "cron")


def plan_confirming(location: Any, timestamp: datetime) -> None:
    """Have candidates confirmed at a moment (UTC) to come."""
    plan_wake(location, fields.Datetime.now() + timedelta(seconds=1), timestamp)
