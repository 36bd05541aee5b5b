"""Find the newer of two states of a contact, and the rows of a page that are news."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ...tools.mapping.batch import Batch

# Search answers may lag behind an edit. Within that time the date of the edit decides
# which of two states is the newer; later on, what was seen last does.
LAG = timedelta(minutes=10)
# Edits dated later than that after we saw them are typing errors, and tell no order.
AHEAD_MS = 366 * 86_400_000


class KnownState:
    """A contact as the mirror has it."""

    __slots__ = ("active", "digest", "earlier", "id", "observed_at", "updated_ms")

    def __init__(
        self,
        contact_id: int,
        digest: str | None,
        active: bool,
        updated_ms: float | None,
        observed_at: datetime | None,
        earlier: bool | None,
    ) -> None:
        self.id = contact_id
        self.digest = digest
        self.active = active
        self.updated_ms = updated_ms
        self.observed_at = observed_at
        #: whether it was written before what is merged was asked for
        self.earlier = earlier

    def accepts(
        self, digest: str, updated_ms: int | None, observed_at: datetime
    ) -> bool:
        """Tell whether a state seen at `observed_at` is news, and not older."""
        if self.active and self.digest == digest:
            return False
        seen = self.observed_at or datetime.min
        if seen > max(observed_at, utc(None)):
            # A clock was ahead when it was written: it tells nothing.
            return True
        if self.earlier:
            seen = min(seen, observed_at)
        if not self.active:
            # A tombstone is newer than whatever was asked for before it.
            return observed_at >= seen
        return supersedes(updated_ms, observed_at, self.updated_ms, seen)


class Part:
    """The rows of a page that are to be merged, and when the page was asked for.

    :param authoritative: whether these states are the vendor's last word
    """

    __slots__ = ("batch", "authoritative", "observed_at", "unwanted")

    def __init__(
        self, batch: Batch, observed_at: datetime, authoritative: bool = False
    ) -> None:
        self.batch = batch
        self.observed_at = observed_at
        self.authoritative = authoritative
        self.unwanted: set[int] = set()

    def drop_old_states(
        self, known: dict[str, KnownState], same: dict[int, int], first: int
    ) -> tuple[list[int], list[str]]:
        """Leave out what is no news.

        :param known: what the mirror holds of contacts in other states
        :param same: {place: id} of the contacts that it holds just so
        :param first: the place of the first row
        :return: the ids of those contacts, and the GHL ids of those that differ all
            the same
        """
        batch, observed_at = self.batch, self.observed_at
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
            old = None if self.authoritative else known.get(batch.ids[row])
            if old and not old.accepts(
                batch.digests[row], batch.updated_ms[row], observed_at
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


def drop_repeats(parts: list[Part]) -> int:
    """Keep one state of each contact, the latest; return how many were left out.

    Pages overlap where windows were cut and where contacts move.
    """
    total = sum(len(part.batch) for part in parts)
    if len(set[str]().union(*(part.batch.ids for part in parts))) == total:
        return 0
    count = 0
    holders: dict[str, tuple[Part, int]] = {}
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
                wins = supersedes(
                    *(batch.updated_ms[places[ghl_id]], part.observed_at),
                    *(other.batch.updated_ms[row], other.observed_at),
                )
            if wins:
                other.unwanted.add(row)
            else:
                part.unwanted.add(places.pop(ghl_id))
        holders.update((ghl_id, (part, row)) for ghl_id, row in places.items())
    return count


def supersedes(
    theirs: float | None, timestamp: datetime, ours: float | None, seen: datetime
) -> bool:
    """Tell whether a state edited at `theirs` (ms), seen at `timestamp`, is newer.

    The vendor's index lags by seconds, so that within the lag the dates of the edits
    decide. A state that is still older after minutes is no lag: somebody put the
    contact back.
    """
    if theirs is None or ours is None or abs(timestamp - seen) > LAG:
        return timestamp >= seen
    if not _is_order(theirs, ours, max(timestamp, seen)):
        return timestamp >= seen
    return theirs > ours


def utc(epoch: float | None) -> datetime:
    """Return epoch seconds as Odoo stores moments; None is now."""
    if epoch is None:
        return datetime.now(UTC).replace(tzinfo=None)
    return datetime.fromtimestamp(epoch, UTC).replace(tzinfo=None)


def _is_order(theirs: float, ours: float, timestamp: datetime) -> bool:
    """Tell whether the dates of two edits (epoch ms), seen at `timestamp`, count."""
    if theirs == ours:
        return False
    bound = timestamp.replace(tzinfo=UTC).timestamp() * 1_000 + AHEAD_MS
    return max(theirs, ours) < bound
