"""How a run proceeds: slices, phases, and what becomes of trouble."""

import json
import logging
import random
import traceback
import zlib
from dataclasses import replace
from datetime import timedelta

import psycopg2

from odoo import fields, models
from odoo.exceptions import UserError

from ..tools.errors import GhlAuthError, GhlError, GhlRateLimited, GhlScopeError
from ..tools.ghl.oauth_refusals import GhlNotInstalled
from ..tools.redact import redact
from .access.refusals import (
    handle_refused_location,
    handle_refused_token,
    is_refused,
    note_accepted,
)
from .activity import waiting_facts
from .boundary import end_at_all_costs
from .calibration import begin_anew, calibrate_if_due, recalibrate_on
from .checkpoint import is_readable, load_checkpoint, save_checkpoint
from .clock import has_to_wait, usable_mark
from .location.orders import PERSONAL, is_held_back
from .location.stopping import why_stopped
from .probe import try_now
from .slice import DeleteBrake, SliceCancelled, SliceOver, SyncSlice
from .transaction import commit_or_retry, roll_back, seconds_left
from .webhook.worker import drain_in_turn

_logger = logging.getLogger(__name__)

# A passing trouble (network, 5xx) parks the run; after that many pauses in a row with
# no progress it is given up. The waits double: 15 s … 16 min, about an hour in all.
MAX_ATTEMPTS = 9
FIRST_PAUSE = 15
MAX_PAUSE = 960
# Longest pause that GoHighLevel may ask for with `Retry-After`.
MAX_RETRY_AFTER = 3_600
# When another session holds the location, it is tried again after so many seconds.
GHOST_PAUSE = 30

_PHASES = {
    "full": ("prepare", "sweep", "delta", "deletions", "prove"),
    "delta": ("delta",),
    "verify": ("prepare", "delta", "prove"),
}

# What each phase does, as a table that can be searched for a name.
_DO = {
    "prepare": lambda run, run_slice: run._phase_prepare(run_slice),
    "sweep": lambda run, run_slice: run._phase_sweep(run_slice),
    "delta": lambda run, run_slice: run._phase_delta(run_slice),
    "deletions": lambda run, run_slice: run._phase_deletions(run_slice),
    "prove": lambda run, run_slice: run._phase_prove(run_slice),
}


