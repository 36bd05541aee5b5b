"""The JSON objects of the fleet's call, as OpenAPI 3.1 schemas."""

from __future__ import annotations

from .parts import (
    COUNT,
    FLAG,
    INTEGER,
    NUMBER,
    SUCCESS,
    TEXT,
    TIMESTAMP,
    Schema,
    array,
    nullable,
    obj,
    ref,
)
from .schemas import FIGURES

_PLACE = obj(
    {
        "location_id": TEXT,
        "name": TEXT,
        "connection_id": {**INTEGER, "description": "Odoo's id of it."},
        "connection": TEXT,
        "company": TEXT,
        "responsible": {
            **nullable(TEXT),
            "description": "Who is told of its trouble; null: the connection's.",
        },
        "severity": {**INTEGER, "description": "Higher is worse; 0 is complete."},
        "status": ref("State"),
        **FIGURES,
        "proof": {"type": "string", "enum": ["unknown", "proven", "not_proven"]},
        "proven_complete_at": {
            **nullable(TIMESTAMP),
            "description": "Nobody is missing: counts of both sides were equal then.",
        },
        "content_as_of": {
            **nullable(TIMESTAMP),
            "description": "Contents read since: the oldest read of any contact.",
        },
        "next_sync_at": {
            **nullable(TIMESTAMP),
            "description": "When the schedule reads it next; null: not by itself.",
        },
        "lag_seconds": {
            **nullable(COUNT),
            "description": "Every change that is older was read; null: never read.",
        },
        "quota_left": {
            **nullable(NUMBER),
            "description": "Requests left today; null: not known at this moment.",
        },
        "quota_limit": nullable(NUMBER),
        "last_error": {
            **nullable(TEXT),
            "description": "What is refused now, else what the last failure was.",
        },
        "last_error_at": nullable(TIMESTAMP),
        "open_alarms": {**COUNT, "description": "Its connection's included."},
    }
)

FLEET_SCHEMAS: Schema = {
    "Fleet": obj(
        {
            "success": SUCCESS,
            "totals": obj(
                {
                    "locations": COUNT,
                    "well": {
                        **COUNT,
                        "description": "Complete, as far as is known: the tone of "
                        "their state is `success`.",
                    },
                    "verified_today": {
                        **COUNT,
                        "description": "Proven complete since midnight of the user.",
                    },
                    "need_you": COUNT,
                    "in_trouble": COUNT,
                    "syncing": COUNT,
                    "contacts": COUNT,
                    "text": {**TEXT, "description": "The same as a sentence."},
                }
            ),
            "count": {**COUNT, "description": "Locations that the filters leave."},
            "page": INTEGER,
            "has_more": FLAG,
            "locations": array(_PLACE),
        }
    )
}
