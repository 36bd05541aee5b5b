"""Schemas of the promises about a location's mirror, and of what was found."""

from __future__ import annotations

from .parts import COUNT, TIMESTAMP, nullable, obj

DRIFT = {
    "type": "object",
    "description": "Contacts by the kind of field in which they differed without a "
    "new date.",
    "additionalProperties": COUNT,
}
PROMISES = {
    "proven_complete_at": {
        **nullable(TIMESTAMP),
        "description": "When nobody was missing: both sides were counted, and equal.",
    },
    "content_as_of": {
        **nullable(TIMESTAMP),
        "description": "No contact's contents were read earlier; null: not all were.",
    },
    "audit": obj(
        {
            "promised_days": {
                **nullable(COUNT),
                "description": "Within which every contact is read again.",
            },
            "last_at": nullable(TIMESTAMP),
            "next_at": nullable(TIMESTAMP),
            "drifted": {
                **COUNT,
                "description": "Contacts that had changed without a new date when "
                "they were last read, and were repaired.",
            },
            "drift": DRIFT,
        },
        description="The rolling reading of contents that no date covers.",
    ),
}
