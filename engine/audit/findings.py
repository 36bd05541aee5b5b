"""Find contacts that differ from the mirror without a new date, as an audit does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from odoo.tools import SQL

from ...tools.audit.kinds import kinds_that_differ
from ...tools.mapping.pg_constants import array_items
from ...tools.sync.reader import FetchedPage
from ...tools.sync.window import Window
from ..checkpoint import load_checkpoint
from ..reading.watermark import with_lookback

Row = dict[str, Any]

_STATES = """
    SELECT w.ghl_id, to_jsonb(c) - 'search_text',
           (SELECT jsonb_agg(ghl_tag_id ORDER BY ghl_tag_id)
              FROM ghl_contact_ghl_tag_rel WHERE ghl_contact_id = c.id)
      FROM ROWS FROM (unnest(%(ids)s::varchar[]), unnest(%(digests)s::varchar[]))
           AS w(ghl_id, digest),
           LATERAL (
               SELECT * FROM ghl_contact
                WHERE location_id = %(location)s AND ghl_id = w.ghl_id
               OFFSET 0) c
     WHERE c.active AND c.content_hash IS DISTINCT FROM w.digest
"""


class Findings:
    """Compares contacts before and after pages are merged, and counts what differed.

    Only contacts of another digest are looked at: usually none.

    :param run: the `ghl.sync.run`
    :param parts: the `ghl.audit.part` records that are being read
    """

    def __init__(self, run: Any, parts: Any) -> None:
        self._run = run
        self._parts = parts
        self._env = run.env
        self._location = run.location_id

    @contextmanager
    def around(self, items: Sequence[tuple[Window, FetchedPage]]) -> Iterator[None]:
        """Note what the merge of these pages repairs, as a part of its transaction."""
        ids = ",".join(f.batch.id_items() for _window, f in items if len(f.batch))
        digests = ",".join(
            f.batch.digest_items() for _window, f in items if len(f.batch)
        )
        before = self._states(ids, digests)
        yield
        if before:
            # By no digest at all: all of them, as they are now.
            every = ",".join(["-"] * len(before))
            self._note(before, self._states(array_items(list(before)), every))

    def _states(self, ids: str, digests: str) -> dict[str, Row]:
        if not ids:
            return {}
        rows = self._env.execute_query(
            SQL(
                _STATES,  # pylint: disable=sql-injection
                ids=f"{{{ids}}}",
                digests=f"{{{digests}}}",
                location=self._location.id,
            )
        )
        return {ghl_id: {**row, "tags": tags} for ghl_id, row, tags in rows}

    def _note(self, before: dict[str, Row], after: dict[str, Row]) -> None:
        floor = self._read_up_to()
        for ghl_id, old in before.items():
            new = after.get(ghl_id)
            if new is None or new["content_hash"] == old["content_hash"]:
                # It went, or what the mirror holds is newer.
                continue
            if _is_on_its_way(old, new, floor):
                continue
            kinds = kinds_that_differ(old, new)
            if kinds:
                self._count(old.get("date_added_ms"), kinds)

    def _read_up_to(self) -> float:
        """Return the date up to which changes were read before (epoch ms)."""
        mark = load_checkpoint(self._run).watermark_ms or self._location.watermark_ms
        return with_lookback(self._run, mark) or 0.0

    def _count(self, added_ms: float | None, kinds: set[str]) -> None:
        run = self._run
        run.contacts_drifted += 1
        run.drift = _added(run.drift, kinds)
        part = self._parts.filtered(lambda one: one._holds(added_ms))[:1]
        if part:
            part.drifted += 1
            part.drift = _added(part.drift, kinds)


def _is_on_its_way(old: Row, new: Row, floor: float) -> bool:
    """Tell whether the next read of changes would have brought the state as well."""
    dated = new.get("date_updated_ms")
    if dated is None or dated == old.get("date_updated_ms"):
        return False
    return bool(dated >= floor)


def _added(drift: dict[str, int] | None, kinds: set[str]) -> dict[str, int]:
    return dict(Counter(drift or {}) + Counter(kinds))
