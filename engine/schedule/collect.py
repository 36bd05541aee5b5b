"""Collect the facts that a location's schedule follows from, from its records."""

from datetime import datetime
from typing import Any

from odoo import fields
from odoo.fields import Domain

from ...tools.schedule.facts import Known, Rules
from ...tools.schedule.next_sync import delta_due, rests_since
from ...tools.schedule.quiet import QuietHours
from ...tools.troubles import TROUBLES
from ...tools.zones import find_zone
from ..clock import known
from ..content.pace import audit_wanted_at
from ..location.recheck import recheck_at
from ..location.stopping import why_stopped
from ..vendor_access.connection_state import is_revoked
from ..vendor_access.refusals import is_refused
from .verify_pause import verify_pause

# Runs that are looked at to count the failures in a row.
_MAX_FAILURES = 8
# Slugs of runs that failed because access was refused.
ACCESS_CODES = frozenset(
    slug for slug, one in TROUBLES.items() if "test_connection" in one.actions
)


def rules_of(location: Any) -> Rules:
    """Return the schedule as people set it."""
    return Rules(
        on=location.auto_sync,
        delta_minutes=location.delta_interval,
        adapts=location.adaptive_sync,
        shortest=location.delta_shortest,
        longest=location.delta_longest,
        verify_hours=location.verify_interval,
        quiet=quiet_hours_of(location),
        quiet_reads=location.quiet_reads,
    )


def rests_of(location: Any, read_at: datetime, now: datetime) -> tuple[int, int]:
    """Return minutes that the schedule lets pass without a read of changes.

    :return: between two reads, and of the time since the last one those in quiet hours
        without reads
    """
    rate = location.change_rate if location.change_rate >= 0 else None
    rests = rests_since(rules_of(location), Known(rate=rate), read_at, now)
    interval, quiet = (round(rest.total_seconds() / 60) for rest in rests)
    return interval, quiet


def is_read_due(location: Any, read_at: datetime) -> bool:
    """Tell whether changes are to be read now that were read at a moment before."""
    now = fields.Datetime.now()
    read = Known(
        key=location.ghl_id,
        delta_at=read_at,
        rate=location.change_rate if location.change_rate >= 0 else None,
        viewed_at=known(location.viewed_at, now),
    )
    return delta_due(rules_of(location), read, now).is_due(now)


def quiet_hours_of(location: Any) -> QuietHours | None:
    """Return the quiet hours of a location by its own clock, None for none.

    The clock is UTC's while the location's time zone is unknown.
    """
    zone, _name = find_zone(location.timezone)
    hours = QuietHours(location.quiet_from, location.quiet_to, zone)
    return None if hours.is_empty else hours


def known_of(location: Any, now: datetime) -> Known:
    """Return what the decision follows from; timestamps that cannot be are unknown."""
    Run = location.env["ghl.sync.run"].sudo()
    active = Run._get_active(location)
    stopped = _stopped(location)
    if stopped or active:
        return Known(
            stopped=stopped,
            run=active.state or None,
            run_kind=active.kind or None,
            resume_at=active.resume_at or None,
        )
    if is_refused(location):
        subject = location.connection_id
        if subject.state != "needs_reauth":
            subject = location
        return Known(refused=True, probe_at=subject.probe_at or None)
    mine = Domain("location_id", "=", location.id)
    runs = Run.search(
        mine & Domain("state", "in", ["done", "failed", "cancelled"]),
        limit=_MAX_FAILURES,
    )
    failures, failed_at = _failures(runs, now)
    last = runs[:1]
    return Known(
        key=location.ghl_id,
        full_at=location.last_full_at or None,
        # A first fill that failed is tried again, not at every call of the cron.
        full_tried_at=known(last.finished_at, now) if last.kind == "full" else None,
        verified_at=known(location.last_verify_at, now)
        or known(location.last_full_at, now),
        delta_at=known(location.last_delta_at, now),
        rate=location.change_rate if location.change_rate >= 0 else None,
        viewed_at=known(location.viewed_at, now),
        failures=failures,
        failed_at=failed_at,
        access_kind=_access_kind(location, last),
        verify_pause=verify_pause(location, now),
        recheck_at=recheck_at(location),
        audit_at=_audit_at(location),
        audit_asked=bool(location.audit_requested_at),
    )


def _audit_at(location: Any) -> datetime | None:
    """Return when contents are read again, in whole seconds, as `now` is."""
    timestamp = audit_wanted_at(location)
    return timestamp and timestamp.replace(microsecond=0)


def _stopped(location: Any) -> str | None:
    """Return why nothing is read by itself, not even a probe, None when it may be."""
    connection = location.connection_id
    if why_stopped(location):
        return "archived"
    if connection.is_moved:
        return "moved"
    if connection.auth_kind != "oauth":
        return None
    if not location.is_installed:
        return "not_installed"
    if is_revoked(connection) and not is_refused(location):
        return "revoked"
    return None


def _failures(runs: Any, now: datetime) -> tuple[int, datetime | None]:
    """Return how many runs have failed in a row, and when the last did.

    Verifies and audits have pauses of their own; what a person decides on, or what
    access that is back had stopped, says nothing of the next read of changes.
    """
    count, last = 0, None
    for run in runs:
        if run.state == "done":
            break
        if run.kind in ("verify", "audit") or run.state == "cancelled":
            continue
        if run.error_code == "delete_brake" or _is_made_up_for(run):
            continue
        count += 1
        last = last or known(run.finished_at, now)
    return count, last


def _is_made_up_for(run: Any) -> bool:
    back = run.location_id.access_back_at
    return bool(
        back
        and run.error_code in ACCESS_CODES
        and run.finished_at
        and run.finished_at <= back
    )


def _access_kind(location: Any, last: Any) -> str | None:
    """Return what a refusal that is over had stopped, and nobody has ordered since."""
    if last.state != "failed" or not _is_made_up_for(last):
        return None
    kind: str = last.kind
    return kind
