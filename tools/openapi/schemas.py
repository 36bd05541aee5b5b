"""The JSON objects of the API, as OpenAPI 3.1 schemas."""

from __future__ import annotations

from ... import const
from ..quality.figures import FIGURES as FIGURES_OF_QUALITY
from .contact import CONTACT
from .parts import (
    COUNT,
    FLAG,
    INTEGER,
    NUMBER,
    PERCENT,
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
from .plan_schemas import COST, PLAN
from .promises import PROMISES
from .review_schemas import REVIEW
from .run import SYNC

__all__ = [
    "COUNT",
    "FLAG",
    "INTEGER",
    "TIMESTAMP",
    "NUMBER",
    "PERCENT",
    "SCHEMAS",
    "SUCCESS",
    "TEXT",
    "Schema",
    "array",
    "nullable",
    "obj",
    "one_of",
    "ref",
]


FIGURES = {
    "contact_count": {**COUNT, "description": "Contacts in the mirror."},
    "ghl_total": {**nullable(COUNT), "description": "GoHighLevel's own count."},
    "coverage": {
        **nullable(PERCENT),
        "description": "Mirrored share in per cent, rounded down; null when more "
        "is mirrored than there is.",
    },
}
NEXT_SYNC = {
    "next_sync_at": {
        **nullable(TIMESTAMP),
        "description": "When the schedule reads the location next, as it stands "
        "now; in the past: a worker is about to. Null while a sync is at work, and "
        "where nothing comes by itself.",
    },
    "next_sync_kind": {
        **nullable(
            {
                "type": "string",
                "enum": [*(kind for kind, _label in const.RUN_KINDS), "probe"],
            }
        ),
        "description": "`probe`: one request tries whether access is refused still.",
    },
    "next_sync_reason": {
        **nullable(TEXT),
        "description": "Why then, or why not, in a sentence.",
    },
}
RANKED = obj({"name": nullable(TEXT), "count": COUNT})
BEYOND = obj(
    {"values": COUNT, "count": COUNT},
    description="What lies beyond the ranking: values, and contacts that have them.",
)

TONE = {
    "type": "string",
    "enum": ["success", "info", "warning", "danger", "neutral"],
}
ACTION = obj(
    {
        "code": TEXT,
        "label": TEXT,
        "kind": {"type": "string", "enum": ["api", "link"]},
        "method": nullable({"type": "string", "enum": ["GET", "POST"]}),
        "path": {**nullable(TEXT), "description": "A call of this API that does it."},
        "body": nullable({"type": "object"}),
        "url": {**nullable(TEXT), "description": "Where it is done in Odoo."},
        "allowed": FLAG,
        "ask": {**nullable(TEXT), "description": "Whom to ask when not allowed."},
    },
    description="What the caller can do about something.",
)
STATUS = obj(
    {
        "code": {**TEXT, "description": "A slug for programs."},
        "tone": TONE,
        "label": {**TEXT, "description": "One to three words."},
        "title": {**TEXT, "description": "One sentence."},
        "detail": nullable(TEXT),
        "since": nullable(TIMESTAMP),
        "resume_at": {
            **nullable(TIMESTAMP),
            "description": "When it goes on or is tried again by itself.",
        },
        "progress": {
            **nullable(PERCENT),
            "description": "The one figure of a progress bar; null when unknown.",
        },
        "actions": array(ref("Action")),
        "notes": array(
            obj(
                {
                    "code": TEXT,
                    "tone": TONE,
                    "text": TEXT,
                    "actions": array(ref("Action")),
                }
            )
        ),
        "counts": obj(
            {
                "mirrored": nullable(COUNT),
                "ghl_total": nullable(COUNT),
                "ghl_total_at": nullable(TIMESTAMP),
                "difference": {
                    **nullable(INTEGER),
                    "description": "Mirrored less GoHighLevel's count.",
                },
                "coverage": nullable(PERCENT),
            },
            description="What is unknown is null, never 0.",
        ),
    },
    description="The one state of a location, in words.",
)

LOCATION = obj(
    {
        "location_id": TEXT,
        "name": TEXT,
        **FIGURES,
        "last_sync": nullable(TIMESTAMP),
        **PROMISES,
        **NEXT_SYNC,
        "sync": nullable(ref("Sync")),
        "status": ref("State"),
    }
)

ANALYTICS = obj(
    {
        "success": SUCCESS,
        "location_id": TEXT,
        "as_of": {**TIMESTAMP, "description": "When the figures were made; UTC."},
        "timezone": {
            **TEXT,
            "description": "The location's, by which `growth` has its months; UTC when "
            "it is not known.",
        },
        "growth": array(
            obj(
                {
                    "month": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$"},
                    "added": COUNT,
                    "total": COUNT,
                }
            )
        ),
        "sources": array(RANKED),
        "tags": array(RANKED),
        "owners": array(
            obj({"id": nullable(TEXT), "name": nullable(TEXT), "count": COUNT})
        ),
        "types": array(RANKED),
        "others": obj({key: BEYOND for key in ("sources", "tags", "owners", "types")}),
        "quality": obj(
            {
                key: COUNT
                for key in (
                    "total",
                    "with_email",
                    "with_phone",
                    "with_name",
                    "unreachable",
                    "dnd",
                    "duplicates_email",
                    "without_date",
                )
            }
        ),
        "runs": array(ref("Sync")),
    }
)

QUALITY = obj(
    {
        "success": SUCCESS,
        "location_id": TEXT,
        "as_of": {**nullable(TIMESTAMP), "description": "null: nobody has looked yet."},
        "contacts": {**COUNT, "description": "Contacts that were looked at."},
        "score": {
            **nullable(NUMBER),
            "description": "0 to 100: the sum of the parts, rounded down.",
        },
        "score_parts": array(
            obj(
                {
                    "label": {**TEXT, "description": "What good contacts do or have."},
                    "finding": {
                        **TEXT,
                        "description": "Those that do not.",
                    },
                    "weight": {**INTEGER, "description": "Points, when all do."},
                    "share": PERCENT,
                    "points": NUMBER,
                }
            )
        ),
        "stale_days": INTEGER,
        "figures": array(
            obj(
                {
                    "name": {
                        **TEXT,
                        "enum": list(FIGURES_OF_QUALITY),
                        "description": "To be sent as `quality` for its contacts.",
                    },
                    "label": TEXT,
                    "meaning": TEXT,
                    "is_good": FLAG,
                    "count": COUNT,
                }
            )
        ),
        "history": array(obj({"day": TEXT, "contacts": COUNT, "score": NUMBER})),
    }
)

SCHEMAS = {
    "Error": obj(
        {
            "success": {"type": "boolean", "const": False},
            "error": {**TEXT, "description": "A sentence for a person."},
            "code": {**TEXT, "description": "A slug for programs."},
            "actions": {
                **array(ref("Action")),
                "description": "What helps; empty when nothing but waiting does.",
            },
        }
    ),
    "Cost": COST,
    "Plan": PLAN,
    "Sync": SYNC,
    "Action": ACTION,
    "State": STATUS,
    "Location": LOCATION,
    "Contact": CONTACT,
    "Locations": obj({"success": SUCCESS, "locations": array(ref("Location"))}),
    "Contacts": obj(
        {
            "success": SUCCESS,
            "contacts": array(ref("Contact")),
            "page": INTEGER,
            "limit": INTEGER,
            "has_more": FLAG,
            "next_cursor": {
                **nullable(TEXT),
                "description": "To be sent as `cursor` for what follows the last "
                "contact of this page; null when nothing does.",
            },
            "total_contacts": {
                **COUNT,
                "description": "GoHighLevel's count or the mirror's, whichever is "
                "larger; with a filter, the contacts that match it, as far as they "
                "were counted.",
            },
            **FIGURES,
            "filtered_count": nullable(COUNT),
            "filtered_count_exact": {
                **FLAG,
                "description": "False: there are more than `count_limit`, and these "
                "were not counted.",
            },
            "background_sync_started": FLAG,
            "ghl_total_pending": {
                **FLAG,
                "description": "GoHighLevel is being asked for its total: this answer "
                "has what was known before. Ask again in a moment.",
            },
            "sync": nullable(ref("Sync")),
            "status": ref("State"),
        }
    ),
    "Ordered": obj(
        {
            "success": SUCCESS,
            "status": {
                "type": "string",
                "enum": ["started", "already_running", "joined", "queued_after"],
                "description": "joined: one that waits, and tries at once; "
                "queued_after: a weaker one runs first.",
            },
            "message": {**TEXT, "description": "What became of the order, in words."},
            "run_id": INTEGER,
            "sync": ref("Sync"),
        }
    ),
    "Resumed": obj(
        {
            "success": SUCCESS,
            "status": {"type": "string", "enum": ["resumed", "nothing_waits"]},
            "run_id": nullable(INTEGER),
            "sync": nullable(ref("Sync")),
        }
    ),
    "Status": obj(
        {
            "success": SUCCESS,
            "location_id": TEXT,
            **FIGURES,
            **PROMISES,
            **NEXT_SYNC,
            "sync": nullable(ref("Sync")),
            "status": ref("State"),
            "plan": nullable(ref("Plan")),
        }
    ),
    "Cancelled": obj(
        {
            "success": SUCCESS,
            "status": {"type": "string", "enum": ["cancelling", "idle"]},
            "sync": nullable(ref("Sync")),
        }
    ),
    "DeletionReview": REVIEW,
    "Analytics": ANALYTICS,
    "Quality": QUALITY,
}
