"""Finds the hits: by the date indexes where they suffice, else by a cached list."""

from collections import OrderedDict
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from ..dialects import Dialect
from ..web.errors import bad_request
from ..world.index import DateIndex
from ..world.store import ContactStore, Record
from .bounds import DATE_FIELDS, DateBounds
from .filters import Conditions, compile_filters
from .hits import Hits, IndexHits, ListHits
from .ordering import sorted_hits
from .request import SearchRequest

CACHED_LISTS = 4
DEFAULT_SORT = [("dateAdded", True)]


@dataclass
class Page:
    """One page of hits with the cursor of each."""

    records: list[Record]
    cursors: list[list[Any]]
    total: int
    offset: int


class SearchEngine:
    """Searches the contacts of one location."""

    def __init__(self, store: ContactStore) -> None:
        self.store = store
        self._lists: OrderedDict[tuple, Hits] = OrderedDict()
        self._version = -1

    def hits(self, request: SearchRequest, dialect: Dialect) -> Hits:
        """Everything that matches, in order, not materialised where possible."""
        self.store.catch_up()
        conditions = compile_filters(request.filters, request.query, dialect)
        sort = request.sort or DEFAULT_SORT
        by_index = self._by_index(conditions, sort, dialect)
        return by_index or self._by_list(request, conditions, sort, dialect)

    def page(
        self, request: SearchRequest, dialect: Dialect, step_back: int = 0
    ) -> Page:
        """One page; ``step_back`` lets it start that many hits too early."""
        hits = self.hits(request, dialect)
        offset = 0
        if request.search_after is not None:
            offset = hits.after(request.search_after)
        elif request.page is not None:
            offset = (request.page - 1) * request.page_limit
        offset = max(0, offset - step_back)
        if dialect.cursor_10000 and request.search_after and offset >= 10_000:
            raise bad_request("searchAfter is not supported beyond 10000 records")
        records, cursors = hits.slice(offset, offset + request.page_limit)
        return Page(records, cursors, len(hits), offset)

    def _by_index(
        self, conditions: Conditions, sort: list[tuple[str, bool]], dialect: Dialect
    ) -> Hits | None:
        if conditions.tests or conditions.only_id is not None or len(sort) > 1:
            return None
        name, descending = sort[0]
        if name not in DATE_FIELDS:
            return None
        own, other = conditions.added, conditions.updated
        index = self.store.added
        if name == "dateUpdated":
            own, other, index = other, own, self.store.updated
        if not other.free:
            return None
        return IndexHits(index, own, descending, dialect)

    def _by_list(
        self,
        request: SearchRequest,
        conditions: Conditions,
        sort: list[tuple[str, bool]],
        dialect: Dialect,
    ) -> Hits:
        if self._version != self.store.version:
            self._version = self.store.version
            self._lists.clear()
        key = (request.signature(), dialect)
        if key in self._lists:
            self._lists.move_to_end(key)
            return self._lists[key]
        hits = self._listed(self._matching(conditions), sort, dialect)
        self._lists[key] = hits
        while len(self._lists) > CACHED_LISTS:
            self._lists.popitem(last=False)
        return hits

    def _listed(
        self, records: list[Record], sort: list[tuple[str, bool]], dialect: Dialect
    ) -> Hits:
        name, descending = sort[0]
        if len(sort) == 1 and name in DATE_FIELDS:
            index = DateIndex(DATE_FIELDS[name])
            index.load(records)
            return IndexHits(index, DateBounds(), descending, dialect)
        rows = sorted_hits(records, sort, dialect)
        return ListHits(rows, sort, dialect.undated_first)

    def _matching(self, conditions: Conditions) -> list[Record]:
        """All matches, found from the narrowest index range."""
        if conditions.only_id is not None:
            record = self.store.indexed(conditions.only_id)
            found = record is not None and conditions.holds(record)
            return [record] if record is not None and found else []
        own, other = conditions.added, conditions.updated
        index, rest = self.store.added, "updated"
        extents = span(index, own), span(self.store.updated, other)
        start, stop = extents[0]
        if extents[1][1] - extents[1][0] < stop - start:
            (start, stop), index = extents[1], self.store.updated
            other, rest = own, "added"
        records = [row[2] for row in index.rows(start, stop)]
        records = _within(records, rest, other)
        if conditions.tests:
            records = [record for record in records if conditions.holds(record)]
        return records


def _within(records: list[Record], attribute: str, bounds: DateBounds) -> list[Record]:
    """Those whose other date fits; a plain loop, as it may see a million."""
    if bounds.free:
        return records
    if bounds.impossible:
        return []
    value = attrgetter(attribute)
    if not bounds.present:
        return [record for record in records if value(record) is None]
    low, high = bounds.low, bounds.high
    return [
        record
        for record in records
        if (date := value(record)) is not None and low <= date < high
    ]


def span(index: DateIndex, bounds: DateBounds) -> tuple[int, int]:
    """Positions ``[start, stop)`` of an index that meet the bounds."""
    if bounds.impossible:
        return (0, 0)
    if bounds.present is None:
        return (0, len(index))
    if not bounds.present:
        return (index.dated(), len(index))
    start = index.position(bounds.low)
    return (start, max(start, index.position(bounds.high)))
