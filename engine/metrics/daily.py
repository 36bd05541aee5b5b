"""Adds what runs and calls have cost to the metrics of their day and of all time.

Each run is counted once, in the transaction that ends it; `is_counted` says so. What
was ended past the ORM is counted by the daily clean-up. Days are those of UTC.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from odoo import fields
from odoo.tools import SQL

from ...tools.http.tally import Counts
from ...tools.metrics.counters import COUNTERS, RUN_COUNTERS
from ...tools.metrics.latency import percentile

_ALL = (*RUN_COUNTERS, *COUNTERS)
# Columns of a day that describe it, rather than count; the last word counts.
_STATES = ("mirrored", "vendor_total", "coverage", "gap", "quota_limit")


def count_runs(env: Any, runs: Any = None) -> None:
    """Count runs that have ended, unless they are counted already.

    :param runs: `ghl.sync.run` records; None: all that there are
    """
    for model in ("ghl.sync.run", "ghl.location"):
        env[model].flush_model()
    wanted = SQL() if runs is None else SQL("AND r.id = ANY(%s)", list(runs.ids))
    source = SQL(
        """
        ended AS (
            UPDATE ghl_sync_run r SET is_counted = TRUE
             WHERE r.is_counted IS NOT TRUE AND r.finished_at IS NOT NULL
               AND r.state IN ('done', 'failed', 'cancelled') %(wanted)s
            RETURNING r.*),
        source AS (
            SELECT e.location_id, e.finished_at::date AS day, %(counters)s,
                   (e.state = 'done')::int AS runs_done,
                   (e.state = 'failed')::int AS runs_failed,
                   (e.state = 'cancelled')::int AS runs_cancelled,
                   e.latency_counts,
                   -- The start of the run before this one stands in where nobody
                   -- knows when changes were read before.
                   CASE WHEN e.state = 'done' THEN COALESCE(
                       e.lag_seconds,
                       extract(epoch FROM e.finished_at - before.started_at))
                   END AS lag_seconds
              FROM ended e
              LEFT JOIN LATERAL (
                   SELECT started_at FROM ghl_sync_run b
                    WHERE b.location_id = e.location_id AND b.id < e.id
                      AND b.state = 'done'
                    ORDER BY b.id DESC LIMIT 1) before ON TRUE)
        """,
        wanted=wanted,
        counters=SQL(", ").join(SQL.identifier("e", name) for name in COUNTERS),
    )
    _add(env, source)
    env["ghl.sync.run"].invalidate_model(["is_counted"])


def count_calls(location: Any, counts: Counts) -> None:
    """Count requests that belong to no run, as those for webhooks."""
    if counts.requests or counts.retries:
        values = {
            "requests_sent": counts.requests,
            "retries": counts.retries,
            "rate_limited": counts.limited,
            "bytes_received": counts.received,
        }
        _add_to_today(location, values, counts.latency)


def count_deleted(location: Any, contacts: int) -> None:
    """Count contacts that are archived on behalf of a run that was counted before."""
    _add_to_today(location, {"contacts_deleted": contacts})


def _add_to_today(
    location: Any, values: Mapping[str, int], counts: Sequence[int] | None = None
) -> None:
    location.flush_recordset()
    source = SQL(
        """
        source AS (
            SELECT %(location)s AS location_id, %(day)s::date AS day, %(counters)s,
                   %(latency)s::jsonb AS latency_counts, NULL::float AS lag_seconds)
        """,
        location=location.id,
        day=fields.Date.today(),
        counters=SQL(", ").join(
            SQL("%s AS %s", values.get(name, 0), SQL.identifier(name)) for name in _ALL
        ),
        latency=None if counts is None else json.dumps(counts),
    )
    _add(location.env, source)


# Adds rows of `source` to the day and to the total of their locations.
_ADD = """
    WITH %(source)s, latency AS (
        SELECT location_id, day, jsonb_agg(count ORDER BY n) AS counts
          FROM (SELECT s.location_id, s.day, c.n, SUM(c.v::bigint) AS count
                  FROM source s CROSS JOIN %(classes)s AS c(v, n)
                 GROUP BY s.location_id, s.day, c.n) classes
         GROUP BY location_id, day),
    figures AS (
        SELECT location_id, day, MAX(lag_seconds) AS lag_seconds, %(sums)s
          FROM source GROUP BY location_id, day),
    total AS (
        INSERT INTO ghl_metric_total AS t (location_id, company_id, %(names)s)
        SELECT f.location_id, MAX(l.company_id), %(sums)s
          FROM figures f JOIN ghl_location l ON l.id = f.location_id
         GROUP BY f.location_id
        ON CONFLICT (location_id) DO UPDATE SET %(raise_total)s)
    INSERT INTO ghl_metric_day AS m (
           location_id, company_id, day, %(names)s, lag_seconds,
           latency_counts, %(states)s, quota_left)
    SELECT f.location_id, l.company_id, f.day, %(names)s, f.lag_seconds,
           c.counts, t.here, t.total,
           CASE WHEN t.total >= t.here
                -- Rounded down: only what is whole is a hundred.
                THEN COALESCE(
                    trunc(10000.0 * t.here / NULLIF(t.total, 0)) / 100,
                    100) END,
           CASE WHEN l.proof_state <> 'unknown' THEN l.known_gap END,
           %(limit)s, %(left)s
      FROM figures f
      JOIN ghl_location l ON l.id = f.location_id
      LEFT JOIN latency c ON c.location_id = f.location_id AND c.day = f.day
     CROSS JOIN LATERAL (
           SELECT COALESCE(l.contact_count, 0) AS here,
                  CASE WHEN l.ghl_total_at IS NOT NULL
                  THEN COALESCE(l.ghl_total, 0) END AS total) t
    ON CONFLICT (location_id, day) DO UPDATE SET
           %(raise_day)s, %(set_states)s,
           lag_seconds = GREATEST(m.lag_seconds, excluded.lag_seconds),
           quota_left = LEAST(m.quota_left, excluded.quota_left),
           latency_counts = (
               SELECT jsonb_agg(COALESCE(a.v::bigint, 0)
                                + COALESCE(b.v::bigint, 0) ORDER BY n)
                 FROM %(of_day)s AS a(v, n)
                 FULL JOIN %(of_new)s AS b(v, n) USING (n))
    RETURNING id, latency_counts, contacts_seen, busy_seconds
