"""The course of a run: slices and phases, up to its end.

`_PHASES` names what does each phase; the order for each kind of run is in `const.py`.
"""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import psycopg2

from odoo import fields
from odoo.exceptions import UserError

from .. import const
from ..tools.correlation import correlated
from ..tools.errors import GhlError
from ..tools.log_line import log_line
from .audit.audit import audit
from .boundary import end_at_all_costs
from .checkpoint import is_readable
from .clock import age_seconds, has_to_wait
from .content.pace import exact_now
from .crons.location_cron import wake_next_slice
from .crons.wake import wake_at
from .deletion.deletions import close_full_sync
from .error_handling import handle_error
from .location.orders import PERSONAL, is_held_back
from .location.stopping import why_stopped
from .location.webhook_gaps import detect_gaps
from .location.writer_lock import try_lock
from .pausing import pause
from .plan.estimate import note_estimate
from .probe import try_now
from .proof.proof import prove
from .quality.check import AFTER_SYNC, look_soon
from .rate_limit import get_governor, rate_snapshot
from .reading.phases import delta, prepare, sweep
from .reading.watermark import changes_asked_at, new_watermark
from .run_calibration import begin_anew, calibrate_if_due
from .schedule.change_rate import followed_rate
from .slice.run_log import log_slice, log_start
from .slice.slice import DeleteBrake, SliceCancelled, SliceOver, SyncSlice, Work
from .transaction import (
    DATABASE_GONE,
    LOST_RACE,
    commit_or_retry,
    roll_back,
    seconds_left,
)
from .vendor_access.connection_state import mark_state
from .vendor_access.refusals import is_refused, note_accepted
from .webhook.worker import drain_in_turn

_logger = logging.getLogger(__name__)

# When another session holds the location, it is tried again after so many seconds.
LOCK_RETRY_SECONDS = 30

# Functions by phase. Each commits as it goes, and goes on from what is stored.
_PHASES: dict[str, Callable[[SyncSlice], None]] = {
    "prepare": prepare,
    "sweep": sweep,
    "delta": delta,
    "deletions": close_full_sync,
    "prove": prove,
    "audit": audit,
}


