"""The JSON objects of calls about one person: the Odoo contact, and the erasure."""

from __future__ import annotations

from .parts import FLAG, INTEGER, NUMBER, SUCCESS, TEXT, array, nullable, obj, ref

PARTNER = obj(
    {"id": INTEGER, "name": TEXT, "email": nullable(TEXT), "url": TEXT},
    description="A contact of Odoo that the caller may read.",
)
LINK_STATES = ("none", "review", "linked", "ignored", "refused", "dissolved")
CONTACT_PARTNER = obj(
    {
        "success": SUCCESS,
        "contact_id": TEXT,
        "enabled": {**FLAG, "description": "The location links its contacts."},
        "may_decide": FLAG,
        "may_erase": FLAG,
        "state": {"type": "string", "enum": list(LINK_STATES)},
        "reason": {**nullable(TEXT), "description": "Why it is so, in words."},
        "partner": {
            **nullable(ref("Partner")),
            "description": "The linked contact of Odoo.",
        },
        "hidden": {
            **FLAG,
            "description": "There is one, and the caller may not read it.",
        },
        "waiting": {**FLAG, "description": "The job is about to look at it."},
        "not_taken": {
            **array(TEXT),
            "description": "What Odoo kept otherwise, with the reason.",
        },
        "candidates": array(
            obj(
                {
                    "id": INTEGER,
                    "name": TEXT,
                    "email": nullable(TEXT),
                    "url": TEXT,
                    "score": NUMBER,
                },
                description="Whom it may be, as the rules say.",
            )
        ),
        "choices": {
            **array(ref("Partner")),
            "description": "What `search` found in Odoo.",
        },
    }
)
PERSON_SCHEMAS = {
    "Partner": PARTNER,
    "ContactPartner": CONTACT_PARTNER,
    "Erased": obj({"success": SUCCESS, "contact_id": TEXT, "erased": FLAG}),
}
