"""The answer of `/api/sync-status`: a location, its sync, and what syncs would cost."""

from typing import Any

from .sync_plan import plan_entry
from .visible_locations import location_entries

# Keys of a list's entry that the status of one location has as well.
STATUS_KEYS = (
    "location_id",
    "contact_count",
    "ghl_total",
    "coverage",
    "proven_complete_at",
    "next_sync_at",
    "next_sync_kind",
    "next_sync_reason",
    "content_as_of",
    "audit",
    "sync",
    "status",
)


def sync_status(location: Any) -> dict[str, Any]:
    """Return what the page shows of a location and asks for every second."""
    plan = plan_entry(location)
    return {**location_status(location), "plan": plan}


def location_status(location: Any) -> dict[str, Any]:
    """Return the figures and the sync of one location."""
    location.ensure_one()
    entry = location_entries(location)[0]
    return {key: entry[key] for key in STATUS_KEYS}
