"""Collects what is known of locations, for many of them by a handful of queries."""

from datetime import datetime
from typing import Any

from odoo import fields
from odoo.tools import SQL

from ... import const
from ...tools.state.facts import Facts, RunFacts
from ..activity import describe
from ..content.pace import promised_days
from ..crons.mend import cron_state
from ..crons.own_crons import essential_off
from ..crons.watchdog import idle_seconds
from ..location.writer_lock import locations_with_writer
from ..schedule.collect import rests_of

_RUN_FIELDS = (
    *("kind", "state", "phase", "error", "error_code", "contacts_seen"),
    *("contacts_expected", "bad_records", "started_at", "finished_at", "resume_at"),
    *("heartbeat_at", "cancel_requested", "create_date", "location_id"),
    *("proof_state", "proof_message", "activity", "attempt", "contacts_repaired"),
)


def collect_facts(locations: Any) -> dict[int, Facts]:
    """Return {location id: facts} of `ghl.location` records that the user may read.

    Figures of runs and crons belong to whoever may read the location.
    """
    # sudo: crons are the administrators'; what is shown of them is whether they work.
    locations = locations.sudo().with_context(active_test=False)
    runs = _find_runs(locations)
    held = _locations_with_writer(locations, runs)
    ttl = locations.env["ghl.settings"]._int("total_ttl")
    now = fields.Datetime.now()
    refused = locations.env["ghl.webhook.refusal"]._recent()
    kept = _locations_that_keep(locations)
    crons_off = tuple(essential_off(locations.env))
    connections = {
        connection.id: _connection_facts(connection)
        for connection in locations.connection_id
    }
    return {
        location.id: Facts(
            now=now,
            total_ttl=ttl,
            **connections.get(location.connection_id.id, {}),
            **_location_facts(location, now),
            **_refused_since(refused, location.last_event_at),
            **_run_facts(runs.get(location.id, {}), held),
            kept=location.id in kept,
            cron=cron_state(location, now),
            crons_off=crons_off,
        )
        for location in locations
    }


def _refused_since(refused: list[dict[str, Any]], last: Any) -> dict[str, Any]:
    """Return what was refused after the last webhook that was accepted."""
    later = [one for one in refused if not last or one["last_at"] > last]
    return {
        "webhook_refused": " ".join(one["text"] for one in later) or None,
        "webhook_refusals": sum(one["count"] for one in later),
    }


def _locations_that_keep(locations: Any) -> set[int]:
    """Return where a person keeps contacts that GoHighLevel no longer has."""
    found = locations.env["ghl.deletion.candidate"]._read_group(
        [("location_id", "in", locations.ids), ("state", "=", "kept")], ["location_id"]
    )
    return {location.id for (location,) in found}


def _connection_facts(connection: Any) -> dict[str, Any]:
    return {
        "connection_archived": not connection.active,
        "connection_name": connection.name,
        "connection_kind": connection.auth_kind,
        "connection_state": connection.state,
        "connection_message": connection.state_message or None,
        "connection_since": connection.refused_at or None,
        "connection_probe_at": connection.probe_at or None,
        "has_credential": connection.has_token,
        "database_moved": connection.is_moved,
        "moved_message": connection.moved_message or None,
    }


def _location_facts(location: Any, now: datetime) -> dict[str, Any]:
    # Every run that ends well notes it. Locations of an older version may lack it.
    others = filter(None, (location.last_verify_at, location.last_full_at))
    read_at = location.last_delta_at or max(others, default=None)
    known = location.contact_count or location.last_full_at
    rests = rests_of(location, read_at or location.proven_complete_at or now, now)
    review = location.deletion_review_id
    return {
        "review": review.contact_count if review else None,
        "review_run": review.run_id.id or None,
        "archived": not location.active,
        "installed": location.is_installed,
        "trouble_code": location.trouble_code or None,
        "trouble_message": location.trouble_message or None,
        "trouble_at": location.trouble_at or None,
        "trouble_probe_at": location.probe_at or None,
        "mirrored": location.contact_count if known else None,
        "total": location.ghl_total if location.ghl_total_at else None,
        "total_at": location.ghl_total_at or None,
        "mirror_changed_at": location.mirror_changed_at or None,
        "proof": location.proof_state or "unknown",
        "proof_message": location.proof_message or None,
        "proven_at": location.proven_complete_at or None,
        "full_at": location.last_full_at or None,
        "contents_at": location.contents_at or None,
        "promised_days": promised_days(location),
        "drifted": location.audit_drifted,
        "read_at": read_at,
        "scheduled": location.auto_sync,
        "delta_minutes": rests[0],
        "quiet_minutes": rests[1],
        "webhook": location.webhook_state or "none",
        "webhook_message": location.webhook_message or None,
    }


