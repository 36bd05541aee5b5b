"""References of a location's contacts: its tags, custom fields and users."""

from typing import Any, NamedTuple

from odoo.exceptions import MissingError
from odoo.tools import SQL

from ...tools.foreign_text import clean
from ...tools.mapping.columns import MAX_TAG
from ...tools.mapping.scrub import scrub
from .reference_sql import archive_others, merge_rows, note_listed

MAX_SHOWN = 500
# Rows are locked in the order of their ids, so that nobody waits for each other.
# Ids come as one text, which is read several times faster than as many rows.
_REFERRED = """
    WITH l AS (SELECT id FROM ghl_location WHERE id = %(location)s FOR KEY SHARE),
         t AS (SELECT name, id FROM ghl_tag
                WHERE location_id = %(location)s AND name = ANY(%(names)s::varchar[])
                ORDER BY id FOR KEY SHARE),
         u AS (SELECT ghl_id, id FROM ghl_user
                WHERE location_id = %(location)s AND ghl_id = ANY(%(users)s::varchar[])
                ORDER BY id FOR KEY SHARE)
    SELECT 'location', NULL, id FROM l
    UNION ALL SELECT 'tag', name, id FROM t
    UNION ALL SELECT 'user', ghl_id, id FROM u
    UNION ALL
    SELECT 'new', string_agg(nextval(s)::text, ','), NULL
      FROM CAST(pg_get_serial_sequence('ghl_contact', 'id') AS regclass) AS s,
           generate_series(1, %(fresh)s)
"""


class _List(NamedTuple):
    """One of the vendor's lists.

    Its model, the column that tells rows apart, the longest key, and {column: the
    vendor's name of it}.
    """

    model: str
    key: str
    longest: int
    columns: dict[str, str]


_LISTS = {
    "tags": _List("ghl.tag", "name", MAX_TAG, {"ghl_id": "id"}),
    "fields": _List(
        "ghl.custom.field",
        "ghl_id",
        255,
        {"field_key": "fieldKey", "data_type": "dataType"},
    ),
    "users": _List("ghl.user", "ghl_id", 255, {"email": "email"}),
}


class Referred(NamedTuple):
    """Rows that contacts refer to: {tag name: id}, {GHL user id: id}; ids to use."""

    tags: dict[str, int]
    owners: dict[str, int]
    new_ids: list[int]


def ensure_and_lock_references(
    location: Any, tags: set[str], owners: set[str | None], fresh: int = 0
) -> Referred:
    """Return what contacts refer to, kept from being deleted until the commit.

    What is not known yet is made: tags, and users, whose name follows later.

    :param tags: names
    :param owners: GHL ids of users; those that cannot be keys stay out
    :param int fresh: how many ids for new contacts to return as well
    :raise MissingError: when somebody has deleted the location
    """
    location.ensure_one()
    names = sorted(tags)
    users = sorted(key for key in owners if key and len(key) <= MAX_TAG)
    found = _query_and_lock(location, names, users, fresh)
    missing_tags = [{"name": key} for key in names if key not in found.tags]
    missing_users = [
        {"ghl_id": key, "name": key} for key in users if key not in found.owners
    ]
    if missing_tags or missing_users:
        merge_rows(location.env["ghl.tag"], location, missing_tags, "name")
        merge_rows(location.env["ghl.user"], location, missing_users, "ghl_id")
        again = _query_and_lock(location, names, users)
        found = found._replace(tags=again.tags, owners=again.owners)
    return found


def _query_and_lock(
    location: Any, names: list[str], users: list[str], fresh: int = 0
) -> Referred:
    # All in one: after each statement the storing thread waits for the interpreter.
    location.env.cr.execute(
        SQL(
            _REFERRED,
            location=location.id,
            names=names,
            users=users,
            fresh=fresh,
        ),
        log_exceptions=False,
    )
    found: dict[str, dict[str, Any]] = {
        "location": {},
        "tag": {},
        "user": {},
        "new": {},
    }
    for kind, key, number in location.env.cr.fetchall():
        found[kind][key] = number
    if not found["location"]:
        raise MissingError(location.env._("The location does not exist any more."))
    (numbers,) = found["new"] or [None]
    new_ids = [int(text) for text in numbers.split(",")] if numbers else []
    return Referred(found["tag"], found["user"], new_ids)


def store_references(location: Any, answers: dict[str, Any]) -> None:
    """Keep the lists that were read.

    :param answers: {"tags" | "fields" | "users": the vendor's list}; those that
        are missing are left as they are
    """
    location.ensure_one()
    for name, kind in _LISTS.items():
        if name in answers:
            model = location.env[kind.model]
            rows = _rows_of(kind, answers[name])
            merge_rows(model, location, list(rows.values()), kind.key)
            archive_others(model, location, list(rows), kind.key)
            if name == "users":
                note_listed(model, location, list(rows))


def _rows_of(kind: _List, items: list[Any]) -> dict[str, dict[str, str | None]]:
    """Return {key: {column: value}}; what has no key, or too long a one, stays out."""
    rows: dict[str, dict[str, str | None]] = {}
    for item in items:
        if not isinstance(item, dict):
            continue
        key = _text(item, "name" if kind.key == "name" else "id")
        if not key or len(key) > kind.longest:
            continue
        row: dict[str, str | None] = {kind.key: key}
        if kind.key != "name":
            row["name"] = _display_name(item) or key
        for column, told in kind.columns.items():
            row[column] = _shown(item, told)
        rows[key] = row
    return rows


def _text(item: dict[str, Any], *keys: str) -> str | None:
    for key in keys:
        value = item.get(key)
        if isinstance(value, str) and value:
            text: str = scrub(value)
            return text
        if type(value) is int:
            return str(value)
    return None


def _shown(item: dict[str, Any], *keys: str) -> str | None:
    """Return a text for people; keys stay as they are, or they would match nothing."""
    text = _text(item, *keys)
    return clean(text, MAX_SHOWN) if text else None


def _display_name(item: dict[str, Any]) -> str | None:
    name = _shown(item, "name")
    if name:
        return name
    parts = (_shown(item, "firstName"), _shown(item, "lastName"))
    return " ".join(part for part in parts if part) or _shown(item, "email")
