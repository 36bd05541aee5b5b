"""Rows of the small lists (tags, custom fields, users): merged and archived by sets."""

import json
from typing import Any

from odoo.tools import SQL

# Model → whether a live contact of the location refers to a row `t`. Custom fields are
# referred to by nothing but the JSON of contacts, which keeps their ids.
_USED = {
    # Tag by tag, and contact by contact until one is live. As a join it takes hours if
    # PostgreSQL believes the tables to be empty, as after a vacuum before a first fill.
    "ghl.tag": """EXISTS (
        SELECT FROM ghl_contact_ghl_tag_rel r
         WHERE r.ghl_tag_id = t.id
           AND (SELECT c.active FROM ghl_contact c WHERE c.id = r.ghl_contact_id)
        OFFSET 0)""",
    # One look at the contacts, however many users there are.
    "ghl.user": """t.id IN (
        SELECT c.owner_id FROM ghl_contact c
         WHERE c.location_id = %(location)s AND c.active AND c.owner_id IS NOT NULL)""",
    "ghl.custom.field": "FALSE",
}


def merge_rows(model: Any, location: Any, rows: list[dict[str, Any]], key: str) -> None:
    """Upsert `rows` (column → value) of a location, unchanged ones untouched.

    :param model: tags, custom fields or users
    :param key: the column that, with the location, tells one row from another
    """
    columns = list(rows[0]) if rows else []
    if not columns:
        return
    names = SQL(", ").join(SQL.identifier(name) for name in columns)
    typed = SQL(", ").join(
        SQL("%s %s", SQL.identifier(name), SQL(model._fields[name].column_type[1]))
        for name in columns
    )
    # A tag known by name only has no other column; naming the key changes nothing.
    updated = [name for name in columns if name != key] or [key]
    model.env.cr.execute(
        SQL(
            """
            INSERT INTO %(table)s AS t (
                   location_id, company_id, active, %(names)s,
                   create_uid, create_date, write_uid, write_date)
            SELECT %(location)s, %(company)s, TRUE, %(names)s,
                   %(uid)s, now() AT TIME ZONE 'UTC',
                   %(uid)s, now() AT TIME ZONE 'UTC'
              FROM json_to_recordset(%(rows)s) AS r(%(typed)s)
             ORDER BY %(key)s
            ON CONFLICT (location_id, %(key)s) DO UPDATE
               SET (active, %(updated)s, write_date) =
                   (TRUE, %(excluded)s, EXCLUDED.write_date)
             WHERE NOT t.active OR (%(current)s) IS DISTINCT FROM (%(excluded)s)
            """,
            table=SQL.identifier(model._table),
            names=names,
            typed=typed,
            location=location.id,
            company=location.company_id.id,
            uid=model.env.uid,
            rows=json.dumps(rows),
            key=SQL.identifier(key),
            updated=_list("%s", updated),
            excluded=_list("EXCLUDED.%s", updated),
            current=_list("t.%s", updated),
        ),
        # Else Odoo logs users' names and addresses where somebody was quicker.
        log_exceptions=False,
    )
    model.invalidate_model()


def archive_others(model: Any, location: Any, keys: list[str], key: str) -> None:
    """Archive what the vendor's list no longer has and no live contact bears.

    It comes back when it is listed again.
    """
    cr = model.env.cr
    cr.execute(
        SQL(
            """
            UPDATE %(table)s AS t
               SET active = FALSE, write_date = now() AT TIME ZONE 'UTC'
             WHERE location_id = %(location)s AND active
               AND %(key)s <> ALL(%(keys)s::varchar[]) AND NOT %(used)s
            """,
            table=SQL.identifier(model._table),
            key=SQL.identifier(key),
            keys=keys,
            used=SQL(  # pylint: disable=sql-injection
                _USED[model._name], location=location.id
            ),
            location=location.id,
        )
    )
    if cr.rowcount:
        model.invalidate_model()


def note_listed(users: Any, location: Any, keys: list[str]) -> None:
    """Note which users GoHighLevel lists: an owner that it does not is gone."""
    users.env.cr.execute(
        SQL(
            """
            UPDATE ghl_user SET is_listed = ghl_id = ANY(%(keys)s::varchar[])
             WHERE location_id = %(location)s
               AND is_listed IS DISTINCT FROM (ghl_id = ANY(%(keys)s::varchar[]))
            """,
            keys=keys,
            location=location.id,
        )
    )
    if users.env.cr.rowcount:
        users.invalidate_model()


def _list(form: str, names: list[str]) -> SQL:
    return SQL(", ").join(SQL(form, SQL.identifier(name)) for name in names)
