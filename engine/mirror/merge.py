"""The one way into the mirror: a page of contacts, merged by sets of rows.

The ORM would cost more than the network does. A page is looked up by id and digest; of
what changed, one statement takes the vendor's own JSON apart and upserts it. Rows that
did not change are not touched: no new row version, next to no WAL.
"""

import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain
from typing import Any

import psycopg2

from odoo import api, models
from odoo.tools import SQL

from ...tools.mapping.batch import Batch, prepare_batch
from .statements import tag_queries, upsert_query

_logger = logging.getLogger(__name__)

# Search answers may lag behind an edit. Within that time the date of the edit decides
# which of two states is the newer; later on, what was seen last does.
LAG = timedelta(minutes=10)
# Edits dated later than that after we saw them are typing errors, and tell no order.
AHEAD_MS = 366 * 86_400_000

# How PostgreSQL, or the way to it, refuses a record: a number out of range, JSON nested
# too deeply, digits beyond Python's bound.
_DATABASE_REFUSALS = (
    psycopg2.DataError,
    psycopg2.errors.ProgramLimitExceeded,
    psycopg2.errors.StatementTooComplex,
)
_REFUSALS = (*_DATABASE_REFUSALS, ValueError, RecursionError)
# One probe of the unique index for each id, whatever PostgreSQL believes: in a first
# fill its statistics say that the table is empty, and by them it would read all of a
# location for every page. Contacts that did not change come as one text: to make a row
# and then an object of each took longer than to find it.
_LOOKUP = """
    WITH found AS MATERIALIZED (
        SELECT w.place, c.*, age(c.xmin) > age(%(since)s::xid) AS earlier,
               c.active IS TRUE AND c.content_hash IS NOT DISTINCT FROM w.digest AS same
          FROM ROWS FROM (unnest(%(ids)s::varchar[]), unnest(%(digests)s::varchar[]))
               WITH ORDINALITY AS w(ghl_id, digest, place),
               LATERAL (
                   SELECT ghl_id, id, content_hash, active, date_updated_ms,
                          observed_at, xmin
                     FROM ghl_contact
                    WHERE location_id = %(location)s AND ghl_id = w.ghl_id
                   OFFSET 0) AS c)
    SELECT NULL, NULL, NULL, NULL, NULL, NULL::timestamp, NULL,
           string_agg(place || ' ' || id, ',')
      FROM found WHERE same
    UNION ALL
    SELECT ghl_id, id, content_hash, active, date_updated_ms, observed_at,
           earlier, NULL
      FROM found WHERE NOT same
"""
# By hand, so that it travels with the statements.
_BEGIN = SQL("SAVEPOINT ghl_contact_merge")
_END = SQL("RELEASE SAVEPOINT ghl_contact_merge")
_UNDO = [SQL("ROLLBACK TO SAVEPOINT ghl_contact_merge"), _END]


