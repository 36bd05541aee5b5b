"""The contacts of one location: the truth, and the search index that lags behind it."""

import random
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

from ..web import jsonio
from .clock import Clock, to_ms
from .index import DateIndex


class Record:
    """One contact, serialised once.

    ``head`` is its JSON without the closing brace, so that a page is a plain join of
    heads and cursors. ``plain`` marks a record that is no JSON object at all.
    """

    __slots__ = ("added", "head", "key", "plain", "updated")

    def __init__(
        self,
        key: str,
        added: int | None,
        updated: int | None,
        head: bytes,
        plain: bool = False,
    ) -> None:
        self.key = key
        self.added = added
        self.updated = updated
        self.head = head
        self.plain = plain

    @classmethod
    def of(cls, key: str, contact: Any) -> "Record":
        """Serialise a contact; ``key`` is its id, or a hidden one when it has none."""
        raw = jsonio.dumps(contact)
        if not isinstance(contact, dict) or not contact:
            return cls(key, None, None, raw, plain=True)
        added = to_ms(contact.get("dateAdded"))
        return cls(key, added, to_ms(contact.get("dateUpdated")), raw[:-1])

    def raw(self) -> bytes:
        """The contact as a complete JSON document."""
        return self.head if self.plain else self.head + b"}"

    def contact(self) -> Any:
        """The contact, parsed."""
        return jsonio.loads(self.raw())


class ContactStore:
    """Live contacts by id, plus two date indexes that may lag by some seconds."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.records: dict[str, Record] = {}
        # Ids of contacts that were deleted: cursors that name them are no made-up ones.
        self._gone: set[str] = set()
        self.added = DateIndex("added")
        self.updated = DateIndex("updated")
        self.lag = 0.0
        self.version = 0
        # Edits that search does not see yet, oldest first: (due, key, new record).
        self._pending: deque[tuple[float, str, Record | None]] = deque()
        self._waiting: dict[str, int] = {}
        # Records as search sees them while their keys wait.
        self._stale: dict[str, Record | None] = {}

    def load(self, records: Iterable[Record]) -> None:
        """Replace the whole population."""
        self.records = {record.key: record for record in records}
        self._gone.clear()
        self._pending.clear()
        self._waiting.clear()
        self._stale.clear()
        self.added.load(self.records.values())
        self.updated.load(self.records.values())
        self.version += 1

    def put(self, record: Record) -> None:
        """Create or replace a contact."""
        self._change(record.key, record)

    def delete(self, key: str) -> None:
        """Remove a contact; raises ``KeyError`` when it is not there."""
        if key not in self.records:
            raise KeyError(key)
        self._change(key, None)

    def _change(self, key: str, new: Record | None) -> None:
        old = self.records.get(key)
        if new is None:
            del self.records[key]
            self._gone.add(key)
        else:
            self.records[key] = new
        if self.lag <= 0 and key not in self._waiting:
            self._reindex(old, new)
            return
        if key not in self._waiting:
            self._stale[key] = old
        self._waiting[key] = self._waiting.get(key, 0) + 1
        self._pending.append((self.clock.now() + self.lag, key, new))

    def _reindex(self, old: Record | None, new: Record | None) -> None:
        self.version += 1
        for index in (self.added, self.updated):
            if old is not None:
                index.remove(old)
            if new is not None:
                index.add(new)

    def catch_up(self) -> None:
        """Let search see what is due. Cheap when nothing is."""
        now = self.clock.now()
        while self._pending and self._pending[0][0] <= now:
            _due, key, new = self._pending.popleft()
            self._reindex(self._stale[key], new)
            self._waiting[key] -= 1
            if self._waiting[key]:
                self._stale[key] = new
            else:
                del self._waiting[key], self._stale[key]

    def hide(self, keys: Iterable[str]) -> None:
        """Have search lose sight of contacts that live, until `show` or an edit."""
        for key in keys:
            if key in self.records and key not in self._waiting:
                self._reindex(self.records[key], None)
                self._stale[key], self._waiting[key] = None, 1

    def show(self, keys: Iterable[str]) -> None:
        """Undo `hide`."""
        for key in keys:
            if key in self._stale:
                self._reindex(self._stale[key], self.records.get(key))
                del self._stale[key], self._waiting[key]

    def knows(self, key: str) -> bool:
        """Whether there is, or was, a contact of that id."""
        return key in self.records or key in self._gone

    @property
    def pending(self) -> int:
        """Edits that search does not see yet."""
        return len(self._pending)

    def indexed(self, key: str) -> Record | None:
        """A contact as search sees it."""
        if key in self._stale:
            return self._stale[key]
        return self.records.get(key)

    def visible(self) -> Iterator[Record]:
        """Every contact as search sees it, oldest first."""
        for _value, _key, record in self.added.rows(0, len(self.added)):
            yield record

    def sample(self, rng: random.Random, count: int) -> list[str]:
        """``count`` different keys of contacts that live and are indexed.

        Picked by position in the date index: the same seed on the same population
        gives the same keys, without listing a million of them.
        """
        size = len(self.added)
        picked: dict[str, None] = {}
        tries = 0
        while len(picked) < min(count, size) and tries < 20 * count + 100:
            tries += 1
            key = self.added.at(rng.randrange(size))[1]
            if key in self.records:
                picked[key] = None
        return list(picked)
