"""The watchdog: runs that could go on while nobody works on them are brought a worker.

Restores and crashes can lose a cron's trigger; a run is never left behind. Whoever
watches a run has it looked at at once, the watchdog's own cron every few minutes.
"""

from __future__ import annotations

import math
import time
from typing import Any

from ... import const
from ..clock import age_seconds, has_to_wait, is_fresh, known
from ..location.stopping import why_stopped
from ..location.writer_lock import has_writer
from ..transaction import in_own_transaction
from .mend import mend_all, mend_location

# A run that somebody watches is left alone for so long; Odoo's workers look by
# themselves once a minute only.
IDLE_SECONDS = 2
# (database, run id) → when its workers may be woken again; per process is enough.
_quiet_until: dict[tuple[str, int], float] = {}


def idle_seconds(run: Any) -> float:
    """Return for how long an active `ghl.sync.run` could have gone on unnoticed."""
    if not run._is_active() or has_to_wait(run):
        return 0.0
    # A sign from a clock that was ahead says nothing; the next one does.
    signs = (run.heartbeat_at, run.started_at, run.create_date)
    heard = next(filter(None, map(known, signs)), None)
    if run.state == "waiting" and known(run.resume_at):
        heard = max(filter(None, (heard, run.resume_at)))
    age = None if heard is None else age_seconds(heard)
    return math.inf if age is None else age


def is_stalled(run: Any) -> bool:
    """Tell whether no worker has touched an active run for a minute.

    One that waits for the vendor to answer writes nothing, but is at work.
    """
    idle = idle_seconds(run) > const.QUEUE_ALARM_SECONDS
    return idle and not has_writer(run.location_id)


def wake_watched(run: Any) -> None:
    """Have the cron workers look at once at a run that somebody watches.

    A trigger in the future, and whatever is due when Odoo starts, would otherwise wait
    for the workers' own look once a minute. Costs a notification every few seconds at
    most, and only while nothing is heard of the run.
    """
    idle = idle_seconds(run)
    key = (run.env.cr.dbname, run.id)
    if idle <= IDLE_SECONDS or _quiet_until.get(key, 0.0) > time.monotonic():
        return
    _forget_ended()
    _quiet_until[key] = time.monotonic() + IDLE_SECONDS
    if has_writer(run.location_id):
        return
    if idle <= const.QUEUE_ALARM_SECONDS:
        run.env["ir.cron"].sudo()._notifydb()
        return
    _quiet_until[key] = time.monotonic() + const.QUEUE_ALARM_SECONDS
    in_own_transaction(run, lambda own: _bring_workers(own.sudo()))


def wake_left_behind(env: Any) -> None:
    """Wake the cron of every active run that nobody works on; mend what was lost."""
    silence = 2 * const.QUEUE_ALARM_SECONDS
    runs = env["ghl.sync.run"].search([("state", "in", list(const.ACTIVE_STATES))])
    _bring_workers(
        runs.filtered(
            lambda run: (
                not has_to_wait(run) and not is_fresh(run.heartbeat_at, silence)
            )
        )
    )
    mend_all(env)


def _bring_workers(runs: Any) -> None:
    """Make the crons of these runs due, although they may be due already."""
    for run in runs:
        if why_stopped(run.location_id):
            run._finish_cancelled()
        elif not mend_location(run.location_id):
            run.location_id._trigger_cron()


def _forget_ended() -> None:
    """Drop runs that nobody has asked about for long; they have ended, mostly."""
    now = time.monotonic()
    for key in [k for k, until in _quiet_until.items() if until < now]:
        _quiet_until.pop(key, None)
