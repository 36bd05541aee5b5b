"""What tags, custom fields and users share: small lists of a location, by GHL id."""

import json

from odoo import fields, models
from odoo.tools import SQL

from ..foreign_field import ForeignChar


class GhlReferenceMixin(models.AbstractModel):
    _name = "ghl.reference.mixin"
    _description = "GoHighLevel Reference List"
    _order = "name, id"

    name = ForeignChar(required=True, readonly=True)
    active = fields.Boolean(default=True)
    location_id = fields.Many2one(
        "ghl.location", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="location_id.company_id", store=True, index=True
    )

    def _merge_reference(self, location, rows: list[dict], key: str) -> None:
        """Upsert `rows` (column → value) of `location`, unchanged ones untouched.

        :param key: the column that, with the location, tells one row from another
        """
        columns = list(rows[0]) if rows else []
        if not columns:
            return
        names = SQL(", ").join(SQL.identifier(name) for name in columns)
        typed = SQL(", ").join(
            SQL("%s %s", SQL.identifier(name), SQL(self._fields[name].column_type[1]))
            for name in columns
        )
        table = SQL.identifier(self._table)
        # A tag known by name only has no other column; naming the key changes nothing.
        updated = [name for name in columns if name != key] or [key]
        self.env.cr.execute(
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
                table=table,
                names=names,
                typed=typed,
                location=location.id,
                company=location.company_id.id,
                uid=self.env.uid,
                rows=json.dumps(rows),
                key=SQL.identifier(key),
                updated=_list("%s", updated),
                excluded=_list("EXCLUDED.%s", updated),
                current=_list("t.%s", updated),
            )
        )
        self.invalidate_model()

    # Whether a live contact of `location` refers to a row `t`.
    _USED_SQL = "FALSE"

    def _archive_others(self, location, keys: list[str], key: str) -> None:
        """Archive what the vendor's list no longer has and no live contact bears.

        It comes back when it is listed again.
        """
        self.env.cr.execute(
            SQL(
                """
                UPDATE %(table)s AS t
                   SET active = FALSE, write_date = now() AT TIME ZONE 'UTC'
                 WHERE location_id = %(location)s AND active
                   AND %(key)s <> ALL(%(keys)s::varchar[]) AND NOT %(used)s
                """,
                table=SQL.identifier(self._table),
                key=SQL.identifier(key),
                keys=keys,
                used=SQL(  # pylint: disable=sql-injection
                    self._USED_SQL, location=location.id
                ),
                location=location.id,
            )
        )
        if self.env.cr.rowcount:
            self.invalidate_model()


def _list(form: str, names: list[str]) -> SQL:
    return SQL(", ").join(SQL(form, SQL.identifier(name)) for name in names)
