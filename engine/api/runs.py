"""A run as the JSON API shows it."""

from typing import Any

from ...tools.dates import iso_seconds
from ..activity import describe
from ..location.orders import origin_text
from ..plan.choose import choice_text
from ..plan.estimate import planned_cost


def run_entry(run: Any) -> dict[str, Any]:
    """Return a run as the JSON API shows it (the `Sync` object)."""
    run.ensure_one()
    snapshot = run.location_id.rate_snapshot or {}
    active = run._is_active()
    waiting = run.state == "waiting"
    return {
        "run_id": run.id,
        "location_id": run.location_id.ghl_id,
        "kind": run.kind,
        "follow_up_kind": run.follow_up_kind or None,
        "origin": run.origin,
        "origin_text": origin_text(run),
        "state": run.state,
        "phase": run.phase,
        # When it goes on is told by `resume_at`, for the reader's own clock.
        "message": (run.error if waiting else run.state_message) or None,
        "activity": describe(run),
        "contacts_seen": run.contacts_seen,
        "contacts_expected": run.contacts_expected or None,
        "contacts_created": run.contacts_created,
        "contacts_updated": run.contacts_updated,
        "contacts_unchanged": run.contacts_unchanged,
        "contacts_deleted": run.contacts_deleted,
        "contacts_repaired": run.contacts_repaired,
        "contacts_drifted": run.contacts_drifted,
        "drift": run.drift or {},
        "bad_records": run.bad_records,
        "percent": round(run.percent, 1) if active or run.percent else None,
        "rate": round(run.rate, 1) or None,
        "eta_seconds": round(run.eta_seconds, 1) if run.eta_seconds else None,
        "requests_sent": run.requests_sent,
        "retries": run.retries,
        "rate_limited": run.rate_limited,
        "requests_left_today": snapshot.get("remaining_today"),
        "planned": planned_cost(run),
        "busy_seconds": round(run.busy_seconds, 1),
        "choice": choice_text(run),
        "queued_at": iso_seconds(run.create_date),
        "started_at": iso_seconds(run.started_at),
        "finished_at": iso_seconds(run.finished_at),
        "resume_at": iso_seconds(run.resume_at),
        "error": run.error or None,
        "error_code": run.error_code or None,
        "proof": {
            "state": run.proof_state,
            "message": run.proof_message or None,
        },
    }