"""


def _add(env: Any, source: SQL) -> None:
    """Add rows of `source` to the day and to the total of their locations."""
    env["ghl.metric.day"].flush_model()
    env.cr.execute(
        SQL(
            _ADD,
            source=source,
            classes=_elements("s"),
            sums=SQL(", ").join(
                SQL("SUM(%s) AS %s", SQL.identifier(name), SQL.identifier(name))
                for name in _ALL
            ),
            names=_names(_ALL),
            states=_names(_STATES),
            raise_total=_raise("t"),
            raise_day=_raise("m"),
            set_states=SQL(", ").join(
                SQL("%s = excluded.%s", SQL.identifier(name), SQL.identifier(name))
                for name in _STATES
            ),
            of_day=_elements("m"),
            of_new=_elements("excluded"),
            limit=_quota("limit_today"),
            left=_quota("remaining_today"),
        )
    )
    _derive(env, env.cr.fetchall())
    env["ghl.metric.day"].invalidate_model()
    env["ghl.metric.total"].invalidate_model()


def _derive(env: Any, rows: Iterable[tuple[Any, ...]]) -> None:
    """Store what follows from the sums of days: speed and percentiles."""
    derived = []
    for row_id, counts, seen, busy in rows:
        times = [percentile(counts, share) for share in (0.5, 0.95, 0.99)]
        derived.append(
            {
                "id": row_id,
                "speed": seen / busy if seen and busy else None,
                **{
                    f"p{share}": None if time is None else time * 1_000
                    for share, time in zip((50, 95, 99), times, strict=True)
                },
            }
        )
    env.cr.execute(
        SQL(
            """
            UPDATE ghl_metric_day m
               SET contacts_per_second = d.speed, latency_p50_ms = d.p50,
                   latency_p95_ms = d.p95, latency_p99_ms = d.p99
              FROM jsonb_to_recordset(%s::jsonb) AS d(
                   id int, speed float, p50 float, p95 float, p99 float)
             WHERE m.id = d.id
            """,
            json.dumps(derived),
        )
    )


def _names(names: Iterable[str]) -> SQL:
    return SQL(", ").join(SQL.identifier(name) for name in names)


def _raise(alias: str) -> SQL:
    return SQL(", ").join(
        SQL(
            "%(name)s = COALESCE(%(old)s, 0) + COALESCE(excluded.%(name)s, 0)",
            name=SQL.identifier(name),
            old=SQL.identifier(alias, name),
        )
        for name in _ALL
    )


def _elements(alias: str) -> SQL:
    """Return the classes of a row's latencies as a table of value and number."""
    return SQL(
        "jsonb_array_elements_text(CASE WHEN jsonb_typeof(%(column)s) = 'array' "
        "THEN %(column)s END) WITH ORDINALITY",
        column=SQL.identifier(alias, "latency_counts"),
    )


def _quota(key: str) -> SQL:
    """Return what was told of the day's quota; other than a number is unknown."""
    return SQL(
        "CASE WHEN jsonb_typeof(l.rate_snapshot -> %(key)s) = 'number' THEN "
        "LEAST(GREATEST((l.rate_snapshot ->> %(key)s)::numeric, 0), 2147483647) END",
        key=key,
    )
