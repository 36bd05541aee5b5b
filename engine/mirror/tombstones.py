"""Tombstones: contacts that were deleted upstream stay for a while, archived."""

from __future__ import annotations

from typing import Any

from odoo.tools import SQL

from ..feed.feed import Feed
from .changed import announce
from .newer_state import utc

_TOMBSTONE = """
    UPDATE ghl_contact
       SET active = FALSE, deleted_at = %(now)s, observed_at = %(now)s
     WHERE location_id = %(location)s AND id = ANY(%(ids)s) AND active
 RETURNING id, ghl_id
"""


def tombstone(location: Any, contact_ids: list[int]) -> int:
    """Turn contacts into tombstones; return how many were live until now."""
    if not contact_ids:
        return 0
    env = location.env
    given = {"now": utc(None), "location": location.id, "ids": contact_ids}
    write = SQL(_TOMBSTONE, **given)  # pylint: disable=sql-injection
    count = Feed(location).tombstone(write)
    announce(env, contact_ids)
    env["ghl.contact"].invalidate_model()
    return count
