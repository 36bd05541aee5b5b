"""The objects of the change feed, as OpenAPI 3.1 schemas."""

from __future__ import annotations

from ... import const
from .parts import (
    INTEGER,
    SUCCESS,
    TEXT,
    TIMESTAMP,
    Schema,
    array,
    nullable,
    obj,
    one_of,
    ref,
)

# Whatever a field of a contact may hold.
_VALUE: Schema = {"description": "Cut to 500 characters, and a text when it was cut."}
_FIELD = obj(
    {
        "field": {
            **TEXT,
            "description": "A column, `tags`, or `custom_fields.<id>`, "
            "`dnd_settings.<channel>`, `extra.<key>`.",
        },
        "label": {**TEXT, "description": "What people call it."},
        "before": _VALUE,
        "after": _VALUE,
    }
)
CHANGE = obj(
    {
        "id": INTEGER,
        "contact_id": {
            **nullable(TEXT),
            "description": "GoHighLevel's id; null when a refused record has none.",
        },
        "changed_at": TIMESTAMP,
        "action": one_of(const.CHANGE_ACTIONS),
        "origin": one_of(const.CHANGE_ORIGINS),
        "origin_text": {**TEXT, "description": "By whom and why, in a sentence."},
        "run_id": nullable(INTEGER),
        "user": {**nullable(TEXT), "description": "The person, where it was one."},
        "event": {
            **nullable(
                obj({"id": INTEGER, "type": TEXT, "happened_at": nullable(TIMESTAMP)})
            ),
            "description": "The webhook that told of it, while it is kept.",
        },
        "fields": {**array(ref("ChangedField")), "description": "What differs."},
        "reason": {**nullable(TEXT), "description": "Why it was refused or deleted."},
        "payload": {
            **nullable(TEXT),
            "description": "A refused record as it was sent: JSON, cut to 20,000 "
            "characters.",
        },
    }
)
CHANGE_SCHEMAS = {
    "Change": CHANGE,
    "ChangedField": _FIELD,
    "Changes": obj(
        {
            "success": SUCCESS,
            "changes": {**array(ref("Change")), "description": "The newest first."},
            "next_before": {
                **nullable(INTEGER),
                "description": "`before` of the next page; null when this is the last.",
            },
        }
    ),
}
