"""The statements that find and write contacts and their tags.

The vendor's own JSON goes to PostgreSQL as it came, a page at a time; one statement
takes it apart. What is computed beforehand travels beside it, one array a column.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from datetime import UTC, datetime
from itertools import chain, repeat
from typing import Any

from odoo.tools import SQL

from ...tools.mapping.batch import Batch
from ...tools.mapping.json_to_columns import EXPRESSIONS, TIMESTAMPS_SQL
from ...tools.mapping.pg_constants import array_text

# One probe of the unique index for each id, whatever PostgreSQL believes: in a first
# fill its statistics say that the table is empty, and by them it would read all of a
# location for every page. Contacts that did not change come as one text: to make a row
# and then an object of each took longer than to find it.
_LOOKUP = """
    WITH found AS MATERIALIZED (
        SELECT w.place, c.*, age(c.xmin) > age(%(since)s::xid) AS earlier,
               c.active IS TRUE AND c.content_hash IS NOT DISTINCT FROM w.digest AS same
          FROM ROWS FROM (unnest(%(ids)s::varchar[]), unnest(%(digests)s::varchar[]))
               WITH ORDINALITY AS w(ghl_id, digest, place),
               LATERAL (
                   SELECT ghl_id, id, content_hash, active, date_updated_ms,
                          observed_at, xmin
                     FROM ghl_contact
                    WHERE location_id = %(location)s AND ghl_id = w.ghl_id
                   OFFSET 0) AS c)
    SELECT NULL, NULL, NULL, NULL, NULL, NULL::timestamp, NULL,
           string_agg(place || ' ' || id, ',')
      FROM found WHERE same
    UNION ALL
    SELECT ghl_id, id, content_hash, active, date_updated_ms, observed_at,
           earlier, NULL
      FROM found WHERE NOT same
"""
# The savepoint is written by hand, so that it travels with the statements.
BEGIN = SQL("SAVEPOINT ghl_contact_merge")
END = SQL("RELEASE SAVEPOINT ghl_contact_merge")
UNDO = [SQL("ROLLBACK TO SAVEPOINT ghl_contact_merge"), END]
# Columns that are computed before: one array each, in the order of the contacts.
_ARRAYS: dict[str, str] = {
    "id": "int4",
    "ghl_id": "varchar",
    "content_hash": "varchar",
    "date_added_ms": "float8",
    "date_updated_ms": "float8",
    "date_of_birth": "date",
    "owner_id": "int4",
    "search_text": "varchar",
    "extra": "jsonb",
}
_SOURCES: dict[str, str] = {
    **{column: f"r.{column}" for column in _ARRAYS if column != "extra"},
    **TIMESTAMPS_SQL,
    **EXPRESSIONS,
    "observed_at": "%(observed_at)s::timestamp",
    "extra": (
        "CASE WHEN r.extra IS NULL THEN c - k.mapped ELSE (c - k.mapped) || r.extra END"
    ),
}
_UPDATED = [c for c in _SOURCES if c not in ("id", "ghl_id", "observed_at")]
_UNNESTED = ", ".join(f"unnest(%({n})s::{t}[]) AS {n}" for n, t in _ARRAYS.items())
_INSERT = f"""
    INSERT INTO ghl_contact (location_id, active, {", ".join(_SOURCES)})
    SELECT %(location)s, TRUE, {", ".join(_SOURCES.values())}
      FROM (SELECT jsonb_path_query(%(json)s::jsonb, '$.contacts[*]') AS c,
                   {_UNNESTED}
           ) AS r,
           (SELECT %(mapped)s::text[] AS mapped) AS k
    %(conflict)s
"""
# Pages of which nothing is known go without it: readiness for a conflict costs a look
# and a line of WAL for every row.
_ON_CONFLICT = f"""
    ON CONFLICT (location_id, ghl_id) DO UPDATE
       SET (active, deleted_at, observed_at, {", ".join(_UPDATED)})
         = (TRUE, NULL,
            CASE WHEN ghl_contact.observed_at <= %(now)s
                 THEN GREATEST(ghl_contact.observed_at, EXCLUDED.observed_at)
                 -- a clock was ahead when it was written
                 ELSE EXCLUDED.observed_at END,
            {", ".join(f"EXCLUDED.{c}" for c in _UPDATED)})
