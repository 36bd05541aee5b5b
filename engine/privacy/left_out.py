"""Erased persons: who they were is unknown, and they are left out wherever they come.

Of each a keyed hash is kept, and the dates by which GoHighLevel files the contact. So
a merge knows them when it meets them, and a proof counts them as long as GoHighLevel
does.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
from collections.abc import Callable, Iterable
from typing import Any

from odoo.tools import SQL

from ... import const
from ...tools.log_line import log_line
from ...tools.mapping.batch import Batch
from .consent import remove_unheld

_logger = logging.getLogger(__name__)

KEY = const.PARAM_PREFIX + "erasure_key"


def hash_key(env: Any) -> bytes:
    """Return the secret of this database, made when the first person is erased.

    One of our own: Odoo gives itself another secret when a copy is restored, and every
    person would come back there.
    """
    parameters = env["ir.config_parameter"].sudo()
    key: str = parameters.get_param(KEY) or ""
    if not key:
        if has_erased(env):
            # Only SQL can take it away: whoever was erased before is unknown now.
            _logger.error(log_line("erasure_key_lost"))
        key = secrets.token_hex(32)
        parameters.set_param(KEY, key)
    return key.encode()


def has_erased(env: Any) -> bool:
    """Tell whether anybody was ever erased, in whichever location."""
    found = SQL("SELECT EXISTS (SELECT FROM ghl_erased_person)")
    return bool(env.execute_query(found)[0][0])


def _hash(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def hashes_of(location: Any, ghl_ids: Iterable[str]) -> dict[str, str]:
    """Return {hash: GHL id} of contacts of a `ghl.location`."""
    key, place = hash_key(location.env), location.ghl_id
    return {_hash(key, f"{place}/{ghl_id}"): ghl_id for ghl_id in ghl_ids}


def keep_out(location: Any, ghl_ids: Iterable[str]) -> None:
    """Remember contacts of a location as erased persons, by their ids."""
    env = location.env
    hashes = hashes_of(location, ghl_ids)
    env.flush_all()
    env.cr.execute(
        SQL(
            """
            INSERT INTO ghl_erased_person (
                   location_id, location_ghl_id, company_id, person_hash, listed, met,
                   date_added_ms, date_updated_ms,
                   create_uid, write_uid, create_date, write_date)
            SELECT %(location)s, %(place)s, %(company)s, k.hash,
                   c.active IS TRUE, FALSE,
                   c.date_added_ms, c.date_updated_ms,
                   %(user)s, %(user)s,
                   now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
              FROM unnest(%(hashes)s, %(ghl_ids)s) AS k(hash, ghl_id)
              LEFT JOIN ghl_contact c
                ON c.location_id = %(location)s AND c.ghl_id = k.ghl_id
            ON CONFLICT (location_id, person_hash) DO NOTHING
            """,
            place=location.ghl_id,
            company=location.company_id.id,
            user=env.uid,
            hashes=list(hashes),
            ghl_ids=list(hashes.values()),
            location=location.id,
        )
    )
    _count(location)


def _count(location: Any) -> None:
    Person = location.env["ghl.erased.person"]
    Person.invalidate_model()
    mine = [("location_id", "=", location.id)]
    location.erased_count = Person.search_count(mine)


def keep_out_again(locations: Any) -> None:
    """Remember who was erased before these locations were connected once more."""
    for location in locations.sudo():
        cr = location.env.cr
        cr.execute(
            SQL(
                "UPDATE ghl_erased_person SET location_id = %s, company_id = %s"
                " WHERE location_id IS NULL AND location_ghl_id = %s",
                location.id,
                location.company_id.id,
                location.ghl_id,
            )
        )
        if cr.rowcount:
            _count(location)


def leave_out(location: Any, batch: Batch) -> tuple[Batch, int]:
    """Return a batch without erased persons, and how many of them it had.

    What it tells of them is when they were changed, and that GoHighLevel lists them.
    """
    _leave_out_foreign(location, batch)
    # A record that cannot be kept leaves an issue only, which quotes it.
    odd = [issue["ghl_id"] for issue in batch.issues if issue.get("ghl_id")]
    if not location.erased_count or not (batch.ids or odd):
        return batch, 0
    by_hash = hashes_of(location, [*batch.ids, *odd])
    env = location.env
    env["ghl.erased.person"].flush_model()
    rows = env.execute_query(
        SQL(
            "SELECT person_hash FROM ghl_erased_person"
            " WHERE location_id = %s AND person_hash = ANY(%s)",
            location.id,
            list(by_hash),
        )
    )
    known = {by_hash[row[0]]: row[0] for row in rows}
    if not known:
        return batch, 0
    met = [row for row, ghl_id in enumerate(batch.ids) if ghl_id in known]
    for row in met:
        _note_met(
            env, known[batch.ids[row]], batch.added_ms[row], batch.updated_ms[row]
        )
    kept = batch
    if met:
        others = [r for r, ghl_id in enumerate(batch.ids) if ghl_id not in known]
        kept = batch.select(others)
    kept.issues = [issue for issue in batch.issues if issue.get("ghl_id") not in known]
    return kept, len(met)


def _leave_out_foreign(location: Any, batch: Batch) -> None:
    """Drop the issues that repeat persons of other locations who were erased there."""
    found: dict[str, dict[str, Any]] = {}
    key = b""
    for issue in batch.issues:
        sent = issue.get("payload")
        place = sent.get("locationId") if isinstance(sent, dict) else None
        if isinstance(place, str) and issue.get("ghl_id") and place != location.ghl_id:
            key = key or hash_key(location.env)
            found[_hash(key, f"{place.strip()}/{issue['ghl_id']}")] = issue
    if not found:
        return
    rows = location.env.execute_query(
        SQL(
            "SELECT person_hash FROM ghl_erased_person WHERE person_hash = ANY(%s)",
            list(found),
        )
    )
    erased = [found[row[0]] for row in rows]
    batch.issues = [issue for issue in batch.issues if issue not in erased]


def _note_met(env: Any, key: str, added_ms: int | None, updated_ms: int | None) -> None:
    env.cr.execute(
        SQL(
            """
            UPDATE ghl_erased_person
               SET listed = TRUE, met = TRUE, date_added_ms = %(added)s,
                   date_updated_ms = %(updated)s
             WHERE person_hash = %(key)s
               AND (listed IS NOT TRUE OR met IS NOT TRUE
                    OR date_added_ms IS DISTINCT FROM %(added)s::float8
                    OR date_updated_ms IS DISTINCT FROM %(updated)s::float8)
            """,
            key=key,
            added=added_ms,
            updated=updated_ms,
        )
    )
    env["ghl.erased.person"].invalidate_model()


def count_listed(location: Any, within: SQL | None = None) -> int:
    """Count the erased persons that GoHighLevel lists.

    :param within: a condition on their dates, which are named as those of contacts
    """
    if not location.erased_count:
        return 0
    [[count]] = location.env.execute_query(
        SQL(
            "SELECT count(*) FROM ghl_erased_person"
            " WHERE listed IS TRUE AND location_id = %s AND %s",
            location.id,
            within or SQL("TRUE"),
        )
    )
    return int(count)


def known_contacts(location: Any) -> int:
    """Return how many contacts of GoHighLevel's are mirrored, or left out."""
    return int(location.contact_count) + count_listed(location)


