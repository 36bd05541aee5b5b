"""The figures of locations at this moment, for `GET /api/ghl/metrics`.

All from the database, by a few statements for any number of locations: worker processes
share no registry, and a counter of one process would be wrong in the next.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from odoo import fields
from odoo.tools import SQL

from ...tools.metrics import latency
from ...tools.metrics.counters import COUNTERS, RUN_COUNTERS
from ...tools.metrics.families import COUNTER_COLUMNS, FAMILIES, PERCENTILES
from ...tools.metrics.openmetrics import render
from ...tools.rate_limit.quota_figures import Quota
from ...tools.state.figures import coverage_percent
from ..content.pace import promised_days
from ..location.read_up_to import read_up_to

# Columns of a run that may fall until it ends, since contacts that overlapping windows
# show twice are counted once in the end. A counter may not fall, so the totals bring
# these.
_AT_THE_END = ("contacts_seen", "contacts_unchanged", "busy_seconds")
_OF_ACTIVE = tuple(name for name in COUNTERS if name not in _AT_THE_END)
_DAY = 86_400.0
_FIELDS = (
    *("ghl_id", "connection_id", "contact_count", "ghl_total", "ghl_total_at"),
    *("proof_state", "known_gap", "proven_complete_at", "contents_at"),
    *("audit_enabled", "audit_days", "audit_share", "auto_sync", "audit_drifted"),
    *("rate_snapshot", "last_full_at"),
)


def metrics_text(env: Any) -> str:
    """Return what the user may see of all locations, as OpenMetrics text."""
    locations = env["ghl.location"].search_fetch([], _FIELDS, order="id")
    # As in the fleet: nobody reads what belongs to a connection that is put away.
    locations = locations.filtered(lambda one: one.connection_id.sudo().active)
    # sudo: figures of runs and troubles belong to whoever may read the location.
    env = locations.sudo().env
    totals = _totals(env, locations)
    days = _latencies_of_today(env, locations)
    runs = _uncounted(env, locations)
    read_at = _read_up_to(env, locations)
    troubles = _troubles(env, locations)
    now = fields.Datetime.now()
    values = {}
    for location in locations:
        run = runs.get(location.id, {})
        counted = totals.get(location.id, {})
        counts = latency.add(days.get(location.id), run.get("latency_counts"))
        values[location.ghl_id] = {
            **{
                name: (counted.get(column) or 0) + (run.get(column) or 0)
                for name, column in COUNTER_COLUMNS.items()
            },
            **{
                name: latency.percentile(counts, share)
                for name, share in PERCENTILES.items()
            },
            **_of_mirror(location, now),
            **_of_quota(location, now),
            "lag_seconds": _age(read_at.get(location.id), now),
            "active_runs": run.get("active") or 0,
            "refused_connections": int(
                location.connection_id.sudo().state == "needs_reauth"
            ),
            "open_alarms": troubles.get(location.id, 0),
        }
    return render(FAMILIES, values)


# === OF A LOCATION === #


def _of_mirror(location: Any, now: datetime) -> dict[str, float | None]:
    total = location.ghl_total if location.ghl_total_at else None
    coverage = coverage_percent(location.contact_count, total)
    proven = location.proof_state != "unknown"
    days = promised_days(location)
    return {
        "mirrored_contacts": location.contact_count,
        "vendor_contacts": total,
        "coverage_ratio": None if coverage is None else coverage / 100,
        "gap_contacts": location.known_gap if proven else None,
        "proof_age_seconds": _age(location.proven_complete_at, now),
        "content_age_seconds": _content_age(location, now),
        "content_promise_seconds": None if days is None else days * _DAY,
        "audit_drift_contacts": location.audit_drifted,
    }


def _content_age(location: Any, now: datetime) -> float | None:
    """Return the age of contents; where some were never read, of the last full sync."""
    age = _age(location.contents_at, now)
    if age is None and location.contact_count:
        return _age(location.last_full_at, now)
    return age


def _of_quota(location: Any, now: datetime) -> dict[str, float | None]:
    """Return the day's quota, as far as what was told of it still holds."""
    quota = Quota.of(location.rate_snapshot, now.replace(tzinfo=UTC).timestamp())
    return {"quota_limit_requests": quota.limit, "quota_left_requests": quota.left}


