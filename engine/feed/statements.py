"""The statements that note changes, as a part of those that make them.

What a contact was comes out of the very statement that rewrites it: it sees the old
rows, as all of a statement sees the table as it was, and joins them with those that it
returns. So a page of changes takes one statement, as before.
"""

from __future__ import annotations

import json
from collections.abc import Container
from typing import Any

from odoo.tools import SQL

from ...tools.mapping import columns as mapping
from ...tools.mapping.batch import Batch
from .cause import Cause

# Characters of a value, and of a list of tags, that are kept; keys of one JSON column.
MAX_VALUE = 500
MAX_TAGS = 4_000
MAX_KEYS = 50
MAX_KEY = 100
# Characters of a refused record that are kept, and how many of the last refusals of a
# contact are looked through for the same one.
MAX_PAYLOAD = 20_000
LAST_REFUSED = 100

_SCALARS = (
    *mapping.TEXTS,
    *mapping.BOOLEANS,
    *mapping.TIMESTAMPS,
    "date_of_birth",
)
_OBJECTS = (*mapping.JSONS, "extra")
_COMPARED = (*_SCALARS, *_OBJECTS)


def _cut(text: str, most: int) -> str:
    return f"CASE WHEN length({text}) > {most} THEN left({text}, {most}) || '…'"


def _scalar(column: str) -> str:
    """Return ``"column":[before,after]`` as an expression, NULL where both agree."""

    def shown(value: str) -> str:
        if column in mapping.TEXTS:
            return f"{_cut(value, MAX_VALUE)} ELSE {value} END"
        if column in mapping.TIMESTAMPS:
            return f"""to_char({value}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"""
        return value

    old, new = f"o.{column}", f"n.{column}"
    return f"""CASE WHEN {old} IS DISTINCT FROM {new} THEN '"{column}":' ||
        jsonb_build_array({shown(old)}, {shown(new)})::text END"""


def _json_value(value: str, most: int) -> str:
    return f"{_cut(f'{value}::text', most)} ELSE NULL END"


def _bounded(value: str, most: int = MAX_VALUE) -> str:
    """Return a JSON value as an expression, as a text that is cut when it is long."""
    return f"COALESCE(to_jsonb({_json_value(value, most)}), {value})"


def _as_object(value: str) -> str:
    """Return whatever JSON there is as an object; a list is keyed by its ids."""
    return f"""CASE WHEN {value} IS NULL THEN '{{}}'::jsonb
        WHEN jsonb_typeof({value}) = 'object' THEN {value}
        WHEN jsonb_typeof({value}) = 'array' THEN COALESCE((
             SELECT jsonb_object_agg(left(COALESCE(e->>'id', e::text), {MAX_KEY}),
                                     COALESCE(e->'value', e))
               FROM jsonb_array_elements({value}) e), '{{}}')
        ELSE jsonb_build_object('', {value}) END"""


def _object(column: str) -> str:
    """Return ``"column.key":[before,after],…`` as an expression, NULL where none."""
    old, new = f"o.{column}", f"n.{column}"
    return f"""CASE WHEN {old} IS DISTINCT FROM {new} THEN (
        SELECT string_agg(
                   to_json('{column}.' || left(d.key, {MAX_KEY}))::text || ':' ||
                   jsonb_build_array({_bounded("d.old")}, {_bounded("d.new")})::text,
                   ',')
          FROM (SELECT key, a.value AS old, b.value AS new
                  FROM jsonb_each({_as_object(old)}) a
                  FULL JOIN jsonb_each({_as_object(new)}) b USING (key)
                 WHERE a.value IS DISTINCT FROM b.value
                 ORDER BY key LIMIT {MAX_KEYS}) d) END"""


_TAGS = f"""CASE WHEN t.before IS DISTINCT FROM t.after THEN '"tags":' ||
    jsonb_build_array({_bounded("t.before", MAX_TAGS)},
                      {_bounded("t.after", MAX_TAGS)})::text END"""
_DIFFERENCES = ",\n".join([*map(_scalar, _SCALARS), *map(_object, _OBJECTS), _TAGS])
_COLUMNS = """location_id, ghl_id, action, changes, reason, payload,
    origin, run_id, user_id, event_id, changed_at"""
