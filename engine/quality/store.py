"""The table of judgements: one row for each live contact that was looked at.

Arrays beside the model's own columns, which Odoo has no field for: the findings, and
the addresses and numbers by which contacts are compared. Of these it holds digests:
nobody's address stands in this table.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any, Final

from odoo.tools import SQL

TABLE: Final = "ghl_contact_quality"
# A finding of a location is one number, so that one index finds its contacts.
_SPAN: Final = 128


def set_up(cr: Any) -> None:
    """Add the arrays and the index of findings (at install and upgrade)."""
    cr.execute(
        """
        ALTER TABLE ghl_contact_quality
            ADD COLUMN IF NOT EXISTS findings int8[] NOT NULL DEFAULT '{}',
            ADD COLUMN IF NOT EXISTS emails int8[] NOT NULL DEFAULT '{}',
            ADD COLUMN IF NOT EXISTS phones int8[] NOT NULL DEFAULT '{}';
        CREATE INDEX IF NOT EXISTS ghl_contact_quality_findings_idx
            ON ghl_contact_quality USING gin (findings) WITH (fastupdate = off)
        """
    )


def mark_of(location_id: int, code: int) -> int:
    """Return the number of a finding of one location."""
    return location_id * _SPAN + code


def code_of(mark: int) -> int:
    """Return which finding a number stands for."""
    return mark % _SPAN


def digest_of(key: str) -> int:
    """Return 64 bits of an address or number, as PostgreSQL holds them.

    Among a million contacts two different ones are alike once in ten million tables.
    """
    raw = hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(raw, "big", signed=True)


def has_any(marks: Iterable[int], alias: str = "ghl_contact") -> SQL:
    """Return the condition for contacts with one of these findings."""
    return SQL(
        "EXISTS (SELECT FROM ghl_contact_quality AS q"
        " WHERE q.contact_id = %s AND q.findings && %s::int8[])",
        SQL.identifier(alias, "id"),
        list(marks),
    )


def has_none(marks: Iterable[int], alias: str = "ghl_contact") -> SQL:
    """Return the condition for contacts that were looked at and have none of these."""
    return SQL(
        "EXISTS (SELECT FROM ghl_contact_quality AS q"
        " WHERE q.contact_id = %s AND NOT q.findings && %s::int8[])",
        SQL.identifier(alias, "id"),
        list(marks),
    )