"""


def lookup_query(location_id: int, batches: list[Batch], since: str | None) -> SQL:
    """Return the statement that looks for the contacts of batches.

    It gives a row of its own for all contacts that the mirror holds just so, with
    "place id,place id,…" in the last column; then one for each that it holds in another
    state, as `KnownState` takes it. Places count from one, through all batches.

    :param since: a transaction (xid): whether a row is older is told as well
    """
    return SQL(
        _LOOKUP,  # pylint: disable=sql-injection
        ids=_joined(batch.id_items() for batch in batches),
        digests=_joined(batch.digest_items() for batch in batches),
        location=location_id,
        since=since,
    )


def upsert_query(
    location_id: int,
    batch: Batch,
    observed_at: datetime,
    owners: Mapping[Any, int],
    ids: dict[str, int],
    known: Container[str],
) -> SQL:
    """Return the statement that writes every contact of a batch.

    :param observed_at: when the batch was asked for
    :param owners: {GHL user id: id}
    :param ids: {GHL id: id} of all contacts of the batch
    :param known: GHL ids of the contacts that have a row already
    """
    texts = batch.texts()
    altered = any(ghl_id in known for ghl_id in batch.ids) if known else False
    return SQL(
        _INSERT,  # pylint: disable=sql-injection
        conflict=SQL(  # pylint: disable=sql-injection
            _ON_CONFLICT, now=datetime.now(UTC).replace(tzinfo=None)
        )
        if altered
        else SQL(),
        location=location_id,
        json=texts.json,
        id=array_text(map(ids.__getitem__, batch.ids)),
        ghl_id=f"{{{batch.id_items()}}}",
        content_hash=texts.digests,
        date_added_ms=texts.added_ms,
        date_updated_ms=texts.updated_ms,
        date_of_birth=texts.date_of_birth,
        search_text=texts.searched,
        owner_id=array_text(map(owners.get, batch.owners)),
        observed_at=observed_at,
        extra=texts.extra,
        # Each key in the list costs a comparison with each key of each contact.
        mapped=texts.mapped,
    )


# A tag that a contact bears already is left alone, but for a date that was corrected.
_KEEP_DATED = """
    ON CONFLICT (ghl_contact_id, ghl_tag_id) DO UPDATE SET added_ms = EXCLUDED.added_ms
     WHERE r.added_ms IS DISTINCT FROM EXCLUDED.added_ms
"""


def tag_queries(
    batches: list[Batch],
    ids: dict[str, int],
    tag_ids: dict[str, int],
    known: Container[str],
) -> list[SQL]:
    """Return what makes the tags of contacts just those of their payloads.

    :param ids: {GHL id: id} of the contacts that have a row; others are left out
    :param tag_ids: {name: id} of all their tags
    :param known: GHL ids of the contacts that may have tags already
    """
    contacts: list[int] = []
    of_tags: list[int] = []
    added: list[int | None] = []
    for batch in batches:
        numbers: list[Any] = list(map(ids.get, batch.ids))
        if None in numbers:
            kept = [row for row, number in enumerate(numbers) if number is not None]
            batch = batch.select(kept)
            numbers = [numbers[row] for row in kept]
        counts = list(map(len, batch.tags))
        contacts += chain.from_iterable(map(repeat, numbers, counts))
        added += chain.from_iterable(map(repeat, batch.added_ms, counts))
        of_tags += map(tag_ids.__getitem__, batch.flat_tags())
    altered = [number for ghl_id, number in ids.items() if ghl_id in known]
    arrays = SQL("%s::int[], %s::int[]", array_text(contacts), array_text(of_tags))
    dated = SQL("%s, %s::float8[]", arrays, array_text(added))
    queries = []
    if altered:
        queries.append(
            SQL(
                """
                DELETE FROM ghl_contact_ghl_tag_rel r
                 WHERE r.ghl_contact_id = ANY(%s)
                   AND NOT EXISTS (
                       SELECT FROM unnest(%s) AS k(contact, tag)
                        WHERE k.contact = r.ghl_contact_id AND k.tag = r.ghl_tag_id)
                """,
                altered,
                arrays,
            )
        )
    if contacts:
        # New contacts have no tags yet: not to look for them saves a third.
        queries.append(
            SQL(
                """
                INSERT INTO ghl_contact_ghl_tag_rel AS r (
                    ghl_contact_id, ghl_tag_id, added_ms)
                SELECT * FROM unnest(%s) %s
                """,
                dated,
                SQL(_KEEP_DATED if altered else ""),  # pylint: disable=sql-injection
            )
        )
    return queries


def _joined(items: Iterable[str]) -> str:
    return f"{{{','.join(items)}}}"
