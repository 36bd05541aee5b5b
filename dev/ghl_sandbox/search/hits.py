"""A list of hits in order, with the cursor arithmetic of ``searchAfter``."""

from typing import Any, Protocol

from ..dialects import Dialect
from ..web.errors import bad_request
from ..world.index import MISSING, DateIndex
from ..world.store import Record
from .bounds import DateBounds
from .ordering import Row, compare_rows

Slice = tuple[list[Record], list[list[Any]]]


class Hits(Protocol):
    """The interface of a result list, as the engine uses it."""

    def __len__(self) -> int: ...

    def after(self, cursor: list[Any]) -> int:
        """Offset of the first hit after the cursor."""

    def slice(self, start: int, stop: int) -> Slice:
        """Records and cursors of ``[start, stop)``."""


class IndexHits:
    """Up to two stretches of a date index, each walked up or down.

    The tie-break is the id in the direction of the date; the undated come last in
    either direction, as Elasticsearch does it, with its extreme numbers as sort value.
    """

    def __init__(
        self, index: DateIndex, bounds: DateBounds, descending: bool, dialect: Dialect
    ) -> None:
        self.index = index
        self.descending = descending
        self.null_missing = dialect.cursor_null_missing
        dated = index.dated()
        low, high = (0, 0) if bounds.impossible else (0, dated)
        with_dates = bounds.present in (None, True)
        if bounds.present and not bounds.impossible:
            low = index.position(bounds.low)
            high = max(low, index.position(bounds.high))
        without_dates = bounds.present in (None, False) and not bounds.impossible
        self._dated = (low, high) if with_dates else (0, 0)
        self._undated = (dated, len(index)) if without_dates else (dated, dated)
        self._undated_first = dialect.undated_first
        self._parts = [self._dated, self._undated]
        if self._undated_first:
            self._parts.reverse()

    def __len__(self) -> int:
        return sum(stop - start for start, stop in self._parts)

    def after(self, cursor: list[Any]) -> int:
        value, key = self._checked(cursor)
        missing = value is None or abs(value) >= MISSING
        first = missing == self._undated_first
        part = self._undated if missing else self._dated
        position = self.index.position(MISSING if missing else value, key)
        start, stop = part
        if self.descending:
            offset = stop - min(max(position, start), stop)
        else:
            # The hit itself may be gone: strictly after (value, key).
            position = self.index.position(MISSING if missing else value, key + "\0")
            offset = min(max(position, start), stop) - start
        if first:
            return offset
        return offset + self._parts[0][1] - self._parts[0][0]

    def _checked(self, cursor: list[Any]) -> tuple[int | None, str]:
        if len(cursor) != 2 or not isinstance(cursor[1], str):
            raise bad_request("Invalid searchAfter")
        value = cursor[0]
        if value is not None and (
            isinstance(value, bool) or not isinstance(value, int | float)
        ):
            raise bad_request("Invalid searchAfter")
        return (None if value is None else int(value)), cursor[1]

    def slice(self, start: int, stop: int) -> Slice:
        records: list[Record] = []
        cursors: list[list[Any]] = []
        for part_start, part_stop in self._parts:
            size = part_stop - part_start
            first, last = min(start, size), min(stop, size)
            if first < last:
                self._collect(part_start, part_stop, first, last, records, cursors)
            start, stop = max(0, start - size), max(0, stop - size)
        return records, cursors

    def _collect(
        self,
        part_start: int,
        part_stop: int,
        first: int,
        last: int,
        records: list[Record],
        cursors: list[list[Any]],
    ) -> None:
        if self.descending:
            rows = self.index.rows(part_stop - last, part_stop - first, reverse=True)
        else:
            rows = self.index.rows(part_start + first, part_start + last)
        found = list(rows)
        records += [row[2] for row in found]
        if found and MISSING in (found[0][0], found[-1][0]):
            cursors += [[self._shown(row[0]), row[1]] for row in found]
        else:
            cursors += [[row[0], row[1]] for row in found]

    def _shown(self, value: int) -> int | None:
        if value != MISSING:
            return value
        if self.null_missing:
            return None
        return -MISSING - 1 if self.descending != self._undated_first else MISSING


class ListHits:
    """A materialised result list."""

    def __init__(
        self, rows: list[Row], sort: list[tuple[str, bool]], missing_first: bool
    ) -> None:
        self.rows = rows
        self.sort = sort
        self.missing_first = missing_first

    def __len__(self) -> int:
        return len(self.rows)

    def after(self, cursor: list[Any]) -> int:
        if len(cursor) != len(self.sort) + 1 or not isinstance(cursor[-1], str):
            raise bad_request("Invalid searchAfter")
        low, high = 0, len(self.rows)
        while low < high:
            middle = (low + high) // 2
            mine = self.rows[middle].cursor
            if compare_rows(mine, cursor, self.sort, self.missing_first) <= 0:
                low = middle + 1
            else:
                high = middle
        return low

    def slice(self, start: int, stop: int) -> Slice:
        rows = self.rows[start:stop]
        return [row.record for row in rows], [row.cursor for row in rows]
