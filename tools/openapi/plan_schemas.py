"""Schemas of the JSON API for the cost of a sync and the day's quota."""

from __future__ import annotations

from ... import const
from .parts import COUNT, NUMBER, TEXT, TIMESTAMP, nullable, obj, one_of, ref

COST = obj(
    {
        "requests": nullable(COUNT),
        "seconds": {**nullable(NUMBER), "description": "Of work, without waiting."},
        "quota_percent": {
            **nullable(NUMBER),
            "description": "Of the requests that are left today; above 100: more than "
            "these. Where none is left, as of one.",
        },
    },
    description="An estimate; what is not known is null.",
)
PLAN = obj(
    {
        "quota": obj(
            {
                "limit": {**nullable(COUNT), "description": "Requests of a day."},
                "left": nullable(COUNT),
                "for_background": {
                    **nullable(COUNT),
                    "description": "What syncs may use of it: less what persons and "
                    "other programs are likely to need.",
                },
                "used": {**COUNT, "description": "Sent by this Odoo today."},
                "used_by_others": {
                    **COUNT,
                    "description": "Likely to be used by other programs until then.",
                },
                "resets_at": nullable(TIMESTAMP),
                "spent_until": {
                    **nullable(TIMESTAMP),
                    "description": "Syncs send nothing before; nobody does if nothing "
                    "is left.",
                },
            }
        ),
        "costs": obj(
            {kind: ref("Cost") for kind, _label in const.RUN_KINDS},
            description="What a sync of each kind would cost now.",
        ),
        "choice": obj(
            {
                "kind": one_of(const.RUN_KINDS),
                "reason": {**TEXT, "description": "Why, in words."},
            },
            description="What `auto` would order now.",
        ),
        "text": {
            **TEXT,
            "description": "All costs in words; also what is known of a first sync "
            "before GoHighLevel has told how many contacts it holds.",
        },
    },
    description="What syncs of a location would cost, before one is ordered.",
)
