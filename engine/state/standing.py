"""Keeps the last known state of each location, for lists that sort and filter by it.

The alarm cron evaluates every location each minute; what it finds is written when it
differs, and the moment of each look once for all.
"""

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from odoo import fields
from odoo.tools import SQL

from ...tools.fleet.standing import needs_person, severity
from ...tools.state.late import GRACE
from ...tools.state.state import State


def store_standing(
    env: Any, states: Mapping[int, State], hindered: Collection[int]
) -> None:
    """Store these states by one statement; a row that is as it was stays untouched.

    :param states: {location id: its state}
    :param hindered: ids of the locations whose changes are not read for a known reason
    """
    rows = [
        {
            "location_id": location_id,
            "state": state.code,
            "tone": state.tone,
            "severity": severity(state),
            "needs_person": needs_person(state),
            "is_hindered": location_id in hindered,
        }
        for location_id, state in states.items()
    ]
    env.cr.execute(
        SQL(
            """
            INSERT INTO ghl_standing AS s (
                   location_id, state, tone, severity, needs_person, is_hindered, since,
                   hindered_since)
            SELECT n.*, %(now)s, CASE WHEN n.is_hindered THEN %(now)s::timestamp END
              FROM jsonb_to_recordset(%(rows)s::jsonb) AS n(
                   location_id int, state varchar, tone varchar, severity int,
                   needs_person bool, is_hindered bool)
             ORDER BY n.location_id
                ON CONFLICT (location_id) DO UPDATE
               SET state = excluded.state, tone = excluded.tone,
                   severity = excluded.severity,
                   needs_person = excluded.needs_person,
                   is_hindered = excluded.is_hindered,
                   since = CASE
                       WHEN (s.state, s.tone, s.severity, s.needs_person)
                            IS DISTINCT FROM (excluded.state, excluded.tone,
                                              excluded.severity, excluded.needs_person)
                       THEN excluded.since ELSE s.since END,
                   hindered_since = CASE WHEN s.is_hindered AND excluded.is_hindered
                       THEN s.hindered_since ELSE excluded.hindered_since END,
                   -- A short stall excuses nobody: it may come again and again.
                   free_since = CASE
                       WHEN s.is_hindered AND NOT excluded.is_hindered
                            AND excluded.since - s.hindered_since >= %(grace)s
                       THEN excluded.since ELSE s.free_since END
             WHERE (s.state, s.tone, s.severity, s.needs_person, s.is_hindered)
                   IS DISTINCT FROM (excluded.state, excluded.tone, excluded.severity,
                                     excluded.needs_person, excluded.is_hindered)
            """,
            now=fields.Datetime.now(),
            rows=json.dumps(rows),
            grace=GRACE,
        )
    )


def free_since(env: Any, location_ids: Collection[int]) -> dict[int, datetime]:
    """Return {location id: when what had kept reads away was last seen to be over}."""
    rows = env.execute_query(
        SQL(
            """
            SELECT location_id, free_since FROM ghl_standing
             WHERE location_id = ANY(%s) AND free_since IS NOT NULL
            """,
            list(location_ids),
        )
    )
    return dict(rows)
