"""The work of a location, a slice at a time: what its own cron calls."""

from typing import Any

from ..tools.correlation import correlated
from .crons.location_cron import wake_next_slice
from .crons.mend import mend_own
from .deletion.background import confirm_deletions
from .location.stopping import why_stopped
from .probe import try_refused
from .runner import Runner
from .schedule.due import order_what_is_due, plan_next
from .transaction import commit_or_retry
from .webhook.worker import drain


def work_on(locations: Any) -> None:
    """Do one slice of the work of each location: its run, or what lies between runs."""
    mend_own(locations.env)
    for location in locations.exists():
        # A run, and a webhook, bring an id of their own.
        with correlated(None):
            _work_on(location)


def _work_on(location: Any) -> None:
    env = location.env
    run = env["ghl.sync.run"]._get_active(location)
    if why_stopped(location):
        if run:
            run._finish_cancelled()
        return
    if not run and not try_refused(location):
        # Only orders and single requests are tried while access is refused.
        plan_next(location)
        return
    events_left = False
    if not run or run.state == "waiting":
        # A running one drains between its pages.
        events_left = drain(location)
    if not run:
        # Committed by itself: a conflict later on must not undo the order.
        run, _left = commit_or_retry(env, lambda: order_what_is_due(location))
    if run:
        Runner(run).process()
    else:
        env["ir.cron"]._commit_progress(0, remaining=0)
        confirm_deletions(location)
    if not run._is_active():
        plan_next(location)
    if events_left:
        # Last: what was done since says of itself that nothing is left.
        wake_next_slice(env)
