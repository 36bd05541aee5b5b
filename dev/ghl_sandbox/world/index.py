"""One sorted view of a location's contacts along a date."""

from collections.abc import Iterable, Iterator
from typing import Any

from sortedcontainers import SortedList

# Elasticsearch's sort value of a missing date, ascending.
MISSING = 2**63 - 1


class DateIndex:
    """Contacts ordered by (date in ms, id); the undated ones stand at the end.

    Counting a range costs O(log n), reading a page O(log n + page).
    """

    def __init__(self, attribute: str) -> None:
        self.attribute = attribute
        self._rows: SortedList = SortedList()

    def _row(self, record: Any) -> tuple[int, str, Any]:
        value = getattr(record, self.attribute)
        return (MISSING if value is None else value, record.key, record)

    def load(self, records: Iterable[Any]) -> None:
        """Replace everything at once (much faster than adding one by one)."""
        self._rows = SortedList(map(self._row, records))

    def add(self, record: Any) -> None:
        """Put a record in."""
        self._rows.add(self._row(record))

    def remove(self, record: Any) -> None:
        """Take a record out; it must be the very version that was put in."""
        self._rows.remove(self._row(record))

    def __len__(self) -> int:
        return len(self._rows)

    def dated(self) -> int:
        """Count the contacts that have the date."""
        return self._rows.bisect_left((MISSING,))

    def position(self, value: int, key: str = "") -> int:
        """Index of the first row at or after (value, key)."""
        return self._rows.bisect_left((value, key) if key else (value,))

    def at(self, position: int) -> tuple[int, str, Any]:
        """The row at a position."""
        return self._rows[position]

    def rows(
        self, start: int, stop: int, reverse: bool = False
    ) -> Iterator[tuple[int, str, Any]]:
        """Rows of ``[start, stop)``, from the far end when reversed."""
        return self._rows.islice(start, stop, reverse)
