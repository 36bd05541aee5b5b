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
                   location_id, state, tone, severity, needs_person, is_hindered, since)
            SELECT n.*, %s
              FROM jsonb_to_recordset(%s::jsonb) AS n(
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
                   free_since = CASE
                       WHEN s.is_hindered AND NOT excluded.is_hindered
                       THEN excluded.since ELSE s.free_since END
             WHERE (s.state, s.tone, s.severity, s.needs_person, s.is_hindered)
                   IS DISTINCT FROM (excluded.state, excluded.tone, excluded.severity,
                                     excluded.needs_person, excluded.is_hindered)
            """,
            fields.Datetime.now(),
            json.dumps(rows),
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
