"""Rows of links, written by one statement for a batch."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from odoo import fields
from odoo.tools import SQL

from .contact_rows import ContactRow


def settled_among(env: Any, contact_ids: Sequence[int], settings: str) -> set[int]:
    """Return the contacts that are linked, and as they were when they were filled.

    By one statement: another look at all reads none of them.

    :param settings: digest of what fields are filled by
    """
    env.flush_all()
    rows = env.execute_query(
        SQL(
            """
            SELECT k.id
              FROM unnest(%s) AS k(id)
             -- A look into the index for each: before its first statistics the
             -- planner takes links for few, and reads all contacts beside them.
             CROSS JOIN LATERAL (
                   SELECT partner_id, applied_hash, partner_seen_date
                     FROM ghl_partner_link
                    WHERE contact_id = k.id AND state = 'linked' OFFSET 0) l
             CROSS JOIN LATERAL (
                   SELECT content_hash FROM ghl_contact WHERE id = k.id OFFSET 0) c
             CROSS JOIN LATERAL (
                   SELECT write_date
                     FROM res_partner WHERE id = l.partner_id OFFSET 0) p
             WHERE l.applied_hash = concat(c.content_hash, '/', %s::text)
               AND l.partner_seen_date = p.write_date
            """,
            list(contact_ids),
            settings,
        )
    )
    return {row[0] for row in rows}


def insert_links(
    location: Any, pairs: Sequence[tuple[ContactRow, dict[str, Any]]]
) -> dict[int, Any]:
    """Store the links of contacts that have none; return {contact id: link}.

    By SQL, as the mirror is written: nothing overrides links, and the ORM would take
    half as long again as the Odoo contacts that they belong to.

    :param location: the `ghl.location`, privileged
    :param pairs: (contact, values of its link)
    """
    env = location.env
    Link = env["ghl.partner.link"]
    if not pairs:
        return {}
    now = fields.Datetime.now()
    same = {
        "state": "review",
        "location_id": location.id,
        "company_id": location.company_id.id,
        "create_date": now,
        "write_date": now,
    }
    whole = [{**same, **values, "contact_id": one.id} for one, values in pairs]
    kinds = {name: Link._fields[name] for row in whole for name in row}
    shared, rows = _split(whole, {name: one.type for name, one in kinds.items()})
    own = sorted(rows[0])
    columns = SQL(", ").join(map(SQL.identifier, own))
    env.cr.execute(
        SQL(
            """
            INSERT INTO ghl_partner_link (%(columns)s, %(others)s)
            SELECT %(columns)s, %(shared)s
              FROM jsonb_to_recordset(%(rows)s::jsonb) AS k(%(definition)s)
            RETURNING contact_id, id
            """,
            columns=columns,
            others=SQL(", ").join(map(SQL.identifier, shared)),
            shared=SQL(", ").join(SQL("%s", value) for value in shared.values()),
            rows=json.dumps(rows),
            definition=SQL(", ").join(
                SQL("%s %s", SQL.identifier(name), SQL(kinds[name].column_type[0]))
                for name in own
            ),
        ),
        # Else Odoo logs persons' data where another one has linked somebody.
        log_exceptions=False,
    )
    inserted = env.cr.fetchall()
    # The rows were written past the cache.
    env["res.partner"].invalidate_model(["ghl_link_ids", "ghl_link_count", "in_ghl"])
    env["ghl.contact"].invalidate_model(
        ["partner_link_ids", "partner_link_id", "partner_id"], flush=False
    )
    links = Link.browse(link_id for _contact_id, link_id in inserted)
    by_id = dict(zip(links.ids, links, strict=True))
    return {contact_id: by_id[link_id] for contact_id, link_id in inserted}


def _split(
    whole: Sequence[dict[str, Any]], kinds: dict[str, str]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return what rows have in common, as parameters, and what each has of its own.

    :param kinds: {column: type of its field}
    """
    shared = {
        name: _literal(kind, whole[0].get(name))
        for name, kind in sorted(kinds.items())
        if name != "contact_id"
        and [row.get(name) for row in whole].count(whole[0].get(name)) == len(whole)
    }
    own = kinds.keys() - shared.keys()
    rows = [{name: _plain(kinds[name], row.get(name)) for name in own} for row in whole]
    return shared, rows


def _literal(kind: str, value: Any) -> Any:
    """Return a field's value as a parameter of a statement."""
    plain = _plain(kind, value)
    return json.dumps(plain) if kind == "json" and plain is not None else plain


def _plain(kind: str, value: Any) -> Any:
    """Return a field's value as JSON has it; null for none."""
    if kind == "boolean":
        return bool(value)
    if value is None or value is False:
        return None
    return value.isoformat() if kind == "datetime" else value