# === Runs ===


def _find_runs(locations: Any) -> dict[int, dict[str, Any]]:
    """Return {location id: {"active", "last", "check": run}}.

    By the index of each location's history: the number of old runs does not matter.
    """
    Run = locations.env["ghl.sync.run"]
    Run.flush_model(["location_id", "kind", "state"])
    rows = locations.env.execute_query(
        SQL(
            """
            SELECT l.id,
                   (SELECT r.id FROM ghl_sync_run r
                     WHERE r.location_id = l.id
                       AND r.state IN ('queued', 'running', 'waiting') LIMIT 1),
                   (SELECT r.id FROM ghl_sync_run r
                     WHERE r.location_id = l.id
                       AND r.state IN ('done', 'failed', 'cancelled')
                     ORDER BY r.id DESC LIMIT 1),
                   (SELECT r.id FROM ghl_sync_run r
                     WHERE r.location_id = l.id AND r.kind IN ('full', 'verify')
                       AND r.state IN ('done', 'failed')
                     ORDER BY r.id DESC LIMIT 1)
              FROM unnest(%s::int[]) AS l(id)
            """,
            list(locations.ids),
        )
    )
    runs = Run.browse({run_id for row in rows for run_id in row[1:] if run_id})
    runs.fetch(_RUN_FIELDS)
    _fetch_reviews(runs)
    by_id = {run.id: run for run in runs}
    return {
        location_id: {
            name: by_id[run_id]
            for name, run_id in zip(("active", "last", "check"), found, strict=True)
            if run_id
        }
        for location_id, *found in rows
    }


def _locations_with_writer(locations: Any, runs: dict[int, dict[str, Any]]) -> set[int]:
    """Return which locations a process works on; asked only when a run looks idle."""
    idle = [
        location_id
        for location_id, found in runs.items()
        if "active" in found
        and idle_seconds(found["active"]) > const.QUEUE_ALARM_SECONDS
    ]
    return locations_with_writer(locations.env) if idle else set()


def _run_facts(found: dict[str, Any], held: set[int]) -> dict[str, Any]:
    return {name: run_facts(run, held) for name, run in found.items()}


def run_facts(run: Any, held: set[int]) -> RunFacts:
    """Return what is known of one run.

    :param held: ids of the locations that a process works on
    """
    active = run.state in const.ACTIVE_STATES
    stalled = (
        active
        and idle_seconds(run) > const.QUEUE_ALARM_SECONDS
        and run.location_id.id not in held
    )
    return RunFacts(
        id=run.id,
        kind=run.kind,
        state=run.state,
        phase=run.phase,
        code=run.error_code or None,
        error=run.error or None,
        seen=run.contacts_seen,
        expected=run.contacts_expected or None,
        bad_records=run.bad_records,
        repaired=run.contacts_repaired,
        started_at=run.started_at or run.create_date,
        finished_at=run.finished_at or None,
        progress_at=run.heartbeat_at or None,
        resume_at=run.resume_at or None,
        stalled=stalled,
        cancel_requested=run.cancel_requested,
        activity=(describe(run) or {}).get("text"),
        proof=run.proof_state or "unknown",
        proof_message=run.proof_message or None,
        review=_review_state(run),
    )


def _fetch_reviews(runs: Any) -> None:
    """Read the questions of all runs that the delete brake stopped at once."""
    braked = runs.filtered(lambda run: run.error_code == "delete_brake")
    braked.fetch(["review_ids"])


def _review_state(run: Any) -> str | None:
    """Return what became of the question of a run that the delete brake stopped."""
    if run.error_code != "delete_brake":
        return None
    return run.review_ids[:1].state or None