_WHY = """%(origin)s, %(run)s::int, %(user)s::int,
    (%(events)s::jsonb ->> {ghl_id})::int, now() AT TIME ZONE 'UTC'"""
# One probe of the primary key for each row, whatever PostgreSQL believes: it knows
# nothing of what a writing part returns, and would compare each row with each.
_CHANGED = f"""
    WITH n AS (%(write)s RETURNING id, ghl_id, {", ".join(_COMPARED)}),
    d AS (
        SELECT n.ghl_id, o.active IS TRUE AS was_active,
               concat_ws(',', {_DIFFERENCES}) AS text
          FROM n,
               LATERAL (
                   SELECT c.active, {", ".join(f"c.{name}" for name in _COMPARED)}
                     FROM ghl_contact c WHERE c.id = n.id OFFSET 0) AS o,
               LATERAL (
                   SELECT COALESCE((
                              SELECT jsonb_agg(tag.name ORDER BY tag.name COLLATE "C")
                                FROM ghl_contact_ghl_tag_rel r
                                JOIN ghl_tag tag ON tag.id = r.ghl_tag_id
                               WHERE r.ghl_contact_id = n.id), '[]') AS before,
                          %(tags)s::jsonb -> n.ghl_id AS after OFFSET 0) AS t)
    INSERT INTO ghl_contact_change ({_COLUMNS})
    SELECT %(location)s, d.ghl_id,
           CASE WHEN d.was_active THEN 'changed' ELSE 'restored' END,
           ('{{' || d.text || '}}')::jsonb, NULL, NULL, {_WHY.format(ghl_id="d.ghl_id")}
      FROM d WHERE d.text <> '' OR NOT d.was_active
"""
_CREATED = f"""
    INSERT INTO ghl_contact_change ({_COLUMNS})
    SELECT %(location)s, k.ghl_id, 'created', NULL, NULL, NULL,
           {_WHY.format(ghl_id="k.ghl_id")}
      FROM unnest(%(ghl_ids)s::varchar[]) AS k(ghl_id)
"""
# Candidates tell who found the contacts that are archived, and why. They are read by a
# statement of their own: for a join PostgreSQL believes its statistics, which may say
# that there are no candidates, and compares each with each.
_FOUND = """
    SELECT contact_id, reason, origin, review_id, run_id
      FROM ghl_deletion_candidate
     WHERE contact_id = ANY(%s) AND state <> 'tombstone'
"""
_DELETED = f"""
    INSERT INTO ghl_contact_change ({_COLUMNS})
    SELECT %(location)s, k.ghl_id, 'deleted', NULL, k.reason, NULL,
           CASE WHEN k.review_id IS NOT NULL THEN 'person'
                WHEN k.origin IS NULL THEN 'other' ELSE k.origin END,
           k.run_id,
           CASE WHEN k.review_id IS NOT NULL THEN (
               SELECT v.decided_by_id FROM ghl_deletion_review v
                WHERE v.id = k.review_id) END,
           CASE WHEN k.origin = 'webhook' THEN (
               SELECT e.id FROM ghl_webhook_event e
                WHERE e.location_id = %(location)s AND e.contact_ghl_id = k.ghl_id
                ORDER BY e.event_ms DESC LIMIT 1) END,
           now() AT TIME ZONE 'UTC'
      FROM ROWS FROM (unnest(%(ghl_ids)s::varchar[]), unnest(%(reasons)s::varchar[]),
                      unnest(%(origins)s::varchar[]), unnest(%(reviews)s::int[]),
                      unnest(%(runs)s::int[])
           ) AS k(ghl_id, reason, origin, review_id, run_id)
"""
_REMOVED = f"""
    INSERT INTO ghl_contact_change ({_COLUMNS})
    SELECT c.location_id, c.ghl_id, 'removed', NULL, NULL, NULL, 'person',
           NULL, %(user)s, NULL, now() AT TIME ZONE 'UTC'
      FROM ghl_contact c WHERE c.id = ANY(%(ids)s)
"""
# A contact that was refused already, for the same reason and just so, is not noted.
_REFUSED = f"""
    INSERT INTO ghl_contact_change ({_COLUMNS})
    SELECT %(location)s, r.ghl_id, 'refused', NULL, r.reason, r.payload,
           {_WHY.format(ghl_id="r.ghl_id")}
      FROM ROWS FROM (unnest(%(ghl_ids)s::varchar[]), unnest(%(reasons)s::varchar[]),
                      unnest(%(payloads)s::text[])) AS r(ghl_id, reason, payload)
     WHERE NOT EXISTS (
           SELECT FROM (SELECT reason, payload FROM ghl_contact_change k
                         WHERE k.location_id = %(location)s AND k.ghl_id = r.ghl_id
                           AND k.action = 'refused'
                         ORDER BY k.id DESC LIMIT {LAST_REFUSED}) last
            WHERE last.reason = r.reason
              AND last.payload IS NOT DISTINCT FROM r.payload)
"""


