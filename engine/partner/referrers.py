"""Find what refers to records of Odoo: rows of any table, and what people have said."""

from __future__ import annotations

from typing import Any

from odoo.tools import SQL

# Columns that refer to an Odoo contact because it exists, not because somebody used it.
_OWN = frozenset(
    (
        ("ghl_partner_link", "partner_id"),
        ("ghl_partner_candidate", "partner_id"),
        ("res_partner", "commercial_partner_id"),
        ("res_partner_res_partner_category_rel", "partner_id"),
        ("mail_followers", "partner_id"),
    )
)


def referred(env: Any, target: str, ids: list[int]) -> set[int]:
    """Return the records of a table that a row of any table refers to.

    :param target: name of the table
    """
    used: set[int] = set()
    for table, column in _foreign_keys(env, target):
        if (table, column) in _OWN:
            continue
        rows = env.execute_query(
            SQL(
                "SELECT DISTINCT %(column)s FROM %(table)s"
                " WHERE %(column)s = ANY(%(ids)s)",
                column=SQL.identifier(column),
                table=SQL.identifier(table),
                ids=ids,
            )
        )
        used.update(row[0] for row in rows)
    return used


def _foreign_keys(env: Any, target: str) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = env.execute_query(
        SQL(
            """
            SELECT c.conrelid::regclass::text, a.attname
              FROM pg_constraint c
              JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
             WHERE c.contype = 'f' AND c.confrelid = %s::regclass
            """,
            target,
        )
    )
    return rows


def discussed(env: Any, partner_ids: list[int]) -> set[int]:
    """Return the Odoo contacts with messages, activities or attachments of people."""
    rows = env.execute_query(
        SQL(
            """
            SELECT res_id FROM mail_message
             WHERE model = 'res.partner' AND res_id = ANY(%(ids)s)
               AND message_type NOT IN ('notification', 'user_notification')
            UNION
            SELECT res_id FROM ir_attachment
             WHERE res_model = 'res.partner' AND res_id = ANY(%(ids)s)
               AND res_field IS NULL
            UNION
            SELECT res_id FROM mail_activity
             WHERE res_model = 'res.partner' AND res_id = ANY(%(ids)s)
            """,
            ids=partner_ids,
        )
    )
    return {row[0] for row in rows}
