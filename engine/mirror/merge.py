"""The one way into the mirror: a page of contacts, merged by sets of rows.

The ORM would cost more than the network does. A page is looked up by id and digest; of
what changed, one statement takes the vendor's own JSON apart and upserts it. Rows that
did not change are not touched: no new row version, next to no WAL.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Any

import psycopg2

from odoo.tools import SQL

from ...tools.log_line import log_line
from ...tools.mapping.batch import Batch, prepare_batch
from ..feed.cause import Cause
from ..feed.feed import OUTDATED, Feed
from ..privacy.left_out import leave_out
from .changed import announce
from .ensure_references import ensure_and_lock_references
from .newer_state import KnownState, Part, drop_repeats, utc
from .statements import (
    BEGIN,
    END,
    UNDO,
    lookup_query,
    tag_queries,
    upsert_query,
)

_logger = logging.getLogger(__name__)

# Errors by which PostgreSQL, or the way to it, refuses a record: a number out of range,
# JSON nested too deeply, digits beyond Python's bound.
_DATABASE_REFUSALS = (
    psycopg2.DataError,
    psycopg2.errors.ProgramLimitExceeded,
    psycopg2.errors.StatementTooComplex,
)
_REFUSALS = (*_DATABASE_REFUSALS, ValueError, RecursionError)


@dataclass
class MergeResult:
    """The outcome of a merge.

    Counts, the ids of all contacts of the page that are mirrored, and the issues of its
    records (ghl_id, severity altered/rejected, reason, payload). `outdated` are the GHL
    ids of those of the `unchanged` that differ from what came, which was no news.
    `left_out` are persons who were erased.
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    outdated: list[str] = field(default_factory=list)
    revived: int = 0
    left_out: int = 0
    seen_ids: list[int] = field(default_factory=list)
    issues: list[dict[str, Any]] = field(default_factory=list)

    @property
    def live_delta(self) -> int:
        """By how much the number of live contacts grew."""
        return self.created + self.revived


