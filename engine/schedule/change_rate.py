"""Tell how often a location changes, as its runs have found it."""

from datetime import datetime
from typing import Any

from ...tools.schedule.change_rate import follow_rate
from ..checkpoint import load_checkpoint
from ..clock import age_seconds


def followed_rate(run: Any, now: datetime) -> dict[str, float]:
    """Return the location's `change_rate` after a run that ends well now.

    By reads of changes alone: what other runs repair has no new date, and no read of
    changes would have found it.
    """
    location = run.location_id
    found = _changes_read(run)
    if found is None:
        return {}
    read_at = location.last_delta_at or location.last_verify_at
    age = age_seconds(read_at, now) if read_at else None
    if age is None:
        return {}
    rate = location.change_rate if location.change_rate >= 0 else None
    followed = follow_rate(rate, found, age / 3_600)
    return {} if followed is None else {"change_rate": followed}


def _changes_read(run: Any) -> int | None:
    """Return how many changes a run has read, None where that is not known apart."""
    if run.kind == "delta":
        return int(run.contacts_created + run.contacts_updated)
    return load_checkpoint(run).changes_read if run.kind == "audit" else None
