"""Tell how often a location changes, as its runs have found it."""

from datetime import datetime
from typing import Any

from ...tools.schedule.rate import follow_rate
from ..clock import age_seconds


def followed_rate(run: Any, now: datetime) -> dict[str, float]:
    """Return the location's `change_rate` after a run that ends well now.

    By reads of changes alone: what other runs repair has no new date, and no read of
    changes would have found it.
    """
    location = run.location_id
    if run.kind != "delta":
        return {}
    reads = (location.last_delta_at, location.last_verify_at, location.last_full_at)
    ages = [age_seconds(one, now) for one in reads if one]
    known = [age for age in ages if age is not None]
    if not known:
        return {}
    found = run.contacts_created + run.contacts_updated
    rate = location.change_rate if location.change_rate >= 0 else None
    followed = follow_rate(rate, found, min(known) / 3_600)
    return {} if followed is None else {"change_rate": followed}