class Merger:
    """Writes contacts of one location into its mirror.

    Idempotent, and independent of the order of pages: an older state never overwrites
    a newer one. Works in the current transaction and does not commit; only one
    transaction at a time may do this for a location.

    :param location: the `ghl.location` that the contacts belong to
    :param cause: why they are written, for the change feed
    """

    def __init__(self, location: Any, cause: Cause | None = None) -> None:
        self.location = location
        self.env = location.env
        self.feed = Feed(location, cause)

    def merge_page(
        self, payloads: list[Any], observed_at: float | None = None
    ) -> MergeResult:
        """Merge contacts as parsed from the vendor's JSON; see `merge_batches`."""
        batch = prepare_batch(payloads, self.location.ghl_id)
        return self.merge_batch(batch, observed_at)

    def merge_batch(
        self, batch: Batch, observed_at: float | None = None
    ) -> MergeResult:
        """Merge one prepared page; see `merge_batches`."""
        return self.merge_batches([(batch, observed_at)])

    def merge_batches(
        self,
        pages: Sequence[tuple[Batch, float | None]],
        since: str | None = None,
        authoritative: bool = False,
    ) -> MergeResult:
        """Merge prepared pages.

        :param pages: (from `prepare_batch`, epoch seconds at which the
            request was sent; None: now) of each page
        :param since: a transaction (xid) before the first of these requests: whatever
            rows it finds were seen before, whatever the clocks say
        :param authoritative: whether these states are the vendor's last word, whatever
            is known of the contacts
        """
        result = MergeResult()
        parts = []
        refused: list[tuple[str | None, str, Any]] = []
        for page, observed_at in pages:
            batch, count = leave_out(self.location, page)
            result.left_out += count
            result.issues += batch.issues
            refused += [_refused(issue) for issue in batch.issues]
            if batch.ids:
                parts.append(Part(batch, utc(observed_at), authoritative))
        if not parts:
            self.feed.note_refused(refused)
            return result
        result.unchanged += drop_repeats(parts)
        known, same = self._lookup(parts, since)
        news = []
        place = 1
        for part in parts:
            kept, outdated = part.drop_old_states(known, same, place)
            place += len(part.batch)
            result.unchanged += len(kept)
            result.outdated += outdated
            refused += [(k, OUTDATED, part.batch.payload_of(k)) for k in outdated]
            result.seen_ids += kept
            wanted = part.wanted()
            if wanted.ids:
                news.append(Part(wanted, part.observed_at))
        changed = chain.from_iterable(part.batch.ids for part in news)
        self._hold(known, chain(changed, result.outdated))
        if news:
            self._upsert(news, known, result)
        self.feed.note_refused(refused)
        return result

    def _lookup(
        self, parts: list[Part], since: str | None
    ) -> tuple[dict[str, KnownState], dict[int, int]]:
        """Look for the contacts of pages in the mirror.

        :return: {GHL id: what is known} of those that it holds in another state, and
            {place: id} of those that it holds just so; places count from one
        """
        batches = [part.batch for part in parts]
        query = lookup_query(self.location.id, batches, since)
        self.env.cr.execute(query, log_exceptions=False)
        (_same, *_rest, places), *others = self.env.cr.fetchall()
        numbers = list(map(int, places.replace(" ", ",").split(","))) if places else []
        same = dict(zip(numbers[::2], numbers[1::2], strict=True))
        return {row[0]: KnownState(*row[1:-1]) for row in others}, same

    def _hold(self, known: dict[str, KnownState], ghl_ids: Iterable[str]) -> None:
        """Take hold of the rows of contacts that are changed, or noted of.

        Who was erased meanwhile has no row any more. The insert would not notice: it
        would bring them back. This does, and the page is merged anew without them.

        :raise SerializationFailure: somebody has changed one of them meanwhile
        """
        rows = sorted(known[key].id for key in ghl_ids if key in known)
        if rows:
            self.env.cr.execute(
                SQL(
                    "SELECT FROM ghl_contact WHERE id = ANY(%s)"
                    " ORDER BY id FOR NO KEY UPDATE",
                    rows,
                )
            )

    def _upsert(
        self, parts: list[Part], known: dict[str, KnownState], result: MergeResult
    ) -> None:
        """Write contacts that are new or changed, and count them.

        :raise MissingError: when somebody has deleted the location
        """
        batches = [part.batch for part in parts]
        ghl_ids = dict.fromkeys(chain.from_iterable(batch.ids for batch in batches))
        altered = [known[key] for key in ghl_ids if key in known] if known else []
        referred = ensure_and_lock_references(
            self.location,
            set(chain.from_iterable(batch.flat_tags() for batch in batches)),
            set(chain.from_iterable(batch.owners for batch in batches)),
            fresh=len(ghl_ids) - len(altered),
        )
        # Ids that are known beforehand spare the way back of every row that is written.
        fresh = iter(referred.new_ids)
        ids: dict[str, int] = {}
        for key in ghl_ids:
            old = known.get(key)
            ids[key] = next(fresh) if old is None else old.id
        write = partial(self._write_rows, referred.owners, ids, known)
        tags = partial(tag_queries, batches, ids, referred.tags, known)
        created = partial(self.feed.created, ids, known)
        try:
            write(parts, [*tags(), *created()])
        except _REFUSALS:
            for part in parts:
                self._write_singly(write, part, ids, result)
            self._execute([*tags(), *created()])
            altered = [known[key] for key in ids if key in known]
        result.created += len(ids) - len(altered)
        result.updated += len(altered)
        result.revived += sum(not old.active for old in altered)
        result.seen_ids += ids.values()
        if self.location.partner_link_enabled:
            self.env["ghl.partner.todo"]._add(self.location, list(ids.values()))
        announce(self.env, ids.values())
        # The rows were written past the cache.
        self.env["ghl.contact"].invalidate_model()

    def _write_rows(
        self,
        owners: dict[str, int],
        ids: dict[str, int],
        known: dict[str, KnownState],
        parts: list[Part],
        more: Sequence[SQL] = (),
    ) -> None:
        """Write the rows of some pages, and whatever else there is to execute.

        All of it or, when it is refused, nothing.
        """
        # A statement for each page, since what one works on should fit the processor's
        # cache: all pages in one took PostgreSQL half as long again.
        queries = [
            self.feed.changed(
                upsert_query(
                    self.location.id, part.batch, part.observed_at, owners, ids, known
                ),
                part.batch,
                known,
            )
            for part in parts
        ]
        try:
            self._execute([BEGIN, *queries, *more, END])
        except _DATABASE_REFUSALS:
            self._execute(UNDO)
            raise

    def _execute(self, queries: list[SQL]) -> None:
        """Execute queries that return nothing."""
        if not queries:
            return
        # They travel together, since after each journey this thread waits for the
        # interpreter.
        query = SQL("; ").join(queries)
        # These statements use a cursor of their own in the same transaction: Odoo logs
        # its cursor's last statement when something fails next, and these are full of
        # personal data.
        with self.env.cr.connection.cursor() as cursor:
            cursor.execute(query.code, query.params)

    def _write_singly(
        self,
        write: Callable[[list[Part]], None],
        part: Part,
        ids: dict[str, int],
        result: MergeResult,
    ) -> None:
        """Write what can be written of a page; take what cannot out of `ids`.

        A record that PostgreSQL refuses for a reason that nobody foresaw is found by
        halving, and set aside with that reason.
        """
        batch = part.batch
        try:
            write([part])
            return
        except _REFUSALS as err:
            reason = getattr(err, "pgcode", None) or type(err).__name__
        count = len(batch)
        if count == 1 and batch.payloads is not None:
            _logger.info(
                log_line("record_refused", location=self.location.id, reason=reason)
            )
            issue = {
                "ghl_id": batch.ids[0],
                "severity": "rejected",
                "reason": f"PostgreSQL cannot store it ({reason})",
                "payload": batch.payloads[0],
            }
            result.issues.append(issue)
            self.feed.note_refused([_refused(issue)])
            del ids[batch.ids[0]]
            return
        # A single one is tried once more, in our words instead of the vendor's.
        half = max(count // 2, 1)
        for rows in (range(half), range(half, count)):
            if rows:
                some = Part(batch.select(rows), part.observed_at)
                self._write_singly(write, some, ids, result)


def _refused(issue: dict[str, Any]) -> tuple[str | None, str, Any]:
    """Return an issue as the change feed takes it.

    Without an id nobody could find what was sent, to erase it: it is left out.
    """
    ghl_id = issue["ghl_id"]
    return ghl_id, issue["reason"], issue.get("payload") if ghl_id else None
