"""The smart sync: a reader of a page orders what the page lacks, and waits a little.

Never for the vendor: that is asked beside the request (`engine/api/ask_total.py`).
"""

import time
from typing import Any

from ..crons.watchdog import is_stalled
from ..location.figures import deliverable_total, is_total_fresh
from ..location.stopping import why_stopped
from ..vendor_access.refusals import is_refused
from . import ask_total
from .page_threshold import order_for_page
from .waiting import waiting_place

# Seconds that a page which lacks rows may wait for GoHighLevel's total, which tells
# whether these exist. It is answered without after that, and told later.
TOTAL_WAIT = 3.0
_LOOK_EVERY = 0.15


def smart_sync(location: Any, page: int, limit: int) -> tuple[bool, bool]:
    """Order a sync when the mirror holds too little for the reader of a page.

    Never fails for the vendor's sake: what is mirrored is shown anyway.

    :return: whether a sync was started by this call, and whether GoHighLevel is
        still being asked for its total
    """
    location.ensure_one()
    if why_stopped(location) or is_refused(location.sudo()):
        return False, False
    pending = _ask_for_total(location, page, limit)
    started = not pending and order_for_page(location, page, limit)
    if started:
        renew_snapshot(location.env)
    return started, pending


def _ask_for_total(location: Any, page: int, limit: int) -> bool:
    """Have GoHighLevel asked for its total when ours is old.

    A page that is mirrored is answered at once, and the total follows. One that lacks
    rows waits a moment, as it may wait for these.

    :return: whether the answer is still to come
    """
    if is_total_fresh(location) or ask_total.is_silent(location):
        return False
    question = ask_total.ask(location)
    if question is None:
        return False
    pending = not question.wait(0)
    patience = min(TOTAL_WAIT, location.env["ghl.settings"]._float("page_wait"))
    if pending and patience and _lacks_rows(location, page, limit):
        with waiting_place(location.env.cr) as granted:
            pending = not (granted and question.wait(patience))
    pending = pending and question.leave(location.env.uid, page, limit)
    renew_snapshot(location.env)
    return pending


def await_page(location: Any, page: int, limit: int) -> None:
    """Wait a bounded time for the running sync to bring a page, if one may wait.

    Without a transaction meanwhile: an open one would keep PostgreSQL from cleaning up
    behind the very sync that is waited for.
    """
    location.ensure_one()
    env = location.env
    patience = env["ghl.settings"]._float("page_wait")
    if not patience or not _lacks_rows(location, page, limit):
        return
    renew_snapshot(env)
    if not is_page_due(location, page, limit):
        return
    deadline = time.monotonic() + patience
    with waiting_place(env.cr) as granted:
        while granted and time.monotonic() < deadline:
            time.sleep(min(_LOOK_EVERY, max(0.0, deadline - time.monotonic())))
            renew_snapshot(env)
            granted = is_page_due(location, page, limit)
            renew_snapshot(env)


def _lacks_rows(location: Any, page: int, limit: int) -> bool:
    """Tell whether the mirror holds too little to show a page in full."""
    return bool(location.contact_count < _mirrored_for(location, page, limit))


def _mirrored_for(location: Any, page: int, limit: int) -> int:
    """Return how many contacts the mirror must hold to show a page in full."""
    total = deliverable_total(location)
    needed = page * limit
    return needed if total is None else min(needed, total)


def is_page_due(location: Any, page: int, limit: int) -> bool:
    """Tell whether a running sync may yet bring a page that is not mirrored."""
    run = location.active_run_id
    if run.state not in ("queued", "running") or is_stalled(run):
        return False
    return _lacks_rows(location, page, limit)


def renew_snapshot(env: Any) -> None:
    """End the request's transaction, so that the next query sees what is new.

    Requests run in REPEATABLE READ: without this they would not even see the run that
    they have ordered. Nothing of ours is written in them before.
    """
    env.cr.commit()  # pylint: disable=invalid-commit
    env.invalidate_all()
