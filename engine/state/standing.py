"""Keeps the last known state of each location, for lists that sort and filter by it.

The alarm cron evaluates every location each minute; what it finds is written when it
differs, and the moment of each look once for all.
"""

import json
from collections.abc import Mapping
from typing import Any

from odoo.tools import SQL

from ...tools.fleet.standing import needs_person, severity
from ...tools.state.state import State


def store_standing(env: Any, states: Mapping[int, State]) -> None:
    """Store these states by one statement; a row that is as it was stays untouched.

    :param states: {location id: its state}
    """
    rows = [
        {
            "location_id": location_id,
            "state": state.code,
            "tone": state.tone,
            "severity": severity(state),
            "needs_person": needs_person(state),
        }
        for location_id, state in states.items()
    ]
    env.cr.execute(
        SQL(
            """
            INSERT INTO ghl_standing AS s (
                   location_id, state, tone, severity, needs_person, since)
            SELECT n.*, now() AT TIME ZONE 'UTC'
              FROM jsonb_to_recordset(%s::jsonb) AS n(
                   location_id int, state varchar, tone varchar, severity int,
                   needs_person bool)
             ORDER BY n.location_id
                ON CONFLICT (location_id) DO UPDATE
               SET state = excluded.state, tone = excluded.tone,
                   severity = excluded.severity,
                   needs_person = excluded.needs_person, since = excluded.since
             WHERE (s.state, s.tone, s.severity, s.needs_person)
                   IS DISTINCT FROM (excluded.state, excluded.tone,
                                     excluded.severity, excluded.needs_person)
            """,
            json.dumps(rows),
        )
    )
