"""SQL that picks the columns of the mirror out of a contact's JSON.

Keys and columns are those of `columns.py`; `prepare_contact.py` makes values fit, and
`engine/mirror/statements.py` writes what this picks.
"""

from __future__ import annotations

from ..dates import MAX_STORED_MS, MIN_STORED_MS
from .columns import BOOLEANS, JSONS, TEXTS, TIMESTAMPS


def _text_sql(keys: tuple[str, ...]) -> str:
    picks = [f"c->>'{key}'" for key in keys]
    return picks[0] if len(picks) == 1 else f"COALESCE({', '.join(picks)})"


_NAME_SQL = (
    f"COALESCE({', '.join(_text_sql((key,)) for key in TEXTS['name'])}, "
    "NULLIF(concat_ws(' ', NULLIF(c->>'firstName', ''), "
    "NULLIF(c->>'lastName', '')), ''), NULLIF(c->>'fullNameLowerCase', ''), "
    # Some records have names in lower case only.
    "NULLIF(concat_ws(' ', NULLIF(c->>'firstNameLowerCase', ''), "
    "NULLIF(c->>'lastNameLowerCase', '')), ''))"
)
# Column → expression over `c`, one contact as the vendor sent it.
EXPRESSIONS: dict[str, str] = {
    **{column: _text_sql(keys) for column, keys in TEXTS.items()},
    "name": _NAME_SQL,
    **{column: f"(c->>'{key}')::bool" for column, key in BOOLEANS.items()},
    **{column: f"NULLIF(c->'{key}', 'null'::jsonb)" for column, key in JSONS.items()},
}
_SHOWN_MS = f"BETWEEN {MIN_STORED_MS} AND {MAX_STORED_MS}"
# Column → expression over `r`, which holds moments in ms: those that can be shown.
TIMESTAMPS_SQL = {
    column: (
        f"CASE WHEN r.{column}_ms {_SHOWN_MS} THEN "
        f"TIMESTAMP 'epoch' + r.{column}_ms * INTERVAL '1 millisecond' END"
    )
    for column in TIMESTAMPS
}
