"""Runs that could go on while nobody works on them: noticing it, bringing a worker."""

import math
import time

from odoo import api, models

from ... import const
from ...engine.clock import age_seconds, has_to_wait, is_fresh, known
from ...engine.location.stopping import why_stopped
from ...engine.location.wake import wake_after_start
from ...engine.location.watchdog import mend_all, mend_location
from ...engine.location.writer_lock import has_writer
from ...engine.transaction import in_own_transaction

# A run that somebody watches is left alone for so long; Odoo's workers look by
# themselves once a minute only.
IDLE_SECONDS = 2
# (database, run id) → when its workers may be woken again; per process is enough.
_quiet_until: dict[tuple[str, int], float] = {}


def _forget_ended() -> None:
    """Drop runs that nobody has asked about for long; they have ended, mostly."""
    now = time.monotonic()
    for key in [k for k, until in _quiet_until.items() if until < now]:
        _quiet_until.pop(key, None)


class GhlSyncRun(models.Model):
    _inherit = "ghl.sync.run"

    def _register_hook(self) -> None:
        """Have what waited or was interrupted go on soon after Odoo is started."""
        super()._register_hook()
        wake_after_start(self.env)

    def _idle_seconds(self) -> float:
        """Return for how long an active run could have gone on without a sign of it."""
        self.ensure_one()
        if not self._is_active() or has_to_wait(self):
            return 0.0
        # A sign from a clock that was ahead says nothing; the next one does.
        signs = (self.heartbeat_at, self.started_at, self.create_date)
        heard = next(filter(None, map(known, signs)), None)
        if self.state == "waiting" and known(self.resume_at):
            heard = max(filter(None, (heard, self.resume_at)))
        return math.inf if heard is None else age_seconds(heard)

    def _is_stalled(self) -> bool:
        """Tell whether no worker has touched an active run for a minute.

        One that waits for the vendor to answer writes nothing, but is at work.
        """
        idle = self._idle_seconds() > const.QUEUE_ALARM_SECONDS
        return idle and not has_writer(self.location_id)

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
        _forget_ended()
        _quiet_until[key] = time.monotonic() + IDLE_SECONDS
        if has_writer(self.location_id):
            return
        if idle <= const.QUEUE_ALARM_SECONDS:
            self.env["ir.cron"].sudo()._notifydb()
            return
        _quiet_until[key] = time.monotonic() + const.QUEUE_ALARM_SECONDS
        in_own_transaction(self, lambda run: run.sudo()._bring_worker())

    def _bring_worker(self) -> None:
        """Make the crons of these runs due, although they may be due already."""
        for run in self:
            if why_stopped(run.location_id):
                run._finish_cancelled()
            elif not mend_location(run.location_id):
                run.location_id._trigger_cron()

    @api.model
    def _cron_watchdog(self) -> None:
        """Wake the cron of every active run that nobody works on.

        Restores and crashes can lose a cron's trigger; a run is never left behind.
        Crons that somebody deleted are made again.
        """
        silence = 2 * const.QUEUE_ALARM_SECONDS
        self.search([("state", "in", list(const.ACTIVE_STATES))]).filtered(
            lambda run: not has_to_wait(run) and not is_fresh(run.heartbeat_at, silence)
        )._bring_worker()
        mend_all(self.env)