def begin_proof(location: Any) -> None:
    """Forget who was met: those whom a proof lacks are sought by it."""
    if location.erased_count:
        _update(location, SQL("met = FALSE"), SQL("met IS TRUE"))


def end_reading(location: Any, within: SQL) -> None:
    """Note that GoHighLevel does not list those whom the proof has not met.

    One that it files under another date than it shows may be met in another window.

    :param within: which dates were read
    """
    if location.erased_count:
        _update(location, SQL("listed = FALSE"), SQL("met IS NOT TRUE AND %s", within))


def note_gone(location: Any, ghl_ids: Iterable[str]) -> None:
    """Note that GoHighLevel has deleted contacts, if they were erased persons'."""
    if location.erased_count:
        found = SQL("person_hash = ANY(%s)", list(hashes_of(location, ghl_ids)))
        _update(location, SQL("listed = FALSE"), found)


def erased_among(location: Any, ghl_ids: Iterable[str]) -> set[str]:
    """Return those of some ids under which somebody was erased in a location."""
    if not location.erased_count:
        return set()
    by_hash = hashes_of(location, ghl_ids)
    found = location.env["ghl.erased.person"].search(
        [("location_id", "=", location.id), ("person_hash", "in", list(by_hash))]
    )
    return {by_hash[key] for key in found.mapped("person_hash")}


def _update(location: Any, values: SQL, where: SQL) -> None:
    location.env.cr.execute(
        SQL(
            "UPDATE ghl_erased_person SET %s"
            " WHERE listed IS TRUE AND location_id = %s AND %s",
            values,
            location.id,
            where,
        )
    )
    location.env["ghl.erased.person"].invalidate_model()


# === WHAT STAYS ON A BLACKLIST === #


def note_closed(location: Any, values: Iterable[tuple[str, str]]) -> None:
    """Remember, by a hash, what an erased person of a location has closed.

    :param values: (channel, address or number) that an Odoo contact still has
    """
    key = hash_key(location.env)
    person = location.env["ghl.erased.person"].search(
        [("location_id", "=", location.id)], order="id desc", limit=1
    )
    hashes = [_hash(key, f"{channel}/{value}") for channel, value in values]
    person.closed = [*(person.closed or ()), *hashes]


def remove_orphans(env: Any, values: Iterable[tuple[str, str]]) -> None:
    """Remove from blacklists what erased persons had closed, once nobody has it.

    :param env: privileged
    :param values: (channel, address or number) of Odoo contacts that were deleted
    """
    _forget_closed(env, values, lambda channel, one: remove_unheld(env, channel, one))


def disown_closed(env: Any, values: Iterable[tuple[str, str]]) -> None:
    """Forget that erased persons had closed what somebody opens or closes now.

    :param env: privileged
    :param values: (channel, address or number)
    """
    _forget_closed(env, values, lambda _channel, _one: True)


def _forget_closed(
    env: Any,
    values: Iterable[tuple[str, str]],
    is_over: Callable[[str, str], bool],
) -> None:
    Person = env["ghl.erased.person"]
    Person.flush_model(["closed"])
    found = SQL("SELECT id FROM ghl_erased_person WHERE closed IS NOT NULL")
    persons = Person.browse(row[0] for row in env.execute_query(found))
    if not persons:
        return
    key = hash_key(env)
    hashes = {_hash(key, f"{channel}/{one}"): (channel, one) for channel, one in values}
    for person in persons:
        gone = [one for one in person.closed if one in hashes and is_over(*hashes[one])]
        if gone:
            person.closed = [one for one in person.closed if one not in gone] or False
