"""Locations in the JSON API: their figures, their sync, their one state."""

from typing import Any

from odoo.fields import Domain

from ... import const
from ...tools.dates import iso_seconds
from ...tools.schedule.reasons import REASONS
from ..content.pace import promised_days
from ..location.figures import coverage_of, known_total
from ..schedule.show import shown_next
from ..state import show
from .runs import run_entry


def find_location(env: Any, ghl_id: str) -> Any:
    """Return the `ghl.location` that the user may read under this GHL id, or none.

    One of another company is not found, just as one that does not exist.
    """
    return env["ghl.location"].search([("ghl_id", "=", ghl_id)], limit=1)


def location_entries(locations: Any) -> list[dict[str, Any]]:
    """Return the entries of the list of locations, without a query for each."""
    runs = _runs(locations)
    states = show.to_api(locations)
    return [
        {
            "location_id": location.ghl_id,
            "name": location.name,
            "contact_count": location.contact_count,
            "ghl_total": known_total(location),
            "coverage": coverage_of(location),
            "last_sync": iso_seconds(location.last_sync_at),
            "proven_complete_at": iso_seconds(location.proven_complete_at),
            **next_sync(location, runs.get(location.id)),
            "content_as_of": iso_seconds(location.contents_at),
            "audit": _audit_entry(location),
            "sync": run_entry(runs[location.id]) if location.id in runs else None,
            "status": states[location.id],
        }
        for location in locations
    ]


def next_sync(location: Any, run: Any) -> dict[str, Any]:
    """Return what comes next for a location, and why, as the JSON API shows it.

    :param run: its active run, else its last
    """
    due = shown_next(location, run)
    words = show.make_words(location.env)
    return {
        "next_sync_at": iso_seconds(due.at) if due else None,
        "next_sync_kind": due.kind if due else None,
        "next_sync_reason": words(REASONS[due.reason]) if due else None,
    }


def _audit_entry(location: Any) -> dict[str, Any]:
    """Return what is promised of a location's contents, and what was found."""
    scheduled = location.audit_enabled and location.auto_sync
    return {
        "promised_days": promised_days(location),
        "last_at": iso_seconds(location.last_audit_at),
        "next_at": iso_seconds(location.audit_due_at) if scheduled else None,
        "drifted": location.audit_drifted,
        "drift": location.audit_drift or {},
    }


def _runs(locations: Any) -> dict[int, Any]:
    """Return {location id: its active run, else its last}."""
    Run = locations.env["ghl.sync.run"]
    domain = Domain("location_id", "in", locations.ids)
    last = Run._read_group(domain, ["location_id"], ["id:max"])
    active = Run.search(domain & Domain("state", "in", list(const.ACTIVE_STATES)))
    ids = {location.id: run_id for location, run_id in last}
    ids.update((run.location_id.id, run.id) for run in active)
    runs = Run.browse(ids.values())  # one prefetch set
    return {run.location_id.id: run for run in runs}