def changed_query(
    write: SQL, location_id: int, cause: Cause, batch: Batch, known: Container[str]
) -> SQL:
    """Return a statement that writes contacts, and notes how each differs from before.

    :param write: the statement that writes all contacts of `batch`
    :param known: GHL ids of the contacts that have a row already
    """
    tags = {
        ghl_id: sorted(set(names))
        for ghl_id, names in zip(batch.ids, batch.tags, strict=True)
        if ghl_id in known
    }
    changed = SQL(
        _CHANGED,  # pylint: disable=sql-injection
        write=write,
        tags=json.dumps(tags, ensure_ascii=False),
        **_why(location_id, cause),
    )
    # To compile so many expressions took ten times as long as to evaluate them.
    return SQL("SET LOCAL jit TO off; %s", changed)


def created_query(location_id: int, cause: Cause, ghl_ids: list[str]) -> SQL:
    """Return the statement that notes contacts that are new."""
    return SQL(
        _CREATED,  # pylint: disable=sql-injection
        ghl_ids=ghl_ids,
        **_why(location_id, cause),
    )


def found_query(ids: list[int]) -> SQL:
    """Return the statement that tells of contacts who found that they are gone.

    Its rows: contact's id, then what `deleted_query` takes of each.
    """
    return SQL(_FOUND, ids)


def deleted_query(location_id: int, deleted: list[tuple[str, *tuple[Any, ...]]]) -> SQL:
    """Return the statement that notes that contacts were archived.

    :param deleted: (GHL id, reason, origin, review's id, run's id) of each
    """
    ghl_ids, reasons, origins, reviews, runs = map(list, zip(*deleted, strict=True))
    return SQL(
        _DELETED,  # pylint: disable=sql-injection
        location=location_id,
        ghl_ids=ghl_ids,
        reasons=reasons,
        origins=origins,
        reviews=reviews,
        runs=runs,
    )


def removed_query(ids: list[int], user_id: int) -> SQL:
    """Return the statement that notes that a person removes contacts for good."""
    return SQL(_REMOVED, ids=ids, user=user_id)  # pylint: disable=sql-injection


def refused_query(
    location_id: int, cause: Cause, refused: list[tuple[str, str, Any]]
) -> SQL:
    """Return the statement that notes records that were not taken.

    :param refused: (GHL id, why, what was sent) of each
    """
    return SQL(
        _REFUSED,  # pylint: disable=sql-injection
        ghl_ids=[ghl_id for ghl_id, _reason, _payload in refused],
        reasons=[reason for _ghl_id, reason, _payload in refused],
        payloads=[_payload_text(payload) for _ghl_id, _reason, payload in refused],
        **_why(location_id, cause),
    )


def _why(location_id: int, cause: Cause) -> dict[str, Any]:
    return {
        "location": location_id,
        "origin": cause.origin,
        "run": cause.run_id,
        "user": cause.user_id,
        "events": json.dumps(dict(cause.events)) if cause.events else None,
    }


def _payload_text(payload: Any) -> str | None:
    """Return what was sent as a text of JSON, whatever it was."""
    try:
        text = json.dumps(payload, default=str)
    except (RecursionError, ValueError):
        # Nested too deeply, or a number of too many digits.
        return None
    return text if len(text) <= MAX_PAYLOAD else f"{text[:MAX_PAYLOAD]}…"
