"""Runs that could go on while nobody works on them: noticing it, bringing a worker."""

import time
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ... import const

# A run that somebody watches is left alone for so long; Odoo's workers look by
# themselves once a minute only.
IDLE_SECONDS = 2
# (database, run id) → when its workers may be woken again; per process is enough.
_quiet_until: dict[tuple[str, int], float] = {}


class GhlSyncRun(models.Model):
    _inherit = "ghl.sync.run"

    def _idle_seconds(self) -> float:
        """Return for how long an active run could have gone on without a sign of it."""
        self.ensure_one()
        since = self.heartbeat_at or self.create_date
        if self.state == "waiting":
            since = max(since, self.resume_at)
        if not self._is_active() or not since:
            return 0.0
        return (fields.Datetime.now() - since).total_seconds()

    def _is_stalled(self) -> bool:
        """Tell whether no worker has touched an active run for a minute.

        One that waits for the vendor to answer writes nothing, but is at work.
        """
        idle = self._idle_seconds() > const.QUEUE_ALARM_SECONDS
        return idle and not self.location_id._has_writer()

    def _wake_watched(self) -> None:
        """Have the cron workers look at once at a run that somebody watches.

        A trigger in the future, and whatever is due when Odoo starts, would otherwise
        wait for the workers' own look once a minute. Costs a notification every few
        seconds at most, and only while nothing is heard of the run.
        """
        self.ensure_one()
        idle = self._idle_seconds()
        key = (self.env.cr.dbname, self.id)
        if idle <= IDLE_SECONDS or _quiet_until.get(key, 0.0) > time.monotonic():
            return
        _quiet_until.clear()  # of runs that have ended as well
        _quiet_until[key] = time.monotonic() + IDLE_SECONDS
        if self.location_id._has_writer():
            return
        if idle <= const.QUEUE_ALARM_SECONDS:
            self.env["ir.cron"].sudo()._notifydb()
            return
        _quiet_until[key] = time.monotonic() + const.QUEUE_ALARM_SECONDS
        self.location_id._in_own_transaction(
            lambda location: self.with_env(location.env).sudo()._bring_worker()
        )

    def _bring_worker(self) -> None:
        """Make the crons of these runs due, although they may be due already."""
        for run in self:
            cron = run.location_id.cron_id
            if cron and not cron.active and run.location_id.active:
                # Odoo switches off a cron that failed for a week; an order revives it.
                cron.try_lock_for_update().write({"active": True})
            run.location_id._trigger_cron()

    @api.model
    def _cron_watchdog(self) -> None:
        """Wake the cron of every active run that nobody works on.

        Restores and crashes can lose a cron's trigger; a run is never left behind.
        """
        now = fields.Datetime.now()
        stalled = now - timedelta(seconds=2 * const.QUEUE_ALARM_SECONDS)
        self.search(
            Domain("state", "in", list(const.ACTIVE_STATES))
            & (
                Domain("heartbeat_at", "=", False)
                | Domain("heartbeat_at", "<", stalled)
            )
            & (Domain("resume_at", "=", False) | Domain("resume_at", "<", now))
        )._bring_worker()
