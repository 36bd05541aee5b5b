"""A review of deletions as a schema of the JSON API."""

from __future__ import annotations

from .parts import (
    COUNT,
    FLAG,
    INTEGER,
    PERCENT,
    SUCCESS,
    TEXT,
    TIMESTAMP,
    array,
    nullable,
    obj,
)

REVIEW_STATES = (
    *("open", "accepted", "kept", "verify", "expired", "superseded", "void"),
)

REVIEW = obj(
    {
        "success": SUCCESS,
        "review_id": {
            **nullable(INTEGER),
            "description": "What a decision names: it holds for this list alone.",
        },
        "run_id": {
            **nullable(INTEGER),
            "description": "The sync run that asks; several reviews may have the same.",
        },
        "url": {
            **nullable(TEXT),
            "description": "Where Odoo lists and exports it.",
        },
        "state": {
            "type": "string",
            "enum": [*REVIEW_STATES, "none"],
            "description": "`open`: a person has to decide. `superseded`: a later "
            "run asks about these contacts as well. `void`: none of them is missing "
            "any more. `none`: nothing is asked.",
        },
        "message": {**nullable(TEXT), "description": "Why a person is asked."},
        "count": {
            **COUNT,
            "description": "Contacts that wait for the decision, or "
            "waited when it was made.",
        },
        "mirrored": nullable(COUNT),
        "lost": {
            **COUNT,
            "description": "Deleted within the week before, without asking.",
        },
        "share": nullable(PERCENT),
        "limit": {**nullable(COUNT), "description": "The brake, in per cent."},
        "expires_at": nullable(TIMESTAMP),
        "decided_by": nullable(TEXT),
        "decided_at": nullable(TIMESTAMP),
        "decision": nullable({**TEXT, "enum": ["accept", "keep", "verify"]}),
        "can_decide": FLAG,
        "decisions": {
            **array({**TEXT, "enum": ["accept", "keep", "verify"]}),
            "description": "What the caller may decide now. Contacts that were "
            "kept can still be verified again.",
        },
        "ask": {**nullable(TEXT), "description": "Who may decide."},
        "contacts": array(
            obj(
                {
                    "id": {**TEXT, "description": "GoHighLevel's id."},
                    "name": nullable(TEXT),
                    "email": nullable(TEXT),
                    "phone": nullable(TEXT),
                    "last_seen": nullable(TIMESTAMP),
                    "reason": nullable(TEXT),
                }
            )
        ),
        "page": INTEGER,
        "has_more": FLAG,
    }
)