def _age(timestamp: Any, now: datetime) -> float | None:
    """Return the seconds since a moment; one to come is unknown."""
    if not timestamp or timestamp > now:
        return None
    seconds: float = (now - timestamp).total_seconds()
    return seconds


# === OF ALL LOCATIONS, A STATEMENT EACH === #


def _totals(env: Any, locations: Any) -> dict[int, dict[str, float]]:
    names = (*RUN_COUNTERS, *COUNTERS)
    env["ghl.metric.total"].flush_model()
    env.cr.execute(
        SQL(
            "SELECT location_id, %s FROM ghl_metric_total WHERE location_id = ANY(%s)",
            SQL(", ").join(SQL.identifier(name) for name in names),
            list(locations.ids),
        )
    )
    return {
        location_id: dict(zip(names, row, strict=True))
        for location_id, *row in env.cr.fetchall()
    }


def _latencies_of_today(env: Any, locations: Any) -> dict[int, list[int]]:
    env["ghl.metric.day"].flush_model()
    env.cr.execute(
        SQL(
            """
            SELECT location_id, latency_counts FROM ghl_metric_day
             WHERE day = %s AND location_id = ANY(%s)
            """,
            fields.Date.today(),
            list(locations.ids),
        )
    )
    return dict(env.cr.fetchall())


def _uncounted(env: Any, locations: Any) -> dict[int, dict[str, Any]]:
    """Return the figures of runs that the totals do not hold yet: those at work."""
    env["ghl.sync.run"].flush_model()
    env.cr.execute(
        SQL(
            """
            SELECT location_id, latency_counts,
                   state IN ('queued', 'running', 'waiting'), state, %s
              FROM ghl_sync_run
             WHERE is_counted IS NOT TRUE AND location_id = ANY(%s)
            """,
            SQL(", ").join(SQL.identifier(name) for name in COUNTERS),
            list(locations.ids),
        )
    )
    found: dict[int, dict[str, Any]] = {}
    for location_id, counts, is_active, state, *row in env.cr.fetchall():
        told = found.setdefault(location_id, {"active": 0})
        told["active"] += is_active
        told["latency_counts"] = latency.add(told.get("latency_counts"), counts)
        if f"runs_{state}" in RUN_COUNTERS:
            told[f"runs_{state}"] = told.get(f"runs_{state}", 0) + 1
        figures = dict(zip(COUNTERS, row, strict=True))
        for name in _OF_ACTIVE if is_active else COUNTERS:
            told[name] = told.get(name, 0) + (figures[name] or 0)
    return found


def _read_up_to(env: Any, locations: Any) -> dict[int, datetime]:
    """Return up to when all that changed was read."""
    env["ghl.location"].flush_model(["last_delta_at"])
    env.cr.execute(
        SQL(
            """
            SELECT l.id, %s
              FROM ghl_location l
              LEFT JOIN LATERAL (
                   SELECT started_at FROM ghl_sync_run
                    WHERE location_id = l.id AND state = 'done'
                    ORDER BY id DESC LIMIT 1) good ON TRUE
             WHERE l.id = ANY(%s)
            """,
            read_up_to(SQL("l"), SQL("good.started_at")),
            list(locations.ids),
        )
    )
    return dict(env.cr.fetchall())


def _troubles(env: Any, locations: Any) -> dict[int, int]:
    env["ghl.alarm"].flush_model()
    env.cr.execute(
        SQL(
            """
            SELECT l.id, COUNT(*)
              FROM ghl_location l
              JOIN ghl_alarm a ON a.connection_id = l.connection_id
                   AND COALESCE(a.location_id, l.id) = l.id
             WHERE l.id = ANY(%s) AND a.closed_at IS NULL
             GROUP BY l.id
            """,
            list(locations.ids),
        )
    )
    return dict(env.cr.fetchall())