class Runner:
    """Works on one run, slice by slice.

    :param run: the `ghl.sync.run`
    """

    def __init__(self, run: Any) -> None:
        run.ensure_one()
        self.run = run.sudo().with_context(tracking_disable=True)
        self.env = self.run.env
        self.location = self.run.location_id

    def process(self) -> None:
        """Work on the run until it ends, must wait, or the slice's time is up.

        Called by the location's cron; commits as it goes.
        """
        if has_to_wait(self.run) and not self.run.probe_requested:
            wake_at(self.location, self.run.resume_at)
            return
        with (
            correlated(self.run.correlation_id or None),
            try_lock(self.location) as acquired,
        ):
            if acquired:
                self._process_locked()
        if not acquired:
            # The session of a killed process may outlive it for a while.
            retry = fields.Datetime.now() + timedelta(seconds=LOCK_RETRY_SECONDS)
            self.location._trigger_cron(retry)

    def _process_locked(self) -> None:
        """Do one slice; whatever happens, the run ends, waits or goes on."""
        began = time.monotonic()
        try:
            if self._process_slice():
                log_slice(self.run, time.monotonic() - began)
        except DATABASE_GONE:
            raise
        except Exception as err:  # noqa: BLE001
            # The end could not be written: its message is at fault.
            _logger.error(
                log_line("run_end_failed", run=self.run.id, error=type(err).__name__)
            )
            end_at_all_costs(self.run)

    def _process_slice(self) -> bool:
        """Do one slice; tell whether there was anything to do."""
        run_slice = None
        try:
            if not self._begin_slice():
                return False
            run_slice = SyncSlice(self.run, on_inbox_poll=drain_in_turn)
            self.do_phases(run_slice)
            run_slice.stop.set()
            run_slice.save(self._complete, remaining=0)
        except SliceOver:
            self._go_on_later(run_slice)
        except SliceCancelled:
            self._end_slice(run_slice, self.run._finish_cancelled)
        except DeleteBrake as err:
            message = str(err)
            self._end_slice(
                run_slice, lambda: self.run._finish("failed", message, "delete_brake")
            )
        except LOST_RACE:
            # Nothing is wrong: the next slice goes on from what is stored.
            self._end_slice(run_slice, lambda: None)
            wake_next_slice(self.env)
        except (*DATABASE_GONE, MemoryError) as err:
            self._handle_server_error(run_slice, err)
        except (GhlError, UserError) as err:
            error = err
            self._end_slice(run_slice, lambda: handle_error(self.run, error))
        # The boundary of the engine: whatever a record or the vendor brought about,
        # the run must say so instead of being tried for ever.
        except Exception:  # noqa: BLE001
            # Masked: a database error quotes values, and those are personal data.
            trace = traceback.format_exc()
            _logger.error(log_line("run_crashed", trace, run=self.run.id))
            self._end_slice(run_slice, self._finish_unexpected)
        finally:
            if run_slice:
                run_slice.close()
        return True

    # === HOW A SLICE BEGINS === #

    def _begin_slice(self) -> bool:
        """Mark the run as running; tell whether there is something to do now."""
        if not seconds_left(self.env):
            # The framework calls up to ten times when the time is up already.
            wake_next_slice(self.env)
            return False
        asked = self.run.probe_requested or is_refused(self.location)
        if not self.run.started_at and self.run.origin in PERSONAL:
            asked = asked or is_held_back(self.location)
        if asked and not try_now(self.run):
            return False
        is_first = not self.run.started_at
        if commit_or_retry(self.env, self._mark_running)[0]:
            if is_first:
                log_start(self.run)
            return True
        self.env["ir.cron"]._commit_progress(0, remaining=0)
        return False

    def _mark_running(self) -> bool:
        """Mark the run as running; tell whether it may go on."""
        run, location = self.run, self.location
        run.invalidate_recordset()
        location.invalidate_recordset()
        if not self._may_go_on():
            return False
        if run.cancel_requested or why_stopped(location):
            raise SliceCancelled
        if not is_readable(run):
            self._begin_anew()
        if run.kind in ("delta", "audit") and not location.last_full_at:
            # Nothing to catch up from yet.
            run.kind = "full"
            note_estimate(run)
        now = fields.Datetime.now()
        asked_at = location.audit_requested_at
        if asked_at and not run.started_at and run.kind in ("full", "audit"):
            # It reads all that was asked for, by this clock, whatever another one told:
            # a full sync from a moment in whole seconds on.
            begins = now if run.kind == "full" else exact_now()
            location.audit_requested_at = min(asked_at, begins)
        run.write(
            {
                "state": "running",
                "phase": self._phases_left()[0],
                "started_at": run.started_at or now,
                "heartbeat_at": now,
                "resume_at": False,
            }
        )
        # Before the first request, so that whoever finds this slice killed knows that
        # there may have been some.
        get_governor(location)
        location.rate_snapshot = rate_snapshot(location, at_work=True)
        return True

    def _begin_anew(self) -> None:
        """Read everything again: nobody knows how far the run has come."""
        begin_anew(self.run)
        reason = self.env._(
            "Another version of this addon has stored how far the run was. It began "
            "anew."
        )
        self.run._add_issues([{"severity": "altered", "reason": reason}])

    def _may_go_on(self) -> bool:
        """Tell whether the run is still to be worked on.

        Somebody may have cancelled it, or it may have been told to wait, after the
        cron's job chose it: webhooks are worked off in between.
        """
        if has_to_wait(self.run):
            wake_at(self.location, self.run.resume_at)
            return False
        active: bool = self.run._is_active()
        return active

    # === PHASES === #

    def do_phases(self, run_slice: SyncSlice) -> None:
        """Go on where the last slice ended, to the end of the last phase."""
        run = self.run
        calibrate_if_due(run, run_slice)
        run_slice.poll_inbox()
        for phase in self._phases_left():
            if run.phase != phase:
                run_slice.defer(partial(run.write, {"phase": phase}))
            _PHASES[phase](run_slice)

    def _phases_left(self) -> tuple[str, ...]:
        phases = const.RUN_KIND_PHASES[self.run.kind]
        if self.run.phase in phases:
            return phases[phases.index(self.run.phase) :]
        return phases

    # === HOW A SLICE ENDS === #

    def _complete(self) -> None:
        """End the run as done and bring the location's figures up to date."""
        run, location = self.run, self.location
        now = fields.Datetime.now()
        values: dict[str, Any] = {
            "last_sync_at": now,
            "last_delta_at": now,
            "watermark_ms": new_watermark(run),
        }
        values |= followed_rate(run, now)
        lag = age_seconds(location.last_delta_at, now)
        if lag is not None:
            # All that is older was read before.
            run.lag_seconds = lag
        if run.kind == "audit":
            # An audit reads changes at its beginning, and contents after that.
            values["last_delta_at"] = run.started_at or now
        elif run.kind == "full" or run.proof_state == "not_proven":
            # The phases after the changes may have taken hours. Counts do not tell who
            # has changed since, unless they are proven along dates of change.
            values["last_delta_at"] = changes_asked_at(run) or now
        if run.kind == "full":
            values["last_full_at"] = now
        if run.kind in ("full", "verify"):
            values["last_verify_at"] = now
        location.write(values)
        if run.kind == "full":
            look_soon(location, AFTER_SYNC)
        detect_gaps(location, run)
        note_accepted(location)
        mark_state(location.connection_id, "connected")
        run._finish("done")

    def _go_on_later(self, run_slice: SyncSlice | None) -> None:
        """Store what is left when the time is up, and have the next slice come."""
        if run_slice:
            # Nothing is on its way any more: the next process knows every slot.
            run_slice.stop.set()
            run_slice.save()
        wake_next_slice(self.env)

    def _end_slice(self, run_slice: SyncSlice | None, work: Work) -> None:
        """Write how the slice ended, after whatever it left half done is undone."""
        roll_back(self.env)
        if run_slice:
            run_slice.stop.set()
            run_slice.discard_deferred()
            run_slice.save(work, remaining=0)
        else:
            commit_or_retry(self.env, work, remaining=0)

    def _handle_server_error(self, run_slice: SyncSlice | None, err: Exception) -> None:
        """Park the run: it is locked out, or the server is short of something.

        :raise psycopg2.Error: the database went away, nothing can be written. The
            cron's own trigger or the watchdog brings the next slice.
        """
        message = self.env._("Odoo's database could not be used for a while.")
        code = "database_error"
        if isinstance(err, MemoryError):
            message = self.env._("Odoo's server had no memory left for the sync.")
            code = "memory_short"
        try:
            self._end_slice(run_slice, lambda: pause(self.run, message, code))
        except psycopg2.Error:
            raise err from None
        _logger.warning(
            log_line("server_short", run=self.run.id, error=type(err).__name__)
        )

    def _finish_unexpected(self) -> None:
        message = self.env._(
            "An unexpected error stopped the sync. The server's log has the details of "
            "run %s.",
            self.run.id,
        )
        self.run._finish("failed", message, "internal_error")
