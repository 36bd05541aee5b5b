"""Rows of links, written by one statement for a batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from odoo import fields
from odoo.tools import SQL


def insert_links(
    location: Any, pairs: Sequence[tuple[Any, dict[str, Any]]]
) -> dict[int, Any]:
    """Store the links of contacts that have none; return {contact id: link}.

    By SQL, as the mirror is written: nothing overrides links, and the ORM would take
    half as long again as the Odoo contacts that they belong to.

    :param location: the `ghl.location`, privileged
    :param pairs: (`ghl.contact`, values of its link)
    """
    env = location.env
    Link = env["ghl.partner.link"]
    if not pairs:
        return {}
    now = fields.Datetime.now()
    common = {
        "location_id": location.id,
        "company_id": location.company_id.id,
        "state": "review",
        "create_uid": env.uid,
        "write_uid": env.uid,
        "create_date": now,
        "write_date": now,
    }
    own = sorted({"contact_id"}.union(*(values for _one, values in pairs)))
    convert = [Link._fields[name].convert_to_column_insert for name in own]
    same = {name: value for name, value in common.items() if name not in own}
    names, shared = [*own, *same], tuple(same.values())
    rows = []
    for contact, values in pairs:
        whole = {"state": "review", **values, "contact_id": contact.id}
        row = [to(whole.get(name), Link) for name, to in zip(own, convert, strict=True)]
        rows.append(SQL("%s", (*row, *shared)))
    inserted = env.execute_query(
        SQL(
            "INSERT INTO ghl_partner_link (%s) VALUES %s RETURNING contact_id, id",
            SQL(", ").join(map(SQL.identifier, names)),
            SQL(", ").join(rows),
        )
    )
    # The rows were written past the cache.
    env["res.partner"].invalidate_model(["ghl_link_ids", "ghl_link_count", "in_ghl"])
    env["ghl.contact"].invalidate_model(
        ["partner_link_ids", "partner_link_id", "partner_id"], flush=False
    )
    links = Link.browse(link_id for _contact_id, link_id in inserted)
    by_id = dict(zip(links.ids, links, strict=True))
    return {contact_id: by_id[link_id] for contact_id, link_id in inserted}