class GhlSyncRun(models.Model):
    _inherit = "ghl.sync.run"

    def _process(self) -> None:
        """Work on the run until it ends, must wait, or the slice's time is up.

        Called by the location's cron; commits as it goes.
        """
        self.ensure_one()
        run = self.sudo().with_context(tracking_disable=True)
        if has_to_wait(run) and not run.probe_requested:
            run.location_id._trigger_cron(run.resume_at)
            return
        with run.location_id._only_writer() as alone:
            if alone:
                run._process_alone()
        if not alone:
            # The session of a killed process may outlive it for a while.
            run.location_id._trigger_cron(
                fields.Datetime.now() + timedelta(seconds=GHOST_PAUSE)
            )

    def _process_alone(self) -> None:
        """Work on the run; whatever happens, it ends, waits or goes on."""
        try:
            self._process_slice()
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            # Nothing can be written: the trigger or the watchdog brings the next try.
            raise
        except Exception as err:  # noqa: BLE001
            # How it ended could not be written: what it was to say is at fault.
            _logger.error("run %s could not end: %s", self.id, type(err).__name__)
            end_at_all_costs(self)

    def _process_slice(self) -> None:
        run_slice = None
        try:
            if not self._begin_slice():
                return
            run_slice = SyncSlice(self, on_inbox_poll=drain_in_turn)
            self._do_phases(run_slice)
            run_slice.stop.set()
            run_slice.save(self._complete, remaining=0)
        except SliceOver:
            # Nothing is on its way any more: the next process knows every slot.
            run_slice.stop.set()
            run_slice.save()
            self.location_id._wake_next_slice()
        except SliceCancelled:
            self._end_slice(run_slice, self._finish_cancelled)
        except DeleteBrake as err:
            message = str(err)
            self._end_slice(
                run_slice, lambda: self._finish("failed", message, "delete_brake")
            )
        except (psycopg2.OperationalError, psycopg2.InterfaceError, MemoryError) as err:
            self._handle_server_trouble(run_slice, err)
        except (GhlError, UserError) as err:
            self._end_slice(run_slice, lambda err=err: self._meet_trouble(err))
        # The boundary of the engine: whatever a record or the vendor brought about,
        # the run must say so instead of being tried for ever.
        except Exception:  # noqa: BLE001
            # Masked: a database error quotes values, and those are personal data.
            trace = redact(traceback.format_exc())
            _logger.error("run %s failed\n%s", self.id, trace)
            self._end_slice(
                run_slice,
                lambda: self._finish(
                    "failed",
                    self.env._(
                        "An unexpected error stopped the sync. The server's log has "
                        "the details of run %s.",
                        self.id,
                    ),
                    "internal_error",
                ),
            )
        finally:
            if run_slice:
                run_slice.close()

    def _begin_slice(self) -> bool:
        """Mark the run as running; tell whether there is something to do now."""
        if not seconds_left(self.env):
            # The framework calls up to ten times when the time is up already.
            self.location_id._wake_next_slice()
            return False
        asked = self.probe_requested or is_refused(self.location_id)
        if not self.started_at and self.origin in PERSONAL:
            asked = asked or is_held_back(self.location_id)
        if asked and not try_now(self):
            return False
        if commit_or_retry(self.env, self._mark_running)[0]:
            return True
        self.env["ir.cron"]._commit_progress(0, remaining=0)
        return False

    def _do_phases(self, run_slice) -> None:
        """Go on where the last slice ended, to the end of the last phase."""
        calibrate_if_due(self, run_slice)
        run_slice.poll_inbox()
        for phase in self._phases_left():
            if self.phase != phase:
                run_slice.defer(lambda phase=phase: self.write({"phase": phase}))
            _DO[phase](self, run_slice)

    def _phases_left(self) -> tuple[str, ...]:
        phases = _PHASES[self.kind]
        if self.phase in phases:
            return phases[phases.index(self.phase) :]
        return phases

    def _mark_running(self) -> bool:
        """Mark the run as running; tell whether it may go on."""
        self.invalidate_recordset()
        self.location_id.invalidate_recordset()
        if not self._may_go_on():
            return False
        if self.cancel_requested or why_stopped(self.location_id):
            raise SliceCancelled
        if not is_readable(self):
            self._begin_anew()
        if self.kind == "delta" and not self.location_id.last_full_at:
            # Nothing to catch up from yet.
            self.kind = "full"
        now = fields.Datetime.now()
        self.write(
            {
                "state": "running",
                "phase": self._phases_left()[0],
                "started_at": self.started_at or now,
                "heartbeat_at": now,
                "resume_at": False,
            }
        )
        # Before the first request, so that whoever finds this slice killed knows that
        # there may have been some.
        location = self.location_id
        location._get_governor()
        location.rate_snapshot = location._get_rate_snapshot(at_work=True)
        return True

    def _begin_anew(self) -> None:
        """Read everything again: nobody knows how far the run has come."""
        begin_anew(self)
        reason = self.env._(
            "Another version of this addon has stored how far the run was. It began "
            "anew."
        )
        self._add_issues([{"severity": "altered", "reason": reason}])

    def _may_go_on(self) -> bool:
        """Tell whether the run is still to be worked on.

        Somebody may have cancelled it, or it may have been told to wait, after the
        cron's job chose it: webhooks are worked off in between.
        """
        if has_to_wait(self):
            self.location_id._trigger_cron(self.resume_at)
            return False
        return self._is_active()

    def _end_slice(self, run_slice, work) -> None:
        """Write how the slice ended, after whatever it left half done is undone."""
        roll_back(self.env)
        if run_slice:
            run_slice.stop.set()
            run_slice.discard_deferred()
            run_slice.save(work, remaining=0)
        else:
            commit_or_retry(self.env, work, remaining=0)

    def _meet_trouble(self, err: Exception) -> None:
        """Park the run when the trouble passes by itself, else fail it, in words."""
        if recalibrate_on(self, err):
            return
        location = self.location_id
        code = getattr(err, "code", "configuration")
        if isinstance(err, GhlRateLimited) and err.resume_at:
            self._wait_until(err.resume_at_utc, str(err), code, err.status)
        elif isinstance(err, GhlAuthError):
            # Only a phase after the first one shows that the token has worked.
            worked = self.phase not in ("queued", "prepare") or bool(self.contacts_seen)
            pause = handle_refused_token(location, err, worked)
            if pause is None:
                self._finish("failed", str(err), code)
            else:
                self._pause(str(err), "token_refused", pause, err.status)
        elif isinstance(err, (GhlScopeError, GhlNotInstalled)):
            handle_refused_location(location, err)
            self._finish("failed", str(err), code)
        elif getattr(err, "retryable", False):
            self._pause(str(err), code, err.retry_after or 0, err.status)
        else:
            self._finish("failed", str(err), code)
        _logger.info("run %s: %s (%s): %s", self.id, self.state, code, err)

    def _handle_server_trouble(self, run_slice, err: Exception) -> None:
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
            self._end_slice(run_slice, lambda: self._pause(message, code))
        except psycopg2.Error:
            raise err from None
        _logger.warning("run %s: %s (%s)", self.id, self.state, type(err).__name__)

    def _pause(
        self, error: str, code: str, retry_after: float = 0, status: int | None = None
    ) -> None:
        """Let the run go on by itself later, unless that has led nowhere before.

        :param retry_after: seconds that GoHighLevel asked for at least
        :param status: what it answered, to be shown while the run waits
        """
        checkpoint = load_checkpoint(self)
        progress = self._progress_fingerprint()
        if checkpoint.progress_at_pause not in (None, progress):
            self.attempt = 0
        if self.attempt >= MAX_ATTEMPTS:
            self._finish("failed", error, code)
            return
        pause = min(MAX_PAUSE, FIRST_PAUSE * 2**self.attempt)
        pause *= random.uniform(0.9, 1.1)
        pause = max(pause, min(retry_after, MAX_RETRY_AFTER))
        self.attempt += 1
        save_checkpoint(self, replace(checkpoint, progress_at_pause=progress))
        moment = fields.Datetime.now() + timedelta(seconds=pause)
        self._wait_until(moment, error, code, status)

    def _progress_fingerprint(self) -> int:
        """Return a number that is another one whenever the run has made progress.

        Pages that are stored reset `attempt` themselves.
        """
        checkpoint = replace(load_checkpoint(self), progress_at_pause=None)
        done = (self.contacts_created, self.contacts_updated, self.contacts_deleted)
        verdicts = self.env["ghl.deletion.candidate"]._read_group(
            [("run_id", "=", self.id)], ["state"], ["__count"]
        )
        progress = [self.phase, checkpoint.to_json(), done, sorted(verdicts)]
        return zlib.crc32(json.dumps(progress, sort_keys=True).encode())

    def _wait_until(
        self, moment, error: str, code: str, status: int | None = None
    ) -> None:
        # Triggers have whole seconds: never wake a moment too early.
        moment = moment.replace(microsecond=0) + timedelta(seconds=1)
        self.write(
            {
                "state": "waiting",
                "activity": waiting_facts(self, code, status, MAX_ATTEMPTS + 1),
                "resume_at": moment,
                "error": error,
                "error_code": code,
                "heartbeat_at": fields.Datetime.now(),
            }
        )
        self.location_id._trigger_cron(moment)

    def _complete(self) -> None:
        """End the run as done and bring the location's figures up to date."""
        location = self.location_id
        now = fields.Datetime.now()
        values = {"last_sync_at": now}
        if self.kind == "full":
            values["last_full_at"] = now
            values["contents_at"] = self.started_at
        if self.kind in ("full", "verify"):
            values["last_verify_at"] = now
        values["last_delta_at"] = now
        read_up_to = usable_mark(load_checkpoint(self).watermark_ms)
        known = usable_mark(location.watermark_ms)
        marks = [m for m in (read_up_to, known) if m]
        if marks or not known:
            # One beyond now is forgotten: the next delta reads all that has a date.
            values["watermark_ms"] = max(marks, default=0)
        location.write(values)
        location._judge_webhooks(self)
        note_accepted(location)
        location.connection_id._mark_state("connected")
        self._finish("done")
