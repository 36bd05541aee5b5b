"""Contacts of the mirror whose contents no reading has been shown."""

from __future__ import annotations

from typing import Any

from odoo.tools import SQL

from .store import candidates_of

# Candidates that a sound index does not list have no contents to be read. Those that
# could not be searched for have.
_UNREAD = ("unseen", "unverified", "accepted", "unconfirmed")


def count_unread(location: Any, condition: SQL) -> int:
    """Count contacts of which it is open what GoHighLevel holds, after a reading.

    It neither listed nor denied them; or it has them, and nobody could search for them.

    :param condition: on `ghl_contact`, selects those that were to be read
    """
    # One probe of the primary key for each candidate, whatever PostgreSQL believes of
    # how many there are.
    query = SQL(
        """
        SELECT count(*)
          FROM (SELECT contact_id FROM ghl_deletion_candidate
                 WHERE location_id = %s
                   AND (state = ANY(%s) OR state = 'hidden' AND reason IS NOT NULL)
               ) AS unread,
               LATERAL (SELECT * FROM ghl_contact
                         WHERE id = unread.contact_id OFFSET 0) AS ghl_contact
         WHERE location_id = %s AND %s
        """,
        location.id,
        list(_UNREAD),
        location.id,
        condition,
    )
    return int(candidates_of(location).execute(query).fetchone()[0])
