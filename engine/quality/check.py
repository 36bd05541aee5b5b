"""Judges the contacts of a location that have changed since they were judged last.

A contact is judged by itself in Python, where Odoo normalises addresses and numbers;
what it shares with others is found by sets. Each batch is committed by itself and
tells by the contact's digest what it has seen, so whoever goes on after a crash finds
what is left by comparing, and a change that nobody announced is found as well.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from odoo import fields
from odoo.tools import SQL

from ...tools.quality.findings import SHARED, VERSION, Norms, judge
from ..crons import own_crons
from ..partner.matching.countries import Countries
from ..partner.matching.keys import email_key
from ..partner.matching.phones import phone_key
from ..transaction import commit_or_retry, seconds_left
from .history import remember
from .store import digest_of, mark_of

# Contacts that one transaction judges: less than a second.
BATCH = 2_000
# Contacts whose ids are found at once: to compare a large location takes a second.
ROUND = 50_000
# Time for what follows a sync to begin: nobody waits for this.
AFTER_SYNC = timedelta(minutes=1)
# A location is looked at again by the schedule after that long.
AGAIN_AFTER = timedelta(minutes=50)
_COLUMNS = (
    *("id", "content_hash", "name", "first_name", "last_name", "company_name"),
    *("business_name", "email", "phone", "valid_email", "dnd", "dnd_settings"),
    *("assigned_to", "custom_fields", "extra"),
)


def check_due(env: Any) -> None:
    """Judge what has changed in the locations that are due, until time is up."""
    due = _due(env)
    env["ir.cron"]._commit_progress(0, remaining=len(due))
    for number, location in enumerate(due, 1):
        if not check(location, remaining=len(due) - number):
            return


def check(location: Any, remaining: int = 0) -> bool:
    """Judge what has changed in a location; tell whether all is done.

    Commits. Odoo's lock on the cron lets one process at a time do this.

    :param location: a `ghl.location` with a privileged environment
    :param remaining: locations that wait besides
    """
    env = location.env
    norms, basis = norms_of(location)
    # A sync may hold these rows; the transaction that loses begins again.
    work = partial(_forget_gone, location)
    commit_or_retry(env, work, 0, remaining + 1)
    while True:
        todo = _changed(location, basis)
        if todo and not location.quality_unmarked:
            # By itself: a sync writes the location too, and judging takes longer.
            commit_or_retry(env, partial(_want_marks, location), 0, remaining + 1)
        for start in range(0, len(todo), BATCH):
            some = todo[start : start + BATCH]
            judging = partial(_judge, location, some, norms, basis)
            commit_or_retry(env, judging, len(some), remaining + 1)
            env.invalidate_all()
            if not seconds_left(env):
                return False
        if len(todo) < ROUND:
            break
    commit_or_retry(env, partial(_conclude, location), 0, remaining)
    return bool(seconds_left(env))


def norms_of(location: Any) -> tuple[Norms, str]:
    """Return how a location's contacts are judged, and a digest of that.

    Users and custom fields that were never read make nobody's owner unknown.
    """
    env = location.env
    region = Countries(env).region_of(location.country)
    # Others are known from their contacts alone.
    owners = env["ghl.user"].search(
        [("location_id", "=", location.id), ("is_listed", "=", True)]
    )
    known = env["ghl.custom.field"].search([("location_id", "=", location.id)])
    owner_ids = frozenset(owners.mapped("ghl_id")) or None
    field_ids = frozenset(known.mapped("ghl_id")) or None
    norms = Norms(
        email=email_key,
        phone=lambda text: phone_key(text, region),
        owners=owner_ids,
        fields=field_ids,
    )
    parts = [VERSION, region, sorted(owner_ids or ()), sorted(field_ids or ())]
    digest = hashlib.blake2b(json.dumps(parts).encode(), digest_size=12)
    return norms, digest.hexdigest()


def _due(env: Any) -> Any:
    """Return the locations that the schedule has to look at, longest waiting first."""
    limit = fields.Datetime.now() - AGAIN_AFTER
    return env["ghl.location"].search(
        [
            *("|", "|", ("quality_wanted", "=", True), ("quality_at", "=", False)),
            ("quality_at", "<", limit),
        ],
        order="quality_wanted DESC, quality_at ASC NULLS FIRST, id",
    )


def _changed(location: Any, basis: str) -> list[int]:
    """Return contacts that were not judged as they are now."""
    rows = location.env.execute_query(
        SQL(
            """
            SELECT c.id
              FROM ghl_contact c LEFT JOIN ghl_contact_quality q ON q.contact_id = c.id
             WHERE c.location_id = %s AND c.active IS TRUE
               AND (q.contact_id IS NULL OR q.basis <> %s
                    OR q.content_hash IS DISTINCT FROM c.content_hash)
             LIMIT %s
            """,
            location.id,
            basis,
            ROUND,
        )
    )
    return sorted(row[0] for row in rows)


def forget(contacts: Any) -> None:
    """Forget contacts that are about to be removed for good."""
    contacts.env.cr.execute(
        SQL(
            """
            DELETE FROM ghl_contact_quality WHERE contact_id = ANY(%s)
            RETURNING location_id
            """,
            list(contacts.ids),
        )
    )
    found = {row[0] for row in contacts.env.cr.fetchall()}
    _want_marks(contacts.env["ghl.location"].sudo().browse(sorted(found)))


def _want_marks(locations: Any) -> None:
    """Have what contacts share found again, whoever goes on after a crash."""
    locations.write({"quality_unmarked": True})


def _forget_gone(location: Any) -> None:
    """Forget contacts that are deleted."""
    location.env.cr.execute(
        SQL(
            """
            DELETE FROM ghl_contact_quality q USING ghl_contact c
             WHERE c.id = q.contact_id AND c.location_id = %s
               AND c.active IS NOT TRUE
            """,
            location.id,
        )
    )
    if location.env.cr.rowcount:
        _want_marks(location)


def _judge(location: Any, ids: Sequence[int], norms: Norms, basis: str) -> None:
    """Judge contacts and store what they are like; those that went are left out."""
    rows = location.env.execute_query(
        SQL(
            "SELECT %s FROM ghl_contact WHERE id = ANY(%s) AND active IS TRUE",
            SQL(", ").join(map(SQL.identifier, _COLUMNS)),
            list(ids),
        )
    )
    judged = []
    for row in rows:
        contact = dict(zip(_COLUMNS, row, strict=True))
        found = judge(contact, norms)
        judged.append(
            {
                "contact_id": contact["id"],
                "content_hash": contact["content_hash"],
                "findings": sorted(mark_of(location.id, code) for code in found.codes),
                "emails": [digest_of(key) for key in found.emails],
                "phones": [digest_of(key) for key in found.phones],
            }
        )
    # Findings that it shares with others stand until all are judged.
    location.env.cr.execute(
        SQL(
            """
            INSERT INTO ghl_contact_quality AS q (contact_id, location_id,
                   content_hash, basis, findings, emails, phones)
            SELECT d.contact_id, %(location)s, d.content_hash, %(basis)s,
                   d.findings, d.emails, d.phones
              FROM jsonb_to_recordset(%(judged)s::jsonb) AS d(contact_id int,
                   content_hash varchar, findings int8[], emails int8[], phones int8[])
             ORDER BY d.contact_id
            ON CONFLICT (contact_id) DO UPDATE SET
                   location_id = excluded.location_id,
                   content_hash = excluded.content_hash, basis = excluded.basis,
                   emails = excluded.emails, phones = excluded.phones,
                   findings = excluded.findings || ARRAY(
                       SELECT unnest(q.findings)
                       INTERSECT SELECT unnest(%(shared)s::int8[]))
            """,
            location=location.id,
            basis=basis,
            judged=json.dumps(judged),
            shared=_shared_marks(location),
        )
    )


def _conclude(location: Any) -> None:
    """Find what contacts share, and remember how the location stands."""
    if location.quality_unmarked:
        for column, code in (("emails", SHARED["email"]), ("phones", SHARED["phone"])):
            _mark_shared(location, column, mark_of(location.id, code))
        location.quality_unmarked = False
    remember(location)


def _mark_shared(location: Any, column: str, mark: int) -> None:
    """Mark the contacts of which another one has an address or number as well.

    By sets: for joins PostgreSQL believes its statistics, which may be those of an
    empty table, and compares each with each.
    """
    location.env.cr.execute(
        SQL(
            """
            WITH keys AS (
                SELECT contact_id, unnest(%(column)s) AS key FROM ghl_contact_quality
                 WHERE location_id = %(location)s),
            counted AS (
                SELECT contact_id, count(*) OVER (PARTITION BY key) AS number
                  FROM keys),
            both_ways AS (
                SELECT contact_id, number > 1 AS is_shared, FALSE AS is_marked
                  FROM counted
                 UNION ALL
                SELECT contact_id, FALSE, TRUE FROM ghl_contact_quality
                 WHERE location_id = %(location)s
                   AND findings @> ARRAY[%(mark)s]::int8[]),
            wrong AS (
                SELECT contact_id, bool_or(is_shared) AS is_shared FROM both_ways
                 GROUP BY contact_id
                HAVING bool_or(is_shared) <> bool_or(is_marked))
            UPDATE ghl_contact_quality q
               SET findings = CASE WHEN w.is_shared
                   THEN q.findings || %(mark)s::int8
                   ELSE array_remove(q.findings, %(mark)s::int8) END
              FROM wrong w
             WHERE q.contact_id = w.contact_id
            """,
            column=SQL.identifier(column),
            location=location.id,
            mark=mark,
        )
    )


def _shared_marks(location: Any) -> list[int]:
    return [mark_of(location.id, code) for code in SHARED.values()]


def look_soon(locations: Any, after: timedelta = timedelta()) -> None:
    """Have the data of locations looked at: after a sync, or when a person asks."""
    # sudo: who may read a location may have its data looked at, as with a sync.
    locations.sudo().write({"quality_wanted": True})
    at = fields.Datetime.now() + after if after else None
    own_crons.trigger(locations.env, "ir_cron_quality", at)
