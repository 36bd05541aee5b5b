"""Figures about the data of a location's contacts, and the contacts behind them.

Each figure is a condition, by one table for both: what is counted is what is listed.
"""

from __future__ import annotations

import time
from typing import Any

from odoo.tools import SQL

from ...tools.quality.figures import GOOD, STALE, describe
from ...tools.quality.findings import BY_NAME, CODES
from ...tools.quality.score import score_of, score_parts
from .store import code_of, has_any, has_none, mark_of

_DAY_MS = 86_400_000


def figure_sql(location_ids: list[int], days: int, figure: str, alias: str) -> SQL:
    """Return the condition for the contacts of a figure.

    :param location_ids: the contacts' own; others are not found
    :param days: without a change for that long a contact is stale
    :param alias: of the table of contacts in the query
    """
    if figure == STALE:
        return SQL(
            "%s < %s", SQL.identifier(alias, "date_updated_ms"), _stale_before(days)
        )
    code = CODES[GOOD.get(figure, figure)]
    marks = [mark_of(location, code) for location in location_ids]
    return has_none(marks, alias) if figure in GOOD else has_any(marks, alias)


def count(location: Any) -> tuple[int, dict[str, int]]:
    """Return how many contacts were judged, and how many are behind each figure."""
    env = location.env
    rows = env.execute_query(
        SQL(
            """
            WITH judged AS (SELECT findings FROM ghl_contact_quality
                             WHERE location_id = %(location)s)
            SELECT NULL, count(*) FROM judged
            UNION ALL
            SELECT mark, count(*) FROM judged, unnest(findings) AS mark GROUP BY mark
            """,
            location=location.id,
        )
    )
    [(_none, total), *found] = rows
    counts = dict.fromkeys(BY_NAME, 0)
    names = {code: name for name, code in CODES.items()}
    for mark, contacts in found:
        if code_of(mark) in names:
            counts[names[code_of(mark)]] = contacts
    [(stale,)] = env.execute_query(
        SQL(
            "SELECT count(*) FROM ghl_contact AS c WHERE c.location_id = %s"
            " AND c.active IS TRUE AND %s",
            location.id,
            figure_sql([location.id], stale_days(env), STALE, "c"),
        )
    )
    counts[STALE] = stale
    counts.update({good: total - counts[bad] for good, bad in GOOD.items()})
    return total, counts


def quality(location: Any) -> dict[str, Any]:
    """Return the figures of a location as the API tells them, as last counted."""
    days = location.env["ghl.quality.day"]
    last = days.search([("location_id", "=", location.id)], limit=1)
    total, counts = last.contacts, last.counts or {}
    return {
        "location_id": location.ghl_id,
        "as_of": f"{last.counted_at.isoformat()}Z" if last else None,
        "contacts": total,
        "score": score_of(total, counts),
        "score_parts": score_parts(total, counts) if last else [],
        "stale_days": stale_days(location.env),
        "figures": [
            {
                "name": name,
                "label": label,
                "meaning": meaning,
                "is_good": name in GOOD,
                "count": counts.get(name, 0),
            }
            for name, label, meaning in describe(stale_days(location.env))
        ],
        "history": [
            {"day": day.day.isoformat(), "contacts": day.contacts, "score": day.score}
            for day in reversed(
                days.search([("location_id", "=", location.id)], limit=90)
            )
        ],
    }


def stale_days(env: Any) -> int:
    """Return after how many days without a change a contact is stale."""
    days: int = env["ghl.settings"]._int("stale_days")
    return days


def _stale_before(days: int) -> float:
    return time.time() * 1_000 - days * _DAY_MS
