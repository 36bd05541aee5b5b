"""Contacts of the mirror as plain rows, read by one statement for a whole batch.

Matching and filling look at some twenty values of every contact. The ORM would take
longer to hand these out than it takes to decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from odoo.tools import SQL


class ContactRow(NamedTuple):
    """A row of `ghl_contact`, as far as links need it; `tags` are names."""

    id: int
    ghl_id: str
    active: bool
    content_hash: str | None
    name: str | None
    first_name: str | None
    last_name: str | None
    email: str | None
    phone: str | None
    company_name: str | None
    owner_id: int | None
    address1: str | None
    city: str | None
    state: str | None
    postal_code: str | None
    country: str | None
    website: str | None
    timezone: str | None
    date_of_birth: date | None
    source: str | None
    type: str | None
    dnd: bool | None
    dnd_settings: Any
    custom_fields: Any
    extra: Any
    tags: tuple[str, ...]


_COLUMNS = tuple(name for name in ContactRow._fields if name != "tags")


def read_rows(
    env: Any, contact_ids: Sequence[int], without: frozenset[str] = frozenset()
) -> list[ContactRow]:
    """Return the rows of contacts in the order of their ids, without those gone.

    :param without: columns that nobody looks at: parsing their JSON takes its time
    """
    if not contact_ids:
        return []
    env.flush_all()
    rows = env.execute_query(
        SQL(
            """
            SELECT %(columns)s,
                   ARRAY(SELECT t.name
                           FROM ghl_contact_ghl_tag_rel r
                           JOIN ghl_tag t ON t.id = r.ghl_tag_id
                          WHERE r.ghl_contact_id = c.id
                          ORDER BY t.name, t.id)
              FROM ghl_contact c
             WHERE c.id = ANY(%(ids)s)
            """,
            columns=SQL(", ").join(
                SQL("NULL") if name in without else SQL.identifier("c", name)
                for name in _COLUMNS
            ),
            ids=list(contact_ids),
        )
    )
    by_id = {row[0]: ContactRow._make((*row[:-1], tuple(row[-1]))) for row in rows}
    return [by_id[number] for number in contact_ids if number in by_id]
