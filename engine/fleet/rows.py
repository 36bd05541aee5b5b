"""The figures of all locations, by one statement for any number of them.

Each is computed from what syncs keep; only the state, which takes more than SQL knows,
is the one that was last looked at (`ghl.standing`).
"""

from __future__ import annotations

from odoo import fields
from odoo.tools import SQL

from ...tools.state.facts import CLOCK_SLACK
from ..location.read_up_to import read_up_to

# Models and fields that have to be flushed before the statement tells the truth.
DEPENDS = {
    "ghl.location": [
        *("active", "name", "ghl_id", "connection_id", "company_id", "contact_count"),
        *("ghl_total", "ghl_total_at", "last_full_at", "proof_state"),
        *("proven_complete_at", "contents_at", "rate_snapshot", "trouble_message"),
        "trouble_at",
        *("responsible_id", "next_sync_at", "next_sync_kind"),
        *("content_promise_days", "last_delta_at"),
    ],
    "ghl.connection": ["active", "state", "state_message", "refused_at"],
    "ghl.sync.run": ["location_id", "state", "started_at", "finished_at", "error"],
    "ghl.alarm": ["connection_id", "location_id", "closed_at"],
    "ghl.standing": ["location_id", "state", "tone", "severity", "needs_person"],
}

_ROWS = """
    SELECT l.id, l.id AS location_id, l.name, l.ghl_id, l.connection_id, l.company_id,
           l.responsible_id, l.next_sync_at, l.next_sync_kind,
           s.state,
           COALESCE(s.tone, 'neutral') AS tone,
           COALESCE(s.severity, 0) AS severity,
           COALESCE(s.needs_person, FALSE) AS needs_person,
           l.contact_count,
           t.total AS ghl_total,
           -- Rounded down: only what is whole is a hundred.
           CASE WHEN t.total >= l.contact_count THEN COALESCE(
               trunc(10000.0 * l.contact_count / NULLIF(t.total, 0)) / 100, 100)
           END AS coverage,
           t.total >= l.contact_count AS has_coverage,
           t.total IS NOT NULL AS has_total,
           l.proof_state,
           l.proven_complete_at,
           l.contents_at AS content_as_of,
           -- Only where something is promised; a time to come is unknown.
           l.content_promise_days > 0
               AND l.last_full_at IS NOT NULL AND l.contact_count > 0
               AND (l.contents_at IS NULL
                    OR l.contents_at > %(now)s::timestamp + %(slack)s
                    OR l.contents_at < %(now)s::timestamp
                       - l.content_promise_days * interval '1 day') AS contents_late,
           read.up_to AS read_up_to,
           -- In minutes, rounded up.
           ceil(extract(epoch FROM %(now)s::timestamp - read.up_to) / 60)::int
               AS lag_minutes,
           extract(epoch FROM %(now)s::timestamp - l.contents_at) / 86400
               AS content_days,
           CASE WHEN q.holds THEN q.remaining END AS quota_left,
           q.holds AND q.remaining IS NOT NULL AS has_quota,
           q.allowed AS quota_limit,
           COALESCE(CASE WHEN c.state IN ('needs_reauth', 'error')
                         THEN c.state_message END,
                    l.trouble_message, bad.error) AS last_error,
           -- The moment of the very error that is told.
           CASE WHEN c.state IN ('needs_reauth', 'error')
                     AND c.state_message IS NOT NULL THEN c.refused_at
                WHEN l.trouble_message IS NOT NULL THEN l.trouble_at
                ELSE bad.finished_at END AS last_error_at,
           at_work.id AS active_run_id,
           (SELECT count(*) FROM ghl_alarm a
             WHERE a.connection_id = l.connection_id AND a.closed_at IS NULL
               AND COALESCE(a.location_id, l.id) = l.id)::int AS alarm_count,
           GREATEST(l.write_date, c.write_date, good.finished_at, bad.finished_at)
               AS changed_at
      FROM ghl_location l
      JOIN ghl_connection c ON c.id = l.connection_id
      LEFT JOIN ghl_standing s ON s.location_id = l.id
      LEFT JOIN ghl_sync_run at_work ON at_work.location_id = l.id
           AND at_work.state IN ('queued', 'running', 'waiting')
      LEFT JOIN LATERAL (
           SELECT r.started_at, r.finished_at FROM ghl_sync_run r
            WHERE r.location_id = l.id AND r.state = 'done'
            ORDER BY r.id DESC LIMIT 1) good ON TRUE
      LEFT JOIN LATERAL (
           SELECT r.error, r.finished_at FROM ghl_sync_run r
            WHERE r.location_id = l.id AND r.state = 'failed'
            ORDER BY r.id DESC LIMIT 1) bad ON TRUE
     CROSS JOIN LATERAL (
           SELECT %(read_up_to)s AS up_to) read
     CROSS JOIN LATERAL (
           SELECT CASE WHEN l.ghl_total_at IS NOT NULL
                       THEN COALESCE(l.ghl_total, 0) END AS total) t
     CROSS JOIN LATERAL (
           SELECT %(remaining)s AS remaining, %(allowed)s AS allowed,
                  -- Figures of a window that has ended are not known any more.
                  COALESCE(COALESCE(%(reset)s, %(told)s + 86400)
                           > extract(epoch FROM %(now)s::timestamp), FALSE) AS holds) q
     WHERE l.active AND c.active AND %(which)s
"""


def fleet_rows(which: SQL | None = None) -> SQL:
    """Return the statement of the rows.

    :param which: a condition on the location `l`; all of them by default
    """
    return SQL(
        _ROWS,
        now=fields.Datetime.now(),
        slack=CLOCK_SLACK,
        remaining=_number("l.rate_snapshot -> 'remaining_today'"),
        allowed=_number("l.rate_snapshot -> 'limit_today'"),
        reset=_number("l.rate_snapshot -> 'daily' -> 'reset_at'"),
        told=_number("l.rate_snapshot -> 'at'"),
        read_up_to=read_up_to(SQL("l"), SQL("good.started_at")),
        which=which or SQL("TRUE"),
    )


def _number(path: str) -> SQL:
    """Return a number of the snapshot of rate limits; other than a number is none."""
    value = SQL(path)  # pylint: disable=sql-injection
    return SQL(
        "CASE WHEN jsonb_typeof(%(value)s) = 'number' THEN (%(value)s)::numeric END",
        value=value,
    )
