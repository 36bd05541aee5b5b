"""A run, as the API shows it."""

from __future__ import annotations

from ... import const
from .parts import (
    COUNT,
    INTEGER,
    NUMBER,
    PERCENT,
    TEXT,
    TIMESTAMP,
    nullable,
    obj,
    one_of,
    ref,
)
from .promises import DRIFT

SYNC = obj(
    {
        "run_id": INTEGER,
        "location_id": TEXT,
        "kind": one_of(const.RUN_KINDS),
        "follow_up_kind": {
            **nullable(one_of(const.RUN_KINDS)),
            "description": "A stronger kind that was ordered meanwhile, and follows.",
        },
        "origin": one_of(const.RUN_ORIGINS),
        "origin_text": {**TEXT, "description": "Why it was started, in a sentence."},
        "state": one_of(const.RUN_STATES),
        "phase": one_of(const.RUN_PHASES),
        "message": {**nullable(TEXT), "description": "A sentence for a person."},
        "activity": {
            **nullable(
                obj(
                    {
                        "text": TEXT,
                        "status": nullable(INTEGER),
                        "attempt": COUNT,
                        "attempts": COUNT,
                        "next_at": nullable(TIMESTAMP),
                    }
                )
            ),
            "description": "What it waits for at this moment; null when all goes well.",
        },
        "contacts_seen": COUNT,
        "contacts_expected": nullable(COUNT),
        "contacts_created": COUNT,
        "contacts_updated": COUNT,
        "contacts_unchanged": COUNT,
        "contacts_deleted": COUNT,
        "contacts_repaired": {
            **COUNT,
            "description": "Of these: written or archived because the proof found that "
            "they differ.",
        },
        "contacts_drifted": {
            **COUNT,
            "description": "Differed without a new date; of audits.",
        },
        "drift": DRIFT,
        "bad_records": COUNT,
        "percent": nullable(PERCENT),
        "rate": {**nullable(NUMBER), "description": "Contacts per second."},
        "eta_seconds": nullable(NUMBER),
        "requests_sent": COUNT,
        "retries": COUNT,
        "rate_limited": COUNT,
        "requests_left_today": nullable(INTEGER),
        "planned": {
            **nullable(ref("Cost")),
            "description": "What it was estimated to cost before it began.",
        },
        "busy_seconds": {**NUMBER, "description": "Time worked, without waiting."},
        "choice": {
            **nullable(TEXT),
            "description": "Why its kind was chosen, when a choice was.",
        },
        "queued_at": nullable(TIMESTAMP),
        "started_at": nullable(TIMESTAMP),
        "finished_at": nullable(TIMESTAMP),
        "resume_at": nullable(TIMESTAMP),
        "error": nullable(TEXT),
        "error_code": nullable(TEXT),
        "proof": nullable(
            obj(
                {
                    "state": {
                        "type": "string",
                        "enum": ["proven", "not_proven", "unknown"],
                    },
                    "message": nullable(TEXT),
                }
            )
        ),
    },
    description="One sync of one location.",
)
