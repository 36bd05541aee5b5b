"""The change feed of one location, as those see it who write contacts."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Any

from odoo.tools import SQL

from ...tools.foreign_text import clean
from ...tools.mapping.batch import Batch
from .cause import Cause
from .statements import (
    changed_query,
    created_query,
    deleted_query,
    found_query,
    refused_query,
    removed_query,
)

OUTDATED = "older than what the mirror holds"


def is_on(env: Any) -> bool:
    """Tell whether changes are noted (Settings)."""
    return bool(env["ghl.settings"]._flag("change_feed"))


class Feed:
    """Notes what is written, unless it is switched off or the run is at its bound.

    :param location: the `ghl.location`
    :param cause: why contacts are written
    """

    def __init__(self, location: Any, cause: Cause | None = None) -> None:
        self.location = location
        self.cause = cause or Cause()
        self._is_on = is_on(location.env)

    def changed(self, write: SQL, batch: Batch, known: Container[str]) -> SQL:
        """Return `write`, or what notes the changes as well.

        :param write: the statement that writes all contacts of `batch`
        :param known: GHL ids of the contacts that have a row already
        """
        if not known or not self._is_on or not self.cause.has_room:
            return write
        if not any(ghl_id in known for ghl_id in batch.ids):
            return write
        return changed_query(write, self.location.id, self.cause, batch, known)

    def created(self, ghl_ids: Iterable[str], known: Container[str]) -> list[SQL]:
        """Return what notes those of the contacts that are new."""
        if not self._is_on or not self.cause.has_room or not self.cause.lists_created:
            return []
        new = [key for key in ghl_ids if key not in known]
        return [created_query(self.location.id, self.cause, new)] if new else []

    def note_refused(self, refused: list[tuple[str | None, str, Any]]) -> None:
        """Note records that were not taken, or not as they came.

        :param refused: (GHL id, why, what was sent) of each
        """
        refused = refused[: self.cause.refused_left]
        if not refused or not self._is_on:
            return
        cleaned = [
            (clean(ghl_id or "", 500), clean(reason, 1_000), payload)
            for ghl_id, reason, payload in refused
        ]
        query = refused_query(self.location.id, self.cause, cleaned)
        # With a cursor of its own: Odoo would log a statement that fails, and this one
        # is full of personal data.
        with self.location.env.cr.connection.cursor() as cursor:
            cursor.execute(query.code, query.params)

    def tombstone(self, write: SQL) -> int:
        """Execute what archives contacts, and note it; return how many were live.

        :param write: returns id and GHL id of each contact that was live
        """
        gone = dict(self._execute(write).fetchall())
        if gone and self._is_on:
            rows = self._execute(found_query(list(gone))).fetchall()
            found = {contact: tuple(told) for contact, *told in rows}
            nobody = (None,) * 4
            deleted = [(key, *found.get(row, nobody)) for row, key in gone.items()]
            self._execute(deleted_query(self.location.id, deleted))
        return len(gone)

    def _execute(self, query: SQL) -> Any:
        """Execute a query; return the cursor."""
        cr = self.location.env.cr
        cr.execute(query)
        return cr


def note_removed(contacts: Any) -> None:
    """Note that a person removes contacts from the mirror for good."""
    env = contacts.env
    if contacts and is_on(env):
        env.cr.execute(removed_query(contacts.ids, env.uid))


def forget(location: Any, ghl_ids: Iterable[str]) -> int:
    """Forget everything that was ever noted of contacts; return how many rows.

    :param location: a `ghl.location`
    :param ghl_ids: of contacts that are in the mirror, or were once
    """
    env = location.env
    env.cr.execute(
        SQL(
            """
            DELETE FROM ghl_contact_change
             WHERE ghl_id = ANY(%(ghl_ids)s) AND (
                   location_id = %(location)s
                   -- Another location may have been sent it by mistake. The list of
                   -- locations lets the index serve, which begins with them.
                   OR action = 'refused'
                      AND location_id = ANY(ARRAY(SELECT id FROM ghl_location)))
            """,
            location=location.id,
            ghl_ids=list(ghl_ids),
        )
    )
    count: int = env.cr.rowcount
    env["ghl.contact.change"].invalidate_model()
    return count
