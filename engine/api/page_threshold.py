"""A reader of a page orders a sync when the mirror holds too little for the page.

Which kind of sync is chosen by what was measured: a few new contacts need no reading of
all.
"""

from typing import Any

from ... import const
from ...tools.sync.page_threshold import needs_sync
from ..clock import age_seconds, is_fresh
from ..crons.mend import OFF, cron_state
from ..location.figures import deliverable_total, known_total
from ..plan.choose import choose_kind
from .sync_plan import order_choice

# Seconds for which pages leave alone what has just failed or been cancelled.
RETRY_PAUSE = 60


def order_for_page(location: Any, page: int, limit: int) -> bool:
    """Order a sync if this page lacks so much; tell whether it was started."""
    total = known_total(location)
    if cron_state(location) == OFF:
        # Nobody would work the order off. A person's own order switches the schedule on
        # again.
        return False
    if not _needs_sync(location, page * limit):
        return False
    if is_backing_off(location, total):
        return False
    choice = choose_kind(location)
    if _was_just_tried(location, choice.kind):
        return False
    return order_choice(location, choice, "threshold").created


def _needs_sync(location: Any, needed: int) -> bool:
    settings = location.env["ghl.settings"]
    return needs_sync(
        location.contact_count,
        deliverable_total(location),
        needed,
        factor=settings._int("threshold_factor"),
        minimum=settings._int("threshold_minimum"),
        ratio=settings._float("threshold_ratio"),
    )


def _was_just_tried(location: Any, kind: str) -> bool:
    """Tell whether the last run has read as much, and left what it did not find."""
    run, strength = location.last_run_id, const.RUN_KIND_STRENGTH
    if run.kind == "full" or strength.get(kind, 0) > strength.get(run.kind, 0):
        return False
    ttl = location.env["ghl.settings"]._int("total_ttl")
    return bool(run) and is_fresh(run.finished_at, max(ttl, RETRY_PAUSE))


def is_backing_off(location: Any, total: int | None) -> bool:
    """Tell whether the last run has just tried what a new one would try.

    Otherwise every look at a page would order another sync while the vendor refuses,
    after somebody has cancelled it, or when its total counts contacts that it does not
    deliver.
    """
    run = location.last_run_id
    age = age_seconds(run.finished_at) if run.finished_at else None
    if age is None:
        return False
    if run.state in ("failed", "cancelled") or total is None:
        return age < RETRY_PAUSE
    ttl = location.env["ghl.settings"]._int("total_ttl")
    return bool(
        run.kind == "full"
        and age < max(ttl, RETRY_PAUSE)
        and total == run.contacts_expected
        # Nothing has left the mirror since.
        and location.contact_count >= run.contacts_seen - run.bad_records
    )