@dataclass
class MergeResult:
    """What a merge did: counts, the ids of all contacts of the page that are mirrored,
    and the issues (ghl_id, severity altered/rejected, reason) of its records.

    `outdated` are the GHL ids of those of the `unchanged` that differ from what came,
    which was no news.
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    outdated: list[str] = field(default_factory=list)
    revived: int = 0
    seen_ids: list[int] = field(default_factory=list)
    issues: list[dict[str, Any]] = field(default_factory=list)

    @property
    def live_delta(self) -> int:
        """By how much the number of live contacts grew."""
        return self.created + self.revived


class GhlContact(models.Model):
    _inherit = "ghl.contact"

    @api.model
    def _merge_page(
        self, location, payloads: list, observed_at: float | None = None
    ) -> MergeResult:
        """Merge contacts as parsed from the vendor's JSON; see `_merge_batches`."""
        batch = prepare_batch(payloads, location.ghl_id)
        return self._merge_batch(location, batch, observed_at)

    @api.model
    def _merge_batch(
        self, location, batch: Batch, observed_at: float | None = None
    ) -> MergeResult:
        """Merge one prepared page; see `_merge_batches`."""
        return self._merge_batches(location, [(batch, observed_at)])

    @api.model
    def _merge_batches(
        self,
        location,
        pages: list[tuple[Batch, float | None]],
        since: str | None = None,
        insisted: bool = False,
    ) -> MergeResult:
        """Merge prepared pages of one location.

        Idempotent, and independent of the order of pages: an older state never
        overwrites a newer one. Runs in the current transaction and does not commit;
        only one transaction at a time may do this for a location.

        :param location: the `ghl.location` that the contacts belong to
        :param pages: (from `prepare_batch`, epoch seconds at which the
            request was sent; None: now) of each page
        :param since: a transaction (xid) before the first of these requests: whatever
            rows it finds were seen before, whatever the clocks say
        :param insisted: whether these states are the vendor's last word, whatever is
            known of the contacts
        """
        result = MergeResult()
        parts = []
        for batch, observed_at in pages:
            result.issues += batch.issues
            if batch.ids:
                parts.append(_Part(batch, _utc(observed_at), insisted))
        if not parts:
            return result
        result.unchanged += _drop_repeats(parts)
        known, same = self._lookup(location, parts, since)
        news = []
        place = 1
        for part in parts:
            kept, outdated = part.drop_old_states(known, same, place)
            place += len(part.batch)
            result.unchanged += len(kept)
            result.outdated += outdated
            result.seen_ids += kept
            wanted = part.wanted()
            if wanted.ids:
                news.append(_Part(wanted, part.moment))
        if news:
            self._upsert(location, news, known, result)
        return result

    def _lookup(
        self, location, parts: list["_Part"], since: str | None
    ) -> tuple[dict[str, "_Known"], dict[int, int]]:
        """Look for the contacts of pages in the mirror.

        :return: {GHL id: what is known} of those that it holds in another state, and
            {place: id} of those that it holds just so; places count from one
        """
        self.env.cr.execute(
            SQL(
                _LOOKUP,
                ids=_joined(part.batch.id_items() for part in parts),
                digests=_joined(part.batch.digest_items() for part in parts),
                location=location.id,
                since=since,
            ),
            log_exceptions=False,
        )
        (_same, *_rest, places), *others = self.env.cr.fetchall()
        numbers = list(map(int, places.replace(" ", ",").split(","))) if places else []
        same = dict(zip(numbers[::2], numbers[1::2], strict=True))
        return {row[0]: _Known(*row[1:-1]) for row in others}, same

    def _upsert(self, location, parts: list["_Part"], known, result) -> None:
        """Write contacts that are new or changed, and count them.

        :raise MissingError: when somebody has deleted the location
        """
        batches = [part.batch for part in parts]
        ids = dict.fromkeys(chain.from_iterable(batch.ids for batch in batches))
        altered = [known[ghl_id] for ghl_id in ids if ghl_id in known] if known else []
        referred = location._lock_referred(
            set(chain.from_iterable(batch.flat_tags() for batch in batches)),
            set(chain.from_iterable(batch.owners for batch in batches)),
            fresh=len(ids) - len(altered),
        )
        # Ids that are known beforehand spare the way back of every row that is written.
        fresh = iter(referred.new_ids)
        for ghl_id in ids:
            old = known.get(ghl_id)
            ids[ghl_id] = next(fresh) if old is None else old.id
        write = partial(self._write_rows, location, referred.owners, ids, known)
        tags = partial(tag_queries, batches, ids, referred.tags, known)
        try:
            write(parts, tags())
        except _REFUSALS:
            for part in parts:
                self._write_singly(write, part, ids, result)
            self._execute(tags())
            altered = [known[ghl_id] for ghl_id in ids if ghl_id in known]
        result.created += len(ids) - len(altered)
        result.updated += len(altered)
        result.revived += sum(not old.active for old in altered)
        result.seen_ids += ids.values()
        if location.partner_link_enabled:
            self.env["ghl.partner.todo"]._add(location, list(ids.values()))
        # The rows were written past the cache.
        self.invalidate_model()

    def _write_rows(
        self, location, owners, ids, known, parts: list["_Part"], more: list[SQL] = ()
    ) -> None:
        """Write the rows of some pages, and whatever else there is to execute.

        All of it or, when it is refused, nothing.
        """
        # A statement for each page, since what one works on should fit the processor's
        # cache: all pages in one took PostgreSQL half as long again.
        queries = [
            upsert_query(location.id, part.batch, part.moment, owners, ids, known)
            for part in parts
        ]
        try:
            self._execute([_BEGIN, *queries, *more, _END])
        except _DATABASE_REFUSALS:
            self._execute(_UNDO)
            raise

    def _execute(self, queries: list[SQL]) -> None:
        """Execute queries that return nothing."""
        if not queries:
            return
        # They travel together, since after each journey this thread waits for the
        # interpreter.
        query = SQL("; ").join(queries)
        # By a cursor of their own in the same transaction: of Odoo's the last statement
        # is logged by whatever fails next, and these are full of personal data.
        with self.env.cr.connection.cursor() as cursor:
            cursor.execute(query.code, query.params)

    def _write_singly(self, write, part: "_Part", ids: dict[str, int], result) -> None:
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
            _logger.warning("a record was refused: %s", reason)
            result.issues.append(
                {
                    "ghl_id": batch.ids[0],
                    "severity": "rejected",
                    "reason": f"PostgreSQL cannot store it ({reason})",
                }
            )
            del ids[batch.ids[0]]
            return
        # A single one is tried once more, in our words instead of the vendor's.
        half = max(count // 2, 1)
        for rows in (range(half), range(half, count)):
            if rows:
                some = _Part(batch.select(rows), part.moment)
                self._write_singly(write, some, ids, result)

    @api.model
    def _tombstone(self, location, contact_ids: list[int]) -> int:
        """Turn contacts into tombstones; return how many were live until now."""
        if not contact_ids:
            return 0
        self.env.cr.execute(
            SQL(
                """
                UPDATE ghl_contact
                   SET active = FALSE, deleted_at = %(now)s, observed_at = %(now)s
                 WHERE location_id = %(location)s AND id = ANY(%(ids)s) AND active
                """,
                now=_utc(None),
                location=location.id,
                ids=contact_ids,
            )
        )
        count = self.env.cr.rowcount
        self.invalidate_model()
        return count


class _Part:
    """The rows of a page that are to be merged, and when the page was asked for."""

    __slots__ = ("batch", "insisted", "moment", "unwanted")

    def __init__(self, batch: Batch, moment: datetime, insisted: bool = False):
        self.batch = batch
        self.moment = moment
        self.insisted = insisted
        self.unwanted: set[int] = set()

    def drop_old_states(
        self, known: dict[str, "_Known"], same: dict[int, int], first: int
    ) -> tuple[list[int], list[str]]:
        """Leave out what is no news.

        :param known: what the mirror holds of contacts in other states
        :param same: {place: id} of the contacts that it holds just so
        :param int first: the place of the first row
        :return: the ids of those contacts, and the GHL ids of those that differ all
            the same
        """
        batch, moment = self.batch, self.moment
        places = range(first, first + len(batch))
        if not self.unwanted and same.keys() >= set(places):
            self.unwanted.update(range(len(batch)))
            return list(map(same.__getitem__, places)), []
        kept: list[int] = []
        outdated: list[str] = []
        for row, place in enumerate(places):
            if row in self.unwanted:
                continue
            if place in same:
                kept.append(same[place])
                self.unwanted.add(row)
                continue
            old = None if self.insisted else known.get(batch.ids[row])
            if old and not old.accepts(
                batch.digests[row], batch.updated_ms[row], moment
            ):
                kept.append(old.id)
                outdated.append(batch.ids[row])
                self.unwanted.add(row)
        return kept, outdated

    def wanted(self) -> Batch:
        """Return the batch without what was left out."""
        if not self.unwanted:
            return self.batch
        if len(self.unwanted) == len(self.batch):
            return Batch()
        rows = [row for row in range(len(self.batch)) if row not in self.unwanted]
        return self.batch.select(rows)


def _joined(items) -> str:
    return f"{{{','.join(items)}}}"


def _drop_repeats(parts: list[_Part]) -> int:
    """Keep one state of each contact, the latest; return how many were left out.

    Pages overlap where windows were cut and where contacts move.
    """
    total = sum(len(part.batch) for part in parts)
    if len(set().union(*(part.batch.ids for part in parts))) == total:
        return 0
    count = 0
    holders: dict[str, tuple[_Part, int]] = {}
    for part in parts:
        batch = part.batch
        places = dict(zip(batch.ids, range(len(batch)), strict=True))
        repeated = holders.keys() & places.keys()
        for ghl_id in repeated:
            count += 1
            other, row = holders[ghl_id]
            if batch.digests[places[ghl_id]] == other.batch.digests[row]:
                # Either will do. A page that stays whole goes as the vendor sent it.
                wins = len(batch) > len(other.batch)
            else:
                wins = _supersedes(
                    *(batch.updated_ms[places[ghl_id]], part.moment),
                    *(other.batch.updated_ms[row], other.moment),
                )
            if wins:
                other.unwanted.add(row)
            else:
                part.unwanted.add(places.pop(ghl_id))
        holders.update((ghl_id, (part, row)) for ghl_id, row in places.items())
    return count


class _Known:
    """What the mirror holds of a contact."""

    __slots__ = ("active", "digest", "earlier", "id", "observed_at", "updated_ms")

    def __init__(self, contact_id, digest, active, updated_ms, observed_at, earlier):
        self.id = contact_id
        self.digest = digest
        self.active = active
        self.updated_ms = updated_ms
        self.observed_at = observed_at
        #: whether it was written before what is merged was asked for
        self.earlier = earlier

    def accepts(self, digest: str, updated_ms: int | None, moment: datetime) -> bool:
        """Whether a state observed at `moment` is news and not older than ours."""
        if self.active and self.digest == digest:
            return False
        seen = self.observed_at or datetime.min
        if seen > max(moment, _utc(None)):
            # Of a clock that was ahead then: it tells nothing.
            return True
        if self.earlier:
            seen = min(seen, moment)
        if not self.active:
            # A tombstone is newer than whatever was asked for before it.
            return moment >= seen
        return _supersedes(updated_ms, moment, self.updated_ms, seen)


def _supersedes(
    theirs: float | None, moment: datetime, ours: float | None, seen: datetime
) -> bool:
    """Whether a state edited at `theirs` (epoch ms), seen at `moment`, is the newer.

    The vendor's index lags by seconds, so that within the lag the dates of the edits
    decide. A state that is still older after minutes is no lag: somebody put the
    contact back.
    """
    if abs(moment - seen) > LAG or not _is_order(theirs, ours, max(moment, seen)):
        return moment >= seen
    return theirs > ours


def _is_order(theirs: float | None, ours: float | None, moment: datetime) -> bool:
    """Whether the dates of two edits (epoch ms), seen at `moment`, tell an order."""
    if theirs is None or ours is None or theirs == ours:
        return False
    bound = moment.replace(tzinfo=UTC).timestamp() * 1_000 + AHEAD_MS
    return max(theirs, ours) < bound


def _utc(epoch: float | None) -> datetime:
    if epoch is None:
        return datetime.now(UTC).replace(tzinfo=None)
    return datetime.fromtimestamp(epoch, UTC).replace(tzinfo=None)
