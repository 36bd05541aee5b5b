"""Deletions of a location between its runs: what is undecided, and who goes on.

Deltas, verifies and webhooks come first; what a run has left is confirmed here over as
many slices, or days of quota, as it takes.
"""

import logging
import traceback
from datetime import datetime, timedelta
from typing import Any

import psycopg2

from odoo import fields
from odoo.exceptions import UserError

from ...tools.errors import GhlAuthError, GhlError, GhlRateLimited
from ...tools.redact import redact
from ..access.refusals import handle_refused_token, is_refused
from ..location.cron import plan_wake, wake_next_slice
from ..location.writer_lock import try_lock
from ..slice import SliceOver, SyncSlice
from .deletions import Deletions
from .store import NEEDS_GET, candidates_of
from .words import note_undecided

_logger = logging.getLogger(__name__)

# Pause after trouble, and while the quota is short.
PAUSE = timedelta(minutes=10)


def confirm_deletions(location: Any) -> None:
    """Ask for candidates one by one; called by the location's cron only."""
    location.ensure_one()
    location = location.sudo().with_context(tracking_disable=True)
    if not candidates_of(location).count(*NEEDS_GET, "confirmed_deleted"):
        return
    if is_refused(location) or location.connection_id.is_moved:
        return
    if not location.env["ir.cron"]._commit_progress(0, remaining=1):
        wake_next_slice(location.env)
        return
    with try_lock(location) as acquired:
        if acquired:
            _confirm_locked(location)


def _confirm_locked(location: Any) -> None:
    own_slice = None
    try:
        own_slice = SyncSlice(location.env["ghl.sync.run"], location)
        _confirm_within(own_slice)
        location.env["ir.cron"]._commit_progress(0, remaining=0)
    except SliceOver:
        wake_next_slice(location.env)
    except (GhlError, UserError) as err:
        _logger.info("location %s: deletions wait: %s", location.id, err)
        _defer(location, err, bool(own_slice and own_slice.any_success))
    except (psycopg2.OperationalError, psycopg2.InterfaceError):
        raise
    # The boundary of the worker: what nobody foresaw must not have Odoo switch the
    # location's cron off.
    except Exception as err:  # noqa: BLE001
        # Masked: a database error quotes values, and those are personal data.
        trace = redact(traceback.format_exc())
        _logger.error("location %s: deletions failed\n%s", location.id, trace)
        _defer(location, err, accepted=True)
    finally:
        if own_slice:
            own_slice.close()


def _defer(location: Any, err: Exception, accepted: bool) -> None:
    """Go on after a pause, or when the vendor says so.

    :param accepted: whether the token has worked in this slice
    """
    location.env.cr.rollback()
    location.env.invalidate_all(flush=False)
    moment = fields.Datetime.now() + PAUSE
    if isinstance(err, GhlAuthError):
        handle_refused_token(location, err, accepted)
    elif isinstance(err, GhlRateLimited) and err.resume_at:
        moment = err.resume_at_utc
    plan_confirming(location, moment)
    location.env["ir.cron"]._commit_progress(0, remaining=0)


def _confirm_within(own_slice: Any) -> None:
    location = own_slice.location
    own_slice.save(lambda: _begin(location))
    if Deletions(own_slice).go_on():
        moment = fields.Datetime.now() + PAUSE
        own_slice.save(lambda: plan_confirming(location, moment))
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


def plan_confirming(location: Any, moment: datetime) -> None:
    """Have candidates confirmed at a moment (UTC) to come."""
    plan_wake(location, fields.Datetime.now() + timedelta(seconds=1), moment)
